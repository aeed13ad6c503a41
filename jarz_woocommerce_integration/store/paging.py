"""The pages of a list, from a store that gives them: a cache in front of it may answer each with the first one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from jarz_woocommerce_integration.exceptions import StorePagingError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.http.answers import Answer
from jarz_woocommerce_integration.store.http.client import StoreClient

PAST_THE_CACHE = (
	"A cache or a plugin in front of the shop drops the query of the address. Exclude everything below /wp-json from that"
	" cache (the host's page cache, a CDN or a plugin), empty it once, and start again. No order is lost."
)


Value = TypeVar("Value")


def in_parts(values: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
	"""The values in parts of so many, the last one shorter."""
	for start in range(0, len(values), size):
		yield values[start : start + size]


class RepeatedPages:
	"""Notices that a store answers the next page of a list with the one before it.

	Honest pages may share entries: an order stands twice, or others have left their place meanwhile. So a page that is
	equal to the one before it counts only where the page after it is so, too.
	"""

	def __init__(self, client: StoreClient, route: str, parameters: Mapping[str, Any]):
		self._client = client
		self._route = route
		self._parameters = parameters
		self._previous: tuple[str, ...] = ()

	def refuse(self, bodies: Sequence[Any], number: int, size: int) -> None:
		"""Take the next page of the list. :raises StorePagingError: it is the one before it again"""
		ids = _ids(bodies)
		if len(set(ids)) > 1 and ids == self._previous and self._is_answered_with(ids, number + 1, size):
			raise repeated(f"pages {number - 1}, {number} and {number + 1} of {self._route}")
		self._previous = ids

	def _is_answered_with(self, ids: tuple[str, ...], number: int, size: int) -> bool:
		asked = {**self._parameters, "page": number, "per_page": size}
		return _ids(self._client.get(self._route, asked, shape=list).body) == ids


def repeated(what: str) -> StorePagingError:
	return StorePagingError(Sentence("The store answers {0} with the same entries.", what), PAST_THE_CACHE)


def read_pages(
	client: StoreClient, route: str, parameters: Mapping[str, Any], page_size: int
) -> Iterator[Answer]:
	"""The pages of a list, one after another.

	:raises StorePagingError: the store answers each with the same one; :raises StoreError: it can't be read
	"""
	repeats = RepeatedPages(client, route, parameters)
	number = 1
	while True:
		answer = client.get(route, {**parameters, "page": number, "per_page": page_size}, shape=list)
		repeats.refuse(answer.body, number, page_size)
		yield answer
		if answer.is_last_page(number, page_size):
			return
		number += 1


def _ids(bodies: Sequence[Any]) -> tuple[str, ...]:
	"""The ids as texts: a broken entry may have anything for one."""
	return tuple(repr(body.get("id")) if isinstance(body, dict) else "" for body in bodies)
