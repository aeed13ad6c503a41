# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.services.desk import stored_texts


class WooCommerceCustomerDecision(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		ambiguous: DF.Check
		candidates: DF.SmallText | None
		currency: DF.Data | None
		customer: DF.Link | None
		evidence: DF.Data | None
		note: DF.SmallText | None
		outcome: DF.Data | None
		payload_hash: DF.Data | None
		store: DF.Link
		woo_order_id: DF.Int
	# end: auto-generated types

	def onload(self):
		"""The form says in the reader's language what is stored in English."""
		stored_texts.show(self, "note", "evidence")


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Customer Decision", ["store", "woo_order_id"])
