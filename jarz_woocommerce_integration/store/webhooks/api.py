"""A store's webhooks by its REST API. Their secrets and their counts of failures are never given by a store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jarz_woocommerce_integration.exceptions import (
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StoreNotFoundError,
	StoreWriteRefusedError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.paging import read_pages

ACTIVE, PAUSED, DISABLED = "active", "paused", "disabled"
ROUTE = "webhooks"
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Webhook:
	"""One webhook as a store has it.

	:ivar status: `ACTIVE`, `PAUSED` or `DISABLED`
	:ivar modified: moment of its last change or delivery, as the store writes it, "" where it doesn't say
	"""

	id: int
	name: str
	status: str
	topic: str
	delivery_url: str
	modified: str = ""


def list_webhooks(client: StoreClient) -> list[Webhook]:
	"""All webhooks of the store, in the order of their ids. :raises StoreError: they can't be read"""
	return sorted(_read(client), key=lambda webhook: webhook.id)


def _read(client: StoreClient) -> Iterator[Webhook]:
	for answer in read_pages(client, ROUTE, {"orderby": "id", "order": "asc"}, PAGE_SIZE):
		yield from map(_parse, answer.body)


def create_webhook(
	client: StoreClient, name: str, topic: str, delivery_url: str, secret: str | Hidden
) -> Webhook:
	"""Make a webhook. The store sends its ping before it answers. Sent once, or there might be two.

	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: it can't be made, or isn't known to be
	"""
	fields = {"name": name, "topic": topic, "delivery_url": delivery_url, "status": ACTIVE}
	body = _hidden({**fields, "secret": Hidden.of(secret)})
	return _parse(_write(client.variant(attempts=1), "POST", ROUTE, body=body))


def update_webhook(client: StoreClient, webhook_id: int, **fields: str | Hidden) -> Webhook:
	"""Change `status`, `delivery_url`, `topic` or `secret`. A store that makes one active keeps its count of failures.

	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: it can't be changed
	"""
	return _parse(_write(client, "PUT", f"{ROUTE}/{webhook_id}", body=_hidden(fields)))


def _hidden(fields: Mapping[str, str | Hidden | None]) -> Hidden:
	return Hidden(
		{name: value.content if isinstance(value, Hidden) else value for name, value in fields.items()}
	)


def delete_webhook(client: StoreClient, webhook_id: int) -> None:
	"""Remove a webhook; one that is gone already is gone.

	:raises StoreWriteRefusedError: the key may only read; :raises StoreError: it can't be removed
	"""
	try:
		_write(client, "DELETE", f"{ROUTE}/{webhook_id}", params={"force": True})
	except StoreNotFoundError as error:
		if not error.code.endswith("_invalid_id"):
			raise


def _write(client: StoreClient, method: str, route: str, **request: Any) -> Any:
	try:
		return client.request(method, route, shape=dict, **request).body
	except StoreAuthenticationError as error:
		refusal = _refusal(client, error)
	raise refusal


def _refusal(client: StoreClient, error: StoreAuthenticationError) -> StoreAuthenticationError:
	if "does not have" in error.message and "permission" in error.message:
		return StoreWriteRefusedError(
			Sentence(
				"The key of {0} has no write permission, so the shop's webhooks can't be changed.", client.url
			),
			"Give it the permission Read/Write in the shop (WooCommerce > Settings > Advanced > REST API).",
			status=error.status,
			code=error.code,
		)
	if error.code.startswith("woocommerce_rest_cannot_"):
		return StoreWriteRefusedError(
			Sentence("The user of the key of {0} may not change the shop's webhooks.", client.url),
			"The key must belong to an administrator or a shop manager.",
			status=error.status,
			code=error.code,
		)
	return error


def _parse(body: Any) -> Webhook:
	""":raises StoreAnswerNotJSONError: it isn't a webhook"""
	fields = body if isinstance(body, dict) else {}
	texts: dict[str, Any] = {name: fields.get(name) for name in ("name", "status", "topic", "delivery_url")}
	if type(fields.get("id")) is not int or not all(isinstance(text, str) for text in texts.values()):
		raise StoreAnswerNotJSONError(
			"The store answered with something that isn't a webhook.",
			"A cache, a firewall or a plugin in front of the store changes its answers.",
		)
	return Webhook(id=fields["id"], modified=str(fields.get("date_modified_gmt") or ""), **texts)
