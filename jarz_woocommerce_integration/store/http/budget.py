"""How many requests a store gets: at most so many in any minute, from all threads, processes and machines together.

The moving window of `limits` counts in Redis when `RATELIMIT_STORAGE_URL` says so, and in this process otherwise.
"""

import math
import os
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from jarz_woocommerce_integration.exceptions import (
	BudgetUnavailableError,
	StoreError,
	StoreThrottledError,
	without_frames,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.credentials import Hidden

Found = TypeVar("Found")

DEFAULT_LIMIT = 100
# Whatever a store asks for: it is asked again after so long, and may ask for another pause then.
LONGEST_PAUSE = 3600.0
# A request reaches the store a moment after it was counted, and not each as late as the last: without a margin the
# store could see one too many in its own minute.
MARGIN_SECONDS = 1
SHORTEST_SLEEP = 0.005
PAUSE_PREFIX = "jarz_woocommerce:pause:"
# Only ever longer: a short Retry-After must not end a long one.
EXTEND_PAUSE = """
if redis.call('pttl', KEYS[1]) < tonumber(ARGV[1]) then
	redis.call('set', KEYS[1], '1', 'PX', ARGV[1])
end
"""

_memory = MemoryStorage()
_memory_lock = threading.Lock()
_memory_pauses: dict[str, float] = {}


class RateBudget:
	"""The requests that one store gets.

	:param store: the store's URL; budgets of the same store share their count, with or without scheme
	:param limit: requests in any `seconds`; None or 0 is unlimited (a pause still holds)
	:param seconds: length of the window
	:param longest_pause: seconds; a longer one that the store asks for is cut
	:param storage_url: `redis://...` or `memory://`; None takes `RATELIMIT_STORAGE_URL`, else memory
	:param clock: seconds since the epoch; :param sleep: takes seconds
	:raises StoreError: the storage's URL isn't one that `limits` knows
	"""

	def __init__(
		self,
		store: str,
		limit: int | None = DEFAULT_LIMIT,
		seconds: int = 60,
		*,
		longest_pause: float = LONGEST_PAUSE,
		storage_url: str | None = None,
		clock: Callable[[], float] = time.time,
		sleep: Callable[[float], None] = time.sleep,
	):
		self.store = _store_key(store)
		self.limit = limit or None
		self.seconds = seconds
		self.longest_pause = longest_pause
		self.acquired = 0
		self._clock = clock
		self._sleep = sleep
		self._storage_url = Hidden(storage_url or os.environ.get("RATELIMIT_STORAGE_URL") or "memory://")
		# A local would show its password to whoever takes the frames of an error.
		del storage_url
		self._storage = _open_storage(self._storage_url)
		self._limiter = MovingWindowRateLimiter(self._storage)
		self._item = RateLimitItemPerSecond(limit, seconds + MARGIN_SECONDS) if limit else None

	@property
	def is_shared(self) -> bool:
		"""Whether other processes count in the same budget."""
		return self._storage is not _memory

	@property
	def used(self) -> int:
		"""How many requests were sent in the window that ends now, by all who share the budget; 0 if unlimited.

		:raises BudgetUnavailableError: the storage can't be reached
		"""
		if (item := self._item) is None:
			return 0
		window = self._ask(lambda: self._limiter.get_window_stats(item, self.store))
		return item.amount - window.remaining

	def __str__(self) -> str:
		if self.limit is None:
			return "unlimited"
		where = "shared through Redis" if self.is_shared else "in this process"
		return f"{self.limit} requests in {self.seconds} seconds, {where}"

	def acquire(self, sleep: Callable[[float], None] | None = None, longest_wait: float = math.inf) -> float:
		"""Block until one request may go, and count it.

		:param sleep: instead of the budget's own
		:param longest_wait: seconds
		:returns: the seconds that were spent waiting
		:raises StoreThrottledError: it would take longer than `longest_wait`
		:raises BudgetUnavailableError: the storage can't be reached
		"""
		waited, started = 0.0, self._clock()
		while (wait := self._try(started + waited)) > 0:
			if wait > longest_wait:
				raise StoreThrottledError(
					Sentence(
						"The store at {0} asked for a pause of {1} more seconds.", self.store, math.ceil(wait)
					),
					"Nothing is sent to it until then.",
					retry_after=wait,
				)
			(sleep or self._sleep)(wait)
			waited += wait
		self.acquired += 1
		return waited

	def pause(self, seconds: float) -> None:
		"""Let nobody who shares this budget send anything for so many seconds (`longest_pause` at most), as the store asks.

		:raises BudgetUnavailableError: the storage can't be reached
		"""
		seconds = min(seconds, self.longest_pause)
		if not seconds > 0:
			return
		if not self.is_shared:
			with _memory_lock:
				until = max(_memory_pauses.get(self.store, 0.0), self._clock() + seconds)
				_memory_pauses[self.store] = until
			return
		milliseconds = math.ceil(seconds * 1000)
		self._ask(lambda: self._redis().eval(EXTEND_PAUSE, 1, PAUSE_PREFIX + self.store, milliseconds))

	def pause_left(self) -> float:
		"""Seconds until the store may be asked again, 0 where nobody waits. :raises BudgetUnavailableError: as `pause`"""
		if not self.is_shared:
			with _memory_lock:
				return max(_memory_pauses.get(self.store, 0.0) - self._clock(), 0.0)
		return self._ask(self._paused)

	def end_pause(self) -> None:
		"""Let all send again at once. :raises BudgetUnavailableError: as `pause`"""
		if not self.is_shared:
			with _memory_lock:
				_memory_pauses.pop(self.store, None)
			return
		self._ask(lambda: self._redis().delete(PAUSE_PREFIX + self.store))

	def _try(self, earliest: float) -> float:
		"""0 if a request was counted and may go, else the seconds until trying again makes sense.

		:param earliest: it is at least this late, whatever a clock says that was set back meanwhile
		"""
		if not self.is_shared:
			# `limits` drops and remakes its own locks; this one stays.
			with _memory_lock:
				now = max(self._clock(), earliest)
				return max(_memory_pauses.get(self.store, 0.0) - now, 0.0) or self._hit()
		return self._ask(lambda: self._paused() or self._hit())

	def _paused(self) -> float:
		milliseconds: int = self._redis().pttl(PAUSE_PREFIX + self.store)
		return max(milliseconds, 0) / 1000

	def _hit(self) -> float:
		if self._item is None or self._limiter.hit(self._item, self.store):
			return 0.0
		window = self._limiter.get_window_stats(self._item, self.store)
		return max(window.reset_time - self._clock(), SHORTEST_SLEEP)

	def _redis(self) -> Any:
		return cast(RedisStorage, self._storage).get_connection()

	def _ask(self, ask: Callable[[], Found]) -> Found:
		"""What the storage answers. An error leaves without the library's frames, which hold the password while it logs in.

		:raises BudgetUnavailableError: the storage can't be reached
		"""
		ended_by: BaseException
		try:
			return ask()
		except StorageError as error:
			ended_by = self._unreachable(error)
		except self._storage.base_exceptions as error:
			ended_by = self._unreachable(error)
		except BaseException as error:
			ended_by = without_frames(error)
		raise ended_by

	def _unreachable(self, error: Exception) -> BudgetUnavailableError:
		return BudgetUnavailableError(
			Sentence(
				"The rate budget's storage at {0} can't be used ({1}).",
				_without_password(self._storage_url),
				type(error).__name__,
			),
			"Start that Redis, or correct RATELIMIT_STORAGE_URL, or unset it to count in this process alone.",
		)


def _open_storage(url: Hidden) -> Storage:
	if url.content.startswith("memory:"):
		return _memory
	ended_by: BaseException
	try:
		if isinstance(storage := storage_from_string(url.content), Storage):
			return storage
		raise ConfigurationError("it is asynchronous")
	except (ConfigurationError, ValueError) as error:
		ended_by = StoreError(
			Sentence(
				"RATELIMIT_STORAGE_URL names no storage that can be used: {0} ({1}).",
				_without_password(url),
				type(error).__name__,
			),
			"Write redis://host:port/number, or unset it.",
		)
	except BaseException as error:
		ended_by = without_frames(error)
	raise ended_by


def _store_key(url: str) -> str:
	"""One key for one store, however its address is written."""
	parts = urlsplit(url if "//" in url else f"//{url}")
	return (parts.netloc.rpartition("@")[2] + parts.path).rstrip("/").lower()


def _without_password(url: Hidden) -> str:
	"""The address without who logs in, and without a query, where a password may stand, too."""
	scheme, separator, rest = str(url.content).partition("://")
	return scheme + separator + rest.rpartition("@")[2].partition("?")[0]
