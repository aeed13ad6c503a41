"""Version of a Payment Entry: ERPNext leaves a trail that says nothing but that empty fields are empty.

It belongs to what ERPNext writes all the same, and is written.
"""

import json

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules

DOCTYPE = "Version"


def _has_balance() -> bool:
	"""ERPNext 16 has no such field."""
	return frappe.get_meta("Payment Entry").has_field("party_balance")


def _data(payment: DraftDocument) -> str:
	rows = [
		["references", row.idx - 1, row.name, [["payment_term_outstanding", 0.0, None]]]
		for row in payment.references
	]
	trail = {
		"added": [],
		"changed": [["party_balance", 0.0, None]] if _has_balance() else [],
		"data_import": None,
		"removed": [],
		"row_changed": rows,
		"updater_reference": None,
	}
	return json.dumps(trail, separators=(",", ":"))


RULES: Rules = {"docname": lambda payment: payment.name, "data": _data}
