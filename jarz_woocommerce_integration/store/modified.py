"""Orders in the order of their last change: what a live sync asks for again and again.

Page numbers drift in this order: an order that is changed while the list is read leaves its place, and the one behind
it is skipped (observed). So each request begins at the last stamp that was seen. Only where more orders than a page
holds have one stamp is their part of the list read by place, with some of each part read twice.

The list shows the orders whole: of thousands that a plugin has touched, the list alone shows which are still the same.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jarz_woocommerce_integration.exceptions import PayloadError, StoreDateFilterError, StoreError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.dates import date_filters, in_utc
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import MANIFEST_FIELDS, PAGE_SIZE, is_well, manifest_entries
from jarz_woocommerce_integration.store.paging import PAST_THE_CACHE, repeated
from jarz_woocommerce_integration.store.payloads import ManifestEntry, Order, parse

SECOND = timedelta(seconds=1)
SMALLER = {100: 10, 10: 1}


@dataclass
class ModifiedPage:
	"""Some orders that were changed, by ascending stamp.

	:ivar entries: without those that a page before this one showed with the same stamp
	:ivar orders: by id, those of them that could be read whole
	:ivar gaps: a sentence for each order that breaks any list it is in, so that not even its id is known
	:ivar told_at: what the store's clock said then; None where it doesn't say the time
	:ivar is_last: no page follows
	"""

	entries: list[ManifestEntry]
	orders: dict[int, Order] = field(default_factory=dict)
	gaps: list[str] = field(default_factory=list)
	told_at: datetime | None = None
	is_last: bool = False

	@property
	def last_stamp(self) -> datetime | None:
		return max(
			(entry.date_modified_gmt for entry in self.entries if entry.date_modified_gmt), default=None
		)


def read_modified(
	client: StoreClient, after: datetime, statuses: tuple[str, ...] | None, page_size: int = PAGE_SIZE
) -> Iterator[ModifiedPage]:
	"""Every order that was changed after a moment, in these statuses, some of them twice.

	:param after: exclusive, aware, to the second
	:param statuses: names that the store knows; None is `any`, without trash and drafts
	:param page_size: 1, 10 or 100
	:raises StoreListError: the store answers another list than the one that was asked for
	:raises StoreError: the store can't be read
	"""
	after = in_utc(after)
	shown: dict[int, datetime | None] = {}
	offset = 0
	before: list[int] = []
	while True:
		page = _read(client, _parameters(client, after, statuses), offset, page_size)
		entries = page.entries
		_refuse_another_list(entries, after, before if offset else [])
		page.entries = [e for e in entries if e.id not in shown or shown[e.id] != e.date_modified_gmt]
		yield page
		if page.is_last:
			return
		before = [entry.id for entry in entries]
		shown.update((entry.id, entry.date_modified_gmt) for entry in entries)
		last = max((entry.date_modified_gmt for entry in entries if entry.date_modified_gmt), default=after)
		if last - SECOND > after and not page.gaps:
			after, offset = last - SECOND, 0
			shown = {order_id: stamp for order_id, stamp in shown.items() if stamp is None or stamp >= last}
		else:
			offset += page_size - page_size // 5


def _parameters(client: StoreClient, after: datetime, statuses: tuple[str, ...] | None) -> dict[str, Any]:
	asked = {"status": ",".join(statuses or ("any",)), "orderby": "modified", "order": "asc"}
	return {**asked, **date_filters({"modified_after": after}, client.zone)}


def _refuse_another_list(entries: list[ManifestEntry], after: datetime, before: list[int]) -> None:
	""":param before: the ids of the page that ended further in front in the same list"""
	stamped = [(entry.id, entry.date_modified_gmt) for entry in entries if entry.date_modified_gmt]
	earlier = [order_id for order_id, stamp in stamped if stamp <= after]
	# A single one may come from a cache of the shop's own, which shows it as it was a moment ago.
	if len(earlier) > len(stamped) / 2:
		raise StoreDateFilterError(
			Sentence(
				"The store was asked for orders that were changed after {0:%Y-%m-%d %H:%M:%S} UTC, and"
				" gave orders that were changed earlier, such as order {1}.",
				after,
				earlier[0],
			),
			PAST_THE_CACHE,
		)
	ids = [entry.id for entry in entries]
	if len(set(ids)) > 1 and ids == before:
		raise repeated(
			Sentence(
				"two parts of the list of orders that were changed after {0:%Y-%m-%d %H:%M:%S} UTC", after
			)
		)


def _read(client: StoreClient, parameters: dict[str, Any], offset: int, size: int) -> ModifiedPage:
	"""A part of the list. What the store can't give while it is well is asked for by its few light fields."""
	try:
		return _read_part(client, parameters, offset, size)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
	return _read_light(client, {**parameters, "_fields": MANIFEST_FIELDS}, offset, size)


def _read_light(client: StoreClient, parameters: dict[str, Any], offset: int, size: int) -> ModifiedPage:
	"""As `_read`; what still can't be given is read in smaller parts."""
	try:
		return _read_part(client, parameters, offset, size)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
		return _read_in_parts(client, parameters, offset, size, error)


def _read_part(client: StoreClient, parameters: dict[str, Any], offset: int, size: int) -> ModifiedPage:
	answer = client.get("orders", {**parameters, "per_page": size, "offset": offset or None}, shape=list)
	is_last = len(answer.body) < size and offset + size >= (answer.total or 0)
	page = ModifiedPage([], told_at=answer.told_at, is_last=is_last)
	page.entries += manifest_entries(answer.body, ManifestEntry)
	for body in answer.body if "_fields" not in parameters else ():
		# What can't be read is listed by its entry, and held when it is read by itself.
		with suppress(PayloadError):
			order = parse(Order, body)
			page.orders[order.id] = order
	return page


def _read_in_parts(
	client: StoreClient, parameters: dict[str, Any], offset: int, size: int, error: StoreError
) -> ModifiedPage:
	smaller = SMALLER.get(size)
	if not smaller:
		since = parameters["modified_after"]
		return ModifiedPage(
			[],
			gaps=[Sentence("An order that was changed after {0} can't be read: {1}", since, error.message)],
		)
	whole = ModifiedPage([])
	for place in range(offset, offset + size, smaller):
		part = _read_light(client, parameters, place, smaller)
		whole.entries += part.entries
		whole.gaps += part.gaps
		whole.told_at = whole.told_at or part.told_at
		if part.is_last:
			whole.is_last = True
			break
	return whole
