# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document

from jarz_woocommerce_integration.services.payouts import importing


class WooCommercePayoutFormat(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from jarz_woocommerce_integration.woocommerce.doctype.woocommerce_payout_format_kind.woocommerce_payout_format_kind import (
			WooCommercePayoutFormatKind,
		)

		currency_column: DF.Data | None
		currency_of_file: DF.Link | None
		date_column: DF.Data | None
		date_format: DF.Data | None
		decimal_comma: DF.Check
		fee_column: DF.Data | None
		fee_is_negative: DF.Check
		format_name: DF.Data
		gross_column: DF.Data
		identifier_column: DF.Data | None
		kind_column: DF.Data | None
		kinds: DF.Table[WooCommercePayoutFormatKind]
		net_column: DF.Data | None
		order_column: DF.Data | None
		order_number_column: DF.Data | None
		payout_date_column: DF.Data | None
		payout_id_column: DF.Data | None
		reference_column: DF.Data | None
		text_column: DF.Data | None
	# end: auto-generated types

	def validate(self):
		importing.validate_format(self)
