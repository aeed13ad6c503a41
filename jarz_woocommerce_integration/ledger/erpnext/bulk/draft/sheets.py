"""An order's vouchers on paper: what the ledger would hand to ERPNext as documents, completed by the tables of rules.

The ledger's own code fills the sheets (`ERPNextBooks`, `Invoices`, `Payments`), so that what an order says is said in one
place; what ERPNext makes of it is said in the modules of the DocTypes, column by column.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.naming import make_autoname
from frappe.utils.html_utils import sanitize_html

Rules = dict[str, Callable[["Sheet"], Any]]
CHILDREN = {
	"Sales Invoice": {
		"items": "Sales Invoice Item",
		"taxes": "Sales Taxes and Charges",
		"payments": "Sales Invoice Payment",
	},
	"Payment Entry": {"references": "Payment Entry Reference", "deductions": "Payment Entry Deduction"},
	"Contact": {"email_ids": "Contact Email", "phone_nos": "Contact Phone", "links": "Dynamic Link"},
	"Address": {"links": "Dynamic Link"},
}
# Frappe's filter lets these types be.
_UNFILTERED = ("Attach", "Attach Image", "Barcode", "Code")
_EMAIL = ("Data", "Small Text", "Text")


class Sheet:
	"""One row on paper: fields as attributes; one that nobody has filled in is None.

	:ivar parent_sheet: of a row; :ivar site: what is the same for all (`SiteFacts`)
	"""

	def __init__(self, values: dict, parent_sheet: "Sheet | None" = None, site=None):
		self.__dict__.update(values)
		self.parent_sheet = parent_sheet
		self.site = site
		for table in CHILDREN.get(values["doctype"], ()):
			self.__dict__[table] = []
			for row in values.get(table, ()):
				self.append(table, row)

	def __getattr__(self, name: str) -> None:
		if name.startswith("__"):
			raise AttributeError(name)

	def get(self, name: str, default=None) -> Any:
		return self.__dict__.get(name, default)

	def update(self, values: dict) -> None:
		self.__dict__.update(values)

	def append(self, table: str, values: dict) -> None:
		rows = self.__dict__[table]
		row = Sheet({**values, "doctype": CHILDREN[self.doctype][table]}, self, self.site)
		row.name = make_autoname("hash")
		row.idx = len(rows) + 1
		rows.append(row)

	def rows(self) -> Iterator["Sheet"]:
		for table in CHILDREN.get(self.doctype, ()):
			yield from self.__dict__[table]

	def precision(self, _fieldname: str, _table: str | None = None) -> int:
		return self.site.precision

	def fill(self, rules: Rules) -> None:
		"""Complete it by a table of rules, from its top to its bottom."""
		for column, rule in rules.items():
			self.__dict__[column] = rule(self)


def clean(sheet: Sheet) -> None:
	"""What Frappe's filter makes of a draft's texts (`documents.posting.sanitise`)."""
	for part in (sheet, *sheet.rows()):
		for field, value in part.__dict__.items():
			if type(value) is str and ("<" in value or ">" in value):
				part.__dict__[field] = clean_text(part.doctype, field, value)


def clean_text(doctype: str, fieldname: str, value: str) -> str:
	"""What Frappe's filter (`BaseDocument._sanitize_content`) makes of a text in a draft."""
	if "<!-- markdown -->" in value:
		raise CantBeBulkError("a text with Markdown")
	field = frappe.get_meta(doctype).get_field(fieldname)
	if field and (
		field.get("ignore_xss_filter")
		or (field.fieldtype in _EMAIL and field.get("options") == "Email")
		or field.fieldtype in _UNFILTERED
	):
		return value
	return sanitize_html(value, linkify=bool(field) and field.fieldtype == "Text Editor")


class CantBeBulkError(Exception):
	"""One order is for documents. :ivar reason: a few words for the run's list, without names of persons"""

	def __init__(self, reason: str):
		super().__init__(reason)
		self.reason = reason


def decimal_of(number: float) -> Decimal:
	return Decimal(str(number))
