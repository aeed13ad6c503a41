"""Shop against Books by Month: what the shop's orders come to, what is booked of them, and what is listed instead."""

from collections.abc import Iterator
from datetime import datetime, timezone, tzinfo
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import get_system_timezone, getdate

from jarz_woocommerce_integration.services.migration.store_facts import zone_named
from jarz_woocommerce_integration.services.order_reports.layout import (
	MAP,
	bars,
	column,
	conditions,
	currency_column,
	main_currency,
	money,
	rows_of,
)


def report_of(filters: frappe._dict | dict) -> tuple[list[dict], list[dict], str | None, dict | None]:
	"""Columns, rows, what is said above them, and the chart.

	:param filters: store, from_date, to_date; whole months of the shop's own clock are shown
	:raises frappe.ValidationError: a filter is missing, or the dates are the wrong way round
	"""
	filters = frappe._dict(filters or {})
	_check(filters)
	rows = _rows(filters)
	return _columns(), rows, _message(rows), _chart(rows)


def _check(filters: frappe._dict) -> None:
	for name, label in (("store", _("Store")), ("from_date", _("From Date")), ("to_date", _("To Date"))):
		if not filters.get(name):
			frappe.throw(_("Choose a value for {0}.").format(label), frappe.MandatoryError)
	if getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("From Date is after To Date. Choose an earlier one."))


def _rows(filters: frappe._dict) -> list[frappe._dict]:
	values = dict(filters)
	zone = zone_named(frappe.db.get_value("WooCommerce Store", filters.store, "time_zone") or "")
	zone = zone or ZoneInfo(get_system_timezone())
	first, last = getdate(filters.from_date), getdate(filters.to_date)
	months = list(_months(first.year, first.month, last.year, last.month))
	for number, (year, month) in enumerate(months):
		values[f"month_{number}"] = f"{year}-{month:02}"
		values[f"begins_{number}"] = _begin(year, month, zone)
		values[f"ends_{number}"] = _begin(*_next(year, month), zone)
	return rows_of(_statement(len(months), conditions(filters)), values)


def _statement(months: int, further: str) -> str:
	"""An order of less than nothing has its credit note beside an invoice of zero: as the refund that it is itself."""
	each = " UNION ALL ".join(
		f"SELECT %(month_{number})s AS month, %(begins_{number})s AS begins, %(ends_{number})s AS ends"
		for number in range(months)
	)
	return f"""
		SELECT months.month, coalesce({MAP}.currency, '') AS currency, count(*) AS orders,
			sum({MAP}.total + {MAP}.tendered_total) AS shop,
			sum(invoice.name IS NOT NULL) AS booked,
			sum(coalesce(invoice.grand_total, 0) + coalesce(own.grand_total, 0)) AS books,
			sum(invoice.name IS NULL) AS listed,
			sum(CASE WHEN invoice.name IS NULL THEN {MAP}.total + {MAP}.tendered_total ELSE 0 END) AS listed_total,
			sum(CASE WHEN invoice.name IS NULL THEN 0 ELSE {MAP}.total + {MAP}.tendered_total - invoice.grand_total
				- coalesce(own.grand_total, 0) END) AS difference,
			sum({MAP}.refunded_total) AS refunded
		FROM ({each}) months
		JOIN {MAP} ON {MAP}.created_gmt >= months.begins AND {MAP}.created_gmt < months.ends
		LEFT JOIN `tabSales Invoice` invoice ON invoice.name = {MAP}.sales_invoice AND invoice.docstatus < 2
			AND {MAP}.state = 'Synced'
		LEFT JOIN `tabSales Invoice` own ON own.woo_order_id = {MAP}.woo_order_id AND own.woo_store = {MAP}.store
			AND own.woo_refund_id = {MAP}.woo_order_id AND own.docstatus < 2 AND invoice.name IS NOT NULL
		WHERE {MAP}.store = %(store)s{further}
		GROUP BY months.month, currency ORDER BY months.month, currency
	"""


def _months(year: int, month: int, last_year: int, last_month: int) -> Iterator[tuple[int, int]]:
	while (year, month) <= (last_year, last_month):
		yield year, month
		year, month = _next(year, month)


def _next(year: int, month: int) -> tuple[int, int]:
	return (year + 1, 1) if month == 12 else (year, month + 1)


def _begin(year: int, month: int, zone: tzinfo) -> datetime:
	"""As a column has it: UTC."""
	return datetime(year, month, 1, tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)


def _columns() -> list[dict]:
	return [
		column("month", _("Month"), "Data", 90),
		currency_column(),
		column("orders", _("Orders", context="WooCommerce"), "Int", 80),
		money("shop", _("Total in the Shop")),
		column("booked", _("Booked", context="WooCommerce"), "Int", 80),
		money("books", _("Total Booked")),
		column("listed", _("Listed"), "Int", 80),
		money("listed_total", _("Total Listed")),
		money("difference", _("Difference"), 110),
		money("refunded", _("Refunded in the Shop")),
	]


def _message(rows: list[frappe._dict]) -> str | None:
	if any(row.difference for row in rows):
		return _(
			"In some months, the books differ from the shop. Verify in the form of the last migration names the orders."
		)
	return None


def _chart(rows: list[frappe._dict]) -> dict | None:
	currency = main_currency(rows)
	shown = [row for row in rows if row.currency == currency]
	datasets: dict[str, list[float]] = {
		_("Shop", context="WooCommerce"): [row.shop for row in shown],
		_("Booked", context="WooCommerce"): [row.books for row in shown],
		_("Listed"): [row.listed_total for row in shown],
	}
	return bars([row.month for row in shown], datasets, currency)
