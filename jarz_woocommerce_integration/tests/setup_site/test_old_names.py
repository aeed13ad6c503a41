"""Paths that Redis, the scheduler, hooks, `bench execute` and other apps may still name lead to what took their place."""

import importlib
import os
import subprocess
import sys

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration import old_names
from jarz_woocommerce_integration.old_names import MEMBERS, MODULES, PACKAGE

# Jobs that may wait in Redis, and what a process that runs since before the update calls by schedule or hook.
KNOWN = (
	"services.inbox_work.work_on",
	"services.live_alerts.watch",
	"services.live_sync.poll",
	"services.live_sync.tick",
	"services.order_sync.fetch_orders_page",
	"services.order_sync.migrate_all_historical_orders_cli",
	"services.order_sync.migrate_all_historical_orders_optimized",
	"services.order_sync.migrate_historical_orders",
	"services.order_sync.migrate_historical_orders_parallel",
	"services.order_sync.migrate_historical_orders_streaming",
	"services.order_sync.process_order_phase1",
	"services.order_sync.process_order_with_cache",
	"services.order_sync.process_orders_bulk",
	"services.outbox_documents.delivery_changed",
	"services.outbox_documents.invoice_cancelled",
	"services.outbox_documents.invoice_changed",
	"services.outbox_documents.invoice_submitted",
	"services.outbox_documents.shipment_changed",
	"services.outbox_sending.send",
	"services.outbox_sending.tick",
	"services.rehearsals.run",
	"services.retention.remove_old",
	"services.rollback.undo_job",
	"services.run_verification.prove_run",
	"services.webhook_health.check_all",
	"services.webhook_mishaps.ErrorLogOfRequest",
	"services.webhook_mishaps.put_right",
	"services.webhook_removal.remember",
	"services.webhook_removal.remove",
	"ledger.erpnext_origin.keep_marks",
	*(f"{module}.{name}" for module, (_file, *names) in MEMBERS.items() for name in names),
)


class TestOldNames(FrappeTestCase):
	def test_each_leads_to_what_took_its_place(self):
		for path in KNOWN:
			with self.subTest(path):
				self.assertIsNotNone(frappe.get_attr(f"{PACKAGE}.{path}"))

	def test_a_module_by_its_old_name_is_the_same_module(self):
		for old, new in MODULES.items():
			with self.subTest(old):
				self.assertIs(
					importlib.import_module(f"{PACKAGE}.{old}"), importlib.import_module(f"{PACKAGE}.{new}")
				)

	def test_a_module_is_found_by_its_old_name_first(self):
		code = f"import {PACKAGE}.ledger.bulk.guards as a; import {PACKAGE}.ledger.erpnext.bulk.guards as b; assert a is b"
		subprocess.run([sys.executable, "-c", code], check=True)

	def test_the_sample_store_runs_by_its_old_name(self):
		done = subprocess.run(
			[sys.executable, "-m", f"{PACKAGE}.rehearsal.sample_store", "--help"],
			capture_output=True,
			text=True,
			env={**os.environ, "COLUMNS": "200"},
		)
		self.assertEqual(done.returncode, 0, done.stderr)
		self.assertIn("--orders", done.stdout)

	def test_other_names_are_unknown_as_ever(self):
		for name in ("services.inbox.nothing", "services.nothing.at_all"):
			with self.assertRaises((AttributeError, ModuleNotFoundError)):
				frappe.get_attr(f"{PACKAGE}.{name}")
		old_names.install()
		self.assertEqual(1, sum(isinstance(finder, old_names.OldNames) for finder in sys.meta_path))
