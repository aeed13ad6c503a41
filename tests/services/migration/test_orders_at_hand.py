"""Progress moves while a page is booked: by orders, and no more often than somebody looks."""

from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.migration.orders_at_hand import OrdersAtHand
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult


class Clock:
	def __init__(self):
		self.now = 100.0

	def __call__(self):
		return self.now


def followed():
	clock, told = Clock(), []
	return clock, told, OrdersAtHand(told.append, clock)


def test_a_page_that_is_faster_than_a_second_tells_nothing():
	clock, told, page = followed()
	for order_id in range(100):
		clock.now += 0.009
		page.note(order_id)
	assert told == []


def test_it_is_told_once_a_second_how_many_orders_were_worked_on():
	clock, told, page = followed()
	for order_id in range(30):
		clock.now += 0.125
		page.note(order_id)
	assert told == [8, 16, 24]


def test_an_order_that_is_tried_again_counts_once():
	clock, told, page = followed()
	for order_id in (1, 2, 1, 2, 3):
		clock.now += 1
		page.note(order_id)
	assert told == [1, 2, 2, 2, 3]


def test_what_is_committed_is_at_hand_no_more():
	progress = Progress(at_hand=7)
	progress.add(BookingResult(), 1.0)
	assert progress.at_hand == 0
