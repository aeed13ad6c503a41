"""A migration on the site: store, translator and ledger of one WooCommerce Store joined, with its Sync Run kept up.

The engine is `services.migration.engine`; here it gets what the site knows, a lock so that one migration of a store runs
at a time, and a place where it says how it ended.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.ledger.contract import Run
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import ledger_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.written_kinds import suspects
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.extensions.events import listeners_of
from jarz_woocommerce_integration.services.migration import summary
from jarz_woocommerce_integration.services.migration.engine import Migration, Progress, Scope
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.services.migration.verification import Difference, Verification
from jarz_woocommerce_integration.services.session import (
	progress_of_process,
	runs as site_runs,
	session as site_store,
)
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.related import Account
from jarz_woocommerce_integration.translation.translate import Translator

COUNTED = """
SELECT (SELECT count(*) FROM `tabSales Invoice` WHERE woo_store = %(store)s AND docstatus < 2
		AND coalesce(woo_refund_id, 0) = 0),
	(SELECT count(*) FROM `tabSales Invoice` WHERE woo_store = %(store)s AND docstatus = 1 AND woo_refund_id > 0),
	(SELECT count(*) FROM `tabPayment Entry` WHERE woo_store = %(store)s AND docstatus = 1),
	(SELECT count(*) FROM `tabCustomer` WHERE woo_store = %(store)s)
"""
COUNTED_NAMES = ("invoices", "credit_notes", "payments", "customers")

# With the client's growing waits they take a minute and a half on average.
ATTEMPTS_OF_THE_PATIENT = 9

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Limits:
	"""Where one call ends before the migration does; the same call then goes on.

	:ivar pages: so many pages, None for all; :ivar seconds: no new page after so long, None for ever
	"""

	pages: int | None = None
	seconds: float | None = None


UNLIMITED = Limits()


@dataclass
class Ended:
	"""What one call of a migration came to.

	:ivar run: name of the WooCommerce Sync Run
	:ivar verification: None where it was stopped before the proof
	:ivar paused: it was `Limits` that ended the call, not a person
	"""

	store: str
	run: Run
	progress: Progress
	verification: Verification | None
	requests: int
	seconds: float
	paused: bool = False

	@property
	def complete(self) -> bool:
		return self.verification is not None and not self.progress.stopped

	def summary(self, ledger: ERPNextLedger) -> dict:
		"""Plain data for people and programs; counts and sums are read from the books."""
		totals = summary.Totals(ledger.booked_orders())
		found = summary.summarise(
			totals, count_books(self.store), self.verification, self.progress, self.requests, self.seconds
		)
		in_bulk = frappe.db.get_value(site_runs.RUN, self.run.run_id, "bulk_booking") or ""
		return {"store": self.store, "run": self.run.run_id, **found, "bulk_booking": in_bulk}


class SiteSession:
	"""One WooCommerce Store of the site, ready to be worked with. Made by `open_session`."""

	def __init__(self, store: Document, client: StoreClient, translator: Translator, ledger: ERPNextLedger):
		self.store = store
		self.client = client
		self.translator = translator
		self.ledger = ledger
		ledger.listener = listeners_of(store.name, ledger.settings.historical)

	def booking(self) -> PageBooking:
		"""Books a page of this store's orders."""
		return PageBooking(self.client, self.ledger, self.translator)

	def update_monthly_sales(self) -> None:
		"""Make up for what the bookings of the history leave out. Commits."""
		self.ledger.update_monthly_sales()

	def scope(
		self,
		statuses: tuple[str, ...] | None = None,
		after: datetime | None = None,
		before: datetime | None = None,
		page_size: int | None = None,
		read_all: bool = False,
	) -> Scope:
		"""What to read; the page's size is that of the settings where none is given."""
		scope = site_store.scope_of(self.store, self.client, statuses, after, before)
		return replace(scope, page_size=page_size or scope.page_size, read_all=read_all)


@contextmanager
def open_session(
	store: str | None = None, historical: bool = True, is_patient: bool = False
) -> Iterator[SiteSession]:
	"""Connect to the store and open the books.

	:param store: name of the WooCommerce Store, None for the default one
	:param historical: nothing but the books: no stock is moved and nobody is notified
	:param is_patient: the whole shop is read, which an outage of a minute mustn't end
	:raises WooCommerceIntegrationError: the store is switched off, isn't set up, is another shop than before, or can't be read
	"""
	document = enabled_store(store)
	options = {"attempts": ATTEMPTS_OF_THE_PATIENT} if is_patient else {}
	with site_store.store_client(document, **options) as client:
		site_store.refresh_facts(document, client)
		translator = site_store.translator_of(document, historical)
		with ledger_of(site_store.book_settings_of(document, historical)) as ledger:
			yield SiteSession(document, client, translator, ledger)


class PageSessions:
	"""As `open_session`, for pages of a run that has looked at the shop when it began: here it isn't asked again.

	A request is tried again three times and waits for no long pause, for the page itself is tried again. From one page to
	the next the connection and what the ledger knows of the site are kept, as long as the settings are the same. Use as
	a context manager.

	:ivar accounts: of the shop that were asked for
	"""

	def __init__(self) -> None:
		self.accounts: dict[int, Account] = {}
		self._open = ExitStack()
		self._kept: tuple | None = None

	def __enter__(self) -> "PageSessions":
		return self

	def __exit__(self, *exception) -> None:
		self._close(*exception)

	@contextmanager
	def page(self, store: str) -> Iterator[SiteSession]:
		"""A session for the next page, under the store's form as it is now.

		:raises WooCommerceIntegrationError: the store was switched off since, or its form has a mistake
		"""
		document = enabled_store(store)
		translator = site_store.translator_of(document, historical=True)
		client, ledger = self._opened(document)
		try:
			yield SiteSession(document, client, translator, ledger)
		except BaseException:
			self._close(*sys.exc_info())
			raise

	def _opened(self, document: Document) -> tuple[StoreClient, ERPNextLedger]:
		books = site_store.book_settings_of(document, historical=True)
		asked = (document.name, document.modified, site_store.settings().modified, books)
		if self._kept is None or self._kept[0] != asked:
			self._close(None, None, None)
			client = self._open.enter_context(site_store.known_client(document))
			self._kept = asked, client, self._open.enter_context(ledger_of(books))
		return self._kept[1:]

	def _close(self, *exception) -> None:
		self._kept = None
		self._open.__exit__(*exception)
		self._open = ExitStack()


def enabled_store(store: str | None) -> Document:
	""":raises StoreSetupError: there is no such store, or it is switched off"""
	document = site_store.get_store(store)
	if not document.enabled:
		raise StoreSetupError(
			Sentence("WooCommerce Store {0} is switched off.", document.name),
			"Switch it on in its form (Enabled).",
		)
	return document


def migrate(
	session: SiteSession,
	scope: Scope,
	limits: Limits = UNLIMITED,
	on_progress: OnProgress = lambda progress: None,
	stop: threading.Event | None = None,
) -> Ended:
	"""Book the store's history, from where the last call with this scope ended, and prove it.

	:param on_progress: called after each commit; :param stop: set it to end at the next page boundary
	:raises LedgerInUseError: another process migrates this store
	:raises StoreError: or any other error; the run says it as its last error, and the same call goes on
	"""
	with site_runs.only_migration_of(session.store.name):
		return _Call(session, scope, limits, on_progress, stop or threading.Event()).run()


class _Call:
	"""One call of a migration, until it is complete or ends at one of its limits."""

	def __init__(
		self,
		session: SiteSession,
		scope: Scope,
		limits: Limits,
		on_progress: OnProgress,
		stop: threading.Event,
	):
		self.session = session
		self.limits = limits
		self.on_progress = on_progress
		self.stop = stop
		self.paused = False
		self.started = time.monotonic()
		self.migration = Migration(
			session.client, session.ledger, session.translator, scope, self._committed, stop, self._at_work
		)

	def run(self) -> Ended:
		requests_before = self.session.client.requests
		try:
			verification = self.migration.run()
			if verification:
				verification.differences += self._suspects()
		except BaseException as error:
			if self.migration.record:
				requests = self.session.client.requests - requests_before
				site_runs.note_failed(self.migration.record.run_id, error, requests)
			raise
		ended = Ended(
			self.session.store.name,
			self.migration.record,  # type: ignore[arg-type]  # it has begun
			self.migration.progress,
			verification,
			self.session.client.requests - requests_before,
			time.monotonic() - self.started,
			self.paused,
		)
		self._note(ended)
		return ended

	def _suspects(self) -> list[Difference]:
		"""What was booked in bulk as a kind that has failed later in the run isn't proven, whatever its amounts are."""
		run = self.migration.record.run_id  # type: ignore[union-attr]  # it has begun
		return [Difference(each.order_id, "bulk", each.message) for each in suspects(run)]

	def _committed(self, progress: Progress) -> None:
		run = self.migration.record.run_id  # type: ignore[union-attr]  # it has begun
		progress_of_process.note(run, progress)
		site_runs.note_page(run)
		limits = self.limits
		if progress.phase == "reading" and (
			(limits.pages is not None and progress.pages >= limits.pages)
			or (limits.seconds is not None and time.monotonic() - self.started >= limits.seconds)
		):
			self.paused = not self.stop.is_set()
			self.stop.set()
		self.on_progress(progress)

	def _at_work(self, progress: Progress) -> None:
		"""Open forms ask every few seconds; nothing is written into the page's transaction."""
		progress_of_process.note(self.migration.record.run_id, progress)  # type: ignore[union-attr]  # it has begun

	def _note(self, ended: Ended) -> None:
		run = ended.run
		if ended.verification and ended.complete:
			before = to_utc_column(run.before)
			compared = ended.progress.compared
			site_runs.note_completed(
				run.run_id, ended.store, before, ended.verification, ended.requests, compared
			)
		else:
			site_runs.note_paused(run.run_id, "Paused" if self.paused else "Stopped", ended.requests)


def count_books(store: str) -> dict[str, int]:
	"""How many documents of the store stand in the books."""
	return dict(zip(COUNTED_NAMES, frappe.db.sql(COUNTED, {"store": store})[0], strict=True))
