# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceStoreAction(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal[
			"", "Ignore", "Sales Order (Draft)", "Sales Order", "Draft", "Submit", "Submit and Pay", "Cancel"
		]
		delivery_note: DF.Literal["", "None", "Draft", "Submitted"]
		gateway: DF.Autocomplete | None
		historical: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		shipping_method: DF.Autocomplete | None
		status: DF.Autocomplete | None
	# end: auto-generated types
	pass
