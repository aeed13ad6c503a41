"""The documents that an endpoint works with, for a user who may."""

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.session.session import get_store


def store_of(name: str, permission: str) -> Document:
	""":raises frappe.PermissionError: the user may not; :raises StoreSetupError: there is no such store"""
	store = get_store(name)
	store.check_permission(permission)
	return store


def row_of(doctype: str, name: str | int, to_change: bool = False) -> Document:
	"""A document that nobody but the app writes: whoever may write its store may have something done with it.

	:raises frappe.PermissionError: the user may not
	"""
	row = frappe.get_doc(doctype, name)
	row.check_permission("read")
	if to_change:
		store_of(row.store, "write")
	return row


def may_open_app() -> bool:
	"""Whether the user sees the app's tile."""
	return bool(frappe.has_permission("WooCommerce Store", "read"))
