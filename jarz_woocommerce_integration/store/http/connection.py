"""Finding out how a store wants to be talked to: kind of permalinks, home URL, authentication."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from jarz_woocommerce_integration.exceptions import (
	NotAWooCommerceStoreError,
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StoreClosedError,
	StoreError,
	StoreNotFoundError,
	StoreRedirectedError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.address import API, Permalinks, is_https, is_loopback, query
from jarz_woocommerce_integration.store.http.answers import AUTHENTICATION_ERROR, read_answer
from jarz_woocommerce_integration.store.http.authentication import Authentication, candidates
from jarz_woocommerce_integration.store.http.credentials import Credentials

INDEX_FIELDS = {"_fields": "name,url,home,gmt_offset,timezone_string,namespaces"}
# A web page instead of the index may be a passing fault, and a home URL that is missed changes how we sign.
INDEX_ROUNDS = 3
_NOTHING_THERE = (StoreNotFoundError, StoreAnswerNotJSONError, StoreRedirectedError)
# With these the store has understood the key, so that no other way of sending it will do better.
_FINAL_WORDS = ("secret is invalid", "key is invalid", "permissions", "timestamp")

Send = Callable[[str, str, Mapping[str, str]], requests.Response]


class NoStoreSoFarError(StoreAnswerNotJSONError):
	"""Nothing at the address speaks JSON. It may pass; if it doesn't, there is no store."""


@dataclass(frozen=True)
class Connection:
	"""The way that works.

	:ivar home: the store's own home URL without trailing slash, the dialled address where it doesn't say
	:ivar index: what the public index says (name, home, time zone, namespaces), None where there is no index
	"""

	url: str
	permalinks: Permalinks
	authentication: Authentication
	home: str
	index: dict[str, Any] | None

	def prepare(
		self, credentials: Credentials, method: str, route: str, params: Mapping[str, Any]
	) -> tuple[str, dict[str, str]]:
		"""URL and headers of a request for a route such as `orders/12/refunds`; one of a plugin begins with a slash."""
		path, texts = self.permalinks.locate(route if route.startswith("/") else f"{API}/{route}", params)
		texts, headers = self.authentication.authorise(credentials, method, path, texts)
		return f"{self.url}{path}{query(texts)}", headers


def connect(url: str, credentials: Credentials, send: Send, pause: Callable[[], None]) -> Connection:
	"""Find the way that works.

	:param url: normalised address; :param send: method, URL, headers -> answer; :param pause: before another look
	:raises StoreError: retryable if the store isn't well; else what is wrong with the address or the key
	"""
	permalinks, index = _find_index(url, send, pause)
	namespaces = (index or {}).get("namespaces")
	if isinstance(namespaces, list) and API.strip("/") not in namespaces:
		raise NotAWooCommerceStoreError(
			Sentence("At {0} there is WordPress, but no WooCommerce with its REST API (wc/v3).", url),
			"Check that the WooCommerce plugin is active, and that the address is the shop's.",
		)
	home = (index or {}).get("home")
	home = home.rstrip("/") if isinstance(home, str) and home.startswith(("http://", "https://")) else url
	kinds = [permalinks] if permalinks else [Permalinks.PRETTY, Permalinks.PLAIN]
	failures: list[StoreError] = []
	for kind in kinds:
		for authentication in candidates(url, home, kind):
			connection = Connection(url, kind, authentication, home, index)
			failure = _try(connection, credentials, send)
			if failure is None:
				return connection
			failures.append(failure)
			if not isinstance(failure, StoreAuthenticationError):
				break
			if _is_final(failure) and not is_loopback(url):
				raise failure
	raise _verdict(url, index, failures)


def _find_index(
	url: str, send: Send, pause: Callable[[], None]
) -> tuple[Permalinks | None, dict[str, Any] | None]:
	"""Which kind of permalinks the public index is found by, and what it says; None for what isn't known.

	:raises StoreError: the store isn't well, or redirects elsewhere
	"""
	found: tuple[Permalinks | None, dict[str, Any] | None] = (None, None)
	for round_ in range(INDEX_ROUNDS):
		if round_:
			pause()
		index, certain = _read_index(url, Permalinks.PRETTY, send)
		if index is not None or certain is Permalinks.PRETTY:
			return Permalinks.PRETTY, index
		if found[0] is None:
			plain, _certain = _read_index(url, Permalinks.PLAIN, send)
			found = (Permalinks.PLAIN, plain) if plain else (None, None)
		if certain is not None:
			break
	return found


def _read_index(
	url: str, permalinks: Permalinks, send: Send
) -> tuple[dict[str, Any] | None, Permalinks | bool | None]:
	"""The index, and what is certain without it: the kind of permalinks, True for "not here", None for nothing."""
	path, params = permalinks.locate("/", INDEX_FIELDS)
	try:
		return read_answer(send("GET", f"{url}{path}{query(params)}", {}), dict).body, None
	except StoreAuthenticationError as error:
		return None, permalinks if error.code else True
	except StoreNotFoundError:
		return None, True
	except StoreRedirectedError as error:
		if error.address and error.address != url:
			raise
		return None, True
	except StoreAnswerNotJSONError:
		return None, None


def _try(connection: Connection, credentials: Credentials, send: Send) -> StoreError | None:
	"""Ask for one order's id. None if that works, else what the store said to it.

	:raises StoreError: the store isn't well, which says nothing about the way
	"""
	address, headers = connection.prepare(credentials, "GET", "orders", {"per_page": 1, "_fields": "id"})
	try:
		read_answer(send("GET", address, headers), list)
	except (StoreAuthenticationError, *_NOTHING_THERE) as error:
		if isinstance(error, StoreAnswerNotJSONError) and connection.index is not None:
			raise
		return error
	return None


def _is_final(error: StoreError) -> bool:
	return error.code == AUTHENTICATION_ERROR and any(words in error.message for words in _FINAL_WORDS)


def _verdict(url: str, index: dict[str, Any] | None, failures: list[StoreError]) -> StoreError:
	"""What says most to the user about why nothing works."""
	refused = [error for error in failures if isinstance(error, StoreAuthenticationError)]
	telling = [error for error in refused if error.code == AUTHENTICATION_ERROR]
	final = [error for error in telling if _is_final(error)]
	if refused:
		error = (final or telling or refused)[0]
		if not telling and error.code and not isinstance(error, StoreClosedError):
			error.what_to_do = _WHAT_TO_DO_ABOUT_THE_KEY
			if not is_https(url) and not is_loopback(url):
				error.what_to_do += " Try the address with https://."
		return error
	if all(isinstance(error, StoreAnswerNotJSONError) for error in failures):
		first = failures[0]
		return NoStoreSoFarError(first.message, first.what_to_do, status=first.status)
	redirects = [error for error in failures if isinstance(error, StoreRedirectedError)]
	return redirects[0] if redirects else not_a_store(url, failures[0])


def not_a_store(url: str, error: StoreError) -> NotAWooCommerceStoreError:
	"""What an answer without any REST API in it means, once it is certain that it doesn't pass."""
	advice = "Check the address, that WooCommerce is active, and that no security plugin switches the REST API off."
	return NotAWooCommerceStoreError(
		Sentence("At {0} there is no WooCommerce REST API. {1}", url, error.message),
		f"{advice} {error.what_to_do}".strip(),
		status=error.status,
		code=error.code,
	)


_WHAT_TO_DO_ABOUT_THE_KEY = (
	"Check in WooCommerce > Settings > Advanced > REST API that the key exists and that its user is an administrator "
	"or a shop manager. If so, the host doesn't pass the key to WooCommerce: ask the host to pass the Authorization header on."
)
