# Copyright (c) 2026, Jarz and contributors
# For license information, please see license.txt

from frappe.model.document import Document


class WooCommerceHookCall(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		events: DF.Code | None
		hook: DF.Data | None
		last_error: DF.SmallText | None
		method: DF.Data | None
		name: DF.Int | None
		next_attempt: DF.Datetime | None
		store: DF.Link
	# end: auto-generated types
	pass
