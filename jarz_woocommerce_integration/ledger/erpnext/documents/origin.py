"""What says that the app made a document: nobody else can write it.

ERPNext's users may write any field of a document that they may write. `read_only` and `hidden` are for the form alone.
"""

import frappe
from frappe.model.document import Document

MARKS = ("woo_run", "woo_stamp")


def keep_marks(document: Document, method: str | None = None) -> None:
	"""Before a document is saved or cancelled: the marks are as the app left them. A new one has those of what it amends, else none.

	What is submitted, Frappe lets nobody change.
	"""
	if document.flags.made_by_sync_run:
		return
	for field, value in _left_by_the_app(document).items():
		document.set(field, value)


def _left_by_the_app(document: Document) -> dict:
	before = document.get_doc_before_save()
	if before:
		return {field: before.get(field) for field in MARKS}
	amended = document.get("amended_from")
	found = amended and frappe.db.get_value(document.doctype, amended, MARKS, as_dict=True)
	return found or dict.fromkeys(MARKS)
