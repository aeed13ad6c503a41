"""The first steps on the workspace."""

import frappe

from jarz_woocommerce_integration.api.errors import for_roles
from jarz_woocommerce_integration.install import MANAGER, USER
from jarz_woocommerce_integration.services.onboarding import steps


@frappe.whitelist(methods=["POST"])
@for_roles(MANAGER, USER)
def look() -> dict:
	"""Mark the steps that are done; see `services.onboarding.steps`. It writes what is true, whoever asks."""
	return steps.look()
