"""Custom fields of a merchant, one of each type that bulk booking writes, and drafts that fill them."""

from datetime import date, datetime, timezone
from decimal import Decimal

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from jarz_woocommerce_integration.translation.drafts import LINE, MappedValues

CREDIT_NOTE = "Credit Note"  # a Sales Invoice, too
DOCTYPES = ("Sales Invoice", LINE, "Customer", "Payment Entry")
SALES_ORDER = "Sales Order"
TYPES = ("Data", "Small Text", "Text", "Int", "Float", "Currency", "Check", "Date", "Datetime")
FIELDS = {f"own_{fieldtype.lower().replace(' ', '_')}": fieldtype for fieldtype in TYPES}
FULL = {
	"own_data": "a < b & <b>bold</b> 100%s",
	"own_small_text": "line 1\nline 2",
	"own_text": "محمد 😀",
	"own_int": Decimal(7),
	"own_float": Decimal("1.125"),
	"own_currency": Decimal("12.34"),
	"own_check": True,
	"own_date": date(2026, 3, 1),
	"own_datetime": datetime(2026, 3, 1, 22, 30, tzinfo=timezone.utc),
}
EMPTY = {
	**dict.fromkeys(FULL, ""),
	**dict.fromkeys(("own_int", "own_float", "own_currency"), Decimal(0)),
	**{"own_check": False, "own_date": None, "own_datetime": None},
}


def make_own_fields() -> None:
	"""Commits."""
	create_custom_fields(
		{
			doctype: [
				{"fieldname": name, "label": name, "fieldtype": fieldtype}
				for name, fieldtype in FIELDS.items()
			]
			for doctype in (*DOCTYPES, SALES_ORDER)
		}
	)
	frappe.db.commit()


def remove_own_fields() -> None:
	"""Their columns stay, as Frappe leaves them. Commits."""
	for name in frappe.get_all("Custom Field", {"fieldname": ("like", "own_%")}, pluck="name"):
		frappe.delete_doc("Custom Field", name, force=True)
	frappe.db.commit()


def mapped(full: bool = True, doctypes=(*DOCTYPES, CREDIT_NOTE), line: int = 1, kept=()) -> MappedValues:
	"""A value in each own field of these documents, or none."""
	values = FULL if full else EMPTY
	documents = {doctype: dict(EMPTY if doctype == LINE else values) for doctype in doctypes}
	return MappedValues(documents, {line: dict(values)} if LINE in doctypes else {}, set(kept))
