"""What the shop is to offer: never more than the books have, and never undone what the shop sells meanwhile."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
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


def just_changed(quantity=2, status="processing", reduced=None, restocked=0, second=0):
	line = OrderedLine(
		MUG, Decimal(quantity), Decimal(restocked), None if reduced is None else Decimal(reduced)
	)
	changed = datetime(2026, 11, 30, 12, 0, second, tzinfo=timezone.utc)
	return StockOrder(1, status, [line], is_recent=True, changed=changed)


def claimed(now, before, has=0):
	claims = claims_of([now], parts_of, {1: {"MUG": Decimal(has)}}, {1: before})
	return claims.most["MUG"], claims.least["MUG"], "sure" if not claims.unsure else "unsure"


def test_an_order_that_said_before_the_stock_was_read_that_it_had_taken_its_goods_claims_them():
	assert claimed(just_changed(reduced=2), just_changed(reduced=2)) == (2, 2, "sure")
	assert claimed(just_changed(reduced=2), just_changed(reduced=2), has=2) == (0, 0, "sure")
	assert claimed(just_changed(reduced=1, restocked=1), just_changed(reduced=1, restocked=1)) == (
		1,
		1,
		"sure",
	)


def test_what_the_shop_has_back_and_the_books_have_not_may_be_there():
	cancelled = just_changed(status="cancelled")
	assert claimed(cancelled, cancelled, has=2) == (0, -2, "sure")
	back = just_changed(reduced=1, restocked=1)
	assert claimed(back, back, has=2) == (0, -1, "sure")


@pytest.mark.parametrize(
	("now", "before"),
	[
		(just_changed(reduced=2), just_changed()),
		(just_changed(reduced=2), just_changed(reduced=2, second=1)),
		(just_changed(quantity=3, reduced=2), just_changed(quantity=3, reduced=2)),
		(just_changed(), just_changed()),
	],
	ids=["had taken nothing", "was changed in between", "has taken less than it says", "doesn't say"],
)
def test_an_order_of_which_that_is_not_sure_claims_all_of_its_goods(now, before):
	quantity = now.lines[0].quantity
	assert claimed(now, before) == (quantity, quantity, "unsure")


def test_a_cancelled_order_that_still_has_its_goods_claims_them():
	still = just_changed(status="cancelled", reduced=2)
	assert claimed(still, still) == (2, 2, "unsure")


def test_an_order_in_the_trash_claims_its_goods():
	gone = just_changed(status="trash", reduced=2)
	assert claimed(gone, gone) == (2, 2, "unsure")


def test_an_order_that_became_smaller_claims_what_the_shop_says_that_it_has_taken():
	smaller = just_changed(quantity=1, reduced=3)
	assert claimed(smaller, smaller) == (3, 3, "unsure")


def test_an_order_that_was_changed_just_now_claims_all_that_it_may_have_taken():
	claims = claims_of([order(status="cancelled", is_recent=True)], parts_of, {})
	assert (claims.most, claims.least, claims.unsure) == ({"MUG": 2}, {"MUG": 2}, {"MUG"})


def test_what_the_books_have_taken_for_an_order_that_was_changed_just_now_is_not_offered():
	"""The shop may have it back; it is offered when the books have it back, too."""
	claims = claims_of([order(is_recent=True)], parts_of, {1: {"MUG": Decimal(2)}})
	assert (claims.most, claims.least, claims.unsure) == ({"MUG": 0}, {"MUG": 0}, {"MUG"})


# --- how much is offered ---


def target(free, most=(), least=None, parts=None, **options):
	claims = Claims(dict(most), dict(most if least is None else least))
	return target_of(
		Product(parts or PARTS[MUG]), {k: Decimal(v) for k, v in free.items()}, claims, **options
	)


def test_a_product_offers_what_the_books_have_less_what_is_claimed():
	assert target({"MUG": 10}, {"MUG": 3}) == Target(7, 7)


def test_a_product_with_an_order_that_may_claim_less_is_not_settled():
	claims = Claims({"MUG": Decimal(2)}, {"MUG": Decimal(2)}, {"MUG"})
	assert target_of(Product(PARTS[MUG]), {"MUG": Decimal(9)}, claims) == Target(7, 7, is_sure=False)
	assert not target_of(Product(PARTS[MUG]), {"MUG": Decimal(9)}, claims).is_settled
	assert target_of(Product(PARTS[TEA]), {"TEA": Decimal(9)}, claims).is_settled


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
	"""An order. :ivar moved: what the shop has taken from its stock for it; :ivar changed: when it was changed, or its goods moved"""

	quantity: Decimal
	status: str = "processing"
	restocked: Decimal = ZERO
	booked: Decimal = ZERO
	moved: Decimal = ZERO
	saved: int = 0
	changed: int = 0

	@property
	def taken(self):
		return ZERO if self.status in RELEASED else self.quantity - self.restocked


@dataclass
class World:
	"""A shop and books that sell the same product. `clock` counts what happens.

	WooCommerce saves an order, and moves its goods a moment later (`at_once`: seen as one).

	:ivar tells: lines of orders say what the shop has moved; else it is seen as one always
	"""

	books: Decimal
	shop: Decimal
	product: tuple = MUG
	tells: bool = True
	orders: list = field(default_factory=list)
	clock: int = 0

	@property
	def right(self):
		"""What the shop has to have, by all that has happened."""
		return self.books - sum((sold.moved - sold.booked for sold in self.orders), ZERO)

	def happen(self, what, which, quantity, at_once=True):
		self.clock += 1
		at_once = at_once or not self.tells
		if what == "leave":
			self.books -= quantity
			return
		if what == "sell" or not self.orders:
			self.orders.append(Sold(quantity, saved=self.clock))
			if at_once:
				self.move(self.orders[-1])
			return
		sold = self.orders[which % len(self.orders)]
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
		elif what != "move":
			return
		if what != "move":
			sold.saved = self.clock
		if at_once or what in ("move", "restock"):
			self.move(sold)

	def move(self, sold):
		self.shop += sold.moved - sold.taken
		sold.moved, sold.changed = sold.taken, self.clock

	def read_orders(self, since):
		return [
			StockOrder(
				number,
				sold.status,
				[self.line(sold)],
				is_recent=max(sold.saved, sold.changed) > since or sold.moved != sold.taken,
				changed=datetime.fromtimestamp(sold.saved, timezone.utc),
			)
			for number, sold in enumerate(self.orders)
		]

	def line(self, sold):
		reduced = sold.moved if self.tells and sold.moved else None
		return OrderedLine(self.product, sold.quantity, sold.restocked, reduced)

	def target(self, orders, earlier=()):
		booked = {number: {"MUG": sold.booked} for number, sold in enumerate(self.orders)}
		claims = claims_of(orders, parts_of, booked, {order.order_id: order for order in earlier})
		return target_of(Product(PARTS[MUG]), {"MUG": self.books}, claims)

	def come_to_rest(self):
		"""Its goods are moved, all is booked, and for some minutes nothing happens."""
		for number in range(len(self.orders)):
			self.happen("move", number, ZERO)
			self.happen("book", number, ZERO)


def happenings(*kinds):
	what = st.sampled_from(kinds or ("sell", "sell", "book", "cancel", "edit", "restock", "move", "leave"))
	return st.lists(
		st.tuples(what, st.integers(0, 9), st.integers(1, 5).map(Decimal), st.booleans()), max_size=6
	)


BEFORE_STOCK = ("book", "cancel", "restock", "move", "leave")
# What leaves the warehouse after the books were read makes the product due again.
BEFORE_SENDING = ("sell", "book", "cancel", "edit", "restock", "move")


@settings(max_examples=1000)
@given(
	tells=st.booleans(),
	books=st.integers(0, 40).map(Decimal),
	wrong_by=st.integers(-9, 9).map(Decimal),
	recent=st.integers(0, 9),
	before=happenings(),
	# An order that is placed or enlarged here and made smaller in the next moment isn't seen as it was.
	before_stock=happenings(*BEFORE_STOCK),
	before_orders=happenings(),
	before_books=happenings(),
	before_sending=happenings(*BEFORE_SENDING),
)
def test_whatever_happens_while_it_is_looked_at_the_shop_has_never_more_than_it_should(
	tells, books, wrong_by, recent, before, before_stock, before_orders, before_books, before_sending
):
	"""Nothing that left the warehouse hides behind an order of the moment."""
	world = World(books, books, tells=tells)
	for event in before:
		world.happen(*event)
	world.shop = world.right + wrong_by
	earlier = world.read_orders(world.clock)
	for event in before_stock if world.orders else ():
		world.happen(*event)
	shop, since = world.shop, world.clock - recent
	for event in before_orders:
		world.happen(*event)
	orders = world.read_orders(since)
	for event in before_books:
		world.happen(*event)
	asked = world.target(orders, earlier)
	for event in before_sending:
		world.happen(*event)
	world.shop += change_to(asked, shop, may_owe=True)
	assert world.shop <= world.right

	world.come_to_rest()
	again = world.target(world.read_orders(world.clock))
	world.shop += change_to(again, world.shop, may_owe=True)
	assert world.shop == world.right == world.books


@settings(max_examples=300)
@given(rounds=st.lists(st.tuples(happenings(), st.integers(0, 9)), max_size=8), tells=st.booleans())
def test_a_product_that_sells_all_the_time_is_never_offered_too_often_and_equal_in_the_end(rounds, tells):
	"""An order is placed just before each comparison, and each time a piece leaves the warehouse."""
	world = World(Decimal(40), Decimal(40), tells=tells)
	for events, recent in rounds:
		for event in [*events, ("sell", 0, Decimal(1), True), ("leave", 0, Decimal(1), True)]:
			world.happen(*event)
		orders = world.read_orders(world.clock - recent)
		world.shop += change_to(world.target(orders, orders), world.shop, may_owe=True)
		assert world.shop <= world.right
	world.come_to_rest()
	again = world.target(world.read_orders(world.clock))
	world.shop += change_to(again, world.shop, may_owe=True)
	assert world.shop == world.books


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
	before_stock=of_either(*BEFORE_STOCK),
	before_orders=of_either(),
	before_books=of_either(),
	before_sending=of_either(*BEFORE_SENDING),
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
	pool.red.shop += change_to(asked, shop, may_owe=True)
	assert pool.shop <= pool.right

	pool.red.come_to_rest()
	pool.blue.come_to_rest()
	again = pool.target(pool.read_orders(pool.red.clock, pool.blue.clock))
	pool.red.shop += change_to(again, pool.shop, may_owe=True)
	assert pool.shop == pool.right
