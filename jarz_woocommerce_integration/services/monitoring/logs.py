"""What the app writes about its own work, runs with their pages, the inbox and the outbox, as logs of Frappe's *Log Settings*: those say for
how many days each is kept, and Frappe clears them daily. 0 days keep all.

Each day's work is bounded and committed in batches, so that nobody waits for a lock of it; what is left waits for tomorrow.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import frappe
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.services.session.background import without_traces

RUN = "WooCommerce Sync Run"
BATCH = 500  # rows
MOST_BATCHES = 100  # a day, of each log
FINISHED = ("Completed", "Stopped", "Failed", "Replaced", "Undone")
# A busy shop reports thousands of changes a day, and what came of each is in the Order Map.
DONE_KEPT = 7  # days, at most

# Its pages and counters show how the books came about, so a store's last migration that came to its end stays.
_OLD_RUNS = """
SELECT run.name FROM `tabWooCommerce Sync Run` run
WHERE run.status IN %(finished)s AND run.modified < %(before)s AND coalesce(run.finished, run.modified) < %(before)s
	AND run.name NOT IN (SELECT max(last.name) FROM `tabWooCommerce Sync Run` last
		WHERE last.kind = 'Migration' AND last.status = 'Completed' GROUP BY last.store)
ORDER BY run.name LIMIT %(batch)s
"""
_REMOVE_PAGES = "DELETE FROM `tabWooCommerce Sync Page` WHERE run = %(run)s LIMIT %(batch)s"
_FORGET_RUN = "UPDATE `tabWooCommerce Order Map` SET run = NULL, page = 0 WHERE run = %(run)s LIMIT %(batch)s"
_EMPTY_LAST_PAGES = """
UPDATE `tabWooCommerce Sync Page` page JOIN (
	SELECT page.name FROM `tabWooCommerce Sync Page` page JOIN `tabWooCommerce Sync Run` run ON run.name = page.run
	WHERE run.status IN %(finished)s AND coalesce(run.finished, run.modified) < %(before)s
		AND page.order_ids IS NOT NULL
	LIMIT %(batch)s
) old ON old.name = page.name SET page.order_ids = NULL
"""
# What waits is never old: it is still to be done.
_REMOVE_DONE = """
DELETE FROM `tabWooCommerce Inbox` WHERE state = 'Done' AND finished < %(done_before)s LIMIT %(batch)s
"""
_REMOVE_GIVEN_UP = """
DELETE FROM `tabWooCommerce Inbox` WHERE state = 'Given Up' AND modified < %(before)s LIMIT %(batch)s
"""
_REMOVE_SENT = """
DELETE FROM `tabWooCommerce Outbox` WHERE state IN ('Sent', 'Not Needed', 'Given Up') AND modified < %(before)s
LIMIT %(batch)s
"""


class Batches:
	"""Statements that are repeated and committed until nothing is left to do, or the day's work is done.

	:param values: of all statements
	"""

	def __init__(self, **values: object):
		self.values = {"batch": BATCH, **values}
		self.left = MOST_BATCHES

	def run(self, query: str, work: "Callable[[str, dict], int] | None" = None, **values) -> int:
		""":param work: does one batch and says of how many rows it was; :returns: how many rows in all"""
		rows = 0
		work = work or _changed_by
		while self.left:
			done = self.one(lambda: work(query, {**self.values, **values}))
			rows += done
			if done < BATCH:
				break
		return rows

	def one(self, work: Callable[[], int]) -> int:
		"""One piece of work, and its commit."""
		self.left -= 1
		done = work()
		frappe.db.commit()
		return done


@without_traces
def clear_runs(days: int) -> int:
	"""Remove finished runs with their pages; of a store's last completed migration, what its pages list alone. Commits.

	:returns: how many runs
	"""
	if not cint(days):
		return 0
	batches = Batches(before=_before(days), finished=FINISHED)
	removed = 0
	for (run,) in frappe.db.sql(_OLD_RUNS, batches.values):
		batches.run(_REMOVE_PAGES, run=str(run))
		batches.run(_FORGET_RUN, run=str(run))
		if not batches.left:
			break  # something may name it still: a run goes last
		batches.one(lambda run=run: _remove_run(run))  # type: ignore[misc]  # mypy can't infer a lambda's default
		removed += 1
	batches.run(_EMPTY_LAST_PAGES)
	return removed


@without_traces
def clear_inbox(days: int) -> int:
	"""Remove what was given up, and after a week at most what was done. Commits. :returns: how many rows"""
	if not cint(days):
		return 0
	batches = Batches(before=_before(days), done_before=_before(min(DONE_KEPT, cint(days))))
	return batches.run(_REMOVE_DONE) + batches.run(_REMOVE_GIVEN_UP)


@without_traces
def clear_outbox(days: int) -> int:
	"""Remove what was sent, or never will be. Commits. :returns: how many rows"""
	return Batches(before=_before(days)).run(_REMOVE_SENT) if cint(days) else 0


def _before(days: int) -> datetime:
	return now_datetime() - timedelta(days=cint(days))


def _changed_by(query: str, values: dict) -> int:
	frappe.db.sql(query, values)
	return frappe.db._cursor.rowcount


def _remove_run(run: int) -> int:
	"""With its comments and files."""
	frappe.delete_doc(RUN, run, force=True, ignore_permissions=True, delete_permanently=True)
	return 1
