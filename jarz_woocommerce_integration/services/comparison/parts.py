"""Which parts of a large shop a night's comparison walks through, order by order, so that it needn't walk through all of it.

The history is cut into parts by the day on which orders were made. Of each old part the numbers of orders are compared, in
the shop and in the books: one request. Where they differ the part is halved until it is small. The newest orders are walked
through each night, and so are some of the old parts in turn, for equal numbers don't say that the orders are the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from math import ceil
from typing import Protocol

from jarz_woocommerce_integration.store.orders import NEVER, OrderWindow

SECOND = timedelta(seconds=1)
# Orders of a part: a request for its number, forty to walk through it.
PART = 4000
# Two requests walk through so many orders: halving them saves nothing.
FEW = 200
NEWEST = 20_000
# After so many nights each part was walked through.
NIGHTS = 28
# Where more of the parts differ, halving them takes more requests than walking through all.
MOST_DIFFERING = 0.25


class Counts(Protocol):
	"""How many orders a window has on each side."""

	def in_shop(self, window: OrderWindow) -> int | None:
		"""One request. None where the shop doesn't say."""

	def in_books(self, window: OrderWindow) -> int: ...


@dataclass
class Night:
	"""What one comparison does.

	:ivar windows: to be walked through, by the days of their orders; none of them overlap
	:ivar known: of these only the orders that the books have are looked at, since others needn't be there
	:ivar counted: orders of the parts whose numbers are equal
	:ivar position: where the next night goes on with the parts in turn; None is the beginning
	"""

	windows: list[OrderWindow] = field(default_factory=list)
	known: list[OrderWindow] = field(default_factory=list)
	counted: int = 0
	position: datetime | None = None


@dataclass(frozen=True)
class Coverage:
	"""Which orders of the shop must be in the books.

	:ivar since: all that were made from then on; :ivar migrated: all of these
	:ivar statuses: those that the shop's lists are asked for
	"""

	since: datetime | None
	migrated: tuple[OrderWindow, ...]
	statuses: tuple[str, ...]

	def borders(self) -> Iterator[datetime]:
		"""Where one of them begins or ends."""
		if self.since:
			yield self.since
		for window in self.migrated:
			if window.after:
				yield window.after + SECOND
			if window.before:
				yield window.before

	def statuses_of(self, part: OrderWindow) -> tuple[str, ...]:
		"""The statuses of which all orders of the part must be there; none where its number says nothing."""
		if self.since and part.after and part.after + SECOND >= self.since.replace(microsecond=0):
			return self.statuses
		for window in self.migrated:
			if _within(part, window):
				asked = window.statuses
				return tuple(status for status in self.statuses if asked is None or status in asked)
		return ()


def _within(part: OrderWindow, window: OrderWindow) -> bool:
	begins = window.after is None or (part.after is not None and part.after >= window.after)
	return begins and (window.before is None or (part.before is not None and part.before <= window.before))


def plan(
	counts: Counts, days: Sequence[tuple[date, int]], coverage: Coverage, position: datetime | None
) -> Night | None:
	"""What this night walks through. None where that is the whole shop: it is small, too much differs, or all parts had their turn
	and there are orders without a date, which are in no part.

	:param days: the days (UTC) on which orders of the books were made, ascending, with how many there are
	:param position: of the last night
	"""
	*old, newest = parts_of(days, coverage.borders())
	if not old:
		return None
	in_turn, position = _in_turn(old, position)
	if position is None and _has_undated(counts, coverage.statuses):
		return None
	night = Night(position=position)
	differing: list[tuple[OrderWindow, int, int]] = []
	for part in old:
		statuses = coverage.statuses_of(part)
		if part in in_turn or not statuses:
			continue
		window = replace(part, statuses=statuses)
		there, known = counts.in_shop(window), counts.in_books(window)
		if there is None:
			return None
		if there == known:
			night.counted += known
		else:
			differing.append((window, there, known))
	if len(differing) > max(len(old) * MOST_DIFFERING, 1):
		return None
	halves = [half for found in differing for half in _differing(counts, night, *found)]
	for part in (*in_turn, *halves, newest):
		kind = night.windows if part not in in_turn or coverage.statuses_of(part) else night.known
		kind.append(replace(part, statuses=coverage.statuses))
	return night


def parts_of(days: Sequence[tuple[date, int]], borders: Iterable[datetime] = ()) -> list[OrderWindow]:
	"""The whole time in parts, each of whole days as far as no border cuts it. The last one has the newest orders.

	The first one has no beginning and the last one no end: what only the shop has may lie anywhere.
	"""
	newest_from, newest = len(days), 0
	while newest_from and newest < NEWEST:
		newest_from -= 1
		newest += days[newest_from][1]
	if not newest_from:
		return [OrderWindow()]
	starts: list[datetime] = []
	orders = 0
	for day, count in days[:newest_from]:
		if orders >= PART:
			starts.append(_midnight(day))
			orders = 0
		orders += count
	last = _midnight(days[newest_from][0])
	cuts = {border.replace(microsecond=0) for border in borders}
	inner = sorted({*starts, last, *(cut for cut in cuts if cut < last)})
	windows = [OrderWindow(after=begin - SECOND, before=end) for begin, end in pairwise(inner)]
	return [OrderWindow(before=inner[0]), *windows, OrderWindow(after=last - SECOND)]


def _midnight(day: date) -> datetime:
	return datetime.combine(day, time(), timezone.utc)


def _in_turn(
	parts: Sequence[OrderWindow], position: datetime | None
) -> tuple[list[OrderWindow], datetime | None]:
	"""The parts that are due this night, and where the next one goes on."""
	behind = [part for part in parts if position is None or (part.before and part.before > position)]
	due = (behind or list(parts))[: ceil(len(parts) / NIGHTS)]
	return due, None if due[-1] == parts[-1] else due[-1].before


def _has_undated(counts: Counts, statuses: tuple[str, ...]) -> bool:
	"""Whether the shop has orders without a date."""
	dated, orders = OrderWindow(before=NEVER, statuses=statuses), OrderWindow(statuses=statuses)
	# In this order: one that is made in between isn't taken for one without a date, one that goes hides no other for long.
	there = counts.in_shop(orders)
	return there is not None and there > (counts.in_shop(dated) or 0)


def _differing(
	counts: Counts, night: Night, window: OrderWindow, there: int, known: int
) -> Iterator[OrderWindow]:
	"""The small windows within this one whose numbers differ. The others are counted."""
	if there == known:
		night.counted += known
		return
	middle = _middle(window)
	if middle is None or max(there, known) <= FEW:
		yield window
		return
	first = replace(window, before=middle)
	there_first, known_first = counts.in_shop(first), counts.in_books(first)
	if there_first is None:
		yield window
		return
	second = replace(window, after=middle - SECOND)
	yield from _differing(counts, night, first, there_first, known_first)
	yield from _differing(counts, night, second, there - there_first, known - known_first)


def _middle(window: OrderWindow) -> datetime | None:
	"""Where the window is halved; None where it has an open end, or is too short."""
	if not (window.after and window.before) or window.before - window.after <= 2 * SECOND:
		return None
	return window.after + ((window.before - window.after) // 2 // SECOND + 1) * SECOND
