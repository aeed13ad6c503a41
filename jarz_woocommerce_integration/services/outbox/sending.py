"""Sending what waits in the outbox: in order for each order, once each, and never twice what a lost answer leaves open.

A note or a refund is marked as going out, and that committed, before it goes. Where no answer comes back, the shop is asked
whether it is there before it is sent again. The order is locked meanwhile, so that what comes back of it waits until the
books know it, and it is read and booked right after.
"""

import time
from collections import Counter
from datetime import timedelta

import frappe
from redis.exceptions import RedisError

from jarz_woocommerce_integration.compat import in_language_of_site
from jarz_woocommerce_integration.exceptions import (
	LedgerError,
	NotToBeSentError,
	PayloadError,
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.transactions import LOCK_ERRORS, fresh_snapshot
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.live.session import LiveBooking, LiveSession, open_live_session
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.outbox import queue as outbox, rows as outbox_rows
from jarz_woocommerce_integration.services.outbox.actions import ACTIONS, is_over
from jarz_woocommerce_integration.services.outbox.base import InShop, OutboxAction
from jarz_woocommerce_integration.services.outbox.documents import OPTIONS
from jarz_woocommerce_integration.services.outbox.refund_limit import REFUND_MANAGER
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.work_queue import DONE
from jarz_woocommerce_integration.store.orders import is_well, read_order
from jarz_woocommerce_integration.store.writing.orders import REFUND_REFUSED

STORE = "WooCommerce Store"
SOURCE = "outbox"
AT_ONCE = 50
SECONDS = 600.0
LOCK_WAIT = 5  # seconds
BUSY_FOR = timedelta(seconds=20)
MOST_LISTED = 10
# Of the store's form, as it is when something is sent.
OF_STORE = (*OPTIONS, "refund_limit", "currency")
_LEDGER_AS_A_WHOLE = (LedgerError, *LOCK_ERRORS)


@without_traces
def tick() -> None:
	"""Begin to send what is due, where nobody does. Called by the scheduler each minute."""
	try:
		for store in outbox_rows.stores_with_due():
			if live_state.may_be_asked(store):
				outbox.WORK.enqueue_where_nobody_works(store)
	except RedisError:
		# What is written down stays, and the next tick begins it.
		frappe.logger().warning("WooCommerce outbox: the queue can't be reached")


@without_traces
def send(store: str) -> dict:
	"""Send everything of a store that is due, until nothing is or ten minutes are over. What was done is committed.

	:returns: {"status", "sent", "not_needed", "again", "given_up", "awaiting"}
	"""
	return outbox.WORK.work(store, _send, _has_due)


def _has_due(store: str) -> bool:
	fresh_snapshot()
	return store in outbox_rows.stores_with_due()


def _send(store: str) -> dict:
	if not _has_due(store):
		return {"status": "nothing is due"}
	if not live_state.may_be_asked(store):
		return {"status": "the shop is left alone for a while"}
	with live_state.troubles_noted(store) as trouble:
		with in_language_of_site(), open_live_session(store) as session:
			sending = Sending(session)
			try:
				sending.until_nothing_is_due()
			finally:
				sending.tell_what_needs_a_person()
	return {"status": str(trouble.error)} if trouble.error else {"status": DONE, **sending.counts}


class Sending:
	"""Sends what is due of one store, in one session. Whoever makes one holds the store's lock of sending."""

	def __init__(self, session: LiveSession):
		self.session = session
		self.client = session.client
		self.store = session.store.name
		self.ends = time.monotonic() + SECONDS
		self.counts = Counter(sent=0, not_needed=0, again=0, given_up=0, awaiting=0)
		self.given_up: list[Sentence] = []
		self.awaiting: list[Sentence] = []

	def until_nothing_is_due(self) -> None:
		""":raises StoreError: the shop is out; what wasn't sent waits"""
		while time.monotonic() < self.ends:
			fresh_snapshot()  # what others have written meanwhile
			orders = outbox_rows.due_orders(self.store, AT_ONCE)
			if not orders:
				return
			for order_id in orders:
				self._send_order(order_id)

	def _send_order(self, order_id: int) -> None:
		booking = self.session.booking()
		with booking.locked([order_id], LOCK_WAIT) as held:
			changed = False
			fresh_snapshot()
			while row := outbox_rows.next_due(self.store, order_id):
				if not held:
					outbox_rows.postpone(row.name, BUSY_FOR)
				elif self._send_row(row):
					changed = True
				frappe.db.commit()
			if changed:
				self._book(order_id, booking)

	# --- one row ---

	def _send_row(self, row: frappe._dict) -> bool:
		"""Send one row, or write down why not. Whether the order is another one now.

		:raises StoreError: the shop is out, or takes nothing from us
		"""
		try:
			action = self._action(row)
		except (StoreNotFoundError, PayloadError) as error:
			self._give_up(row, error)
			return False
		except StoreError as error:
			if not (error.retryable and is_well(self.client)):
				raise
			self._try_again(row, error)
			return False
		if why_not := action.why_not():
			outbox_rows.not_needed(row.name, why_not)
			self.counts["not_needed"] += 1
			return False
		return self._run(action) and action.changes_order

	def _action(self, row: frappe._dict) -> OutboxAction:
		"""The row's action at its order as it is in the shop now.

		:raises StoreNotFoundError: the shop has no such order; :raises PayloadError: it can't be read as one
		:raises StoreError: it can't be read
		"""
		order, refunds = read_order(self.client, row.woo_order_id)
		store = frappe.db.get_value(STORE, self.store, OF_STORE, as_dict=True)
		shop = InShop(self.client, order, refunds, is_over(order.status, self.session.translator.policy))
		return ACTIONS[row.action](row, store, shop)

	def _run(self, action: OutboxAction) -> bool:
		"""Whether it is done. What waits for a person isn't. Of a request that failed nobody knows what it has done.

		:raises StoreAuthenticationError: the key may not write, so that nothing was done, and nothing can be
		"""
		row = action.row
		try:
			return self._do(action)
		except StoreAuthenticationError:
			outbox_rows.withdraw(row)
			frappe.db.commit()
			raise
		except NotToBeSentError as error:
			self._give_up(row, error)
		except (StoreNotFoundError, StoreRequestRefusedError) as error:
			self._give_up(row, error, is_refused=True)
		except (StoreError, PayloadError) as error:
			if getattr(error, "code", "") == REFUND_REFUSED:
				self._give_up(row, error, is_refused=True)
			else:
				self._try_again(row, error)
		return False

	def _do(self, action: OutboxAction) -> bool:
		row = action.row
		made = action.find() if row.attempts else None
		if made is None:
			action.check()
			if why := action.why_wait():
				self._await_approval(row, why)
				return False
			outbox_rows.begin(row, action.paid_back)
			frappe.db.commit()
			made = action.do()
		action.finish(made)
		outbox_rows.sent(row.name, made)
		frappe.db.commit()
		self.counts["sent"] += 1
		return True

	def _await_approval(self, row: frappe._dict, why: str) -> None:
		outbox_rows.await_approval(row.name, why)
		self.counts["awaiting"] += 1
		self.awaiting.append(_line_of(row, why))

	def _try_again(self, row: frappe._dict, error: WooCommerceIntegrationError) -> None:
		frappe.db.rollback()
		after = outbox.WORK.pause_after(row.attempts + 1)
		if after is None:
			self._give_up(row, error)
			return
		outbox_rows.try_again(row, after, str(error))
		self.counts["again"] += 1

	def _give_up(
		self, row: frappe._dict, error: WooCommerceIntegrationError, is_refused: bool = False
	) -> None:
		""":param is_refused: the shop has answered that it doesn't do it"""
		frappe.db.rollback()
		outbox_rows.give_up(row.name, str(error))
		if is_refused:
			outbox_rows.nothing_paid_back(row)
		self.counts["given_up"] += 1
		self.given_up.append(_line_of(row, str(error)))

	def tell_what_needs_a_person(self) -> None:
		"""One message for all that was given up, one for all that waits for approval. Commits."""
		if self.given_up:
			subject = Sentence(
				"{0}: messages to the shop that were given up: {1}", self.store, len(self.given_up)
			)
			what_to_do = Sentence(
				"Remove the cause of the error, then choose Send Again in the list WooCommerce Outbox."
			)
			self._alert(subject, self.given_up, what_to_do)
		if self.awaiting:
			subject = Sentence("{0}: refunds that wait for approval: {1}", self.store, len(self.awaiting))
			what_to_do = Sentence(
				"A user with the role {0} can choose Approve in the list WooCommerce Outbox. To pay nothing back, cancel the credit note.",
				Sentence(REFUND_MANAGER),
			)
			self._alert(subject, self.awaiting, what_to_do)

	def _alert(self, subject: Sentence, lines: list[Sentence], what_to_do: Sentence) -> None:
		fresh_snapshot()
		alerts.send(self.store, subject, (*lines[:MOST_LISTED], what_to_do))
		frappe.db.commit()
		lines.clear()

	# --- what comes back ---

	def _book(self, order_id: int, booking: LiveBooking) -> None:
		"""Read the order as it is after this and book it the usual way: whoever reports the change finds it known."""
		requests_before = self.client.requests
		run = site_runs.run_of_today(self.store)
		record = PageRecord(run, 0, self.session.translator.policy_hash, source=SOURCE)
		done = False
		try:
			booking.book_locked([order_id], record)
			self.session.update_monthly_sales()
			done = not (booking.result.failed or booking.result.busy)
		except (StoreError, *_LEDGER_AS_A_WHOLE) as error:
			live_state.note_trouble(self.store, error)
		site_runs.add_requests(run, self.client.requests - requests_before)
		if not done:
			inbox.note(self.store, inbox.ORDER, order_id, inbox.SCHEDULER)
			inbox.WORK.enqueue(self.store)
			frappe.db.commit()


def _line_of(row: frappe._dict, why: str) -> Sentence:
	return Sentence(
		"Order {0}, {1} because of {2}: {3}",
		row.woo_order_id,
		Sentence(row.action),
		row.document_name,
		stored_texts.sentence(why),
	)
