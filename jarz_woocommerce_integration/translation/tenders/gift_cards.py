"""WooCommerce Gift Cards: the order has a field `gift_cards`, and its total is what is left to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import Tendered, amount_of, has_meta

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order


class GiftCards:
	name = "WooCommerce Gift Cards"

	def tendered(self, order: Order) -> list[Tendered]:
		cards = (order.model_extra or {}).get("gift_cards")
		cards = list(cards.values()) if isinstance(cards, dict) else cards
		return [
			Tendered(TenderKind.GIFT_CARD, amount, str(card.get("code") or card.get("id") or ""))
			for card in (cards if isinstance(cards, list) else ())
			if isinstance(card, dict) and (amount := amount_of(card.get("amount")))
		]

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		sold = has_meta(line, "wc_gc_giftcard_amount", "_wc_gc_giftcard_amount", "wc_gc_giftcards")
		return TenderKind.GIFT_CARD if sold else None


PLUGIN = GiftCards()
