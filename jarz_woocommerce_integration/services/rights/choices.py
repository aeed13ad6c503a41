"""What a user may choose in our forms that no role of ERPNext's lets them list: accounts, customer groups, warehouses, items.

Whoever may write a form of ours decides what of the books the orders go to. So they may choose by name what its fields link to,
in these fields alone, and neither open nor list it anywhere else.
"""

from typing import Any

import frappe
from frappe import _
from frappe.permissions import get_user_permissions

from jarz_woocommerce_integration.services.rights.consent import may_prepare_books

# What the fields of a form link to, and what its dialogs ask for. Names of settings and masters of the books: no person, no document.
# A DocType that isn't named here isn't offered, whatever a form links to.
OFFERED = {
	"WooCommerce Store": frozenset(
		(
			"Account",
			"Company",
			"Cost Center",
			"Currency",
			"Customer Group",
			"Email Account",
			"Item Group",
			"Item Tax Template",
			"Mode of Payment",
			"POS Profile",
			"Payment Terms Template",
			"Price List",
			"Print Format",
			"Territory",
			"UOM",
			"Warehouse",
		)
	),
	"WooCommerce Item Link": frozenset(("Item",)),
	"WooCommerce Payout": frozenset(("Account", "Cost Center", "Currency")),
	"WooCommerce Payout Format": frozenset(("Currency",)),
	"WooCommerce Product Import Line": frozenset(("Item",)),
}
COMPANY = "Company"
# By which our forms narrow a list, and how. Others could be used to find out what a document holds.
NARROWED_BY = frozenset(
	(
		"account_currency",
		"account_type",
		"company",
		"disabled",
		"doc_type",
		"enable_outgoing",
		"enabled",
		"has_variants",
		"is_group",
		"root_type",
		"selling",
	)
)
OPERATORS = frozenset(("=", "!=", "in", "not in"))
MOST = 50  # names in an answer: nobody takes a list away by one question


def choices(
	doctype: str, text: str, filters: dict[str, Any] | None, start: int, length: int
) -> list[tuple[str]]:
	"""The names that contain a text, that very name first.

	:param filters: of `NARROWED_BY`; others, and those that the DocType doesn't have, don't count
	:raises frappe.PermissionError: the user may write none of our forms that offer the DocType, or a System Manager doesn't want it
	:raises frappe.ValidationError: a filter compares otherwise than our forms do
	"""
	if not any(
		doctype in offered and frappe.has_permission(form, "write") for form, offered in OFFERED.items()
	):
		raise frappe.PermissionError
	if not may_prepare_books():
		frappe.throw(
			_("You may not list {0}. Ask a System Manager for a role that may.").format(_(doctype)),
			frappe.PermissionError,
		)
	meta = frappe.get_meta(doctype)
	conditions = [
		_condition(name, value)
		for name, value in (filters or {}).items()
		if name in NARROWED_BY and meta.has_field(name)
	]
	conditions += _of_user_permissions(doctype, meta.has_field("company"))
	page = {
		"pluck": "name",
		"order_by": "name",
		"limit_start": max(start, 0),
		"limit_page_length": min(max(length, 1), MOST),
	}
	found = frappe.get_all(doctype, [*conditions, ["name", "like", f"%{text}%"]], **page)
	exact = frappe.get_all(doctype, [*conditions, ["name", "=", text]], pluck="name") if text else []
	return [(name,) for name in dict.fromkeys((*exact, *found))]


def _condition(name: str, value: Any) -> list:
	"""A filter as Frappe takes it. One of three or more parts would be read as a filter by a field of another DocType."""
	operator, wanted, *more = value if isinstance(value, list | tuple) else ("=", value)
	is_list = isinstance(wanted, list | tuple)
	is_plain = all(isinstance(part, str | int) for part in (wanted if is_list else (wanted,)))
	if more or operator not in OPERATORS or is_list != (operator in ("in", "not in")) or not is_plain:
		frappe.throw(_("{0} can't be filtered so.").format(name))
	return [name, operator, wanted]


def _of_user_permissions(doctype: str, has_company: bool) -> list[list]:
	"""Who is restricted to some companies, or to some of these documents, chooses among them."""
	restrictions = get_user_permissions(frappe.session.user)
	asked = {doctype: "name", **({COMPANY: "company"} if has_company else {})}
	return [
		[column, "in", [entry.doc for entry in restrictions[restricted]]]
		for restricted, column in asked.items()
		if restrictions.get(restricted)
	]
