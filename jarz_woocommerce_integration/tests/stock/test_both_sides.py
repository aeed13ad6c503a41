"""Both sides sell, take back and adjust at once, at every moment of a comparison, while workers die and the shop is out now and then.

Nothing is sent that lets the shop sell what isn't there, and when it is quiet again both sides are equal.
"""

from contextlib import contextmanager
from itertools import cycle
from random import Random
from unittest.mock import patch

import frappe
from erpnext.stock.doctype.stock_entry.stock_entry_utils import make_stock_entry

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.services.stock import comparison, sending
from jarz_woocommerce_integration.services.stock.offer import Offer
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import sized

CODES = ("MUG", "TEA", "POT")
RELEASED = ("cancelled", "pending", "failed")


class Killed(BaseException):
	"""A worker that is killed runs no handler of its own."""


class TestBothSides(StockCase):
	def setUp(self):
		super().setUp()
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		self.product("POT", 10)
		self.ids = {row.item: row.product_id for row in frappe.get_all("WooCommerce Item Link", fields=["*"])}
		self.random = Random(20261130)
		self.orders: list[int] = []
		self.adjusted = dict.fromkeys(CODES, 0)
		self.busy = False
		self.raised = 0

	# --- what happens ---

	def something_happens(self) -> None:
		"""A few things on both sides, but for those that one of them does."""
		if self.busy:
			return
		self.busy = True
		try:
			for _ in range(self.random.randrange(3)):
				self.random.choice((self.sell, self.sell, self.change, self.adjust, self.adjust, self.book))()
		finally:
			self.busy = False

	def sell(self) -> None:
		"""As much as the shop has."""
		wanted = {self.ids[code]: self.random.randint(1, 3) for code in self.random.sample(CODES, 2)}
		there = {number: quantity for number, quantity in wanted.items() if self.in_shop(number) >= quantity}
		if there:
			self.orders.append(self.shop.buy(there))

	def change(self) -> None:
		"""An order is cancelled, or goods of it come back."""
		if not self.orders:
			return
		order_id = self.random.choice(self.orders)
		body = self.shop.body(order_id)
		if body["status"] in RELEASED or body["refunds"] or self.random.random() < 0.5:
			self.shop.set_status(order_id, "cancelled")
			return
		line = body["line_items"][0]
		told = {"id": line["id"], "quantity": 1, "refund_total": "100.00"}
		self.shop.refund(order_id, "100.00", lines=[told], restocks=True)

	def adjust(self) -> None:
		code, quantity = self.random.choice(CODES), self.random.randint(1, 5)
		if self.random.random() < 0.6 or self.in_books(code) < quantity:
			make_stock_entry(item_code=code, target=self.warehouse, qty=quantity, rate=10)
			frappe.db.commit()
			self.adjusted[code] += quantity
		else:
			self.issue(code, quantity)
			self.adjusted[code] -= quantity

	def book(self) -> None:
		self.poll()

	# --- what must be true ---

	def right(self, code: str) -> float:
		"""What the shop has to have by now: what is in the books, less what orders have taken in the shop and not in them."""
		frappe.db.rollback()
		taken = dict(
			frappe.db.sql(
				"SELECT invoice.woo_order_id, sum(row.stock_qty) FROM `tabSales Invoice` invoice"
				" JOIN `tabSales Invoice Item` row ON row.parent = invoice.name WHERE invoice.docstatus = 1"
				" AND row.item_code = %s AND (invoice.is_return = 0 OR invoice.update_stock = 1) GROUP BY 1",
				code,
			)
		)
		waits = 0
		for order_id in self.orders:
			for line in self.shop.body(order_id)["line_items"]:
				if line["product_id"] == self.ids[code]:
					said = {
						meta["key"]: int(meta["value"]) for meta in line["meta_data"] if meta["key"][0] == "_"
					}
					waits += said.get("_reduced_stock", 0) - taken.pop(order_id, 0)
		return self.in_books(code) - waits

	@contextmanager
	def trouble(self):
		"""Things happen between all steps of what is done inside; workers are killed and answers are lost."""
		read_stock, change, free = comparison.read_stock, sending.change_stock, Offer.free
		read_modified = comparison.read_modified
		known: dict[str, int] = {}
		troubles = cycle(("", "killed before", "", "lost", "", "killed after"))

		def events_then(do):
			def call(*arguments):
				self.something_happens()
				return do(*arguments)

			return call

		def looks_at_the_books(offer, keys):
			self.something_happens()
			frappe.db.rollback()
			known.update(self.adjusted)
			return free(offer, keys)

		def changes(client, changes, meta):
			self.something_happens()
			trouble = next(troubles)
			if trouble == "killed before":
				raise Killed
			done = change(client, changes, meta)
			self.check(changes, known)
			if trouble == "killed after":
				raise Killed
			if trouble == "lost":
				raise StoreUnreachableError("The answer was lost.")
			return done

		with (
			patch.object(comparison, "read_stock", events_then(read_stock)),
			patch.object(comparison, "read_modified", events_then(read_modified)),
			patch.object(Offer, "free", looks_at_the_books),
			patch.object(sending, "change_stock", changes),
		):
			yield

	def check(self, changes: dict, known: dict[str, int]) -> None:
		"""Where the shop was given more, it has no more than it should, but for what the books have lost since they were read."""
		for code in CODES:
			if changes.get((self.ids[code], 0), 0) > 0:
				self.raised += 1
				since = self.adjusted[code] - known[code]
				self.assertLessEqual(self.in_shop(self.ids[code]), self.right(code) - since)

	def work_in_trouble(self) -> None:
		self.make_due()
		self.forget_pause()
		try:
			sending.send(STORE)
		except Killed:
			frappe.db.rollback()

	def test_nothing_is_oversold_by_us_and_both_are_equal_in_the_end(self):
		self.in_step()
		with self.trouble(), patch.object(comparison, "RECENT", self.usual_recent):
			for turn in range(sized(12, 500)):
				self.something_happens()
				if turn % 20 == 10:
					self.while_the_shop_is_out()
				self.work_in_trouble()
		for _ in range(3):
			self.poll()
			self.make_due()
			self.forget_pause()
			self.compare_all()
		# What one side sold before it knew of the other is owed: the shop counts that as nothing.
		in_shop = {code: max(self.in_shop(self.ids[code]), 0) for code in CODES}
		self.assertEqual(in_shop, {code: max(self.in_books(code), 0) for code in CODES})
		self.assertGreater(self.raised, 2)

	def while_the_shop_is_out(self) -> None:
		"""One worker finds it like this; nothing happens there meanwhile."""
		self.busy = True
		self.sample.faults.add("error_html", share=1.0)
		try:
			with self.impatient():
				self.work_in_trouble()
		finally:
			self.sample.faults.clear()
			self.busy = False
