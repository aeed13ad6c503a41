"""Address: column -> rule."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules, all_given

DOCTYPE = "Address"

RULES: Rules = all_given(
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
