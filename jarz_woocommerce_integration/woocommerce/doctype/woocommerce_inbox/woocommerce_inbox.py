# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.monitoring import logs


class WooCommerceInbox(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		at_once: DF.Int
		attempts: DF.Int
		finished: DF.Datetime | None
		last_error: DF.SmallText | None
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		received: DF.Datetime | None
		resource: DF.Literal["order", "customer", "product"]
		source: DF.Literal["Webhook", "Scheduler", "Reconciliation", "Person"]
		stamp_gmt: DF.Datetime | None
		state: DF.Literal["Waiting", "Done", "Given Up"]
		store: DF.Link
		topic: DF.Data | None
		woo_id: DF.Int
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called daily by Frappe, with the days of Log Settings. Commits."""
		logs.clear_inbox(days)

	def onload(self):
		"""The form says in the reader's language what is stored in English."""
		stored_texts.show(self, "last_error")
