# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

# import frappe
from frappe.model.document import Document


class WooCommerceSyncRun(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		before_gmt: DF.Datetime | None
		booked: DF.Int
		cancelled: DF.Int
		changed: DF.Int
		failed: DF.Int
		finished: DF.Datetime | None
		held: DF.Int
		kind: DF.Literal["Migration", "Dry Run", "Live Sync", "Reconciliation"]
		last_error: DF.SmallText | None
		name: DF.Int | None
		next_page: DF.Int
		orders: DF.Int
		pages: DF.Int
		parameters: DF.Code | None
		proven: DF.Check
		requests: DF.Int
		skipped: DF.Int
		started: DF.Datetime | None
		status: DF.Literal["Running", "Paused", "Completed", "Stopped", "Failed", "Replaced"]
		store: DF.Link
		unchanged: DF.Int
		updated: DF.Int
		verification: DF.Code | None
	# end: auto-generated types
	pass
