"""Amounts with more decimals than the shop shows, as WooCommerce gives them where a request asks for that (`dp=6`).

The shop keeps net amounts of lines unrounded, and shows them with two decimals. Taxes and totals it has rounded when the
order was made, so they only get zeros.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import money, rounded

SHOWN = 2
_AMOUNTS = frozenset(
	(
		"discount_total",
		"discount_tax",
		"shipping_total",
		"shipping_tax",
		"cart_tax",
		"total",
		"total_tax",
		"subtotal",
		"subtotal_tax",
		"tax_total",
		"shipping_tax_total",
	)
)


class Unrounded(str):
	"""An amount as the shop shows it. :ivar exact: as the shop keeps it"""

	__slots__ = ("exact",)
	exact: Decimal


def unrounded(numerator: int, denominator: int) -> Unrounded:
	"""numerator / denominator piastres. The shop keeps six decimals of them."""
	amount = Unrounded(money(rounded(numerator, denominator)))
	amount.exact = Decimal(rounded(numerator * 10_000, denominator)).scaleb(-6)
	return amount


def with_decimals(body: Any, decimals: int) -> Any:
	"""An order or refund, or a part of one, with so many decimals."""
	if decimals == SHOWN:
		return body
	if isinstance(body, list):
		return [with_decimals(part, decimals) for part in body]
	if not isinstance(body, dict):
		return body
	is_refund = "refunded_payment" in body
	return {
		name: _amount(value, decimals)
		if name in _AMOUNTS or (name == "amount" and is_refund)
		else with_decimals(value, decimals)
		for name, value in body.items()
	}


def _amount(text: Any, decimals: int) -> Any:
	"""Taxes of shipping and fees have no amount before discount: an empty text."""
	if not isinstance(text, str) or not text:
		return text
	exact = text.exact if isinstance(text, Unrounded) else Decimal(text)
	return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
