# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

import json

import frappe

from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.woocommerce.own_rows import OwnRow

SAID_IN_ENGLISH = ("message", "what_to_do", "changed", "last_error", "customer_note", "customer_evidence")


class WooCommerceOrderMap(OwnRow):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_order_map_credit_note.woocommerce_order_map_credit_note import (
			WooCommerceOrderMapCreditNote,
		)

		anonymised: DF.Check
		attempts: DF.Int
		breakdown: DF.Code | None
		changed: DF.Text | None
		created_gmt: DF.Datetime | None
		credit_notes: DF.Table[WooCommerceOrderMapCreditNote]
		currency: DF.Data | None
		customer: DF.Link | None
		customer_ambiguous: DF.Check
		customer_decision: DF.Data | None
		customer_evidence: DF.Data | None
		customer_name: DF.Data | None
		customer_note: DF.SmallText | None
		fingerprint: DF.Data | None
		last_error: DF.SmallText | None
		message: DF.Text | None
		modified_gmt: DF.Datetime | None
		order_number: DF.Data | None
		page: DF.Int
		paid_gmt: DF.Datetime | None
		parent_order_id: DF.Int
		payload_hash: DF.Data | None
		payment_entry: DF.Link | None
		payment_method: DF.Data | None
		policy_hash: DF.Data | None
		reason: DF.Data | None
		received_unbooked: DF.Currency
		refunded_elsewhere: DF.Currency
		refunded_total: DF.Currency
		run: DF.Link | None
		sales_invoice: DF.Link | None
		sales_order: DF.Link | None
		state: DF.Literal["Synced", "Skipped", "Held", "Failed", "Cancelled", "Deleted in Store"]
		store: DF.Link
		tendered_total: DF.Currency
		total: DF.Currency
		trail: DF.LongText | None
		what_to_do: DF.SmallText | None
		woo_order_id: DF.Int
		woo_status: DF.Data | None
	# end: auto-generated types

	def onload(self):
		self._show_in_readers_language()

	def before_print(self, settings=None):
		self._show_in_readers_language()

	def _show_in_readers_language(self):
		"""Why an order is held is stored in English. This form saves nothing, so what it shows may be another text."""
		stored_texts.show(self, *SAID_IN_ENGLISH)
		if self.breakdown:
			parts = json.loads(self.breakdown)
			self.breakdown = json.dumps([[stored_texts.shown(label), amount] for label, amount in parts])


def on_doctype_update():
	frappe.db.add_unique("WooCommerce Order Map", ["store", "woo_order_id"])
