# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.woocommerce.own_rows import OwnRow


class WooCommercePriceLevel(OwnRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		approved: DF.Check
		approved_at: DF.Datetime | None
		approved_by: DF.Link | None
		attempts: DF.Int
		compared: DF.Datetime | None
		conversion: DF.Data | None
		currency: DF.Link | None
		item: DF.Link
		last_error: DF.SmallText | None
		list_price: DF.Currency
		list_sale_price: DF.Currency
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		product_id: DF.Int
		product_name: DF.Data | None
		reason: DF.SmallText | None
		regular_price: DF.Currency
		role_prices: DF.SmallText | None
		sale_from: DF.Date | None
		sale_price: DF.Currency
		sale_to: DF.Date | None
		sent: DF.Datetime | None
		shop_regular_price: DF.Currency
		shop_role_prices: DF.SmallText | None
		shop_sale_from: DF.Date | None
		shop_sale_price: DF.Currency
		shop_sale_to: DF.Date | None
		state: DF.Literal[
			"New", "In Step", "Differs", "Waiting for Approval", "Waiting", "Sending", "Failed", "Left Alone"
		]
		store: DF.Link
		variation_id: DF.Int
		wanted: DF.SmallText | None
	# end: auto-generated types

	def onload(self):
		"""They are stored in English. Nobody saves this form."""
		stored_texts.show(self, "reason", "last_error")


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Price Level", ["store", "product_id", "variation_id"])
