"""Looking at the shop: the cursor, what is noted, what comes of it, and the minute's tick."""

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext_values import to_utc_column
from jarz_woocommerce_integration.rehearsal.sample_store import SampleStore
from jarz_woocommerce_integration.services import inbox, live_state, live_sync, order_sync
from jarz_woocommerce_integration.tests.books import wipe_books
from jarz_woocommerce_integration.tests.shop_on_site import STORE, ShopOnSiteTestCase, books_digest

MAP = "WooCommerce Order Map"


class LiveSyncTestCase(ShopOnSiteTestCase):
	"""A store that is kept in step from the start, whose clock a test may set."""

	orders = 30

	def setUp(self):
		super().setUp()
		wipe_books()
		self.addCleanup(frappe.db.rollback)
		self.addCleanup(self.sample.faults.clear)
		self.begin(live_sync=1)

	@classmethod
	@contextmanager
	def serve(cls):
		cls.sample = SampleStore(cls.shop)
		with cls.sample.serve() as cls.url:
			yield

	@classmethod
	def connect(cls):
		super().connect(unknown_items="Create")

	def begin(self, **values):
		"""The live sync as it is before its first look. Times are UTC."""
		nothing = dict.fromkeys(
			("live_since", "noted_until", "synced_until", "migrated_until", "last_synced", "sync_error")
		)
		frappe.db.set_value("WooCommerce Store", STORE, {**nothing, **values}, update_modified=False)
		frappe.db.commit()
		frappe.cache.delete_value([f"woo_store_pause|{STORE}", f"woo_live_sync_began|{STORE}"])

	def poll(self) -> dict:
		done = live_sync.poll(STORE)
		frappe.db.rollback()
		return done

	def store_row(self):
		frappe.db.rollback()
		return frappe.get_doc("WooCommerce Store", STORE)

	def row(self, order_id):
		frappe.db.rollback()
		name = frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id})
		return name and frappe.get_doc(MAP, name)

	def add_order(self, status: str = "processing") -> int:
		order_id = self.shop.add_order()
		self.shop.set_status(order_id, status)
		return order_id


class TestFromOrderToInvoice(LiveSyncTestCase):
	def test_an_order_that_was_made_in_the_shop_is_an_invoice_after_one_look(self):
		order_id = self.add_order()
		done = self.poll()
		self.assertEqual(done["status"], "done", done)
		row = self.row(order_id)
		self.assertEqual(row.state, "Synced", row.message)
		self.assertEqual(frappe.db.get_value("Sales Invoice", row.sales_invoice, "docstatus"), 1)
		self.assertEqual(frappe.db.count("WooCommerce Inbox", {"state": "Waiting"}), 0)
