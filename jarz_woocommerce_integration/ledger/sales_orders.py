"""The Sales Order of an order that isn't invoiced yet: what a change of the order means for it.

The rules are the same for every ledger; `SalesOrders` is what a ledger can do. A ledger without Sales Orders lists such orders.
"""

from typing import TYPE_CHECKING, NamedTuple

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

if TYPE_CHECKING:
	from decimal import Decimal

REASON = "sales_order"


class SalesOrderState(NamedTuple):
	"""What the ledger has of an order's Sales Order.

	:ivar status: "Draft", "Submitted" or "Cancelled"
	:ivar cancelled_by_us: it was cancelled because its order was, or to be followed by another; no person did it
	"""

	name: str
	status: str
	fingerprint: str | None
	currency: str
	total: "Decimal"
	cancelled_by_us: bool = False

	@property
	def lives(self) -> bool:
		return self.status != "Cancelled"


class Kept(NamedTuple):
	"""What became of a Sales Order.

	:ivar what: "booked", "updated", "unchanged", or "changed" where it isn't as the order says
	:ivar changed: why it is left to a person, in a sentence
	"""

	name: str
	what: str
	changed: str = ""
	reason: str = ""


class SalesOrders:
	"""The Sales Orders of one page, as a ledger keeps them. Nothing here commits. This one keeps none.

	:ivar kept: whether the ledger has Sales Orders at all
	:ivar amends: submitted ones follow their orders; else what has changed is listed
	"""

	kept = False
	amends = False

	def standing(self, order_id: int) -> SalesOrderState | None:
		return None

	def add(self, order: OrderFacts, draft: OrderDraft, submit: bool) -> str:
		""":return: its name"""
		raise NotImplementedError("This ledger keeps no Sales Orders.")

	def replace(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft, submit: bool) -> bool:
		"""Make a draft what the order is now, and submit it. Whether that changed it."""
		raise NotImplementedError("This ledger keeps no Sales Orders.")

	def amend(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft, submit: bool) -> str:
		"""Cancel a submitted one, unless it is already, and make the one that follows it. :return: its name"""
		raise NotImplementedError("This ledger keeps no Sales Orders.")

	def cancel(self, standing: SalesOrderState, order_id: int) -> None:
		"""Cancel it with what of ours hangs on it; a draft is deleted.

		:raises BookingRefusedError: names what stands in the way
		"""
		raise NotImplementedError("This ledger keeps no Sales Orders.")

	def update_details(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""Write what the order says beside its money into a submitted one. Whether that changed it."""
		return False

	def unmatched(self, standing: SalesOrderState, order: OrderFacts, draft: OrderDraft) -> str:
		"""What of a submitted one isn't as the order says and can't follow it, as a sentence; "" for nothing."""
		return ""

	def edited(self, standing: SalesOrderState) -> str:
		"""What a person has changed in it since our last write, as a sentence; "" for nothing."""
		return ""


def keep(orders: SalesOrders, order: OrderFacts, draft: OrderDraft, submit: bool) -> Kept:
	"""Make the Sales Order of an order what the order is now: for the first time, in place, or by an amendment."""
	standing = orders.standing(order.order_id)
	if standing is None:
		return Kept(orders.add(order, draft, submit), "booked")
	if standing.status == "Draft":
		updated = orders.replace(standing, order, draft, submit)
		return Kept(standing.name, "updated" if updated else "unchanged")
	if not standing.lives:
		if orders.amends and standing.cancelled_by_us:
			return Kept(orders.amend(standing, order, draft, submit), "updated")
		return _left(
			standing,
			Sentence(
				"Sales Order {0} is cancelled, but the order is {1} in the store now.",
				standing.name,
				order.status,
			),
		)
	if unmatched := orders.unmatched(standing, order, draft):
		return _left(standing, unmatched)
	edited = orders.edited(standing)
	if has_the_money(standing, draft, edited):
		if not submit:
			return _left(
				standing,
				Sentence(
					"The order is {0} in the store now, and the settings ask for a draft in this status.",
					order.status,
				),
			)
		updated = orders.update_details(standing, order, draft)
		return Kept(standing.name, "updated" if updated else "unchanged")
	described = Sentence(
		"Sales Order {0} comes to {1} {2}, and the order has changed in the store: it comes to {3} {4} now.",
		standing.name,
		standing.total,
		standing.currency,
		draft.invoice.total,
		draft.currency,
	)
	if edited:
		return _left(standing, f"{described} {edited}", "edited")
	if not orders.amends:
		return _left(standing, described)
	return Kept(orders.amend(standing, order, draft, submit), "updated")


def has_the_money(standing: SalesOrderState, draft: OrderDraft, edited: str) -> bool:
	"""Whether a Sales Order is worth what the order is: line by line, or because a person has made it so."""
	if (standing.total, standing.currency) != (draft.invoice.total, draft.currency):
		return False
	return standing.fingerprint == draft.invoice.fingerprint or bool(edited)


def _left(standing: SalesOrderState, changed: str, reason: str = "changed_in_store") -> Kept:
	return Kept(standing.name, "changed", changed, reason)
