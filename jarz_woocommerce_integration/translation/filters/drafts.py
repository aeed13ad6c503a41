"""Hands the draft of an order to the hooks of other apps, and takes what they return."""

import logging
from collections.abc import Callable, Sequence
from copy import deepcopy

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import Failure, OrderDraft, OrderFacts
from jarz_woocommerce_integration.translation.orders.facts import fingerprint
from jarz_woocommerce_integration.translation.unforeseen import describe

# The hook's dotted name, and what is called.
DraftFilter = tuple[str, Callable[[OrderFacts, OrderDraft], OrderDraft | None]]

logger = logging.getLogger(__name__)


def filtered(order: OrderFacts, draft: OrderDraft, filters: Sequence[DraftFilter]) -> OrderDraft | Failure:
	"""The draft as the hooks leave it, each of which gets what the one before it returned. They get copies."""
	for name, change in filters:
		try:
			changed = change(deepcopy(order), deepcopy(draft))
		except Exception as error:  # whatever another app raises, it concerns this one order
			logger.error("Order %s: %s: %s", order.order_id, name, describe(error))
			message = Sentence(
				"{0}, a hook of another app, broke on this order: {1}.", name, type(error).__name__
			)
			return Failure(message, "hook_failed")
		if changed is None or changed == draft:
			continue
		if type(changed) is not OrderDraft:
			return Failure(
				Sentence("{0}, a hook of another app, returned something else than a draft.", name),
				"hook_failed",
			)
		draft = changed
		draft.changed_by = name
		draft.invoice.fingerprint = fingerprint(draft.invoice, draft.currency)
	return draft
