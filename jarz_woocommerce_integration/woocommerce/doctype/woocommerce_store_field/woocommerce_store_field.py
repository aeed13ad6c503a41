# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceStoreField(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		document_type: DF.Literal[
			"Sales Invoice", "Sales Invoice Item", "Credit Note", "Sales Order", "Customer", "Payment Entry"
		]
		field: DF.Autocomplete
		kind: DF.Literal["", "Text", "Number", "Date", "Check", "Link"]
		may_change: DF.Literal["When Made", "Always"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		path: DF.Data
	# end: auto-generated types
	pass
