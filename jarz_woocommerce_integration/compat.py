"""Internals of Frappe that we touch, each with what is expected of it. tests/setup_site/test_compat.py fails where Frappe no longer
does what is expected here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, lru_cache
from typing import Any

import frappe
from frappe.database.utils import EmptyQueryValues
from frappe.model.base_document import get_controller
from frappe.model.document import Document
from frappe.translate import get_user_lang
from frappe.utils.jinja import get_jenv

# What ERPNext keeps for a request: in which currency a party's entries are, also when there are none any more.
PARTY_CURRENCIES = ("party_gle_currency", "party_gle_account")
TEMPLATES_KEPT = 32
SEARCH_QUEUE = "global_search_queue"


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
	"""Let `frappe.db.get_single_value` answer these values in this process, until the next commit or rollback at most.

	:param settings: Single DocType -> field -> value
	"""
	for doctype, values in settings.items():
		frappe.db.value_cache.setdefault(doctype, {}).update(values)


def believe_no_more(*doctypes: str) -> None:
	for doctype in doctypes:
		frappe.db.value_cache.pop(doctype, None)


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


def changed_rows() -> int:
	"""How many rows the last statement of this connection has changed."""
	return frappe.db._cursor.rowcount


@contextmanager
def each_statement(
	around: Callable[[Callable[..., Any], str, Any, Callable[[], Any]], Any],
) -> Iterator[None]:
	"""Hand over each statement that goes through `frappe.db.sql` meanwhile, which is all that Frappe, ERPNext and other apps have.

	:param around: gets a `sql` that nobody follows, the text, the values, and what runs the statement; it returns what that returns
	"""
	database = frappe.db._get_current_object() if hasattr(frappe.db, "_get_current_object") else frappe.db
	original = database.sql

	def sql(query, values=EmptyQueryValues, *args, **kwargs):
		return around(original, str(query), values, lambda: original(query, values, *args, **kwargs))

	database.sql = sql
	try:
		yield
	finally:
		del database.sql


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
