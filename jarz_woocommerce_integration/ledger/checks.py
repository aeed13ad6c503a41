"""What is checked of a draft before it is booked, in every ledger, and what is said of it after."""

from decimal import Decimal

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.books import NOTHING_TO_SAY, Remark
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	OrderDraft,
	OrderFacts,
	Outcome,
	SalesOrderDraft,
)
from jarz_woocommerce_integration.translation.policy import TenderKind

TENDERS = frozenset(kind.value for kind in TenderKind)


def remark_of(draft: OrderDraft) -> Remark:
	"""What is listed of an order that is booked as it should be."""
	if not draft.findings:
		return NOTHING_TO_SAY
	return Remark("", draft.findings[0].reason, " ".join(finding.message for finding in draft.findings))


def payment_name(invoice: str, key: str) -> str:
	"""The name of a payment of an invoice, another for each key."""
	return f"{invoice}-PAY-{key}" if key else f"{invoice}-PAY"


def is_to_be_booked(outcome: Outcome) -> bool:
	"""Whether anything is made for an outcome: not for one that is going to be held."""
	if not isinstance(outcome.translation, OrderDraft):
		return False
	if isinstance(outcome.translation, AdvanceDraft):
		return True
	try:
		hold_to_order(outcome.order, outcome.translation)
	except BookingRefusedError:
		return False
	return True


def hold_to_order(order: OrderFacts, draft: OrderDraft) -> None:
	"""The last of the checks on the way: what is booked is the order, to the cent and in its currency.

	What was sold is the order's total and what was paid by credit beside it, no more than once each. Where goods were sold
	for less than nothing, it is zero, and what is owed beside is credited.
	"""
	keys = [payment.key for payment in draft.payments]
	if len(set(keys)) != len(keys):
		raise BookingRefusedError(
			Sentence("Two payments of the order have the key {0}.", max(keys, key=keys.count)),
			"Report this as a mistake of the app.",
			reason="payment_twice",
		)
	tendered = sum((p.amount for p in draft.payments if p.gateway in TENDERS and p.key), Decimal(0))
	if draft.invoice.submit and tendered != draft.tendered_total and not isinstance(draft, SalesOrderDraft):
		raise BookingRefusedError(
			Sentence(
				"{0} was paid by credit, but payments of {1} would be booked for it.",
				draft.tendered_total,
				tendered,
			),
			"Report this as a mistake of the app.",
			reason="total_differs",
		)
	sold = order.total + draft.tendered_total + draft.owed_total
	if draft.invoice.total != sold or draft.currency != order.currency:
		raise BookingRefusedError(
			Sentence(
				"The invoice would be {0} {1}, but the order is {2} {3}.",
				draft.invoice.total,
				draft.currency,
				sold,
				order.currency,
			),
			"Report this as a mistake of the app.",
			reason="total_differs",
		)
