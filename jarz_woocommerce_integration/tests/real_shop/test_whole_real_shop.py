"""All 1,418 orders of a real shop on a site, with their refunds, beside the truth that was read from the shop's own tables."""

from collections import defaultdict
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.tests.real_shop.real_orders_case import RATE, RealOrdersCase, answers

BOOKED = {"completed": 1, "processing": 1, "refunded": 1, "shipped": 1, "on-hold": 0}
# Totals that don't follow from their lines, and that no rounding explains.
HELD = {766, 793, 1110, 1364, 1462, 1924, 2182}
ROUNDED = {1184, 1734, 2046}
BELOW_ZERO = 516
CENT = Decimal("0.01")
ZERO = Decimal(0)

_INVOICES = """
SELECT woo_order_id, woo_refund_id, docstatus, currency, CAST(grand_total AS CHAR) AS total,
	CAST((SELECT coalesce(sum(row.tax_amount), 0) FROM `tabSales Taxes and Charges` row
		WHERE row.parent = invoice.name AND row.woo_tax_rate_id > 0) AS CHAR) AS tax
FROM `tabSales Invoice` invoice WHERE woo_store = %s AND docstatus < 2
"""
_PAID = """
SELECT woo_order_id, coalesce(woo_refund_id, 0) AS refund_id, CAST(sum(woo_amount) AS CHAR) AS amount
FROM `tabPayment Entry` WHERE woo_store = %s AND docstatus = 1 GROUP BY woo_order_id, coalesce(woo_refund_id, 0)
"""
_LEFT = """
SELECT voucher.woo_order_id AS order_id, entry.account, CAST(sum(entry.debit - entry.credit) AS CHAR) AS amount
FROM `tabGL Entry` entry JOIN (
	SELECT name, woo_order_id FROM `tabSales Invoice` WHERE woo_store = %(store)s
	UNION ALL SELECT name, woo_order_id FROM `tabPayment Entry` WHERE woo_store = %(store)s
) voucher ON voucher.name = entry.voucher_no
WHERE entry.is_cancelled = 0 GROUP BY voucher.woo_order_id, entry.account
"""
_UNBALANCED = (
	"SELECT voucher_no FROM `tabGL Entry` GROUP BY voucher_no HAVING abs(sum(debit) - sum(credit)) > 0.0001"
)


class TestAWholeRealShop(RealOrdersCase):
	"""Booked once, in bulk as a history is: what can't be written as rows goes through ERPNext's documents."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.orders = answers("orders.json.gz")
		cls.truth = {int(order_id): order for order_id, order in answers("truth.json.gz")["orders"].items()}
		cls.outcomes, cls.booked = cls.book(bulk_ledger, cls.orders, answers("refunds.json.gz"))
		frappe.db.rollback()
		cls.invoices, cls.notes = {}, defaultdict(dict)
		for row in frappe.db.sql(_INVOICES, (cls.store_name,), as_dict=True):
			if row.woo_refund_id:
				cls.notes[row.woo_order_id][row.woo_refund_id] = -Decimal(row.total)
			else:
				assert row.woo_order_id not in cls.invoices, "an order with two invoices"
				cls.invoices[row.woo_order_id] = row
		cls.consistent = {
			order_id: order
			for order_id, order in cls.truth.items()
			if order["status"] in BOOKED and not Decimal(order["total_off_by"]) and order_id != BELOW_ZERO
		}

	def test_nothing_is_held_but_totals_that_do_not_follow_from_their_lines(self):
		held = {order.order_id for order in self.booked if order.state.value in ("Held", "Failed")}
		self.assertEqual(held, HELD)
		wanted = {order_id for order_id, order in self.truth.items() if order["status"] in BOOKED}
		self.assertEqual(set(self.invoices), wanted - HELD)

	def test_every_consistent_order_is_exact(self):
		self.assertEqual(len(self.consistent), 1208)
		for order_id, order in self.consistent.items():
			row = self.invoices[order_id]
			found = (row.docstatus, row.currency, Decimal(row.total), Decimal(row.tax).quantize(CENT))
			told = (
				BOOKED[order["status"]],
				order["currency"],
				Decimal(order["total"]),
				Decimal(order["tax"]),
			)
			self.assertEqual(found, told, order_id)

	def test_what_rounding_explains_has_the_shops_total(self):
		for order_id in ROUNDED:
			self.assertEqual(
				Decimal(self.invoices[order_id].total), Decimal(self.truth[order_id]["total"]), order_id
			)

	def test_every_refund_is_a_credit_note_of_its_amount(self):
		refunds = 0
		for order_id, order in self.consistent.items():
			told = {refund["id"]: Decimal(refund["amount"]) for refund in order["refunds"]}
			self.assertEqual(self.notes.get(order_id, {}), told, order_id)
			refunds += len(told)
		self.assertGreater(refunds, 200)

	def test_what_was_paid_is_in_the_books_once(self):
		paid = {
			row.woo_order_id: Decimal(row.amount)
			for row in frappe.db.sql(_PAID, (self.store_name,), as_dict=True)
			if not row.refund_id
		}
		for order_id, order in self.consistent.items():
			is_paid = order["date_paid"] and order["status"] != "on-hold" and Decimal(order["total"])
			wanted = Decimal(order["total"]) if is_paid else ZERO
			self.assertEqual(paid.get(order_id, ZERO), wanted, order_id)

	def test_an_order_that_was_given_back_wholly_leaves_nothing_of_its_sale(self):
		wholly = {
			order_id
			for order_id, order in self.consistent.items()
			if Decimal(order["refunded"]) and not Decimal(order["net"])
		}
		self.assertGreaterEqual(len(wholly), 60)
		sale = set(
			frappe.get_all("Account", {"root_type": "Income", "company": self.company}, pluck="name")
		) | set(frappe.get_all("Account", {"account_type": "Tax", "company": self.company}, pluck="name"))
		for row in frappe.db.sql(_LEFT, {"store": self.store_name}, as_dict=True):
			if row.order_id in wholly and row.account in sale:
				self.assertEqual(Decimal(row.amount).quantize(CENT), 0, (row.order_id, row.account))

	def test_what_customers_owe_is_what_was_neither_paid_nor_credited(self):
		owed = defaultdict(Decimal)
		for row in frappe.db.sql(_LEFT, {"store": self.store_name}, as_dict=True):
			if row.account == self.store.receivable_account:
				owed[row.order_id] += Decimal(row.amount)
		moved = defaultdict(Decimal)
		for row in frappe.db.sql(_PAID, (self.store_name,), as_dict=True):
			moved[row.woo_order_id] += Decimal(row.amount) * (-1 if not row.refund_id else 1)
		for order_id, order in self.consistent.items():
			if order["status"] == "on-hold":
				continue
			rate = RATE if order["currency"] == "USD" else 1
			wanted = (Decimal(order["net"]) + moved[order_id]) * rate
			self.assertEqual(owed[order_id].quantize(CENT), wanted.quantize(CENT), order_id)

	def test_every_voucher_is_balanced(self):
		self.assertEqual(frappe.db.sql(_UNBALANCED, pluck=True), [])
