"""What is removed when it is old, and what never is."""

import json
import os
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.core.doctype.log_settings.log_settings import run_log_clean_up
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime

from jarz_woocommerce_integration.install import LOGS
from jarz_woocommerce_integration.ledger.sqlite import storage
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.patches.v1_6 import hand_over_logs
from jarz_woocommerce_integration.services.dry_run import dry_run
from jarz_woocommerce_integration.services.monitoring import logs, retention
from jarz_woocommerce_integration.services.session.session import SETTINGS
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store, plant

SHOP, OTHER = "Old Shop", "Other Old Shop"
RUN, PAGE, MAP, DECISION = (
	"WooCommerce Sync Run",
	"WooCommerce Sync Page",
	"WooCommerce Order Map",
	"WooCommerce Customer Decision",
)
INBOX, OUTBOX = "WooCommerce Inbox", "WooCommerce Outbox"
TEXTS = ("message", "what_to_do", "breakdown", "last_error", "customer_note")
OLD, YOUNG = 200, 100  # days


class TestRetention(FrappeTestCase):
	def setUp(self):
		super().setUp()
		wipe_books()
		self.addCleanup(wipe_books)
		for shop in (SHOP, OTHER):
			make_store(shop)
		self.keep(180)
		self.addCleanup(self.keep, 180)

	def keep(self, days):
		frappe.db.set_single_value(SETTINGS, "retention_days", days)
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		log_settings = frappe.get_doc("Log Settings")
		for doctype in LOGS:
			log_settings.register_doctype(doctype, days)
		log_settings.save()
		frappe.db.commit()

	def backdate(self, document, days):
		moment = now_datetime() - timedelta(days=days)
		frappe.db.set_value(document.doctype, document.name, "modified", moment, update_modified=False)
		return document.name

	def run_of(self, days, status="Completed", store=SHOP, kind="Migration", pages=1):
		moment = now_datetime() - timedelta(days=days)
		finished = moment if status in ("Completed", "Replaced", "Undone") else None
		run = frappe.get_doc(doctype=RUN, store=store, status=status, kind=kind, finished=finished).insert()
		for number in range(1, pages + 1):
			page = {"doctype": PAGE, "run": run.name, "number": number, "name": f"{run.name}-{number}"}
			frappe.get_doc({**page, "order_ids": json.dumps([1, 2, 3]), "state": "Done"}).insert()
		return self.backdate(run, days)

	def order(self, order_id, days, state="Synced", **fields):
		values = {**dict.fromkeys(TEXTS, "Something."), "breakdown": "[]", **fields}
		order = {"doctype": MAP, "store": SHOP, "woo_order_id": order_id, "state": state}
		return self.backdate(plant({**order, **values}), days)

	def decision(self, order_id, days=OLD, **fields):
		values = {"doctype": DECISION, "store": SHOP, "woo_order_id": order_id, **fields}
		return self.backdate(frappe.get_doc(values).insert(), days)

	def remove_old(self):
		"""As Frappe's scheduler does each day. :returns: how many rows, and files"""
		frappe.db.commit()
		run_log_clean_up()
		return retention.remove_old()

	def runs(self):
		return set(frappe.get_all(RUN, pluck="name"))

	def texts(self, name):
		return [text for text in frappe.db.get_value(MAP, name, TEXTS) if text]

	def test_old_runs_go_with_their_pages_whatever_they_ended_as(self):
		statuses = ("Stopped", "Failed", "Replaced", "Undone")
		for status in statuses:
			self.run_of(OLD, status, pages=2)
		self.run_of(OLD, kind="Live Sync")
		young = self.run_of(YOUNG, "Stopped")
		self.remove_old()
		self.assertEqual(self.runs(), {young})
		self.assertEqual(frappe.get_all(PAGE, pluck="run", distinct=True), [str(young)])

	def test_what_is_not_finished_stays(self):
		runs = {self.run_of(OLD, status) for status in ("Running", "Paused", "Undoing")}
		self.remove_old()
		self.assertEqual(self.runs(), runs)

	def test_the_last_completed_migration_of_each_store_stays_without_its_lists_of_orders(self):
		self.run_of(300)
		last = self.run_of(OLD)
		other = self.run_of(OLD, store=OTHER)
		self.run_of(OLD, "Replaced")
		self.remove_old()
		self.assertEqual(self.runs(), {last, other})
		pages = frappe.get_all(PAGE, fields=["run", "number", "order_ids"])
		self.assertEqual(
			{(page.run, page.order_ids) for page in pages}, {(str(last), None), (str(other), None)}
		)

	def test_orders_stay_and_name_no_run_that_is_gone(self):
		gone, kept = self.run_of(OLD, "Undone"), self.run_of(OLD)
		of_gone = self.order(1, YOUNG, run=gone, page=3, fingerprint="abc")
		of_kept = self.order(2, YOUNG, run=kept, page=3)
		self.remove_old()
		found = frappe.db.get_value(MAP, of_gone, ["run", "page", "fingerprint", "state"])
		self.assertEqual(found, (None, 0, "abc", "Synced"))
		self.assertEqual(frappe.db.get_value(MAP, of_kept, "run"), str(kept))

	def test_what_is_said_of_settled_orders_is_emptied_and_nothing_else_of_them(self):
		settled = [self.order(n, OLD, state) for n, state in enumerate(("Synced", "Skipped", "Cancelled"), 1)]
		before = frappe.db.get_value(MAP, settled[0], ["modified", "reason", "woo_order_id"])
		done = self.remove_old()
		self.assertEqual(done["orders"], 3)
		for name in settled:
			self.assertEqual(self.texts(name), [])
		self.assertEqual(frappe.db.get_value(MAP, settled[0], ["modified", "reason", "woo_order_id"]), before)
		self.assertEqual(self.remove_old()["orders"], 0)

	def test_what_waits_for_a_person_keeps_its_words(self):
		waiting = [
			self.order(1, OLD, "Held"),
			self.order(2, OLD, "Failed"),
			self.order(3, OLD, changed="The total is another one."),
			self.order(4, YOUNG),
		]
		ambiguous = self.order(5, OLD, customer_ambiguous=1)
		self.remove_old()
		for name in waiting:
			self.assertEqual(len(self.texts(name)), len(TEXTS))
		self.assertEqual(self.texts(ambiguous), ["Something."])

	def test_names_of_settled_orders_go_and_those_of_open_ones_stay(self):
		settled, held = (
			self.order(1, OLD, customer_name="Anna"),
			self.order(2, OLD, "Held", customer_name="Bob"),
		)
		self.remove_old()
		self.assertEqual(frappe.db.get_value(MAP, settled, "customer_name"), None)
		self.assertEqual(frappe.db.get_value(MAP, held, "customer_name"), "Bob")

	def test_trails_of_settled_orders_lose_their_texts_and_keep_what_was_done(self):
		entry = {"at": "2026-03-01T10:00:00Z", "what": "booked", "invoice": "WOO-1"}
		trail = "\n".join(json.dumps({**entry, **more}) for more in ({}, {"message": "Anna rang."}))
		settled, young = self.order(1, OLD, trail=trail), self.order(2, YOUNG, trail=trail)
		done = self.remove_old()
		self.assertEqual(done["trails"], 1)
		self.assertEqual(frappe.db.get_value(MAP, settled, "trail"), "\n".join([json.dumps(entry)] * 2))
		self.assertEqual(frappe.db.get_value(MAP, young, "trail"), trail)
		self.assertEqual(self.remove_old()["trails"], 0)

	def test_what_nobody_judges_has_an_end(self):
		order = self.order(1, 3 * OLD, customer_ambiguous=1)
		self.decision(1, 3 * OLD, ambiguous=1)
		self.assertEqual(self.remove_old()["decisions"], 1)
		self.assertEqual(self.texts(order), [])

	def test_files_of_rehearsals_go_and_one_that_is_written_stays(self):
		folder = dry_run.ledger_file("Gone-Shop").parent
		old, young = (dry_run.ledger_file(name) for name in ("Gone-Shop", "Young-Shop"))
		self.addCleanup(lambda: [path.unlink(missing_ok=True) for path in folder.glob("*-Shop.*")])
		for path in (old, young):
			with SQLiteLedger(path, path.stem):
				pass
			path.with_suffix(".json").write_text("{}")
		report = dry_run.report_folder("Gone-Shop")
		report.mkdir()
		(report / "index.html").write_text("Anna")
		moment = (now_datetime() - timedelta(days=OLD)).timestamp()
		for path in (old, old.with_suffix(".json"), report / "index.html", report):
			os.utime(path, (moment, moment))
		with SQLiteLedger(old, old.stem):
			os.utime(old, (moment, moment))
			for suffix in storage.SUFFIXES[1:]:
				if (beside := Path(f"{old}{suffix}")).exists():
					os.utime(beside, (moment, moment))
			self.remove_old()
			self.assertTrue(old.exists())
		os.utime(old, (moment, moment))
		self.assertEqual(self.remove_old()["files"], 1)
		left = {path.name for path in folder.iterdir() if path.name.startswith(("Gone-", "Young-"))}
		self.assertEqual(
			left - {"Gone-Shop.sqlite.lock", "Young-Shop.sqlite.lock"}, {young.name, "Young-Shop.json"}
		)

	def test_files_that_an_older_version_named_go_as_well(self):
		"""It named the files of `Old/Shop` and of `Old_Shop` alike."""
		folder = dry_run.ledger_file("Shop").parent
		files = [folder / f"Old_Shop{suffix}" for suffix in (".sqlite", ".json", ".part")]
		report = folder / "Old_Shop-report"
		report.mkdir(exist_ok=True)
		moment = (now_datetime() - timedelta(days=OLD)).timestamp()
		for path in (*files, report / "index.html", report):
			if path is not report:
				path.write_text("Anna")
			os.utime(path, (moment, moment))
		self.remove_old()
		self.assertEqual([path.name for path in (*files, report) if path.exists()], [])

	def test_decisions_on_settled_orders_go_and_ambiguous_ones_stay(self):
		for order_id, state in ((1, "Synced"), (2, "Synced"), (3, "Held")):
			self.order(order_id, OLD, state)
		self.order(4, YOUNG)
		gone = self.decision(1)
		self.decision(5)  # of no order that was ever seen
		kept = {self.decision(2, ambiguous=1), self.decision(3), self.decision(4), self.decision(6, YOUNG)}
		self.assertEqual(self.remove_old()["decisions"], 2)
		left = set(frappe.get_all(DECISION, pluck="name"))
		self.assertEqual(left, kept)
		self.assertNotIn(gone, left)

	def row(self, doctype, state, days, **fields):
		moment = now_datetime() - timedelta(days=days)
		if doctype == INBOX:
			fields = {"resource": "order", "woo_id": 1, "finished": moment, **fields}
		else:
			fields = {"woo_order_id": 1, "action": "Note", "once_key": frappe.generate_hash(), **fields}
		row = plant({"doctype": doctype, "store": SHOP, "state": state, **fields})
		self.addCleanup(frappe.db.delete, doctype, {"name": row.name})
		return self.backdate(row, days)

	def left(self, doctype):
		return set(frappe.get_all(doctype, filters={"store": SHOP}, pluck="name"))

	def test_what_of_the_inbox_was_done_goes_after_a_week_and_what_was_given_up_with_the_rest(self):
		kept = {
			self.row(INBOX, "Done", 6),
			self.row(INBOX, "Given Up", YOUNG),
			self.row(INBOX, "Waiting", OLD, finished=None),
		}
		for state, days in (("Done", 8), ("Done", OLD), ("Given Up", OLD)):
			self.row(INBOX, state, days)
		self.remove_old()
		self.assertEqual(self.left(INBOX), kept)

	def test_what_of_the_inbox_was_done_goes_earlier_where_the_settings_say_so(self):
		self.keep(2)
		kept = self.row(INBOX, "Done", 1)
		self.row(INBOX, "Done", 3)
		self.remove_old()
		self.assertEqual(self.left(INBOX), {kept})

	def test_what_of_the_outbox_is_sent_or_never_will_be_goes_and_what_waits_stays(self):
		kept = {self.row(OUTBOX, state, OLD) for state in ("Waiting", "Sending")}
		kept.add(self.row(OUTBOX, "Sent", YOUNG))
		for state in ("Sent", "Not Needed", "Given Up"):
			self.row(OUTBOX, state, OLD)
		self.remove_old()
		self.assertEqual(self.left(OUTBOX), kept)

	def test_zero_days_keep_everything(self):
		self.keep(0)
		runs = {self.run_of(9999, "Undone")}
		self.assertEqual(self.remove_old(), {})
		self.assertEqual(self.runs(), runs)

	def test_a_days_work_is_bounded_and_the_next_day_goes_on(self):
		for number in range(1, 6):
			self.order(number, OLD)
		run = self.run_of(OLD, "Undone", pages=5)
		with patch.object(logs, "BATCH", 2), patch.object(logs, "MOST_BATCHES", 2):
			self.assertEqual(self.remove_old()["orders"], 4)
			self.assertEqual((self.runs(), frappe.db.count(PAGE, {"run": run})), ({run}, 1))
		with patch.object(logs, "BATCH", 2):
			self.assertEqual(self.remove_old()["orders"], 1)
		self.assertEqual(self.runs(), set())

	def test_log_settings_say_how_long_logs_are_kept_and_the_settings_how_long_the_rest_is(self):
		log_settings = frappe.get_doc("Log Settings")
		log_settings.register_doctype(RUN, 50)
		log_settings.save()
		self.run_of(YOUNG, "Undone")
		order = self.order(1, YOUNG)
		self.remove_old()
		self.assertEqual(self.runs(), set())
		self.assertEqual(len(self.texts(order)), len(TEXTS))

	def test_log_settings_know_the_logs_by_themselves(self):
		frappe.db.delete("Logs To Clear", {"ref_doctype": ("in", LOGS)})
		frappe.clear_document_cache("Log Settings", "Log Settings")
		log_settings = frappe.get_doc("Log Settings")
		log_settings.save()
		days = {row.ref_doctype: row.days for row in log_settings.logs_to_clear if row.ref_doctype in LOGS}
		self.assertEqual(days, dict.fromkeys(LOGS, 180))

	def test_an_update_hands_over_what_the_settings_have_said(self):
		frappe.db.set_single_value(SETTINGS, "retention_days", 0)
		hand_over_logs.execute()
		days = {row.ref_doctype: row.days for row in frappe.get_doc("Log Settings").logs_to_clear}
		self.assertEqual({name: days[name] for name in LOGS}, dict.fromkeys(LOGS, 0))

	def test_it_is_a_daily_job(self):
		self.assertIn(
			"jarz_woocommerce_integration.services.monitoring.retention.remove_old",
			frappe.get_hooks("scheduler_events", app_name="jarz_woocommerce_integration")["daily"],
		)
