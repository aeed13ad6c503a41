"""The port: what a ledger can do with one order's vouchers and Order Map row. `OrderBooking` says what it does when."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, NamedTuple

from jarz_woocommerce_integration.ledger.sales_orders import SalesOrders
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	OrderDraft,
	OrderFacts,
	OrderState,
	SalesOrderDraft,
)


class BookedState(NamedTuple):
	"""What the ledger has of an order before it is booked again. Fields of the invoice (`| Any`) are None where there is none.

	:ivar invoice_status: "Draft", "Submitted" or "Cancelled"; :ivar submitted: whether it ever was
	:ivar customer: as the ledger names it
	:ivar cancelled_by_us: the invoice was cancelled because its order was, or to be followed by another; no person did it
	"""

	state: str
	status: str
	changed: str
	invoice: str | Any
	invoice_status: str | None
	submitted: bool | None
	customer: str | Any
	fingerprint: str | None
	currency: str | Any
	total: Decimal | Any
	cancelled_by_us: bool = False


class Amended(NamedTuple):
	"""The invoice that follows a cancelled one.

	:ivar left_over: what a person has to look after (money that the new invoice doesn't need), in sentences
	"""

	invoice: str
	left_over: tuple[str, ...] = ()


class Remark(NamedTuple):
	"""What the Order Map says of an order beside its facts."""

	changed: str = ""
	reason: str = ""
	message: str = ""
	what_to_do: str = ""
	breakdown: tuple[tuple[str, Decimal], ...] = ()


NOTHING_TO_SAY = Remark()


class Books(ABC):
	"""The vouchers and Order Map rows of one page, as a ledger keeps them. Nothing here commits.

	:ivar amends: submitted invoices follow their orders (`OnChange.AMEND`); a ledger that can't leaves it at Hold
	:ivar sales_orders: of orders that aren't invoiced yet
	"""

	amends = False
	sales_orders = SalesOrders()

	@abstractmethod
	def savepoint(self, order_id: int) -> AbstractContextManager:
		"""Everything of one order or nothing: an error inside undoes what was written since.

		:raises BookingRefusedError: what the ledger, or the site, refuses
		:raises OrderNotStoredError: what can't be stored at all
		"""

	@abstractmethod
	def standing(self, order_id: int) -> BookedState | None: ...

	# --- vouchers ---

	@abstractmethod
	def add(self, order: OrderFacts, draft: OrderDraft) -> None:
		"""The invoice, and where it is submitted its payment and credit notes."""

	@abstractmethod
	def replace(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Make a draft invoice (or the remains of a cancelled draft) what the order is now. Whether that changed it."""

	@abstractmethod
	def add_what_lacks(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Add the payment and the credit notes that a submitted invoice lacks. Whether any was added."""

	@abstractmethod
	def cancel(self, standing: BookedState, order_id: int) -> str:
		"""Cancel the invoice and all of ours that hangs on it; the trail stays.

		:return: what a person has to look after (their payment has no invoice any more), "" for nothing
		"""

	@abstractmethod
	def keep_advance(self, order: OrderFacts, draft: AdvanceDraft | SalesOrderDraft) -> None:
		"""Book the payment of an order that has no invoice, unless it stands; one of another amount is cancelled before."""

	@abstractmethod
	def drop_advance(self, order_id: int) -> None:
		"""Take back the payment of an order that had no invoice, where there is one: it is paid with its invoice now, or not at all."""

	def amend(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> Amended:
		"""Cancel the submitted invoice, unless it is already, and book the one that follows it, with all that hung on it.

		:raises BookingRefusedError: names what stands in the way
		"""
		raise NotImplementedError("This ledger lists submitted invoices whose orders have changed.")

	def mend_credit_notes(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Cancel the credit notes of refunds that are gone, and replace those that come to another sum. Whether any was."""
		raise NotImplementedError("This ledger lists credit notes whose refunds have changed.")

	def update_details(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Write what may change in a submitted invoice: nothing of its money or its party. Whether anything did."""
		return False

	def edited(self, standing: BookedState) -> str:
		"""What a person has changed in the invoice since our last write, as a sentence; "" for nothing."""
		return ""

	@abstractmethod
	def describe_changes(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str: ...

	@abstractmethod
	def unmatched_vouchers(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str:
		"""What beside the invoice's money isn't as the order says, and is left to a person; "" where all is."""

	def has_left_over(self, invoice: str) -> bool:
		"""Whether an amended invoice's payments have money that it doesn't need."""
		return False

	# --- Order Map ---

	@abstractmethod
	def write(self, order: OrderFacts, state: OrderState, remark: Remark, read_again: bool = False) -> None:
		""":param read_again: forget the payload's hash, so that the next run doesn't take the order for unchanged"""

	@abstractmethod
	def touch(self, order: OrderFacts) -> None:
		"""Write when an order that says the same was last changed: the comparison with the store goes by that stamp."""

	@abstractmethod
	def restate(self, order_id: int, state: OrderState, remark: Remark) -> None:
		"""Write a new state and keep the facts of an order that couldn't be read this time, to be read again."""

	def mark_deleted(self, order_id: int, changed: str) -> None:
		"""Write that an order is gone from the store, and what of it is left to a person."""
		raise NotImplementedError("This ledger keeps the invoices of deleted orders.")

	@abstractmethod
	def done(self, order_id: int) -> None:
		"""The order has its state: what was kept only for the way to it can go."""
