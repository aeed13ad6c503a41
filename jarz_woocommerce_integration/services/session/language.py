"""The language of the site: that of what is stored and sent, whoever it is that works."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def in_language_of_site() -> Iterator[None]:
	"""Translate into the site's language meanwhile, and not into that of whoever is logged in."""
	before = frappe.local.lang
	frappe.local.lang = frappe.db.get_single_value("System Settings", "language") or before
	try:
		yield
	finally:
		frappe.local.lang = before
