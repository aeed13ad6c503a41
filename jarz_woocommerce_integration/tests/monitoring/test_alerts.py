"""Who is told what of a run, and what never stops one."""

from html import unescape
from unittest.mock import patch

import frappe
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.migration.engine import Migration
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.order_sync import migrate_historical_orders_streaming
from jarz_woocommerce_integration.services.proof import jobs as proof_jobs
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.session import SETTINGS
from jarz_woocommerce_integration.services.undo import undo
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase
from jarz_woocommerce_integration.tests.support.site import make_store

SHOP = "Alert Shop"
TOLD, GONE, GERMAN = (f"woo-{who}@jarz.test" for who in ("told", "gone", "german"))


def recipients(*users, threshold=25):
	settings = frappe.get_doc(SETTINGS)
	settings.alert_recipients = []
	for user in users:
		settings.append("alert_recipients", {"user": user})
	settings.held_alert_threshold = threshold
	settings.save()


def notifications(user):
	fields = ["subject", "email_content", "document_type", "document_name", "type"]
	return frappe.get_all("Notification Log", {"for_user": user}, fields, order_by="creation")


def mails_to(user):
	return frappe.get_all("Email Queue Recipient", {"recipient": user}, pluck="parent")


def make_users():
	for email, enabled, language in ((TOLD, 1, "en"), (GONE, 0, "en"), (GERMAN, 1, "de")):
		if not frappe.db.exists("User", email):
			user = {"doctype": "User", "email": email, "first_name": email, "language": language}
			frappe.get_doc({**user, "send_welcome_email": 0, "enabled": enabled}).insert()


class TestAlerts(FrappeTestCase):
	def setUp(self):
		super().setUp()
		make_users()
		make_store(SHOP)
		recipients(TOLD, GONE)
		self.run = frappe.get_doc(doctype="WooCommerce Sync Run", store=SHOP, status="Running").insert().name
		for table in ("Notification Log", "Email Queue", "Email Queue Recipient"):
			frappe.db.delete(table)
		account = EmailAccount.create_dummy()
		account.email_id = "books@jarz.test"
		self.enterContext(patch.object(EmailAccount, "find_default_outgoing", return_value=account))
		self.enterContext(patch.object(alerts, "are_emails_muted", return_value=False))
		self.addCleanup(frappe.clear_document_cache, SETTINGS, SETTINGS)

	def set_run(self, **values):
		frappe.db.set_value("WooCommerce Sync Run", self.run, values)

	def told(self, user=TOLD):
		"""The only notification, as text."""
		(found,) = notifications(user)
		return f"{found.subject} {found.email_content}"

	def test_a_run_that_failed_is_told_by_mail_and_in_the_desk_with_a_link_and_what_to_do(self):
		self.set_run(status="Failed", orders=1234, last_error="The shop <b>refused</b>.")
		alerts.run_failed(self.run)
		(notification,) = notifications(TOLD)
		self.assertEqual(
			(notification.type, notification.document_type, notification.document_name),
			("Alert", "WooCommerce Sync Run", str(self.run)),
		)
		self.assertIn("1,234 orders", notification.email_content)
		self.assertIn("continues from there", notification.email_content)
		self.assertNotIn("<b>refused", notification.email_content)
		(mail,) = mails_to(TOLD)
		message = frappe.get_doc("Email Queue", mail)
		self.assertEqual(
			(message.reference_doctype, message.reference_name), ("WooCommerce Sync Run", str(self.run))
		)
		self.assertIn(f"woocommerce-sync-run/{self.run}", message.message.replace("=\n", ""))

	def test_who_may_not_log_in_any_more_is_told_nothing(self):
		alerts.run_finished(self.run)
		self.assertEqual((notifications(GONE), mails_to(GONE)), ([], []))

	def test_the_end_says_whether_it_is_proven(self):
		self.set_run(status="Completed", proven=0, orders=10, booked=9, held=1)
		alerts.run_finished(self.run)
		self.assertIn("not proven", self.told())
		frappe.db.delete("Notification Log")
		self.set_run(proven=1)
		alerts.run_finished(self.run)
		self.assertIn("complete and proven", self.told())
		self.assertIn("Orders that were read: 10; 9 booked, 1 held", self.told())

	def test_held_orders_are_told_once_when_they_reach_the_threshold(self):
		recipients(TOLD, threshold=5)
		self.set_run(held=4)
		self.assertFalse(alerts.held_orders(self.run))
		self.set_run(held=5)
		self.assertTrue(alerts.held_orders(self.run))
		self.set_run(held=50)
		self.assertFalse(alerts.held_orders(self.run))
		self.assertIn("orders that are held: 5", self.told())

	def test_a_threshold_of_zero_is_never_reached(self):
		recipients(TOLD, threshold=0)
		self.set_run(held=500)
		self.assertFalse(alerts.held_orders(self.run))

	def test_a_shop_that_is_left_alone_is_told(self):
		self.set_run(store_failures=5, circuit_open_until="2026-01-01 10:00:00")
		alerts.circuit_opened(self.run)
		self.assertIn("failed 5 times in a row", self.told())

	def test_without_an_account_to_send_from_the_desk_is_told_alone(self):
		frappe.clear_messages()
		with (
			patch.object(EmailAccount, "find_default_outgoing", return_value=None),
			patch.object(frappe.local, "outgoing_email_account", {}, create=True),  # what was found before
		):
			alerts.run_failed(self.run)
		self.assertEqual((len(notifications(TOLD)), mails_to(TOLD)), (1, []))
		self.assertEqual(frappe.get_message_log(), [])

	def test_a_site_that_sends_no_mails_tells_the_desk_alone(self):
		with patch.object(alerts, "are_emails_muted", return_value=True):
			alerts.run_failed(self.run)
		self.assertEqual((len(notifications(TOLD)), mails_to(TOLD)), (1, []))

	def test_each_is_told_in_the_own_language(self):
		recipients(TOLD, GERMAN)
		source = "{0}: the migration has failed"
		frappe.get_doc(
			doctype="Translation", language="de", source_text=source, translated_text="{0}: Abbruch"
		).insert()
		alerts.run_failed(self.run)
		self.assertIn(f"{SHOP}: Abbruch", self.told(GERMAN))
		self.assertIn("the migration has failed", self.told(TOLD))

	def test_what_a_job_has_written_in_english_is_told_to_each_in_the_own_language(self):
		recipients(TOLD, GERMAN)
		subject = Sentence("{0}: {1}", SHOP, Sentence("the shop can't be read"))
		alerts.send(SHOP, subject, [Sentence("It lasted {0}.", Sentence("{0} minutes", 3))])
		self.assertIn(f"{SHOP}: the shop can't be read", unescape(self.told(TOLD)))
		self.assertIn("It lasted 3 minutes.", self.told(TOLD))
		self.assertIn("nicht gelesen werden", self.told(GERMAN))
		self.assertIn("3 Minuten", self.told(GERMAN))

	def test_an_error_that_was_stored_in_english_is_told_to_each_in_the_own_language(self):
		recipients(GERMAN)
		self.set_run(status="Failed", last_error="The shop's answer doesn't name it.")
		alerts.run_failed(self.run)
		self.assertNotIn("answer", self.told(GERMAN))

	def test_a_shop_is_named_by_itself_where_the_sentence_runs_from_right_to_left(self):
		user = frappe.get_doc("User", GERMAN).update({"language": "ar"}).save()
		self.addCleanup(lambda: user.update({"language": "de"}).save())
		alerts.rehearsal_ended("Shop (2)", GERMAN)
		self.assertIn("\u2068Shop (2)\u2069: ", self.told(GERMAN))

	def test_a_product_import_is_told_in_the_language_of_whoever_had_it_done(self):
		alerts.product_import_ended(1, SHOP, GERMAN, "apply", {"done": 3, "refused": 0})
		self.assertNotIn("imported", self.told(GERMAN))
		self.assertIn(f"{SHOP}: ", self.told(GERMAN))
		self.assertEqual(frappe.local.lang, "en")

	def test_anything_can_be_told_of_a_store(self):
		alerts.send(SHOP, "Something", ["One.", "Two."])
		(notification,) = notifications(TOLD)
		self.assertEqual(
			(notification.document_type, notification.document_name), ("WooCommerce Store", SHOP)
		)

	def test_the_threshold_of_the_settings_has_limits(self):
		with self.assertRaises(frappe.ValidationError):
			recipients(TOLD, threshold=-1)


class TestWhoeverStarted(FrappeTestCase):
	"""A person who starts something is notified when it ends, whoever else is alerted."""

	def setUp(self):
		super().setUp()
		make_users()
		self.store = make_store(SHOP)
		recipients(GERMAN)
		self.addCleanup(recipients)
		frappe.db.delete("WooCommerce Sync Run", {"store": SHOP})
		values = {"store": SHOP, "status": "Running", "kind": "Migration", "workers": 2}
		self.run = frappe.get_doc(doctype="WooCommerce Sync Run", **values).insert().name
		frappe.db.delete("Notification Log")
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "WooCommerce Sync Run", {"name": self.run})
		self.addCleanup(frappe.set_user, "Administrator")

	def started(self, user=TOLD):
		frappe.set_user(user)
		site_runs.note_starter(self.run)
		frappe.set_user("Administrator")

	def told(self, user=TOLD):
		(found,) = notifications(user)
		self.assertEqual(found.document_name, str(self.run))
		return f"{found.subject} {found.email_content}"

	def test_the_end_of_a_run(self):
		self.started()
		frappe.db.set_value("WooCommerce Sync Run", self.run, {"proven": 1, "orders": 20})
		alerts.run_finished(self.run)
		self.assertIn("complete and proven", self.told())
		self.assertEqual(len(notifications(GERMAN)), 1)

	def test_who_is_alerted_anyway_is_told_once(self):
		self.started(GERMAN)
		alerts.run_failed(self.run)
		self.assertEqual(len(notifications(GERMAN)), 1)

	def test_who_has_gone_is_told_nothing(self):
		frappe.db.set_value("WooCommerce Sync Run", self.run, "started_by", GONE)
		alerts.run_finished(self.run)
		self.assertEqual(notifications(GONE), [])

	def test_the_first_part_of_a_run(self):
		self.started()
		site_runs.note_part_booked(self.run)
		self.assertIn("Resume in the run", self.told())
		self.assertEqual(site_runs.read(self.run).status, "Paused")

	def test_an_undo_by_who_has_asked_for_it(self):
		site_runs.change(self.run, status="Completed", started_by=GERMAN)
		frappe.set_user(TOLD)
		with patch.object(undo, "enqueue_once"):
			undo.start_undo(self.run)
		frappe.set_user("Administrator")
		undo.undo_job(self.run)
		self.assertIn("is undone", self.told())

	def test_an_undo_that_breaks_off(self):
		self.started()
		site_runs.note_undo_error(self.run, WooCommerceIntegrationError("A lock."))
		self.assertIn("A lock.", self.told())

	def test_a_proof_that_was_asked_for(self):
		site_runs.change(self.run, status="Completed")
		frappe.set_user(TOLD)
		with patch.object(proof_jobs, "enqueue_once"):
			proof_jobs.start(self.run)
		error = WooCommerceIntegrationError("The shop is away.")
		with patch.object(proof_jobs.proof, "prove_run", side_effect=error):
			proof_jobs.prove_run(self.run)
		frappe.set_user("Administrator")
		self.assertIn("is not proven", self.told())

	def test_orders_that_are_booked_anew(self):
		self.started()
		alerts.booked_anew(self.run)
		self.assertIn("are booked anew", self.told())

	def test_booking_anew_that_breaks_off(self):
		self.started()
		site_runs.note_undo_error(self.run, WooCommerceIntegrationError("A lock."), alerts.anew_failed)
		self.assertIn("anew has failed", self.told())

	def test_a_comparison_that_was_asked_for_in_the_readers_language(self):
		reconciliation.reconcile_recent(SHOP, asked_by=GERMAN)  # nobody answers at its address
		alerts.compared(SHOP, GERMAN, {"error": "", "compared": 1200, "differ": 2})
		failed, done = notifications(GERMAN)
		self.assertIn("Der Abgleich mit dem Shop ist fehlgeschlagen", failed.subject)
		self.assertIn("Bestellungen, die vom Shop abweichen: 2", done.subject)

	def test_a_rehearsal(self):
		frappe.set_user(TOLD)
		with self.assertRaises(WooCommerceIntegrationError):
			rehearsals.run(SHOP)  # nobody answers at its address
		alerts.rehearsal_ended(SHOP, TOLD, orders=1200, held=34)
		frappe.set_user("Administrator")
		failed, done = notifications(TOLD)
		self.assertEqual((failed.document_type, failed.document_name), ("WooCommerce Store", SHOP))
		self.assertIn("has failed", failed.subject)
		self.assertIn("Orders that were read: 1,200; 34 would be held", done.email_content)


class TestAlertsOfAMigration(ShopOnSiteTestCase):
	orders = 60

	def setUp(self):
		super().setUp()
		wipe_books()
		make_users()
		recipients(TOLD, threshold=1)
		frappe.db.delete("Notification Log")
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(recipients)

	def subjects(self):
		frappe.db.rollback()
		return [row.subject for row in notifications(TOLD)]

	def test_held_orders_and_the_end_are_told_once(self):
		frappe.db.set_single_value(SETTINGS, "page_size", 25)
		self.addCleanup(frappe.db.set_single_value, SETTINGS, "page_size", 100)
		migrate_historical_orders_streaming(store=STORE)
		subjects = self.subjects()
		self.assertEqual(len(subjects), 2, subjects)
		self.assertIn("are held", subjects[0])
		self.assertIn("complete and proven", subjects[1])

	def test_a_run_that_breaks_off_is_told_after_it_is_written_down(self):
		with patch.object(Migration, "_settle", side_effect=ValueError("broken")):
			with self.assertRaises(ValueError):
				migrate_historical_orders_streaming(store=STORE)
		self.assertIn("has failed", self.subjects()[-1])

	def test_an_alert_that_cannot_be_made_does_not_take_the_runs_own_words_along(self):
		run = site_runs.run_of_today(STORE)
		with patch.object(alerts, "_deliver", side_effect=ValueError("no alert")):
			with self.assertRaises(ValueError):
				site_runs.note_failed(run, WooCommerceIntegrationError("The cause."), 0)
		frappe.db.rollback()
		status = frappe.db.get_value("WooCommerce Sync Run", run, ["status", "last_error"])
		self.assertEqual(status, ("Failed", "The cause."))
