"""The names that users call: the whole history, single orders, jobs; stopped, killed and called again."""

import signal
import subprocess
import time
from unittest.mock import patch

import frappe
from frappe.utils import get_bench_path

from jarz_woocommerce_integration.exceptions import LedgerInUseError, StoreUnreachableError
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.migration import orders_at_hand
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.services.session import progress_of_process, runs as site_runs
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, queue_at
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import (
	STORE,
	ShopOnSiteTestCase,
	bench_command,
	books_digest,
)

RESULT = {"status", "reason", "invoice", "woo_order_id"}
EXECUTE = "jarz_woocommerce_integration.services.order_sync.migrate_all_historical_orders_cli"


def last_run():
	frappe.db.rollback()
	return frappe.get_last_doc("WooCommerce Sync Run", {"store": STORE, "kind": "Migration"})


class TestWholeHistory(ShopOnSiteTestCase):
	def setUp(self):
		wipe_books()
		super().setUp()

	def test_its_progress_moves_while_a_page_is_booked(self):
		noted = []

		def note(run, progress):
			noted.append((progress.pages, progress.orders + progress.at_hand))

		every = patch.object(orders_at_hand, "TOLD_EVERY", 0)
		with every, patch.object(progress_of_process, "note", note):
			order_sync.migrate_all_historical_orders_cli(max_pages=1, batch_size=25, store=STORE)
		before = [orders for pages, orders in noted if pages == 0]
		self.assertEqual(before, sorted(before))
		self.assertTrue([orders for orders in before if 0 < orders < 25], before)
		self.assertIn((1, 25), noted)

	def test_a_bounded_call_is_gone_on_with_and_a_further_one_changes_nothing(self):
		first = order_sync.migrate_all_historical_orders_cli(max_pages=1, batch_size=25, store=STORE)
		self.assertFalse(first["complete"])
		self.assertEqual(first["this_session"]["orders"], 25)
		self.assertEqual(last_run().status, "Paused")

		second = order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)
		self.assertTrue(second["complete"] and second["proven"])
		self.assertEqual(second["run"], first["run"])
		run = last_run()
		self.assertEqual((run.status, run.proven, run.orders), ("Completed", 1, second["orders_seen"]))
		self.assertEqual(frappe.parse_json(run.verification)["store_orders"], second["orders_seen"])
		self.assertGreater(run.requests, second["requests"])
		self.assertEqual(frappe.db.get_value("WooCommerce Store", STORE, "last_run"), str(run.name))
		self.assertTrue(prove_store(STORE).proven)

		before = books_digest()
		third = order_sync.migrate_all_historical_orders_optimized(store=STORE)
		self.assertTrue(third["proven"])
		self.assertNotEqual(third["run"], first["run"])
		self.assertEqual(third["this_session"].get("booked", 0), 0)
		self.assertEqual(last_run().orders, third["orders_seen"], "what was only compared counts, too")
		self.assertEqual(books_digest(), before)

	def test_killed_between_pages_the_same_call_completes_the_books_and_nothing_is_there_twice(self):
		command = bench_command("execute", EXECUTE, "--kwargs", f'{{"store": "{STORE}", "batch_size": 25}}')
		process = subprocess.Popen(
			command,
			cwd=f"{get_bench_path()}/sites",
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
			start_new_session=True,
		)
		self.addCleanup(process.wait)
		self.addCleanup(process.kill)
		self._wait_for_first_page(process)
		with self.assertRaises(LedgerInUseError) as raised:
			order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)
		self.assertIn("is under way", raised.exception.message)
		self.assertIn(f"run {last_run().name} of Administrator", raised.exception.message)
		process.send_signal(signal.SIGKILL)
		process.wait()
		there = frappe.db.count("WooCommerce Order Map")
		self.assertEqual(there % 25, 0, "a page is there in part")
		self._wait_for_lock()

		summary = order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)
		self.assertTrue(summary["complete"] and summary["proven"])
		self.assertLess(summary["this_session"]["orders"], summary["orders_seen"])
		verification = prove_store(STORE)
		self.assertTrue(verification.proven, verification.books.findings[:5])

	def _wait_for_first_page(self, process) -> None:
		ends = time.monotonic() + 120
		while time.monotonic() < ends and process.poll() is None:
			frappe.db.rollback()
			if frappe.db.count("WooCommerce Sync Page"):
				return
			time.sleep(0.05)
		self.fail("the process booked no page")

	def _wait_for_lock(self) -> None:
		"""The server notices a moment later that a killed process is gone."""
		ends = time.monotonic() + 30
		while time.monotonic() < ends:
			try:
				with site_runs.only_migration_of(STORE):
					return
			except LedgerInUseError:
				time.sleep(0.1)
		self.fail("the lock is still held")

	def test_an_outage_is_told_by_the_run_and_the_run_goes_on_later(self):
		order_sync.migrate_all_historical_orders_cli(max_pages=1, batch_size=25, store=STORE)

		def broken(*arguments, **options):
			raise StoreUnreachableError("The store can't be reached: the connection was refused.")

		with (
			patch("jarz_woocommerce_integration.services.migration.engine.read_order_pages", broken),
			self.assertRaises(StoreUnreachableError),
		):
			with patch(
				"jarz_woocommerce_integration.services.migration.engine.is_well", lambda client: False
			):
				order_sync.migrate_all_historical_orders_cli(batch_size=25, store=STORE)
		run = last_run()
		self.assertEqual(run.status, "Failed")
		self.assertIn("can't be reached", run.last_error)
		summary = order_sync.migrate_all_historical_orders_cli(max_pages=1, batch_size=25, store=STORE)
		self.assertEqual(summary["run"], run.name)
		self.assertFalse(last_run().last_error)

	def test_the_parallel_migration_queues_jobs_and_returns_at_once(self):
		with OwnRedis(keeps=False) as redis, queue_at(redis.url):
			answer = order_sync.migrate_historical_orders_parallel(total_pages=200, store=STORE, workers=3)
			self.assertEqual((answer["status"], answer["total_pages"], answer["workers"]), ("queued", 200, 3))
			self.assertTrue(page_feed.run_job(answer["run"]).is_alive())
		run = last_run()
		self.assertEqual((run.name, run.status, run.phase), (answer["run"], "Running", "Planning"))


class TestSingleOrders(ShopOnSiteTestCase):
	def setUp(self):
		wipe_books()
		super().setUp()

	def test_one_page_is_booked_with_a_result_for_each_order(self):
		done = order_sync.migrate_historical_orders(limit=10, page=2, store=STORE)
		self.assertEqual(done["total_processed"], 10)
		self.assertEqual(
			sum(done[name] for name in ("created", "updated", "skipped", "held", "failed")), 10, done
		)
		self.assertEqual(set(done["results"][0]), RESULT)
		for result in done["results"]:
			self.assertEqual(bool(result["invoice"]), result["status"] == "created", result)
		before = books_digest()
		again = order_sync.migrate_historical_orders(limit=10, page=2, store=STORE)
		self.assertEqual((again["created"], again["updated"]), (0, 0))
		self.assertEqual(books_digest(), before)

	def test_orders_as_the_stores_json_are_booked_by_each_of_the_names(self):
		bodies = order_sync.fetch_orders_page(1, limit=12, store=STORE)
		self.assertEqual(len(bodies), 12)
		store = frappe.get_doc("WooCommerce Store", STORE)
		bulk = order_sync.process_orders_bulk(bodies[:8], store)
		self.assertEqual(bulk["total_processed"], 8)
		booked = next(result for result in bulk["results"] if result["status"] == "created")
		body = next(body for body in bodies if body["id"] == booked["woo_order_id"])

		customers, items = {}, {}
		again = order_sync.process_order_with_cache(body, STORE, customers, items)
		self.assertEqual((again["status"], again["invoice"]), ("skipped", booked["invoice"]))
		self.assertTrue(customers)

		frappe.db.set_single_value("WooCommerce Settings", "default_store", STORE)
		settings = frappe.get_doc("WooCommerce Settings")
		single = order_sync.process_order_phase1(bodies[8], settings, is_historical=True)
		self.assertEqual((set(single), single["woo_order_id"]), (RESULT, bodies[8]["id"]))

	def test_a_body_that_cant_be_read_is_held_under_its_id(self):
		(body,) = order_sync.fetch_orders_page(1, limit=1, store=STORE)
		broken = {**body, "line_items": "none"}
		held = order_sync.process_order_phase1(broken, STORE)
		self.assertEqual((held["status"], held["woo_order_id"]), ("held", body["id"]))
		self.assertEqual(order_sync.process_order_phase1({"nothing": 1}, STORE)["status"], "failed")

	def test_an_order_is_read_again_and_one_that_is_gone_is_marked(self):
		done = order_sync.migrate_historical_orders(limit=10, page=1, store=STORE)
		booked = next(result for result in done["results"] if result["status"] == "created")
		(again,) = order_sync.sync_orders(STORE, [booked["woo_order_id"]])
		self.assertEqual((again["status"], again["invoice"]), ("skipped", booked["invoice"]))
		(unknown,) = order_sync.sync_orders(STORE, [99_999_999])
		self.assertEqual(unknown["status"], "failed")
		# The store forgets it.
		frappe.db.sql(
			"UPDATE `tabWooCommerce Order Map` SET woo_order_id = 99999999 WHERE woo_order_id = %s",
			booked["woo_order_id"],
		)
		frappe.db.commit()
		(gone,) = order_sync.sync_orders(STORE, [99_999_999])
		self.assertEqual((gone["status"], gone["invoice"]), ("deleted", booked["invoice"]))
		self.assertEqual(
			frappe.db.get_value("WooCommerce Order Map", {"woo_order_id": 99_999_999}, "state"),
			"Deleted in Store",
		)
