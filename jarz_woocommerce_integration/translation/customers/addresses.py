"""Postal addresses of an order, billing and shipping apart, each with a signature by which the same place is found again.

An address in the books is never overwritten: another place is another address (failure-modes 44, 45).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.customers.evidence import normalise_email, phone_region
from jarz_woocommerce_integration.translation.customers.phones import normalise_phone
from jarz_woocommerce_integration.translation.drafts import AddressDraft
from jarz_woocommerce_integration.translation.text import FIELD_LENGTH, clean, fold, split_at_word

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Address, Order
	from jarz_woocommerce_integration.translation.policy import Policy
	from jarz_woocommerce_integration.translation.territories import TerritoryIndex


def billing_address(order: Order, territories: TerritoryIndex, policy: Policy) -> AddressDraft | None:
	"""Where the bill goes, None where the store has no place (a name, an e-mail or a country alone is none)."""
	region = phone_region(order.billing, order.shipping, policy)
	return _address("Billing", order.billing, region, territories, policy)


def shipping_address(order: Order, territories: TerritoryIndex, policy: Policy) -> AddressDraft | None:
	"""Where the goods go, None where the store has no place. Its signature is the billing address's for the same place."""
	region = phone_region(order.shipping, order.billing, policy)
	return _address("Shipping", order.shipping, region, territories, policy)


@lru_cache(maxsize=1024)
def signature_of(line_1: str, line_2: str, city: str, state: str, postcode: str, country: str) -> str:
	"""The same 32 hexadecimal digits for the same place however it was typed; names and phones are no part of a place.

	Made of what the store said alone, so that a new Territory or another policy never makes a new address of an old one.
	"""
	place = fold(f"{line_1} {line_2}".replace("\n", " ") + f"\n{city}\n{state}\n{postcode}\n{country}")
	return hashlib.blake2b(place.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _address(
	kind: str, given: Address, region: str, territories: TerritoryIndex, policy: Policy
) -> AddressDraft | None:
	lines = clean(given.address_1, 2 * FIELD_LENGTH), clean(given.address_2)
	city, state, postcode = clean(given.city), clean(given.state), clean(given.postcode)
	if not (lines[0] or lines[1] or city or state or postcode):
		return None
	country = clean(given.country).upper()
	territory = territories.resolve(country, state, city)
	line_1, line_2 = _two_lines(*lines)
	phone = clean(given.phone)
	return AddressDraft(
		kind=kind,
		signature=signature_of(*lines, city, state, postcode, country),
		name=clean(f"{given.first_name} {given.last_name}"),
		company=clean(given.company),
		line_1=line_1,
		line_2=line_2,
		city=city or territory or state or country,
		state=territory or state,
		postcode=postcode,
		country=country or policy.customers.country.upper(),
		territory=territory,
		territory_code=state or city,
		phone=phone and (normalise_phone(phone, region) or phone),
		email=normalise_email(given.email),
	)


def _two_lines(line_1: str, line_2: str) -> tuple[str, str]:
	"""Line 2 alone becomes line 1; what is too long for line 1 goes on in line 2."""
	if not line_1:
		return line_2, ""
	line_1, rest = split_at_word(line_1, FIELD_LENGTH)
	return line_1, clean(f"{rest} {line_2}")
