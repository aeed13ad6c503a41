"""Address: column -> rule."""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Rules, Sheet
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import display_of

DOCTYPE = "Address"


class AddressSheet(Sheet):
	def get_display(self) -> str:
		return display_of(frappe._dict(self.__dict__))


def _given(column: str):
	return lambda address: getattr(address, column)


RULES: Rules = {
	column: _given(column)
	for column in (
		"address_title",
		"address_type",
		"address_line1",
		"address_line2",
		"city",
		"state",
		"pincode",
		"country",
		"phone",
		"email_id",
		"is_primary_address",
		"is_shipping_address",
		"disabled",
		"woo_signature",
	)
}
