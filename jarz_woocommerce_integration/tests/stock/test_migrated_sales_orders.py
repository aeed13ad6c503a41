"""An order with a Sales Order is invoiced and delivered by whichever way its change in the shop is seen."""

import time

import frappe

from jarz_woocommerce_integration.patches.v1_6 import deliver_half_done
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import work as inbox_work
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.tests.stock.test_restocked_refunds import SalesOrdersCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

MAP = "WooCommerce Order Map"
DONE = ("Completed", 100, 100)


class MigratedCase(SalesOrdersCase):
	orders = 0

	def setUp(self):
		super().setUp()
		self.in_step()
		self.order_id = self.shop.buy({self.mug: 3})

	def migrate(self) -> None:
		time.sleep(1.1)  # what was made in the second in which it begins is left to the live sync
		order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)
		frappe.db.rollback()

	def sales_order(self) -> tuple:
		fields = ["status", "per_billed", "per_delivered"]
		return frappe.db.get_value("Sales Order", {"woo_order_id": self.order_id}, fields)

	def ordered(self, reserved: int = 3) -> None:
		"""The order was open when its shop was migrated."""
		self.migrate()
		self.assertEqual((self.sales_order(), self.reserved()), (("To Deliver and Bill", 0, 0), reserved))

	def change(self, status: str) -> None:
		time.sleep(1.1)
		self.shop.set_status(self.order_id, status)

	def assert_done(self, stock: int = 7, reserved: int = 0) -> None:
		frappe.db.rollback()
		self.assertEqual((self.sales_order(), self.reserved()), (DONE, reserved))
		self.assertEqual(self.in_books("MUG"), stock)


class TestEveryWay(MigratedCase):
	def test_a_second_migration(self):
		self.ordered()
		self.change("completed")
		self.migrate()
		self.assert_done()
		self.assertEqual(self.deliveries(), [(1, 0, 3)])

	def test_a_second_migration_of_a_store_whose_invoices_move_stock(self):
		self.deliver("None")
		self.ordered()
		self.change("completed")
		self.migrate()
		self.assert_done()
		self.assertEqual(self.deliveries(), [])

	def test_a_migration_of_what_the_live_sync_has_ordered(self):
		self.poll()
		self.change("completed")
		self.migrate()
		self.assert_done()

	def test_a_look_at_the_shop(self):
		self.ordered()
		self.change("completed")
		self.poll()
		self.assert_done()

	def test_a_look_at_the_shop_where_an_item_of_the_order_is_gone(self):
		"""Its Sales Order stands on the placeholder, as all of the history whose items aren't known."""
		self.choose(unknown_items="Placeholder")
		lamp = self.shop.create_product(0, name="Lamp", sku="LAMP", regular_price="100")
		self.order_id = self.shop.buy({self.mug: 3, lamp: 1})
		self.ordered(reserved=6)
		self.change("completed")
		self.poll()
		self.assert_done(reserved=3)

	def test_a_comparison(self):
		self.ordered()
		self.change("completed")
		reconciliation.reconcile(STORE, whole=False)
		inbox_work.work_on(STORE)
		self.assert_done()

	def test_a_person_who_asks_for_it(self):
		self.ordered()
		self.change("completed")
		order_sync.sync_orders(STORE, [self.order_id])
		self.assert_done()

	def test_one_that_is_refunded_is_credited_and_its_goods_come_back(self):
		self.ordered()
		self.change("completed")
		self.migrate()
		self.refund_in_shop(self.order_id, 1)
		self.migrate()
		self.assert_done(stock=8)
		self.assertEqual(self.deliveries(), [(1, 0, 3), (1, 1, -1)])
		self.assertEqual(frappe.db.count("Sales Invoice", {"is_return": 1, "docstatus": 1}), 1)

	def test_one_that_is_refunded_before_it_is_completed_leaves_nothing_open(self):
		self.ordered()
		self.refund_in_shop(self.order_id, 3)
		self.change("refunded")
		self.migrate()
		self.assert_done(stock=10)

	def test_goods_that_an_invoice_has_moved_come_back_with_its_credit_note(self):
		self.deliver("None")
		self.ordered()
		self.change("completed")
		self.migrate()
		self.refund_in_shop(self.order_id, 1)
		self.migrate()
		self.assert_done(stock=8)

	def test_one_that_is_cancelled_leaves_nothing(self):
		self.ordered()
		self.change("cancelled")
		self.migrate()
		self.assertEqual((self.sales_order()[0], self.reserved()), ("Cancelled", 0))

	def test_the_live_sync_after_a_migration_finds_nothing_to_do(self):
		self.ordered()
		self.change("completed")
		self.migrate()
		self.poll()
		self.migrate()
		self.assert_done()
		self.assertEqual(self.deliveries(), [(1, 0, 3)])


class TestHalfDone(MigratedCase):
	"""Invoiced by a version that left the Delivery Note to the live sync, which took the order for unchanged."""

	def setUp(self):
		super().setUp()
		self.deliver("None")
		self.choose(update_stock=0)
		self.ordered()
		self.change("completed")
		self.migrate()
		self.assertEqual(self.sales_order(), ("To Deliver", 100, 0))
		self.choose(update_stock=1)

	def test_the_live_sync_completes_it_after_the_update(self):
		self.deliver("Submitted")
		self.poll()
		self.assertEqual(self.deliveries(), [])
		deliver_half_done.execute()
		frappe.db.commit()
		self.poll()
		self.assert_done()

	def test_the_next_migration_completes_it_where_the_store_is_not_kept_in_step(self):
		self.deliver("Submitted")
		self.choose(live_sync=0)
		deliver_half_done.execute()
		frappe.db.commit()
		self.migrate()
		self.assert_done()

	def test_a_store_without_delivery_notes_leaves_it_to_people(self):
		before = self.row(self.order_id).payload_hash
		deliver_half_done.execute()
		self.assertTrue(before)
		self.assertEqual(frappe.db.get_value(MAP, {"woo_order_id": self.order_id}, "payload_hash"), before)
