# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.payouts import payout


class WooCommercePayout(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_payout_line.woocommerce_payout_line import (
			WooCommercePayoutLine,
		)

		accept_open_lines: DF.Check
		adjustment_account: DF.Link | None
		adjustments: DF.Currency
		amended_from: DF.Link | None
		amount: DF.Currency
		bank_account: DF.Link
		clearing_account: DF.Link
		company: DF.Link
		cost_center: DF.Link | None
		currency: DF.Link
		dispute_account: DF.Link | None
		disputes: DF.Currency
		fee_account: DF.Link | None
		fees: DF.Currency
		fees_to_book: DF.Currency
		gateway: DF.Autocomplete
		journal_entry: DF.Link | None
		leaves_balance: DF.Check
		lines: DF.Table[WooCommercePayoutLine]
		matched_lines: DF.Int
		open_difference: DF.Currency
		open_lines: DF.Int
		payments: DF.Currency
		payout_date: DF.Date
		payout_id: DF.Data
		refunds: DF.Currency
		reserve_account: DF.Link | None
		reserves: DF.Currency
		retained: DF.Currency
		store: DF.Link
	# end: auto-generated types

	def validate(self) -> None:
		payout.validate(self)

	def on_submit(self) -> None:
		payout.submit(self)

	def on_cancel(self) -> None:
		payout.take_back(self)
