"""Which tables of the site hold rows: from an empty one nothing links to a document, and nothing of it goes with a document.

A site has some two hundred tables that may name an invoice or a customer, of which few are ever used.
"""

from collections.abc import Iterable

import frappe

_IS_FILLED = "SELECT '{doctype}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `tab{doctype}`)"


class FilledTables:
	"""As the open transaction sees them. To be told when another one begins."""

	def __init__(self) -> None:
		self._there = frozenset(frappe.db.get_tables(cached=False))
		self._is_filled: dict[str, bool] = {}

	def look_again(self) -> None:
		"""Another transaction has begun."""
		self._is_filled = {}

	def among(self, doctypes: Iterable[str]) -> set[str]:
		""":returns: those of these DocTypes whose tables hold rows; asked in one statement, once in a transaction"""
		asked = {doctype for doctype in doctypes if f"tab{doctype}" in self._there}
		if unknown := sorted(asked - self._is_filled.keys()):
			query = " UNION ALL ".join(_IS_FILLED.format(doctype=doctype) for doctype in unknown)
			filled = set(frappe.db.sql(query, pluck=True))
			self._is_filled |= {doctype: doctype in filled for doctype in unknown}
		return {doctype for doctype in asked if self._is_filled[doctype]}
