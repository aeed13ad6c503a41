"""A shop whose orders become Sales Orders before they are invoiced: what the tests of them share."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase, ShopOrder
from jarz_woocommerce_integration.translation.drafts import Action, DeliveryNotes
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

STATUSES = {
	"pending": Action.IGNORE,
	"failed": Action.IGNORE,
	"on-hold": Action.SALES_ORDER_DRAFT,
	"processing": Action.SALES_ORDER,
	"completed": Action.SUBMIT_AND_PAY,
	"refunded": Action.SUBMIT_AND_PAY,
	"cancelled": Action.CANCEL,
	"trash": Action.CANCEL,
}


class OrderedShopTestCase(ChangingOrdersTestCase):
	"""Orders that wait for payment are drafts of Sales Orders, those that are paid are submitted; completed ones are invoiced."""

	delivery_notes = DeliveryNotes.NONE

	def setUp(self):
		super().setUp()
		policy = self.policy.model_copy(update={"statuses": STATUSES})
		self.translator = Translator(policy, TerritoryIndex([], {}), self.translator.time_zone)

	def ledger_that(self, **settings):
		return super().ledger_that(**{"delivery_notes": self.delivery_notes, **settings})

	def ordered(self, **settings) -> ShopOrder:
		"""An order that is paid by card and has a submitted Sales Order."""
		shop = self.new_order()
		shop.set(payment_method="stripe", payment_method_title="Card")
		shop.to("processing", paid=True)
		booked = self.book(shop, **settings)
		self.assertEqual(booked.what, "booked", booked.message)
		return shop

	def invoice(self, shop: ShopOrder, **settings) -> Booked:
		shop.to("completed", paid=True)
		return self.book(shop, **settings)

	def sales_order_of(self, shop: ShopOrder) -> Document | None:
		"""The Sales Order that the Order Map links."""
		key = {"store": STORE, "woo_order_id": shop.order_id}
		name = frappe.db.get_value("WooCommerce Order Map", key, "sales_order")
		return frappe.get_doc("Sales Order", name) if name else None

	def deliveries_of(self, shop: ShopOrder) -> list[Document]:
		names = frappe.get_all(
			"Delivery Note", {"woo_order_id": shop.order_id}, pluck="name", order_by="name"
		)
		return [frappe.get_doc("Delivery Note", name) for name in names]
