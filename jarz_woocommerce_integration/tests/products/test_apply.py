"""Applying a product import: items, templates, variants, groups, prices, bundles and links; and its undo."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.services.products import applying, jobs
from jarz_woocommerce_integration.tests.products.import_case import (
	IMPORT,
	LINK,
	PREFIX,
	STORE,
	ImportTestCase,
	simple,
	variable,
)

CATEGORIES = [
	{"id": 1, "name": f"{PREFIX} Clothing"},
	{"id": 2, "name": f"{PREFIX} Shirts &amp; More", "parent": 1},
]


class TestApply(ImportTestCase):
	def test_a_product_becomes_an_item_as_a_person_would_make_it(self):
		body = simple(
			1,
			name="Tea &amp; Co",
			short_description="<p>Good <script>x()</script>tea</p>",
			categories=[{"id": 2}],
			global_unique_id="4006381333931",
			images=[{"id": 5, "src": "https://shop.example/tea.jpg"}],
			manage_stock=True,
			sale_price="8.5",
			date_on_sale_from="2026-12-01T00:00:00",
			date_on_sale_to="2026-12-31T23:59:59",
		)
		counts = self.apply(self.plan(body, categories=CATEGORIES))
		self.assertEqual((counts["done"], counts["refused"]), (1, 0))
		item = frappe.get_doc("Item", f"{PREFIX}-1")
		self.assertEqual(
			(item.item_name, item.description, item.item_group, item.is_stock_item, item.image),
			("Tea & Co", "<p>Good tea</p>", f"{PREFIX} Shirts & More", 1, "https://shop.example/tea.jpg"),
		)
		self.assertEqual(
			[(row.barcode, row.barcode_type) for row in item.barcodes], [("4006381333931", "EAN")]
		)
		groups = frappe.get_all(
			"Item Group",
			{"name": ("like", f"{PREFIX}%")},
			["name", "parent_item_group", "is_group"],
			order_by="lft",
		)
		self.assertEqual(
			[(row.name, row.parent_item_group, row.is_group) for row in groups],
			[
				(f"{PREFIX} Clothing", "All Item Groups", 1),
				(f"{PREFIX} Shirts & More", f"{PREFIX} Clothing", 0),
			],
		)
		prices = frappe.get_all(
			"Item Price",
			{"item_code": item.name},
			["price_list_rate", "valid_from", "valid_upto"],
			order_by="price_list_rate",
		)
		self.assertEqual(
			[(row.price_list_rate, str(row.valid_from), str(row.valid_upto)) for row in prices],
			[(8.5, "2026-12-01", "2026-12-31"), (10, "None", "None")],
		)
		self.assertEqual(frappe.db.get_value(LINK, {"store": STORE, "product_id": 1}, "item"), item.name)

	def test_a_variable_product_becomes_a_template_with_its_variants(self):
		self.apply(self.plan(*variable(2)))
		template = frappe.get_doc("Item", f"{PREFIX}-2")
		self.assertEqual(
			(template.has_variants, [row.attribute for row in template.attributes]), (1, [f"{PREFIX} Color"])
		)
		variant = frappe.get_doc("Item", f"{PREFIX}-201")
		self.assertEqual((variant.variant_of, variant.attributes[0].attribute_value), (template.name, "Red"))
		self.assertEqual(frappe.db.count(LINK, {"store": STORE, "product_id": 2}), 3)

	def test_missing_values_are_added_and_those_that_are_there_stay(self):
		name = f"{PREFIX} Color"
		rows = [{"attribute_value": "RED", "abbr": "Blue"}, {"attribute_value": "Old", "abbr": "O"}]
		frappe.get_doc(doctype="Item Attribute", attribute_name=name, item_attribute_values=rows).insert()
		self.apply(self.plan(*variable(2)))
		values = frappe.get_doc("Item Attribute", name).item_attribute_values
		self.assertEqual(
			[(row.attribute_value, row.abbr) for row in values],
			[("RED", "Blue"), ("Old", "O"), ("Blue", "Blue-2")],
		)
		self.assertEqual(frappe.get_doc("Item", f"{PREFIX}-201").attributes[0].attribute_value, "RED")

	def test_a_matched_item_is_linked_and_left_as_it_is(self):
		item = self.make_item(f"{PREFIX}-1", description="Ours")
		self.apply(self.plan(simple(1, manage_stock=True)))
		after = frappe.get_doc("Item", item.name)
		self.assertEqual(
			(after.modified, after.description), (frappe.utils.get_datetime(item.modified), "Ours")
		)
		self.assertEqual(frappe.db.count("Item Price", {"item_code": item.name}), 0)
		self.assertEqual(frappe.db.get_value(LINK, {"store": STORE, "product_id": 1}, "item"), item.name)

	def test_a_refused_line_takes_no_neighbour_along_and_is_approved_again(self):
		name = self.plan(simple(1), simple(2), simple(3))
		self.make_item(f"{PREFIX}-2")  # since the plan was read
		counts = self.apply(name)
		self.assertEqual((counts["done"], counts["refused"]), (2, 1))
		line = self.line(name, 2)
		self.assertEqual(line.state, "Refused")
		self.assertTrue(line.error)
		line.action, line.item = "Link", f"{PREFIX}-2"
		line.save()
		frappe.db.commit()
		self.assertEqual(self.apply(name)["done"], 3)

	def test_another_code_of_a_persons_is_taken(self):
		name = self.plan(simple(1))
		line = self.line(name, 1)
		line.new_code = f"{PREFIX}-mine"
		line.save()
		frappe.db.commit()
		self.apply(name)
		self.assertEqual(
			frappe.db.get_value(LINK, {"store": STORE, "product_id": 1}, "item"), f"{PREFIX}-mine"
		)

	def test_a_variant_waits_for_its_template(self):
		name = self.plan(*variable(2))
		counts = self.apply(name, [self.line(name, 2, 201).name])
		self.assertEqual((counts["done"], counts["refused"]), (0, 1))
		self.assertIn("Product 2 has no item", self.line(name, 2, 201).error)
		self.assertEqual(self.apply(name)["done"], 3)

	def test_a_bundle_becomes_a_product_bundle_of_its_parts(self):
		bundle = simple(3, type="woosb", meta_data=[{"key": "woosb_ids", "value": "1/2,201/1"}])
		name = self.plan(bundle, simple(1), *variable(2))
		self.apply(name)
		self.assertFalse(self.line(name, 3).error)
		rows = frappe.get_doc("Product Bundle", f"{PREFIX}-3").items
		self.assertEqual(
			[(row.item_code, row.qty) for row in rows], [(f"{PREFIX}-1", 2), (f"{PREFIX}-201", 1)]
		)

	def test_no_product_bundle_takes_from_stock_what_invoices_list(self):
		self.store.db_set({"update_stock": 1, "bundles": "Keep Parent"})
		bundle = simple(3, type="woosb", meta_data=[{"key": "woosb_ids", "value": "1/2"}])
		name = self.plan(bundle, simple(1))
		self.assertIn("No Product Bundles", frappe.db.get_value(IMPORT, name, "warnings"))
		self.apply(name)
		self.assertFalse(frappe.db.exists("Product Bundle", f"{PREFIX}-3"))

	def test_prices_in_another_currency_or_an_unknown_one_are_left_out(self):
		self.store.db_set("currency", None)
		for currency in ("KWD", ""):
			with self.subTest(currency):
				self.currency = currency
				name = self.plan(simple(1))
				self.assertIn("No prices", frappe.db.get_value(IMPORT, name, "warnings"))
				self.apply(name)
				self.assertEqual(frappe.db.count("Item Price", {"item_code": f"{PREFIX}-1"}), 0)
				self.undo(name)

	def test_the_tax_template_is_that_of_the_stores_tax_class(self):
		template = frappe.db.get_value("Item Tax Template", {"company": self.store.company})
		if not template:
			self.skipTest("The company has no Item Tax Template.")
		self.store.append("tax_classes", {"tax_class": "standard", "item_tax_template": template})
		self.store.save()
		self.apply(self.plan(simple(1)))
		taxes = frappe.get_doc("Item", f"{PREFIX}-1").taxes
		self.assertEqual([row.item_tax_template for row in taxes], [template])

	def test_a_killed_import_goes_on_where_it_was(self):
		name = self.plan(*(simple(number) for number in range(1, 8)))
		applying.approve(name)
		frappe.db.commit()
		with patch.object(applying, "AT_ONCE", 3):
			work = applying._Applying(name)
			work.add_surroundings()
			work.step()
			# The process is gone here: three lines are done and committed.
			self.assertEqual(frappe.db.get_value(IMPORT, name, "status"), "Applying")
			counts = jobs.run_here(name)
		self.assertEqual((counts["done"], frappe.db.count(LINK, {"store": STORE})), (7, 7))


class TestUndo(ImportTestCase):
	def test_all_that_an_import_made_is_gone(self):
		before = {
			doctype: frappe.db.count(doctype)
			for doctype in ("Item", "Item Price", "Item Group", "Item Attribute", "Product Bundle")
		}
		bundle = simple(3, type="woosb", meta_data=[{"key": "woosb_ids", "value": "1/2"}])
		name = self.plan(simple(1, categories=[{"id": 2}]), *variable(2), bundle, categories=CATEGORIES)
		self.apply(name)
		counts = self.undo(name)
		self.assertEqual((counts["undone"], counts["kept"]), (5, 0))
		self.assertEqual({doctype: frappe.db.count(doctype) for doctype in before}, before)
		self.assertEqual(frappe.db.count(LINK, {"store": STORE}), 0)
		self.assertEqual(frappe.db.get_value(IMPORT, name, "status"), "Undone")

	def test_what_somebody_has_changed_or_used_stays_and_is_listed(self):
		name = self.plan(simple(1), simple(2), *variable(4))
		self.apply(name)
		item = frappe.get_doc("Item", f"{PREFIX}-1")
		item.description = "By hand"
		item.save()
		frappe.get_doc(
			doctype="Item Price", item_code=f"{PREFIX}-2", price_list="Standard Buying", price_list_rate=3
		).insert()
		frappe.db.commit()
		counts = self.undo(name)
		self.assertEqual((counts["undone"], counts["kept"]), (3, 2))
		kept = frappe.db.get_value(IMPORT, name, "kept_by_undo")
		self.assertIn(f"Item {PREFIX}-1 stays: Changed by Administrator.", kept)
		self.assertIn(f"Item {PREFIX}-2 stays: Item Price", kept)
		self.assertTrue(frappe.db.exists(LINK, {"store": STORE, "product_id": 1}))

	def test_an_item_that_was_there_before_stays_and_its_link_goes(self):
		item = self.make_item(f"{PREFIX}-1")
		name = self.plan(simple(1))
		self.apply(name)
		self.undo(name)
		self.assertTrue(frappe.db.exists("Item", item.name))
		self.assertFalse(frappe.db.exists(LINK, {"store": STORE, "product_id": 1}))

	def test_a_link_that_was_there_before_the_import_stays(self):
		item = self.make_item(f"{PREFIX}-x")
		frappe.get_doc(doctype=LINK, store=STORE, product_id=1, item=item.name).insert()
		name = self.plan(simple(1), simple(2))
		self.apply(name)
		self.undo(name)
		self.assertTrue(frappe.db.exists(LINK, {"store": STORE, "product_id": 1}))
