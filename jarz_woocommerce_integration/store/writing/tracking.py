"""Where a shop shows its customers the numbers of their parcels: WooCommerce's own fulfilments, or a plugin for tracking.

*Advanced Shipment Tracking* and WooCommerce's *Shipment Tracking* answer at the same route, with the same names of fields.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from pydantic import Field

from jarz_woocommerce_integration.exceptions import StoreAuthenticationError, StoreNotFoundError
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.payloads import MetaDataList, Payload, Text, parse
from jarz_woocommerce_integration.store.writing.orders import made

NO_ROUTE = "rest_no_route"
PLUGINS = "/wc-shipment-tracking/v3"
# It names itself, so that a person sees which of the two a shop has.
ADVANCED = "wc-ast/v3"
Meta = Mapping[str, Any]


class TrackingBy(str, Enum):
	"""What of a shop shows tracking numbers."""

	FULFILMENTS = "fulfilments"
	ADVANCED = "advanced_shipment_tracking"
	PLUGIN = "shipment_tracking"
	NOTE = "note"


class Fulfilment(Payload):
	"""A part of an order that was sent. :ivar meta_data: its items, number, carrier and address among them"""

	id: int = Field(gt=0)
	status: Text = ""
	meta_data: MetaDataList = Field(default_factory=list)

	def meta(self, key: str) -> Any:
		return next((entry.value for entry in self.meta_data if entry.key == key), None)


class ShipmentTracking(Payload):
	"""A parcel as the plugins have it."""

	tracking_id: Text
	tracking_number: Text = ""
	tracking_provider: Text = ""


def find_tracking(client: StoreClient) -> TrackingBy:
	"""Ask the shop, by the routes of an order that never exists. :raises StoreError: it can't be asked"""
	if _has(client, "orders/0/fulfillments"):
		return TrackingBy.FULFILMENTS
	told = (client.index or {}).get("namespaces")
	namespaces = told if isinstance(told, list) else [PLUGINS.strip("/")]
	if PLUGINS.strip("/") not in namespaces or not _has(client, f"{PLUGINS}/orders/0/shipment-trackings"):
		return TrackingBy.NOTE
	return TrackingBy.ADVANCED if ADVANCED in namespaces else TrackingBy.PLUGIN


def _has(client: StoreClient, route: str) -> bool:
	"""Whether there is such a route that this key may use."""
	try:
		client.get(route)
	except StoreAuthenticationError:
		return False
	except StoreNotFoundError as error:
		return error.code not in ("", NO_ROUTE)
	return True


# --- WooCommerce's own ---


def read_fulfilments(client: StoreClient, order_id: int) -> list[Fulfilment]:
	""":raises StoreError: they can't be read; :raises PayloadError: one isn't one"""
	return [
		parse(Fulfilment, body) for body in client.get(f"orders/{order_id}/fulfillments", shape=list).body
	]


def add_fulfilment(client: StoreClient, order_id: int, meta: Meta) -> int:
	"""Make one that is fulfilled; the shop mails the customer. Sent once.

	:return: its id; :raises StoreError: if it is retryable, it may have been made
	"""
	body = Hidden({"status": "fulfilled", "meta_data": _entries(meta), "notify_customer": True})
	route = f"orders/{order_id}/fulfillments"
	return made(client.request_once("POST", route, body=body, shape=dict).body)


def change_fulfilment(client: StoreClient, order_id: int, fulfilment_id: int, meta: Meta) -> None:
	"""Give one other meta data: what isn't among them is gone. :raises StoreError: it isn't certain that it was done"""
	body = Hidden({"status": "fulfilled", "meta_data": _entries(meta), "notify_customer": True})
	client.request("PUT", f"orders/{order_id}/fulfillments/{fulfilment_id}", body=body, shape=dict)


def remove_fulfilment(client: StoreClient, order_id: int, fulfilment_id: int) -> None:
	"""Nobody is mailed. :raises StoreError: it isn't certain that it is gone"""
	client.request("DELETE", f"orders/{order_id}/fulfillments/{fulfilment_id}", shape=dict)


def _entries(meta: Meta) -> list[dict[str, Any]]:
	return [{"key": key, "value": value} for key, value in meta.items()]


# --- plugins ---


def read_trackings(client: StoreClient, order_id: int) -> Sequence[ShipmentTracking]:
	""":raises StoreError: they can't be read; :raises PayloadError: one isn't one"""
	return [parse(ShipmentTracking, body) for body in client.get(_of_plugin(order_id), shape=list).body]


def add_tracking(
	client: StoreClient, order_id: int, number: str, carrier: str, url: str, sent_on: str
) -> None:
	"""Add a parcel. Sent once. A carrier that the plugin knows has an address of its own, so `url` makes it another one.

	:raises StoreError: if it is retryable, it may have been made
	"""
	carriers = (
		{"custom_tracking_provider": carrier, "custom_tracking_link": url}
		if url
		else {"tracking_provider": carrier}
	)
	body = Hidden({"tracking_number": number, "date_shipped": sent_on, **carriers})
	client.request_once("POST", _of_plugin(order_id), body=body, shape=dict)


def remove_tracking(client: StoreClient, order_id: int, tracking_id: str) -> None:
	"""It may be gone already. :raises StoreError: it isn't certain that it is gone"""
	try:
		client.request("DELETE", f"{_of_plugin(order_id)}/{tracking_id}")
	except StoreNotFoundError as error:
		if error.code in ("", NO_ROUTE):
			raise


def _of_plugin(order_id: int) -> str:
	return f"{PLUGINS}/orders/{order_id}/shipment-trackings"
