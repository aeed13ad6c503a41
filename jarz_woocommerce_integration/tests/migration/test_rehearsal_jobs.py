"""A rehearsal in the background: what the Desk is told of it is true at every moment, and a person may cancel it."""

from unittest.mock import patch

import frappe
from rq.job import JobStatus

from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.migration import orders_at_hand
from jarz_woocommerce_integration.services.session import work_states
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase


class TestRehearsalJobs(ShopOnSiteTestCase):
	orders = 60

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.set_page_size(20)
		cls.addClassCleanup(cls.set_page_size, 100)

	@staticmethod
	def set_page_size(orders: int) -> None:
		frappe.db.set_single_value("WooCommerce Settings", "page_size", orders)
		frappe.db.commit()

	def tearDown(self):
		rehearsals._file(STORE).unlink(missing_ok=True)
		frappe.cache.delete_value(rehearsals._cancel_key(STORE))
		frappe.db.rollback()
		super().tearDown()

	def told(self, job: JobStatus | None, workers: int = 1) -> dict:
		"""What a form is told while the queue knows this of the job."""
		status = patch.object(work_states, "get_job_status", return_value=job)
		with status, patch.object(work_states, "listening", return_value=["worker"] * workers):
			return rehearsals.status(self.store)

	def test_it_waits_for_a_worker_only_while_it_does(self):
		self.assertEqual(self.told(None)["state"], "none")
		rehearsals._write(STORE, {"state": "queued"})
		self.assertEqual(self.told(JobStatus.QUEUED)["state"], "queued")
		self.assertEqual(self.told(JobStatus.QUEUED, workers=0)["state"], "no_worker")
		self.assertEqual(self.told(JobStatus.STARTED)["state"], "running")
		self.assertEqual(self.told(None)["state"], "failed")

	@staticmethod
	def told_by_one(orders_every: float) -> list[dict]:
		"""What a rehearsal writes. :param orders_every: seconds from one number of orders of a page to the next"""
		told: list[dict] = []
		every = patch.object(orders_at_hand, "TOLD_EVERY", orders_every)
		with every, patch.object(rehearsals, "_write", side_effect=lambda store, state: told.append(state)):
			rehearsals.run(STORE)
		return told

	def test_its_progress_moves_while_a_page_is_tried(self):
		told = self.told_by_one(orders_every=0)
		reading = [state["summary"] for state in told if state["summary"].get("phase") == "reading"]
		orders = [summary["orders"] for summary in reading]
		self.assertEqual(orders, sorted(orders))
		self.assertTrue([number for number in orders if 0 < number < 20], orders)
		self.assertTrue([number for number in orders if 20 < number < 40], orders)
		self.assertEqual([summary["pages"] for summary in reading][-1], 3)

	def test_it_tells_how_many_of_the_orders_are_tried_and_how_long_it_takes(self):
		told = self.told_by_one(orders_every=60)
		running = [state["summary"] for state in told if state["state"] == "running"]
		self.assertEqual(running[0], {"phase": "counting"})
		reading = [summary for summary in running if summary["phase"] == "reading"]
		total = reading[0]["total"]
		self.assertGreaterEqual(total, self.orders)
		self.assertEqual([summary["orders"] for summary in reading][:3], [0, 20, 40])
		self.assertIsNone(reading[0]["seconds_left"])
		self.assertIsNotNone(reading[1]["seconds_left"])
		self.assertEqual(told[-1]["state"], "done")
		self.assertTrue(told[-1]["report_url"])

	def test_it_is_cancelled_at_the_end_of_a_page(self):
		rehearsals._write(STORE, {"state": "running"})
		with patch.object(rehearsals, "withdraw", return_value=False):
			with patch.object(rehearsals, "state_of", return_value=work_states.AT_WORK):
				self.assertEqual(rehearsals.cancel(self.store)["state"], "cancelling")
		rehearsals.run(STORE)
		told = self.told(None)
		self.assertEqual(told["state"], "cancelled")
		self.assertEqual(told["summary"]["orders_seen"], 20)
		self.assertFalse(told["summary"]["complete"])

	def test_one_that_waits_is_cancelled_at_once(self):
		rehearsals._write(STORE, {"state": "queued"})
		with patch.object(rehearsals, "withdraw", return_value=True):
			self.assertEqual(rehearsals.cancel(self.store)["state"], "cancelled")
