"""Who links to documents: the check that Frappe makes before it deletes a document, for many at once.

Frappe runs about a hundred queries for each document, many of them through a whole table. The same queries, with
all names in each, cost as much for a batch; and tables without a row needn't be asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import frappe
from frappe.model.dynamic_links import get_dynamic_links
from frappe.model.rename_doc import get_link_fields

from jarz_woocommerce_integration.ledger.erpnext.undo.tables import FilledTables

# These are entries, not documents: their voucher is what links.
ENTRIES = ("GL Entry", "Payment Ledger Entry", "Stock Ledger Entry", "Advance Payment Ledger Entry")
_DOCTYPES = "SELECT name, issingle, istable FROM `tabDocType` WHERE is_virtual = 0"


class Reference(NamedTuple):
	"""One document, as another one names it."""

	doctype: str
	name: str


def by_doctype(references: Iterable[Reference]) -> dict[str, list[str]]:
	"""Names of documents by their DocType."""
	names: dict[str, list[str]] = defaultdict(list)
	for reference in references:
		names[reference.doctype].append(reference.name)
	return names


class Linked(NamedTuple):
	"""A document and one that links to it."""

	name: str
	by: Reference


class LinkField(NamedTuple):
	"""A field that may name a document. :ivar options: of a dynamic link, the field that names the DocType"""

	doctype: str
	fieldname: str
	options: str = ""


class Links:
	"""Finds what links to documents. Which DocTypes and fields the site has is read once."""

	def __init__(self, tables: FilledTables):
		self.tables = tables
		self._skipped = set(frappe.get_hooks("ignore_links_on_delete"))
		rows = frappe.db.sql(_DOCTYPES)
		# A field that an app left behind may name a DocType that is gone.
		self._singles = {name for name, is_single, _is_table in rows if is_single}
		self._documents = {name for name, is_single, _is_table in rows if not is_single}
		self._children = {name for name, _is_single, is_table in rows if is_table}
		self._dynamic = [
			LinkField(field.parent, field.fieldname, field.options) for field in get_dynamic_links()
		]

	def to(
		self, doctype: str, names: Iterable[str], ignored: Iterable[str] = ()
	) -> dict[str, set[Reference]]:
		"""The documents that would keep Frappe from deleting these, by name. One may link to itself.

		:param ignored: DocTypes whose links don't count, beside those that Frappe ignores
		"""
		found: dict[str, set[Reference]] = {name: set() for name in names}
		if not found:
			return {}
		skipped = {*self._skipped, *ignored}
		fields = [LinkField(field["parent"], field["fieldname"]) for field in get_link_fields(doctype)]
		fields = [field for field in (*fields, *self._dynamic) if field.doctype not in skipped]
		for linked in (
			*self._from_singles(doctype, fields, found),
			*self._from_tables(doctype, fields, found),
		):
			if linked.by.doctype not in skipped:
				found[linked.name].add(linked.by)
		return found

	def _from_singles(
		self, doctype: str, fields: Iterable[LinkField], names: Iterable[str]
	) -> Iterator[Linked]:
		for single, fieldname, options in fields:
			if single in self._singles:
				values = frappe.db.get_singles_dict(single)
				if values.get(fieldname) in names and (not options or values.get(options) == doctype):
					yield Linked(values[fieldname], Reference(single, single))

	def _from_tables(
		self, doctype: str, fields: Iterable[LinkField], names: Iterable[str]
	) -> Iterator[Linked]:
		filled = self.tables.among({field.doctype for field in fields} & self._documents)
		values = {"doctype": doctype, "names": list(names)}
		for other, fieldname, options in fields:
			if other not in filled:
				continue
			# Through the document itself, whose name may be written otherwise in what links to it.
			query = (
				f"SELECT DISTINCT target.name, {self._columns_of(other)} FROM `tab{other}` link JOIN `tab{doctype}` target"
				f" ON target.name = link.`{fieldname}` WHERE link.`{fieldname}` IN %(names)s"
			)
			if other in ENTRIES:  # a voucher's own are most of them, and are no news
				query += " AND NOT (link.voucher_type = %(doctype)s AND link.voucher_no = target.name)"
			if options:  # cancelled documents don't count there, as for Frappe
				query += f" AND link.`{options}` = %(doctype)s AND link.docstatus <> 2"
			for name, by_doctype, by_name in frappe.db.sql(query, values):
				yield Linked(name, Reference(by_doctype, by_name))

	def _columns_of(self, doctype: str) -> str:
		"""DocType and name of the document to which a row of this table belongs."""
		if doctype in ENTRIES:
			return "link.voucher_type, link.voucher_no"
		if doctype in self._children:
			return "link.parenttype, link.parent"
		return f"'{doctype}', link.name"
