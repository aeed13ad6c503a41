"""Orders whose deposit is paid (Deposits & Partial Payments): stores that are there already get the status that new ones have."""

import frappe

from jarz_woocommerce_integration.services.session.policy import label_of
from jarz_woocommerce_integration.translation.policy import Policy

STORE = "WooCommerce Store"
STATUS = "partially-paid"


def execute():
	action = label_of(Policy().statuses[STATUS])
	for name in frappe.get_all(STORE, pluck="name"):
		store = frappe.get_doc(STORE, name)
		if any((row.status or "").strip().casefold() == STATUS for row in store.statuses):
			continue
		# The form isn't saved: what else stands in it is the merchant's, and may wait for a correction.
		store.append("statuses", {"status": STATUS, "action": action}).db_insert()
		frappe.clear_document_cache(STORE, name)
