"""Runs, pages, the inbox, the outbox and the Order Map are kept small: what nobody needs any more goes after the days that
the settings name.

The books are never touched, and an Order Map row stays for ever: it is what keeps an order from being booked twice.
Each day's work is bounded and committed in batches, so that nobody waits for a lock of it; what is left waits for tomorrow.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import frappe
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.services.background import without_traces
from jarz_woocommerce_integration.services.site_store import settings

RUN = "WooCommerce Sync Run"
BATCH = 500  # rows
MOST_BATCHES = 100  # a day
FINISHED = ("Completed", "Stopped", "Failed", "Replaced", "Undone")
SETTLED = ("Synced", "Skipped", "Cancelled")
# A busy shop tells of thousands of changes a day, and what came of each is in the Order Map.
DONE_KEPT = 7  # days, at most

# Its pages and counters tell how the books came about, so a store's last migration that came to its end stays.
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
# A row that is marked as changed in the store waits for a person, as does a customer that isn't certain.
_EMPTY_ORDERS = """
UPDATE `tabWooCommerce Order Map` SET message = NULL, what_to_do = NULL, breakdown = NULL, last_error = NULL,
	customer_note = CASE WHEN customer_ambiguous = 1 THEN customer_note END
WHERE modified < %(before)s AND state IN %(settled)s AND coalesce(changed, '') = ''
	AND (coalesce(message, '') <> '' OR coalesce(what_to_do, '') <> '' OR coalesce(breakdown, '') <> ''
		OR coalesce(last_error, '') <> '' OR (coalesce(customer_note, '') <> '' AND customer_ambiguous = 0))
LIMIT %(batch)s
"""
# What was decided is needed until the order is booked, and again where it changes: then it is decided by what the books
# know. An ambiguous decision is a person's to judge, and stays.
_REMOVE_DECISIONS = """
DELETE decision FROM `tabWooCommerce Customer Decision` decision JOIN (
	SELECT old.name FROM `tabWooCommerce Customer Decision` old
	JOIN `tabWooCommerce Order Map` map ON map.store = old.store AND map.woo_order_id = old.woo_order_id
	WHERE old.modified < %(before)s AND old.ambiguous = 0 AND map.modified < %(before)s
		AND map.state IN %(settled)s AND coalesce(map.changed, '') = ''
	LIMIT %(batch)s
) settled ON settled.name = decision.name
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


@without_traces
def remove_old() -> dict[str, int]:
	"""The daily job. Commits.

	:returns: how many rows: `runs` and `pages` removed, `page_lists` and `orders` emptied, `decisions`, `inbox` and `outbox`
		removed
	"""
	days = cint(settings().retention_days)
	if not days:
		return {}
	now = now_datetime()
	return _Retention(now - timedelta(days=days), now - timedelta(days=min(DONE_KEPT, days))).run()


class _Retention:
	"""What is old, by the site's clock.

	:param before: what was last touched earlier is; :param done_before: so is what of the inbox was done earlier
	"""

	def __init__(self, before: datetime, done_before: datetime):
		self.values = {
			"before": before,
			"done_before": done_before,
			"batch": BATCH,
			"finished": FINISHED,
			"settled": SETTLED,
		}
		self.batches_left = MOST_BATCHES

	def run(self) -> dict[str, int]:
		runs, pages = self._remove_runs()
		return {
			"runs": runs,
			"pages": pages,
			"page_lists": self._in_batches(_EMPTY_LAST_PAGES),
			"orders": self._in_batches(_EMPTY_ORDERS),
			"decisions": self._in_batches(_REMOVE_DECISIONS),
			"inbox": self._in_batches(_REMOVE_DONE) + self._in_batches(_REMOVE_GIVEN_UP),
			"outbox": self._in_batches(_REMOVE_SENT),
		}

	def _remove_runs(self) -> tuple[int, int]:
		removed = pages = 0
		for (run,) in frappe.db.sql(_OLD_RUNS, self.values):
			pages += self._in_batches(_REMOVE_PAGES, run=str(run))
			self._in_batches(_FORGET_RUN, run=str(run))
			if not self.batches_left:
				break  # something may name it still: a run goes last
			self._batch(lambda run=run: _remove_run(run))
			removed += 1
		return removed, pages

	def _in_batches(self, query: str, **values) -> int:
		rows = 0
		while self.batches_left:
			done = self._batch(lambda: _changed_by(query, {**self.values, **values}))
			rows += done
			if done < BATCH:
				break
		return rows

	def _batch(self, work: Callable[[], int]) -> int:
		"""One piece of work, and its commit."""
		self.batches_left -= 1
		done = work()
		frappe.db.commit()
		return done


def _changed_by(query: str, values: dict) -> int:
	frappe.db.sql(query, values)
	return frappe.db._cursor.rowcount


def _remove_run(run: int) -> int:
	"""With its comments and files."""
	frappe.delete_doc(RUN, run, force=True, ignore_permissions=True, delete_permanently=True)
	return 1
