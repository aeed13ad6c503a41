# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from jarz_woocommerce_integration.woocommerce.own_rows import OwnRow


class WooCommerceOrderMapCreditNote(OwnRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		payment_entry: DF.Link | None
		refund_id: DF.Int
		sales_invoice: DF.Link | None
	# end: auto-generated types
	pass
