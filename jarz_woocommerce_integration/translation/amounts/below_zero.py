"""Orders whose total is below zero: coupons and fees took off more than was sold, and the shop owes the customer the rest.

ERPNext refuses an invoice below zero. Where goods were sold, they stay sold: the invoice has all that the order has and
one charge more, by which it comes to zero, and a credit note gives that rest to the customer. Both stand on the account
of refunds and leave it at zero. Where nothing was sold, the order is a return of its own (`InvoiceDraft.is_return`).
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	ChargeKind,
	ChargeRow,
	CreditNoteDraft,
	Hold,
	InvoiceDraft,
	InvoiceRow,
)
from jarz_woocommerce_integration.translation.policy import Policy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

ZERO = Decimal(0)
OWED = "Owed to the customer"


def owed_beside(total: Decimal, sells: bool) -> Decimal:
	"""What a sale owes its customer. :param total: of its parts; :param sells: some of them are goods"""
	return max(-total, ZERO) if sells else ZERO


def owed_charge(owed: Decimal, policy: Policy) -> ChargeRow:
	"""The charge by which the invoice of such a sale comes to zero."""
	return ChargeRow(ChargeKind.REFUND, policy.accounts.refunds, OWED, owed)


def owed_credit_note(order: "Order", invoice: InvoiceDraft, row: InvoiceRow) -> CreditNoteDraft:
	"""What gives it to the customer. It has the order's own id as a refund's: the shop gives no refund that one.

	:param row: of the account of refunds, with what is owed
	"""
	return CreditNoteDraft(
		refund_id=order.id,
		name=f"{invoice.name}-R{order.id}",
		posted_at=invoice.posted_at,
		rows=[row],
		charges=[],
		total=row.amount,
		untaxed=row.amount,
		reason=Sentence("The order's total is {0}: this amount is owed to the customer.", order.total),
	)


def paid_below_zero(order: "Order", tendered_total: Decimal) -> Hold | None:
	"""The hold of an order that comes to less than nothing and was paid by credit all the same."""
	if not tendered_total or order.total + tendered_total >= 0:
		return None
	return Hold(
		"negative_total",
		Sentence(
			"The order's total is {0}, but the order says that {1} was paid by credit.",
			order.total,
			tendered_total,
		),
		"Look up in the shop what the customer paid and received, and book the order by hand.",
		((Sentence("Order total"), order.total), (Sentence("Paid by credit"), tendered_total)),
	)
