# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts


class WooCommerceInvoiceMail(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		email_queue: DF.Link | None
		language: DF.Link | None
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		once_key: DF.Data | None
		reason: DF.SmallText | None
		sales_invoice: DF.Link | None
		state: DF.Literal["Waiting", "Queued", "Sent", "Left Out", "Failed"]
		store: DF.Link
		woo_order_id: DF.Int
	# end: auto-generated types

	def onload(self):
		"""The form says in the reader's language what is stored in English."""
		stored_texts.show(self, "reason")
