"""Orders in the order of their last change: what a live sync asks for again and again.

Page numbers drift in this order: an order that is changed while the list is read leaves its place, and the one behind
it is skipped (observed). So each request begins at the last stamp that was seen. Only where more orders than a page
holds have one stamp is their part of the list read by place, with some of each part read twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.store.client import StoreClient
from jarz_woocommerce_integration.store.orders import MANIFEST_FIELDS, PAGE_SIZE, is_well, manifest_entry
from jarz_woocommerce_integration.store.payloads import ManifestEntry

SECOND = timedelta(seconds=1)
SMALLER = {100: 10, 10: 1}


@dataclass
class ModifiedPage:
	"""Some orders that were changed, by ascending stamp.

	:ivar entries: without those that a page before this one showed with the same stamp
	:ivar gaps: a sentence for each order that breaks any list it is in, so that not even its id can be told
	:ivar told_at: what the store's clock said then; None where it doesn't tell the time
	"""

	entries: list[ManifestEntry]
	gaps: list[str] = field(default_factory=list)
	told_at: datetime | None = None

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
	:raises StoreError: the store can't be read
	"""
	after = after.replace(microsecond=0)
	shown: dict[int, datetime | None] = {}
	offset = 0
	while True:
		answered = _read(client, _parameters(after, statuses), offset, page_size)
		entries = answered.entries
		answered.entries = [e for e in entries if e.id not in shown or shown[e.id] != e.date_modified_gmt]
		yield answered
		if answered.is_last:
			return
		shown.update((entry.id, entry.date_modified_gmt) for entry in entries)
		last = max((entry.date_modified_gmt for entry in entries if entry.date_modified_gmt), default=after)
		if last - SECOND > after and not answered.gaps:
			after, offset = last - SECOND, 0
			shown = {order_id: stamp for order_id, stamp in shown.items() if stamp is None or stamp >= last}
		else:
			offset += page_size - page_size // 5


@dataclass
class _Part(ModifiedPage):
	is_last: bool = False


def _parameters(after: datetime, statuses: tuple[str, ...] | None) -> dict[str, Any]:
	return {
		"status": ",".join(statuses or ("any",)),
		"orderby": "modified",
		"order": "asc",
		"modified_after": f"{after:%Y-%m-%dT%H:%M:%S}Z",
		# Without it, older versions read the value in the store's own time zone.
		"dates_are_gmt": "true",
		"_fields": MANIFEST_FIELDS,
	}


def _read(client: StoreClient, parameters: dict[str, Any], offset: int, size: int) -> _Part:
	"""A part of the list. What the store can't give while it is well otherwise is read in smaller parts."""
	try:
		answer = client.get("orders", {**parameters, "per_page": size, "offset": offset or None}, shape=list)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
		return _read_in_parts(client, parameters, offset, size, error)
	is_last = len(answer.body) < size and offset + size >= (answer.total or 0)
	entries = [manifest_entry(body) for body in answer.body]
	return _Part(entries, [], answer.told_at, is_last)


def _read_in_parts(
	client: StoreClient, parameters: dict[str, Any], offset: int, size: int, error: StoreError
) -> _Part:
	smaller = SMALLER.get(size)
	if not smaller:
		since = parameters["modified_after"]
		return _Part([], [f"An order that was changed after {since} can't be read: {error.message}"])
	whole = _Part([])
	for place in range(offset, offset + size, smaller):
		part = _read(client, parameters, place, smaller)
		whole.entries += part.entries
		whole.gaps += part.gaps
		whole.told_at = whole.told_at or part.told_at
		if part.is_last:
			whole.is_last = True
			break
	return whole
