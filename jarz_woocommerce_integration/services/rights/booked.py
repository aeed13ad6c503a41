"""What the documents of an order say, for who looks after its shop and has no role of ERPNext's that reads them.

Frappe's own way, to share each document, would write into the books: an undo keeps what somebody has shared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta, get_field_currency, get_field_precision
from frappe.utils import fmt_money, format_date

from jarz_woocommerce_integration.services.rights.consent import may_prepare_books

MOST_ROWS = 200  # of a table; a person reads no more


@dataclass(frozen=True)
class Shown:
	"""Which fields of a DocType are shown. :ivar tables: a table's field -> fields of its rows"""

	facts: tuple[str, ...]
	tables: dict[str, tuple[str, ...]]


_ITEMS = ("item_code", "item_name", "qty", "rate", "amount")
_TAXES = ("description", "account_head", "tax_amount")
SHOWN = {
	"Sales Order": Shown(
		("transaction_date", "customer_name", "status", "grand_total", "per_billed"),
		{"items": _ITEMS, "taxes": _TAXES},
	),
	"Sales Invoice": Shown(
		("posting_date", "customer_name", "status", "debit_to", "grand_total", "outstanding_amount"),
		{
			"items": (*_ITEMS, "income_account"),
			"taxes": _TAXES,
			"payments": ("mode_of_payment", "account", "amount"),
		},
	),
	"Payment Entry": Shown(
		(
			"posting_date",
			"party_name",
			"status",
			"mode_of_payment",
			"paid_from",
			"paid_to",
			"paid_amount",
			"reference_no",
		),
		{"references": ("reference_name", "allocated_amount"), "deductions": ("account", "amount")},
	),
}
_AMOUNTS = ("Currency", "Float", "Percent")


def booked(row: Document) -> list[dict]:
	"""The documents that an order became, in the order in which they were made.

	:param row: of the Order Map; whoever calls has seen to it that the user may read it
	:returns: {"doctype", "name", "refusal"} each: a sentence that says whom to ask, or "" with "facts" ([label, text] each) and "tables"
		({"title", "columns": [{"label", "numeric"}], "rows": texts})
	"""
	return [_document(doctype, name) for doctype, name in documents_of(row)]


def documents_of(row: Document) -> list[tuple[str, str]]:
	"""DocType and name of what an order became."""
	named = [
		("Sales Order", row.sales_order),
		("Sales Invoice", row.sales_invoice),
		("Payment Entry", row.payment_entry),
	]
	for note in row.credit_notes:
		named += [("Sales Invoice", note.sales_invoice), ("Payment Entry", note.payment_entry)]
	there = dict.fromkeys(each for each in named if each[1] and frappe.db.exists(*each))
	return list(there)


def _document(doctype: str, name: str) -> dict:
	document = frappe.get_doc(doctype, name)
	answer: dict = {"doctype": doctype, "name": name, "refusal": ""}
	if not (may_prepare_books() or document.has_permission("read")):
		refusal = _("You may not read {0}. Ask a System Manager for a role that may, such as {1}.")
		return answer | {"refusal": refusal.format(_(doctype), _("Accounts User"))}
	tables = [_table(document, field, columns) for field, columns in SHOWN[doctype].tables.items()]
	tables.append(_entries(doctype, name))
	return answer | {
		"facts": [
			[_(document.meta.get_label(field)), _text(document, field)] for field in SHOWN[doctype].facts
		],
		"tables": [table for table in tables if table["rows"]],
	}


def _table(document: Document, field: str, columns: tuple[str, ...]) -> dict:
	meta = frappe.get_meta(document.meta.get_field(field).options)
	return {
		"title": _(document.meta.get_label(field)),
		"columns": [
			{"label": _label(meta, name), "numeric": meta.get_field(name).fieldtype in _AMOUNTS}
			for name in columns
		],
		"rows": [[_text(row, name) for name in columns] for row in document.get(field)[:MOST_ROWS]],
	}


def _label(meta: Meta, field: str) -> str:
	"""ERPNext's translations take an amount for a quantity, and a rate for a tax."""
	if field in ("amount", "tax_amount"):
		return _("Amount", context="WooCommerce")
	return _("Rate", context="WooCommerce") if field == "rate" else _(meta.get_label(field))


def _entries(doctype: str, name: str) -> dict:
	"""To which accounts it is booked."""
	meta = frappe.get_meta("GL Entry")
	found = frappe.get_all(
		"GL Entry",
		filters={"voucher_type": doctype, "voucher_no": name, "is_cancelled": 0},
		fields=["account", "debit", "credit", "company"],
		order_by="creation, name",
		limit=MOST_ROWS,
	)
	return {
		"title": _("Accounts"),
		"columns": [
			{"label": _(meta.get_label(field)), "numeric": field != "account"}
			for field in ("account", "debit", "credit")
		],
		"rows": [list(_entry(entry)) for entry in found],
	}


def _entry(entry: frappe._dict) -> Iterator[str]:
	currency = frappe.get_cached_value("Company", entry.company, "default_currency")
	yield entry.account
	for field in ("debit", "credit"):
		definition = frappe.get_meta("GL Entry").get_field(field)
		yield _money(entry[field], definition, currency) if entry[field] else ""


def _text(document: Document, field: str) -> str:
	"""A value as a person reads it; an amount has its currency's code."""
	value, definition = document.get(field), document.meta.get_field(field)
	if definition.fieldtype == "Currency":
		return _money(value or 0, definition, get_field_currency(definition, document) or "")
	if definition.fieldtype == "Date":
		return format_date(value) if value else ""
	if definition.fieldtype == "Select":
		return _(value) if value else ""
	return "" if value is None else f"{value:g}" if definition.fieldtype in _AMOUNTS else str(value)


def _money(amount: float, definition, currency: str) -> str:
	precision = get_field_precision(definition, currency=currency)
	return f"{fmt_money(amount, precision)} {currency}".strip()
