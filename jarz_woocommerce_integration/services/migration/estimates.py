"""How long a migration takes, how many requests and how much room, before it is begun. Rough, and said as such."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# What one worker booked on the machine of docs/develop/erpnext-ledger.md, and about half of what one booked in bulk on that of
# docs/develop/bulk-booking.md: for a site that has booked nothing yet.
ORDERS_A_MINUTE = 190
ORDERS_A_MINUTE_IN_BULK = 3000
MANIFEST_PAGE = 100
SECONDS_A_MINUTE = 60


@dataclass(frozen=True)
class Speed:
	"""What one worker books in a minute. :ivar measured: on this very site"""

	orders_a_minute: float = ORDERS_A_MINUTE
	measured: bool = False

	def seconds(self, orders: int) -> float:
		"""How long one worker takes for so many orders."""
		return orders / self.orders_a_minute * SECONDS_A_MINUTE


def requests_needed(orders: int, page_size: int) -> int:
	"""For the plan and its pages, and for one more walk through the list that settles what changed meanwhile.

	Refunds come on top: in a request a page where the shop's version gives them together, else one for each order.
	"""
	return 2 * math.ceil(orders / MANIFEST_PAGE) + math.ceil(orders / page_size)


def in_words(seconds: float) -> str:
	"""45 seconds, 12 minutes, 3 h 20 min."""
	if seconds < 2 * SECONDS_A_MINUTE:
		return f"{math.ceil(seconds)} seconds"
	minutes = math.ceil(seconds / SECONDS_A_MINUTE)
	return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def uncovered(first: date, last: date, periods: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
	"""The stretches of days from `first` to `last`, both included, that lie in none of the periods.

	:param periods: first and last day of each, in any order; they may overlap
	"""
	gaps: list[tuple[date, date]] = []
	day = first
	for begins, ends in sorted(periods):
		if begins > last:
			break
		if begins > day:
			gaps.append((day, begins - timedelta(days=1)))
		day = max(day, ends + timedelta(days=1))
	if day <= last:
		gaps.append((day, last))
	return gaps


def common_days(first: date, last: date, begins: date, ends: date) -> tuple[date, date] | None:
	"""The days that two stretches share, None for none."""
	shared = max(first, begins), min(last, ends)
	return shared if shared[0] <= shared[1] else None
