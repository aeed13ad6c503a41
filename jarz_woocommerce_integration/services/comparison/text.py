"""A proof as plain data: what is kept on a WooCommerce Sync Run, printed, shown in its form, and written by `--json`.

There is one shape, whatever was compared: a part that wasn't made is None. Amounts are texts with exact decimals.
Long lists are cut at stated lengths; counts are always those of all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.services.migration.verification import (
	Difference,
	Group,
	Verification,
)
from jarz_woocommerce_integration.translation.drafts import OrderState

MOST_DIFFERENCES = 1000
MOST_IDS = 10_000
MOST_IDS_OF_A_REASON = 1000
# What an accountant asks: is an order missing, is one too many, does one differ?
MISSING = ("missing", "missing_invoice", "unread")
OTHER_PARTS = (
	"findings",
	"findings_by_kind",
	"not_booked",
	"received_unbooked",
	"taxes",
	"refund_taxes",
	"accounts",
	"sums",
	"payments",
	"sample",
	"territories",
)
EXTRA = ("not_in_store", "orphan_invoice", "duplicate_invoice")


@dataclass(slots=True)
class Reason:
	"""Orders that aren't booked for one reason. `total` is the store's."""

	orders: int = 0
	total: Decimal = Decimal(0)
	message: str = ""
	what_to_do: str = ""
	ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Received:
	"""What was paid for orders of one status that aren't booked, and wasn't given back."""

	orders: int = 0
	received: Decimal = Decimal(0)
	ids: list[int] = field(default_factory=list)


class ReceivedUnbooked:
	"""Money that came in for orders that aren't booked, by status and currency, gathered one by one."""

	def __init__(self):
		self.groups: dict[tuple[str, str], Received] = {}

	def add(self, row: BookedOrder) -> None:
		if row.received_unbooked:
			group = self.groups.setdefault((row.status, row.currency), Received())
			group.orders += 1
			group.received += row.received_unbooked
			if len(group.ids) < MOST_IDS_OF_A_REASON:
				group.ids.append(row.order_id)

	def as_rows(self) -> list[dict]:
		return [
			{"status": status, "currency": currency, **asdict(group), "received": str(group.received)}
			for (status, currency), group in sorted(self.groups.items())
		]


class NotBooked:
	"""Orders that are listed instead of booked, by state, reason and currency, gathered one by one."""

	def __init__(self):
		self.reasons: dict[tuple[str, str, str], Reason] = {}

	def add(self, row: BookedOrder) -> None:
		if row.state is OrderState.SYNCED:
			return
		reason = self.reasons.setdefault((row.state.value, row.reason, row.currency), Reason())
		reason.orders += 1
		reason.total += row.order_total
		reason.message = reason.message or row.message
		reason.what_to_do = reason.what_to_do or row.what_to_do
		if len(reason.ids) < MOST_IDS_OF_A_REASON:
			reason.ids.append(row.order_id)

	def as_rows(self) -> list[dict]:
		"""The most frequent first."""
		return [
			{
				"state": state,
				"reason": reason,
				"currency": currency,
				**{**asdict(group), "total": str(group.total)},
			}
			for (state, reason, currency), group in sorted(
				self.reasons.items(), key=lambda item: (-item[1].orders, item[0])
			)
		]


def comparison_text(verification: Verification, further: Iterable[tuple[str, int]] = ()) -> dict:
	"""The comparison of the store's list with the books.

	:param further: (kind, order id) of what was found beside it, in the books themselves or in a sample
	"""
	differences = sorted(verification.differences, key=lambda found: (found.explained, found.order_id))
	return {
		"store_orders": verification.store_orders,
		"unlisted_statuses": dict(sorted(verification.unlisted.items())),
		"orders": _orders(differences, further),
		"differences_in_all": len(differences),
		"differences_explained": sum(found.explained for found in differences),
		"differences": [asdict(found) for found in differences[:MOST_DIFFERENCES]],
		"by_status": _sums(
			verification, ("status", "currency"), lambda day, status, currency: (status, currency)
		),
		"by_month": _sums(
			verification, ("month", "currency"), lambda day, status, currency: (day[:7], currency)
		),
		"groups": _sums(verification, ("day", "status", "currency"), lambda *key: key),
	}


def verification_text(verification: Verification, store: str, checked_at: datetime, checked_by: str) -> dict:
	"""A proof of which nothing but the comparison with the store's list was made, as at the end of a migration.

	:param checked_at: aware
	"""
	return {
		"proven": verification.proven,
		"whole": False,
		"store": store,
		"store_url": None,
		"checked_at": checked_at.isoformat(timespec="seconds"),
		"checked_by": checked_by,
		"requests": None,
		"window": None,
		"proven_against_store": verification.proven,
		"books_sound": None,
		"taxes_equal": None,
		"sample_equal": None,
		**comparison_text(verification),
		**dict.fromkeys(OTHER_PARTS),
	}


def _orders(differences: Iterable[Difference], further: Iterable[tuple[str, int]]) -> dict:
	"""Ids of orders that are missing, too many, or different, and of those that differ and are listed with a reason.

	An order is in one of them: what is worse goes before.
	"""
	ids: dict[str, set[int]] = {"missing": set(), "extra": set(), "different": set(), "listed": set()}
	found = [("listed" if found.explained else found.kind, found.order_id) for found in differences]
	for kind, order_id in (*found, *further):
		if order_id:
			ids[_heading(kind)].add(order_id)
	told: set[int] = set()
	for heading, group in ids.items():
		group -= told
		told |= group
		ids[heading] = group
	return {heading: {"count": len(group), "ids": sorted(group)[:MOST_IDS]} for heading, group in ids.items()}


def _heading(kind: str) -> str:
	if kind == "listed":
		return kind
	return "missing" if kind in MISSING else "extra" if kind in EXTRA else "different"


def _sums(
	verification: Verification, names: tuple[str, ...], key_of: Callable[[str, str, str], tuple[str, ...]]
) -> list[dict]:
	"""Counts and sums by some part of (day, status, currency)."""
	groups: dict[tuple[str, ...], Group] = defaultdict(Group)
	for key, group in verification.groups.items():
		_add(groups[key_of(*key)], group)
	return [
		{**dict(zip(names, key, strict=True)), **dict(_plain(group))} for key, group in sorted(groups.items())
	]


def _add(sum_of: Group, group: Group) -> None:
	for name in Group.__slots__:
		setattr(sum_of, name, getattr(sum_of, name) + getattr(group, name))


def _plain(group: Group) -> Iterator[tuple[str, int | str]]:
	for name in Group.__slots__:
		value = getattr(group, name)
		yield name, str(value) if isinstance(value, Decimal) else value
