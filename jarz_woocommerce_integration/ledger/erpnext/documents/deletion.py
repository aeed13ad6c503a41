"""Documents cancelled and deleted so that nothing of them is left, through ERPNext's own controllers."""

from collections.abc import Iterator
from contextlib import contextmanager

from frappe.desk.doctype.tag.tag import delete_tags_for_document
from frappe.model.delete_doc import delete_dynamic_links, delete_from_table
from frappe.model.document import Document
from frappe.utils.file_manager import remove_all
from frappe.utils.global_search import delete_for_document
from frappe.utils.password import delete_all_passwords_for

from jarz_woocommerce_integration import compat

# Values that replace the site's settings during the deletion:
SETTINGS: dict[str, dict[str, object]] = {
	"Accounts Settings": {
		# the entries of a voucher go with it;
		"delete_linked_ledger_entries": 1,
		# a payment that a person made is never taken off its invoice without a word: ERPNext refuses to cancel then.
		"unlink_payment_on_cancellation_of_invoice": 0,
	},
	# The company's monthly sales are counted once at the end, not at each of thousands of cancellations.
	"Selling Settings": {"sales_update_frequency": "Monthly"},
}


@contextmanager
def deletion_settings() -> Iterator[None]:
	"""Let ERPNext see `SETTINGS` in this process, without a commit or rollback inside: some of them would be forgotten."""
	compat.believe(SETTINGS)
	try:
		yield
	finally:
		compat.believe_no_more(*SETTINGS)


def cancel(document: Document) -> None:
	"""Cancel a submitted document that is deleted next. The caller has checked the links to it.

	:raises Exception: what the site says when it refuses (a closed period, another app)
	"""
	document.flags.update(
		ignore_permissions=True, ignore_links=True, ignore_version=True, notify_update=False
	)
	compat.without_notifications(document)
	document.cancel()


def delete(document: Document) -> None:
	"""Delete a draft or a cancelled document with its rows, entries, comments and files.

	`frappe.delete_doc` does the same, and leaves for each document a Deleted Document, a comment and a background
	job, keeps a lock on its naming series, and asks alone who links to it.
	"""
	doctype, name = document.doctype, document.name
	document.flags.update(ignore_permissions=True)
	compat.without_notifications(document)
	delete_all_passwords_for(doctype, name)
	document.run_method("on_trash")
	document.flags.in_delete = True
	document.run_method("on_change")
	delete_from_table(doctype, name, [], document)
	document.run_method("after_delete")
	delete_dynamic_links(doctype, name)
	delete_for_document(document)
	delete_tags_for_document(document)
	remove_all(doctype, name, from_delete=True, delete_permanently=True)
	document.clear_cache()
