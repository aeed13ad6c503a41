"""A rehearsal as one use: connect, load what the merchant has, migrate, prove, report, and stop politely on Ctrl-C."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jarz_woocommerce_integration.cli import access
from jarz_woocommerce_integration.cli.progress import displayed
from jarz_woocommerce_integration.exceptions import (
	LedgerStorageError,
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRequestRefusedError,
)
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.ledger.sqlite import masters_csv
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.sample_store import masters as sample_masters
from jarz_woocommerce_integration.services.migration import summary
from jarz_woocommerce_integration.services.migration.engine import Migration, Scope
from jarz_woocommerce_integration.services.migration.progress_lines import unlisted_lines
from jarz_woocommerce_integration.services.migration.spot_checks import read_spot_checks
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.services.report.queries import collect
from jarz_woocommerce_integration.services.report.report import write_report
from jarz_woocommerce_integration.store.catalogue import read_products
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.payloads import Order
from jarz_woocommerce_integration.translation.lookups import KnownItem
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator


@dataclass(frozen=True)
class MasterFiles:
	"""CSV files of what the merchant already has; None for each that isn't given."""

	items: Path | None = None
	customers: Path | None = None
	territories: Path | None = None


class Rehearsal:
	"""One session of a rehearsal: the same command again goes on where this one ended."""

	def __init__(
		self,
		client: StoreClient,
		ledger_file: Path,
		policy: Policy,
		scope: Scope,
		masters: MasterFiles,
		console: Console,
	):
		self.client = client
		self.ledger_file = ledger_file
		self.policy = _in_country(policy, client)
		self.scope = scope
		self.masters = masters
		self.console = console
		self.zone = access.store_zone(client)

	def run(self, report_directory: Path, sample: bool = False, fresh: bool = False) -> dict:
		"""Rehearse, prove, and write the report. The summary says what came of it.

		:param fresh: start anew; the ledger that is there is removed, once the store is known to answer
		:param sample: load the sample store's own territories where no file of territories is given
		"""
		started = time.monotonic()
		_make_folder(self.ledger_file.parent)
		if fresh:
			access.remove_ledger(self.ledger_file)
		with SQLiteLedger(self.ledger_file, access.store_identity(self.client)) as ledger:
			self._load_masters(ledger, sample)
			territories = TerritoryIndex(ledger.territories(), self.policy.territories)
			translator = Translator(self.policy, territories, self.zone)
			with displayed(self.console, self.client, self.scope.window) as (display, stop):
				migration = Migration(self.client, ledger, translator, self.scope, display, stop)
				verification = migration.run()
			result = summary.summarise(
				summary.Totals(ledger.booked_orders()),
				ledger.counts(),
				verification,
				migration.progress,
				self.client.requests,
				time.monotonic() - started,
			)
			self._print(result, verification)
			if result["complete"]:
				page = self._write_report(ledger, result, verification, report_directory)
				result["report"] = str(page)
		return result

	# --- what the merchant has ---

	def _load_masters(self, ledger: SQLiteLedger, sample: bool) -> None:
		files = self.masters
		if files.items:
			ledger.load_items(masters_csv.read_items(files.items))
		elif not ledger.is_resuming(self.scope.parameters(self.policy.hash)):
			self._load_store_products(ledger)
		if files.customers:
			ledger.load_customers(masters_csv.read_customers(files.customers, self.policy.customers.country))
		if files.territories:
			ledger.load_territories(masters_csv.read_territories(files.territories))
		elif sample:
			ledger.load_territories(sample_masters.territories())

	def _load_store_products(self, ledger: SQLiteLedger) -> None:
		"""Without a list of the merchant's items, the shop's products are the items."""
		try:
			ledger.load_items(_items_of(page for page in read_products(self.client)))
		except (StoreNotFoundError, StoreAuthenticationError, StoreRequestRefusedError) as error:
			self.console.print(
				f"The shop's products can't be read, so every line is booked on the placeholder item: {error}",
				markup=False,
				highlight=False,
				soft_wrap=True,
			)

	# --- what the user sees ---

	def _print(self, result: dict, verification: Verification | None) -> None:
		table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
		table.add_row("Orders seen", f"{result['orders_seen']:,}")
		for state, count in result["by_state"].items():
			table.add_row(f"  {state}", f"{count:,}")
		for reason, count in result["held_by_reason"].items():
			table.add_row(f"    held: {reason}", f"{count:,}")
		for currency, total in result["store_total"].items():
			booked = result["booked_total"].get(currency, "0")
			table.add_row(f"{currency} in the store / booked", f"{total} / {booked}")
		for currency, total in result["received_unbooked"].items():
			table.add_row(f"{currency} received, not booked", total)
		table.add_row("This session", f"{result['this_session']['orders']:,} orders in {result['seconds']} s")
		table.add_row("Requests, peak memory", f"{result['requests']:,}, {result['peak_rss_mb']} MB")
		self.console.print(table, highlight=False)
		if several := result["customers_in_several_currencies"]:
			self.console.print(
				f"{several:,} customers buy in several currencies. ERPNext needs one receivable account for all currencies,"
				" or a second customer for each of them (docs/use/currencies.md).",
				highlight=False,
				soft_wrap=True,
			)
		if verification is None or not result["complete"]:
			self.console.print(
				f"Stopped at a page boundary. Start the same command again to go on ({self.ledger_file}).",
				highlight=False,
				soft_wrap=True,
			)
		else:
			print_verification(self.console, verification)

	def _write_report(
		self, ledger: SQLiteLedger, result: dict, verification: Verification, directory: Path
	) -> Path:
		data = collect(
			ledger,
			summary=result,
			verification=verification,
			spot_checks=self._spot_checks(ledger),
			store_url=self.client.home or self.client.url,
			zone=self.zone,
			ledger_file=self.ledger_file,
		)
		page = write_report(data, directory)
		self.console.print(f"Ledger: {self.ledger_file}\nReport: {page}", highlight=False, soft_wrap=True)
		return page

	def _spot_checks(self, ledger: SQLiteLedger) -> dict[int, Order]:
		"""Random booked orders, read from the store once more; none where it can't be read."""
		try:
			return read_spot_checks(self.client, ledger, self.scope.statuses)
		except StoreError as error:
			self.console.print(f"The spot check is left out: {error}", markup=False, highlight=False)
			return {}


def write_ledger_report(ledger: SQLiteLedger, path: Path, directory: Path) -> Path:
	"""The report of a ledger alone: without the store there is no comparison and no spot check."""
	return write_report(collect(ledger, store_url=ledger.store, ledger_file=path), directory)


def print_verification(console: Console, verification: Verification) -> None:
	"""The verdict, and the first differences."""
	shown = 20
	for found in verification.differences[:shown]:
		whose = f"order {found.order_id}: " if found.order_id else ""
		console.print(f"  {whose}{found.message}", markup=False, highlight=False, soft_wrap=True)
	if len(verification.differences) > shown:
		console.print(f"  and {len(verification.differences) - shown} more (--json has all)")
	if verification.proven:
		console.print(
			f"[green]Proven:[/] each of the {verification.store_orders:,} orders that the store lists is booked exactly or"
			" listed.",
			highlight=False,
		)
	else:
		unexplained = sum(not found.explained for found in verification.differences)
		console.print(f"[red]Not proven:[/] {unexplained} unexplained differences.", highlight=False)
	for line in unlisted_lines(verification.unlisted):
		console.print(line, markup=False, highlight=False, soft_wrap=True)


def _make_folder(folder: Path) -> None:
	try:
		private_files.make_folder(folder)
	except OSError as error:
		raise LedgerStorageError(
			f"The folder {folder} can't be made: {error.strerror}.", "Name a ledger elsewhere with --ledger."
		) from None


def _in_country(policy: Policy, client: StoreClient) -> Policy:
	"""The policy with the store's country for phones, where it names none itself."""
	if policy.customers.country:
		return policy
	customers = policy.customers.model_copy(update={"country": access.store_country(client)})
	return policy.model_copy(update={"customers": customers})


def _items_of(pages) -> Iterator[KnownItem]:
	"""The shop's products as items: coded by SKU, or by id where the SKU is missing or another product's."""
	codes: set[str] = set()
	for page in pages:
		for product in page:
			product_id, variation_id = (
				(product.parent_id, product.id) if product.type == "variation" else (product.id, 0)
			)
			code = product.sku if product.sku and product.sku not in codes else f"WOO-{product.id}"
			codes.add(code)
			yield KnownItem(
				code=code,
				name=product.name,
				product_id=product_id,
				variation_id=variation_id,
				sku=product.sku,
				has_variants=product.type in ("variable", "variable-subscription"),
			)
