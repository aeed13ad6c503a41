"""Items that the ledger makes on a site."""

from dataclasses import replace

import frappe

from jarz_woocommerce_integration.tests.masters.masters_case import STORE, MastersCase
from jarz_woocommerce_integration.translation.drafts import ItemDraft

PLACEHOLDER = "MASTERS-UNKNOWN"
REFUND_ITEM = "MASTERS-REFUND"


class TestERPNextItems(MastersCase):
	def test_items_are_made_without_stock_and_price_and_linked(self):
		prices = frappe.db.count("Item Price")
		items = [
			ItemDraft("MASTERS-9", "N" * 200, 17, 63, "SKU<9>"),
			ItemDraft("MASTERS-8", "Eight", 18, 0, ""),
		]
		self.create(self.order(1, items=items))
		item = frappe.get_doc("Item", "MASTERS-9")
		self.assertEqual((item.is_stock_item, item.item_group, item.stock_uom), (0, "Products", "Nos"))
		self.assertEqual((item.item_name, item.woo_store, item.woo_product_id), ("N" * 140, STORE, 63))
		links = frappe.get_all(
			"WooCommerce Item Link",
			{"store": STORE},
			["product_id", "variation_id", "sku", "item"],
			order_by="product_id",
			as_list=True,
		)
		self.assertEqual(links, ((17, 63, "SKU<9>", "MASTERS-9"), (18, 0, "", "MASTERS-8")))
		self.assertEqual(frappe.db.count("Item Price"), prices)

	def test_an_item_of_that_code_is_linked(self):
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": "Masters-9",
				"item_group": "Products",
				"stock_uom": "Nos",
				"item_name": "Mine",
			}
		).insert()
		frappe.db.commit()
		self.create(self.order(1, items=[ItemDraft("MASTERS-9", "Theirs", 17, 0, "MASTERS-9")]))
		link = frappe.db.get_value("WooCommerce Item Link", {"store": STORE, "product_id": 17}, "item")
		self.assertEqual((link, frappe.db.get_value("Item", "Masters-9", "item_name")), ("Masters-9", "Mine"))

	def test_items_of_the_policy_are_made(self):
		draft = self.make.draft(1, items=[])
		draft.invoice.rows = [replace(draft.invoice.rows[0], item_code=PLACEHOLDER, unknown=True)]
		note = self.make.credit_note(71, "10.00")
		note.rows = [replace(note.rows[0], item_code=REFUND_ITEM, order_line_id=0)]
		draft.credit_notes = [note]
		self.create(self.make.booked(1, draft))
		self.assertEqual(self.made("Item"), [REFUND_ITEM, PLACEHOLDER])
		self.assertEqual(frappe.db.get_value("Item", PLACEHOLDER, "is_stock_item"), 0)

	def test_items_named_by_series_keep_the_drafts_code(self):
		before = frappe.db.get_default("item_naming_by")
		frappe.db.set_default("item_naming_by", "Naming Series")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_default, "item_naming_by", before)
		self.create(self.order(1))
		self.assertEqual(self.made("Item"), ["MASTERS-1", "MASTERS-2"])

	def accounts(self, item: str) -> set[str | None]:
		"""Of its defaults for the company, as they are stored and as they are cached."""
		stored = frappe.get_all(
			"Item Default", {"parent": item, "company": "Jarz Test"}, pluck="income_account"
		)
		cached = [row.income_account for row in frappe.get_cached_doc("Item", item).item_defaults]
		self.assertEqual(cached, stored)
		return {account or None for account in stored}

	def sold_on(self, number: int, account: str):
		draft = self.make.draft(number)
		draft.invoice.rows[:] = [replace(row, account=account) for row in draft.invoice.rows[:1]]
		return self.make.booked(number, draft)

	def test_an_item_gets_the_first_account_that_it_is_sold_on(self):
		self.create(self.sold_on(1, "Service - JT"), self.sold_on(2, "Round Off - JT"))
		code = self.made("Item")[0]
		self.assertEqual(self.accounts(code), {"Service - JT"})
		self.create(self.sold_on(3, "Round Off - JT"))
		self.assertEqual(self.accounts(code), {"Service - JT"})

	def test_an_item_that_is_sold_on_the_companys_account_gets_none(self):
		default = frappe.get_cached_value("Company", "Jarz Test", "default_income_account")
		self.create(self.sold_on(1, default))
		self.assertLessEqual(self.accounts(self.made("Item")[0]), {None})

	def test_an_item_without_defaults_gets_some_with_the_account(self):
		self.create(self.order(1))
		code = self.order(1).translation.invoice.rows[0].item_code
		frappe.db.delete("Item Default", {"parent": code})
		frappe.clear_document_cache("Item", code)
		self.create(self.sold_on(2, "Service - JT"))
		self.assertEqual(self.accounts(code), {"Service - JT"})

	def test_an_item_is_read_anew_where_erpnext_has_given_it_an_account(self):
		"""ERPNext writes it into the row past the item, which stays in the cache as it was."""
		self.create(self.order(1))
		code = self.order(1).translation.invoice.rows[0].item_code
		self.accounts(code)
		frappe.db.set_value("Item Default", {"parent": code}, "income_account", "Service - JT")
		frappe.db.commit()
		self.create(self.sold_on(2, "Round Off - JT"))
		self.assertEqual(self.accounts(code), {"Service - JT"})
