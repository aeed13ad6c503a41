"""What a run that is booked side by side does as a whole: lay out its pages from the shop's manifest, and prove the books.

Both may be broken off anywhere: called again, they go on.
"""

from dataclasses import replace

from jarz_woocommerce_integration.ledger.contract import Run
from jarz_woocommerce_integration.ledger.erpnext.statistics import refresh_statistics
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services.migration.engine import SETTLING_ROUNDS, orders_to_settle
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, pages as site_pages
from jarz_woocommerce_integration.services.proof.proof import prove
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING, PROVING, SETTLING, RunRow
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.orders import read_manifest


def work_on(name: int) -> None:
	"""Do what the run's phase asks for.

	:raises StoreError: the store can't be read; called again, it goes on
	"""
	run = site_runs.read(name)
	if run.status != "Running" or run.phase not in (PLANNING, PROVING):
		return
	with open_session(run.store) as session:
		requests = session.client.requests
		try:
			if run.phase == PLANNING:
				_plan(session, run)
			else:
				_prove(session, run)
		finally:
			site_runs.add_requests(run.name, session.client.requests - requests)


def _plan(session: SiteSession, run: RunRow) -> None:
	"""Fix which orders each page has. The first pages are booked while the manifest is still being read."""
	window = replace(run.scope.window, before=run.before)
	check_window(session.client, window)
	number, last_id = site_pages.last_laid_out(run.name)
	waiting: list[int] = []
	for entries in read_manifest(session.client, window):
		waiting += [entry.id for entry in entries if entry.id > last_id]
		last_id = max(last_id, *(entry.id for entry in entries))
		while len(waiting) >= run.scope.page_size:
			number += 1
			site_pages.lay_out(run.name, number, waiting[: run.scope.page_size])
			waiting = waiting[run.scope.page_size :]
			page_feed.advance(run.name)
		if site_runs.read(run.name).status != "Running":
			return
	if waiting:
		site_pages.lay_out(run.name, number + 1, waiting)
	site_runs.change(run.name, phase=BOOKING)


def _prove(session: SiteSession, run: RunRow) -> None:
	"""Compare with the shop as it is now. What it changed or added meanwhile is booked first; then this is the proof."""
	if site_pages.unfinished(run.name, page_feed.ANY_PAGE):
		site_runs.change(run.name, phase=SETTLING)
		return
	refresh_statistics()
	proof = prove(session, run.scope)
	again = orders_to_settle(proof.against_store, run.settling_round)
	if again and run.settling_round < SETTLING_ROUNDS:
		_settle(run, again)
		return
	site_runs.note_proof(run.name, proof.proven, proof.as_dict(), requests=0)  # `work_on` counts them
	session.ledger.finish_run(Run(run.name, run.started, run.before))
	site_runs.note_end(run.name, run.store, to_utc_column(run.before))


def _settle(run: RunRow, order_ids: list[int]) -> None:
	"""Lay out what is to be read again as pages more."""
	number, _last_id = site_pages.last_laid_out(run.name)
	for start in range(0, len(order_ids), run.scope.page_size):
		number += 1
		site_pages.lay_out(run.name, number, order_ids[start : start + run.scope.page_size])
	site_runs.change(run.name, phase=SETTLING, settling_round=run.settling_round + 1)
