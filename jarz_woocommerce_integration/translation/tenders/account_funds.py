"""Account Funds: what was paid from the customer's funds is order meta, and the total is what is left to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import Tendered, amount_of, has_meta, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order


class AccountFunds:
	name = "Account Funds"

	def tendered(self, order: Order) -> list[Tendered]:
		amount = amount_of(meta_value(order.meta_data, "_funds_used"))
		return [Tendered(TenderKind.WALLET, amount)] if amount else []

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		return TenderKind.WALLET if has_meta(line, "_top_up_amount", "_top_up_product") else None


PLUGIN = AccountFunds()
