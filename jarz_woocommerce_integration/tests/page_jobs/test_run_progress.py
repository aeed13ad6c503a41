"""How a run stands: what its form shows of runs of any size, from the rows that the page jobs leave behind."""

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime
from redis.exceptions import ConnectionError
from rq.job import JobStatus

from jarz_woocommerce_integration.exceptions import RunStateError, StoreError
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.migration.estimates import PageTime
from jarz_woocommerce_integration.services.page_jobs import progress as run_progress_module, work_at_hand
from jarz_woocommerce_integration.services.page_jobs.progress import allowed_actions, run_progress
from jarz_woocommerce_integration.services.proof import jobs as run_verification
from jarz_woocommerce_integration.services.session import progress_of_process, work_states
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Progress Shop"
RUN = "WooCommerce Sync Run"
PAGE = "WooCommerce Sync Page"
ORDER_MAP = "WooCommerce Order Map"
PAGE_COLUMNS = (
	"name",
	"run",
	"number",
	"state",
	"orders",
	"planned_orders",
	"started",
	"committed",
	"worker",
	"memory_mb",
	"seconds",
	"proof_seconds",
	"error_kind",
	"last_error",
)


def ago(minutes: float):
	return now_datetime() - timedelta(minutes=minutes)


def make_run(store: str = STORE, **fields) -> int:
	"""A migration that is being booked side by side since ten minutes."""
	values = {
		"doctype": RUN,
		"store": store,
		"kind": "Migration",
		"status": "Running",
		"phase": "Booking",
		"started": ago(10),
		"workers": 2,
		"parameters": "{}",
		**fields,
	}
	return frappe.get_doc(values).insert(ignore_permissions=True).name


def add_pages(run: int, *pages: dict) -> None:
	"""Rows of pages of 100 orders, numbered from 1 where they have no number; a page is done where it says nothing."""
	rows = []
	for number, page in enumerate(pages, 1):
		values = {"number": number, "state": "Done", "planned_orders": 100, "memory_mb": 0}
		values |= {"seconds": 0, "proof_seconds": 0, **page}
		values.setdefault("orders", values["planned_orders"] if values["state"] == "Done" else 0)
		values |= {"name": f"{run}-{values['number']}", "run": run}
		rows.append([values.get(column) for column in PAGE_COLUMNS])
	frappe.db.bulk_insert(PAGE, list(PAGE_COLUMNS), rows)


def add_orders(run: int, store: str, *orders: tuple[int, str, str, str]) -> None:
	"""Rows of the Order Map: (order id, state, reason, message)."""
	columns = ["name", "store", "run", "woo_order_id", "state", "reason", "message"]
	rows = [[f"{store}-{order[0]}", store, run, *order] for order in orders]
	frappe.db.bulk_insert(ORDER_MAP, columns, rows)


class RunProgressTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		make_store(STORE)

	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)


class TestPages(RunProgressTestCase):
	def test_the_strip_has_a_letter_a_page_in_order_of_number(self):
		run = make_run()
		states = ("Done", "Failed", "Retry", "Running", "Queued", "Planned")
		add_pages(run, *({"state": state} for state in states))
		pages = run_progress(run)["pages"]
		self.assertEqual(pages["strip"], [{"first": 1, "states": "DFTRQP"}])
		self.assertEqual(pages["by_state"], dict.fromkeys(states, 1))

	def test_a_page_that_was_passed_over_is_a_gap_and_the_final_pass_is_no_page(self):
		run = make_run(workers=0)
		add_pages(run, {"number": 0}, {"number": 1}, {"number": 2}, {"number": 4})
		self.assertEqual(
			run_progress(run)["pages"]["strip"], [{"first": 1, "states": "DD"}, {"first": 4, "states": "D"}]
		)

	def test_failed_pages_are_told_by_kind_with_an_example_and_their_numbers(self):
		run = make_run()
		add_pages(
			run,
			{"state": "Failed", "error_kind": "deadlock", "last_error": "Deadlock found"},
			{"state": "Retry", "error_kind": "deadlock", "last_error": "Lock wait"},
			{"state": "Failed", "error_kind": "store", "last_error": "502"},
			{"error_kind": "store", "last_error": "of an attempt that was made good"},
		)
		self.assertEqual(
			run_progress(run)["failed_pages"],
			[
				{"kind": "deadlock", "count": 2, "example": "Lock wait", "pages": [1, 2]},
				{"kind": "store", "count": 1, "example": "502", "pages": [3]},
			],
		)

	def test_the_number_of_queries_is_the_same_for_one_page_and_for_two_thousand(self):
		small, large = make_run(), make_run()
		add_pages(small, {})
		add_pages(large, *({"worker": f"w{number % 4}", "committed": ago(1)} for number in range(2000)))
		run_progress(small)  # what is cached by the first is no difference between the two
		with self.assertQueryCount(
			6
		):  # run, pages, orders, whether its job is at work; and the store's two keys
			run_progress(small)
		with self.assertQueryCount(6):
			progress = run_progress(large)
		self.assertEqual(progress["pages"]["strip"], [{"first": 1, "states": "D" * 2000}])

	def test_an_unknown_run_does_not_exist(self):
		self.assertRaises(frappe.DoesNotExistError, run_progress, 0)


class TestTime(RunProgressTestCase):
	def test_the_rate_is_that_of_the_last_five_minutes_and_tells_the_time_left(self):
		run = make_run(planned_orders=1000)
		early = {"started": ago(9), "committed": ago(8)}
		lately = ({"started": ago(8), "committed": ago(minutes)} for minutes in (4, 3, 2, 1, 0.1))
		add_pages(run, early, *lately, *[{"state": "Planned"}] * 4)
		orders = run_progress(run)["orders"]
		self.assertEqual((orders["planned"], orders["done"]), (1000, 600))
		self.assertAlmostEqual(orders["a_minute"], 100, delta=1)
		self.assertAlmostEqual(orders["a_minute_overall"], 60, delta=1)
		self.assertAlmostEqual(orders["seconds_left"], 240, delta=3)

	def test_the_proofs_of_the_first_pages_are_not_taken_for_the_pace_of_the_others(self):
		run = make_run(planned_orders=1200)
		first = {"started": ago(1), "committed": ago(0.25), "seconds": 45, "proof_seconds": 42}
		second = {"started": ago(0.25), "committed": ago(0.2), "seconds": 3, "proof_seconds": 0}
		others = [
			{"started": ago(minutes), "committed": ago(minutes - 0.05), "seconds": 3}
			for minutes in (0.2, 0.15)
		]
		add_pages(run, first, second, *others, *[{"state": "Planned"}] * 8)
		self.assertAlmostEqual(run_progress(run)["orders"]["seconds_left"], 8 * 3 * 60 / 54, delta=4)

	def test_a_break_does_not_count_after_the_run_goes_on(self):
		run = make_run(planned_orders=300)
		add_pages(run, {"started": ago(1), "committed": ago(0.1)}, {"state": "Planned"}, {"state": "Planned"})
		self.assertAlmostEqual(run_progress(run)["orders"]["a_minute"], 100, delta=2)

	def test_nothing_is_told_where_nothing_can_be_known(self):
		fresh = make_run(planned_orders=300)
		add_pages(fresh, {"state": "Running"}, {"state": "Planned"}, {"state": "Planned"})
		stalled = make_run(planned_orders=300)
		add_pages(stalled, {"committed": ago(6)}, {"state": "Retry"}, {"state": "Planned"})
		paused = make_run(planned_orders=300, status="Paused")
		add_pages(paused, {"committed": ago(1)}, {"state": "Planned"}, {"state": "Planned"})
		for run in (fresh, stalled, paused):
			orders = run_progress(run)["orders"]
			self.assertIsNone(orders["a_minute"])
			self.assertIsNone(orders["seconds_left"])

	def test_failed_pages_are_not_waited_for(self):
		run = make_run(planned_orders=200)
		add_pages(run, {"started": ago(2), "committed": ago(0.1)}, {"state": "Failed"})
		self.assertEqual(run_progress(run)["orders"]["seconds_left"], 0)

	def test_pages_after_the_last_one_asked_for_are_not_waited_for(self):
		run = make_run(planned_orders=400, page_limit=2)
		done = {"started": ago(1), "committed": ago(0.1)}
		add_pages(run, done, {"state": "Planned"}, {"state": "Planned"}, {"state": "Planned"})
		self.assertAlmostEqual(run_progress(run)["orders"]["seconds_left"], 60, delta=2)

	def test_while_it_waits_for_the_shop_nobody_knows_how_long(self):
		run = make_run(planned_orders=200, waiting_for="The shop: 502.")
		add_pages(run, {"started": ago(1), "committed": ago(0.1)}, {"state": "Planned"})
		self.assertIsNone(run_progress(run)["orders"]["seconds_left"])

	def test_a_page_that_was_worked_on_twice_counts_once(self):
		run = make_run(planned_orders=200)
		add_pages(run, {"orders": 200}, {"state": "Retry", "orders": 150})
		self.assertEqual(run_progress(run)["orders"]["done"], 200)
		run = make_run(planned_orders=200)
		add_pages(run, {}, {"state": "Running", "orders": 40})
		self.assertEqual(run_progress(run)["orders"]["done"], 140)

	def test_orders_of_a_page_that_is_booked_now_count_before_they_are_committed(self):
		run = make_run(planned_orders=300)
		add_pages(run, {}, {"state": "Running"}, {"state": "Running", "orders": 40})
		for number, orders in ((1, 7), (2, 25), (3, 30)):
			work_at_hand.note(f"{run}-{number}", orders)
		self.assertEqual(run_progress(run)["orders"]["done"], 165)
		work_at_hand.forget(f"{run}-2")
		self.assertEqual(run_progress(run)["orders"]["done"], 140)

	def test_a_run_in_one_process_counts_its_orders_without_a_plan(self):
		run = make_run(workers=0, phase="", orders=250)
		add_pages(
			run,
			*(
				{"planned_orders": 0, "orders": orders, "committed": ago(minutes)}
				for orders, minutes in ((100, 7), (100, 3), (50, 1))
			),
		)
		orders = run_progress(run)["orders"]
		self.assertEqual((orders["planned"], orders["done"]), (0, 250))
		self.assertAlmostEqual(orders["a_minute"], 30, delta=1)
		self.assertIsNone(orders["seconds_left"])

	def test_a_run_in_one_process_has_the_plan_that_its_process_has_noted(self):
		run = make_run(workers=0, phase="", orders=250)
		noted = Progress(orders=150, total=400, before=100, times=[PageTime(50, 10.0, 0.0)] * 3)
		progress_of_process.note(run, noted)
		orders = run_progress(run)["orders"]
		self.assertEqual((orders["planned"], orders["done"]), (400, 250))
		self.assertAlmostEqual(orders["seconds_left"], 30, delta=5)
		noted.at_hand = 20
		progress_of_process.note(run, noted)
		self.assertEqual(run_progress(run)["orders"]["done"], 270)
		noted.phase, noted.at_hand = "verifying", 0
		progress_of_process.note(run, noted)
		self.assertEqual(run_progress(run)["phase"], "Proving")
		frappe.db.set_value("WooCommerce Sync Run", run, "status", "Completed")
		self.assertEqual(run_progress(run)["orders"]["planned"], 0)

	def test_the_time_of_a_run_that_rests_ends_with_its_last_commit(self):
		run = make_run(status="Paused", planned_orders=200, started=ago(60))
		add_pages(run, {"committed": ago(50)}, {"state": "Planned"})
		progress = run_progress(run)
		self.assertAlmostEqual(progress["seconds"], 600, delta=2)
		self.assertAlmostEqual(progress["orders"]["a_minute_overall"], 10, delta=0.2)


class TestWorkers(RunProgressTestCase):
	def test_those_at_work_come_first_with_their_page_and_peak_memory(self):
		run = make_run()
		add_pages(
			run,
			{"worker": "a", "memory_mb": 210, "committed": ago(2)},
			{"worker": "b", "memory_mb": 190, "committed": ago(1)},
			{"worker": "b", "memory_mb": 180, "state": "Running", "started": ago(0.5)},
			{"worker": "killed long ago", "memory_mb": 400, "committed": ago(30)},
		)
		at_work, idle = run_progress(run)["workers_seen"]
		self.assertAlmostEqual(at_work.pop("running_for"), 30, delta=2)
		self.assertEqual(at_work, {"worker": "b", "memory_mb": 190, "page": 3})
		self.assertEqual(idle, {"worker": "a", "memory_mb": 210, "page": None, "running_for": None})

	def test_of_a_run_that_is_over_all_that_took_part_are_told(self):
		run = make_run(status="Completed", finished=ago(60))
		add_pages(run, {"worker": "a", "memory_mb": 210, "committed": ago(70)})
		self.assertEqual(run_progress(run)["workers_seen"][0]["memory_mb"], 210)


class TestOrders(RunProgressTestCase):
	def test_held_orders_are_counted_by_reason_and_failed_ones_have_an_example(self):
		run, other = make_run(booked=7, held=3, failed=1), make_run()
		add_orders(
			run,
			STORE,
			(1, "Held", "total_differs", "The parts"),
			(2, "Held", "no_fiscal_year", "No year"),
			(3, "Held", "total_differs", "The parts"),
			(4, "Failed", "ledger_refused", "Too long"),
			(5, "Synced", "", ""),
		)
		add_orders(other, STORE, (6, "Held", "total_differs", ""))
		progress = run_progress(run)
		self.assertEqual(
			progress["held"],
			[{"reason": "total_differs", "orders": 2}, {"reason": "no_fiscal_year", "orders": 1}],
		)
		self.assertEqual(
			progress["failed_orders"], [{"reason": "ledger_refused", "orders": 1, "example": "Too long"}]
		)
		self.assertEqual(progress["counters"]["booked"], 7)


class TestRequests(RunProgressTestCase):
	def test_requests_of_this_minute_are_told_with_the_limit(self):
		run = make_run(requests=12)
		limit = patch.object(frappe.get_cached_doc("WooCommerce Settings"), "requests_per_minute", 80)
		with limit, patch.object(RateBudget, "used", 35), patch.object(RateBudget, "is_shared", True):
			requests = run_progress(run)["requests"]
		self.assertEqual(requests, {"of_run": 12, "used": 35, "limit": 80})

	def test_the_form_does_without_where_redis_is_not_there(self):
		run = make_run(status="Completed", requests=12)
		used = patch.object(RateBudget, "used", property(lambda budget: raise_(StoreError("No Redis."))))
		queue = patch.object(work_states, "get_job_status", side_effect=ConnectionError)
		with used, queue:
			progress = run_progress(run)
		self.assertEqual(progress["requests"], {"of_run": 12, "used": None, "limit": None})
		self.assertFalse(progress["verifying"])

	def test_a_redis_that_is_gone_is_an_error_of_ours(self):
		budget = RateBudget("shop.example", 10, storage_url="redis://127.0.0.1:1")
		with self.assertRaisesRegex(StoreError, "127.0.0.1:1 can't be used"):
			budget.used  # noqa: B018


class TestWhoWorks(RunProgressTestCase):
	"""What is to be done waits, has nobody to begin it, or is at work: never one of them where it is another."""

	def work(self, run: int, queued: dict | None = None, workers: int = 1) -> str | None:
		jobs = patch.object(work_states, "get_job_status", side_effect=(queued or {}).get)
		waiting = patch.object(work_states, "queued_ids", return_value=list(queued or {}))
		listening = patch.object(work_states, "listening", return_value=["worker"] * workers)
		with jobs, waiting, listening:
			return run_progress(run)["work"]

	def test_pages_that_are_booked_are_work(self):
		run = make_run()
		add_pages(run, {"state": "Running"}, {"state": "Queued"})
		self.assertEqual(self.work(run, workers=0), "at_work")

	def test_pages_that_are_only_queued_wait_for_a_worker_or_have_none(self):
		run = make_run()
		add_pages(run, {"state": "Done"}, {"state": "Queued"})
		self.assertEqual(self.work(run), "waiting")
		self.assertEqual(self.work(run, workers=0), "nobody")

	def test_a_plan_that_is_queued_waits(self):
		run = make_run(phase="Planning")
		job = f"woo_migration_run_{run}"
		self.assertEqual(self.work(run, {job: JobStatus.QUEUED}), "waiting")
		self.assertEqual(self.work(run, {job: JobStatus.QUEUED}, workers=0), "nobody")
		self.assertEqual(self.work(run, {job: JobStatus.STARTED}), "at_work")

	def test_a_process_that_was_killed_is_gone(self):
		run = make_run(workers=0)
		self.assertEqual(self.work(run), "gone")
		with patch.object(run_progress_module.site_runs, "is_migrating", return_value=True):
			self.assertEqual(self.work(run), "at_work")

	def test_an_undo_that_is_queued_isnt_at_work(self):
		run = make_run(status="Undoing")
		job = f"woo_undo_{run}_2"
		with patch("jarz_woocommerce_integration.services.undo.undo.queued_ids", return_value=[job]):
			self.assertEqual(self.work(run, {job: JobStatus.QUEUED}), "waiting")
			self.assertEqual(self.work(run, {job: JobStatus.QUEUED}, workers=0), "nobody")
			with patch.object(work_states, "holder_of", return_value=7):
				self.assertEqual(self.work(run, workers=0), "at_work")
		self.assertEqual(self.work(run), "gone")

	def test_a_proof_is_asked_for_then_made(self):
		run = make_run(status="Completed")
		self.assertEqual(self.work(run), None)
		job = f"woo_proof_{run}"
		self.assertEqual(self.work(run, {job: JobStatus.QUEUED}), "waiting")
		self.assertEqual(self.work(run, {job: JobStatus.STARTED}), "at_work")


class TestActions(FrappeTestCase):
	def allowed(self, status, kind="Migration", workers=2, kept=0, failed_pages=0, has_failed_orders=False):
		run = frappe._dict(kind=kind, status=status, workers=workers, kept=kept)
		return allowed_actions(run, failed_pages, has_failed_orders)

	def test_what_the_state_of_a_run_allows(self):
		expected = {
			"Running": ["pause", "stop", "retry_failed"],
			"Paused": ["resume", "stop", "retry_failed", "verify", "undo"],
			"Stopped": ["resume", "retry_failed", "verify", "undo"],
			"Failed": ["resume", "retry_failed", "verify", "undo"],
			"Completed": ["retry_failed", "verify", "undo"],
			"Replaced": ["undo"],
			"Undoing": ["undo_again"],
			"Undone": [],
		}
		for status, actions in expected.items():
			self.assertEqual(self.allowed(status, failed_pages=1), actions, status)

	def test_one_process_is_steered_where_it_runs(self):
		self.assertEqual(self.allowed("Running", workers=0), [])
		self.assertEqual(self.allowed("Completed", workers=0, failed_pages=1), ["verify", "undo"])

	def test_only_what_failed_is_retried(self):
		self.assertNotIn("retry_failed", self.allowed("Completed"))
		self.assertIn("retry_failed", self.allowed("Completed", has_failed_orders=True))
		self.assertNotIn("retry_failed", self.allowed("Running", has_failed_orders=True))

	def test_what_was_kept_can_be_looked_at_again(self):
		self.assertEqual(self.allowed("Undone", kept=3), ["undo_again"])

	def test_what_was_booked_by_the_live_sync_can_be_undone_and_a_dry_run_booked_nothing(self):
		self.assertEqual(self.allowed("Completed", kind="Live Sync", workers=0), ["undo"])
		self.assertEqual(self.allowed("Completed", kind="Dry Run", workers=0), [])


class TestVerification(RunProgressTestCase):
	def test_a_run_is_proven_again_in_the_background_and_only_once_at_a_time(self):
		run = make_run(status="Completed")
		frappe.db.commit()
		self.addCleanup(self.remove, run)
		with patch.object(frappe, "enqueue") as enqueue:
			run_verification.start(run)
		told = enqueue.call_args.kwargs
		self.assertEqual((told["job_id"], told["run"]), (f"woo_proof_{run}", run))
		self.assertTrue(told["deduplicate"])
		self.assertEqual(told["queue"], "long")

	def test_a_run_that_is_not_over_is_not_proven(self):
		run = make_run()
		frappe.db.commit()
		self.addCleanup(self.remove, run)
		with patch.object(frappe, "enqueue") as enqueue, self.assertRaises(RunStateError):
			run_verification.start(run)
		enqueue.assert_not_called()

	@staticmethod
	def remove(run: int) -> None:
		frappe.delete_doc(RUN, run, force=True)
		frappe.db.commit()


def raise_(error: Exception):
	raise error
