"""What a row of the outbox has to do in the shop: whether it is still wanted, whether it is there already, doing it.

An action reads what is wanted from the books as they are now, not as they were when the row was written. It commits nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import frappe
from frappe import _

from jarz_woocommerce_integration.exceptions import NotToBeSentError
from jarz_woocommerce_integration.ledger.erpnext.sent import link_refund, mark_of, refund_of
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.services.outbox.documents import CANCELLED, COMPLETED, INVOICE, REFUNDED
from jarz_woocommerce_integration.services.outbox.facts import (
	invoice_that_follows,
	is_delivered,
	is_of_order,
	is_paid,
	is_wholly_credited,
)
from jarz_woocommerce_integration.services.outbox.refund_limit import in_store_currency, why_wait
from jarz_woocommerce_integration.services.outbox.refund_lines import lines_of_refund
from jarz_woocommerce_integration.store import writing
from jarz_woocommerce_integration.store.catalogue import payment_gateways
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.payloads import Order, Refund
from jarz_woocommerce_integration.translation.drafts import Action
from jarz_woocommerce_integration.translation.policy import Policy

ZERO = Decimal(0)
TRASH = "trash"
# An order goes this way only. A status that isn't WooCommerce's own lies between the last two.
RANKS = {"checkout-draft": 0, "pending": 1, "failed": 1, "on-hold": 2, "processing": 3, COMPLETED: 5}
RANK_OF_OTHERS = 4
LAST_RANK = 6
ENDS = (CANCELLED, REFUNDED, TRASH)
TRACKING_NUMBER, TRACKING_URL = "_tracking_number", "_tracking_url"
PARCELS = ", "
CREDIT_NOTE_META = "_erpnext_credit_note"


class InShop(NamedTuple):
	"""An order as the shop has it at this moment, and the shop.

	:ivar is_over: nothing but the trash, or a person, leads on from its status
	"""

	client: StoreClient
	order: Order
	refunds: Sequence[Refund]
	is_over: bool = False


class OutboxAction(ABC):
	"""What one row of the outbox does in the shop.

	:param row: of the outbox; :param store: the WooCommerce Store's document; :param shop: the row's order there
	:cvar changes_order: the order is another one after it, and is to be read again
	:ivar paid_back: what the gateway pays back by it, in the store's currency, 0 for nothing
	"""

	option = ""
	changes_order = True
	paid_back = ZERO

	def __init__(self, row: frappe._dict, store: frappe._dict, shop: InShop):
		self.row = row
		self.store = store
		self.client, self.order, self.refunds, self.is_over = shop

	def why_not(self) -> str:
		"""Why nothing has to be done (any more), "" where something has."""
		if not self._is_wanted_by_store():
			return _("Switched off in the store's form.")
		if self.order.status == TRASH:
			return _("The order is in the shop's trash.")
		return self._why_not() or self._why_not_of_order()

	def _why_not_of_order(self) -> str:
		row = self.row
		if is_of_order(row.document_type, row.document_name, row.store, row.woo_order_id):
			return ""
		return _("The Order Map doesn't say that {0} belongs to this order.").format(row.document_name)

	def _is_wanted_by_store(self) -> bool:
		return bool(self.store.get(self.option))

	def _stands(self) -> bool:
		return frappe.db.get_value(self.row.document_type, self.row.document_name, "docstatus") == 1

	@abstractmethod
	def _why_not(self) -> str: ...

	def check(self) -> None:
		""":raises NotToBeSentError: it can't be done as the order stands"""
		return None

	def why_wait(self) -> str:
		"""Why a person has to approve it first, "" where nobody has to. :raises StoreError: it isn't known"""
		return ""

	def find(self) -> int | None:
		"""The id of what the row has made in the shop, where it has arrived though no answer came back.

		:raises StoreError: it isn't known
		"""
		return None

	@abstractmethod
	def do(self) -> int:
		"""Do it, once. :returns: the id of what it made, 0 for nothing

		:raises StoreError: if it is retryable, whether it was done isn't known
		"""

	def finish(self, woo_id: int) -> None:
		"""Do and write down what follows from it, which may be done twice without harm. :raises StoreError: likewise"""
		return None


class StatusAction(OutboxAction):
	option = "send_status"

	def _why_not(self) -> str:
		wanted, status = self.row.value, self.order.status
		if status == wanted:
			return "" if self.row.attempts else _("The order is {0} already.").format(wanted)
		if self.is_over or RANKS.get(status, RANK_OF_OTHERS) >= RANKS.get(wanted, LAST_RANK):
			return _("The order is {0}, and a status never goes backwards.").format(status)
		return {COMPLETED: self._incomplete, CANCELLED: self._lives, REFUNDED: self._not_credited}[wanted]()

	def _incomplete(self) -> str:
		if not self._stands():
			return self._gone()
		invoice = frappe.get_doc(INVOICE, self.row.document_name)
		if is_paid(invoice) and is_delivered(invoice):
			return ""
		return _("{0} isn't delivered and paid any more.").format(invoice.name)

	def _lives(self) -> str:
		following = invoice_that_follows(self.row.store, self.row.woo_order_id)
		return _("The order has another invoice, {0}.").format(following) if following else ""

	def _not_credited(self) -> str:
		if is_wholly_credited(self.row.document_name):
			return ""
		return _("The credit notes no longer equal the total of {0}.").format(self.row.document_name)

	def _gone(self) -> str:
		return _("{0} is cancelled.").format(self.row.document_name)

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
		return "" if self._stands() else _("{0} is cancelled.").format(self.row.document_name)

	def find(self) -> int | None:
		return find_note(self, mark_of(self.row.document_name), for_customer=False)

	def do(self) -> int:
		return writing.add_note(self.client, self.row.woo_order_id, self.row.value, for_customer=False)


class TrackingAction(OutboxAction):
	"""The row's value has a line each for number, URL and carrier."""

	option = "send_tracking"

	def __init__(self, row: frappe._dict, store: frappe._dict, shop: InShop):
		super().__init__(row, store, shop)
		self.number, self.url, self.carrier = (*row.value.split("\n"), "", "")[:3]

	def _why_not(self) -> str:
		if not self._stands():
			return _("{0} is cancelled.").format(self.row.document_name)
		# What the outbox knew of it may have been cleared away since.
		is_there = all(text in there for text, there in self._in_meta().values() if text)
		return _("The customer was notified before.") if is_there and not self.row.attempts else ""

	def find(self) -> int | None:
		return find_note(self, mark_of(self.row.document_name), self.number or self.url, for_customer=True)

	def do(self) -> int:
		return writing.add_note(self.client, self.row.woo_order_id, self._text(), for_customer=True)

	def _text(self) -> str:
		lines = [_("Your order is on its way.")]
		if self.number:
			lines.append(_("Tracking number: {0}.").format(self.number))
		if self.carrier:
			lines.append(_("Carrier: {0}.").format(self.carrier))
		return " ".join(filter(None, (*lines, self.url, mark_of(self.row.document_name))))

	def finish(self, woo_id: int) -> None:
		"""Numbers of several parcels stand beside each other in the order's meta data."""
		values = {
			key: PARCELS.join((*there, text))
			for key, (text, there) in self._in_meta().items()
			if text and text not in there
		}
		if values:
			writing.set_meta(self.client, self.row.woo_order_id, values)

	def _in_meta(self) -> dict[str, tuple[str, list[str]]]:
		"""Key -> what is to be sent, and what the order's meta data say already."""
		return {
			key: (text, [part for part in writing.meta_of(self.order, key).split(PARCELS) if part])
			for key, text in ((TRACKING_NUMBER, self.number), (TRACKING_URL, self.url))
		}


class RefundAction(OutboxAction):
	def _is_wanted_by_store(self) -> bool:
		"""An order that is to become refunded needs its refunds, too."""
		return bool(self.store.send_refunds or self.store.send_status)

	def _why_not(self) -> str:
		if not self._stands():
			return _("{0} is cancelled.").format(self.row.document_name)
		refund = refund_of(self.row.store, self.row.woo_order_id, self.row.document_name)
		if refund and not self.row.attempts:
			return _("{0} is refund {1} of the shop.").format(self.row.document_name, refund)
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
	outbox.REFUND: RefundAction,
}


def is_over(status: str, policy: Policy) -> bool:
	"""Whether an order in this status has come to its end; of a status of the shop's own the merchant's policy says it."""
	return status in ENDS or (status not in RANKS and policy.statuses.get(status) is Action.CANCEL)


def refunded(refunds: Sequence[Refund]) -> Decimal:
	return sum((refund.amount for refund in refunds), ZERO)


def find_note(action: OutboxAction, *parts: str, for_customer: bool) -> int | None:
	"""The id of the order's note that has all these parts."""
	for note in writing.read_notes(action.client, action.row.woo_order_id):
		if note.customer_note == for_customer and all(part in note.note for part in parts):
			return note.id
	return None
