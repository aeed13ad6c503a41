"""Stock that a plugin of the shop keeps for each of its locations, in meta data of products.

A plugin is known by where it keeps the quantity of a location. WooCommerce's own quantity stays what is sold from as a whole; that
of a location is written as it is, since no plugin takes a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from jarz_woocommerce_integration.translation.stock.claims import Claims
from jarz_woocommerce_integration.translation.stock.quantities import Product, Target, target_of

ZERO = Decimal(0)


class LocationPlugin(Protocol):
	"""How one plugin keeps the stock of a location."""

	@property
	def name(self) -> str:
		"""As the store's form has it."""

	def key(self, location: str) -> str:
		"""Key of the product's meta data. :param location: its id in the shop"""


@dataclass(frozen=True, slots=True)
class PrefixedKeys:
	"""A plugin whose key is the location's id behind a text, as of those that make locations terms of a taxonomy."""

	name: str
	prefix: str

	def key(self, location: str) -> str:
		return f"{self.prefix}{location}"


# The keys were read in the plugins' public sources and manuals; no shop with them was observed.
PLUGINS: dict[str, LocationPlugin] = {
	plugin.name: plugin
	for plugin in (
		PrefixedKeys("Stock Locations for WooCommerce", "_stock_at_"),
		PrefixedKeys("WooCommerce Multi Locations Inventory Management", "wcmlim_stock_at_"),
	)
}


def targets_by_location(
	product: Product,
	total: Target,
	free: Mapping[str, Mapping[str, Decimal]],
	claims: Claims,
	has_decimals: bool = False,
) -> dict[str, Target]:
	"""What each location is to offer of a product: together no more than the whole shop, and none more than its warehouse has.

	What waits in orders is taken off each of them, for an order doesn't say from where its goods come.

	:param total: what the shop is to offer; :param free: location -> item -> what its warehouse has, in the order in which to fill them
	"""
	left = max(total.low, ZERO)
	targets: dict[str, Target] = {}
	for location, there in free.items():
		own = target_of(product, there, claims, has_decimals)
		low = max(min(own.low, left), ZERO)
		left -= low
		targets[location] = Target(low, low if total.is_settled else max(own.high, low))
	return targets
