"""Notes of orders, and their routes. A note leaves the order as it is: its `date_modified` stays, and nobody is told."""

import time
from collections import defaultdict
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body
from jarz_woocommerce_integration.sample_store.http.queries import Parameters
from jarz_woocommerce_integration.sample_store.shop.clock import gmt, local

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_FIRST_ID = 5001
_LIST = "GET, POST"
_ONE = "GET, DELETE"
_TYPES = ("any", "customer", "internal")


class Notes:
	"""The notes of a shop's orders, by order id, oldest first."""

	def __init__(self):
		self._notes: dict[int, list[dict[str, Any]]] = defaultdict(list)
		self._next_id = _FIRST_ID

	def of(self, order_id: int) -> list[dict[str, Any]]:
		return list(self._notes[order_id])

	def add(
		self, order_id: int, text: str, for_customer: bool, author: str, moment: int, zone: tzinfo
	) -> dict[str, Any]:
		note = {
			"id": self._next_id,
			"author": author,
			"date_created": local(moment, zone),
			"date_created_gmt": gmt(moment),
			"note": text,
			"customer_note": for_customer,
		}
		self._next_id += 1
		self._notes[order_id].append(note)
		return note


def list_notes(store: "SampleStore", request: Request, order_id: str) -> Answer:
	"""All of them at once, newest first."""
	parameters = Parameters(request)
	kind = parameters.choice("type", "any", _TYPES)
	parameters.refuse_faults()
	_know(store, order_id)
	wanted = [
		note
		for note in reversed(store.notes.of(int(order_id)))
		if kind == "any" or note["customer_note"] == (kind == "customer")
	]
	return rest([_body(store, order_id, note) for note in wanted], store.shop.home, allow=_LIST)


def get_note(store: "SampleStore", request: Request, order_id: str, note_id: str) -> Answer:
	_know(store, order_id)
	for note in store.notes.of(int(order_id)):
		if note["id"] == int(note_id):
			return rest(_body(store, order_id, note), store.shop.home, allow=_ONE)
	raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")


def create_note(store: "SampleStore", request: Request, order_id: str) -> Answer:
	fields = json_body(request)
	if "note" not in fields:
		raise RestError(400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"])
	_know(store, order_id)
	author = "admin" if fields.get("added_by_user") else "WooCommerce"
	with store.shop.lock:
		note = store.notes.add(
			int(order_id),
			str(fields["note"]),
			bool(fields.get("customer_note")),
			author,
			int(time.time()),
			store.shop.zone,
		)
	return rest(_body(store, order_id, note), store.shop.home, 201, allow=_LIST)


def _know(store: "SampleStore", order_id: str) -> None:
	try:
		store.shop.body(int(order_id))
	except KeyError:
		raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.") from None


def _body(store: "SampleStore", order_id: str, note: dict[str, Any]) -> dict[str, Any]:
	order = f"{store.shop.home}/wp-json/wc/v3/orders/{order_id}"
	links = {
		"self": [{"href": f"{order}/notes/{note['id']}"}],
		"collection": [{"href": f"{order}/notes"}],
		"up": [{"href": order}],
	}
	return {**note, "_links": links}
