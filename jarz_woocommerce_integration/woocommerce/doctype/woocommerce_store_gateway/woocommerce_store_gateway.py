# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceStoreGateway(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		account: DF.Link
		fee_account: DF.Link | None
		fee_meta_key: DF.Data | None
		gateway: DF.Data
		look: DF.Check
		mode_of_payment: DF.Link
		orders: DF.Data | None
		paid: DF.Literal["When Paid", "At Once", "On Delivery"]
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		payment_terms: DF.Link | None
		refund_account: DF.Link | None
		repaid: DF.Literal["As Paid", "As Paid, Listed", "Listed Only", "By Hand"]
		title: DF.Data | None
	# end: auto-generated types
	pass
