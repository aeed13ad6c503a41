"""Comparing the stock of a store's products with its shop, and sending what is approved: by changes, so that what the shop sells
meanwhile stays sold (docs/develop/stock.md).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.model.document import Document
from redis.exceptions import RedisError

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.levels import rows as level_rows
from jarz_woocommerce_integration.services.levels.work import LevelWork
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.stock import options, rows as stock_rows
from jarz_woocommerce_integration.services.stock.comparison import Compared, Place, StockComparison
from jarz_woocommerce_integration.services.stock.offer import Offer, Offered
from jarz_woocommerce_integration.services.stock.reasons import REASONS
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.products.stock import Changed, change_stock
from jarz_woocommerce_integration.translation.stock.claims import ProductKey

# Until then the books have the orders that were changed when it was compared. After a change it is compared again, too:
# WooCommerce may lose a sale of the moment in which it changes a stock.
LOOK_AGAIN = timedelta(minutes=4)


@without_traces
def tick() -> None:
	"""Begin to compare and send what is due, where nobody does. Called by the scheduler each minute."""
	_begin(options.stores_with_stock())


@without_traces
def nightly() -> None:
	"""Have all products of all stores compared. Called by the scheduler."""
	for store in options.stores_with_stock():
		stock_rows.ROWS.compare_all(store)
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
	return StockWork(document).run()


class StockWork(LevelWork[Compared]):
	"""Works on the stock of one store."""

	whole = "stock_compared"

	def __init__(self, store: Document):
		self.offer = Offer(store)
		super().__init__(store, stock_rows.ROWS, self.offer.products, store.send_stock == options.KEEP)

	@contextmanager
	def asking(self, client: StoreClient) -> Iterator[None]:
		with super().asking(client):
			self.comparison = StockComparison(self.store, client, self.offer)
			yield

	def wanted(self) -> Mapping[ProductKey, Offered]:
		"""What the books have to offer; what orders wait for is known when the shop is asked."""
		return self.offer.books()

	def is_the_same(self, column: str | None, wanted: object) -> bool:
		quantity, _bar, locations = (column or "").partition(stock_rows.BAR)
		return bool(quantity) and Offered(Decimal(quantity), locations) == wanted

	def compare(self, keys: Collection[ProductKey]) -> Mapping[ProductKey, Compared]:
		return self.comparison.compare(keys)

	def write(self, row: frappe._dict, found: Compared) -> bool:
		if found.reason:
			self.level_rows.left_alone(
				row.name, REASONS[found.reason], **_of_books(found), shares_stock=found.shares_stock
			)
			return False
		self.counts["differ"] += found.differs
		if found.differs:
			state, values = self.state_of_difference(row), {}
		else:
			state = level_rows.IN_STEP if found.is_settled else level_rows.WAITING
			values = {"attempts": 0, "last_error": None, **self.approved_where_equal(row)}
		self.level_rows.compared(
			row.name,
			state,
			None if found.is_settled else LOOK_AGAIN,
			reason="" if found.is_settled else Sentence("Orders of it were changed just now."),
			**_of_books(found),
			shares_stock=False,
			claimed=found.books.quantity - found.target.low,
			locations="\n".join(map(_in_words, found.places)),
			wanted=found.target.low,
			shop_quantity=found.shop,
			difference=-found.change,
			**values,
		)
		return bool(found.differs and self.sends and row.approved)

	def send(self, found: Mapping[ProductKey, Compared]) -> Mapping[ProductKey, str]:
		meta = {
			key: {place.key: place.target.low for place in one.places if place.differs}
			for key, one in found.items()
		}
		done = change_stock(self.client, {key: one.change for key, one in found.items()}, meta)
		refused: dict[ProductKey, str] = {}
		for key, one in found.items():
			changed = done.get(key) or Changed(error=Sentence("The shop's answer doesn't name it."))
			if changed.error:
				refused[key] = changed.error
			else:
				self._sent(self.rows[key].name, one, changed.quantity)
		return refused

	def _sent(self, name: int, one: Compared, shop: Decimal | None) -> None:
		""":param shop: what the shop has now, None where it doesn't count the product any more"""
		known: dict = {} if shop is None else {"shop_quantity": shop, "difference": 0}
		known["locations"] = "\n".join(f"{place.location}: {_now(place):f}" for place in one.places)
		state = level_rows.IN_STEP if one.is_settled else level_rows.WAITING
		self.level_rows.sent(name, state, LOOK_AGAIN, sent_change=one.change, **known)

	def subject(self, count: int) -> Sentence:
		return Sentence("{0}: products whose stock couldn't be sent: {1}", self.name, count)


def _of_books(found: Compared) -> dict[str, object]:
	return {"books_quantity": found.books.quantity, "books_locations": found.books.locations}


def _in_words(place: Place) -> str:
	"""What the shop has at a location, and what it is to have."""
	wanted = f" → {place.target.low:f}" if place.differs else ""
	return f"{place.location}: {place.shop:f}{wanted}"


def _now(place: Place) -> Decimal:
	"""What the shop has once it was sent."""
	return place.target.low if place.differs else place.shop
