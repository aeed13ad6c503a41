"""The vouchers of orders: the invoice, its payments, its credit notes."""

from collections.abc import Sequence

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.changes import BookedVoucher, amount_text
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import edits_of
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer, Facts
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext.documents.names import Names, day_of_invoice, day_of_note
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.relinking import check_ours_may_go, payments_of
from jarz_woocommerce_integration.ledger.erpnext.order_map import OrderMap
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.translation.drafts import (
	CreditNoteDraft,
	OrderDraft,
	OrderFacts,
	PaymentDraft,
)

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
OR_BY_HAND = "or correct the books by hand."


class NewOrders:
	"""Books orders of which nothing is booked yet.

	:param poster: writes the vouchers, as documents or as rows
	:param names: of invoices and credit notes
	:param order_map: keeps which vouchers an order has become
	"""

	def __init__(
		self, settings: BookSettings, poster: Poster, facts: Facts, names: Names, order_map: OrderMap
	):
		self.names = names
		self.order_map = order_map
		self.invoices = Invoices(settings, poster, facts)
		self.payments = Payments(settings, poster, facts)
		self.notes = CreditNotes(order_map, self.invoices, self.payments, poster, names)

	def add(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer) -> None:
		day = day_of_invoice(draft, self.invoices.settings.zone)
		name = self.names.take(draft.invoice.name, order.order_id, day)
		self.complete(order, draft, self.invoices.book(order, draft, buyer, name))

	def complete(self, order: OrderFacts, draft: OrderDraft, invoice: Document) -> None:
		"""What follows the invoice: its row in the map, and where it is submitted its payments and credit notes."""
		payment = None
		if draft.invoice.submit and not invoice.is_pos:
			payment = self.payments.book_all(order, invoice, draft)
		self.order_map.link(
			order.order_id, invoice.name, payment, invoice.customer, draft.invoice.fingerprint
		)
		if draft.invoice.submit:
			for note in draft.credit_notes:
				self.notes.book(order, draft, note, invoice)


class CreditNotes:
	"""The credit notes of orders: booked, cancelled, replaced.

	:param order_map: knows which refund has become which documents
	"""

	def __init__(
		self, order_map: OrderMap, invoices: Invoices, payments: Payments, poster: Poster, names: Names
	):
		self.order_map = order_map
		self.invoices = invoices
		self.payments = payments
		self.poster = poster
		self.names = names

	def book(
		self,
		order: OrderFacts,
		draft: OrderDraft,
		note: CreditNoteDraft,
		invoice: Document,
		before: str | None = None,
	) -> None:
		""":param before: the cancelled credit note that this one follows"""
		self._hold_to_invoice(order, draft, note)
		day = day_of_note(draft, note, self.invoices.settings.zone)
		name = None if before else self.names.take(note.name, note.refund_id, day)
		document = self.invoices.book_credit_note(order, draft, note, invoice, name, before)
		repayment = None
		if note.repayment:
			repayment = self.payments.book(order, document, note.repayment, note.refund_id).name
		self.order_map.add_credit_note(order.order_id, note.refund_id, document.name, repayment)

	def _hold_to_invoice(self, order: OrderFacts, draft: OrderDraft, note: CreditNoteDraft) -> None:
		credited = -sum((voucher.amount for voucher in self.standing(order.order_id)), note.total)
		if credited > draft.most_credited:
			raise BookingRefusedError(
				f"With {note.name} the order's credit notes come to {amount_text(credited)},"
				f" its invoice to {amount_text(draft.invoice.total)}.",
				"Look up at the payment provider what was paid back, and book the rest by hand. Leave the refunds as they are.",
				reason="refund_exceeds_invoice",
			)

	def standing(self, order_id: int) -> list[BookedVoucher]:
		"""Those that are submitted."""
		return [
			BookedVoucher(row.refund_id, row.sales_invoice, exact(row.total))
			for row in self.order_map.credit_notes(order_id)
			if row.docstatus == 1
		]

	def mend(self, invoice: str, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Cancel the notes of refunds that are gone, replace those that come to another sum. Whether any was."""
		drafted = {note.refund_id: note for note in draft.credit_notes}
		wrong = [
			row
			for row in self.order_map.credit_notes(order.order_id)
			if row.docstatus == 1
			and (row.refund_id not in drafted or drafted[row.refund_id].total != exact(row.total))
		]
		self._replace(wrong, invoice, order, draft)
		return bool(wrong)

	def pay_back(self, invoice: str, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Replace the notes of refunds that were made before the order was paid, and are paid back now. Whether any was.

		Until then such a note reduces what the invoice has outstanding; paid back, it is settled by itself.
		"""
		paid_back = {note.refund_id for note in draft.credit_notes if note.repayment}
		unpaid = [
			row
			for row in self.order_map.credit_notes(order.order_id)
			if row.docstatus == 1
			and row.refund_id in paid_back
			and not row.payment_entry
			and row.reduces_invoice
		]
		self._replace(unpaid, invoice, order, draft)
		return bool(unpaid)

	def pay_back_sent(self, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Book what the gateway paid back for credit notes that people made here and that were sent to the shop. Whether any was.

		One that a person has settled (by a payment, or against another document) gets none.
		"""
		paid_back = {
			note.refund_id: note.repayment
			for note in draft.credit_notes
			if note.repayment and note.paid_by_gateway
		}
		sent = [
			row
			for row in self.order_map.credit_notes(order.order_id)
			if row.refund_id in paid_back and row.is_sent and not row.payment_entry
		]
		booked = [row for row in sent if self._pay_back_sent(order, row, paid_back[row.refund_id])]
		return bool(booked)

	def _pay_back_sent(self, order: OrderFacts, row, repayment: PaymentDraft) -> bool:
		note = frappe.get_doc(INVOICE, row.sales_invoice)
		if payments_of(note.name) or note.outstanding_amount >= 0:
			return False
		payment = self.payments.book(order, note, repayment, row.refund_id)
		self.order_map.add_credit_note(order.order_id, row.refund_id, note.name, payment.name)
		return True

	def _replace(self, rows: Sequence, invoice: str, order: OrderFacts, draft: OrderDraft) -> None:
		"""Cancel these notes, and book those again that the order has still."""
		if not rows:
			return
		drafted = {note.refund_id: note for note in draft.credit_notes}
		self.poster.touch(INVOICE, invoice)
		for row in reversed(rows):
			self._check(row)
			self.cancel(row)
		document = frappe.get_doc(INVOICE, invoice)
		for row in rows:
			if note := drafted.get(row.refund_id):
				self.book(order, draft, note, document, row.sales_invoice)
			else:
				self.order_map.forget_credit_note(order.order_id, row.refund_id)

	def check_all(self, order_id: int) -> list[str]:
		"""The names of those that are submitted, none of which a person has made their own.

		:raises BookingRefusedError: names one that is
		"""
		rows = [row for row in self.order_map.credit_notes(order_id) if row.docstatus == 1]
		for row in rows:
			self._check(row)
		return [row.sales_invoice for row in rows]

	def _check(self, row) -> None:
		if edited := edits_of(INVOICE, row.sales_invoice):
			raise BookingRefusedError(edited, f"Correct the credit note, {OR_BY_HAND}", "edited")
		check_ours_may_go(row.payment_entry, row.sales_invoice)
		if others := payments_of(row.sales_invoice, but=[row.payment_entry]):
			raise BookingRefusedError(
				f"The credit note {row.sales_invoice} is paid back by {others[0].name}.",
				f"Cancel that payment, {OR_BY_HAND}",
				"paid",
			)

	def cancel_all(self, order_id: int) -> None:
		for row in reversed(self.order_map.credit_notes(order_id)):
			self.cancel(row)

	def cancel(self, row) -> None:
		self.poster.cancel_named(PAYMENT, row.payment_entry)
		self.poster.cancel_named(INVOICE, row.sales_invoice)
