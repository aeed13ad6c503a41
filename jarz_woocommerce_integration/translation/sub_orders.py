"""Orders that are a part of another one: the vendors' orders of a marketplace, payments of a deposit, renewals.

A marketplace plugin lists the customer's order and, beside it, one order for each vendor with the same goods. Which of
them is the sale is a policy (`Policy.sub_orders`). Refunds stand on either and are never copied, so they count wherever
they stand.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import Hold, Skip
from jarz_woocommerce_integration.translation.tenders.base import meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order, Refund

# Meta of a customer's order that was divided, of a vendor's order, and what made it.
PARENT_KEYS = ("has_sub_order", "multivendorx_has_sub_order", "has_mvx_sub_order", "has_wcmp_sub_order")
VENDOR_KEYS = frozenset(
	(
		"_dokan_vendor_id",
		"multivendorx_store_id",
		"multivendorx_commission_id",
		"_vendor_id",
		"_commission_id",
	)
)
MADE_BY = frozenset(("dokan", "multivendorx_store_order", "mvx_vendor_order", "wcmp_vendor_order"))
# Orders for goods of their own, whatever order they follow.
RENEWAL_KEYS = (
	"_subscription_renewal",
	"_subscription_resubscribe",
	"_subscription_switch",
	"wps_sfw_renewal_order",
	"is_a_renew",
)
PAYMENT_KEYS = ("_awcdp_deposits_payment_type",)
PARENTS_LINE = "_dokan_parent_order_item_id"
REFUNDED_LINE = "_refunded_item_id"
NO: tuple[object, ...] = (None, "", "0", 0, "no", False, [], {})


def is_sub_order(order: "Order") -> bool:
	"""Whether the order is a vendor's part of a customer's order."""
	if not order.parent_id:
		return False
	return order.created_via in MADE_BY or any(entry.key in VENDOR_KEYS for entry in order.meta_data)


def may_have_sub_orders(order: "Order") -> bool:
	"""Whether the order says that it was divided. Those that were made before there were vendors may say so, too."""
	return not order.parent_id and any(meta_value(order.meta_data, key) not in NO for key in PARENT_KEYS)


def is_renewal(order: "Order") -> bool:
	return any(meta_value(order.meta_data, key) not in NO for key in RENEWAL_KEYS)


def is_payment(order: "Order") -> bool:
	"""Whether the order is a payment of its parent, and sells nothing."""
	return bool(order.parent_id) and any(meta_value(order.meta_data, key) not in NO for key in PAYMENT_KEYS)


def part_of(order: "Order") -> Skip | None:
	"""What is booked with its parent."""
	if is_payment(order):
		return Skip(
			"payment_of_order",
			Sentence(
				"Order {0} is a payment of order {1}, and is booked with it.", order.id, order.parent_id
			),
			order.parent_id,
		)
	if is_sub_order(order):
		return Skip(
			"sub_order",
			Sentence(
				"Order {0} is a vendor's part of order {1}, which is booked.", order.id, order.parent_id
			),
			order.parent_id,
		)
	return None


def unclear_part(order: "Order") -> Hold | None:
	"""An order with a parent of which nothing says whether it sells goods of its own."""
	if not order.parent_id or is_renewal(order) or is_sub_order(order):
		return None
	made = (
		Sentence('The order was made by "{0}" as a part of order {1}.', order.created_via, order.parent_id)
		if order.created_via
		else Sentence("The order was made as a part of order {0}.", order.parent_id)
	)
	return Hold(
		"part_of_order",
		Sentence(
			"{0} It isn't known whether it sells other goods, or is one more payment for the goods of that order.",
			made,
		),
		Sentence(
			"Compare it with order {0} in the shop. If its goods are in that order already, book what was paid as a"
			" payment of that order's invoice; if they aren't, book the order by hand.",
			order.parent_id,
		),
		((Sentence("Order total"), order.total),),
	)


def parent_of_booked(order: "Order", sub_orders: "Sequence[Order]") -> Skip | Hold:
	"""A customer's order whose vendors' orders are booked. They have to be the whole of it, its refunds too."""
	names = ", ".join(str(sub.id) for sub in sub_orders)
	parts = sum((sub.total for sub in sub_orders), Decimal(0))
	if parts != order.total:
		return Hold(
			"sub_orders_differ",
			Sentence(
				"The order was divided into {0}. They sum to {1}, but the order's total is {2}.",
				names,
				parts,
				order.total,
			),
			"Book the customers' orders instead (Marketplace Orders in the settings), or book the difference by hand.",
			(
				*((Sentence("Order {0}", sub.id), sub.total) for sub in sub_orders),
				(Sentence("Order total"), order.total),
			),
		)
	if order.refunds:
		return Hold(
			"refund_on_parent",
			Sentence(
				"The order was divided into {0}, and its refund {1} doesn't say to which of them it belongs.",
				names,
				order.refunds[0].id,
			),
			"Book the refund by hand as a credit note of the vendor's order that it belongs to.",
			(
				(Sentence("Order total"), order.total),
				(Sentence("Refunds"), sum((r.total for r in order.refunds), Decimal(0))),
			),
		)
	return Skip(
		"parent_of_sub_orders", Sentence("Order {0} was divided into {1}, which are booked.", order.id, names)
	)


def refunds_on_parent(
	order: "Order", sub_orders: "Sequence[Order]", refunds: "Mapping[int, Sequence[Refund]]"
) -> "list[Refund]":
	"""The refunds of sub-orders as refunds of the parent: their lines are those of the parent's lines.

	:param refunds: by the sub-order's id
	"""
	return [
		_on_parent(refund, _parents_lines(order, sub))
		for sub in sub_orders
		for refund in refunds.get(sub.id, ())
	]


def _parents_lines(order: "Order", sub: "Order") -> dict[str, int]:
	"""Ids of a sub-order's lines -> ids of the parent's."""
	found: dict[str, int] = {}
	free = list(order.line_items)
	for line in sub.line_items:
		known = str(meta_value(line.meta_data, PARENTS_LINE) or "")
		match = next((own for own in free if str(own.id) == known), None) or next(
			(own for own in free if _same_goods(own, line)), None
		)
		if match:
			free.remove(match)
			found[str(line.id)] = match.id
	return found


def _same_goods(one: "LineItem", other: "LineItem") -> bool:
	same = (one.product_id, one.variation_id) == (other.product_id, other.variation_id)
	return same and one.quantity == other.quantity and one.total == other.total


def _on_parent(refund: "Refund", lines: dict[str, int]) -> "Refund":
	return refund.model_copy(
		update={"line_items": [_line_on_parent(line, lines) for line in refund.line_items]}
	)


def _line_on_parent(line: "LineItem", lines: dict[str, int]) -> "LineItem":
	meta = [
		entry.model_copy(update={"value": lines.get(str(entry.value), entry.value)})
		if entry.key == REFUNDED_LINE
		else entry
		for entry in line.meta_data
	]
	return line.model_copy(update={"meta_data": meta})
