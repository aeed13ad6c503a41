# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts


class WooCommerceProductImport(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		approved_at: DF.Datetime | None
		approved_by: DF.Link | None
		bundles: DF.Check
		conflicts: DF.Int
		currency: DF.Link | None
		descriptions: DF.Literal["Short", "Full", "None"]
		done: DF.Int
		finished: DF.Datetime | None
		ignored: DF.Int
		images: DF.Check
		item_groups: DF.Check
		kept: DF.Int
		kept_by_undo: DF.SmallText | None
		last_error: DF.SmallText | None
		made: DF.LongText | None
		malformed: DF.SmallText | None
		matched: DF.Int
		name: DF.Int | None
		new: DF.Int
		price_list: DF.Link | None
		products: DF.Int
		refused: DF.Int
		root_item_group: DF.Link | None
		sale_price_list: DF.Link | None
		started: DF.Datetime | None
		started_by: DF.Link | None
		status: DF.Literal[
			"Reading", "Planned", "Applying", "Applied", "Undoing", "Undone", "Failed", "Replaced"
		]
		stock_items: DF.Literal["Managed in Store", "All Goods", "None"]
		store: DF.Link
		undone: DF.Int
		uom: DF.Link | None
		warnings: DF.SmallText | None
	# end: auto-generated types

	def onload(self):
		"""They are stored in English. The form saves nothing, so what it shows may be another text."""
		stored_texts.show(self, "last_error", "warnings", "malformed", "kept_by_undo")
