"""Page jobs, called here in this process: planned once, claimed by one, tried again, parked, paused, and proven."""

import subprocess
import sys
from collections import Counter
from unittest.mock import Mock, patch

import frappe
from frappe.utils import add_to_date, now_datetime
from frappe.utils.background_jobs import get_queue
from rq.timeouts import JobTimeoutException

from jarz_woocommerce_integration.exceptions import (
	LedgerInUseError,
	RunStateError,
	StoreAuthenticationError,
	StoreThrottledError,
	StoreUnreachableError,
	UnforeseenError,
)
from jarz_woocommerce_integration.ledger.erpnext.ledger import SMALL_COMMIT, ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.migration import orders_at_hand
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.services.page_jobs import (
	control as run_control,
	feed as page_feed,
	jobs as page_jobs,
	pages as site_pages,
	phases as run_phases,
	work_at_hand,
)
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING, PROVING
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, jobs_in, queue_at
from jarz_woocommerce_integration.tests.proof.proof_case import books_digest
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

PAGE = site_pages.PAGE
RUN = site_runs.RUN


class PageJobsTestCase(ShopOnSiteTestCase):
	"""A run of small pages, whose jobs are queued in a Redis of their own and called by hand."""

	orders = 18
	page_size = 6

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.redis = cls.enterClassContext(OwnRedis(keeps=False))

	def setUp(self):
		super().setUp()
		wipe_books()
		self.enterContext(queue_at(self.redis.url))
		self.enterContext(
			patch("jarz_woocommerce_integration.services.page_jobs.feed.LOOK_AFTER_OTHERS", 0.3)
		)
		self.addCleanup(frappe.db.rollback)

	def plan(self, workers=2, page_limit=None) -> int:
		"""A run whose pages are laid out, and none of them booked."""
		with patch.object(site_pages, "hand_out", lambda run, count, last: []):
			run = self.start(workers, page_limit)
			page_jobs.work_on_run(run)
		get_queue("long").empty()
		return run

	def start(self, workers=2, page_limit=None) -> int:
		with open_session(STORE) as session:
			scope = session.scope(page_size=self.page_size)
			return run_control.start_in(session, scope, workers, page_limit)

	def work(self, run: int, most: int = 40) -> None:
		"""What workers do, one job after the other, until the run has ended or nothing is queued."""
		for _job in range(most):
			queued = [page.name for page in site_pages.in_flight(run) if page.state == "Queued"]
			row = site_runs.read(run)
			if queued:
				page_jobs.book_page(queued[0])
				page_feed.page_job(queued[0]).forget()
			elif row.status == "Running" and row.phase in (PLANNING, PROVING):
				page_jobs.work_on_run(run)
			else:
				return
		self.fail("the run doesn't come to its end")

	def row(self, run: int):
		frappe.db.rollback()
		return frappe.get_doc(RUN, run)

	def page(self, run: int, number: int):
		frappe.db.rollback()
		return frappe.get_doc(PAGE, f"{run}-{number}")

	def queued_jobs(self) -> set[str]:
		return set(jobs_in("long"))


class TestPlanning(PageJobsTestCase):
	def test_pages_are_fixed_lists_of_the_manifests_ids(self):
		run = self.plan()
		pages = frappe.get_all(PAGE, {"run": str(run)}, ["number", "order_ids", "state"], order_by="number")
		ids = [frappe.parse_json(page.order_ids) for page in pages]
		flat = [order_id for page in ids for order_id in page]
		self.assertEqual(flat, sorted(order["id"] for order in self.all_orders()))
		self.assertEqual({len(page) for page in ids[:-1]}, {self.page_size})
		self.assertEqual({page.state for page in pages}, {"Planned"})
		row = self.row(run)
		self.assertEqual((row.planned_pages, row.planned_orders, row.phase), (len(pages), len(flat), BOOKING))

	def all_orders(self) -> list[dict]:
		return order_sync.fetch_orders_page(1, 100, STORE)

	def test_broken_off_it_goes_on_behind_the_last_page(self):
		whole = self.plan()
		expected = self.ids_of(whole)
		run_control.stop(whole)
		frappe.db.set_value(RUN, whole, {"status": "Replaced"})
		frappe.db.commit()
		lay_out, laid = site_pages.lay_out, []

		def breaking(run, number, order_ids):
			laid.append(number)
			if len(laid) == 3:
				raise StoreUnreachableError("The store can't be reached.")
			lay_out(run, number, order_ids)

		with patch.object(site_pages, "hand_out", lambda run, count, last: []):
			run = self.start()
			with patch.object(site_pages, "lay_out", breaking):
				page_jobs.work_on_run(run)
			self.assertEqual((self.row(run).phase, self.row(run).status), (PLANNING, "Running"))
			page_jobs.work_on_run(run)
		self.assertEqual(self.ids_of(run), expected)

	def ids_of(self, run: int) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all(PAGE, {"run": str(run)}, pluck="order_ids", order_by="number")


class TestHandingOut(PageJobsTestCase):
	def test_no_more_pages_are_in_flight_than_the_run_allows_and_each_end_brings_the_next(self):
		run = self.plan(workers=2)
		page_feed.advance(run)
		page_feed.advance(run)
		self.assertEqual(self.queued_jobs(), {f"woo_migration_page_{run}-1", f"woo_migration_page_{run}-2"})
		page_jobs.book_page(f"{run}-1")
		self.assertEqual(
			Counter(page.state for page in site_pages.in_flight(run)), {"Queued": 2}, "the next one follows"
		)
		self.assertIn(f"woo_migration_page_{run}-3", self.queued_jobs())

	def test_the_queue_shows_each_page_by_its_name(self):
		run = self.plan(workers=1)
		page_feed.advance(run)
		(job,) = get_queue("long").jobs
		self.assertEqual(job.kwargs["job_name"], f"woo_migration_page_{run}-1")
		self.assertEqual(job.kwargs["kwargs"], {"page": f"{run}-1"})

	def test_a_job_that_redis_forgot_is_queued_again_without_counting_against_its_page(self):
		run = self.plan(workers=1)
		page_feed.advance(run)
		get_queue("long").empty()
		page_feed.advance(run)
		self.assertEqual(self.queued_jobs(), {f"woo_migration_page_{run}-1"})
		self.assertEqual(self.page(run, 1).attempts, 0)

	def test_asked_for_so_many_pages_it_pauses_and_the_same_call_goes_on(self):
		run = self.plan(page_limit=1)
		page_feed.advance(run)
		self.work(run)
		self.assertEqual((self.row(run).status, self.row(run).pages), ("Paused", 1))
		self.assertEqual(self.start(page_limit=1), run)
		self.work(run)
		self.assertEqual((self.row(run).status, self.row(run).pages), ("Paused", 2))


class TestWholeRun(PageJobsTestCase):
	def test_it_books_proves_and_completes_with_the_books_of_a_run_in_one_process(self):
		run = self.start()
		self.work(run)
		row = self.row(run)
		self.assertEqual((row.status, row.proven, row.phase), ("Completed", 1, ""), row.last_error)
		self.assertEqual(row.orders, row.planned_orders)
		self.assertEqual(frappe.db.get_value("WooCommerce Store", STORE, "last_run"), str(run))
		side_by_side = self.books()
		wipe_books()
		order_sync.migrate_all_historical_orders_cli(store=STORE)
		self.assertEqual(self.books(), side_by_side)

	def books(self) -> list[tuple]:
		frappe.db.rollback()
		return books_digest()

	def test_a_second_run_reads_what_the_shops_list_shows_as_other_than_in_the_ledger(self):
		self.work(first := self.start())
		changed = self.booked_orders(self.ids_of(first))[0]
		self.shop.change_total(changed)
		held = frappe.get_all("WooCommerce Order Map", {"state": "Held"}, pluck="woo_order_id")
		self.work(run := self.start())
		self.assertEqual(self.ids_of(run), sorted({changed, *held}))
		row = self.row(run)
		self.assertEqual((row.status, row.proven, row.phase), ("Completed", 1, ""))
		self.assertEqual((row.orders, row.updated + row.changed), (len(self.ids_of(first)), 1))
		self.assertEqual(row.unchanged, row.orders - row.planned_orders)
		with open_session(STORE) as session:
			scope = session.scope(page_size=self.page_size, read_all=True)
			self.work(run := run_control.start_in(session, scope, 2))
		self.assertEqual(self.ids_of(run), self.ids_of(first))

	def ids_of(self, run: int) -> list[int]:
		frappe.db.rollback()
		pages = frappe.get_all(PAGE, {"run": str(run)}, pluck="order_ids", order_by="number")
		return [order_id for page in pages for order_id in frappe.parse_json(page)]

	def test_orders_that_change_or_go_meanwhile_are_settled_before_the_proof(self):
		run = self.start(workers=1)
		page_jobs.work_on_run(run)
		page_jobs.book_page(f"{run}-1")
		booked = self.booked_orders(frappe.parse_json(self.page(run, 1).order_ids))
		changed, trashed, deleted = booked[:3]
		self.shop.change_total(changed)
		self.shop.trash(trashed)
		self.shop.delete(deleted)
		self.work(run)
		row = self.row(run)
		self.assertEqual((row.status, row.proven, row.settling_round), ("Completed", 1, 1))
		states = dict(
			frappe.get_all(
				"WooCommerce Order Map",
				{"woo_order_id": ("in", booked[:3])},
				["woo_order_id", "state"],
				as_list=1,
			)
		)
		self.assertEqual(states, {changed: "Synced", trashed: "Cancelled", deleted: "Deleted in Store"})

	def booked_orders(self, order_ids: list[int]) -> list[int]:
		frappe.db.rollback()
		return frappe.get_all(
			"WooCommerce Order Map",
			{"woo_order_id": ("in", order_ids), "state": "Synced"},
			pluck="woo_order_id",
			order_by="woo_order_id",
		)


class TestOnePage(PageJobsTestCase):
	def test_run_twice_it_books_once(self):
		run = self.plan()
		page_feed.advance(run)
		self.assertEqual(page_jobs.book_page(f"{run}-1")["orders"], self.page_size)
		there = frappe.db.count("Sales Invoice")
		self.assertEqual(page_jobs.book_page(f"{run}-1")["status"], "nothing to do")
		frappe.db.set_value(PAGE, f"{run}-1", "state", "Queued")
		frappe.db.commit()
		page_jobs.book_page(f"{run}-1")
		self.assertEqual(frappe.db.count("Sales Invoice"), there)

	def test_run_by_two_at_once_the_second_leaves_it_to_the_first(self):
		run = self.plan()
		page_feed.advance(run)
		holder = _HolderOf(f"{run}-1")
		with holder:
			self.assertEqual(page_jobs.book_page(f"{run}-1")["status"], "another worker has it")
		self.assertEqual(self.page(run, 1).state, "Queued")

	def test_a_page_whose_worker_died_is_queued_again_and_parked_after_three(self):
		run = self.plan(workers=1)
		for attempt in (1, 2, 3):
			page_feed.advance(run)
			self.assertTrue(site_pages.claim(f"{run}-1", "a worker that is killed"))
			page_feed.advance(run)  # nobody holds the page's lock
			self.assertEqual(self.page(run, 1).attempts, attempt)
		parked = self.page(run, 1)
		self.assertEqual((parked.state, parked.error_kind), ("Failed", "Worker died"))
		self.work(run)
		row = self.row(run)
		self.assertEqual((row.status, row.proven), ("Completed", 1), "the final pass finds the page's orders")

	def test_customers_are_made_in_the_order_of_the_pages(self):
		run = self.plan()
		page_feed.advance(run)
		self.assertEqual(page_jobs.book_page(f"{run}-2")["status"], "waits for the page before it")
		second = self.page(run, 2)
		self.assertEqual((second.state, second.attempts, second.orders), ("Retry", 0, 0))
		page_jobs.book_page(f"{run}-1")
		page_feed.advance(run)
		self.assertEqual(page_jobs.book_page(f"{run}-2")["status"], "done")

	def test_a_job_of_little_time_gives_its_page_back_before_it_ends_by_waiting(self):
		run = self.plan()
		page_feed.advance(run)
		with _HolderOf(f"{run}-1"), patch.object(page_feed, "get_current_job", lambda: Mock(timeout=1)):
			self.assertTrue(site_pages.claim(f"{run}-1", "a worker that takes its time"))
			self.assertEqual(page_jobs.book_page(f"{run}-2")["status"], "waits for the page before it")
		second = self.page(run, 2)
		self.assertEqual((second.state, second.attempts), ("Retry", 0))

	def test_how_many_of_its_orders_were_worked_on_is_told_before_it_is_committed(self):
		run = self.plan()
		page_feed.advance(run)
		told = []

		def note(page, orders):
			told.append((page, orders, frappe.db.get_value(PAGE, page, "orders")))

		with patch.object(orders_at_hand, "TOLD_EVERY", 0), patch.object(work_at_hand, "note", note):
			page_jobs.book_page(f"{run}-1")
		of_the_first = [orders for page, orders, committed in told if page == f"{run}-1" and not committed]
		self.assertEqual(of_the_first[:1], [1])
		self.assertEqual(max(of_the_first), self.page_size)

	def test_what_it_cost_stands_on_the_page(self):
		run = self.plan()
		page_feed.advance(run)
		page_jobs.book_page(f"{run}-1")
		page = self.page(run, 1)
		self.assertGreater(page.seconds, 0)
		self.assertGreater(page.booking_seconds, 0)
		self.assertGreaterEqual(page.requests, 1)
		self.assertGreater(page.memory_mb, 50)
		self.assertTrue(page.worker)

	def test_after_the_first_a_page_costs_its_own_requests_alone(self):
		run = self.plan()
		page_feed.advance(run)
		page_jobs.book_page(f"{run}-1")
		page_jobs.book_page(f"{run}-2")
		asked_for = "the orders, the refunds of some, and accounts that weren't asked for before"
		self.assertLessEqual(self.page(run, 2).requests, 3, asked_for)


class _HolderOf:
	"""Another connection that holds a page's lock."""

	CODE = (
		"import sys, frappe\n"
		"frappe.init(site=sys.argv[1]); frappe.connect()\n"
		"from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock\n"
		"with named_lock('woo_page', sys.argv[2]) as held:\n"
		"	print(held, flush=True); sys.stdin.read()\n"
	)

	def __init__(self, page: str):
		self.page = page

	def __enter__(self):
		command = [sys.executable, "-c", self.CODE, frappe.local.site, self.page]
		self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
		assert self.process.stdout.readline().strip() == "True"
		return self

	def __exit__(self, *exception):
		self.process.communicate("")


class TestFailures(PageJobsTestCase):
	def book_with(self, run: int, error: BaseException, page: int = 1) -> dict:
		def failing(*arguments):
			raise error

		with patch.object(PageBooking, "book_ids", failing):
			return page_jobs.book_page(f"{run}-{page}")

	def hand_out(self, run: int) -> None:
		frappe.db.set_value(PAGE, f"{run}-1", "retry_at", add_to_date(now_datetime(), seconds=-1))
		frappe.db.commit()
		page_feed.advance(run)

	def test_an_outage_never_parks_a_page_and_opens_the_circuit_which_closes_by_itself(self):
		run = self.plan(workers=2)
		outage = StoreUnreachableError("The store at shop.example can't be reached: no connection.")
		for _failure in range(3):
			self.hand_out(run)
			self.book_with(run, outage)
		row, page = self.row(run), self.page(run, 1)
		self.assertEqual((row.status, page.state, page.attempts), ("Running", "Retry", 0))
		self.assertIn("can't be reached", row.waiting_for)
		self.assertEqual(page.error_kind, "StoreUnreachableError")
		get_queue("long").empty()
		frappe.db.sql("UPDATE `tabWooCommerce Sync Page` SET state = 'Planned' WHERE state = 'Queued'")
		self.hand_out(run)
		self.assertEqual(site_pages.in_flight(run), [], "nothing is sent while it is open")
		frappe.db.set_value(RUN, run, "circuit_open_until", add_to_date(now_datetime(), seconds=-1))
		self.hand_out(run)
		self.assertEqual(len(site_pages.in_flight(run)), 1, "one page looks whether the store is well")
		page_jobs.book_page(f"{run}-1")
		row = self.row(run)
		self.assertEqual((row.store_failures, row.circuit_open_until, row.waiting_for), (0, None, None))
		self.assertEqual(len(site_pages.in_flight(run)), 2)

	def test_a_key_that_is_refused_again_and_again_ends_the_run_with_the_reason(self):
		run = self.plan()
		for _failure in range(3):
			self.hand_out(run)
			self.book_with(run, StoreAuthenticationError("Consumer secret is invalid.", "Check the key."))
		row = self.row(run)
		self.assertEqual(
			(row.status, row.last_error), ("Failed", "Consumer secret is invalid. Check the key.")
		)
		self.assertEqual(self.start(), run, "the same run goes on")

	def test_a_pause_that_the_store_asks_for_holds_back_all_pages(self):
		run = self.plan()
		self.hand_out(run)
		self.book_with(run, StoreThrottledError("Too many requests.", retry_after=300))
		self.assertGreater((self.row(run).circuit_open_until - now_datetime()).total_seconds(), 280)
		self.assertEqual(self.page(run, 1).attempts, 0)

	def test_a_page_that_fails_by_itself_is_tried_three_times_and_the_run_goes_on_without_it(self):
		run = self.plan(workers=1)
		for _failure in range(3):
			self.hand_out(run)
			with self.assertRaisesRegex(UnforeseenError, "ZeroDivisionError in "):
				self.book_with(run, ZeroDivisionError("planted"))
		page = self.page(run, 1)
		self.assertEqual((page.state, page.error_kind), ("Failed", "ZeroDivisionError"))
		self.assertRegex(
			page.last_error, r"ZeroDivisionError in tests/page_jobs/test_page_jobs\.py, line \d+"
		)
		page_feed.advance(run)
		self.assertEqual([page.name for page in site_pages.in_flight(run)], [f"{run}-2"])
		run_control.retry_failed(run)
		self.assertEqual((self.page(run, 1).state, self.page(run, 1).attempts), ("Planned", 0))

	def test_a_job_that_is_over_its_time_leaves_a_connection_that_works(self):
		run = self.plan()
		self.hand_out(run)
		self.book_with(run, JobTimeoutException("Task exceeded maximum timeout value (600 seconds)"))
		page = self.page(run, 1)
		self.assertEqual((page.state, page.error_kind, page.attempts), ("Retry", "Timeout", 1))

	def test_rules_that_were_changed_meanwhile_end_the_run(self):
		run = self.plan()
		self.hand_out(run)
		store = frappe.get_doc("WooCommerce Store", STORE)
		self.addCleanup(self.connect)
		store.db_set("rounding_tolerance", 0.5)
		frappe.db.commit()
		page_jobs.book_page(f"{run}-1")
		row = self.row(run)
		self.assertEqual((row.status, self.page(run, 1).attempts), ("Failed", 0))
		self.assertIn("were changed while run", row.last_error)


class TestDeadlocks(PageJobsTestCase):
	orders = 24
	page_size = 100

	def test_a_page_that_loses_to_others_is_tried_in_small_commits(self):
		run = self.plan()
		page_feed.advance(run)
		book, sizes = ERPNextLedger._book, []

		def losing_once(ledger, page, outcomes, bulk):
			sizes.append(len(outcomes))
			if len(sizes) == 1:
				raise frappe.QueryDeadlockError("planted")
			return book(ledger, page, outcomes, bulk)

		with patch.object(ERPNextLedger, "_book", losing_once):
			self.assertEqual(page_jobs.book_page(f"{run}-1")["status"], "done")
		self.assertEqual(sizes[0], self.row(run).planned_orders)
		self.assertEqual(set(sizes[1:-1]), {SMALL_COMMIT})
		page = self.page(run, 1)
		self.assertEqual((page.state, page.orders), ("Done", page.planned_orders))
		self.assertEqual(self.row(run).orders, page.planned_orders)

	def test_after_three_the_page_waits_for_another_attempt(self):
		run = self.plan()
		page_feed.advance(run)

		def losing(*arguments):
			raise frappe.QueryDeadlockError("planted")

		with patch.object(ERPNextLedger, "_book", losing):
			page_jobs.book_page(f"{run}-1")
		page = self.page(run, 1)
		self.assertEqual((page.state, page.error_kind, page.attempts), ("Retry", "Locked by others", 0))


class TestControl(PageJobsTestCase):
	def test_a_second_migration_of_the_store_is_refused_and_told_which_one_is_there(self):
		run = self.plan()
		for start in (self.start, lambda: order_sync.migrate_all_historical_orders_cli(store=STORE)):
			with self.assertRaises(LedgerInUseError) as raised:
				start()
			self.assertIn(f"run {run} of Administrator", raised.exception.message)

	def test_paused_it_hands_out_nothing_and_resumed_it_goes_on(self):
		run = self.plan()
		page_feed.advance(run)
		run_control.pause(run)
		self.assertEqual((site_pages.in_flight(run), self.queued_jobs()), ([], set()))
		page_feed.advance(run)
		page_jobs.book_page(f"{run}-1")
		self.assertEqual(self.row(run).orders, 0)
		with self.assertRaises(RunStateError):
			run_control.pause(run)
		run_control.resume(run)
		self.work(run)
		self.assertEqual((self.row(run).status, self.row(run).proven), ("Completed", 1))
		with self.assertRaises(RunStateError):
			run_control.resume(run)

	def test_stopped_the_same_call_goes_on_where_it_was(self):
		run = self.plan()
		page_feed.advance(run)
		page_jobs.book_page(f"{run}-1")
		run_control.stop(run)
		self.assertEqual(self.row(run).status, "Stopped")
		self.assertEqual(self.start(workers=3), run)
		self.assertEqual(self.row(run).workers, 3)
		self.work(run)
		self.assertEqual(self.row(run).status, "Completed")

	def test_an_outage_while_it_proves_is_waited_for(self):
		run = self.start()
		outage = StoreUnreachableError("The store can't be reached.")
		with patch.object(run_phases, "_prove", side_effect=outage):
			self.work_until_proving(run)
			page_jobs.work_on_run(run)
		self.assertEqual((self.row(run).status, self.row(run).phase), ("Running", PROVING))
		self.work(run)
		self.assertEqual(self.row(run).status, "Completed")

	def work_until_proving(self, run: int) -> None:
		while site_runs.read(run).phase != PROVING:
			queued = [page.name for page in site_pages.in_flight(run)]
			page_jobs.book_page(queued[0]) if queued else page_jobs.work_on_run(run)

	def test_the_sweep_looks_after_runs_that_are_running(self):
		run = self.plan()
		page_jobs.sweep()
		self.assertEqual(len(self.queued_jobs()), 2)
		with named_lock("woo_page", "nobody's") as held:
			self.assertTrue(held)
		run_control.stop(run)
		page_jobs.sweep()
		self.assertEqual(self.queued_jobs(), set())
