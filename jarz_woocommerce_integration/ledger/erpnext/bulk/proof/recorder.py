"""Records which rows of which tables a piece of code writes, from anywhere in the process."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from frappe.database.utils import EmptyQueryValues

from jarz_woocommerce_integration import compat

_WRITE = re.compile(r"\s*(INSERT|REPLACE|UPDATE|DELETE|LOAD|TRUNCATE|ALTER|CREATE|DROP|RENAME|CALL)\b", re.I)
_INSERT = re.compile(r"\s*INSERT\s+(?:IGNORE\s+)?INTO\s+`?([\w ]+?)`?\s*\(([^)]*)\)\s*VALUES\s*\(", re.I)
_CHANGE = re.compile(
	r"\s*(?:UPDATE\s+(?:`(?P<a>[^`]+)`|(?P<b>\w+))\s+SET\b|DELETE\s+FROM\s+(?:`(?P<c>[^`]+)`|(?P<d>\w+)))",
	re.I,
)
_WHERE = re.compile(r"\bWHERE\b", re.I)
_TABLE = re.compile(r"`?(tab[A-Z][\w ]*?|__\w+)`", re.I)
_NAMED = re.compile(r"%\((\w+)\)s")
_ROW = re.compile(r"\(([^()]*)\)")
_PLACE = re.compile(r"%(?:\((\w+)\))?s")


@dataclass
class Written:
	"""What was written meanwhile.

	:ivar rows: table -> names of the rows, in the order in which they were written first
	:ivar unfollowed: statements that changed something and can't be followed to its rows, by table
	"""

	rows: dict[str, dict[str, None]] = field(default_factory=dict)
	unfollowed: dict[str, str] = field(default_factory=dict)

	def add(self, table: str, names) -> None:
		self.rows.setdefault(table, {}).update(dict.fromkeys(names))

	@property
	def tables(self) -> set[str]:
		return {*self.rows, *self.unfollowed}


@contextmanager
def recording() -> Iterator[Written]:
	"""Follow what is written until the block ends."""
	written = Written()

	def follow(sql, statement: compat.Statement, run):
		text, values, _options = statement
		if not _WRITE.match(text):
			return run()
		names = _names_to_change(sql, text, values)
		result = run()
		_note(written, text, values, names, compat.changed_rows())
		return result

	with compat.each_statement(follow):
		yield written


def _note(written: Written, text: str, values, names: tuple[str, list[str]] | None, changed: int) -> None:
	if not changed:
		return
	if inserted := _INSERT.match(text):
		if inserted_names := _names_of_inserted(inserted, text, values):
			written.add(inserted.group(1), inserted_names)
			return
	elif names:
		written.add(*names)
		return
	found = _TABLE.search(text)
	written.unfollowed[found.group(1) if found else text[:60]] = " ".join(text.split())[:200]


def _names_of_inserted(inserted: re.Match, text: str, values) -> list[str]:
	"""The names of the rows that an INSERT writes, none where they aren't known: names are parameters, never literals."""
	columns = [column.strip(" `\n\t") for column in inserted.group(2).split(",")]
	if "name" not in columns or not isinstance(values, list | tuple | dict):
		return []
	place = columns.index("name")
	given = iter(values) if not isinstance(values, dict) else iter(())
	names = []
	for row in _ROW.findall("(" + _NAMED.sub(r":\1", text[inserted.end() :])):
		cells = [cell.strip() for cell in row.split(",")]
		if len(cells) != len(columns):
			return []
		taken = [
			next(given) if cell == "%s" else values[cell[1:]] if cell[:1] == ":" else None for cell in cells
		]
		if taken[place] is None:
			return []
		names.append(str(taken[place]))
	return names


def _names_to_change(sql, text: str, values) -> tuple[str, list[str]] | None:
	"""Table and names of the rows that an UPDATE or DELETE is about to change, None where that isn't known."""
	found = _CHANGE.match(text)
	where = _WHERE.search(text, found.end()) if found else None
	table = next(filter(None, found.groups()), None) if found else None
	if not where or not table or not table.startswith("tab") or table == "tabSingles":
		return None
	before, condition = text[: where.start()], text[where.start() :]
	arguments: dict | list
	if isinstance(values, dict):
		arguments = values
	else:
		listed = list(values) if isinstance(values, list | tuple) else []
		if not listed and values is not EmptyQueryValues:
			listed = [values]
		arguments = listed[len(_PLACE.findall(before)) :]
	rows = sql(f"SELECT name FROM `{table}` {condition}", arguments or EmptyQueryValues)
	return table, [str(name) for (name,) in rows]
