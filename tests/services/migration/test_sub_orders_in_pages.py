"""A marketplace's orders through the engine and into a ledger: a sale once, and every refund with it, whenever it comes."""

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.store.orders import page_of, read_orders_by_id
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

DOKAN = Path(__file__).parents[2] / "translation" / "fixtures" / "plugins" / "dokan-lite"
PARENT, FIRST, SECOND = 2552, 2553, 2554


def body(name):
	return json.loads((DOKAN / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


class Shop:
	"""Answers as the store's client does. :ivar orders: id -> body; :ivar asked: routes with what was asked for"""

	def __init__(self):
		self.absent_routes = set()
		self.zone = None
		self.orders = {
			PARENT: body("order-two-vendors"),
			FIRST: body("order-two-vendors-sub-1"),
			SECOND: {**body("order-two-vendors-sub-2-refunded"), "refunds": []},
		}
		self.refunds = []
		self.asked = []

	def refund_second(self):
		self.orders[SECOND] = body("order-two-vendors-sub-2-refunded")
		self.refunds = [
			{**refund, "parent_id": SECOND} for refund in body("refunds-two-vendors-sub-2-refunded")
		]

	def get(self, route, params=None, shape=None):
		params = params or {}
		self.asked.append((route, params))
		if route == "refunds":
			found = [refund for refund in self.refunds if refund["id"] in params["include"]]
		else:
			found = [
				order
				for order in self.orders.values()
				if order["id"] in params.get("include", self.orders)
				and order["parent_id"] in params.get("parent", (order["parent_id"],))
			]
		return SimpleNamespace(body=found, is_last_page=lambda page, size: True)


@pytest.fixture
def shop():
	return Shop()


@pytest.fixture
def booking(shop, tmp_path):
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	with SQLiteLedger(tmp_path / "ledger.sqlite", "https://shop.example") as ledger:
		ledger.open_run({}, datetime(2026, 12, 1, tzinfo=timezone.utc))
		yield PageBooking(shop, ledger, translator)


def book(booking, *ids):
	page = read_orders_by_id(booking.client, ids, None, booking.translator.wants_refunds)
	return booking.book(page, PageRecord(1, 0, booking.translator.policy_hash))


def rows(booking):
	return {row.order_id: row for row in booking.ledger.booked_orders()}


def test_the_sale_is_booked_once_though_the_shop_lists_it_in_three_orders(booking):
	book(booking, PARENT, FIRST, SECOND)
	found = rows(booking)
	assert [found[order_id].state for order_id in (PARENT, FIRST, SECOND)] == [
		OrderState.SYNCED,
		OrderState.SKIPPED,
		OrderState.SKIPPED,
	]
	assert sum(row.invoice_total or 0 for row in found.values()) == Decimal("547.77")
	assert found[SECOND].parent_id == PARENT


def test_a_refund_that_is_there_from_the_beginning_is_credited_with_the_parent(shop, booking):
	shop.refund_second()
	book(booking, PARENT, FIRST, SECOND)
	assert rows(booking)[PARENT].credited_total == Decimal("79.99")
	assert booking.result.stale_parents == set(), "the parent of the page knows it already"


def test_a_page_asks_once_for_the_sub_orders_of_all_its_orders(shop, booking):
	book(booking, PARENT, FIRST, SECOND)
	assert sum("parent" in params for _route, params in shop.asked) == 1


def test_a_refund_that_comes_later_on_a_sub_order_has_the_parent_read_again(shop, booking):
	book(booking, PARENT, FIRST, SECOND)
	shop.refund_second()
	book(booking, SECOND)
	assert booking.result.stale_parents == {PARENT}
	booking.book_ids(booking.result.take_stale_parents(), PageRecord(1, 0, booking.translator.policy_hash))
	parent = rows(booking)[PARENT]
	assert (parent.credited_total, parent.refunded_elsewhere, parent.changed) == (
		Decimal("79.99"),
		Decimal("79.99"),
		"",
	)
	assert booking.result.stale_parents == set()


def test_a_sub_order_that_says_what_it_said_leaves_its_parent_alone(shop, booking):
	shop.refund_second()
	book(booking, PARENT, FIRST, SECOND)
	book(booking, SECOND)
	assert booking.result.stale_parents == set()


def test_a_sub_order_that_comes_before_its_parent_is_tried_again(booking):
	first = book(booking, SECOND).booked[-1]
	assert (first.state, first.again) == (OrderState.FAILED, True)
	book(booking, PARENT)
	assert book(booking, SECOND).booked[-1].state is OrderState.SKIPPED


def test_orders_that_came_as_json_have_their_sub_orders_read(shop, booking):
	shop.refund_second()
	page = page_of(shop, [shop.orders[PARENT]], booking.translator.wants_refunds)
	booking.book(page, PageRecord(1, 0, booking.translator.policy_hash))
	assert rows(booking)[PARENT].credited_total == Decimal("79.99")
