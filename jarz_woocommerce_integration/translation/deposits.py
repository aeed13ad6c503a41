"""Deposits: one sale with several payments, each an order of its own that no list gives (Deposits & Partial Payments)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import Action, Hold, PaymentDraft
from jarz_woocommerce_integration.translation.payments import payment_of
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.tenders.base import has_meta, meta_value

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

HAS_DEPOSIT = "_awcdp_deposits_order_has_deposit"
SCHEDULE = "_awcdp_deposits_payment_schedule"
LONGEST_ID = 19  # digits of 64 bits
MADE = ("completed", "processing")
# Lines of WooCommerce Deposits, whose further payments are orders for goods that this one has already.
DEPOSIT_LINES = ("_is_deposit", "_deposit_full_amount", "_original_order_id")


def payment_ids(order: "Order") -> list[int]:
	"""The ids of the orders that are payments of this one, in the order in which they are due."""
	if str(meta_value(order.meta_data, HAS_DEPOSIT) or "").lower() not in ("yes", "1", "true"):
		return []
	schedule = meta_value(order.meta_data, SCHEDULE)
	parts = (
		schedule.values() if isinstance(schedule, dict) else schedule if isinstance(schedule, list) else ()
	)
	ids = [str(part.get("id") or "") for part in parts if isinstance(part, dict)]
	return [int(identifier) for identifier in ids if _is_id(identifier)]


def deposit_payments(
	order: "Order", made: "Sequence[Order]", action: Action, policy: Policy
) -> list[PaymentDraft] | Hold:
	"""The payments that were made, each by its own gateway, date and transaction. What is owed stays outstanding.

	:param made: the payments that the store gives, by `payment_ids`
	"""
	ids = payment_ids(order)
	missing = sorted(set(ids) - {payment.id for payment in made})
	if missing:
		return Hold(
			"deposit_unread",
			Sentence(
				"The order is paid in parts, but the shop doesn't return its payment {0}: the deposits plugin is off, or"
				" the payment was deleted. So the paid amount isn't known.",
				missing[0],
			),
			"Switch the deposits plugin on in the shop, then sync the order again.",
			((Sentence("Order total"), order.total),),
		)
	if undated := [payment.id for payment in made if payment.status in MADE and not payment.date_created_gmt]:
		return Hold(
			"no_date",
			Sentence(
				"Payment {0} of the order has no date in the store, neither in UTC nor in the shop's own time.",
				undated[0],
			),
			"Ask whoever looks after the shop to write the date into its database, or book the order by hand.",
		)
	by_id = {payment.id: payment for payment in made}
	payments = []
	for payment_id in ids:
		payment = by_id[payment_id]
		drafted = payment_of(payment, action, policy) if payment.status in MADE else None
		if drafted:
			payments.append(replace(drafted, key=f"deposit:{payment_id}"))
	paid = sum((payment.amount for payment in payments), Decimal(0))
	if paid > order.total:
		return Hold(
			"deposit_differs",
			Sentence("The payments of the order sum to {0}, but its total is {1}.", paid, order.total),
			"Look in the shop which payment belongs to another order, and book this order by hand.",
			(
				*((Sentence("Payment {0}", p.id), p.total) for p in made),
				(Sentence("Order total"), order.total),
			),
		)
	return payments


def unread_deposit(order: "Order") -> Hold | None:
	"""An order of another deposits plugin: it has a part of the price, and further orders have the rest of the same goods."""
	line = next((line for line in order.line_items if has_meta(line, *DEPOSIT_LINES)), None)
	if line is None:
		return None
	return Hold(
		"deposit",
		Sentence(
			'The order has only a part of the price of "{0}". Other orders have the rest for the same goods.',
			line.name,
		),
		"Book the goods once by hand, with the payments of all these orders.",
		((Sentence("Order total"), order.total),),
	)


def _is_id(text: str) -> bool:
	return text.isascii() and text.isdigit() and len(text) < LONGEST_ID and int(text) > 0
