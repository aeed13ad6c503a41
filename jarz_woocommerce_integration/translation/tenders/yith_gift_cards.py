"""YITH WooCommerce Gift Cards: cards in the gift card field are order meta, and the total is what is left to pay.

A card in the coupon field lowers the lines and their tax like a discount: then the total follows from the lines, and
the order is booked as the shop charged it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import (
	Tendered,
	amounts_by_code,
	has_meta,
	meta_value,
)

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order


class YithGiftCards:
	name = "YITH WooCommerce Gift Cards"

	def tendered(self, order: Order) -> list[Tendered]:
		applied = meta_value(order.meta_data, "_ywgc_applied_gift_cards")
		return [Tendered(TenderKind.GIFT_CARD, amount, code) for code, amount in amounts_by_code(applied)]

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		return TenderKind.GIFT_CARD if has_meta(line, "_ywgc_amount", "_ywgc_gift_card_code") else None


PLUGIN = YithGiftCards()
