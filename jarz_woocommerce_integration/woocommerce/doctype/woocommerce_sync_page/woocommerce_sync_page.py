# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts


class WooCommerceSyncPage(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		booking_seconds: DF.Float
		committed: DF.Datetime | None
		error_kind: DF.Data | None
		last_error: DF.SmallText | None
		lookup_seconds: DF.Float
		masters_made: DF.Check
		memory_mb: DF.Int
		number: DF.Int
		order_ids: DF.LongText | None
		orders: DF.Int
		planned_orders: DF.Int
		proof_seconds: DF.Float
		queued_at: DF.Datetime | None
		requests: DF.Int
		retry_at: DF.Datetime | None
		run: DF.Link
		seconds: DF.Float
		started: DF.Datetime | None
		state: DF.Literal["Planned", "Queued", "Running", "Done", "Retry", "Failed"]
		store_seconds: DF.Float
		worker: DF.Data | None
	# end: auto-generated types

	def onload(self):
		"""The form says in the reader's language what is stored in English."""
		stored_texts.show(self, "last_error")


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Sync Page", ["run", "number"])
