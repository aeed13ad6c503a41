"""What the shop has taken from its stock for orders that the books don't have yet.

The shop's stock is read between two readings of its orders, the books last. An order that was changed about that time may have been
another one when the stock was read: it may have taken all of its goods by then, or nothing, or it may have put them back. So it
says a range, and what is sent is safe for the whole of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
# WooCommerce gives the goods of an order in these statuses back to its stock, or hasn't taken them yet.
RELEASED = frozenset({"auto-draft", "cancelled", "checkout-draft", "failed", "pending", "trash"})

ProductKey = tuple[int, int]
Quantities = Mapping[str, Decimal]
PartsOf = Callable[[ProductKey], Quantities]


@dataclass(frozen=True, slots=True)
class OrderedLine:
	"""A line of the shop's order.

	:ivar product: ids of product and variation, 0 for none; :ivar restocked: so many of it refunds have put back into the shop's stock
	"""

	product: ProductKey
	quantity: Decimal
	restocked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class StockOrder:
	""":ivar is_recent: it was changed about when the shop's stock was read, or after that"""

	order_id: int
	status: str
	lines: Sequence[OrderedLine] = ()
	is_recent: bool = False


@dataclass(slots=True)
class Claims:
	"""Item -> how much of it the shop has taken and the books haven't, at most and at least.

	Less than nothing: the books have taken it, and the shop may have it back.
	"""

	most: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	least: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def claims_of(
	orders: Iterable[StockOrder],
	parts_of: PartsOf,
	booked: Mapping[int, Quantities],
	earlier: Mapping[int, StockOrder] | None = None,
) -> Claims:
	"""What these orders claim.

	:param orders: as they were read after the shop's stock; :param earlier: as they were read before it, by their ids
	:param parts_of: which quantity of which items one piece of a product is, nothing for a product that isn't known
	:param booked: order -> what the books have taken for it, or count as undelivered
	"""
	claims = Claims()
	for order in orders:
		known = booked.get(order.order_id, {})
		ordered, taken = _by_item(order, parts_of)
		before = (earlier or {}).get(order.order_id)
		ordered_before = _by_item(before, parts_of)[0] if before and order.is_recent else {}
		for item in ordered | ordered_before:
			has = known.get(item, ZERO)
			if order.is_recent:
				quantity = max(ordered.get(item, ZERO), ordered_before.get(item, ZERO))
				claims.most[item] += max(quantity - has, ZERO)
				claims.least[item] -= has
			else:
				claims.most[item] += max(taken[item] - has, ZERO)
				claims.least[item] += max(taken[item] - has, ZERO)
	return claims


def _by_item(order: StockOrder, parts_of: PartsOf) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
	"""What of each item was ordered, and what of it the shop has taken and not put back."""
	ordered: dict[str, Decimal] = defaultdict(Decimal)
	taken: dict[str, Decimal] = defaultdict(Decimal)
	for line in order.lines:
		quantity = max(line.quantity, ZERO)
		left = ZERO if order.status in RELEASED else max(quantity - max(line.restocked, ZERO), ZERO)
		for item, each in parts_of(line.product).items():
			ordered[item] += quantity * each
			taken[item] += left * each
	return ordered, taken
