"""Payment Schedule: one row, all of it due at once; none for returns and for invoices that are paid within."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules

DOCTYPE = "Payment Schedule"

# `row` is the invoice.
RULES: Rules = {
	"due_date": lambda invoice: invoice.due_date,
	"payment_amount": lambda invoice: invoice.grand_total,
	"outstanding": lambda invoice: invoice.grand_total,
	"base_payment_amount": lambda invoice: invoice.base_grand_total,
	"base_outstanding": lambda invoice: invoice.base_grand_total,
}
