"""An order whose parts come to more than its total, for a reason that its answer doesn't name."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import Hold
from jarz_woocommerce_integration.translation.tenders.base import amount_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order

PAID_OTHERWISE = "paid_otherwise"
MOST_KEYS = 3
# Counts that WooCommerce itself writes: pieces taken from the stock, visits before the order.
_COUNTS = ("_reduced_stock", "_restock_refunded_items", "_wc_order_attribution_")


def paid_otherwise(order: Order, difference: Decimal, breakdown: tuple[tuple[str, Decimal], ...]) -> Hold:
	"""The order is held, with what would explain it to the cent.

	:param difference: by which the parts, with what is known to be paid by credit, come to more than the total
	"""
	parts = sum((amount for _label, amount in breakdown), Decimal(0))
	keys = _keys_of(order, difference)
	named = (Sentence("In the order's meta data, {0} is {1}.", keys, difference),) if keys else ()
	missing = Sentence(
		"The order's parts sum to {0}, but its total is {1}: {2} {3} is missing. A gift card or store credit of that"
		" amount would explain it.",
		parts,
		order.total,
		difference,
		order.currency,
	)
	return Hold(
		PAID_OTHERWISE,
		" ".join((missing, *named)),
		"Look in the shop how the order was paid. If a gift card or store credit paid the missing amount, book it as"
		" paid by credit. If it was a discount, book the order as charged. Don't change the order in the shop.",
		(*breakdown, (Sentence("Order total"), order.total)),
	)


def _keys_of(order: Order, difference: Decimal) -> str:
	"""The keys of the order's meta, and of its lines', whose value is the difference."""
	entries = [*order.meta_data, *(entry for line in order.line_items for entry in line.meta_data)]
	keys = [
		entry.key
		for entry in entries
		if amount_of(entry.value) == difference and not entry.key.startswith(_COUNTS)
	]
	return " and ".join(f'"{key}"' for key in dict.fromkeys(keys[:MOST_KEYS]))
