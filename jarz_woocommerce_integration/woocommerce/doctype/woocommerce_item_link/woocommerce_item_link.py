# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import settings_rules


class WooCommerceItemLink(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		deleted_in_store: DF.Check
		item: DF.Link
		product_id: DF.Int
		product_name: DF.Data | None
		run: DF.Int
		sku: DF.Data | None
		store: DF.Link
		variation_id: DF.Int
	# end: auto-generated types

	def validate(self):
		settings_rules.validate_item_link(self)


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Item Link", ["store", "product_id", "variation_id", "sku"])
