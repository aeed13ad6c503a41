"""Who links to documents: the check that Frappe makes before it deletes a document, for many at once.

Frappe runs about a hundred queries for each document, many of them through a whole table. The same queries, with
all names in each, cost as much for a batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import frappe
from frappe.model.dynamic_links import get_dynamic_link_map
from frappe.model.rename_doc import get_link_fields

# These are entries, not documents: their voucher is what links.
ENTRIES = ("GL Entry", "Payment Ledger Entry", "Stock Ledger Entry", "Advance Payment Ledger Entry")


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


def links_to(doctype: str, names: Iterable[str], ignored: Iterable[str] = ()) -> dict[str, set[Reference]]:
	"""The documents that would keep Frappe from deleting these, by name. One may link to itself.

	:param ignored: DocTypes whose links don't count, beside those that Frappe ignores
	"""
	found: dict[str, set[Reference]] = {name: set() for name in names}
	if not found:
		return {}
	skipped = {*frappe.get_hooks("ignore_links_on_delete"), *ignored}
	for linked in (
		*_by_link(doctype, list(found), skipped),
		*_by_dynamic_link(doctype, list(found), skipped),
	):
		if linked.by.doctype not in skipped:
			found[linked.name].add(linked.by)
	return found


def _by_link(doctype: str, names: list[str], skipped: set[str]) -> Iterator[Linked]:
	for field in get_link_fields(doctype):
		other, fieldname = field["parent"], field["fieldname"]
		if other in skipped or not _is_there(other):
			continue
		if field["issingle"]:
			value = frappe.db.get_single_value(other, fieldname)
			if value in names:
				yield Linked(value, Reference(other, other))
			continue
		# Through the document itself, whose name may be written otherwise in what links to it.
		yield from _found(
			f"SELECT target.name, {_columns_of(other)} FROM `tab{other}` link JOIN `tab{doctype}` target"
			f" ON target.name = link.`{fieldname}` WHERE link.`{fieldname}` IN %(names)s",
			{"names": names},
		)


def _by_dynamic_link(doctype: str, names: list[str], skipped: set[str]) -> Iterator[Linked]:
	"""Cancelled documents don't count here, as for Frappe."""
	for field in get_dynamic_link_map().get(doctype, ()):
		other = field.parent
		if other in skipped or not _is_there(other):
			continue
		if frappe.get_meta(other).issingle:
			values = frappe.db.get_singles_dict(other)
			if values.get(field.options) == doctype and values.get(field.fieldname) in names:
				yield Linked(values[field.fieldname], Reference(other, other))
			continue
		yield from _found(
			f"SELECT target.name, {_columns_of(other)} FROM `tab{other}` link JOIN `tab{doctype}` target"
			f" ON target.name = link.`{field.fieldname}`"
			f" WHERE link.`{field.options}` = %(doctype)s AND link.`{field.fieldname}` IN %(names)s"
			" AND link.docstatus <> 2",
			{"doctype": doctype, "names": names},
		)


def _is_there(doctype: str) -> bool:
	"""A field that an app left behind may name a DocType that is gone."""
	try:
		frappe.get_meta(doctype)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return False
	return True


def _columns_of(doctype: str) -> str:
	"""DocType and name of the document to which a row of this table belongs."""
	if doctype in ENTRIES:
		return "link.voucher_type, link.voucher_no"
	if frappe.get_meta(doctype).istable:
		return "link.parenttype, link.parent"
	return f"'{doctype}', link.name"


def _found(query: str, values: dict) -> list[Linked]:
	return [Linked(name, Reference(doctype, other)) for name, doctype, other in frappe.db.sql(query, values)]
