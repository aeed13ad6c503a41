"""Internals of Frappe that we touch, each with what is expected of it. tests/setup_site/test_compat.py fails where Frappe no longer
does what is expected here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from typing import Any, NamedTuple

import frappe
import pymysql.err
from erpnext.accounts.doctype.payment_entry.payment_entry import PaymentEntry
from erpnext.selling.doctype.customer.customer import Customer
from erpnext.stock.get_item_details import get_item_tax_map
from frappe.database.utils import EmptyQueryValues
from frappe.model.base_document import get_controller
from frappe.model.document import Document
from frappe.translate import get_user_lang
from frappe.utils import getdate
from frappe.utils.jinja import get_jenv

# What ERPNext keeps for a request: in which currency a party's entries are, also when there are none any more.
PARTY_CURRENCIES = ("party_gle_currency", "party_gle_account")
# What Frappe and ERPNext keep of settings for a request, each in a dictionary of `frappe.local` that they fill again.
KEPT_OF_SETTINGS = (
	"default_finance_book",
	"document_wise_inventory_dimensions",
	"enable_perpetual_inventory",
	"inventory_dimensions",
	"new_doc_templates",
	"party_account_types",
)
TEMPLATES_KEPT = 32
SEARCH_QUEUE = "global_search_queue"
ACCOUNTS_SETTINGS = "Accounts Settings"


# --- language ---


@contextmanager
def in_language(code: str | None) -> Iterator[None]:
	"""Translate into this language meanwhile. `frappe._` reads `frappe.local.lang` at each call. :param code: None for no change"""
	before = frappe.local.lang
	frappe.local.lang = code or before
	try:
		yield
	finally:
		frappe.local.lang = before


def in_language_of_site():
	"""Of what is stored and sent, whoever it is that works."""
	return in_language(frappe.db.get_single_value("System Settings", "language"))


def in_language_of(user: str):
	return in_language(get_user_lang(user))


# --- caches of the process ---


def forget_documents() -> None:
	"""Documents that were read stay in `frappe.local.cache` until the job ends, so that a long one would fill the memory."""
	frappe.local.cache.clear()


def forget_settings() -> None:
	"""Settings that this process has read are read again: others may have changed them since."""
	forget_documents()
	for name in KEPT_OF_SETTINGS:
		setattr(frappe.local, name, {})
	frappe.db.value_cache.clear()
	frappe.local.system_settings = None
	getattr(frappe.local, "request_cache", {}).clear()
	frappe.flags.accounting_dimensions = frappe.flags.accounting_dimensions_details = None
	frappe.flags.dimension_filter_map = None


def forget_cached(doctype: str, names: Sequence[str]) -> None:
	"""As `frappe.clear_document_cache` for many documents: in Redis now and once more at the end of the transaction."""
	keys = [frappe.get_document_cache_key(doctype, name) for name in names]
	frappe.db.value_cache.pop(doctype, None)  # Frappe 16 keeps values by DocType

	def forget() -> None:
		frappe.cache.delete_value(keys)

	forget()
	frappe.db.after_commit.add(forget)
	frappe.db.after_rollback.add(forget)


def keep_cached(document: Document) -> None:
	"""Let `frappe.get_cached_value` find a document that was just inserted, as it would after it had read all of its tables."""
	frappe.cache.set_value(frappe.get_document_cache_key(document.doctype, document.name), document)


def known_in_process(name: str) -> dict:
	"""A dictionary of ours that is forgotten with `forget_documents`. :param name: begins with woo_"""
	return frappe.local.cache.setdefault(name, {})


def forget_party_currencies() -> None:
	for kept in PARTY_CURRENCIES:
		frappe.local.cache.pop(kept, None)


def forget_dynamic_links() -> None:
	"""Which DocTypes have dynamic links to others: Frappe asks once, and what is linked for the first time since isn't seen."""
	frappe.local.dynamic_link_map = None


# --- settings ---


def believe(settings: Mapping[str, Mapping[str, object]]) -> None:
	"""Let these values be the site's settings in this process, until `believe_no_more`.

	ERPNext 15 reads most of them by `frappe.db.get_single_value`, which forgets them at each commit and rollback: they are
	believed anew for each document. ERPNext 16 reads the cached document, which keeps them.

	:param settings: Single DocType -> field -> value
	"""
	for doctype, values in settings.items():
		frappe.db.value_cache.setdefault(doctype, {}).update(values)
		frappe.get_cached_doc(doctype).update(values)


def believe_no_more(*doctypes: str) -> None:
	for doctype in doctypes:
		frappe.db.value_cache.pop(doctype, None)
		# Redis has the document as the site has it; the process reads it from there again.
		frappe.local.cache.pop(frappe.cache.make_key(frappe.get_document_cache_key(doctype, doctype)), None)


def accounts_frozen(company: str) -> tuple[str, date] | None:
	"""Until when a company's accounts are frozen, and the DocType of the setting. ERPNext 15 has one date for all companies."""
	if frappe.get_meta("Company").has_field("accounts_frozen_till_date"):
		doctype, until = "Company", frappe.db.get_value("Company", company, "accounts_frozen_till_date")
	else:
		# `frappe.db.get_single_value` makes a day of the year 1 of an empty date.
		kept = frappe.db.get_singles_dict(ACCOUNTS_SETTINGS)
		doctype, until = ACCOUNTS_SETTINGS, kept.get("acc_frozen_upto")
	return (doctype, getdate(until)) if until else None


def number_format() -> tuple[str, str, int]:
	"""Decimal separator, thousands separator and decimals of how the site writes numbers. The first is "" without decimals."""
	chosen = frappe.db.get_default("number_format") or "#,###.##"
	if not find_spec("frappe.utils.number_format"):  # Frappe 16 has it
		return frappe.utils.get_number_format_info(chosen)
	found = import_module("frappe.utils.number_format").NumberFormat.from_string(chosen)
	return found.decimal_separator, found.thousands_separator, found.precision


# --- who works, and what follows from it ---


@contextmanager
def as_administrator() -> Iterator[None]:
	"""Permissions are asked of the Administrator meanwhile. `frappe.set_user` would throw away the session of a request."""
	session = frappe.local.session
	user, session.user = session.user, "Administrator"
	frappe.local.role_permissions, frappe.local.user_perms = {}, None
	try:
		yield
	finally:
		session.user = user
		frappe.local.role_permissions, frappe.local.user_perms = {}, None


@contextmanager
def _set(flags: MutableMapping, name: str, value: object) -> Iterator[None]:
	before = flags.get(name)
	flags[name] = value
	try:
		yield
	finally:
		flags[name] = before


def without_notifications(document: Document) -> None:
	"""Nobody's Notification is sent for this document. Not by a flag: those of Frappe 15 mean nothing to Frappe 16."""
	document.run_notifications = _no_notifications


def _no_notifications(_method: str) -> None:
	"""A function with a name: a document that is handed to a background job is pickled."""


def without_mail(muted: bool) -> AbstractContextManager[None]:
	""":param muted: whether nothing is mailed; what is muted already stays so"""
	return _set(frappe.flags, "mute_emails", muted or frappe.flags.mute_emails)


def without_search() -> AbstractContextManager[None]:
	"""No document is put into the global search: its queue knows no rollback."""
	return _set(frappe.local.conf, "disable_global_search", 1)


def as_import() -> AbstractContextManager[None]:
	"""Documents that are validated meanwhile take themselves for those of a data import."""
	return _set(frappe.flags, "in_import", True)


@contextmanager
def messages_kept() -> Iterator[None]:
	"""What code inside puts into the user's messages is dropped where it raises."""
	messages = list(frappe.local.message_log)
	try:
		yield
	except Exception:
		frappe.local.message_log = messages
		raise


# --- documents ---


def sanitise(document: Document) -> None:
	"""Put the document's texts through Frappe's filter for HTML, as a draft's insertion does; rows are documents of their own."""
	document._sanitize_content()


def new_document(values: dict) -> Document:
	"""A document that isn't stored yet."""
	return _controller(values["doctype"])(values)


def stored_document(doctype: str, name: str) -> Document:
	return _controller(doctype)(doctype, name)


def _controller(doctype: str) -> type[Document]:
	controller = get_controller(doctype)
	return _quiet(controller) if doctype == "Contact" else controller


@cache
def _quiet(controller: type[Document]) -> type[Document]:
	"""The site's Contact without its question to gravatar.com, which may take five seconds each.

	Only its own validation takes this for an import: webhooks and notifications run as the site has them.
	"""

	class QuietContact(controller):
		def validate(self):
			with as_import():
				super().validate()

	return QuietContact


def payment_references_have_rates() -> bool:
	"""Whether a payment's entries for its invoices have an exchange rate, which is the one of the account that is paid to."""
	return "target_exchange_rate" in PaymentEntry.add_party_gl_entries.__code__.co_names


def items_have_tax_rates_of_charges() -> bool:
	"""Whether an item's row says the rate of each charge of its invoice (ERPNext 16), or of its Item Tax Template alone."""
	return "doc" in signature(get_item_tax_map).parameters


def customers_are_numbered_by_how_names_begin() -> bool:
	"""Whether a customer's number follows those of names that begin with theirs (ERPNext 16), or that hold it (ERPNext 15)."""
	return "name_prefix" in Customer.get_customer_name.__code__.co_varnames


def tax_shares_are_rows() -> bool:
	"""Whether what a tax was charged on which item is rows of the invoice (ERPNext 16), or JSON in the tax's row (ERPNext 15)."""
	return frappe.get_meta("Sales Invoice").has_field("item_wise_tax_details")


@contextmanager
def templates_compiled_once() -> Iterator[None]:
	"""Keep what Jinja makes of a template's text, as of the country's Address Template, for the next document.

	The environment that remembers is this job's own (`frappe.local`).
	"""
	environment = get_jenv()
	before = environment.__dict__.get("from_string")
	environment.from_string = lru_cache(TEMPLATES_KEPT)(before or environment.from_string)
	try:
		yield
	finally:
		if before:
			environment.from_string = before
		else:
			del environment.from_string


# --- the database ---


def _errors(name: str) -> tuple[type[Exception], ...]:
	"""A class of DB-API errors. Frappe 15 speaks to MariaDB by PyMySQL, Frappe 16 by mysqlclient, or by PyMySQL where the site wants it."""
	classes = [getattr(pymysql.err, name)]
	if find_spec("MySQLdb"):
		classes.append(getattr(import_module("MySQLdb"), name))
	return tuple(classes)


DATA_ERRORS = _errors("DataError")
INTEGRITY_ERRORS = _errors("IntegrityError")
INTERFACE_ERRORS = _errors("InterfaceError")
OPERATIONAL_ERRORS = _errors("OperationalError")


def changed_rows() -> int:
	"""How many rows the last statement of this connection has changed."""
	return frappe.db._cursor.rowcount


class Statement(NamedTuple):
	"""What `frappe.db.sql` was called with. :ivar options: its other arguments, by position and by name"""

	text: str
	values: Any
	options: tuple[tuple, dict]


@contextmanager
def each_statement(
	around: Callable[[Callable[..., Any], Statement, Callable[[], Any]], Any],
) -> Iterator[None]:
	"""Hand over each statement that goes through `frappe.db.sql` meanwhile, which is all that Frappe, ERPNext and other apps have.

	:param around: gets a `sql` that this block doesn't follow, the statement, and what runs it; it returns what that returns
	"""
	database = frappe.db._get_current_object() if hasattr(frappe.db, "_get_current_object") else frappe.db
	original = database.sql
	outer = vars(database).get("sql")

	def sql(query, values=EmptyQueryValues, *args, **kwargs):
		statement = Statement(str(query), values, (args, kwargs))
		return around(original, statement, lambda: original(query, values, *args, **kwargs))

	database.sql = sql
	try:
		yield
	finally:
		if outer is None:
			del database.sql
		else:
			database.sql = outer


# --- the search ---


def add_to_search(values: Sequence[dict]) -> None:
	"""Put documents into the queue of the global search, as `update_global_search` does for one. :param values: its values of each"""
	if values and not frappe.local.conf.get("disable_global_search"):
		queued = [json.dumps(value) for value in values]
		frappe.cache.execute_command("LPUSH", frappe.cache.make_key(SEARCH_QUEUE), *queued)


# --- after the commit ---


class AfterCommit:
	"""What is to happen after the commit, as it is now. A savepoint that is rolled back leaves behind what was added since."""

	def __init__(self) -> None:
		self._callbacks = list(frappe.db.after_commit._functions)

	def restore(self) -> None:
		frappe.db.after_commit.reset()
		for callback in self._callbacks:
			frappe.db.after_commit.add(callback)
