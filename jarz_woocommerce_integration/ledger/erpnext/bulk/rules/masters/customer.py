"""Customer: column -> rule. `customer` is what the shop says, and what was made for it afterwards."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules, all_given

DOCTYPE = "Customer"

RULES: Rules = all_given(
	"customer_name",
	"customer_type",
	"customer_group",
	"territory",
	"woo_customer_id",
	"woo_customer_key",
	"woo_phone_text",
	"woo_company",
	"tax_id",
	"customer_primary_contact",
	"email_id",
	"mobile_no",
	"customer_primary_address",
	"primary_address",
)
