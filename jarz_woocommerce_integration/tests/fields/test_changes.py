"""What becomes of mapped fields when their order changes: drafts, submitted invoices, amendments, people's edits."""

import frappe

from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.fields.own_fields import make_own_fields, remove_own_fields
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase, ShopOrder
from jarz_woocommerce_integration.translation.policy import Policy

INVOICE, LINE = "Sales Invoice", "Sales Invoice Item"
MAPPING = (
	{"path": "meta_data.follows", "target": INVOICE, "field": "own_data", "follows": True},
	{"path": "meta_data.kept", "target": INVOICE, "field": "own_text"},
	{"path": "meta_data.number", "target": INVOICE, "field": "own_int", "kind": "number", "decimals": 0},
	{"path": "line_items.meta_data.follows", "target": LINE, "field": "own_data", "follows": True},
	{"path": "line_items.meta_data.kept", "target": LINE, "field": "own_text"},
	{"path": "billing.company", "target": "Customer", "field": "own_data"},
	{"path": "payment_method", "target": "Payment Entry", "field": "own_data"},
	{"path": "meta_data.follows", "target": "Payment Entry", "field": "own_small_text", "follows": True},
	{"path": "meta_data.follows", "target": "Credit Note", "field": "own_small_text"},
	{"path": "meta_data.follows", "target": "Sales Order", "field": "own_data", "follows": True},
	{"path": "meta_data.kept", "target": "Sales Order", "field": "own_text"},
)
FIELDS = ("own_data", "own_text")


class TestChangesOfMappedFields(ChangingOrdersTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_own_fields()
		cls.addClassCleanup(remove_own_fields)
		cls.policy = Policy.model_validate({**cls.policy.model_dump(), "fields": MAPPING})

	def new_order(self) -> ShopOrder:
		shop = super().new_order()
		self.say(shop, "before")
		shop.body["billing"]["company"] = "ACME Ltd"
		return shop

	def say(self, shop: ShopOrder, value: str) -> None:
		meta = [{"key": key, "value": value} for key in ("follows", "kept", "number")]
		shop.set(meta_data=meta)
		shop.body["line_items"][0]["meta_data"] = meta

	def notes(self, shop: ShopOrder) -> list:
		return [frappe.get_doc(INVOICE, note.name) for note in self.notes_of(shop)]

	def values(self, shop: ShopOrder) -> tuple:
		invoice = self.invoice_of(shop)
		return tuple(document.get(field) for document in (invoice, invoice.items[0]) for field in FIELDS)

	def test_they_are_filled_when_the_documents_are_made(self):
		shop = self.paid()
		self.assertEqual(self.values(shop), ("before",) * 4)
		self.assertEqual(self.payment_of(shop).own_data, "stripe")
		customer = frappe.get_doc("Customer", self.invoice_of(shop).customer)
		self.assertEqual(customer.own_data, "ACME Ltd")

	def test_what_cannot_be_read_is_listed_with_the_booked_order(self):
		shop = self.paid()
		row = frappe.get_doc("WooCommerce Order Map", {"woo_order_id": shop.order_id})
		self.assertEqual((row.state, row.reason), ("Synced", "field_unreadable"))
		self.assertIn("own_int of Sales Invoice stays empty", row.message)
		self.assertEqual(self.invoice_of(shop).own_int, 0)

	def test_a_submitted_invoice_follows_where_it_may_and_stays_the_same_one(self):
		shop = self.paid()
		name = self.invoice_of(shop).name
		self.say(shop, "after")
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual((self.values(shop), self.invoice_of(shop).name), (("after", "before") * 2, name))
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assert_sound()

	def test_an_amended_invoice_follows_where_it_may(self):
		shop = self.paid()
		shop.sell("4", "100.00")
		self.say(shop, "after")
		self.book(shop)
		self.assertEqual(self.invoice_of(shop).name, "WOO-1-1")
		self.assertEqual(self.values(shop), ("after", "before") * 2)

	def test_a_draft_follows_where_it_may_and_keeps_what_a_person_wrote_elsewhere(self):
		shop = self.new_order()
		shop.to("on-hold")
		self.book(shop)
		self.say(shop, "after")
		self.book(shop)
		self.assertEqual(self.values(shop), ("after", "before") * 2)
		self.assertEqual(self.book(shop).what, "unchanged")
		shop.to("processing")
		self.book(shop)
		self.assertEqual((self.invoice_of(shop).docstatus, self.values(shop)), (1, ("after", "before") * 2))

	def test_a_customer_and_a_payment_stay_as_they_were_made(self):
		shop = self.paid()
		shop.body["billing"]["company"] = "Other Ltd"
		shop.sell("4", "100.00")
		self.book(shop)
		customer = frappe.get_doc("Customer", self.invoice_of(shop).customer)
		self.assertEqual(customer.own_data, "ACME Ltd")

	def test_a_payment_follows_where_it_may(self):
		shop = self.paid()
		name = self.payment_of(shop).name
		self.assertEqual(self.payment_of(shop).own_small_text, "before")
		self.say(shop, "after")
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual((self.payment_of(shop).own_small_text, self.payment_of(shop).name), ("after", name))
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assert_sound()

	def test_a_credit_note_keeps_what_the_order_said_when_it_was_made(self):
		shop = self.paid()
		shop.refund(71, 1, "50.00")
		self.book(shop)
		self.say(shop, "after")
		self.book(shop)
		(note,) = self.notes(shop)
		self.assertEqual((note.own_small_text, note.own_data or ""), ("before", ""))
		shop.refund(72, 1, "20.00")
		self.book(shop)
		values = [note.own_small_text for note in self.notes(shop)]
		self.assertEqual(sorted(values), ["after", "before"])
		self.assertFalse(self.invoice_of(shop).own_small_text)


class TestMappedFieldsOfSalesOrders(OrderedShopTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_own_fields()
		cls.addClassCleanup(remove_own_fields)
		cls.policy = Policy.model_validate({**cls.policy.model_dump(), "fields": MAPPING})

	def say(self, shop: ShopOrder, value: str) -> None:
		shop.set(meta_data=[{"key": key, "value": value} for key in ("follows", "kept", "number")])

	def values(self, shop: ShopOrder) -> tuple:
		order = self.sales_order_of(shop)
		return order.own_data, order.own_text

	def ordered_with(self, value: str) -> ShopOrder:
		shop = self.new_order()
		shop.set(payment_method="stripe")
		self.say(shop, value)
		shop.to("processing", paid=True)
		self.book(shop)
		return shop

	def test_a_submitted_one_follows_where_it_may_and_its_invoice_has_its_own(self):
		shop = self.ordered_with("before")
		name = self.sales_order_of(shop).name
		self.assertEqual(self.values(shop), ("before", "before"))
		self.say(shop, "after")
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual((self.values(shop), self.sales_order_of(shop).name), (("after", "before"), name))
		self.assertEqual(self.book(shop).what, "unchanged")
		self.invoice(shop)
		self.assertEqual(self.invoice_of(shop).own_data, "after")
		self.assert_sound()

	def test_an_amended_one_follows_where_it_may(self):
		shop = self.ordered_with("before")
		shop.sell("4", "100.00")
		self.say(shop, "after")
		self.book(shop)
		self.assertTrue(self.sales_order_of(shop).amended_from)
		self.assertEqual(self.values(shop), ("after", "before"))

	def test_a_draft_follows_where_it_may(self):
		shop = self.new_order()
		self.say(shop, "before")
		shop.to("on-hold")
		self.book(shop)
		self.say(shop, "after")
		self.book(shop)
		self.assertEqual((self.sales_order_of(shop).docstatus, self.values(shop)), (0, ("after", "before")))
		self.assertEqual(self.book(shop).what, "unchanged")
