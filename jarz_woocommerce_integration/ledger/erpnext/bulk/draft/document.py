"""Draft documents: what the ledger would hand to ERPNext as documents, completed by the tables of rules.

The ledger's own code fills them (`NewOrders`, `OrderMasters`), so that what an order says is said in one place. What ERPNext makes
of it is said in the modules of the DocTypes, column by column.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import frappe
from frappe.model.naming import make_autoname
from frappe.utils.html_utils import sanitize_html

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import DETAILS

# Column -> its value, of a draft document or of an entry.
Rules = dict[str, Callable[[Any], Any]]
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
# Types whose values ERPNext takes as they are. It checks those of a Data field with options (Email, Phone).
PLAIN_TYPES = (
	*("Data", "Small Text", "Text", "Long Text"),
	*("Int", "Float", "Percent", "Currency", "Check", "Date", "Datetime"),
)
# Fields that are read and that not each document is given. What is neither given nor named here is a mistake of ours.
NOT_ALWAYS_GIVEN = {
	"Sales Invoice": (
		"amended_from",
		"return_against",
		"payment_terms_template",
		"update_outstanding_for_self",
		"is_returned",
		"woo_refund_id",
		"woo_fingerprint",
		"woo_untaxed_amount",
		"woo_refunded_by_amount",
		*DETAILS,
	),
	"Sales Invoice Item": ("item_tax_template", "sales_invoice_item"),
	"Payment Entry": ("conversion_rate",),
	"Customer": (
		"woo_customer_id",
		"woo_phone_text",
		"customer_primary_contact",
		"email_id",
		"mobile_no",
		"customer_primary_address",
		"primary_address",
	),
	"Dynamic Link": ("link_title",),
}
# Frappe's filter lets these types be.
_UNFILTERED = ("Attach", "Attach Image", "Barcode", "Code")
_EMAIL = ("Data", "Small Text", "Text")


class DraftDocument:
	"""One document, or one row of it, that is stored nowhere. Fields are attributes, as of a `Document`.

	:ivar parent_document: of a row; :ivar site: what is the same for all (`SiteFacts`)
	:ivar series: (naming series, number) that its name takes, None for none
	:ivar mapped: the merchant's own fields that are columns of it
	"""

	if TYPE_CHECKING:  # fields are those of the DocType, whichever that is

		def __getattr__(self, name: str) -> Any: ...

		def __setattr__(self, name: str, value: Any) -> None: ...

	def __init__(self, values: dict, parent_document: Any = None, site: Any = None):
		doctype = values["doctype"]
		self.__dict__.update(dict.fromkeys(NOT_ALWAYS_GIVEN.get(doctype, ())))
		self.__dict__.update(values)
		self.parent_document = parent_document
		self.site = site
		self.series: tuple[str, int] | None = None
		self.mapped: tuple[str, ...] = ()
		for table in CHILDREN.get(doctype, ()):
			self.__dict__[table] = []
			for row in values.get(table, ()):
				self.append(table, row)

	def get(self, name: str, default=None) -> Any:
		return self.__dict__.get(name, default)

	def update(self, values: dict) -> None:
		self.__dict__.update(values)

	def append(self, table: str, values: dict) -> None:
		rows = self.__dict__[table]
		row = DraftDocument({**values, "doctype": CHILDREN[self.doctype][table]}, self, self.site)
		row.update({"name": make_autoname("hash"), "idx": len(rows) + 1})
		rows.append(row)

	def rows(self) -> Iterator["DraftDocument"]:
		for table in CHILDREN.get(self.doctype, ()):
			yield from self.__dict__[table]

	def precision(self, _fieldname: str, _table: str | None = None) -> int:
		return self.site.precision

	def fill(self, rules: Rules) -> None:
		"""Complete it by a table of rules, from its top to its bottom."""
		for column, rule in rules.items():
			self.__dict__[column] = rule(self)

	def columns(self, rules: Rules) -> dict[str, Any]:
		"""The values of the columns that a table of rules names, and of the merchant's own."""
		return {column: self.__dict__[column] for column in (*rules, *self.mapped)}

	def map(self, fields: Iterable[str]) -> None:
		"""Make these fields columns of it.

		:raises NeedsDocumentsError: ERPNext checks what is in one, or takes other fields from it
		"""
		self.mapped = tuple(fields)
		for field in self.mapped:
			definition = frappe.get_meta(self.doctype).get_field(field)
			checked = definition and definition.fieldtype == "Data" and definition.options
			if checked or not definition or definition.fieldtype not in PLAIN_TYPES:
				raise NeedsDocumentsError(f"a value of {field}, which isn't a plain field")


def clean(document: DraftDocument) -> None:
	"""What Frappe's filter makes of a draft's texts (`documents.posting.sanitise`)."""
	for each in (document, *document.rows()):
		for field, value in each.__dict__.items():
			if type(value) is str and ("<" in value or ">" in value):
				each.__dict__[field] = clean_text(each.doctype, field, value)


def clean_text(doctype: str, fieldname: str, value: str) -> str:
	"""What Frappe's filter (`BaseDocument._sanitize_content`) makes of a text in a draft."""
	if "<!-- markdown -->" in value:
		raise NeedsDocumentsError("a text with Markdown")
	field = frappe.get_meta(doctype).get_field(fieldname)
	if field and (
		field.get("ignore_xss_filter")
		or (field.fieldtype in _EMAIL and field.get("options") == "Email")
		or field.fieldtype in _UNFILTERED
	):
		return value
	return sanitize_html(value, linkify=bool(field) and field.fieldtype == "Text Editor")


def given(column: str) -> Callable[[DraftDocument], Any]:
	"""The rule of a column that stays as the order has it."""
	return lambda document: getattr(document, column)


def all_given(*columns: str) -> Rules:
	return {column: given(column) for column in columns}


def decimal_of(number: float) -> Decimal:
	return Decimal(str(number))
