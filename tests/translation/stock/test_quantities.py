"""What the shop is to offer: never more than the books have, and never undone what the shop sells meanwhile."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from jarz_woocommerce_integration.translation.stock.claims import (
	RELEASED,
	Claims,
	OrderedLine,
	StockOrder,
	claims_of,
)
from jarz_woocommerce_integration.translation.stock.quantities import Product, Target, change_to, target_of

ZERO = Decimal(0)
MUG, TEA = (11, 0), (12, 13)
RED, BLUE = (15, 16), (15, 17)
PARTS = {
	MUG: {"MUG": Decimal(1)},
	TEA: {"TEA": Decimal(1)},
	(14, 0): {"MUG": Decimal(2), "TEA": Decimal(3)},
	RED: {"RED": Decimal(1)},
	BLUE: {"BLUE": Decimal(1)},
}
POOL = Product({"RED": Decimal(1), "BLUE": Decimal(1)}, is_pool=True)

whole = st.integers(-50, 50).map(Decimal)
amounts = st.decimals(-50, 50, places=3)


def parts_of(product):
	return PARTS.get(product, {})


def order(order_id=1, quantity=2, status="processing", product=MUG, **options):
	restocked = Decimal(options.pop("restocked", 0))
	return StockOrder(order_id, status, [OrderedLine(product, Decimal(quantity), restocked)], **options)


# --- what orders claim ---


def test_an_order_that_the_books_do_not_have_claims_its_goods():
	claims = claims_of([order()], parts_of, {})
	assert claims.most == claims.least == {"MUG": 2}


def test_an_order_that_is_booked_claims_nothing():
	assert claims_of([order()], parts_of, {1: {"MUG": Decimal(2)}}).most == {"MUG": 0}


def test_an_order_claims_what_was_added_to_it_since_it_was_booked():
	assert claims_of([order(quantity=5)], parts_of, {1: {"MUG": Decimal(2)}}).most == {"MUG": 3}


@pytest.mark.parametrize("status", sorted(RELEASED))
def test_an_order_whose_goods_the_shop_has_given_back_claims_nothing(status):
	assert claims_of([order(status=status)], parts_of, {}).most == {"MUG": 0}


def test_what_a_refund_has_put_back_is_not_claimed():
	assert claims_of([order(restocked=1)], parts_of, {}).most == {"MUG": 1}


def test_a_bundle_claims_its_parts():
	assert claims_of([order(product=(14, 0))], parts_of, {}).most == {"MUG": 4, "TEA": 6}


def test_a_product_that_is_no_item_claims_nothing():
	assert not claims_of([order(product=(99, 0))], parts_of, {}).most


def test_an_order_that_was_changed_just_now_may_have_taken_all_or_nothing():
	claims = claims_of([order(status="cancelled", is_recent=True)], parts_of, {})
	assert (claims.most, claims.least) == ({"MUG": 2}, {"MUG": 0})


def test_the_shop_may_have_back_what_the_books_have_taken_for_an_order_that_was_changed_just_now():
	claims = claims_of([order(is_recent=True)], parts_of, {1: {"MUG": Decimal(2)}})
	assert (claims.most, claims.least) == ({"MUG": 0}, {"MUG": -2})


# --- how much is offered ---


def target(free, most=(), least=None, parts=None, **options):
	claims = Claims(dict(most), dict(most if least is None else least))
	return target_of(
		Product(parts or PARTS[MUG]), {k: Decimal(v) for k, v in free.items()}, claims, **options
	)


def test_a_product_offers_what_the_books_have_less_what_is_claimed():
	assert target({"MUG": 10}, {"MUG": 3}) == Target(7, 7)


def test_parts_of_pieces_are_not_offered():
	assert target({"MUG": "2.999"}) == Target(2, 2)
	assert target({"MUG": "-0.5"}) == Target(-1, -1)


def test_a_shop_with_decimals_offers_parts_of_pieces():
	assert target({"MUG": "2.5"}, has_decimals=True) == Target(Decimal("2.5"), Decimal("2.5"))


def test_a_bundle_offers_what_its_scarcest_part_allows():
	parts = {"MUG": Decimal(2), "TEA": Decimal(3)}
	assert target({"MUG": 100, "TEA": 11}, parts=parts) == Target(3, 3)


def test_an_item_without_stock_is_out_of_stock():
	assert target({}) == Target(0, 0)


def test_nothing_of_an_item_that_is_off_is_offered():
	assert target_of(Product(PARTS[MUG], is_off=True), {"MUG": Decimal(9)}, Claims()) == Target(0, 0)


def test_variations_that_share_a_stock_offer_what_they_have_together():
	free = {"RED": Decimal("2.5"), "BLUE": Decimal("3.5")}
	assert target_of(POOL, free, Claims({"BLUE": Decimal(1)}, {})) == Target(5, 6)


def test_more_sold_of_one_variation_than_there_is_leaves_less_of_all():
	assert target_of(POOL, {"RED": Decimal(-2), "BLUE": Decimal(3)}, Claims()) == Target(1, 1)


def test_a_pool_of_nothing_is_out_of_stock():
	assert target_of(Product({}, is_pool=True), {}, Claims()) == Target(0, 0)


@given(
	free=st.dictionaries(st.sampled_from(("MUG", "TEA")), amounts),
	most=st.dictionaries(st.sampled_from(("MUG", "TEA")), amounts),
	more=st.decimals(0, 20, places=3),
	parts=st.dictionaries(st.sampled_from(("MUG", "TEA")), st.decimals(1, 9, places=3), min_size=1),
	has_decimals=st.booleans(),
)
def test_never_more_is_offered_than_every_part_has(free, most, more, parts, has_decimals):
	offered = target(free, most, parts=parts, has_decimals=has_decimals).low
	for item, each in parts.items():
		assert offered * each <= free.get(item, ZERO) - most.get(item, ZERO)
	with_more = {item: free.get(item, ZERO) + more for item in parts}
	assert target(with_more, most, parts=parts, has_decimals=has_decimals).low >= offered


# --- by how much the shop is changed ---


def test_a_shop_that_offers_what_it_should_is_not_changed():
	assert change_to(Target(5, 5), Decimal(5), False) == 0


def test_a_shop_that_may_be_right_is_not_changed():
	assert change_to(Target(3, 5), Decimal(4), False) == 0


def test_what_may_be_anything_in_a_range_becomes_the_least_of_it():
	assert change_to(Target(3, 5), Decimal(9), False) == -6
	assert change_to(Target(3, 5), Decimal(1), False) == 2


def test_out_of_stock_is_out_of_stock():
	assert change_to(Target(-4, -4), Decimal(0), False) == 0
	assert change_to(Target(0, 0), Decimal(-2), False) == 0
	assert change_to(Target(-4, -4), Decimal(3), False) == -3


def test_what_a_shop_owes_its_customers_stays_below_zero():
	assert change_to(Target(-4, -4), Decimal(-4), True) == 0
	assert change_to(Target(-1, -1), Decimal(-4), True) == 3


@given(low=whole, wide=st.integers(0, 9).map(Decimal), shop=whole, may_owe=st.booleans())
def test_after_a_change_nothing_is_left_to_change(low, wide, shop, may_owe):
	asked = Target(low, low + wide)
	change = change_to(asked, shop, may_owe)
	assert change_to(asked, shop + change, may_owe) == 0
	if change > 0:
		assert shop + change <= max(low, ZERO)


# --- both sides sell at once ---


@dataclass
class Sold:
	quantity: Decimal
	status: str = "processing"
	restocked: Decimal = ZERO
	booked: Decimal = ZERO
	changed: int = 0

	@property
	def taken(self):
		return ZERO if self.status in RELEASED else self.quantity - self.restocked


@dataclass
class World:
	"""A shop and books that sell the same product. `clock` counts what happens."""

	books: Decimal
	shop: Decimal
	product: tuple = MUG
	orders: list = field(default_factory=list)
	clock: int = 0

	@property
	def right(self):
		"""What the shop has to have, by all that has happened."""
		return self.books - sum((sold.taken - sold.booked for sold in self.orders), ZERO)

	def happen(self, what, which, quantity):
		self.clock += 1
		if what == "sell" or not self.orders:
			self.shop -= quantity
			self.orders.append(Sold(quantity, changed=self.clock))
			return
		sold = self.orders[which % len(self.orders)]
		before = sold.taken
		if what == "book":
			self.books -= sold.taken - sold.booked
			sold.booked = sold.taken
			return
		if what == "cancel" and sold.status not in RELEASED:
			sold.status = "cancelled"
		elif what == "edit" and sold.status not in RELEASED and not sold.restocked:
			sold.quantity = quantity
		elif what == "restock" and sold.taken:
			sold.restocked += 1
		else:
			return
		self.shop += before - sold.taken
		sold.changed = self.clock

	def read_orders(self, since):
		return [
			StockOrder(
				number,
				sold.status,
				[OrderedLine(self.product, sold.quantity, sold.restocked)],
				is_recent=sold.changed > since,
			)
			for number, sold in enumerate(self.orders)
		]

	def target(self, orders, earlier=()):
		booked = {number: {"MUG": sold.booked} for number, sold in enumerate(self.orders)}
		claims = claims_of(orders, parts_of, booked, {order.order_id: order for order in earlier})
		return target_of(Product(PARTS[MUG]), {"MUG": self.books}, claims)


def happenings(*kinds):
	what = st.sampled_from(kinds or ("sell", "sell", "book", "cancel", "edit", "restock"))
	return st.lists(st.tuples(what, st.integers(0, 9), st.integers(1, 5).map(Decimal)), max_size=6)


@settings(max_examples=500)
@given(
	books=st.integers(0, 40).map(Decimal),
	wrong_by=st.integers(-9, 9).map(Decimal),
	before=happenings(),
	# An order that is placed or enlarged here and made smaller in the next moment isn't seen as it was.
	before_stock=happenings("book", "cancel", "restock"),
	before_orders=happenings(),
	before_books=happenings(),
	before_sending=happenings(),
)
def test_whatever_happens_while_it_is_looked_at_nothing_is_oversold_by_us(
	books, wrong_by, before, before_stock, before_orders, before_books, before_sending
):
	world = World(books, books)
	for event in before:
		world.happen(*event)
	world.shop = world.right + wrong_by
	earlier = world.read_orders(world.clock)
	for event in before_stock if world.orders else ():
		world.happen(*event)
	shop, since = world.shop, world.clock
	for event in before_orders:
		world.happen(*event)
	orders = world.read_orders(since)
	for event in before_books:
		world.happen(*event)
	asked = world.target(orders, earlier)
	for event in before_sending:
		world.happen(*event)
	change = change_to(asked, shop, may_owe=True)
	world.shop += change
	assert world.shop - world.right <= max(wrong_by, ZERO)
	if change > 0:
		assert world.shop <= world.right

	for number in range(len(world.orders)):
		world.happen("book", number, ZERO)
	again = world.target(world.read_orders(world.clock))
	world.shop += change_to(again, world.shop, may_owe=True)
	assert world.shop == world.right


@dataclass
class Pool:
	"""A shop that has one quantity for two variations, and books that have one for each of them."""

	red: World
	blue: World

	@property
	def shop(self):
		return self.red.shop + self.blue.shop

	@property
	def right(self):
		return self.red.right + self.blue.right

	def happen(self, is_red, *event):
		(self.red if is_red else self.blue).happen(*event)

	def read_orders(self, red_since, blue_since):
		blue = (replace(order, order_id=order.order_id + 1000) for order in self.blue.read_orders(blue_since))
		return [*self.red.read_orders(red_since), *blue]

	def target(self, orders, earlier=()):
		booked = {number: {"RED": sold.booked} for number, sold in enumerate(self.red.orders)}
		booked |= {number + 1000: {"BLUE": sold.booked} for number, sold in enumerate(self.blue.orders)}
		claims = claims_of(orders, parts_of, booked, {order.order_id: order for order in earlier})
		return target_of(POOL, {"RED": self.red.books, "BLUE": self.blue.books}, claims)


def of_either(*kinds):
	return st.lists(st.tuples(st.booleans(), happenings(*kinds)), max_size=3).map(
		lambda found: [(is_red, *event) for is_red, events in found for event in events]
	)


@settings(max_examples=300)
@given(
	red=st.integers(0, 20).map(Decimal),
	blue=st.integers(0, 20).map(Decimal),
	wrong_by=st.integers(-9, 9).map(Decimal),
	before=of_either(),
	before_stock=of_either("book", "cancel", "restock"),
	before_orders=of_either(),
	before_books=of_either(),
	before_sending=of_either(),
)
def test_variations_that_share_a_stock_are_never_oversold_by_us_together(
	red, blue, wrong_by, before, before_stock, before_orders, before_books, before_sending
):
	pool = Pool(World(red, red, RED), World(blue, blue, BLUE))
	for event in before:
		pool.happen(*event)
	pool.red.shop, pool.blue.shop = pool.red.right + wrong_by, pool.blue.right
	earlier = pool.read_orders(pool.red.clock, pool.blue.clock)
	for event in before_stock:
		if (pool.red if event[0] else pool.blue).orders:
			pool.happen(*event)
	shop, since = pool.shop, (pool.red.clock, pool.blue.clock)
	for event in before_orders:
		pool.happen(*event)
	orders = pool.read_orders(*since)
	for event in before_books:
		pool.happen(*event)
	asked = pool.target(orders, earlier)
	for event in before_sending:
		pool.happen(*event)
	change = change_to(asked, shop, may_owe=True)
	pool.red.shop += change
	assert pool.shop - pool.right <= max(wrong_by, ZERO)

	for world in (pool.red, pool.blue):
		for number in range(len(world.orders)):
			world.happen("book", number, ZERO)
	again = pool.target(pool.read_orders(pool.red.clock, pool.blue.clock))
	pool.red.shop += change_to(again, pool.shop, may_owe=True)
	assert pool.shop == pool.right
