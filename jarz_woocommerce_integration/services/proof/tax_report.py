"""The report of taxes by rate and country on a site: reads the books, and lays out what `tax_report` sums up."""

from collections.abc import Iterator
from decimal import Decimal

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from frappe.permissions import get_role_permissions
from frappe.utils import cint, getdate

from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.services.report.tax_report import (
	BOOKED_BEFORE,
	KINDS,
	REFUND_BY_AMOUNT,
	TAX,
	Group,
	Sums,
	TaxDocument,
	TaxEntry,
	sum_up,
)

ZERO = Decimal(0)
INVOICE = "`tabSales Invoice`"
# Accounts of which a row is a tax, also where the row says no rate of the shop: it was booked before it could.
_TAX_ACCOUNTS = """
SELECT tax_account FROM `tabWooCommerce Store` WHERE company = %(company)s
UNION SELECT mapped.account FROM `tabWooCommerce Store Tax` mapped
	JOIN `tabWooCommerce Store` store ON store.name = mapped.parent WHERE store.company = %(company)s
UNION SELECT name FROM `tabAccount` WHERE company = %(company)s AND account_type = 'Tax'
"""
_OF_THESE = f"""{INVOICE}.docstatus = 1 AND {INVOICE}.woo_order_id > 0 AND {INVOICE}.company = %(company)s
	AND {INVOICE}.posting_date BETWEEN %(from_date)s AND %(to_date)s"""
_IS_TAX = "(row.woo_tax_rate_id <> 0 OR row.woo_taxable_amount <> 0 OR row.account_head IN %(tax_accounts)s)"
_DOCUMENTS = f"""
SELECT {INVOICE}.name, DATE_FORMAT({INVOICE}.posting_date, '%%Y-%%m') AS month, {INVOICE}.currency,
	coalesce(shipped_to.country, billed_to.country, '') AS country, {INVOICE}.woo_vat_exempt AS exempt,
	coalesce({INVOICE}.return_against, '') <> '' AS is_credit_note,
	CAST({INVOICE}.conversion_rate AS CHAR) AS conversion_rate, CAST({INVOICE}.grand_total AS CHAR) AS total,
	CAST({INVOICE}.base_grand_total AS CHAR) AS base_total, CAST({INVOICE}.woo_untaxed_amount AS CHAR) AS untaxed,
	CAST({INVOICE}.woo_refunded_by_amount AS CHAR) AS by_amount,
	EXISTS (SELECT 1 FROM `tabSales Taxes and Charges` row WHERE row.parent = {INVOICE}.return_against
		AND row.parenttype = 'Sales Invoice' AND {_IS_TAX}) AS of_taxed
FROM {INVOICE}
LEFT JOIN `tabAddress` shipped_to ON shipped_to.name = {INVOICE}.shipping_address_name
LEFT JOIN `tabAddress` billed_to ON billed_to.name = {INVOICE}.customer_address
WHERE {_OF_THESE}
"""
_ENTRIES = f"""
SELECT row.parent, coalesce(row.woo_tax_rate_id, 0) AS rate_id, row.description AS label, row.woo_tax_class AS tax_class,
	CAST(coalesce(nullif(row.woo_tax_percent, 0), row.rate) AS CHAR) AS percent, CAST(row.woo_taxable_amount AS CHAR) AS taxable,
	CAST(row.tax_amount_after_discount_amount AS CHAR) AS tax,
	CAST(row.base_tax_amount_after_discount_amount AS CHAR) AS base_tax
FROM `tabSales Taxes and Charges` row JOIN {INVOICE} ON {INVOICE}.name = row.parent
WHERE row.parenttype = 'Sales Invoice' AND {_IS_TAX} AND {_OF_THESE}
"""


def report_of(filters: frappe._dict | dict) -> tuple[list[dict], list[dict], str | None]:
	"""Columns, rows and what is said above them.

	:param filters: company, from_date, to_date; store and currency if only theirs are wanted
	:raises frappe.ValidationError: a filter is missing, or the dates are the wrong way round
	"""
	filters = frappe._dict(filters or {})
	_check(filters)
	rows = sum_up(_documents(filters))
	currency = filters.currency or frappe.get_cached_value("Company", filters.company, "default_currency")
	return _columns(), [_row(group, sums, currency) for group, sums in rows], _message(rows)


def _check(filters: frappe._dict) -> None:
	for name, label in (("company", _("Company")), ("from_date", _("From Date")), ("to_date", _("To Date"))):
		if not filters.get(name):
			frappe.throw(_("Choose a value for {0}.").format(label), frappe.MandatoryError)
	if getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("From Date is after To Date. Choose an earlier one."))


def _documents(filters: frappe._dict) -> Iterator[TaxDocument]:
	"""The invoices and credit notes of the filters, of those that the reader may see, with their tax rows."""
	accounts = frappe.db.sql(_TAX_ACCOUNTS, {"company": filters.company}, pluck=True)
	values = {**filters, "tax_accounts": tuple(filter(None, accounts)) or ("",)}
	further = "".join(
		f" AND {INVOICE}.{column} = %({name})s"
		for name, column in (("store", "woo_store"), ("currency", "currency"))
		if filters.get(name)
	)
	further += _visible(values)
	entries: dict[str, list] = {}
	for row in frappe.db.sql(_ENTRIES + further, values, as_dict=True):
		entries.setdefault(row.parent, []).append(row)
	precision = cint(frappe.db.get_default("currency_precision")) or 2
	unit = Decimal(1).scaleb(-precision)
	for row in frappe.db.sql(_DOCUMENTS + further, values, as_dict=True):
		yield _document(row, entries.get(row.name, ()), bool(filters.currency), unit)


def _visible(values: dict) -> str:
	"""Which invoices the reader may see. Who reads invoices by a role sees those; who has our roles alone, the sums of the stores whose
	orders they see, which come to the same."""
	if any(get_role_permissions(frappe.get_meta("Sales Invoice")).get(right) for right in ("read", "select")):
		allowed = build_match_conditions("Sales Invoice")
		return f" AND {allowed.replace('%', '%%')}" if allowed else ""
	values["stores"] = tuple(frappe.get_list("WooCommerce Store", pluck="name")) or ("",)
	return f" AND {INVOICE}.woo_store IN %(stores)s"


def _document(row, entries, in_own_currency: bool, unit: Decimal) -> TaxDocument:
	""":param in_own_currency: amounts are wanted in the document's currency, else in the company's"""
	factor = Decimal(1) if in_own_currency else exact(row.conversion_rate)

	def converted(amount: str | None) -> Decimal:
		exactly = exact(amount) or ZERO
		return exactly if factor == 1 else (exactly * factor).quantize(unit)

	found = [
		TaxEntry(
			rate_id=each.rate_id,
			label=each.label or "",
			percent=exact(each.percent) or ZERO,
			tax_class=each.tax_class or "",
			taxable=converted(each.taxable),
			tax=exact(each.tax if in_own_currency else each.base_tax) or ZERO,
		)
		for each in entries
	]
	total = exact(row.total if in_own_currency else row.base_total)
	return TaxDocument(
		month=row.month,
		country=row.country,
		net=total - sum((entry.tax for entry in found), ZERO),
		untaxed=converted(row.untaxed),
		by_amount=converted(row.by_amount),
		exempt=bool(row.exempt),
		is_credit_note=bool(row.is_credit_note),
		of_taxed=bool(row.of_taxed),
		entries=found,
	)


# --- layout ---


def _columns() -> list[dict]:
	"""Only amounts are numbers: Frappe sums up every column of numbers in the report's last row."""

	def column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": fieldtype,
			"options": options,
			"width": width,
		}

	return [
		column("month", _("Month"), "Data", 90),
		# No links: who has our roles alone can read neither countries nor currencies, and Frappe would refuse the whole report.
		column("country", _("Country"), "Data", 130),
		column("kind", _("Kind"), "Data", 190),
		column("rate", _("Tax Rate"), "Data", 160),
		column("percent", _("Percent"), "Data", 80),
		column("tax_class", _("Tax Class"), "Data", 110),
		column("rate_id", _("Rate Id in Store"), "Data", 80),
		column("base", _("Base"), "Currency", 130, "currency"),
		column("tax", _("Tax"), "Currency", 120, "currency"),
		column("invoices", _("Invoices"), "Data", 80),
		column("credit_notes", _("Credit Notes"), "Data", 90),
		column("currency", _("Currency"), "Data", 80),
	]


def _row(group: Group, sums: Sums, currency: str) -> dict:
	is_rate = group.kind == TAX or bool(sums.label)
	return {
		"month": group.month,
		"country": group.country,
		"kind": _(group.kind),
		"rate": sums.label,
		"percent": f"{group.percent:f}" if is_rate else "",
		"tax_class": group.tax_class,
		"rate_id": str(group.rate_id or ""),
		"base": None if sums.base is None else float(sums.base),
		"tax": float(sums.tax),
		"invoices": str(sums.invoices),
		"credit_notes": str(sums.credit_notes),
		"currency": currency,
	}


def _message(rows: list[tuple[Group, Sums]]) -> str | None:
	"""What the rows of the unusual kinds mean, where there are any."""
	kinds = {group.kind for group, _sums in rows}
	explained = {
		REFUND_BY_AMOUNT: _(
			"Refunds without itemised tax: the shop refunded an amount and named no tax, so its credit note has no tax."
		),
		BOOKED_BEFORE: _(
			"Booked before version 1.4: these invoices have their taxes, but not the amounts that the taxes were charged on."
			" The row without a rate has their net totals."
		),
	}
	messages = [explained[kind] for kind in KINDS if kind in kinds and kind in explained]
	return "<br>".join(messages) or None
