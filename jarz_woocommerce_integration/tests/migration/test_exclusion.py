"""Rehearse, Migrate and Undo of one store exclude each other and say who is at it; what keeps it in step goes on."""

from contextlib import closing, contextmanager

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerInUseError
from jarz_woocommerce_integration.ledger.erpnext.locks import lock_name
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run
from jarz_woocommerce_integration.services.page_jobs import control as run_control
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.undo import undo as rollback
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

CLERK = "clerk@jarz.test"


class TestExclusion(ShopOnSiteTestCase):
	orders = 3

	def setUp(self):
		super().setUp()
		wipe_books()
		self.addCleanup(wipe_books)
		self.addCleanup(frappe.db.rollback)

	@contextmanager
	def somebody_else_has(self, kind: str):
		"""Another process does what this lock is for."""
		with closing(frappe.db.get_connection()) as other:
			cursor = other.cursor()
			cursor.execute("SELECT GET_LOCK(%s, 0)", (lock_name(kind, STORE),))
			self.assertEqual(cursor.fetchone()[0], 1)
			yield

	def run_of(self, status: str, **fields) -> int:
		values = {"store": STORE, "kind": "Migration", "status": status, "started": now_datetime(), **fields}
		run = frappe.get_doc({"doctype": site_runs.RUN, "parameters": "{}", "next_page": 1, **values})
		run.insert(ignore_permissions=True).db_set("modified_by", CLERK, update_modified=False)
		frappe.db.commit()
		return run.name

	def assert_refused(self, action, *said: str):
		with self.assertRaises(LedgerInUseError) as raised:
			action()
		for text in said:
			self.assertIn(text, str(raised.exception))

	def test_beside_a_rehearsal_nothing_is_migrated_or_undone(self):
		run = self.run_of("Completed")
		frappe.cache.set_value(site_runs._rehearser(STORE), (CLERK, now_datetime()))
		self.addCleanup(frappe.cache.delete_value, site_runs._rehearser(STORE))
		with self.somebody_else_has(site_runs.REHEARSAL_LOCK):
			for action in (
				lambda: order_sync.migrate_historical_orders_streaming(STORE),
				lambda: run_control.start(STORE),
				lambda: rollback.undo(run),
				lambda: rollback.start_undo(run),
				lambda: dry_run(STORE),
			):
				self.assert_refused(action, f"A rehearsal of {STORE} is under way, begun by {CLERK}")
			self.assertEqual(reconciliation.reconcile_recent(STORE)["error"], "")
		self.assertEqual(site_runs.read(run).status, "Completed")

	def test_beside_a_migration_nothing_is_rehearsed(self):
		run = self.run_of("Running", orders=7)
		for action in (lambda: dry_run(STORE), lambda: rehearsals.start(self.store)):
			with self.somebody_else_has(site_runs.LOCK):
				self.assert_refused(
					action, f"A migration of {STORE} is under way: run {run} of {CLERK}", "7 orders"
				)
			frappe.db.set_value(site_runs.RUN, run, "workers", 2, update_modified=False)
			frappe.db.commit()
			self.assert_refused(action, f"run {run} of", "page jobs")
			frappe.db.set_value(site_runs.RUN, run, "workers", 0, update_modified=False)
			frappe.db.commit()

	def test_beside_an_undo_nothing_is_rehearsed_or_migrated(self):
		run = self.run_of("Undoing")
		for action in (
			lambda: dry_run(STORE),
			lambda: rehearsals.start(self.store),
			lambda: order_sync.migrate_historical_orders_streaming(STORE),
			lambda: run_control.start(STORE),
		):
			self.assert_refused(action, f"Run {run} of {STORE} is being undone, by {CLERK}")
			with self.somebody_else_has(site_runs.LOCK):
				self.assert_refused(action, f"Run {run} of {STORE} is being undone, by {CLERK}")

	def test_a_rehearsal_is_over_when_it_has_ended(self):
		dry_run(STORE)
		self.assertIsNone(frappe.cache.get_value(site_runs._rehearser(STORE)))
		run_control.stop(run_control.start(STORE))
