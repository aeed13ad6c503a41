"""What people have changed in our invoices and payments: recognised by Frappe's own trail, and kept where one follows another."""

import json

import frappe
from frappe.model.document import Document
from frappe.model.meta import Meta

from jarz_woocommerce_integration.ledger.erpnext.documents.fields import OF_THE_ORDER, ROWS_OF_THE_ORDER
from jarz_woocommerce_integration.sentences import Sentence

OUR_MODULE = "WooCommerce"
MOST_NAMED = 5
# Our own versions bear the time of our writes (`documents.posting`), so any later version is a person's.
_VERSIONS = """
SELECT version.owner, version.creation, version.data FROM `tab{doctype}` document
JOIN `tabVersion` version ON version.ref_doctype = %(doctype)s AND version.docname = document.name
	AND (document.woo_stamp IS NULL OR version.creation > document.woo_stamp)
WHERE document.name = %(name)s ORDER BY version.creation
"""


def edits_of(doctype: str, name: str) -> str:
	"""What people have changed in a document since our last write, as far as it isn't carried over to one that follows.

	:return: a sentence, "" for nothing
	"""
	meta = frappe.get_meta(doctype)
	labels: dict[str, None] = {}
	last = None
	for version in frappe.db.sql(
		_VERSIONS.format(doctype=doctype), {"doctype": doctype, "name": name}, as_dict=True
	):
		if found := _labels(meta, json.loads(version.data or "{}")):
			labels.update(dict.fromkeys(found))
			last = version
	if not last:
		return ""
	named = list(labels)
	what = ", ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")
	return Sentence(
		"{0} was changed here by {1} on {2:%Y-%m-%d %H:%M} ({3}), so it isn't overwritten.",
		name,
		last.owner,
		last.creation,
		what,
	)


def _labels(meta: Meta, data: dict) -> list[str]:
	"""The fields that one version changes, by their labels. What ERPNext works out is read-only, and no person's."""
	carried = _carried(meta)
	found = []
	for fieldname, *values in data.get("changed") or ():
		field = meta.get_field(fieldname)
		if field and not field.read_only and fieldname not in carried and _differ(*values):
			found.append(field.label or fieldname)
	for table, *_row in (*(data.get("added") or ()), *(data.get("removed") or ())):
		if table in ROWS_OF_THE_ORDER:
			found.append(meta.get_label(table))
	for table, _index, _row, changed in data.get("row_changed") or ():
		if table in ROWS_OF_THE_ORDER:
			child = frappe.get_meta(meta.get_field(table).options)
			found += [
				child.get_label(fieldname)
				for fieldname, *values in changed
				if (field := child.get_field(fieldname)) and not field.read_only and _differ(*values)
			]
	return found


def _differ(old=None, new=None) -> bool:
	"""Whether a person would see a change: what a form writes anew (nothing as 0, its own line breaks) is none."""
	return _seen(old) != _seen(new)


def _seen(value) -> str:
	if value in (None, "", 0, "0"):
		return ""
	try:
		return f"{float(value):.9f}" if float(value) else ""
	except (TypeError, ValueError):
		return " ".join(str(value).split())


def _carried(meta: Meta) -> set[str]:
	"""What people may add to an invoice that we booked, and one that follows it keeps: all but what the order writes.

	As where a person amends, what isn't copied is taken over as well; but not what another app doesn't want to be copied.
	"""
	return {
		field.fieldname
		for field in meta.fields
		if (field.allow_on_submit or (_is_of_the_site(field) and not field.no_copy))
		and field.fieldname not in OF_THE_ORDER
	}


def _is_of_the_site(field) -> bool:
	return bool(field.get("is_custom_field")) and field.get("module") != OUR_MODULE


def succeed(document: Document, before: Document) -> None:
	"""Make a new invoice the one that follows a cancelled one, with what people added to that one."""
	document.amended_from = before.name
	document.naming_series = before.naming_series
	document.update_stock = before.update_stock
	document.set_warehouse = before.set_warehouse
	if document.currency == before.currency:
		# So that payments of the old invoice settle the new one.
		document.conversion_rate = before.conversion_rate
		document.debit_to = before.debit_to
	if document.customer == before.customer:
		for field in ("customer_address", "shipping_address_name"):
			document.set(field, document.get(field) or before.get(field))
	carry_over(document, before)


def carry_over(document: Document, before: Document) -> None:
	"""Give a document that follows a cancelled one what people added to that one."""
	for fieldname in _carried(document.meta):
		value = before.get(fieldname)
		if not value or document.get(fieldname):
			continue
		if isinstance(value, list):
			value = [row.as_dict(no_default_fields=True, no_nulls=True) for row in value]
		document.set(fieldname, value)
