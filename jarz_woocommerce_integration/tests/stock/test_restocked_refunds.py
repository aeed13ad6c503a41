"""What a refund has put back into the shop's stock comes back into the warehouse with its credit note, once."""

import time

import frappe

from jarz_woocommerce_integration.tests.stock.stock_case import StockCase


class TestRestockedRefunds(StockCase):
	def bought(self, **quantities: int) -> int:
		self.in_step()
		products = {"mug": self.mug, "tea": self.tea}
		order_id = self.shop.buy({products[name]: quantity for name, quantity in quantities.items()})
		self.poll()
		return order_id

	def refund(self, order_id: int, *quantities: int, restocks: bool = True) -> None:
		"""So many pieces of the order's lines."""
		lines = [
			{"id": line["id"], "quantity": quantity, "refund_total": each_of(line) * quantity}
			for line, quantity in zip(self.shop.body(order_id)["line_items"], quantities, strict=False)
			if quantity
		]
		time.sleep(1.1)  # a change of the same second isn't seen
		amount = sum(line["refund_total"] for line in lines)
		self.shop.refund(order_id, amount=f"{amount:.2f}", lines=as_text(lines), restocks=restocks)
		self.poll()

	def stock(self) -> tuple:
		return self.in_books("MUG"), self.in_shop(self.mug)

	def test_goods_that_came_back_are_in_the_warehouse_again(self):
		order_id = self.bought(mug=3)
		self.assertEqual(self.stock(), (7, 7))
		self.refund(order_id, 2)
		self.assertEqual(self.stock(), (9, 9))
		self.in_step()

	def test_goods_that_did_not_come_back_are_not(self):
		order_id = self.bought(mug=3)
		self.refund(order_id, 2, restocks=False)
		self.assertEqual(self.stock(), (7, 7))
		self.in_step()

	def test_of_two_refunds_only_the_restocked_one_brings_goods_back(self):
		order_id = self.bought(mug=3)
		self.refund(order_id, 1, restocks=False)
		self.refund(order_id, 1, restocks=True)
		self.assertEqual(self.stock(), (8, 8))
		self.refund(order_id, 1, restocks=False)
		self.assertEqual(self.stock(), (8, 8))

	def test_of_two_lines_only_what_the_shop_counts_comes_back(self):
		order_id = self.bought(mug=2, tea=2)
		self.shop.update_product(self.tea, manage_stock=False)
		self.refund(order_id, 1, 1)
		self.assertEqual(self.stock(), (9, 9))
		self.assertEqual(self.in_books("TEA"), 8)

	def test_a_store_may_leave_the_stock_of_refunds_alone(self):
		self.choose(restock_refunds=0)
		order_id = self.bought(mug=3)
		self.refund(order_id, 2)
		self.assertEqual(self.stock(), (7, 9))

	def test_a_credit_note_of_an_invoice_that_moved_no_stock_moves_none(self):
		self.choose(update_stock=0)
		order_id = self.bought(mug=3)
		self.refund(order_id, 2)
		self.assertEqual(self.stock(), (10, 9))
		(note,) = frappe.get_all("Sales Invoice", {"is_return": 1}, ["update_stock", "docstatus"])
		self.assertEqual((note.update_stock, note.docstatus), (0, 1))


def each_of(line: dict) -> float:
	return float(line["total"]) / line["quantity"]


def as_text(lines: list[dict]) -> list[dict]:
	return [{**line, "refund_total": f"{line['refund_total']:.2f}"} for line in lines]
