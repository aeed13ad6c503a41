"""Older addresses that shops still send to."""

import frappe
from werkzeug.wrappers import Response

from jarz_woocommerce_integration.services.webhooks.delivery import receive


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def woo_order_webhook() -> Response:
	"""As `api.webhook.order_webhook`."""
	return receive(frappe.request)
