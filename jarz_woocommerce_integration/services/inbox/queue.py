"""What is to be read again from a shop: one row for each time that it was noted.

Whoever hears of a change (the webhook, the scheduler, a reconciliation, a person) notes it here and enqueues the work;
`services.inbox.work` reads what has changed as it is then. So neither the order of messages nor repeats matter, and what
is noted is done, whatever ends in between. Many rows of one change are one piece of work.

Nothing here commits. The clock is the site's, as that of the columns.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import sanitised, to_utc_column
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

INBOX = "WooCommerce Inbox"
ORDER, CUSTOMER, PRODUCT = "order", "customer", "product"
WEBHOOK, SCHEDULER, RECONCILIATION, PERSON = "Webhook", "Scheduler", "Reconciliation", "Person"
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.inbox.work.work_on",
	"woo_inbox",
	at_once=True,
	pauses=(1, 5, 15, 60, 240, 720),
)
WAITING, DONE, GIVEN_UP = "Waiting", "Done", "Given Up"
LONGEST_ERROR = 1000
# What is worked on also while the store isn't kept in step.
ASKED_FOR = (PERSON, RECONCILIATION)
# There may be thousands of these, and an order that was just made shouldn't wait behind them.
UNHURRIED = (RECONCILIATION, SCHEDULER)
ALL_SOURCES = (*ASKED_FOR, SCHEDULER, WEBHOOK)

_NOTE = """
INSERT INTO `tabWooCommerce Inbox`
	(name, creation, modified, owner, modified_by, store, resource, woo_id, topic, source, received, stamp_gmt, state, attempts)
VALUES {rows}
"""
# A plugin may have touched thousands, whose webhooks came before that of an order that was just made.
_DUE = """
SELECT noted.woo_id FROM (
	SELECT woo_id, min(name) AS first, min(source IN %(unhurried)s) AS unhurried, max(source = 'Person') AS by_person,
		max(source <> 'Reconciliation') AS by_others
	FROM `tabWooCommerce Inbox`
	WHERE state = 'Waiting' AND store = %(store)s AND resource = %(resource)s AND source IN %(sources)s
		AND (next_attempt IS NULL OR next_attempt <= %(now)s)
	GROUP BY woo_id
) noted
LEFT JOIN `tabWooCommerce Order Map` map
	ON map.store = %(store)s AND map.woo_order_id = noted.woo_id AND map.state <> '' AND %(resource)s = 'order'
ORDER BY CASE
	WHEN noted.by_person THEN 0
	WHEN map.name IS NULL AND NOT noted.unhurried THEN 0
	WHEN map.name IS NULL AND noted.by_others THEN 1
	WHEN NOT noted.unhurried THEN 2
	ELSE 3
END, noted.first LIMIT %(limit)s
"""
_OF_THESE = """
SELECT name, woo_id, source, attempts, at_once FROM `tabWooCommerce Inbox`
WHERE store = %(store)s AND resource = %(resource)s AND woo_id IN %(ids)s AND state = 'Waiting' ORDER BY name
"""
_CHANGE = """
UPDATE `tabWooCommerce Inbox` SET modified = %(now)s, {values}
WHERE store = %(store)s AND resource = %(resource)s AND woo_id IN %(ids)s AND state = 'Waiting' AND name <= %(last)s
"""
_NEXT_ATTEMPT = """
SELECT min(next_attempt) FROM `tabWooCommerce Inbox`
WHERE state = 'Waiting' AND store = %(store)s AND source IN %(sources)s
"""
_STORES_WITH_DUE = """
SELECT DISTINCT store FROM `tabWooCommerce Inbox`
WHERE state = 'Waiting' AND (next_attempt IS NULL OR next_attempt <= %(now)s) AND (source IN %(asked_for)s OR store IN %(live)s)
"""
_OLDEST = """
SELECT count(DISTINCT resource, woo_id) AS depth, min(received) AS received FROM `tabWooCommerce Inbox`
WHERE state = 'Waiting' AND store = %s
"""
_NOTED = """
SELECT woo_id, stamp_gmt FROM `tabWooCommerce Inbox`
WHERE state IN ('Waiting', 'Given Up') AND store = %s AND resource = 'order' AND woo_id IN %s AND stamp_gmt IS NOT NULL
"""


# --- what is noted ---


def note(store: str, resource: str, woo_id: int, source: str, topic: str = "") -> None:
	"""Note that a thing of the shop has changed. Commits nothing.

	:param resource: `ORDER`, `CUSTOMER` or `PRODUCT`; :param source: who notes it; :param topic: of a webhook
	"""
	note_many(store, resource, [(woo_id, None)], source, topic)


def note_many(
	store: str,
	resource: str,
	changed: Iterable[tuple[int, datetime | None]],
	source: str,
	topic: str = "",
) -> None:
	"""As `note`, for many at once. :param changed: ids with the stamps of their last change (UTC) where they are known"""
	now, user = now_datetime(), frappe.session.user
	rows = [
		(
			frappe.db.get_next_sequence_val(INBOX),
			now,
			now,
			user,
			user,
			store,
			resource,
			woo_id,
			topic,
			source,
			now,
			to_utc_column(stamp),
			"Waiting",
			0,
		)
		for woo_id, stamp in changed
	]
	if rows:
		frappe.db.sql(_NOTE.format(rows=", ".join(["%s"] * len(rows))), rows)


# --- what is worked on ---


@dataclass
class PendingChange:
	"""What the rows say of one change of the shop.

	:ivar source: who noted it first; :ivar attempts: how often it was tried in vain
	:ivar last: the newest row; what is noted after it is worked on again
	:ivar at_once: so many were worked on with it by somebody who has written no end of it; 0 where nobody has begun
	"""

	woo_id: int
	source: str
	attempts: int
	last: int
	at_once: int = 0


def due(store: str, resource: str, sources: Iterable[str], limit: int) -> list[int]:
	"""The ids of changes whose time has come: first what a person waits for and orders that the books don't know, and of
	that the longest waiting."""
	values = {
		"store": store,
		"resource": resource,
		"sources": tuple(sources),
		"unhurried": UNHURRIED,
		"now": now_datetime(),
		"limit": limit,
	}
	return frappe.db.sql(_DUE, values, pluck=True)


def waiting(store: str, resource: str, ids: Iterable[int]) -> dict[int, PendingChange]:
	"""What is noted of these changes and isn't done. A person who asks again has them tried from the start."""
	changes: dict[int, PendingChange] = {}
	if not (ids := tuple(ids)):
		return changes
	rows = frappe.db.sql(_OF_THESE, {"store": store, "resource": resource, "ids": ids}, as_dict=True)
	for row in rows:
		change = changes.setdefault(row.woo_id, PendingChange(row.woo_id, row.source, 0, row.name))
		begins_anew = row.source == PERSON and not (row.attempts or row.at_once)
		change.attempts = 0 if begins_anew else max(change.attempts, row.attempts)
		change.at_once = 0 if begins_anew else max(change.at_once, row.at_once)
		change.last = row.name
	return changes


def begin(store: str, resource: str, changes: Collection[PendingChange]) -> None:
	"""These are worked on together from now on. Whoever finds it like this when nobody has them knows of a worker that died."""
	_write(store, resource, changes, at_once=len(changes))


def leave(store: str, resource: str, changes: Iterable[PendingChange]) -> None:
	"""Nothing came of these, through no fault of theirs."""
	_write(store, resource, changes, at_once=0)


def finish(store: str, resource: str, changes: Iterable[PendingChange]) -> None:
	"""What was noted of these changes until now is done."""
	_change(store, resource, changes, state=DONE, finished=now_datetime(), next_attempt=None, last_error=None)


def give_up(store: str, resource: str, changes: Iterable[PendingChange], error: str) -> None:
	_change(
		store,
		resource,
		changes,
		state=GIVEN_UP,
		finished=now_datetime(),
		next_attempt=None,
		last_error=_error_text(error),
	)


def try_again(store: str, resource: str, change: PendingChange, after: timedelta, error: str) -> None:
	"""It failed once more, and is due again after that time."""
	_change(
		store,
		resource,
		[change],
		attempts=change.attempts + 1,
		next_attempt=now_datetime() + after,
		last_error=_error_text(error),
	)


def postpone(store: str, resource: str, changes: Iterable[PendingChange], after: timedelta) -> None:
	"""Somebody else has them: no attempt was made."""
	_change(store, resource, changes, next_attempt=now_datetime() + after)


def _change(store: str, resource: str, changes: Iterable[PendingChange], **values) -> None:
	"""Nobody works on them any more."""
	_write(store, resource, changes, at_once=0, **values)


def _write(store: str, resource: str, changes: Iterable[PendingChange], **values) -> None:
	changes = list(changes)
	if not changes:
		return
	query = _CHANGE.format(values=", ".join(f"{name} = %({name})s" for name in values))
	where = {
		"store": store,
		"resource": resource,
		"ids": tuple(change.woo_id for change in changes),
		# What came later, of whichever of them, waits: what was read may be older.
		"last": max(change.last for change in changes),
		"now": now_datetime(),
	}
	frappe.db.sql(query, {**values, **where})


def _error_text(error: str) -> str:
	return sanitised(error, LONGEST_ERROR)


# --- what waits ---


def next_attempt(store: str, sources: Iterable[str]) -> datetime | None:
	"""When the next change is due that waits for its time."""
	return frappe.db.sql(_NEXT_ATTEMPT, {"store": store, "sources": tuple(sources)})[0][0]


def stores_with_due(live: Iterable[str]) -> list[str]:
	"""Stores with something whose time has come. :param live: those that are kept in step"""
	values = {"now": now_datetime(), "asked_for": ASKED_FOR, "live": (*live, "")}
	return [store for (store,) in frappe.db.sql(_STORES_WITH_DUE, values)]


def depth(store: str) -> tuple[int, datetime | None]:
	"""How many changes wait, and since when the first of them (site's clock)."""
	return frappe.db.sql(_OLDEST, store)[0]


def noted(store: str, order_ids: Iterable[int]) -> set[tuple[int, datetime]]:
	"""Which changes of these orders wait already, or were tried in vain: id and stamp (UTC, as a column has it)."""
	ids = tuple(order_ids)
	return set(frappe.db.sql(_NOTED, (store, ids))) if ids else set()


def given_up(store: str) -> int:
	return frappe.db.count(INBOX, {"store": store, "state": GIVEN_UP})
