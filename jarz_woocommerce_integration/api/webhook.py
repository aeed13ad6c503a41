"""Where shops send what has changed in them. Everybody may call it; only what a shop has signed does anything."""

import frappe
from werkzeug.wrappers import Response

from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.webhooks.delivery import receive


# `xss_safe` spares Frappe the cleaning of a body of which nothing is ever shown.
@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
@without_traces
def order_webhook() -> Response:
	"""Take one delivery; see `services.webhooks.delivery`."""
	return receive(frappe.request)
