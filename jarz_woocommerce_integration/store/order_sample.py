"""What a shop's orders have in common, looked at in a few pages that are spread over its whole history."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import PAGE_SIZE, OrderWindow

FIELDS = ("id", "currency", "payment_method", "payment_method_title", "shipping_lines", "tax_lines")


@dataclass(frozen=True)
class OrderSample:
	"""Orders that were looked at.

	:ivar currencies: currency -> orders; :ivar total: how many orders the window has, None where the shop doesn't say
	:ivar gateways: payment method -> orders; :ivar titles: payment method -> how the newest of them calls it
	:ivar methods: shipping method -> orders; :ivar rates: id of a tax rate -> orders
	"""

	currencies: Counter[str]
	total: int | None
	gateways: Counter[str] = field(default_factory=Counter)
	titles: dict[str, str] = field(default_factory=dict)
	methods: Counter[str] = field(default_factory=Counter)
	rates: Counter[str] = field(default_factory=Counter)

	@property
	def looked_at(self) -> int:
		return self.currencies.total()

	@property
	def is_whole(self) -> bool:
		"""Whether every order of the window was looked at."""
		return self.total is not None and self.looked_at >= self.total

	def in_all_orders(self, count: int) -> str:
		"""How many of all orders are as `count` of those that were looked at: exact, or an estimate (~1,200)."""
		if self.is_whole or not self.total:
			return f"{count:,}"
		return f"~{round(count * self.total / self.looked_at):,}"


def sample_orders(client: StoreClient, window: OrderWindow, pages: int) -> OrderSample:
	"""Look at the orders of at most `pages` pages, the first and the last one among them.

	:raises StoreError: the store can't be read
	"""
	parameters = {**window.parameters(), "_fields": FIELDS, "per_page": PAGE_SIZE}
	answer = client.get("orders", {**parameters, "page": 1}, shape=list)
	bodies, total = list(answer.body), answer.total
	last = -(-total // PAGE_SIZE) if total else 1
	for number in _spread(last, pages)[1:]:
		bodies += client.get("orders", {**parameters, "page": number}, shape=list).body
	sample = OrderSample(Counter(), total)
	for body in bodies:
		if isinstance(body, dict) and body.get("currency"):
			_count(sample, body)
	return sample


def _count(sample: OrderSample, body: dict[str, Any]) -> None:
	sample.currencies[str(body["currency"])] += 1
	if gateway := str(body.get("payment_method") or ""):
		sample.gateways[gateway] += 1
		sample.titles.setdefault(gateway, str(body.get("payment_method_title") or ""))
	sample.methods.update(_of_lines(body, "shipping_lines", "method_id"))
	sample.rates.update(_of_lines(body, "tax_lines", "rate_id"))


def _of_lines(body: dict[str, Any], lines: str, key: str) -> set[str]:
	"""An order counts once, however many lines it has of a kind."""
	return set(_values(body.get(lines), key))


def _values(lines: Any, key: str) -> Iterator[str]:
	for line in lines if isinstance(lines, list) else ():
		if isinstance(line, dict) and line.get(key):
			yield str(line[key])


def _spread(last: int, pages: int) -> list[int]:
	"""At most `pages` page numbers from 1 to `last`, evenly, with both ends."""
	if last <= pages:
		return list(range(1, last + 1))
	return sorted({1 + round(step * (last - 1) / max(pages - 1, 1)) for step in range(pages)})
