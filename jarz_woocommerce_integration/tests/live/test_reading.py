"""The look at the shop sees everything, and notices when it doesn't: time zones, known orders, thousands that were touched."""

from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.sample_store import SampleShop
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.live import state as live_state, sync as live_sync
from jarz_woocommerce_integration.services.live.session import open_live_session
from jarz_woocommerce_integration.services.monitoring import live_alerts, live_health
from jarz_woocommerce_integration.store import date_check, dates, modified
from jarz_woocommerce_integration.store.http.answers import decode
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.tests.live.live_case import INBOX, MAP, LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.zones import FEW


def utc_now() -> datetime:
	return datetime.now(timezone.utc).replace(tzinfo=None)


def old_form(moments, zone):
	"""How dates were once written: with a zone and `dates_are_gmt`."""
	asked = dates.date_filters(moments, None)
	return {name: value if name == "dates_are_gmt" else f"{value}Z" for name, value in asked.items()}


class ReadingCase(LiveCase):
	zone = "Africa/Cairo"  # a zone in which a misread date matters

	def setUp(self):
		super().setUp()
		self.forget_knowledge()

	def forget_knowledge(self):
		frappe.cache.delete_keys("woo_store_knowledge")

	@contextmanager
	def misread(self, *modules):
		"""What these modules ask for by date, the shop reads in its own zone."""
		with ExitStack() as stack:
			for module in modules:
				stack.enter_context(patch.object(module, "date_filters", old_form))
			yield

	def asked(self) -> list[str]:
		return [line.partition("?")[2] for line in self.sample.requests if "/orders?" in line]


class TestZones(ReadingCase):
	def test_what_is_made_and_changed_is_seen_in_every_zone_at_every_hour(self):
		for moment in FEW:
			with self.subTest(str(moment)):
				self.assertEqual(self.seen_at(moment), {"made": 2, "changed": 1})

	def seen_at(self, moment) -> dict[str, int]:
		now = [moment.now - timedelta(hours=2)]
		self.shop = self.sample.shop = SampleShop(5, 10, zone=moment.zone, clock=lambda: now[0].timestamp())
		self.sample._selections.clear()
		self.forget_knowledge()
		frappe.db.delete(INBOX)
		changed = self.add_order()
		now[0] = moment.now - timedelta(minutes=5)
		made = [self.add_order()]
		now[0] = moment.now
		self.shop.change_total(changed)
		made.append(self.add_order())
		self.begin(live_sync=1, live_since=to_utc_column(moment.now - timedelta(minutes=10)))
		with patch.object(live_sync.Work, "until_nothing_is_due", lambda work: {}):
			done = self.poll()
		self.assertEqual(done["status"], "done")
		noted = {row.woo_id for row in self.inbox()}
		return {"made": len(noted.intersection(made)), "changed": len(noted & {changed})}


class TestKnownOrders(ReadingCase):
	def test_in_a_shop_of_which_nothing_is_known_its_own_newest_order_must_be_given(self):
		self.add_order()
		with self.misread(modified, date_check):
			done = self.poll()
		self.assertIn("leaves out order", done["status"])
		self.assert_stopped()
		self.poll()
		self.assert_goes_on()

	def test_the_newest_order_of_the_look_before_must_be_in_the_list(self):
		order_id = self.add_order()
		self.poll()
		reached = self.of_store().noted_until
		late = self.add_order()
		inbox.note(STORE, inbox.ORDER, late, inbox.WEBHOOK)
		frappe.db.commit()
		with self.misread(modified):
			done = self.poll()
		self.assertIn(f"leaves out order {order_id}", done["status"])
		self.assert_stopped(reached)
		self.assertEqual(self.row(late).state, "Synced", "what a webhook told is booked all the same")
		self.poll()
		self.assert_goes_on()

	def test_in_a_quiet_shop_the_newest_known_order_is_asked_for_by_itself(self):
		order_id = self.add_order()
		self.poll()
		self.begin(live_sync=1, noted_until=utc_now() + timedelta(minutes=3))
		before = len(self.asked())
		self.poll()
		asked = [query for query in self.asked()[before:] if f"include={order_id}&" in f"{query}&"]
		self.assertEqual(len(asked), 1)
		with self.misread(date_check):
			self.assertIn(f"leaves out order {order_id}", self.poll()["status"])
		self.assert_stopped()

	def test_what_became_of_a_known_order_meanwhile_raises_no_alarm(self):
		happened = {
			"changed again": lambda order_id: self.shop.change_total(order_id),
			"in the trash": lambda order_id: self.shop.trash(order_id),
			"deleted for good": lambda order_id: self.shop.delete(order_id),
			"in a status that no list shows": lambda order_id: self.shop.set_status(order_id, "lost"),
		}
		for what, happen in happened.items():
			with self.subTest(what):
				order_id = self.add_order()
				self.poll()
				happen(order_id)
				self.assertEqual(self.poll()["status"], "done")
				self.assertFalse(self.of_store().sync_stopped)

	def test_where_the_newest_known_order_is_gone_the_next_one_must_be_given(self):
		self.add_order()
		self.poll()
		gone = self.add_order()
		self.poll()
		self.shop.delete(gone)
		with self.misread(modified, date_check):
			self.assertIn("leaves out order", self.poll()["status"])
		self.assert_stopped()

	def test_a_cache_that_drops_the_query_stops_it(self):
		self.add_order()
		self.poll()
		self.sample.drops = (
			"modified_after",
			"include",
			"per_page",
			"orderby",
			"order",
			"_fields",
			"offset",
			"page",
		)
		try:
			self.assertIn("Exclude everything below /wp-json", self.poll()["status"])
			self.assert_stopped()
		finally:
			self.sample.drops = ()

	def assert_stopped(self, noted_until=None):
		store = self.of_store()
		self.assertTrue(store.sync_stopped)
		if noted_until:
			self.assertEqual(store.noted_until, noted_until)
		point = next(p for p in live_health.health([STORE])["stores"][0]["points"] if p["key"] == "lag")
		self.assertEqual(point["color"], "red")
		self.assertEqual(point["text"], store.sync_error)
		(standing,) = live_health.standings([STORE])
		self.assertIn("stopped", [trouble.kind for trouble in live_alerts.troubles_of(standing)])
		self.assertTrue(live_state.may_be_asked(STORE), "webhooks are worked on")

	def assert_goes_on(self):
		store = self.of_store()
		self.assertFalse(store.sync_error)
		self.assertFalse(store.sync_stopped)
		self.assertTrue(store.noted_until)


class TestTouched(ReadingCase):
	touched = 2000

	def setUp(self):
		super().setUp()
		self.shop = self.sample.shop = SampleShop(seed=5, orders=self.touched)
		self.sample._selections.clear()
		self.ids = self.shop.order_ids({"completed", "processing"})
		self.book(self.ids)

	def test_thousands_that_a_plugin_has_touched_cost_an_entry_each_and_delay_no_new_one(self):
		self.touch(self.ids)
		address, held = self.ids[10], self.ids[20]
		self.shop.update(address, {"billing": {**self.shop.body(address)["billing"], "city": "Aswan"}})
		frappe.db.set_value(MAP, {"woo_order_id": held}, "state", "Held")
		frappe.db.commit()
		new = self.add_order()
		before, listed = self.sample.served, len(self.asked())
		with self.reading() as read:
			done = self.poll()
		self.assertEqual(done["status"], "done")
		self.assertEqual(done["touched"], len(self.ids) - 2)
		self.assertEqual(read[0][0], new, "the new one is booked first")
		self.assertEqual(sorted(order_id for ids in read for order_id in ids), sorted([address, held, new]))
		self.assertEqual(self.row(new).state, "Synced")
		lists = len(
			[query for query in self.asked()[listed:] if "modified_after" in query and "include" not in query]
		)
		self.assertLessEqual(lists, len(self.ids) // 60 + 2, "some of each second are listed twice")
		self.assertLessEqual(self.sample.served - before, lists + 20)
		stamps = dict(frappe.get_all(MAP, fields=["woo_order_id", "modified_gmt"], as_list=True))
		for order_id in self.ids[30:]:
			self.assertEqual(str(stamps[order_id]), self.stamp_of(order_id))
		self.assertEqual(self.poll()["noted"], 0)

	def test_their_webhooks_dont_delay_it_either(self):
		inbox.note_many(STORE, inbox.ORDER, ((order_id, None) for order_id in self.ids[:200]), inbox.WEBHOOK)
		new = self.add_order()
		inbox.note(STORE, inbox.ORDER, new, inbox.WEBHOOK, "order.created")
		frappe.db.commit()
		due = inbox.due(STORE, inbox.ORDER, inbox.ALL_SOURCES, 50)
		self.assertEqual(due[0], new)

	def book(self, order_ids) -> None:
		"""Have the Order Map know these orders as they are."""
		now, rows = now_datetime(), []
		with open_live_session(STORE) as session:
			orders = [parse(Order, decode(encode(self.shop.body(order_id)))) for order_id in order_ids]
			known = [session.translator_for(order).facts_by_itself(order) for order in orders]
		for order_id, facts in zip(order_ids, known, strict=True):
			stamp = to_utc_column(facts.modified_at)
			row = (f"touched-{order_id}", now, now, STORE, order_id, "Synced", facts.status, facts.total)
			rows.append((*row, facts.currency, facts.payload_hash, to_utc_column(facts.created_at), stamp))
		columns = ["name", "creation", "modified", "store", "woo_order_id", "state", "woo_status", "total"]
		columns += ["currency", "payload_hash", "created_gmt", "modified_gmt"]
		frappe.db.bulk_insert(MAP, columns, rows)
		frappe.db.commit()

	def touch(self, order_ids) -> None:
		"""Within ten seconds."""
		now = int(utc_now().replace(tzinfo=timezone.utc).timestamp())
		for place, order_id in enumerate(order_ids):
			with patch.object(self.shop, "now", lambda place=place: now - 10 + place * 10 // len(order_ids)):
				self.shop.update(order_id, {})

	@contextmanager
	def reading(self):
		"""The ids of each time that orders are read to be booked."""
		work = inbox_work.Work.work_on_orders
		read: list[list[int]] = []

		def counted(working, order_ids, *arguments):
			read.append(list(order_ids))
			return work(working, order_ids, *arguments)

		with patch.object(inbox_work.Work, "work_on_orders", counted):
			yield read
