"""Sales Invoice Payment: the payment of an order that is paid within its invoice."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules, all_given, given

DOCTYPE = "Sales Invoice Payment"

RULES: Rules = {
	**all_given("mode_of_payment", "account"),
	"type": lambda row: row.site.modes.get(row.mode_of_payment),
	"amount": given("amount"),
	"base_amount": lambda row: row.amount * row.parent_document.conversion_rate,
}
