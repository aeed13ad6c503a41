# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceStoreTaxClass(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		item_tax_template: DF.Link
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		tax_class: DF.Data
	# end: auto-generated types
	pass
