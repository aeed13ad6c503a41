"""What a user may choose in our forms that no role of ERPNext's lets them list: accounts, customer groups, warehouses, items.

Whoever may write a form of ours decides what of the books the orders go to. So they may choose by name what its fields link to,
in these fields alone, and neither open nor list it anywhere else.
"""

from typing import Any

import frappe
from frappe.permissions import get_user_permissions

MODULE = "WooCommerce"
FORMS = (
	"WooCommerce Store",
	"WooCommerce Item Link",
	"WooCommerce Payout",
	"WooCommerce Payout Format",
	"WooCommerce Product Import Line",
)
# What the dialog of an import of products asks for besides, of whoever may write a store.
IN_DIALOGS = {"WooCommerce Store": frozenset(("Item Group", "UOM"))}
COMPANY = "Company"
# By which our forms narrow a list. Others could be used to find out what a document holds.
NARROWED_BY = frozenset(
	(
		"account_currency",
		"account_type",
		"company",
		"disabled",
		"enabled",
		"has_variants",
		"is_group",
		"root_type",
		"selling",
	)
)


def choices(
	doctype: str, text: str, filters: dict[str, Any] | None, start: int, length: int
) -> list[tuple[str]]:
	"""The names that contain a text, that very name first.

	:param filters: of `NARROWED_BY`; others, and those that the DocType doesn't have, don't count
	:raises frappe.PermissionError: the user may write none of our forms that link to the DocType
	"""
	if not any(frappe.has_permission(form, "write") and doctype in _linked_from(form) for form in FORMS):
		raise frappe.PermissionError
	meta = frappe.get_meta(doctype)
	wanted = {
		name: value for name, value in (filters or {}).items() if name in NARROWED_BY and meta.has_field(name)
	}
	conditions = [
		[name, *value] if isinstance(value, list | tuple) else [name, "=", value]
		for name, value in wanted.items()
	]
	conditions += _of_user_permissions(doctype, meta.has_field("company"))
	page = {"pluck": "name", "order_by": "name", "limit_start": start, "limit_page_length": length}
	found = frappe.get_all(doctype, [*conditions, ["name", "like", f"%{text}%"]], **page)
	exact = frappe.get_all(doctype, [*conditions, ["name", "=", text]], pluck="name") if text else []
	return [(name,) for name in dict.fromkeys((*exact, *found))]


def _linked_from(form: str) -> set[str]:
	"""The DocTypes that the fields of a form and its tables link to, ours apart."""
	meta = frappe.get_meta(form)
	metas = [meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())]
	linked = {
		field.options
		for each in metas
		for field in each.get_link_fields()
		if not (field.read_only or field.hidden)
	}
	return {doctype for doctype in linked if frappe.get_meta(doctype).module != MODULE} | IN_DIALOGS.get(
		form, frozenset()
	)


def _of_user_permissions(doctype: str, has_company: bool) -> list[list]:
	"""Who is restricted to some companies, or to some of these documents, chooses among them."""
	restrictions = get_user_permissions(frappe.session.user)
	asked = {doctype: "name", **({COMPANY: "company"} if has_company else {})}
	return [
		[column, "in", [entry.doc for entry in restrictions[restricted]]]
		for restricted, column in asked.items()
		if restrictions.get(restricted)
	]
