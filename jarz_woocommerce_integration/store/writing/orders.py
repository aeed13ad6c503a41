"""What is written into the shop: statuses, meta data, notes and refunds of an order.

A status and meta data may be written twice without harm. Notes and refunds are made, each time anew: they are sent
once, and whoever doesn't know whether one was made looks for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import Field

from jarz_woocommerce_integration.exceptions import StoreAnswerNotJSONError
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.payloads import Order, Payload, Text, parse

# WooCommerce says 500 to a refund that it, or the gateway, refuses for good.
REFUND_REFUSED = "woocommerce_rest_cannot_create_order_refund"


class Note(Payload):
	id: int = Field(gt=0)
	note: Text = ""
	customer_note: bool = False


def set_status(client: StoreClient, order_id: int, status: str) -> None:
	""":raises StoreError: it isn't certain that the order has the status"""
	client.request("PUT", f"orders/{order_id}", body=Hidden({"status": status}), shape=dict)


def set_meta(client: StoreClient, order_id: int, values: Mapping[str, str]) -> None:
	"""Write meta data of an order by their keys. :raises StoreError: it isn't certain that they are written"""
	body = Hidden({"meta_data": [{"key": key, "value": value} for key, value in values.items()]})
	client.request("PUT", f"orders/{order_id}", body=body, shape=dict)


def meta_of(order: Order, key: str) -> str:
	"""The text of an order's first meta data of that key, "" where it has none."""
	value = next((meta.value for meta in order.meta_data if meta.key == key), "")
	return value if isinstance(value, str) else ""


def read_notes(client: StoreClient, order_id: int) -> list[Note]:
	""":raises StoreError: they can't be read; :raises PayloadError: one isn't a note"""
	return [parse(Note, body) for body in client.get(f"orders/{order_id}/notes", shape=list).body]


def add_note(client: StoreClient, order_id: int, text: str, for_customer: bool) -> int:
	"""Make a note of an order; one for the customer is mailed to them by the shop. Sent once.

	:return: the note's id; :raises StoreError: if it is retryable, it may have been made
	"""
	body = Hidden({"note": text, "customer_note": for_customer})
	return made(client.request_once("POST", f"orders/{order_id}/notes", body=body, shape=dict).body)


def add_refund(
	client: StoreClient,
	order_id: int,
	amount: Decimal,
	reason: str,
	pay_back: bool,
	lines: Sequence[Mapping[str, Any]] = (),
	restock: bool = False,
	meta: Iterable[tuple[str, str]] = (),
) -> int:
	"""Make a refund of an order. Sent once.

	:param pay_back: have the gateway pay it back, which only some can
	:param lines: what of which lines, as WooCommerce takes it; without any it is an amount of the order as a whole
	:param restock: put the goods of the lines back into the shop's stock
	:return: the refund's id; :raises StoreError: if it is retryable, it may have been made
	"""
	fields = {
		"amount": str(amount),
		"reason": reason,
		"api_refund": pay_back,
		"api_restock": restock,
		"meta_data": [{"key": key, "value": value} for key, value in meta],
	}
	if lines:
		fields["line_items"] = [dict(line) for line in lines]
	body = Hidden(fields)
	return made(client.request_once("POST", f"orders/{order_id}/refunds", body=body, shape=dict).body)


def made(body: Mapping[str, Any]) -> int:
	"""The id of what the store says it has made. :raises StoreAnswerNotJSONError: it says none"""
	identifier = body.get("id")
	if isinstance(identifier, int) and identifier > 0:
		return identifier
	raise StoreAnswerNotJSONError(
		"The store's answer doesn't have the id of the new entry.",
		"A plugin changes the answers of the shop's REST API.",
	)
