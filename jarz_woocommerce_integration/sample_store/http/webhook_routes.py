"""The routes of webhooks."""

from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jarz_woocommerce_integration.sample_store.http.exchange import (
	Answer,
	Request,
	RestError,
	invalid_parameters,
	rest,
)
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body, list_headers
from jarz_woocommerce_integration.sample_store.http.queries import Parameters, listed, page_of
from jarz_woocommerce_integration.sample_store.shop.clock import gmt, local
from jarz_woocommerce_integration.sample_store.webhooks import STATUSES, Webhook, is_topic

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_LIST = "GET, POST"
_ONE = "GET, POST, PUT, PATCH, DELETE"
_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _fault(what: str, message: str, status: int = 400) -> RestError:
	return RestError(status, f"woocommerce_rest_shop_webhook_invalid_{what}", message)


def _unknown(status: int) -> RestError:
	return _fault("id", "Invalid ID." if status == 404 else "ID is invalid.", status)


def _body(store: "SampleStore", webhook: Webhook) -> dict[str, Any]:
	"""A webhook as its routes show it: never with its secret or its failures."""
	collection = f"{store.shop.home}/wp-json/wc/v3/webhooks"
	own = {"href": f"{collection}/{webhook.id}", "targetHints": {"allow": _EVERY_METHOD}}
	return {
		"id": webhook.id,
		"name": webhook.name,
		"status": webhook.status,
		"topic": webhook.topic,
		"resource": webhook.resource,
		"event": webhook.event,
		"hooks": list(webhook.hooks),
		"delivery_url": webhook.delivery_url,
		"date_created": local(webhook.created, store.shop.zone),
		"date_created_gmt": gmt(webhook.created),
		"date_modified": local(webhook.modified, store.shop.zone),
		"date_modified_gmt": gmt(webhook.modified),
		"_links": {"self": [own], "collection": [{"href": collection}]},
	}


def _webhook(store: "SampleStore", webhook_id: str, status: int = 400) -> Webhook:
	try:
		return store.webhooks.get(int(webhook_id))
	except KeyError:
		raise _unknown(status) from None


def _check(fields: dict[str, Any]) -> None:
	""":raises RestError: a field can't be taken"""
	topic, url, status = (fields.get(name) for name in ("topic", "delivery_url", "status"))
	if status and status not in STATUSES:
		message = f"status is not one of {listed(STATUSES)}."
		raise invalid_parameters({"status": ("rest_not_in_enum", message, None)})
	if topic is not None and not is_topic(str(topic)):
		raise _fault("topic", "Webhook topic is required and must be valid.")
	if url is not None:
		parts = urlsplit(str(url))
		if parts.scheme not in ("http", "https") or not parts.netloc:
			message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
			raise _fault("delivery_url", message)


def list_webhooks(store: "SampleStore", request: Request) -> Answer:
	parameters = Parameters(request)
	page = page_of(parameters)
	status = parameters.choice("status", "all", ("all", *STATUSES))
	order_by = parameters.choice("orderby", "date", ("date", "id", "title"))
	ascending = parameters.choice("order", "desc", ("asc", "desc")) == "asc"
	parameters.refuse_faults()
	found = [webhook for webhook in store.webhooks.all() if status in ("all", webhook.status)]
	# By date and by id is the same: ids rise.
	found.sort(
		key=attrgetter("name" if order_by == "title" else "id"),
		reverse=not ascending,
	)
	shown = [_body(store, webhook) for webhook in page.of(found)]
	headers = list_headers(request, store.shop.home, page, len(found), len(shown))
	return rest(shown, store.shop.home, allow=_LIST, headers=headers)


def create_webhook(store: "SampleStore", request: Request) -> Answer:
	"""The receiver is pinged before the answer, which was made before."""
	fields = json_body(request)
	missing = [name for name in ("topic", "delivery_url") if name not in fields]
	if missing:
		message = f"Missing parameter(s): {', '.join(missing)}"
		raise RestError(400, "rest_missing_callback_param", message, params=missing)
	_check(fields)
	webhook = store.webhooks.add(
		str(fields["topic"]).lower(),
		str(fields["delivery_url"]),
		str(fields.get("secret") or ""),
		str(fields.get("name") or ""),
	)
	body = _body(store, webhook)
	store.webhooks.ping(webhook)
	return rest(
		body, store.shop.home, 201, allow=_LIST, headers=[("Location", body["_links"]["self"][0]["href"])]
	)


def get_webhook(store: "SampleStore", request: Request, webhook_id: str) -> Answer:
	return rest(_body(store, _webhook(store, webhook_id)), store.shop.home, allow=_ONE)


def update_webhook(store: "SampleStore", request: Request, webhook_id: str) -> Answer:
	"""Pings nobody."""
	webhook, fields = _webhook(store, webhook_id), json_body(request)
	_check(fields)
	writable = ("name", "topic", "delivery_url", "secret", "status")
	store.webhooks.change(webhook, **{name: str(fields[name]) for name in writable if fields.get(name)})
	return rest(_body(store, webhook), store.shop.home, allow=_ONE)


def delete_webhook(store: "SampleStore", request: Request, webhook_id: str) -> Answer:
	if not Parameters(request).flag("force"):
		raise RestError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
	body = _body(store, _webhook(store, webhook_id, 404))
	store.webhooks.remove(int(webhook_id))
	return rest(body, store.shop.home, allow=_ONE)
