"""The preflight on a site, each point both ways: what it says when all is well, and what when it isn't."""

import os
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime
from frappe.utils.background_jobs import get_queue, get_redis_conn
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Worker

from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run, ledger_file
from jarz_woocommerce_integration.services.preflight import (
	database as preflight_database,
	machine as preflight_machine,
)
from jarz_woocommerce_integration.services.preflight.checklist import POINTS, _look, preflight
from jarz_woocommerce_integration.services.preflight.situation import Situation
from jarz_woocommerce_integration.services.session import runs as site_runs, work_states
from jarz_woocommerce_integration.services.session.session import get_store
from jarz_woocommerce_integration.setup_site.indexes import add_indexes
from jarz_woocommerce_integration.tests.support.shop_on_site import (
	STORE,
	ShopOnSiteTestCase,
	json_of,
	run_bench,
)
from jarz_woocommerce_integration.tests.support.site import freeze_accounts

BACKUP = "20260101_000000-test-database.sql.gz"
OF_NAME = {point.name: point for point in POINTS}


class PreflightTestCase(ShopOnSiteTestCase):
	orders = 40

	def look(self, name):
		"""The findings of one point."""
		with Situation(get_store(STORE)) as situation:
			return _look(OF_NAME[name], situation).findings

	def assert_found(self, name, level, text, what_to_do=""):
		findings = self.look(name)
		fitting = [found for found in findings if found.level == level and text in found.text]
		self.assertTrue(fitting, findings)
		self.assertTrue(any(what_to_do in found.what_to_do for found in fitting), fitting)

	def assert_well(self, name, text):
		findings = self.look(name)
		self.assertEqual({found.level for found in findings}, {"ok"}, findings)
		self.assertIn(text, " ".join(found.text for found in findings))

	def set_single(self, doctype, field, value):
		before = frappe.db.get_single_value(doctype, field)
		self.addCleanup(frappe.clear_document_cache, doctype, doctype)
		self.addCleanup(frappe.db.set_single_value, doctype, field, before)
		frappe.db.set_single_value(doctype, field, value)
		frappe.clear_document_cache(doctype, doctype)


class TestMachine(PreflightTestCase):
	def backup(self, hours, content=b"x"):
		file = Path(frappe.get_site_path("private", "backups", BACKUP))
		file.write_bytes(content)
		self.addCleanup(file.unlink, missing_ok=True)
		moment = time.time() - hours * 3600
		os.utime(file, (moment, moment))

	@contextmanager
	def worker(self, queue="long", pid=None):
		"""A worker as it is registered in Redis."""
		worker = Worker([get_queue(queue)], connection=get_redis_conn())
		worker.pid = pid or os.getpid()
		worker.register_birth()
		try:
			yield
		finally:
			worker.register_death()

	def test_a_backup_must_be_there_and_fresh(self):
		for file in Path(frappe.get_site_path("private", "backups")).glob("*-database*.sql.gz"):
			file.unlink()
		self.assert_found("backup", "error", "no backup", f"bench --site {frappe.local.site} backup")
		self.backup(hours=1, content=b"")
		self.assert_found("backup", "error", "no backup")
		self.backup(hours=30)
		self.assert_found("backup", "error", "is 30 h", "backup")
		self.backup(hours=2)
		self.assert_well("backup", BACKUP)

	def test_the_disk_must_hold_what_the_orders_take(self):
		usage = preflight_machine.shutil.disk_usage("/")
		for free, level in ((1, "error"), (3_000_000, "warning"), (10**12, "ok")):
			with (
				self.subTest(level),
				patch.object(preflight_machine.shutil, "disk_usage", return_value=usage._replace(free=free)),
			):
				self.assertIn(level, [found.level for found in self.look("disk")])

	def test_a_database_elsewhere_is_left_to_a_person(self):
		with patch.object(preflight_machine.socket, "gethostname", return_value="elsewhere"):
			self.assert_found("disk", "warning", "on another machine", "are free in its folder")

	def test_a_binary_log_of_statements_would_refuse_each_page(self):
		for log, form, level in (("OFF", "STATEMENT", "ok"), ("ON", "ROW", "ok"), ("ON", "MIXED", "ok")):
			with self.subTest(form=form), self.variables(log_bin=log, binlog_format=form):
				self.assertEqual([found.level for found in self.look("binary_log")], [level])
		with self.variables(log_bin="ON", binlog_format="STATEMENT"):
			self.assert_found("binary_log", "error", "STATEMENT", "binlog_format = ROW")

	def test_a_cluster_is_told_with_what_it_takes(self):
		with self.variables(wsrep_on="ON"):
			self.assert_found("cluster", "warning", "Galera", "same node")
		with self.variables(wsrep_on="OFF"):
			self.assert_well("cluster", "one server")

	def test_this_database_is_asked(self):
		known = preflight_database._variables()
		self.assertIn(known["log_bin"], ("ON", "OFF"))
		self.assertIn(known["binlog_format"], ("ROW", "MIXED", "STATEMENT"))

	def variables(self, **values):
		return patch.object(preflight_database, "_variables", return_value=values)

	def test_workers_are_counted_by_the_queue_that_they_listen_to(self):
		self.set_single("WooCommerce Settings", "parallel_page_jobs", 2)
		with self.worker("short"):
			self.assert_found("workers", "error", "No worker", "bench worker --queue long")
		with self.worker():
			self.assert_found("workers", "warning", "1 of 2 workers", "docs/operate/workers.md")
			with self.worker():
				self.assert_well("workers", "2 workers listen")

	def test_a_worker_that_was_killed_counts_no_more(self):
		with self.worker(pid=2**22 + 1):
			self.assert_found("workers", "error", "No worker")

	def test_redis_that_does_not_answer_is_a_finding(self):
		with patch.object(work_states, "get_redis_conn", side_effect=RedisConnectionError):
			self.assert_found("workers", "error", "Redis doesn't answer", "Start it")

	def test_the_scheduler_must_be_enabled_and_seen(self):
		self.set_single("System Settings", "enable_scheduler", 0)
		self.assert_found("scheduler", "error", "disabled", "scheduler enable")
		self.set_single("System Settings", "enable_scheduler", 1)
		self.addCleanup(frappe.db.rollback)
		with patch.object(preflight_machine, "is_schduler_process_running", return_value=False):
			frappe.db.sql("UPDATE `tabScheduled Job Type` SET last_execution = NULL")
			self.assert_found("scheduler", "warning", "never", "bench schedule")
			frappe.db.sql("UPDATE `tabScheduled Job Type` SET last_execution = %s", now_datetime())
			self.assert_well("scheduler", "enabled")
		for setting, text in (("pause_scheduler", "paused"), ("maintenance_mode", "maintenance")):
			with patch.dict(frappe.local.conf, {setting: 1}):
				self.assert_found("scheduler", "error", text)

	def test_a_page_must_have_time(self):
		self.set_single("WooCommerce Settings", "page_size", 100)
		for timeout, level in ((600, "ok"), (60, "warning"), (20, "error")):
			self.set_single("WooCommerce Settings", "job_timeout", timeout)
			self.assertEqual([found.level for found in self.look("job_timeout")], [level])


class TestBooks(PreflightTestCase):
	def test_a_missing_index_is_named_and_how_to_add_it(self):
		self.assert_well("indexes", "in place")
		self.addCleanup(add_indexes)
		frappe.db.sql_ddl("ALTER TABLE `tabContact Phone` DROP INDEX `idx_woo_contact_phone`")
		self.assert_found("indexes", "error", "Contact Phone(phone, parent)", "indexes.add_indexes")

	def test_the_sales_update_is_a_note(self):
		self.set_single("Selling Settings", "sales_update_frequency", "Each Transaction")
		self.assert_found("sales_update", "ok", "leaves the company's sums to its end", "Daily")
		self.set_single("Selling Settings", "sales_update_frequency", "Daily")
		self.assert_well("sales_update", "Daily")

	def test_each_day_of_the_shop_needs_an_open_fiscal_year(self):
		self.assert_well("open_days", "open fiscal year")
		self.addCleanup(frappe.db.rollback)
		with Situation(get_store(STORE)) as situation:
			first, last = situation.days
		frappe.db.sql("UPDATE `tabFiscal Year` SET disabled = 1 WHERE year_end_date >= %s", last)
		self.assert_found("open_days", "error", f"{last}: orders of these days", "Make the fiscal years")
		frappe.db.rollback()
		for row in frappe.get_all("Fiscal Year"):
			company = {"parent": row.name, "company": "Somebody Else", "name": f"other-{row.name}"}
			frappe.db.sql(
				"INSERT INTO `tabFiscal Year Company` (name, parent, company) VALUES (%(name)s, %(parent)s, %(company)s)",
				company,
			)
		self.assert_found("open_days", "error", f"the days from {first} to {last}")

	def test_closed_and_frozen_days_are_told_with_the_orders_that_they_would_hold(self):
		with Situation(get_store(STORE)) as situation:
			first, _last = situation.days
		freeze_accounts(first - timedelta(days=1))
		self.assert_well("open_days", "open fiscal year")
		freeze_accounts(first)
		self.assert_found("open_days", "error", f"orders from {first} to {first} would be held", "Empty")
		freeze_accounts(None)
		self.addCleanup(frappe.db.rollback)
		period = {"doctype": "Accounting Period", "period_name": "Shut", "company": self.store.company}
		period.update(start_date=first, end_date=first)
		closed = [{"document_type": "Sales Invoice", "closed": 1}]
		frappe.get_doc({**period, "closed_documents": closed}).insert()
		self.assert_found("open_days", "error", "Shut", "Open it")


class TestShop(PreflightTestCase):
	def change(self, **values):
		"""Of the store, until the test ends."""
		self.addCleanup(
			frappe.db.set_value, "WooCommerce Store", STORE, {n: self.store.get(n) for n in values}
		)
		frappe.db.set_value("WooCommerce Store", STORE, values)

	def test_a_shop_that_answers_and_one_that_is_switched_off(self):
		self.assert_found("store", "ok", "The shop answers")
		self.change(enabled=0)
		self.assert_found("store", "error", "switched off", "Enabled")

	def test_where_the_shop_cannot_be_read_the_rest_is_looked_at_all_the_same(self):
		self.change(url="http://127.0.0.1:1")
		report = preflight(STORE)
		found = {point.name: point.findings for point in report.points}
		self.assertFalse(report.ready)
		self.assertIn("error", [finding.level for finding in found["store"]])
		for name in ("disk", "budget", "open_days", "mappings"):
			self.assertTrue(any("isn't known" in finding.text for finding in found[name]), found[name])
		self.assertEqual([finding.level for finding in found["indexes"]], ["ok"])

	def test_a_mistake_in_one_point_is_told_and_stops_no_other(self):
		with patch.object(preflight_machine, "shutil", None):
			report = preflight(STORE)
		failed = {
			point.name for point in report.points for found in point.findings if "failed:" in found.text
		}
		self.assertEqual(failed, {"disk"})
		self.assertEqual(len(report.points), len(POINTS))

	def test_the_budget_tells_how_long_reading_takes(self):
		self.set_single("WooCommerce Settings", "requests_per_minute", 100)
		told = " ".join(found.text for found in self.look("budget"))
		self.assertIn("about 3 requests (100 requests in 60 seconds, shared through Redis)", told)
		self.assertIn("orders a minute, as measured elsewhere", told)
		with patch.dict(os.environ, {"RATELIMIT_STORAGE_URL": "memory://"}):
			self.assert_found("budget", "warning", "counts its requests alone", "RATELIMIT_STORAGE_URL")

	def test_the_speed_of_this_site_is_taken_where_it_has_booked_something(self):
		self.addCleanup(frappe.db.rollback)
		frappe.get_doc(
			doctype="WooCommerce Sync Page", run=None, number=1, state="Done", orders=500, seconds=60
		).insert(ignore_mandatory=True, ignore_links=True)
		told = " ".join(found.text for found in self.look("budget"))
		self.assertIn("500 orders a minute, as measured on this site", told)

	def test_a_status_that_is_not_mapped_is_an_error_with_the_orders_that_it_holds(self):
		self.store.reload()
		status = "completed"
		self.addCleanup(frappe.db.rollback)
		frappe.db.delete("WooCommerce Store Status", {"parent": STORE, "status": status})
		self.assert_found("mappings", "error", f'"{status}"', "what it becomes in the books")

	def test_a_row_of_actions_that_names_what_the_form_does_not_know_is_a_warning(self):
		known = {"status": "processing", "gateway": "", "shipping_method": ""}
		rows = ({"gateway": "stripe-typo"}, {"shipping_method": "local_pickup_typo"})
		for row in rows:
			self.store.append("actions", {**known, "action": "Sales Order", **row})
		self.store.save()
		self.addCleanup(self.store.reload)
		self.addCleanup(frappe.db.rollback)  # first
		for row in rows:
			(name,) = row.values()
			self.assert_found("mappings", "warning", f"names {name}", "Correct the name")

	def test_what_a_default_takes_is_a_warning_and_nothing_is_added_to_the_form(self):
		self.addCleanup(frappe.db.rollback)
		frappe.db.delete("WooCommerce Store Gateway", {"parent": STORE})
		frappe.db.delete("WooCommerce Store Tax", {"parent": STORE})
		self.assert_found("mappings", "warning", "of the shop's payment gateways", "Fill Mappings")
		self.assert_found("mappings", "warning", "of the shop's tax rates")
		self.assertEqual(frappe.db.count("WooCommerce Store Gateway", {"parent": STORE}), 0)


class TestRuns(PreflightTestCase):
	def test_a_rehearsal_must_have_come_to_its_end(self):
		for file in ledger_file(STORE).parent.glob(f"{ledger_file(STORE).stem}*"):
			if file.is_file():
				file.unlink()
		self.assert_found("rehearsal", "error", "never rehearsed", "woo rehearse")
		dry_run(STORE, limit=25)
		self.assert_found("rehearsal", "error", "stopped after", "--resume")
		dry_run(STORE, fresh=False)
		self.assert_found("rehearsal", "ok", "The last rehearsal, of")
		self.assert_found("rehearsal", "warning", "would be held: ", "report")
		store = get_store(STORE)
		frappe.db.set_value("WooCommerce Store", STORE, "invoice_prefix", "OTHER-")
		self.addCleanup(
			frappe.db.set_value, "WooCommerce Store", STORE, "invoice_prefix", store.invoice_prefix
		)
		self.assert_found("rehearsal", "warning", "have changed since", "woo rehearse")

	def test_another_migration_of_the_store_is_in_the_way(self):
		self.assert_well("migrations", "No other migration")
		with site_runs.only_migration_of(STORE):
			self.assert_found("migrations", "error", "under way", "stop it")
		self.addCleanup(frappe.db.rollback)
		run = frappe.get_doc(doctype="WooCommerce Sync Run", store=STORE, status="Paused").insert()
		self.assert_well("migrations", "goes on from there")
		frappe.db.set_value(run.doctype, run.name, {"status": "Running", "workers": 2})
		self.assert_found("migrations", "error", "being booked")


class TestCommand(PreflightTestCase):
	def test_the_command_walks_through_all_points_and_says_by_its_exit_code_what_it_found(self):
		frappe.db.commit()
		done = run_bench("woo", "preflight", "--store", STORE, "--json", "-")
		told = json_of(done)
		self.assertEqual(done.returncode, 0 if told["ready"] else 1)
		self.assertEqual([point["name"] for point in told["points"]], [point.name for point in POINTS])
		self.assertIn("Workers", done.stderr)
		self.assertNotIn("cs_sample", done.stdout + done.stderr)
