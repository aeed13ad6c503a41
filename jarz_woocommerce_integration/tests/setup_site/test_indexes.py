"""The indexes of the lookups: there after an installation, added once, never doubled, and gone with the app."""

import io
from contextlib import redirect_stdout

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.patches.v1_0 import add_custom_fields, add_lookup_indexes
from jarz_woocommerce_integration.setup_site import indexes
from jarz_woocommerce_integration.setup_site.indexes import (
	LookupIndex,
	add_indexes,
	columns_by_index,
	remove_indexes,
)

ALL = (*indexes.ON_OTHER_TABLES, *indexes.ON_OUR_TABLES)
UNIQUE = (
	("WooCommerce Order Map", ("store", "woo_order_id")),
	("WooCommerce Customer Decision", ("store", "woo_order_id")),
	("WooCommerce Item Link", ("store", "product_id", "variation_id", "sku")),
	("WooCommerce Sync Page", ("run", "number")),
)


def said(call) -> str:
	"""What `call` prints."""
	with redirect_stdout(io.StringIO()) as output:
		call()
	return output.getvalue()


def state_of_the_site() -> tuple:
	"""Every index of the tables that have ours, and the stamps of all custom fields and property setters."""
	doctypes = {index.doctype for index in ALL} | {doctype for doctype, _columns in UNIQUE}
	stamps = [
		sorted(frappe.get_all(doctype, fields=["name", "modified"], as_list=True))
		for doctype in ("Custom Field", "Property Setter")
	]
	return {doctype: columns_by_index(doctype) for doctype in doctypes}, stamps


class TestIndexes(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(said, add_indexes)

	def drop(self, doctype: str, name: str):
		frappe.db.sql_ddl(f"ALTER TABLE `tab{doctype}` DROP INDEX IF EXISTS `{name}`")

	def test_every_lookup_has_an_index_that_begins_with_its_columns(self):
		for index in ALL:
			covering = [
				columns
				for columns in columns_by_index(index.doctype).values()
				if columns[: len(index.fields)] == index.fields
			]
			self.assertTrue(covering, index)

	def test_keys_are_unique_in_the_database(self):
		for doctype, columns in UNIQUE:
			rows = frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}` WHERE Non_unique = 0", as_dict=True)
			named = {row.Key_name for row in rows}
			self.assertIn(columns, [columns_by_index(doctype)[name] for name in named], doctype)

	def test_adding_them_again_changes_nothing(self):
		before = state_of_the_site()
		output = said(add_indexes)
		self.assertEqual(state_of_the_site(), before)
		self.assertNotIn(" is added", output)

	def test_the_patches_add_what_is_missing_and_may_run_twice(self):
		before, _stamps = state_of_the_site()
		self.drop("Contact Email", "idx_woo_contact_email")
		said(add_lookup_indexes.execute)
		added = state_of_the_site()
		self.assertEqual(added[0], before)
		said(add_custom_fields.execute)
		said(add_lookup_indexes.execute)
		self.assertEqual(state_of_the_site(), added)

	def test_an_index_that_another_one_covers_is_not_doubled_and_named(self):
		self.drop("Contact Phone", "idx_woo_contact_phone")
		self.addCleanup(self.drop, "Contact Phone", "of_another_app")
		columns = ["phone", "parent", "parenttype"]
		frappe.db.add_index("Contact Phone", columns, "of_another_app")
		output = said(add_indexes)
		self.assertNotIn("idx_woo_contact_phone", columns_by_index("Contact Phone"))
		self.assertIn(
			"idx_woo_contact_phone isn't added: Contact Phone(phone, parent) is covered by the index of_another_app.",
			output,
		)

	def test_an_index_of_fewer_columns_covers_nothing(self):
		existing = {"one": ("link_doctype", "link_name")}
		index = LookupIndex("x", "Dynamic Link", ("link_doctype", "link_name", "parent"))
		self.assertEqual(indexes._covering(index, existing), "")

	def test_they_outlive_a_change_of_their_table(self):
		"""Frappe drops the index of a single column that no field asks for, whenever a field is added."""
		before = columns_by_index("Customer")
		field = {"fieldname": "of_another_app", "label": "Of Another App", "fieldtype": "Data"}
		create_custom_field("Customer", field)
		self.addCleanup(frappe.delete_doc, "Custom Field", "Customer-of_another_app", force=True)
		for name in ("idx_customer_email", "idx_woo_customer_mobile", "idx_woo_customer_account"):
			self.assertEqual(columns_by_index("Customer").get(name), before[name])

	def test_they_outlive_it_when_they_were_added_by_hand(self):
		self.drop("Customer", "idx_customer_email")
		frappe.db.delete("Property Setter", {"name": "Customer-email_id-search_index"})
		frappe.clear_cache(doctype="Customer")
		said(add_indexes)
		setter = frappe.db.get_value("Property Setter", "Customer-email_id-search_index", ["module", "value"])
		self.assertEqual(setter, ("WooCommerce", "1"))
		frappe.db.updatedb("Customer")
		self.assertIn("idx_customer_email", columns_by_index("Customer"))

	def test_removing_them_takes_ours_alone(self):
		before, _stamps = state_of_the_site()
		remove_indexes()
		after, _stamps = state_of_the_site()
		ours = {index.name for index in indexes.ON_OTHER_TABLES}
		self.assertEqual(
			after,
			{
				doctype: {name: columns for name, columns in there.items() if name not in ours}
				for doctype, there in before.items()
			},
		)
		left = frappe.get_all(
			"Property Setter", {"property": "search_index", "module": "WooCommerce"}, pluck="doc_type"
		)
		self.assertEqual(left, ["WooCommerce Order Map"])
		remove_indexes()
		said(add_indexes)
		self.assertEqual(state_of_the_site()[0], before)


class TestItemLinks(FrappeTestCase):
	def test_a_product_without_a_sku_is_linked_once(self):
		"""By the form's own rule; to the database two NULLs would be two keys, so no SKU is stored as an empty one."""
		values = {"doctype": "WooCommerce Item Link", "store": "Any", "item": "Any", "product_id": 17}
		for sku in (None, ""):
			document = frappe.get_doc({**values, "sku": sku})
			document.flags.ignore_links = True
			if sku is None:
				document.insert()
			else:
				self.assertRaises(frappe.DuplicateEntryError, document.insert)
