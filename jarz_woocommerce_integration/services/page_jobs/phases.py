"""What a run that is booked side by side does as a whole: lay out its pages from the shop's manifest, and prove the books.

Both may be broken off anywhere: called again, they go on.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from jarz_woocommerce_integration.ledger.contract import BookedOrder, Run
from jarz_woocommerce_integration.ledger.erpnext.statistics import refresh_statistics
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services.migration.engine import SETTLING_ROUNDS, orders_to_settle
from jarz_woocommerce_integration.services.migration.estimates import MANIFEST_PAGE
from jarz_woocommerce_integration.services.migration.rereading import is_to_be_read
from jarz_woocommerce_integration.services.migration.verification import side_by_side
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, pages as site_pages
from jarz_woocommerce_integration.services.proof.proof import prove
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING, PROVING, SETTLING, RunRow
from jarz_woocommerce_integration.store.date_check import check_window
from jarz_woocommerce_integration.store.orders import read_manifest
from jarz_woocommerce_integration.store.payloads import EntryWithRefunds


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
	"""Fix which orders each page has: those that are to be read. The first pages are booked while the shop's list is still being read."""
	number, last_id = site_pages.last_laid_out(run.name)
	page_size = run.scope.page_size
	waiting: list[int] = []
	there = 0
	with closing(_pairs(session, run)) as pairs:
		for entry, row in pairs:
			if entry is None:
				continue
			there += 1
			if entry.id > last_id and _is_to_be_read(session, run, entry, row):
				waiting.append(entry.id)
			if len(waiting) == page_size:
				number += 1
				site_pages.lay_out(run.name, number, waiting)
				waiting.clear()
				page_feed.advance(run.name)
			if there % MANIFEST_PAGE == 0 and site_runs.read(run.name).status != "Running":
				return
	if waiting:
		site_pages.lay_out(run.name, number + 1, waiting)
	site_runs.note_planned(run.name, there, BOOKING)


def _pairs(
	session: SiteSession, run: RunRow
) -> Generator[tuple[EntryWithRefunds | None, BookedOrder | None], None, None]:
	"""Each order of the run's window with what the shop and the ledger have of it."""
	window = replace(run.scope.window, before=run.before)
	check_window(session.client, window)
	with closing(read_manifest(session.client, window, kind=EntryWithRefunds)) as manifest:
		yield from side_by_side(manifest, session.ledger.booked_orders())


def _is_to_be_read(
	session: SiteSession, run: RunRow, entry: EntryWithRefunds, row: BookedOrder | None
) -> bool:
	return run.scope.read_all or is_to_be_read(entry, row, session.translator, run.name)


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
