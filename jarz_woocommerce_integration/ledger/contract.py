"""What every ledger does, whether it is ERPNext, the bulk path or the SQLite file. One test suite holds them to it.

The way of a page: `lookups` -> (translation) -> `create_masters` -> `book_page`. The rules:

* `lookups` costs a fixed number of queries, whatever the page's size.
* `create_masters` is a short transaction of its own, safe to repeat and safe to race: a key or evidence that is
  there already is never made twice.
* `book_page` books each draft in a savepoint of its own, so that a refused order leaves no trace but its Held or
  Failed row, then writes the page's record and commits once. Killed at any instant, a page is wholly there or not.
* One invoice for each (store, order), one credit note for each (store, refund), whoever tries how often.
* A ledger that people look at keeps the trail of each order: what became of it each time, and who brought it. The
  SQLite ledger keeps none: it rehearses a history, in which an order is seen once.
* What is booked is balanced: the vouchers' debits equal their credits, and the invoice's total equals the order's.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from jarz_woocommerce_integration.translation.drafts import OrderState, Outcome
from jarz_woocommerce_integration.translation.lookups import LookupKeys, Lookups, Territory


class OnChange(str, Enum):
	"""What becomes of a submitted invoice whose order has other money now. The values are those of the Store's form."""

	AMEND = "Amend"  # cancelled and followed by one that says what the order says
	HOLD = "Hold"  # it stays, and the order is listed as changed


class OnDeleted(str, Enum):
	"""What becomes of the invoice of an order that is gone from the store."""

	KEEP = "Keep"
	CANCEL = "Cancel"


def breakdown_text(parts: Iterable[tuple[str, Decimal]]) -> str:
	"""The parts of a held order's sum as a ledger keeps them: JSON with exact decimals."""
	return json.dumps([(label, str(amount)) for label, amount in parts], ensure_ascii=False)


def breakdown_of(text: str | None) -> tuple[tuple[str, Decimal], ...]:
	"""The parts that `breakdown_text` wrote."""
	return tuple((label, Decimal(amount)) for label, amount in json.loads(text or "[]"))


@dataclass(slots=True)
class Run:
	"""One migration or sync, as the ledger keeps it.

	:ivar before: the frozen end of the window (UTC): orders created later belong to the next run
	:ivar next_page: the page to go on with; what lies below is committed
	:ivar parameters: what the run was asked for (statuses, after, page size), so that only the same run is resumed
	"""

	run_id: int
	started_at: datetime
	before: datetime
	parameters: dict[str, Any] = field(default_factory=dict)
	next_page: int = 1
	finished_at: datetime | None = None


@dataclass(slots=True, frozen=True)
class PageRecord:
	"""The page that is being booked. `number` 0 is the final pass, which has no page number in the store.

	:ivar planned: the page was laid out before, with the ids of its orders; its state and attempts are kept elsewhere
	:ivar complete: the page is done with this commit; False where more of its orders follow
	:ivar source: who brought the orders, for their trail: "migration", "webhook", "scheduler", …
	"""

	run_id: int
	number: int
	policy_hash: str = ""
	planned: bool = False
	complete: bool = True
	source: str = "migration"


@dataclass(slots=True)
class Booked:
	"""What became of one order, as committed.

	:ivar what: "booked" (new invoice), "updated" (draft replaced, or payment / credit note added), "unchanged",
		"changed" (booked, and different in the store now), "held", "skipped", "failed", "cancelled"
	:ivar again: it couldn't be booked, nobody has to decide anything, and the same may succeed later
	"""

	order_id: int
	state: OrderState
	what: str
	reason: str = ""
	message: str = ""
	what_to_do: str = ""
	again: bool = False


@dataclass(slots=True)
class BookedPage:
	"""What was committed with a page: the only source for counters and progress."""

	number: int
	orders: list[Booked]


@dataclass(slots=True)
class BookedOrder:
	"""One row of the Order Map with its amounts, for reports and verification.

	:ivar credited_total: sum of the credit notes, positive; :ivar refunded_total: the same as the store says it
	:ivar changed: what differs in the store since it was booked, "" where nothing does
	:ivar breakdown: the parts of a held order's sum
	:ivar refunded_elsewhere: refunds of its sub-orders, which are credited here, and what an order below zero owes
	:ivar tendered_total: what gift cards and store credit settled of the sale beside `order_total`, or what is owed of it
	:ivar received_unbooked: what was paid for an order that isn't booked, and wasn't given back; :ivar paid_at: when
	:ivar parent_id: the order that this one is a part of, 0 for none
	:ivar payload_hash: of the order as it was read last, "" where it is to be read again; :ivar policy_hash: of the policy of then
	:ivar run_id: the run that wrote the row last
	"""

	order_id: int
	number: str
	status: str
	state: OrderState
	reason: str
	message: str
	what_to_do: str
	currency: str
	order_total: Decimal
	refunded_total: Decimal
	invoice: str
	invoice_status: str
	invoice_total: Decimal | None
	credited_total: Decimal
	paid_total: Decimal
	customer: str
	customer_name: str
	payment_method: str
	created_at: datetime | None
	modified_at: datetime | None
	changed: str = ""
	breakdown: tuple[tuple[str, Decimal], ...] = ()
	refunded_elsewhere: Decimal = Decimal(0)
	tendered_total: Decimal = Decimal(0)
	received_unbooked: Decimal = Decimal(0)
	paid_at: datetime | None = None
	parent_id: int = 0
	payload_hash: str = ""
	policy_hash: str = ""
	run_id: int = 0

	@property
	def sold_total(self) -> Decimal:
		"""What the order's invoice comes to."""
		return self.order_total + self.tendered_total

	@property
	def to_credit(self) -> Decimal:
		"""What the order's credit notes come to."""
		return self.refunded_total + self.refunded_elsewhere

	@property
	def owed_total(self) -> Decimal:
		"""What an order that sold goods for less than nothing owes its customer."""
		return self.tendered_total if self.order_total < 0 else Decimal(0)

	@property
	def refunded_on_sub_orders(self) -> Decimal:
		return self.refunded_elsewhere - self.owed_total


def nobody_is_told(order_id: int) -> None:
	"""Where nobody follows a page while it is booked."""


class Ledger(ABC):
	"""Where drafts are booked. Use as a context manager: leaving it gives up the lock on the store.

	:ivar run_id: the run for which masters are made; `open_run` sets it, and whoever books a page without it
	:ivar on_order: is told the id of each order that `book_page` was at, before anything of it is committed. An order may be told
		several times, and a ledger that books a page in an instant tells none. What it does concerns the page no more.
	"""

	run_id: int = 0
	on_order: Callable[[int], None] = staticmethod(nobody_is_told)

	@property
	def proof_seconds(self) -> float:
		"""How long rows were compared with what documents give, so far: a part of the time that pages take."""
		return 0.0

	@abstractmethod
	def __enter__(self) -> "Ledger": ...

	@abstractmethod
	def __exit__(self, *exception: object) -> None: ...

	# --- runs ---

	@abstractmethod
	def open_run(self, parameters: dict[str, Any], before: datetime) -> Run:
		"""The unfinished run with these parameters, to be resumed, or a new one whose window ends at `before`."""

	@abstractmethod
	def finish_run(self, run: Run) -> None:
		"""The run is complete: the next `open_run` starts a new one."""

	# --- the page ---

	@abstractmethod
	def lookups(self, keys: LookupKeys) -> Lookups:
		"""All that is known for the keys of one page."""

	@abstractmethod
	def territories(self) -> Sequence[Territory]:
		"""All territories, read once a run."""

	@abstractmethod
	def create_masters(self, outcomes: Sequence[Outcome]) -> None:
		"""Create customers (with their evidence), addresses and items that the page's drafts need and the ledger lacks."""

	@abstractmethod
	def book_page(self, page: PageRecord, outcomes: Sequence[Outcome]) -> BookedPage:
		"""Book the page and commit it, with its Order Map rows and its own record.

		A draft for an order that is booked already: a draft invoice is replaced; a submitted one with the same
		fingerprint gets the payment and credit notes that it lacks; with another fingerprint it is amended, or
		stays and is reported as changed (`OnChange`; a ledger may know nothing but Hold). An order with an invoice
		that is now `Hold`, `Skip` or `Failure` keeps the invoice and is reported as changed, too.

		:raises LedgerStorageError: nothing of the page is written
		"""

	def order_locks(self, order_ids: Iterable[int], wait: int = 0) -> AbstractContextManager[set[int]]:
		"""Be the only one that reads these orders from the store and books them. Where only one process may, it is.

		:param wait: seconds in all; gives the ids that are held, the others somebody else has
		"""
		return nullcontext(set(order_ids))

	# --- proof ---

	@abstractmethod
	def booked_orders(self) -> Iterator[BookedOrder]:
		"""Every row of the Order Map in ascending order id, streamed."""

	@abstractmethod
	def count_orders(
		self, after: datetime | None, before: datetime | None, statuses: Sequence[str] | None = None
	) -> int:
		"""How many orders are known that the store still has, of those that were made in between; both ends are exclusive."""

	@abstractmethod
	def find_orders(self, order_ids: Iterable[int]) -> dict[int, BookedOrder]:
		"""The rows of these orders."""

	@abstractmethod
	def mark_deleted(self, order_ids: Iterable[int], source: str = "migration") -> None:
		"""These orders are gone from the store; what was booked for them stays and is listed, or is cancelled (`OnDeleted`).

		:param source: who found it, as in `PageRecord`
		"""
