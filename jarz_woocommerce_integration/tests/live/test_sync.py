"""Looking at the shop: the cursor, what is noted and what comes of it, outages, and the minute's tick."""

import os
import subprocess
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, get_bench_path, now_datetime
from frappe.utils.background_jobs import get_job, get_queue

from jarz_woocommerce_integration.api import store as api_of_store
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.services.desk.setup import check_store
from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.live import (
	pauses as live_pauses,
	state as live_state,
	sync as live_sync,
)
from jarz_woocommerce_integration.services.live.sync import OVERLAP, POLL_LOCK
from jarz_woocommerce_integration.services.session import runs as site_runs, work_queue
from jarz_woocommerce_integration.services.session.session import budget_of
from jarz_woocommerce_integration.tests.live.live_case import INBOX, MAP, LiveCase
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, jobs_in, queue_at
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, bench_command

SECOND = timedelta(seconds=1)


def utc_now() -> datetime:
	return datetime.now(timezone.utc).replace(tzinfo=None)


class TestFromOrderToInvoice(LiveCase):
	def test_an_order_that_was_made_in_the_shop_is_a_submitted_invoice_after_one_look(self):
		order_id = self.add_order()
		done = self.poll()
		self.assertEqual((done["status"], done["noted"], done["done"]), ("done", 1, 1), done)
		row = self.row(order_id)
		self.assertEqual(row.state, "Synced", row.message)
		(invoice,) = self.invoices_of(order_id)
		self.assertEqual((invoice.name, invoice.docstatus), (row.sales_invoice, 1))
		self.assertEqual([found.state for found in self.inbox(order_id)], ["Done"])

	def test_put_into_the_trash_and_taken_out_again_it_is_seen(self):
		order_id = self.add_order()
		self.poll()
		self.shop.trash(order_id)
		self.poll()
		row = self.row(order_id)
		self.assertEqual((row.woo_status, row.state), ("trash", "Cancelled"))
		self.shop.restore(order_id)
		self.poll()
		self.assertEqual(self.row(order_id).woo_status, "processing")

	def test_an_order_that_says_the_same_costs_no_booking(self):
		order_id = self.add_order()
		self.poll()
		requests_before = self.sample.served
		with self.counting_pages() as pages:
			done = self.poll()
		self.assertEqual((done["seen"], done["noted"]), (1, 0))
		self.assertEqual(pages, [])
		self.assertEqual(len(self.inbox(order_id)), 1)
		self.assertLessEqual(self.sample.served - requests_before, 3)

	def test_an_order_that_was_deleted_and_is_there_again_is_seen(self):
		order_id = self.add_order()
		self.poll()
		frappe.db.set_value(MAP, {"woo_order_id": order_id}, "state", "Deleted in Store")
		frappe.db.commit()
		self.poll()
		self.assertEqual(self.row(order_id).state, "Synced")

	def test_changed_twice_within_a_second_it_is_seen_as_it_is_at_last(self):
		order_id = self.add_order()
		self.poll()
		body = self.shop.body(order_id)
		stamp = body["date_modified_gmt"]
		self.shop.set_status(order_id, "completed")
		self.shop.update(order_id, {"date_modified_gmt": stamp})
		self.assertEqual(self.shop.body(order_id)["date_modified_gmt"], stamp)
		self.assertEqual(self.poll()["noted"], 1)
		self.assertEqual(self.row(order_id).woo_status, "completed")
		self.assertEqual(self.poll()["noted"], 0)

	def test_a_part_that_is_refunded_within_the_second_in_which_it_was_booked_is_seen(self):
		order_id = self.add_order()
		self.poll()
		stamp = self.shop.body(order_id)["date_modified_gmt"]
		self.shop.refund(order_id, "1.00")["date_created_gmt"] = stamp
		self.shop.update(order_id, {"date_modified_gmt": stamp})
		self.assertEqual(self.poll()["noted"], 1)
		self.assertEqual(len(self.row(order_id).credit_notes), 1)
		self.assertEqual(self.poll()["noted"], 0)

	def test_a_day_has_one_run(self):
		first, second = self.add_order(), self.add_order()
		self.poll()
		self.shop.change_total(first)
		self.poll()
		runs = {self.row(order_id).run for order_id in (first, second)}
		self.assertEqual(len(runs), 1)
		self.assertEqual(frappe.db.get_value("WooCommerce Sync Run", runs.pop(), "kind"), "Live Sync")


class TestCursor(LiveCase):
	def test_in_a_quiet_shop_it_moves_with_the_shops_clock_and_stays_behind_it(self):
		self.poll()
		reached = self.of_store().synced_until
		self.assertLess(abs(utc_now() - OVERLAP - reached), timedelta(seconds=10))
		time.sleep(1.1)
		self.poll()
		self.assertGreater(self.of_store().synced_until, reached)

	def test_an_order_that_fails_isnt_passed_and_holds_up_no_other(self):
		bad, good = self.add_order(), self.add_order()
		self.touch_at(bad, utc_now() - timedelta(minutes=3))
		self.begin(live_sync=1, live_since=utc_now() - timedelta(minutes=10))
		with self.failing(bad):
			self.poll()
			self.assertEqual(self.row(good).state, "Synced")
			self.assertEqual(self.row(bad).state, "Failed")
			stands = frappe.utils.get_datetime(self.stamp_of(bad)) - SECOND
			self.assertEqual(self.of_store().synced_until, stands)
			done = self.poll()
		self.assertEqual((done["noted"], len(self.inbox(bad))), (0, 1))
		self.assertEqual(self.of_store().synced_until, stands)
		frappe.db.set_value(INBOX, {"woo_id": bad}, "next_attempt", None)
		frappe.db.commit()
		self.poll()
		self.assertEqual(self.row(bad).state, "Synced")
		self.assertGreater(self.of_store().synced_until, stands)

	def test_an_order_that_was_given_up_has_a_state_and_is_passed(self):
		bad = self.add_order()
		self.touch_at(bad, utc_now() - timedelta(minutes=3))
		self.begin(live_sync=1, live_since=utc_now() - timedelta(minutes=10))
		with self.failing(bad), patch.object(work_queue, "attempts_chosen", lambda: 1):
			self.poll()
			self.assertEqual((self.row(bad).state, self.row(bad).reason), ("Held", "gave_up"))
			reached = frappe.utils.get_datetime(self.stamp_of(bad))
			self.assertGreater(self.of_store().synced_until, reached)
			self.assertEqual(self.poll()["noted"], 0)

	def test_orders_of_one_stamp_are_all_read(self):
		orders = [self.add_order() for _order in range(4)]
		moment = utc_now() - timedelta(minutes=5)
		for order_id in orders:
			self.touch_at(order_id, moment)
		self.begin(live_sync=1, live_since=utc_now() - timedelta(minutes=10))
		self.poll()
		self.assertEqual({self.row(order_id).state for order_id in orders}, {"Synced"})

	def test_an_order_that_changes_while_it_is_looked_at_is_seen_by_the_next_look(self):
		order_id = self.add_order()
		self.sample.faults.after_list(
			2, "change_total", order_id
		)  # the first list asks whether trash is known
		self.poll()
		self.poll()
		self.assertEqual(str(self.row(order_id).modified_gmt), self.stamp_of(order_id))

	def test_a_stamp_of_the_future_doesnt_move_it_there(self):
		order_id = self.add_order()
		self.touch_at(order_id, utc_now() + timedelta(days=900))
		self.poll()
		self.assertEqual(self.row(order_id).state, "Synced")
		self.assertLess(self.of_store().synced_until, utc_now())

	def test_a_form_that_was_opened_before_doesnt_set_it_back(self):
		self.poll()
		form = self.of_store()
		time.sleep(1.1)
		self.poll()
		reached = self.of_store().synced_until
		self.assertGreater(reached, form.synced_until)
		form.save()
		self.assertEqual(form.synced_until, reached)

	def test_an_order_that_breaks_every_list_stops_the_cursor_and_is_told(self):
		bad, good = self.add_order(), self.add_order()
		self.touch_at(bad, utc_now() - timedelta(minutes=3))
		self.begin(live_sync=1, live_since=utc_now() - timedelta(minutes=10))
		self.sample.faults.poison(bad)
		done = self.poll()
		self.assertIn("can't be read", done["status"])
		self.assertEqual(self.row(good).state, "Synced")
		store = self.of_store()
		self.assertIn("can't be read", store.sync_error)
		self.assertFalse(store.last_synced)
		self.assertFalse(store.synced_until and store.synced_until > utc_now() - timedelta(minutes=3))
		self.sample.faults.clear()
		self.poll()
		self.assertEqual(self.row(bad).state, "Synced")
		self.assertFalse(self.of_store().sync_error)

	def touch_at(self, order_id: int, moment: datetime) -> None:
		"""Change an order in the shop as if at this moment (UTC)."""
		at = moment.replace(tzinfo=timezone.utc).timestamp()
		with patch.object(self.shop, "now", lambda: int(at)):
			self.shop.update(order_id, {})


class TestFirstLook(LiveCase):
	def test_it_takes_over_where_the_migration_ended(self):
		old, new = self.add_order(), self.add_order()
		with self.at(utc_now() - timedelta(hours=5)):
			self.shop.update(old, {})
		with self.at(utc_now() - timedelta(minutes=90)):
			self.shop.update(new, {})
		self.begin(live_sync=1, migrated_until=utc_now() - timedelta(hours=1))
		done = self.poll()
		self.assertEqual(done["seen"], 1)
		self.assertIsNone(self.row(old))
		self.assertEqual(self.row(new).state, "Synced")

	def test_without_a_migration_it_begins_when_it_was_switched_on(self):
		old, new = self.add_order(), self.add_order()
		with self.at(utc_now() - timedelta(minutes=10)):
			self.shop.update(old, {})
		self.poll()
		self.assertIsNone(self.row(old))
		self.assertEqual(self.row(new).state, "Synced")
		self.assertTrue(self.of_store().live_since)

	def test_what_the_migration_couldnt_book_is_tried_again(self):
		order_id = self.add_order()
		with self.failing(order_id):
			self.poll()
		frappe.db.delete(INBOX)
		self.begin(live_sync=1, live_since=utc_now() + timedelta(minutes=30))
		self.poll()
		self.assertEqual(self.row(order_id).state, "Synced")

	@contextmanager
	def at(self, moment: datetime):
		seconds = int(moment.replace(tzinfo=timezone.utc).timestamp())
		with patch.object(self.shop, "now", lambda: seconds):
			yield


class TestSwitchedOff(LiveCase):
	def test_nothing_is_looked_at_and_what_the_shop_tells_waits(self):
		order_id = self.add_order()
		self.begin(live_sync=0)
		self.assertEqual(self.poll()["status"], "switched off")
		inbox.note(STORE, inbox.ORDER, order_id, inbox.WEBHOOK, "order.created")
		frappe.db.commit()
		inbox_work.work_on(STORE)
		self.assertEqual([row.state for row in self.inbox(order_id)], ["Waiting"])
		self.assertIsNone(self.row(order_id))
		self.begin(live_sync=1)
		inbox_work.work_on(STORE)
		self.assertEqual(self.row(order_id).state, "Synced")
		self.assertIsNone(live_sync.lag("No Such Shop"))


class TestOutage(LiveCase):
	def setUp(self):
		super().setUp()
		self.enterContext(
			patch("jarz_woocommerce_integration.services.session.session.ATTEMPTS_OF_A_PAGE", 1)
		)

	def test_it_is_no_orders_failure_and_passes(self):
		order_id = self.add_order()
		self.poll()
		was_whole = self.of_store().last_synced
		self.shop.change_total(order_id)
		inbox.note(STORE, inbox.ORDER, order_id, inbox.WEBHOOK)
		frappe.db.commit()
		self.sample.faults.add("error_html", share=1.0)
		done = self.poll()
		self.assertIn("couldn't answer", done["status"])
		store = self.of_store()
		self.assertIn("couldn't answer", store.sync_error)
		self.assertEqual(store.last_synced, was_whole)
		self.assertFalse(live_state.may_be_asked(STORE))
		self.assertIn("left alone", inbox_work.work_on(STORE)["status"])
		self.forget_pause()
		self.assertIn("couldn't answer", inbox_work.work_on(STORE)["status"])
		(row,) = self.inbox(order_id, state="Waiting")
		self.assertEqual((row.attempts, row.next_attempt), (0, None))
		self.sample.faults.clear()
		self.poll()
		self.assertFalse(self.of_store().sync_error)
		self.assertTrue(live_state.may_be_asked(STORE))
		self.assertEqual(self.inbox(order_id, state="Waiting"), [])

	def test_the_pause_grows_and_has_an_end(self):
		self.sample.faults.add("error_html", share=1.0)
		pauses = []
		for _look in range(7):
			self.poll()
			_failures, until = frappe.cache.get_value(f"woo_store_pause|{STORE}", expires=True)
			pauses.append(round(until - time.time()))
		self.assertEqual(pauses, sorted(pauses))
		self.assertLessEqual(pauses[-1], 300)
		self.assertGreater(pauses[-1], pauses[0])

	def test_days_without_the_shop_are_still_a_pause_of_minutes(self):
		key = f"woo_store_pause|{STORE}"
		frappe.cache.set_value(key, (5000, 0), expires_in_sec=60)
		self.sample.faults.add("error_html", share=1.0)
		self.poll()
		self.assertLessEqual(live_state.pause_left(STORE), 300)

	def test_a_pause_of_years_is_one_of_an_hour_that_is_shown_and_can_be_ended(self):
		self.add_order()
		self.poll()
		for as_date in (False, True):
			with self.subTest(as_date=as_date):
				self.sample.faults.add("throttled", share=1.0, retry_after=999999, as_date=as_date)
				self.assertIn("Nothing is sent to it until", self.poll()["status"])
				self.sample.faults.clear()
				store = frappe.get_doc("WooCommerce Store", STORE)
				store.run_method("onload")
				until = store.get_onload("paused_until")
				self.assertAlmostEqual((until - now_datetime()).total_seconds(), 3600, delta=60)
				self.assertFalse(live_state.may_be_asked(STORE))
				self.assertTrue(check_store(store)["works"])
				self.assertIsNone(live_pauses.paused_until(store))
				self.assertEqual(self.poll()["status"], "done")

	def test_the_button_ends_the_pause_of_the_shop_and_of_the_run_that_waits(self):
		store = frappe.get_doc("WooCommerce Store", STORE)
		budget_of(store).pause(600)
		run = site_runs.run_of_today(STORE)
		later = add_to_date(now_datetime(), hours=1)
		frappe.db.set_value("WooCommerce Sync Run", run, {"status": "Running", "circuit_open_until": later})
		self.assertIsNotNone(live_pauses.paused_until(store))
		api_of_store.end_pause(STORE)
		self.assertIsNone(live_pauses.paused_until(store))
		self.assertIsNone(frappe.db.get_value("WooCommerce Sync Run", run, "circuit_open_until"))

	def test_a_form_that_is_saved_lets_the_shop_be_asked_again(self):
		self.sample.faults.add("error_html", share=1.0)
		self.poll()
		self.assertFalse(live_state.may_be_asked(STORE))
		frappe.get_doc("WooCommerce Store", STORE).save()
		self.assertTrue(live_state.may_be_asked(STORE))

	def test_a_key_that_was_withdrawn_is_told(self):
		with patch.object(self.sample._authenticator, "_keys", {}):
			self.forget_knowledge()
			done = self.poll()
		self.assertIn("key", done["status"])
		self.assertIn("key", self.of_store().sync_error)

	def forget_knowledge(self):
		frappe.cache.delete_keys("woo_store_knowledge")


class TestLag(LiveCase):
	def test_it_is_the_time_since_the_last_look_or_the_age_of_what_waits(self):
		self.poll()
		self.assertLess(live_sync.lag(STORE), 10)
		inbox.note(STORE, inbox.ORDER, 1, inbox.WEBHOOK)
		frappe.db.set_value(INBOX, {"woo_id": 1}, "received", add_to_date(now_datetime(), seconds=-500))
		self.assertAlmostEqual(live_sync.lag(STORE), 500, delta=10)
		frappe.db.delete(INBOX)
		frappe.db.set_value(
			"WooCommerce Store", STORE, "last_synced", add_to_date(now_datetime(), seconds=-900)
		)
		self.assertAlmostEqual(live_sync.lag(STORE), 900, delta=10)

	def test_before_the_first_look_it_counts_from_switching_on(self):
		self.begin(live_sync=1, live_since=utc_now() - timedelta(seconds=300))
		self.assertAlmostEqual(live_sync.lag(STORE), 300, delta=10)
		self.begin(live_sync=0)
		self.assertIsNone(live_sync.lag(STORE))


class TestTick(LiveCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.redis = cls.enterClassContext(OwnRedis(keeps=False))

	def setUp(self):
		super().setUp()
		frappe.db.set_value("WooCommerce Store", {"name": ("!=", STORE)}, "enabled", 0)
		frappe.db.commit()
		self.enterContext(queue_at(self.redis.url))
		get_queue(work_queue.QUEUE).empty()

	def queued(self) -> list[str]:
		return jobs_in(work_queue.QUEUE)

	def test_a_look_is_queued_once_and_again_when_its_time_has_come(self):
		look = f"woo_live_sync_{STORE}"
		live_sync.tick()
		live_sync.tick()
		self.assertEqual(self.queued(), [look])
		get_job(look).delete()
		self.poll()
		live_sync.tick()
		self.assertEqual(self.queued(), [])
		began = add_to_date(now_datetime(), minutes=-2)
		frappe.cache.set_value(f"woo_live_sync_began|{STORE}", began, expires_in_sec=60)
		live_sync.tick()
		self.assertEqual(self.queued(), [look])

	def test_a_look_that_is_still_going_isnt_begun_again(self):
		other = frappe.db.get_connection()
		self.addCleanup(other.close)
		ours = frappe.db._conn
		try:
			frappe.db._conn, frappe.db._cursor = other, other.cursor()
			with named_lock(POLL_LOCK, STORE) as held:
				self.assertTrue(held)
				frappe.db._conn, frappe.db._cursor = ours, ours.cursor()
				live_sync.tick()
				self.assertEqual(self.queued(), [])
				self.assertEqual(live_sync.poll(STORE), {"status": "another one looks at it"})
				frappe.db._conn, frappe.db._cursor = other, other.cursor()
		finally:
			frappe.db._conn, frappe.db._cursor = ours, ours.cursor()

	def test_what_is_due_is_woken_also_where_a_dead_workers_job_is_still_started(self):
		self.poll()
		inbox.note(STORE, inbox.ORDER, 1, inbox.WEBHOOK)
		inbox.WORK.enqueue(STORE)
		frappe.db.commit()
		work = f"woo_inbox_{STORE}_1"
		self.assertEqual(self.queued(), [work])
		live_sync.tick()
		self.assertEqual(self.queued(), [work])
		# Its worker took it, and died an hour ago.
		job = get_job(work)
		get_queue(work_queue.QUEUE).empty()
		job.set_status("started")
		job.started_at = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(hours=1)
		job.save()
		live_sync.tick()
		self.assertEqual(self.queued(), [work])

	def test_what_isnt_due_wakes_nobody(self):
		self.poll()
		inbox.note(STORE, inbox.ORDER, 1, inbox.WEBHOOK)
		frappe.db.set_value(INBOX, {"woo_id": 1}, "next_attempt", add_to_date(now_datetime(), minutes=5))
		frappe.db.commit()
		live_sync.tick()
		self.assertEqual(self.queued(), [])

	def test_it_costs_next_to_nothing_when_nothing_happened(self):
		self.poll()
		live_sync.tick()
		queries = []
		run = frappe.db.sql

		def counted(query, *arguments, **options):
			queries.append(query)
			return run(query, *arguments, **options)

		started = time.monotonic()
		with patch.object(frappe.db, "sql", counted):
			live_sync.tick()
		self.assertLess(time.monotonic() - started, 0.2)
		self.assertLessEqual(len(queries), 2, queries)

	def test_a_worker_does_what_was_queued_whoever_told(self):
		looked, told = self.add_order(), self.add_order()
		self.poll()
		self.assertEqual(self.row(looked).state, "Synced")
		self.shop.change_total(told)
		frappe.set_user("Guest")
		inbox.note(STORE, inbox.ORDER, told, inbox.WEBHOOK, "order.updated")
		inbox.WORK.enqueue(STORE)
		frappe.db.commit()
		frappe.set_user("Administrator")
		done = subprocess.run(
			bench_command("worker", "--queue", "short", "--burst"),
			cwd=f"{get_bench_path()}/sites",
			env={**os.environ, "FRAPPE_REDIS_QUEUE": self.redis.url, "CI": ""},
			capture_output=True,
			text=True,
			timeout=120,
		)
		self.assertEqual(done.returncode, 0, done.stderr)
		self.assertEqual(str(self.row(told).modified_gmt), self.stamp_of(told), done.stderr)
		self.assertEqual({row.state for row in self.inbox()}, {"Done"})

	def test_a_listing_that_takes_long_goes_on_with_the_next_look(self):
		orders = [self.add_order() for _order in range(3)]
		with patch.object(live_sync, "LISTING_SECONDS", -1.0):
			self.poll()
		self.assertFalse(self.of_store().last_synced)
		self.poll()
		self.assertTrue(self.of_store().last_synced)
		self.assertEqual({self.row(order_id).state for order_id in orders}, {"Synced"})

	def test_a_queue_that_is_gone_isnt_the_end(self):
		self.redis.end()
		try:
			live_sync.tick()
		finally:
			self.redis.start()
		live_sync.tick()
		self.assertEqual(self.queued(), [f"woo_live_sync_{STORE}"])
