"""Comparing what is due of a store with its shop, and sending what a person has approved: by changes, once each.

What is due is found in the books, not marked by whoever changes them: products of which the books have another quantity than when
they were compared last. So nothing is forgotten, and many changes of an item are one.

A change is marked as going out, and that committed, before it goes. Where no answer comes back, the shop is read again after
a while, and what is different then is sent.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import now_datetime
from redis.exceptions import RedisError

from jarz_woocommerce_integration.compat import in_language_of_site
from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
)
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.work_queue import DONE
from jarz_woocommerce_integration.services.stock import options, rows as stock_rows
from jarz_woocommerce_integration.services.stock.comparison import Compared, StockComparison
from jarz_woocommerce_integration.services.stock.offer import Offer
from jarz_woocommerce_integration.services.stock.reasons import words_of
from jarz_woocommerce_integration.store.products.stock import BATCH_LIMIT, Changed, change_stock
from jarz_woocommerce_integration.translation.stock.claims import ProductKey

STORE = "WooCommerce Store"
SECONDS = 600.0
# Until then the books have the orders that were changed when it was compared.
LOOK_AGAIN = timedelta(minutes=4)
MOST_LISTED = 10
ZERO = Decimal(0)


@without_traces
def tick() -> None:
	"""Begin to compare and send what is due, where nobody does. Called by the scheduler each minute."""
	_begin(options.stores_with_stock())


@without_traces
def nightly() -> None:
	"""Have all products of all stores compared. Called by the scheduler."""
	for store in options.stores_with_stock():
		stock_rows.compare_all(store)
	frappe.db.commit()
	_begin(options.stores_with_stock())


def _begin(stores: Iterable[str]) -> None:
	try:
		for store in stores:
			if live_state.may_be_asked(store):
				stock_rows.WORK.enqueue_where_nobody_works(store)
	except RedisError:
		frappe.logger().warning("WooCommerce stock: the queue can't be reached")


@without_traces
def send(store: str) -> dict:
	"""Compare what is due of a store, and send what may be sent, until nothing is due or ten minutes are over. Commits.

	:returns: {"status", "compared", "differ", "sent", "again", "given_up"}
	"""
	return stock_rows.WORK.work(store, _send, lambda name: False)


def _send(store: str) -> dict:
	document = site_store.get_store(store)
	if not (document.enabled and options.is_on(document)):
		return {"status": "switched off"}
	if not live_state.may_be_asked(store):
		return {"status": "the shop is left alone for a while"}
	if document.sync_stopped:
		return {"status": "the shop's list of orders isn't to be relied on"}
	with in_language_of_site():
		work = StockWork(document)
		if not work.due():
			return {"status": DONE, **work.counts}
		with live_state.troubles_noted(store) as trouble:
			try:
				work.until_nothing_is_due()
			finally:
				work.tell_what_needs_a_person()
	return {"status": str(trouble.error) if trouble.error else DONE, **work.counts}


class StockWork:
	"""Works on what is due of one store. Whoever makes one holds the store's lock of stock."""

	def __init__(self, store: frappe._dict):
		self.store = store
		self.name = store.name
		self.sends = store.send_stock == options.KEEP
		self.ends = time.monotonic() + SECONDS
		self.counts = Counter(compared=0, differ=0, sent=0, again=0, given_up=0)
		self.given_up: list[str] = []
		self.offer = Offer(store)
		self.rows = stock_rows.keep_up(self.name, self.offer.products)
		frappe.db.commit()

	def until_nothing_is_due(self) -> None:
		""":raises StoreError: the shop is out; what wasn't compared or sent waits"""
		with site_store.known_client(self.store) as client:
			self.comparison = StockComparison(self.store, client, self.offer)
			for keys in _batches(self.due()):
				if time.monotonic() > self.ends:
					return
				self._work_on(keys)
		if not any(row.compared is None for row in stock_rows.read(self.name).values()):
			self._note_whole()

	def _note_whole(self) -> None:
		fresh_snapshot()
		frappe.db.set_value(STORE, self.name, "stock_compared", now_datetime(), update_modified=False)
		frappe.db.commit()

	def due(self) -> list[ProductKey]:
		"""The products that are to be compared now, by what the books have of them."""
		now, books = now_datetime(), self.offer.books()
		return [key for key, row in self.rows.items() if _is_due(row, books.get(key), now)]

	# --- some products ---

	def _work_on(self, keys: Sequence[ProductKey]) -> None:
		fresh_snapshot()
		found = self.comparison.compare(keys)
		to_send = {key: one for key, one in found.items() if self._write(self.rows[key], one)}
		stock_rows.begin(self.rows[key].name for key in to_send)
		frappe.db.commit()
		for part in _requests(to_send):
			self._send_part({key: to_send[key] for key in part})

	def _write(self, row: frappe._dict, one: Compared) -> bool:
		"""Write down what a comparison found. Whether it is to be sent."""
		self.counts["compared"] += 1
		if one.reason:
			stock_rows.left_alone(row.name, one.books, words_of(one.reason))
			return False
		self.counts["differ"] += bool(one.change)
		values = {}
		if one.change:
			state = self._state_of_difference(row)
		else:
			state = stock_rows.IN_STEP if one.is_settled else stock_rows.WAITING
			values = {"attempts": 0, "last_error": None}
			if self.sends and not row.approved:
				row.approved = values["approved"] = 1  # nothing of it is left for a person to look at
		stock_rows.compared(
			row.name,
			state,
			"" if one.is_settled else _("Orders of it were changed just now."),
			one.books,
			one.books - one.target.low,
			one.target.low,
			one.shop,
			-one.change,
			None if one.is_settled else LOOK_AGAIN,
			**values,
		)
		return bool(one.change and self.sends and row.approved)

	def _state_of_difference(self, row: frappe._dict) -> str:
		if not self.sends:
			return stock_rows.DIFFERS
		return stock_rows.WAITING if row.approved else stock_rows.AWAITING

	# --- sending ---

	def _send_part(self, changes: Mapping[ProductKey, Compared]) -> None:
		"""One request. :raises StoreError: the shop is out, or takes nothing from us"""
		try:
			done = change_stock(self.comparison.client, {key: one.change for key, one in changes.items()})
		except StoreAuthenticationError:
			for key in changes:
				stock_rows.withdraw(self.rows[key])
			frappe.db.commit()
			raise
		except (StoreNotFoundError, StoreRequestRefusedError) as error:
			done = {key: Changed(error=str(error)) for key in changes}
		except StoreError as error:
			for key in changes:
				self._try_again(key, str(error))
			frappe.db.commit()
			raise
		for key, one in changes.items():
			self._finish(key, one, done.get(key) or Changed(error=_("The shop's answer doesn't name it.")))
		frappe.db.commit()

	def _finish(self, key: ProductKey, one: Compared, changed: Changed) -> None:
		if changed.error:
			self._try_again(key, changed.error)
			return
		stock_rows.sent(self.rows[key].name, one.change, changed.quantity, LOOK_AGAIN, one.is_settled)
		self.counts["sent"] += 1

	def _try_again(self, key: ProductKey, error: str) -> None:
		row = self.rows[key]
		after = stock_rows.WORK.pause_after(row.attempts + 1)
		if after is None:
			stock_rows.give_up(row.name, error)
			self.counts["given_up"] += 1
			self.given_up.append(_("{0} (product {1}): {2}").format(row.item, key[1] or key[0], error))
			return
		stock_rows.try_again(row, max(after, stock_rows.ANSWER_EXPECTED_WITHIN), error)
		self.counts["again"] += 1

	def tell_what_needs_a_person(self) -> None:
		"""One message for all that was given up. Commits."""
		if not self.given_up:
			return
		fresh_snapshot()
		subject = _("{0}: the stock of {1} products couldn't be sent").format(self.name, len(self.given_up))
		what_to_do = _(
			"Remove the cause of the error, then choose Approve in the list WooCommerce Stock Level."
		)
		alerts.send(self.name, subject, (*self.given_up[:MOST_LISTED], what_to_do))
		frappe.db.commit()


def _is_due(row: frappe._dict, books: Decimal | None, now) -> bool:
	""":param books: what the books have to offer now, None for what is left alone"""
	if row.next_attempt:
		is_its_time = row.next_attempt <= now
		# What failed, and what went out just now, waits for its time whatever happens to it.
		if is_its_time or row.attempts or row.state == stock_rows.SENDING:
			return is_its_time
	if row.compared is None:
		return True
	return books is not None and (row.books_quantity is None or Decimal(row.books_quantity) != books)


def _batches(keys: Iterable[ProductKey]) -> Iterable[list[ProductKey]]:
	"""So many products at once that one reading of the shop's orders is for many, and the time between is short."""
	keys = sorted(keys, key=lambda key: (bool(key[1]), key))
	for start in range(0, len(keys), BATCH_LIMIT):
		yield keys[start : start + BATCH_LIMIT]


def _requests(keys: Iterable[ProductKey]) -> Iterable[list[ProductKey]]:
	"""What goes into one request: products without variations, or the variations of one product."""
	parts: dict[int, list[ProductKey]] = defaultdict(list)
	for key in keys:
		parts[key[0] if key[1] else 0].append(key)
	return parts.values()
