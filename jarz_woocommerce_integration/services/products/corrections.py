"""What a person may correct in a line of a product import: what is to be done with it, with which item, under which code."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.masters.products import lines as import_lines
from jarz_woocommerce_integration.services.products import imports

EDITABLE = ("action", "item", "new_code")
CORRECTABLE = (import_lines.OPEN, import_lines.REFUSED)


def correct(lines: Iterable[str], action: str) -> int:
	"""Say what is to be done with these lines. Commits nothing.

	:returns: how many were changed
	:raises frappe.ValidationError: one of them can't be corrected now, or that can't be done with it
	"""
	changed = 0
	for name in lines:
		line = frappe.get_doc(import_lines.LINE, name)
		if line.action != action:
			line.action = action
			line.save()
			changed += 1
	return changed


def validate_line(line: Document) -> None:
	"""Before a line is saved. What the plan found, and how far it is, is the import's own: it is put back.

	:raises frappe.ValidationError: it can't be corrected now, or says what can't be done
	"""
	before = line.get_doc_before_save()
	if before is None:
		frappe.throw(_("Lines of a product import are made by its plan alone."), frappe.PermissionError)
	changed = [name for name in EDITABLE if (line.get(name) or "") != (before.get(name) or "")]
	for field in line.meta.fields:
		if field.fieldname not in EDITABLE and field.fieldtype not in frappe.model.no_value_fields:
			line.set(field.fieldname, before.get(field.fieldname))
	if not changed:
		return
	if line.state not in CORRECTABLE:
		frappe.throw(_("This line is {0}: it can't be corrected any more.").format(_(line.state)))
	status = frappe.db.get_value(imports.IMPORT, line.product_import, "status")
	if status not in imports.OPEN:
		frappe.throw(_("Product import {0} is {1}.").format(line.product_import, _(status)))
	if line.action == "Link" and not line.item:
		frappe.throw(_("Choose the item that the product is."))
	if line.action == "Create" and not line.draft:
		frappe.throw(_("No item can be made of this product. Link it to one, or leave it."))
	line.state = import_lines.OPEN
	line.error = None
