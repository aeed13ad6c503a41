"""How many orders of the page at hand were worked on, told while nothing of the page is committed yet."""

import time
from collections.abc import Callable

TOLD_EVERY = 1.0  # seconds

OnWork = Callable[[int], None]


class OrdersAtHand:
	"""Counts the orders of one page. Make it as the page begins: a page that is faster than a second tells nothing.

	:param on_work: is told how many there are, once a second at most; a transaction is open then
	:param clock: seconds, as `time.monotonic`
	"""

	def __init__(self, on_work: OnWork, clock: Callable[[], float] = time.monotonic):
		self.on_work = on_work
		self.clock = clock
		self._order_ids: set[int] = set()
		self._told_at = clock()

	def note(self, order_id: int) -> None:
		"""An order was worked on; one that is tried again counts once."""
		self._order_ids.add(order_id)
		now = self.clock()
		if now - self._told_at >= TOLD_EVERY:
			self._told_at = now
			self.on_work(len(self._order_ids))
