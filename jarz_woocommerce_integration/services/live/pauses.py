"""The pauses in which nothing is sent to a shop: seen in the store's form, and ended there."""

from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.services.live import state as live_state
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.session import budget_of

_WAITING_RUNS = """
SELECT name, circuit_open_until FROM `tabWooCommerce Sync Run`
WHERE store = %s AND status = 'Running' AND circuit_open_until IS NOT NULL
"""


def paused_until(store: Document) -> datetime | None:
	"""When the last of the shop's pauses ends (the site's clock), None where it has none."""
	try:
		asked_for = budget_of(store).pause_left()
	except StoreError:
		asked_for = 0.0  # the budget's Redis can't be asked, which its own error says
	now = now_datetime()
	ends = [until for _run, until in frappe.db.sql(_WAITING_RUNS, store.name)]
	ends.append(now + timedelta(seconds=max(asked_for, live_state.pause_left(store.name))))
	last = max(ends)
	return last.replace(microsecond=0) if last > now else None


def end(store: Document) -> None:
	"""Let the next job ask the shop again. :raises StoreError: the budget's Redis can't be reached"""
	budget_of(store).end_pause()
	live_state.forget_pause(store.name)
	for run, _until in frappe.db.sql(_WAITING_RUNS, store.name):
		site_runs.change(run, store_failures=0, circuit_open_until=None, waiting_for=None)
