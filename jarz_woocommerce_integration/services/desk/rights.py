"""Whether the user may choose what the form of a WooCommerce Store asks for, and whose role would let them.

A WooCommerce Manager may write the form, and chooses accounts, customer groups and warehouses in it, which are ERPNext's.
"""

import frappe
from frappe import _
from frappe.model.meta import Meta
from frappe.permissions import add_permission, update_permission_property

# Roles of ERPNext in the order in which they are named; the first ones let a user read what a store needs, and write least.
PREFERRED = ("Accounts User", "Sales User", "Stock User", "Item Manager", "Accounts Manager", "Sales Manager")
# Given to everybody, or to nobody that a person could name.
NOT_GIVEN = ("All", "Guest", "Administrator", "Desk User")
MODULE = "WooCommerce"
# What is chosen from beside the store's form: in the lines of a product import, and where one begins.
CHOSEN_ELSEWHERE = ("Item", "UOM")


def what_lacks(meta: Meta) -> str:
	"""A sentence on what of the form the user can't choose, and which roles they lack; "" where nothing is in the way."""
	doctypes = [doctype for doctype in _chosen_from(meta) if not _may_choose(doctype)]
	if not doctypes:
		return ""
	roles, left = _roles_for(doctypes)
	what = ", ".join(_(doctype) for doctype in doctypes)
	if left:
		return _(
			"You may not choose from these lists: {0}. Ask a System Manager for the right to read them."
		).format(what)
	return _("You may not choose from these lists: {0}. Ask a System Manager for the roles {1}, too.").format(
		what, ", ".join(map(_, roles))
	)


def lists_to_grant(meta: Meta, role: str) -> list[str]:
	"""The DocTypes from which the form, or an import of products, asks a person to choose, and from which who has this role alone may not."""
	granted = []
	for doctype in sorted({*_chosen_from(meta), *CHOSEN_ELSEWHERE}):
		rows = frappe.get_meta(doctype).permissions
		if not any(row.role == role and not row.permlevel and (row.read or row.select) for row in rows):
			granted.append(doctype)
	return granted


def grant_choices(meta: Meta, role: str) -> list[str]:
	"""Let a role choose from these lists, and nothing more: neither read nor write. As the Role Permissions Manager does it.

	:returns: the DocTypes; :raises frappe.PermissionError: the user isn't a System Manager
	"""
	frappe.only_for("System Manager")
	granted = lists_to_grant(meta, role)
	for doctype in granted:
		add_permission(doctype, role, ptype="select")
		for right in ("read", "export"):  # which a new rule has by itself
			update_permission_property(doctype, role, 0, right, 0)
	return granted


def _chosen_from(meta: Meta) -> list[str]:
	"""The DocTypes that the fields of a form and its tables link to, ours apart."""
	metas = [meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())]
	linked = {
		field.options
		for each in metas
		for field in each.get_link_fields()
		if not (field.read_only or field.hidden)
	}
	return sorted(doctype for doctype in linked if frappe.get_meta(doctype).module != MODULE)


def _may_choose(doctype: str) -> bool:
	return any(frappe.has_permission(doctype, ptype) for ptype in ("select", "read"))


def _roles_for(doctypes: list[str]) -> tuple[list[str], set[str]]:
	"""A few roles that may read these together, and what no role may."""
	readers = {doctype: _readers(doctype) for doctype in doctypes}
	left, roles = set(doctypes), []
	while left:
		candidates = {role for doctype in left for role in readers[doctype]}
		if not candidates:
			break
		best = min(candidates, key=lambda role: (-sum(role in readers[d] for d in left), _rank(role), role))
		roles.append(best)
		left = {doctype for doctype in left if best not in readers[doctype]}
	return roles, left


def _rank(role: str) -> int:
	return PREFERRED.index(role) if role in PREFERRED else len(PREFERRED)


def _readers(doctype: str) -> set[str]:
	rows = frappe.get_meta(doctype).permissions
	return {row.role for row in rows if not row.permlevel and row.read and row.role not in NOT_GIVEN} - {
		"System Manager"
	}
