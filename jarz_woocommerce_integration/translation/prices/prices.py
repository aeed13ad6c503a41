"""The price of a product, by what price lists say of its item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from jarz_woocommerce_integration.translation.prices.tax import Conversion


@dataclass(frozen=True, slots=True)
class ListPrice:
	"""A price of a price list. :ivar valid_from: first day, None for always; :ivar valid_upto: last day, None for ever"""

	rate: Decimal
	valid_from: date | None = None
	valid_upto: date | None = None

	def is_over(self, day: date) -> bool:
		return self.valid_upto is not None and self.valid_upto < day

	def has_begun(self, day: date) -> bool:
		return self.valid_from is None or self.valid_from <= day


@dataclass(frozen=True, slots=True)
class Price:
	"""What a product costs.

	:ivar sale: None for no sale; :ivar sale_from: its first day, None for always; :ivar sale_to: its last
	:ivar of_roles: what it costs for who has a role of the shop, by role; a role without a price isn't there
	"""

	regular: Decimal | None
	sale: Decimal | None = None
	sale_from: date | None = None
	sale_to: date | None = None
	of_roles: tuple[tuple[str, Decimal], ...] = ()

	@property
	def shown(self) -> str:
		"""For a column by which two are compared."""
		parts = (self.regular, self.sale, self.sale_from, self.sale_to)
		texts = [
			"" if part is None else plain(part) if isinstance(part, Decimal) else str(part) for part in parts
		]
		return "|".join([*texts, *(f"{role}={plain(rate)}" for role, rate in self.of_roles)])


def price_on(
	day: date,
	regular: Sequence[ListPrice],
	sales: Sequence[ListPrice],
	of_roles: Mapping[str, Sequence[ListPrice]],
) -> Price | None:
	"""The price of a day as the lists have it, with the sale of that day or the next one that is known. None: there is no
	regular price.

	:param regular: of the list of regular prices; :param sales: of that of sale prices; :param of_roles: of those of roles
	"""
	rate = _rate_on(day, regular)
	if rate is None:
		return None
	rates = [(role, _rate_on(day, prices)) for role, prices in sorted(of_roles.items())]
	price = Price(rate, of_roles=tuple((role, each) for role, each in rates if each is not None))
	if sale := _sale_on(day, sales):
		return replace(price, sale=sale.rate, sale_from=sale.valid_from, sale_to=sale.valid_upto)
	return price


def as_entered(price: Price, conversion: Conversion, decimals: int) -> Price:
	"""A price of the lists as the shop enters it. :param price: with a regular one; :param decimals: of the shop's prices"""
	regular = conversion.of(price.regular, decimals)  # type: ignore[arg-type]  # it has one
	of_roles = tuple((role, conversion.of(rate, decimals)) for role, rate in price.of_roles)
	sale = None if price.sale is None else conversion.of(price.sale, decimals)
	# WooCommerce drops a sale price that isn't below the regular one.
	if sale is None or sale >= regular:
		return Price(regular, of_roles=of_roles)
	return Price(regular, sale, price.sale_from, price.sale_to, of_roles)


def _rate_on(day: date, prices: Sequence[ListPrice]) -> Decimal | None:
	today = [price for price in prices if price.has_begun(day) and not price.is_over(day) and price.rate > 0]
	return max(today, key=_begins).rate if today else None


def _sale_on(day: date, sales: Sequence[ListPrice]) -> ListPrice | None:
	coming = [sale for sale in sales if not sale.is_over(day) and sale.rate >= 0]
	begun = [sale for sale in coming if sale.has_begun(day)]
	if begun:
		return max(begun, key=_begins)
	return min(coming, key=_begins) if coming else None


def _begins(price: ListPrice) -> date:
	return price.valid_from or date.min


def plain(rate: Decimal) -> str:
	"""Without zeros at the end, of which a column of the site has nine."""
	return f"{rate.normalize():f}"
