"""The live sync beside a migration: what that one has yet to come to is left to it, and all else is booked at once."""

from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.tests.live.live_case import INBOX, LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestBesideAMigration(LiveCase):
	orders = 6

	def setUp(self):
		super().setUp()
		self.old = [self.add_order() for _order in range(3)]
		for order_id in self.old:
			self.shop.update(order_id, {"date_created_gmt": "2026-01-02T03:04:05"})
		values = {"store": STORE, "kind": "Migration", "status": "Running", "started": now_datetime()}
		values |= {"workers": 2, "parameters": "{}", "next_page": 1}
		values["before_gmt"] = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=1)
		self.run = frappe.get_doc({"doctype": site_runs.RUN, **values}).insert(ignore_permissions=True)
		frappe.db.commit()

	def work_on(self, *order_ids: int, source: str = inbox.WEBHOOK):
		inbox.note_many(STORE, inbox.ORDER, [(order_id, None) for order_id in order_ids], source)
		frappe.db.commit()
		inbox_work.work_on(STORE)

	def booked(self) -> set[int]:
		frappe.db.rollback()
		return set(frappe.get_all("Sales Invoice", {"docstatus": 1}, pluck="woo_order_id"))

	def test_its_orders_are_left_to_it_and_new_ones_are_booked(self):
		new = self.add_order()
		self.work_on(*self.old, new)
		self.assertEqual(self.booked(), {new})
		waiting = self.inbox(state="Waiting")
		self.assertEqual({row.woo_id for row in waiting}, set(self.old))
		self.assertEqual(
			{(row.attempts, row.at_once, bool(row.next_attempt)) for row in waiting}, {(0, 0, True)}
		)

		self.run.db_set("status", "Stopped")
		frappe.db.set_value(INBOX, {"state": "Waiting"}, "next_attempt", None)
		self.work_on()
		self.assertEqual(self.booked(), {new, *self.old})

	def test_what_it_has_booked_follows_its_order(self):
		order_id = self.old[0]
		self.run.db_set("status", "Stopped")
		self.work_on(order_id)
		self.run.db_set("status", "Running")
		self.shop.set_status(order_id, "cancelled")
		self.work_on(order_id)
		self.assertEqual(self.row(order_id).woo_status, "cancelled")

	def test_an_order_that_a_person_asks_for_is_booked(self):
		self.work_on(self.old[0], source=inbox.PERSON)
		self.assertEqual(self.booked(), {self.old[0]})
