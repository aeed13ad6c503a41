"""Installing adds what is ours, once, and leaves alone what isn't."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.install import MANAGER, SETTINGS, USER, after_migrate
from jarz_woocommerce_integration.setup_site.custom_fields import CUSTOM_FIELDS, MODULE, add_custom_fields

FIELD = "Territory-custom_woo_code"


class TestInstall(FrappeTestCase):
	def tearDown(self):
		frappe.db.rollback()
		frappe.clear_cache(doctype="Territory")

	def test_all_fields_are_there_and_ours(self):
		for doctype, fields in CUSTOM_FIELDS.items():
			meta = frappe.get_meta(doctype)
			for field in fields:
				self.assertTrue(meta.has_field(field["fieldname"]), (doctype, field["fieldname"]))
				name = f"{doctype}-{field['fieldname']}"
				self.assertEqual(frappe.db.get_value("Custom Field", name, "module"), MODULE)

	def test_adding_them_again_changes_nothing(self):
		before = frappe.get_all("Custom Field", fields=["name", "modified"], order_by="name")
		add_custom_fields()
		self.assertEqual(frappe.get_all("Custom Field", fields=["name", "modified"], order_by="name"), before)

	def test_a_field_of_that_name_that_is_not_ours_stays_as_it_is(self):
		theirs = {"module": None, "label": "Shop Zone", "description": "Of another app"}
		fields = list(theirs)
		frappe.db.set_value("Custom Field", FIELD, theirs)
		add_custom_fields()
		found = frappe.db.get_value("Custom Field", FIELD, fields, as_dict=True)
		self.assertEqual([found[field] for field in fields], [None, "Shop Zone", "Of another app"])

	def test_what_is_ours_and_was_changed_is_renewed(self):
		frappe.db.set_value("Custom Field", FIELD, "label", "Something else")
		add_custom_fields()
		self.assertEqual(frappe.db.get_value("Custom Field", FIELD, "label"), "WooCommerce Code")

	def test_a_setting_that_came_with_an_update_has_its_default_and_what_a_person_set_stays(self):
		frappe.db.set_single_value(SETTINGS, "page_size", 50)
		frappe.db.delete("Singles", {"doctype": SETTINGS, "field": "sync_attempts"})
		after_migrate()
		settings = frappe.get_doc(SETTINGS)
		self.assertEqual((settings.page_size, settings.sync_attempts), (50, 6))
		settings.save()

	def test_copies_of_an_invoice_name_no_order(self):
		meta = frappe.get_meta("Sales Invoice")
		for field in ("woo_store", "woo_order_id", "woo_refund_id", "woo_fingerprint"):
			self.assertTrue(meta.get_field(field).no_copy, field)

	def test_a_user_looks_and_a_manager_sets_up(self):
		for doctype in frappe.get_all("DocType", {"module": MODULE, "istable": 0}, pluck="name"):
			permissions = {row.role: row for row in frappe.get_meta(doctype).permissions if not row.permlevel}
			self.assertTrue(permissions[USER].read, doctype)
			self.assertFalse(
				permissions[USER].write or permissions[USER].create or permissions[USER].delete, doctype
			)
			self.assertTrue(permissions[MANAGER].read, doctype)
		for doctype in ("WooCommerce Store", "WooCommerce Settings", "WooCommerce Item Link"):
			permissions = {row.role: row for row in frappe.get_meta(doctype).permissions if not row.permlevel}
			self.assertTrue(permissions[MANAGER].write, doctype)

	def test_keys_are_password_fields(self):
		meta = frappe.get_meta("WooCommerce Store")
		for field in ("consumer_key", "consumer_secret", "webhook_secret"):
			self.assertEqual(meta.get_field(field).fieldtype, "Password")
