"""Prices with and without tax: which rates a product has at the shop's own place, and what they make of a price.

A shop enters its prices with or without the tax of its base location, whoever buys. Only rates that are certain are taken:
where a postcode, a city or the order of the rates would decide, nobody guesses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.catalogue import TaxRate
	from jarz_woocommerce_integration.store.products.tax_settings import ShopTaxes

STANDARD, PARENT, TAXABLE = "standard", "parent", "taxable"
# Enough digits that a quotient which is no tie is never rounded to one.
DIGITS = 60
HUNDRED = Decimal(100)


class ListTax(str, Enum):
	"""Whether the prices of the lists are with tax."""

	AS_IN_SHOP = "As in the Shop"
	WITHOUT = "Without Tax"
	WITH = "With Tax"


@dataclass(frozen=True, slots=True)
class BaseRate:
	""":ivar compound: it is on the price with the rates before it"""

	percent: Decimal
	compound: bool = False


@dataclass(frozen=True, slots=True)
class Conversion:
	"""What is done to the price of a list so that it is as the shop enters prices. :ivar adds: the rates are added, else taken off"""

	rates: tuple[BaseRate, ...] = ()
	adds: bool = True

	def of(self, amount: Decimal, decimals: int) -> Decimal:
		"""The amount as the shop enters it, rounded half up once."""
		with localcontext() as context:
			context.prec = DIGITS
			converted = amount * self._factor() if self.adds else amount / self._factor()
			return converted.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)

	def back(self, amount: Decimal, decimals: int) -> Decimal:
		"""What an amount as the shop enters it is in the list."""
		return Conversion(self.rates, not self.adds).of(amount, decimals)

	def _factor(self) -> Decimal:
		"""As WooCommerce counts: all rates that aren't compound are of the price, each compound one is of all before it."""
		factor = 1 + sum((rate.percent for rate in self.rates if not rate.compound), Decimal(0)) / HUNDRED
		for rate in self.rates:
			if rate.compound:
				factor *= 1 + rate.percent / HUNDRED
		return factor

	@property
	def shown(self) -> str:
		"""`+14 %`, `-14 %`; "" where nothing is done."""
		sign = "+" if self.adds else "-"
		return " ".join(f"{sign}{_plain(rate.percent)} %" for rate in self.rates)


UNCHANGED = Conversion()


def conversion_for(lists: ListTax, taxes: ShopTaxes, tax_class: str, tax_status: str) -> Conversion | None:
	"""What is done to a product's prices. None: its rate at the shop's own place isn't certain.

	:param lists: how the prices of the lists are; :param tax_class: the product's, "" for the standard one
	"""
	adds = lists is ListTax.WITHOUT
	if lists is ListTax.AS_IN_SHOP or adds != taxes.entered_with_tax:
		return UNCHANGED
	if tax_status != TAXABLE:
		return UNCHANGED
	if tax_class == PARENT:
		return None
	of_priorities = _rates_at(taxes.rates, tax_class or STANDARD, taxes.country, taxes.state)
	rates = [_the_rate(of_priority) for of_priority in of_priorities]
	if None in rates:
		return None
	return Conversion(tuple(rate for rate in rates if rate and rate.percent), adds)


def _rates_at(rates: Iterable[TaxRate], tax_class: str, country: str, state: str) -> list[list[TaxRate]]:
	"""The rates of a class at a place, by their priorities."""
	by_priority: dict[int, list[TaxRate]] = defaultdict(list)
	for rate in rates:
		if rate.tax_class == tax_class and rate.country in ("", country) and rate.state in ("", state):
			by_priority[rate.priority].append(rate)
	return [by_priority[priority] for priority in sorted(by_priority)]


def _the_rate(rates: list[TaxRate]) -> BaseRate | None:
	"""The one that WooCommerce takes of those of one priority: with the country before without, then with the state before without."""
	if any(rate.is_for_places for rate in rates):
		return None
	nearest = max((bool(rate.country), bool(rate.state)) for rate in rates)
	found = {
		BaseRate(rate.rate, rate.compound)
		for rate in rates
		if (bool(rate.country), bool(rate.state)) == nearest
	}
	return found.pop() if len(found) == 1 else None


def _plain(percent: Decimal) -> str:
	return f"{percent.normalize():f}"
