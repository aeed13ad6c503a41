"""What was written into the shop from here, recognised when it comes back: refunds that stand for credit notes of ours.

A refund names its credit note in its reason, so that it is known also where nobody was left to write its id down.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import OrderMap
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.translation.drafts import CreditNoteDraft

_CREDIT_NOTES_OF_PEOPLE = """
SELECT note.name, CAST(-note.grand_total AS CHAR) FROM `tabSales Invoice` note
WHERE note.return_against = %s AND note.docstatus = 1 AND coalesce(note.woo_refund_id, 0) = 0 ORDER BY note.creation, note.name
"""
_LINK = """
UPDATE `tabSales Invoice` note JOIN `tabSales Invoice` invoice ON invoice.name = note.return_against
SET note.woo_store = invoice.woo_store, note.woo_order_id = invoice.woo_order_id,
	note.woo_order_number = invoice.woo_order_number, note.woo_refund_id = %(refund_id)s
WHERE note.name = %(credit_note)s
"""
_REFUND = """
SELECT row.refund_id FROM `tabWooCommerce Order Map Credit Note` row JOIN `tabWooCommerce Order Map` map ON map.name = row.parent
WHERE map.store = %s AND map.woo_order_id = %s AND row.sales_invoice = %s LIMIT 1
"""
_SETTLED = """
SELECT 1 FROM `tabSales Invoice` invoice WHERE invoice.name = %(invoice)s AND invoice.outstanding_amount <= 0 AND (
	EXISTS (SELECT 1 FROM `tabPayment Entry Reference` part JOIN `tabPayment Entry` payment ON payment.name = part.parent
		WHERE part.reference_doctype = 'Sales Invoice' AND part.reference_name = invoice.name AND payment.docstatus = 1)
	OR EXISTS (SELECT 1 FROM `tabJournal Entry Account` row JOIN `tabJournal Entry` journal ON journal.name = row.parent
		WHERE row.reference_type = 'Sales Invoice' AND row.reference_name = invoice.name AND journal.docstatus = 1))
"""


def mark_of(document: str) -> str:
	"""How a text in the shop names a document of the books: nobody else writes it so, and no name is part of another."""
	return f"[{document}]"


def credit_notes_of_people(invoice: str) -> list[tuple[str, Decimal]]:
	"""Submitted credit notes of an invoice that stand for no refund of the shop: name and amount (positive), oldest first."""
	return [(name, exact(amount)) for name, amount in frappe.db.sql(_CREDIT_NOTES_OF_PEOPLE, invoice)]


def refund_of(store: str, order_id: int, credit_note: str) -> int:
	"""The refund of the shop that a credit note stands for, as the order's Order Map says, 0 for none."""
	found = frappe.db.sql(_REFUND, (store, order_id, credit_note), pluck=True)
	return found[0] if found else 0


def link_refund(store: str, order_id: int, refund_id: int, credit_note: str) -> None:
	"""Write down that a refund of the shop is this credit note. Commits nothing."""
	order_map = OrderMap(store, PageRecord(0, 0))
	frappe.db.sql(_LINK, {"refund_id": refund_id, "credit_note": credit_note})
	if all(row.refund_id != refund_id for row in order_map.credit_notes(order_id)):
		order_map.add_credit_note(order_id, refund_id, credit_note, None)


def without_sent(
	store: str, order_id: int, invoice: str, notes: Sequence[CreditNoteDraft]
) -> list[CreditNoteDraft]:
	"""Of the credit notes that an invoice lacks, those that it truly lacks: what was sent from here is linked. Commits nothing."""
	if not notes:
		return []
	there = credit_notes_of_people(invoice)
	lacking = []
	for note in notes:
		if sent := _named_in(note, there):
			link_refund(store, order_id, note.refund_id, sent)
		else:
			lacking.append(note)
	return lacking


def _named_in(note: CreditNoteDraft, there: Iterable[tuple[str, Decimal]]) -> str:
	return next(
		(name for name, amount in there if amount == -note.total and mark_of(name) in note.reason), ""
	)


def is_settled_by_people(invoice: str) -> bool:
	"""Whether an invoice is paid by what people have booked against it: then the shop's payment is that one."""
	return bool(frappe.db.sql(_SETTLED, {"invoice": invoice}))
