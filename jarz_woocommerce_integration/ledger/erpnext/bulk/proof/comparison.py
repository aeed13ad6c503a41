"""Two sets of rows, ERPNext's and ours: equal in every column, but for those that nobody could foresee."""

import os
from typing import NamedTuple

from jarz_woocommerce_integration.ledger.erpnext.bulk.rows import Row

Captured = dict[str, list[Row]]
# When something was written is no part of what was written. No other column is left out.
VOLATILE = frozenset({"creation", "modified"})
LONGEST_SHOWN = 80
# Tables whose rows have names drawn by chance. What refers to them is compared by the row that it means.
NAMED_BY_CHANCE = frozenset(
	f"tab{doctype}"
	for doctype in (
		"Sales Invoice Item",
		"Sales Taxes and Charges",
		"Item Wise Tax Detail",
		"Sales Invoice Payment",
		"Payment Schedule",
		"Payment Entry Reference",
		"Payment Entry Deduction",
		"GL Entry",
		"Payment Ledger Entry",
		"Version",
		"Contact Email",
		"Contact Phone",
		"Dynamic Link",
	)
)


class Difference(NamedTuple):
	"""The first thing that isn't equal.

	:ivar column: "" where it is the table as a whole; :ivar position: of the row in its table, -1 for the whole
	"""

	table: str
	column: str
	expected: str | None
	found: str | None
	position: int = -1

	def __str__(self) -> str:
		doctype = self.table.removeprefix("tab")
		if not self.column:
			return f"{doctype}: ERPNext writes {self.expected} rows, bulk booking {self.found}"
		start = _where(self.expected, self.found)
		expected, found = _shown(self.expected, start), _shown(self.found, start)
		return f"{doctype}.{self.column}: ERPNext writes {expected}, bulk booking {found}"


def compare(theirs: Captured, ours: Captured) -> Difference | None:
	"""What differs, None for nothing."""
	for table in sorted({*theirs, *ours}):
		wanted_rows, found_rows = len(theirs.get(table, ())), len(ours.get(table, ()))
		if wanted_rows != found_rows:
			return Difference(table, "", str(wanted_rows), str(found_rows))
	expected_names, found_names = _names(theirs), _names(ours)
	for table, rows in theirs.items():
		for position, (expected, found) in enumerate(zip(rows, ours[table], strict=True)):
			for column in expected:
				if column in VOLATILE:
					continue
				wanted = _plain(expected, column, expected_names)
				there = _plain(found, column, found_names)
				if wanted != there:
					return Difference(table, column, wanted, there, position)
	return None


def _names(rows: Captured) -> dict[str, str]:
	"""Name drawn by chance -> the row that bears it, as both sides call it."""
	return {
		row["name"]: f"<{table.removeprefix('tab')} {position}>"  # type: ignore[misc]  # each row has a name
		for table in NAMED_BY_CHANCE & rows.keys()
		for position, row in enumerate(rows[table], 1)
	}


def _plain(row: Row, column: str, names: dict[str, str]) -> str | None:
	value = row[column]
	if column == "woo_stamp" and value == row["modified"]:
		return "<modified>"
	if value and column == "data" and "ref_doctype" in row:  # a version names its rows within a text
		for name, meant in names.items():
			value = value.replace(name, meant)
	return names.get(value, value) if value else value


def _shown(text: str | None, start: int) -> str:
	if text is None:
		return "nothing"
	part = text[start : start + LONGEST_SHOWN]
	return repr(f"{'...' if start else ''}{part}{'...' if len(text) > start + LONGEST_SHOWN else ''}")


def _where(one: str | None, other: str | None) -> int:
	"""Where to begin to show two long texts: a little before they part."""
	if one is None or other is None or max(len(one), len(other)) <= LONGEST_SHOWN:
		return 0
	return max(len(os.path.commonprefix([one, other])) - LONGEST_SHOWN // 3, 0)
