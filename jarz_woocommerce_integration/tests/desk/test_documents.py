"""ERPNext's own documents show their order of the shop, and what they showed before."""

import frappe

from jarz_woocommerce_integration import hooks
from jarz_woocommerce_integration.api import documents
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.documents import connections
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

ORDER_MAP = "WooCommerce Order Map"


class TestDocuments(ShopOnSiteTestCase):
	orders = 30

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_historical_orders_streaming(store=STORE)
		frappe.db.commit()

	def some_order(self, **filters):
		return frappe.get_all(
			ORDER_MAP,
			{"store": STORE, "sales_invoice": ("is", "set"), **filters},
			["name", "sales_invoice", "payment_entry", "customer"],
			limit=1,
		)[0]

	def test_an_invoice_and_its_payment_name_their_order(self):
		order = self.some_order(payment_entry=("is", "set"))
		for doctype, name in (("Sales Invoice", order.sales_invoice), ("Payment Entry", order.payment_entry)):
			with self.subTest(doctype):
				found = documents.orders(doctype, name)
				self.assertEqual((found["count"], found["orders"][0]["name"]), (1, order.name))

	def test_a_customer_has_all_of_his_orders_counted(self):
		order = self.some_order()
		count = frappe.db.count(ORDER_MAP, {"customer": order.customer})
		self.assertEqual(documents.orders("Customer", order.customer)["count"], count)

	def test_a_delivery_of_an_invoice_is_that_of_its_order(self):
		order = self.some_order()
		row = frappe.get_doc(
			doctype="Delivery Note Item",
			parent="DN-1",
			parenttype="Delivery Note",
			parentfield="items",
			against_sales_invoice=order.sales_invoice,
		)
		row.set_new_name()
		row.db_insert()
		note = frappe.get_doc(
			doctype="Delivery Note", name="DN-1", customer=order.customer, company="Jarz Test"
		)
		note.db_insert()
		found = documents.orders("Delivery Note", "DN-1")
		self.assertEqual([row["name"] for row in found["orders"]], [order.name])

	def test_a_document_of_no_shop_has_none(self):
		fields = {
			"customer_name": "Of No Shop",
			"customer_group": "Individual",
			"territory": "All Territories",
		}
		customer = frappe.get_doc(doctype="Customer", **fields).insert()
		self.assertEqual(documents.orders("Customer", customer.name)["count"], 0)

	def test_an_item_names_its_product(self):
		item = frappe.get_all("Item", {"is_sales_item": 1}, pluck="name", limit=1)[0]
		frappe.get_doc(doctype="WooCommerce Item Link", store=STORE, product_id=77, item=item).insert()
		(product,) = documents.products(item)
		self.assertTrue(product["url"].endswith("/wp-admin/post.php?post=77&action=edit"))

	def test_who_may_not_read_the_document_is_told_nothing_of_it(self):
		user = frappe.get_doc(
			doctype="User",
			email="clerk@shop.example",
			first_name="Clerk",
			roles=[{"role": "WooCommerce User"}],
		).insert(ignore_permissions=True)
		order = self.some_order()
		with self.set_user(user.name):
			self.assertRaises(frappe.PermissionError, documents.orders, "Sales Invoice", order.sales_invoice)

	def test_connections_are_added_to_those_that_are_there(self):
		before = {
			"transactions": [{"label": "Other", "items": ["ToDo"]}],
			"non_standard_fieldnames": {"ToDo": "x"},
		}
		for name in ("of_invoice", "of_payment", "of_customer", "of_item", "of_delivery"):
			with self.subTest(name):
				data = getattr(connections, name)(before)
				self.assertEqual(data["transactions"][0], before["transactions"][0])
				self.assertEqual(data["non_standard_fieldnames"]["ToDo"], "x")
				(ours,) = data["transactions"][1:]
				for doctype in ours["items"]:
					field = data["non_standard_fieldnames"][doctype]
					self.assertTrue(frappe.get_meta(doctype).has_field(field))

	def test_each_dashboard_of_the_site_has_our_group(self):
		for doctype in hooks.override_doctype_dashboards:
			with self.subTest(doctype):
				groups = frappe.get_meta(doctype).get_dashboard_data()["transactions"]
				self.assertIn("WooCommerce", [group["label"] for group in groups])

	def test_the_section_is_open_where_there_is_an_order(self):
		section = frappe.get_meta("Sales Invoice").get_field("woo_section")
		self.assertEqual(section.collapsible_depends_on, "woo_store")
