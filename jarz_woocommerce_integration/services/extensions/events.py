"""The hooks that are called after orders were booked, changed and refunded (docs/develop/hooks.md)."""

from collections.abc import Sequence

import frappe

from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.services.extensions import calls
from jarz_woocommerce_integration.translation.drafts import Outcome

BOOKED, CHANGED, REFUNDED = (
	"woocommerce_order_booked",
	"woocommerce_order_changed",
	"woocommerce_order_refunded",
)
HOOKS = (BOOKED, CHANGED, REFUNDED)
HOOK_OF = {"booked": BOOKED, "updated": CHANGED, "cancelled": CHANGED}
_REFUNDS = """
SELECT map.woo_order_id, note.refund_id, note.sales_invoice FROM `tabWooCommerce Order Map` map
JOIN `tabWooCommerce Order Map Credit Note` note ON note.parent = map.name
WHERE map.store = %s AND map.woo_order_id IN %s
"""
_INVOICES = "SELECT woo_order_id, sales_invoice FROM `tabWooCommerce Order Map` WHERE store = %s AND woo_order_id IN %s"


def listeners_of_site() -> dict[str, list[str]]:
	"""Hook -> the dotted names of what is called, of the hooks that have any."""
	return {hook: names for hook in HOOKS if (names := frappe.get_hooks(hook))}


class Listeners:
	"""Writes down who is to hear of a page, with the page itself, and calls them after its commit.

	:param listeners: as of `listeners_of_site`
	"""

	def __init__(self, store: str, historical: bool, listeners: dict[str, list[str]]):
		self.store = store
		self.historical = historical
		self.listeners = listeners
		self._refunds: set[tuple] = set()

	def begin(self, outcomes: Sequence[Outcome]) -> None:
		"""Before a page is booked: which refunds are booked already."""
		self._refunds = self._booked_refunds([outcome.order.order_id for outcome in outcomes])

	def committing(self, outcomes: Sequence[Outcome], booked: Sequence[Booked]) -> None:
		"""In the transaction of these orders: what has become of them. Commits nothing."""
		for hook, events in self._events(outcomes, booked).items():
			for method in self.listeners.get(hook, ()):
				calls.add(self.store, hook, method, events)

	def committed(self) -> None:
		"""Call who listens; whom it reaches no more, hears of it with the next minute."""
		calls.call_new(self.store)

	def _events(self, outcomes: Sequence[Outcome], booked: Sequence[Booked]) -> dict[str, list[dict]]:
		ids = [order.order_id for order in booked]
		invoices = dict(frappe.db.sql(_INVOICES, (self.store, ids))) if ids else {}
		facts = {outcome.order.order_id: outcome.order for outcome in outcomes}
		events: dict[str, list[dict]] = {}
		for order in booked:
			if hook := HOOK_OF.get(order.what):
				event = {
					"store": self.store,
					"order_id": order.order_id,
					"number": facts[order.order_id].number,
					"status": facts[order.order_id].status,
					"what": order.what,
					"sales_invoice": invoices.get(order.order_id),
					"historical": self.historical,
				}
				events.setdefault(hook, []).append(event)
		for order_id, refund_id, note in sorted(self._booked_refunds(ids) - self._refunds):
			event = {
				"store": self.store,
				"order_id": order_id,
				"number": facts[order_id].number,
				"refund_id": refund_id,
				"sales_invoice": invoices.get(order_id),
				"credit_note": note,
				"historical": self.historical,
			}
			events.setdefault(REFUNDED, []).append(event)
		return events

	def _booked_refunds(self, ids: Sequence[int]) -> set[tuple]:
		if not ids or REFUNDED not in self.listeners:
			return set()
		return set(frappe.db.sql(_REFUNDS, (self.store, ids)))


def listeners_of(store: str, historical: bool) -> Listeners | None:
	"""Those of the site, None where no app listens."""
	listeners = listeners_of_site()
	return Listeners(store, historical, listeners) if listeners else None
