"""A job goes on with further pages of its run, and gives way: to other jobs, to people, and to pages that were tried before."""

from unittest.mock import Mock, patch

import frappe
from frappe.utils.background_jobs import get_queue, get_redis_conn

from jarz_woocommerce_integration.services.page_jobs import (
	control as run_control,
	feed as page_feed,
	jobs as page_jobs,
	pages as site_pages,
	time_slice,
)
from jarz_woocommerce_integration.services.session.runs import PROVING
from jarz_woocommerce_integration.tests.page_jobs.test_page_jobs import PAGE, PageJobsTestCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TimeSlicesTestCase(PageJobsTestCase):
	"""Jobs are called by hand, as if a worker of the queue `long` had begun them."""

	def setUp(self):
		super().setUp()
		job = Mock(timeout=600, worker_name="nobody", connection=get_redis_conn())
		self.enterContext(patch.object(time_slice, "get_current_job", lambda: job))

	def work_on_first(self, run: int) -> dict:
		"""What a worker does that takes the first page's job from the queue."""
		page_feed.advance(run)
		page_feed.page_job(f"{run}-1").forget()
		return page_jobs.book_page(f"{run}-1")

	def states(self, run: int) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all(PAGE, {"run": str(run)}, pluck="state", order_by="number")


class TestGoingOn(TimeSlicesTestCase):
	def test_one_job_books_all_pages_and_withdraws_the_jobs_that_waited_for_them(self):
		run = self.plan(workers=3)
		self.assertEqual(self.work_on_first(run)["orders"], self.row(run).planned_orders)
		self.assertEqual(set(self.states(run)), {"Done"})
		self.assertEqual(self.row(run).phase, PROVING)
		self.assertEqual(self.queued_jobs(), {f"woo_migration_run_{run}"})

	def test_each_page_has_its_own_requests_and_seconds(self):
		run = self.plan()
		self.work_on_first(run)
		pages = frappe.get_all(PAGE, {"run": str(run)}, ["requests", "seconds"], order_by="number")
		self.assertTrue(all(page.seconds > 0 and page.requests >= 1 for page in pages))
		asked_for = "the orders, the refunds of some, and accounts that weren't asked for before"
		self.assertLessEqual(max(page.requests for page in pages[1:]), 3, asked_for)

	def test_a_page_that_another_worker_begins_just_now_is_left_to_it(self):
		run = self.plan(workers=3)
		page_feed.advance(run)
		waiting = get_queue("long")
		waiting.remove(waiting.job_ids[0])  # as a worker takes it
		with page_feed.next_page(run, "a worker") as page:
			self.assertEqual(page.name, f"{run}-2")
		self.assertEqual(self.page(run, 1).state, "Queued")

	def test_a_job_that_ends_in_the_middle_of_a_further_page_leaves_it_to_another(self):
		run = self.plan(workers=1)
		page_feed.advance(run)
		with page_feed.next_page(run, "a worker that is killed") as page:
			page_feed.advance(run)
			self.assertEqual(self.page(run, page.number).state, "Running", "its lock is held")
		page_feed.advance(run)
		self.assertEqual(self.page(run, page.number).error_kind, "Worker died")


class TestGivingWay(TimeSlicesTestCase):
	def book_first(self, run: int) -> None:
		self.assertEqual(self.work_on_first(run)["orders"], self.page_size)
		self.assertEqual(self.states(run)[0], "Done")

	def test_where_another_job_waits_it_ends_with_its_page_and_queues_the_next_one_behind(self):
		run = self.plan(workers=1)
		frappe.enqueue("frappe.ping", queue="long", job_id="of_another_app")
		with patch.object(time_slice, "SECONDS_AT_LEAST", 0):
			self.book_first(run)
		self.assertEqual(self.queued_jobs(), {"of_another_app", f"woo_migration_page_{run}-2"})
		self.assertIn("of_another_app", get_queue("long").job_ids[0])

	def test_own_pages_that_wait_are_no_reason(self):
		run = self.plan(workers=3)
		with patch.object(time_slice, "SECONDS_AT_LEAST", 0):
			self.work_on_first(run)
		self.assertEqual(set(self.states(run)), {"Done"})

	def test_it_ends_well_before_its_time_is_over(self):
		run = self.plan(workers=1)
		with patch.object(time_slice, "SHARE", 10**9):
			self.book_first(run)
		self.assertEqual(self.queued_jobs(), {f"woo_migration_page_{run}-2"})

	def test_a_page_that_was_tried_before_gets_a_job_of_its_own(self):
		run = self.plan(workers=2)
		frappe.db.set_value(PAGE, f"{run}-2", {"state": "Retry", "attempts": 1, "retry_at": "2020-01-01"})
		frappe.db.commit()
		self.book_first(run)
		self.assertIn(f"woo_migration_page_{run}-2", self.queued_jobs())
		self.assertEqual(self.page(run, 2).attempts, 1)

	def test_paused_it_ends_with_its_page(self):
		run = self.plan(workers=1)
		note_work = site_pages.note_work

		def pausing(page, **work):
			note_work(page, **work)
			run_control.pause(run)

		with patch.object(site_pages, "note_work", pausing):
			self.book_first(run)
		self.assertEqual((self.row(run).status, self.queued_jobs()), ("Paused", set()))

	def test_the_stores_form_is_read_anew_for_each_page(self):
		run = self.plan(workers=1)
		note_work = site_pages.note_work

		def switching_off(page, **work):
			note_work(page, **work)
			frappe.db.set_value("WooCommerce Store", STORE, "enabled", 0)
			frappe.db.commit()

		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "enabled", 1)
		with patch.object(site_pages, "note_work", switching_off):
			self.book_first(run)
		self.assertEqual(self.row(run).status, "Failed")
		self.assertIn("switched off", self.row(run).last_error)
