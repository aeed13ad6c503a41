"""Booked orders that are read from the store once more: what a report shows of them owes nothing to the run."""

import random

from jarz_woocommerce_integration.ledger.contract import Ledger
from jarz_woocommerce_integration.store.client import StoreClient
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
	drawn: list[int] = []
	generator = random.Random(seed)
	booked = (order.order_id for order in ledger.booked_orders() if order.state is OrderState.SYNCED)
	for place, order_id in enumerate(booked):
		if place < count:
			drawn.append(order_id)
		elif (slot := generator.randint(0, place)) < count:
			drawn[slot] = order_id
	return sorted(drawn)
