"""What a person decides about an order that is held: it is booked so, with the reason that the person gave.

A decision holds for the difference that was shown. When the order comes to another one, it is held again.
"""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import ResolutionError
from jarz_woocommerce_integration.ledger.contract import breakdown_of
from jarz_woocommerce_integration.services.live import sync_again
from jarz_woocommerce_integration.translation.amounts.balance import resolutions_of
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import Resolution


def choices(order_map: Document) -> list[dict]:
	"""What may be decided about an order now: {"kind", "amount", "currency"} each, the one that is advised first."""
	return [
		{"kind": choice.kind.value, "amount": str(choice.amount), "currency": order_map.currency}
		for choice in _choices(order_map)
	]


def resolve(order_map: Document, kind: str, reason: str) -> list[dict]:
	"""Keep a person's decision and book the order again.

	:param kind: the value of a `ResolutionKind`; :param reason: why, in the person's words
	:returns: what became of the order, as `sync_again.sync_now`
	:raises ResolutionError: the order isn't held for a difference, or no reason was given
	:raises StoreError: the shop can't be read; the decision is kept, and the order is tried again in the background
	"""
	decide(order_map, kind, reason)
	frappe.db.commit()
	return sync_again.sync_now(order_map.store, [order_map.woo_order_id])


def checked_reason(reason: str) -> str:
	""":raises ResolutionError: there is none"""
	reason = (reason or "").strip()
	if not reason:
		raise ResolutionError(
			"No reason was given.", "Say why the order is booked in this way: an auditor will ask."
		)
	return reason


def exact_sum(one: str, other: str) -> Decimal:
	return Decimal(one) + Decimal(other)


def decide(order_map: Document, kind: str, reason: str) -> None:
	"""Keep a person's decision, with which the order is booked when it is read again.

	:raises ResolutionError: as `resolve`
	"""
	reason = checked_reason(reason)
	choice = next((choice for choice in _choices(order_map) if choice.kind.value == kind), None)
	if choice is None:
		raise ResolutionError(
			_("Order {0} isn't held for a difference that can be booked in this way.").format(
				order_map.order_number
			),
			"Open the order's form again: it may have been booked meanwhile.",
		)
	values = {
		"resolution": choice.kind.value,
		"resolution_amount": str(choice.amount),
		"resolution_reason": reason,
		"resolved_by": frappe.session.user,
		"resolved_at": now_datetime(),
	}
	frappe.db.set_value(order_map.doctype, order_map.name, values)
	text = _("{0}: {1} {2}. {3}").format(_(choice.kind.value), choice.amount, order_map.currency, reason)
	order_map.add_comment("Info", frappe.utils.escape_html(text))


def _choices(order_map: Document) -> list[Resolution]:
	if order_map.state != OrderState.HELD.value or not order_map.breakdown:
		return []
	return resolutions_of(order_map.reason, breakdown_of(order_map.breakdown))
