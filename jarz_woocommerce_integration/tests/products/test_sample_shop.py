"""The sample shop's products over HTTP: planned, made into items, sold, followed and undone."""

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.held import held_orders
from jarz_woocommerce_integration.services.live import masters as live_masters
from jarz_woocommerce_integration.services.live.session import open_live_session
from jarz_woocommerce_integration.services.products import applying, imports, jobs, undoing
from jarz_woocommerce_integration.services.session.session import get_store
from jarz_woocommerce_integration.tests.products.import_case import IMPORT, LINE, LINK
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase


class TestSampleShop(ShopOnSiteTestCase):
	orders = 30

	def setUp(self):
		super().setUp()
		wipe_books()
		frappe.db.delete(LINK, {"store": STORE})
		frappe.db.commit()
		self.name = imports.start(get_store(STORE)).name
		frappe.db.commit()
		self.planned = jobs.run_here(self.name)
		self.addCleanup(self.undo)

	def undo(self):
		frappe.db.rollback()
		wipe_books()
		if frappe.db.get_value(IMPORT, self.name, "status") == "Applied":
			undoing.begin(self.name)
			frappe.db.commit()
			jobs.run_here(self.name)
		frappe.db.delete(LINE, {"product_import": self.name})
		frappe.db.delete(IMPORT, {"name": self.name})
		frappe.db.commit()

	def apply(self):
		applying.approve(self.name)
		frappe.db.commit()
		return jobs.run_here(self.name)

	def test_its_catalogue_becomes_items_that_its_orders_are_booked_on(self):
		before = frappe.db.count("Item")
		counts = self.apply()
		self.assertEqual(counts["refused"], 0, frappe.get_all(LINE, {"state": "Refused"}, pluck="error"))
		self.assertGreater(counts["done"], 40)
		made = frappe.get_all(
			LINE, {"product_import": self.name, "state": "Done", "action": "Create"}, pluck="item"
		)
		self.assertEqual(frappe.db.count("Item"), before + len(set(made)))
		frappe.db.set_value("WooCommerce Store", STORE, "unknown_items", "Hold")
		frappe.db.commit()
		order_sync.migrate_all_historical_orders_cli(store=STORE)
		sold = set(frappe.get_all("Sales Invoice Item", {"item_code": ("in", made)}, pluck="item_code"))
		self.assertGreater(len(sold), 5)
		templates = frappe.get_all("Item", {"name": ("in", list(sold)), "has_variants": 1}, pluck="name")
		self.assertEqual(templates, [])

	def test_a_product_that_the_shop_makes_later_gets_a_line(self):
		self.apply()
		product = self.shop.catalogue.add(name="Made later", sku="LATER-1", price=1200)
		with open_live_session(STORE) as session:
			live_masters.refresh_products(session, [product.id])
		frappe.db.rollback()
		line = frappe.get_doc(LINE, {"product_import": self.name, "product_id": product.id})
		self.assertEqual((line.found, line.state, line.new_code), ("New", "Open", "LATER-1"))

	def test_a_held_order_has_the_item_of_its_product_made_as_the_shop_has_it(self):
		frappe.db.set_value("WooCommerce Store", STORE, "unknown_items", "Hold")
		frappe.db.commit()
		order_sync.migrate_all_historical_orders_cli(store=STORE)
		filters = {"store": STORE, "state": "Held", "reason": "unknown_item"}
		held = [
			frappe.get_doc("WooCommerce Order Map", name)
			for name in frappe.get_all(
				"WooCommerce Order Map", filters, pluck="name", order_by="woo_order_id"
			)
		]
		self.assertEqual(self.free(held[0]), "Synced", held[0].message)
		done = frappe.get_all(LINE, {"product_import": self.name, "state": "Done"}, ["item", "made"])
		self.assertTrue(done)
		self.assertTrue(frappe.db.get_value("Item Price", {"item_code": done[-1].item}))

	def free(self, row) -> str:
		"""Create the items of an order, which is held for one line after another. :returns: its state in the end"""
		while lines := held_orders.overview([row])["items"]:
			held_orders.link_items([row], [{**line, "item": ""} for line in lines])
			row.reload()
		return row.state

	def test_an_undo_leaves_the_site_as_it_was(self):
		before = {
			each: frappe.db.count(each)
			for each in ("Item", "Item Price", "Item Group", "Item Attribute", "Product Bundle")
		}
		self.apply()
		undoing.begin(self.name)
		frappe.db.commit()
		counts = jobs.run_here(self.name)
		self.assertEqual(counts["kept"], 0, frappe.db.get_value(IMPORT, self.name, "kept_by_undo"))
		self.assertEqual({each: frappe.db.count(each) for each in before}, before)
