"""The plan of a product import on a site: what is written, what a person may correct, and what nobody may."""

import json
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import ProductImportError, StoreSetupError
from jarz_woocommerce_integration.services.products import applying, csv_files, imports, jobs
from jarz_woocommerce_integration.services.session import jobs as session_jobs
from jarz_woocommerce_integration.tests.products.import_case import (
	IMPORT,
	LINE,
	LINK,
	PREFIX,
	STORE,
	ImportTestCase,
	simple,
	variable,
)


class TestPlan(ImportTestCase):
	def test_a_plan_writes_lines_and_nothing_else(self):
		items = frappe.db.count("Item")
		name = self.plan(simple(1), *variable(2), simple(3, type="grouped"))
		document = frappe.get_doc(IMPORT, name)
		self.assertEqual(document.status, "Planned")
		self.assertEqual((document.products, document.new, document.ignored), (5, 4, 1))
		self.assertEqual((frappe.db.count("Item"), frappe.db.count(LINK, {"store": STORE})), (items, 0))
		line = self.line(name, 2, 201)
		self.assertEqual(
			(line.kind, line.found, line.action, line.state), ("Variant", "New", "Create", "Open")
		)
		self.assertEqual(line.new_code, f"{PREFIX}-201")

	def test_items_are_found_by_link_sku_and_barcode_as_the_site_has_them(self):
		linked, by_sku = self.make_item(f"{PREFIX}-linked"), self.make_item(f"{PREFIX}-2")
		by_barcode = self.make_item(f"{PREFIX}-b", barcodes=[{"barcode": "4006381333931"}])
		frappe.get_doc(doctype=LINK, store=STORE, product_id=1, item=linked.name).insert()
		name = self.plan(
			simple(1), simple(2, sku=f"{PREFIX}-2 ".lower()), simple(3, global_unique_id="4006381333931")
		)
		found = [
			(line.matched_by, line.item, line.action, line.state)
			for line in (self.line(name, number) for number in (1, 2, 3))
		]
		self.assertEqual(
			found,
			[
				("Link", linked.name, "Link", "Done"),
				("SKU", by_sku.name, "Link", "Open"),
				("Barcode", by_barcode.name, "Link", "Open"),
			],
		)

	def test_what_a_shop_writes_runs_nowhere(self):
		body = simple(1, sku="<img src=x onerror=alert(1)>", tax_class="<script>x()</script>")
		name = self.plan(body, {"id": 2, "name": "<script>x()</script>", "regular_price": []})
		line = self.line(name, 1)
		shown = [line.sku, line.reason, line.notes, frappe.db.get_value(IMPORT, name, "malformed")]
		for text in shown:
			self.assertNotIn("<script", text or "")
			self.assertNotIn("onerror", text or "")

	def read_in(self, language: str, doctype: str, name):
		"""A document as its form gets it."""
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = language
		document = frappe.get_doc(doctype, name)
		document.run_method("onload")
		return document

	def set_site_language(self, language: str) -> None:
		frappe.db.set_single_value("System Settings", "language", language)
		frappe.db.commit()

	def test_what_was_found_is_said_in_the_readers_language_wherever_the_site_is(self):
		self.addCleanup(self.set_site_language, "en")
		self.set_site_language("de")
		item = self.make_item(f"{PREFIX}-1", disabled=1)
		name = self.plan(simple(1), {"id": 2, "name": "Mug", "regular_price": []})
		line = self.line(name, 1)
		self.assertEqual(line.reason, f"Item {item.name} is disabled.")
		self.assertEqual(json.loads(line.reason_parts), ["Item {0} is disabled.", item.name])
		self.assertEqual(self.read_in("de", LINE, line.name).reason, f"Artikel {item.name} ist deaktiviert.")
		self.assertIn(f"Artikel {item.name} ist deaktiviert.", csv_files.export(name))
		self.assertIn("kann nicht gelesen werden", self.read_in("de", IMPORT, name).malformed)
		frappe.local.lang = "en"
		self.assertIn(line.reason, csv_files.export(name))

	def test_a_line_that_is_saved_from_a_form_in_another_language_keeps_what_was_found(self):
		name = self.plan(simple(1))
		line = self.read_in("de", LINE, self.line(name, 1).name)
		self.assertNotEqual(line.reason, "No item has its link, SKU, barcode or name.")
		line.action = "Leave"
		line.save()
		self.assertEqual(self.line(name, 1).reason, "No item has its link, SKU, barcode or name.")

	def test_planning_again_replaces_a_plan_that_nobody_applied(self):
		first = self.plan(simple(1))
		second = self.plan(simple(1))
		self.assertEqual(frappe.db.get_value(IMPORT, first, "status"), "Replaced")
		self.assertEqual(frappe.db.get_value(IMPORT, second, "status"), "Planned")
		self.assertEqual(str(imports.open_import(STORE)), str(second))

	def test_a_second_import_waits_for_one_at_work(self):
		imports.start(self.store)
		with self.assertRaises(ProductImportError):
			imports.start(self.store)

	def test_entries_that_cannot_be_read_are_named(self):
		name = self.plan(simple(1), {"id": 2, "name": "Broken", "regular_price": []})
		self.assertIn("Broken can't be read: ", frappe.db.get_value(IMPORT, name, "malformed"))
		self.assertEqual(frappe.db.get_value(IMPORT, name, "products"), 1)

	def test_a_failure_of_the_shop_is_kept_with_the_import(self):
		name = imports.start(self.store).name
		frappe.db.commit()
		frappe.db.set_value("WooCommerce Store", STORE, "enabled", 0)
		frappe.db.commit()
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "enabled", 1)
		with self.assertRaises(StoreSetupError):
			jobs.run_here(name)
		self.assertEqual(frappe.db.get_value(IMPORT, name, "status"), "Failed")
		self.assertIn("switched off", frappe.db.get_value(IMPORT, name, "last_error"))


class TestTheJob(ImportTestCase):
	"""The import as a background job does it."""

	def alerts(self):
		filters = {"document_type": IMPORT, "document_name": str(self.name)}
		return frappe.get_all("Notification Log", filters, pluck="subject", order_by="creation")

	def test_who_had_it_done_is_told_when_it_ends(self):
		self.name = imports.start(self.store).name
		self.addCleanup(frappe.db.delete, "Notification Log", {"document_type": IMPORT})
		frappe.db.commit()
		with self.shop(simple(1)):
			jobs.work_on(self.name)
		applying.approve(self.name)
		frappe.db.commit()
		jobs.work_on(self.name)
		self.assertEqual(
			self.alerts(),
			[f"{STORE}: the plan of the products is ready", f"{STORE}: the products are imported"],
		)

	def test_a_failure_is_told_with_its_reason(self):
		self.name = imports.start(self.store).name
		self.addCleanup(frappe.db.delete, "Notification Log", {"document_type": IMPORT})
		frappe.db.set_value("WooCommerce Store", STORE, "enabled", 0)
		frappe.db.commit()
		with self.assertRaises(StoreSetupError):
			jobs.work_on(self.name)
		self.assertEqual(self.alerts(), [f"{STORE}: the product import has failed"])

	def test_the_scheduler_goes_on_with_what_nobody_works_at(self):
		self.name = imports.start(self.store).name
		frappe.db.commit()
		with patch.object(session_jobs.Job, "start") as started:
			jobs.sweep()
		started.assert_any_call(product_import=self.name)


class TestCorrections(ImportTestCase):
	def setUp(self):
		super().setUp()
		self.name = self.plan(simple(1), simple(2, type="grouped"))

	def save(self, line, **values):
		line.update(values)
		return line.save()

	def test_a_person_says_what_is_to_be_done_and_with_which_item(self):
		item = self.make_item(f"{PREFIX}-other")
		line = self.save(self.line(self.name, 1), action="Link", item=item.name)
		self.assertEqual((line.action, line.item, line.state), ("Link", item.name, "Open"))

	def test_what_the_plan_found_nobody_changes(self):
		line = self.save(self.line(self.name, 1), found="Matched", draft="{}", state="Done", action="Leave")
		line.reload()
		self.assertEqual((line.found, line.state, line.action), ("New", "Open", "Leave"))
		self.assertIn(f"{PREFIX}-1", line.draft)

	def test_a_link_needs_an_item_and_an_item_needs_a_draft(self):
		for values in ({"action": "Link", "item": None}, {"action": "Create"}):
			number = 1 if values["action"] == "Link" else 2
			with self.assertRaises(frappe.ValidationError):
				self.save(self.line(self.name, number), **values)

	def test_nobody_adds_a_line(self):
		with self.assertRaises(frappe.PermissionError):
			frappe.get_doc(doctype=LINE, product_import=self.name, product_id=9).insert()

	def test_a_line_that_is_done_is_not_corrected(self):
		self.apply(self.name)
		with self.assertRaises(frappe.ValidationError):
			self.save(self.line(self.name, 1), action="Leave")

	def test_nothing_is_approved_where_nothing_is_to_be_done(self):
		self.save(self.line(self.name, 1), action="Leave")
		with self.assertRaises(ProductImportError):
			applying.approve(self.name)
