"""When stock is compared: soon after it has changed, each minute, by night, and by command."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.services.session import jobs
from jarz_woocommerce_integration.services.stock import documents, options, rows as stock_rows, sending
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, json_of, run_bench


class TestBegin(StockCase):
	def enqueued(self, do) -> list[str]:
		"""The stores whose work is queued by what `do` does, once for each time."""
		with patch.object(jobs, "_enqueue_next", lambda places, arguments: stores.append(arguments["store"])):
			stores: list[str] = []
			do()
		return stores

	def test_a_stock_ledger_entry_has_its_item_compared_once_it_is_committed(self):
		self.assertEqual(self.enqueued(lambda: self.receive("MUG", 1)), [STORE])

	def test_of_many_entries_of_a_transaction_once(self):
		def twice():
			with patch.object(frappe.db, "commit"):
				self.receive("MUG", 1)
				self.receive("TEA", 1)
			frappe.db.commit()

		self.assertEqual(self.enqueued(twice), [STORE])

	def test_an_item_that_no_shop_sells_has_nothing_compared(self):
		self.item("OWN")
		self.assertEqual(self.enqueued(lambda: self.receive("OWN", 1)), [])

	def test_nothing_is_asked_where_no_store_wants_stock(self):
		self.choose(send_stock=options.OFF)
		entry = frappe._dict(item_code="MUG")
		documents.stock_changed(entry)
		with patch.object(frappe.db, "sql", side_effect=AssertionError):
			documents.stock_changed(entry)

	def test_each_minute_and_by_night_stores_are_begun(self):
		with patch.object(stock_rows.WorkQueue, "enqueue_where_nobody_works") as begun:
			sending.tick()
			begun.assert_called_once_with(STORE)
			self.work()
			sending.nightly()
		frappe.db.rollback()
		self.assertEqual({row.compared for row in self.levels()}, {None})
		self.assertEqual(self.work()["compared"], 2)

	def test_a_store_that_is_switched_off_is_left_alone(self):
		self.choose(send_stock=options.OFF)
		self.assertEqual(self.work()["status"], "switched off")
		self.assertEqual(self.levels(), [])

	def test_the_command_lists_approves_and_sends(self):
		pot = self.product("POT", 7, in_books=3)
		done = run_bench("woo", "stock", "--store", STORE, "--json", "-")
		found = json_of(done)
		self.assertEqual(done.returncode, 1)
		self.assertEqual(found["by_state"], {"In Step": 2, "Waiting for Approval": 1})
		self.assertEqual([row["item"] for row in found["differences"]], ["POT"])
		done = run_bench("woo", "stock", "approve", "--store", STORE)
		self.assertEqual((done.returncode, self.in_shop(pot)), (0, 3), done.stderr)
		self.assertIn("Sent: 1", done.stdout)
