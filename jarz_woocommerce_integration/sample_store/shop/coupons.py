"""Coupons: what they take off each line, and how the order shows them."""

import json
from typing import Any, NamedTuple

from jarz_woocommerce_integration.sample_store.shop.amounts import rounded, short
from jarz_woocommerce_integration.sample_store.shop.baskets import Entry
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind
from jarz_woocommerce_integration.sample_store.shop.order_lines import Sums


class Coupon(NamedTuple):
	id: int
	code: str
	type: str
	amount: int
	free_shipping: bool = False

	@property
	def info(self) -> str:
		"""The coupon as it was when it was used, in WooCommerce's own short form."""
		data = [self.id, self.code, None if self.type == "fixed_cart" else self.type, self.amount]
		return json.dumps([*data, True] if self.free_shipping else data, separators=(",", ":"))


PERCENT = Coupon(10, "percent10", "percent", 10)
FIXED = Coupon(11, "fixed50", "fixed_cart", 50)
PRODUCT = Coupon(12, "prod15", "fixed_product", 15)
FREE_SHIPPING = Coupon(13, "freeship", "percent", 0, True)
RAMADAN = Coupon(14, "رمضان20", "percent", 20)
FULL = Coupon(15, "all100", "percent", 100)


def coupons_of(kinds: int, value: float) -> list[Coupon]:
	"""The coupons of an order of such kinds, in the order in which they were entered."""
	used = []
	if kinds & Kind.COUPON_PERCENT:
		used.append(RAMADAN if value < 0.5 else PERCENT)
	if kinds & Kind.COUPON_FIXED:
		used.append(FIXED)
	if kinds & Kind.COUPON_PRODUCT:
		used.append(PRODUCT)
	if kinds & Kind.COUPON_FREE_SHIPPING:
		used.append(FREE_SHIPPING)
	if kinds & Kind.COUPON_FULL:
		used.append(FULL)
	return used


def take_off(coupon: Coupon, entries: list[Entry], off: list[int]) -> int:
	"""Adds to each line's discount what the coupon takes off; answers their sum. Nothing costs less than 0."""
	left = [entry.amount - taken for entry, taken in zip(entries, off, strict=True)]
	if coupon.type == "percent":
		more = [rounded(amount * coupon.amount, 100) for amount in left]
	elif coupon.type == "fixed_product":
		more = [
			min(amount, coupon.amount * 100 * e.quantity) for amount, e in zip(left, entries, strict=True)
		]
	else:
		more = _share(min(coupon.amount * 100, sum(left)), left)
	for place, amount in enumerate(more):
		off[place] += amount
	return sum(more)


def _share(amount: int, weights: list[int]) -> list[int]:
	"""`amount` shared out by weight, to the piastre."""
	whole, shares = sum(weights), []
	if not whole:
		return [0] * len(weights)
	given, seen = 0, 0
	for weight in weights:
		seen += weight
		share = amount * seen // whole - given
		given += share
		shares.append(share)
	return shares


def coupon_line(sums: Sums, coupon: Coupon, discount: int, discount_tax: int) -> dict[str, Any]:
	return {
		"id": sums.next_item(),
		"code": coupon.code,
		"discount": short(discount),
		"discount_tax": short(discount_tax),
		"meta_data": sums.meta([("coupon_info", "coupon_info", coupon.info, coupon.info)]),
		"discount_type": coupon.type,
		"nominal_amount": coupon.amount,
		"free_shipping": coupon.free_shipping,
	}
