"""The next page is fetched while this one is being worked on."""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.store.http.client import StoreClient

T = TypeVar("T")
_END: Any = object()
_SLICE_SECONDS = 1.0


def prefetched(client: StoreClient, read: Callable[[StoreClient], Iterator[T]]) -> Generator[T, None, None]:
	"""What `read(client)` yields, one item ahead of the caller, from one background thread.

	An error while fetching an item is raised when the caller asks for that item. Closing the iterator stops the
	thread: a wait for the budget or for another attempt ends within a second, a request under way is waited for.
	"""
	closed = threading.Event()
	source = read(client.variant(sleep=_until(closed, client.sleep)))
	executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-prefetch")
	try:
		upcoming = executor.submit(next, source, _END)
		while (item := upcoming.result()) is not _END:
			upcoming = executor.submit(next, source, _END)
			yield item
	finally:
		closed.set()
		executor.shutdown(wait=True, cancel_futures=True)


def _until(closed: threading.Event, sleep: Callable[[float], None]) -> Callable[[float], None]:
	"""`sleep` in slices, that ends by an error nobody sees once the reader has gone."""

	def sliced(seconds: float) -> None:
		while seconds > 0:
			if closed.is_set():
				raise _Closed("The reader has gone.")
			sleep(min(seconds, _SLICE_SECONDS))
			seconds -= _SLICE_SECONDS

	return sliced


class _Closed(StoreUnreachableError):
	"""Ends a fetch whose reader has gone."""

	retryable = False
