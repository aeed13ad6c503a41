"""What differs between an order in the shop and its row in the Order Map, by kinds that a person can act on."""

from dataclasses import dataclass, replace
from datetime import datetime

from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.verification import (
	Difference,
	inexact,
	other_refunds,
	outdated,
	what_differs,
)
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.store.orders import OrderWindow
from jarz_woocommerce_integration.store.payloads import EntryWithRefunds
from jarz_woocommerce_integration.translation.drafts import OrderState

MISSING = "missing"  # in the shop, not in the Order Map
CURRENCY, TOTAL, STATUS, STAMP = (
	"currency",
	"total",
	"status",
	"stamp",
)  # changed in the shop since it was read
REFUNDS = "refunds"
BACK = "back"  # marked as deleted, and in the shop again
GONE = "gone"  # in the Order Map, in no list of the shop
HIDDEN = "hidden"  # as GONE, but it was asked for and is there
FAILED = "failed"
BOOKS = "books"  # the documents don't say what the Order Map says
KINDS = (MISSING, GONE, BACK, CURRENCY, TOTAL, STATUS, REFUNDS, STAMP, FAILED, BOOKS, HIDDEN)
# Nothing is wrong with these.
HARMLESS = (HIDDEN,)


@dataclass(frozen=True)
class Expected:
	"""Which orders of the shop must stand in the Order Map.

	:ivar since: all that were made or changed from then on (UTC); None where nobody has said since when
	:ivar migrated: all that a migration was asked for
	"""

	since: datetime | None
	migrated: tuple[OrderWindow, ...]

	def has(self, entry: EntryWithRefunds) -> bool:
		moments = [moment for moment in (entry.date_created_gmt, entry.date_modified_gmt) if moment]
		if self.since and (not moments or max(moments) >= self.since):
			return True
		return any(window.holds(entry.status, entry.date_created_gmt) for window in self.migrated)


def expected_of(store: Document) -> Expected:
	"""What a store's migrations have read, and what came after them, or after the live sync was switched on."""
	since = store.migrated_until or store.get("live_since")
	return Expected(from_utc_column(since), tuple(site_runs.completed_windows(store.name)))


def difference_of(
	entry: EntryWithRefunds | None, row: BookedOrder | None, expected: Expected, with_failed: bool
) -> Difference | None:
	"""What differs, None where nothing does, or it is none of the books' business.

	:param with_failed: an order that couldn't be booked is a difference; else only what the shop has changed is
	:returns: explained where the Order Map says why the order isn't, or isn't quite, in the books
	"""
	if row is None:
		return _missing(entry) if entry and expected.has(entry) else None
	if row.state is OrderState.DELETED:
		return _difference(entry, row, BACK, "Marked as deleted, but in the shop again.") if entry else None
	if entry is None:
		return Difference(
			row.order_id, GONE, Sentence("In the Order Map ({0}), but in no list of the shop.", row.status)
		)
	if outdated(entry, row):
		return _difference(entry, row, _what_changed(entry, row), what_differs(entry, row))
	if refunds := other_refunds(entry, row):
		return _difference(entry, row, REFUNDS, refunds.message)
	if with_failed and row.state is OrderState.FAILED:
		return _difference(entry, row, FAILED, row.message)
	return difference_in_books(row)


def difference_in_books(row: BookedOrder) -> Difference | None:
	"""What the documents of a booked order don't say any more, as far as its row doesn't say that already."""
	if row.state is not OrderState.SYNCED or row.changed:
		return None
	if not row.invoice:
		return Difference(row.order_id, BOOKS, "The order counts as booked, but its invoice isn't there.")
	if row.invoice_status == "Cancelled":
		return Difference(
			row.order_id, BOOKS, Sentence("Invoice {0} is cancelled, the order isn't.", row.invoice)
		)
	difference = inexact(row)
	return difference and replace(difference, kind=BOOKS)


def _missing(entry: EntryWithRefunds) -> Difference:
	message = Sentence(
		"In the shop ({0}, {1} {2}), not in the Order Map.", entry.status, entry.total, entry.currency
	)
	return Difference(entry.id, MISSING, message, stamp=entry.date_modified_gmt)


def _difference(entry: EntryWithRefunds, row: BookedOrder, kind: str, message: str) -> Difference:
	explained = row.state is OrderState.HELD or bool(row.changed)
	return Difference(row.order_id, kind, message, explained, entry.date_modified_gmt)


def _what_changed(entry: EntryWithRefunds, row: BookedOrder) -> str:
	"""The weightiest of what did."""
	if entry.currency != row.currency:
		return CURRENCY
	if entry.total is not None and entry.total != row.order_total:
		return TOTAL
	return STATUS if entry.status != row.status else STAMP
