"""What is in the way of a comparison, what somebody changed in the books, and a shop of some hundred orders."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch

import frappe
from frappe.database import get_db
from frappe.utils.background_jobs import get_queue

from jarz_woocommerce_integration.exceptions import RunStateError, StoreUnreachableError
from jarz_woocommerce_integration.ledger.erpnext.locks import lock_name
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import work as inbox_work
from jarz_woocommerce_integration.services.reconciliation import (
	comparison as reconciliation_comparison,
	jobs as reconciliation,
	resolution as reconciliation_account,
)
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.store.orders import OrderWindow, read_manifest
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, queue_at
from jarz_woocommerce_integration.tests.reconciliation.reconciliation_case import (
	MAP,
	ReconciliationTestCase,
	utc_now,
)
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, books_digest, json_of, run_bench
from jarz_woocommerce_integration.tests.support.site import make_store

TRANSACTION = ("start", "commit", "rollback", "savepoint", "release")


class TestBooksAndTrouble(ReconciliationTestCase):
	# --- what somebody changed in the books is listed, and never overwritten ---

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
		order_id = self.order(number, woo_status="processing")
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
		order_id = self.old_order(6)
		invoice = self.map(order_id, "sales_invoice")
		self.addCleanup(self.set_map, order_id, state="Cancelled")
		frappe.db.set_value("Sales Invoice", invoice, "grand_total", 1)
		frappe.db.commit()
		self.assert_listed(order_id, invoice)

	# --- what is in the way ---

	def last(self):
		return frappe.db.get_value("WooCommerce Store", STORE, "last_reconciled_whole")

	def test_an_outage_in_the_middle_is_told_and_nothing_is_taken_for_deleted(self):
		gone, changed = self.order(0), self.order(1)
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
		poisoned, changed = self.order(5), self.order(6)
		self.shop.update(changed, {})
		self.addCleanup(self.server.faults.clear)
		self.server.faults.poison(poisoned)
		with patch.object(
			site_store, "store_client", partial(site_store.store_client, sleep=lambda seconds: None)
		):
			result = self.whole()
		self.server.faults.clear()
		self.assertEqual(result["error"], "")
		self.assertEqual(len(result["unread"]), 1)
		self.assertEqual(self.noted_ids(), sorted([poisoned, changed]))
		self.heal()
		self.assert_nothing_differs(self.whole())

	def test_what_heals_while_it_is_compared_is_no_difference(self):
		order_id = self.order(7)
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
			self.addCleanup(
				frappe.delete_doc, "WooCommerce Sync Run", run.name, force=True, ignore_missing=True
			)
			with self.subTest(values), patch.object(frappe, "enqueue") as enqueue:
				self.assertIn("is being booked or undone", self.recent()["error"])
				with self.assertRaises(RunStateError):
					reconciliation.start(STORE, whole=True)
				reconciliation.hourly()
				enqueue.assert_not_called()
			frappe.delete_doc("WooCommerce Sync Run", run.name, force=True)
			frappe.db.commit()

	def test_it_never_runs_twice_at_once_and_dies_with_its_holder(self):
		other = get_db(
			socket=frappe.conf.db_socket,
			host=frappe.conf.db_host,
			port=frappe.conf.db_port,
			user=frappe.conf.db_user or frappe.conf.db_name,
			password=frappe.conf.db_password,
			cur_db_name=frappe.conf.db_name,
		)
		other.connect()
		name = lock_name(reconciliation.LOCK, f"{STORE}:recent")
		self.assertEqual(other.sql("SELECT GET_LOCK(%s, 0)", name)[0][0], 1)
		self.assertIn("is being compared", self.recent()["error"])
		self.assertEqual(self.whole()["error"], "", "the whole shop isn't passed over for it")
		other.close()
		self.assertEqual(self.recent()["error"], "")

	def test_what_is_noted_heals_by_the_work_of_the_inbox(self):
		gone, changed = self.old_order(7), self.old_order(8)
		self.shop.delete(gone)
		self.shop.change_total(changed)
		self.whole()
		self.assertEqual(self.noted_ids(), sorted([gone, changed]))
		inbox_work.work_on(STORE)
		self.assertEqual(self.noted_ids(), [])
		self.assertEqual(self.state(gone), "Deleted in Store")
		self.assert_nothing_differs(self.whole())

	def test_the_command_says_what_differs_by_its_exit_code(self):
		same = run_bench("woo", "reconcile", "--store", STORE)
		self.assertEqual(same.returncode, 0, same.stdout + same.stderr)
		self.assertIn("orders of the last day compared", same.stdout)
		self.assertIn("Nothing differs.", same.stdout)
		order_id = self.old_order(9)
		self.shop.delete(order_id)
		other = run_bench("woo", "reconcile", "--whole", "--store", STORE, "--json", "-")
		self.assertEqual(other.returncode, 1, other.stderr)
		self.assert_found(json_of(other), order_id, "gone")
		self.assertIn(f"Order {order_id}: In the Order Map", other.stderr)
		self.assertEqual(run_bench("woo", "reconcile", "--store", "No Such Shop").returncode, 2)

	def test_the_scheduler_queues_one_job_for_each_store_that_is_kept_in_step(self):
		make_store("Another Shop")
		hooks = frappe.get_hooks("scheduler_events", app_name="jarz_woocommerce_integration")
		module = "jarz_woocommerce_integration.services.reconciliation.jobs"
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
			pages = list(read_manifest(session.client, session.scope().window))
		for page in pages:
			for entry in page:
				cls.add_row(entry)
		migrated = utc_now() - timedelta(days=1)
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

	def queries_of(self, size):
		"""How many queries a page of so many orders costs, but for the numbers that rows of the inbox take."""
		with (
			patch.object(frappe.db, "sql", wraps=frappe.db.sql) as sql,
			open_session(STORE) as session,
		):
			account = reconciliation_account.Resolution(session.store, "recent")
			comparison = reconciliation_comparison.Comparison(session, account)
			entries = next(comparison._manifest(OrderWindow()))[:size]
			sql.reset_mock()
			comparison._compare(entries)
			asked = [call.args[0].lower() for call in sql.call_args_list]
		return sum("nextval" not in query and query.split()[0] not in TRANSACTION for query in asked)

	def test_a_page_costs_as_many_queries_whatever_its_size(self):
		self.assertEqual((self.queries_of(10), self.queries_of(100)), (1, 1))
		self.addCleanup(frappe.db.commit)
		self.addCleanup(
			frappe.db.sql, f"UPDATE `tab{MAP}` SET woo_status = trim(TRAILING '-' FROM woo_status)"
		)
		frappe.db.sql(f"UPDATE `tab{MAP}` SET woo_status = concat(woo_status, '-')")
		frappe.db.commit()
		few, noted = self.queries_of(10), len(self.noted())
		self.forget()
		self.assertEqual(self.queries_of(100), few)
		self.assertEqual((noted, len(self.noted())), (10, 100))
		self.assertLess(few, 12)

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
