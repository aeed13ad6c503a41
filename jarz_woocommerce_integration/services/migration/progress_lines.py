"""Progress and result of a migration as lines of text, for `bench execute` and logs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from jarz_woocommerce_integration.services.migration.engine import Progress

EVERY_ORDERS = 500
EVERY_SECONDS = 10.0


class ProgressLines:
	"""Called after each commit, says how far it is: every so many orders or seconds, whatever comes first."""

	def __init__(
		self,
		say: Callable[[str], None],
		every_orders: int = EVERY_ORDERS,
		every_seconds: float = EVERY_SECONDS,
	):
		self.say = say
		self.every_orders = every_orders
		self.every_seconds = every_seconds
		self.started = self.last_time = time.monotonic()
		self.last_orders = 0
		self.last_phase = ""

	def __call__(self, progress: Progress) -> None:
		now = time.monotonic()
		due = (
			progress.phase != self.last_phase
			or progress.orders - self.last_orders >= self.every_orders
			or now - self.last_time >= self.every_seconds
		)
		if due:
			self.last_time, self.last_orders, self.last_phase = now, progress.orders, progress.phase
			self.say(self._line(progress, now - self.started))

	@staticmethod
	def _line(progress: Progress, seconds: float) -> str:
		doing = "Booking" if progress.phase == "reading" else "Comparing with the store"
		what = ", ".join(f"{count:,} {name}" for name, count in sorted(progress.what.items()))
		rate = progress.orders / max(seconds, 0.001) * 60
		return f"{doing}: {progress.orders:,} orders in {progress.pages:,} pages, {rate:,.0f} a minute. {what}".rstrip()


def closing_lines(summary: dict[str, Any], paused: bool = False) -> Iterator[str]:
	"""What a call of a migration came to, and what to do next.

	:param summary: of `session.migration.Ended`; its `bulk_booking` says what was booked as rows, and what wasn't and why; :param paused: the call was bounded, and that is why it ended
	"""
	session = summary["this_session"]
	yield f"Run {summary['run']} of {summary['store']}: {session['orders']:,} orders in {summary['seconds']:,} s ({summary['orders_per_minute']:,} a minute)"
	yield from counts_lines(summary, "booked")
	yield from summary["bulk_booking"].splitlines()
	for page in session["failed_pages"]:
		yield f"The store could not give {page}"
	if not summary["complete"]:
		why = "This call's pages are done." if paused else "Stopped at a page boundary."
		yield f"{why} Start the same command again: it continues from here."
		return
	yield from proof_lines(summary)
	yield "Compare the books themselves with: bench --site SITE woo verify"


def counts_lines(summary: dict[str, Any], booked: str) -> Iterator[str]:
	"""Orders by state and sums by currency. :param booked: the word for what became of the sum"""
	yield f"Orders seen: {summary['orders_seen']:,}"
	for state, count in summary["by_state"].items():
		yield f"  {state}: {count:,}"
	for reason, count in summary["held_by_reason"].items():
		yield f"    held: {reason}: {count:,}"
	for currency, total in summary["store_total"].items():
		yield f"{currency}: {total} in the store, {summary['booked_total'].get(currency, '0')} {booked}"
	yield from received_lines(summary)


def unlisted_lines(statuses: dict[str, int]) -> Iterator[str]:
	"""What a proof can't be about: orders that no list of the store shows."""
	for status, orders in statuses.items():
		yield (
			f"The store's lists can't show orders in status \"{status}\": {orders:,} known ones were read by their ids, others"
			" can't be seen. Switch on the plugin that adds this status, and prove again."
		)


def received_lines(summary: dict[str, Any]) -> Iterator[str]:
	"""Money that came in for orders that aren't booked."""
	for currency, total in summary["received_unbooked"].items():
		yield f"{currency}: {total} was received for orders that aren't booked (cancelled, failed or pending)"


def proof_lines(summary: dict[str, Any]) -> Iterator[str]:
	"""The verdict, and what to do next."""
	unexplained = [found for found in summary["differences"] if not found["explained"]]
	if summary["proven"]:
		yield "Proven: each of the orders that the store lists is booked exactly, or listed with its reason."
	else:
		yield f"Not proven: {len(unexplained):,} unexplained differences. The first:"
		for found in unexplained[:10]:
			yield f"  order {found['order_id']}: {found['message']}"
	yield from unlisted_lines(summary["unlisted_statuses"])
	if summary["held_by_reason"]:
		yield (
			"Held orders wait for a person: each of them says what to do. After that, start the same command again."
		)
