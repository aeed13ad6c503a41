"""Advanced Coupons, store credits: applied after tax they are order meta, and the total is what is left to pay.

Applied as a coupon they lower the lines and their tax: then the total follows from the lines, and the order is booked
as the shop charged it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import NothingSold, Tendered, amount_of, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order


class AdvancedCoupons(NothingSold):
	name = "Advanced Coupons"

	def tendered(self, order: Order) -> list[Tendered]:
		paid = meta_value(order.meta_data, "acfw_store_credits_order_paid")
		amount = amount_of(paid.get("amount")) if isinstance(paid, dict) else amount_of(paid)
		return [Tendered(TenderKind.STORE_CREDIT, amount)] if amount else []


PLUGIN = AdvancedCoupons()
