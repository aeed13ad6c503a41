# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommercePayoutLine(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		booked: DF.Currency
		day: DF.Date | None
		difference: DF.Currency
		fee: DF.Currency
		fee_booked: DF.Currency
		gross: DF.Currency
		identifier: DF.Data | None
		kind: DF.Literal["Payment", "Refund", "Fee", "Dispute", "Reserve", "Adjustment"]
		net: DF.Currency
		order_id: DF.Data | None
		order_number: DF.Data | None
		other_references: DF.SmallText | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		payment_entry: DF.Link | None
		reference: DF.Data | None
		state: DF.Literal[
			"",
			"Matched",
			"Amount Differs",
			"Not in the Books",
			"Paid Out Before",
			"Twice in the File",
			"No Payment",
		]
		text: DF.SmallText | None
	# end: auto-generated types
	pass
