"""The trail of an order: what is written of it, by whom, how much of it is kept, and what the form shows."""

from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.api import order_map
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext import trail as erpnext_trail
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.order_sync import sync_orders
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase, draft_factory
from jarz_woocommerce_integration.tests.live.live_case import MAP, LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.translation.drafts import Hold, Unchanged


class TestTrailOfAnOrder(LiveCase):
	def trail(self, order_id: int) -> list[dict]:
		return erpnext_trail.read(self.row(order_id).trail)

	def whats(self, order_id: int) -> list[str]:
		return [entry["what"] for entry in self.trail(order_id)]

	def test_its_first_entry_says_when_by_whom_and_what_it_became(self):
		order_id = self.add_order()
		before = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
		self.poll()
		row = self.row(order_id)
		(entry,) = self.trail(order_id)
		written = datetime.strptime(entry.pop("at"), erpnext_trail.TIME)
		self.assertTrue(before <= written <= before + timedelta(minutes=2), written)
		body = self.shop.body(order_id)
		self.assertEqual(
			entry,
			{
				"source": "scheduler",
				"what": "booked",
				"status": "processing",
				"total": body["total"],
				"currency": "EGP",
				"invoice": row.sales_invoice,
				"run": int(row.run),
			},
		)

	def test_it_follows_the_order_to_its_end(self):
		order_id = self.add_order()
		self.poll()
		first = self.row(order_id).sales_invoice
		self.shop.change_total(order_id)
		self.poll()
		second = self.row(order_id).sales_invoice
		self.shop.trash(order_id)
		self.poll()
		self.shop.restore(order_id)
		self.poll()
		trail = self.trail(order_id)
		self.assertEqual([entry["what"] for entry in trail], ["booked", "amended", "cancelled", "amended"])
		self.assertEqual([entry["invoice"] for entry in trail[:3]], [first, second, second])
		self.assertNotEqual(trail[3]["invoice"], second)
		self.assertEqual([entry["status"] for entry in trail[2:]], ["trash", "processing"])

	def test_what_says_the_same_leaves_no_entry(self):
		order_id = self.add_order()
		self.poll()
		sync_orders(STORE, [order_id])
		self.assertEqual(self.whats(order_id), ["booked"])

	def test_deleted_for_good_is_told_once_and_its_return_as_well(self):
		order_id = self.add_order()
		self.poll()
		position = self.shop.index.position(order_id)
		status, body = self.shop.index.status[position], self.shop._changed[order_id]
		self.shop.delete(order_id)
		for _time in range(2):
			sync_orders(STORE, [order_id])
		self.assertEqual(self.whats(order_id), ["booked", "deleted"])
		self.shop.index.status[position], self.shop._changed[order_id] = status, body
		sync_orders(STORE, [order_id])
		self.assertEqual(self.whats(order_id), ["booked", "deleted", "restored"])
		self.assertEqual(self.row(order_id).state, "Synced")

	def test_failures_of_one_kind_are_counted_in_one_entry(self):
		order_id = self.add_order()
		with self.failing(order_id):
			for _time in range(3):
				sync_orders(STORE, [order_id])
		(entry,) = self.trail(order_id)
		self.assertEqual((entry["what"], entry["again"], entry["source"]), ("failed", 2, "person"))
		self.assertIn("nonsense", entry["message"])
		self.poll()
		self.assertEqual(self.whats(order_id), ["failed", "booked"])

	def test_the_form_is_told_of_what_waits_in_both_directions(self):
		order_id = self.add_order()
		self.poll()
		inbox.note(STORE, inbox.ORDER, order_id, inbox.WEBHOOK, "order.updated")
		frappe.db.set_value("WooCommerce Inbox", {"woo_id": order_id, "state": "Waiting"}, {"attempts": 2})
		outbox.add(STORE, order_id, outbox.STATUS, "completed", ("Sales Invoice", "SI-1"))
		told = order_map.trail(self.row_name(order_id))
		(waiting,), (sending,) = told["inbox"], told["outbox"]
		self.assertEqual((waiting.topic, waiting.source, waiting.attempts), ("order.updated", "Webhook", 2))
		self.assertEqual((sending.action, sending.value, sending.state), ("Status", "completed", "Waiting"))
		(entry,) = told["entries"]
		self.assertLess(abs(now_datetime() - entry["at"]), timedelta(minutes=2), "on the site's clock")

	def row_name(self, order_id: int) -> str:
		return frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id})


class TestTrailInTheLedger(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make, self.ledger = draft_factory(), self.open_ledger()

	def book(self, *outcomes):
		self.ledger.create_masters(outcomes)
		return self.ledger.book_page(PageRecord(0, 0), outcomes).orders

	def trail(self, order_id: int) -> list[dict]:
		return erpnext_trail.read(frappe.db.get_value(MAP, {"woo_order_id": order_id}, "trail"))

	def test_the_first_entry_and_the_last_ones_are_kept(self):
		for number in range(erpnext_trail.KEPT + 5):
			self.book(self.make.unbooked(1, Hold("r", f"Held {number}.", "Do.")))
		trail = self.trail(1)
		self.assertEqual(len(trail), erpnext_trail.KEPT + 1)
		self.assertEqual(trail[0]["message"], "Held 0.")
		self.assertEqual(trail[-1]["message"], f"Held {erpnext_trail.KEPT + 4}.")
		self.assertEqual(trail[1]["message"], "Held 5.")

	def test_texts_of_the_shop_dont_break_it(self):
		message = 'A "line"\nof\u2028two \u0645\u0631\u062d\u0628\u0627 <b>bold</b> \ud83d'
		self.book(self.make.unbooked(1, Hold("r", message, "Do.")))
		self.book(self.make.booked(1))
		first, second = self.trail(1)
		self.assertEqual((first["what"], second["what"]), ("held", "booked"))
		self.assertIn("two \u0645\u0631\u062d\u0628\u0627 <b>", first["message"])

	def test_a_whole_page_costs_two_queries_and_an_unchanged_one_costs_one(self):
		outcomes = [self.make.unbooked(number, Hold("r", "Held.", "Do.")) for number in range(1, 41)]
		booked = self.book(*outcomes)
		record = PageRecord(0, 0, source="webhook")
		for changed, queries in ((booked, 2), ([self.unchanged(order) for order in booked], 1)):
			with self.assertQueryCount(queries):
				erpnext_trail.add(self.ledger.store, record, outcomes, changed)

	def unchanged(self, booked):
		return type(booked)(booked.order_id, booked.state, "unchanged")

	def test_an_order_that_says_the_same_is_written_nothing_of(self):
		self.book(self.make.booked(1))
		self.book(self.make.unbooked(1, Unchanged()))
		self.assertEqual(len(self.trail(1)), 1)
