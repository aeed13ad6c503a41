"""What must be true of the table of the shop's roles in the form of a WooCommerce Store."""

import frappe
from frappe import _
from frappe.model.document import Document


def validate(store: Document) -> None:
	""":raises frappe.ValidationError: names the row and the field"""
	for row in store.roles:
		if row.role_customer_group and frappe.get_cached_value(
			"Customer Group", row.role_customer_group, "is_group"
		):
			frappe.throw(
				_("{0}: {1} is a group; choose one in it.").format(
					_place_of(row, "role_customer_group"), row.role_customer_group
				)
			)
		one = row.customer and frappe.db.get_value(
			"Customer", row.customer, ["disabled", "woo_customer_key"], as_dict=True
		)
		if not one:
			continue
		if one.disabled:
			frappe.throw(_("{0}: {1} is disabled.").format(_place_of(row, "customer"), row.customer))
		if one.woo_customer_key:
			frappe.throw(
				_(
					"{0}: {1} was made from a shop for one person. Choose a customer who was made by hand for all orders of the role."
				).format(_place_of(row, "customer"), row.customer)
			)


def _place_of(row: Document, field: str) -> str:
	table = frappe.get_meta(row.parenttype).get_label(row.parentfield)
	return _("{0}, row {1}: {2}").format(_(table), row.idx, _(row.meta.get_label(field)))
