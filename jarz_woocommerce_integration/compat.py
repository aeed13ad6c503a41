"""Internals of Frappe that we touch, each with what is expected of it. tests/setup_site/test_compat.py fails where Frappe no longer
does what is expected here. Two more have a module of their own: what is written is followed by a `frappe.db.sql` of ours
(`ledger/erpnext/bulk/proof/recorder.py`), and templates are compiled once (`ledger/erpnext/documents/shortcuts.py`).
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager

import frappe
from frappe.translate import get_user_lang

# What ERPNext keeps for a request: in which currency a party's entries are, also when there are none any more.
PARTY_CURRENCIES = ("party_gle_currency", "party_gle_account")


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


# --- after the commit ---


class AfterCommit:
	"""What is to happen after the commit, as it is now. A savepoint that is taken back leaves behind what was added since."""

	def __init__(self) -> None:
		self._callbacks = list(frappe.db.after_commit._functions)

	def restore(self) -> None:
		frappe.db.after_commit.reset()
		for callback in self._callbacks:
			frappe.db.after_commit.add(callback)
