"""The table Fields of a store's form: what it takes, what it refuses in which words, and the preview."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from jarz_woocommerce_integration.api.store import mappable_fields
from jarz_woocommerce_integration.services.desk.setup import preview_order
from jarz_woocommerce_integration.services.session.policy import policy_of
from jarz_woocommerce_integration.services.session.session import store_client
from jarz_woocommerce_integration.tests.desk.test_store_setup import StoreSetupTestCase
from jarz_woocommerce_integration.tests.fields.own_fields import make_own_fields, remove_own_fields

INVOICE, LINE = "Sales Invoice", "Sales Invoice Item"


class TestFieldsOfAStore(StoreSetupTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_own_fields()
		cls.addClassCleanup(remove_own_fields)

	def store_with(self, *rows):
		names = ("path", "document_type", "field", "kind", "may_change")
		self.store.reload()
		self.store.set("mapped_fields", [dict(zip(names, row, strict=False)) for row in rows])
		self.store.save()
		return self.store

	def assert_refused(self, words: str, *rows):
		with self.assertRaisesRegex(frappe.ValidationError, words):
			self.store_with(*rows)

	def test_a_row_is_a_rule_of_the_policy(self):
		store = self.store_with(
			("meta_data._po", INVOICE, "po_no", "Text", "Always"),
			("date_paid_gmt", INVOICE, "own_datetime"),
			("line_items.meta_data.weight", LINE, "own_int", "Number"),
		)
		po, paid, weight = policy_of(store).fields
		self.assertEqual((po.field, po.kind.value, po.follows, po.length), ("po_no", "text", True, 140))
		self.assertEqual((paid.kind.value, paid.with_time, paid.follows), ("date", True, False))
		self.assertEqual((weight.kind.value, weight.decimals), ("number", 0))

	def test_only_fields_that_are_nobodys_sums_may_be_filled(self):
		for doctype, field in ((INVOICE, "grand_total"), (INVOICE, "woo_coupons"), (INVOICE, "nothing")):
			self.assert_refused(
				f"Fields, row 1: {doctype} has no field {field}", ("customer_note", doctype, field)
			)

	def test_what_does_not_fit_is_refused_in_words(self):
		self.assert_refused("holds no Number", ("customer_note", INVOICE, "own_data", "Number"))
		self.assert_refused("is no path", ("frappe.db.sql()", INVOICE, "own_data"))
		self.assert_refused("the path of a line", ("customer_note", LINE, "own_data"))
		self.assert_refused(
			"filled when the document is made", ("customer_note", "Customer", "own_data", "", "Always")
		)
		self.assert_refused(
			"row 1 fills own_data of Sales Invoice already",
			("customer_note", INVOICE, "own_data"),
			("status", INVOICE, "own_data"),
		)

	def test_the_form_offers_what_may_be_filled(self):
		offered = {row["value"]: row["description"] for row in mappable_fields(INVOICE)}
		self.assertEqual((offered["po_no"], offered["own_check"]), ("Text", "Check"))
		self.assertFalse([name for name in offered if name.startswith("woo_")])
		self.assertEqual([row["value"] for row in mappable_fields(LINE, "datet")], ["own_datetime"])
		self.assertEqual(mappable_fields("User"), [])

	def test_a_field_that_checks_its_value_is_not_offered(self):
		for name, more in (
			("own_mail", {"fieldtype": "Data", "options": "Email"}),
			("own_fetched", {"fieldtype": "Data", "fetch_from": "customer.language"}),
			("own_code", {"fieldtype": "Code"}),
		):
			create_custom_field(INVOICE, {"fieldname": name, "label": name, **more})
			self.assert_refused("has no field", ("customer_note", INVOICE, name))
			frappe.delete_doc("Custom Field", f"{INVOICE}-{name}", force=True)

	def test_a_field_that_is_gone_stops_with_its_row(self):
		create_custom_field(INVOICE, {"fieldname": "own_gone", "label": "Gone", "fieldtype": "Data"})
		store = self.store_with(("customer_note", INVOICE, "own_gone"))
		frappe.delete_doc("Custom Field", f"{INVOICE}-own_gone", force=True)
		with self.assertRaisesRegex(Exception, "Fields, row 1: Sales Invoice has no field own_gone"):
			policy_of(store)

	def test_the_preview_shows_the_values_of_a_real_order(self):
		store = self.store_with(
			("billing.first_name", INVOICE, "own_data"),
			("line_items.name", LINE, "own_text"),
			("meta_data.nothing", INVOICE, "own_int"),
		)
		for order_id in self.order_ids():
			preview = preview_order(store, order_id)
			if preview["outcome"] == "draft":
				break
		values = {(row["document"], row["field"]): row["value"] for row in preview["fields"]}
		self.assertTrue(values[INVOICE, "own_data"] and values[LINE, "own_text"])
		self.assertEqual(values[INVOICE, "own_int"], "0")

	def test_the_preview_shows_what_account_and_products_say(self):
		store = self.store_with(
			("customer.username", INVOICE, "own_data"), ("line_items.product.slug", LINE, "own_text")
		)
		with store_client(store) as client:
			orders = client.get("orders", {"per_page": 50}).body
		for order in orders:
			if order["customer_id"] and all(line["product_id"] for line in order["line_items"]):
				preview = preview_order(store, order["id"])
				if preview["outcome"] == "draft":
					break
		values = {(row["document"], row["field"]): row["value"] for row in preview["fields"]}
		self.assertTrue(values[INVOICE, "own_data"] and values[LINE, "own_text"], values)

	def order_ids(self):
		with store_client(self.store) as client:
			return [body["id"] for body in client.get("orders", {"per_page": 20}).body]
