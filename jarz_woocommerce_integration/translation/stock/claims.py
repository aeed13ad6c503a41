"""What the shop has taken from its stock for orders that the books don't have yet.

The shop's stock is read between two readings of its orders, the books last. An order that was changed about that time may have been
another one when the stock was read: it may have taken all of its goods by then, or nothing, or it may have put them back. Such an
order counts with the most that it may claim, unless the shop itself says what it has moved for it: what is sent is never too much,
and what is too little for some minutes is made good when the order has come to rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)
# WooCommerce gives the goods of an order in these statuses back to its stock, or hasn't taken them yet.
RELEASED = frozenset({"auto-draft", "cancelled", "checkout-draft", "failed", "pending", "trash"})
# The shop keeps what such an order has taken, and the books take it back.
KEEPS_ITS_GOODS = "trash"

ProductKey = tuple[int, int]
Quantities = Mapping[str, Decimal]
PartsOf = Callable[[ProductKey], Quantities]


@dataclass(frozen=True, slots=True)
class OrderedLine:
	"""A line of the shop's order.

	:ivar product: ids of product and variation, 0 for none; :ivar restocked: so many of it refunds have put back into the shop's stock
	:ivar reduced: so many of it the shop says that it has taken by now; None where it doesn't say
	"""

	product: ProductKey
	quantity: Decimal
	restocked: Decimal = ZERO
	reduced: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StockOrder:
	""":ivar is_recent: it was changed about when the shop's stock was read, or after that; :ivar changed: when it was changed last"""

	order_id: int
	status: str
	lines: Sequence[OrderedLine] = ()
	is_recent: bool = False
	changed: datetime | None = None


@dataclass(slots=True)
class Claims:
	"""Item -> how much of it the shop has taken and the books haven't, at most and at least.

	Less than nothing: the books have taken it, and the shop says that it has it back.

	:ivar unsure: items of orders that may claim less, which only time tells
	"""

	most: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	least: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
	unsure: set[str] = field(default_factory=set)


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
		before = (earlier or {}).get(order.order_id) if order.is_recent else None
		if before and _has_moved(order, before, parts_of):
			for item, quantity in taken.items():
				# The shop may have back already what the books have yet to take back.
				claims.most[item] += max(quantity - known.get(item, ZERO), ZERO)
				claims.least[item] += quantity - known.get(item, ZERO)
			continue
		ordered_before = _by_item(before, parts_of)[0] if before else {}
		for item in ordered | ordered_before:
			quantity = taken[item]
			if order.is_recent:
				quantity = max(ordered.get(item, ZERO), ordered_before.get(item, ZERO))
				claims.unsure.add(item)
			claimed = max(quantity - known.get(item, ZERO), ZERO)
			claims.most[item] += claimed
			claims.least[item] += claimed
	return claims


def _has_moved(order: StockOrder, before: StockOrder, parts_of: PartsOf) -> bool:
	"""Whether the shop said before its stock was read that it had moved all goods of an order, and still says the same.

	WooCommerce writes what a line has taken right after it has changed the stock.
	"""
	if (order.status, order.changed, order.lines) != (before.status, before.changed, before.lines):
		return False
	if order.status == KEEPS_ITS_GOODS or order.changed is None:
		return False
	return all(_line_has_moved(order.status, line) for line in order.lines if parts_of(line.product))


def _line_has_moved(status: str, line: OrderedLine) -> bool:
	if status in RELEASED:
		return not line.reduced
	return line.reduced is not None and line.reduced == max(line.quantity - line.restocked, ZERO)


def _by_item(order: StockOrder, parts_of: PartsOf) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
	"""What of each item the shop may have taken at most, and what of it it has taken and not put back."""
	ordered: dict[str, Decimal] = defaultdict(Decimal)
	taken: dict[str, Decimal] = defaultdict(Decimal)
	for line in order.lines:
		quantity = max(line.quantity, ZERO)
		left = ZERO if order.status in RELEASED else max(quantity - max(line.restocked, ZERO), ZERO)
		for item, each in parts_of(line.product).items():
			ordered[item] += max(quantity, line.reduced or ZERO) * each
			taken[item] += left * each
	return ordered, taken
