"""A store whose shop sells what a test says: its catalogue is what the shop would have answered."""

from contextlib import contextmanager
from unittest import TestCase
from unittest.mock import MagicMock, patch

import frappe

from jarz_woocommerce_integration.services.products import applying, imports, jobs, planning, undoing
from jarz_woocommerce_integration.store.products.reading import Catalogue
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Products Shop"
IMPORT, LINE, LINK = (
	"WooCommerce Product Import",
	"WooCommerce Product Import Line",
	"WooCommerce Item Link",
)
# A SKU of each test: what one leaves behind is no other's item.
PREFIX = "PIT"
SURROUNDINGS = {"Item Group": "item_group_name", "Item Attribute": "attribute_name"}


def simple(identifier, **fields):
	return {
		"id": identifier,
		"type": "simple",
		"status": "publish",
		"name": f"{PREFIX} product {identifier}",
		"sku": f"{PREFIX}-{identifier}",
		"regular_price": "10",
		**fields,
	}


def variable(identifier, colors=("Red", "Blue"), **fields):
	"""A product and its variations, whose ids follow it."""
	attributes = [{"id": 1, "name": f"{PREFIX} Color", "variation": True, "options": list(colors)}]
	ids = [identifier * 100 + number for number in range(1, len(colors) + 1)]
	product = simple(
		identifier, type="variable", variations=ids, attributes=attributes, regular_price="", **fields
	)
	return [
		product,
		*(
			simple(
				each,
				type="variation",
				parent_id=identifier,
				attributes=[{"name": f"{PREFIX} Color", "option": color}],
			)
			for each, color in zip(ids, colors, strict=True)
		),
	]


class ImportTestCase(TestCase):
	""":ivar currency: of the shop, as it says itself"""

	def setUp(self):
		frappe.set_user("Administrator")
		self.store = make_store(STORE)
		self.currency = frappe.db.get_value("Price List", "Standard Selling", "currency")
		self.remove_all()
		self.addCleanup(self.remove_all)

	def remove_all(self):
		frappe.db.rollback()
		for name in frappe.get_all(IMPORT, {"store": STORE}, pluck="name"):
			frappe.db.delete(LINE, {"product_import": name})
			frappe.db.delete(IMPORT, {"name": name})
		for doctype in (LINK, "WooCommerce Inbox"):
			frappe.db.delete(doctype, {"store": STORE})
		for doctype in ("Product Bundle", "Item"):
			names = frappe.get_all(
				doctype, {"name": ("like", f"{PREFIX}%")}, pluck="name", order_by="creation desc"
			)
			for name in names:
				frappe.delete_doc(doctype, name, force=True)
		for doctype, field in SURROUNDINGS.items():
			for name in frappe.get_all(
				doctype, {field: ("like", f"{PREFIX}%")}, pluck="name", order_by="creation desc"
			):
				frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()

	@contextmanager
	def shop(self, *bodies, categories=()):
		"""The shop answers with these products and categories."""
		catalogue = Catalogue()
		catalogue.add(bodies)
		catalogue.add_categories(categories)
		with (
			patch.object(planning, "read_catalogue", return_value=catalogue),
			patch.object(planning, "read_currency", return_value=self.currency),
			patch.object(planning.site_store, "store_client", MagicMock()),
			patch.object(planning.site_store, "refresh_facts"),
		):
			yield

	def plan(self, *bodies, categories=(), **options) -> int:
		""":returns: name of the import, whose plan is written"""
		with self.shop(*bodies, categories=categories):
			name = imports.start(self.store, options).name
			frappe.db.commit()
			jobs.run_here(name)
		return name

	def apply(self, name: int, lines=None) -> dict:
		applying.approve(name, lines)
		frappe.db.commit()
		return jobs.run_here(name)

	def undo(self, name: int) -> dict:
		undoing.begin(name)
		frappe.db.commit()
		return jobs.run_here(name)

	def line(self, name: int, product_id: int, variation_id: int = 0):
		found = {"product_import": name, "product_id": product_id, "variation_id": variation_id}
		return frappe.get_doc(LINE, found)

	def make_item(self, code: str, **fields):
		values = {"item_code": code, "item_name": code, "item_group": "Products", "stock_uom": "Nos"}
		item = frappe.get_doc(doctype="Item", **{**values, **fields}).insert()
		frappe.db.commit()
		return item
