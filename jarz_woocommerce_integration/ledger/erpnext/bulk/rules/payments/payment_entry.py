"""Payment Entry: column -> rule. `payment` is what the order says, completed from top to bottom.

ERPNext: `PaymentEntry.validate`, `set_amounts`, `set_remarks`.
"""

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import PaymentEntry

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)

DOCTYPE = "Payment Entry"


def _party_currency(payment: DraftDocument) -> str:
	return (
		payment.paid_to_account_currency
		if payment.payment_type == "Pay"
		else payment.paid_from_account_currency
	)


def _base(column: str, rate: str):
	return lambda payment: payment.site.money(getattr(payment, column) * getattr(payment, rate))


def _allocated(payment: DraftDocument) -> float:
	return abs(sum((reference.allocated_amount for reference in payment.references), 0.0))


def _base_allocated(payment: DraftDocument) -> float:
	return abs(sum((reference.base_allocated for reference in payment.references), 0.0))


def _unallocated(payment: DraftDocument) -> float:
	deducted = sum((row.amount for row in payment.deductions), 0.0)
	if payment.payment_type == "Receive":
		if payment.base_total_allocated_amount < payment.base_paid_amount + deducted:
			left = payment.base_paid_amount + deducted - payment.base_total_allocated_amount
			return left / payment.source_exchange_rate
	elif payment.base_total_allocated_amount < payment.base_received_amount - deducted:
		left = payment.base_received_amount - deducted - payment.base_total_allocated_amount
		return left / payment.target_exchange_rate
	return 0


def check_difference(payment: DraftDocument) -> None:
	""":raises NeedsDocumentsError: nothing is moved (`validate_mandatory`), ERPNext adds an exchange gain or loss (`set_exchange_gain_loss`), or refuses the payment
	because its amounts don't come to nothing (`set_difference_amount`, `on_submit`)
	"""
	pays_back = payment.payment_type == "Pay"
	if not (payment.paid_amount and payment.received_amount):
		raise NeedsDocumentsError("a payment of nothing")
	if payment.site.money(payment.base_paid_amount - payment.base_received_amount):
		raise NeedsDocumentsError("a payment with an exchange gain or loss")
	rate = payment.target_exchange_rate if pays_back else payment.source_exchange_rate
	of_party = payment.base_total_allocated_amount + payment.unallocated_amount * rate
	difference = payment.base_paid_amount - of_party if pays_back else of_party - payment.base_received_amount
	if payment.site.money(difference - sum((row.amount for row in payment.deductions), 0.0)):
		raise NeedsDocumentsError("a payment whose amounts don't come to nothing")


def _remarks(payment: DraftDocument) -> str:
	"""By ERPNext's own method, whose words differ between its versions."""
	named = frappe._dict(
		payment_type=payment.payment_type,
		party=payment.party,
		paid_amount=payment.paid_amount,
		received_amount=payment.received_amount,
		paid_from_account_currency=payment.paid_from_account_currency,
		paid_to_account_currency=payment.paid_to_account_currency,
		party_account_currency=_party_currency(payment),
		company_currency=payment.site.company_currency,
		reference_no=payment.reference_no,
		reference_date=payment.reference_date,
		references=payment.references,
		deductions=payment.deductions,
	)
	named.set = lambda field, value: named.update({field: value})
	PaymentEntry.set_remarks(named)
	return named.remarks


def _in_words(payment: DraftDocument) -> str:
	if payment.payment_type == "Pay":
		return payment.site.in_words(abs(payment.paid_amount), payment.paid_from_account_currency)
	return payment.site.in_words(abs(payment.received_amount), payment.paid_to_account_currency)


def _base_in_words(payment: DraftDocument) -> str:
	base = payment.base_paid_amount if payment.payment_type == "Pay" else payment.base_received_amount
	return payment.site.in_words(abs(base), payment.site.company_currency)


def _of_contact(column: str):
	return lambda payment: payment.customer.contact[column] if payment.customer.contact else None


RULES: Rules = {
	**all_given("posting_date", "mode_of_payment", "party"),
	"party_name": lambda payment: payment.customer.row["customer_name"],
	"title": lambda payment: payment.party,
	"contact_person": _of_contact("name"),
	"contact_email": _of_contact("email_id"),
	**all_given("paid_from", "paid_to"),
	"paid_from_account_type": lambda payment: payment.site.account_type(payment.paid_from),
	"paid_to_account_type": lambda payment: payment.site.account_type(payment.paid_to),
	**all_given(
		"paid_from_account_currency",
		"paid_to_account_currency",
		"source_exchange_rate",
		"target_exchange_rate",
		"paid_amount",
		"received_amount",
	),
	"base_paid_amount": _base("paid_amount", "source_exchange_rate"),
	"base_received_amount": _base("received_amount", "target_exchange_rate"),
	"paid_amount_after_tax": given("paid_amount"),
	"received_amount_after_tax": given("received_amount"),
	"base_paid_amount_after_tax": _base("paid_amount", "source_exchange_rate"),
	"base_received_amount_after_tax": _base("received_amount", "target_exchange_rate"),
	"total_allocated_amount": _allocated,
	"base_total_allocated_amount": _base_allocated,
	"unallocated_amount": _unallocated,
	**all_given("reference_no", "reference_date", "cost_center"),
	"remarks": _remarks,
	"in_words": _in_words,
	"base_in_words": _base_in_words,
	**all_given(
		"woo_order_id", "woo_order_number", "woo_refund_id", "woo_gateway", "woo_payment_key", "woo_amount"
	),
}
