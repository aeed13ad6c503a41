"""A site of no importance, whose books a benchmark may wipe and fill."""

import frappe


def open_site(name: str) -> None:
	"""Connect to it. The working directory is the bench's `sites`."""
	frappe.init(site=name)
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.flags.in_test = True  # lets the books be wiped
