"""Payment Entry Reference and Deduction: column -> rule. `row.invoice` is the invoice or credit note that is settled."""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)

DOCTYPE = "Payment Entry Reference"


def _rate(row: DraftDocument) -> float:
	"""Of the invoice, where the customer's account is in another currency than the company's."""
	payment = row.parent_document
	pays_back = payment.payment_type == "Pay"
	currency = payment.paid_to_account_currency if pays_back else payment.paid_from_account_currency
	return 1.0 if currency == row.site.company_currency else row.invoice.conversion_rate


def _total(row: DraftDocument) -> float:
	invoice = row.invoice
	in_party_currency = invoice.party_account_currency == invoice.currency
	return invoice.grand_total if in_party_currency else invoice.base_grand_total


RULES: Rules = {
	**all_given("reference_doctype", "reference_name"),
	"due_date": lambda row: row.invoice.due_date,
	"total_amount": _total,
	"outstanding_amount": lambda row: row.invoice.outstanding_amount - row.allocated_amount,
	"allocated_amount": given("allocated_amount"),
	"exchange_rate": _rate,
	"account": lambda row: row.invoice.debit_to,
	# Kept for the entries: what is settled, in the company's currency.
	"base_allocated": lambda row: row.site.money(
		row.allocated_amount
		* (
			row.parent_document.target_exchange_rate
			if row.parent_document.payment_type == "Pay"
			else row.parent_document.source_exchange_rate
		)
	),
}
NO_COLUMNS = ("base_allocated",)
DEDUCTION_RULES: Rules = {
	**all_given("account", "cost_center", "amount"),
}
