"""What documents do after a commit, for the rows that were written instead of them: the search finds them, counters are asked anew."""

from collections.abc import Sequence

import frappe
from frappe.desk.notifications import clear_doctype_notifications
from frappe.utils.global_search import get_formatted_value

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan, Planned, Template

SERIES = "Series"  # no DocType
# What the documents of other orders of the page read.
MASTERS = ("Customer", "Contact", "Address")


class Afterwards:
	"""Keeps what is to be done until the page is committed: the search's queue knows no rollback."""

	def __init__(self):
		self._written: list[tuple[Plan, dict[tuple, Template]]] = []

	def note(self, plans: Sequence[Plan], templates: dict[tuple, Template]) -> None:
		self._written += [(plan, templates) for plan in plans]

	def forget(self) -> None:
		"""The transaction was rolled back. ERPNext's own documents may have read, and so cached, what was written as rows."""
		for doctype in MASTERS:
			table = f"tab{doctype}"
			names = [row.values["name"] for plan, _t in self._written for row in plan.rows.get(table, ())]
			if names:
				compat.forget_cached(doctype, names)
		self._written.clear()

	def apply(self) -> None:
		"""The transaction is committed."""
		written, self._written = self._written, []
		if not written:
			return
		doctypes = {table.removeprefix("tab") for plan, _templates in written for table in plan.rows} - {
			SERIES
		}
		for doctype in doctypes:
			if not frappe.get_meta(doctype).istable:
				clear_doctype_notifications(doctype)
		compat.add_to_search(
			[value for plan, templates in written for value in search_values(plan, templates)]
		)


def search_values(plan: Plan, templates: dict[tuple, Template]) -> list[dict]:
	"""What `update_global_search` would put into its queue for each document of a plan."""
	values = []
	for table, rows in plan.rows.items():
		if table == f"tab{SERIES}":
			continue
		meta = frappe.get_meta(table.removeprefix("tab"))
		if meta.istable:
			continue
		fields = _search_fields(meta.name)
		for row in rows:
			content = _content(row, table, fields, templates)
			for child in _searched_children(meta.name):
				content += _content_of_children(plan, child, row.values["name"], templates)
			if content:
				values.append(
					{
						"doctype": meta.name,
						"name": row.values["name"],
						"content": " ||| ".join(content),
						"published": 0,
						"title": _title(row, table, meta, templates)[: int(frappe.db.VARCHAR_LEN)],
						"route": None,
					}
				)
	return values


def _search_fields(doctype: str) -> list:
	known = compat.known_in_process("woo_bulk_search_fields")
	if doctype not in known:
		known[doctype] = [
			field
			for field in frappe.get_meta(doctype).get_global_search_fields()
			if field.fieldtype not in frappe.model.table_fields
		]
	return known[doctype]


def _searched_children(doctype: str) -> list[str]:
	known = compat.known_in_process("woo_bulk_searched_children")
	if doctype not in known:
		children = [field.options for field in frappe.get_meta(doctype).get_table_fields()]
		known[doctype] = [child for child in children if _search_fields(child)]
	return known[doctype]


def _content_of_children(
	plan: Plan, doctype: str, parent: str, templates: dict[tuple, Template]
) -> list[str]:
	table = f"tab{doctype}"
	rows = [row for row in plan.rows.get(table, ()) if row.values["parent"] == parent]
	fields = _search_fields(doctype) if rows else ()
	return [text for row in rows for text in _content(row, table, fields, templates)]


def _content(row: Planned, table: str, fields, templates: dict[tuple, Template]) -> list[str]:
	values = ((field, _value(row, table, field.fieldname, templates)) for field in fields)
	return [get_formatted_value(value, field) for field, value in values if value]


def _title(row: Planned, table: str, meta, templates: dict[tuple, Template]) -> str:
	return str(_value(row, table, meta.get_title_field(), templates) or "")


def _value(row: Planned, table: str, column: str, templates: dict[tuple, Template]):
	if column in row.values:
		return row.values[column]
	return templates[table, row.kind].constants.get(column)
