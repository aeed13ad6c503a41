"""A night's comparison of a large shop: by counts where they suffice, in few requests, and nothing is missed for long.

The shop is simulated: a million orders, of which each request tells a number or a hundred.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from math import ceil

import pytest

from jarz_woocommerce_integration.services.comparison.parts import NIGHTS, Coverage, parts_of, plan
from jarz_woocommerce_integration.store.orders import OrderWindow

STATUSES = ("completed", "trash")
BEGAN = datetime(2021, 1, 1, tzinfo=timezone.utc)
ORDERS = 1_000_000
EVERY = 157  # seconds: five years
MIGRATED = BEGAN + timedelta(seconds=EVERY * ORDERS)
EVERYTHING = Coverage(MIGRATED, (OrderWindow(before=MIGRATED, statuses=STATUSES),), STATUSES)


class Side:
	"""Orders by when they were made. :ivar asked: requests that reading them took"""

	def __init__(self, orders):
		self.orders = sorted(orders)
		self.asked = 0

	def within(self, window):
		begin = bisect_right(self.orders, (seconds(window.after), 10**9)) if window.after else 0
		end = bisect_left(self.orders, (seconds(window.before), 0)) if window.before else len(self.orders)
		return begin, end

	def count(self, window):
		begin, end = self.within(window)
		self.asked += 1
		return end - begin

	def ids(self, window):
		begin, end = self.within(window)
		self.asked += max(ceil((end - begin) / 100), 1)
		return {number for _made, number in self.orders[begin:end]}


class Both:
	"""What a night asks. :param undated: so many of the shop's orders have no date"""

	def __init__(self, shop, books, undated=0):
		self.shop, self.books, self.undated = shop, books, undated

	def in_shop(self, window):
		return self.shop.count(window) + (0 if window.before or window.after else self.undated)

	def in_books(self, window):
		return self.books.count(window)

	def days(self):
		found = Counter((BEGAN + timedelta(seconds=made)).date() for made, _number in self.books.orders)
		return sorted(found.items())

	def differences(self, night):
		return set().union(*(self.shop.ids(window) ^ self.books.ids(window) for window in night.windows))


def seconds(moment):
	return int((moment - BEGAN).total_seconds())


def million():
	return [(number * EVERY, number) for number in range(ORDERS)]


@pytest.fixture(scope="module")
def books():
	return Side(million())


def test_a_million_orders_take_few_requests_and_what_is_missing_or_gone_is_found(books):
	missing, gone = {11, 400_000, 400_001, 931_700, 999_990}, {123_456, 700_000}
	orders = {number: made for made, number in books.orders}
	known = Side((made, number) for number, made in orders.items() if number not in missing)
	shop = Side((made, number) for number, made in orders.items() if number not in gone)
	both = Both(shop, known)
	night = plan(both, both.days(), EVERYTHING, position=None)
	assert both.differences(night) == missing | gone
	assert shop.asked <= 2000
	walked = sum(len(known.ids(window)) for window in night.windows)
	assert night.counted + walked == len(known.orders)


def test_what_balances_in_number_is_found_in_turn_within_four_weeks(books):
	lost, lacking = (500_000, 501_000)
	known = Side(order for order in books.orders if order[1] != lacking)
	shop = Side(order for order in books.orders if order[1] != lost)
	both = Both(shop, known)
	days, position = both.days(), None
	found, most = [], 0
	for _night in range(NIGHTS):
		before = shop.asked
		night = plan(both, days, EVERYTHING, position)
		position = night.position
		found.append(both.differences(night))
		most = max(most, shop.asked - before)
	assert [part for part in found if part] == [{lost, lacking}]
	assert most <= 2000


def test_all_parts_have_their_turn(books):
	both = Both(books, books)
	days, position, seen = both.days(), None, []
	for _night in range(NIGHTS):
		night = plan(both, days, EVERYTHING, position)
		position = night.position
		seen += night.windows[:-1]
	assert {(window.after, window.before) for window in seen} == {
		(part.after, part.before) for part in parts_of(days, EVERYTHING.borders())[:-1]
	}


def test_parts_meet_without_a_gap(books):
	parts = parts_of(Both(books, books).days(), EVERYTHING.borders())
	assert parts[0].after is None and parts[-1].before is None
	assert all(second.after == first.before - timedelta(seconds=1) for first, second in pairwise(parts))
	assert sum(books.count(part) for part in parts) == ORDERS


def test_a_small_shop_and_one_that_differs_everywhere_are_walked_through_whole(books):
	few = Side(books.orders[:20_000])
	assert plan(Both(few, few), Both(few, few).days(), EVERYTHING, None) is None
	halved = Side(books.orders[::2])
	both = Both(books, halved)
	assert plan(both, both.days(), EVERYTHING, None) is None


def test_orders_without_a_date_have_their_turn_with_the_whole_shop(books):
	both = Both(books, books, undated=3)
	days, position, nights = both.days(), None, []
	for _night in range(NIGHTS):
		night = plan(both, days, EVERYTHING, position)
		nights.append(night)
		position = night.position if night else None
	assert nights.count(None) == 1


def test_what_no_migration_has_read_is_not_counted(books):
	late = BEGAN + timedelta(seconds=EVERY * 900_000)
	known = Side(books.orders[900_000:])
	both = Both(books, known)
	coverage = Coverage(late, (), STATUSES)
	before = books.asked
	night = plan(both, both.days(), coverage, None)
	assert books.asked - before < 100
	assert all(window.after and window.after + timedelta(seconds=1) >= late for window in night.windows)
	assert [(window.after, window.before) for window in night.known] == [
		(None, late)
	], "only the books' orders"
