"""What the shop and the Order Map say differently is found, heals, and is told where it doesn't."""

import json
from calendar import timegm
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from unittest.mock import patch

import frappe
import frappe.database
from frappe.utils import get_datetime, now_datetime
from frappe.utils.background_jobs import get_queue

from jarz_woocommerce_integration.exceptions import RunStateError, StoreUnreachableError
from jarz_woocommerce_integration.ledger.erpnext_locks import lock_name
from jarz_woocommerce_integration.ledger.erpnext_values import to_utc_column
from jarz_woocommerce_integration.rehearsal.sample_store import SampleStore
from jarz_woocommerce_integration.services import (
	alerts,
	inbox,
	order_sync,
	reconciliation,
	reconciliation_account,
	reconciliation_comparison,
)
from jarz_woocommerce_integration.services.site_migration import open_session
from jarz_woocommerce_integration.store.orders import OrderWindow, read_manifest
from jarz_woocommerce_integration.tests.shop_on_site import STORE, ShopOnSiteTestCase, books_digest
from jarz_woocommerce_integration.tests.site import make_store
from jarz_woocommerce_integration.tests.workers import OwnRedis, queue_at

MAP, INBOX = "WooCommerce Order Map", "WooCommerce Inbox"


def now_datetime_utc():
	return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


class ReconciliationTestCase(ShopOnSiteTestCase):
	"""A shop that is booked whole. Nobody works on the inbox but `heal`, and nobody is told but `told`."""

	orders = 60

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.connect(live_sync=1)
		frappe.db.delete(INBOX)
		cls.fill()
		frappe.db.commit()

	@classmethod
	def serve(cls):
		cls.server = SampleStore(cls.shop)

		@contextmanager
		def serving():
			with cls.server.serve() as cls.url:
				yield

		return serving()

	@classmethod
	def fill(cls):
		order_sync.migrate_historical_orders_streaming(STORE)

	def setUp(self):
		super().setUp()
		self.enterContext(patch.object(inbox, "wake"))
		self.tell = self.enterContext(patch.object(alerts, "tell"))
		frappe.db.delete(INBOX)
		frappe.db.set_value("WooCommerce Store", STORE, "reconciliation", None, update_modified=False)
		frappe.db.commit()

	def recent(self):
		return reconciliation.reconcile_recent(STORE)

	def whole(self):
		return reconciliation.reconcile_whole(STORE)

	def noted(self):
		frappe.db.rollback()
		return frappe.get_all(
			INBOX,
			filters={"store": STORE, "state": "Waiting"},
			fields=["woo_id", "source", "resource", "stamp_gmt"],
			order_by="woo_id",
		)

	def noted_ids(self):
		return [row.woo_id for row in self.noted()]

	def end(self, state="Done"):
		"""What is noted was worked on, with whatever result."""
		ended = {"state": state, "finished": now_datetime()}
		frappe.db.set_value(INBOX, {"store": STORE, "state": "Waiting"}, ended)
		frappe.db.commit()

	def heal(self):
		if ids := self.noted_ids():
			order_sync.sync_orders(STORE, ids)
		self.end()

	def kept(self):
		frappe.db.rollback()
		return json.loads(frappe.db.get_value("WooCommerce Store", STORE, "reconciliation"))

	def order(self, state="Synced", number=0, **filters):
		"""An order of the Order Map."""
		filters = {"store": STORE, "state": state, **filters}
		return frappe.get_all(
			MAP, filters=filters, pluck="woo_order_id", order_by="woo_order_id", limit_start=number, limit=1
		)[0]

	def state(self, order_id):
		frappe.db.rollback()
		return frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id}, "state")

	def map(self, order_id, field):
		frappe.db.rollback()
		return frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id}, field)

	def set_stamp(self, order_id, moment, of_map=True):
		"""The order was last changed then (UTC)."""
		self.shop.update(order_id, {})
		body = self.shop._changed[order_id][0]
		self.shop.index.modified[self.shop._position(order_id)] = timegm(moment.timetuple())
		body["date_modified_gmt"] = moment.strftime("%Y-%m-%dT%H:%M:%S")
		if of_map:
			self.set_map(order_id, modified_gmt=moment.replace(microsecond=0))

	def set_map(self, order_id, **values):
		frappe.db.set_value(MAP, {"store": STORE, "woo_order_id": order_id}, values, update_modified=False)
		frappe.db.commit()

	def assert_found(self, result, order_id, kind, what="noted"):
		told = {
			name: [(o["id"], o["what"]) for o in found["orders"]] for name, found in result["kinds"].items()
		}
		self.assertEqual(told, {kind: [(order_id, what)]})
		self.assertEqual(result["kinds"][kind]["noted"], int(what == "noted"))

	def assert_nothing_differs(self, result):
		self.assertEqual((result["differ"], result["kinds"]), (0, {}))


class TestDifferences(ReconciliationTestCase):
	"""Each kind of difference is found by the hour and by the night, and heals."""

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
		order_id = self.order(number=1)
		self.shop.update(order_id, {"currency": "USD"})
		self.assert_heals(order_id, "currency")

	def test_a_changed_stamp_alone(self):
		order_id = self.order(number=2)
		self.shop.update(order_id, {})
		self.assert_heals(order_id, "stamp")

	def test_an_order_in_the_trash_and_out_of_it_again(self):
		order_id = self.order(number=3)
		self.shop.trash(order_id)
		self.assert_heals(order_id, "status")
		self.shop.restore(order_id)
		self.assert_heals(order_id, "status")

	def test_an_order_that_is_deleted_for_good(self):
		order_id = self.order(number=4)
		self.shop.update(order_id, {})
		order_sync.sync_orders(STORE, [order_id])
		self.shop.delete(order_id)
		self.assert_heals(order_id, "gone")
		self.assertEqual(self.state(order_id), "Deleted in Store")

	def test_an_old_order_that_is_deleted_for_good_is_found_by_night(self):
		order_id = self.order(number=5)
		self.shop.delete(order_id)
		self.assert_nothing_differs(self.recent())
		self.assert_found(self.whole(), order_id, "gone")
		self.heal()
		self.assertEqual(self.state(order_id), "Deleted in Store")
		self.assert_nothing_differs(self.whole())

	def test_a_refund_that_is_made_and_removed(self):
		order_id = self.order(number=6, woo_status="completed", refunded_total=0, total=(">", 50))
		refund = self.shop.refund(order_id, "10.00")
		self.assert_heals(order_id, "stamp")
		stamp = self.map(order_id, "modified_gmt")
		self.shop.delete_refund(order_id, refund["id"])
		self.assert_heals(order_id, "refunds")
		self.assertEqual(self.map(order_id, "modified_gmt"), stamp)

	def test_a_refund_of_last_week_that_is_removed_is_seen_within_the_hour(self):
		order_id = self.order(number=7, woo_status="completed", refunded_total=0, total=(">", 50))
		refund = self.shop.refund(order_id, "10.00")
		order_sync.sync_orders(STORE, [order_id])
		week_ago = get_datetime(self.map(order_id, "modified_gmt")) - timedelta(days=7)
		self.set_stamp(order_id, week_ago)
		self.assert_nothing_differs(self.recent())
		self.shop.delete_refund(order_id, refund["id"])
		self.assert_heals(order_id, "refunds")

	def test_an_old_order_that_is_not_in_the_order_map_is_found_by_night(self):
		order_id = self.order(number=8)
		frappe.db.delete(MAP, {"store": STORE, "woo_order_id": order_id})
		frappe.db.commit()
		self.assert_nothing_differs(self.recent())
		self.assert_found(self.whole(), order_id, "missing")
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_an_order_that_is_marked_as_deleted_and_is_there_again_is_found_by_night(self):
		order_id = self.order(number=9)
		self.set_map(order_id, state="Deleted in Store")
		self.assert_found(self.whole(), order_id, "back")
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_an_order_that_failed_is_found_by_night_and_left_to_a_person_when_it_was_given_up(self):
		order_id = self.order(number=10)
		self.set_map(order_id, state="Failed", message="The disk was full.", payload_hash="")
		self.assert_found(self.whole(), order_id, "failed")
		self.end("Given Up")
		self.assert_found(self.whole(), order_id, "failed", "given_up")
		self.assertEqual(self.noted_ids(), [])
		order_sync.sync_orders(STORE, [order_id])
		self.assert_nothing_differs(self.whole())


class TestWhatIsDoneAboutIt(ReconciliationTestCase):
	def touched(self, number=0):
		"""An order that was changed in the shop, and nobody told of it."""
		order_id = self.order(number=number)
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
		self.set_stamp(order_id, now_datetime_utc() + timedelta(hours=1), of_map=False)
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
		self.assertIn("1 orders stay different", subject)
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
		self.set_stamp(order_id, now_datetime_utc() + timedelta(hours=1), of_map=False)
		self.assert_found(self.recent(), order_id, "stamp")
		self.tell.assert_not_called()

	def test_what_no_list_shows_but_is_there_is_no_difference_once_it_was_asked_for(self):
		order_id = self.order(number=3)
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
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "live_sync", 1)
		result = self.recent()
		self.assert_found(result, order_id, "stamp", "listed")
		self.assertFalse(result["heals"])
		self.assertEqual(self.noted_ids(), [])

	def test_orders_that_no_migration_has_read_are_none_of_its_business(self):
		order_id = self.order(number=4)
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


class TestBooks(ReconciliationTestCase):
	"""What somebody changed in the books is listed, and never overwritten."""

	def assert_listed(self, order_id, *words):
		before = books_digest()
		for result in (self.recent(), self.whole()):
			self.assert_found(result, order_id, "books", "listed")
			message = result["kinds"]["books"]["orders"][0]["message"]
			for word in words:
				self.assertIn(word, message)
		self.assertEqual(self.noted_ids(), [])
		self.assertEqual(books_digest(), before)

	def booked(self, number=0):
		order_id = self.order(number=number, woo_status="processing")
		self.shop.update(order_id, {})
		order_sync.sync_orders(STORE, [order_id])
		return order_id, self.map(order_id, "sales_invoice")

	def test_an_invoice_that_was_cancelled_by_hand(self):
		order_id, invoice = self.booked()
		self.addCleanup(self.set_map, order_id, state="Cancelled")
		frappe.db.set_value("Sales Invoice", invoice, "docstatus", 2)
		frappe.db.commit()
		self.assert_listed(order_id, invoice, "cancelled")

	def test_an_invoice_that_was_deleted(self):
		order_id, invoice = self.booked(1)
		self.addCleanup(self.set_map, order_id, state="Cancelled")
		frappe.db.delete("Sales Invoice", {"name": invoice})
		frappe.db.commit()
		self.assert_listed(order_id, "isn't there")

	def test_an_invoice_whose_total_is_another_one(self):
		order_id, invoice = self.booked(2)
		self.addCleanup(self.set_map, order_id, state="Cancelled")
		frappe.db.set_value("Sales Invoice", invoice, "grand_total", 1)
		frappe.db.commit()
		self.assert_listed(order_id, invoice, "1.00")

	def test_an_old_orders_invoice_that_was_touched_today_is_seen_within_the_hour(self):
		order_id = self.order(number=12)
		invoice = self.map(order_id, "sales_invoice")
		self.addCleanup(self.set_map, order_id, state="Cancelled")
		frappe.db.set_value("Sales Invoice", invoice, "grand_total", 1)
		frappe.db.commit()
		self.assert_listed(order_id, invoice)


class TestTrouble(ReconciliationTestCase):
	def last(self):
		return frappe.db.get_value("WooCommerce Store", STORE, "last_reconciled_whole")

	def test_an_outage_in_the_middle_is_told_and_nothing_is_taken_for_deleted(self):
		gone, changed = self.order(number=0), self.order(number=1)
		self.shop.delete(gone)
		self.shop.update(changed, {})
		before = self.last()
		read = reconciliation_comparison.read_manifest

		def breaks_off(*arguments, **options):
			yield next(read(*arguments, **{**options, "page_size": 20}))
			raise StoreUnreachableError("The store can't be reached: the connection was refused.")

		with patch.object(reconciliation_comparison, "read_manifest", breaks_off):
			result = self.whole()
		self.assertIn("can't be reached", result["error"])
		self.assertEqual(self.last(), before)
		self.assertIn("can't be reached", self.kept()["whole"]["failed"]["message"])
		self.assertNotIn(gone, self.noted_ids())

		self.assertEqual(self.whole()["error"], "")
		self.assertIn(gone, self.noted_ids())
		self.assertIsNone(self.kept()["whole"]["failed"])
		self.assertEqual(self.state(gone), "Synced", "it is only asked for")
		self.heal()
		self.assertEqual(self.state(gone), "Deleted in Store")
		self.assert_nothing_differs(self.whole())

	def test_an_order_that_breaks_every_answer_is_told_and_the_others_are_compared(self):
		poisoned, changed = self.order(number=5), self.order(number=6)
		self.shop.update(changed, {})
		self.addCleanup(self.server.faults.clear)
		self.server.faults.poison(poisoned)
		with patch("time.sleep"):
			result = self.whole()
		self.server.faults.clear()
		self.assertEqual(result["error"], "")
		self.assertEqual(len(result["unread"]), 1)
		self.assertEqual(self.noted_ids(), sorted([poisoned, changed]))
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_what_heals_while_it_is_compared_is_no_difference(self):
		order_id = self.order(number=7)
		self.shop.update(order_id, {})
		look_at = reconciliation_comparison.Comparison._look_at

		def after_the_sync(comparison, ids):
			order_sync.sync_orders(STORE, [order_id])
			look_at(comparison, ids)

		with patch.object(reconciliation_comparison.Comparison, "_look_at", after_the_sync):
			self.assert_nothing_differs(self.whole())

	def test_nothing_is_compared_while_the_history_is_booked_or_taken_back(self):
		for values in ({"status": "Running", "workers": 2}, {"status": "Undoing"}):
			run = frappe.get_doc(
				doctype="WooCommerce Sync Run", store=STORE, kind="Migration", parameters="{}", **values
			).insert()
			frappe.db.commit()
			with self.subTest(values), patch.object(frappe, "enqueue") as enqueue:
				self.assertIn("is being booked or taken back", self.recent()["error"])
				with self.assertRaises(RunStateError):
					reconciliation.start(STORE, whole=True)
				reconciliation.hourly()
				enqueue.assert_not_called()
			frappe.delete_doc("WooCommerce Sync Run", run.name, force=True)
			frappe.db.commit()

	def test_it_never_runs_twice_at_once_and_dies_with_its_holder(self):
		other = frappe.database.get_db(user=frappe.conf.db_name, password=frappe.conf.db_password)
		other.use(frappe.conf.db_name)
		self.addCleanup(other.close)
		name = lock_name(reconciliation.LOCK, f"{STORE}:recent")
		self.assertEqual(other.sql("SELECT GET_LOCK(%s, 0)", name)[0][0], 1)
		self.assertIn("is being compared", self.recent()["error"])
		self.assertEqual(self.whole()["error"], "", "the whole shop isn't passed over for it")
		other.close()
		self.assertEqual(self.recent()["error"], "")

	def test_the_scheduler_queues_one_job_for_each_store_that_is_kept_in_step(self):
		make_store("Another Shop")
		hooks = frappe.get_hooks("scheduler_events", app_name="jarz_woocommerce_integration")
		module = "jarz_woocommerce_integration.services.reconciliation"
		self.assertIn(f"{module}.hourly", hooks["hourly"])
		self.assertIn(f"{module}.nightly", hooks["cron"]["30 2 * * *"])
		with OwnRedis(keeps=False) as redis, queue_at(redis.url):
			for scheduled in (reconciliation.hourly, reconciliation.nightly, reconciliation.hourly):
				scheduled()
			self.assertFalse(reconciliation.start(STORE, whole=True))
			jobs = get_queue("long").jobs
			self.assertEqual(
				[(job.kwargs["job_name"], job.kwargs["kwargs"]) for job in jobs],
				[(f"woo_reconcile_{kind}_{STORE}", {"store": STORE}) for kind in ("recent", "whole")],
			)
			for job in jobs:
				self.assertEqual(frappe.get_attr(job.kwargs["method"])(STORE)["error"], "")


class TestManyOrders(ReconciliationTestCase):
	"""Some hundred orders whose rows were written without their documents."""

	orders = 450

	@classmethod
	def fill(cls):
		with open_session(STORE) as session:
			for page in read_manifest(session.client, session.scope().window):
				for entry in page:
					cls.add_row(entry)
		migrated = now_datetime_utc() - timedelta(days=1)
		frappe.db.set_value("WooCommerce Store", STORE, "migrated_until", migrated)
		frappe.get_doc(
			doctype="WooCommerce Sync Run",
			store=STORE,
			kind="Migration",
			status="Completed",
			before_gmt=migrated,
			parameters="{}",
		).insert()

	@classmethod
	def add_row(cls, entry):
		refunds = cls.shop.body(entry.id)["refunds"]
		frappe.get_doc(
			doctype=MAP,
			store=STORE,
			woo_order_id=entry.id,
			state="Skipped",
			woo_status=entry.status,
			currency=entry.currency,
			total=entry.total,
			refunded_total=-sum(Decimal(refund["total"]) for refund in refunds),
			created_gmt=to_utc_column(entry.date_created_gmt),
			modified_gmt=to_utc_column(entry.date_modified_gmt),
		).db_insert()

	def ids(self):
		return frappe.get_all(MAP, filters={"store": STORE}, pluck="woo_order_id", order_by="woo_order_id")

	def test_the_whole_shop_is_walked_through_side_by_side(self):
		ids = self.ids()
		self.assertGreater(len(ids), 440)
		self.assertEqual(self.whole()["compared"], len(ids))
		deleted, changed, unknown = ids[100], ids[250], ids[-1]
		self.shop.delete(deleted)
		self.shop.change_total(changed)
		frappe.db.delete(MAP, {"woo_order_id": unknown})
		frappe.db.commit()
		result = self.whole()
		self.assertEqual(
			{kind: [order["id"] for order in found["orders"]] for kind, found in result["kinds"].items()},
			{"gone": [deleted], "total": [changed], "missing": [unknown]},
		)
		self.assertEqual(self.noted_ids(), sorted([deleted, changed, unknown]))
		self.assertEqual((result["differ"], result["compared"]), (3, len(ids)))

	def test_a_page_costs_as_many_queries_whatever_its_size_and_whatever_differs(self):
		def queries(size):
			with (
				patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql,
				patch.object(reconciliation_comparison, "INCLUDE_LIMIT", 100),
				open_session(STORE) as session,
			):
				comparison = reconciliation_comparison.Comparison(
					session, reconciliation_account.Account(session.store, "recent")
				)
				entries = next(comparison._manifest(OrderWindow()))[:size]
				sql.reset_mock()
				comparison._compare(entries)
				return sql.call_count

		self.assertEqual(queries(10), 1)
		self.assertEqual(queries(100), 1)
		frappe.db.sql(f"UPDATE `tab{MAP}` SET woo_status = concat(woo_status, '-')")
		frappe.db.commit()
		self.assertLess(queries(100), 15)
		self.assertGreater(len(self.noted_ids()), 90)
		self.end()
		few = queries(10)
		frappe.db.delete(INBOX)
		frappe.db.commit()
		self.assertEqual(queries(100) - few, 90, "one sequence value for each row of the inbox")
		frappe.db.sql(f"UPDATE `tab{MAP}` SET woo_status = trim(TRAILING '-' FROM woo_status)")
		frappe.db.commit()

	def test_so_many_that_are_gone_at_once_are_not_believed(self):
		ids = self.ids()

		def lists_nothing(*arguments, **options):
			yield from ()

		with patch.object(reconciliation_comparison, "read_manifest", lists_nothing):
			for _again in range(2):
				result = self.whole()
				self.assertEqual(result["too_many_gone"], len(ids))
				self.assertEqual(result["kinds"]["gone"]["count"], len(ids))
				self.assertEqual(len(result["kinds"]["gone"]["orders"]), 20)
		self.assertEqual(self.noted_ids(), [])
		self.assertEqual(self.tell.call_count, 1)
