"""The sample store: a SampleShop behind WooCommerce's REST API, with its errors, headers and ways to fail."""

import json
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from threading import Thread
from typing import Any
from urllib.parse import unquote

from jarz_woocommerce_integration.sample_store import resources
from jarz_woocommerce_integration.sample_store.faults import FaultPlan, instead, spoil
from jarz_woocommerce_integration.sample_store.http import (
	notes,
	order_routes,
	product_changes,
	product_routes,
	shop_routes,
	term_routes,
	tracking_routes,
	webhook_routes,
)
from jarz_woocommerce_integration.sample_store.http.authentication import DEFAULT_KEYS, ApiKey, Authenticator
from jarz_woocommerce_integration.sample_store.http.connections import Listener
from jarz_woocommerce_integration.sample_store.http.exchange import (
	Answer,
	Request,
	RestError,
	html,
	nginx_page,
	no_route,
	rest,
)
from jarz_woocommerce_integration.sample_store.http.queries import OrderFilter
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.sample_store.products.bodies import IMAGE, IMAGE_PATH
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop
from jarz_woocommerce_integration.sample_store.webhooks import DeliveryFaults, Webhooks

Route = tuple[str, dict[str, Callable[..., Answer]]]

_NAMESPACE = "/wc/v3"
# nginx's own limits: of the request line, and of the header that it takes from PHP
_LONGEST_URI = 8_000
_LARGEST_HEADER = 4_096
_KEPT_SELECTIONS = 8

_WRITING = ("POST", "PUT", "PATCH")

# Pattern below the namespace -> method -> handler
_ORDER = r"/orders/(\d+)"
_ROUTES: tuple[Route, ...] = (
	(
		"/orders",
		{
			"GET": order_routes.list_orders,
			"POST": order_routes.create_order,
			"OPTIONS": order_routes.describe_orders,
		},
	),
	("/orders/batch", {"POST": order_routes.batch_orders}),
	(
		_ORDER,
		{
			"GET": order_routes.get_order,
			"POST": order_routes.update_order,
			"PUT": order_routes.update_order,
			"PATCH": order_routes.update_order,
			"DELETE": order_routes.delete_order,
		},
	),
	(_ORDER + "/refunds", {"GET": order_routes.list_refunds_of_order, "POST": order_routes.create_refund}),
	(
		_ORDER + r"/refunds/(\d+)",
		{"GET": order_routes.get_refund, "DELETE": order_routes.delete_refund},
	),
	(_ORDER + "/notes", {"GET": notes.list_notes, "POST": notes.create_note}),
	(_ORDER + r"/notes/(\d+)", {"GET": notes.get_note}),
	(
		_ORDER + "/fulfillments",
		{"GET": tracking_routes.list_fulfilments, "POST": tracking_routes.create_fulfilment},
	),
	(
		_ORDER + r"/fulfillments/(\d+)",
		{
			**dict.fromkeys(_WRITING, tracking_routes.change_fulfilment),
			"DELETE": tracking_routes.delete_fulfilment,
		},
	),
	("/products", {"GET": product_routes.list_products, "POST": product_changes.create_product}),
	("/products/batch", dict.fromkeys(_WRITING, product_changes.batch_products)),
	(
		r"/products/(\d+)",
		{
			"GET": product_routes.get_product,
			**dict.fromkeys(_WRITING, product_changes.update_product),
			"DELETE": product_changes.delete_product,
		},
	),
	(
		r"/products/(\d+)/variations",
		{"GET": product_routes.list_variations_of_product, "POST": product_changes.create_variation},
	),
	(r"/products/(\d+)/variations/batch", dict.fromkeys(_WRITING, product_changes.batch_variations)),
	(
		r"/products/(\d+)/variations/(\d+)",
		{
			"GET": product_routes.get_variation,
			**dict.fromkeys(_WRITING, product_changes.update_variation),
			"DELETE": product_changes.delete_variation,
		},
	),
	*term_routes.TERM_ROUTES,
	("/products/attributes", {"GET": term_routes.list_attributes}),
	(r"/products/attributes/(\d+)", {"GET": term_routes.get_attribute}),
	(r"/products/attributes/(\d+)/terms", {"GET": term_routes.list_values}),
	("/customers", {"GET": shop_routes.list_customers}),
	(r"/customers/(\d+)", {"GET": shop_routes.get_customer, "PUT": shop_routes.update_customer}),
	("/taxes", {"GET": shop_routes.list_taxes}),
	("/taxes/classes", {"GET": shop_routes.recorded_list("tax_classes", "GET, POST")}),
	("/payment_gateways", {"GET": shop_routes.list_gateways}),
	("/shipping/zones", {"GET": shop_routes.recorded_list("shipping_zones", "GET, POST")}),
	(r"/shipping/zones/(\d+)/methods", {"GET": shop_routes.zone_methods}),
	(r"/shipping/zones/(\d+)/locations", {"GET": shop_routes.zone_locations}),
	("/settings/general", {"GET": shop_routes.settings("general")}),
	("/settings/tax", {"GET": shop_routes.settings("tax")}),
	("/system_status", {"GET": shop_routes.system_status}),
	("/reports/orders/totals", {"GET": order_routes.orders_totals}),
	("/webhooks", {"GET": webhook_routes.list_webhooks, "POST": webhook_routes.create_webhook}),
	(
		r"/webhooks/(\d+)",
		{
			"GET": webhook_routes.get_webhook,
			"POST": webhook_routes.update_webhook,
			"PUT": webhook_routes.update_webhook,
			"PATCH": webhook_routes.update_webhook,
			"DELETE": webhook_routes.delete_webhook,
		},
	),
)
_MODERN_ROUTES: tuple[Route, ...] = (
	("/orders/statuses", {"GET": order_routes.order_statuses}),
	("/refunds", {"GET": order_routes.list_refunds}),
	("/variations", {"GET": product_routes.list_variations}),
)
# Of plugins, in namespaces of their own.
_PLUGIN_ROUTES: tuple[Route, ...] = (
	(
		f"/{tracking_routes.PLUGIN_NAMESPACE}{_ORDER}/shipment-trackings",
		{"GET": tracking_routes.list_trackings, "POST": tracking_routes.create_tracking},
	),
	(
		f"/{tracking_routes.PLUGIN_NAMESPACE}{_ORDER}/shipment-trackings/([a-f0-9]{{32}})",
		{"DELETE": tracking_routes.delete_tracking},
	),
)


class SampleStore:
	"""A shop that answers as WooCommerce does.

	:param shop: whose orders; its `home` is what requests must be signed with
	:param keys: who may ask; see `DEFAULT_KEYS`
	:param basic_over_http: takes Basic and keys in the query string, as a shop behind https does
	:param strips_authorization: the Authorization header never arrives
	:param plain_permalinks: only `/?rest_route=` leads to the REST API
	:param hpos: orders' own tables; None: as the shop's version has it. Without, an empty page tells true totals
	:param control: whether `/_control/` may be used to plan faults over HTTP
	:ivar drops: names of query parameters that a cache in front of the shop leaves out
	:ivar parcels: what of the shop shows tracking numbers, and which
	:ivar pays_back: ids of the payment gateways that can pay a refund back
	:ivar settings: id of a setting -> its value, where it isn't the recorded one
	:ivar tax_rates: id of a tax rate -> its fields that aren't the recorded ones
	:ivar faults: what goes wrong; :ivar requests: "METHOD uri -> status" of the last requests; :ivar served: how many
	:ivar webhooks: which there are; what waits is sent by `deliver`, or by `serve(deliver_every=…)`
	"""

	def __init__(
		self,
		shop: SampleShop,
		*,
		keys: Sequence[ApiKey] = DEFAULT_KEYS,
		basic_over_http: bool = False,
		strips_authorization: bool = False,
		plain_permalinks: bool = False,
		hpos: bool | None = None,
		faults: FaultPlan | None = None,
		control: bool = False,
	):
		self.shop = shop
		self.hpos = shop.modern if hpos is None else hpos
		self.faults = FaultPlan(shop.seed) if faults is None else faults
		self.requests: deque[str] = deque(maxlen=10_000)
		self.served = 0
		self.notes = notes.Notes()
		self.parcels = tracking_routes.Parcels()
		self.drops: tuple[str, ...] = ()
		self.pays_back: set[str] = set()
		self.settings: dict[str, str] = {}
		self.tax_rates: dict[int, dict[str, Any]] = {}
		self._plain = plain_permalinks
		self._control = control
		self._authenticator = Authenticator(shop.home, keys, basic_over_http, strips_authorization)
		routes = _ROUTES + (_MODERN_ROUTES if shop.modern else ())
		self._routes = [(re.compile(_NAMESPACE + pattern), handlers) for pattern, handlers in routes]
		self._routes += [(re.compile(pattern), handlers) for pattern, handlers in _PLUGIN_ROUTES]
		self._selections: OrderedDict[tuple[OrderFilter, int], list[int]] = OrderedDict()
		self.webhooks = Webhooks(self._webhook_body, shop.home, shop.version, shop.seed)
		shop.listeners.append(self.webhooks.hear)

	@contextmanager
	def serve(
		self, port: int = 0, host: str = "127.0.0.1", deliver_every: float | None = None
	) -> Iterator[str]:
		"""Serves in a thread as long as the context lasts; gives the address to dial.

		:param deliver_every: seconds from one run of the shop's cron to the next; None: only `deliver` sends webhooks
		"""
		cron = self.webhooks.cron(deliver_every) if deliver_every else nullcontext()
		with cron, Listener(self.answer, host, port) as listener:
			thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
			thread.start()
			try:
				yield listener.url
			finally:
				listener.shutdown()
				thread.join()

	def deliver(self) -> int:
		"""One run of the shop's cron: sends the webhooks that wait. Answers how many."""
		return self.webhooks.deliver()

	def answer(self, request: Request) -> Answer:
		"""The answer to one request, with whatever fault is due. May be called from several threads."""
		if self._control and request.path.startswith("/_control/"):
			return self._answer_control(request)
		rule = self.faults.next_for(request)
		answer = instead(rule, request, self.shop.home) if rule else None
		if answer is None:
			answer = self._answer_rest(request)
			if rule:
				spoil(rule, answer)
		self.served += 1
		self.requests.append(f"{request.method} {request.uri} -> {answer.status}")
		return answer

	def selection(self, wanted: OrderFilter) -> list[int]:
		"""Positions of the orders of a filter; kept for the next page as long as the shop doesn't change."""
		key = (wanted, self.shop.revision)
		if key not in self._selections:
			self._selections[key] = wanted.positions(self.shop)
			if len(self._selections) > _KEPT_SELECTIONS:
				self._selections.popitem(last=False)
		return self._selections[key]

	def _webhook_body(self, resource: str, thing_id: int) -> bytes:
		"""What a delivery holds: what the thing's route answers now, also where that is an error."""
		request = Request("GET", f"/wp-json{_NAMESPACE}/{resource}s/{thing_id}")
		handlers, arguments = self._handlers_of(f"{_NAMESPACE}/{resource}s/{thing_id}")
		try:
			return handlers["GET"](self, request, *arguments).body
		except RestError as error:
			return encode(error.body)

	def _answer_rest(self, request: Request) -> Answer:
		if len(request.uri) > _LONGEST_URI:
			return nginx_page(414, "Request-URI Too Large")
		if re.fullmatch(IMAGE_PATH, request.path):
			return Answer(200, IMAGE, [], "image/png")
		route = self._route_of(request)
		if route is None:
			return html(404, "Page not found", "It looks like nothing was found at this location.")
		try:
			answer = self._dispatch(request, route)
		except RestError as error:
			answer = rest(error.body, self.shop.home, error.status, allow=self._allow(route, error))
		if sum(len(name) + len(value) + 4 for name, value in answer.headers) > _LARGEST_HEADER:
			return nginx_page(502, "Bad Gateway")
		return answer

	def _route_of(self, request: Request) -> str | None:
		"""The REST route that is asked for, None where WordPress would show a page."""
		plain = request.parameter("rest_route")
		if plain and request.path in ("", "/", "/index.php"):
			return plain.rstrip("/") or "/"
		if self._plain or not re.match(r"/wp-json(/|$)", request.path):
			return None
		return unquote(request.path.removeprefix("/wp-json")).rstrip("/") or "/"

	def _handlers_of(self, route: str) -> tuple[dict[str, Callable[..., Answer]], tuple[str, ...]]:
		for pattern, handlers in self._routes:
			match = pattern.fullmatch(route)
			if match:
				return handlers, match.groups()
		return {}, ()

	def _dispatch(self, request: Request, route: str) -> Answer:
		if route == "/" and request.method in ("GET", "HEAD"):
			methods = {p.pattern: [m for m in h if m != "OPTIONS"] for p, h in self._routes}
			index = resources.index(self.shop, methods, self.parcels.namespaces())
			return rest(index, self.shop.home, allow="GET")
		handlers, arguments = self._handlers_of(route)
		handler = handlers.get("GET" if request.method == "HEAD" else request.method)
		if handler is None:
			raise no_route()
		self._authenticator.check(request)
		request.parameters = [pair for pair in request.parameters if pair[0] not in self.drops]
		return handler(self, request, *arguments)

	def _allow(self, route: str, error: RestError) -> str:
		"""WordPress names the methods of a route in errors too, but not to whom it refuses."""
		if error.status == 401:
			return ""
		handlers, _arguments = self._handlers_of(route)
		methods = [m for m in ("GET", "POST", "PUT", "PATCH", "DELETE") if m in handlers]
		return "GET, POST" if route == f"{_NAMESPACE}/orders" else ", ".join(methods)

	def _answer_control(self, request: Request) -> Answer:
		"""`POST faults` plans, `DELETE faults` clears, `GET state` tells what has happened.

		`POST deliver` runs the shop's cron, `POST deliveries` says what goes wrong on the way, `POST change` changes an
		order, or adds one.
		"""
		handlers: dict[tuple[str, str], Callable[[Request], object]] = {
			("POST", "faults"): lambda request: self.faults.configure(json.loads(request.body)),
			("DELETE", "faults"): lambda request: self.faults.clear(),
			("POST", "deliver"): lambda request: self.deliver(),
			("POST", "deliveries"): self._plan_deliveries,
			("POST", "change"): lambda request: self.faults.change(self.shop, json.loads(request.body)),
			("GET", "state"): lambda request: None,
		}
		handler = handlers.get((request.method, request.path.removeprefix("/_control/")))
		if handler is None:
			return Answer(404, b"{}")
		try:
			handler(request)
		except (ValueError, TypeError, AttributeError) as error:
			return Answer(400, json.dumps({"error": str(error)}).encode())
		return Answer(200, json.dumps(self._state() if request.method == "GET" else {}).encode())

	def _plan_deliveries(self, request: Request) -> None:
		self.webhooks.faults = DeliveryFaults(**json.loads(request.body))

	def _state(self) -> dict[str, Any]:
		done = self.webhooks.done
		return {
			"served": self.served,
			"struck": self.faults.struck,
			"changed": self.faults.changed,
			"waiting": self.webhooks.waiting(),
			"delivered": sum(delivery.status is not None for delivery in done),
			"lost": sum(delivery.lost for delivery in done),
		}
