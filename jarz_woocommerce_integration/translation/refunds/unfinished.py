"""Whether the shop is still at work on a refund of an order that was read just now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund

# WooCommerce asks the payment provider in between. Some programs add refunds and never change their order.
LONGEST = timedelta(minutes=2)


def is_being_refunded(order: "Order", refunds: Iterable["Refund"], now: datetime) -> bool:
	"""Whether what these refunds do to the order may be done in part.

	WooCommerce saves the refund first. Then it puts the goods back into its stock, line by line, then changes the order's status, and
	writes the time of the order's last change at the very end.

	:param refunds: read with the order, or after it; :param now: with a time zone
	"""
	changed = order.date_modified_gmt
	made = [refund.date_created_gmt for refund in refunds if refund.date_created_gmt]
	return changed is not None and any(moment > changed and abs(now - moment) < LONGEST for moment in made)
