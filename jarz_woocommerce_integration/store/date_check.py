"""Whether a store reads date filters as they are meant: an order that is known must be in each answer that must have it.

What a filter leaves out nobody sees: an answer without the newest orders looks like that of a quiet shop. So the reading is
checked on the shop itself, in one request by an order that is known, in a few more where that one isn't in the answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from jarz_woocommerce_integration.exceptions import StoreDateFilterError, StoreError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.dates import date_filters
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.orders import (
	INCLUDE_LIMIT,
	MANIFEST_FIELDS,
	OrderWindow,
	is_well,
	manifest_entries,
	read_manifest_of,
)
from jarz_woocommerce_integration.store.paging import PAST_THE_CACHE
from jarz_woocommerce_integration.store.payloads import ManifestEntry

SECOND = timedelta(seconds=1)
A_FEW = 10
# The store's clock and ours may differ; an order of the future proves little.
NOT_YET = timedelta(minutes=15)
WHAT_TO_DO = (
	"No order is lost: nothing is passed over until the answer is right. Check whether the shop's time zone was changed "
	"(Settings > General), and which plugin of the shop changes or caches answers of the REST API: switch off the plugins "
	"that were added or updated last, one by one, and use Check Connection after each."
)
_WORDS = {"modified_after": "changed after", "after": "made after", "before": "made before"}


def check_dates(client: StoreClient, statuses: tuple[str, ...] | None = None) -> ManifestEntry | None:
	"""Check the store's reading by its newest order that can serve. Once for each client.

	:returns: the order; None where there is none that can serve, or it was done before
	:raises StoreDateFilterError: the reading is wrong; :raises StoreError: the store can't be read
	"""
	if client.has_checked_dates:
		return None
	for entry in newest_orders(client, statuses):
		if check_by_order(client, entry, statuses):
			client.has_checked_dates = True
			return entry
	return None


def check_window(client: StoreClient, window: OrderWindow) -> None:
	"""As `check_dates`, before orders of a window are read that is asked for by date."""
	if window.before or window.after or window.modified_after:
		check_dates(client, window.statuses)


def newest_orders(client: StoreClient, statuses: tuple[str, ...] | None) -> Iterator[ManifestEntry]:
	"""Some of the orders that were made last, the newest first, those of the future at the end. :raises StoreError: the store can't be read"""
	asked = {"status": ",".join(statuses or ("any",)), "orderby": "date", "order": "desc"}
	for offset in range(0, 3 * A_FEW, A_FEW):
		parameters = {
			**asked,
			"per_page": A_FEW,
			"offset": offset or None,
			"_fields": MANIFEST_FIELDS,
		}
		try:
			answer = client.get("orders", parameters, shape=list)
		except StoreError as error:
			# One of these orders breaks every list it is in: the next ones can serve.
			if not error.retryable or not is_well(client):
				raise
			continue
		latest = (answer.told_at or datetime.now(timezone.utc)) + NOT_YET
		entries = [entry for entry in manifest_entries(answer.body, ManifestEntry) if entry.date_created_gmt]
		yield from sorted(entries, key=lambda entry: (entry.date_created_gmt or latest) > latest)
		return


def check_by_order(client: StoreClient, known: ManifestEntry, statuses: tuple[str, ...] | None) -> bool:
	"""Whether filters that an order just passes give it. One request where they do.

	:param known: the order, as the store showed it at any time; :param statuses: among which the lists are asked for it
	:returns: False where it can't serve: no list shows it any more, whatever is asked, or it breaks each that does
	:raises StoreDateFilterError: the store leaves it out, or shows others
	"""
	try:
		return _check_by_order(client, known, statuses)
	except StoreError as error:
		if not error.retryable or not is_well(client):
			raise
		return False


def _check_by_order(client: StoreClient, known: ManifestEntry, statuses: tuple[str, ...] | None) -> bool:
	if _gives(client, known, _around(known), statuses):
		return True
	# Since it was seen it may have been deleted, trashed, hidden, or been given earlier dates.
	current = next(iter(read_manifest_of(client, [known.id], statuses)), None)
	if current is None:
		return False
	for name, moment in _around(current).items():
		if not _gives(client, current, {name: moment}, statuses):
			raise leaves_out(current, name, moment)
	return True


def leaves_out(order: ManifestEntry, name: str, moment: datetime) -> StoreDateFilterError:
	"""The error that says which order an answer must have. :param name: of the filter"""
	stamp = order.date_modified_gmt if name == "modified_after" else order.date_created_gmt
	did = "changed" if name == "modified_after" else "made"
	return StoreDateFilterError(
		Sentence(
			"The store's list of orders that were {0} {1} leaves out order {2}, which was {3} at"
			" {4}. The store reads dates in another time zone, or its answer is an old one: the"
			" newest orders would be missed.",
			_WORDS[name],
			_in_words(moment),
			order.id,
			did,
			_in_words(stamp),
		),
		WHAT_TO_DO,
	)


def _around(order: ManifestEntry) -> dict[str, datetime]:
	"""The narrowest filters that the order passes."""
	moments: dict[str, datetime] = {}
	if order.date_modified_gmt:
		moments["modified_after"] = order.date_modified_gmt - SECOND
	if order.date_created_gmt:
		moments["after"] = order.date_created_gmt - SECOND
		moments["before"] = order.date_created_gmt + SECOND
	return moments


def _gives(
	client: StoreClient, order: ManifestEntry, moments: dict[str, datetime], statuses: tuple[str, ...] | None
) -> bool:
	asked: dict[str, Any] = {
		"status": ",".join(statuses or ("any",)),
		"include": [order.id],
		"per_page": INCLUDE_LIMIT,
		"_fields": MANIFEST_FIELDS,
		**date_filters(moments, client.zone),
	}
	bodies = client.get("orders", asked, shape=list).body
	ids = {entry.id for entry in manifest_entries(bodies, ManifestEntry)}
	if others := ids - {order.id}:
		raise StoreDateFilterError(
			Sentence(
				"The store was asked for order {0} alone and answers with others, such as order {1}.",
				order.id,
				min(others),
			),
			PAST_THE_CACHE,
		)
	return order.id in ids


def _in_words(moment: datetime | None) -> str:
	return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "a time that the store doesn't say"
