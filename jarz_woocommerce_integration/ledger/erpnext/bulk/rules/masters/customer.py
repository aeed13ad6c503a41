"""Customer: column -> rule. `customer` is what the shop says, and what was made for it afterwards."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Rules

DOCTYPE = "Customer"


def _given(column: str):
	return lambda customer: getattr(customer, column)


RULES: Rules = {
	"customer_name": _given("customer_name"),
	"customer_type": _given("customer_type"),
	"customer_group": _given("customer_group"),
	"territory": _given("territory"),
	"woo_customer_id": _given("woo_customer_id"),
	"woo_customer_key": _given("woo_customer_key"),
	"woo_phone_text": _given("woo_phone_text"),
	"woo_company": _given("woo_company"),
	"tax_id": _given("tax_id"),
	"customer_primary_contact": _given("customer_primary_contact"),
	"email_id": _given("email_id"),
	"mobile_no": _given("mobile_no"),
	"customer_primary_address": _given("customer_primary_address"),
	"primary_address": _given("primary_address"),
}
