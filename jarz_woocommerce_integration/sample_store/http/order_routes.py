"""The routes of orders and refunds."""

import json
from collections.abc import Iterable, Sequence
from datetime import timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jarz_woocommerce_integration.sample_store.http import order_changes
from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.order_changes import change_lines, check_status
from jarz_woocommerce_integration.sample_store.http.queries import (
	Page,
	Parameters,
	order_filter,
	page_of,
	selected_fields,
)
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.sample_store.resources import recorded
from jarz_woocommerce_integration.sample_store.shop.clock import parse
from jarz_woocommerce_integration.sample_store.shop.decimals import SHOWN, with_decimals
from jarz_woocommerce_integration.sample_store.shop.generator import LIGHT_FIELDS

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_STATUS_NAMES = {
	"pending": "Pending payment",
	"processing": "Processing",
	"on-hold": "On hold",
	"completed": "Completed",
	"cancelled": "Cancelled",
	"refunded": "Refunded",
	"failed": "Failed",
	"shipped": "Shipped / تم الشحن",
	"checkout-draft": "Draft",
}
_LIST = "GET, POST"
_ONE = "GET, POST, PUT, PATCH, DELETE"
_NO_REFUND = "woocommerce_rest_cannot_create_order_refund"
MOST_DECIMALS = 10
_SEARCHED = ("first_name", "last_name", "email", "phone")


def invalid_id() -> RestError:
	return RestError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")


def list_headers(
	request: Request, home: str, page: Page, total: int, shown: int, defaults: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
	"""Totals and Link of a list. `defaults`: parameters that WordPress adds to the URLs in Link."""
	pages = -(-total // page.size)
	headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))]
	route, links = f"{home}{request.path}", []
	if page.number > 1:
		links.append(
			f'<{_page_url(request, route, min(page.number - 1, pages), defaults, shown)}>; rel="prev"'
		)
	if page.number < pages:
		links.append(f'<{_page_url(request, route, page.number + 1, defaults, shown)}>; rel="next"')
	return [*headers, ("Link", ", ".join(links))] if links else headers


def _page_url(
	request: Request, route: str, number: int, defaults: Sequence[tuple[str, str]], shown: int
) -> str:
	"""The URL of another page: what was asked, lists written item by item, then the defaults."""
	pairs: list[tuple[str, str]] = []
	for name, value in request.parameters:
		if name in ("include", "exclude", "status") and value:
			pairs += [(f"{name}[{place}]", item) for place, item in enumerate(value.split(","))]
		else:
			pairs.append((name, str(number) if name == "page" else value))
	given = {name.partition("[")[0] for name, _value in pairs}
	# An empty page never gets as far as the defaults of its items.
	pairs += [
		pair for pair in (defaults if shown else defaults[:1]) if pair[0].partition("[")[0] not in given
	]
	if "page" not in given:
		pairs.append(("page", str(number)))
	return f"{route}?" + "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in pairs)


_DEFAULTS = (("status[0]", "any"), ("dp", "2"), ("context", "view"))


def list_orders(store: "SampleStore", request: Request) -> Answer:
	parameters = Parameters(request)
	page, wanted = page_of(parameters), order_filter(parameters, store.shop.zone)
	decimals = _decimals(parameters)
	parameters.refuse_faults()
	shop = store.shop
	with shop.lock:
		positions = store.selection(wanted)
		if parameters.text("search"):
			positions = _search(store, positions, parameters.text("search"))
		if "product" in parameters:
			positions = _with_product(store, positions, parameters.whole("product", 0))
		chosen = page.of(positions)
		body = _bodies(store, chosen, parameters.words("_fields"), decimals)
	store.faults.list_answered(shop)
	total = len(positions)
	if not chosen and (store.hpos or page.offset is not None):
		total = 0
	headers = list_headers(request, shop.home, page, total, len(chosen), _DEFAULTS)
	return rest(body, shop.home, allow=_LIST, headers=headers)


def _decimals(parameters: Parameters) -> int:
	return parameters.whole("dp", SHOWN, 0, MOST_DECIMALS)


def _bodies(store: "SampleStore", positions: Sequence[int], fields: Sequence[str], decimals: int) -> bytes:
	shop = store.shop
	ids = [shop.index.ids[position] for position in positions]
	if store.faults.poisoned.intersection(ids):
		raise RestError(
			500, "internal_server_error", "<p>There has been a critical error on this website.</p>"
		)
	if not fields:
		bodies = (with_decimals(shop.body(order_id), decimals) for order_id in ids)
		return b"[" + b",".join(map(encode, bodies)) + b"]"
	if decimals == SHOWN and LIGHT_FIELDS.issuperset(fields):
		return encode([selected_fields(shop.light(position), fields, False) for position in positions])
	return encode(
		[selected_fields(with_decimals(shop.body(order_id), decimals), fields, False) for order_id in ids]
	)


def _search(store: "SampleStore", positions: Sequence[int], text: str) -> list[int]:
	"""Orders whose id or billing holds the text: every order must be made for it."""
	text, found = text.casefold(), []
	for position in positions:
		order_id = store.shop.index.ids[position]
		billing = store.shop.body(order_id)["billing"]
		if text == str(order_id) or any(text in billing[field].casefold() for field in _SEARCHED):
			found.append(position)
	return found


def _with_product(store: "SampleStore", positions: Sequence[int], product_id: int) -> list[int]:
	shop = store.shop
	return [
		position
		for position in positions
		if any(
			product_id in (line["product_id"], line["variation_id"])
			for line in _values(shop.body(shop.index.ids[position])["line_items"])
		)
	]


def _values(lines: list | dict) -> Iterable[dict[str, Any]]:
	"""The lines of a list, or of the object that PHP makes of one with gaps."""
	return lines.values() if isinstance(lines, dict) else lines


def describe_orders(store: "SampleStore", request: Request) -> Answer:
	return rest(recorded("options_orders", store.shop.home), store.shop.home, allow=_LIST)


def order_statuses(store: "SampleStore", request: Request) -> Answer:
	"""Not in 8.9.3."""
	body = [{"slug": slug, "name": name} for slug, name in _STATUS_NAMES.items()]
	return rest(body, store.shop.home, allow="GET")


def orders_totals(store: "SampleStore", request: Request) -> Answer:
	"""A report: how many orders each registered status has."""
	shop = store.shop
	counts = dict.fromkeys(_STATUS_NAMES, 0)
	for place in shop.index.living():
		name = shop.index.name_of_status(place)
		if name in counts:
			counts[name] += 1
	body = [{"slug": slug, "name": name, "total": counts[slug]} for slug, name in _STATUS_NAMES.items()]
	return rest(body, shop.home, allow="GET")


def get_order(store: "SampleStore", request: Request, order_id: str) -> Answer:
	return _answer_one(store, request, int(order_id))


def _answer_one(store: "SampleStore", request: Request, order_id: int) -> Answer:
	parameters = Parameters(request)
	fields, decimals = parameters.words("_fields"), _decimals(parameters)
	parameters.refuse_faults()
	if order_id in store.faults.poisoned:
		raise RestError(
			500, "internal_server_error", "<p>There has been a critical error on this website.</p>"
		)
	body = with_decimals(_body(store, order_id), decimals)
	if fields:
		body = selected_fields(body, fields, True)
	return rest(body, store.shop.home, allow=_ONE)


def _body(store: "SampleStore", order_id: int) -> dict[str, Any]:
	with store.shop.lock:
		try:
			return store.shop.body(order_id)
		except KeyError:
			raise invalid_id() from None


def json_body(request: Request) -> dict[str, Any]:
	""":raises RestError: 400"""
	if not request.body:
		return {}
	try:
		return dict(json.loads(request.body))
	except (ValueError, TypeError):
		raise RestError(
			400,
			"rest_invalid_json",
			"Invalid JSON body passed.",
			json_error_code=4,
			json_error_message="Syntax error",
		) from None


def create_order(store: "SampleStore", request: Request) -> Answer:
	return order_changes.create_order(store, request, json_body(request))


def update_order(store: "SampleStore", request: Request, order_id: str) -> Answer:
	fields = json_body(request)
	_body(store, int(order_id))
	_apply(store, int(order_id), fields)
	return _answer_one(store, request, int(order_id))


def _apply(store: "SampleStore", order_id: int, fields: dict[str, Any]) -> None:
	status = fields.pop("status", None)
	check_status(status)
	writable = ("customer_note", "billing", "shipping", "transaction_id", "payment_method")
	changes = {name: value for name, value in fields.items() if name in writable}
	body = _body(store, order_id)
	if "meta_data" in fields:
		changes["meta_data"] = with_meta(body["meta_data"], fields["meta_data"])
	for name in ("billing", "shipping"):
		if name in changes:
			changes[name] = body[name] | changes[name]
	if fields.get("line_items"):
		change_lines(store, order_id, fields["line_items"])
	store.shop.update(order_id, changes)
	if status is not None and status != body["status"]:
		store.shop.set_status(order_id, status)


def with_meta(data: Sequence[dict[str, Any]], added: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Meta data after some was written: the first entry of a key is changed, a new key is added."""
	data = [dict(entry) for entry in data]
	for entry in added:
		known = next((known for known in data if known["key"] == entry["key"]), None)
		if known:
			known["value"] = entry["value"]
		else:
			last = max((other["id"] for other in data), default=0)
			data.append({"id": last + 1, "key": entry["key"], "value": entry["value"]})
	return data


def delete_order(store: "SampleStore", request: Request, order_id: str) -> Answer:
	"""The answer shows the order as it was before."""
	number = int(order_id)
	before = encode(_body(store, number))
	if Parameters(request).flag("force"):
		store.shop.delete(number)
	elif store.shop.status(number) == "trash":
		raise RestError(410, "woocommerce_rest_already_trashed", "The order has already been deleted.")
	else:
		store.shop.trash(number)
	return rest(before, store.shop.home, allow=_ONE)


def batch_orders(store: "SampleStore", request: Request) -> Answer:
	"""Updates only. At most 100; faults of single orders are in the answer, whose status is 200."""
	updates = json_body(request).get("update", [])
	if len(updates) > 100:
		raise RestError(
			413,
			"woocommerce_rest_request_entity_too_large",
			"Unable to accept more than 100 items for this request.",
		)
	done = []
	for fields in updates:
		order_id = int(fields.pop("id", 0))
		try:
			_apply(store, order_id, fields)
			done.append(_body(store, order_id))
		except RestError as error:
			fault = error.body
			if error.status == 404:
				fault = {**fault, "message": "ID is invalid.", "data": {"status": 400}}
			done.append({"id": order_id, "error": fault})
	return rest({"update": done}, store.shop.home, allow="POST, PUT, PATCH")


# --- refunds ---


def list_refunds_of_order(store: "SampleStore", request: Request, order_id: str) -> Answer:
	parameters = Parameters(request)
	page, decimals = page_of(parameters), _decimals(parameters)
	parameters.refuse_faults()
	refunds = _refunds(store, int(order_id))
	shown = with_decimals(page.of(refunds), decimals)
	headers = list_headers(request, store.shop.home, page, len(refunds), len(shown), (("dp", "2"),))
	return rest(shown, store.shop.home, allow=_LIST, headers=headers)


def _refunds(store: "SampleStore", order_id: int) -> list[dict[str, Any]]:
	_body(store, order_id)
	with store.shop.lock:
		return store.shop.refunds(order_id)


def get_refund(store: "SampleStore", request: Request, order_id: str, refund_id: str) -> Answer:
	refund = next((r for r in _refunds(store, int(order_id)) if r["id"] == int(refund_id)), None)
	if refund is None:
		raise RestError(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
	parameters = Parameters(request)
	decimals = _decimals(parameters)
	parameters.refuse_faults()
	return rest(with_decimals(refund, decimals), store.shop.home, allow="GET, DELETE")


def create_refund(store: "SampleStore", request: Request, order_id: str) -> Answer:
	"""With `api_refund` the money goes back through the order's gateway, with `api_restock` the goods into stock; both are
	on where they aren't given.
	"""
	fields = json_body(request)
	order = _body(store, int(order_id))
	pays_back = fields.get("api_refund", True) is not False
	if pays_back and order["payment_method"] not in store.pays_back:
		message = "The payment gateway for this order does not support automatic refunds."
		raise RestError(500, _NO_REFUND, message)
	try:
		refund = store.shop.refund(
			int(order_id),
			str(fields.get("amount", "0")),
			str(fields.get("reason", "")),
			fields.get("line_items", ()),
			pays_back,
			fields.get("api_restock", True) is not False,
		)
	except ValueError as error:
		raise RestError(500, _NO_REFUND, str(error)) from None
	return rest(refund, store.shop.home, 201, allow=_LIST)


def delete_refund(store: "SampleStore", request: Request, order_id: str, refund_id: str) -> Answer:
	answer = get_refund(store, request, order_id, refund_id)
	if not Parameters(request).flag("force"):
		raise RestError(501, "woocommerce_rest_trash_not_supported", "Refunds do not support trashing.")
	store.shop.delete_refund(int(order_id), int(refund_id))
	return answer


def list_refunds(store: "SampleStore", request: Request) -> Answer:
	"""All refunds of the shop, newest first."""
	parameters = Parameters(request)
	page, include = page_of(parameters), set(parameters.wholes("include"))
	zone = store.shop.zone
	decimals = _decimals(parameters)
	after, before = (parameters.date(name, zone) for name in ("modified_after", "modified_before"))
	parameters.refuse_faults()
	found = []
	with store.shop.lock:
		for order_id in store.shop.refund_owners(include):
			for refund in store.shop.refunds(order_id):
				stamp: Any = parse(refund["date_created_gmt"], timezone.utc, True)
				in_time = (after is None or stamp > after) and (before is None or stamp < before)
				if in_time and (not include or refund["id"] in include):
					found.append((stamp, refund["id"], {"id": refund["id"], "parent_id": order_id} | refund))
	found.sort(key=lambda entry: entry[:2], reverse=True)
	shown = with_decimals([refund for _stamp, _id, refund in page.of(found)], decimals)
	headers = list_headers(request, store.shop.home, page, len(found), len(shown), (("dp", "2"),))
	return rest(shown, store.shop.home, allow="GET", headers=headers)
