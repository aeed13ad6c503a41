"""A kind that fails in the middle of a run: what was written of it before is listed, taken back and booked as documents."""

import random
import subprocess
import sys
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from rq.job import JobStatus

from jarz_woocommerce_integration.exceptions import RunStateError
from jarz_woocommerce_integration.ledger.erpnext.bulk.masters import Lacking
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import Candidate
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import written_kinds
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.inbox.work import work_on
from jarz_woocommerce_integration.services.page_jobs.progress import run_progress
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.services.session import work_states
from jarz_woocommerce_integration.services.undo import book_anew
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.undo.rollback_case import RollbackCase, state_of_site


def migrate(page_size: int) -> int:
	return order_sync.migrate_all_historical_orders_cli(batch_size=page_size, store=STORE)["run"]


WHY = "refused by ERPNext (planted)"


@contextmanager
def failing(what: type, in_page: int = 2):
	"""A sample of a page is refused. :param what: planned rows of orders, or of customers; :param in_page: of those with some of them"""
	choose = Proofs.choose
	pages = 0

	def choose_or_fail(self, planned, ask):
		nonlocal pages
		if planned and isinstance(planned[0], what):
			pages += 1
			if pages == in_page:
				self._note_failed(planned[0].plan.kinds, WHY, is_sample=True)
		return choose(self, planned, ask)

	with patch.object(Proofs, "choose", choose_or_fail):
		yield


class TestBookAnew(RollbackCase):
	orders = 30

	def tearDown(self):
		frappe.db.delete("WooCommerce Inbox", {"store": STORE})
		frappe.db.commit()
		super().tearDown()

	def expected(self) -> dict:
		"""The books of a run in which nothing has failed. Made once: the shop stays the same."""
		if not hasattr(type(self), "undisturbed"):
			migrate(10)
			type(self).undisturbed = state_of_site()
			self.setUp()
		return self.undisturbed

	def suspects(self, run: int) -> dict[int, str]:
		return {each.order_id: each.invoice for each in written_kinds.suspects(run)}

	def test_orders_of_a_kind_that_failed_are_listed_and_booked_as_documents(self):
		expected = self.expected()
		with failing(Candidate):
			run = migrate(10)
		suspects = self.suspects(run)
		self.assertGreater(len(suspects), 3)
		self.assertFalse(frappe.db.get_value("WooCommerce Sync Run", run, "proven"))
		found = check_books(STORE)
		self.assertEqual(set(found.orders["bulk"]), set(suspects))
		self.assertFalse(found.sound)
		self.assertIn(WHY, next(row.message for row in found.findings if row.kind == "bulk"))
		listed = book_anew.suspects(run)
		self.assertEqual((listed["count"], listed["orders"][0]["why"]), (len(suspects), WHY))
		self.assertIn("book_anew", run_progress(run)["can"])
		started = {f"woo_book_anew_{run}_2": JobStatus.STARTED}
		with patch.object(work_states, "get_job_status", started.get):
			self.assertTrue(run_progress(run)["booking_anew"])
		self.assertFalse(run_progress(run)["booking_anew"])

		done = book_anew.book_anew(run)
		self.assertEqual((done["is_done"], done["taken_back"], done["kept"]), (True, len(suspects), 0))
		self.assertEqual(self.suspects(run), {})
		self.assert_noted(suspects)
		work_on(STORE)
		self.assertNotIn("book_anew", run_progress(run)["can"])
		self.assertTrue(check_books(STORE).sound)
		self.assert_booked_like(expected)
		of_others = frappe.get_all(
			"Sales Invoice", {"woo_run": ("!=", run), "woo_refund_id": 0}, pluck="woo_order_id"
		)
		self.assertEqual(set(of_others), set(suspects))

	def test_customers_who_were_written_as_a_kind_that_failed_are_made_anew(self):
		expected = self.expected()
		with failing(Lacking):
			run = migrate(10)
		customers = written_kinds.suspect_customers(run)
		suspects = self.suspects(run)
		self.assertGreater(len(customers), 3)
		self.assertGreaterEqual(len(suspects), len(customers))
		done = book_anew.book_anew(run)
		self.assertEqual((done["is_done"], done["kept"]), (True, 0))
		work_on(STORE)
		anew = frappe.get_all("Customer", {"name": ("in", list(customers))}, pluck="woo_run")
		self.assertNotIn(run, anew)
		self.assertEqual(self.suspects(run), {})
		self.assert_booked_like(expected)

	def test_what_somebody_has_changed_stays_and_is_listed(self):
		with failing(Candidate):
			run = migrate(10)
		order_id, invoice = next(iter(self.suspects(run).items()))
		frappe.get_doc("Sales Invoice", invoice).add_comment("Comment", "seen")
		document = frappe.get_doc("Sales Invoice", invoice)
		document.remarks = "A person's"
		document.flags.ignore_validate_update_after_submit = True
		document.save()
		frappe.db.commit()
		done = book_anew.book_anew(run)
		self.assertTrue(done["is_done"])
		self.assertIn(order_id, self.suspects(run))
		kept = frappe.parse_json(frappe.db.get_value("WooCommerce Sync Run", run, "kept_documents"))
		self.assertIn((invoice, "edited"), {(row["name"], row["kind"]) for row in kept})
		again = book_anew.book_anew(run)
		self.assertEqual((again["is_done"], again["taken_back"]), (True, 0))

	def test_killed_between_any_two_statements_it_goes_on(self):
		expected = self.expected()
		with failing(Candidate):
			run = migrate(10)
		suspects = self.suspects(run)
		chance, kills = random.Random(11), 0
		for _attempt in range(4):  # rows that nobody touched go in a few statements
			kills += self.in_a_process(run, chance.randrange(15, 90)) != 0
		self.assertGreater(kills, 1)
		frappe.db.rollback()
		self.assertIn("book_anew", run_progress(run)["can"])
		self.assertEqual(self.in_a_process(run, 0), 0)
		frappe.db.rollback()
		self.assert_noted(suspects)
		work_on(STORE)
		self.assert_booked_like(expected)

	def test_settings_that_changed_before_it_failed_leave_earlier_orders_alone(self):
		with failing(Candidate), patch.object(Proofs, "hold_to", _of_another_state(2)):
			run = migrate(10)
		self.assertEqual(self.suspects(run), {})

	def test_only_a_run_that_is_over(self):
		run = migrate(10)
		self.assertNotIn("book_anew", run_progress(run)["can"])
		frappe.db.set_value("WooCommerce Sync Run", run, "status", "Undone")
		frappe.db.commit()
		with self.assertRaises(RunStateError):
			book_anew.start(run)

	def assert_noted(self, suspects) -> None:
		noted = frappe.get_all("WooCommerce Inbox", {"store": STORE, "state": inbox.WAITING}, pluck="woo_id")
		self.assertEqual(sorted(noted), sorted(suspects))

	def assert_booked_like(self, expected: dict) -> None:
		now = state_of_site()
		for part in ("trial balance", "invoices"):
			self.assertEqual(now[part], expected[part], part)
		self.assertEqual(set(now["customers"]), set(expected["customers"]))
		rows = {name: number for name, number in expected["rows"].items() if name.startswith("tabSales")}
		self.assertEqual({name: now["rows"][name] for name in rows}, rows)

	def in_a_process(self, run: int, kill_at: int) -> int:
		command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
		done = subprocess.run(
			[*command, frappe.local.site, f"anew:{run}", str(kill_at)],
			capture_output=True,
			text=True,
			timeout=300,
		)
		self.assertIn(done.returncode, (0, -9), done.stderr)
		return done.returncode


def _of_another_state(from_page: int):
	"""The site's settings change before a page."""
	hold_to = Proofs.hold_to
	pages = 0

	def held_to(self, state):
		nonlocal pages
		pages += 1
		return hold_to(self, (*state, pages > from_page))

	return held_to
