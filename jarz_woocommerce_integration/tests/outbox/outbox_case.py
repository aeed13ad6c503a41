"""What tests of the outbox share: a store that is told everything, and what people do to its orders in ERPNext."""

from contextlib import contextmanager

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_delivery_note, make_sales_return
from frappe.utils import nowdate

from jarz_woocommerce_integration.sample_store.http.notes import Notes
from jarz_woocommerce_integration.services.outbox import sending as outbox_sending
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

OUTBOX = "WooCommerce Outbox"
INVOICE = "Sales Invoice"
EVERYTHING = ("send_status", "send_notes", "send_tracking", "send_refunds")
RECIPIENT = "outbox@jarz.test"


class OutboxCase(LiveCase):
	"""A store that is kept in step. What it is told is switched on by `tell`."""

	def setUp(self):
		super().setUp()
		self.sample.notes = Notes()
		self.sample.pays_back = set()
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		self.addCleanup(wipe_books)
		self.addCleanup(self.tell)

	def tell(self, *options: str) -> None:
		"""Switch on what the shop is told, and everything else off."""
		values = {option: int(option in options) for option in EVERYTHING}
		frappe.db.set_value(
			"WooCommerce Store", STORE, {**values, "refund_limit": 10_000}, update_modified=False
		)
		frappe.db.commit()

	def limit_refunds(self, amount: float) -> None:
		"""Gateways pay back so much a day without approval."""
		frappe.db.set_value("WooCommerce Store", STORE, "refund_limit", amount, update_modified=False)
		frappe.db.commit()

	def send(self) -> dict:
		done = outbox_sending.send(STORE)
		frappe.db.rollback()
		return done

	def send_now(self) -> dict:
		"""As if all that waits for its time were due."""
		frappe.db.sql(
			"UPDATE `tabWooCommerce Outbox` SET next_attempt = NULL WHERE state IN ('Waiting', 'Sending')"
		)
		frappe.db.commit()
		return self.send()

	# --- what is there ---

	def rows(self, **filters) -> list:
		frappe.db.rollback()
		return frappe.get_all(OUTBOX, filters=filters, fields=["*"], order_by="name")

	def told(self, **filters) -> list[tuple]:
		return [(row.action, row.value, row.state) for row in self.rows(**filters)]

	def notes_of(self, order_id: int) -> list[dict]:
		return self.sample.notes.of(order_id)

	def status_of(self, order_id: int) -> str:
		return self.shop.body(order_id)["status"]

	def invoice_of(self, order_id: int):
		(invoice,) = self.invoices_of(order_id)
		return frappe.get_doc(INVOICE, invoice.name)

	def payments(self) -> int:
		return frappe.db.count("Payment Entry", {"docstatus": 1})

	def credit_notes(self) -> list:
		return frappe.get_all(
			INVOICE,
			filters={"is_return": 1, "docstatus": 1},
			fields=["name", "woo_refund_id", "woo_order_id", "woo_store", "grand_total"],
			order_by="creation",
		)

	# --- what happens in the shop ---

	def booked_order(self, payment_method: str = "cod", status: str = "processing") -> int:
		"""A new order with nothing odd about it, in the books. Cash on delivery is unpaid in them."""
		order_id = self.add_order(status)
		fields = {"payment_method": payment_method}
		if payment_method == "cod":
			fields |= dict.fromkeys(
				("date_paid", "date_paid_gmt", "date_completed", "date_completed_gmt"), None
			)
		self.shop.update(order_id, fields)
		self.poll()
		return order_id

	@contextmanager
	def policy_cancels(self, status: str):
		"""The merchant's policy takes orders in this status for cancelled."""
		before = self.set_action(status, "Cancel")
		try:
			yield
		finally:
			self.set_action(status, before)

	def set_action(self, status: str, action: str) -> str:
		""":return: the action before"""
		store = self.of_store()
		(row,) = (row for row in store.statuses if row.status == status)
		before, row.action = row.action, action
		store.save()
		frappe.db.commit()
		return before

	# --- what people do in ERPNext ---

	def pay(self, order_id: int):
		payment = get_payment_entry(INVOICE, self.invoice_of(order_id).name)
		payment.reference_no, payment.reference_date = "by hand", nowdate()
		payment.submit()
		frappe.db.commit()
		return payment

	def cancel(self, order_id: int):
		invoice = self.invoice_of(order_id)
		invoice.cancel()
		frappe.db.commit()
		return invoice

	def credit(self, order_id: int, part: float | None = None):
		"""A credit note by hand. :param part: so much of the first row's price, for one piece; None gives all back"""
		note = make_sales_return(self.invoice_of(order_id).name)
		if part is not None:
			note.taxes, note.items = [], note.items[:1]
			note.items[0].qty, note.items[0].rate, note.items[0].price_list_rate = -1, part, part
		note.submit()
		frappe.db.commit()
		return note

	def keep_stock_of(self, order_id: int) -> None:
		"""What was ordered is kept a stock of."""
		codes = [row.item_code for row in self.invoice_of(order_id).items]
		frappe.db.set_value("Item", {"name": ("in", codes)}, "is_stock_item", 1)
		frappe.clear_cache()
		frappe.db.commit()

	def deliver(self, order_id: int, number: str = "", carrier: str = "", but: int = 0):
		"""A Delivery Note by hand. :param but: leave out so many of the first row"""
		note = make_delivery_note(self.invoice_of(order_id).name)
		note.lr_no, note.transporter_name = number, carrier
		warehouse = frappe.db.get_value("Warehouse", {"is_group": 0, "company": note.company})
		for row in note.items:
			row.warehouse, row.allow_zero_valuation_rate = warehouse, 1
		if but:
			note.items[0].qty -= but
		note.submit()
		frappe.db.commit()
		return note
