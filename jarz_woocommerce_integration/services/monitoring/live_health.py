"""Whether the live sync is well, as plain data for the workspace, the terminal and whoever watches over the site.

Read in a handful of queries for all stores, and a few for each.
"""

from collections.abc import Iterator, Sequence

import frappe
from frappe import _
from frappe.utils import cint, now_datetime
from frappe.utils.background_jobs import get_queue
from frappe.utils.scheduler import is_scheduler_inactive
from redis.exceptions import RedisError
from rq import Worker

from jarz_woocommerce_integration.findings import COLORS, ERROR, OK, WARNING, Finding, worst
from jarz_woocommerce_integration.sentences import translated
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.migration.estimates import in_words
from jarz_woocommerce_integration.services.monitoring.points import (
	SENDING,
	STORE,
	Point,
	StoreStatus,
	Waiting,
	points_of,
)
from jarz_woocommerce_integration.services.page_jobs.progress import requests_of_this_minute

OF_STORES = (
	"name",
	"enabled",
	"live_sync",
	"sync_every",
	"live_since",
	"last_synced",
	"synced_until",
	"sync_error",
	"sync_stopped",
	"webhooks_status",
	"last_reconciled",
	"last_reconciled_whole",
	"reconciliation",
	*SENDING,
)
# What the scheduler calls every minute.
TICK = "jarz_woocommerce_integration.services.live.sync.tick"
SILENT_AFTER = 300  # seconds
# Queue -> what stands still without it.
QUEUES = {"short": "what comes in", "long": "comparisons with the shop and migrations"}

_INBOX = """
SELECT store, count(DISTINCT resource, woo_id) AS depth,
	count(DISTINCT CASE WHEN attempts > 0 THEN concat(resource, woo_id) END) AS again,
	min(CASE WHEN coalesce(next_attempt, received) <= %(now)s THEN coalesce(next_attempt, received) END) AS due_since
FROM `tabWooCommerce Inbox` WHERE state = 'Waiting' GROUP BY store
"""
# Whoever is done later, for a person has asked for it, isn't given up any more.
_INBOX_GIVEN_UP = """
SELECT inbox.store, count(DISTINCT inbox.resource, inbox.woo_id) FROM `tabWooCommerce Inbox` inbox
WHERE inbox.state = 'Given Up' AND NOT EXISTS (
	SELECT 1 FROM `tabWooCommerce Inbox` later WHERE later.store = inbox.store AND later.resource = inbox.resource
		AND later.woo_id = inbox.woo_id AND later.name > inbox.name AND later.state = 'Done')
GROUP BY inbox.store
"""
_OUTBOX = """
SELECT store, sum(state IN ('Waiting', 'Sending')) AS depth, sum(state IN ('Waiting', 'Sending') AND attempts > 0) AS again,
	min(CASE WHEN state IN ('Waiting', 'Sending') AND coalesce(next_attempt, creation) <= %(now)s
		THEN coalesce(next_attempt, creation) END) AS due_since,
	sum(state = 'Given Up') AS given_up, sum(state = 'Awaiting Approval') AS awaiting
FROM `tabWooCommerce Outbox` WHERE state IN ('Waiting', 'Sending', 'Given Up', 'Awaiting Approval') GROUP BY store
"""
_ORDERS = """
SELECT store, state, count(*) FROM `tabWooCommerce Order Map` WHERE state IN ('Held', 'Failed') GROUP BY store, state
"""
_TICKED = "SELECT last_execution FROM `tabScheduled Job Type` WHERE method = %s"


def health(stores: Sequence[str] | None = None) -> dict:
	"""How the live sync of each store is.

	:param stores: only these
	:returns: {"color", "checked" (site's clock), "site": points, "stores": [{"store", "color", "points"}]}, where a point
		is a `monitoring.points.Point` as a dict, and a color is that of the worst point in it: red, orange, green or gray
	"""
	found = [
		# Of one that was never kept in step the first point says all: that it isn't. What its migration has left to do,
		# its run says.
		(standing, points_of(standing) if standing.was_live else points_of(standing)[:1])
		for standing in standings(stores)
	]
	site = list(_site()) if any(standing.was_live for standing, _points in found) else []
	return {
		"color": _color_of([*site, *(point for _standing, points in found for point in points)]),
		"checked": now_datetime(),
		"site": [point.as_dict() for point in site],
		"stores": [
			{
				"store": standing.row.name,
				"color": _color_of(points),
				"points": [point.as_dict() for point in points],
			}
			for standing, points in found
		],
	}


def _color_of(points: Sequence[Point]) -> str:
	return COLORS[worst(point.finding.level for point in points)]


def standings(stores: Sequence[str] | None = None) -> Iterator[StoreStatus]:
	"""What the points of each store are made of."""
	filters = {} if stores is None else {"name": ("in", list(stores))}
	rows = frappe.get_all(STORE, filters=filters, fields=list(OF_STORES), order_by="name")
	now = now_datetime()
	inbox, outbox = _inbox(now), _outbox(now)
	orders = {(name, state): count for name, state, count in frappe.db.sql(_ORDERS)}
	for row in rows:
		requests = requests_of_this_minute(row.name)
		yield StoreStatus(
			row=row,
			now=now,
			lag=live_state.lag(row.name),
			inbox=inbox.get(row.name, Waiting()),
			outbox=outbox.get(row.name, Waiting()),
			held=orders.get((row.name, "Held"), 0),
			failed=orders.get((row.name, "Failed"), 0),
			**requests,
		)


def _inbox(now) -> dict[str, Waiting]:
	waiting = {
		name: Waiting(depth, again, due_since)
		for name, depth, again, due_since in frappe.db.sql(_INBOX, {"now": now})
	}
	for name, count in frappe.db.sql(_INBOX_GIVEN_UP):
		waiting.setdefault(name, Waiting()).given_up = count
	return waiting


def _outbox(now) -> dict[str, Waiting]:
	return {
		name: Waiting(cint(depth), cint(again), due_since, cint(given_up), cint(awaiting))
		for name, depth, again, due_since, given_up, awaiting in frappe.db.sql(_OUTBOX, {"now": now})
	}


# --- the site ---


def _site() -> Iterator[Point]:
	yield _scheduler()
	try:
		for queue, what in QUEUES.items():
			yield _workers(queue, what)
	except RedisError as error:
		text = _("The queue can't be reached: {0}").format(error)
		found = Finding(ERROR, text, _("Start Redis (redis_queue)."))
		yield Point("workers", _("Workers"), _("No queue"), found)


def _scheduler() -> Point:
	found = Finding(OK, _("It looks for changes in the shops every few minutes."))
	point = Point("scheduler", _("Scheduler"), _("Running"), found)
	if is_scheduler_inactive(verbose=False):
		point.shown = _("Off")
		point.finding = Finding(
			ERROR,
			_("The scheduler is switched off, or the site is in maintenance mode."),
			_("bench --site {0} scheduler enable, and resume; set-maintenance-mode off.").format(
				frappe.local.site
			),
		)
		return point
	last = frappe.db.sql(_TICKED, TICK)
	silent = (now_datetime() - last[0][0]).total_seconds() if last and last[0][0] else None
	if silent is None or silent > SILENT_AFTER:
		point.shown = _("Silent")
		point.finding = Finding(
			ERROR,
			_("Its jobs haven't run for {0}.").format(translated(in_words(silent), _))
			if silent
			else _("Its jobs have never run."),
			_("Start the scheduler (bench schedule) and the workers."),
		)
	return point


def _workers(queue: str, what: str) -> Point:
	"""Workers that were killed stay counted for some minutes."""
	there = Worker.count(queue=get_queue(queue))
	found = Finding(OK, _("They do {0}.").format(_(what)))
	if not there:
		found = Finding(
			ERROR if queue == "short" else WARNING,
			_("No worker listens to the queue {0}, which does {1}.").format(queue, _(what)),
			_("Start one: bench worker --queue {0}.").format(queue),
		)
	return Point(f"workers_{queue}", _("Workers ({0})").format(queue), f"{there:,}", found, there)
