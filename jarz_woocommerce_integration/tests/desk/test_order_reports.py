"""The reports of orders: grouped sums, each with its currency, of what the reader may see, and a chart."""

from datetime import datetime

import frappe
from frappe.desk.query_report import run

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.desk.reason_words import labels, words_of
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

ORDER_MAP = "WooCommerce Order Map"
MONTHS = "WooCommerce Shop against Books by Month"
HELD = "WooCommerce Held Orders by Value"
RECEIVED = "WooCommerce Received but not Booked"
YEARS = {"from_date": "2015-01-01", "to_date": "2027-12-31"}
CLERK = "orders@shop.example"


class TestOrderReports(ShopOnSiteTestCase):
	orders = 60

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)
		frappe.db.commit()

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		super().tearDown()

	def report(self, name: str, **filters) -> dict:
		answer = run(name, {"store": STORE, **filters})
		self.assertIn("currency", [column["fieldname"] for column in answer["columns"]])
		return answer

	def sum_of(self, column: str, **filters) -> float:
		rows = frappe.get_all(ORDER_MAP, {"store": STORE, **filters}, [column], limit=0)
		return sum(row[column] for row in rows)

	# --- by month ---

	def test_the_months_are_the_shops_and_the_books_come_to_the_same(self):
		rows = self.report(MONTHS, **YEARS)["result"]
		self.assertEqual(sum(row["orders"] for row in rows), frappe.db.count(ORDER_MAP, {"store": STORE}))
		self.assertEqual(
			sum(row["booked"] for row in rows),
			frappe.db.count(ORDER_MAP, {"store": STORE, "state": "Synced"}),
		)
		for row in rows:
			with self.subTest(month=row["month"], currency=row["currency"]):
				self.assertAlmostEqual(row["difference"], 0, 4)

	def test_a_month_begins_at_midnight_in_the_shop(self):
		name = frappe.get_all(ORDER_MAP, {"store": STORE}, pluck="name", limit=1)[0]
		frappe.db.set_value("WooCommerce Store", STORE, "time_zone", "Africa/Cairo")
		frappe.db.set_value(ORDER_MAP, name, "created_gmt", datetime(2019, 1, 31, 22, 30))
		for month, orders in (("2019-01", 0), ("2019-02", 1)):
			day = f"{month}-01"
			rows = self.report(MONTHS, from_date=day, to_date=day)["result"]
			self.assertEqual(sum(row["orders"] for row in rows), orders, month)

	def test_an_invoice_of_another_total_is_a_difference(self):
		invoice = frappe.get_all(
			ORDER_MAP, {"store": STORE, "state": "Synced"}, pluck="sales_invoice", limit=1
		)[0]
		total = frappe.db.get_value("Sales Invoice", invoice, "grand_total")
		frappe.db.set_value("Sales Invoice", invoice, "grand_total", total - 5)
		answer = self.report(MONTHS, **YEARS)
		differences = [row["difference"] for row in answer["result"] if abs(row["difference"]) > 0.001]
		self.assertEqual(len(differences), 1)
		self.assertAlmostEqual(differences[0], 5, 4)
		self.assertIn("differ", answer["message"])

	def test_the_chart_has_a_bar_a_month_and_names_its_currency(self):
		chart = self.report(MONTHS, **YEARS)["chart"]
		self.assertIn("EGP", chart["title"])
		self.assertEqual(len(chart["data"]["labels"]), len(chart["data"]["datasets"][0]["values"]))

	def test_it_asks_for_what_it_needs(self):
		self.assertRaises(frappe.MandatoryError, run, MONTHS, {"store": STORE})
		swapped = {"store": STORE, "from_date": "2027-01-01", "to_date": "2026-01-01"}
		self.assertRaisesRegex(frappe.ValidationError, "after To Date", run, MONTHS, swapped)

	# --- held, received ---

	def test_held_orders_are_summed_by_reason_in_words_the_most_valuable_first(self):
		answer = self.report(HELD)
		rows = answer["result"]
		self.assertGreater(len(rows), 1)
		self.assertEqual(
			sum(row["orders"] for row in rows),
			frappe.db.count(ORDER_MAP, {"store": STORE, "state": ("in", ("Held", "Failed"))}),
		)
		self.assertAlmostEqual(
			sum(row["total"] for row in rows), self.sum_of("total", state=("in", ("Held", "Failed"))), 4
		)
		self.assertEqual([row["total"] for row in rows], sorted((row["total"] for row in rows), reverse=True))
		for row in rows:
			self.assertNotIn("_", row["reason"])
			self.assertTrue(row["what_to_do"])
		self.assertTrue(answer["chart"]["data"]["labels"])

	def test_what_was_received_is_summed_by_the_shops_status(self):
		name = frappe.get_all(ORDER_MAP, {"store": STORE, "state": "Skipped"}, pluck="name", limit=1)[0]
		frappe.db.set_value(ORDER_MAP, name, {"received_unbooked": 12.5, "woo_status": "cancelled"})
		answer = self.report(RECEIVED)
		self.assertAlmostEqual(
			sum(row["received"] for row in answer["result"]), self.sum_of("received_unbooked"), 4
		)
		self.assertIn("cancelled", answer["chart"]["data"]["labels"])

	def test_nothing_is_shown_as_nothing(self):
		frappe.db.set_value(ORDER_MAP, {"store": STORE}, "received_unbooked", 0)
		answer = self.report(RECEIVED)
		self.assertEqual((answer["result"], answer["chart"]), ([], None))

	# --- who may see it ---

	def test_our_role_alone_is_enough_though_it_reads_no_currencies(self):
		self.clerk()
		for name, filters in ((MONTHS, YEARS), (HELD, {})):
			with self.subTest(name):
				frappe.set_user("Administrator")
				all_rows = self.report(name, **filters)["result"]
				self.assertTrue(all_rows)
				frappe.set_user(CLERK)
				self.assertEqual(self.report(name, **filters)["result"], all_rows)

	def test_only_what_the_reader_may_see_is_counted(self):
		user = self.clerk()
		frappe.get_doc(
			doctype="User Permission",
			user=user.name,
			allow="WooCommerce Store",
			for_value=self.another_store(),
		).insert(ignore_permissions=True)
		frappe.set_user(CLERK)
		for name, filters in ((MONTHS, YEARS), (HELD, {}), (RECEIVED, {})):
			with self.subTest(name):
				self.assertEqual(run(name, {"store": STORE, **filters})["result"], [])
		frappe.set_user("Guest")
		self.assertRaises(frappe.PermissionError, run, HELD, {"store": STORE})

	def clerk(self):
		user = frappe.new_doc("User").update({"email": CLERK, "first_name": "Clerk"})
		user.append("roles", {"role": "WooCommerce User"})
		return user.insert(ignore_permissions=True)

	def another_store(self) -> str:
		store = frappe.copy_doc(self.store)
		store.update({"store_name": "Other Shop", "url": "https://other.example", "invoice_prefix": "OTHER-"})
		return store.insert().name


class TestReasonsInWords(ShopOnSiteTestCase):
	orders = 1

	def test_a_code_without_words_of_its_own_is_readable_too(self):
		self.assertEqual(words_of("total_differs"), "Parts don't meet the total")
		self.assertEqual(words_of("status_on-hold"), "Status on-hold")
		self.assertEqual(words_of("other_app"), "Other app")
		self.assertEqual(words_of(""), "")

	def test_no_two_codes_read_the_same(self):
		self.assertEqual(len(set(labels().values())), len(labels()))
