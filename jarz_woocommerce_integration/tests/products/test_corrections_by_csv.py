"""The lines of an import as CSV: what goes out, what comes in again, and what is refused."""

import csv
import io

import frappe

from jarz_woocommerce_integration.exceptions import ProductImportError
from jarz_woocommerce_integration.services.products import csv_files
from jarz_woocommerce_integration.tests.products.import_case import PREFIX, ImportTestCase, simple, variable


class TestCorrectionsByCSV(ImportTestCase):
	def setUp(self):
		super().setUp()
		self.name = self.plan(simple(1, name="=HYPERLINK(1)"), simple(2, type="grouped"), *variable(3))

	def rows(self):
		text = csv_files.export(self.name).removeprefix("\ufeff")
		return list(csv.DictReader(io.StringIO(text, newline="")))

	def load(self, rows, delimiter=","):
		file = io.StringIO(newline="")
		writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
		writer.writeheader()
		writer.writerows(rows)
		return csv_files.load(self.name, file.getvalue())

	def test_all_lines_go_out_and_none_is_a_formula(self):
		rows = self.rows()
		self.assertEqual(
			[(row["product_id"], row["variation_id"]) for row in rows],
			[("1", "0"), ("2", "0"), ("3", "0"), ("3", "301"), ("3", "302")],
		)
		self.assertEqual(rows[0]["product_name"], "'=HYPERLINK(1)")

	def test_what_was_not_changed_changes_nothing(self):
		self.assertEqual(self.load(self.rows()), 0)

	def test_actions_items_and_codes_come_in_again_also_with_semicolons(self):
		item = self.make_item(f"{PREFIX}-other")
		rows = self.rows()
		rows[0].update(action="Link", item=item.name, found="Ignored")
		rows[3].update(new_code=f"{PREFIX}-mine")
		rows[4].update(action="Leave")
		self.assertEqual(self.load(rows, ";"), 3)
		first = self.line(self.name, 1)
		self.assertEqual((first.action, first.item, first.found), ("Link", item.name, "New"))
		self.assertEqual(self.line(self.name, 3, 301).new_code, f"{PREFIX}-mine")
		self.assertEqual(self.line(self.name, 3, 302).action, "Leave")

	def test_all_of_it_is_taken_or_none(self):
		rows = self.rows()
		rows[0].update(action="Leave")
		rows[1].update(action="Create")  # a grouped product has no item
		with self.assertRaises(ProductImportError) as refused:
			self.load(rows)
		self.assertIn("1 rows can't be taken", str(refused.exception))
		frappe.db.rollback()
		self.assertEqual(self.line(self.name, 1).action, "Create")

	def test_an_unknown_item_or_product_or_action_is_named_with_its_row(self):
		rows = self.rows()[:1]
		for wrong in (
			{"action": "Link", "item": "no such item"},
			{"product_id": "999"},
			{"action": "Destroy"},
		):
			with self.subTest(wrong), self.assertRaises(ProductImportError) as refused:
				self.load([{**rows[0], **wrong}])
			self.assertIn("2: ", str(refused.exception))

	def test_a_file_without_the_columns_is_refused(self):
		with self.assertRaises(ProductImportError):
			csv_files.load(self.name, "a,b\n1,2\n")
