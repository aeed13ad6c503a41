"""What a refund has put back into the shop's stock comes back into the warehouse with its credit note, once."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.returns import ReturnedRows
from jarz_woocommerce_integration.services.live.session import LiveBooking
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.tests.live.live_case import INBOX
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

STATUS = "WooCommerce Store Status"
ACTIONS = {"processing": "Sales Order", "completed": "Submit and Pay", "refunded": "Submit and Pay"}


class RefundsCase(StockCase):
	def bought(self, **quantities: int) -> int:
		self.in_step()
		products = {"mug": self.mug, "tea": self.tea}
		order_id = self.shop.buy({products[name]: quantity for name, quantity in quantities.items()})
		self.poll()
		return order_id

	def refund(self, order_id: int, *quantities: int, restocks: bool = True) -> None:
		"""So many pieces of the order's lines, seen by the live sync."""
		self.refund_in_shop(order_id, *quantities, restocks=restocks)
		self.poll()

	def refund_in_shop(self, order_id: int, *quantities: int, restocks: bool = True) -> None:
		lines = [
			{"id": line["id"], "quantity": quantity, "refund_total": each_of(line) * quantity}
			for line, quantity in zip(self.shop.body(order_id)["line_items"], quantities, strict=False)
			if quantity
		]
		time.sleep(1.1)  # a change of the same second isn't seen
		amount = sum(line["refund_total"] for line in lines)
		self.shop.refund(order_id, amount=f"{amount:.2f}", lines=as_text(lines), restocks=restocks)

	def stock(self) -> tuple:
		return self.in_books("MUG"), self.in_shop(self.mug)

	def credit_notes(self) -> int:
		return frappe.db.count("Sales Invoice", {"is_return": 1, "docstatus": 1})


class TestRestockedRefunds(RefundsCase):
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

	def test_an_order_that_is_read_before_its_goods_are_put_back_is_booked_when_they_are(self):
		"""WooCommerce saves the refund, puts the goods back, and writes the time of the order's change last."""
		order_id = self.bought(mug=3)
		with patch.object(LiveBooking, "read", as_before_the_goods_are_put_back(LiveBooking.read)):
			self.refund(order_id, 2)
		self.assertEqual((self.stock(), self.credit_notes()), ((7, 9), 0))
		waits = frappe.get_all(INBOX, {"state": "Waiting"}, ["woo_id", "attempts", "next_attempt"])
		self.assertEqual([(row.woo_id, row.attempts) for row in waits], [(order_id, 0)])
		self.assertLess(waits[0].next_attempt, now_datetime() + timedelta(seconds=11))
		frappe.db.set_value(INBOX, {"state": "Waiting"}, "next_attempt", None)
		frappe.db.commit()
		self.poll()
		self.assertEqual((self.stock(), self.credit_notes()), ((9, 9), 1))
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

	def test_goods_that_came_back_later_than_others_of_their_order_are_there_too(self):
		"""The credit note of both lines has moved the tea alone."""
		order_id = self.bought(mug=2, tea=2)
		self.shop.update_product(self.mug, manage_stock=False)
		self.refund(order_id, 1, 1)
		self.shop.update_product(self.mug, manage_stock=True, stock_quantity=8)
		self.assertEqual((self.in_books("MUG"), self.in_books("TEA")), (8, 9))
		self.refund(order_id, 1)
		self.assertEqual((self.in_books("MUG"), self.in_shop(self.mug)), (9, 9))

	def test_books_that_move_stock_are_proven(self):
		order_id = self.bought(mug=3)
		self.refund(order_id, 1)
		wrong = [sentence for sentence in prove_store(STORE).wrong() if f"order {order_id} " in sentence]
		self.assertEqual(wrong, [])

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


class TestRows(FrappeTestCase):
	"""A line of two pieces for 1487.45: one of them costs 743.73, and the other 743.72."""

	def setUp(self):
		rows = [("dear", 743.73), ("cheap", 743.72)]
		self.invoice = SimpleNamespace(items=[_row(name, rate) for name, rate in rows])

	def parts(self, rate: float, returned: tuple[str, ...] = ()) -> list[tuple]:
		there = ReturnedRows(self.invoice, dict.fromkeys(returned, Decimal(1)))
		row = SimpleNamespace(item_code="MUG", order_line_id=38)
		parts = there.parts(row, {"item_code": "MUG", "qty": -1.0, "rate": rate, "price_list_rate": rate})
		return [
			(part["item_code"], part.get("sales_invoice_item"), part["qty"], part["rate"]) for part in parts
		]

	def test_a_piece_is_given_back_with_its_row(self):
		self.assertEqual(self.parts(743.73), [("MUG", "dear", -1.0, 743.73)])

	def test_the_last_piece_that_costs_a_cent_less_comes_back_and_the_cent_beside_it(self):
		self.assertEqual(
			self.parts(743.73, ("dear",)), [("MUG", "cheap", -1.0, 743.72), (None, None, -1.0, 0.01)]
		)

	def test_more_than_the_line_cost_is_given_back_without_its_item(self):
		self.assertEqual(self.parts(800.0), [(None, None, -1.0, 800.0)])

	def test_more_pieces_than_are_left_are_given_back_without_their_item(self):
		self.assertEqual(self.parts(743.72, ("dear", "cheap")), [(None, None, -1.0, 743.72)])


def _row(name: str, rate: float) -> frappe._dict:
	return frappe._dict(name=name, item_code="MUG", woo_order_line_id=38, qty=1.0, rate=rate)


class SalesOrdersCase(RefundsCase):
	"""Orders become Sales Orders first, and are invoiced and delivered when they are completed."""

	def setUp(self):
		super().setUp()
		for status, action in ACTIONS.items():
			row = {"parent": STORE, "status": status}
			before = frappe.db.get_value(STATUS, row, "action")
			frappe.db.set_value(STATUS, row, "action", action, update_modified=False)
			self.addCleanup(frappe.db.set_value, STATUS, row, "action", before, update_modified=False)
		self.addCleanup(self.deliver, "None")
		self.deliver("Submitted")

	def deliver(self, how: str) -> None:
		self.choose(delivery_notes=how)

	def to(self, order_id: int, status: str) -> None:
		time.sleep(1.1)
		self.shop.set_status(order_id, status)
		self.poll()

	def sales_order(self):
		(row,) = frappe.get_all("Sales Order", fields=["status", "per_billed", "per_delivered"])
		return row.status, row.per_billed, row.per_delivered

	def deliveries(self) -> list[tuple]:
		frappe.db.rollback()
		rows = frappe.get_all(
			"Delivery Note",
			fields=["docstatus", "is_return", "`tabDelivery Note Item`.qty"],
			order_by="`tabDelivery Note`.creation",
			as_list=True,
		)
		return [(*row[:2], int(row[2])) for row in rows]

	def reserved(self) -> float:
		return frappe.db.get_value("Bin", {"item_code": "MUG", "warehouse": self.warehouse}, "reserved_qty")


class TestOfSalesOrders(SalesOrdersCase):
	def test_goods_of_a_delivery_that_came_back_are_in_the_warehouse_again(self):
		order_id = self.bought(mug=3)
		self.to(order_id, "completed")
		self.assertEqual((self.stock(), self.sales_order()), ((7, 7), ("Completed", 100, 100)))
		self.refund(order_id, 1)
		self.assertEqual((self.stock(), self.sales_order()), ((8, 8), ("Completed", 100, 100)))
		self.refund(order_id, 1, restocks=False)
		self.assertEqual(self.stock(), (8, 8))
		self.refund(order_id, 1)
		self.assertEqual(self.stock(), (9, 9))
		self.assertEqual(self.deliveries(), [(1, 0, 3), (1, 1, -1), (1, 1, -1)])
		self.in_step()

	def test_goods_that_came_back_at_their_cost(self):
		order_id = self.bought(mug=3)
		self.to(order_id, "completed")
		self.refund(order_id, 2)
		worth = frappe.db.get_value("Bin", {"item_code": "MUG"}, ["actual_qty", "stock_value"])
		self.assertEqual(worth, (9, 90))

	def test_what_was_put_back_before_it_was_delivered_is_there_once(self):
		order_id = self.bought(mug=3)
		self.refund(order_id, 1)
		self.assertEqual(self.stock(), (10, 8))
		self.to(order_id, "completed")
		self.assertEqual((self.stock(), self.sales_order()), ((8, 8), ("Completed", 100, 100)))
		self.refund(order_id, 1)
		self.assertEqual((self.stock(), self.sales_order()), ((9, 9), ("Completed", 100, 100)))
		self.assertEqual(self.reserved(), 0)
		self.in_step()

	def test_an_order_that_is_refunded_before_it_is_completed_leaves_nothing_open(self):
		for restocks, left in ((True, 10), (False, 7)):
			with self.subTest(restocks=restocks):
				order_id = self.bought(mug=3)
				self.refund(order_id, 3, restocks=restocks)
				self.to(order_id, "refunded")
				self.assertEqual((self.stock(), self.sales_order()), ((left, left), ("Completed", 100, 100)))
				self.assertEqual(self.reserved(), 0)
				self.in_step()
				frappe.db.delete("Sales Order")
				frappe.db.commit()

	def test_a_draft_to_be_checked_has_what_the_customer_still_gets(self):
		self.deliver("Draft")
		order_id = self.bought(mug=3)
		self.refund(order_id, 1)
		self.to(order_id, "completed")
		self.assertEqual(self.deliveries(), [(0, 0, 2)])
		(name,) = frappe.get_all("Delivery Note", pluck="name")
		frappe.get_doc("Delivery Note", name).submit()
		frappe.db.commit()
		self.assertEqual(self.stock(), (8, 8))
		self.refund(order_id, 1)
		self.assertEqual(self.stock(), (9, 9))

	def test_an_open_order_of_the_history_is_delivered_when_it_is_completed(self):
		"""It was made before the live sync began: its Sales Order has reserved the goods."""
		order_id = self.bought(mug=3)
		self.begin(live_sync=1, migrated_until=in_half_an_hour())
		self.to(order_id, "completed")
		self.assertEqual((self.stock(), self.sales_order()), ((7, 7), ("Completed", 100, 100)))
		self.assertEqual(self.reserved(), 0)

	def test_of_what_costs_nothing_no_delivery_note_stays_open(self):
		self.in_step()
		self.shop.update_product(self.mug, regular_price="0")
		order_id = self.shop.buy({self.mug: 1})
		self.poll()
		self.to(order_id, "completed")
		self.assertEqual(frappe.get_all("Delivery Note", pluck="status"), ["Completed"])
		self.assertEqual(self.sales_order(), ("Completed", 100, 100))

	def test_once_more_brings_nothing_back_again(self):
		order_id = self.bought(mug=3)
		self.to(order_id, "completed")
		self.refund(order_id, 1)
		for _time in range(2):
			self.to(order_id, "completed")
		self.assertEqual(self.stock(), (8, 8))


def as_before_the_goods_are_put_back(read: Callable) -> Callable:
	"""A reading of orders in the middle of their refunds."""

	def call(booking: LiveBooking, *arguments):
		page, unreadable = read(booking, *arguments)
		for place, order in enumerate(page.orders):
			if order.id in page.refunds:
				lines = [line.model_copy(update={"meta_data": []}) for line in order.line_items]
				changed = order.date_modified_gmt - timedelta(minutes=1)
				page.orders[place] = order.model_copy(
					update={"line_items": lines, "date_modified_gmt": changed}
				)
		return page, unreadable

	return call


def in_half_an_hour() -> datetime:
	return datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(minutes=30)


def each_of(line: dict) -> float:
	return float(line["total"]) / line["quantity"]


def as_text(lines: list[dict]) -> list[dict]:
	return [{**line, "refund_total": f"{line['refund_total']:.2f}"} for line in lines]
