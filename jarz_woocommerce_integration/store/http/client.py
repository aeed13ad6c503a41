"""The one way of every request to a store: budget, authentication, timeouts, retries, plain errors."""

import copy
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple, TypeVar

from requests import RequestException, Response, Session, Timeout
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ContentDecodingError, SSLError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from urllib3.exceptions import HTTPError

from jarz_woocommerce_integration.exceptions import (
	StoreAuthenticationError,
	StoreError,
	StoreThrottledError,
	StoreUnreachableError,
	WooCommerceIntegrationError,
	without_frames,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.dates import zone_of
from jarz_woocommerce_integration.store.http.address import is_loopback, normalise
from jarz_woocommerce_integration.store.http.answers import (
	AUTHENTICATION_ERROR,
	Answer,
	read_answer,
	read_body,
)
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.connection import (
	Connection,
	NoStoreSoFarError,
	connect,
	not_a_store,
)
from jarz_woocommerce_integration.store.http.credentials import Credentials, Hidden
from jarz_woocommerce_integration.store.http.destinations import PublicDestinations, adapter
from jarz_woocommerce_integration.store.http.sent_requests import SentRequest, shown_address

Returned = TypeVar("Returned")

LONGEST_BACKOFF = 60.0
LONG_PAUSE = 5.0
ATTEMPTS_TO_CONNECT = 4  # a wrong address is reported soon; a store that is unwell gets all attempts later
HEADERS = {"Accept": "application/json", "User-Agent": "jarz_woocommerce_integration (requests)"}


@dataclass
class Counters:
	"""What a client has done so far."""

	requests: int = 0
	retries: int = 0
	budget_seconds: float = 0.0
	store_seconds: float = 0.0
	_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

	def add(self, **amounts: float) -> None:
		with self._lock:
			for name, amount in amounts.items():
				setattr(self, name, getattr(self, name) + amount)


class Knowledge(NamedTuple):
	"""What a client has found out about a store. Holds no secret.

	:ivar absent_routes: those that this store's version doesn't have
	"""

	connection: Connection | None
	absent_routes: set[str]


@dataclass
class _Found:
	"""What is known of the store, shared by all copies of a client."""

	connection: Connection | None = None
	absent_routes: set[str] = field(default_factory=set)
	has_checked_dates: bool = False
	lock: threading.RLock = field(default_factory=threading.RLock)


class StoreClient:
	"""A store's REST API. Threads may share it; use it as a context manager, or close it.

	:param url: the shop's address as people write it
	:param budget: how many requests the store gets; None is without limit
	:param timeout: seconds to connect, and between two pieces of the answer
	:param attempts: how often a request is sent at most
	:param longest_wait: seconds; a Retry-After beyond it, or a pause that somebody else was asked for, is an error
	:param sleep: takes seconds
	:param on_pause: is called when the store asks for so long a pause that a person would wonder
	:param on_noise: is called with what stands before an answer's JSON, which is read then; without it such an answer is an error
	:param on_request: is called with each request that was sent, without secrets and personal data
	:param destinations: where to connect to; None is anywhere
	:param knowledge: what another client of this store and key found out, so that nothing is asked twice
	:raises NotAWooCommerceStoreError: the address is none
	"""

	def __init__(
		self,
		url: str,
		credentials: Credentials,
		*,
		budget: RateBudget | None = None,
		timeout: tuple[float, float] = (10, 60),
		attempts: int = 6,
		longest_wait: float = 900.0,
		sleep: Callable[[float], None] = time.sleep,
		on_pause: Callable[[StoreThrottledError], None] = lambda error: None,
		on_noise: Callable[[str], None] | None = None,
		on_request: Callable[[SentRequest], None] | None = None,
		destinations: PublicDestinations | None = None,
		knowledge: "Knowledge | None" = None,
	):
		self.url = normalise(url)
		self.credentials = credentials
		self.budget = budget or RateBudget(self.url, None, storage_url="memory://")
		self.timeout = timeout
		self.attempts = attempts
		self.longest_wait = longest_wait
		self.on_pause = on_pause
		self.on_noise = on_noise
		self.on_request = on_request
		self.counters = Counters()
		self.sleep = sleep
		self._found = _Found(*knowledge) if knowledge else _Found()
		self._session = _session(self.url, destinations)

	def __enter__(self) -> "StoreClient":
		return self

	def __exit__(self, *exception: object) -> None:
		self.close()

	def __repr__(self) -> str:
		return f"StoreClient({self.url})"

	def close(self) -> None:
		"""Close the pooled connections."""
		self._session.close()

	def variant(self, **settings: Any) -> "StoreClient":
		"""The same client, connection and counters with other `attempts`, `timeout`, `longest_wait`, `sleep` or `on_noise`."""
		client = copy.copy(self)
		for name, value in settings.items():
			setattr(client, name, value)
		return client

	# --- what is known of the store ---

	def connect(self) -> Connection:
		"""Find the way that works, once; later calls answer from memory.

		:raises StoreError: says what is wrong with the address, the key or the store
		"""
		with self._found.lock:
			if self._found.connection is None:
				try:
					few = self.variant(attempts=min(self.attempts, ATTEMPTS_TO_CONNECT))
					self._found.connection = few._retrying(self._connect)
				except NoStoreSoFarError as error:
					raise not_a_store(self.url, error) from None
			return self._found.connection

	@property
	def home(self) -> str:
		"""The store's own home URL without trailing slash. :raises StoreError: as `connect`"""
		return self.connect().home

	@property
	def index(self) -> dict[str, Any] | None:
		"""The public index: name, home, gmt_offset, timezone_string, namespaces. :raises StoreError: as `connect`"""
		return self.connect().index

	@property
	def zone(self) -> tzinfo | None:
		"""The store's time zone, None where it doesn't say. :raises StoreError: as `connect`"""
		return zone_of(self.index or {})

	@property
	def requests(self) -> int:
		"""How many requests were sent so far."""
		return self.counters.requests

	@property
	def absent_routes(self) -> set[str]:
		"""Routes that this store's version turned out not to have; readers keep what they learnt here."""
		return self._found.absent_routes

	@property
	def has_checked_dates(self) -> bool:
		"""Whether somebody saw, with this client or a copy of it, that the store reads date filters as they are meant."""
		return self._found.has_checked_dates

	@has_checked_dates.setter
	def has_checked_dates(self, checked: bool) -> None:
		self._found.has_checked_dates = checked

	@property
	def knowledge(self) -> Knowledge:
		"""What is known so far, for the next client of this store."""
		return Knowledge(self._found.connection, self.absent_routes)

	# --- requests ---

	def get(
		self, route: str, params: Mapping[str, Any] | None = None, *, shape: type | None = None
	) -> Answer:
		"""GET a route.

		:param route: below /wc/v3, such as "orders" or "orders/12/refunds"; with a slash before it, below the REST API itself
		:param params: None values are left out, lists are joined with commas
		:param shape: `list` or `dict` where the route promises one; anything else counts as "not JSON"
		:raises StoreError: after as many attempts as make sense
		"""
		return self.request("GET", route, params, shape=shape)

	def request(
		self,
		method: str,
		route: str,
		params: Mapping[str, Any] | None = None,
		*,
		body: Any = None,
		shape: type | None = None,
	) -> Answer:
		"""As `get`, with any method and a JSON body. Only what may be sent twice without harm belongs here.

		:param body: better a `Hidden`, which shows nothing in the caller's frames either

		:raises StoreError: after as many attempts as make sense
		"""
		body = Hidden.of(body)
		connection = self.connect()

		def attempt() -> Answer:
			url, headers = connection.prepare(self.credentials, method, route, params or {})
			answer = read_answer(self._send(method, url, headers, body), shape, bool(self.on_noise))
			if answer.noise and self.on_noise:
				self.on_noise(answer.noise)
			return answer

		return self._retrying(attempt)

	def request_once(self, method: str, route: str, *, body: Any = None, shape: type | None = None) -> Answer:
		"""As `request`, sent once: what would be made twice if it were sent twice.

		:raises StoreError: if it is retryable, whether it was made isn't known
		"""
		body = Hidden.of(body)
		self.connect()
		return self.variant(attempts=1).request(method, route, body=body, shape=shape)

	def _connect(self) -> Connection:
		return connect(self.url, self.credentials, self._send, lambda: self.sleep(random.uniform(0, 1)))

	def _send(
		self, method: str, url: str, headers: Mapping[str, str], body: Hidden | None = None
	) -> Response:
		"""Send one request when the budget allows it. Its frame holds what was sent: `_retrying` keeps it from going out.

		:raises StoreUnreachableError: no connection, or no answer in time
		:raises StoreError: the certificate isn't trusted, or the budget's storage is down
		"""
		waited = self.budget.acquire(self.sleep, self.longest_wait)
		started = time.monotonic()
		status = None
		try:
			response = self._session.request(
				method,
				url,
				headers=headers,
				json=body and body.content,
				timeout=self.timeout,
				allow_redirects=False,
				stream=True,
			)
			status = response.status_code
			read_body(response)
		except (RequestException, HTTPError, HTTPException, UnicodeError) as error:
			failure = _unreachable(self.url, error, self.timeout)
		else:
			return response
		finally:
			seconds = time.monotonic() - started
			self.counters.add(requests=1, budget_seconds=waited, store_seconds=seconds)
			if self.on_request:
				self.on_request(SentRequest(method, shown_address(url), status, seconds))
		# Outside of the handler: the exception of requests has the signed URL in it, and would come along as context.
		raise failure

	def _retrying(self, attempt: Callable[[], Returned]) -> Returned:
		"""What `attempt` returns, tried again where that makes sense.

		An error leaves without the frames of whatever was tried, and without the errors before it: they hold signed
		addresses, headers and bodies, and a job's time may be over in any of them.
		"""
		retrying = Retrying(
			retry=retry_if_exception(self._may_pass),
			stop=stop_after_attempt(self.attempts),
			wait=_wait,
			before_sleep=self._before_sleep,
			sleep=self.sleep,
			reraise=True,
		)
		try:
			return retrying(attempt)
		except BaseException as error:
			ended_by = error
		self._mask(ended_by)
		if isinstance(ended_by, StoreThrottledError) and ended_by.retry_after > self.longest_wait:
			self._pause(ended_by)
		raise without_frames(ended_by)

	def _mask(self, error: BaseException) -> None:
		mask = self.credentials.mask
		if isinstance(error, WooCommerceIntegrationError):
			error.message, error.what_to_do = mask(error.message), mask(error.what_to_do)
		error.args = tuple(mask(part) if isinstance(part, str) else part for part in error.args)

	def _pause(self, error: StoreThrottledError) -> None:
		"""Leave the store alone, as it asks. What the budget itself refuses is a pause that somebody has noted already."""
		if error.status is not None:
			self.budget.pause(error.retry_after)
		until = datetime.now(timezone.utc) + timedelta(seconds=error.retry_after)
		error.what_to_do = f"Nothing is sent to it until {until:%Y-%m-%d %H:%M} UTC. Start again after that."

	def _may_pass(self, error: BaseException) -> bool:
		if isinstance(error, StoreThrottledError):
			error.retry_after = min(error.retry_after, self.budget.longest_pause)
			return error.retry_after <= self.longest_wait
		if isinstance(error, StoreAuthenticationError):
			# A proxy that repeats a request spends its nonce; signed anew it is good.
			return error.code == AUTHENTICATION_ERROR and "nonce" in error.message.lower()
		return isinstance(error, StoreError) and error.retryable

	def _before_sleep(self, state: RetryCallState) -> None:
		self.counters.add(retries=1)
		error = state.outcome.exception() if state.outcome else None
		if isinstance(error, StoreThrottledError):
			self.budget.pause(error.retry_after)
			if error.retry_after >= LONG_PAUSE:
				self.on_pause(error)


_backoff = wait_random_exponential(multiplier=1, max=LONGEST_BACKOFF)


def _wait(state: RetryCallState) -> float:
	"""What the store asks for, else exponential backoff with full jitter."""
	error = state.outcome.exception() if state.outcome else None
	return getattr(error, "retry_after", 0) or _backoff(state)


def _session(url: str, destinations: PublicDestinations | None) -> Session:
	session = Session()
	connects = adapter(destinations, pool_connections=2, pool_maxsize=16, max_retries=0)
	session.mount("http://", connects)
	session.mount("https://", connects)
	session.headers.update(HEADERS)
	# The API needs no cookies, and a remembered shop session would be another user's than the key's.
	session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
	# Without this, requests would put a password from ~/.netrc over ours.
	session.auth = lambda request: request
	# No proxy of the environment can reach what runs on this machine.
	session.trust_env = not is_loopback(url)
	# That switches off the environment's certificates, too, without which a shop on this machine has no https.
	session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
	return session


def _unreachable(url: str, error: Exception, timeout: tuple[float, float]) -> StoreError:
	if isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
		return StoreError(
			Sentence("The certificate of {0} isn't trusted.", url),
			"Renew the certificate, or use the host name that it was made for. For a certificate of your own, set REQUESTS_CA_BUNDLE to its file.",
		)
	if isinstance(error, ConnectTimeout):
		what = f"no connection within {timeout[0]:g} seconds"
	elif isinstance(error, Timeout):
		what = f"no answer within {timeout[1]:g} seconds"
	elif isinstance(error, ChunkedEncodingError | ContentDecodingError):
		what = "the answer was cut off"
	elif (
		isinstance(error, UnicodeError) or "NameResolutionError" in str(error) or "getaddrinfo" in str(error)
	):
		what = "no machine has that name"
	elif "refused" in str(error):
		what = "the connection was refused"
	else:
		what = "the connection was cut"
	return StoreUnreachableError(
		Sentence("The store at {0} can't be reached: {1}.", url, what),
		"Check the address and the network; a later attempt may succeed.",
	)
