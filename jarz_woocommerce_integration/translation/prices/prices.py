"""The price of a product, by what price lists say of its item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


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
	"""What a product costs. :ivar sale: None for no sale; :ivar sale_from: its first day, None for always; :ivar sale_to: its last"""

	regular: Decimal | None
	sale: Decimal | None = None
	sale_from: date | None = None
	sale_to: date | None = None

	@property
	def shown(self) -> str:
		"""For a column by which two are compared."""
		parts = (self.regular, self.sale, self.sale_from, self.sale_to)
		return "|".join(
			"" if part is None else f"{part:f}" if isinstance(part, Decimal) else str(part) for part in parts
		)


def price_on(
	day: date, regular: Sequence[ListPrice], sales: Sequence[ListPrice], decimals: int
) -> Price | None:
	"""The price of a day, with the sale of that day or the next one that is known. None: there is no regular price.

	:param regular: of the list of regular prices; :param sales: of that of sale prices; :param decimals: that the shop shows
	"""
	today = [price for price in regular if price.has_begun(day) and not price.is_over(day) and price.rate > 0]
	if not today:
		return None
	rate = _rounded(max(today, key=_begins).rate, decimals)
	sale = _sale_on(day, sales)
	# WooCommerce drops a sale price that isn't below the regular one.
	if sale is None or _rounded(sale.rate, decimals) >= rate:
		return Price(rate)
	return Price(rate, _rounded(sale.rate, decimals), sale.valid_from, sale.valid_upto)


def _sale_on(day: date, sales: Sequence[ListPrice]) -> ListPrice | None:
	coming = [sale for sale in sales if not sale.is_over(day) and sale.rate >= 0]
	begun = [sale for sale in coming if sale.has_begun(day)]
	if begun:
		return max(begun, key=_begins)
	return min(coming, key=_begins) if coming else None


def _begins(price: ListPrice) -> date:
	return price.valid_from or date.min


def _rounded(rate: Decimal, decimals: int) -> Decimal:
	return rate.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
