"""A proof as plain data: what is kept on a WooCommerce Sync Run, printed, shown in its form, and written by `--json`.

There is one shape, whatever was compared: a part that wasn't made is None. Amounts are texts with exact decimals.
Long lists are cut at stated lengths; counts are always those of all.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from jarz_woocommerce_integration.ledger.contract import BookedOrder
from jarz_woocommerce_integration.services.migration.verification import Difference, Verification
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
class OrderGroup:
	"""Orders that are listed for one reason. :ivar total: what they come to; :ivar ids: of the first ones"""

	orders: int = 0
	total: Decimal = Decimal(0)
	ids: list[int] = field(default_factory=list)

	def add(self, order_id: int, total: Decimal) -> None:
		"""Count an order."""
		self.orders += 1
		self.total += total
		if len(self.ids) < MOST_IDS_OF_A_REASON:
			self.ids.append(order_id)


@dataclass(slots=True)
class Reason(OrderGroup):
	"""Orders that aren't booked for one reason. `total` is the store's."""

	message: str = ""
	what_to_do: str = ""


class ReceivedUnbooked:
	"""Money that came in for orders that aren't booked and wasn't given back, by status and currency."""

	def __init__(self) -> None:
		self.groups: dict[tuple[str, str], OrderGroup] = defaultdict(OrderGroup)

	def add(self, row: BookedOrder) -> None:
		"""Count an order of the books."""
		if row.received_unbooked:
			self.groups[row.status, row.currency].add(row.order_id, row.received_unbooked)

	def as_rows(self) -> list[dict]:
		"""Plain data; amounts are texts with exact decimals."""
		return [
			{
				"status": status,
				"currency": currency,
				"orders": group.orders,
				"received": str(group.total),
				"ids": group.ids,
			}
			for (status, currency), group in sorted(self.groups.items())
		]


class NotBooked:
	"""Orders that are listed instead of booked, by state, reason and currency."""

	def __init__(self) -> None:
		self.reasons: dict[tuple[str, str, str], Reason] = defaultdict(Reason)

	def add(self, row: BookedOrder) -> None:
		"""Count an order of the books."""
		if row.state is OrderState.SYNCED:
			return
		reason = self.reasons[row.state.value, row.reason, row.currency]
		reason.add(row.order_id, row.order_total)
		reason.message = reason.message or row.message
		reason.what_to_do = reason.what_to_do or row.what_to_do

	def as_rows(self) -> list[dict]:
		"""Plain data, the most frequent first."""
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


def verification_text(
	verification: Verification,
	store: str,
	checked_at: datetime,
	checked_by: str,
	further: Iterable[tuple[str, int]] = (),
) -> dict:
	"""A proof of which nothing but the comparison with the store's list was made, as at the end of a migration.

	:param checked_at: aware
	:param further: (kind, order id) of what was found beside it, in the books themselves or in a sample
	"""
	differences = sorted(verification.differences, key=lambda found: (found.explained, found.order_id))
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
		"store_orders": verification.store_orders,
		"unlisted_statuses": dict(sorted(verification.unlisted.items())),
		"orders": _orders(differences, further),
		"differences_in_all": len(differences),
		"differences_explained": len(differences) - len(verification.unexplained),
		"differences": [found.as_dict() for found in differences[:MOST_DIFFERENCES]],
		"by_status": verification.sums_by("status", "currency"),
		"by_month": verification.sums_by("month", "currency"),
		"groups": verification.sums_by("day", "status", "currency"),
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
	before: set[int] = set()
	for group in ids.values():
		group -= before
		before |= group
	return {heading: {"count": len(group), "ids": sorted(group)[:MOST_IDS]} for heading, group in ids.items()}


def _heading(kind: str) -> str:
	if kind == "listed":
		return kind
	return "missing" if kind in MISSING else "extra" if kind in EXTRA else "different"
