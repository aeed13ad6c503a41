"""Log Settings say for how long runs, the inbox and the outbox are kept: as long as WooCommerce Settings have kept them so far."""

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.install import LOGS, SETTINGS


def execute():
	days = frappe.db.get_singles_dict(SETTINGS).get("retention_days")
	if days is None:
		return
	log_settings = frappe.get_doc("Log Settings")
	for doctype in LOGS:
		log_settings.register_doctype(doctype, cint(days))
	log_settings.save()
