"""A rehearsal: a migration into a SQLite ledger, and its report. `jarz-woo` and the dry run of a site share it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration import summary
from jarz_woocommerce_integration.services.migration.engine import Migration, Progress, Scope
from jarz_woocommerce_integration.services.migration.spot_checks import read_spot_checks
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.services.report.data import ReportData
from jarz_woocommerce_integration.services.report.queries import collect
from jarz_woocommerce_integration.services.report.report import write_report
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.translation.translate import Translator


class Rehearsal:
	"""One session of a rehearsal: the same again with the same ledger goes on where this one ended.

	:param started: of the monotonic clock, for the duration in the summary
	:ivar result: the summary, `verification`: the comparison with the store, both as of the end of `run`
	:ivar spot_check_error: why the report has no orders that were read from the store once more, None where it has
	"""

	def __init__(
		self, client: StoreClient, ledger: SQLiteLedger, translator: Translator, scope: Scope, started: float
	):
		self.client = client
		self.ledger = ledger
		self.translator = translator
		self.scope = scope
		self.started = started
		self.result: dict = {}
		self.verification: Verification | None = None
		self.spot_check_error: StoreError | None = None

	def run(
		self,
		on_progress: Callable[[Progress], None],
		stop: threading.Event,
		on_work: Callable[[Progress], None] = lambda progress: None,
	) -> dict:
		"""Migrate into the ledger, compare with the store, and sum up.

		:param on_progress: called after each commit; :param stop: set it to end at the next page boundary
		:param on_work: see `Migration`
		:returns: see `summary.summarise`
		:raises StoreError: the store can't be read; :raises LedgerError: the ledger can't be written
		"""
		client, ledger = self.client, self.ledger
		migration = Migration(client, ledger, self.translator, self.scope, on_progress, stop, on_work)
		self.verification = migration.run()
		self.result = summary.summarise(
			summary.Totals(ledger.booked_orders()),
			ledger.counts(),
			self.verification,
			migration.progress,
			client.requests,
			time.monotonic() - self.started,
		)
		return self.result

	def write_report(self, directory: Path) -> Path:
		"""Write the report of what was run. :returns: its page; :raises LedgerStorageError: it can't be written"""
		return write_report(self.report_data(), directory)

	def report_data(self) -> ReportData:
		"""What the report of what was run says. The store is asked for the orders of the spot check."""
		try:
			spot_checks = read_spot_checks(self.client, self.ledger, self.scope.statuses)
		except StoreError as error:
			self.spot_check_error = error
			spot_checks = {}
		return collect(
			self.ledger,
			summary=self.result,
			verification=self.verification,
			spot_checks=spot_checks,
			store_url=self.client.home or self.client.url,
			zone=self.translator.time_zone,
		)


def write_report_of(
	path: Path, directory: Path, write: Callable[[ReportData, Path], Path] = write_report
) -> dict:
	"""The report of a ledger alone: without the store there is no comparison and no spot check.

	:param write: how it is written
	:returns: the page as "report", "orders_seen", and how many documents of each kind the ledger has
	:raises LedgerError: there is no ledger at `path`, or the report can't be written
	"""
	with SQLiteLedger.open_existing(path) as ledger:
		page = write(collect(ledger, store_url=ledger.store), directory)
		orders_seen = summary.Totals(ledger.booked_orders()).orders_seen
		return {"report": str(page), "orders_seen": orders_seen, **ledger.counts()}
