"""What `compat` expects of Frappe. A test that fails here after an update of Frappe names the internal that has changed."""

import frappe
from frappe import _
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration import compat


class TestCompat(FrappeTestCase):
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
		before = frappe.db.get_single_value("Selling Settings", "sales_update_frequency")
		compat.believe({"Selling Settings": {"sales_update_frequency": "Never so"}})
		self.assertEqual(frappe.db.get_single_value("Selling Settings", "sales_update_frequency"), "Never so")
		compat.believe_no_more("Selling Settings")
		self.assertEqual(frappe.db.get_single_value("Selling Settings", "sales_update_frequency"), before)
		compat.believe({"Selling Settings": {"sales_update_frequency": "Never so"}})
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_single_value("Selling Settings", "sales_update_frequency"), before)

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
