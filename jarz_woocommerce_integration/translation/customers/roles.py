"""What the role of an account decides: one customer for all its orders, or the group and price list of a new one.

The shop itself says which role an account has: nobody can claim it by typing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import CustomerDraft, Decision
from jarz_woocommerce_integration.translation.policy import RolePolicy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.customers.evidence import Evidence
	from jarz_woocommerce_integration.translation.lookups import Lookups
	from jarz_woocommerce_integration.translation.policy import Policy

ROLE = "role"
NOTHING = RolePolicy()


def policy_of_role(evidence: Evidence, policy: Policy) -> RolePolicy:
	"""What the table of roles says of who ordered."""
	return policy.customers.roles.get(evidence.role, NOTHING)


def customer_of_role(
	order: Order, evidence: Evidence, lookups: Lookups, policy: Policy
) -> CustomerDraft | None:
	"""The one customer to whom all orders of the role are booked. None: each has one of their own.

	An order that is in the books stays with its customer, whatever the role or the table are by now.
	"""
	wanted = policy_of_role(evidence, policy).customer
	known = lookups.orders.get(order.id)
	if known and known.customer_key:
		shared = {role.customer for role in policy.customers.roles.values()}
		wanted = known.customer_key if known.customer_key in shared else ""
	return CustomerDraft(wanted, wanted, Decision("known", ROLE)) if wanted else None
