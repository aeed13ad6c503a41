"""The Sales Orders of one page in ERPNext."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import carry_over, edits_of
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import (
	DETAILS,
	details_of,
	differing,
	following,
	keep_as_made,
	mapped_values,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices, hold_to_total, rewrite
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster, sanitise
from jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.deliveries import delete_drafts
from jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.making import (
	OF_THE_ORDER,
	ROWS_OF_THE_ORDER,
	SALES_ORDER,
	bill,
	make,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import is_same_person
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import STATUS, OrderMap
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.ledger.sales_orders import SalesOrders, SalesOrderState, keep
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderDraft, OrderFacts

_STANDING = """
SELECT name, docstatus, woo_fingerprint AS fingerprint, currency, woo_cancelled, CAST(grand_total AS CHAR) AS total
FROM `tabSales Order` WHERE name = %s FOR UPDATE
"""


class ERPNextSalesOrders(SalesOrders):
	"""Makes the Sales Orders of a page, and lets invoices be made from them.

	:param invoices: whose rows and charges they have
	"""

	kept = True

	def __init__(
		self, order_map: OrderMap, poster: Poster, masters: Masters, invoices: Invoices, amends: bool
	):
		self.order_map = order_map
		self.poster = poster
		self.masters = masters
		self.invoices = invoices
		self.amends = amends

	def standing(self, order_id: int) -> SalesOrderState | None:
		name = self.order_map.sales_order(order_id)
		state = self._state(name) if name else None
		if state and not (state.lives or state.cancelled_by_us):
			# A person may have cancelled and amended it.
			amended = frappe.db.get_value(SALES_ORDER, {"amended_from": name, "docstatus": ("<", 2)})
			if amended:
				self.order_map.link_sales_order(order_id, amended)
				return self._state(amended)
		return state

	def _state(self, name: str) -> SalesOrderState | None:
		for row in frappe.db.sql(_STANDING, (name,), as_dict=True):
			return SalesOrderState(
				row.name,
				STATUS[row.docstatus],
				row.fingerprint,
				row.currency,
				exact(row.total),
				bool(row.woo_cancelled),
			)
		return None

	def add(self, order: OrderFacts, draft: OrderDraft, submit: bool) -> str:
		document = make(self.invoices, order, draft, self.masters.found_for(order, draft))
		by_number = not self.invoices.settings.naming_series
		is_free = by_number and not frappe.db.exists(SALES_ORDER, draft.invoice.name)
		return self._store(document, order, draft, submit, draft.invoice.name if is_free else None)

	def _store(
		self, document: Document, order: OrderFacts, draft: OrderDraft, submit: bool, name: str | None
	) -> str:
		if submit:
			self.poster.submit(document, name)
		else:
			self.poster.insert(document, name)
		hold_to_total(document, draft.invoice.total)
		self.order_map.link_sales_order(order.order_id, document.name)
		return document.name

	def replace(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft, submit: bool) -> bool:
		document = frappe.get_doc(SALES_ORDER, standing.name)
		if self.poster.is_as_left(SALES_ORDER, standing.name):
			fresh = make(self.invoices, order, draft, self.masters.found_for(order, draft))
			keep_as_made(fresh, document, draft.mapped)
			fields = (*OF_THE_ORDER, *draft.mapped.of(SALES_ORDER))
			if not rewrite(self.poster, document, fresh, submit, fields, ROWS_OF_THE_ORDER):
				return False
		elif (standing.total, standing.currency) != (draft.invoice.total, draft.currency):
			raise BookingRefusedError(
				Sentence(
					"The draft {0} was changed here by {1}, so it isn't overwritten. It comes to {2} {3}, but the order to {4} {5}.",
					standing.name,
					document.modified_by,
					standing.total,
					standing.currency,
					draft.invoice.total,
					draft.currency,
				),
				"Correct the draft so that it agrees with the order, and sync the order again.",
				reason="edited",
			)
		elif submit:
			self.poster.submit_draft(document)
		else:
			return False
		hold_to_total(document, draft.invoice.total)
		return True

	def amend(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft, submit: bool) -> str:
		before = frappe.get_doc(SALES_ORDER, standing.name)
		buyer = self.masters.found_for(order, draft)
		if draft.currency == before.currency:
			buyer = _who_keeps(before, buyer)
		document = make(self.invoices, order, draft, buyer)
		document.amended_from = before.name
		document.naming_series = before.naming_series
		if draft.currency == before.currency:
			document.conversion_rate = before.conversion_rate
		carry_over(document, before)
		keep_as_made(document, before, draft.mapped)
		if standing.lives:
			self.cancel(standing, order.order_id)
		return self._store(document, order, draft, submit, None)

	def cancel(self, standing: SalesOrderState, order_id: int) -> None:
		if standing.status == "Draft":
			if not self.poster.is_as_left(SALES_ORDER, standing.name):
				raise BookingRefusedError(
					"The draft was changed here by a person, so it isn't deleted.",
					"Delete the draft, and sync the order again.",
					reason="edited",
				)
			self.order_map.link_sales_order(order_id, None)
			frappe.delete_doc(SALES_ORDER, standing.name, ignore_permissions=True)
			return
		delete_drafts(self.poster, standing.name)
		self.poster.cancel_named(SALES_ORDER, standing.name)
		frappe.db.set_value(SALES_ORDER, standing.name, "woo_cancelled", 1, update_modified=False)

	def update_details(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft) -> bool:
		fields = [*DETAILS, *following(draft.mapped, SALES_ORDER)]
		mapped = mapped_values(draft.mapped.of(SALES_ORDER), self.invoices.settings.zone)
		fresh = frappe.get_doc({"doctype": SALES_ORDER, **details_of(order, draft), **mapped})
		sanitise(fresh)
		stored = frappe.db.get_value(SALES_ORDER, standing.name, fields, as_dict=True)
		differs = differing(stored, fresh, fields)
		if differs:
			self.poster.touch(SALES_ORDER, standing.name)
			frappe.db.set_value(SALES_ORDER, standing.name, differs)
		return bool(differs)

	def unmatched(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft) -> str:
		customer = self.masters.customer_of(order, draft)
		ordered = frappe.db.get_value(SALES_ORDER, standing.name, "customer")
		if not customer or is_same_person(customer, ordered):
			return ""
		return Sentence(
			"The customer is {0} now, but {1} was made for {2}.", customer, standing.name, ordered
		)

	def edited(self, standing: SalesOrderState) -> str:
		return edits_of(SALES_ORDER, standing.name)

	def bill(self, order: OrderFacts, draft: OrderDraft, invoice: Document) -> None:
		"""Let an invoice that isn't stored yet be made from the order's Sales Order, where it has one.

		The Sales Order is first made what the order is now.

		:raises BookingRefusedError: it is left to a person
		"""
		standing = self.standing(order.order_id)
		comes_back = bool(standing and standing.cancelled_by_us and self.amends)
		if not (standing and (standing.lives or comes_back)) or invoice.is_return:
			return
		kept = keep(self, order, draft, submit=True)
		if kept.changed:
			raise BookingRefusedError(
				kept.changed,
				"Compare the order with its Sales Order, and correct the one that is wrong by hand. Then sync the order again.",
				kept.reason,
			)
		bill(frappe.get_doc(SALES_ORDER, kept.name), invoice)
		self.invoices.move_stock(invoice, draft, self._is_moved_by_invoice(draft))

	def _is_moved_by_invoice(self, draft: OrderDraft) -> bool:
		"""Whether the invoice moves the goods, also of an order of the history: they were reserved until now."""
		settings = self.invoices.settings
		return settings.update_stock and settings.delivery_notes_of(draft) is DeliveryNotes.NONE


def _who_keeps(before: Document, buyer: Buyer) -> Buyer:
	"""Whose the next Sales Order is: the same customer's, whose invoice and payments may follow."""
	addresses = buyer.addresses if buyer.customer == before.customer else {}
	return buyer._replace(customer=before.customer, addresses=addresses)
