# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.products import corrections
from jarz_woocommerce_integration.services.products.imports import IMPORT


class WooCommerceProductImportLine(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Link", "Create", "Leave"]
		draft: DF.Code | None
		error: DF.SmallText | None
		found: DF.Literal["Matched", "New", "Conflict", "Ignored"]
		image: DF.SmallText | None
		image_attempts: DF.Int
		image_error: DF.SmallText | None
		image_state: DF.Literal["", "Waiting", "Stored", "Refused"]
		item: DF.Link | None
		kind: DF.Literal["", "Item", "Template", "Variant", "Bundle"]
		made: DF.Code | None
		matched_by: DF.Literal["", "Link", "SKU", "Barcode", "Attributes", "Name"]
		new_code: DF.Data | None
		notes: DF.SmallText | None
		product_id: DF.Int
		product_import: DF.Link
		product_name: DF.Data | None
		reason: DF.SmallText | None
		reason_parts: DF.SmallText | None
		sku: DF.Data | None
		state: DF.Literal["Open", "Approved", "Done", "Refused", "Undone", "Kept"]
		store: DF.Link | None
		variation_id: DF.Int
	# end: auto-generated types

	def onload(self):
		"""They are stored in English. A save puts them back (`corrections.validate_line`), so the form may show another text."""
		stored_texts.show(self, "reason", "notes", "error", "image_error")
		self.set_onload("currency", frappe.db.get_value(IMPORT, self.product_import, "currency"))

	def validate(self):
		corrections.validate_line(self)


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Product Import Line", ["product_import", "product_id", "variation_id"])
	frappe.db.add_index("WooCommerce Product Import Line", ["product_import", "state"])
	frappe.db.add_index("WooCommerce Product Import Line", ["image_state"])
