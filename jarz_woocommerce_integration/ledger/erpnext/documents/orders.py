"""The vouchers of orders: the invoice, its payments, its credit notes."""

from typing import Protocol

from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.changes import BookedVoucher, amount_text
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer, Facts
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext.documents.names import (
	NameSource,
	day_of_invoice,
	day_of_note,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Writer
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import CreditNoteDraft, OrderDraft, OrderFacts

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"


class OrderVouchers(Protocol):
	"""Keeps which vouchers an order has become: the `OrderMap`, or a memory."""

	def link(
		self, order_id: int, invoice: str, payment: str | None, customer: str, fingerprint: str
	) -> None: ...

	def add_credit_note(self, order_id: int, refund_id: int, invoice: str, payment: str | None) -> None: ...

	def credit_notes(self, order_id: int) -> list: ...


class NewOrders:
	"""Books orders of which nothing is booked yet.

	:param writer: writes the vouchers, as documents or as rows
	:param names: of invoices and credit notes
	:param order_map: keeps which vouchers an order has become
	"""

	def __init__(
		self,
		settings: BookSettings,
		writer: Writer,
		facts: Facts,
		names: NameSource,
		order_map: OrderVouchers,
	):
		self.names = names
		self.order_map = order_map
		self.invoices = Invoices(settings, writer, facts)
		self.payments = Payments(settings, writer, facts)
		self.notes = CreditNotes(order_map, self.invoices, self.payments, names)

	def add(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer) -> Document:
		day = day_of_invoice(draft, self.invoices.settings.zone)
		name = self.names.take(draft.invoice.name, order.order_id, day)
		invoice = self.invoices.book(order, draft, buyer, name)
		self.complete(order, draft, invoice)
		return invoice

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
	"""Books the credit notes of orders."""

	def __init__(self, order_map: OrderVouchers, invoices: Invoices, payments: Payments, names: NameSource):
		self.order_map = order_map
		self.invoices = invoices
		self.payments = payments
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
				Sentence(
					"With {0} the order's credit notes come to {1}, but its invoice only to {2}.",
					note.name,
					amount_text(credited),
					amount_text(draft.invoice.total),
				),
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
