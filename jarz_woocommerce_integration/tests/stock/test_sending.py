"""What changes in the books is sent to the shop, as a change, and what the shop sells meanwhile stays sold."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.services.stock import comparison, levels, sending
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestSending(StockCase):
	def test_what_is_equal_is_in_step_and_nothing_is_sent(self):
		done = self.work()
		self.assertEqual((done["status"], done["compared"], done["sent"]), ("done", 2, 0))
		self.assertEqual([row.state for row in self.levels()], ["In Step", "In Step"])

	def test_what_came_into_the_warehouse_is_offered(self):
		self.in_step()
		self.receive("MUG", 5)
		self.assertEqual(self.work()["sent"], 1)
		self.assertEqual((self.in_shop(self.mug), self.in_shop(self.tea)), (15, 10))
		row = self.level(self.mug)
		self.assertEqual(
			(row.state, row.shop_quantity, row.sent_change, row.difference), ("In Step", 15, 5, 0)
		)

	def test_many_changes_of_an_item_are_one(self):
		self.in_step()
		for _ in range(3):
			self.issue("MUG", 1)
		requests = self.requests_of(self.work)
		self.assertEqual(self.in_shop(self.mug), 7)
		self.assertEqual(sum("batch" in route for route in requests), 1)

	def test_nothing_is_asked_where_nothing_has_changed(self):
		self.in_step()
		self.assertEqual(self.requests_of(self.work), [])

	def test_an_order_that_is_booked_changes_nothing_in_the_shop(self):
		self.in_step()
		self.shop.buy({self.mug: 3})
		self.poll()
		self.assertEqual((self.in_books("MUG"), self.in_shop(self.mug)), (7, 7))
		self.assertEqual(self.work()["sent"], 0)
		self.assertEqual(self.in_shop(self.mug), 7)

	def test_what_leaves_the_warehouse_is_told_though_an_order_was_placed_just_now(self):
		"""The order's line says that the shop had taken its goods before the stock was read."""
		self.in_step()
		self.shop.buy({self.mug: 3})
		self.issue("MUG", 2)
		with patch.object(comparison, "RECENT", self.usual_recent):
			self.assertEqual(self.work()["sent"], 1)
			self.assertEqual(self.in_shop(self.mug), 5)
			self.poll()
			self.make_due()
			self.work()
		self.assertEqual((self.in_books("MUG"), self.in_shop(self.mug)), (5, 5))

	def test_what_leaves_the_warehouse_is_told_though_an_order_is_placed_at_that_moment(self):
		"""Whether the shop had taken its goods isn't known: less is offered until it has come to rest."""
		self.in_step()
		self.issue("MUG", 2)
		read_stock = comparison.read_stock

		def buys_then(*arguments):
			stock = read_stock(*arguments)
			self.shop.buy({self.mug: 3})
			return stock

		with (
			patch.object(comparison, "RECENT", self.usual_recent),
			patch.object(comparison, "read_stock", buys_then),
		):
			self.assertEqual(self.work()["sent"], 1)
		self.assertEqual((self.in_shop(self.mug), self.level(self.mug).state), (2, "Waiting"))
		self.poll()
		self.make_due()
		self.work()
		self.assertEqual((self.in_books("MUG"), self.in_shop(self.mug)), (5, 5))

	def test_an_order_that_is_not_booked_yet_stays_sold(self):
		self.in_step()
		self.poll()
		self.shop.buy({self.mug: 3})
		self.receive("MUG", 5)
		self.work()
		self.make_due()
		self.work()
		self.assertEqual(self.in_shop(self.mug), 12)
		self.poll()
		self.work()
		self.assertEqual((self.in_books("MUG"), self.in_shop(self.mug)), (12, 12))

	def test_an_order_that_is_held_stays_sold(self):
		self.in_step()
		order_id = self.shop.buy({self.mug: 3})
		with self.failing(order_id):
			self.poll()
		self.assertEqual(self.in_books("MUG"), 10)
		self.receive("MUG", 5)
		self.work()
		self.make_due()
		self.work()
		row = self.level(self.mug)
		self.assertEqual((self.in_shop(self.mug), row.claimed, row.wanted), (12, 3, 12))

	def test_what_the_shop_sells_between_reading_and_sending_stays_sold(self):
		self.in_step()
		self.poll()
		self.receive("MUG", 5)
		change = sending.change_stock

		def sells_first(*arguments):
			self.shop.buy({self.mug: 2})
			return change(*arguments)

		with patch.object(sending, "change_stock", sells_first):
			self.work()
		self.assertEqual(self.in_shop(self.mug), 13)

	def test_a_lost_answer_is_never_sent_again_blindly(self):
		self.in_step()
		self.receive("MUG", 5)
		change = sending.change_stock

		def loses_its_answer(*arguments):
			change(*arguments)
			raise StoreUnreachableError("The answer was lost.")

		with patch.object(sending, "change_stock", loses_its_answer):
			self.work()
		self.assertEqual((self.level(self.mug).state, self.in_shop(self.mug)), ("Waiting", 15))
		self.forget_pause()
		self.work()
		self.assertEqual(self.level(self.mug).state, "Waiting")
		self.make_due()
		self.work()
		self.assertEqual((self.level(self.mug).state, self.in_shop(self.mug)), ("In Step", 15))

	def test_a_worker_that_dies_while_it_sends_leaves_nothing_open(self):
		self.in_step()
		self.receive("MUG", 5)

		class Killed(BaseException):
			pass

		with patch.object(sending, "change_stock", side_effect=Killed), self.assertRaises(Killed):
			sending.StockWork(self.of_store()).until_nothing_is_due()
		self.assertEqual(self.level(self.mug).state, "Sending")
		self.make_due()
		self.work()
		self.assertEqual((self.level(self.mug).state, self.in_shop(self.mug)), ("In Step", 15))

	def test_what_the_shop_refuses_is_tried_again_and_given_up(self):
		self.in_step()
		self.receive("MUG", 5)
		refused = {(self.mug, 0): sending.Changed(error="Invalid ID.")}
		with patch.object(sending, "change_stock", return_value=refused):
			for _ in sending.stock_rows.WORK.pauses:
				self.make_due()
				self.work()
		row = self.level(self.mug)
		self.assertEqual((row.state, row.last_error, self.in_shop(self.mug)), ("Failed", "Invalid ID.", 10))
		levels.approve(STORE, [row.name])
		frappe.db.commit()
		self.work()
		self.assertEqual((self.level(self.mug).state, self.in_shop(self.mug)), ("In Step", 15))

	def test_while_the_shop_is_out_nothing_is_lost(self):
		self.in_step()
		self.receive("MUG", 5)
		self.sample.faults.add("error_html", share=1.0)
		with self.impatient():
			self.work()
		self.assertEqual(self.work()["status"], "the shop is left alone for a while")
		self.sample.faults.clear()
		self.forget_pause()
		self.work()
		self.assertEqual(self.in_shop(self.mug), 15)

	# --- what was asked ---

	def requests_of(self, do) -> list[str]:
		self.sample.requests.clear()
		do()
		return list(self.sample.requests)
