"""The table *An order that has a Sales Order* of docs/use/changes.md, row by row, as the other tables are."""

from collections.abc import Callable
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.changes.test_changes_in_the_shop import (
	CHANGES,
	DELETIONS,
	REFUND,
	ChangesTestCase,
	Words,
	table,
	tests_of,
)
from jarz_woocommerce_integration.tests.support.changing_orders import ShopOrder
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderState

HEADING = "An order that has a Sales Order"


def _draft(shop: ShopOrder) -> None:
	shop.set(payment_method="stripe", payment_method_title="Card")
	shop.to("on-hold")


def _ordered(shop: ShopOrder) -> None:
	shop.set(payment_method="stripe", payment_method_title="Card")
	shop.to("processing", paid=True)


def _completed(shop: ShopOrder) -> None:
	shop.to("completed", paid=True)


COLUMNS: dict[str, list[Callable[[ShopOrder], None]]] = {
	"order draft": [_draft],
	"ordered": [_ordered],
	"invoiced": [_ordered, _completed],
	"delivered": [_ordered, _completed],
	"order cancelled": [_ordered, lambda shop: shop.set(status="cancelled")],
}


def _refunded(shop: ShopOrder) -> None:
	shop.to("refunded", paid=True)
	shop.refund(REFUND + 1, 2, "100.00")


class OrderWords(Words):
	"""What each word of the table promises of the Sales Order. `self.ordered_before` is how it stood."""

	def order_draft(self, shop: ShopOrder) -> None:
		self.assert_order(shop, docstatus=0)

	def order_submitted(self, shop: ShopOrder) -> None:
		self.assert_order(shop, docstatus=1)
		self.assertEqual(self.sales_order_of(shop).name, self.ordered_before.name)

	def order_in_place(self, shop: ShopOrder) -> None:
		self.order_draft(shop)
		order, billing = self.sales_order_of(shop), shop.body["billing"]
		self.assertEqual(order.name, self.ordered_before.name)
		self.assertNotEqual(order.modified, self.ordered_before.modified)
		self.assertIn(billing["address_1"], order.address_display)
		self.assertEqual(order.customer_name, f"{billing['first_name']} {billing['last_name']}")

	def order_deleted(self, shop: ShopOrder) -> None:
		self.assertIsNone(self.sales_order_of(shop))
		self.assertFalse(frappe.db.exists("Sales Order", self.ordered_before.name))

	def order_follows(self, shop: ShopOrder) -> None:
		order = self.sales_order_of(shop)
		self.assert_order(shop, docstatus=0 if shop.body["status"] == "on-hold" else 1)
		self.assertEqual(order.amended_from, self.ordered_before.name)
		self.assertEqual(frappe.db.get_value("Sales Order", order.amended_from, "docstatus"), 2)

	def order_cancelled(self, shop: ShopOrder) -> None:
		order = self.sales_order_of(shop)
		self.assertEqual((order.docstatus, order.woo_cancelled, order.status), (2, 1, "Cancelled"))
		if shop.body["status"] == "cancelled":
			self.assert_state(shop, OrderState.CANCELLED)

	def order_details(self, shop: ShopOrder) -> None:
		order = self.sales_order_of(shop)
		self.assertEqual((order.name, order.docstatus), (self.ordered_before.name, 1))
		self.assertEqual(order.woo_customer_note, "Ring twice")

	def invoiced(self, shop: ShopOrder) -> None:
		self.assert_invoice(shop, docstatus=1)
		self.assert_billed(shop)
		self.assert_paid_or_credited(shop)

	def follows(self, shop: ShopOrder) -> None:
		super().follows(shop)
		self.assert_billed(shop)

	# --- what they share ---

	def assert_order(self, shop: ShopOrder, docstatus: int) -> None:
		order = self.sales_order_of(shop)
		self.assertEqual((order.docstatus, Decimal(str(order.grand_total))), (docstatus, shop.total))
		others = {"woo_order_id": shop.order_id, "docstatus": ("<", 2)}
		self.assertEqual(frappe.get_all("Sales Order", others, pluck="name"), [order.name])
		if not self.invoice_of(shop):
			self.assert_state(shop, OrderState.SKIPPED)
			self.assertEqual(self.row_of(shop).reason, "sales_order")

	def assert_billed(self, shop: ShopOrder) -> None:
		invoice, order = self.invoice_of(shop), self.sales_order_of(shop)
		self.assertEqual(
			[(row.sales_order, row.so_detail) for row in invoice.items],
			[(order.name, row.name) for row in order.items],
		)
		self.assertEqual((order.docstatus, order.per_billed), (1, 100))

	def assert_paid_or_credited(self, shop: ShopOrder) -> None:
		self.assertEqual(Decimal(str(self.payment_of(shop).woo_amount)), shop.total)
		self.assert_credited(shop)


class TestChangesOfSalesOrders(OrderWords, ChangesTestCase, OrderedShopTestCase):
	def stand(self, column: str) -> ShopOrder:
		self.delivery_notes = DeliveryNotes.SUBMITTED if column == "delivered" else DeliveryNotes.NONE
		shop = self.new_order()
		for step in COLUMNS[column]:
			step(shop)
			booked = self.book(shop)
			self.assertNotIn(booked.what, ("held", "failed", "changed"), booked.message)
		return shop

	def remember(self, shop: ShopOrder) -> None:
		super().remember(shop)
		self.ordered_before = self.sales_order_of(shop)
		if len(self.deliveries_of(shop)):
			self.assertEqual(self.ordered_before.per_delivered, 100)

	def happen(self, row: str, shop: ShopOrder) -> None:
		if row == "refunded in full":
			_refunded(shop)
			self.booked = self.book(shop)
		else:
			super().happen(row, shop)


class TestTheTable(OrderedShopTestCase):
	def test_it_has_known_rows_and_columns_and_says_known_words(self):
		columns, rows = table(HEADING)
		self.assertEqual(columns[1:], list(COLUMNS))
		self.assertLessEqual({name for name, *_cells in rows}, {*CHANGES, *DELETIONS})
		for _name, *cells in rows:
			for word in ", ".join(cells).split(","):
				self.assertTrue(hasattr(OrderWords, word.strip().replace(" ", "_")), word)


tests_of(TestChangesOfSalesOrders, HEADING)
