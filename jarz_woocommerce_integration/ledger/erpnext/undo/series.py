"""Number series as they were before a run: put back as far as nobody has used their numbers since."""

import re
from collections.abc import Iterable, Mapping

import frappe

TRAILING_DIGITS = re.compile(r"\d+$")

_HIGHEST = """
SELECT %s, max(CAST(substr(name, char_length(%s) + 1) AS UNSIGNED)) FROM `tab{doctype}`
WHERE name LIKE %s AND substr(name, char_length(%s) + 1) REGEXP '^[0-9]'
"""
PREFIXES_AT_ONCE = 100


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

	def noted(self) -> dict[str, list[str]]:
		""":returns: prefix -> DocTypes, of what was noted and is a series of the site"""
		there = self._series_there() if self.before is not None else ()
		return {prefix: sorted(self._doctypes[prefix]) for prefix in there}

	def note_prefixes(self, prefixes: Mapping[str, Iterable[str]]) -> None:
		"""As `note`, for what `noted` has returned in an earlier transaction."""
		for prefix, doctypes in prefixes.items():
			self._doctypes.setdefault(prefix, set()).update(doctypes)

	def put_back(self) -> None:
		"""Lower the series of what was noted to the highest number in use, never below what they were.

		Right before the commit: whoever needs the next number waits for it.
		"""
		there = self._series_there() if self.before is not None else []
		noted, self._doctypes = self._doctypes, {}
		if not there:
			return
		query = "SELECT name, current FROM `tabSeries` WHERE name IN %s ORDER BY name FOR UPDATE"
		given = dict(frappe.db.sql(query, (there,)))
		used = _highest({prefix: noted[prefix] | self._sharing(prefix) for prefix in given})
		gone = []
		for prefix, current in given.items():
			value = max(self.before.get(prefix, 0), used[prefix])  # type: ignore[union-attr]  # it was asked
			if value >= current:
				continue
			if value or prefix in self.before:  # type: ignore[operator]  # it was asked
				frappe.db.sql("UPDATE `tabSeries` SET current = %s WHERE name = %s", (value, prefix))
			else:
				gone.append(prefix)
		if gone:
			frappe.db.sql("DELETE FROM `tabSeries` WHERE name IN %s", (gone,))

	def _series_there(self) -> list[str]:
		"""What was noted and is a series, in its own spelling."""
		if not self._doctypes:
			return []
		names = frappe.db.sql(
			"SELECT name FROM `tabSeries` WHERE name IN %s", (sorted(self._doctypes),), pluck=True
		)
		return sorted(name for name in names if name in self._doctypes)

	def _sharing(self, prefix: str) -> set[str]:
		"""DocTypes that may take numbers of a series, too: one of their naming series begins as the prefix does."""
		if self._options is None:
			self._options = _naming_series()
		return {
			doctype
			for doctype, options in self._options.items()
			if any(prefix.startswith(option) for option in options)
		}


def _highest(doctypes_of: Mapping[str, Iterable[str]]) -> dict[str, int]:
	"""Prefix -> the highest number in use among documents of its DocTypes."""
	found = dict.fromkeys(doctypes_of, 0)
	asked = [(prefix, doctype) for prefix, doctypes in doctypes_of.items() for doctype in doctypes]
	for start in range(0, len(asked), PREFIXES_AT_ONCE):
		queries, values = [], []
		for prefix, doctype in asked[start : start + PREFIXES_AT_ONCE]:
			queries.append(_HIGHEST.format(doctype=doctype))
			values += [prefix, prefix, re.sub(r"([\\%_])", r"\\\1", prefix) + "%", prefix]
		for prefix, highest in frappe.db.sql(" UNION ALL ".join(queries), values):
			found[prefix] = max(found[prefix], int(highest or 0))
	return found


def _naming_series() -> dict[str, list[str]]:
	"""DocType -> what stands before the first variable part of each of its naming series."""
	found = {}
	for doctype in frappe.get_all("DocField", {"fieldname": "naming_series"}, pluck="parent"):
		meta = frappe.get_meta(doctype)
		field = meta.get_field("naming_series")
		if field and not (meta.istable or meta.issingle or meta.is_virtual):
			found[doctype] = [line.split(".")[0] for line in (field.options or "").split("\n") if line]
	return found
