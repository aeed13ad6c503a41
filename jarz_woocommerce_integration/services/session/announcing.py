"""Tells open forms that something has changed, at once; those that aren't told ask again every few seconds."""

import frappe

RUN_CHANGED = "woo_run_changed"
RUN = "WooCommerce Sync Run"


def run_changed(run: int) -> None:
	"""After the change is committed."""
	frappe.publish_realtime(RUN_CHANGED, {"run": int(run)}, doctype=RUN, docname=str(run))
