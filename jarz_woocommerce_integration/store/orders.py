"""Reading orders: pages of a frozen window, the manifest of a whole shop, single orders.

Page numbers drift when an order leaves the list between two pages: everything behind it moves up by one, and the
first order of the next page is skipped. The window is frozen and sorted by id so that no new or edited order does
this; orders that move down are dropped as duplicates at the border. What remains, an order that is trashed, deleted
or put into a status outside the window during the scan, costs at most as many others as left; comparing the ids
with a later manifest finds them (and an id that the manifest itself skipped is asked for by `read_order`).
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import Any, TypeVar, overload

from jarz_woocommerce_integration.exceptions import (
	NotAWooCommerceStoreError,
	PayloadError,
	StoreError,
	StoreNotFoundError,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.dates import date_filters, in_utc
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.paging import RepeatedPages, in_parts
from jarz_woocommerce_integration.store.payloads import (
	DetailedEntry,
	EntryWithRefunds,
	ManifestEntry,
	Order,
	Refund,
	parse,
)
from jarz_woocommerce_integration.store.prefetch import prefetched
from jarz_woocommerce_integration.store.refunds import collect_refunds, read_refunds
from jarz_woocommerce_integration.store.statuses import discover_statuses, known_statuses

__all__ = [
	"OrderPage",
	"OrderWindow",
	"count_orders",
	"discover_statuses",
	"in_halves",
	"is_well",
	"known_statuses",
	"oldest_and_newest",
	"page_of",
	"read_bodies",
	"read_manifest",
	"read_manifest_of",
	"read_order",
	"read_order_pages",
	"read_orders_by_id",
	"read_page",
	"read_refunds",
]

PAGE_SIZE = 100
INCLUDE_LIMIT = 100  # from 150 ids on, the store's own Link header breaks proxies (observed)
MANIFEST_FIELDS = ("id", "status", "date_created_gmt", "date_modified_gmt", "total", "currency")
ZONE_FIELDS = tuple(
	f"{kind}.{name}" for kind in ("billing", "shipping") for name in ("country", "state", "city")
)
FIELDS_OF: dict[type[ManifestEntry], tuple[str, ...]] = {
	ManifestEntry: MANIFEST_FIELDS,
	EntryWithRefunds: (*MANIFEST_FIELDS, "refunds"),
	DetailedEntry: (*MANIFEST_FIELDS, "tax_lines", "refunds", *ZONE_FIELDS),
}
NEVER = datetime(2999, 1, 1, tzinfo=timezone.utc)
ORDER_IS_GONE = "woocommerce_rest_shop_order_invalid_id"
_MOMENTS = ("before", "after", "modified_after")

WantsRefunds = Callable[[Order], bool]
Entry = TypeVar("Entry", bound=ManifestEntry)
Result = TypeVar("Result")


def _always(order: Order) -> bool:
	return True


@dataclass(frozen=True)
class OrderWindow:
	"""Which orders: created within a time, in some statuses. The store compares whole seconds, so both ends are cut.

	:ivar before: exclusive, aware; None is open
	:ivar after: exclusive, aware; None is open
	:ivar statuses: names that the store knows, "trash" among them if wanted; None is `any`, without trash and drafts
	:ivar modified_after: only those that were changed later; exclusive, aware
	"""

	before: datetime | None = None
	after: datetime | None = None
	statuses: tuple[str, ...] | None = None
	modified_after: datetime | None = None

	def __post_init__(self) -> None:
		for name in _MOMENTS:
			moment = getattr(self, name)
			if moment is None:
				continue
			if moment.tzinfo is None:
				raise ValueError(Sentence("{0} of an OrderWindow needs a time zone", name))
			object.__setattr__(self, name, in_utc(moment))
		if self.statuses is not None and not self.statuses:
			raise ValueError("an OrderWindow without any status holds no order")

	def parameters(self, zone: tzinfo | None = None) -> dict[str, str]:
		"""The query parameters that ask for this window, in the order of the ids. :param zone: the store's"""
		moments = {name: getattr(self, name) for name in _MOMENTS}
		parameters = {"status": ",".join(self.statuses or ("any",)), "orderby": "id", "order": "asc"}
		return {**parameters, **date_filters(moments, zone)}

	def holds(self, status: str, created: datetime | None) -> bool:
		"""Whether an order with this status that was made then is one of them, whenever it was changed."""
		if self.statuses is not None and status not in self.statuses:
			return False
		return not created or not (
			(self.before and created >= self.before) or (self.after and created <= self.after)
		)


@dataclass
class OrderPage:
	"""One page, as far as it could be read.

	:ivar number: 1 is the first; 0 for orders that were asked for by id
	:ivar orders: those that can be booked: read whole, with their refunds where those were wanted
	:ivar refunds: by order id, for orders that have any and of which they were wanted
	:ivar unreadable: one for each entry that isn't an order, or of which a refund can't be read
	:ivar is_last: no page follows
	:ivar total: orders of the whole list, None where the store doesn't say
	"""

	number: int
	orders: list[Order]
	refunds: dict[int, list[Refund]]
	unreadable: list[PayloadError]
	is_last: bool = True
	total: int | None = None

	def add(self, page: "OrderPage") -> None:
		"""Add what could be read of another page."""
		self.orders += page.orders
		self.refunds |= page.refunds
		self.unreadable += page.unreadable


# --- pages ---


def read_order_pages(
	client: StoreClient,
	window: OrderWindow,
	page_size: int = PAGE_SIZE,
	first_page: int = 1,
	wants_refunds: WantsRefunds = _always,
) -> Generator[OrderPage, None, None]:
	"""The window's pages in the order of the ids; the next is fetched while the caller works on this one.

	Any number of orders takes the memory of two or three pages. Close the iterator if you leave it early.

	:raises StorePagingError: the store answers each page with the same one
	:raises StoreError: when the page is asked for that couldn't be fetched; start again with `first_page`
	"""

	def pages(client: StoreClient) -> Iterator[OrderPage]:
		number, previous = first_page, frozenset[int]()
		parameters = window.parameters(client.zone)
		repeats = RepeatedPages(client, "orders", parameters)
		while True:
			answer = client.get("orders", {**parameters, "page": number, "per_page": page_size}, shape=list)
			repeats.refuse(answer.body, number, page_size)
			is_last = answer.is_last_page(number, page_size)
			page = _order_page(client, number, answer.body, wants_refunds, is_last)
			page.total = answer.total
			seen = frozenset(order.id for order in page.orders)
			page.orders = [order for order in page.orders if order.id not in previous]
			if page.orders or page.unreadable or not page.is_last:
				yield page
			if page.is_last:
				return
			number, previous = number + 1, seen

	return prefetched(client, pages)


def read_page(
	client: StoreClient,
	window: OrderWindow,
	page: int,
	page_size: int = PAGE_SIZE,
	wants_refunds: WantsRefunds = _always,
) -> OrderPage:
	"""One page with its refunds.

	:param page: from 1; :param page_size: 1 to 100
	:raises StoreError: the page, or the refunds of its orders, can't be fetched
	"""
	answer = client.get(
		"orders", {**window.parameters(client.zone), "page": page, "per_page": page_size}, shape=list
	)
	return _order_page(client, page, answer.body, wants_refunds, answer.is_last_page(page, page_size))


def count_orders(client: StoreClient, window: OrderWindow) -> int | None:
	"""How many orders the window has, None where the store doesn't say. :raises StoreError: it can't be read"""
	answer = client.get(
		"orders", {**window.parameters(client.zone), "per_page": 1, "_fields": "id"}, shape=list
	)
	return answer.total


def oldest_and_newest(client: StoreClient, window: OrderWindow) -> tuple[datetime, datetime] | None:
	"""When the window's oldest and its newest order were made, in UTC; None where it has none, or doesn't say.

	:raises StoreError: the store can't be read
	"""
	made: list[datetime] = []
	for direction in ("asc", "desc"):
		sorted_by_date = {**window.parameters(client.zone), "orderby": "date", "order": direction}
		asked = {**sorted_by_date, "per_page": 1, "_fields": MANIFEST_FIELDS}
		bodies = client.get("orders", asked, shape=list).body
		for entry in manifest_entries(bodies, ManifestEntry)[:1]:
			if entry.date_created_gmt:
				made.append(entry.date_created_gmt)
	return (made[0], made[1]) if len(made) == 2 else None


def read_bodies(
	client: StoreClient, window: OrderWindow, page: int, page_size: int = PAGE_SIZE
) -> list[dict[str, Any]]:
	"""One page as the store's JSON says it. :raises StoreError: it can't be fetched"""
	bodies: list[dict[str, Any]] = client.get(
		"orders", {**window.parameters(client.zone), "page": page, "per_page": page_size}, shape=list
	).body
	return bodies


def page_of(client: StoreClient, bodies: Sequence[Any], wants_refunds: WantsRefunds = _always) -> OrderPage:
	"""Orders that came as JSON as a page with number 0, with their refunds, which are read from the store.

	:raises StoreError: the refunds can't be fetched
	"""
	return _order_page(client, 0, list(bodies), wants_refunds)


def _order_page(
	client: StoreClient, number: int, bodies: list[Any], wants_refunds: WantsRefunds, is_last: bool = True
) -> OrderPage:
	orders, unreadable = [], []
	for body in bodies:
		try:
			orders.append(parse(Order, body))
		except PayloadError as error:
			unreadable.append(error)
	refunds, errors = collect_refunds(client, (order for order in orders if wants_refunds(order)))
	# Booked without its refund it would look whole.
	incomplete = {error.identifier for error in errors}
	orders = [order for order in orders if order.id not in incomplete]
	return OrderPage(number, orders, refunds, unreadable + errors, is_last)


# --- the manifest ---


@overload
def read_manifest(
	client: StoreClient, window: OrderWindow, page_size: int = ..., unread: list[str] | None = ...
) -> Generator[list[ManifestEntry], None, None]: ...


@overload
def read_manifest(
	client: StoreClient,
	window: OrderWindow,
	page_size: int = ...,
	unread: list[str] | None = ...,
	*,
	kind: type[Entry],
) -> Generator[list[Entry], None, None]: ...


def read_manifest(
	client: StoreClient,
	window: OrderWindow,
	page_size: int = PAGE_SIZE,
	unread: list[str] | None = None,
	kind: type[Any] = ManifestEntry,
) -> Generator[list[Any], None, None]:
	"""Id, status, dates, total and currency of every order of the window, in the order of the ids, page by page.

	:param unread: takes a sentence for each order that breaks any list it is in, so that not even its id is known
	:param kind: `EntryWithRefunds` and `DetailedEntry` have more of each order, in as many requests
	:raises StorePagingError: the store answers each page with the same one
	:raises StoreError: the store can't be read
	"""
	gaps = [] if unread is None else unread

	def pages(client: StoreClient) -> Iterator[list[Any]]:
		number, previous = 1, frozenset[int]()
		parameters = {**window.parameters(client.zone), "_fields": FIELDS_OF[kind]}
		repeats = RepeatedPages(client, "orders", parameters)
		while True:
			bodies, is_last = _manifest_page(client, parameters, number, page_size, gaps)
			repeats.refuse(bodies, number, page_size)
			entries = manifest_entries(bodies, kind, gaps)
			if fresh := [entry for entry in entries if entry.id not in previous]:
				yield fresh
			if is_last:
				return
			number, previous = number + 1, frozenset(entry.id for entry in entries)

	return prefetched(client, pages)


@overload
def read_manifest_of(
	client: StoreClient, ids: Sequence[int], statuses: tuple[str, ...] | None = ...
) -> list[ManifestEntry]: ...


@overload
def read_manifest_of(
	client: StoreClient, ids: Sequence[int], statuses: tuple[str, ...] | None, kind: type[Entry]
) -> list[Entry]: ...


def read_manifest_of(
	client: StoreClient,
	ids: Sequence[int],
	statuses: tuple[str, ...] | None = None,
	kind: type[Any] = ManifestEntry,
) -> list[Any]:
	"""The manifest's entries of these orders, at most a hundred. Those that no list gives are left out.

	:raises StoreError: the store can't be read
	"""
	parameters = {**OrderWindow(statuses=statuses).parameters(client.zone), "_fields": FIELDS_OF[kind]}
	answer = client.get("orders", {**parameters, "include": list(ids), "per_page": INCLUDE_LIMIT}, shape=list)
	# What has no id isn't one of these.
	return [entry for entry in manifest_entries(answer.body, kind) if entry.id in ids]


def _manifest_page(
	client: StoreClient, parameters: dict[str, Any], number: int, size: int, unread: list[str]
) -> tuple[list[Any], bool]:
	"""One page's bodies, and whether it is the last. One that the store can't give is read in smaller ones."""
	try:
		answer = client.get("orders", {**parameters, "per_page": size, "page": number}, shape=list)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
		if size == 1:
			return _one_of_manifest(client, parameters, number, unread, error)
		smaller = 10 if size > 10 and size % 10 == 0 else 1
		bodies: list[Any] = []
		# That it doesn't pass by itself was seen with the larger page.
		client = client.variant(attempts=min(client.attempts, 2))
		first = (number - 1) * size // smaller + 1
		for part in range(first, first + size // smaller):
			found, is_last = _manifest_page(client, parameters, part, smaller, unread)
			bodies += found
			if is_last:
				return bodies, True
		return bodies, False
	return answer.body, answer.is_last_page(number, size)


def _one_of_manifest(
	client: StoreClient, parameters: dict[str, Any], number: int, unread: list[str], error: StoreError
) -> tuple[list[Any], bool]:
	"""The body of an order that breaks the list: what stands before its JSON is passed over, for its own answer says it."""
	try:
		patient = client.variant(attempts=1, on_noise=lambda noise: None)
		answer = patient.get("orders", {**parameters, "per_page": 1, "page": number}, shape=list)
	except StoreError:
		unread.append(
			Sentence("The order at place {0} of the store's list can't be read: {1}", number, error.message)
		)
		return [], False
	return answer.body, answer.is_last_page(number, 1)


def is_well(client: StoreClient) -> bool:
	"""Whether the store answers lists at all: then a page that it can't give is that page's fault, and no outage."""
	try:
		# No order was made after this: the answer holds none, so none can break it.
		client.get("orders", {**OrderWindow(after=NEVER).parameters(client.zone), "per_page": 1}, shape=list)
	except StoreError:
		return False
	return True


def in_halves(
	client: StoreClient, ids: Sequence[int], read: Callable[[Sequence[int]], Result]
) -> Iterator[tuple[Sequence[int], Result | StoreError]]:
	"""Read these orders; what breaks the store's answer is found by halving.

	:param read: reads orders by their ids
	:returns: ids with what was read of them, or one id with its error
	:raises StoreError: the store can't be read at all
	"""
	try:
		result = read(ids)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
		if len(ids) == 1:
			yield ids, error
			return
	else:
		yield ids, result
		return
	middle = len(ids) // 2
	yield from in_halves(client, ids[:middle], read)
	yield from in_halves(client, ids[middle:], read)


def manifest_entries(bodies: list[Any], kind: type[Entry], unread: list[str] | None = None) -> list[Entry]:
	"""The entries of a page. One without an id, which nobody could ask for, is listed in `unread`, and the others stay."""
	entries = []
	for body in bodies:
		try:
			entries.append(parse(kind, body))
		except PayloadError as error:
			if unread is not None:
				unread.append(str(error))
	return entries


# --- orders by id ---


def read_orders_by_id(
	client: StoreClient,
	ids: Sequence[int],
	statuses: tuple[str, ...] | None = None,
	wants_refunds: WantsRefunds = _always,
) -> OrderPage:
	"""The orders with these ids, in one page of any length, numbered 0. Ids that are deleted are left out silently,
	as are those in a status that isn't asked for.

	:raises StoreError: the store can't be read
	"""
	result = OrderPage(0, [], {}, [])
	parameters = OrderWindow(statuses=statuses).parameters(client.zone)
	for chunk in in_parts(sorted(set(ids)), INCLUDE_LIMIT):
		answer = client.get("orders", {**parameters, "include": chunk, "per_page": INCLUDE_LIMIT}, shape=list)
		# A store that ignores `include` would hand out its first hundred orders.
		asked = [body for body in answer.body if not isinstance(body, dict) or body.get("id") in chunk]
		result.add(_order_page(client, 0, asked, wants_refunds))
	return result


def read_order(client: StoreClient, order_id: int) -> tuple[Order, list[Refund]]:
	"""One order in any status, trash and unregistered ones included, with its refunds.

	:raises StoreNotFoundError: the store has no such order, and only then
	:raises PayloadError: it isn't an order, or one of its refunds can't be read
	:raises StoreError: the store can't be read
	"""
	try:
		body = client.get(f"orders/{order_id}", shape=dict).body
	except StoreNotFoundError as error:
		if error.code == ORDER_IS_GONE:
			raise
		raise NotAWooCommerceStoreError(
			Sentence("It isn't known whether order {0} still exists. {1}", order_id, error.message),
			"Another program answers instead of WooCommerce. Try again when the shop works.",
			status=error.status,
			code=error.code,
		) from None
	order = parse(Order, body)
	if order.id != order_id:
		raise PayloadError(
			Sentence("The store was asked for order {0} and gave order {1}.", order_id, order.id),
			"A cache or a plugin answers with another order: let /wp-json pass there.",
			identifier=order_id,
		)
	return order, read_refunds(client, [order]).get(order.id, [])
