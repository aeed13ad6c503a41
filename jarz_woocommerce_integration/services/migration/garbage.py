"""The memory of a process that books page after page stays what it was after the first one."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def collected_by_page() -> Iterator[Callable[[], None]]:
	"""Gives what is to be called after each page: it frees what the page has left.

	Drafts, rows and documents refer to each other in circles, so they wait for Python's collector, and that looks at all
	objects so rarely that they pile up for dozens of pages. What is there after the first page (modules, DocTypes) is
	left out from then on, so that a look takes milliseconds.
	"""
	freezes = not gc.get_freeze_count()
	is_first = True

	def collect() -> None:
		nonlocal is_first
		gc.collect()
		if freezes and is_first:
			gc.freeze()
		is_first = False

	try:
		yield collect
	finally:
		if freezes:
			gc.unfreeze()
