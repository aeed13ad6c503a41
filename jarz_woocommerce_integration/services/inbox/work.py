"""Working on the inbox: what was told of is read from the shop as it is now, booked, and done; or tried again later.

An order is read and booked under its lock, by one of all who may meet at it; its rows are done right after. What ends
in between is repeated, and finds the order unchanged. An outage of the shop is no order's failure: the work stops, and
is tried again after a growing pause.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import frappe
from frappe.utils import get_datetime, now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError, StoreError
from jarz_woocommerce_integration.ledger.contract import Booked, BookedPage, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.locks import order_locks
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.inbox import rows as inbox_rows
from jarz_woocommerce_integration.services.inbox.queue import CUSTOMER, ORDER, PRODUCT
from jarz_woocommerce_integration.services.inbox.rows import ALL_SOURCES, ASKED_FOR, PendingChange
from jarz_woocommerce_integration.services.live import masters as live_masters
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.live.session import LiveSession, open_live_session
from jarz_woocommerce_integration.services.migration.page_booking import without_facts
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import (
	LOCK_ERRORS,
	in_words,
	log,
	timeout_behind,
	without_traces,
)
from jarz_woocommerce_integration.services.session.work_queue import DONE
from jarz_woocommerce_integration.translation.drafts import Hold, Outcome

AT_ONCE = 50
SECONDS = 600.0
# What somebody else has is looked at again so soon, and waited for so long.
BUSY_FOR = timedelta(seconds=3)
PATIENCE = 15.0
# What a migration at work has yet to come to is looked at again so late: it costs the shop a request.
MIGRATED_WITHIN = timedelta(minutes=5)
LEDGER_RESTS = timedelta(minutes=1)
KILLED = (
	"The worker that had this by itself was ended in the middle: out of memory, over its time, or killed."
)
GAVE_UP = "gave_up"
UNREADABLE = "unreadable"
_REFRESH = {CUSTOMER: live_masters.refresh_customers, PRODUCT: live_masters.refresh_products}


@without_traces
def work_on(store: str) -> dict:
	"""Work on everything of a store that is due, until nothing is or ten minutes are over. What was done is committed.

	:returns: {"status", "done", "again", "given_up"}
	"""
	return inbox.WORK.work(store, _work_on, live_state.has_due)


def _work_on(store: str) -> dict:
	if not frappe.db.get_value("WooCommerce Store", store, "enabled"):
		return {"status": "switched off"}
	if not live_state.may_be_asked(store):
		return {"status": "the shop is left alone for a while"}
	with live_state.troubles_noted(store) as trouble:
		with open_live_session(store) as session:
			done = Work(session).until_nothing_is_due()
	return {"status": str(trouble.error)} if trouble.error else {"status": DONE, **done}


class Work:
	"""Works on what is due of one store, in one session, whose place at work the caller holds.

	:param seconds: begin nothing new after so long
	"""

	def __init__(self, session: LiveSession, seconds: float = SECONDS):
		self.session = session
		self.store = session.store.name
		self.ends = time.monotonic() + seconds
		self.counts = Counter(done=0, again=0, given_up=0)

	@property
	def sources(self) -> tuple[str, ...]:
		return ALL_SOURCES if self.session.store.live_sync else ASKED_FOR

	def until_nothing_is_due(self) -> dict[str, int]:
		"""Work on what is due, and wait a moment for what others have, as long as the rules are the same.

		:raises StoreError: the shop is out
		"""
		waited = 0.0
		while time.monotonic() < self.ends:
			fresh_snapshot()  # what others have told meanwhile
			if self._is_outdated():
				return dict(self.counts)
			if self._work_on_some():
				continue
			if waited >= PATIENCE or not self._something_is_near():
				return dict(self.counts)
			time.sleep(1)
			waited += 1
		return dict(self.counts)

	def _is_outdated(self) -> bool:
		"""Whether the store's form was saved since: its new rules are those of the next session."""
		saved = frappe.db.get_value("WooCommerce Store", self.store, "modified")
		return saved != get_datetime(self.session.store.modified)

	def _something_is_near(self) -> bool:
		coming = inbox_rows.next_attempt(self.store, self.sources)
		return bool(coming and coming <= now_datetime() + BUSY_FOR)

	def _work_on_some(self) -> bool:
		"""Whether anything was due."""
		for resource in (ORDER, CUSTOMER, PRODUCT):
			if ids := inbox_rows.due(self.store, resource, self.sources, AT_ONCE):
				if resource == ORDER:
					self.work_on_orders(ids)
				else:
					self._refresh_or_halve(resource, ids)
				return True
		return False

	# --- orders ---

	def work_on_orders(self, order_ids: Sequence[int], wait: int = 0) -> "BookingResult":
		"""Read these orders and book them, as far as the inbox tells of them.

		:param wait: seconds for those that somebody else has
		:raises StoreError: the shop is out; what was booked until then is done
		"""
		with order_locks(self.store, order_ids, wait) as held:
			fresh_snapshot()  # whoever had them before may have done them
			changes = inbox_rows.waiting(self.store, ORDER, order_ids)
			result = BookingResult(busy={order_id for order_id in changes if order_id not in held})
			self._settle(lambda: inbox_rows.postpone(self.store, ORDER, _of(changes, result.busy), BUSY_FOR))
			for some in _by_source(_of(changes, held)):
				self._book_or_halve(some, result)
			live_state.move_cursor(self.store)
			return result

	def _book_or_halve(self, changes: Sequence[PendingChange], result: "BookingResult") -> None:
		deadly, parts = _in_halves(changes)
		for change in deadly:
			result.failed[change.woo_id] = KILLED
			self._finish([change], result)
		for part in parts:
			self._settle(lambda part=part: inbox_rows.begin(self.store, ORDER, part))
			self._book(part, result)

	def _book(self, changes: Sequence[PendingChange], result: "BookingResult") -> None:
		ids = [change.woo_id for change in changes]
		attempt = _Attempt(self.session, changes[0].source, result)
		unforeseen = ""
		try:
			attempt.book(ids)
		except StoreError:
			self._finish(changes, result)
			rest = [change for change in changes if not result.tells_of(change.woo_id)]
			self._settle(lambda: inbox_rows.leave(self.store, ORDER, rest))
			raise
		except (*LOCK_ERRORS, LedgerError) as error:
			# The ledger as a whole: no order's failure.
			self._finish(changes, result)
			self._rest([change for change in changes if not result.tells_of(change.woo_id)], error)
		except Exception as error:
			if timeout := timeout_behind(error):
				raise timeout from None
			unforeseen = in_words(error)
		else:
			for order_id in ids:
				if not result.tells_of(order_id) and order_id not in result.busy:
					result.failed[order_id] = "Nothing came of it: neither the shop nor the ledger told why."
			self._finish(changes, result)
			return
		if not unforeseen:
			return
		# Whatever an order makes the code raise is that order's: alone, its neighbours are booked.
		frappe.db.rollback()
		if len(changes) > 1:
			for change in changes:
				self._book([change], result)
			return
		log(f"WooCommerce order {ids[0]} of {self.store}", unforeseen)
		result.failed[ids[0]] = unforeseen
		self._finish(changes, result)

	def _finish(self, changes: Sequence[PendingChange], result: "BookingResult") -> None:
		"""Write into the inbox what became of the orders."""
		done = [change for change in changes if result.has_done(change.woo_id)]
		self._settle(lambda: inbox_rows.finish(self.store, ORDER, done))
		self.counts["done"] += len(done)
		if left := [change for change in changes if change.woo_id in result.busy]:
			self._settle(lambda: inbox_rows.postpone(self.store, ORDER, left, MIGRATED_WITHIN))
		for change in changes:
			if error := result.failed.get(change.woo_id):
				self._failed(ORDER, change, error)

	def _failed(self, resource: str, change: PendingChange, error: str) -> None:
		attempts = change.attempts + 1
		if after := inbox.WORK.pause_after(attempts):
			self._settle(lambda: inbox_rows.try_again(self.store, resource, change, after, error))
			self.counts["again"] += 1
			return
		if resource == ORDER:
			_Attempt(self.session, change.source, BookingResult()).hold(change.woo_id, attempts, error)
		self._settle(lambda: inbox_rows.give_up(self.store, resource, [change], error))
		self.counts["given_up"] += 1

	def _rest(self, changes: Sequence[PendingChange], error: Exception) -> None:
		self._settle(lambda: inbox_rows.postpone(self.store, ORDER, changes, LEDGER_RESTS))
		live_state.note_trouble(self.store, error)

	# --- customers and products ---

	def _refresh_or_halve(self, resource: str, ids: Sequence[int]) -> None:
		""":raises StoreError: the shop is out"""
		deadly, parts = _in_halves(inbox_rows.waiting(self.store, resource, ids).values())
		for change in deadly:
			self._failed(resource, change, KILLED)
		for part in parts:
			self._settle(lambda part=part: inbox_rows.begin(self.store, resource, part))
			self._refresh(resource, part)

	def _refresh(self, resource: str, changes: Sequence[PendingChange]) -> None:
		try:
			_REFRESH[resource](self.session, [change.woo_id for change in changes])
		except StoreError:
			self._settle(lambda: inbox_rows.leave(self.store, resource, changes))
			raise
		except Exception as error:
			if timeout := timeout_behind(error):
				raise timeout from None
			unforeseen = in_words(error)
		else:
			self._settle(lambda: inbox_rows.finish(self.store, resource, changes))
			self.counts["done"] += len(changes)
			return
		frappe.db.rollback()
		if len(changes) > 1:
			for change in changes:
				self._refresh(resource, [change])
			return
		log(f"WooCommerce {resource} {changes[0].woo_id} of {self.store}", unforeseen)
		self._failed(resource, changes[0], unforeseen)

	def _settle(self, write: Callable[[], None]) -> None:
		"""One short transaction of the inbox."""
		fresh_snapshot()
		write()
		frappe.db.commit()


@dataclass
class BookingResult:
	"""What became of some orders, by their ids.

	:ivar booked: what was committed; :ivar failed: what is to be tried again, and why
	:ivar deleted: what the store doesn't have any more, as it said so; :ivar busy: what was left to somebody else
	"""

	booked: dict[int, Booked] = field(default_factory=dict)
	failed: dict[int, str] = field(default_factory=dict)
	deleted: dict[int, str] = field(default_factory=dict)
	busy: set[int] = field(default_factory=set)

	def tells_of(self, order_id: int) -> bool:
		return order_id in self.booked or order_id in self.failed or order_id in self.deleted

	def has_done(self, order_id: int) -> bool:
		return self.tells_of(order_id) and order_id not in self.failed


class _Attempt:
	"""One attempt at some orders, told of by one source; their locks are held."""

	def __init__(self, session: LiveSession, source: str, result: BookingResult):
		self.session = session
		self.source = source.lower()
		self.told_by = source
		self.result = result

	def book(self, order_ids: Sequence[int]) -> None:
		"""Read these orders and book them, in the run of the day. :raises StoreError: the shop is out"""
		requests_before = self.session.client.requests
		booking = self.session.booking(self._committed)
		booking.leaves_history = self.told_by != inbox.PERSON
		record = self._record()
		try:
			booking.book_ids(order_ids, record)
		finally:
			self.result.failed.update(booking.unread)
			self.result.deleted.update(booking.deleted)
			self.result.busy |= booking.busy
			self._note_parents(booking.stale_parents)
			site_runs.add_requests(record.run_id, self.session.client.requests - requests_before)
		self.session.update_monthly_sales()

	def _note_parents(self, parents: Iterable[int]) -> None:
		"""What changed on a sub-order is its parent's matter, which has a lock and an attempt of its own."""
		if changed := [(order_id, None) for order_id in sorted(parents)]:
			fresh_snapshot()
			inbox.note_many(self.session.store.name, ORDER, changed, self.told_by)
			frappe.db.commit()

	def hold(self, order_id: int, attempts: int, error: str) -> None:
		"""List an order for a person that was tried so often in vain."""
		hold = Hold(
			GAVE_UP,
			f"Tried {attempts} times in vain, at last: {error}",
			"Put right what is in the way, then Sync Again.",
		)
		self.session.ledger.book_page(self._record(), [Outcome(without_facts(order_id), hold)])

	def _record(self) -> PageRecord:
		run = site_runs.run_of_today(self.session.store.name)
		return PageRecord(run, 0, self.session.translator.policy_hash, source=self.source)

	def _committed(self, page: BookedPage) -> None:
		for order in page.orders:
			self.result.booked[order.order_id] = order
			if order.again or order.reason == UNREADABLE:
				self.result.failed[order.order_id] = order.message


def _of(changes: dict[int, PendingChange], ids: Iterable[int]) -> list[PendingChange]:
	return [change for order_id, change in changes.items() if order_id in ids]


def _in_halves(changes: Iterable[PendingChange]) -> tuple[list[PendingChange], list[list[PendingChange]]]:
	"""Things to be worked on together, those last that somebody died of: in halves, until one is alone.

	:returns: those that were alone and somebody died of; the parts
	"""
	survivors: dict[int, list[PendingChange]] = defaultdict(list)
	for change in changes:
		survivors[change.at_once].append(change)
	deadly = survivors.pop(1, [])
	parts = []
	for at_once, some in sorted(survivors.items(), key=lambda group: (group[0] > 0, -group[0])):
		size = at_once // 2 or len(some)
		parts += [some[start : start + size] for start in range(0, len(some), size)]
	return deadly, parts


def _by_source(changes: Iterable[PendingChange]) -> list[list[PendingChange]]:
	"""A page of the ledger has one source: who told of its orders first."""
	groups: dict[str, list[PendingChange]] = defaultdict(list)
	for change in changes:
		groups[change.source].append(change)
	return list(groups.values())
