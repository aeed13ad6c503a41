"""How far a store is kept in step, and what is in the way: its own columns, and a pause while the shop is out.

What is written here is committed at once, between two pieces of work, so that a job that ends badly still says why.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe.utils import convert_utc_to_system_timezone, now_datetime

from jarz_woocommerce_integration.exceptions import (
	StoreListError,
	StoreThrottledError,
	WooCommerceIntegrationError,
)
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised, to_utc_column
from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.services.live.session import just_now
from jarz_woocommerce_integration.services.session.background import in_words

STORE = "WooCommerce Store"
LONGEST_ERROR = 1000
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 300.0  # seconds
MOST_DOUBLINGS = 10  # days without the shop have more failures than a float has room for
FORGOTTEN_AFTER = 3600

_POSITION = """
SELECT store.synced_until, store.noted_until, (
	SELECT min(stamp_gmt) FROM `tabWooCommerce Inbox`
	WHERE state = 'Waiting' AND store = store.name AND resource = 'order') AS oldest
FROM `tabWooCommerce Store` store WHERE store.name = %s
"""


# --- the cursor ---


def move_cursor(store: str, noted_until: datetime | None = None) -> None:
	"""Let the cursor follow: it is the stamp up to which every change has a state. Commits.

	It never passes what waits in the inbox, and never goes back.

	:param noted_until: up to here (UTC, a column's) all is in the inbox or has a state
	"""
	fresh_snapshot()
	((synced, noted, oldest),) = frappe.db.sql(_POSITION, store)
	noted = max(filter(None, (noted, noted_until)), default=None)
	reached = min(filter(None, (noted, oldest and oldest - timedelta(seconds=1))), default=None)
	if noted is None or reached is None:
		return
	_write(store, noted_until=noted, synced_until=max(filter(None, (synced, reached))))


def note_whole(store: str) -> None:
	"""The shop was looked at, and all that was changed there is noted. Commits."""
	_write(store, last_synced=now_datetime(), sync_error=None, sync_stopped=0)


def begin_where_it_is_new(store: str) -> None:
	"""Write down since when the store is kept in step, where nobody has. Commits."""
	if not frappe.db.get_value(STORE, store, "live_since"):
		_write(store, live_since=to_utc_column(just_now()))


def has_due(store: str) -> bool:
	"""Whether anything of the store is to be worked on now."""
	fresh_snapshot()
	live = [store] if frappe.db.get_value(STORE, store, "live_sync") else []
	return store in inbox.stores_with_due(live)


def lag(store: str) -> float | None:
	"""Seconds by which the books may be behind the shop: since it was last looked at, or since the oldest thing waits.

	None where it isn't kept in step.
	"""
	row = frappe.db.get_value(
		STORE, store, ["enabled", "live_sync", "last_synced", "live_since"], as_dict=True
	)
	if not (row and row.enabled and row.live_sync):
		return None
	began = row.live_since and convert_utc_to_system_timezone(row.live_since).replace(tzinfo=None)
	_depth, waits_since = inbox.depth(store)
	now = now_datetime()
	since = min(filter(None, (row.last_synced or began, waits_since)), default=now)
	return max((now - since).total_seconds(), 0.0)


# --- what is in the way ---


@dataclass
class Trouble:
	"""The error that ended a piece of work, None where none did."""

	error: WooCommerceIntegrationError | None = None


@contextmanager
def troubles_noted(store: str) -> Iterator[Trouble]:
	"""An error of ours ends what is inside, and is written down with the store; the shop is left alone for a while then."""
	trouble = Trouble()
	try:
		yield trouble
	except WooCommerceIntegrationError as error:
		trouble.error = error
		note_trouble(store, error)
		_pause(store, error)
	except Exception as error:
		note_trouble(store, error)
		raise
	else:
		_note_well(store)


def note_trouble(store: str, error: BaseException | str) -> None:
	"""Write down what is in the way, and whether it stays until a person does something. Commits."""
	text = sanitised(error if isinstance(error, str) else in_words(error), LONGEST_ERROR)
	_write(store, sync_error=text, sync_stopped=int(isinstance(error, StoreListError)))


def may_be_asked(store: str) -> bool:
	"""Whether the shop isn't left alone just now."""
	return pause_left(store) <= 0


def pause_left(store: str) -> float:
	"""Seconds for which the live sync leaves the shop alone, 0 where it doesn't."""
	_failures, until = frappe.cache.get_value(_pause_key(store), expires=True) or (0, 0)
	return max(until - time.time(), 0.0)


def forget_pause(store: str) -> None:
	"""Ask the shop again with the next job: what was in the way may be gone."""
	frappe.cache.delete_value(_pause_key(store))


def _pause(store: str, error: WooCommerceIntegrationError) -> None:
	"""Longer each time. Redis may forget it: then the shop is asked once more."""
	failures, _until = frappe.cache.get_value(_pause_key(store), expires=True) or (0, 0)
	asked_for = error.retry_after if isinstance(error, StoreThrottledError) else 0.0
	pause = max(min(FIRST_PAUSE * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_PAUSE), asked_for)
	paused = (failures + 1, time.time() + pause)
	frappe.cache.set_value(_pause_key(store), paused, expires_in_sec=int(pause) + FORGOTTEN_AFTER)


def _note_well(store: str) -> None:
	if frappe.cache.get_value(_pause_key(store), expires=True):
		frappe.cache.delete_value(_pause_key(store))
		_write(store, sync_error=None)


def _pause_key(store: str) -> str:
	return f"woo_store_pause|{store}"


def _write(store: str, **values) -> None:
	fresh_snapshot()
	frappe.db.set_value(STORE, store, values, update_modified=False)
	frappe.db.commit()
