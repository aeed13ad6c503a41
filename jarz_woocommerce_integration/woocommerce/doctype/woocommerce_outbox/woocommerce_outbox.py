# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.monitoring import logs
from jarz_woocommerce_integration.woocommerce.own_rows import OwnRow


class WooCommerceOutbox(OwnRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		action: DF.Literal["Status", "Note", "Tracking", "Cancelled Delivery", "Refund"]
		approved_at: DF.Datetime | None
		approved_by: DF.Link | None
		attempts: DF.Int
		document_name: DF.DynamicLink | None
		document_type: DF.Link | None
		last_error: DF.SmallText | None
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		once_key: DF.Data | None
		paid_back: DF.Float
		paid_back_at: DF.Datetime | None
		sent: DF.Datetime | None
		state: DF.Literal["Waiting", "Awaiting Approval", "Sending", "Sent", "Not Needed", "Given Up"]
		store: DF.Link
		value: DF.SmallText | None
		woo_id: DF.Int
		woo_order_id: DF.Int
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 180) -> None:
		"""Called daily by Frappe, with the days of Log Settings. Commits."""
		logs.clear_outbox(days)

	def onload(self):
		"""The form says in the reader's language what is stored in English."""
		stored_texts.show(self, "last_error")
