"""Which fields of the site an order may fill, and the rows of a store's form as the policy has them."""

import frappe
from frappe.model.document import Document
from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import PolicyError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.fields.mapping import (
	DOCTYPES,
	LINES,
	MADE_ONCE,
	FieldKind,
	Target,
	is_path,
)

# The module of this app's own fields, which an order fills anyway.
OUR_MODULE = "WooCommerce"
# Fields of ERPNext's own that nothing is calculated with.
STANDARD = {
	Target.INVOICE.value: ("po_no", "po_date"),
	Target.SALES_ORDER.value: ("po_no", "po_date"),
}
KINDS = {
	"Text": FieldKind.TEXT,
	"Number": FieldKind.NUMBER,
	"Date": FieldKind.DATE,
	"Check": FieldKind.CHECK,
	"Link": FieldKind.LINK,
}
TYPES = {
	FieldKind.TEXT: ("Data", "Small Text", "Text", "Long Text", "Select"),
	FieldKind.NUMBER: ("Int", "Float", "Percent", "Currency"),
	FieldKind.DATE: ("Date", "Datetime"),
	FieldKind.CHECK: ("Check",),
	FieldKind.LINK: ("Link",),
}
KIND_OF_TYPE = {fieldtype: kind for kind, types in TYPES.items() for fieldtype in types}
ALWAYS = "Always"
DATA_LENGTH = 140


def fields_of(doctype: str) -> list:
	"""The fields of a document that an order may fill, as they are defined on the site."""
	fields = frappe.get_meta(DOCTYPES.get(doctype, doctype)).fields
	return [field for field in fields if _may_be_filled(doctype, field)]


def _may_be_filled(doctype: str, field) -> bool:
	if field.fieldname in STANDARD.get(doctype, ()):
		return True
	# Frappe checks the options of Data (Email, Phone), and would refuse the whole order.
	is_checked = field.fieldtype == "Data" and field.options
	is_of_the_site = field.get("is_custom_field") and field.get("module") != OUR_MODULE
	return bool(
		is_of_the_site
		and field.fieldtype in KIND_OF_TYPE
		and not (is_checked or field.get("is_virtual") or field.fetch_from)
	)


def options_of(doctype: str, text: str = "") -> list[dict]:
	"""What the form offers as fields of a document: `value`, `label`, `description` (the type that fits).

	:param text: that the name or the label holds
	"""
	if doctype not in tuple(Target):
		return []
	words = {kind: label for label, kind in KINDS.items()}
	return [
		{
			"value": field.fieldname,
			"label": field.label or field.fieldname,
			"description": words.get(KIND_OF_TYPE[field.fieldtype]),
		}
		for field in fields_of(doctype)
		if text.casefold() in f"{field.fieldname} {field.label}".casefold()
	]


def rows_of(store: Document) -> list[dict]:
	"""The mapping of a store, as `Policy.fields` takes it.

	:raises PolicyError: names the row of the form
	"""
	filled: dict[tuple[str, str], int] = {}
	rows = []
	for row in store.mapped_fields:
		before = filled.setdefault((row.document_type, row.field), row.idx)
		if before != row.idx:
			raise _mistake(
				store,
				row,
				Sentence("row {0} fills {1} of {2} already", before, row.field, row.document_type),
				"Remove one of the two rows.",
			)
		rows.append(_row(store, row))
	return rows


def _row(store: Document, row: Document) -> dict:
	_check_path(store, row)
	field = next((each for each in fields_of(row.document_type) if each.fieldname == row.field), None)
	if field is None:
		raise _mistake(
			store,
			row,
			Sentence(
				"{0} has no field {1} that an order may fill. It may fill custom fields that are the site's own or another app's, of a"
				" plain type, a Select or a Link, and of a Sales Invoice or Sales Order po_no and po_date",
				row.document_type,
				row.field,
			),
			"Choose another field, or remove the row.",
		)
	kind = KINDS.get(row.kind or "", KIND_OF_TYPE[field.fieldtype])
	if field.fieldtype not in TYPES[kind]:
		raise _mistake(
			store,
			row,
			Sentence(
				"{0} is a field of the type {1}, which holds no {2}", row.field, field.fieldtype, row.kind
			),
			"Choose the type that fits the field.",
		)
	return {
		"path": row.path or "",
		"target": row.document_type,
		"field": row.field,
		"kind": kind,
		"follows": row.may_change == ALWAYS,
		"length": cint(field.length) or (DATA_LENGTH if field.fieldtype in ("Data", "Select") else 0),
		"options": tuple((field.options or "").split("\n")) if field.fieldtype == "Select" else (),
		"decimals": _decimals(field),
		"with_time": field.fieldtype == "Datetime",
		"link_to": field.options if kind is FieldKind.LINK else "",
	}


def _check_path(store: Document, row: Document) -> None:
	path = (row.path or "").strip()
	if not is_path(path):
		raise _mistake(
			store,
			row,
			Sentence('"{0}" is no path', path[:80]),
			"A path is names with dots between them: customer_note, billing.company, meta_data._billing_po.",
		)
	if row.document_type == Target.LINE.value and not path.startswith(f"{LINES}."):
		raise _mistake(
			store,
			row,
			Sentence("{0} isn't the path of a line", path),
			"The path of a field of Sales Invoice Item begins with line_items.",
		)
	if row.may_change == ALWAYS and row.document_type in MADE_ONCE:
		raise _mistake(
			store,
			row,
			Sentence("a field of {0} is filled when the document is made, and not again", row.document_type),
			"Choose When Made.",
		)


def _decimals(field) -> int:
	"""What ERPNext rounds the field to when it calculates the rows of an invoice."""
	if field.fieldtype == "Int":
		return 0
	return min(frappe.get_precision(field.parent, field.fieldname) or 0, 9)


def _mistake(store: Document, row: Document, what: Sentence, what_to_do: str) -> PolicyError:
	label = store.meta.get_label("mapped_fields")
	return PolicyError(Sentence("{0}, row {1}: {2}.", label, row.idx, what), what_to_do)
