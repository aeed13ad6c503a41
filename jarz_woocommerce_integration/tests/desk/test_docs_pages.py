"""The Desk's Help leads to pages that are there, in the version that runs, and to nothing else on the machine."""

import re

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.services.documents.pages import ADDRESS, DOCS, page_of

OWN = re.compile(re.escape(ADDRESS).replace("&", "&(?:amp;)?") + r"([\w./-]+)")


class TestDocsPages(FrappeTestCase):
	def test_each_doctype_with_a_form_names_a_page_that_is_there(self):
		found = frappe.get_all("DocType", {"module": "WooCommerce", "istable": 0}, ["name", "documentation"])
		for doctype in found:
			with self.subTest(doctype.name):
				self.assertTrue((doctype.documentation or "").startswith(ADDRESS))
				self.assertIn("<h1", page_of(doctype.documentation.removeprefix(ADDRESS).partition("#")[0]))

	def test_all_links_of_all_pages_lead_on(self):
		for path in DOCS.rglob("*.md"):
			page = page_of(path.relative_to(DOCS).as_posix())
			for name in OWN.findall(page):
				with self.subTest(page=path.name, link=name):
					self.assertTrue((DOCS / name).is_file())
			self.assertNotIn("](", re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.DOTALL))

	def test_pictures_are_in_the_page_itself(self):
		for path in DOCS.rglob("*.md"):
			for address in re.findall(r'<img src="([^"]*)"', page_of(path.relative_to(DOCS).as_posix())):
				with self.subTest(page=path.name):
					self.assertTrue(address.startswith("data:image/png;base64,iVBOR"))

	def test_nothing_but_pages_is_given(self):
		for name in (
			"../README.md",
			"../../etc/passwd",
			"/etc/passwd",
			"operate/compose.queue-long.yaml",
			"no.md",
			"",
		):
			with self.subTest(name):
				self.assertRaises(StoreSetupError, page_of, name)
