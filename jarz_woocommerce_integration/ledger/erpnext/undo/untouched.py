"""Deletes at once what a run wrote and nobody has touched since: a few statements for all, not two hundred for each.

Cancelling and deleting such a document with ERPNext's controllers comes to the same, as tests of an undo show table by
table, whether rows or documents were written. Whatever isn't as it was left, whatever changes other documents when it
is cancelled, and whatever on the site would run or refuse on the way, is for the documents.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import chain

import erpnext
import frappe
from frappe.desk.notifications import clear_doctype_notifications
from frappe.model.base_document import get_controller
from frappe.utils import cint

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.guards import methods_of, other_app
from jarz_woocommerce_integration.ledger.erpnext.refusals import OWN_APPS
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Reference, by_doctype
from jarz_woocommerce_integration.ledger.erpnext.undo.tables import FilledTables

VOUCHERS = ("Sales Invoice", "Payment Entry")
ENTRIES = ("GL Entry", "Payment Ledger Entry")
DELETABLE = (*VOUCHERS, "Customer", "Contact", "Address")
# DocTypes of rules, and the field that names the DocType that they are for.
_RULES = {
	"Server Script": "reference_doctype",
	"Webhook": "webhook_doctype",
	"Workflow": "document_type",
	"Assignment Rule": "document_type",
	"Milestone Tracker": "document_type",
	"Document Naming Rule": "document_type",
	"Auto Repeat": "reference_doctype",
}
# Where ERPNext has rules of its own for what is cancelled or deleted.
RULES_OF_COUNTRIES = ("France", "Germany", "Italy", "Nepal")
# What people or the site add to a document, and what Frappe deletes or unlinks with it: such a document is for documents.
_ADDED = (
	("ToDo", "reference_type", "reference_name"),
	("Email Unsubscribe", "reference_doctype", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Comment", "reference_doctype", "reference_name"),
	("View Log", "reference_doctype", "reference_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Notification Log", "document_type", "document_name"),
	("Communication Link", "link_doctype", "link_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("Activity Log", "reference_doctype", "reference_name"),
	("Activity Log", "timeline_doctype", "timeline_name"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Tag Link", "document_type", "document_name"),
)
_AS_LEFT = "SELECT name FROM `tab{doctype}` WHERE name IN %(names)s AND modified <=> woo_stamp"
_PLAIN = {
	"Sales Invoice": " AND docstatus IN (0, 1) AND update_stock = 0 AND amended_from IS NULL"
	" AND coalesce(loyalty_program, '') = '' AND coalesce(project, '') = ''",
	"Payment Entry": " AND docstatus IN (0, 1) AND amended_from IS NULL AND clearance_date IS NULL",
	"Customer": " AND coalesce(lead_name, '') = '' AND disabled = 0 AND is_frozen = 0",
}
# Tables of vouchers whose rows mean nothing to other documents, as those of advances, timesheets and withheld taxes do.
_PLAIN_TABLES = {
	"Sales Invoice": (
		"Item Wise Tax Detail",
		"Packed Item",
		"Payment Schedule",
		"Pricing Rule Detail",
		"Sales Invoice Item",
		"Sales Invoice Payment",
		"Sales Taxes and Charges",
		"Sales Team",
	),
	"Payment Entry": ("Advance Taxes and Charges", "Payment Entry Deduction", "Payment Entry Reference"),
}
_WITH_ROWS = "SELECT DISTINCT parent FROM `tab{table}` WHERE parenttype = %(doctype)s AND parent IN %(names)s"
# Of what rows wrote all is one moment; ERPNext writes a document, and the rows of it, at several.
_CHANGED_ROWS = """
SELECT DISTINCT row.parent FROM `tab{table}` row JOIN `tab{doctype}` document ON document.name = row.parent
WHERE row.parenttype = %(doctype)s AND row.parent IN %(names)s
	AND NOT coalesce(least(row.creation, row.modified) >= document.creation
		AND greatest(row.creation, row.modified) <= document.woo_stamp, 0)
"""
# Their cancellation changes the order, the delivery or the asset, and entries of other days are theirs, too.
_REACHING_OUT = {
	"Sales Invoice": """
SELECT DISTINCT parent FROM `tabSales Invoice Item` WHERE parenttype = %(doctype)s AND parent IN %(names)s
	AND (sales_order <> '' OR delivery_note <> '' OR asset <> '' OR enable_deferred_revenue = 1)
"""
}
# The general ledger is balanced and says of a party what the payment ledger says; nothing is cancelled, delinked or another
# day's; and neither an account nor a customer refuses entries.
_ENTRIES_DIFFER = """
SELECT voucher.name FROM `tab{doctype}` voucher
LEFT JOIN (SELECT entry.voucher_no, sum(entry.debit - entry.credit) AS rest,
		sum(CASE WHEN entry.party <> '' THEN entry.debit - entry.credit ELSE 0 END) AS party,
		max(entry.is_cancelled) AS cancelled, min(entry.posting_date) AS first, max(entry.posting_date) AS last,
		max(account.freeze_account = 'Yes' OR account.disabled = 1 OR coalesce(account.balance_must_be, '') <> '') AS refusing,
		max(customer.disabled = 1 OR customer.is_frozen = 1) AS stopped
	FROM `tabGL Entry` entry LEFT JOIN `tabAccount` account ON account.name = entry.account
	LEFT JOIN `tabCustomer` customer ON customer.name = entry.party AND entry.party_type = 'Customer'
	WHERE entry.voucher_type = %(doctype)s AND entry.voucher_no IN %(names)s GROUP BY entry.voucher_no) gl
	ON gl.voucher_no = voucher.name
LEFT JOIN (SELECT voucher_no, sum(CASE WHEN account_type = 'Payable' THEN -amount ELSE amount END) AS party,
		max(delinked) AS delinked
	FROM `tabPayment Ledger Entry` WHERE voucher_type = %(doctype)s AND voucher_no IN %(names)s GROUP BY voucher_no) ledger
	ON ledger.voucher_no = voucher.name
WHERE voucher.name IN %(names)s AND (
	abs(coalesce(gl.rest, 0)) > 0.0005 OR abs(coalesce(gl.party, 0) - coalesce(ledger.party, 0)) > 0.0005
	OR coalesce(gl.cancelled, 0) OR coalesce(ledger.delinked, 0) OR coalesce(gl.refusing, 0) OR coalesce(gl.stopped, 0)
	OR (voucher.docstatus = 0 AND (gl.voucher_no IS NOT NULL OR ledger.voucher_no IS NOT NULL))
	OR coalesce(gl.first, voucher.posting_date) <> voucher.posting_date
	OR coalesce(gl.last, voucher.posting_date) <> voucher.posting_date)
"""
_BEFORE = (
	"SELECT name FROM `tab{doctype}` WHERE name IN %(names)s AND docstatus = 1 AND posting_date <= %(day)s"
)
_CLOSED = """
SELECT max(period.end_date) FROM `tabAccounting Period` period WHERE period.company = %s
"""
_CLOSED_YEAR = (
	"SELECT max(period_end_date) FROM `tabPeriod Closing Voucher` WHERE company = %s AND docstatus = 1"
)


class UntouchedDocuments:
	"""Those of one company that a run wrote. What the code of the bench's apps says of them is asked once.

	:param tables: as the open transaction sees them
	"""

	def __init__(self, company: str, tables: FilledTables):
		self.company = company
		self.tables = tables
		self._children: dict[str, list[str]] = {}

	def among(self, references: Iterable[Reference]) -> set[Reference]:
		""":returns: those of them that may be deleted at once, as far as they themselves are concerned"""
		found: set[Reference] = set()
		refused = self._refused_doctypes()
		closed_until = self._closed_until()
		for doctype, names in by_doctype(references).items():
			if doctype in DELETABLE and doctype not in refused:
				left = set(names) - self._not_as_left(doctype, names, closed_until)
				found |= {Reference(doctype, name) for name in left}
		return found

	def delete(self, references: Collection[Reference]) -> None:
		"""Delete them with their rows, entries, versions and what the search knows of them."""
		for doctype, names in by_doctype(references).items():
			values = {"doctype": doctype, "names": names}
			if doctype in VOUCHERS:
				for entry in ENTRIES:
					frappe.db.sql(
						f"DELETE FROM `tab{entry}` WHERE voucher_type = %(doctype)s AND voucher_no IN %(names)s",
						values,
					)
			for table in self._filled_tables_of(doctype):
				frappe.db.sql(
					f"DELETE FROM `tab{table}` WHERE parenttype = %(doctype)s AND parent IN %(names)s", values
				)
			if self.tables.among(["Version"]):
				frappe.db.sql(
					"DELETE FROM `tabVersion` WHERE ref_doctype = %(doctype)s AND docname IN %(names)s",
					values,
				)
			frappe.db.sql(
				"DELETE FROM `__global_search` WHERE doctype = %(doctype)s AND name IN %(names)s", values
			)
			frappe.db.sql(f"DELETE FROM `tab{doctype}` WHERE name IN %(names)s", values)
			compat.forget_cached(doctype, names)
			clear_doctype_notifications(doctype)

	# --- what the site says ---

	def _refused_doctypes(self) -> set[str]:
		"""DocTypes on whose deletion something runs, or may say no."""
		refused = set(self._refused_by_code)
		# With it a cancellation is an entry of today.
		if cint(frappe.db.get_singles_dict("Accounts Settings").get("enable_immutable_ledger")):
			refused |= set(VOUCHERS)
		for kind in self.tables.among(_RULES):
			rules = frappe.db.sql(f"SELECT DISTINCT `{_RULES[kind]}` FROM `tab{kind}`", pluck=True)
			for doctype in rules:
				refused |= self._with_entries(doctype)
		return refused

	@cached_property
	def _refused_by_code(self) -> set[str]:
		"""Those for which a country or another app has code of its own."""
		refused: set[str] = set()
		region = erpnext.get_region(self.company) or ""
		if region in RULES_OF_COUNTRIES or frappe.get_hooks("regional_overrides", {}).get(region):
			refused |= set(VOUCHERS)
		for doctype, events in frappe.get_doc_hooks().items():
			handlers = chain.from_iterable(events.values())
			if any(handler.partition(".")[0] not in OWN_APPS for handler in handlers):
				refused |= set(DELETABLE) if doctype == "*" else self._with_entries(doctype)
		for doctype in (*DELETABLE, *ENTRIES):
			# Of its class, of what it inherits from, or patched.
			if any(other_app(member) for _name, member in methods_of(get_controller(doctype))):
				refused |= self._with_entries(doctype)
		return refused

	def _with_entries(self, doctype: str) -> set[str]:
		"""A rule for entries, or for rows of a document, is one for the document."""
		if doctype in ENTRIES:
			return set(VOUCHERS)
		return {parent for parent in DELETABLE if doctype == parent or doctype in self._tables_of(parent)}

	def _closed_until(self) -> date | None:
		"""No entry of a day until then is cancelled by us: ERPNext may refuse it."""
		frozen = compat.accounts_frozen(self.company)
		days = [frozen[1] if frozen else None]
		days += [frappe.db.sql(query, self.company)[0][0] for query in (_CLOSED, _CLOSED_YEAR)]
		return max(filter(None, days), default=None)

	# --- what the rows say ---

	def _not_as_left(self, doctype: str, names: Sequence[str], closed_until: date | None) -> set[str]:
		values = {"doctype": doctype, "names": names, "day": closed_until}
		plain = _AS_LEFT.format(doctype=doctype) + _PLAIN.get(doctype, "")
		left = set(names) - set(frappe.db.sql(plain, values, pluck=True))
		for query in self._queries(doctype, closed_until):
			left |= set(frappe.db.sql(query, values, pluck=True))
		return left

	def _queries(self, doctype: str, closed_until: date | None) -> Iterator[str]:
		for table in self._filled_tables_of(doctype):
			if table in _PLAIN_TABLES.get(doctype, (table,)):
				yield _CHANGED_ROWS.format(table=table, doctype=doctype)
			else:
				yield _WITH_ROWS.format(table=table)
		if doctype in _REACHING_OUT:
			yield _REACHING_OUT[doctype]
		filled = self.tables.among({table for table, _of_doctype, _of_name in _ADDED})
		for table, of_doctype, of_name in _ADDED:
			if table in filled:
				yield (
					f"SELECT `{of_name}` FROM `tab{table}`"
					f" WHERE `{of_doctype}` = %(doctype)s AND `{of_name}` IN %(names)s"
				)
		if doctype in VOUCHERS:
			yield _ENTRIES_DIFFER.format(doctype=doctype)
			if closed_until:
				yield _BEFORE.format(doctype=doctype)

	def _filled_tables_of(self, doctype: str) -> list[str]:
		return sorted(self.tables.among(self._tables_of(doctype)))

	def _tables_of(self, doctype: str) -> list[str]:
		if doctype not in self._children:
			tables = {field.options for field in frappe.get_meta(doctype).get_table_fields()}
			self._children[doctype] = sorted(
				table for table in tables if not frappe.get_meta(table).is_virtual
			)
		return self._children[doctype]
