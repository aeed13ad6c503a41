# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.monitoring import logs
from jarz_woocommerce_integration.services.proof.printing import proof_for_print
from jarz_woocommerce_integration.services.proof.printing import since_proof


class WooCommerceSyncRun(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		anew_position: DF.Code | None
		before_gmt: DF.Datetime | None
		booked: DF.Int
		cancelled: DF.Int
		changed: DF.Int
		circuit_open_until: DF.Datetime | None
		failed: DF.Int
		finished: DF.Datetime | None
		held: DF.Int
		held_alert_sent: DF.Check
		kept: DF.Int
		kept_documents: DF.Code | None
		kind: DF.Literal["Migration", "Dry Run", "Live Sync", "Reconciliation"]
		last_error: DF.SmallText | None
		name: DF.Int | None
		next_page: DF.Int
		orders: DF.Int
		page_limit: DF.Int
		pages: DF.Int
		parameters: DF.Code | None
		phase: DF.Literal["", "Planning", "Booking", "Settling", "Proving"]
		planned_orders: DF.Int
		planned_pages: DF.Int
		proven: DF.Check
		requests: DF.Int
		series_before: DF.Code | None
		settling_round: DF.Int
		skipped: DF.Int
		started: DF.Datetime | None
		started_by: DF.Link | None
		status: DF.Literal[
			"Running", "Paused", "Completed", "Stopped", "Failed", "Replaced", "Undoing", "Undone"
		]
		store: DF.Link
		store_failures: DF.Int
		unchanged: DF.Int
		undo_position: DF.Code | None
		undone: DF.Int
		updated: DF.Int
		verification: DF.Code | None
		waiting_for: DF.SmallText | None
		workers: DF.Int
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called daily by Frappe, with the days of Log Settings. Commits."""
		logs.clear_runs(days)

	def onload(self):
		"""The form says whether the proof still holds, and in the reader's language what is stored in English."""
		self.set_onload("since_proof", since_proof(self))
		stored_texts.show(self, "last_error")
		stored_texts.show_json(self, "verification", "kept_documents")

	def before_print(self, settings=None):
		self.proof = stored_texts.shown_in(proof_for_print(self))

	@property
	def company(self) -> str | None:
		"""The company whose books the store's orders are in. The letter heads of ERPNext 16 print a document's company."""
		return frappe.db.get_value("WooCommerce Store", self.store, "company", cache=True)
