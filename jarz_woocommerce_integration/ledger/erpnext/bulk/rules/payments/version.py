"""Version of a Payment Entry: ERPNext leaves a trail that says nothing but that empty fields are empty.

It belongs to what ERPNext writes all the same, and is written.
"""

import json

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules

DOCTYPE = "Version"
BALANCE = "party_balance"
_NUMERIC = ("Int", "Float", "Currency", "Percent")


def _numbers() -> list[tuple[str, float]]:
	"""The numbers of a Payment Entry that nobody fills in, as the database has them: ERPNext's balance of the party (16 has no
	such field), and those of custom fields. In the order of its fields."""
	known = compat.known_in_process("woo_bulk_numbers_of_payments")
	if "fields" not in known:
		known["fields"] = [
			(field.fieldname, 0 if field.fieldtype == "Int" else 0.0)
			for field in frappe.get_meta("Payment Entry").fields
			if field.fieldname == BALANCE or _is_number_of_the_site(field)
		]
	return known["fields"]


def _is_number_of_the_site(field) -> bool:
	of_the_site = field.get("is_custom_field") and not field.fieldname.startswith("woo_")
	return bool(of_the_site and field.fieldtype in _NUMERIC)


def _data(payment: DraftDocument) -> str:
	rows = [
		["references", row.idx - 1, row.name, [["payment_term_outstanding", 0.0, None]]]
		for row in payment.references
	]
	trail = {
		"added": [],
		"changed": [[field, empty, None] for field, empty in _numbers() if payment.get(field) is None],
		"data_import": None,
		"removed": [],
		"row_changed": rows,
		"updater_reference": None,
	}
	return json.dumps(trail, separators=(",", ":"))


RULES: Rules = {"docname": lambda payment: payment.name, "data": _data}
