"""Checks a row for values that the database or Frappe would refuse, before anything is written."""

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.utils import strip_html

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.site_state import TABLES
from jarz_woocommerce_integration.ledger.erpnext.values import LARGEST

# Of the column kinds without a length of their own, in bytes.
LONGEST_TEXT = 65535
_LENGTHS = """
SELECT column_name, character_maximum_length FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s AND data_type = 'varchar'
"""


@dataclass(slots=True)
class Columns:
	"""What the columns of one table may hold.

	:ivar lengths: of texts with a length of their own; :ivar shortest: the least of them; :ivar mandatory: that may not be empty
	:ivar options: of selections; :ivar links: column -> DocType of which it names a document
	"""

	lengths: dict[str, int]
	mandatory: list[str]
	options: dict[str, set[str]]
	links: dict[str, str]
	shortest: int = field(init=False)

	def __post_init__(self):
		self.shortest = min(self.lengths.values(), default=0)


def check(plan: Plan, site: SiteFacts) -> None:
	"""
	:raises NeedsDocumentsError: a text is too long, an amount too large, a value missing, no option, or the name of nothing
	"""
	for table, rows in plan.rows.items():
		columns = _columns_of(table, site)
		for row in rows:
			values = row.values
			for column, value in values.items():
				kind = type(value)
				if kind is str:
					if len(value) > columns.shortest:
						_check_text(column, value, columns.lengths.get(column))
				elif kind is float and not abs(value) < LARGEST:
					raise NeedsDocumentsError(f"an amount that is too large for {column}")
			for column in columns.mandatory:
				if column in values and _is_empty(values[column]):
					raise NeedsDocumentsError(f"nothing in {column}, which is mandatory")
			for column, options in columns.options.items():
				if values.get(column) and values[column] not in options:
					raise NeedsDocumentsError(f"a value of {column} that isn't an option")
			for column, doctype in columns.links.items():
				if values.get(column) and not site.has(doctype, values[column]):
					raise NeedsDocumentsError(f"a {doctype} that is missing, or written otherwise")


def _check_text(column: str, text: str, length: int | None) -> None:
	if length is not None:
		is_too_long = len(text) > length
	else:
		is_too_long = len(text) * 4 > LONGEST_TEXT and len(text.encode()) > LONGEST_TEXT
	if is_too_long:
		raise NeedsDocumentsError(f"a text that is too long for {column}")


def _is_empty(value: Any) -> bool:
	"""As `BaseDocument._get_missing_mandatory_fields`, which takes markup without a text for nothing."""
	if type(value) is not str:
		return value is None
	return not value.strip() or ("<" in value and not strip_html(value).strip())


def _columns_of(table: str, site: SiteFacts) -> Columns:
	if table not in site.columns:
		site.columns[table] = _read_columns(table)
	return site.columns[table]


def known_links(table: str) -> dict[str, str]:
	"""Column -> DocType of which it names a document, of those that are held to the site's names."""
	return _read_columns(table).links


def _read_columns(table: str) -> Columns:
	"""The links are those to DocTypes that `site_state` watches: names of others are read with each page."""
	lengths = dict(frappe.db.sql(_LENGTHS, (frappe.conf.db_name, table)))
	if table == "tabSeries":
		return Columns(lengths, [], {}, {})
	meta = frappe.get_meta(table.removeprefix("tab"))
	selections = {
		field.fieldname: set(field.options.split("\n")) for field in meta.get_select_fields() if field.options
	}
	return Columns(
		lengths,
		[field.fieldname for field in meta.fields if field.reqd],
		{name: options for name, options in selections.items() if any(options) and name != "naming_series"},
		{field.fieldname: field.options for field in meta.get_link_fields() if field.options in TABLES},
	)
