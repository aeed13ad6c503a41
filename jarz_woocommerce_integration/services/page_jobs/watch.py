"""Watching a migration that page jobs book, from a terminal."""

import threading
from collections import Counter
from collections.abc import Callable

import frappe
from frappe.utils.background_jobs import get_queue
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Worker

from jarz_woocommerce_integration.ledger.erpnext.runs import COUNTED
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.runs import PROVING

EVERY_SECONDS = 2.0
SHOWN = (
	"name",
	"store",
	"status",
	"phase",
	"workers",
	"waiting_for",
	"last_error",
	"proven",
	"requests",
	"started",
	"finished",
	"bulk_booking",
)
PAGES = ("planned_pages", "planned_orders", "pages", "orders", *COUNTED)


def watch(run: int, on_progress: Callable[[Progress], None], stop: threading.Event) -> dict:
	"""Look after a run until it ends, or until the watcher has seen enough; the run goes on without him.

	:param stop: set it to end watching
	:returns: the run as data, as `summary`
	"""
	while True:
		try:
			page_feed.advance(run)
		except RedisConnectionError:
			pass  # it comes back, and the next look goes on
		found = summary(run)
		on_progress(_progress(found))
		if found["status"] != "Running" or stop.wait(EVERY_SECONDS):
			return found


def summary(run: int) -> dict:
	"""The run as plain data: its state, counters, and the proof where there is one."""
	fresh_snapshot()
	row = frappe.db.get_value(site_runs.RUN, run, [*SHOWN, *PAGES, "verification"], as_dict=True)
	proof = row.pop("verification")
	return {**row, "verification": frappe.parse_json(proof) if proof else None}


def listening() -> int:
	"""How many workers listen to the queue of page jobs. :raises redis.exceptions.ConnectionError: Redis isn't there"""
	queue = get_queue(page_feed.QUEUE)
	return Worker.count(queue=queue)


def _progress(found: dict) -> Progress:
	progress = Progress(
		"verifying" if found["phase"] == PROVING else "reading", found["pages"], found["orders"]
	)
	progress.what = Counter({name: found[name] for name in COUNTED if found[name]})
	progress.stopped = found["status"] != "Running"
	return progress


def ended_lines(found: dict) -> list[str]:
	"""What became of the run, and what to do next."""
	run = found["name"]
	lines = [
		f"Run {run} of {found['store']}: {found['status']}, {found['orders']:,} orders in {found['pages']:,} of"
		f" {found['planned_pages']:,} pages, {found['requests']:,} requests"
	]
	lines += [f"  {name}: {found[name]:,}" for name in COUNTED if found[name]]
	lines += (found["bulk_booking"] or "").splitlines()
	if found["status"] == "Running":
		lines.append(
			f"It goes on in the background. bench --site SITE woo status, pause {run} or stop {run}."
		)
	elif found["status"] == "Completed":
		verdict = (
			"Proven: each of the orders that the store lists is booked exactly, or listed with its reason."
		)
		lines.append(
			verdict if found["proven"] else "Not proven: bench --site SITE woo verify says what is wrong."
		)
	else:
		lines += [found["last_error"]] if found["last_error"] else []
		lines.append("Start the same command again: it continues from here.")
	return lines
