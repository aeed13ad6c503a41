"""What a rehearsal shows while it runs: a live display in a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from jarz_woocommerce_integration.services.migration import engine as migration
from jarz_woocommerce_integration.services.migration.estimates import in_words
from jarz_woocommerce_integration.services.migration.stopping import stopping_on_interrupt
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import OrderWindow, count_orders

PLAIN_LINE_SECONDS = 5.0


@contextmanager
def shown_progress(
	console: Console, client: StoreClient, window: OrderWindow
) -> Iterator[tuple["ProgressDisplay", threading.Event]]:
	"""A display of a migration's progress, and an event that the first Ctrl-C sets.

	:param window: the orders that are migrated; :raises StoreError: the store can't count them
	"""
	with stopping_on_interrupt(console.print) as stop:
		total = count_orders(client, window)
		with ProgressDisplay(console, client, total) as display:
			yield display, stop


class _OrdersPerMinute(ProgressColumn):
	def render(self, task: Task) -> Text:
		return Text(f"{(task.finished_speed or task.speed or 0) * 60:,.0f}/min")


class ProgressDisplay:
	"""Shows a migration's progress on a console. Use as a context manager; call it after each commit.

	:param total: orders that the store has in the window, None if it doesn't say
	"""

	def __init__(self, console: Console, client: StoreClient, total: int | None):
		self.console = console
		self.client = client
		self.total = total
		self.started = time.monotonic()
		self.last_line = self.started
		self.bar = Progress(
			TextColumn("{task.description}"),
			BarColumn(bar_width=20),
			TextColumn("{task.completed:,} of {task.total:,}" if total else "{task.completed:,}"),
			_OrdersPerMinute(),
			TextColumn("{task.fields[left]}"),
			console=console,
		)
		self.task = self.bar.add_task("Reading", total=total, left="")
		self.counters = Text("")
		self.live = Live(Group(self.bar, self.counters), console=console, refresh_per_second=4)

	def __enter__(self) -> "ProgressDisplay":
		if self.console.is_terminal:
			self.live.start()
		return self

	def __exit__(
		self,
		kind: type[BaseException] | None,
		error: BaseException | None,
		traceback: TracebackType | None,
	) -> None:
		self.live.stop()

	def __call__(self, progress: migration.Progress) -> None:
		phase = "Reading" if progress.phase == "reading" else "Comparing with the store"
		if self.console.is_terminal:
			self.bar.update(
				self.task, description=phase, completed=progress.orders, left=self._left(progress)
			)
			self.counters.plain = f"  {self._counters(progress)}"
		elif time.monotonic() - self.last_line >= PLAIN_LINE_SECONDS or progress.phase != "reading":
			self.last_line = time.monotonic()
			self.console.print(self._line(phase, progress), highlight=False, soft_wrap=True)

	def _line(self, phase: str, progress: migration.Progress) -> str:
		seconds = max(time.monotonic() - self.started, 0.001)
		rate = progress.orders / seconds
		of_total = f" of {self.total:,}" if self.total else ""
		left = f", {left}" if (left := self._left(progress)) else ""
		return f"{phase}: {progress.orders:,}{of_total} orders, {rate * 60:,.0f}/min{left}, {self._counters(progress)}"

	def _left(self, progress: migration.Progress) -> str:
		seconds = progress.seconds_left(self.total) if self.total else None
		return "" if seconds is None else f"{in_words(seconds)} left"

	def _counters(self, progress: migration.Progress) -> str:
		what, budget = progress.what, self.client.budget
		spent = f" ({budget.used} of {budget.limit} a minute)" if budget.limit else ""
		return (
			f"{progress.pages} pages, {self.client.requests} requests{spent}, "
			f"{what['held']} held, {what['failed']} failed"
		)
