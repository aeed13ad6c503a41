"""A store in a thread: real HTTP on 127.0.0.1, with WooCommerce's checks written apart from ours, and faults."""

import base64
import gzip
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY, SECRET = "ck_0123456789abcdef", "cs_fedcba9876543210/+="
FIXTURES = Path(__file__).parent / "fixtures"
CORE = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"]
NO_ROUTE = (404, "rest_no_route", "No route was found matching the URL and request method.")
CANNOT_VIEW = (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def fixture(name: str):
	return json.loads(gzip.decompress((FIXTURES / f"{name}.json.gz").read_bytes()))


@dataclass
class Reply:
	status: int = 200
	body: bytes = b"[]"
	headers: dict[str, str] = field(default_factory=dict)
	cut: bool = False


def captured(name: str) -> Reply:
	"""A recorded answer."""
	record = fixture("errors")[name]
	return Reply(record["status"], record["body"].encode(), dict(record["headers"]))


def json_reply(body, status: int = 200, **headers: str) -> Reply:
	headers = {name.replace("_", "-"): value for name, value in headers.items()}
	return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


def error_reply(status: int, code: str, message: str) -> Reply:
	return json_reply({"code": code, "message": message, "data": {"status": status}}, status)


@dataclass
class Request:
	method: str
	target: str
	route: str
	params: dict[str, str]
	headers: dict[str, str]


class FakeStore:
	"""Set its attributes before or between requests; `requests` has what came in.

	:ivar ways: of authentication that it takes: "basic", "oauth", "query"; "none" is open to everybody
	:ivar faults: replies for the next requests to routes below /wc/v3, one each; None is no fault
	:ivar routes: replies or functions of the request, by route, before the built-in ones
	"""

	def __init__(self):
		self.ways = {"basic"}
		self.permalinks = {"pretty", "plain"}
		self.has_index = True
		self.namespaces = ["wp/v2", "wc/v3"]
		self.home = ""
		self.base_path = ""
		self.permission = "read_write"
		self.clock_offset = 0
		self.statuses = [*CORE[:-1], "shipped", "checkout-draft"]
		self.modern = True
		self.totals_beyond_end = "0"
		self.lower_case_headers = False
		self.orders: list[dict] = []
		self.refunds: list[dict] = []
		self.faults: list[Reply | None] = []
		self.routes: dict[str, Reply | Callable[[Request], Reply]] = {}
		self.index_reply: Reply | None = None
		self.after_page: Callable[[int], None] = lambda page: None
		self.requests: list[Request] = []
		self.nonces: set[str] = set()
		self.lock = threading.Lock()
		store = self

		class Handler(BaseHTTPRequestHandler):
			protocol_version = "HTTP/1.1"
			disable_nagle_algorithm = True

			def answer(self):
				length = int(self.headers.get("Content-Length") or 0)
				self.rfile.read(length)
				store.answer(self)

			do_GET = do_PUT = do_POST = do_OPTIONS = answer

			def date_time_string(self, timestamp=None):
				return formatdate((timestamp or time.time()) + store.clock_offset, usegmt=True)

			def log_message(self, *arguments):
				pass

		self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		self.server.handle_error = lambda request, address: None  # clients that hang up are part of the tests
		self.server.daemon_threads = True
		self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
		self.thread.start()

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.server.server_port}{self.base_path}"

	def close(self):
		self.server.shutdown()
		self.server.server_close()
		self.thread.join()

	def routes_asked(self) -> list[str]:
		return [request.route for request in self.requests if request.route.startswith("/wc/v3")]

	# --- answering ---

	def answer(self, handler):
		parts = urlsplit(handler.path)
		params = dict(parse_qsl(parts.query, keep_blank_values=True))
		route = self._route(parts.path, params)
		request = Request(handler.command, handler.path, route or "", params, dict(handler.headers))
		with self.lock:
			self.requests.append(request)
			reply = self._reply(request, route)
		handler.send_response(reply.status)
		for name, value in reply.headers.items():
			handler.send_header(name.lower() if self.lower_case_headers else name, value)
		handler.send_header("Content-Length", str(len(reply.body)))
		handler.end_headers()
		handler.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
		if reply.cut:
			handler.close_connection = True

	def _route(self, path: str, params: dict) -> str | None:
		path = path.removeprefix(self.base_path)
		if path.startswith("/wp-json") and "pretty" in self.permalinks:
			return unquote(path.removeprefix("/wp-json")) or "/"
		if "rest_route" in params and "plain" in self.permalinks:
			return params["rest_route"]
		return None

	def _reply(self, request: Request, route: str | None) -> Reply:
		if route is None:
			return Reply(404, b"<html><title>Page not found</title></html>", {"Content-Type": "text/html"})
		if route == "/":
			if self.index_reply:
				return self.index_reply
			index = {"name": "Shop", "home": self.home or self.url, "timezone_string": "Africa/Cairo"}
			return (
				json_reply({**index, "gmt_offset": 2, "namespaces": self.namespaces})
				if self.has_index
				else error_reply(*NO_ROUTE)
			)
		if self.faults:
			fault = self.faults.pop(0)
			if fault:
				return fault
		refusal = self._authenticate(request)
		if refusal:
			return error_reply(*refusal)
		return self._resource(request, route.removeprefix("/wc/v3/"))

	def _resource(self, request: Request, route: str) -> Reply:
		if route in self.routes:
			reply = self.routes[route]
			return reply(request) if callable(reply) else reply
		if request.method == "PUT" and route == "orders/0":
			return error_reply(400, "woocommerce_rest_shop_order_invalid_id", "ID is invalid.")
		if route == "orders" and request.method == "GET":
			return self._orders(request.params)
		if route == "orders/statuses" and self.modern:
			return json_reply([{"slug": name, "name": name.title()} for name in self.statuses])
		if match := re.fullmatch(r"orders/(\d+)", route):
			found = [order for order in self.orders if order["id"] == int(match[1])]
			gone = error_reply(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
			return json_reply(found[0]) if found else gone
		if match := re.fullmatch(r"orders/(\d+)/refunds", route):
			bodies = [refund for refund in self.refunds if refund["parent_id"] == int(match[1])]
			return json_reply([{k: v for k, v in body.items() if k != "parent_id"} for body in bodies])
		if route == "refunds" and self.modern:
			ids = request.params["include"].split(",")
			return json_reply([refund for refund in self.refunds if str(refund["id"]) in ids])
		return error_reply(*NO_ROUTE)

	def _orders(self, params: dict) -> Reply:
		statuses = params.get("status", "any").split(",")
		unknown = [name for name in statuses if name not in [*self.statuses, "any", "trash"]]
		if unknown:
			names = ", ".join(["any", "trash", "auto-draft", *self.statuses[:-1]])
			said = f"status[0] is not one of {names}, and {self.statuses[-1]}."
			data = {"status": 400, "params": {"status": said}}
			body = {"code": "rest_invalid_param", "message": "Invalid parameter(s): status", "data": data}
			return json_reply(body, 400)
		hidden = {"trash", "checkout-draft"}
		chosen = [
			order
			for order in self.orders
			if not isinstance(order, dict)
			or (order["status"] in statuses or ("any" in statuses and order["status"] not in hidden))
		]
		if "include" in params:
			ids = params["include"].split(",")
			chosen = [order for order in chosen if str(order["id"]) in ids]
		page, size = int(params.get("page", 1)), int(params.get("per_page", 10))
		shown = chosen[(page - 1) * size : page * size]
		fields = params.get("_fields")
		if fields:
			shown = [{name: order[name] for name in fields.split(",") if name in order} for order in shown]
		pages = -(-len(chosen) // size)
		totals = {"X-WP-Total": str(len(chosen)), "X-WP-TotalPages": str(pages)}
		if not shown and page > 1:
			totals = {"X-WP-Total": self.totals_beyond_end, "X-WP-TotalPages": self.totals_beyond_end}
		reply = json_reply(shown)
		reply.headers |= totals
		self.after_page(page)
		return reply

	# --- WooCommerce's way of checking a key ---

	def _authenticate(self, request: Request):
		method, params = request.method, request.params
		asked = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
		known = re.search("wp-json/wc[/-]", request.target) and self._knows(request)
		if known is not True and "oauth" in self.ways and "oauth_signature" in params:
			known = self._verify_oauth(request)
		if isinstance(known, str):
			return 401, "woocommerce_rest_authentication_error", known
		if not known and "none" not in self.ways:
			return CANNOT_VIEW
		if asked not in self.permission and method != "OPTIONS":
			said = f"The API key provided does not have {asked} permissions."
			return 401, "woocommerce_rest_authentication_error", said
		return None

	def _knows(self, request: Request) -> bool | str:
		given = None
		header = request.headers.get("Authorization", "")
		if "basic" in self.ways and header.startswith("Basic "):
			given = base64.b64decode(header[6:]).decode().split(":", 1)
		elif "query" in self.ways and "consumer_key" in request.params:
			given = [request.params["consumer_key"], request.params["consumer_secret"]]
		if given is None or given[0] != KEY:
			return False
		return True if given[1] == SECRET else "Consumer secret is invalid."

	def _verify_oauth(self, request: Request) -> bool | str:
		"""From the plugin's source: the home URL, the path as dialled, every parameter decoded and encoded again."""
		params = dict(request.params)
		if params.get("oauth_consumer_key") != KEY:
			return "Consumer key is invalid."
		path = urlsplit(request.target).path.removeprefix(self.base_path).lstrip("/")
		home = (self.home or self.url).rstrip("/")
		url = f"{home}/{path}" if path else home
		given = params.pop("oauth_signature")

		def twice(text: str) -> str:
			return quote(unquote(text), safe="").replace("%", "%25")

		pairs = "%26".join(f"{twice(name)}%3D{twice(params[name])}" for name in sorted(params))
		text = f"{request.method}&{quote(url, safe='')}&{pairs}"
		expected = hmac.new(f"{SECRET}&".encode(), text.encode(), hashlib.sha256).digest()
		if base64.b64encode(expected).decode() != given:
			return "Invalid signature - provided signature does not match."
		if abs(int(params["oauth_timestamp"]) - time.time() - self.clock_offset) > 15 * 60:
			return "Invalid timestamp."
		if params["oauth_nonce"] in self.nonces:
			return "Invalid nonce - nonce has already been used."
		self.nonces.add(params["oauth_nonce"])
		return True


def make_order(order_id: int, status: str = "completed", **fields) -> dict:
	"""A small order that WooCommerce could have made."""
	return {
		"id": order_id,
		"number": str(order_id),
		"status": status,
		"currency": "EGP",
		"date_created_gmt": "2026-01-01T10:00:00",
		"date_modified_gmt": "2026-01-01T10:00:00",
		"total": "10.00",
		"total_tax": "0.00",
		"line_items": [],
		"refunds": [],
		**fields,
	}


def make_refund(refund_id: int, order_id: int, amount: str = "1.00") -> dict:
	return {
		"id": refund_id,
		"parent_id": order_id,
		"date_created_gmt": "2026-01-02T10:00:00",
		"amount": amount,
		"line_items": [],
	}
