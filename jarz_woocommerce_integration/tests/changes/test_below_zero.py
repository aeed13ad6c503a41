"""A real order below zero (shop11, 516): coupons took all that its goods cost, and a fee of -10.55 stands beside them."""

from collections.abc import Callable
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.tests.real_shop.real_orders_case import RealOrdersCase, answers

ORDER = 516
OWED = Decimal("10.55")


def _orders() -> list[dict]:
	"""The order three times: the first two are what the bulk writer learns by."""
	(order,) = (order for order in answers("orders.json.gz") if order["id"] == ORDER)
	return [order | {"id": order_id, "number": str(order_id)} for order_id in (ORDER, 9516, 9517)]


class TestOrderBelowZero(RealOrdersCase):
	store_name = "Below Zero"

	def check(self, kind: Callable[..., ERPNextLedger]) -> list:
		became, done = self.book(kind, _orders(), {})
		self.assertEqual([booked.what for booked in done], ["booked"] * 3, [one.message for one in done])
		return became

	def documents_of(self, order_id: int):
		filters = {"woo_order_id": order_id, "docstatus": 1}
		(invoice,) = frappe.get_all("Sales Invoice", {**filters, "woo_refund_id": 0}, pluck="name")
		(note,) = frappe.get_all("Sales Invoice", {**filters, "woo_refund_id": order_id}, pluck="name")
		return frappe.get_doc("Sales Invoice", invoice), frappe.get_doc("Sales Invoice", note)

	def assert_books_are_right(self):
		for order_id in (ORDER, 9516, 9517):
			invoice, note = self.documents_of(order_id)
			self.assertEqual([row.qty for row in invoice.items], [1, 4, 1, 4, 1, 1])
			self.assertEqual(
				(invoice.grand_total, invoice.is_return, invoice.woo_coupons), (0, 0, "save10, free100")
			)
			self.assertEqual((note.grand_total, note.return_against), (float(-OWED), invoice.name))
			self.assertEqual((invoice.outstanding_amount, note.outstanding_amount), (0, float(-OWED)))
			left = {self.store.receivable_account: -OWED, self.store.discounts_account: OWED}
			self.assertEqual(self.balances(invoice, note), left)
		self.assertEqual(check_books(self.store_name).counts, {})

	def balances(self, invoice, note) -> dict[str, Decimal]:
		moved: dict[str, Decimal] = {}
		for entry in frappe.get_all(
			"GL Entry",
			{"voucher_no": ("in", (invoice.name, note.name)), "is_cancelled": 0},
			["account", "debit", "credit"],
		):
			amount = Decimal(str(entry.debit)) - Decimal(str(entry.credit))
			moved[entry.account] = moved.get(entry.account, Decimal(0)) + amount
		return {account: amount for account, amount in moved.items() if amount}

	def test_documents_keep_goods_sold_and_credit_what_is_owed(self):
		self.check(ERPNextLedger)
		self.assert_books_are_right()

	def test_rows_in_bulk_are_those_of_documents(self):
		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=False):
			self.check(bulk_ledger)
		self.assert_books_are_right()
