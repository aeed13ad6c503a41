"""Sales Invoice and credit note: column -> rule. `invoice` is what the order says, completed from top to bottom.

ERPNext: `calculate_taxes_and_totals`, `set_missing_values`, `SalesInvoice.validate` and `on_submit`.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices.tax_breakup import breakup_of
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import DETAILS

DOCTYPE = "Sales Invoice"


def _sum(column: str):
	return lambda invoice: invoice.site.money(sum((getattr(row, column) for row in invoice.items), 0.0))


def _of_customer(column: str):
	return lambda invoice: invoice.party.row[column]


def _of_contact(column: str):
	return lambda invoice: invoice.party.contact[column] if invoice.party.contact else None


def _base(column: str):
	return lambda invoice: invoice.site.money(
		invoice.site.money(getattr(invoice, column)) * invoice.conversion_rate
	)


def _grand_total(invoice: DraftDocument) -> float:
	return invoice.site.money(invoice.taxes[-1].total if invoice.taxes else invoice.net_total)


def _base_grand_total(invoice: DraftDocument) -> float:
	if not invoice.total_taxes_and_charges:
		return invoice.base_net_total
	return invoice.site.money(invoice.grand_total * invoice.conversion_rate)


def _paid(column: str):
	return lambda invoice: invoice.site.money(sum((getattr(row, column) for row in invoice.payments), 0.0))


def _outstanding(invoice: DraftDocument) -> float:
	"""Before its Payment Entry and credit notes, in the currency of the customer's account."""
	if invoice.return_against and not invoice.update_outstanding_for_self:
		return 0.0
	# A draft's is calculated before ERPNext knows the currency of the account, and not again.
	if invoice.docstatus and invoice.party_account_currency == invoice.currency:
		return invoice.site.money(invoice.grand_total - invoice.paid_amount)
	return invoice.site.money(invoice.base_grand_total - invoice.base_paid_amount)


def _commissionable(invoice: DraftDocument) -> float:
	rows = (row.base_net_amount for row in invoice.items if row.item and row.item.row["grant_commission"])
	return sum(rows, 0.0)


# What the lines have to say comes first, the charges next.
TOTALS_OF_LINES: Rules = {
	"total_qty": lambda invoice: sum((row.qty for row in invoice.items), 0.0),
	"total": _sum("amount"),
	"net_total": _sum("net_amount"),
	"base_total": _sum("base_amount"),
	"base_net_total": _sum("base_net_amount"),
	"total_net_weight": lambda invoice: sum((row.total_weight for row in invoice.items), 0.0),
}
RULES: Rules = {
	"customer": given("customer"),
	"customer_name": _of_customer("customer_name"),
	"title": _of_customer("customer_name"),
	"customer_group": given("customer_group"),
	"tax_id": _of_customer("tax_id"),
	"contact_person": _of_contact("name"),
	"contact_display": _of_contact("full_name"),
	**all_given("contact_email", "contact_mobile"),
	"customer_address": lambda invoice: invoice.party.billing(invoice.customer_address),
	"address_display": lambda invoice: invoice.party.display(invoice.customer_address),
	"shipping_address_name": lambda invoice: invoice.party.shipping(invoice.shipping_address_name),
	"shipping_address": lambda invoice: invoice.party.display(invoice.shipping_address_name),
	**all_given(
		"territory",
		"cost_center",
		"posting_date",
		"posting_time",
		"due_date",
		"return_against",
		"conversion_rate",
		"remarks",
	),
	"grand_total": _grand_total,
	"total_taxes_and_charges": lambda invoice: invoice.site.money(invoice.grand_total - invoice.net_total)
	if invoice.taxes
	else 0.0,
	"base_total_taxes_and_charges": _base("total_taxes_and_charges"),
	"base_grand_total": _base_grand_total,
	"in_words": lambda invoice: invoice.site.in_words(abs(invoice.grand_total), invoice.currency),
	"base_in_words": lambda invoice: invoice.site.in_words(
		abs(invoice.base_grand_total), invoice.site.company_currency
	),
	"other_charges_calculation": breakup_of,
	"party_account_currency": lambda invoice: invoice.site.account_currency(invoice.debit_to),
	"against_income_account": lambda invoice: ",".join(
		dict.fromkeys(row.income_account for row in invoice.items)
	),
	"amount_eligible_for_commission": _commissionable,
	"paid_amount": _paid("amount"),
	"base_paid_amount": _paid("base_amount"),
	"outstanding_amount": _outstanding,
	"woo_order_id": given("woo_order_id"),
	"woo_refund_id": lambda invoice: invoice.woo_refund_id or 0,
	**all_given(*DETAILS),
	"woo_untaxed_amount": lambda invoice: invoice.woo_untaxed_amount or 0.0,
	"woo_refunded_by_amount": lambda invoice: invoice.woo_refunded_by_amount or 0.0,
	"woo_fingerprint": given("woo_fingerprint"),
}


def status(invoice: DraftDocument) -> str:
	"""After all its payments and credit notes (`SalesInvoice.set_status`)."""
	if not invoice.docstatus:
		return "Draft"
	outstanding = invoice.outstanding_amount
	in_party_currency = invoice.party_account_currency == invoice.currency
	total = invoice.grand_total if in_party_currency else invoice.base_grand_total
	if outstanding > 0 and invoice.due_date < invoice.site.today:
		return "Overdue"
	if 0 < outstanding < total:
		return "Partly Paid"
	if outstanding > 0 and invoice.due_date >= invoice.site.today:
		return "Unpaid"
	if not invoice.is_return and invoice.is_returned:
		return "Credit Note Issued"
	if invoice.is_return:
		return "Return"
	return "Paid" if outstanding <= 0 else "Submitted"
