"""Documents in a single pass: inserted as submitted, with the side effects of ERPNext's two passes.

The traps that this closes are listed in docs/develop/ledger-contract.md, each with the test that shows it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError
from frappe.utils.global_search import update_global_search

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.transactions import lost_transactions_raised

HISTORY, LIVE = "history", "live"
# No price is learnt from an order.
OF_ALL: dict[str, dict[str, object]] = {
	"Stock Settings": {"auto_insert_price_list_rate_if_missing": 0, "update_existing_price_list_rate": 0}
}
# ERPNext is to sum the company's month by and by. With each invoice it would sum the month anew, into one row of Company
# that all workers wait for until the commit. `ERPNextLedger.update_monthly_sales` makes up for it once.
OF_HISTORY: dict[str, dict[str, object]] = {"Selling Settings": {"sales_update_frequency": "Monthly"}}
# Which run made a document, and how it left it.
MARKS = ("woo_run", "woo_stamp")
# Field of a row -> the document that it was made from.
MADE_FROM = {
	"sales_order": "Sales Order",
	"against_sales_order": "Sales Order",
	"against_sales_invoice": "Sales Invoice",
}


class Writer(Protocol):
	"""Writes new invoices and payments: as documents (`Poster`), or as rows."""

	def new(self, values: dict) -> Any: ...

	def submit(self, document: Any, name: str | None) -> Any: ...

	def insert(self, document: Any, name: str | None) -> Any: ...


class MasterWriter(Protocol):
	"""Writes customers, contacts and addresses: as documents (`Poster`), or as rows. :ivar run_id: of the run that writes"""

	run_id: int

	def new(self, values: dict) -> Any: ...

	def stored(self, doctype: str, name: str) -> Any: ...

	def insert(self, document: Any, name: str | None) -> Any: ...

	def save(self, document: Any) -> None: ...

	def update(self, doctype: str, name: str, changes: dict) -> None: ...

	def change(self, statement: str, values: dict) -> bool: ...

	def display_of(self, address: Any) -> str: ...


class Poster:
	"""Inserts the documents of a page, and marks them: which run made them, and how it left them.

	:param historical: without notifications and e-mails
	:ivar run_id: the run whose mark new documents get, 0 for none
	"""

	def __init__(self, historical: bool):
		self.historical = historical
		self.run_id = 0
		self._posted: list[Document] = []
		self._written: list[tuple[str, str]] = []

	def new(self, values: dict) -> Document:
		"""A document that isn't stored yet."""
		return compat.new_document(values)

	def stored(self, doctype: str, name: str) -> Document:
		return compat.stored_document(doctype, name)

	def submit(self, document: Document, name: str | None = None) -> Document:
		"""Insert a document as submitted, with clean texts and its final status.

		:param name: None lets ERPNext name it
		"""
		_ask_workflow(document)
		sanitise(document)
		document.docstatus = 1
		self._insert(document, name)
		self._set_final_status(document)
		return document

	def _set_final_status(self, document: Document) -> None:
		if document.doctype == "Sales Invoice" and (document.is_return or not document.grand_total):
			# In memory the outstanding amount is what it was before the entries were made.
			document.reload()
			document.set_status(update=True)
		elif document.doctype in ("Sales Order", "Delivery Note"):
			# ERPNext takes each new one for a draft.
			document.set_status(update=True)

	def insert(self, document: Document, name: str | None = None) -> Document:
		"""Insert a document as a draft."""
		return self._insert(document, name)

	def save(self, document: Document) -> None:
		"""Write a draft that changed."""
		self.touch(document.doctype, document.name)
		self._prepare(document)
		document.save()
		_date_versions(document)
		self._posted.append(document)

	def submit_draft(self, document: Document) -> None:
		"""Submit a draft that may have changed. It then belongs to this run, whoever made it."""
		_ask_workflow(document)
		sanitise(document)
		self.touch(document.doctype, document.name)
		self._mark(document)
		self._prepare(document)
		document.submit()
		_date_versions(document)
		self._posted.append(document)
		self._set_final_status(document)

	def cancel(self, document: Document) -> None:
		self.touch(document.doctype, document.name)
		self._prepare(document)
		document.cancel()
		compat.forget_party_currencies()

	def cancel_named(self, doctype: str, name: str | None) -> None:
		"""Cancel a document that may be cancelled already, or not be there at all."""
		if name and frappe.db.get_value(doctype, name, "docstatus") == 1:
			self.cancel(frappe.get_doc(doctype, name))

	def update(self, doctype: str, name: str, changes: dict) -> None:
		"""Write some fields, past the document: nobody is notified."""
		frappe.db.set_value(doctype, name, changes, update_modified=False)

	def change(self, statement: str, values: dict) -> bool:
		"""Run a statement that writes. Whether it changed a row."""
		frappe.db.sql(statement, values)
		return bool(compat.changed_rows())

	def display_of(self, address: Document) -> str:
		"""An address as it stands on an invoice."""
		return address.get_display()

	def _insert(self, document: Document, name: str | None) -> Document:
		self._prepare(document)
		self._mark(document)
		document.insert(set_name=name)
		if document.get("amended_from"):
			_date_versions(document)  # Frappe notes how it differs from the one before
		self._posted.append(document)
		self._written.append((document.doctype, document.name))
		return document

	def _mark(self, document: Document) -> None:
		if self.run_id and document.meta.has_field("woo_run"):
			document.woo_run = self.run_id
			document.flags.made_by_sync_run = True

	def _prepare(self, document: Document) -> None:
		document.flags.ignore_permissions = True
		self._touch_what_is_billed(document)
		compat.believe(OF_ALL)
		if self.historical:
			compat.without_notifications(document)
			compat.believe(OF_HISTORY)

	def _touch_what_is_billed(self, document: Document) -> None:
		"""ERPNext writes what is billed and delivered into the documents from which this one was made."""
		for row in document.get("items") or ():
			for field, doctype in MADE_FROM.items():
				if name := row.get(field):
					self.touch(doctype, name)

	# --- how we left a document ---

	def take_over(self, doctype: str, name: str) -> None:
		"""Mark an existing document as this run's, because it depends on what this run books."""
		self.touch(doctype, name)
		if self.run_id:
			frappe.db.set_value(doctype, name, "woo_run", self.run_id, update_modified=False)

	def is_as_left(self, doctype: str, name: str) -> bool:
		"""Whether nobody has written a document since we did, in this transaction or before. Locks its row."""
		return (doctype, name) in self._written or is_as_we_left_it(doctype, name)

	def touch(self, doctype: str, name: str) -> None:
		"""To be called before a write of ours changes a document that is there.

		Its stamp is renewed with the page's, unless somebody else has touched it since our last write.
		"""
		if (doctype, name) not in self._written and is_as_we_left_it(doctype, name):
			self._written.append((doctype, name))

	def stamp(self) -> None:
		"""Write down how the page's documents are left, right before its commit. What is changed later isn't by us."""
		names: dict[str, list[str]] = {}
		for doctype, name in self._written:
			if frappe.get_meta(doctype).has_field("woo_stamp"):
				names.setdefault(doctype, []).append(name)
		for doctype, some in names.items():
			frappe.db.sql(f"UPDATE `tab{doctype}` SET woo_stamp = modified WHERE name IN %s", (some,))
		self._written.clear()

	# --- what can't be rolled back ---

	@contextmanager
	def savepoint(self, name: str) -> Iterator[None]:
		"""Undo an order's documents at any error, with what a database's savepoint leaves behind."""
		after_commit = compat.AfterCommit()
		posted, written = len(self._posted), len(self._written)
		frappe.db.savepoint(name)
		try:
			yield
		except OF_THE_WHOLE_PAGE:
			raise  # the savepoint may be gone with its transaction
		except Exception:
			with lost_transactions_raised():
				frappe.db.rollback(save_point=name)
			for document in self._posted[posted:]:
				_uncache(document)
			compat.forget_party_currencies()
			after_commit.restore()
			del self._posted[posted:], self._written[written:]
			raise
		with lost_transactions_raised():
			frappe.db.release_savepoint(name)

	def forget(self) -> None:
		"""The transaction was rolled back: nothing of what was posted is there."""
		for document in self._posted:
			_uncache(document)
		compat.forget_party_currencies()
		self._posted.clear()
		self._written.clear()

	def after_commit(self) -> None:
		"""Make what was committed findable: only then, because the queue of the global search knows no rollback."""
		posted, self._posted = self._posted, []
		for document in posted:
			update_global_search(document)


def is_as_we_left_it(doctype: str, name: str) -> bool:
	"""Whether our last write to a document was the last one at all. Locks its row until the transaction ends."""
	as_left = f"SELECT name FROM `tab{doctype}` WHERE name = %s AND modified = woo_stamp FOR UPDATE"
	return frappe.get_meta(doctype).has_field("woo_stamp") and bool(frappe.db.sql(as_left, name))


def keep_marks(document: Document, method: str | None = None) -> None:
	"""Before a document is saved or cancelled: the marks are as the app left them. A new one has those of what it amends, else none.

	ERPNext's users may write any field of a document that they may write: `read_only` and `hidden` are for the form alone.
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


def _date_versions(document: Document) -> None:
	"""Give the trail of our own write the time of the write, so that whatever is later than our stamp is a person's."""
	frappe.db.sql(
		"UPDATE `tabVersion` SET creation = %(modified)s WHERE ref_doctype = %(doctype)s AND docname = %(name)s"
		" AND creation > %(modified)s",
		{"modified": document.modified, "doctype": document.doctype, "name": document.name},
	)


def _uncache(document: Document) -> None:
	"""Forget a document that was undone, and its company, whose monthly sales it had changed."""
	frappe.clear_document_cache(document.doctype, document.name)
	if company := document.get("company"):
		frappe.clear_document_cache("Company", company)


def _ask_workflow(document: Document) -> None:
	"""A workflow lets people approve; Frappe asks it only what they click, not what code submits.

	:raises WorkflowPermissionError: no transition of this user's roles leads from its first state to a submitted one
	"""
	name = document.meta.get_workflow()
	if not name:
		return
	workflow = frappe.get_cached_doc("Workflow", name)
	first, roles = workflow.states[0].state, frappe.get_roles()
	submitted = {state.state for state in workflow.states if state.doc_status == "1"}
	if not any(
		step.state == first and step.next_state in submitted and step.allowed in roles
		for step in workflow.transitions
	):
		frappe.throw(
			_("The workflow {0} doesn't let {1} submit a new {2} directly.").format(
				name, frappe.session.user, _(document.doctype)
			),
			WorkflowPermissionError,
		)


def sanitise(document: Document) -> None:
	"""What a draft's insertion does to HTML in texts, and a submitted document's doesn't."""
	for part in (document, *document.get_all_children()):
		if any(isinstance(value, str) and ("<" in value or ">" in value) for value in part.__dict__.values()):
			compat.sanitise(part)


def who_books() -> str:
	"""Who writes documents now: `HISTORY` or `LIVE` where this app books, "" for everybody else."""
	return frappe.flags.woo_books or ""


@contextmanager
def booking_environment(historical: bool) -> Iterator[None]:
	"""Book as the site itself would, whoever runs this: in its language, without learning prices from the orders.

	Stored texts (remarks, amounts in words) are in the session's language, so it is the site's for that long.
	"""
	outer, frappe.flags.woo_books = frappe.flags.woo_books, HISTORY if historical else LIVE
	try:
		with (
			compat.in_language_of_site(),
			compat.without_mail(historical),
			compat.without_search(),
			compat.templates_compiled_once(),
			compat.as_administrator(),
		):
			yield
	finally:
		frappe.flags.woo_books = outer
		compat.believe_no_more(*OF_ALL, *OF_HISTORY)
