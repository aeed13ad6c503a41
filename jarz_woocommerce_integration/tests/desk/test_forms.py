"""What the Desk shows of the DocTypes of this app: no raw data, in a form or in print."""

import re
from pathlib import Path

import frappe
from frappe.tests.utils import FrappeTestCase

import jarz_woocommerce_integration

PACKAGE = Path(jarz_woocommerce_integration.__file__).parent
PARSED = re.compile(r"JSON\.parse\(frm\.doc\.(\w+)")


def our_fields():
	for doctype in frappe.get_all("DocType", {"module": "WooCommerce"}, pluck="name"):
		for field in frappe.get_meta(doctype).fields:
			yield doctype, field


class TestForms(FrappeTestCase):
	def test_raw_data_is_neither_shown_nor_printed(self):
		"""Code is raw, and so is what a form's script parses to show it in words."""
		scripts = [*PACKAGE.glob("public/js/*.js"), *PACKAGE.glob("woocommerce/doctype/*/*.js")]
		parsed = {name for script in scripts for name in PARSED.findall(script.read_text())}
		self.assertIn("parameters", parsed)
		raw = [
			(doctype, field)
			for doctype, field in our_fields()
			if field.fieldtype in ("Code", "JSON") or field.fieldname in parsed
		]
		self.assertGreater(len(raw), 10)
		for doctype, field in raw:
			with self.subTest(doctype=doctype, field=field.fieldname):
				self.assertTrue(field.hidden and field.print_hide)
