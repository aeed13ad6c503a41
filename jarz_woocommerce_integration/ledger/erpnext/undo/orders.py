"""Undoes what a run booked for orders: a unit is the documents of one order."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import frappe
from erpnext.accounts.utils import get_linked_exchange_gain_loss_journal
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import cancel, delete
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Reference, by_doctype
from jarz_woocommerce_integration.ledger.erpnext.undo.order_map import (
	earlier_versions,
	forget_orders,
	forget_sales_orders,
)
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore
from jarz_woocommerce_integration.ledger.erpnext.undo.units import Kept, Row, Unit, UnitsUndo, lock_documents
from jarz_woocommerce_integration.sentences import Sentence

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
JOURNAL = "Journal Entry"
SALES_ORDER = "Sales Order"
DELIVERY_NOTE = "Delivery Note"
PAYING = (PAYMENT, JOURNAL)
# The vouchers of an order, and what is read of each.
COLUMNS = {
	PAYMENT: "woo_order_id AS order_id, 0 AS is_return",
	DELIVERY_NOTE: "woo_order_id AS order_id, is_return",
	INVOICE: "woo_order_id AS order_id, is_return",
	SALES_ORDER: "woo_order_id AS order_id, 0 AS is_return",
}
# In which they go: what was made from another before that one.
GO = list(COLUMNS)

_NAMES = "SELECT name FROM `tab{doctype}` WHERE woo_run = %s AND woo_store = %s AND woo_order_id IN %s"
_ENTRIES = "SELECT name FROM `tab{doctype}` WHERE voucher_type = %s AND voucher_no IN %s"
# An entry that waits for its number has a name by chance.
_HAS_NUMBER = {"GL Entry": " AND to_rename = 0", "Payment Ledger Entry": ""}
_AGAINST = """
SELECT reference_name FROM `tabPayment Entry Reference` WHERE parent IN %(names)s AND reference_doctype = 'Sales Invoice'
UNION SELECT return_against FROM `tabSales Invoice` WHERE name IN %(names)s AND is_return = 1
"""
_BILLED = """
SELECT sales_order FROM `tabSales Invoice Item` WHERE parent IN %(names)s
UNION SELECT against_sales_order FROM `tabDelivery Note Item` WHERE parent IN %(names)s
"""
_LINKED = """
SELECT parent, reference_name FROM `tabPayment Entry Reference` WHERE parenttype = 'Payment Entry' AND parent IN %(names)s
UNION SELECT name, return_against FROM `tabSales Invoice` WHERE name IN %(names)s AND coalesce(return_against, '') <> ''
"""
_OWN_JOURNAL = """
SELECT name FROM `tabJournal Entry` WHERE name IN %s AND voucher_type = 'Exchange Gain Or Loss' AND is_system_generated = 1
"""


class Undone(NamedTuple):
	"""What became of one batch. :ivar orders: ids of those that are undone; :ivar last: of the last one that was dealt with"""

	orders: list[int]
	kept: list[Kept]
	last: int


class OrdersUndo(UnitsUndo):
	"""Undoes orders of one run.

	:param born: rows of the Order Map that are older were made by earlier runs, whose orders they stay
	"""

	# They name the invoices of orders, and go with the order.
	own_lists = (
		"WooCommerce Order Map",
		"WooCommerce Order Map Credit Note",
		"WooCommerce Customer Decision",
	)
	one_by_one = 25

	def __init__(self, run: int, store: str, series: SeriesBefore, born: datetime | None, company: str):
		super().__init__(run, series, company)
		self.store = store
		self.born = born
		self._reaching_out: set[int] = set()

	def refusal(self, message: str) -> Sentence:
		return Sentence("The site refuses to cancel it: {0}", message)

	def undo(self, order_ids: Sequence[int]) -> Undone:
		"""Undo these orders, newest first, as many as fit into one transaction. Nothing may be pending in the connection.

		:raises frappe.QueryDeadlockError: and others of the whole page: to be rolled back, and tried again
		"""
		units = self._read(order_ids)
		self._reaching_out = _reaching_out(units)
		earlier = earlier_versions(
			[row.reference.name for unit in units for row in unit.rows if row.reference.doctype == INVOICE]
		)
		earlier_orders = earlier_versions(
			[
				row.reference.name
				for unit in units
				for row in unit.rows
				if row.reference.doctype == SALES_ORDER
			],
			SALES_ORDER,
		)
		units = self.undo_units(units)
		gone = [unit for unit in units if not unit.kept]
		undone = Undone(
			[unit.order_id for unit in gone],
			[kept for unit in units for kept in unit.kept.values()],
			min(unit.order_id for unit in units),
		)
		names: dict[str, list[str]] = {doctype: [] for doctype in COLUMNS}
		for unit in gone:
			for row in unit.rows:
				names[row.reference.doctype].append(row.reference.name)
		forget_sales_orders(self.store, undone.orders, names[SALES_ORDER], earlier_orders)
		forget_orders(self.store, undone.orders, [*names[INVOICE], *names[PAYMENT]], self.born, earlier)
		self.poster.stamp()
		return undone

	def _read(self, order_ids: Sequence[int]) -> Sequence[Unit]:
		names = {
			doctype: frappe.db.sql(
				_NAMES.format(doctype=doctype), (self.run, self.store, order_ids), pluck=True
			)
			for doctype in COLUMNS
		}
		fresh_snapshot()  # the locks come first, so that what was read before them hides nothing
		units = {order_id: Unit(order_id) for order_id in sorted(order_ids, reverse=True)}
		for doctype, columns in COLUMNS.items():
			for row in lock_documents(doctype, names[doctype], columns):
				units[row.order_id].rows.append(row)
		for unit in units.values():
			# Payments before what they pay, credit notes before their invoice.
			unit.rows.sort(key=lambda row: (GO.index(row.reference.doctype), not row.is_return))
		return list(units.values())

	def own_users(self, users: Iterable[set[Reference]]) -> set[Reference]:
		""":returns: Journal Entries among them that nobody has written but ERPNext itself"""
		names = sorted({user.name for some in users for user in some if user.doctype == JOURNAL})
		own = frappe.db.sql(_OWN_JOURNAL, (names,), pluck=True) if names else ()
		return {Reference(JOURNAL, name) for name in own}

	def reasons(self, row: Row, users: Sequence[Reference]) -> Iterator[tuple[str, str]]:
		""":returns: what pays, credits or names the document, and who has changed it"""
		for doctype, name in users:
			run = frappe.db.get_value(doctype, name, "woo_run") if doctype in COLUMNS else 0
			if run and run != self.run:
				yield (
					"other_run",
					Sentence("{0} {1} of run {2} depends on it. Undo that run first.", doctype, name, run),
				)
			elif doctype in PAYING:
				yield "paid", Sentence("{0} {1} is allocated to it.", doctype, name)
			else:
				yield "linked", Sentence("{0} {1} links to it.", doctype, name)
		if not row.untouched:
			yield "edited", row.change

	def stands_alone(self, unit: Unit) -> bool:
		"""Whether it pays and credits its own invoices alone."""
		return unit.order_id not in self._reaching_out

	def forget(self, gone: Sequence[Reference]) -> None:
		for doctype, names in by_doctype(gone).items():
			self.series.note(doctype, names)
			for entries, has_number in _HAS_NUMBER.items():
				query = _ENTRIES.format(doctype=entries) + has_number
				self.series.note(entries, frappe.db.sql(query, (doctype, names), pluck=True))

	def delete(self, unit: Unit) -> None:
		"""Cancel everything, last first, then delete it."""
		self._touch_what_is_paid(unit)
		documents: list[Document] = []
		for row in unit.rows:
			doctype, name = row.reference
			self._note_series(doctype, name)
			journals = _journals_of(doctype, name)
			document = frappe.get_doc(doctype, name)
			if document.docstatus.is_submitted():
				cancel(document)
			# ERPNext has made and cancelled them by itself, for what is left of rounding between two currencies.
			for journal in journals:
				self._note_series(JOURNAL, journal)
				documents.append(frappe.get_doc(JOURNAL, journal))
			documents.append(document)
		for document in documents:
			delete(document)

	def _touch_what_is_paid(self, unit: Unit) -> None:
		"""Invoices of other runs, whose outstanding amounts change with our payments."""
		names = [row.reference.name for row in unit.rows]
		paid = frappe.db.sql(_AGAINST, {"names": names}, pluck=True) if names else ()
		for name in {*paid} - {None, *names}:
			self.poster.touch(INVOICE, name)
		billed = frappe.db.sql(_BILLED, {"names": names}, pluck=True) if names else ()
		for name in {*billed} - {None, ""}:
			self.poster.touch(SALES_ORDER, name)

	def _note_series(self, doctype: str, name: str) -> None:
		self.forget([Reference(doctype, name)])


def _reaching_out(units: Sequence[Unit]) -> set[int]:
	""":returns: ids of orders that pay, or credit, invoices that aren't theirs"""
	whose = {row.reference.name: unit.order_id for unit in units for row in unit.rows}
	linked = frappe.db.sql(_LINKED, {"names": list(whose)}) if whose else ()
	return {whose[name] for name, invoice in linked if whose.get(invoice) != whose[name]}


def _journals_of(doctype: str, name: str) -> list[str]:
	return get_linked_exchange_gain_loss_journal(referenced_dt=doctype, referenced_dn=name, je_docstatus=1)
