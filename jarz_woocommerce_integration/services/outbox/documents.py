"""Which documents are a reason to send the shop something. Called by Frappe for every document of these kinds.

So each function returns at once, and without a query, unless the document names an order of a shop. That is no evidence:
whose it is, the Order Map says. What this app books itself comes from the shop, and isn't sent back; only the number of an
invoice that it books as orders come in is.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from jarz_woocommerce_integration.compat import in_language_of_site
from jarz_woocommerce_integration.ledger.erpnext.adoption import adopt
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import HISTORY, who_books
from jarz_woocommerce_integration.ledger.erpnext.sent import credit_notes_of_people, mark_of
from jarz_woocommerce_integration.services.outbox import queue as outbox, rows as outbox_rows
from jarz_woocommerce_integration.services.outbox.facts import (
	is_delivered,
	is_paid,
	is_wholly_credited,
	numbers_of_delivery,
	order_of_invoice,
	orders_of_delivery,
	orders_of_invoices,
)

STORE = "WooCommerce Store"
INVOICE = "Sales Invoice"
DELIVERY_NOTE = "Delivery Note"
SHIPMENT = "Shipment"
COMPLETED, CANCELLED, REFUNDED = "completed", "cancelled", "refunded"
# Who cancels an invoice to correct it has amended it by then.
CANCELLED_AFTER = timedelta(minutes=15)
OPTIONS = ("enabled", "live_sync", "send_status", "send_notes", "send_tracking", "send_refunds")


def invoice_submitted(invoice: Document, method: str | None = None) -> None:
	"""Its number becomes a note of the order; a person's credit note becomes a refund."""
	if who_books() == HISTORY:
		return
	if invoice.is_return and invoice.return_against:
		if not who_books():
			_credit_note_submitted(invoice)
		return
	if not invoice.get("woo_order_id"):
		return
	if invoice.amended_from and not who_books():
		adopt(invoice.woo_store, [invoice.woo_order_id])
	if not _sends(invoice.woo_store, "send_notes"):
		return
	if order := _order_being_booked(invoice) if who_books() else order_of_invoice(invoice.name):
		outbox.add(order.store, order.order_id, outbox.NOTE, _note_of(invoice), (INVOICE, invoice.name))


def _order_being_booked(invoice: Document) -> frappe._dict:
	"""This app writes the invoice, and names it in the Order Map before it commits."""
	return frappe._dict(store=invoice.woo_store, order_id=invoice.woo_order_id)


def _note_of(invoice: Document) -> str:
	with in_language_of_site():
		text = _("Sales Invoice {0} was booked in ERPNext.").format(mark_of(invoice.name))
		if invoice.amended_from:
			text += " " + _("It replaces {0}.").format(invoice.amended_from)
	return text


def _credit_note_submitted(note: Document) -> None:
	order = order_of_invoice(note.return_against)
	if not order:
		return
	if _sends(order.store, "send_refunds"):
		_add_refund(order, note.name, abs(note.grand_total), note.precision("grand_total"))
	if _sends(order.store, "send_status") and is_wholly_credited(note.return_against):
		# In the shop, "refunded" means that refunds come to the order's total: it wants them all.
		for name, amount in credit_notes_of_people(note.return_against):
			whose = None if name == note.name else frappe.db.get_value(INVOICE, name, "owner")
			_add_refund(order, name, amount, note.precision("grand_total"), whose)
		_add_status(order, REFUNDED, note.return_against)


def _add_refund(
	order: frappe._dict, note: str, amount: object, decimals: int, user: str | None = None
) -> None:
	value = f"{flt(amount, decimals):.{decimals}f}"
	outbox.add(order.store, order.order_id, outbox.REFUND, value, (INVOICE, note), user=user)


def invoice_cancelled(invoice: Document, method: str | None = None) -> None:
	"""A person has cancelled the invoice, so the order is to be cancelled, unless another invoice follows."""
	if who_books():
		return
	if invoice.is_return:
		if order := invoice.return_against and order_of_invoice(invoice.return_against):
			outbox_rows.look_again(order.store, invoice.name)
			outbox.WORK.enqueue(order.store)
		return
	if not invoice.get("woo_order_id"):
		return
	if _sends(invoice.woo_store, "send_status") and (order := order_of_invoice(invoice.name)):
		_add_status(order, CANCELLED, invoice.name, CANCELLED_AFTER)


def invoice_changed(invoice: Document, method: str | None = None) -> None:
	"""It may be paid now, by whatever document."""
	if who_books() == HISTORY or invoice.docstatus != 1 or invoice.is_return:
		return
	if invoice.get("woo_order_id") and invoice.outstanding_amount <= 0:
		_add_completed(invoice)


def _add_completed(invoice: Document) -> None:
	"""The order is complete when its goods are delivered and paid.

	Where this app books the payment, a person must have delivered the goods: else every paid order would be complete.
	"""
	if who_books() and (invoice.update_stock or not any(row.delivered_qty for row in invoice.items)):
		return
	if not (_sends(invoice.woo_store, "send_status") and is_paid(invoice) and is_delivered(invoice)):
		return
	order = _order_being_booked(invoice) if who_books() else order_of_invoice(invoice.name)
	if not order:
		return
	known = {"store": order.store, "woo_order_id": order.order_id}
	status = frappe.db.get_value("WooCommerce Order Map", known, "woo_status")
	if status not in (COMPLETED, CANCELLED, REFUNDED):
		_add_status(order, COMPLETED, invoice.name)


def _add_status(order: frappe._dict, status: str, invoice: str, after: timedelta | None = None) -> None:
	outbox.add(order.store, order.order_id, outbox.STATUS, status, (INVOICE, invoice), after)


# --- deliveries ---


def delivery_changed(delivery: Document, method: str | None = None) -> None:
	"""A Delivery Note of an order: its goods are delivered, and its transport receipt is the tracking number."""
	if delivery.is_return or not delivery.docstatus:
		return
	if delivery.docstatus == 2:
		_delivery_cancelled(delivery)
		return
	if delivery.lr_no:
		for order in orders_of_delivery(delivery.name):
			_add_tracking(order, delivery.name, delivery.lr_no, "", delivery.transporter_name or "")
	invoices = {row.against_sales_invoice for row in delivery.items if row.against_sales_invoice}
	for order in orders_of_invoices(invoices):
		invoice = frappe.get_doc(INVOICE, order.invoice)
		if invoice.docstatus == 1 and not invoice.is_return:
			_add_completed(invoice)


def _delivery_cancelled(delivery: Document) -> None:
	"""What the shop shows of it is taken back."""
	for order in orders_of_delivery(delivery.name):
		numbers = numbers_of_delivery(order.store, order.order_id, delivery.name)
		if delivery.lr_no:
			numbers.add(delivery.lr_no.strip())
		if numbers and _sends(order.store, "send_tracking"):
			value, because_of = "\n".join(sorted(numbers)), (DELIVERY_NOTE, delivery.name)
			outbox.add(order.store, order.order_id, outbox.WITHDRAWAL, value, because_of)


def shipment_changed(shipment: Document, method: str | None = None) -> None:
	"""A Shipment of Delivery Notes: it has the number and the address where the parcel is followed."""
	number = shipment.awb_number or shipment.shipment_id
	if shipment.docstatus != 1 or not (number or shipment.tracking_url):
		return
	for row in shipment.shipment_delivery_note:
		for order in orders_of_delivery(row.delivery_note):
			_add_tracking(
				order, row.delivery_note, number or "", shipment.tracking_url or "", shipment.carrier or ""
			)


def _add_tracking(order: frappe._dict, delivery: str, number: str, url: str, carrier: str) -> None:
	if _sends(order.store, "send_tracking"):
		value = "\n".join((number.strip(), url.strip(), carrier.strip()))
		because_of = (DELIVERY_NOTE, delivery)
		outbox.add(
			order.store,
			order.order_id,
			outbox.TRACKING,
			value,
			because_of,
			number=number.strip() or url.strip(),
		)


# --- the store ---


def _sends(store: str | None, what: str) -> bool:
	"""Whether a store is kept in step, and gets this. :param what: one of the form's options"""
	chosen = store and frappe.get_cached_value(STORE, store, OPTIONS, as_dict=True)
	return bool(chosen and chosen.enabled and chosen.live_sync and chosen[what])
