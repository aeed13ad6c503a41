"""The light part of every order: id, status, dates and what is special about it, in arrays.

It is drawn in one pass from the seed; the bodies follow from it on demand and are never kept.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from random import Random

from jarz_woocommerce_integration.sample_store.shop import kinds as kinds_of
from jarz_woocommerce_integration.sample_store.shop.clock import DAY
from jarz_woocommerce_integration.sample_store.shop.kinds import Kind, draw_from, refunds_of

STATUSES = (
	"pending",
	"processing",
	"on-hold",
	"completed",
	"cancelled",
	"refunded",
	"failed",
	"shipped",
	"checkout-draft",
	"trash",
)
DRAFTS = frozenset({"checkout-draft", "auto-draft"})
HIDDEN_STATUSES = DRAFTS | {"trash"}
PAID_STATUSES = frozenset({"processing", "completed", "shipped", "refunded"})

_SHARES = (
	("completed", 0.515),
	("processing", 0.20),
	("cancelled", 0.08),
	("on-hold", 0.05),
	("shipped", 0.04),
	("pending", 0.035),
	("failed", 0.03),
	("refunded", 0.03),
	("trash", 0.012),
	("checkout-draft", 0.008),
)
GONE = -1
_FIRST_ID = 749
UNKNOWN_TOTAL = -(1 << 62)


def _draw_status(value: float) -> str:
	for status, share in _SHARES:
		value -= share
		if value < 0:
			return status
	return "completed"


class OrderIndex:
	"""What lists filter and sort by.

	:ivar kinds: bits of `Kind`; :ivar totals: in piastres once known, else `UNKNOWN_TOTAL`
	"""

	def __init__(self, seed: int, orders: int, end: int, months: int, customers: int, plugins: bool):
		self._random = Random(seed)
		# Drawn apart: with and without plugins it is the same shop.
		self._plugins = Random(seed + (1 << 40)) if plugins else None
		self._customers = customers
		self._next_id = _FIRST_ID
		self.statuses = list(STATUSES)
		self.ids = array("q")
		self.status = array("h")
		self.created = array("q")
		self.modified = array("q")
		self.kinds = array("Q")
		self.customer = array("q")
		self.totals = array("q")
		start = end - months * 30 * DAY - months * DAY // 2
		step = (end - start) / max(orders, 1)
		for number in range(orders):
			self.add(int(start + (number + self._random.random()) * step), end)

	def __len__(self) -> int:
		return len(self.ids)

	def add(self, created: int, end: int) -> int:
		"""One more order, the last; answers its position. `end`: no date of it lies later."""
		draw = self._random.random
		status = _draw_status(draw())
		kinds = self._draw_kinds(status)
		latest = min(end, created + 12 * DAY)
		modified = created + int(draw() * (latest - created))
		# A bulk edit gave some orders one and the same stamp: lists sorted by it need their tie-breaker.
		bulk = end - 3 * DAY
		if draw() < 0.01 and created < bulk:
			modified = bulk
		customer = 0 if kinds & Kind.GUEST else 2 + int(draw() ** 2 * self._customers)
		if self._plugins:
			kinds |= self._draw_plugins(status, kinds, self._plugins.random)
			if self.kinds and self.kinds[-1] & Kind.MARKETPLACE:
				# A vendor's part of the order before it: the same buyer, place and basket.
				status, customer = self.name_of_status(len(self.ids) - 1), self.customer[-1]
				kinds = Kind.SUB_ORDER | self.kinds[-1] & ~Kind.MARKETPLACE
		self.ids.append(self._next_id)
		self.status.append(self.statuses.index(status))
		self.created.append(created)
		self.modified.append(max(modified, created))
		self.kinds.append(kinds)
		self.customer.append(customer)
		self.totals.append(UNKNOWN_TOTAL)
		self._next_id += 1 + refunds_of(kinds) + (int(draw() * 6) if draw() < 0.3 else 0)
		return len(self.ids) - 1

	def take_id(self) -> int:
		"""An id for something else than an order: ids are shared, as posts' are."""
		self._next_id += 1
		return self._next_id - 1

	def position(self, order_id: int) -> int | None:
		"""Where an order is; None for ids that never were and for orders that are gone."""
		place = bisect_left(self.ids, order_id)
		if place == len(self.ids) or self.ids[place] != order_id or self.status[place] == GONE:
			return None
		return place

	def parent(self, position: int) -> int:
		"""Id of the order that an order is a part of; 0 where it isn't one."""
		return self.ids[position - 1] if self.kinds[position] & Kind.SUB_ORDER else 0

	def name_of_status(self, position: int) -> str:
		return self.statuses[self.status[position]]

	def set_status(self, position: int, status: str) -> None:
		"""Any name is taken: plugins that went away leave statuses that are not registered."""
		if status not in self.statuses:
			self.statuses.append(status)
		self.status[position] = self.statuses.index(status)

	def living(self) -> Iterator[int]:
		"""Positions of all orders that are not gone for good."""
		return (position for position, status in enumerate(self.status) if status != GONE)

	def _draw_kinds(self, status: str) -> int:
		draw = self._random.random
		kinds = draw_from(kinds_of.BASKETS, draw())
		if not kinds & kinds_of.ODD_BASKET:
			kinds |= (
				draw_from(kinds_of.COUPONS, draw())
				| draw_from(kinds_of.FEES, draw())
				| draw_from(kinds_of.SHIPPING, draw())
			)
		if kinds & (Kind.ZERO_TOTAL | Kind.NEGATIVE_TOTAL):
			kinds |= Kind.NO_SHIPPING
		for table in (kinds_of.CURRENCIES, kinds_of.GUESTS, kinds_of.PEOPLE, kinds_of.PLACES):
			kinds |= draw_from(table, draw())
		if draw() < 0.2:
			kinds |= Kind.PRICES_INCLUDE_TAX
		if draw() < 0.55:
			kinds |= Kind.DELIVERY
		return kinds | self._draw_refund(status, kinds)

	@staticmethod
	def _draw_plugins(status: str, kinds: int, draw: Callable[[], float]) -> int:
		"""What plugins and other settings made of an order; its other kinds stay."""
		value, text = draw(), draw_from(kinds_of.TEXTS, draw())
		if kinds & kinds_of.NO_PARTIAL_REFUND:
			return text
		if status in ("cancelled", "failed"):
			return text | draw_from(kinds_of.UNSOLD, value)
		if status == "refunded":
			return text | draw_from(kinds_of.FULL_REFUNDS, value)
		if status not in PAID_STATUSES:
			return text
		if kinds & Kind.REFUND_LINE and kinds & Kind.BUNDLE_WPC_FIXED_PRICE:
			return text | Kind.REFUND_BUNDLE
		others = kinds_of.REFUNDS | kinds_of.BUNDLES | Kind.FEE_NEGATIVE | Kind.FOREIGN | Kind.NO_ADDRESS
		return text if kinds & others else text | draw_from(kinds_of.PLUGINS, value)

	def _draw_refund(self, status: str, kinds: int) -> int:
		value = self._random.random()
		if status == "refunded":
			# Lines that were changed behind the order's back don't mirror what was paid.
			mirrored = value < 0.7 and not kinds & (Kind.INCONSISTENT | Kind.NO_LINES)
			return Kind.REFUND_FULL_LINES if mirrored else Kind.REFUND_FULL_EMPTY
		if status in ("completed", "processing", "shipped") and not kinds & kinds_of.NO_PARTIAL_REFUND:
			return draw_from(kinds_of.PARTIAL_REFUNDS, value)
		return 0
