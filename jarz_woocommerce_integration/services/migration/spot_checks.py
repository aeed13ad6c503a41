"""Booked orders that are read from the store once more: what a report shows of them owes nothing to the run."""

import random

from jarz_woocommerce_integration.ledger.contract import Ledger
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import read_orders_by_id
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.translation.drafts import OrderState

COUNT = 50


def read_spot_checks(
	client: StoreClient, ledger: Ledger, statuses: tuple[str, ...] | None
) -> dict[int, Order]:
	"""Random booked orders by id, as the store says them now. :raises StoreError: it can't be read"""
	page = read_orders_by_id(client, random_orders(ledger, COUNT), statuses, lambda order: False)
	return {order.id: order for order in page.orders}


def random_orders(ledger: Ledger, count: int, seed: int = 1) -> list[int]:
	"""Ids of booked orders, drawn with a fixed seed in one pass: the same ledger gives the same sample."""
	draw = Draw(count, seed)
	for order in ledger.booked_orders():
		if order.state is OrderState.SYNCED:
			draw.offer(order.order_id)
	return draw.drawn


class Draw:
	"""A random sample of orders that come one by one: each has the same chance, and only the sample is held.

	:ivar offered: from how many orders it was drawn
	"""

	def __init__(self, count: int, seed: int):
		self.count = count
		self.seed = seed
		self.offered = 0
		self._random = random.Random(seed)
		self._drawn: list[int] = []

	def offer(self, order_id: int) -> None:
		"""The next order. The same orders in the same order with the same seed give the same sample."""
		if len(self._drawn) < self.count:
			self._drawn.append(order_id)
		elif (slot := self._random.randint(0, self.offered)) < self.count:
			self._drawn[slot] = order_id
		self.offered += 1

	@property
	def drawn(self) -> list[int]:
		"""Ids of the sample, ascending."""
		return sorted(self._drawn)
