"""Payments of an invoice: which there are, and how they come to settle the invoice that follows it.

ERPNext unlinks them from a cancelled invoice and allocates them to another one. This module says which to which.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.changes import amount_text
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence

ZERO = Decimal(0)

_PAYMENTS = """
SELECT payment.name, CAST(sum(part.allocated_amount) AS CHAR) FROM `tabPayment Entry Reference` part
JOIN `tabPayment Entry` payment ON payment.name = part.parent AND payment.docstatus = 1
WHERE part.reference_doctype = 'Sales Invoice' AND part.reference_name = %s AND payment.name NOT IN %s
GROUP BY payment.name ORDER BY min(payment.creation), payment.name
"""
# Of an invoice that follows another one: money for the first that the second doesn't need.
_LEFT_OVER = """
SELECT payment.name, CAST(payment.unallocated_amount AS CHAR) FROM `tabSales Invoice` invoice
JOIN `tabPayment Entry Reference` part ON part.reference_doctype = 'Sales Invoice' AND part.reference_name = invoice.name
JOIN `tabPayment Entry` payment ON payment.name = part.parent AND payment.docstatus = 1 AND payment.unallocated_amount > 0
WHERE invoice.name = %s AND coalesce(invoice.amended_from, '') <> '' GROUP BY payment.name ORDER BY payment.name
"""
_RETURNS = """
SELECT name FROM `tabSales Invoice` WHERE return_against = %(invoice)s AND docstatus < 2 AND name NOT IN %(ours)s ORDER BY name
"""
_JOURNALS = """
SELECT DISTINCT journal.name FROM `tabJournal Entry Account` row JOIN `tabJournal Entry` journal ON journal.name = row.parent
WHERE row.reference_type = 'Sales Invoice' AND row.reference_name = %(invoice)s AND journal.docstatus < 2
	AND NOT (journal.voucher_type = 'Exchange Gain Or Loss' AND journal.is_system_generated = 1) ORDER BY journal.name
"""
_DRAFT_PAYMENTS = """
SELECT DISTINCT payment.name FROM `tabPayment Entry Reference` part JOIN `tabPayment Entry` payment ON payment.name = part.parent
WHERE part.reference_doctype = 'Sales Invoice' AND part.reference_name = %(invoice)s AND payment.docstatus = 0 ORDER BY payment.name
"""
# Kind of what a person has hung on an invoice -> (its name for people, how it is found)
_OBSTACLES = {
	"returned": ("credit note", _RETURNS),
	"journal_entry": ("Journal Entry", _JOURNALS),
	"draft_payment": ("draft payment", _DRAFT_PAYMENTS),
}
_AT_THE_BANK = """
SELECT coalesce((SELECT max(row.parent) FROM `tabBank Transaction Payments` row
		WHERE row.payment_document = 'Payment Entry' AND row.payment_entry = payment.name), '') AS bank_transaction,
	payment.clearance_date, (SELECT count(*) FROM `tabPayment Entry Reference` part
		WHERE part.parent = payment.name AND part.allocated_amount <> 0 AND part.reference_name NOT IN %(own)s) AS elsewhere
FROM `tabPayment Entry` payment WHERE payment.name = %(payment)s AND payment.docstatus = 1
"""


class Paying(NamedTuple):
	"""A payment of an invoice. :ivar allocated: of it to that invoice, in the currency of the customer's account"""

	name: str
	allocated: Decimal


def payments_of(invoice: str, but: Collection[str | None] = ()) -> list[Paying]:
	"""Submitted Payment Entries that settle an invoice, oldest first. :param but: those that aren't asked for"""
	others = [name or "" for name in but] or [""]
	return [Paying(name, exact(allocated)) for name, allocated in frappe.db.sql(_PAYMENTS, (invoice, others))]


def told_of_others(invoice: str, own: Collection[str | None]) -> Iterator[str]:
	"""What people have paid of an invoice that is about to be cancelled, in a sentence. :param own: our payments"""
	settled_by = [
		f"{amount_text(payment.allocated)} of {payment.name}" for payment in payments_of(invoice, but=own)
	]
	settled_by += frappe.db.sql(_JOURNALS, {"invoice": invoice}, pluck=True)
	if settled_by:
		yield Sentence(
			"{0} is cancelled. These documents had settled it and have no invoice now: {1}.",
			invoice,
			", ".join(settled_by),
		)


def left_over_of(invoice: str) -> Iterator[str]:
	"""What stays unallocated of the payments that an amended invoice has from the one before it, in words."""
	for name, amount in frappe.db.sql(_LEFT_OVER, (invoice,)):
		yield Sentence(
			"{0} of {1} isn't needed for {2} and stays unallocated", amount_text(exact(amount)), name, invoice
		)


def check_what_hangs_on(invoice: str, own_notes: list[str]) -> None:
	"""Refuse if an invoice has links that can't move to the next one. ERPNext itself refuses the others.

	:param own_notes: credit notes of ours, which are booked anew
	:raises BookingRefusedError: names it
	"""
	values = {"invoice": invoice, "ours": own_notes or [""]}
	for reason, (kind, query) in _OBSTACLES.items():
		if names := frappe.db.sql(query, values, pluck=True):
			raise BookingRefusedError(
				Sentence("The {0} {1} depends on {2}.", kind, ", ".join(names), invoice),
				Sentence(
					"Cancel the {0}, or remove its link to the invoice, and sync the order again; or correct the books by hand.",
					kind,
				),
				reason,
			)


def check_ours_may_go(payment: str | None, *own: str) -> None:
	"""Refuse if a person has used our payment (bank, other documents) and this would be lost.

	:param own: what it was booked for
	:raises BookingRefusedError: names it
	"""
	for row in frappe.db.sql(_AT_THE_BANK, {"payment": payment, "own": own}, as_dict=True):
		if row.bank_transaction or row.clearance_date:
			raise BookingRefusedError(
				Sentence(
					"The payment {0} is reconciled with the bank ({1}).",
					payment,
					row.bank_transaction or row.clearance_date,
				),
				"Undo the reconciliation, and sync the order again; or correct the books by hand.",
				"reconciled",
			)
		if row.elsewhere:
			raise BookingRefusedError(
				Sentence("The payment {0} settles other documents, too.", payment),
				"Unreconcile it, and sync the order again; or correct the books by hand.",
				"paid_elsewhere",
			)


def relink(payment: Paying, invoice: Document) -> str:
	"""Allocate a payment to an invoice by ERPNext's own reconciliation: as much as it had allocated to the one before.

	:param invoice: submitted
	:return: what the payment's own references don't say (`left_over_of`), "" for nothing
	"""
	tool = frappe.get_doc(
		{
			"doctype": "Payment Reconciliation",
			"company": invoice.company,
			"party_type": "Customer",
			"party": invoice.customer,
			"receivable_payable_account": invoice.debit_to,
			"invoice_name": invoice.name,
			"payment_name": payment.name,
		}
	)
	tool.get_unreconciled_entries()
	invoices = [row.as_dict() for row in tool.invoices if row.invoice_number == invoice.name]
	entries = [row.as_dict() for row in tool.payments if row.reference_name == payment.name]
	if not (invoices and entries):
		return Sentence(
			"{0} of {1} isn't needed for {2} and stays unallocated.",
			amount_text(payment.allocated),
			payment.name,
			invoice.name,
		)
	tool.allocate_entries(frappe._dict(invoices=invoices[:1], payments=entries[:1]))
	for row in tool.allocation:
		row.allocated_amount = min(row.allocated_amount, float(payment.allocated))
	tool.reconcile()
	return ""
