"""Sales Invoice Payment: the payment of an order that is paid within its invoice."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Rules

DOCTYPE = "Sales Invoice Payment"

RULES: Rules = {
	"mode_of_payment": lambda row: row.mode_of_payment,
	"account": lambda row: row.account,
	"type": lambda row: row.site.modes.get(row.mode_of_payment),
	"amount": lambda row: row.amount,
	"base_amount": lambda row: row.amount * row.parent_sheet.conversion_rate,
}
