"""How a shop enters its prices: with or without the tax of its own place, and which rates there are."""

from dataclasses import dataclass

from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreNotFoundError,
	StoreRequestRefusedError,
)
from jarz_woocommerce_integration.store.catalogue import TaxRate, tax_rates
from jarz_woocommerce_integration.store.http.client import StoreClient

CHARGES_TAXES, BASE = "woocommerce_calc_taxes", "woocommerce_default_country"
ENTERED_WITH_TAX = "woocommerce_prices_include_tax"


@dataclass(frozen=True, slots=True)
class ShopTaxes:
	"""
	:ivar entered_with_tax: its prices are entered with the tax of its own place
	:ivar country: its own place, two letters; :ivar state: "" where it names none
	"""

	entered_with_tax: bool
	country: str
	state: str
	rates: tuple[TaxRate, ...]


def read_shop_taxes(client: StoreClient) -> ShopTaxes | None:
	"""None where the shop charges no taxes or doesn't say it, as to a key whose user is no shop manager: nothing can be
	converted then.

	:raises StoreError: the shop can't be read; :raises PayloadError: a rate can't be read
	"""
	try:
		general, taxes = _settings(client, "general"), _settings(client, "tax")
		rates = tuple(tax_rates(client))
	except (StoreAuthenticationError, StoreNotFoundError, StoreRequestRefusedError):
		return None
	country, _, state = general.get(BASE, "").upper().partition(":")
	if general.get(CHARGES_TAXES) != "yes" or ENTERED_WITH_TAX not in taxes or not country:
		return None
	return ShopTaxes(taxes[ENTERED_WITH_TAX] == "yes", country, state, rates)


def _settings(client: StoreClient, group: str) -> dict[str, str]:
	body = client.get(f"settings/{group}", {"_fields": "id,value"}, shape=list).body
	return {
		str(setting["id"]): str(setting.get("value") or "")
		for setting in body
		if isinstance(setting, dict) and "id" in setting
	}
