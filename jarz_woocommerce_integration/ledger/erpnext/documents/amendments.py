"""A submitted invoice follows its order: cancelled and booked again as an amendment, with its payments and credit notes."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.utils import cint

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.books import Amended, BookedState
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import edits_of
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.orders import CreditNotes, NewOrders
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.relinking import (
	Paying,
	check_ours_may_go,
	check_what_hangs_on,
	payments_of,
	relink,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import is_same_person
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import OrderMap
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts, PaymentDraft

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
OR_BY_HAND = Sentence("or correct the books by hand.")
UNLINKS = "unlink_payment_on_cancellation_of_invoice"


class BookedCreditNotes:
	"""The credit notes that are booked: cancelled, replaced, paid back.

	:param notes: books new ones
	"""

	def __init__(self, order_map: OrderMap, notes: CreditNotes, poster: Poster):
		self.order_map = order_map
		self.notes = notes
		self.poster = poster

	def mend(self, invoice: str, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Cancel the notes of deleted refunds and replace those with another total. Return whether any was changed."""
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
		payment = self.notes.payments.book(order, note, repayment, row.refund_id)
		self.order_map.add_credit_note(order.order_id, row.refund_id, note.name, payment.name)
		return True

	def _replace(self, rows: Sequence, invoice: str, order: OrderFacts, draft: OrderDraft) -> None:
		"""Cancel these notes. Book those again that the order still has."""
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
				self.notes.book(order, draft, note, document, row.sales_invoice)
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
			raise BookingRefusedError(edited, Sentence("Correct the credit note, {0}", OR_BY_HAND), "edited")
		check_ours_may_go(row.payment_entry, row.sales_invoice)
		if others := payments_of(row.sales_invoice, but=[row.payment_entry]):
			raise BookingRefusedError(
				Sentence("The credit note {0} is paid back by {1}.", row.sales_invoice, others[0].name),
				Sentence("Cancel that payment, {0}", OR_BY_HAND),
				"paid",
			)

	def cancel_all(self, order_id: int) -> None:
		for row in reversed(self.order_map.credit_notes(order_id)):
			self.cancel(row)

	def cancel(self, row) -> None:
		self.poster.cancel_named(PAYMENT, row.payment_entry)
		self.poster.cancel_named(INVOICE, row.sales_invoice)


class Ours(NamedTuple):
	"""What the Order Map has of an order beside its invoice, as it is before anything is done.

	:ivar payments: key of a payment -> its document, and whether that stands
	:ivar gone_notes: refunds whose credit notes don't stand any more
	"""

	payments: dict[str, tuple[str, bool]]
	gone_notes: frozenset[int]

	def key_of(self, name: str) -> str | None:
		return next((key for key, (payment, _stands) in self.payments.items() if payment == name), None)


class Amendment:
	"""One order's invoice and the one that follows it. Everything happens within the order's savepoint."""

	def __init__(self, order_map: OrderMap, orders: NewOrders, notes: BookedCreditNotes, poster: Poster):
		self.order_map = order_map
		self.invoices = orders.invoices
		self.payments = orders.payments
		self.notes = notes
		self.poster = poster

	def make(
		self,
		standing: BookedState,
		order: OrderFacts,
		draft: OrderDraft,
		buyer: Buyer,
	) -> Amended:
		"""Cancel the invoice, unless it is already, and book the next one with payments and credit notes.

		:raises BookingRefusedError: names what stands in the way; ERPNext's own errors name the rest
		"""
		# Whatever was linked for the first time since it was read is seen, too.
		compat.forget_dynamic_links()
		before = frappe.get_doc(INVOICE, standing.invoice)
		lives = before.docstatus.is_submitted()
		ours = self._ours(order.order_id)
		if lives:
			buyer = _who_keeps(before, draft, buyer)
		kept = self._take_down(before, order, draft, ours) if lives else []
		invoice = self.invoices.book(order, draft, buyer, None, before)
		left_over = [relink(payment, invoice) for payment in kept]
		payment = self._pay(order, draft, invoice, ours, kept, lives)
		self.order_map.link(
			order.order_id, invoice.name, payment, invoice.customer, draft.invoice.fingerprint
		)
		if draft.invoice.submit:
			self._credit_again(order, draft, invoice, ours.gone_notes if lives else ())
		return Amended(invoice.name, tuple(filter(None, left_over)))

	def _ours(self, order_id: int) -> Ours:
		payments = {
			key: (paid.name, paid.stands) for key, paid in self.order_map.payments_beside(order_id).items()
		}
		if own := self.order_map.payment(order_id):
			payments[""] = (own, frappe.db.get_value(PAYMENT, own, "docstatus") == 1)
		gone = [row.refund_id for row in self.order_map.credit_notes(order_id) if row.docstatus != 1]
		return Ours(payments, frozenset(gone))

	# --- what was ---

	def _take_down(self, before: Document, order: OrderFacts, draft: OrderDraft, ours: Ours) -> list[Paying]:
		"""Cancel the invoice and what can't move to the next one. :return: the payments that move"""
		check_what_hangs_on(before.name, self.notes.check_all(order.order_id))
		drafted = {payment.key: payment for payment in draft.payments}
		standing = {key: name for key, (name, stands) in ours.payments.items() if stands}
		if draft.currency != before.currency and (before.is_pos or standing):
			raise BookingRefusedError(
				Sentence(
					"The order was paid in {0}, but the store says {1} now.", before.currency, draft.currency
				),
				Sentence(
					"Look up at the gateway in which currency it was paid. If it is the new one, cancel the payment, and sync the order again;"
					" {0}",
					OR_BY_HAND,
				),
				"currency_changed",
			)
		if (before.is_pos and not draft.payment) or standing.keys() - drafted.keys():
			raise BookingRefusedError(
				"The order's amounts have changed, and the store shows it as unpaid, but its payment is still booked.",
				Sentence("Cancel the payment, and sync the order again; {0}", OR_BY_HAND),
				"not_paid",
			)
		paying = payments_of(before.name)
		if others := [payment.name for payment in paying if ours.key_of(payment.name) is None]:
			self._check_others_can_come(before, draft, others)
		self.poster.touch(INVOICE, before.name)
		for key, name in standing.items():
			self.poster.touch(PAYMENT, name)
			if not self._comes_along(name, before, draft.currency, drafted[key]):
				check_ours_may_go(name, before.name)
				self.poster.cancel_named(PAYMENT, name)
				paying = [payment for payment in paying if payment.name != name]
		self.notes.cancel_all(order.order_id)
		before.reload()
		self.poster.cancel(before)
		frappe.db.set_value(INVOICE, before.name, "woo_cancelled", 1, update_modified=False)
		return paying

	def _check_others_can_come(self, before: Document, draft: OrderDraft, others: list[str]) -> None:
		if draft.currency != before.currency:
			raise BookingRefusedError(
				Sentence(
					"The order is in {0} now, but {1} was paid in {2}.",
					draft.currency,
					", ".join(others),
					before.currency,
				),
				Sentence("Remove the payment from the invoice, and sync the order again; {0}", OR_BY_HAND),
				"currency_changed",
			)

	def _comes_along(self, own: str, before: Document, currency: str, payment: PaymentDraft) -> bool:
		"""Whether our payment is what the order says is paid, so that it can settle the next invoice."""
		row = frappe.db.get_value(PAYMENT, own, ["woo_amount", "paid_to"], as_dict=True)
		return bool(
			Decimal(str(row.woo_amount)) == payment.amount
			and row.paid_to == payment.account
			and currency == before.currency
			and cint(frappe.db.get_single_value("Accounts Settings", UNLINKS))
		)

	# --- what is ---

	def _pay(
		self,
		order: OrderFacts,
		draft: OrderDraft,
		invoice: Document,
		ours: Ours,
		kept: list[Paying],
		lives: bool,
	) -> str | None:
		"""Pay the next invoice: by the payments that came along, and new ones.

		One that a person has cancelled isn't made again, unless it was cancelled with its order.

		:return: the order's own payment
		"""
		came_along = {ours.key_of(payment.name) for payment in kept} - {None}
		for key in came_along:
			self.poster.take_over(PAYMENT, ours.payments[key][0])  # type: ignore[index]  # None is left out above
		left = {key for key, (_name, stands) in ours.payments.items() if lives and not stands}
		own = ours.payments[""][0] if "" in came_along | left else None
		if draft.invoice.submit and not invoice.is_pos:
			lacking = {payment.key for payment in draft.payments} - came_along - left
			own = self.payments.book_all(order, invoice, draft, lacking) or own
		return own

	def _credit_again(
		self, order: OrderFacts, draft: OrderDraft, invoice: Document, left_alone: Collection[int]
	) -> None:
		""":param left_alone: refunds whose credit notes a person has cancelled"""
		there = {row.refund_id: row for row in self.order_map.credit_notes(order.order_id)}
		for note in draft.credit_notes:
			row = there.pop(note.refund_id, None)
			if note.refund_id not in left_alone:
				self.notes.notes.book(order, draft, note, invoice, row.sales_invoice if row else None)
		for refund_id in there:
			self.order_map.forget_credit_note(order.order_id, refund_id)


def _who_keeps(before: Document, draft: OrderDraft, buyer: Buyer) -> Buyer:
	"""Whose the next invoice is: the same customer's, whose payments come along, on the account that they are on.

	An order in another currency has no such payments: another record of the same person may be booked to. Another person
	is listed, and not booked to.
	"""
	if draft.currency == before.currency:
		addresses = buyer.addresses if buyer.customer == before.customer else {}
		return buyer._replace(customer=before.customer, addresses=addresses, receivable=before.debit_to)
	if not is_same_person(buyer.customer, before.customer):
		return buyer._replace(customer=before.customer, addresses={})
	return buyer
