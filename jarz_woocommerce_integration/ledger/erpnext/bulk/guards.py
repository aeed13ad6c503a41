"""Rules and hooks of this site that rows would bypass. They are searched before a run and after each change of settings.

What is found sends the documents concerned through the normal path. An administrator may decide otherwise, rule by rule
and with a reason (WooCommerce Settings); the proof in the run stays.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import erpnext
import frappe
from frappe import _
from frappe.model.base_document import get_controller
from frappe.utils import cint

from jarz_woocommerce_integration.ledger.erpnext.refusals import OWN_APPS
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings

DOCUMENTS = (
	"Sales Invoice",
	"Payment Entry",
	"GL Entry",
	"Payment Ledger Entry",
	"Customer",
	"Contact",
	"Address",
)
ROWS = (
	"Sales Invoice Item",
	"Sales Taxes and Charges",
	"Sales Invoice Payment",
	"Payment Schedule",
	"Payment Entry Reference",
	"Payment Entry Deduction",
	"Contact Email",
	"Contact Phone",
	"Dynamic Link",
)
BOOKS = frozenset(("Sales Invoice", "Payment Entry", "GL Entry", "Payment Ledger Entry"))
INVOICE = frozenset(("Sales Invoice",))
CUSTOMERS = frozenset(("Customer", "Contact", "Address"))
# Rows don't bypass events of deleting, cancelling and viewing.
_OTHER_EVENTS = (
	"on_cancel",
	"on_trash",
	"after_delete",
	"after_rename",
	"before_rename",
	"onload",
	"before_print",
	"before_cancel",
)
# DocTypes of rules: (the field that names the DocType they are for, the condition of those that are active)
_RULES = {
	"Server Script": ("reference_doctype", "disabled = 0 AND script_type = 'DocType Event'"),
	"Webhook": ("webhook_doctype", "enabled = 1"),
	"Workflow": ("document_type", "is_active = 1"),
	"Assignment Rule": ("document_type", "disabled = 0"),
	"Document Naming Rule": ("document_type", "disabled = 0"),
	"Milestone Tracker": ("document_type", "disabled = 0"),
	"Energy Point Rule": ("reference_doctype", "enabled = 1"),
	"Service Level Agreement": ("document_type", "enabled = 1"),
	"Authorization Rule": ("transaction", "docstatus < 2"),
}
# Kinds of documents whose mere being there changes what is booked: (condition, DocTypes concerned, why)
_PRESENCES = {
	"Accounting Dimension": ("disabled = 0", BOOKS, "adds a column to every entry"),
	"Accounting Dimension Filter": ("disabled = 0", BOOKS, "may refuse entries"),
	"Cost Center Allocation": ("docstatus = 1", BOOKS, "distributes entries"),
	"Budget": ("docstatus = 1", BOOKS, "may refuse entries"),
	"Tax Rule": ("1", INVOICE, "chooses taxes by address"),
	"Loyalty Program": ("1", INVOICE | CUSTOMERS, "gives points to customers"),
	"Customer Credit Limit": ("1", INVOICE, "may refuse invoices"),
	"POS Profile": ("disabled = 0", INVOICE, "fills in invoices that are paid within"),
	"Transaction Deletion Record": (
		"docstatus = 1 AND status = 'Running'",
		BOOKS | CUSTOMERS,
		"refuses documents",
	),
	"Call Log": ("1", frozenset(("Contact",)), "is linked to new contacts by their phones"),
}
_SETTINGS = (
	("Selling Settings", "validate_selling_price", INVOICE),
	("Selling Settings", "enable_discount_accounting", INVOICE),
	("Accounts Settings", "round_row_wise_tax", INVOICE),
	("Accounts Settings", "enable_common_party_accounting", BOOKS),
	("System Settings", "use_number_format_from_currency", BOOKS),
	("Accounts Settings", "automatically_fetch_payment_terms", INVOICE),
)
# What a Custom Field or a Property Setter may do to a value that nobody gives.
_TELLING_PROPERTIES = (
	"default",
	"reqd",
	"precision",
	"autoname",
	"naming_rule",
	"fetch_from",
	"fieldtype",
	"length",
	"unique",
	"non_negative",
)
_FIELDS = """
SELECT dt, fieldname FROM `tabCustom Field` WHERE dt IN %s AND fieldname NOT LIKE 'woo\\_%%'
	AND (reqd = 1 OR coalesce(`default`, '') NOT IN ('', '0') OR coalesce(fetch_from, '') <> '' OR `unique` = 1)
"""
_SETTERS = """
SELECT doc_type, coalesce(field_name, ''), property, value FROM `tabProperty Setter`
WHERE doc_type IN %s AND property IN %s AND coalesce(value, '') NOT IN ('', '0')
"""
# Set on each site by ERPNext's own set-up, with these values.
_OF_EVERY_SITE = (("in_words", "hidden"), ("base_in_words", "hidden"), ("naming_series", "reqd"))
# Modules whose functions and classes decide what is booked. Only those that are loaded can have been changed.
_MODULES = (
	"erpnext.accounts.doctype.gl_entry.gl_entry",
	"erpnext.accounts.doctype.payment_entry.payment_entry",
	"erpnext.accounts.doctype.sales_invoice.sales_invoice",
	"erpnext.accounts.general_ledger",
	"erpnext.accounts.party",
	"erpnext.accounts.utils",
	"erpnext.controllers.accounts_controller",
	"erpnext.controllers.sales_and_purchase_return",
	"erpnext.controllers.taxes_and_totals",
	"erpnext.selling.doctype.customer.customer",
	"erpnext.setup.utils",
	"erpnext.stock.doctype.item.item",
	"erpnext.stock.get_item_details",
	"erpnext.utilities.transaction_base",
	"frappe.contacts.doctype.address.address",
	"frappe.model.naming",
	"frappe.utils",
	"frappe.utils.data",
)


@dataclass(frozen=True, slots=True)
class Guard:
	"""One thing on the site that rows would pass by.

	:ivar rule: names it, the same in every search; :ivar doctypes: documents that it concerns; :ivar what: for people
	"""

	rule: str
	doctypes: frozenset[str]
	what: str


def search(settings: BookSettings) -> list[Guard]:
	"""Everything on this site that is in the way of rows."""
	finders = (_hooks, _overrides, _patches, _country, _rules, _presences, _settings, _fields, _triggers)
	return [guard for find in finders for guard in find(settings)]


def accepted() -> dict[str, str]:
	"""Rule -> an administrator's reason to ignore it."""
	return dict(frappe.get_all("WooCommerce Bulk Booking Rule", fields=["rule", "reason"], as_list=True))


def _hooks(_settings: BookSettings) -> Iterator[Guard]:
	for doctype, events in frappe.get_doc_hooks().items():
		if doctype != "*" and doctype not in (*DOCUMENTS, *ROWS):
			continue
		for event, handlers in events.items():
			for handler in handlers if event not in _OTHER_EVENTS else ():
				if handler.partition(".")[0] not in OWN_APPS:
					concerned = frozenset(DOCUMENTS) if doctype == "*" else _documents_of(doctype)
					yield Guard(
						f"hook:{doctype}:{event}:{handler}",
						concerned,
						_("{0} runs on {1} of {2}.").format(handler, event, doctype),
					)
	for hook in ("update_gl_dict_with_app_based_fields", "sqlite_search"):
		for handler in frappe.get_hooks(hook):
			yield Guard(
				f"hook:{hook}:{handler}", BOOKS | CUSTOMERS, _("{0} is hooked as {1}.").format(handler, hook)
			)


def _overrides(_settings: BookSettings) -> Iterator[Guard]:
	for hook in ("override_doctype_class", "extend_doctype_class"):
		for doctype, classes in frappe.get_hooks(hook, {}).items():
			others = [name for name in classes if not _is_own(name)]
			if others and doctype in (*DOCUMENTS, *ROWS):
				yield Guard(
					f"{hook}:{doctype}",
					_documents_of(doctype),
					_("{0} is {1} for {2}.").format(", ".join(others), hook, doctype),
				)


def _patches(_settings: BookSettings) -> Iterator[Guard]:
	"""Classes and functions that an app has replaced: methods of a controller, and those that it inherits."""
	for doctype in (*DOCUMENTS, *ROWS):
		for name, member in methods_of(get_controller(doctype)):
			if other := other_app(member):
				yield Guard(
					f"patch:{doctype}.{name}",
					_documents_of(doctype),
					_("{0}.{1} is of {2}.").format(doctype, name, other),
				)
	for module in _MODULES:
		for name, member in _members_of(module):
			if other := other_app(member):
				yield Guard(
					f"patch:{module}.{name}",
					BOOKS | CUSTOMERS,
					_("{0}.{1} is of {2}.").format(module, name, other),
				)


def methods_of(controller: type) -> Iterator[tuple[str, object]]:
	"""Each method of a class and of all that it inherits from: what is overridden is called by `super()`."""
	for each in controller.__mro__[:-1]:  # without `object`
		yield from ((name, member) for name, member in vars(each).items() if callable(member))


def _members_of(module: str) -> Iterator[tuple[str, object]]:
	"""The functions of a module that is loaded, whoever made them, and the methods of its own classes."""
	loaded = sys.modules.get(module)
	for name, member in list(vars(loaded).items()) if loaded else ():
		if isinstance(member, type):
			if member.__module__ == module:
				yield from (
					(f"{name}.{each}", method) for each, method in vars(member).items() if callable(method)
				)
		elif callable(member):
			yield name, member


def other_app(member: object) -> str:
	"""The app that a function or method is of, "" for Frappe, ERPNext, this app, and libraries.

	A wrapper that says that it is what it wraps (`functools.wraps`) is known by the file that its code is in.
	"""
	module = getattr(member, "__module__", None)
	app = module.partition(".")[0] if isinstance(module, str) else ""
	code = getattr(member, "__code__", None)
	if code and code.co_filename.startswith(folder := _folder_of_apps()):
		app = code.co_filename[len(folder) :].partition(os.sep)[0]
	return "" if _is_own(app) or _is_library(app) else app


@cache
def _folder_of_apps() -> str:
	return os.path.join(frappe.utils.get_bench_path(), "apps", "")


@cache
def _is_library(package: str) -> bool:
	return not package or (package in sys.modules and package not in frappe.get_all_apps())


def _is_own(module: str) -> bool:
	return module.partition(".")[0] in OWN_APPS


def _country(settings: BookSettings) -> Iterator[Guard]:
	region = erpnext.get_region(settings.company) or ""
	if frappe.get_hooks("regional_overrides", {}).get(region):
		yield Guard(f"country:{region}", BOOKS, _("ERPNext has rules of its own for {0}.").format(region))
	elif region in ("France", "Germany"):
		yield Guard(f"country:{region}", BOOKS, _("ERPNext keeps a transaction log in {0}.").format(region))


def _rules(_settings: BookSettings) -> Iterator[Guard]:
	for kind, (field, active) in _RULES.items():
		# A site that was updated keeps the tables of DocTypes that are gone.
		if not frappe.db.exists("DocType", kind) or (kind == "Energy Point Rule" and not _gives_points()):
			continue
		query = f"SELECT name, `{field}` FROM `tab{kind}` WHERE `{field}` IN %s AND {active} ORDER BY name"
		for name, doctype in frappe.db.sql(query, ((*DOCUMENTS, *ROWS),)):
			yield Guard(
				f"{kind}:{name}",
				_documents_of(doctype),
				_("{0} {1} is for {2}.").format(_(kind), name, doctype),
			)


def _gives_points() -> bool:
	return bool(cint(frappe.db.get_single_value("Energy Point Settings", "enabled")))


def _presences(settings: BookSettings) -> Iterator[Guard]:
	for kind, (condition, doctypes, why) in _PRESENCES.items():
		if kind == "POS Profile" and not settings.pos_payments:
			continue
		rows = frappe.db.sql(f"SELECT count(*) FROM `tab{kind}` WHERE {condition}")
		if rows[0][0]:
			yield Guard(f"{kind}:*", doctypes, _("There is a {0}, which {1}.").format(_(kind), why))
	if frappe.get_cached_value("Company", settings.company, "credit_limit"):
		yield Guard(
			"Company:credit_limit", INVOICE, _("The company has a credit limit, which may refuse invoices.")
		)


def _settings(_settings: BookSettings) -> Iterator[Guard]:
	for doctype, field, doctypes in _SETTINGS:
		if frappe.get_meta(doctype).has_field(field) and cint(frappe.db.get_single_value(doctype, field)):
			label = frappe.get_meta(doctype).get_label(field)
			yield Guard(f"{doctype}:{field}", doctypes, _("{0} is on in {1}.").format(label, doctype))


def _fields(_settings: BookSettings) -> Iterator[Guard]:
	doctypes = (*DOCUMENTS, *ROWS)
	for doctype, field in frappe.db.sql(_FIELDS, (doctypes,)):
		if not _is_standard(doctype, field):
			yield Guard(
				f"Custom Field:{doctype}-{field}",
				_documents_of(doctype),
				_("The custom field {0} of {1} is mandatory, or filled in by itself.").format(field, doctype),
			)
	for doctype, field, changed, value in frappe.db.sql(_SETTERS, (doctypes, _TELLING_PROPERTIES)):
		if (field, changed) not in _OF_EVERY_SITE:
			yield Guard(
				f"Property Setter:{doctype}-{field}-{changed}",
				_documents_of(doctype),
				_("{0} of {1} {2} is set to {3}.").format(changed, doctype, field, value),
			)


def _is_standard(doctype: str, field: str) -> bool:
	return bool(
		frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": field}, "is_system_generated")
	)


def _triggers(_settings: BookSettings) -> Iterator[Guard]:
	query = "SELECT trigger_name, event_object_table FROM information_schema.triggers WHERE event_object_schema = %s"
	tables = {f"tab{doctype}": doctype for doctype in (*DOCUMENTS, *ROWS)}
	for name, table in frappe.db.sql(query, frappe.conf.db_name):
		if table in tables:
			yield Guard(
				f"trigger:{name}",
				_documents_of(tables[table]),
				_("The database has a trigger on {0}.").format(table),
			)


_PARENTS = {
	"Payment Entry Reference": "Payment Entry",
	"Payment Entry Deduction": "Payment Entry",
	"Contact Email": "Contact",
	"Contact Phone": "Contact",
}


def _documents_of(doctype: str) -> frozenset[str]:
	"""The documents that a DocType of rows belongs to."""
	if doctype == "Dynamic Link":
		return frozenset(("Contact", "Address"))
	if doctype in ROWS:
		return frozenset((_PARENTS.get(doctype, "Sales Invoice"),))
	return frozenset((doctype,))
