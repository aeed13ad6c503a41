"""Compare with Store: what differs between an order of the shop and its documents."""

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.desk.differences import differences
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

ORDER_MAP = "WooCommerce Order Map"


class TestDifferences(ShopOnSiteTestCase):
	orders = 24

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)
		frappe.db.commit()

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def booked(self) -> list:
		names = frappe.get_all(
			ORDER_MAP, {"store": STORE, "state": "Synced"}, pluck="name", order_by="woo_order_id"
		)
		self.assertGreater(len(names), 5)
		return [frappe.get_doc(ORDER_MAP, name) for name in names]

	def test_what_was_booked_as_the_shop_has_it_shows_none(self):
		for row in self.booked():
			self.assertEqual(differences(row), [], row.order_number)

	def test_an_amount_of_an_item_that_was_changed_shows_to_its_last_decimal(self):
		row = self.booked()[0]
		item = frappe.get_last_doc("Sales Invoice Item", {"parent": row.sales_invoice})
		frappe.db.set_value("Sales Invoice Item", item.name, "amount", item.amount + 0.001)
		(found,) = differences(row)
		self.assertEqual(found["what"], "Items")
		self.assertIn(f" = {item.amount:.2f}", found["store"])
		self.assertIn(f" = {item.amount + 0.001:.3f}", found["books"])

	def test_an_order_that_the_shop_does_not_have_is_deleted(self):
		row = self.booked()[0]
		row.woo_order_id = 987654321
		frappe.db.set_value(ORDER_MAP, row.name, "woo_order_id", row.woo_order_id)
		(found,) = differences(row)
		self.assertEqual(
			(found["what"], found["store"], found["books"]), ("Order", "deleted", row.sales_invoice)
		)
