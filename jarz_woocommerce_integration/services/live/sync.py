"""Keeping the books in step with a shop: every few minutes what was changed there is noted, read and booked.

Webhooks make it faster; this makes it whole. The cursor (`synced_until` of the store) is the stamp up to which every
change has a state in the Order Map: it doesn't pass what waits in the inbox, where an order that fails holds up no other.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import cint, now_datetime
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import StoreListError
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.ledger.erpnext.order_map.stored import failed_orders, touch_many
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column, to_utc_column
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.inbox.work import LOCK_ERRORS, SECONDS, Work
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.live.known import KnownRow, known_rows
from jarz_woocommerce_integration.services.live.session import LiveSession, open_live_session
from jarz_woocommerce_integration.services.live.state import lag
from jarz_woocommerce_integration.services.live.witness import Witnesses
from jarz_woocommerce_integration.services.session import jobs, session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.work_queue import QUEUE, TIMEOUT
from jarz_woocommerce_integration.store.modified import ModifiedPage, read_modified
from jarz_woocommerce_integration.store.orders import OrderWindow, read_manifest
from jarz_woocommerce_integration.store.payloads import ManifestEntry, Order
from jarz_woocommerce_integration.translation.drafts import OrderFacts

__all__ = ["lag", "poll", "queue_poll", "tick"]

STORE = "WooCommerce Store"
POLL_LOCK = "woo_live_sync"
JOB = "jarz_woocommerce_integration.services.live.sync.poll"
# An order is saved in a moment, not in an instant: what is stamped within it may not be seen yet.
OVERLAP = timedelta(minutes=1)
# The migration's end is of our clock; the shop's may differ by a quarter of an hour before it refuses our signatures.
FIRST_OVERLAP = timedelta(hours=1)
# The scheduler isn't on the second.
EARLY = 20.0
DEFAULT_EVERY = 2
# What is listed by then is worked on, and the next look goes on from there.
LISTING_SECONDS = 240.0

_TO_LOOK_AT = """
SELECT name, live_sync, sync_every FROM `tabWooCommerce Store` WHERE enabled = 1 ORDER BY name
"""
# So long orders are booked that were just made, before a long list is read on.
BOOKING_SECONDS = 60.0


# --- every minute ---


@without_traces
def tick() -> None:
	"""Begin what is due: looking at the shops, and working on what waits in the inbox. Called by the scheduler each minute."""
	stores = {row.name: row for row in frappe.db.sql(_TO_LOOK_AT, as_dict=True)}
	live = [name for name, row in stores.items() if row.live_sync]
	try:
		for name in live:
			if _is_due(name, cint(stores[name].sync_every) or DEFAULT_EVERY):
				queue_poll(name)
		for name in inbox.stores_with_due(live):
			if name in stores and live_state.may_be_asked(name):
				inbox.WORK.enqueue_where_nobody_works(name)
	except RedisError:
		# What is noted stays, and the next tick begins it.
		frappe.logger().warning("WooCommerce live sync: the queue can't be reached")


def _is_due(store: str, every: int) -> bool:
	began = frappe.cache.get_value(_began_key(store), expires=True)
	return not began or (now_datetime() - began).total_seconds() >= every * 60 - EARLY


def queue_poll(store: str) -> None:
	"""Have a store looked at, unless somebody does, or will. :raises redis.exceptions.RedisError: not now"""
	look = jobs.Job(JOB, f"woo_live_sync_{store}", QUEUE, TIMEOUT, (POLL_LOCK, store))
	look.start(store=store)


# --- a look at the shop ---


@without_traces
def poll(store: str) -> dict:
	"""Note what was changed in the shop since the cursor, and work on what is due. What was done is committed.

	:returns: {"status", "seen", "noted", "touched", "done", "again", "given_up", "synced_until", "lag"}
	"""
	with named_lock(POLL_LOCK, store) as held:
		if not held:
			return {"status": "another one looks at it"}
		document = site_store.get_store(store)
		if not (document.enabled and document.live_sync):
			return {"status": "switched off"}
		frappe.cache.set_value(_began_key(store), now_datetime(), expires_in_sec=3600)
		live_state.begin_where_it_is_new(store)
		return {**_look_and_work(store), **_where_it_stands(store)}


def _look_and_work(store: str) -> dict:
	done: Counter[str] = Counter()
	with live_state.troubles_noted(store) as trouble:
		with open_live_session(store) as session:
			look = _Look(session, lambda: done.update(_work(session, BOOKING_SECONDS)))
			try:
				look.at_what_changed()
			except StoreListError as error:
				# Orders by their numbers are right all the same: what webhooks report is booked.
				look.gap = error
				live_state.note_trouble(store, error)
			done.update(_work(session))
	if trouble.error:
		return {"status": str(trouble.error)}
	if look.gap:
		live_state.note_trouble(store, look.gap)
	return {"status": str(look.gap) or "done", **look.counts, **done}


def _work(session: LiveSession, seconds: float = SECONDS) -> dict[str, int]:
	"""Work on what is due, unless two others do."""
	with inbox.WORK.place_at_work(session.store.name) as held:
		return Work(session, seconds).until_nothing_is_due() if held else {}


def _where_it_stands(store: str) -> dict:
	fresh_snapshot()
	return {"synced_until": frappe.db.get_value(STORE, store, "synced_until"), "lag": lag(store)}


class _Look:
	"""One look at what was changed in a shop.

	:param book_now: books what is noted until then
	:ivar seen: orders that were changed since; :ivar noted: those of them that the books may not have like this
	:ivar touched: those of them of which nothing has changed but the stamp
	:ivar gap: the first thing that couldn't be seen, or isn't to be relied on: the cursor doesn't pass it
	"""

	def __init__(self, session: LiveSession, book_now: Callable[[], None]):
		self.session = session
		self.store = session.store.name
		self.book_now = book_now
		self.seen = self.noted = self.touched = 0
		self.gap: str | StoreListError = ""
		self.began: datetime | None = None

	@property
	def counts(self) -> dict[str, int]:
		return {"seen": self.seen, "noted": self.noted, "touched": self.touched}

	def at_what_changed(self) -> None:
		"""
		:raises StoreListError: the shop's list can't be relied on; the cursor stands
		:raises StoreError: the shop is out; what was noted until then stays
		"""
		statuses = site_store.read_statuses(self.session.store, self.session.client)
		since = self._since()
		witnesses = Witnesses(self.session, since, statuses)
		witnesses.before_the_list()
		started = time.monotonic()
		has_asked_for_new = False
		for page in read_modified(self.session.client, since, statuses):
			self._note(page)
			witnesses.see(page)
			if page.gaps and not self.gap:
				self.gap = page.gaps[0]
			if not self.gap and witnesses.are_heard:
				self._move_to(page)
			if time.monotonic() - started > LISTING_SECONDS:
				return
			if not (page.is_last or has_asked_for_new):
				has_asked_for_new = True
				self._book_what_is_new(since, statuses)
		if not self.gap:
			self._move_to_now()
			live_state.note_whole(self.store)

	def _book_what_is_new(self, since: datetime, statuses: tuple[str, ...] | None) -> None:
		"""The list is a long one, by the time of the last change: what was just made would come at its end."""
		for entries in read_manifest(self.session.client, OrderWindow(after=since, statuses=statuses)):
			fresh_snapshot()
			known = self._known(entries)
			self._note_changes(entry for entry in entries if entry.id not in known)
		self.book_now()

	def _since(self) -> datetime:
		fresh_snapshot()
		of_store = ["noted_until", "synced_until", "migrated_until", "live_since"]
		row = frappe.db.get_value(STORE, self.store, of_store, as_dict=True)
		if reached := row.noted_until or row.synced_until:
			return from_utc_column(reached) - OVERLAP
		self._note_failed()
		if row.migrated_until:
			return from_utc_column(row.migrated_until) - FIRST_OVERLAP
		return from_utc_column(row.live_since) - OVERLAP

	def _note_failed(self) -> None:
		"""What the migration couldn't book is tried again with the rest."""
		failed = failed_orders(self.store)
		inbox.note_many(self.store, inbox.ORDER, ((order_id, None) for order_id in failed), inbox.SCHEDULER)
		frappe.db.commit()

	def _note(self, page: ModifiedPage) -> None:
		"""What the books don't have like this is to be read. Whoever comes after a crash finds it noted."""
		fresh_snapshot()
		self.began = self.began or page.told_at
		self.seen += len(page.entries)
		known = self._known(page.entries)
		others = [e for e in page.entries if not self._is_known(known.get(e.id), e, page.orders.get(e.id))]
		same = [self._only_touched(known.get(entry.id), page.orders.get(entry.id)) for entry in others]
		touched = [facts for facts in same if facts]
		if touched and self._keep_stamps(touched):
			ids = {facts.order_id for facts in touched}
			others = [entry for entry in others if entry.id not in ids]
		self._note_changes(others)

	def _known(self, entries: Sequence[ManifestEntry]) -> dict[int, KnownRow]:
		return known_rows(self.store, [entry.id for entry in entries])

	def _is_known(self, known: KnownRow | None, entry: ManifestEntry, order: Order | None) -> bool:
		"""Whether the books have the order like this. What changes in the second in which it was read, a part that is refunded
		for one, has its stamp, and often its status and total, too.
		"""
		if not (known and known.says_the_same(entry)):
			return False
		facts = order and self.session.translator_for(order).facts_by_itself(order)
		return not (facts and known.payload_hash) or facts.payload_hash == known.payload_hash

	def _only_touched(self, known: KnownRow | None, order: Order | None) -> OrderFacts | None:
		"""The order's facts, where nothing that matters to the books has changed: by the rule of whoever would book it."""
		if not (known and order and order.date_modified_gmt):
			return None
		translator = self.session.translator_for(order)
		facts = translator.facts_by_itself(order)
		same = facts and translator.is_unchanged(
			known.state, known.payload_hash, known.policy_hash, facts.payload_hash
		)
		return facts if same else None

	def _keep_stamps(self, orders: Sequence[OrderFacts]) -> bool:
		"""Whether the Order Map has the new stamps; else the orders are noted as others are. Commits."""
		try:
			touch_many(self.store, orders)
			frappe.db.commit()
		except LOCK_ERRORS:
			frappe.db.rollback()
			return False
		self.touched += len(orders)
		return True

	def _note_changes(self, entries: Iterable[ManifestEntry]) -> None:
		"""Note what isn't noted already. Commits."""
		entries = list(entries)
		waiting = inbox.noted(self.store, [entry.id for entry in entries])
		new = [
			(entry.id, entry.date_modified_gmt)
			for entry in entries
			if (entry.id, to_utc_column(entry.date_modified_gmt)) not in waiting
		]
		inbox.note_many(self.store, inbox.ORDER, new, inbox.SCHEDULER)
		frappe.db.commit()
		self.noted += len(new)

	def _move_to(self, page: ModifiedPage) -> None:
		"""More orders of the page's last second may be on the next one, and a stamp may lie in the future."""
		if page.last_stamp:
			now = self.began or datetime.now(timezone.utc)
			reached = min(page.last_stamp - timedelta(seconds=1), now - OVERLAP)
			live_state.move_cursor(self.store, to_utc_column(reached))

	def _move_to_now(self) -> None:
		"""All was seen that was changed before the look began, by the slower one of both clocks."""
		if self.began:
			reached = min(self.began, datetime.now(timezone.utc).replace(microsecond=0)) - OVERLAP
			live_state.move_cursor(self.store, to_utc_column(reached))


def _began_key(store: str) -> str:
	return f"woo_live_sync_began|{store}"
