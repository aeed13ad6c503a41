"""What invoices and payments need to know beside their own order: who buys, and what the books have."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, Protocol

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates

_UNITS = """
SELECT item.name, item.stock_uom, uom.must_be_whole_number FROM `tabItem` item
LEFT JOIN `tabUOM` uom ON uom.name = item.stock_uom WHERE item.name IN %s
"""
_RETURNED = """
SELECT row.sales_invoice_item, CAST(-sum(row.qty) AS CHAR) FROM `tabSales Invoice Item` row
JOIN `tabSales Invoice` note ON note.name = row.parent
WHERE note.return_against = %s AND note.docstatus = 1 AND row.sales_invoice_item <> ''
GROUP BY row.sales_invoice_item
"""


class Buyer(NamedTuple):
	"""Who an order is booked to.

	:ivar customer: name of the Customer; :ivar addresses: signature -> Address; :ivar receivable: account of the invoice
	"""

	customer: str
	addresses: dict[str, str]
	receivable: str


class Facts(Protocol):
	"""Handed to `Invoices` and `Payments`, whoever writes what they make.

	:ivar rates: conversion rates
	:ivar units: item code -> unit, and whether it is counted in whole pieces
	"""

	rates: Rates
	units: dict[str, tuple[str, bool]]

	def customer_group(self, customer: str) -> str | None:
		"""The customer's own group."""

	def outstanding(self, invoice: Document) -> Decimal:
		"""What is still open of an invoice or credit note, in the currency of its receivable account."""

	def returned(self, invoice: Document) -> dict[str, Decimal]:
		"""Row of the invoice -> the quantity that earlier credit notes gave back."""


class BookedFacts:
	"""Facts that are read from the database. The units are read for a whole page."""

	def __init__(self, rates: Rates):
		self.rates = rates
		self.units: dict[str, tuple[str, bool]] = {}

	def load_units(self, item_codes: Iterable[str]) -> None:
		"""Read the units of a page's items in one query."""
		missing = tuple({code for code in item_codes if code} - self.units.keys())
		if missing:
			rows = frappe.db.sql(_UNITS, (missing,))
			self.units.update({name: (uom, bool(whole)) for name, uom, whole in rows})

	def customer_group(self, customer: str) -> str | None:
		return frappe.get_cached_value("Customer", customer, "customer_group")

	def outstanding(self, invoice: Document) -> Decimal:
		return Decimal(str(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount")))

	def returned(self, invoice: Document) -> dict[str, Decimal]:
		return {row: Decimal(quantity) for row, quantity in frappe.db.sql(_RETURNED, invoice.name)}
