"""The shop's tax rates, and what they make of an amount."""

from dataclasses import dataclass

from jarz_woocommerce_integration.sample_store.shop.amounts import precise, rounded


@dataclass(frozen=True)
class Rate:
	"""A row of the shop's tax table. `per_cent` of the net, or of net and the taxes before where it is compound."""

	id: int
	code: str
	label: str
	per_cent: int
	tax_class: str
	state: str = ""
	compound: bool = False
	on_shipping: bool = True


VAT = Rate(1, "EG-VAT-1", "VAT", 14, "standard")
REDUCED = Rate(2, "EG-TABLE TAX-1", "Table tax", 5, "reduced-rate")
DEVELOPMENT = Rate(
	3, "EG-EGALX-رسم تنمية-2", "رسم تنمية", 1, "standard", state="EGALX", compound=True, on_shipping=False
)
RATES = (VAT, REDUCED, DEVELOPMENT)
BY_ID = {rate.id: rate for rate in RATES}

_NONE: tuple[Rate, ...] = ()


def rates_of(tax_class: str, country: str, state: str) -> tuple[Rate, ...]:
	"""Which rates a line of that class bears at that place."""
	if country != "EG" or tax_class == "zero-rate":
		return _NONE
	if tax_class == "reduced-rate":
		return (REDUCED,)
	return (VAT, DEVELOPMENT) if state == DEVELOPMENT.state else (VAT,)


def gross_per_10000(rates: tuple[Rate, ...]) -> int:
	"""What 10,000 net are with tax."""
	if len(rates) == 2:
		return 11514
	return 10000 + 100 * sum(rate.per_cent for rate in rates)


def _fraction(rate: Rate) -> tuple[int, int]:
	"""What a rate makes of an amount; a compound one is on the VAT too."""
	return (114 * rate.per_cent, 10000) if rate.compound else (rate.per_cent, 100)


def taxes_on(numerator: int, denominator: int, rates: tuple[Rate, ...]) -> dict[int, int]:
	"""Rate id -> tax in piastres on a net amount of numerator / denominator piastres, each rounded for itself."""
	taxes = {}
	for rate in rates:
		times, over = _fraction(rate)
		taxes[rate.id] = rounded(numerator * times, denominator * over)
	return taxes


def precise_taxes_on(numerator: int, denominator: int, rates: tuple[Rate, ...]) -> dict[int, str]:
	"""The same, unrounded."""
	taxes = {}
	for rate in rates:
		times, over = _fraction(rate)
		taxes[rate.id] = precise(numerator * times, denominator * over)
	return taxes
