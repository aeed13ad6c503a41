"""Undo: the books as before the run, and nothing else taken back (docs/operate/undo.md)."""

import random
import subprocess
import sys

import frappe

from jarz_woocommerce_integration.exceptions import RunStateError
from jarz_woocommerce_integration.services.undo import undo as rollback
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.undo.rollback_case import RollbackCase, migrate, state_of_site


class TestUndo(RollbackCase):
	def test_everything_is_as_before_and_is_booked_again_equal(self):
		before = state_of_site()
		first = migrate()
		booked = state_of_site()
		second_customers = frappe.get_all("Customer", {"woo_main_customer": ("is", "set")})
		self.assertTrue(second_customers, "people who buy in two currencies are undone with the others")
		counted = frappe.db.sql(
			"SELECT sum(docstatus = 0), sum(docstatus = 1), sum(is_return), sum(currency <> 'EGP') FROM `tabSales Invoice`"
		)[0]
		self.assertTrue(all(counted), counted)
		told = []
		done = rollback.undo(first, told.append)
		self.assertEqual((done["status"], done["kept"], done["kept_documents"]), ("Undone", 0, []))
		self.assertEqual(told[-1].undone, done["undone"])
		self.assert_as(before)
		with self.assertRaises(RunStateError):
			rollback.undo(first)
		migrate()
		again = state_of_site()
		self.assertEqual({**again, "stores": 0}, {**booked, "stores": 0})

	def test_a_store_that_is_kept_in_step_is_not_undone(self):
		run = migrate()
		booked = state_of_site()
		frappe.db.set_value("WooCommerce Store", STORE, "live_sync", 1)
		frappe.db.commit()
		try:
			with self.assertRaisesRegex(RunStateError, "live sync of .* is on"):
				rollback.undo(run)
		finally:
			frappe.db.set_value("WooCommerce Store", STORE, "live_sync", 0)
			frappe.db.commit()
		self.assert_as(booked)
		rollback.undo(run)

	def test_killed_between_any_two_statements_it_goes_on(self):
		before = state_of_site()
		run = migrate()
		chance, kills = random.Random(7), 0
		# What goes at once takes few statements, so that a late one may not come any more.
		for first, last in ((40, 300), (40, 600), (300, 1000), (600, 2000), (600, 3000)):
			if self.status_of(run) != "Undone":
				kills += self.undo_in_a_process(run, chance.randrange(first, last)) != 0
		self.assertGreater(kills, 1)
		if self.status_of(run) != "Undone":
			self.undo_in_a_process(run, 0)
		frappe.db.rollback()
		row = frappe.get_doc("WooCommerce Sync Run", run)
		self.assertEqual((row.status, row.kept), ("Undone", 0))
		self.assert_as(before)

	def status_of(self, run: int) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("WooCommerce Sync Run", run, "status")

	def undo_in_a_process(self, run: int, kill_at: int) -> int:
		"""What the process ended with: 0 where it came to its end before the statement, or without one."""
		command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
		done = subprocess.run(
			[*command, frappe.local.site, f"undo:{run}", str(kill_at)],
			capture_output=True,
			text=True,
			timeout=300,
		)
		self.assertIn(done.returncode, (0, -9), done.stderr)
		return done.returncode

	def test_of_two_runs_each_is_taken_back_alone(self):
		before = state_of_site()
		first = migrate()
		between = state_of_site()
		self.go_on_selling()
		second = migrate()
		both = state_of_site()
		for table in ("Sales Invoice", "Payment Entry", "Contact Phone", "Customer"):
			self.assertGreater(both["rows"][f"tab{table}"], between["rows"][f"tab{table}"], table)
		self.assertEqual(rollback.undo(second)["kept"], 0)
		self.assert_as(between)

		second = migrate()
		of_second = invoices_of(second)
		kept = {row["kind"] for row in rollback.undo(first)["kept_documents"]}
		self.assertEqual(kept, {"other_run", "together", "used"})
		self.assertEqual(invoices_of(second), of_second)

		rollback.undo(second)
		self.assertEqual(rollback.undo(first)["kept"], 0)
		self.assert_as(before)

	def go_on_selling(self) -> None:
		"""New orders, one of them of a known customer with another phone; an order is paid late, another one refunded."""
		orders = self.shop.order_ids()
		for _order in range(6):
			self.shop.add_order()
		unpaid = frappe.get_all(
			"Sales Invoice", {"status": "Overdue"}, pluck="woo_order_id", order_by="name"
		)[0]
		self.shop.set_status(unpaid, "completed")
		known = self.shop.body(orders[0])
		billing = {**known["billing"], "phone": "+201009998877"}
		fields = {name: known[name] for name in ("customer_id", "shipping")}
		self.shop.update(self.shop.order_ids()[-1], {**fields, "billing": billing, "status": "processing"})
		self.shop.refund(orders[0], "1.00", "Late")


def invoices_of(run: int) -> list:
	fields = ["name", "docstatus", "customer", "grand_total", "modified"]
	return frappe.get_all("Sales Invoice", {"woo_run": run}, fields, order_by="name")
