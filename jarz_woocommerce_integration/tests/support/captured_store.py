"""A real shop's answers, served again: orders and refunds as WooCommerce sent them, with its filters and pages."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import jarz_woocommerce_integration
from jarz_woocommerce_integration.sample_store.http.connections import Listener
from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, no_route, rest

FIXTURES = Path(jarz_woocommerce_integration.__file__).parents[1] / "tests/fixtures"
HOME = "http://captured-shop.example.test"
NAMESPACE = "/wp-json/wc/v3/"
REGISTERED = "pending processing on-hold completed cancelled refunded failed".split()


def captured(shop: str, name: str, folder: Path = FIXTURES):
	"""One file of a captured shop: "orders", "refunds" or "truth". :param folder: in which the shop's folder is"""
	return json.loads(gzip.decompress((folder / shop / f"{name}.json.gz").read_bytes()))


class CapturedStore:
	"""Answers what a migration asks.

	:param orders: bodies; :param refunds: order id (text) -> bodies; :param zone: the shop's time zone
	"""

	def __init__(self, orders: list[dict], refunds: dict[str, list[dict]], zone: str = "Africa/Cairo"):
		self.orders = {order["id"]: order for order in orders}
		self.refunds = refunds
		self.zone = zone
		self.routes: tuple[tuple[str, Callable], ...] = (
			(r"/wp-json/?", self._index),
			(NAMESPACE + r"orders", self._list),
			(NAMESPACE + r"orders/statuses", self._statuses),
			(NAMESPACE + r"orders/(\d+)", self._order),
			(NAMESPACE + r"orders/(\d+)/refunds", self._refunds),
		)

	@contextmanager
	def serve(self) -> Iterator[str]:
		"""Gives the address to dial."""
		with Listener(self.answer, "127.0.0.1", 0) as listener:
			thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
			thread.start()
			try:
				yield listener.url
			finally:
				listener.shutdown()
				thread.join()

	def answer(self, request: Request) -> Answer:
		try:
			for pattern, handler in self.routes:
				if match := re.fullmatch(pattern, request.path):
					return handler(request, *map(int, match.groups()))
			raise no_route()
		except RestError as error:
			return rest(error.body, HOME, error.status)

	def _index(self, _request: Request) -> Answer:
		return rest({"name": "Captured", "home": HOME, "url": HOME, "timezone_string": self.zone}, HOME)

	def _statuses(self, _request: Request) -> Answer:
		names = dict.fromkeys([*REGISTERED, *(order["status"] for order in self.orders.values())])
		return rest([{"slug": name, "name": name.title()} for name in names if name != "trash"], HOME)

	def _list(self, request: Request) -> Answer:
		statuses = request.parameter("status", "any").split(",")
		included = {int(part) for part in request.parameter("include").split(",") if part}
		found = [
			order
			for order in self.orders.values()
			if _has_status(order, statuses)
			and (not included or order["id"] in included)
			and _is_made_in(order, request)
		]
		key = "id" if request.parameter("orderby") == "id" else "date_created_gmt"
		found.sort(key=lambda order: order[key], reverse=request.parameter("order", "desc") == "desc")
		size, page = int(request.parameter("per_page", "10")), int(request.parameter("page", "1"))
		fields = [name for name in request.parameter("_fields").split(",") if name]
		shown = [_with_fields(order, fields) for order in found[(page - 1) * size : page * size]]
		pages = -(-len(found) // size)
		return rest(shown, HOME, headers=[("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(pages))])

	def _order(self, request: Request, order_id: int) -> Answer:
		if order_id not in self.orders:
			raise RestError(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
		return rest(self.orders[order_id], HOME)

	def _refunds(self, request: Request, order_id: int) -> Answer:
		refunds = self.refunds.get(str(order_id), [])
		return rest(refunds, HOME, headers=[("X-WP-Total", str(len(refunds))), ("X-WP-TotalPages", "1")])


def _has_status(order: dict, statuses: list[str]) -> bool:
	return order["status"] in statuses or (
		"any" in statuses and order["status"] not in ("trash", "checkout-draft")
	)


def _is_made_in(order: dict, request: Request) -> bool:
	"""Whether it was made within the window; the captured shop's clock has gone on since."""
	made, before, after = (
		order["date_created_gmt"] or "",
		request.parameter("before"),
		request.parameter("after"),
	)
	return (not before or made < before[:19]) and (not after or made > after[:19])


def _with_fields(order: dict, fields: list[str]) -> dict:
	tops = {name.partition(".")[0] for name in fields}
	return {name: value for name, value in order.items() if name in tops} if fields else order
