"""What a System Manager lets WooCommerce Managers do in the books: a switch of WooCommerce Settings, on from the start.

Frappe can give a role a right to another app's DocType only by rows that replace all rights of that DocType (Custom DocPerm), for every
app. So our role has none. What setting a shop up takes is done by the app instead, for who has the role: docs/operate/threat-model.md
says what it is, and why.
"""

import frappe

SETTINGS = "WooCommerce Settings"
SWITCH = "managers_prepare_books"
ROLES = frozenset(("WooCommerce Manager", "System Manager"))


def may_prepare_books() -> bool:
	"""Whether the user may choose from the books, make what a shop's orders need there, and see what they became."""
	return not ROLES.isdisjoint(frappe.get_roles()) and bool(frappe.db.get_single_value(SETTINGS, SWITCH))


def may_create(doctype: str) -> bool:
	"""Whether the user may make a document that a shop's orders need: by a role of ERPNext's, or by ours."""
	return bool(frappe.has_permission(doctype, "create")) or may_prepare_books()
