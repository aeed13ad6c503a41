"""What the rows of the outbox do in the shop: statuses, notes and refunds, and by which action each kind is done."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property

import frappe
from frappe import _

from jarz_woocommerce_integration.exceptions import NotToBeSentError
from jarz_woocommerce_integration.ledger.erpnext.sent import link_refund, mark_of, refund_of
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.services.outbox.base import TRASH, OutboxAction, find_note
from jarz_woocommerce_integration.services.outbox.documents import CANCELLED, COMPLETED, INVOICE, REFUNDED
from jarz_woocommerce_integration.services.outbox.facts import (
	invoice_that_follows,
	is_delivered,
	is_paid,
	is_wholly_credited,
)
from jarz_woocommerce_integration.services.outbox.refund_limit import in_store_currency, why_wait
from jarz_woocommerce_integration.services.outbox.refund_lines import lines_of_refund
from jarz_woocommerce_integration.services.outbox.tracking import TrackingAction, WithdrawalAction
from jarz_woocommerce_integration.store.catalogue import payment_gateways
from jarz_woocommerce_integration.store.payloads import Refund
from jarz_woocommerce_integration.store.writing import orders as writing
from jarz_woocommerce_integration.translation.drafts import Action
from jarz_woocommerce_integration.translation.policy import Policy

ZERO = Decimal(0)
# An order goes this way only. A status that isn't WooCommerce's own lies between the last two.
RANKS = {"checkout-draft": 0, "pending": 1, "failed": 1, "on-hold": 2, "processing": 3, COMPLETED: 5}
RANK_OF_OTHERS = 4
LAST_RANK = 6
ENDS = (CANCELLED, REFUNDED, TRASH)
CREDIT_NOTE_META = "_erpnext_credit_note"


class StatusAction(OutboxAction):
	option = "send_status"

	def _why_not(self) -> str:
		wanted, status = self.row.value, self.order.status
		if status == wanted:
			return "" if self.row.attempts else Sentence("The order is {0} already.", wanted)
		if self.is_over or RANKS.get(status, RANK_OF_OTHERS) >= RANKS.get(wanted, LAST_RANK):
			return Sentence("The order is {0}, and a status never goes backwards.", status)
		return {COMPLETED: self._incomplete, CANCELLED: self._lives, REFUNDED: self._not_credited}[wanted]()

	def _incomplete(self) -> str:
		if not self._stands():
			return self._gone()
		invoice = frappe.get_doc(INVOICE, self.row.document_name)
		if is_paid(invoice) and is_delivered(invoice):
			return ""
		return Sentence("{0} isn't delivered and paid any more.", invoice.name)

	def _lives(self) -> str:
		following = invoice_that_follows(self.row.store, self.row.woo_order_id)
		return Sentence("The order has another invoice, {0}.", following) if following else ""

	def _not_credited(self) -> str:
		if is_wholly_credited(self.row.document_name):
			return ""
		return Sentence("The credit notes no longer equal the total of {0}.", self.row.document_name)

	def _gone(self) -> str:
		return Sentence("{0} is cancelled.", self.row.document_name)

	def find(self) -> int | None:
		return 0 if self.order.status == self.row.value else None

	def check(self) -> None:
		left = self.order.total - refunded(self.refunds)
		if self.row.value == REFUNDED and left > 0:
			# The shop would make a refund of the rest by itself, which no credit note stands for.
			raise NotToBeSentError(
				Sentence(
					"The order can't become refunded: {0} {1} of it isn't refunded in the shop.",
					left,
					self.order.currency,
				),
				"Refund the rest there, or see why a refund of this order was given up; then Send Again.",
			)

	def do(self) -> int:
		writing.set_status(self.client, self.row.woo_order_id, self.row.value)
		return 0


class NoteAction(OutboxAction):
	option = "send_notes"
	changes_order = False

	def _why_not(self) -> str:
		return "" if self._stands() else Sentence("{0} is cancelled.", self.row.document_name)

	def find(self) -> int | None:
		return find_note(
			self.client, self.row.woo_order_id, mark_of(self.row.document_name), for_customer=False
		)

	def do(self) -> int:
		return writing.add_note(self.client, self.row.woo_order_id, self.row.value, for_customer=False)


class RefundAction(OutboxAction):
	def _is_wanted_by_store(self) -> bool:
		"""An order that is to become refunded needs its refunds, too."""
		return bool(self.store.send_refunds or self.store.send_status)

	def _why_not(self) -> str:
		if not self._stands():
			return Sentence("{0} is cancelled.", self.row.document_name)
		refund = refund_of(self.row.store, self.row.woo_order_id, self.row.document_name)
		if refund and not self.row.attempts:
			return Sentence("{0} is refund {1} of the shop.", self.row.document_name, refund)
		return ""

	@property
	def amount(self) -> Decimal:
		return Decimal(self.row.value)

	def find(self) -> int | None:
		mark = mark_of(self.row.document_name)
		return next((refund.id for refund in self.refunds if mark in refund.reason), None)

	def check(self) -> None:
		left = self.order.total - refunded(self.refunds)
		currency = frappe.db.get_value(INVOICE, self.row.document_name, "currency")
		if currency != self.order.currency or self.amount > left:
			raise NotToBeSentError(
				Sentence(
					"{0} {1} can't be refunded: {2} {3} of the order is left in the shop.",
					self.amount,
					currency,
					left,
					self.order.currency,
				),
				"Compare the order's refunds with the credit notes of its invoice, and correct the one that is wrong.",
			)

	def why_wait(self) -> str:
		if not self._pays_back:
			return ""
		self.paid_back = in_store_currency(self.row, self.store) or self.amount
		return why_wait(self.row, self.store)

	def do(self) -> int:
		note = frappe.get_doc(INVOICE, self.row.document_name)
		lines = lines_of_refund(note, self.order, self.amount)
		return writing.add_refund(
			self.client,
			self.row.woo_order_id,
			self.amount,
			_("Credit note {0}").format(mark_of(note.name)),
			pay_back=self._pays_back,
			lines=lines,
			restock=bool(lines and note.update_stock),
			meta=((CREDIT_NOTE_META, note.name),),
		)

	@cached_property
	def _pays_back(self) -> bool:
		"""Whether the gateway pays it back; else it is recorded in the shop."""
		method = self.order.payment_method
		return bool(self.store.send_refunds) and any(
			gateway.can_pay_back for gateway in payment_gateways(self.client) if gateway.id == method
		)

	def finish(self, woo_id: int) -> None:
		link_refund(self.row.store, self.row.woo_order_id, woo_id, self.row.document_name)


ACTIONS: dict[str, Callable[..., OutboxAction]] = {
	outbox.STATUS: StatusAction,
	outbox.NOTE: NoteAction,
	outbox.TRACKING: TrackingAction,
	outbox.WITHDRAWAL: WithdrawalAction,
	outbox.REFUND: RefundAction,
}


def is_over(status: str, policy: Policy) -> bool:
	"""Whether an order in this status has come to its end; of a status of the shop's own the merchant's policy says it."""
	return status in ENDS or (status not in RANKS and policy.statuses.get(status) is Action.CANCEL)


def refunded(refunds: Sequence[Refund]) -> Decimal:
	return sum((refund.amount for refund in refunds), ZERO)
