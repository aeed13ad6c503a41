"""Working on the inbox: what was noted is read from the shop as it is now, booked, and done; or tried again later.

An order is read and booked under its lock, by one of all who may meet at it; its rows are done right after. What ends
in between is repeated, and finds the order unchanged. An outage of the shop is no order's failure: the work stops, and
is tried again after a growing pause.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import frappe
from frappe.utils import get_datetime, now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError, StoreError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.inbox.queue import (
	ALL_SOURCES,
	ASKED_FOR,
	CUSTOMER,
	ORDER,
	PRODUCT,
	PendingChange,
)
from jarz_woocommerce_integration.services.live import masters as live_masters, state as live_state
from jarz_woocommerce_integration.services.live.session import LiveBooking, LiveSession, open_live_session
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult, without_facts
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
# What the shop is refunding is looked at again so late, and sooner when the shop reports that it is done.
REFUNDED_WITHIN = timedelta(seconds=10)
LEDGER_RESTS = timedelta(minutes=1)
KILLED = "The worker that processed only this was ended: it ran out of memory or time, or was killed."
GAVE_UP = "gave_up"
NOTHING_CAME_OF_IT = "It wasn't booked, and neither the shop nor the ledger said why."
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
			fresh_snapshot()  # what others have noted meanwhile
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
		coming = inbox.next_attempt(self.store, self.sources)
		return bool(coming and coming <= now_datetime() + BUSY_FOR)

	def _work_on_some(self) -> bool:
		"""Whether anything was due."""
		for resource in (ORDER, CUSTOMER, PRODUCT):
			if ids := inbox.due(self.store, resource, self.sources, AT_ONCE):
				if resource == ORDER:
					self.work_on_orders(ids)
				else:
					self._refresh_or_halve(resource, ids)
				return True
		return False

	# --- orders ---

	def work_on_orders(self, order_ids: Sequence[int], wait: int = 0) -> BookingResult:
		"""Read these orders and book them, as far as the inbox has them.

		:param wait: seconds for those that somebody else has
		:raises StoreError: the shop is out; what was booked until then is done
		"""
		booking = self.session.booking()
		with booking.locked(order_ids, wait) as held:
			fresh_snapshot()  # whoever had them before may have done them
			changes = inbox.waiting(self.store, ORDER, order_ids)
			booking.result.busy &= changes.keys()
			self._settle(inbox.postpone, ORDER, _of(changes, booking.result.busy), BUSY_FOR)
			for some in _by_source(_of(changes, held)):
				self._book_or_halve(some, booking)
			live_state.move_cursor(self.store)
		return booking.result

	def _book_or_halve(self, changes: Sequence[PendingChange], booking: LiveBooking) -> None:
		deadly, parts = _in_halves(changes)
		for change in deadly:
			booking.result.failed[change.woo_id] = KILLED
			self._finish([change], booking.result)
		for part in parts:
			self._settle(inbox.begin, ORDER, part)
			self._book(part, booking)

	def _book(self, changes: Sequence[PendingChange], booking: LiveBooking) -> None:
		"""Book these orders, noted by one source, and write down what became of each. :raises StoreError: the shop is out"""
		result = booking.result
		try:
			self._book_in_run_of_today(changes, booking)
		except StoreError:
			self._settle(inbox.leave, ORDER, self._finish(changes, result))
			raise
		except (*LOCK_ERRORS, LedgerError) as error:
			# The ledger as a whole: no order's failure.
			self._settle(inbox.postpone, ORDER, self._finish(changes, result), LEDGER_RESTS)
			live_state.note_trouble(self.store, error)
			return
		except Exception as error:
			if timeout := timeout_behind(error):
				raise timeout from None
			unforeseen = in_words(error)
		else:
			for change in self._finish(changes, result):
				result.failed[change.woo_id] = NOTHING_CAME_OF_IT
				self._failed(ORDER, change, NOTHING_CAME_OF_IT)
			return
		# Whatever an order makes the code raise is that order's: alone, its neighbours are booked.
		frappe.db.rollback()
		if len(changes) > 1:
			for change in changes:
				self._book([change], booking)
			return
		order_id = changes[0].woo_id
		log(f"WooCommerce order {order_id} of {self.store}", unforeseen)
		result.failed[order_id] = unforeseen
		self._finish(changes, result)

	def _book_in_run_of_today(self, changes: Sequence[PendingChange], booking: LiveBooking) -> None:
		source = changes[0].source
		requests_before = self.session.client.requests
		record = self._record(source)
		try:
			booking.book_locked([c.woo_id for c in changes], record, leave_history=source != inbox.PERSON)
		finally:
			self._note(booking.result.take_stale_parents(), source)
			site_runs.add_requests(record.run_id, self.session.client.requests - requests_before)
		self.session.update_monthly_sales()

	def _record(self, source: str) -> PageRecord:
		run = site_runs.run_of_today(self.store)
		return PageRecord(run, 0, self.session.translator.policy_hash, source=source.lower())

	def _note(self, parents: Sequence[int], source: str) -> None:
		"""What changed on a sub-order is its parent's matter, which has a lock and an attempt of its own."""
		if parents:
			fresh_snapshot()
			inbox.note_many(self.store, ORDER, [(order_id, None) for order_id in parents], source)
			frappe.db.commit()

	def _finish(self, changes: Sequence[PendingChange], result: BookingResult) -> list[PendingChange]:
		"""Write into the inbox what became of the orders. :returns: those of which nothing came"""
		failed = [change for change in changes if result.failure_of(change.woo_id)]
		done = [change for change in changes if result.has(change.woo_id) and change not in failed]
		rest = [change for change in changes if not result.has(change.woo_id)]
		self._settle(inbox.finish, ORDER, done)
		self.counts["done"] += len(done)
		left = [change for change in rest if change.woo_id in result.busy]
		for change in left:
			within = REFUNDED_WITHIN if change.woo_id in result.refunding else MIGRATED_WITHIN
			self._settle(inbox.postpone, ORDER, [change], within)
		for change in failed:
			self._failed(ORDER, change, result.failure_of(change.woo_id))
		return [change for change in rest if change not in left]

	def _failed(self, resource: str, change: PendingChange, error: str) -> None:
		attempts = change.attempts + 1
		if after := inbox.WORK.pause_after(attempts):
			self._settle(inbox.try_again, resource, change, after, error)
			self.counts["again"] += 1
			return
		if resource == ORDER:
			self._hold(change, attempts, error)
		self._settle(inbox.give_up, resource, [change], error)
		self.counts["given_up"] += 1

	def _hold(self, change: PendingChange, attempts: int, error: str) -> None:
		"""List an order for a person that was tried so often in vain."""
		hold = Hold(
			GAVE_UP,
			Sentence("Failed in {0} attempts. The last error: {1}", attempts, error),
			"Remove the cause of the error, then choose Sync Again.",
		)
		outcome = Outcome(without_facts(change.woo_id), hold)
		self.session.ledger.book_page(self._record(change.source), [outcome])

	# --- customers and products ---

	def _refresh_or_halve(self, resource: str, ids: Sequence[int]) -> None:
		""":raises StoreError: the shop is out"""
		deadly, parts = _in_halves(inbox.waiting(self.store, resource, ids).values())
		for change in deadly:
			self._failed(resource, change, KILLED)
		for part in parts:
			self._settle(inbox.begin, resource, part)
			self._refresh(resource, part)

	def _refresh(self, resource: str, changes: Sequence[PendingChange]) -> None:
		try:
			_REFRESH[resource](self.session, [change.woo_id for change in changes])
		except StoreError:
			self._settle(inbox.leave, resource, changes)
			raise
		except Exception as error:
			if timeout := timeout_behind(error):
				raise timeout from None
			unforeseen = in_words(error)
		else:
			self._settle(inbox.finish, resource, changes)
			self.counts["done"] += len(changes)
			return
		frappe.db.rollback()
		if len(changes) > 1:
			for change in changes:
				self._refresh(resource, [change])
			return
		log(f"WooCommerce {resource} {changes[0].woo_id} of {self.store}", unforeseen)
		self._failed(resource, changes[0], unforeseen)

	def _settle(self, write: Callable[..., None], resource: str, *what) -> None:
		"""One short transaction of the inbox."""
		fresh_snapshot()
		write(self.store, resource, *what)
		frappe.db.commit()


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
	"""A page of the ledger has one source: who noted its orders first."""
	groups: dict[str, list[PendingChange]] = defaultdict(list)
	for change in changes:
		groups[change.source].append(change)
	return list(groups.values())
