"""How many pieces of a product are to be offered, and by how much the shop's stock is to change for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from jarz_woocommerce_integration.translation.stock.claims import Claims

ZERO = Decimal(0)
WHOLE = Decimal(1)
# WooCommerce keeps quantities with so many decimals, where a plugin lets it keep any.
FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Product:
	"""A product of the shop as items of the books.

	:ivar parts: item -> how much of it is in one piece; of a bundle each of its parts
	:ivar is_off: the item isn't sold any more, and nothing of it is to be offered
	:ivar is_pool: its variations share one stock: a piece of any of the parts is a piece of it
	"""

	parts: Mapping[str, Decimal]
	is_off: bool = False
	is_pool: bool = False


class Target(NamedTuple):
	"""What the shop's stock may be, as far as it is known. None of it is more than it should have.

	:ivar low: what is right though the books don't take back what the shop has back; :ivar high: what is right if they do
	:ivar is_sure: no order was changed just now that may leave it more than that
	"""

	low: Decimal
	high: Decimal
	is_sure: bool = True

	@property
	def is_settled(self) -> bool:
		return self.is_sure and self.low == self.high


def target_of(
	product: Product, free: Mapping[str, Decimal], claims: Claims, has_decimals: bool = False
) -> Target:
	"""What the shop is to offer of a product.

	:param free: item -> what the books have of it, less what is kept back
	:param has_decimals: the shop counts parts of pieces, too
	"""
	if product.is_off:
		return Target(ZERO, ZERO)
	unit = FINEST if has_decimals else WHOLE
	low, high = (
		_pieces(product, free, claimed).quantize(unit, ROUND_FLOOR) for claimed in (claims.most, claims.least)
	)
	return Target(low, high, claims.unsure.isdisjoint(product.parts))


def _pieces(product: Product, free: Mapping[str, Decimal], claimed: Mapping[str, Decimal]) -> Decimal:
	"""Below zero counts in a pool, too: the shop has sold more of one variation than there was, and has only so much of the others."""
	each = (
		(free.get(item, ZERO) - claimed.get(item, ZERO)) / quantity
		for item, quantity in product.parts.items()
	)
	return sum(each, ZERO) if product.is_pool else min(each)


def change_to(target: Target, shop: Decimal, may_owe: bool) -> Decimal:
	"""By how much the shop's stock is to be changed, 0 where it may be what it is.

	It is told as a change, so that what the shop sells meanwhile stays sold.

	:param shop: what the shop has; :param may_owe: it sells what it doesn't have, and counts that below zero
	"""
	low, high, seen = target.low, target.high, shop
	if not may_owe:
		# Nothing and less than nothing are both out of stock.
		low, high, seen = max(low, ZERO), max(high, ZERO), max(shop, ZERO)
	return ZERO if low <= seen <= high else low - shop
