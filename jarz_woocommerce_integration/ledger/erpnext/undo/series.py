"""Number series as they were before a run: put back as far as nobody has used their numbers since."""

import re
from collections.abc import Iterable

import frappe

TRAILING_DIGITS = re.compile(r"\d+$")

_HIGHEST = """
SELECT max(CAST(substr(name, char_length(%(prefix)s) + 1) AS UNSIGNED)) FROM `tab{doctype}`
WHERE name LIKE %(like)s AND substr(name, char_length(%(prefix)s) + 1) REGEXP '^[0-9]'
"""


def read_series() -> dict[str, int]:
	"""Prefix -> the number that was given last, of all series of the site."""
	return dict(frappe.db.sql("SELECT name, current FROM `tabSeries`"))


class SeriesBefore:
	"""The series of the documents that are undone.

	:param before: `read_series` at the start of the run, None where it wasn't recorded: then nothing is put back
	"""

	def __init__(self, before: dict[str, int] | None):
		self.before = before
		self._doctypes: dict[str, set[str]] = {}
		self._options: dict[str, list[str]] | None = None

	def note(self, doctype: str, names: Iterable[str]) -> None:
		"""Documents of these names are deleted in this transaction."""
		for name in names:
			digits = TRAILING_DIGITS.search(name)
			# A prefix may end with digits itself (a year), so each of them may be where the number begins.
			for start in range(digits.start(), len(name)) if digits else ():
				self._doctypes.setdefault(name[:start], set()).add(doctype)

	def forget(self) -> None:
		"""The transaction was rolled back: nothing was deleted."""
		self._doctypes = {}

	def put_back(self) -> None:
		"""Lower the series of what was noted to the highest number in use, never below what they were.

		Right before the commit: whoever needs the next number waits for it.
		"""
		noted, self._doctypes = self._doctypes, {}
		if self.before is None or not noted:
			return
		there = frappe.db.sql("SELECT name FROM `tabSeries` WHERE name IN %s", (sorted(noted),), pluck=True)
		for prefix in sorted(there):
			doctypes = noted.get(prefix)
			if doctypes:
				self._lower(prefix, doctypes | self._sharing(prefix))

	def _lower(self, prefix: str, doctypes: set[str]) -> None:
		((current,),) = frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s FOR UPDATE", prefix)
		used = max(_highest(doctype, prefix) for doctype in doctypes)
		value = max(self.before.get(prefix, 0), used)  # type: ignore[union-attr]  # `put_back` asks
		if value >= current:
			return
		if value or prefix in self.before:  # type: ignore[operator]  # `put_back` asks
			frappe.db.sql("UPDATE `tabSeries` SET current = %s WHERE name = %s", (value, prefix))
		else:
			frappe.db.sql("DELETE FROM `tabSeries` WHERE name = %s", prefix)

	def _sharing(self, prefix: str) -> set[str]:
		"""DocTypes that may take numbers of a series, too: one of their naming series begins as the prefix does."""
		if self._options is None:
			self._options = _naming_series()
		return {
			doctype
			for doctype, options in self._options.items()
			if any(prefix.startswith(option) for option in options)
		}


def _highest(doctype: str, prefix: str) -> int:
	like = re.sub(r"([\\%_])", r"\\\1", prefix) + "%"
	query = _HIGHEST.format(doctype=doctype)
	return int(frappe.db.sql(query, {"prefix": prefix, "like": like})[0][0] or 0)


def _naming_series() -> dict[str, list[str]]:
	"""DocType -> what stands before the first variable part of each of its naming series."""
	found = {}
	for doctype in frappe.get_all("DocField", {"fieldname": "naming_series"}, pluck="parent"):
		meta = frappe.get_meta(doctype)
		field = meta.get_field("naming_series")
		if field and not (meta.istable or meta.issingle or meta.is_virtual):
			found[doctype] = [line.split(".")[0] for line in (field.options or "").split("\n") if line]
	return found
