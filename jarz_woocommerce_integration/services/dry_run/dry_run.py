"""The migration without the booking: every document is built and validated by ERPNext itself, then taken back.

What would be booked, what the site would refuse and why stands in a SQLite file among the site's private files and in
a report of it, the same as that of a rehearsal. The site is afterwards as it was before.
"""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import frappe

from jarz_woocommerce_integration.exceptions import (
	LedgerError,
	LedgerVersionError,
	StoreError,
	StoreSetupError,
)
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.dry_run.ledger import SiteCheckedLedger
from jarz_woocommerce_integration.services.migration import summary
from jarz_woocommerce_integration.services.migration.engine import Migration, Progress, Scope
from jarz_woocommerce_integration.services.migration.spot_checks import read_spot_checks
from jarz_woocommerce_integration.services.migration.store_facts import store_identity
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.services.report.queries import collect
from jarz_woocommerce_integration.services.report.report import write_report
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session

FOLDER = ("private", "woocommerce")
# What SQLite writes beside a ledger.
SUFFIXES = ("", "-wal", "-shm")
LEDGER, LOCK = ".sqlite", ".lock"
REPORT_URL = "/api/method/jarz_woocommerce_integration.api.report.rehearsal_report"

OnProgress = Callable[[Progress], None]


def dry_run(
	store_name: str | None = None,
	limit: int | None = None,
	on_progress: OnProgress | None = None,
	stop: threading.Event | None = None,
	fresh: bool = True,
) -> dict:
	"""Try the whole history of a store on the site, and write the report.

	:param limit: about so many orders, rounded up to whole pages; None for all
	:param on_progress: called after each page; :param stop: set it to end at the next page boundary
	:param fresh: start anew. Without it, a dry run that was stopped goes on; what it tried before isn't tried again
	:returns: the summary of a rehearsal, with `report` (the page's path), `report_url`, `ledger` and `store`
	:raises LedgerInUseError: another dry run of this store is under way, or its history is booked or taken back
	:raises StoreError: the store can't be read
	"""
	with open_session(store_name, is_patient=True) as session:
		return dry_run_in(session, limit, on_progress, stop, fresh)


def dry_run_in(
	session: SiteSession,
	limit: int | None = None,
	on_progress: OnProgress | None = None,
	stop: threading.Event | None = None,
	fresh: bool = True,
) -> dict:
	"""As `dry_run`, with a store that is connected already."""
	frappe.db.rollback()  # the facts of the store that were just read are no part of a dry run
	with site_runs.only_rehearsal_of(session.store.name):
		return _DryRun(session, limit, on_progress or _ignore, stop or threading.Event()).run(fresh)


def write_report_again(store_name: str | None = None) -> dict:
	"""The report of the last dry run, from its file alone. Returns {"store", "report", "ledger", "orders_seen", ...}.

	:raises LedgerError: there was no dry run of this store
	"""
	store = site_store.get_store(store_name).name
	path = ledger_file(store)
	with SQLiteLedger.open_existing(path) as ledger:
		data = collect(ledger, store_url=ledger.store, ledger_file=path)
		page = write_report(data, report_folder(store))
		seen = summary.Totals(ledger.booked_orders()).orders_seen
		return {
			"store": store,
			"report": str(page),
			"ledger": str(path),
			"orders_seen": seen,
			**ledger.counts(),
		}


def read_report(store: str) -> str:
	"""The last report's HTML. :raises StoreSetupError: there is none"""
	page = report_folder(store) / "index.html"
	if not page.exists():
		raise StoreSetupError(f"There is no report of {store}.", "Rehearse first.")
	return page.read_text(encoding="utf-8")


def ledger_file(store: str) -> Path:
	"""Where the record of a store's last dry run is."""
	return _folder() / f"{private_files.file_name(store)}{LEDGER}"


def report_folder(store: str) -> Path:
	"""Where its report is: among the private files, which only people who may see the store are given."""
	return _folder() / f"{private_files.file_name(store)}-report"


def remove_files(days: int) -> int:
	"""Remove what no rehearsal has written to for so many days, of stores that are gone, too. Returns how many."""
	before, removed = time.time() - days * 24 * 3600, 0
	for path in sorted(_folder().iterdir()):
		if (
			path.exists()
			and path.suffix != LOCK
			and not path.name.endswith(SUFFIXES[1:])
			and _last_written(path) < before
		):
			removed += _remove_file(path)
	return removed


def _last_written(path: Path) -> float:
	inside = path.rglob("*") if path.is_dir() else (Path(f"{path}{suffix}") for suffix in SUFFIXES[1:])
	return max(file.stat().st_mtime for file in (path, *inside) if file.exists())


def _remove_file(path: Path) -> bool:
	"""Whether it is removed: a ledger that somebody writes to, or that can't be opened today, isn't."""
	if path.is_dir():
		shutil.rmtree(path)
	elif path.suffix == LEDGER:
		try:
			_remove(path)
		except LedgerError:
			return False
	else:
		path.unlink()
	return True


def _folder() -> Path:
	folder = Path(frappe.get_site_path(*FOLDER)).resolve()
	private_files.make_folder(folder)
	folder.chmod(private_files.FOLDER)  # made by an earlier version, everybody could read it
	return folder


def _ignore(progress: Progress) -> None:
	pass


class _DryRun:
	def __init__(
		self, session: SiteSession, limit: int | None, on_progress: OnProgress, stop: threading.Event
	):
		self.session = session
		self.limit = limit
		self.on_progress = on_progress
		self.stop = stop
		self.started = time.monotonic()

	def run(self, fresh: bool) -> dict:
		client, store = self.session.client, self.session.store.name
		path, identity = ledger_file(store), store_identity(client)
		if fresh:
			_remove(path)
		with SiteCheckedLedger(path, identity, self.session.ledger) as ledger:
			ledger.load_territories(ledger.territories())
			scope = self._scope()
			migration = Migration(client, ledger, self.session.translator, scope, self._committed, self.stop)
			verification = migration.run()
			result = summary.summarise(
				summary.Totals(ledger.booked_orders()),
				ledger.counts(),
				verification,
				migration.progress,
				client.requests,
				time.monotonic() - self.started,
			)
			page = self._write_report(ledger, path, result, verification, scope.statuses)
		return {
			"store": store,
			"ledger": str(path),
			"report": str(page),
			"report_url": f"{REPORT_URL}?{urlencode({'store': store})}",
			**result,
		}

	def _scope(self) -> Scope:
		"""A short trial reads a short page."""
		scope = self.session.scope()
		return replace(scope, page_size=min(scope.page_size, self.limit)) if self.limit else scope

	def _committed(self, progress: Progress) -> None:
		if self.limit is not None and progress.phase == "reading" and progress.orders >= self.limit:
			self.stop.set()
		self.on_progress(progress)

	def _write_report(
		self,
		ledger: SQLiteLedger,
		path: Path,
		result: dict,
		verification: Verification | None,
		statuses: tuple[str, ...] | None,
	) -> Path:
		client = self.session.client
		try:
			spot_checks = read_spot_checks(client, ledger, statuses)
		except StoreError as error:
			result["spot_check_left_out"] = str(error)
			spot_checks = {}
		data = collect(
			ledger,
			summary=result,
			verification=verification,
			spot_checks=spot_checks,
			store_url=client.home or client.url,
			zone=self.session.translator.time_zone,
			ledger_file=path,
		)
		return write_report(data, report_folder(self.session.store.name))


def _remove(path: Path) -> None:
	"""Remove the record of the dry run before. :raises LedgerInUseError: another one is writing to it"""
	if not path.exists():
		return
	try:
		with SQLiteLedger(path, SQLiteLedger.store_of(path)):
			_unlink(path)
	except LedgerVersionError:
		_unlink(path)  # no rehearsal of this version writes to it


def _unlink(path: Path) -> None:
	for suffix in SUFFIXES:
		Path(f"{path}{suffix}").unlink(missing_ok=True)
