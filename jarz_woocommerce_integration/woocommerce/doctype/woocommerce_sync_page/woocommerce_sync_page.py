# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document


class WooCommerceSyncPage(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		committed: DF.Datetime | None
		last_error: DF.SmallText | None
		number: DF.Int
		orders: DF.Int
		run: DF.Link
		state: DF.Literal["Queued", "Running", "Done", "Retry", "Failed"]
	# end: auto-generated types
	pass


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Sync Page", ["run", "number"])
