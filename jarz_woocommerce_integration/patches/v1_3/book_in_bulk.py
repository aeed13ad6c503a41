"""Bulk booking is on where the app is installed already, as it is on a new site."""

import frappe


def execute():
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
