"""Goods that a Sales Order of the shop reserves, delivers in part or waits for: as ERPNext has it for any Sales Order."""

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.support.changing_orders import ShopOrder, books_digest
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes

WAREHOUSE = "Stores - JT"
ITEM = "SHIRT"
RESERVATION = "Stock Reservation Entry"


class StockCase(OrderedShopTestCase):
	"""Two shirts for each order, and no stock that is below zero."""

	def setUp(self):
		super().setUp()
		self.set_stock(allow_negative_stock=0)
		frappe.db.delete(RESERVATION)
		values = {"item_code": ITEM, "item_name": "Shirt", "item_group": "Products", "stock_uom": "Nos"}
		frappe.get_doc(doctype="Item", is_stock_item=1, valuation_rate=10, **values).insert()
		frappe.db.commit()

	def set_stock(self, **settings: int) -> None:
		"""Settings of the site's stock, for this test."""
		for name, value in settings.items():
			before = frappe.db.get_single_value("Stock Settings", name)
			self.addCleanup(frappe.db.commit)
			self.addCleanup(frappe.db.set_single_value, "Stock Settings", name, before)
			frappe.db.set_single_value("Stock Settings", name, value)
		frappe.db.commit()

	def ledger_that(self, **settings):
		return super().ledger_that(**{"warehouse": WAREHOUSE, "historical": False, **settings})

	def receive(self, quantity: int, **fields) -> None:
		row = {"item_code": ITEM, "qty": quantity, "t_warehouse": WAREHOUSE, "basic_rate": 10}
		entry = frappe.get_doc(
			doctype="Stock Entry",
			stock_entry_type="Material Receipt",
			company="Jarz Test",
			items=[row],
			**fields,
		)
		entry.insert().submit()
		frappe.db.commit()

	def deliver(self, shop: ShopOrder, quantity: int):
		"""As a person does in the Sales Order."""
		note = make_delivery_note(self.sales_order_of(shop).name)
		note.items[0].qty = quantity
		note.insert()
		note.submit()
		frappe.db.commit()
		return note

	def stock(self) -> tuple[float, float, float]:
		""":return: actual, reserved and projected quantity"""
		fields = ["actual_qty", "reserved_qty", "projected_qty"]
		found = frappe.db.get_value("Bin", {"item_code": ITEM, "warehouse": WAREHOUSE}, fields)
		return tuple(found or (0, 0, 0))


class TestPartsAndBackOrders(StockCase):
	def test_parts_are_delivered_one_after_the_other_before_and_after_the_invoice(self):
		self.receive(5)
		shop = self.ordered()
		self.assertEqual(self.stock(), (5, 2, 3))
		self.deliver(shop, 1)
		order = self.sales_order_of(shop)
		self.assertEqual((order.per_delivered, order.status), (50, "To Deliver and Bill"))
		self.assertEqual(self.stock(), (4, 1, 3))
		self.invoice(shop)
		order = self.sales_order_of(shop)
		self.assertEqual((order.per_delivered, order.per_billed, order.status), (50, 100, "To Deliver"))
		self.assertEqual(self.stock(), (4, 1, 3))
		self.deliver(shop, 1)
		order = self.sales_order_of(shop)
		self.assertEqual((order.per_delivered, order.status), (100, "Completed"))
		self.assertEqual(self.stock(), (3, 0, 3))
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assert_sound()

	def test_what_is_missing_is_owed_until_it_comes(self):
		"""A back order: ERPNext's projected quantity asks for what is to be bought or made."""
		self.receive(1)
		shop = self.ordered()
		self.assertEqual(self.stock(), (1, 2, -1))
		self.invoice(shop)
		self.assertEqual(self.sales_order_of(shop).status, "To Deliver")
		self.assertEqual(self.stock(), (1, 2, -1))
		self.deliver(shop, 1)
		self.receive(1)
		self.deliver(shop, 1)
		self.assertEqual(self.sales_order_of(shop).status, "Completed")
		self.assertEqual(self.stock(), (0, 0, 0))

	def test_a_completed_order_without_the_goods_is_held_until_they_come(self):
		self.delivery_notes = DeliveryNotes.SUBMITTED
		self.receive(1)
		shop = self.ordered()
		digest = books_digest()
		booked = self.invoice(shop)
		self.assertEqual(booked.what, "held", booked.message)
		self.assertIn(ITEM, booked.message)
		self.assertEqual((books_digest(), self.stock()), (digest, (1, 2, -1)))
		self.receive(1)
		self.assertEqual(self.book(shop).what, "booked")
		self.assertEqual(self.sales_order_of(shop).status, "Completed")
		self.assertEqual(self.stock(), (0, 0, 0))

	def test_a_part_that_is_returned_stays_with_the_person_who_takes_it_back(self):
		self.receive(5)
		shop = self.ordered()
		note = self.deliver(shop, 2)
		self.invoice(shop)
		back = make_sales_return(note.name)
		back.items[0].qty = -1
		back.insert()
		back.submit()
		frappe.db.commit()
		self.assertEqual(self.stock()[0], 4)
		digest = books_digest()
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assertEqual(books_digest(), digest)


class TestReservedStock(StockCase):
	"""Stock Reservation Entries, where Stock Settings have them."""

	def setUp(self):
		super().setUp()
		self.set_stock(enable_stock_reservation=1, allow_partial_reservation=1)
		self.receive(5)

	def reserve(self, shop: ShopOrder) -> None:
		"""As a person does by the Sales Order's button."""
		order = self.sales_order_of(shop)
		order.create_stock_reservation_entries()
		frappe.db.commit()
		self.assertEqual(self.reserved(), [("Reserved", 2.0)])

	def reserved(self) -> list[tuple[str, float]]:
		frappe.db.rollback()
		rows = frappe.get_all(RESERVATION, {"docstatus": 1}, ["status", "reserved_qty"], order_by="creation")
		return [(row.status, row.reserved_qty) for row in rows]

	def test_what_is_reserved_is_delivered_with_the_completed_order(self):
		self.delivery_notes = DeliveryNotes.SUBMITTED
		shop = self.ordered()
		self.reserve(shop)
		booked = self.invoice(shop)
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(self.sales_order_of(shop).status, "Completed")
		self.assertEqual(self.reserved(), [("Delivered", 2.0)])

	def test_a_cancelled_order_gives_its_goods_free(self):
		shop = self.ordered()
		self.reserve(shop)
		shop.set(status="cancelled")
		booked = self.book(shop)
		self.assertEqual(booked.what, "cancelled", booked.message)
		self.assertEqual((self.reserved(), self.stock()), ([], (5, 0, 5)))

	def test_an_order_that_has_changed_is_reserved_anew_by_a_person(self):
		shop = self.ordered()
		self.reserve(shop)
		shop.sell("3", "150.00")
		booked = self.book(shop)
		self.assertEqual(booked.what, "updated", booked.message)
		self.assertEqual((self.reserved(), self.stock()), ([], (5, 3, 2)))
