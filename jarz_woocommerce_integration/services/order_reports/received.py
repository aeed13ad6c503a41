"""Received but not Booked: money that the shop has taken for orders that the books don't have, by the shop's status."""

import frappe
from frappe import _

from jarz_woocommerce_integration.services.desk.reason_words import words_of
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


def report_of(filters: frappe._dict | dict) -> tuple[list[dict], list[dict], None, dict | None]:
	"""Columns, rows and the chart; the most money first. :param filters: store, if only its orders are wanted"""
	filters = frappe._dict(filters or {})
	rows = rows_of(
		f"""
		SELECT coalesce({MAP}.woo_status, '') AS woo_status, coalesce({MAP}.payment_method, '') AS payment_method,
			coalesce({MAP}.reason, '') AS code, coalesce({MAP}.currency, '') AS currency,
			count(*) AS orders, sum({MAP}.received_unbooked) AS received, sum({MAP}.total) AS total,
			min({MAP}.paid_gmt) AS oldest
		FROM {MAP} WHERE {MAP}.received_unbooked <> 0{conditions(filters, "store")}
		GROUP BY woo_status, payment_method, code, currency ORDER BY received DESC, orders DESC
		""",
		filters,
	)
	for row in rows:
		row.reason = words_of(row.code)
		row.oldest = row.oldest and row.oldest.date()
	return _columns(), rows, None, _chart(rows)


def _columns() -> list[dict]:
	return [
		column("woo_status", _("Status in Store"), "Data", 130),
		column("payment_method", _("Payment Method"), "Data", 150),
		column("reason", _("Reason"), "Data", 220),
		column("orders", _("Orders", context="WooCommerce"), "Int", 80),
		money("received", _("Received", context="WooCommerce")),
		money("total", _("Total in the Shop")),
		currency_column(),
		column("oldest", _("First Paid"), "Date", 110),
	]


def _chart(rows: list[frappe._dict]) -> dict | None:
	currency = main_currency(rows)
	by_status: dict[str, float] = {}
	for row in rows:
		if row.currency == currency:
			by_status[row.woo_status] = by_status.get(row.woo_status, 0) + row.received
	return bars(list(by_status), {_("Received", context="WooCommerce"): list(by_status.values())}, currency)
