"""The shops of tests/fixtures/cases behind HTTP: each a WordPress in a folder of one server, http://127.0.0.1:PORT/CASE.

A case gives the fields that matter; the rest comes from the templates below. Its `server` says how the shop behaves.
"""

import json
import re
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

CASES = Path(__file__).parents[1] / "fixtures" / "cases"
STATUSES = "pending processing on-hold completed cancelled refunded failed checkout-draft".split()

PERSON = dict.fromkeys(
	"first_name last_name company address_1 address_2 city state postcode country".split(), ""
)
PERSONS = {"billing": {**PERSON, "email": "", "phone": ""}, "shipping": {**PERSON, "phone": ""}}
MONEY = dict.fromkeys(
	"discount_total discount_tax shipping_total shipping_tax cart_tax total total_tax".split(), "0.00"
)
ORDER = {
	**MONEY,
	"parent_id": 0,
	"status": "completed",
	"currency": "EUR",
	"version": "10.9.4",
	"prices_include_tax": False,
	"date_created": "2026-03-02T11:00:00",
	"date_created_gmt": "2026-03-02T10:00:00",
	"date_modified": "2026-03-02T12:00:00",
	"date_modified_gmt": "2026-03-02T11:00:00",
	"date_completed": "2026-03-02T12:00:00",
	"date_completed_gmt": "2026-03-02T11:00:00",
	"date_paid": "2026-03-02T11:01:00",
	"date_paid_gmt": "2026-03-02T10:01:00",
	"customer_id": 0,
	"customer_note": "",
	"payment_method": "stripe",
	"payment_method_title": "Card",
	"transaction_id": "ch_1",
	"created_via": "checkout",
	"meta_data": [],
	"refunds": [],
}
REFUND = {
	"date_created": "2026-03-09T11:00:00",
	"date_created_gmt": "2026-03-09T10:00:00",
	"amount": "0.00",
	"reason": "",
	"refunded_payment": True,
	"meta_data": [],
}
LINE = {"total": "0.00", "total_tax": "0.00", "taxes": [], "meta_data": []}
LINES = {
	"line_items": {
		**LINE,
		"name": "Thing",
		"product_id": 0,
		"variation_id": 0,
		"quantity": 1,
		"tax_class": "",
		"subtotal_tax": "0.00",
		"sku": "",
		"price": 0,
		"parent_name": None,
	},
	"shipping_lines": {**LINE, "method_title": "Flat", "method_id": "flat_rate", "instance_id": "1"},
	"fee_lines": {**LINE, "name": "Fee", "tax_class": "", "tax_status": "taxable", "amount": ""},
	"tax_lines": {
		"rate_code": "X-VAT-1",
		"rate_id": 1,
		"label": "VAT",
		"compound": False,
		"tax_total": "0.00",
		"shipping_tax_total": "0.00",
		"rate_percent": 20,
		"meta_data": [],
	},
	"coupon_lines": {"code": "c", "discount": "0", "discount_tax": "0", "meta_data": []},
}
# The lines of an order take ids of blocks of their own, so that a case needn't name any.
FIRST_LINE = {"line_items": 1, "shipping_lines": 30, "fee_lines": 40, "tax_lines": 50, "coupon_lines": 60}


def whole_order(given: dict) -> dict:
	order = _with_lines({**ORDER, "number": str(given["id"]), "order_key": "wc_order_x", **given})
	for name, template in PERSONS.items():
		person = order.get(name, {})
		order[name] = {**template, **person} if isinstance(person, dict) else person
	return order


def whole_refund(given: dict) -> dict:
	return _with_lines({**REFUND, **given})


def _whole_refunds(given: dict) -> list[dict]:
	return [
		{**whole_refund(refund), "parent_id": int(order_id)}
		for order_id, refunds in given.items()
		for refund in refunds
	]


def _with_lines(document: dict) -> dict:
	return document | {
		name: _whole_lines(document.get(name, []), name, document["id"] * 100 + first)
		for name, first in FIRST_LINE.items()
	}


def _whole_lines(given, name: str, first_id: int):
	"""Lists, and PHP's objects in the place of lists, filled up; whatever else stays as it is."""
	if isinstance(given, dict):
		keys, lines = list(given), list(given.values())
		return dict(zip(keys, _whole_lines(lines, name, first_id), strict=True))
	if not isinstance(given, list):
		return given
	return [
		_whole_line(line, name, line_id) if isinstance(line, dict) else line
		for line_id, line in enumerate(given, first_id)
	]


def _whole_line(given: dict, name: str, line_id: int) -> dict:
	line = {"id": line_id, **LINES[name], **given}
	if name == "line_items":
		line.setdefault("subtotal", line["total"])
	return line


class Answer(NamedTuple):
	body: bytes
	status: int = 200
	headers: tuple[tuple[str, str], ...] = ()
	content_type: str = "application/json; charset=UTF-8"


def problem(status: int, code: str, message: str, **data) -> Answer:
	body = {"code": code, "message": message, "data": {"status": status, **data}}
	return Answer(json.dumps(body).encode(), status)


NO_ROUTE = problem(404, "rest_no_route", "No route was found matching the URL and request method.")
NO_ORDER = problem(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
NO_PRODUCT = problem(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")


class CaseShop:
	"""One case as a shop.

	:ivar later: the shop as it is at the second run (the case's `then`)
	"""

	def __init__(self, case: dict):
		self.case = case
		self.later = False
		self.rules = case.get("server", {})

	@cached_property
	def first_orders(self) -> list[dict]:
		many = [
			{**batch["order"], "id": batch["first_id"] + place}
			for batch in self.case.get("many", [])
			for place in range(batch["count"])
		]
		return [whole_order(order) for order in self.case.get("orders", []) + many]

	@property
	def orders(self) -> list[dict]:
		if self.later and "then" in self.case:
			return [whole_order(order) for order in self.case["then"]]
		return self.first_orders

	@cached_property
	def first_refunds(self) -> list[dict]:
		return _whole_refunds(self.case.get("refunds", {}))

	@property
	def refunds(self) -> list[dict]:
		if self.rules.get("hide_refunds"):
			return []
		if self.later and "then" in self.case:
			return _whole_refunds(self.case.get("then_refunds", {}))
		return self.first_refunds

	@property
	def statuses(self) -> list[str]:
		return STATUSES + self.rules.get("statuses", [])

	def answer(self, home: str, method: str, path: str, query: str) -> Answer:
		params = dict(parse_qsl(query, keep_blank_values=True))
		if "rest_route" in params:
			path = "/wp-json" + params["rest_route"]
		for fixed in self.rules.get("answer", []):
			if self._applies(fixed, path, query):
				headers = tuple(tuple(header) for header in fixed.get("headers", []))
				kind = fixed.get("type", "text/html")
				return Answer(fixed["body"].encode(), fixed["status"], headers, kind)
		if path.rstrip("/") == "/wp-json":
			return self._json(self._index(home))
		if not path.startswith("/wp-json/wc/v3"):
			return NO_ROUTE
		route = path.removeprefix("/wp-json/wc/v3").strip("/")
		if method == "OPTIONS":
			names = {"items": {"enum": ["any", "trash", *self.statuses]}}
			return self._json({"endpoints": [{"methods": ["GET"], "args": {"status": names}}]})
		return self._resource(route, params, home)

	@staticmethod
	def _applies(fixed: dict, path: str, query: str) -> bool:
		excluded = "not_query" in fixed and re.search(fixed["not_query"], query)
		return (
			bool(re.search(fixed["path"], path) and re.search(fixed.get("query", ""), query)) and not excluded
		)

	def _index(self, home: str) -> dict:
		zone = {"gmt_offset": "1", "timezone_string": "Europe/Berlin", **self.rules.get("index", {})}
		return {"name": self.case["id"], "url": home, "home": home, "namespaces": ["wc/v3"], **zone}

	def _resource(self, route: str, params: dict, home: str) -> Answer:
		simple = {
			"": lambda: self._json(
				{"namespace": "wc/v3", "routes": {"/wc/v3/orders": {}, "/wc/v3/refunds": {}}}
			),
			"orders": lambda: self._orders(params),
			"orders/statuses": lambda: self._json([{"slug": name, "name": name} for name in self.statuses]),
			"refunds": lambda: self._page(self._included(self.refunds, params), params),
			"products": lambda: self._page(self._products(params), params),
			"system_status": lambda: self._json(
				{
					"environment": {"home_url": home, "site_url": home, "version": "10.9.4"},
					"settings": {"currency": "EUR", "HPOS_enabled": True},
				}
			),
		}
		if route in simple:
			return simple[route]()
		if match := re.fullmatch(r"(orders|products)/(\d+)(?:/(refunds|variations))?", route):
			return self._one(match[1], int(match[2]), match[3], params)
		if route in ("customers", "taxes"):
			return self._page(self._included(self.case.get(route, []), params), params)
		empty = "variations webhooks coupons payment_gateways shipping/zones settings/general taxes/classes"
		return self._page([], params) if route in empty.split() else NO_ROUTE

	def _one(self, kind: str, wanted: int, below: str | None, params: dict) -> Answer:
		rows = self.orders if kind == "orders" else self.case.get("products", [])
		found = [row for row in rows if row["id"] == wanted]
		if kind == "orders" and params.get("dp") == "6" and not below:
			found = [order for order in self.case.get("unrounded", []) if order["id"] == wanted] or found
		if not found:
			return NO_ORDER if kind == "orders" else NO_PRODUCT
		if below == "refunds":
			return self._page([refund for refund in self.refunds if refund["parent_id"] == wanted], params)
		return self._page([], params) if below else self._json(found[0])

	def _products(self, params: dict) -> list[dict]:
		rows = self._included(self.case.get("products", []), params)
		skus = params["sku"].split(",") if "sku" in params else None
		return [row for row in rows if skus is None or row.get("sku") in skus]

	@staticmethod
	def _included(rows: list[dict], params: dict) -> list[dict]:
		ids = params.get("include", "").split(",")
		return [row for row in rows if str(row["id"]) in ids] if "include" in params else rows

	# --- lists ---

	def _orders(self, params: dict) -> Answer:
		asked = params.get("status", "any").split(",")
		unknown = [name for name in asked if name not in [*self.statuses, "any", "trash", "auto-draft"]]
		if unknown:
			names = f"status[0] is not one of any, trash, {', '.join(self.statuses)}."
			invalid = "Invalid parameter(s): status"
			return problem(400, "rest_invalid_param", invalid, params={"status": names})
		shown = set(asked) | set(self.rules.get("unlisted_status_ok", []))
		if "any" in asked:
			shown |= set(self.statuses) - {"checkout-draft"}
		hidden = self.rules.get("unlisted", [])
		listed = [order for order in self.orders if order["id"] not in hidden]
		rows = [order for order in self._included(listed, params) if order["status"] in shown]
		rows = [order for order in rows if self._in_window(order, params)]
		if "parent" in params:
			rows = [order for order in rows if str(order["parent_id"]) in params["parent"].split(",")]
		rows.sort(key=self._order_key(params), reverse=params.get("order", "desc") == "desc")
		twice = self.rules.get("twice", [])
		return self._page([row for row in rows for _ in range(1 + (row["id"] in twice))], params)

	@staticmethod
	def _order_key(params: dict) -> Callable[[dict], tuple]:
		column = {"modified": "date_modified_gmt", "date": "date_created_gmt"}.get(
			params.get("orderby", "date")
		)
		return (lambda order: (order[column] or "", order["id"])) if column else lambda order: (order["id"],)

	@staticmethod
	def _in_window(order: dict, params: dict) -> bool:
		"""WordPress compares in UTC where the parameter names its zone."""
		for name, column, sign in (
			("after", "date_created_gmt", 1),
			("before", "date_created_gmt", -1),
			("modified_after", "date_modified_gmt", 1),
			("modified_before", "date_modified_gmt", -1),
		):
			if name in params:
				stamp = datetime.fromisoformat(order[column] or "1970-01-01T00:00:00")
				if (stamp - _moment(params[name])) * sign <= timedelta(0):
					return False
		return True

	def _page(self, rows: list[dict], params: dict) -> Answer:
		size = int(params.get("per_page", 10))
		number = 1 if self.rules.get("ignore_page") else int(params.get("page", 1))
		page = rows[(number - 1) * size : number * size]
		if "_fields" in params:
			names = {field.split(".")[0] for field in params["_fields"].split(",")}
			page = [{name: value for name, value in row.items() if name in names} for row in page]
		total, pages = (len(rows), -(-len(rows) // size)) if page else (0, 0)
		if self.rules.get("no_total"):
			return self._json(page)
		return self._json(page, (("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))))

	def _json(self, body, headers: tuple = ()) -> Answer:
		data = json.dumps(body).encode()
		broken = [
			order_id
			for order_id in self.rules.get("notice_with", [])
			if f'"id": {order_id},'.encode() in data
		]
		if broken:
			data = (
				b"<br />\n<b>Deprecated</b>: Creation of dynamic property in <b>plugin.php</b><br />\n" + data
			)
		for text, replacement in self.rules.get("replace_bytes", []):
			data = data.replace(text.encode(), bytes.fromhex(replacement))
		return Answer(data, headers=headers)


def _moment(text: str) -> datetime:
	moment = datetime.fromisoformat(text.replace(" ", "+").replace("Z", "+00:00"))
	return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if moment.tzinfo else moment


class Cases(dict):
	"""Every case by its name, as a shop that is made when it is asked for first."""

	def __missing__(self, name: str) -> CaseShop:
		self[name] = CaseShop(json.loads((CASES / f"{name}.json").read_text(encoding="utf-8")))
		return self[name]


@contextmanager
def serve_cases():
	"""(the cases, the URL below which each has its folder)"""
	cases = Cases()

	class Handler(BaseHTTPRequestHandler):
		protocol_version = "HTTP/1.1"
		disable_nagle_algorithm = True

		def answer(self):
			parts = urlsplit(self.path)
			_empty, name, *path = parts.path.split("/")
			home = f"http://127.0.0.1:{server.server_port}/{name}"
			reply = cases[name].answer(home, self.command, "/" + "/".join(path), parts.query)
			self.send_response(reply.status)
			for header, value in (("Content-Type", reply.content_type), *reply.headers):
				self.send_header(header, value)
			self.send_header("Content-Length", str(len(reply.body)))
			self.end_headers()
			if self.command != "HEAD":
				self.wfile.write(reply.body)

		do_GET = do_HEAD = do_OPTIONS = answer

		def log_message(self, *arguments):
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	server.daemon_threads = True
	thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
	thread.start()
	try:
		yield cases, f"http://127.0.0.1:{server.server_port}"
	finally:
		server.shutdown()
		server.server_close()
		thread.join()
