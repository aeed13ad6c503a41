"""Takes back what a run booked for orders: each order wholly or not at all.

An order stays, and is listed with the reason, where somebody has touched or used one of its documents since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import frappe
from erpnext.accounts.utils import get_linked_exchange_gain_loss_journal
from frappe.model.document import Document

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import (
	cancel,
	delete,
	deletion_settings,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.links import Reference, links_to
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, refusal_of
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.order_map import (
	earlier_versions,
	forget_orders,
)
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"
JOURNAL = "Journal Entry"
VOUCHERS = (PAYMENT, INVOICE)
PAYING = (PAYMENT, JOURNAL)
# They name the invoices of orders, and go with the order.
OWN_LISTS = ("WooCommerce Order Map", "WooCommerce Order Map Credit Note", "WooCommerce Customer Decision")
LONGEST_REASON = 300

# How the documents of a run are left, by their primary keys: the lock waits for whoever is writing one, and for no other.
_DOCUMENTS = """
SELECT name, woo_order_id AS order_id, docstatus, modified, modified_by, modified <=> woo_stamp AS untouched,
	{is_return} AS is_return FROM `tab{doctype}` WHERE name IN %s ORDER BY name FOR UPDATE
"""
_NAMES = "SELECT name FROM `tab{doctype}` WHERE woo_run = %s AND woo_store = %s AND woo_order_id IN %s"
_ENTRIES = "SELECT name FROM `tab{doctype}` WHERE voucher_type = %s AND voucher_no IN %s"
_AGAINST = """
SELECT reference_name FROM `tabPayment Entry Reference` WHERE parent IN %(names)s AND reference_doctype = 'Sales Invoice'
UNION SELECT return_against FROM `tabSales Invoice` WHERE name IN %(names)s AND is_return = 1
"""
_OWN_JOURNAL = """
SELECT name FROM `tabJournal Entry` WHERE name IN %s AND voucher_type = 'Exchange Gain Or Loss' AND is_system_generated = 1
"""


@dataclass(frozen=True, slots=True)
class Kept:
	"""A document that an undo leaves where it is.

	:ivar order_id: 0 for customers, contacts, addresses and items
	:ivar kind: "edited", "paid", "linked", "other_run", "together" (with another one that stays), or the site's rule
	:ivar reason: the same as a sentence for people
	"""

	doctype: str
	name: str
	order_id: int
	kind: str
	reason: str


class Row(NamedTuple):
	"""One document of a run. :ivar untouched: nobody has written it since our last write"""

	doctype: str
	name: str
	order_id: int
	docstatus: int
	untouched: bool
	modified_by: str
	modified: object
	is_return: bool

	@property
	def reference(self) -> Reference:
		return Reference(self.doctype, self.name)


@dataclass
class Unit:
	"""What goes together or stays together: the documents of one order, in the order in which they go."""

	order_id: int
	rows: list[Row] = field(default_factory=list)
	kept: list[Kept] = field(default_factory=list)

	def keep(self, row: Row, kind: str, reason: str) -> None:
		self.kept.append(Kept(row.doctype, row.name, self.order_id, kind, reason[:LONGEST_REASON]))


@dataclass
class Taken:
	"""What became of one batch. :ivar orders: ids of those that are taken back"""

	orders: list[int] = field(default_factory=list)
	kept: list[Kept] = field(default_factory=list)


class OrdersUndo:
	"""Takes back orders of one run, in a transaction that its user commits. Called in the environment of a booking.

	:param born: rows of the Order Map that are older were made by earlier runs, whose orders they stay
	"""

	def __init__(self, run: int, store: str, series: SeriesBefore, born):
		self.run = run
		self.store = store
		self.series = series
		self.born = born
		self.poster = Poster(historical=True)

	def take_back(self, order_ids: Sequence[int]) -> Taken:
		"""Take back these orders, newest first. Nothing may be pending in the connection.

		:raises frappe.QueryDeadlockError: and others of the whole page: to be rolled back, and tried again
		"""
		compat.forget_dynamic_links()  # what is linked for the first time since then is seen, too
		units = self._read(order_ids)
		self._check(units)
		earlier = earlier_versions(
			[row.name for unit in units for row in unit.rows if row.doctype == INVOICE]
		)
		taken = Taken()
		for unit in units:
			if not unit.kept:
				self._take_back(unit)
			if unit.kept:
				taken.kept += _with_the_others(unit)
			else:
				taken.orders.append(unit.order_id)
		gone = [row.name for unit in units if not unit.kept for row in unit.rows]
		forget_orders(self.store, taken.orders, gone, self.born, earlier)
		self.poster.stamp()
		return taken

	# --- what is there ---

	def _read(self, order_ids: Sequence[int]) -> list[Unit]:
		names = {
			doctype: frappe.db.sql(
				_NAMES.format(doctype=doctype), (self.run, self.store, order_ids), pluck=True
			)
			for doctype in VOUCHERS
		}
		fresh_snapshot()  # the locks come first, so that what was read before them hides nothing
		units = {order_id: Unit(order_id) for order_id in sorted(order_ids, reverse=True)}
		for doctype in VOUCHERS:
			for row in _rows(doctype, names[doctype]):
				units[row.order_id].rows.append(row)
		for unit in units.values():
			# Payments before what they pay, credit notes before their invoice.
			unit.rows.sort(key=lambda row: (row.doctype == INVOICE, not row.is_return))
		return list(units.values())

	def _check(self, units: Sequence[Unit]) -> None:
		"""Ask for all orders at once who has touched or used their documents."""
		links: dict[Reference, set[Reference]] = {}
		for doctype in VOUCHERS:
			names = [row.name for unit in units for row in unit.rows if row.doctype == doctype]
			for name, by in links_to(doctype, names, OWN_LISTS).items():
				links[Reference(doctype, name)] = by
		own_journals = _own_journals(links.values())
		for unit in units:
			inside = {row.reference for row in unit.rows} | own_journals
			for row in unit.rows:
				for other in sorted(links[row.reference] - inside):
					self._keep_linked(unit, row, other)
				if not (row.untouched or any(kept.name == row.name for kept in unit.kept)):
					unit.keep(
						row, "edited", f"Changed by {row.modified_by} on {row.modified:%Y-%m-%d %H:%M:%S}."
					)

	def _keep_linked(self, unit: Unit, row: Row, other: Reference) -> None:
		run = 0
		if other.doctype in VOUCHERS:
			run = frappe.db.get_value(other.doctype, other.name, "woo_run") or 0
		if run and run != self.run:
			unit.keep(
				row,
				"other_run",
				f"{other.doctype} {other.name} of run {run} builds on it. Undo that run first.",
			)
		elif other.doctype in PAYING:
			unit.keep(row, "paid", f"{other.doctype} {other.name} is allocated to it.")
		else:
			unit.keep(row, "linked", f"{other.doctype} {other.name} links to it.")

	# --- one order ---

	def _take_back(self, unit: Unit) -> None:
		names = [row.name for row in unit.rows]
		for name in set(frappe.db.sql(_AGAINST, {"names": names}, pluck=True)) - {None, *names}:
			self.poster.touch(
				INVOICE, name
			)  # another run's, whose outstanding amount changes with our payment
		try:
			with self.poster.savepoint("woo_undo"), deletion_settings():
				self._delete(unit)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Whatever the site's own rules, scripts and other apps raise: this one order stays, and is listed.
			refusal = refusal_of(error)
			kind = getattr(refusal, "reason", "not_possible")
			unit.keep(unit.rows[-1], kind, f"The site refuses to cancel it: {refusal.message}")
			for row in unit.rows:
				frappe.clear_document_cache(row.doctype, row.name)
		finally:
			frappe.clear_messages()

	def _delete(self, unit: Unit) -> None:
		"""Cancel everything, last first, then delete it."""
		documents: list[Document] = []
		for row in unit.rows:
			self._note_series(row.doctype, row.name)
			journals = _journals_of(row.doctype, row.name)
			document = frappe.get_doc(row.doctype, row.name)
			if document.docstatus.is_submitted():
				cancel(document)
			# ERPNext has made and cancelled them by itself, for what is left of rounding between two currencies.
			for name in journals:
				self._note_series(JOURNAL, name)
				documents.append(frappe.get_doc(JOURNAL, name))
			documents.append(document)
		for document in documents:
			delete(document)

	def _note_series(self, doctype: str, name: str) -> None:
		self.series.note(doctype, [name])
		for entries in ("GL Entry", "Payment Ledger Entry"):
			query = _ENTRIES.format(doctype=entries)
			self.series.note(entries, frappe.db.sql(query, (doctype, [name]), pluck=True))


def _rows(doctype: str, names: Sequence[str]) -> list[Row]:
	if not names:
		return []
	query = _DOCUMENTS.format(doctype=doctype, is_return="is_return" if doctype == INVOICE else "0")
	return [
		Row(
			doctype,
			row.name,
			row.order_id,
			row.docstatus,
			bool(row.untouched),
			row.modified_by,
			row.modified,
			bool(row.is_return),
		)
		for row in frappe.db.sql(query, (names,), as_dict=True)
	]


def _own_journals(links: Iterable[set[Reference]]) -> set[Reference]:
	"""Journal Entries among these that nobody has written but ERPNext itself."""
	names = sorted({other.name for by in links for other in by if other.doctype == JOURNAL})
	own = frappe.db.sql(_OWN_JOURNAL, (names,), pluck=True) if names else ()
	return {Reference(JOURNAL, name) for name in own}


def _journals_of(doctype: str, name: str) -> list[str]:
	return get_linked_exchange_gain_loss_journal(referenced_dt=doctype, referenced_dn=name, je_docstatus=1)


def _with_the_others(unit: Unit) -> list[Kept]:
	"""What is kept of an order, with the documents that stay only because the others do."""
	named = {(kept.doctype, kept.name) for kept in unit.kept}
	by_document: dict[tuple[str, str], Kept] = {}
	for kept in unit.kept:
		by_document.setdefault((kept.doctype, kept.name), kept)
	cause = unit.kept[0]
	for row in unit.rows:
		if row.reference not in named:
			reason = f"Stays with {cause.doctype} {cause.name} of the same order."
			by_document[row.reference] = Kept(row.doctype, row.name, unit.order_id, "together", reason)
	return list(by_document.values())
