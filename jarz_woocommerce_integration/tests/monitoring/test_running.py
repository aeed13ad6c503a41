"""What the workspace says above all: the migrations that go on, and why orders are held, of the reader's stores."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.api import health
from jarz_woocommerce_integration.services.monitoring import running
from jarz_woocommerce_integration.tests.support.site import make_store, plant

STORE = "Running Shop"


class TestRunning(FrappeTestCase):
	def setUp(self):
		make_store(STORE)

	def make_run(self, **fields) -> int:
		values = {"store": STORE, "kind": "Migration", "status": "Running", "parameters": "{}", **fields}
		return frappe.get_doc(doctype="WooCommerce Sync Run", **values).insert(ignore_permissions=True).name

	def test_a_migration_that_goes_on_is_told_with_its_orders(self):
		name = self.make_run(orders=30, planned_orders=90)
		self.make_run(status="Completed")
		self.make_run(kind="Live Sync")
		(run,) = running.runs([STORE])
		self.assertEqual((run.name, run.orders, run.planned), (name, 30, 90))
		self.assertEqual(running.runs([]), [])
		self.assertIn(name, [each["name"] for each in health.health()["runs"]])

	def test_the_chart_of_held_orders_reads_in_words(self):
		for number, reason in enumerate(("unknown_status", "unknown_status", "no_date"), 1):
			plant(
				{
					"doctype": "WooCommerce Order Map",
					"store": STORE,
					"woo_order_id": number,
					"state": "Held",
					"reason": reason,
				}
			)
		self.assertEqual(running.held_by_reason([STORE]), [("unknown_status", 2), ("no_date", 1)])
		self.assertIn("Status isn't mapped", health.held_by_reason()["labels"])
