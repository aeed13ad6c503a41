"""Where a shop shows the numbers of parcels: WooCommerce's fulfilments, and the plugins for tracking. None is switched on at first.

As WooCommerce 11.0.1 answers with its feature switched on: it takes any quantity of any item, but no fulfilment without one;
what was deleted is listed no more, and deleting it again is no error. The plugins as their documentation and the source of
*Advanced Shipment Tracking* say it.
"""

import hashlib
import time
from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, no_route, rest
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

FULFILMENTS, ADVANCED, PLUGIN = "fulfilments", "advanced", "plugin"
PLUGIN_NAMESPACE, ADVANCED_NAMESPACE = "wc-shipment-tracking/v3", "wc-ast/v3"
_LIST, _ONE = "GET, POST", "GET, POST, PUT, PATCH, DELETE"


class Parcels:
	"""What a shop has of its orders' parcels.

	:ivar shown_by: what is switched on, of `FULFILMENTS`, `ADVANCED` and `PLUGIN`
	:ivar mails: (order id, what happened) of each mail to a customer
	"""

	def __init__(self) -> None:
		self.shown_by: set[str] = set()
		self.fulfilments: dict[int, list[dict[str, Any]]] = defaultdict(list)
		self.trackings: dict[int, list[dict[str, Any]]] = defaultdict(list)
		self.mails: list[tuple[int, str]] = []
		self._next_id = 1

	def namespaces(self) -> list[str]:
		"""Of the plugins that are switched on."""
		if ADVANCED in self.shown_by:
			return [ADVANCED_NAMESPACE, PLUGIN_NAMESPACE]
		return [PLUGIN_NAMESPACE] if PLUGIN in self.shown_by else []

	def add(self, order_id: int, fields: dict[str, Any]) -> dict[str, Any]:
		fulfilment = {
			"id": self._next_id,
			"entity_type": "WC_Order",
			"entity_id": str(order_id),
			"status": "unfulfilled",
			"is_fulfilled": False,
			"date_updated": None,
			"date_deleted": None,
			"meta_data": [],
		}
		self.change(order_id, fulfilment, fields)
		self._next_id += 1
		self.fulfilments[order_id].append(fulfilment)
		return fulfilment

	def change(self, order_id: int, fulfilment: dict[str, Any], fields: dict[str, Any]) -> None:
		"""What of the meta data isn't named is gone."""
		meta = fields.get("meta_data", fulfilment["meta_data"])
		items = next((entry["value"] for entry in meta if entry["key"] == "_items"), None)
		if not items:
			raise _refused("The fulfillment should contain at least one item.")
		if not all(_is_item(item) for item in items):
			raise _refused("Invalid item.")
		status = fields.get("status", fulfilment["status"])
		fulfilment.update(
			status=status,
			is_fulfilled=status == "fulfilled",
			date_updated=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
			meta_data=[
				{"id": number, "key": entry["key"], "value": entry["value"]}
				for number, entry in enumerate(meta, 1)
			],
		)
		if fields.get("notify_customer"):
			self.mails.append((order_id, status))


def _is_item(item: Any) -> bool:
	return (
		isinstance(item, dict)
		and type(item.get("item_id")) is int
		and type(item.get("qty")) in (int, float)
		and item["item_id"] > 0
		and item["qty"] > 0
	)


def _refused(message: str) -> RestError:
	error = RestError(400, "", message)
	error.body["code"] = 0
	return error


# --- WooCommerce's own ---


def list_fulfilments(store: "SampleStore", request: Request, order_id: str) -> Answer:
	_know(store, order_id, FULFILMENTS)
	listed = [
		each | {"is_fulfilled": str(int(each["is_fulfilled"]))}
		for each in store.parcels.fulfilments[int(order_id)]
	]
	return rest(listed, store.shop.home, allow=_LIST)


def create_fulfilment(store: "SampleStore", request: Request, order_id: str) -> Answer:
	_know(store, order_id, FULFILMENTS)
	with store.shop.lock:
		made = store.parcels.add(int(order_id), json_body(request))
		_touch(store, order_id)
	return rest(made, store.shop.home, 201, allow=_LIST)


def change_fulfilment(store: "SampleStore", request: Request, order_id: str, fulfilment_id: str) -> Answer:
	_know(store, order_id, FULFILMENTS)
	with store.shop.lock:
		there = store.parcels.fulfilments[int(order_id)]
		fulfilment = next((each for each in there if each["id"] == int(fulfilment_id)), None)
		if fulfilment is None:
			raise _refused("Fulfillment not found.")
		store.parcels.change(int(order_id), fulfilment, json_body(request))
		_touch(store, order_id)
	return rest(fulfilment, store.shop.home, allow=_ONE)


def delete_fulfilment(store: "SampleStore", request: Request, order_id: str, fulfilment_id: str) -> Answer:
	_know(store, order_id, FULFILMENTS)
	with store.shop.lock:
		there = store.parcels.fulfilments[int(order_id)]
		there[:] = [each for each in there if each["id"] != int(fulfilment_id)]
		_touch(store, order_id)
	return rest({"message": "Fulfillment deleted successfully."}, store.shop.home, allow=_ONE)


def _touch(store: "SampleStore", order_id: str) -> None:
	"""The shop keeps in the order how much of it is fulfilled."""
	there = store.parcels.fulfilments[int(order_id)]
	others = [
		meta for meta in store.shop.body(int(order_id))["meta_data"] if meta["key"] != "_fulfillment_status"
	]
	mine = [{"id": 0, "key": "_fulfillment_status", "value": "fulfilled"}] if there else []
	store.shop.update(int(order_id), {"meta_data": [*others, *mine]})


# --- plugins ---


def list_trackings(store: "SampleStore", request: Request, order_id: str) -> Answer:
	_know(store, order_id, ADVANCED, PLUGIN)
	return rest(store.parcels.trackings[int(order_id)], store.shop.home, allow=_LIST)


def create_tracking(store: "SampleStore", request: Request, order_id: str) -> Answer:
	fields = json_body(request)
	_know(store, order_id, ADVANCED, PLUGIN)
	if not fields.get("tracking_number"):
		raise RestError(
			400,
			"rest_missing_callback_param",
			"Missing parameter(s): tracking_number",
			params=["tracking_number"],
		)
	carrier = fields.get("custom_tracking_provider") or fields.get("tracking_provider") or ""
	key = f"{carrier}-{fields['tracking_number']}{time.time_ns()}"
	tracking = {
		"tracking_id": hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(),
		"tracking_provider": carrier,
		"tracking_link": fields.get("custom_tracking_link") or "",
		"tracking_number": fields["tracking_number"],
		"date_shipped": fields.get("date_shipped") or "",
	}
	with store.shop.lock:
		store.parcels.trackings[int(order_id)].append(tracking)
		store.shop.update(int(order_id), {})
	return rest(tracking, store.shop.home, 201, allow=_LIST)


def delete_tracking(store: "SampleStore", request: Request, order_id: str, tracking_id: str) -> Answer:
	_know(store, order_id, ADVANCED, PLUGIN)
	there = store.parcels.trackings[int(order_id)]
	found = next((each for each in there if each["tracking_id"] == tracking_id), None)
	if found is None:
		raise RestError(
			404, "woocommerce_rest_order_shipment_tracking_invalid_id", "Invalid shipment tracking ID."
		)
	there.remove(found)
	return rest(found, store.shop.home, allow="GET, DELETE")


def _know(store: "SampleStore", order_id: str, *shown_by: str) -> None:
	if not store.parcels.shown_by & set(shown_by):
		raise no_route()
	try:
		store.shop.body(int(order_id))
	except KeyError:
		raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.") from None
