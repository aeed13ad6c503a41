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

	def follow(sql, text: str, values, run):
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
		if name := _name_of_inserted(inserted, text, values):
			written.add(inserted.group(1), [name])
			return
	elif names:
		written.add(*names)
		return
	found = _TABLE.search(text)
	written.unfollowed[found.group(1) if found else text[:60]] = " ".join(text.split())[:200]


def _name_of_inserted(inserted: re.Match, text: str, values) -> str | None:
	"""The name of the one row that an INSERT writes, None where that isn't known."""
	columns = [column.strip(" `\n\t") for column in inserted.group(2).split(",")]
	given = text[inserted.end() :].rpartition(")")[0].split(",")
	if "name" not in columns or len(given) != len(columns) or not isinstance(values, list | tuple):
		return None
	place = columns.index("name")
	if given[place].strip() != "%s":
		return None
	return str(values[sum(part.strip() == "%s" for part in given[:place])])


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
