"""What the shop and the Order Map say differently is found, heals, and is told where it doesn't."""

from datetime import timedelta

import frappe
from frappe.utils import get_datetime

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.tests.reconciliation.reconciliation_case import (
	MAP,
	ReconciliationTestCase,
	utc_now,
)
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, books_digest


class TestReconciliation(ReconciliationTestCase):
	"""Each kind of difference is found by the hour and by night, and heals."""

	# --- what differs ---

	def assert_heals(self, order_id, kind):
		before = books_digest()
		self.assert_found(self.recent(), order_id, kind)
		(row,) = self.noted()
		self.assertEqual((row.woo_id, row.source, row.resource), (order_id, "Reconciliation", "order"))
		self.assertEqual(books_digest(), before, "a reconciliation books nothing")
		self.assert_found(self.whole(), order_id, kind, "waiting")
		self.assertEqual(self.noted_ids(), [order_id], "noted once")
		self.heal()
		self.assert_nothing_differs(self.recent())
		self.assert_nothing_differs(self.whole())
		self.assertEqual(self.noted_ids(), [])
		self.tell.assert_not_called()

	def test_an_order_that_nobody_told_of(self):
		order_id = self.shop.add_order()
		self.assert_heals(order_id, "missing")
		self.assertTrue(self.state(order_id))

	def test_a_changed_total(self):
		order_id = self.order()
		self.shop.change_total(order_id)
		self.assert_heals(order_id, "total")

	def test_a_changed_status(self):
		order_id = self.order(woo_status="processing")
		self.shop.set_status(order_id, "completed")
		self.assert_heals(order_id, "status")

	def test_a_changed_currency(self):
		order_id = self.order(1)
		self.shop.update(order_id, {"currency": "USD"})
		self.assert_heals(order_id, "currency")

	def test_a_changed_stamp_alone(self):
		order_id = self.order(2)
		self.shop.update(order_id, {})
		self.assert_heals(order_id, "stamp")

	def test_an_order_in_the_trash_and_out_of_it_again(self):
		order_id = self.order(3)
		self.shop.trash(order_id)
		self.assert_heals(order_id, "status")
		self.shop.restore(order_id)
		self.assert_heals(order_id, "status")

	def test_an_order_that_is_deleted_for_good(self):
		order_id = self.order(4)
		self.shop.update(order_id, {})
		order_sync.sync_orders(STORE, [order_id])
		self.shop.delete(order_id)
		self.assert_heals(order_id, "gone")
		self.assertEqual(self.state(order_id), "Deleted in Store")

	def test_an_old_order_that_is_deleted_for_good_is_found_by_night(self):
		order_id = self.old_order(5)
		self.shop.delete(order_id)
		self.assert_nothing_differs(self.recent())
		self.assert_found(self.whole(), order_id, "gone")
		self.heal()
		self.assertEqual(self.state(order_id), "Deleted in Store")
		self.assert_nothing_differs(self.whole())

	def test_a_refund_that_is_made_and_removed(self):
		order_id = self.order(6, woo_status="completed", refunded_total=0, total=(">", 50))
		refund = self.shop.refund(order_id, "10.00")
		self.assert_heals(order_id, "stamp")
		stamp = self.map(order_id, "modified_gmt")
		self.shop.delete_refund(order_id, refund["id"])
		self.assert_heals(order_id, "refunds")
		self.assertEqual(self.map(order_id, "modified_gmt"), stamp)

	def test_a_refund_of_last_week_that_is_removed_is_seen_within_the_hour(self):
		order_id = self.order(7, woo_status="completed", refunded_total=0, total=(">", 50))
		refund = self.shop.refund(order_id, "10.00")
		order_sync.sync_orders(STORE, [order_id])
		week_ago = get_datetime(self.map(order_id, "modified_gmt")) - timedelta(days=7)
		self.set_stamp(order_id, week_ago)
		self.assert_nothing_differs(self.recent())
		self.shop.delete_refund(order_id, refund["id"])
		self.assert_heals(order_id, "refunds")

	def test_an_old_order_that_is_not_in_the_order_map_is_found_by_night(self):
		order_id = self.old_order(8)
		frappe.db.delete(MAP, {"store": STORE, "woo_order_id": order_id})
		frappe.db.commit()
		self.assert_nothing_differs(self.recent())
		self.assert_found(self.whole(), order_id, "missing")
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_an_order_that_is_marked_as_deleted_and_is_there_again_is_found_by_night(self):
		order_id = self.old_order(9)
		self.set_map(order_id, state="Deleted in Store")
		self.assert_found(self.whole(), order_id, "back")
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_an_order_that_failed_is_found_by_night_and_left_to_a_person_when_it_was_given_up(self):
		order_id = self.old_order(10)
		self.set_map(order_id, state="Failed", message="The disk was full.", payload_hash="")
		self.assert_found(self.whole(), order_id, "failed")
		self.end("Given Up")
		self.assert_found(self.whole(), order_id, "failed", "given_up")
		self.assertEqual(self.noted_ids(), [])
		order_sync.sync_orders(STORE, [order_id])
		self.assert_nothing_differs(self.whole())

	# --- what is done about it ---

	def touched(self, number=0):
		"""An order that was changed in the shop, and nobody told of it."""
		order_id = self.order(number, changed=("is", "not set"))
		self.shop.update(order_id, {})
		self.addCleanup(order_sync.sync_orders, STORE, [order_id])
		return order_id

	def test_a_held_order_is_not_noted_until_something_is_new(self):
		order_id = self.order(state="Held")
		self.assert_nothing_differs(self.whole())
		self.shop.update(order_id, {})
		self.assert_found(self.recent(), order_id, "stamp")
		self.heal()
		self.assertEqual(self.state(order_id), "Held")
		self.assert_nothing_differs(self.recent())
		self.assert_nothing_differs(self.whole())

	def test_what_waits_in_the_inbox_is_not_noted_again(self):
		order_id = self.touched()
		inbox.note(STORE, inbox.ORDER, order_id, inbox.WEBHOOK, "order.updated")
		frappe.db.commit()
		self.assert_found(self.recent(), order_id, "stamp", "waiting")
		self.assertEqual([row.source for row in self.noted()], ["Webhook"])

	def test_what_was_given_up_waits_for_a_person_until_something_is_new(self):
		order_id = self.touched()
		self.recent()
		self.end("Given Up")
		self.assert_found(self.recent(), order_id, "stamp", "given_up")
		self.assert_found(self.whole(), order_id, "stamp", "given_up")
		self.set_stamp(order_id, utc_now() + timedelta(hours=1), of_map=False)
		self.assert_found(self.recent(), order_id, "stamp")
		self.tell.assert_not_called()

	def test_what_was_worked_on_and_still_differs_is_told_once_and_read_again_once_a_night(self):
		order_id = self.touched()
		first = self.recent()
		self.end()
		again = self.recent()
		self.assert_found(again, order_id, "stamp", "stays")
		self.assertEqual(again["kinds"]["stamp"]["since"], first["when"])
		self.assertEqual(self.noted_ids(), [])
		((store, subject, lines),) = [call.args for call in self.tell.call_args_list]
		self.assertEqual(store, STORE)
		self.assertIn("orders that stay different from the shop: 1", subject)
		self.assertTrue(any(f"Order {order_id}:" in line for line in lines))

		self.assert_found(self.whole(), order_id, "stamp")
		self.end()
		for result in (self.recent(), self.whole(), self.recent()):
			self.assertEqual(list(result["kinds"]), ["stamp"])
			self.end()
		self.assertEqual(self.tell.call_count, 1)

		self.shop.update(order_id, {})
		self.heal()
		order_sync.sync_orders(STORE, [order_id])
		self.assert_nothing_differs(self.recent())
		self.assertEqual(self.kept()["recent"]["remembered"], [])

	def test_another_difference_of_the_same_order_is_a_new_one(self):
		order_id = self.touched()
		self.recent()
		self.end()
		self.set_stamp(order_id, utc_now() + timedelta(hours=1), of_map=False)
		self.assert_found(self.recent(), order_id, "stamp")
		self.tell.assert_not_called()

	def test_what_no_list_shows_but_is_there_is_no_difference_once_it_was_asked_for(self):
		order_id = self.order(3)
		self.shop.set_status(order_id, "lost")
		order_sync.sync_orders(STORE, [order_id])
		self.addCleanup(order_sync.sync_orders, STORE, [order_id])
		self.addCleanup(self.shop.set_status, order_id, "completed")
		self.assert_found(self.recent(), order_id, "gone")
		self.heal()
		again = self.recent()
		self.assert_found(again, order_id, "hidden", "stays")
		self.assertEqual(again["differ"], 0)
		self.tell.assert_not_called()

	def test_a_store_that_is_not_kept_in_step_is_compared_and_nothing_is_noted(self):
		order_id = self.touched()
		frappe.db.set_value("WooCommerce Store", STORE, "live_sync", 0, update_modified=False)
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "live_sync", 1)
		result = self.recent()
		self.assert_found(result, order_id, "stamp", "listed")
		self.assertFalse(result["heals"])
		self.assertEqual(self.noted_ids(), [])

	def test_orders_that_no_migration_has_read_are_none_of_its_business(self):
		order_id = self.order(4)
		row = frappe.get_doc(MAP, {"store": STORE, "woo_order_id": order_id})
		frappe.db.delete(MAP, {"name": row.name})
		runs = {"store": STORE, "kind": "Migration", "status": "Completed"}
		frappe.db.set_value("WooCommerce Sync Run", runs, "status", "Stopped")
		frappe.db.commit()
		self.assert_nothing_differs(self.whole())
		frappe.db.set_value("WooCommerce Sync Run", {**runs, "status": "Stopped"}, "status", "Completed")
		frappe.db.commit()
		self.assert_found(self.whole(), order_id, "missing")
		self.heal()

	def test_what_is_kept_with_the_store_is_no_longer_what_an_open_form_says(self):
		form = frappe.get_doc("WooCommerce Store", STORE)
		self.recent()
		form.save()
		self.assertEqual(self.kept()["recent"]["differ"], 0)
		self.assertTrue(frappe.db.get_value("WooCommerce Store", STORE, "last_reconciled"))
