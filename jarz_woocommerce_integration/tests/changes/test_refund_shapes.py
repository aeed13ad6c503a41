"""Taxes and refunds of every shape, from the shop's own answer into ERPNext: accepted, itemised, and at zero in the end."""

from decimal import Decimal
from unittest.mock import patch

import frappe
from erpnext.accounts.report.item_wise_sales_register.item_wise_sales_register import execute

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import book_settings
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase, ShopOrder
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.taxes import tax_shares

TOTAL = "171.90"
VAT, REDUCED, ZERO_RATE = "VAT 14 %", "VAT 5 %", "Export"
NOT_ZERO = """
SELECT account, CAST(sum(debit - credit) AS CHAR) FROM `tabGL Entry` WHERE is_cancelled = 0
GROUP BY account HAVING abs(sum(debit - credit)) > 0.001
"""


def line(line_id, total, taxes=None, **fields):
	taxes = taxes or {}
	return {
		"id": line_id,
		"total": total,
		"total_tax": str(sum((Decimal(tax) for tax in taxes.values()), Decimal(0))),
		"taxes": [{"id": rate, "total": tax} for rate, tax in taxes.items()],
		**fields,
	}


def item(line_id, sku, quantity, total, taxes):
	return line(
		line_id,
		total,
		taxes,
		name=sku.title(),
		sku=sku,
		product_id=line_id + 16,
		quantity=quantity,
		subtotal=total,
	)


def tax(place, rate, label, percent, amount, on_shipping="0.00"):
	told = {"tax_total": amount, "shipping_tax_total": on_shipping}
	return {"id": 90 + place, "rate_id": rate, "label": label, "rate_percent": percent, **told}


def back(line_id, total, taxes=None, **fields):
	meta = [{"id": 1, "key": "_refunded_item_id", "value": str(line_id)}]
	return line(line_id + 1000, total, taxes, meta_data=meta, **fields)


def back_item(line_id, quantity, total, taxes=None):
	return back(line_id, total, taxes, name="Given back", quantity=quantity, subtotal=total)


def order_of_three_rates(order_id: int) -> ShopOrder:
	"""Goods at 14, 5 and 0 %, shipping with tax, and a fee that takes 5.00 off."""
	shop = ShopOrder(order_id)
	shop.set(payment_method="stripe", payment_method_title="Card", total=TOTAL, total_tax="16.90")
	shop.set(
		line_items=[
			item(1, "SHIRT", 2, "100.00", {1: "14.00"}),
			item(2, "TEA", 3, "30.00", {2: "1.50"}),
			item(3, "BOOK", 1, "20.00", {3: "0.00"}),
		],
		shipping_lines=[line(4, "10.00", {1: "1.40"}, method_id="flat_rate", method_title="Post")],
		fee_lines=[line(5, "-5.00", name="Off")],
		tax_lines=[
			tax(0, 1, "VAT", 14, "14.00", "1.40"),
			tax(1, 2, "VAT", 5, "1.50"),
			tax(2, 3, ZERO_RATE, 0, "0.00"),
		],
	)
	shop.to("processing", paid=True)
	return shop


def give_back(shop: ShopOrder, refund_id: int, amount: str, **lines) -> None:
	shop.refunds[refund_id] = {
		"id": refund_id,
		"parent_id": shop.order_id,
		"date_created_gmt": "2026-03-03T10:00:00",
		"amount": amount,
		"reason": "",
		"refunded_payment": True,
		**lines,
	}


def every_shape(shop: ShopOrder) -> None:
	"""By amount; only a tax; goods with a deduction taken back; a cent beside shipping; goods at no price; a line at 0 %."""
	first = shop.order_id * 100
	give_back(shop, first + 1, "30.00")
	give_back(shop, first + 2, "1.00", line_items=[back_item(2, 0, "0.00", {2: "-1.00"})])
	shirt = back_item(1, -1, "-50.00", {1: "-7.00"})
	give_back(shop, first + 3, "55.00", line_items=[shirt], fee_lines=[back(5, "2.00", name="Off")])
	post = back(4, "-10.00", {1: "-1.40"}, method_id="flat_rate", method_title="Post")
	tea = back_item(2, -1, "0.00")
	give_back(shop, first + 4, "11.41", line_items=[tea], shipping_lines=[post])
	give_back(shop, first + 5, "12.00", line_items=[back_item(3, 0, "-12.00", {1: "0", 2: "0", 3: "0"})])


def the_rest(shop: ShopOrder) -> None:
	given = sum(Decimal(refund["amount"]) for refund in shop.refunds.values())
	give_back(shop, shop.order_id * 100 + 9, str(Decimal(TOTAL) - given))
	shop.to("refunded", paid=True)


class TestRefundShapes(ChangingOrdersTestCase):
	def booked(self, *changes) -> ShopOrder:
		"""An order after these changes in the shop, each of them booked."""
		shop = order_of_three_rates(self.last_order + 1)
		self.last_order += 1
		for change in (lambda shop: None, *changes):
			change(shop)
			booked = self.book(shop)
			self.assertIn(booked.what, ("booked", "updated"), booked.message)
			self.assertEqual(self.row_of(shop).changed, "")
		return shop

	def draft(self):
		"""The draft invoice of an order that isn't paid."""
		shop = order_of_three_rates(self.last_order + 1)
		self.last_order += 1
		shop.to("on-hold")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual(invoice.docstatus, 0)
		return invoice

	def test_each_item_bears_its_own_tax_in_erpnexts_breakup_and_register(self):
		invoice = self.invoice_of(self.booked())
		shares = tax_shares(invoice)
		self.assertEqual(shares[VAT], {"SHIRT": (14, 14)})
		self.assertEqual(shares[REDUCED], {"TEA": (5, 1.5)})
		self.assertEqual(shares[ZERO_RATE], {"BOOK": (0, 0)})
		for text in ("SHIRT", "TEA", "(14.0%)", "14.00", "(5.0%)", "1.50"):
			self.assertIn(text, invoice.other_charges_calculation)
		_columns, rows, *_rest = execute(
			frappe._dict(company=invoice.company, from_date="2026-01-01", to_date="2026-12-31")
		)
		register = {row["item_code"]: row for row in rows if row.get("item_code")}
		self.assertEqual((register["SHIRT"]["vat_14_%_amount"], register["SHIRT"]["vat_14_%_rate"]), (14, 14))
		self.assertEqual((register["TEA"]["vat_5_%_amount"], register["TEA"]["vat_5_%_rate"]), (1.5, 5))
		self.assertEqual([register[code]["total_tax"] for code in ("SHIRT", "TEA", "BOOK")], [14, 1.5, 0])

	def test_what_a_tax_was_charged_on_adds_up_to_it(self):
		"""ERPNext 16 would refuse a rate whose shares don't; shipping bears the rest."""
		if not compat.tax_shares_are_rows():
			self.skipTest("ERPNext 15 keeps what was charged on items alone")
		invoice = self.invoice_of(self.booked())
		for tax in invoice.taxes[-3:]:
			rows = [row for row in invoice.item_wise_tax_details if row.tax_row == tax.name]
			self.assertAlmostEqual(sum(row.amount for row in rows), tax.base_tax_amount)
			self.assertAlmostEqual(sum(row.taxable_amount for row in rows), tax.woo_taxable_amount)
		beside = [row for row in invoice.item_wise_tax_details if row.item_row == "Shipping and fees"]
		self.assertEqual([(row.rate, row.amount, row.taxable_amount) for row in beside], [(14, 1.4, 10)])

	def test_a_draft_that_a_person_submits_keeps_what_its_taxes_were_charged_on(self):
		draft = self.draft()
		shares = tax_shares(draft)
		self.assertEqual(shares[VAT], {"SHIRT": (14, 14)})
		draft.submit()
		self.assertEqual(tax_shares(draft.reload()), shares)

	def test_a_tax_that_a_person_has_changed_shows_no_shares_any_more(self):
		if not compat.tax_shares_are_rows():
			self.skipTest("ERPNext 15 keeps them in the row of the tax, as it is")
		draft = self.draft()
		next(tax for tax in draft.taxes if tax.description == VAT).tax_amount = 20
		draft.save()
		shares = tax_shares(draft.reload())
		self.assertEqual((shares[VAT], shares[REDUCED]), ({}, {"TEA": (5, 1.5)}))

	def test_a_credit_note_gives_each_items_tax_back_at_its_own_rate(self):
		def tea_and_book(shop):
			given = [back_item(2, -1, "-10.00", {1: "0", 2: "-0.50"}), back_item(3, -1, "-20.00", {3: "0"})]
			give_back(shop, 71, "30.50", line_items=given)

		shop = self.booked(tea_and_book)
		note = frappe.get_doc("Sales Invoice", self.notes_of(shop)[0].name)
		shares = tax_shares(note)
		told = {
			row.description: (row.woo_tax_percent, row.tax_amount, shares[row.description])
			for row in note.taxes
		}
		self.assertEqual(told, {REDUCED: (5, -0.5, {"TEA": (5, -0.5)}), ZERO_RATE: (0, 0, {"BOOK": (0, 0)})})

	def test_every_shape_is_accepted_and_after_the_rest_nothing_is_left(self):
		shop = self.booked(every_shape, the_rest)
		notes = self.notes_of(shop)
		self.assertEqual(len(notes), 6)
		self.assertEqual(sum(Decimal(str(note.grand_total)) for note in notes), -Decimal(TOTAL))
		self.assertEqual(dict(frappe.db.sql(NOT_ZERO)), {})
		goods = frappe.db.sql(
			"""SELECT row.item_code, sum(row.qty) FROM `tabSales Invoice Item` row
			JOIN `tabSales Invoice` invoice ON invoice.name = row.parent AND invoice.docstatus = 1
			WHERE row.item_code <> '' GROUP BY row.item_code"""
		)
		self.assertEqual(set(goods), {("SHIRT", 0), ("TEA", 0), ("BOOK", 0)})
		self.assert_sound()

	def test_the_same_in_bulk_is_what_documents_are_in_every_column(self):
		orders = [order_of_three_rates(number) for number in range(2, 6)]
		for change, some in ((every_shape, orders[1:]), (the_rest, orders[2:])):
			for shop in some:
				change(shop)
		self.assert_the_same_in_bulk(orders)

	def test_drafts_in_bulk_are_what_documents_are_in_every_column(self):
		orders = [order_of_three_rates(number) for number in range(2, 6)]
		for shop in orders:
			shop.to("on-hold")
		self.assert_the_same_in_bulk(orders)

	def assert_the_same_in_bulk(self, orders: list[ShopOrder]) -> None:
		self.booked()  # the first invoice of an item writes its defaults
		frappe.clear_cache()
		read = [shop.read() for shop in orders]
		with (
			patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True),
			bulk_ledger(book_settings()) as ledger,
		):
			prepared = self.translator.prepare([order for order, _refunds in read])
			lookups = ledger.lookups(self.translator.keys(prepared))
			refunds = {order.id: refunds for order, refunds in read}
			outcomes = self.translator.translate(prepared, refunds, lookups)
			run = ledger.open_run({"shapes": 1}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		self.assertEqual([order.what for order in booked], ["booked"] * 4, [o.message for o in booked])
		counted = ledger.bulk.proofs.total
		self.assertEqual(counted.as_dict()["fell_back"], {})
		self.assertEqual(dict(counted.documents), {})
