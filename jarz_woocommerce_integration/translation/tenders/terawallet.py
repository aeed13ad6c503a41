"""TeraWallet (WooWallet): what the wallet paid of an order is a negative fee; a top-up is an order of its own.

The fee's name is translated, so it is known by the key that the plugin gave it. Orders that the wallet pays wholly have
the payment method `wallet` (`policy.WALLETS`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.policy import TenderKind
from jarz_woocommerce_integration.translation.tenders.base import Tendered, amount_of, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order

FEE_KEY = "_via_wallet_partial_payment"


class TeraWallet:
	name = "TeraWallet"

	def tendered(self, order: Order) -> list[Tendered]:
		reference = str(meta_value(order.meta_data, "_partial_pay_through_wallet_compleate") or "")
		return [
			Tendered(TenderKind.WALLET, -fee.total, reference, fee.id)
			for fee in order.fee_lines
			if fee.total < 0 and not fee.total_tax and meta_value(fee.meta_data, "_legacy_fee_key") == FEE_KEY
		]

	def sells(self, order: Order, line: LineItem) -> TenderKind | None:
		is_top_up = amount_of(meta_value(order.meta_data, "_wallet_rechargeable_order"))
		return TenderKind.WALLET if is_top_up else None


PLUGIN = TeraWallet()
