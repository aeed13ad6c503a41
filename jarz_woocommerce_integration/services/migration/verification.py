"""The check: the store's manifest beside the ledger, order by order, in one pass over both in the order of their ids.

Neither side is held in memory: the manifest comes from the store by ascending id, and so do the ledger's rows.
Verification, proof and reconciliation all take this walk.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from decimal import Decimal
from typing import Any

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.store.orders import Entry, OrderWindow
from jarz_woocommerce_integration.store.payloads import EntryWithRefunds, ManifestEntry
from jarz_woocommerce_integration.translation.drafts import OrderState

ZERO = Decimal(0)
UNLISTED = "unlisted"
READ_AGAIN = ("missing", "outdated", "failed")
# A ledger keeps amounts of orders in thousandths.
SMALLEST = Decimal("0.001")


@dataclass(slots=True)
class Difference:
	"""One order whose books aren't what the store says, and isn't held or skipped either.

	:ivar kind: "missing", "not_in_store", "unlisted", "outdated", "amount", "refunds", "changed", "failed", "unread", "bulk"; in a
		proof "tax", "tax_account" and "sample" as well; in a reconciliation those of `reconciliation.differences`
	:ivar order_id: 0 where the store breaks whenever it is asked for the order, so that its id isn't known
	:ivar explained: the ledger knows and lists the reason; an unexplained difference fails the verification
	:ivar stamp: of the order's last change in the store, as far as a reconciliation needs it
	"""

	order_id: int
	kind: str
	message: str
	explained: bool = False
	stamp: datetime | None = None

	def as_dict(self) -> dict[str, Any]:
		"""Plain data for people and programs."""
		names = ("order_id", "kind", "message", "explained")
		return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Group:
	"""Counts and sums of one status, day and currency: what the store has, and what became of it."""

	orders: int = 0
	store_total: Decimal = ZERO
	booked: int = 0
	booked_total: Decimal = ZERO
	listed: int = 0
	listed_total: Decimal = ZERO

	def add(self, group: "Group") -> None:
		"""Add another group's counts and sums to these."""
		for name in self.__slots__:
			setattr(self, name, getattr(self, name) + getattr(group, name))

	def as_dict(self) -> dict[str, int | str]:
		"""Plain data; amounts are texts with exact decimals."""
		values = {name: getattr(self, name) for name in self.__slots__}
		return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


# Is shown each order with what the store and the ledger have of it, and the difference, each None where there is none.
Watch = Callable[[ManifestEntry | None, BookedOrder | None, Difference | None], None]


@dataclass
class Verification:
	"""What the comparison found.

	:ivar groups: by (day in the store's zone, status, currency)
	:ivar to_read_again: the ids of orders that are missing or not up to date in the ledger
	:ivar vanished: orders that the ledger has and the manifest doesn't
	:ivar unlisted: statuses that the store's lists can't show -> how many orders in them the ledger knows, each read by its id
	"""

	groups: dict[tuple[str, str, str], Group] = field(default_factory=lambda: defaultdict(Group))
	differences: list[Difference] = field(default_factory=list)
	to_read_again: list[int] = field(default_factory=list)
	vanished: list[int] = field(default_factory=list)
	store_orders: int = 0
	unlisted: dict[str, int] = field(default_factory=dict)

	@property
	def unexplained(self) -> list[Difference]:
		"""Differences that the ledger has no reason for."""
		return [difference for difference in self.differences if not difference.explained]

	@property
	def proven(self) -> bool:
		"""Everything is booked exactly or listed with its reason."""
		return not self.unexplained

	def sums_by(self, *names: str) -> list[dict[str, Any]]:
		"""Counts and sums of the groups as plain data, a row for each value of the names.

		:param names: of "day", "month", "status" and "currency"
		"""
		rows: dict[tuple[str, ...], Group] = defaultdict(Group)
		for (day, status, currency), group in self.groups.items():
			values = {"day": day, "month": day[:7], "status": status, "currency": currency}
			rows[tuple(values[name] for name in names)].add(group)
		return [
			{**dict(zip(names, key, strict=True)), **group.as_dict()} for key, group in sorted(rows.items())
		]


class Comparison:
	"""What is found on the way, order by order.

	:param window: what the manifest was asked for; rows of the ledger outside it belong to other runs
	:param zone: the store's time zone, whose days are counted
	:param listable: the statuses that the store's lists can show, asked for where an order is in none of them; None
		where the store doesn't say
	"""

	def __init__(
		self,
		window: OrderWindow,
		zone: tzinfo = timezone.utc,
		listable: Callable[[], Collection[str] | None] = lambda: None,
	):
		self.window = window
		self.zone = zone
		self.listable = listable
		self.found = Verification()
		self.parts = SubOrderRefunds()

	def add(self, entry: ManifestEntry | None, row: BookedOrder | None) -> Difference | None:
		"""Compare the next order."""
		found = self.found
		self.parts.count(row)
		if entry:
			found.store_orders += 1
			group = found.groups[_day(entry.date_created_gmt, self.zone), entry.status, entry.currency]
			group.orders += 1
			group.store_total += entry.total or ZERO
			_count(group, row)
		difference = _difference(entry, row, self.window, self.listable)
		if difference:
			found.differences.append(difference)
			if entry and (difference.kind in READ_AGAIN or (row and other_refunds(entry, row))):
				found.to_read_again.append(entry.id)
			elif difference.kind == "not_in_store" and not difference.explained:
				found.vanished.append(difference.order_id)
		return difference

	def close(self) -> Verification:
		"""All orders were added: what was found."""
		for difference in self.parts.differences():
			self.found.differences.append(difference)
			self.found.to_read_again.append(difference.order_id)
		return self.found


class SubOrderRefunds:
	"""Refunds of sub-orders that aren't booked against what is credited of them with their parents.

	A refund on a sub-order doesn't raise its parent's stamp, so nothing else says that the parent is to be read again.
	"""

	def __init__(self) -> None:
		self.on_sub_orders: dict[int, Decimal] = defaultdict(Decimal)
		self.credited: dict[int, Decimal] = {}
		self.not_booked: set[int] = set()

	def count(self, row: BookedOrder | None) -> None:
		if row is None:
			return
		if row.state is not OrderState.SYNCED or row.changed or row.invoice_status == "Draft":
			self.not_booked.add(row.order_id)
			if row.parent_id and row.state is OrderState.SKIPPED and row.refunded_total:
				self.on_sub_orders[row.parent_id] += row.refunded_total
		elif row.refunded_on_sub_orders:
			self.credited[row.order_id] = row.refunded_on_sub_orders

	def differences(self) -> Iterator[Difference]:
		for parent in sorted({*self.on_sub_orders, *self.credited} - self.not_booked):
			theirs, credited = self.on_sub_orders[parent], self.credited.get(parent, ZERO)
			if theirs != credited:
				message = Sentence(
					"Its sub-orders have refunds of {0}, but {1} of them is credited with it.",
					theirs,
					credited,
				)
				yield Difference(parent, "refunds", message)


def side_by_side(
	manifest: Iterable[list[Entry]], booked: Iterable[BookedOrder]
) -> Iterator[tuple[Entry | None, BookedOrder | None]]:
	"""Each order with what the store and the ledger have of it, None where there is nothing. Both come by ascending id."""
	rows = iter(booked)
	row = next(rows, None)
	for entry in _ascending(manifest):
		while row and row.order_id < entry.id:
			yield None, row
			row = next(rows, None)
		if row and row.order_id == entry.id:
			yield entry, row
			row = next(rows, None)
		else:
			yield entry, None
	while row:
		yield None, row
		row = next(rows, None)


def _ascending(manifest: Iterable[list[Entry]]) -> Iterator[Entry]:
	"""The entries without those that a page shows again because the pages before it moved."""
	last = 0
	for page in manifest:
		for entry in page:
			if entry.id > last:
				last = entry.id
				yield entry


def _day(created: datetime | None, zone: tzinfo) -> str:
	return created.astimezone(zone).date().isoformat() if created else ""


def _count(group: Group, row: BookedOrder | None) -> None:
	if row and row.state is OrderState.SYNCED and row.invoice_total is not None:
		group.booked += 1
		group.booked_total += row.invoice_total
	elif row:
		group.listed += 1
		group.listed_total += row.order_total


def _difference(
	entry: ManifestEntry | None,
	row: BookedOrder | None,
	window: OrderWindow,
	listable: Callable[[], Collection[str] | None],
) -> Difference | None:
	if entry is None:
		return _not_in_store(row, window, listable) if row else None
	if row is None:
		return Difference(
			entry.id,
			"missing",
			Sentence("In the store ({0}, {1}), not in the ledger.", entry.status, entry.total),
		)
	if row.changed:
		return Difference(row.order_id, "changed", row.changed, explained=True)
	if outdated(entry, row):
		return Difference(row.order_id, "outdated", what_differs(entry, row))
	if row.state is OrderState.FAILED:
		return Difference(row.order_id, "failed", row.message, explained=True)
	if row.state is OrderState.DELETED:
		return Difference(row.order_id, "outdated", "Marked as deleted, but in the store again.")
	if row.state is OrderState.SYNCED:
		return other_refunds(entry, row) or inexact(row)
	return None


def _not_in_store(
	row: BookedOrder, window: OrderWindow, listable: Callable[[], Collection[str] | None]
) -> Difference | None:
	if row.state is OrderState.DELETED:
		gone = (
			Sentence("Deleted in the store; invoice {0} stays.", row.invoice)
			if row.invoice
			else Sentence("Deleted in the store.")
		)
		return Difference(row.order_id, "not_in_store", gone, explained=True)
	shown = listable() if row.status and replace(window, statuses=None).holds("", row.created_at) else None
	if shown is not None and row.status not in shown:
		return Difference(
			row.order_id,
			UNLISTED,
			Sentence(
				'Its status "{0}" is in no list of the store: the plugin that adds this status is switched off there.',
				row.status,
			),
		)
	if not in_window(row, window):
		return None
	return Difference(
		row.order_id, "not_in_store", Sentence("In the ledger ({0}), not in the store's list.", row.status)
	)


def in_window(row: BookedOrder, window: OrderWindow) -> bool:
	"""Whether an order of the ledger is one of those that the store was asked for."""
	return window.holds(row.status, row.created_at)


def outdated(entry: ManifestEntry, row: BookedOrder) -> bool:
	"""Whether the order was changed in the store since it was read, as far as its stamp, status and total show."""
	return (
		entry.status != row.status
		or (entry.total is not None and entry.total != row.order_total)
		or entry.currency != row.currency
		or (entry.date_modified_gmt is not None and entry.date_modified_gmt != row.modified_at)
	)


def what_differs(entry: ManifestEntry, row: BookedOrder) -> str:
	"""What makes it outdated, in a sentence."""
	pairs = (
		(Sentence("status {0} is now {1}", row.status, entry.status), row.status != entry.status),
		(Sentence("total {0} is now {1}", row.order_total, entry.total), row.order_total != entry.total),
		(Sentence("currency {0} is now {1}", row.currency, entry.currency), row.currency != entry.currency),
		(
			Sentence("modified {0} is now {1}", row.modified_at, entry.date_modified_gmt),
			row.modified_at != entry.date_modified_gmt,
		),
	)
	changes = "; ".join(said for said, is_so in pairs if is_so)
	return Sentence("Changed in the store since it was read: {0}.", changes)


def inexact(row: BookedOrder) -> Difference | None:
	"""What of a booked order isn't to the cent what the store said when it was read."""
	if row.invoice_total != row.sold_total:
		return Difference(row.order_id, "amount", _says_another_amount(row))
	if row.invoice_status != "Draft" and row.credited_total != row.to_credit:
		return Difference(
			row.order_id,
			"refunds",
			Sentence(
				"Credit notes sum to {0}, the order's refunds to {1}.", row.credited_total, row.to_credit
			),
		)
	return None


def _says_another_amount(row: BookedOrder) -> Sentence:
	amounts = (row.invoice, row.invoice_total, row.order_total, row.tendered_total)
	if not row.tendered_total:
		return Sentence("Invoice {0} is {1}, the order {2}.", *amounts[:3])
	if row.owed_total:
		return Sentence("Invoice {0} is {1}, the order {2} with {3} owed to the customer.", *amounts)
	return Sentence("Invoice {0} is {1}, the order {2} with {3} paid by credit.", *amounts)


def other_refunds(entry: ManifestEntry, row: BookedOrder) -> Difference | None:
	"""A refund that was deleted in the store doesn't raise the order's stamp, so only its list of refunds shows it."""
	refunded = entry.refunded_total if isinstance(entry, EntryWithRefunds) else None
	if refunded is None or abs(refunded - row.refunded_total) < SMALLEST:
		return None
	return Difference(
		row.order_id,
		"refunds",
		Sentence(
			"The store's refunds are {0} now, but were {1} when the order was read.",
			refunded,
			row.refunded_total,
		),
	)
