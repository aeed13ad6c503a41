"""A polite end: Ctrl-C stops at the next page boundary."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping_on_interrupt(say: Callable[[str], None]) -> Iterator[threading.Event]:
	"""An event that the first Ctrl-C sets; the second one interrupts at once. Both leave the ledger whole.

	Only a process' main thread gets signals; in another one nothing sets the event.

	:param say: shows the person that the first Ctrl-C was heard
	"""
	stop = threading.Event()
	if threading.current_thread() is not threading.main_thread():
		yield stop
		return

	def on_interrupt(signal_number: int, frame: FrameType | None) -> None:
		if stop.is_set():
			raise KeyboardInterrupt
		stop.set()
		say("Stopping after this page (Ctrl-C again stops at once) ...")

	before = signal.signal(signal.SIGINT, on_interrupt)
	try:
		yield stop
	finally:
		signal.signal(signal.SIGINT, before)
