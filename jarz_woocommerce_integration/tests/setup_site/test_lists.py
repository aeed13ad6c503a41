"""Our lists at first: columns for a laptop, and filters that everybody has; what people have changed stays."""

import json

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.setup_site.lists import COLUMNS, FILTERS, STATUS, add_lists, remove_lists

ORDER_MAP = "WooCommerce Order Map"


class TestLists(FrappeTestCase):
	def setUp(self):
		remove_lists()
		add_lists()

	def tearDown(self):
		frappe.db.rollback()

	def test_each_column_is_one_of_the_list(self):
		for doctype, columns in COLUMNS.items():
			meta = frappe.get_meta(doctype)
			for name in columns:
				with self.subTest(doctype=doctype, column=name):
					field = meta.get_field(name)
					self.assertTrue(name in (STATUS, "name", meta.title_field) or field.in_list_view)

	def test_a_laptop_shows_state_date_total_and_invoice(self):
		settings = frappe.get_doc("List View Settings", ORDER_MAP)
		shown = [field["fieldname"] for field in json.loads(settings.fields)]
		self.assertEqual(shown[:5], ["order_number", STATUS, "created_gmt", "total", "sales_invoice"])
		if settings.meta.has_field("total_fields"):  # Frappe 16 shows as many as there are
			self.assertGreaterEqual(int(settings.total_fields), 7)

	def test_each_filter_can_be_used(self):
		for (name, doctype), _conditions in FILTERS.items():
			with self.subTest(name=name, doctype=doctype):
				row = frappe.get_all(
					"List Filter",
					{"filter_name": name, "reference_doctype": doctype},
					["filters", "for_user"],
				)[0]
				self.assertFalse(row.for_user)
				frappe.get_list(doctype, filters=json.loads(row.filters), limit=1)

	def test_what_a_person_has_changed_stays(self):
		frappe.db.set_value("List View Settings", ORDER_MAP, "disable_count", 1)
		there = frappe.db.count("List Filter")
		add_lists()
		self.assertEqual(frappe.db.get_value("List View Settings", ORDER_MAP, "disable_count"), 1)
		self.assertEqual(frappe.db.count("List Filter"), there)
