"""The ledger of a dry run: a SQLite file keeps the record, and the site checks each page with its own documents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike

from jarz_woocommerce_integration.ledger.contract import BookedPage, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.translation.drafts import Failure, Hold, ItemDraft, OrderDraft, Outcome
from jarz_woocommerce_integration.translation.lookups import KnownItem, LookupKeys, Lookups, Territory

TRIED_AT_ONCE = 10
# Beside the tables of the ledger, so that its schema stays.
_LEFT = "CREATE TABLE IF NOT EXISTS left_to_documents (order_id INTEGER PRIMARY KEY, reason TEXT NOT NULL)"
_LEAVE = "INSERT INTO left_to_documents VALUES (?, ?)"
_FORGET = "DELETE FROM left_to_documents WHERE order_id = ?"
_COUNT_LEFT = """
SELECT left_to_documents.reason, count(*) FROM left_to_documents JOIN order_map USING (order_id)
WHERE order_map.state = 'Synced' GROUP BY left_to_documents.reason
"""
_HAS_LEFT = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'left_to_documents'"


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
		self._left: dict[int, str] = {}

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
		refused = self._refused_on_site(outcomes)
		booked = super().book_page(page, [_refused(outcome, refused) for outcome in outcomes])
		with self._transaction() as connection:
			connection.execute(_LEFT)
			connection.executemany(_FORGET, [(order.order_id,) for order in booked.orders])
			connection.executemany(_LEAVE, self._left.items())
		return booked

	def _refused_on_site(self, outcomes: Sequence[Outcome]) -> dict[int, Hold | Failure]:
		"""In small parts: what the site locks while it tries one, the live sync waits for."""
		drafted = [outcome for outcome in outcomes if isinstance(outcome.translation, OrderDraft)]
		currencies = dict(self.first_currencies({o.translation.customer.key for o in drafted}))  # type: ignore[union-attr]  # they are drafts
		for_site = [self._for_site(outcome) for outcome in drafted]
		refused: dict[int, Hold | Failure] = {}
		self._left = {}
		for part in in_parts(for_site, TRIED_AT_ONCE):
			refused |= self.site.check_page(part, currencies)
			self._left |= self.site.left_to_documents
			for outcome in part:
				if outcome.order.order_id not in refused:
					currencies.setdefault(outcome.translation.customer.key, outcome.order.currency)  # type: ignore[union-attr]  # they are drafts
		return refused

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


def left_to_documents(ledger: SQLiteLedger) -> Counter[str] | None:
	"""Reason -> how many orders a migration in bulk would book through documents, None for a rehearsal that doesn't know it."""
	if not ledger.connection.execute(_HAS_LEFT).fetchone():
		return None
	return Counter({reason: orders for reason, orders in ledger.connection.execute(_COUNT_LEFT)})


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
