"""`bench --site SITE woo ...` as processes of their own, as a person starts them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import frappe

from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import (
	STORE,
	ShopOnSiteTestCase,
	json_of,
	run_bench,
)


class TestCommands(ShopOnSiteTestCase):
	orders = 40

	def test_the_way_of_a_merchant_from_check_to_verify(self):
		wipe_books()
		checked = run_bench("woo", "check", "--store", STORE, "--json", "-")
		self.assertEqual(checked.returncode, 0, checked.stderr)
		self.assertTrue(json_of(checked)["works"])

		rehearsed = run_bench("woo", "rehearse", "--store", STORE, "--json", "-")
		self.assertEqual(rehearsed.returncode, 0, rehearsed.stderr)
		self.assertTrue(Path(json_of(rehearsed)["report"]).exists())
		self.assertEqual(run_bench("woo", "report", "--store", STORE).returncode, 0)

		begun = run_bench("woo", "migrate", "--store", STORE, "--page-size", "10", "--max-pages", "1")
		self.assertEqual(begun.returncode, 0, begun.stderr)
		self.assertIn("continues from here", begun.stdout)
		migrated = run_bench("woo", "migrate", "--store", STORE, "--page-size", "10", "--json", "-")
		self.assertEqual(migrated.returncode, 0, migrated.stderr)
		result = json_of(migrated)
		self.assertTrue(result["proven"])
		self.assertEqual(result["booked_total"], json_of(rehearsed)["booked_total"])
		self.assertIn("Proven", migrated.stderr)

		status = json_of(run_bench("woo", "status", "--store", STORE, "--json", "-"))
		self.assertEqual(status["by_state"], result["by_state"])
		self.assertEqual(status["runs"][0]["status"], "Completed")

		verified = run_bench("woo", "verify", "--store", STORE, "--json", "-")
		self.assertEqual(verified.returncode, 0, verified.stderr)
		self.assertTrue(json_of(verified)["books_sound"])

		frappe.db.rollback()
		row = frappe.get_all(
			"WooCommerce Order Map",
			filters={"store": STORE, "state": "Synced"},
			fields=["woo_order_id", "sales_invoice"],
			limit=1,
		)[0]
		synced = run_bench("woo", "sync-order", str(row.woo_order_id), "--store", STORE, "--json", "-")
		self.assertEqual(synced.returncode, 0, synced.stderr)
		self.assertEqual(json_of(synced)[0]["invoice"], row.sales_invoice)

		frappe.db.sql("UPDATE `tabGL Entry` SET debit = debit + 1 WHERE voucher_no = %s", row.sales_invoice)
		frappe.db.commit()
		with TemporaryDirectory() as folder:
			file = Path(folder) / "found.json"
			wrong = run_bench("woo", "verify", "--store", STORE, "--json", str(file))
			self.assertEqual(wrong.returncode, 1)
			self.assertIn("Not proven", wrong.stdout)
			self.assertIn("unbalanced", file.read_text())

	def test_a_look_at_what_changed_and_how_far_it_is_in_step(self):
		wipe_books()
		frappe.db.set_value("WooCommerce Store", STORE, {"live_sync": 1, "unknown_items": "Create"})
		frappe.db.commit()
		order_id = self.shop.add_order()
		looked = run_bench("woo", "sync-live", "--store", STORE, "--json", "-")
		self.assertEqual(looked.returncode, 0, looked.stderr)
		self.assertEqual(json_of(looked)["done"], 1)
		self.assertIn("seconds behind at most", looked.stderr)
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("WooCommerce Order Map", {"woo_order_id": order_id}))
		live = json_of(run_bench("woo", "status", "--store", STORE, "--json", "-"))["live"]
		self.assertEqual((live["on"], live["waiting"], live["given_up"], live["error"]), (True, 0, 0, ""))
		self.assertLess(live["lag"], 60)
		frappe.db.set_value("WooCommerce Store", STORE, "live_sync", 0)
		frappe.db.commit()
		self.assertEqual(run_bench("woo", "sync-live", "--store", STORE).returncode, 1)
		self.assertIn("live sync: off", run_bench("woo", "status", "--store", STORE).stdout)

	def test_what_cant_be_done_is_one_message_and_exit_code_2(self):
		failed = run_bench("woo", "migrate", "--store", "No Such Shop")
		self.assertEqual(failed.returncode, 2)
		self.assertIn('There is no WooCommerce Store "No Such Shop".', failed.stderr)
		self.assertNotIn("Traceback", failed.stderr)
