"""The migration without the booking: every document is built and validated by ERPNext itself, then rolled back.

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
from frappe import _

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import LedgerError, LedgerVersionError, StoreSetupError
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.ledger.sqlite import storage
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.desk.reason_words import words_of
from jarz_woocommerce_integration.services.dry_run.ledger import SiteCheckedLedger
from jarz_woocommerce_integration.services.migration.engine import Progress, Scope
from jarz_woocommerce_integration.services.migration.store_facts import store_identity
from jarz_woocommerce_integration.services.report.data import ReportData
from jarz_woocommerce_integration.services.report.rehearsal import Rehearsal, write_report_of
from jarz_woocommerce_integration.services.report.report import ENGLISH, Wording, write_report
from jarz_woocommerce_integration.services.session import runs as site_runs, session as site_store
from jarz_woocommerce_integration.services.session.migration import SiteSession, open_session

FOLDER = ("private", "woocommerce")
LEDGER, LOCK = ".sqlite", ".lock"
REPORT_URL = "/api/method/jarz_woocommerce_integration.api.report.rehearsal_report"

OnProgress = Callable[[Progress], None]


def dry_run(
	store_name: str | None = None,
	limit: int | None = None,
	on_progress: OnProgress = lambda progress: None,
	stop: threading.Event | None = None,
	fresh: bool = True,
) -> dict:
	"""Try the whole history of a store on the site, and write the report.

	:param limit: about so many orders, rounded up to whole pages; None for all
	:param on_progress: called after each page; :param stop: set it to end at the next page boundary
	:param fresh: start anew. Without it, a dry run that was stopped goes on; what it tried before isn't tried again
	:returns: the summary of a rehearsal, with `report` (the page's path), `report_url`, `ledger` and `store`
	:raises LedgerInUseError: another dry run of this store is under way, or its history is booked or undone
	:raises StoreError: the store can't be read
	"""
	with open_session(store_name, is_patient=True) as session:
		return dry_run_in(session, limit, on_progress, stop, fresh)


def dry_run_in(
	session: SiteSession,
	limit: int | None = None,
	on_progress: OnProgress = lambda progress: None,
	stop: threading.Event | None = None,
	fresh: bool = True,
	on_work: OnProgress = lambda progress: None,
) -> dict:
	"""As `dry_run`, with a store that is connected already. :param on_work: see `Migration`"""
	frappe.db.rollback()  # the facts of the store that were just read are no part of a dry run
	with site_runs.only_rehearsal_of(session.store.name):
		return _dry_run(session, limit, on_progress, stop or threading.Event(), fresh, on_work)


def write_report_again(store_name: str | None = None) -> dict:
	"""The report of the last dry run, from its file alone. Returns {"store", "report", "ledger", "orders_seen", ...}.

	:raises LedgerError: there was no dry run of this store
	"""
	store = site_store.get_store(store_name).name
	path = ledger_file(store)
	return {"store": store, "ledger": str(path), **write_report_of(path, report_folder(store), write_reports)}


def write_reports(data: ReportData, folder: Path) -> Path:
	"""Write the report in each language that the app has. :returns: the English page"""
	for language in stored_texts.languages():
		with compat.in_language(language):
			write_report(data, folder, Wording(language, _, stored_texts.shown, words_of))
	return write_report(data, folder)


def read_report(store: str) -> str:
	"""The last report's HTML, in the reader's language if the app has it. :raises StoreSetupError: there is none"""
	folder, own = report_folder(store), Wording(str(frappe.lang).partition("-")[0])
	page = next((folder / page for page in (own.page, ENGLISH.page) if (folder / page).exists()), None)
	if page is None:
		raise StoreSetupError(Sentence("There is no report of {0}.", store), "Rehearse first.")
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
			and not path.name.endswith(storage.SUFFIXES[1:])
			and _last_written(path) < before
		):
			removed += _remove_file(path)
	return removed


def _last_written(path: Path) -> float:
	inside = (
		path.rglob("*") if path.is_dir() else (Path(f"{path}{suffix}") for suffix in storage.SUFFIXES[1:])
	)
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


def _dry_run(
	session: SiteSession,
	limit: int | None,
	on_progress: OnProgress,
	stop: threading.Event,
	fresh: bool,
	on_work: OnProgress,
) -> dict:
	client, store, started = session.client, session.store.name, time.monotonic()
	path = ledger_file(store)

	def committed(progress: Progress) -> None:
		if limit is not None and progress.phase == "reading" and progress.orders >= limit:
			stop.set()
		on_progress(progress)

	if fresh:
		_remove(path)
	with SiteCheckedLedger(path, store_identity(client), session.ledger) as ledger:
		ledger.load_territories(ledger.territories())
		trial = Rehearsal(client, ledger, session.translator, _scope(session, limit), started)
		result = trial.run(committed, stop, on_work)
		session.ledger.keep_proofs()  # a migration begins with what its rehearsal has proven
		page = write_reports(trial.report_data(), report_folder(store))
	if trial.spot_check_error:
		result["spot_check_left_out"] = str(trial.spot_check_error)
	return {
		"store": store,
		"ledger": str(path),
		"report": str(page),
		"report_url": f"{REPORT_URL}?{urlencode({'store': store})}",
		**result,
	}


def _scope(session: SiteSession, limit: int | None) -> Scope:
	"""A short trial reads a short page."""
	scope = session.scope()
	return replace(scope, page_size=min(scope.page_size, limit)) if limit else scope


def _remove(path: Path) -> None:
	"""Remove the record of the dry run before. :raises LedgerInUseError: another one is writing to it"""
	try:
		SQLiteLedger.remove(path)
	except LedgerVersionError:
		storage.remove_files(path)  # no rehearsal of this version writes to it
