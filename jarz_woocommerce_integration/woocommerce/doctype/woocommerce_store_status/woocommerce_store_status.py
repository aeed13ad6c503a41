# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceStoreStatus(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal[
			"Ignore",
			"Sales Order (Draft)",
			"Sales Order",
			"Draft",
			"Submit",
			"Submit and Pay",
			"Cancel",
			"Hold",
		]
		look: DF.Check
		orders: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		status: DF.Data
		status_name: DF.Data | None
	# end: auto-generated types
	pass
