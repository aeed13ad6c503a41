"""What `compat` expects of Frappe. A test that fails here after an update of Frappe names the internal that has changed."""

import pickle
from datetime import date
from unittest.mock import patch

import frappe
from frappe import _
from frappe.tests.utils import FrappeTestCase
from frappe.utils.global_search import sync_global_search
from frappe.utils.jinja import get_jenv

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.tests.support.site import ensure_company, freeze_accounts

# ERPNext 15 reads most settings the first way, ERPNext 16 the second.
WAYS_TO_READ = {
	"by the database": lambda doctype, field: frappe.db.get_single_value(doctype, field),
	"from the cached document": lambda doctype, field: frappe.get_cached_value(doctype, None, field),
}


class TestCompat(FrappeTestCase):
	def test_a_document_that_was_just_inserted_is_found_in_the_cache(self):
		currency = frappe.get_doc("Currency", "EGP")
		currency.name = "No Such Currency"
		self.addCleanup(frappe.clear_document_cache, "Currency", currency.name)
		compat.keep_cached(currency)
		with patch.object(frappe.db, "sql", side_effect=AssertionError):
			fraction = frappe.get_cached_value("Currency", currency.name, "fraction")
		self.assertEqual(fraction, currency.fraction)

	def test_a_language_holds_within_its_block_alone(self):
		frappe.local.lang = "en"
		with compat.in_language("de"):
			self.assertEqual(_("Customer"), "Kunde")
		self.assertEqual(_("Customer"), "Customer")
		with compat.in_language(None):
			self.assertEqual(frappe.local.lang, "en")

	def test_a_language_ends_with_an_error(self):
		with self.assertRaises(ZeroDivisionError), compat.in_language("de"):
			raise ZeroDivisionError
		self.assertEqual(_("Customer"), "Customer")

	def test_settings_are_believed_until_somebody_commits(self):
		for way, read in WAYS_TO_READ.items():
			with self.subTest(way):
				before = read("Selling Settings", "sales_update_frequency")
				compat.believe({"Selling Settings": {"sales_update_frequency": "Never so"}})
				self.assertEqual(read("Selling Settings", "sales_update_frequency"), "Never so")
				compat.believe_no_more("Selling Settings")
				self.assertEqual(read("Selling Settings", "sales_update_frequency"), before)

	def test_what_is_believed_never_leaves_the_process(self):
		before = frappe.get_doc("Selling Settings").sales_update_frequency
		compat.believe({"Selling Settings": {"sales_update_frequency": "Never so"}})
		self.addCleanup(compat.believe_no_more, "Selling Settings")
		with patch.object(frappe.local, "cache", {}):  # another process
			found = frappe.get_cached_value("Selling Settings", None, "sales_update_frequency")
		self.assertEqual(found, before)

	def test_accounts_are_frozen_where_this_erpnext_has_it(self):
		company = ensure_company()
		freeze_accounts("2026-03-31")
		self.addCleanup(frappe.db.rollback)
		doctype, until = compat.accounts_frozen(company)
		self.assertTrue(frappe.get_meta(doctype))
		self.assertEqual(until, date(2026, 3, 31))
		freeze_accounts(None)
		self.assertIsNone(compat.accounts_frozen(company))

	def test_nobody_is_notified_of_a_document_also_after_it_was_pickled(self):
		document = frappe.get_doc({"doctype": "ToDo", "description": "compat"})
		compat.without_notifications(document)
		for one in (document, pickle.loads(pickle.dumps(document))):
			with patch("frappe.email.doctype.notification.notification.evaluate_alert") as evaluated:
				one.run_notifications("on_update")
			evaluated.assert_not_called()

	def test_numbers_are_written_as_the_site_writes_them(self):
		before = frappe.db.get_default("number_format")
		self.addCleanup(frappe.db.rollback)
		self.addCleanup(frappe.defaults.set_global_default, "number_format", before)
		for chosen, expected in (
			("#.###,##", (",", ".", 2)),
			("#,###.###", (".", ",", 3)),
			("#,###", ("", ",", 0)),
		):
			frappe.defaults.set_global_default("number_format", chosen)
			self.assertEqual(compat.number_format(), expected)

	def test_errors_of_the_driver_that_this_frappe_uses_are_known(self):
		for errors, name in (
			(compat.DATA_ERRORS, "DataError"),
			(compat.OPERATIONAL_ERRORS, "OperationalError"),
		):
			self.assertTrue(issubclass(getattr(frappe.db, name), errors), name)

	def test_permissions_are_those_of_the_administrator_meanwhile(self):
		frappe.set_user("Guest")
		self.addCleanup(frappe.set_user, "Administrator")
		self.assertFalse(frappe.has_permission("Sales Invoice", "create"))
		with compat.as_administrator():
			self.assertTrue(frappe.has_permission("Sales Invoice", "create"))
		self.assertFalse(frappe.has_permission("Sales Invoice", "create"))
		self.assertEqual(frappe.session.user, "Guest")

	def test_what_a_savepoint_leaves_for_after_the_commit_is_forgotten(self):
		called = []
		frappe.db.after_commit.add(lambda: called.append("before"))
		kept = compat.AfterCommit()
		frappe.db.after_commit.add(lambda: called.append("since"))
		kept.restore()
		frappe.db.commit()
		self.assertEqual(called, ["before"])

	def test_documents_and_what_is_known_are_forgotten_together(self):
		compat.known_in_process("woo_test")["a"] = 1
		self.assertEqual(compat.known_in_process("woo_test"), {"a": 1})
		compat.forget_documents()
		self.assertEqual(compat.known_in_process("woo_test"), {})

	def test_settings_that_this_process_has_read_are_read_again(self):
		frappe.local.system_settings = frappe._dict(float_precision="old")
		frappe.db.value_cache.setdefault("Selling Settings", {})["allow_multiple_items"] = "old"
		frappe.flags.accounting_dimensions = ["old"]
		compat.forget_settings()
		self.assertNotEqual(frappe.get_system_settings("float_precision"), "old")
		self.assertNotEqual(frappe.db.get_single_value("Selling Settings", "allow_multiple_items"), "old")
		self.assertIsNone(frappe.flags.accounting_dimensions)

	def test_what_new_documents_are_filled_with_is_read_again(self):
		"""Frappe keeps a template of each DocType, with the defaults of its fields."""
		compat.forget_settings()
		frappe.new_doc("Sales Invoice")
		self.assertIn("Sales Invoice", frappe.local.new_doc_templates)
		compat.forget_settings()
		self.assertEqual(frappe.local.new_doc_templates, {})

	def test_dynamic_links_are_asked_anew(self):
		from frappe.model.dynamic_links import get_dynamic_link_map

		frappe.local.dynamic_link_map = {"Nobody": []}
		compat.forget_dynamic_links()
		self.assertNotIn("Nobody", get_dynamic_link_map())

	def test_messages_of_what_broke_are_dropped(self):
		frappe.clear_messages()
		frappe.msgprint("stays")
		with self.assertRaises(frappe.ValidationError), compat.messages_kept():
			frappe.throw("goes")
		self.assertEqual([message["message"] for message in frappe.get_message_log()], ["stays"])
		frappe.clear_messages()

	def test_nothing_is_mailed_searched_or_taken_for_an_import_after_its_block(self):
		with compat.without_mail(True), compat.without_search(), compat.as_import():
			self.assertTrue(frappe.flags.mute_emails)
			self.assertTrue(frappe.flags.in_import)
			self.assertTrue(frappe.local.conf.disable_global_search)
		self.assertFalse(frappe.flags.mute_emails)
		self.assertFalse(frappe.flags.in_import)
		self.assertFalse(frappe.local.conf.get("disable_global_search"))

	def test_statements_are_seen_within_the_block_alone(self):
		seen = []

		def look(_sql, statement, run):
			seen.append((statement.text, statement.values))
			return run()

		with compat.each_statement(look):
			frappe.db.get_value("User", "Guest", "enabled")
			self.assertEqual(frappe.db.sql("SELECT %s", (7,)), ((7,),))
		frappe.db.sql("SELECT 8")
		self.assertEqual(seen[-1], ("SELECT %s", (7,)))
		self.assertGreaterEqual(len(seen), 2)

	def test_changed_rows_are_those_of_the_last_statement(self):
		frappe.db.sql("UPDATE `tabUser` SET enabled = 1 - enabled WHERE name IN ('Guest', 'Administrator')")
		self.assertEqual(compat.changed_rows(), 2)
		frappe.db.rollback()

	def test_texts_are_filtered_as_an_insertion_filters_them(self):
		document = compat.new_document({"doctype": "ToDo", "description": "a <script>b</script>"})
		compat.sanitise(document)
		self.assertNotIn("<script>", document.description)

	def test_a_contact_asks_nobody_for_its_picture(self):
		with patch("requests.get") as asked, patch.dict(frappe.flags, {"in_test": False}):
			contact = compat.new_document({"doctype": "Contact", "first_name": "Compat"})
			contact.append("email_ids", {"email_id": "compat@example.com", "is_primary": 1})
			contact.insert()
		asked.assert_not_called()
		self.assertEqual(type(compat.stored_document("Contact", contact.name)), type(contact))
		self.assertFalse(frappe.flags.in_import)
		frappe.db.rollback()

	def test_a_template_is_compiled_once(self):
		with compat.templates_compiled_once():
			environment = get_jenv()
			self.assertIs(environment.from_string("{{ a }}"), environment.from_string("{{ a }}"))
		self.assertIsNot(get_jenv().from_string("{{ a }}"), get_jenv().from_string("{{ a }}"))

	def test_the_search_finds_what_is_added_to_its_queue(self):
		note = frappe.get_doc({"doctype": "ToDo", "description": "compat in the search"}).insert()
		value = {
			"doctype": "ToDo",
			"name": note.name,
			"content": "Description : compat in the search",
			"published": 0,
			"title": "",
			"route": None,
		}
		compat.add_to_search([value])
		sync_global_search()
		found = frappe.db.sql("SELECT name FROM `__global_search` WHERE name = %s", note.name)
		self.assertEqual(found, ((note.name,),))
		note.delete()
		frappe.db.commit()
