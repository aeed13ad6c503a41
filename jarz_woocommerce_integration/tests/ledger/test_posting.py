"""The single pass against ERPNext's own insert and submit, and its traps (docs/develop/ledger-contract.md)."""

from datetime import datetime, timezone
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.settings import Place
from jarz_woocommerce_integration.tests.ledger.posting_case import CUSTOMER, PostingTestCase, TwoPasses
from jarz_woocommerce_integration.translation.drafts import ChargeKind, OrderDraft

HTML = "<script>alert(1)</script>Blue <b>mug</b> > cup"
# Names and stamps are what two documents must differ in.
VOLATILE = {
	"name",
	"parent",
	"creation",
	"modified",
	"voucher_no",
	"voucher_detail_no",
	"against_voucher",
	"to_rename",
}
VOLATILE |= {"against_voucher_no", "sales_invoice_item", "_seen", "woo_order_id", "return_against"}
TABLES = (
	("Sales Invoice", "name"),
	("Sales Invoice Item", "parent"),
	("Sales Taxes and Charges", "parent"),
	("Sales Invoice Payment", "parent"),
	("Payment Schedule", "parent"),
	("GL Entry", "voucher_no"),
	("Payment Ledger Entry", "voucher_no"),
)


class TestSinglePass(PostingTestCase):
	def shapes(self) -> dict[str, OrderDraft]:
		make = self.make
		row = make.row("86.00")
		row.price_list_rate = Decimal("100.00")
		dearer = make.row("120.00")
		dearer.price_list_rate = Decimal("100.00")
		rows = [make.row("6.66", "2"), make.row("3.34", "1"), make.row("45.15", "1", item=1)]
		charges = [make.charge("7.71"), make.charge("30.00", ChargeKind.SHIPPING)]
		return {
			"plain": make.draft(1, tax="0"),
			"taxed": make.draft(1),
			"rows and charges": make.draft(1, invoice=make.invoice(1, rows, charges)),
			"discounted": make.draft(1, invoice=make.invoice(1, [row], [make.charge("12.04")])),
			"dearer than its list": make.draft(1, invoice=make.invoice(1, [dearer], [])),
			"money off": make.draft(
				1, invoice=make.invoice(1, [make.row("50.00")], [make.charge("-5.05", ChargeKind.DISCOUNT)])
			),
			"in dollars": make.draft(1, currency="USD"),
			"with a note": make.draft(1, remarks="Ring twice", coupons=("SAVE10",)),
		}

	def test_books_what_insert_and_submit_book_in_every_column(self):
		for shape, draft in self.shapes().items():
			with self.subTest(shape):
				self.book(draft, "WOO-1")
				self.book(draft, "WOO-2", TwoPasses(True))
				for table, key in TABLES:
					self.assertEqual(self.rows(table, key, "WOO-1"), self.rows(table, key, "WOO-2"), table)
				frappe.db.rollback()

	def test_a_payment_within_the_invoice_is_the_same_in_every_column(self):
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		self.book(draft, "WOO-1", pos_payments=True)
		self.book(draft, "WOO-2", TwoPasses(True), pos_payments=True)
		for table, key in TABLES:
			self.assertEqual(self.rows(table, key, "WOO-1"), self.rows(table, key, "WOO-2"), table)
		self.assertEqual(frappe.db.get_value("Sales Invoice", "WOO-1", "status"), "Paid")

	def rows(self, table: str, key: str, name: str) -> list[dict]:
		rows = frappe.db.sql(f"SELECT * FROM `tab{table}` WHERE `{key}` = %s", name, as_dict=True)
		if table == "GL Entry":
			rows.sort(key=lambda row: (row.account, row.debit))
		elif table == "Payment Ledger Entry":
			rows.sort(key=lambda row: row.amount)  # their names are drawn by chance
		elif "idx" in (rows[0] if rows else {}):
			rows.sort(key=lambda row: row.idx)
		return [{field: value for field, value in row.items() if field not in VOLATILE} for row in rows]


class TestTraps(PostingTestCase):
	def value(self, field: str, name: str = "WOO-1"):
		return frappe.db.get_value("Sales Invoice", name, field)

	def test_html_of_the_shop_is_stored_as_insert_and_submit_store_it(self):
		draft = self.make.draft(1, remarks=HTML)
		draft.invoice.rows[0].item_name = draft.invoice.rows[0].description = HTML
		draft.invoice.charges[0].description = HTML
		self.book(draft, "WOO-1")
		self.book(draft, "WOO-2", TwoPasses(True))
		for table, key, field in (
			("Sales Invoice", "name", "remarks"),
			("Sales Invoice", "name", "woo_customer_note"),
			("Sales Invoice Item", "parent", "item_name"),
			("Sales Invoice Item", "parent", "description"),
			("Sales Taxes and Charges", "parent", "description"),
			("GL Entry", "voucher_no", "remarks"),
		):
			stored, expected = (frappe.db.get_value(table, {key: name}, field) for name in ("WOO-1", "WOO-2"))
			self.assertEqual(stored, expected, (table, field))
			self.assertNotIn("<script", stored)

	def test_an_invoice_of_nothing_is_paid(self):
		self.book(self.make.draft(1, net="0.00", tax="0"))
		self.assertEqual((self.value("docstatus"), self.value("status")), (1, "Paid"))

	def test_a_free_order_stays_free_whatever_the_price_list_says(self):
		price = {
			"doctype": "Item Price",
			"item_code": self.make.item_codes[0],
			"price_list": "Standard Selling",
		}
		frappe.get_doc({**price, "price_list_rate": 382}).insert()
		draft = self.make.draft(1, net="0.00", tax="0")
		self.book(draft, "WOO-1")
		draft.invoice.rows[0].price_list_rate = Decimal("382.00")
		self.book(draft, "WOO-2")
		self.assertEqual([self.value("grand_total", name) for name in ("WOO-1", "WOO-2")], [0, 0])

	def test_a_pricing_rule_changes_nothing(self):
		rule = {"doctype": "Pricing Rule", "title": "Half off", "apply_on": "Item Code", "selling": 1}
		rule |= {
			"items": [{"item_code": self.make.item_codes[0]}],
			"discount_percentage": 50,
			"currency": "EGP",
		}
		rule |= {"rate_or_discount": "Discount Percentage", "company": self.settings.company}
		frappe.get_doc({**rule, "price_or_product_discount": "Price"}).insert()
		self.book(self.make.draft(1))
		self.assertEqual(self.value("grand_total"), 114)

	def test_no_price_is_learned_from_an_order(self):
		settings = frappe.get_doc("Stock Settings")
		settings.auto_insert_price_list_rate_if_missing = 1
		settings.save()
		self.book(self.make.draft(1))
		self.assertEqual(frappe.db.count("Item Price"), 0)
		cached = frappe.get_cached_doc("Stock Settings")
		self.assertEqual(
			cached.auto_insert_price_list_rate_if_missing, 1, "the site's setting must come back"
		)

	def test_texts_are_in_the_language_of_the_site(self):
		self.book(self.make.draft(1), "WOO-1")
		frappe.local.lang = "ar"
		try:
			self.book(self.make.draft(1), "WOO-2")
			self.assertEqual(frappe.local.lang, "ar")
		finally:
			frappe.local.lang = "en"
		self.assertEqual(self.value("in_words", "WOO-1"), self.value("in_words", "WOO-2"))

	def test_the_order_is_dated_in_the_zone_of_the_site(self):
		draft = self.make.draft(1)
		draft.invoice.posted_at = datetime(2026, 3, 1, 22, 30, tzinfo=timezone.utc)
		self.book(draft)
		self.assertEqual(str(self.value("posting_date")), "2026-03-02")
		self.assertEqual(str(self.value("posting_time")), "0:30:00")
		self.assertEqual(self.value("due_date"), self.value("posting_date"))

	def test_the_customers_payment_terms_make_no_other_due_date(self):
		term = {
			"doctype": "Payment Term",
			"payment_term_name": "Later",
			"invoice_portion": 100,
			"credit_days": 30,
		}
		frappe.get_doc({**term, "due_date_based_on": "Day(s) after invoice date"}).insert(
			ignore_if_duplicate=True
		)
		template = {"doctype": "Payment Terms Template", "template_name": "Later"}
		row = {"payment_term": "Later", "invoice_portion": 100, "credit_days": 30}
		row["due_date_based_on"] = "Day(s) after invoice date"
		frappe.get_doc({**template, "terms": [row]}).insert()
		frappe.db.set_value("Customer", CUSTOMER, "payment_terms", "Later")
		self.book(self.make.draft(1))
		self.assertEqual(self.value("due_date"), self.value("posting_date"))

	def test_a_territory_has_its_own_cost_centre_and_warehouse(self):
		centre = {"doctype": "Cost Center", "cost_center_name": "Cairo", "company": self.settings.company}
		parent = frappe.db.get_value("Cost Center", {"is_group": 1, "company": self.settings.company})
		centre = frappe.get_doc({**centre, "parent_cost_center": parent}).insert().name
		places = {"Egypt": Place(cost_center=centre, warehouse="Finished Goods - JT")}
		here = self.make.draft(1, billing=self.make.address(1, territory="Egypt"))
		self.book(here, "WOO-1", places=places)
		self.book(self.make.draft(1), "WOO-2", places=places)
		row = frappe.db.get_value("Sales Invoice Item", {"parent": "WOO-1"}, ["cost_center", "warehouse"])
		self.assertEqual(row, (centre, "Finished Goods - JT"))
		self.assertEqual((self.value("territory"), self.value("cost_center")), ("Egypt", centre))
		entries = frappe.get_all(
			"GL Entry", {"voucher_no": "WOO-1", "party": ("is", "not set")}, pluck="cost_center"
		)
		self.assertEqual(set(entries), {centre})
		self.assertEqual(self.value("territory", "WOO-2"), "All Territories")
		self.assertEqual(self.value("cost_center", "WOO-2"), self.settings.cost_center)

	def test_nothing_is_rounded_to_whole_pounds(self):
		self.book(self.make.draft(1, net="100.49", tax="0"))
		self.assertEqual((self.value("rounded_total"), self.value("rounding_adjustment")), (0, 0))
		self.assertEqual(self.value("outstanding_amount"), 100.49)

	def test_the_history_moves_no_stock_and_sends_nothing(self):
		notification = {
			"doctype": "Notification",
			"subject": "New",
			"document_type": "Sales Invoice",
			"event": "New",
		}
		notification |= {
			"recipients": [{"receiver_by_document_field": "owner"}],
			"message": "-",
			"enabled": 1,
		}
		frappe.get_doc({**notification, "name": "Woo Test"}).insert()
		frappe.cache.delete_key("notifications")
		with patch("frappe.email.doctype.notification.notification.Notification.send") as send:
			self.book(self.make.draft(1), "WOO-1", update_stock=True)
			self.assertFalse(send.called)
			self.book(self.make.draft(1), "WOO-2", Poster(historical=False))
			self.assertTrue(send.called)
		frappe.cache.delete_key("notifications")
		self.assertEqual((self.value("update_stock"), frappe.db.count("Stock Ledger Entry")), (0, 0))

	def test_a_refused_order_leaves_no_callback_and_no_search_entry(self):
		poster = Poster(True)
		callbacks = len(frappe.db.after_commit._functions)
		queued = frappe.cache.llen("global_search_queue")
		with self.assertRaises(RuntimeError), poster.savepoint("a_test"):
			self.book(self.make.draft(1), poster=poster)
			raise RuntimeError
		self.assertEqual(len(frappe.db.after_commit._functions), callbacks)
		poster.after_commit()
		self.assertEqual(frappe.cache.llen("global_search_queue"), queued)
		self.assertFalse(frappe.db.exists("Sales Invoice", "WOO-1"))

	def test_parts_of_a_piece_are_booked_as_one_for_the_same_amount(self):
		invoice = self.make.invoice(1, [self.make.row("45.15", "1.5")], [])
		self.book(self.make.draft(1, invoice=invoice))
		row = frappe.db.get_value("Sales Invoice Item", {"parent": "WOO-1"}, ["qty", "amount", "item_name"])
		self.assertEqual(row, (1, 45.15, "1.5 x Name of SKU-1"))
