"""The end of a job's time."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def alarm_after(seconds: float, error: Exception) -> Iterator[None]:
	"""Raise `error` after so long as RQ ends a job: by a signal, wherever the process is."""

	def ring(*_of_signal):
		raise error

	before = signal.signal(signal.SIGALRM, ring)
	signal.setitimer(signal.ITIMER_REAL, seconds)
	try:
		yield
	finally:
		signal.setitimer(signal.ITIMER_REAL, 0)
		signal.signal(signal.SIGALRM, before)
