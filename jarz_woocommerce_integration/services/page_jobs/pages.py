"""The pages of a run that is booked side by side: laid out once, then handed out, worked on, done, or tried again.

	Planned -> Queued -> Running -> Done
	              ^         |-> Retry -> Queued
	              |_________|-> Failed: three failures of its own park a page, and the run goes on

Each function is one short transaction of its own, between those that book. Rows are changed by their names: a run's
number is text in the column that names it, and a number there would lock the whole table.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised

PAGE = "WooCommerce Sync Page"
RUN = "WooCommerce Sync Run"
MOST_FAILURES = 3
LONGEST_ERROR = 1000
DATA_LENGTH = 140
UNFINISHED = ("Planned", "Queued", "Running", "Retry")

_ADD = """
INSERT IGNORE INTO `tabWooCommerce Sync Page` (name, creation, modified, owner, modified_by, run, number, state, orders,
	attempts, planned_orders, order_ids)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(run)s, %(number)s, 'Planned', 0, 0, %(planned)s, %(order_ids)s)
"""
_LAID_OUT = """
UPDATE `tabWooCommerce Sync Run` SET planned_pages = planned_pages + 1, planned_orders = planned_orders + %(planned)s
WHERE name = %(run)s
"""
_NEXT = """
SELECT name FROM `tabWooCommerce Sync Page`
WHERE run = %(run)s AND (state = 'Planned' OR (state = 'Retry' AND retry_at <= %(now)s)) AND number <= %(last)s
ORDER BY number LIMIT %(count)s
"""
_WAITING = """
SELECT name, state, attempts FROM `tabWooCommerce Sync Page`
WHERE run = %(run)s AND state IN ('Planned', 'Queued', 'Retry') AND number BETWEEN 1 AND %(last)s
ORDER BY number LIMIT %(count)s
"""
_MOVE = """
UPDATE `tabWooCommerce Sync Page` SET {changes} WHERE name IN %(names)s AND state IN %(states)s
"""
_CLAIM = """
UPDATE `tabWooCommerce Sync Page` SET state = 'Running', attempts = attempts + 1, started = %(now)s, worker = %(worker)s,
	modified = %(now)s
WHERE name = %(page)s AND state IN ('Queued', 'Running', 'Retry')
"""
_WORK = """
UPDATE `tabWooCommerce Sync Page` SET seconds = seconds + %(seconds)s, store_seconds = store_seconds + %(store)s,
	lookup_seconds = lookup_seconds + %(lookups)s, booking_seconds = booking_seconds + %(booking)s,
	proof_seconds = proof_seconds + %(proof)s,
	requests = requests + %(requests)s, memory_mb = GREATEST(memory_mb, %(memory)s)
WHERE name = %(page)s
"""
_REQUESTS = "UPDATE `tabWooCommerce Sync Run` SET requests = requests + %s WHERE name = %s"
# Whose turn it is: customers are made in the order of the pages, so that the books don't depend on who was faster.
_BEFORE = """
SELECT max(state = 'Running') FROM `tabWooCommerce Sync Page`
WHERE run = %s AND number < %s AND masters_made = 0 AND state NOT IN ('Done', 'Failed')
"""
_BACK = """
UPDATE `tabWooCommerce Sync Page` SET state = %(state)s, attempts = %(attempts)s,
	retry_at = %(retry_at)s, error_kind = %(kind)s, last_error = %(error)s, modified = %(now)s
WHERE name = %(page)s AND state IN ('Queued', 'Running', 'Retry')
"""


@dataclass(frozen=True, slots=True)
class Page:
	"""One page as it was laid out. :ivar attempts: the one that has begun counts"""

	name: str
	run: int
	number: int
	order_ids: list[int]
	attempts: int


# --- laying out ---


def lay_out(run: int, number: int, order_ids: Sequence[int]) -> None:
	"""Add a page with these orders. Commits."""
	values = {
		"name": f"{run}-{number}",
		"run": run,
		"number": number,
		"planned": len(order_ids),
		"order_ids": json.dumps(list(order_ids)),
		"now": now_datetime(),
		"user": frappe.session.user,
	}
	frappe.db.sql(_ADD, values)
	frappe.db.sql(_LAID_OUT, values)
	frappe.db.commit()


def last_laid_out(run: int) -> tuple[int, int]:
	"""Number of the last page, and its last order id; zeros where there is none."""
	fresh_snapshot()
	rows = frappe.db.sql(
		"SELECT number, order_ids FROM `tabWooCommerce Sync Page` WHERE run = %s AND number > 0"
		" ORDER BY number DESC LIMIT 1",
		(str(run),),
	)
	return (rows[0][0], json.loads(rows[0][1])[-1]) if rows else (0, 0)


# --- handing out ---


def counts(run: int) -> dict[str, int]:
	"""How many pages are in which state."""
	fresh_snapshot()
	return dict(
		frappe.db.sql(
			"SELECT state, count(*) FROM `tabWooCommerce Sync Page` WHERE run = %s AND number > 0 GROUP BY state",
			(str(run),),
		)
	)


def unfinished(run: int, last: int) -> int:
	"""How many pages up to this number are neither done nor parked."""
	fresh_snapshot()
	return frappe.db.count(
		PAGE, {"run": str(run), "number": ("between", (1, last)), "state": ("in", UNFINISHED)}
	)


def in_flight(run: int) -> list:
	"""Pages that are handed out: rows of name, state."""
	fresh_snapshot()
	return frappe.get_all(
		PAGE,
		filters={"run": str(run), "state": ("in", ("Queued", "Running"))},
		fields=["name", "state"],
		order_by="number",
	)


def is_in(name: str, state: str) -> bool:
	"""Whether a page is in this state by now."""
	fresh_snapshot()
	return frappe.db.get_value(PAGE, name, "state") == state


def hand_out(run: int, count: int, last: int) -> list[str]:
	"""The next pages that wait for somebody, lowest number first, as queued. Commits.

	:param last: no page with a higher number
	"""
	fresh_snapshot()
	now = now_datetime()
	names = [
		name for (name,) in frappe.db.sql(_NEXT, {"run": str(run), "now": now, "count": count, "last": last})
	]
	_move(names, ("Planned", "Retry"), state="Queued", queued_at=now, modified=now)
	return names


def waiting(run: int, others: int, last: int) -> list:
	"""The first pages that nobody works on, one more than the others may have begun by now: rows of name, state, attempts.

	:param last: no page with a higher number
	"""
	fresh_snapshot()
	return frappe.db.sql(_WAITING, {"run": str(run), "last": last, "count": others + 1}, as_dict=True)


def withdraw_queued(run: int) -> list[str]:
	"""Queued pages wait for nobody any more: back to planned. Commits."""
	names = _named(run, "Queued")
	_move(names, ("Queued",), state="Planned")
	return names


def _named(run: int, state: str) -> list[str]:
	fresh_snapshot()
	return frappe.get_all(PAGE, filters={"run": str(run), "state": state}, pluck="name")


def _move(names: Sequence[str], states: Sequence[str], **values) -> None:
	"""Change these pages, as far as they are in one of these states. Commits."""
	if names:
		changes = ", ".join(f"{name} = %({name})s" for name in values)
		frappe.db.sql(_MOVE.format(changes=changes), {**values, "names": names, "states": states})
	frappe.db.commit()


# --- working ---


def claim(name: str, worker: str) -> Page | None:
	"""Begin to work on a page, whose lock the caller holds. None where there is nothing to do any more. Commits."""
	fresh_snapshot()
	row = frappe.db.get_value(PAGE, name, ["name", "run", "number", "order_ids", "attempts"], as_dict=True)
	if not row or frappe.db.get_value(RUN, int(row.run), "status") != "Running":
		return None
	frappe.db.sql(_CLAIM, {"page": name, "worker": worker[:DATA_LENGTH], "now": now_datetime()})
	claimed = frappe.db._cursor.rowcount
	frappe.db.commit()
	if not claimed:
		return None
	return Page(row.name, int(row.run), row.number, json.loads(row.order_ids), row.attempts + 1)


def take(name: str, worker: str) -> Page | None:
	"""As `claim`, of a page for which no job is queued."""
	_move([name], ("Planned",), state="Queued", queued_at=now_datetime())
	return claim(name, worker)


def may_make_masters(page: Page) -> bool | None:
	"""Whether it is this page's turn to make customers; None where the page before it isn't being worked on."""
	fresh_snapshot()
	((running,),) = frappe.db.sql(_BEFORE, (str(page.run), page.number))
	return True if running is None else (False if running else None)


def note_masters_made(page: Page) -> None:
	"""The next page's turn. Commits."""
	frappe.db.set_value(PAGE, page.name, "masters_made", 1, update_modified=False)
	frappe.db.commit()


def note_work(page: Page, **work: float) -> None:
	"""Add what one attempt cost: `seconds`, `store`, `lookups`, `booking`, `proof` (seconds), `requests`, `memory` (MB). Commits."""
	fresh_snapshot()
	frappe.db.sql(_WORK, {"page": page.name, **work})
	frappe.db.sql(_REQUESTS, (work["requests"], page.run))
	frappe.db.commit()


def give_back(
	name: str,
	kind: str = "",
	error: str = "",
	seconds: float = 0.0,
	is_its_own: bool = False,
	has_begun: bool = True,
	only_if: str = "",
) -> bool:
	"""A page that couldn't be finished waits for another attempt, or is parked after its third failure. Commits.

	:param kind: of the error, as people group it; :param error: in plain words
	:param seconds: no attempt before
	:param is_its_own: the failure counts against the page; an outage of the store or of the site doesn't
	:param has_begun: the page was claimed for the attempt that failed
	:param only_if: the state in which the caller saw the page; in another one by now it is left alone
	:returns: whether it is parked
	"""
	fresh_snapshot()
	now = now_datetime()
	# Counted where it begins.
	row = frappe.db.get_value(PAGE, name, ["state", "attempts"], as_dict=True, for_update=True)
	if only_if and row.state != only_if:
		frappe.db.rollback()
		return False
	attempts = row.attempts + is_its_own - has_begun
	parked = is_its_own and attempts >= MOST_FAILURES
	values = {
		"page": name,
		"state": "Failed" if parked else "Retry",
		"attempts": max(attempts, 0),
		"retry_at": None if parked else now + timedelta(seconds=seconds),
		"kind": kind[:DATA_LENGTH] or None,
		"error": sanitised(error, LONGEST_ERROR) or None,
		"now": now,
	}
	frappe.db.sql(_BACK, values)
	frappe.db.commit()
	return parked


def renew_failed(run: int) -> int:
	"""Parked pages get three attempts more. Returns how many there are. Commits."""
	names = _named(run, "Failed")
	_move(names, ("Failed",), state="Planned", attempts=0, retry_at=None)
	return len(names)


def first_unfinished(run: int) -> int:
	"""Number of the first page that isn't done or parked; where there is none, that of the next one to be laid out."""
	fresh_snapshot()
	((number,),) = frappe.db.sql(
		"SELECT min(number) FROM `tabWooCommerce Sync Page` WHERE run = %s AND number > 0 AND state IN %s",
		(str(run), UNFINISHED),
	)
	return number or last_laid_out(run)[0] + 1
