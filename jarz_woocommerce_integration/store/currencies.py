"""In which currencies a shop's orders are, looked at in a few pages that are spread over its whole history."""

from collections import Counter
from dataclasses import dataclass

from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import PAGE_SIZE, OrderWindow

FIELDS = ("id", "currency")


@dataclass(frozen=True)
class CurrencySample:
	"""Orders that were looked at.

	:ivar counts: currency -> orders; :ivar total: how many orders the window has, None where the shop doesn't say
	"""

	counts: Counter[str]
	total: int | None

	@property
	def looked_at(self) -> int:
		return self.counts.total()

	@property
	def is_whole(self) -> bool:
		"""Whether every order of the window was looked at."""
		return self.total is not None and self.looked_at >= self.total


def sample_currencies(client: StoreClient, window: OrderWindow, pages: int) -> CurrencySample:
	"""Count the currencies in at most `pages` pages, the first and the last one among them.

	:raises StoreError: the store can't be read
	"""
	parameters = {**window.parameters(), "_fields": FIELDS, "per_page": PAGE_SIZE}
	answer = client.get("orders", {**parameters, "page": 1}, shape=list)
	bodies, total = list(answer.body), answer.total
	last = -(-total // PAGE_SIZE) if total else 1
	for number in _spread(last, pages)[1:]:
		bodies += client.get("orders", {**parameters, "page": number}, shape=list).body
	counts = Counter(
		str(body["currency"]) for body in bodies if isinstance(body, dict) and body.get("currency")
	)
	return CurrencySample(counts, total)


def _spread(last: int, pages: int) -> list[int]:
	"""At most `pages` page numbers from 1 to `last`, evenly, with both ends."""
	if last <= pages:
		return list(range(1, last + 1))
	return sorted({1 + round(step * (last - 1) / max(pages - 1, 1)) for step in range(pages)})
