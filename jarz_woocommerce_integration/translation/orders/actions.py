"""What an order becomes: by its status, and more narrowly by how it was paid and how it is shipped. The one place that says it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from jarz_woocommerce_integration.translation.drafts import Action, DeliveryNotes

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.policy import Policy

Key = Annotated[str, StringConstraints(strip_whitespace=True, max_length=140)]
Said = TypeVar("Said")


class ActionRow(BaseModel):
	"""What orders become that are narrower than a status. An empty condition fits every order.

	:ivar gateway: payment method id; :ivar shipping_method: method id ("flat_rate"), or "flat_rate:1" for one instance
	:ivar action: instead of the status' own, None for that
	:ivar delivery_notes: instead of the store's own, None for that
	"""

	model_config = ConfigDict(extra="forbid", frozen=True)

	status: Key = ""
	gateway: Key = ""
	shipping_method: Key = ""
	action: Action | None = None
	delivery_notes: DeliveryNotes | None = None

	@model_validator(mode="after")
	def _says_something_of_some_orders(self) -> "ActionRow":
		if self.action and not self.status:
			raise ValueError(
				"an action needs a status: without it orders would be booked that nobody has paid"
			)
		if not (self.gateway or self.shipping_method):
			raise ValueError("a gateway or a shipping method must be named")
		if self.action is None and self.delivery_notes is None:
			raise ValueError("an action or a delivery note must be chosen")
		return self

	@property
	def conditions(self) -> int:
		return sum(1 for condition in (self.status, self.gateway, self.shipping_method) if condition)

	def fits(self, order: "Order") -> bool:
		"""Of an order with several shipping methods each counts."""
		if self.status and self.status != order.status:
			return False
		if self.gateway and self.gateway != order.payment_method:
			return False
		methods = {name for line in order.shipping_lines for name in _names(line.method_id, line.instance_id)}
		return not self.shipping_method or self.shipping_method in methods


def action_of(order: "Order", policy: "Policy") -> Action | None:
	"""What the policy says an order becomes, None where it doesn't say."""
	return _narrowest(order, policy, lambda row: row.action) or policy.statuses.get(order.status)


def delivery_notes_of(order: "Order", policy: "Policy") -> DeliveryNotes | None:
	"""What the policy's rows say of the order's Delivery Note, None where that is left to the store."""
	return _narrowest(order, policy, lambda row: row.delivery_notes)


def _narrowest(order: "Order", policy: "Policy", said: Callable[[ActionRow], Said | None]) -> Said | None:
	"""What the row with the most conditions says that fits; of several the first."""
	fitting = [row for row in policy.actions if said(row) is not None and row.fits(order)]
	return said(max(fitting, key=lambda row: row.conditions)) if fitting else None


def _names(method: str, instance: str) -> tuple[str, str]:
	return method, f"{method}:{instance}"
