"""Money that came in for an order that isn't booked: cancelled after the gateway had taken it, or never moved on."""

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.dates import stated
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	AdvanceDraft,
	Cancel,
	CustomerDraft,
	InvoiceDraft,
	PaymentDraft,
	SalesOrderDraft,
	Skip,
	Translation,
)
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.sub_orders import is_payment, is_sub_order
from jarz_woocommerce_integration.translation.text import document_name

ADVANCE = "advance"

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order


def received_unbooked(order: "Order", translation: Translation) -> Decimal:
	"""What was paid for an order that its status leaves out of the books, or that isn't invoiced yet, less what was given back.

	0 for nothing.
	"""
	by_status = isinstance(translation, Skip | Cancel) and translation.reason == f"status_{order.status}"
	waits = isinstance(translation, SalesOrderDraft)
	if not (by_status or waits) or order.date_paid_gmt is None or is_sub_order(order) or is_payment(order):
		return Decimal(0)
	left = order.total + sum((refund.total for refund in order.refunds), Decimal(0))
	return max(left, Decimal(0))


def advance_payment(order: "Order", received: Decimal, policy: Policy) -> PaymentDraft:
	"""What was received before there is an invoice."""
	gateway = policy.gateway(order.payment_method)
	return PaymentDraft(
		amount=received,
		mode_of_payment=gateway.mode_of_payment,
		account=gateway.account,
		paid_at=stated(order.date_paid_gmt),
		gateway=order.payment_method,
		gateway_title=order.payment_method_title,
		reference=order.transaction_id or f"Order {order.number or order.id}",
		key=ADVANCE,
	)


def advance_of(
	order: "Order", unbooked: Skip | Cancel, received: Decimal, customer: CustomerDraft, policy: Policy
) -> AdvanceDraft:
	"""What was received as an advance of the customer. :param unbooked: why the order itself isn't booked"""
	number = order.number or str(order.id)
	return AdvanceDraft(
		action=Action.IGNORE,
		currency=order.currency,
		receivable_account=policy.accounts.receivable,
		customer=customer,
		invoice=InvoiceDraft(
			document_name(f"{policy.invoice_prefix}{number}"),
			stated(order.date_created_gmt),
			[],
			[],
			Decimal(0),
			"",
			False,
		),
		payments=[advance_payment(order, received, policy)],
		reason=unbooked.reason,
		message=" ".join(
			(
				unbooked.message,
				Sentence(
					"{0} {1} was received and is booked as an advance from the customer.",
					received,
					order.currency,
				),
			)
		),
	)
