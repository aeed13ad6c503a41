# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.woocommerce.own_rows import OwnRow


class WooCommerceStockLevel(OwnRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		approved: DF.Check
		approved_at: DF.Datetime | None
		approved_by: DF.Link | None
		attempts: DF.Int
		books_locations: DF.SmallText | None
		books_quantity: DF.Float
		claimed: DF.Float
		compared: DF.Datetime | None
		difference: DF.Float
		item: DF.Link
		last_error: DF.SmallText | None
		locations: DF.SmallText | None
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		product_id: DF.Int
		product_name: DF.Data | None
		reason: DF.SmallText | None
		sent: DF.Datetime | None
		sent_change: DF.Float
		shares_stock: DF.Check
		shop_quantity: DF.Float
		state: DF.Literal[
			"New", "In Step", "Differs", "Waiting for Approval", "Waiting", "Sending", "Failed", "Left Alone"
		]
		store: DF.Link
		variation_id: DF.Int
		wanted: DF.Float
	# end: auto-generated types

	def onload(self):
		"""They are stored in English. Nobody saves this form."""
		stored_texts.show(self, "reason", "last_error")


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Stock Level", ["store", "product_id", "variation_id"])
