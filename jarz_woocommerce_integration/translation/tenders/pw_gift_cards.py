"""PW WooCommerce Gift Cards: what a card paid is an order item of its own type, which REST doesn't show. Sold cards are lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import Tendered, has_meta

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order


class PwGiftCards:
	name = "PW WooCommerce Gift Cards"

	def tendered(self, order: Order) -> list[Tendered]:
		return []

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		return TenderKind.GIFT_CARD if has_meta(line, "pw_gift_card_amount", "pw_gift_card_number") else None


PLUGIN = PwGiftCards()
