"""Prices for who has a role of the shop, in the meta data in which a plugin keeps them of each product and variation.

One class a plugin. What a plugin makes of its meta data for lists of products is its own matter, and not touched.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from jarz_woocommerce_integration.store.payloads import MetaData

WHOLESALE_PRICES = "Wholesale Prices"
YES = "yes"


class RolePrices(Protocol):
	"""How one plugin keeps prices of roles."""

	def read(self, meta_data: Iterable[MetaData], roles: Iterable[str]) -> dict[str, Decimal]:
		"""The prices of these roles; a role without one, or with one that is no number, isn't there."""

	def as_written(self, prices: Mapping[str, Decimal | None]) -> list[dict[str, Any]]:
		"""Entries of meta data, which take a price away where it is None."""


class WholesalePrices:
	"""WooCommerce Wholesale Prices of Wholesale Suite, with or without Premium: `ROLE_wholesale_price`, as the shop enters
	prices, beside `ROLE_have_wholesale_price`.
	"""

	def read(self, meta_data: Iterable[MetaData], roles: Iterable[str]) -> dict[str, Decimal]:
		by_key = {_price_key(role): role for role in roles}
		found = {by_key[meta.key]: _number(meta.value) for meta in meta_data if meta.key in by_key}
		return {role: price for role, price in found.items() if price}

	def as_written(self, prices: Mapping[str, Decimal | None]) -> list[dict[str, Any]]:
		entries: list[dict[str, Any]] = []
		for role, price in prices.items():
			is_gone = price is None
			entries += [
				{"key": _price_key(role), "value": None if is_gone else f"{price:f}"},
				{"key": f"{role}_have_wholesale_price", "value": None if is_gone else YES},
			]
		return entries


# By the label of the store's form.
BY_PLUGIN: dict[str, RolePrices] = {WHOLESALE_PRICES: WholesalePrices()}


def _price_key(role: str) -> str:
	return f"{role}_wholesale_price"


def _number(value: Any) -> Decimal | None:
	"""The plugin's own "" and 0 are no price."""
	try:
		number = Decimal(str(value).strip())
	except InvalidOperation:
		return None
	return number if number.is_finite() and number > 0 else None
