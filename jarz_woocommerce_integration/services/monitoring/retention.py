"""Runs, pages, the inbox, the outbox and the Order Map are kept small: what nobody needs any more goes after the days that
the settings name.

The books are never touched, and an Order Map row stays for ever: it is what keeps an order from being booked twice. What it
says of a person has an end, and so have the files of rehearsals.
Each day's work is bounded and committed in batches, so that nobody waits for a lock of it; what is left waits for tomorrow.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import frappe
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.ledger.erpnext.trail import without_messages
from jarz_woocommerce_integration.services.dry_run.dry_run import remove_files
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.session import settings

RUN = "WooCommerce Sync Run"
BATCH = 500  # rows
MOST_BATCHES = 100  # a day
FINISHED = ("Completed", "Stopped", "Failed", "Replaced", "Undone")
SETTLED = ("Synced", "Skipped", "Cancelled")
# A busy shop reports thousands of changes a day, and what came of each is in the Order Map.
DONE_KEPT = 7  # days, at most
# What a person is to judge waits longer, and not for ever.
UNJUDGED = 3  # times as long

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
# A row that is marked as changed in the store waits for a person, as does a customer that isn't certain. The name of a
# booked order's customer is the Customer's.
_IS_SETTLED = "modified < %(before)s AND state IN %(settled)s AND coalesce(changed, '') = ''"
_EMPTY_ORDERS = f"""
UPDATE `tabWooCommerce Order Map` SET message = NULL, what_to_do = NULL, breakdown = NULL, last_error = NULL,
	customer_name = NULL, customer_note = CASE WHEN customer_ambiguous = 1 THEN customer_note END
WHERE {_IS_SETTLED}
	AND (coalesce(message, '') <> '' OR coalesce(what_to_do, '') <> '' OR coalesce(breakdown, '') <> ''
		OR coalesce(last_error, '') <> '' OR coalesce(customer_name, '') <> ''
		OR (coalesce(customer_note, '') <> '' AND customer_ambiguous = 0))
LIMIT %(batch)s
"""
_EMPTY_UNJUDGED = """
UPDATE `tabWooCommerce Order Map` SET customer_note = NULL
WHERE modified < %(unjudged_before)s AND state IN %(settled)s AND coalesce(customer_note, '') <> ''
LIMIT %(batch)s
"""
_TRAILS_WITH_TEXTS = f"""
SELECT name, trail FROM `tabWooCommerce Order Map` WHERE {_IS_SETTLED} AND trail LIKE '%%"message": %%' LIMIT %(batch)s
"""
_WRITE_TRAIL = "UPDATE `tabWooCommerce Order Map` SET trail = %s WHERE name = %s AND trail = %s"
# What was decided is needed until the order is booked, and again where it changes: then it is decided by what the books
# know. An ambiguous decision is a person's to judge. One on an order that never came into the Order Map is nobody's.
_REMOVE_DECISIONS = """
DELETE decision FROM `tabWooCommerce Customer Decision` decision JOIN (
	SELECT old.name FROM `tabWooCommerce Customer Decision` old
	LEFT JOIN `tabWooCommerce Order Map` map ON map.store = old.store AND map.woo_order_id = old.woo_order_id
	WHERE old.modified < CASE WHEN old.ambiguous = 1 THEN %(unjudged_before)s ELSE %(before)s END
		AND (map.name IS NULL OR (map.modified < %(before)s
			AND map.state IN %(settled)s AND coalesce(map.changed, '') = ''))
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

	:returns: how many rows: `runs` and `pages` removed, `page_lists`, `orders` and `trails` emptied, `decisions`, `inbox` and
		`outbox` removed; and `files` of rehearsals
	"""
	days = cint(settings().retention_days)
	if not days:
		return {}
	now = now_datetime()
	before, unjudged, done = (now - timedelta(days=d) for d in (days, UNJUDGED * days, min(DONE_KEPT, days)))
	return {**_Retention(before, unjudged, done).run(), "files": remove_files(days)}


class _Retention:
	"""What is old, by the site's clock.

	:param before: what was last touched earlier is; :param unjudged_before: so is what a person hasn't judged until then
	:param done_before: and what of the inbox was done earlier
	"""

	def __init__(self, before: datetime, unjudged_before: datetime, done_before: datetime):
		self.values = {
			"before": before,
			"unjudged_before": unjudged_before,
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
			"orders": self._in_batches(_EMPTY_ORDERS) + self._in_batches(_EMPTY_UNJUDGED),
			"trails": self._in_batches(_TRAILS_WITH_TEXTS, work=_empty_trails),
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
			self._batch(lambda run=run: _remove_run(run))  # type: ignore[misc]  # mypy can't infer a lambda's default
			removed += 1
		return removed, pages

	def _in_batches(self, query: str, work: "Callable[[str, dict], int] | None" = None, **values) -> int:
		rows = 0
		work = work or _changed_by
		while self.batches_left:
			done = self._batch(lambda: work(query, {**self.values, **values}))
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


def _empty_trails(query: str, values: dict) -> int:
	"""What was done stays, and when. A trail that is written meanwhile waits for tomorrow."""
	rows = frappe.db.sql(query, values)
	for name, trail in rows:
		frappe.db.sql(_WRITE_TRAIL, (without_messages(trail), name, trail))
	return len(rows)


def _remove_run(run: int) -> int:
	"""With its comments and files."""
	frappe.delete_doc(RUN, run, force=True, ignore_permissions=True, delete_permanently=True)
	return 1
