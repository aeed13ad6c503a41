"""What a person does with a migration that is booked side by side: start it, pause it, go on, stop it, try again."""

from datetime import datetime, timedelta, timezone, tzinfo

from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import RunStateError
from jarz_woocommerce_integration.ledger.erpnext.order_map import stored as stored_orders
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.store_facts import parse_moment
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, pages as site_pages
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING, PROVING, RunRow
from jarz_woocommerce_integration.services.session.session import settings

GOES_ON = ("Paused", "Stopped", "Failed")


def start(
	store: str | None = None,
	workers: int | None = None,
	page_limit: int | None = None,
	orders: int | None = None,
	until: str | None = None,
	read_all: bool = False,
) -> int:
	"""Start the migration of a store's whole history, or go on with the unfinished one.

	:param store: name of the WooCommerce Store, None for the default one
	:param workers: pages at once, None takes that of WooCommerce Settings
	:param page_limit: pause after so many pages more, None or 0 for all
	:param orders: pause after the pages that have so many orders; :param until: a date, of whose later orders none is read
	:param read_all: read every order in full, also those of which nothing shows that they have changed
	:returns: the run's name
	:raises LedgerInUseError: a migration of this store is under way
	:raises StoreError: the store can't be read
	:raises redis.exceptions.ConnectionError: the queue can't be reached; the run is there and goes on with the next sweep
	"""
	with open_session(store) as session:
		scope = session.scope(before=_end_of(until, session.translator.time_zone), read_all=read_all)
		if cint(orders):
			page_limit = -(-cint(orders) // scope.page_size)
		return start_in(session, scope, workers, page_limit)


def _end_of(day: str | None, zone: tzinfo) -> datetime | None:
	"""Midnight after a day of the shop, None for no day and where it is still to come."""
	begins = parse_moment(day, zone)
	if begins is None:
		return None
	midnight = (begins.astimezone(zone) + timedelta(days=1)).astimezone(timezone.utc)
	return midnight if midnight < datetime.now(timezone.utc) else None


def start_in(session: SiteSession, scope, workers: int | None = None, page_limit: int | None = None) -> int:
	"""As `start`, with a store that is connected already and a scope of the caller's."""
	workers = cint(workers) or cint(settings().parallel_page_jobs) or 1
	before = scope.before or datetime.now(timezone.utc)
	with site_runs.only_migration_of(session.store.name):
		asked = {**scope.parameters(session.translator.policy_hash), "side_by_side": True}
		name = session.ledger.open_run(asked, before).run_id
		last = site_pages.first_unfinished(name) - 1 + cint(page_limit) if cint(page_limit) else 0
		site_runs.change(
			name,
			workers=workers,
			page_limit=last,
			phase=site_runs.read(name).phase or PLANNING,
			**_WELL,
		)
	site_runs.note_starter(name)
	page_feed.advance(name)
	return name


# A person starts it: what made it wait before is to be tried at once.
_WELL = {"store_failures": 0, "circuit_open_until": None, "waiting_for": None, "last_error": None}


def pause(run: int) -> None:
	"""Hand out no more pages; those that are being worked on are finished. :raises RunStateError: it isn't running"""
	row = _side_by_side(run)
	if row.status != "Running":
		raise RunStateError(
			Sentence("Run {0} is {1}, not running.", run, row.status),
			"Only a run in the status Running can be paused.",
		)
	site_runs.change(run, status="Paused")
	_empty_queue(run)


def resume(run: int) -> None:
	"""Go on where it was.

	:raises RunStateError: it has come to its end; :raises LedgerInUseError: another migration of the store is under way
	"""
	row = _side_by_side(run)
	if row.status not in GOES_ON:
		raise RunStateError(
			Sentence("Run {0} is {1}.", run, row.status),
			"Only a run that is paused, stopped or failed can be resumed.",
		)
	with site_runs.only_migration_of(row.store):
		site_runs.change(run, status="Running", page_limit=0, finished=None, **_WELL)
	site_runs.note_starter(run)
	page_feed.advance(run)


def stop(run: int) -> None:
	"""End it at the next page boundary. Started again, the migration goes on from there. :raises RunStateError: it has ended"""
	row = _side_by_side(run)
	if row.status not in ("Running", "Paused"):
		raise RunStateError(Sentence("Run {0} is {1} already.", run, row.status))
	site_runs.change(run, status="Stopped")
	_empty_queue(run)


def retry_failed(run: int) -> dict:
	"""Give parked pages three attempts more, and read failed orders again; afterwards the run is proven anew.

	:returns: {"pages", "orders"}: how many are tried again
	:raises RunStateError: it was replaced or undone; :raises LedgerInUseError: another migration is under way
	"""
	row = _side_by_side(run)
	if row.status not in ("Running", "Completed", *GOES_ON):
		raise RunStateError(Sentence("Run {0} is {1}.", run, row.status), "Start a new migration.")
	if row.status == "Running":
		return _renew(row)
	with site_runs.only_migration_of(row.store):
		renewed = _renew(row)
		if any(renewed.values()):
			phase = row.phase if row.phase == PLANNING else BOOKING
			site_runs.change(
				run, status="Running", phase=phase, settling_round=0, page_limit=0, finished=None, **_WELL
			)
	page_feed.advance(run)
	return renewed


def _renew(row: RunRow) -> dict:
	pages = site_pages.renew_failed(row.name)
	failed: list[int] = []
	if row.phase in (PROVING, "") or row.status == "Completed":
		failed = stored_orders.failed_orders(row.store)
		number, _last_id = site_pages.last_laid_out(row.name)
		size = row.scope.page_size
		for start in range(0, len(failed), size):
			number += 1
			site_pages.lay_out(row.name, number, failed[start : start + size])
	return {"pages": pages, "orders": len(failed)}


def _empty_queue(run: int) -> None:
	for name in site_pages.withdraw_queued(run):
		page_feed.page_job(name).forget()


def _side_by_side(run: int) -> RunRow:
	row = site_runs.read(run)
	if row.kind != "Migration" or not row.workers:
		raise RunStateError(
			Sentence("Run {0} isn't booked by page jobs.", run),
			"Press Ctrl-C where it runs to stop it; the same command continues it.",
		)
	return row
