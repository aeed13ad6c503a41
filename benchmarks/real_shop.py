"""A real WooCommerce for a benchmark: what its customers and its people do with stock, over REST and its checkout."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import requests
from woocommerce import API

ProductKey = tuple[int, int]
PAGE = 100
TIMEOUT = 120
ADDRESS = {
	"first_name": "Soak",
	"last_name": "Test",
	"address_1": "1 Talaat Harb St",
	"city": "Cairo",
	"state": "EGC",
	"postcode": "11511",
	"country": "EG",
	"phone": "01001234567",
}


class ShopRefusedError(Exception):
	"""The shop didn't do it: it is out, or has too few pieces."""


@dataclass(frozen=True, slots=True)
class ShopProduct:
	""":ivar sold_as: what a customer puts into the cart; :ivar key: whose stock it takes"""

	sold_as: ProductKey
	key: ProductKey


class RealShop:
	"""A shop by its REST keys. Safe to share between threads.

	:param url: without a path; a shop at http is signed for with OAuth 1.0a
	"""

	def __init__(self, url: str, key: str, secret: str):
		self.url = url.rstrip("/")
		self.key = key
		self.secret = secret
		self._api = API(
			url=self.url, consumer_key=key, consumer_secret=secret, version="wc/v3", timeout=TIMEOUT
		)

	def call(self, method: str, route: str, body: Any = None, **parameters) -> Any:
		""":raises ShopRefusedError: no answer, or no success"""
		ask = getattr(self._api, method)
		try:
			answer = ask(route, **({} if body is None else {"data": body}), params=parameters)
			told = answer.json()
		except (requests.RequestException, ValueError) as error:
			raise ShopRefusedError(str(error)[:200]) from None
		if answer.status_code >= 400:
			raise ShopRefusedError(f"{route}: {told}"[:300])
		return told

	def all(self, route: str, **parameters) -> Iterator[dict]:
		page = 1
		while found := self.call("get", route, per_page=PAGE, page=page, **parameters):
			yield from found
			page += 1

	# --- products ---

	def products(self) -> list[ShopProduct]:
		"""What has a stock that the shop counts, variations by their product's where that counts for them."""
		found = []
		for product in self.all("products", status="publish"):
			if product["type"] == "simple" and product["manage_stock"] and product["price"]:
				found.append(ShopProduct((product["id"], 0), (product["id"], 0)))
			elif product["type"] == "variable":
				for variation in self.all(f"products/{product['id']}/variations", status="publish"):
					if not variation["manage_stock"] or _takes_any(product, variation):
						continue
					shared = variation["manage_stock"] == "parent"
					key = (product["id"], 0 if shared else variation["id"])
					found.append(ShopProduct((product["id"], variation["id"]), key))
		return found

	def share_stock(self, product_id: int) -> None:
		"""Let a variable product count the stock of those of its variations that count none."""
		self.call("put", f"products/{product_id}", {"manage_stock": True, "stock_quantity": 0})

	def set_stock(self, key: ProductKey, **values) -> None:
		product, variation = key
		self.call(
			"put",
			f"products/{product}/variations/{variation}" if variation else f"products/{product}",
			values,
		)

	def stock(self) -> dict[ProductKey, int]:
		"""What the shop has of what it counts."""
		found = {}
		for product in self.all("products"):
			if product["manage_stock"]:
				found[product["id"], 0] = product["stock_quantity"]
			if product["type"] == "variable":
				for row in self.all(f"products/{product['id']}/variations"):
					if row["manage_stock"] is True:
						found[product["id"], row["id"]] = row["stock_quantity"]
		return found

	# --- orders ---

	def check_out(self, cart: Mapping[ProductKey, int], number: int) -> int:
		"""A customer buys. :returns: the order's id; :raises ShopRefusedError: there are too few"""
		session = requests.Session()
		store = f"{self.url}/wp-json/wc/store/v1"
		token = self._store(session, "get", f"{store}/cart").headers["Cart-Token"]
		session.headers["Cart-Token"] = token
		for (product, variation), quantity in cart.items():
			self._store(
				session, "post", f"{store}/cart/add-item", {"id": variation or product, "quantity": quantity}
			)
		address = {**ADDRESS, "first_name": f"Soak{number}"}
		body = {
			"billing_address": {**address, "email": f"soak{number}@example.com"},
			"shipping_address": address,
			"payment_method": "cod",
		}
		return self._store(session, "post", f"{store}/checkout", body).json()["order_id"]

	def _store(self, session: requests.Session, method: str, url: str, body: Any = None) -> requests.Response:
		try:
			answer = session.request(method, url, json=body, timeout=TIMEOUT)
		except requests.RequestException as error:
			raise ShopRefusedError(str(error)[:200]) from None
		if answer.status_code >= 400:
			raise ShopRefusedError(answer.text[:300])
		return answer

	def order(self, order_id: int) -> dict:
		return self.call("get", f"orders/{order_id}")

	def set_order(self, order_id: int, **values) -> None:
		self.call("put", f"orders/{order_id}", values)

	def refund_piece(self, order: Mapping[str, Any], restock: bool) -> None:
		"""One piece of an order's first line that has one left comes back."""
		gone: dict[int, int] = {}
		for refund in self.call("get", f"orders/{order['id']}/refunds"):
			for row in refund["line_items"]:
				line = next(
					int(meta["value"]) for meta in row["meta_data"] if meta["key"] == "_refunded_item_id"
				)
				gone[line] = gone.get(line, 0) - row["quantity"]
		for line in order["line_items"]:
			if line["quantity"] - gone.get(line["id"], 0) > 0:
				share = {tax["id"]: round(float(tax["total"]) / line["quantity"], 2) for tax in line["taxes"]}
				net = round(float(line["total"]) / line["quantity"], 2)
				row = {
					"id": line["id"],
					"quantity": 1,
					"refund_total": net,
					"refund_tax": [{"id": tax, "refund_total": part} for tax, part in share.items()],
				}
				amount = f"{net + sum(share.values()):.2f}"
				body = {"amount": amount, "line_items": [row], "api_refund": False, "api_restock": restock}
				self.call("post", f"orders/{order['id']}/refunds", body)
				return
		raise ShopRefusedError("nothing is left of it")


def _takes_any(product: Mapping[str, Any], variation: Mapping[str, Any]) -> bool:
	"""Whether the customer chooses an attribute in the cart, which the checkout of a benchmark doesn't."""
	chosen = {row["name"] for row in product["attributes"] if row["variation"]}
	return {row["name"] for row in variation["attributes"]} != chosen


def taken_by(order: Mapping[str, Any]) -> dict[ProductKey, int]:
	"""What the shop says that an order has taken from its stock and not put back, by what was sold."""
	taken: dict[ProductKey, int] = {}
	for line in order["line_items"]:
		for meta in line["meta_data"]:
			if meta["key"] == "_reduced_stock":
				key = (line["product_id"], line["variation_id"])
				taken[key] = taken.get(key, 0) + int(float(meta["value"]))
	return taken


class ShopLife:
	"""What happens in a shop, at random: called by several threads, which never do two things with one order at once.

	:ivar made: what was done, by its name; :ivar orders: id -> what it has taken, by whose stock it is
	"""

	def __init__(self, shop: RealShop, products: list[ShopProduct], seed: int):
		self.shop = shop
		self.products = products
		self.random = Random(seed)
		self.made: dict[str, int] = {}
		self.orders: dict[int, dict[ProductKey, int]] = {}
		self.trashed: set[int] = set()
		self._busy: set[int] = set()
		self._lock = threading.Lock()
		self._stock_of = {product.sold_as: product.key for product in products}

	def taken(self) -> dict[ProductKey, int]:
		"""What all orders have taken."""
		total: dict[ProductKey, int] = {}
		with self._lock:
			for of_order in self.orders.values():
				for key, quantity in of_order.items():
					total[key] = total.get(key, 0) + quantity
		return total

	def happen(self) -> None:
		"""One thing, if the shop lets it."""
		kinds = {
			self.buy: 10,
			self.enter: 2,
			self.change_quantity: 3,
			self.cancel: 2,
			self.revive: 1,
			self.take_back: 3,
			self.give_back: 1,
			self.complete: 2,
			self.refund_all: 1,
			self.trash: 1,
		}
		with self._lock:
			(event,) = self.random.choices(list(kinds), list(kinds.values()))
		name = event.__name__
		try:
			event()
		except ShopRefusedError:
			name = f"{name} (refused)"
		with self._lock:
			self.made[name] = self.made.get(name, 0) + 1

	# --- new orders ---

	def _cart(self) -> dict[ProductKey, int]:
		with self._lock:
			products = self.random.sample(self.products, self.random.randint(1, 3))
			return {product.sold_as: self.random.randint(1, 4) for product in products}

	def buy(self) -> None:
		"""A customer checks out: the shop looks itself whether it has enough."""
		with self._lock:
			number = self.random.randrange(200)
		order_id = self.shop.check_out(self._cart(), number)
		self._note(order_id)

	def enter(self) -> None:
		"""An order that somebody enters, of what the shop has."""
		lines = []
		for (product, variation), quantity in self._cart().items():
			route = f"products/{product}/variations/{variation}" if variation else f"products/{product}"
			# Ten are left for who buys at the same moment: over REST the shop sells what it doesn't have.
			if self.shop.call("get", route)["stock_quantity"] >= quantity + 10:
				lines.append({"product_id": product, "variation_id": variation, "quantity": quantity})
		if not lines:
			raise ShopRefusedError("too few")
		body = {
			"status": "processing",
			"billing": {**ADDRESS, "email": "entered@example.com"},
			"line_items": lines,
		}
		order = self.shop.call("post", "orders", {**body, "payment_method": "bacs", "set_paid": True})
		self._note(order["id"])

	# --- what becomes of them ---

	def change_quantity(self) -> None:
		with self._some_order("processing") as order:
			if order["refunds"]:
				raise ShopRefusedError("it has a refund")
			line = order["line_items"][0]
			quantity = max(line["quantity"] + self.random.choice((-2, -1, 1)), 1)
			if quantity > line["quantity"]:
				self._check_room((line["product_id"], line["variation_id"]))
			net = float(line["subtotal"]) / line["quantity"] * quantity
			changed = {
				"id": line["id"],
				"quantity": quantity,
				"subtotal": f"{net:.2f}",
				"total": f"{net:.2f}",
			}
			self.shop.set_order(order["id"], line_items=[changed])

	def cancel(self) -> None:
		with self._some_order("processing") as order:
			self.shop.set_order(order["id"], status="cancelled")

	def revive(self) -> None:
		"""A cancelled order is taken up again: the shop takes its goods once more."""
		with self._some_order("cancelled") as order:
			for line in order["line_items"]:
				self._check_room((line["product_id"], line["variation_id"]))
			self.shop.set_order(order["id"], status="processing")

	def take_back(self) -> None:
		with self._some_order("processing", "completed") as order:
			self.shop.refund_piece(order, restock=True)

	def give_back(self) -> None:
		"""Money goes back, and the goods stay with the customer."""
		with self._some_order("processing", "completed") as order:
			self.shop.refund_piece(order, restock=False)

	def complete(self) -> None:
		with self._some_order("processing") as order:
			self.shop.set_order(order["id"], status="completed")

	def refund_all(self) -> None:
		with self._some_order("completed") as order:
			self.shop.set_order(order["id"], status="refunded")

	def trash(self) -> None:
		with self._some_order("processing", "cancelled") as order:
			self.shop.call("delete", f"orders/{order['id']}")
			self.trashed.add(order["id"])

	def _check_room(self, sold_as: ProductKey) -> None:
		product, variation = sold_as
		route = f"products/{product}/variations/{variation}" if variation else f"products/{product}"
		if self.shop.call("get", route)["stock_quantity"] < 10:
			raise ShopRefusedError("too few")

	def _some_order(self, *statuses: str) -> "_Taken":
		with self._lock:
			free = [
				number for number in self.orders if number not in self._busy and number not in self.trashed
			]
			if not free:
				raise ShopRefusedError("there is no order")
			order_id = self.random.choice(free)
			self._busy.add(order_id)
		return _Taken(self, order_id, statuses)

	def _note(self, order_id: int) -> None:
		"""What the shop says of an order's goods by now."""
		taken: dict[ProductKey, int] = {}
		if order_id not in self.trashed:  # its goods are the books' again
			for sold_as, quantity in taken_by(self.shop.order(order_id)).items():
				key = self._stock_of[sold_as]
				taken[key] = taken.get(key, 0) + quantity
		with self._lock:
			self.orders[order_id] = taken


class _Taken:
	"""An order that one thread works with."""

	def __init__(self, life: ShopLife, order_id: int, statuses: tuple[str, ...]):
		self.life = life
		self.order_id = order_id
		self.statuses = statuses

	def __enter__(self) -> dict:
		try:
			order = self.life.shop.order(self.order_id)
			if order["status"] not in self.statuses:
				raise ShopRefusedError(f"it is {order['status']}")
		except ShopRefusedError:
			self._free()
			raise
		return order

	def __exit__(self, *exception) -> None:
		try:
			self.life._note(self.order_id)
		finally:
			self._free()

	def _free(self) -> None:
		with self.life._lock:
			self.life._busy.discard(self.order_id)
