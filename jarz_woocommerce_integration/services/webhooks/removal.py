"""Our webhooks go from the shops with the app: else the shops would go on to send orders to where nobody takes them.

It is certain that the app goes when the stores are gone already (a dry run begins alike), so what it takes is remembered.
"""

from typing import NamedTuple

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.services.session.session import STORE, store_client
from jarz_woocommerce_integration.services.webhooks import record as webhook_record
from jarz_woocommerce_integration.services.webhooks.registration import PATIENCE
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.webhooks.api import delete_webhook, list_webhooks
from jarz_woocommerce_integration.store.webhooks.states import Endpoint, standings

APP = "jarz_woocommerce_integration"
BY_HAND = (
	"Remove them in the shop: WooCommerce > Settings > Advanced > Webhooks, those whose names begin with"
	' "ERPNext:". Until then the shop sends orders here, which are refused; after seven refusals it stops.'
)


class _Shop(NamedTuple):
	"""A shop with webhooks of ours. :ivar client: None where there can't be any, for the reason `why_not`"""

	store: str
	client: StoreClient | None
	endpoint: Endpoint
	known: dict[int, str]
	why_not: str = ""


def remember() -> None:
	"""Before the app is uninstalled: which shops have webhooks of ours, and how they are reached."""
	stores = [frappe.get_doc(STORE, name) for name in frappe.get_all(STORE, pluck="name", order_by="name")]
	shops = [_shop(store) for store in stores if _has_webhooks(store)]
	frappe.flags.woo_webhooks = shops
	if shops:
		print(f"Our webhooks are removed from the shops too: {', '.join(shop.store for shop in shops)}.")


def remove() -> None:
	"""After the app is uninstalled: remove the webhooks, and say so, or why not."""
	shops: list[_Shop] = frappe.flags.pop("woo_webhooks", None) or []
	if APP in frappe.get_installed_apps():
		return  # it was a dry run
	for shop in shops:
		try:
			removed = _remove_from(shop)
		except WooCommerceIntegrationError as error:
			print(f"The webhooks of {shop.store} could NOT be removed: {error.message} {BY_HAND}")
		else:
			print(f"{removed} webhooks of {shop.store} are removed from the shop.")


def _has_webhooks(store: Document) -> bool:
	return bool(webhook_record.read(store).get("registered") or webhook_record.known_webhooks(store))


def _shop(store: Document) -> _Shop:
	client, why_not = None, ""
	if webhook_record.is_of_another_site(store):
		why_not = "Another site made them, and this site seems to be a copy of it."
	else:
		try:
			client = store_client(store, **PATIENCE)
		except (WooCommerceIntegrationError, frappe.ValidationError) as error:
			why_not = getattr(error, "message", "") or "The shop's keys can't be read."
	endpoint, known = webhook_record.endpoint_of(store), webhook_record.known_webhooks(store)
	return _Shop(store.name, client, endpoint, known, why_not)


def _remove_from(shop: _Shop) -> int:
	""":raises WooCommerceIntegrationError: they can't be removed"""
	if shop.client is None:
		raise WooCommerceIntegrationError(shop.why_not)
	with shop.client as client:
		ours = [
			found.webhook
			for found in standings(list_webhooks(client), shop.endpoint, shop.known)
			if found.webhook
		]
		for webhook in ours:
			delete_webhook(client, webhook.id)
	return len(ours)
