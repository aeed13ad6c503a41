"""Money that came in for an order that isn't booked: cancelled after the gateway had taken it, or never moved on."""

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import Cancel, Skip, Translation
from jarz_woocommerce_integration.translation.sub_orders import is_payment, is_sub_order

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order


def received_unbooked(order: "Order", translation: Translation) -> Decimal:
	"""What was paid for an order that its status leaves out of the books, less what was given back; 0 for nothing."""
	by_status = isinstance(translation, Skip | Cancel) and translation.reason == f"status_{order.status}"
	if not by_status or order.date_paid_gmt is None or is_sub_order(order) or is_payment(order):
		return Decimal(0)
	left = order.total + sum((refund.total for refund in order.refunds), Decimal(0))
	return max(left, Decimal(0))
