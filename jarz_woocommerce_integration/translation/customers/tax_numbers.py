"""VAT numbers: what the buyer gave as one, where plugins keep it, and whether two are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.text import ascii_digits, clean

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.policy import Policy

VAT_EXEMPT = "is_vat_exempt"  # WooCommerce's own, whatever plugin decided it
LONGEST = 40
FEWEST_DIGITS = 3
_YES = ("yes", "1", "true")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(slots=True, frozen=True)
class VatFacts:
	"""What an order says of its buyer's VAT. :ivar exempt: the shop charged no VAT because of who buys (reverse charge)"""

	number: str = ""
	exempt: bool = False


def vat_facts_of(order: Order, policy: Policy) -> VatFacts:
	"""The first VAT number in the order of the policy's keys, and whether the order is exempt."""
	keys = policy.tax_numbers.keys
	wanted = {*keys, VAT_EXEMPT}
	values: dict[str, list[str]] = {}
	for meta in order.meta_data:
		if meta.key in wanted and isinstance(meta.value, str | int):
			values.setdefault(meta.key, []).append(str(meta.value))
	if not values:
		return VatFacts()
	numbers = (number for key in keys for text in values.get(key, ()) if (number := tax_number(text)))
	exempt = any(text.strip().casefold() in _YES for text in values.get(VAT_EXEMPT, ()))
	return VatFacts(next(numbers, ""), exempt)


def tax_number(text: str) -> str:
	"""`text` on one line with ASCII digits, "" where it can be no tax number."""
	number = clean(ascii_digits(text))
	digits = [sign for sign in number if sign.isdigit()]
	if len(number) > LONGEST or len(digits) < FEWEST_DIGITS or set(digits) == {"0"}:
		return ""
	return number


def is_same_number(one: str, other: str) -> bool:
	"""Whether two are one number: spaces, points and case are how people write it, a country's letters may be left out."""
	first, second = _signs(one), _signs(other)
	return first == second or _without_country(first) == second or first == _without_country(second)


def _signs(number: str) -> str:
	return _SIGNS.sub("", ascii_digits(number)).casefold()


def _without_country(signs: str) -> str:
	return signs[2:] if signs[:2].isalpha() else signs
