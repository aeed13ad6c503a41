"""Orders of the history that have a Sales Order: a migration invoices and delivers them, for their goods are reserved; all others are nothing but books."""

from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.changes.test_stock_of_sales_orders import StockCase
from jarz_woocommerce_integration.tests.support.changing_orders import ShopOrder, books_digest
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes

OPEN, DONE = (5, 2, 3), (3, 0, 3)


class TestHistory(StockCase):
	"""Five shirts, and a store whose invoices move stock."""

	def setUp(self):
		super().setUp()
		# An invoice is posted on the day of its order.
		self.receive(5, posting_date="2026-02-01", set_posting_time=1)

	def ledger_that(self, **settings):
		return super().ledger_that(**{"historical": True, "update_stock": True, **settings})

	def assert_done(self, shop: ShopOrder, moved_by_invoice: int, deliveries: int) -> None:
		order = self.sales_order_of(shop)
		self.assertEqual((order.status, order.per_billed, order.per_delivered), ("Completed", 100, 100))
		self.assertEqual(self.invoice_of(shop).update_stock, moved_by_invoice)
		self.assertEqual(len(self.deliveries_of(shop)), deliveries)
		self.assertEqual(self.stock(), DONE)
		digest = books_digest()
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assertEqual(books_digest(), digest)

	def test_the_invoice_takes_what_its_sales_order_has_reserved(self):
		shop = self.ordered()
		self.assertEqual(self.stock(), OPEN)
		self.invoice(shop)
		self.assert_done(shop, moved_by_invoice=1, deliveries=0)

	def test_the_delivery_note_takes_it_where_the_store_has_them(self):
		self.delivery_notes = DeliveryNotes.SUBMITTED
		shop = self.ordered()
		self.invoice(shop)
		self.assert_done(shop, moved_by_invoice=0, deliveries=1)

	def test_a_draft_of_a_delivery_note_is_made_to_be_checked(self):
		self.delivery_notes = DeliveryNotes.DRAFT
		shop = self.ordered()
		self.invoice(shop)
		(note,) = self.deliveries_of(shop)
		self.assertEqual((note.docstatus, self.stock()), (0, OPEN))

	def test_an_order_without_a_sales_order_is_an_invoice_and_nothing_else(self):
		for self.delivery_notes in (DeliveryNotes.NONE, DeliveryNotes.SUBMITTED):
			with self.subTest(self.delivery_notes):
				shop = self.new_order()
				shop.set(payment_method="stripe")
				self.invoice(shop)
				self.assertEqual(self.invoice_of(shop).update_stock, 0)
				self.assertEqual((self.deliveries_of(shop), self.stock()), ([], (5, 0, 5)))

	def test_one_whose_goods_are_not_there_is_held(self):
		self.delivery_notes = DeliveryNotes.SUBMITTED
		self.ordered()
		self.deliver(self.ordered(), 2)
		self.deliver(self.ordered(), 2)
		shop = self.ordered()
		digest = books_digest()
		self.assertEqual(self.invoice(shop).what, "held")
		self.assertEqual(books_digest(), digest)


class TestMadeByAPerson(OrderedShopTestCase):
	delivery_notes = DeliveryNotes.SUBMITTED

	def test_one_that_was_invoiced_before_is_delivered_when_it_is_completed(self):
		shop = self.ordered()
		self.delivery_notes = DeliveryNotes.NONE
		self.invoice(shop)
		self.delivery_notes = DeliveryNotes.SUBMITTED
		shop.set(customer_note="Ring twice")
		self.assertEqual(self.book(shop).what, "updated")
		(note,) = self.deliveries_of(shop)
		self.assertEqual(note.docstatus, 1)
