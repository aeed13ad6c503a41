"""The ledger of a dry run: a SQLite file keeps the record, and the site checks each page as a migration would book it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

from jarz_woocommerce_integration.ledger.contract import BookedPage, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk import report
from jarz_woocommerce_integration.ledger.erpnext.bulk.rehearsed import Rehearsed
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.sqlite import site_checks
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.site_checks import SiteChecks
from jarz_woocommerce_integration.translation.drafts import Failure, Hold, ItemDraft, OrderDraft, Outcome
from jarz_woocommerce_integration.translation.lookups import KnownItem, LookupKeys, Lookups, Territory

# What the site locks while it tries some orders, the live sync waits for. So many are tried at once as lately took so long.
SECONDS_AT_ONCE = 1.0
FEWEST_AT_ONCE, FIRST_AT_ONCE, MOST_AT_ONCE = 5, 10, 100
# From one part to the next. Where no document was booked, most of the time is the part's own, however few its orders are.
GROWTH = 3


class SiteCheckedLedger(SQLiteLedger):
	"""Books into a file what the site wouldn't refuse, and holds the rest with the site's own words.

	What the site knows (customers, items) the file learns page by page, so that an order finds the same customer as in
	the migration itself. Nothing stays on the site: the ledger there takes everything back.

	:param site: the ledger of the same store on the site
	"""

	def __init__(self, path: str | PathLike, store: str, site: ERPNextLedger):
		super().__init__(path, store)
		self.site = site
		self._on_site: set[str] = set()
		self._new_items: dict[str, ItemDraft] = {}
		self._at_once = FIRST_AT_ONCE
		self._failed: set[str] = set()
		self._doubtful: set[int] = set()

	def lookups(self, keys: LookupKeys) -> Lookups:
		"""What the site has, and what the dry run has made. Where both know an item, the site does."""
		on_site = self.site.lookups(keys)
		self._on_site |= on_site.customers.keys()
		self.load_customers(on_site.customers.values())
		self.load_items(_named_only(_items_of(on_site)))
		lookups = super().lookups(keys)
		lookups.items_by_product |= on_site.items_by_product
		lookups.items_by_sku |= on_site.items_by_sku
		lookups.items_by_code |= on_site.items_by_code
		return lookups

	def territories(self) -> Sequence[Territory]:
		return self.site.territories()

	def book_page(self, page: PageRecord, outcomes: Sequence[Outcome]) -> BookedPage:
		"""Let the site try the page; what it refuses is held or failed with the rule that it names."""
		self.site.on_order = self.on_order  # what takes the time is the site's
		checks = SiteChecks(report=site_checks.bulk_report(self.connection))
		refused = self._refused_on_site(outcomes, checks)
		booked = super().book_page(page, [_refused(outcome, refused) for outcome in outcomes])
		ids = {order.order_id for order in booked.orders}
		with self._transaction() as connection:
			site_checks.write(connection, ids, checks)
			# The final pass finds that they are missing, and reads them once more.
			site_checks.remove_orders(connection, self._doubtful - ids)
		self._doubtful = set()
		return booked

	def _refused_on_site(self, outcomes: Sequence[Outcome], checks: SiteChecks) -> dict[int, Hold | Failure]:
		drafted = [outcome for outcome in outcomes if isinstance(outcome.translation, OrderDraft)]
		currencies = dict(self.first_currencies({o.translation.customer.key for o in drafted}))  # type: ignore[union-attr]  # they are drafts
		waiting = [self._for_site(outcome) for outcome in drafted]
		tried: list[Outcome] = []
		refused: dict[int, Hold | Failure] = {}
		while waiting:
			part, waiting = waiting[: self._at_once], waiting[self._at_once :]
			for outcome in part:
				refused.pop(outcome.order.order_id, None)  # what is tried once more may pass now
			refused |= self._try(part, currencies)
			tried += part
			for outcome in part:
				if outcome.order.order_id not in refused:
					currencies.setdefault(outcome.translation.customer.key, outcome.order.currency)  # type: ignore[union-attr]  # they are drafts
			if self.site.rehearsed:
				again = self._note(self.site.rehearsed, checks)
				waiting += [outcome for outcome in tried if outcome.order.order_id in again]
		return refused

	def _try(self, part: Sequence[Outcome], currencies: dict[str, str]) -> dict[int, Hold | Failure]:
		started, proof = time.monotonic(), self.site.proof_seconds
		refused = self.site.check_page(part, currencies)
		seconds = max(time.monotonic() - started, 0.001)
		found = self.site.rehearsed
		grown = min(self._at_once * GROWTH, MOST_AT_ONCE)
		if found and not found.left and self.site.proof_seconds == proof:
			self._at_once = grown
		else:
			self._at_once = max(FEWEST_AT_ONCE, min(int(len(part) * SECONDS_AT_ONCE / seconds), grown))
		return refused

	def _note(self, rehearsed: Rehearsed, checks: SiteChecks) -> set[int]:
		"""
		:return: the orders of this page that passed with rows of a kind that has failed since; those of earlier pages
			become doubtful
		"""
		failed, self._failed = rehearsed.failed - self._failed, rehearsed.failed
		again = {order_id for order_id, kinds in checks.passed.items() if not failed.isdisjoint(kinds)}
		if failed:
			self._doubtful |= site_checks.passed_with(self.connection, failed)
		for order_id in again:
			del checks.passed[order_id]
		checks.left |= rehearsed.left
		checks.passed |= rehearsed.kinds
		checks.report = report.merged(checks.report or {}, rehearsed.report)
		return again

	def _for_site(self, outcome: Outcome) -> Outcome:
		"""Customers and items that an earlier page of the dry run made aren't on the site: there they are new once more."""
		draft = outcome.translation
		if not isinstance(draft, OrderDraft):
			return outcome
		self._new_items |= {item.code: item for item in draft.items}
		codes = {row.item_code for row in draft.invoice.rows}
		draft = replace(draft, items=[item for code, item in self._new_items.items() if code in codes])
		if draft.customer.key not in self._on_site:
			decision = replace(draft.customer.decision, outcome="new")
			draft = replace(draft, customer=replace(draft.customer, decision=decision))
		return replace(outcome, translation=draft)


def _items_of(lookups: Lookups) -> dict[str, KnownItem]:
	"""All items of an answer by code."""
	found = {item.code: item for items in lookups.items_by_sku.values() for item in items}
	found |= {item.code: item for item in lookups.items_by_product.values()}
	return found | lookups.items_by_code


def _named_only(items: dict[str, KnownItem]) -> list[KnownItem]:
	"""On the site several products may be one item, in the file none may: the links are in the site alone."""
	return [KnownItem(item.code, item.name, has_variants=item.has_variants) for item in items.values()]


def _refused(outcome: Outcome, refused: dict[int, Hold | Failure]) -> Outcome:
	found = refused.get(outcome.order.order_id)
	if found is None or not isinstance(outcome.translation, OrderDraft):
		return outcome
	return replace(outcome, translation=found)
