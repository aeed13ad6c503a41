"""How long a migration takes, how many requests and how much room: rough before it is begun, learnt while it runs."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from statistics import geometric_mean
from typing import NamedTuple

from jarz_woocommerce_integration.sentences import Sentence

# What one worker booked on the machine of docs/develop/erpnext-ledger.md, and about half of what one booked in bulk on that of
# docs/develop/bulk-booking.md: for a site that has booked nothing yet.
ORDERS_A_MINUTE = 190
ORDERS_A_MINUTE_IN_BULK = 3000
# What the proofs of a run in bulk took there, beside that.
PROOFS_IN_BULK = 20.0
MANIFEST_PAGE = 100
SECONDS_A_MINUTE = 60
# So many pages say how fast it is now.
RECENT_PAGES = 20
# Proofs become rarer with a power of the orders that are booked: of one page alone it isn't known with which.
USUAL_DECLINE, STEEPEST_DECLINE = 2.0, 4.0


@dataclass(frozen=True)
class Speed:
	"""What one worker books in a minute. :ivar measured: on this very site; :ivar proofs: seconds that a run's proofs take beside it"""

	orders_a_minute: float = ORDERS_A_MINUTE
	measured: bool = False
	proofs: float = 0.0

	def seconds(self, orders: int) -> float:
		"""How long one worker takes for so many orders."""
		return orders / self.orders_a_minute * SECONDS_A_MINUTE + (self.proofs if orders else 0.0)


class PageTime(NamedTuple):
	"""What a page took. :ivar proof: seconds of them in which rows were compared with ERPNext's"""

	orders: int
	seconds: float
	proof: float = 0.0


def seconds_left(pages: Sequence[PageTime], orders: int) -> float | None:
	"""How long so many orders more will take, by the pages so far. None where these say nothing.

	The proofs of bulk booking are many in the first pages and few in the later ones, so they are reckoned apart.
	"""
	pages = [page for page in pages if page.orders]
	if not pages:
		return None
	# The first page reads what the site is, too.
	recent = pages[1:][-RECENT_PAGES:] or pages
	plain = sum(max(page.seconds - page.proof, 0.0) for page in recent) / sum(page.orders for page in recent)
	return plain * orders + _proofs_left(pages, orders)


def _proofs_left(pages: Sequence[PageTime], orders: int) -> float:
	"""Seconds of proofs to come: an order's share, which declined from the first half of the pages to the second."""
	ends = list(accumulate(page.orders for page in pages))
	middle = len(pages) // 2
	share, place = _proof_of_an_order(pages[middle:]), geometric_mean(ends[middle:])
	if not share:
		return 0.0
	decline = USUAL_DECLINE
	if middle:
		ratio = max(_proof_of_an_order(pages[:middle]) / share, 1.0)
		decline = min(math.log(ratio) / math.log(place / geometric_mean(ends[:middle])), STEEPEST_DECLINE)
	begin = ends[-1] + pages[-1].orders / 2
	return share * place * _area(begin / place, (begin + orders) / place, decline)


def _proof_of_an_order(pages: Sequence[PageTime]) -> float:
	return sum(page.proof for page in pages) / sum(page.orders for page in pages)


def _area(first: float, last: float, decline: float) -> float:
	"""Under x to the power of -decline."""
	if math.isclose(decline, 1.0):
		return math.log(last / first)
	power = 1.0 - decline
	return float((last**power - first**power) / power)


def requests_needed(orders: int, page_size: int) -> int:
	"""For the plan and its pages, and for one more walk through the list that settles what changed meanwhile.

	Refunds come on top: in a request a page where the shop's version gives them together, else one for each order.
	"""
	return 2 * math.ceil(orders / MANIFEST_PAGE) + math.ceil(orders / page_size)


def in_words(seconds: float) -> Sentence:
	"""45 seconds, 12 minutes, 3 h 20 min. Within another sentence it is translated with it."""
	if seconds < 2 * SECONDS_A_MINUTE:
		return Sentence("{0} seconds", math.ceil(seconds))
	minutes = math.ceil(seconds / SECONDS_A_MINUTE)
	if minutes < 120:
		return Sentence("{0} minutes", minutes)
	return Sentence("{0} h {1} min", minutes // 60, minutes % 60)


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
