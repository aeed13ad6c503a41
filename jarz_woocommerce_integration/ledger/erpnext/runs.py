"""Runs and their pages as WooCommerce Sync Run and Sync Page: what is asked for, how far it came, and how it ended."""

import json
from collections import Counter
from datetime import datetime, timezone

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.contract import BookedPage, PageRecord, Run
from jarz_woocommerce_integration.ledger.erpnext.undo.series import read_series
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column, to_utc_column

RUN = "WooCommerce Sync Run"
UNFINISHED = ("Running", "Paused", "Stopped", "Failed")
COUNTED = ("booked", "updated", "unchanged", "changed", "held", "failed", "skipped", "cancelled")

_UNFINISHED = """
SELECT name, started, before_gmt, parameters, next_page FROM `tabWooCommerce Sync Run`
WHERE store = %s AND kind = 'Migration' AND status IN %s ORDER BY name DESC FOR UPDATE
"""
_ADD_PAGE = """
INSERT INTO `tabWooCommerce Sync Page`
	(name, creation, modified, owner, modified_by, run, number, state, orders, attempts, committed)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(run)s, %(number)s, %(state)s, %(orders)s, %(complete)s, %(now)s)
ON DUPLICATE KEY UPDATE orders = orders + VALUES(orders), attempts = attempts + VALUES(attempts), state = VALUES(state),
	modified = %(now)s, committed = %(now)s, last_error = NULL
"""
_ADD_TO_PLANNED_PAGE = """
UPDATE `tabWooCommerce Sync Page` SET orders = orders + %(orders)s, modified = %(now)s, committed = %(now)s,
	state = IF(%(complete)s, 'Done', state), retry_at = NULL, last_error = NULL, error_kind = NULL
WHERE name = %(name)s
"""
_ADVANCE = """
UPDATE `tabWooCommerce Sync Run` SET next_page = GREATEST(next_page, %(next_page)s), pages = pages + %(complete)s,
	orders = orders + %(orders)s, {counters}, modified = %(now)s
WHERE name = %(run)s
"""
_ADVANCE = _ADVANCE.format(counters=", ".join(f"{name} = {name} + %({name})s" for name in COUNTED))


def open_run(store: str, parameters: dict, before: datetime) -> Run:
	"""Resume the store's unfinished migration with these parameters, or begin one; others are marked as replaced."""
	asked = _text_of(parameters)
	# One after the other, also where there is no run yet that could be locked.
	frappe.db.get_value("WooCommerce Store", store, "name", for_update=True)
	resumed = None
	for row in frappe.db.sql(_UNFINISHED, (store, UNFINISHED), as_dict=True):
		if resumed is None and row.parameters == asked:
			resumed = Run(
				row.name, _aware(row.started), from_utc_column(row.before_gmt), parameters, row.next_page
			)
			_update(row.name, status="Running", last_error=None)
		else:
			_update(row.name, status="Replaced", finished=now_datetime())
	return resumed or _begin(store, parameters, asked, before)


def finish_run(run: Run) -> None:
	finished = now_datetime()
	_update(run.run_id, status="Completed", finished=finished)
	run.finished_at = _aware(finished)


def record_page(page: PageRecord, booked: BookedPage) -> None:
	"""The page's record and the run's counters, in the transaction that books the page."""
	what = Counter(order.what for order in booked.orders)
	values = {
		"name": f"{page.run_id}-{page.number}",
		"run": page.run_id,
		"number": page.number,
		"orders": len(booked.orders),
		"next_page": page.number + 1 if page.number > 0 and page.complete and not page.planned else 0,
		"complete": int(page.complete),
		"state": "Done" if page.complete else "Running",
		"now": now_datetime(),
		"user": frappe.session.user,
		**{name: what[name] for name in COUNTED},
	}
	frappe.db.sql(_ADD_TO_PLANNED_PAGE if page.planned else _ADD_PAGE, values)
	frappe.db.sql(_ADVANCE, values)


def _begin(store: str, parameters: dict, asked: str, before: datetime) -> Run:
	run = frappe.get_doc(
		doctype=RUN,
		store=store,
		kind="Migration",
		status="Running",
		started=now_datetime(),
		before_gmt=to_utc_column(before),
		parameters=asked,
		next_page=1,
		series_before=json.dumps(read_series(), ensure_ascii=False),
	)
	run.insert(ignore_permissions=True)
	return Run(run.name, _aware(run.started), before, parameters)


def _update(name: int, **values) -> None:
	frappe.db.set_value(RUN, name, values)


def _aware(moment: datetime) -> datetime:
	"""A moment of the site's clock as UTC."""
	return moment.astimezone(timezone.utc)


def _text_of(parameters: dict) -> str:
	return json.dumps(parameters, sort_keys=True, default=str)
