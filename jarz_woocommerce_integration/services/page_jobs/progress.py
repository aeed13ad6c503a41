"""How a run stands, as plain data for whoever shows it: read in a fixed number of queries, however large the run is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import frappe
from frappe.utils import now_datetime
from redis.exceptions import RedisError

from jarz_woocommerce_integration.exceptions import WooCommerceIntegrationError
from jarz_woocommerce_integration.ledger.erpnext.runs import COUNTED, RUN
from jarz_woocommerce_integration.services.migration.estimates import PageTime, seconds_left
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, work_at_hand
from jarz_woocommerce_integration.services.proof import jobs as run_verification
from jarz_woocommerce_integration.services.session import runs as site_runs, session as site_store
from jarz_woocommerce_integration.services.session.progress_of_process import Noted, read as read_progress
from jarz_woocommerce_integration.services.session.work_states import AT_WORK, WAITING, state_of, waiting
from jarz_woocommerce_integration.services.undo import book_anew, undo

STATES = {"P": "Planned", "Q": "Queued", "R": "Running", "D": "Done", "T": "Retry", "F": "Failed"}
LETTERS = {state: letter for letter, state in STATES.items()}
OF_THE_RUN = (
	"name",
	"store",
	"kind",
	"status",
	"phase",
	"settling_round",
	"waiting_for",
	"last_error",
	"started",
	"finished",
	"workers",
	"page_limit",
	"planned_orders",
	"orders",
	"requests",
	"undone",
	"kept",
	*COUNTED,
)
GONE = "gone"
BOOKING_KINDS = ("Migration", "Live Sync")
ENDED = ("Paused", "Stopped", "Failed", "Completed")
# As long as a rate is looked at, and as long a worker that commits nothing is still shown.
RATE_WINDOW = timedelta(minutes=5)
WORKER_WINDOW = timedelta(minutes=15)
MOST_WORKERS = 20
MOST_PAGE_NUMBERS = 20

_PAGES = """
SELECT number, state, orders, planned_orders, started, committed, worker, memory_mb, error_kind, LEFT(last_error, 300),
	seconds, proof_seconds
FROM `tabWooCommerce Sync Page` WHERE run = %s AND number > 0 ORDER BY number
"""
_ORDERS = """
SELECT state, coalesce(reason, '') AS reason, count(*) AS orders,
	max(LEFT(coalesce(nullif(message, ''), last_error, ''), 300)) AS example
FROM `tabWooCommerce Order Map` WHERE run = %s AND state IN ('Held', 'Failed') GROUP BY state, reason
ORDER BY orders DESC, reason
"""


class Page(NamedTuple):
	"""A row of WooCommerce Sync Page; times are of the site's clock."""

	number: int
	state: str
	orders: int
	planned_orders: int
	started: datetime | None
	committed: datetime | None
	worker: str | None
	memory_mb: int
	error_kind: str | None
	last_error: str | None
	seconds: float
	proof_seconds: float

	@property
	def orders_done(self) -> int:
		"""A page that was worked on twice has counted its orders twice; one that is done is done with all of them."""
		if not self.planned_orders:
			return self.orders
		if self.state == "Done":
			return self.planned_orders
		return min(self.orders, self.planned_orders)


def run_progress(run: int) -> dict:
	"""How the run stands.

	:returns: `status`, `phase` and the other fields of the run by their names; `verifying`, whether a proof is asked for;
		`booking_anew`, whether orders are to be taken back and booked anew;
		`work`, whether what the run is to do now is "at_work", "waiting" for a worker, has "nobody" to begin it or is "gone";
		None where nothing is to be done;
		`seconds` since its start until its end, breaks included;
		`pages`: {"by_state", "strip": [{"first": number, "states": a letter of `STATES` a page}]};
		`orders`: {"planned" (0 where it isn't known), "done", "a_minute" (over the last five minutes), "a_minute_overall",
		"seconds_left"}, the last three None where they isn't known;
		`counters`: what became of the orders; `requests`: {"of_run", "used" in this minute by all, "limit" or None};
		`workers_seen`: [{"worker", "memory_mb" at its peak, "page", "running_for" seconds, both None if idle}];
		`held`: [{"reason", "orders"}]; `failed_orders`: [{"reason", "orders", "example"}];
		`failed_pages`, those to be retried among them: [{"kind", "count", "example", "pages": the first numbers}];
		`can`: names of the actions that its state allows
	:raises frappe.DoesNotExistError: there is no such run
	"""
	row = frappe.db.get_value(RUN, run, OF_THE_RUN, as_dict=True)
	if not row:
		raise frappe.DoesNotExistError
	# A run's number is text in the columns that name it: compared with a number, their indexes are of no use.
	pages = [Page(*values) for values in frappe.db.sql(_PAGES, (str(run),))]
	orders = frappe.db.sql(_ORDERS, (str(run),), as_dict=True)
	now = now_datetime()
	by_state = _by_state(pages)
	row.has_suspects = (
		row.kind == "Migration" and row.status in book_anew.ENDED and book_anew.is_needed(row.name)
	)
	until = _until(row, pages, now)
	# Without page jobs, the process that books says how far it is.
	of_process = read_progress(row.name) if row.status == "Running" and not row.workers else None
	if of_process and of_process.phase == "verifying":
		row.phase = "Proving"
	fields = ("name", "store", "kind", "status", "phase", "settling_round", "waiting_for", "last_error")
	return {
		**{name: row[name] for name in fields},
		"workers": row.workers,
		"undone": row.undone,
		"kept": row.kept,
		**_work(row, by_state),
		"seconds": _seconds(row.started, until),
		"pages": {"by_state": by_state, "strip": _strip(pages)},
		"orders": _orders(row, pages, now, until, of_process),
		"counters": {name: row[name] or 0 for name in COUNTED},
		"requests": {"of_run": row.requests or 0, **requests_of_this_minute(row.store)},
		"workers_seen": _workers(pages, row.status, now),
		"held": [{"reason": o.reason, "orders": o.orders} for o in orders if o.state == "Held"],
		"failed_orders": [
			{"reason": o.reason, "orders": o.orders, "example": o.example}
			for o in orders
			if o.state == "Failed"
		],
		"failed_pages": _failed_pages(pages),
		"can": allowed_actions(row, by_state.get("Failed", 0), any(o.state == "Failed" for o in orders)),
	}


def _work(row: frappe._dict, pages: dict[str, int]) -> dict:
	"""What is to be done with the run now, and whether somebody does it."""
	verifying: str | None = None
	anew: str | None = None
	work: str | None
	if row.status == "Undoing":
		work = undo.state(row.name, row.store) or GONE
	elif row.status == "Running":
		work = _migrates(row, pages) or GONE
	else:
		verifying = run_verification.state(row.name)
		anew = book_anew.state(row.name) if row.status in book_anew.ENDED else None
		work = anew or verifying
	return {"work": work, "verifying": bool(verifying), "booking_anew": bool(anew)}


def _migrates(row: frappe._dict, pages: dict[str, int]) -> str | None:
	if not row.workers:
		return AT_WORK if site_runs.is_migrating(row.store) else None
	if pages.get("Running"):
		return AT_WORK
	job = page_feed.run_job(row.name)
	try:
		if pages.get("Queued"):
			return waiting()
		# The minute's sweep takes up what waits for the shop, or what Redis has forgotten.
		return state_of([job.id], job.lock) or WAITING
	except RedisError:
		return WAITING


def allowed_actions(run: frappe._dict, failed_pages: int, has_failed_orders: bool) -> list[str]:
	"""What a person may do with a run in its state. One that is booked in one process is steered where it runs.

	:param run: its `kind`, `status`, `workers`, `kept`, and `has_suspects`: orders that were booked as a kind that has failed
	"""
	is_migration, status = run.kind == "Migration", run.status
	side_by_side = is_migration and run.workers > 0
	# Before the end, pages are tried again and not orders, which the run itself reads once more as it ends.
	has_failed = failed_pages > 0 or (has_failed_orders and status == "Completed")
	allowed = {
		"pause": side_by_side and status == "Running",
		"resume": side_by_side and status in ("Paused", "Stopped", "Failed"),
		"stop": side_by_side and status in ("Running", "Paused"),
		"retry_failed": side_by_side and has_failed and status in ("Running", *ENDED),
		"verify": is_migration and status in ENDED,
		"book_anew": is_migration and status in book_anew.ENDED and bool(run.has_suspects),
		"undo": run.kind in BOOKING_KINDS and status in (*ENDED, "Replaced"),
		# An undo that was killed goes on where it was, and what was kept is looked at once more.
		"undo_again": status == "Undoing" or (status == "Undone" and run.kept > 0),
	}
	return [action for action, is_allowed in allowed.items() if is_allowed]


# --- pages ---


def _by_state(pages: Sequence[Page]) -> dict[str, int]:
	counts = dict.fromkeys(LETTERS, 0)
	for page in pages:
		counts[page.state] += 1
	return {state: count for state, count in counts.items() if count}


def _strip(pages: Sequence[Page]) -> list[dict]:
	"""The states in order of number, a new part wherever numbers are missing."""
	parts: list[dict] = []
	following = None
	for page in pages:
		if page.number != following:
			parts.append({"first": page.number, "states": ""})
		parts[-1]["states"] += LETTERS[page.state]
		following = page.number + 1
	return parts


def _failed_pages(pages: Sequence[Page]) -> list[dict]:
	kinds: dict[str, list[Page]] = defaultdict(list)
	for page in pages:
		if page.state in ("Failed", "Retry"):
			kinds[page.error_kind or ""].append(page)
	return [
		{
			"kind": kind,
			"count": len(failed),
			"example": failed[-1].last_error or "",
			"pages": [page.number for page in failed[:MOST_PAGE_NUMBERS]],
		}
		for kind, failed in sorted(kinds.items(), key=lambda pair: -len(pair[1]))
	]


# --- orders and time ---


def _until(row: frappe._dict, pages: Sequence[Page], now: datetime) -> datetime:
	"""The moment up to which the run's time is counted: the last commit of one that rests."""
	if row.status == "Running":
		return now
	return row.finished or max((page.committed for page in pages if page.committed), default=now)


def _orders(
	row: frappe._dict, pages: Sequence[Page], now: datetime, until: datetime, of_process: Noted | None
) -> dict:
	planned = row.planned_orders or 0
	pages = [_with_work_at_hand(row.name, page) for page in pages]
	done = sum(page.orders_done for page in pages) if planned else row.orders or 0
	rate = _lately(row, pages, now) if row.status == "Running" else None
	seconds = _seconds(row.started, until)
	left = None
	if planned and rate and row.phase in ("Booking", "Settling") and not row.waiting_for:
		to_come = sum(page.planned_orders - page.orders_done for page in _asked(row, pages))
		left = round(_seconds_left(pages, to_come, now) or to_come / rate * 60)
	if of_process:
		planned, done, left = of_process.total or 0, of_process.done, of_process.seconds_left
	return {
		"planned": planned,
		"done": done,
		"a_minute": rate and round(rate, 1),
		"a_minute_overall": round(done / seconds * 60, 1) if done and seconds else None,
		"seconds_left": left,
	}


def _with_work_at_hand(run: int, page: Page) -> Page:
	"""A page that is booked now has committed nothing yet, or a part."""
	if page.state != "Running":
		return page
	return page._replace(orders=max(page.orders, work_at_hand.read(f"{run}-{page.number}")))


def _seconds_left(pages: Sequence[Page], orders: int, now: datetime) -> float | None:
	"""By what the pages took and how many were worked on at once. None where their work isn't known."""
	worked = [page for page in pages if page.state == "Done" and page.seconds]
	lately = [
		page for page in worked if page.started and page.committed and page.committed > now - RATE_WINDOW
	]
	if not lately:
		return None
	alone = seconds_left(
		[PageTime(page.orders_done, page.seconds, page.proof_seconds) for page in worked], orders
	)
	wall = max((now - min(page.started for page in lately if page.started)).total_seconds(), 1)
	at_once = sum(page.seconds for page in lately) / wall
	return alone and alone / at_once


def _asked(row: frappe._dict, pages: Sequence[Page]) -> list[Page]:
	"""Those that are worked on before the run ends or pauses: no failed ones, and none after the last that is asked for."""
	return [
		page
		for page in pages
		if page.state != "Failed" and (not row.page_limit or page.number <= row.page_limit)
	]


def _lately(row: frappe._dict, pages: Sequence[Page], now: datetime) -> float | None:
	"""Orders a minute; where the run goes on after a break, the break doesn't count."""
	since = now - RATE_WINDOW
	lately = [page for page in pages if page.committed and page.committed > since]
	if not lately:
		return None
	began = max(since, min(page.started or row.started or since for page in lately))
	minutes = max((now - began).total_seconds(), 1) / 60
	return sum(page.orders_done for page in lately) / minutes


def _seconds(begin: datetime | None, end: datetime) -> int | None:
	return None if begin is None else max(round((end - begin).total_seconds()), 0)


# --- requests and workers ---


def requests_of_this_minute(store: str) -> dict:
	"""The requests of all who share the store's budget ("used") and its "limit"; both None where they isn't known now."""
	try:
		with site_store.store_client(frappe.get_cached_doc(site_store.STORE, store)) as client:
			used = client.budget.used if client.budget.is_shared else None
			return {"used": used, "limit": client.budget.limit}
	except (WooCommerceIntegrationError, RedisError, frappe.DoesNotExistError):
		return {"used": None, "limit": None}


def _workers(pages: Sequence[Page], status: str, now: datetime) -> list[dict]:
	"""Those that work on a page first; of a run that rests, all that took part."""
	since = now - WORKER_WINDOW if status == "Running" else datetime.min
	seen: dict[str, dict] = {}
	for page in pages:
		running = page.state == "Running"
		if not page.worker or not (running or (page.committed and page.committed > since)):
			continue
		worker = seen.setdefault(
			page.worker, {"worker": page.worker, "memory_mb": 0, "page": None, "running_for": None}
		)
		worker["memory_mb"] = max(worker["memory_mb"], page.memory_mb)
		if running:
			worker |= {"page": page.number, "running_for": _seconds(page.started, now)}
	by_work = sorted(seen.values(), key=lambda worker: (worker["page"] is None, worker["worker"]))
	return by_work[:MOST_WORKERS]
