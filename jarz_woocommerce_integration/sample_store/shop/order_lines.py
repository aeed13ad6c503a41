"""The lines of an order body, and the sums that follow from them."""

from dataclasses import dataclass, field
from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import money, number, rounded, short
from jarz_woocommerce_integration.sample_store.shop.baskets import Entry, Meta
from jarz_woocommerce_integration.sample_store.shop.decimals import unrounded
from jarz_woocommerce_integration.sample_store.shop.taxes import (
	BY_ID,
	REDUCED,
	Rate,
	gross_per_10000,
	precise_taxes_on,
	taxes_on,
)

# Ids of order items and of their meta are one sequence each for the whole shop: every order has its own stretch.
ITEMS_PER_ORDER = 200
META_PER_ORDER = 500


@dataclass
class Sums:
	"""What an order's lines add up to while it is being built. Amounts in piastres; taxes: rate id -> piastres."""

	order_id: int
	modern: bool
	item_id: int = 0
	meta_id: int = 0
	net: int = 0
	net_before_discount: int = 0
	item_taxes: dict[int, int] = field(default_factory=dict)
	item_tax_before_discount: int = 0
	fees: int = 0
	fee_taxes: dict[int, int] = field(default_factory=dict)
	shipping: int = 0
	shipping_taxes: dict[int, int] = field(default_factory=dict)

	def __post_init__(self):
		self.item_id = self.order_id * ITEMS_PER_ORDER
		self.meta_id = self.order_id * META_PER_ORDER

	def next_item(self) -> int:
		self.item_id += 1
		return self.item_id

	def meta(self, entries: tuple[Meta, ...] | list[Meta]) -> list[dict[str, Any]]:
		"""Meta data of a line, with ids."""
		data = []
		for key, shown_key, value, shown in entries:
			self.meta_id += 1
			data.append(
				{
					"id": self.meta_id,
					"key": key,
					"value": value,
					"display_key": shown_key,
					"display_value": shown,
				}
			)
		return data

	@property
	def shipping_tax(self) -> int:
		return sum(self.shipping_taxes.values())

	@property
	def cart_tax(self) -> int:
		return sum(self.item_taxes.values()) + sum(self.fee_taxes.values())

	@property
	def total(self) -> int:
		return self.net + self.fees + self.shipping + self.cart_tax + self.shipping_tax


def _add(tally: dict[int, int], taxes: dict[int, int]) -> None:
	for rate, tax in taxes.items():
		tally[rate] = tally.get(rate, 0) + tax


def _precise_entries(
	numerator: int, denominator: int, rates: tuple[Rate, ...], before: int | None = None
) -> list[dict[str, Any]]:
	"""Taxes of a line as WooCommerce 8 writes them."""
	totals = precise_taxes_on(numerator, denominator, rates)
	subtotals = precise_taxes_on(before, denominator, rates) if before is not None else {}
	return [
		{"id": rate, "total": total, "subtotal": subtotals.get(rate, "")} for rate, total in totals.items()
	]


def _tax_entries(taxes: dict[int, int], before: dict[int, int] | None = None) -> list[dict[str, Any]]:
	"""Taxes of a line. Shipping and fees have no amount before discount: an empty string."""
	return [
		{"id": rate, "total": money(tax), "subtotal": money(before[rate]) if before is not None else ""}
		for rate, tax in taxes.items()
	]


def product_line(
	sums: Sums, entry: Entry, off: int, rates: tuple[Rate, ...], shown: dict[str, Any], include_tax: bool
) -> dict[str, Any]:
	"""A line item.

	:param off: discount in piastres of the line's amount as it is priced; :param shown: the product as lines show it
	:param include_tax: the amounts are gross; what is written is net all the same
	"""
	denominator = gross_per_10000(rates) if include_tax else 10000
	numerator, numerator_before = (entry.amount - off) * 10000, entry.amount * 10000
	total, subtotal = rounded(numerator, denominator), rounded(numerator_before, denominator)
	taxes = taxes_on(numerator, denominator, rates)
	before = taxes_on(numerator_before, denominator, rates) if off else taxes
	tax_before = sum(before.values())
	sums.net += total
	sums.net_before_discount += subtotal
	sums.item_tax_before_discount += tax_before
	_add(sums.item_taxes, taxes)
	# WooCommerce rounds the unrounded total to six decimals and divides that by the quantity.
	price = number(round(numerator / denominator / 100, 6) / entry.quantity)
	line = {
		"id": sums.next_item(),
		"name": entry.product.name,
		"product_id": shown["product_id"],
		"variation_id": shown["variation_id"],
		"quantity": entry.quantity,
		"tax_class": entry.product.tax_class,
		"subtotal": unrounded(numerator_before, denominator),
		"subtotal_tax": money(tax_before),
		"total": unrounded(numerator, denominator),
		"total_tax": money(sum(taxes.values())),
		"taxes": _tax_entries(taxes, before),
		"meta_data": sums.meta(entry.meta),
		"sku": shown["sku"],
	}
	if not sums.modern:
		line["taxes"] = _precise_entries(numerator, denominator, rates, numerator_before)
	else:
		line["global_unique_id"] = shown["global_unique_id"]
	line["price"] = price
	line["image"] = shown["image"]
	line["parent_name"] = shown["parent_name"]
	return line


def shipping_line(
	sums: Sums, title: str, method: str, instance: str, cost: int, rates: tuple[Rate, ...]
) -> dict[str, Any]:
	"""A shipping line; `cost` is net."""
	taxes = taxes_on(cost, 1, rates)
	sums.shipping += cost
	_add(sums.shipping_taxes, taxes)
	line = {
		"id": sums.next_item(),
		"method_title": title,
		"method_id": method,
		"instance_id": instance,
		"total": money(cost),
		"total_tax": money(sum(taxes.values())),
		"taxes": _tax_entries(taxes),
		"tax_status": "taxable",
		"meta_data": sums.meta([("Items", "Items", "صنف × 1", "صنف × 1")]),
	}
	if not sums.modern:
		line["taxes"] = _precise_entries(cost, 1, rates)
		del line["tax_status"]
	return line


def fee_line(
	sums: Sums, name: str, amount: int, rates: tuple[Rate, ...] = (), taxed: bool = True
) -> dict[str, Any]:
	"""A fee. A negative one bears negative tax in proportion to the items' taxes, even where it says "none"."""
	if amount < 0:
		net = sums.net
		taxes = {rate: rounded(amount * tax, net) for rate, tax in sums.item_taxes.items()} if net > 0 else {}
	else:
		taxes = taxes_on(amount, 1, rates) if taxed else {}
	sums.fees += amount
	_add(sums.fee_taxes, taxes)
	return {
		"id": sums.next_item(),
		"name": name,
		"tax_class": "",
		"tax_status": "taxable" if taxed and amount >= 0 else "none",
		"amount": short(amount),
		"total": money(amount),
		"total_tax": money(sum(taxes.values())),
		"taxes": _tax_entries(taxes),
		"meta_data": [],
	}


def tax_lines(sums: Sums) -> list[dict[str, Any]]:
	"""One line for each rate that was charged on anything."""
	lines = []
	for rate_id in dict.fromkeys((*sums.item_taxes, *sums.fee_taxes, *sums.shipping_taxes)):
		rate = BY_ID[rate_id]
		lines.append(
			{
				"id": sums.next_item(),
				"rate_code": rate.code,
				"rate_id": rate_id,
				"label": rate.label,
				"compound": rate.compound,
				"tax_total": money(sums.item_taxes.get(rate_id, 0) + sums.fee_taxes.get(rate_id, 0)),
				"shipping_tax_total": money(sums.shipping_taxes.get(rate_id, 0)),
				"rate_percent": rate.per_cent,
				"meta_data": [],
			}
		)
	return lines


def shipping_rates(line_rates: list[tuple[Rate, ...]], zone_rates: tuple[Rate, ...]) -> tuple[Rate, ...]:
	"""Shipping is taxed as the cart is: at the reduced rate only where everything in it is."""
	if line_rates and all(rates == (REDUCED,) for rates in line_rates):
		return (REDUCED,)
	return tuple(rate for rate in zone_rates if rate.on_shipping)
