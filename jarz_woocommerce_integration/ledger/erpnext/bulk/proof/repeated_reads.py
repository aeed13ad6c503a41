"""ERPNext asks the database the same questions many times while it books one document. Within a page's transaction the answer
can change by what the transaction itself writes, and by nothing else, so it is remembered until then."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jarz_woocommerce_integration import compat

_TABLE = re.compile(r"`(tab[^`]+|__[^`]+)`|\b(tab[A-Z]\w*|__\w+)\b")
_READ = re.compile(r"\s*\(?\s*(?:SELECT|WITH)\b", re.I)
# A locking read sees what others have committed since; the others give another answer each time, or do something.
_NEVER_THE_SAME = re.compile(
	r"\bFOR\s+UPDATE\b|\bLOCK\s+IN\b|\bINTO\s+(?:OUTFILE|DUMPFILE|@)|@|"
	r"\b(?:NOW|CURDATE|CURTIME|CURRENT_\w+|LOCALTIME\w*|SYSDATE|UTC_\w+|UNIX_TIMESTAMP|RAND|UUID\w*|LAST_INSERT_ID|ROW_COUNT|"
	r"FOUND_ROWS|NEXTVAL|LASTVAL|NEXT\s+VALUE|CONNECTION_ID|GET_LOCK|RELEASE\w*_LOCK\w*|IS_\w+_LOCK|SLEEP|BENCHMARK)\b",
	re.I,
)
_CHANGE = re.compile(r"\s*(?:INSERT|REPLACE|UPDATE|DELETE)\b", re.I)
# The rows of an INSERT may be long, and hold what looks like a table.
_INSERT_INTO = re.compile(
	r"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+(?:`([^`]+)`|(\w+))\s*\([^)]*\)\s*VALUES\b", re.I
)
_SAVEPOINT = re.compile(r"\s*(?:RELEASE\s+)?SAVEPOINT\b", re.I)
_ROLLBACK_TO = re.compile(r"\s*ROLLBACK\s+TO\b", re.I)


@contextmanager
def reads_remembered() -> Iterator[None]:
	"""Within one transaction, and in Frappe's isolation level, REPEATABLE READ. May be nested with `recording`."""
	reads = _Reads()
	with compat.each_statement(reads.follow):
		yield


class _Reads:
	"""
	:ivar _answers: statement, with its values and options -> its answer
	:ivar _asked_of: table -> the statements that read it; :ivar _tables: text of a statement -> the tables that it reads
	:ivar _written: tables that were written to, whose rows a savepoint may take back
	"""

	def __init__(self):
		self._answers: dict[tuple, Any] = {}
		self._asked_of: dict[str, set[tuple]] = {}
		self._tables: dict[str, tuple[str, ...]] = {}
		self._written: set[str] = set()

	def follow(self, _sql, statement: compat.Statement, run) -> Any:
		tables = self._tables_read(statement.text)
		if tables and not statement.options[1].get("as_iterator"):
			return self._answer(statement, tables, run)
		try:
			return run()
		except Exception:
			self._forget_all()
			raise
		finally:
			self._forget_after(statement.text)

	def _answer(self, statement: compat.Statement, tables: tuple[str, ...], run) -> Any:
		key = statement.text, repr(statement.values), repr(statement.options)
		if key not in self._answers:
			self._answers[key] = run()
			for table in tables:
				self._asked_of.setdefault(table, set()).add(key)
		return _copy(self._answers[key])

	def _tables_read(self, text: str) -> tuple[str, ...]:
		""":return: () for whatever isn't a read that can be remembered"""
		if not _READ.match(text):
			return ()
		if text not in self._tables:
			self._tables[text] = () if _NEVER_THE_SAME.search(text) else tuple(_tables_in(text))
		return self._tables[text]

	def _forget_after(self, text: str) -> None:
		if _SAVEPOINT.match(text) or _READ.match(text):
			return
		if _ROLLBACK_TO.match(text):
			self._forget(self._written)
		elif _CHANGE.match(text) and (changed := _tables_changed(text)):
			self._written |= changed
			self._forget(changed)
		else:
			self._forget_all()

	def _forget(self, tables: set[str]) -> None:
		for table in tables:
			for key in self._asked_of.pop(table, ()):
				self._answers.pop(key, None)

	def _forget_all(self) -> None:
		self._answers.clear()
		self._asked_of.clear()


def _tables_in(text: str) -> set[str]:
	return {quoted or plain for quoted, plain in _TABLE.findall(text)}


def _tables_changed(text: str) -> set[str]:
	if inserted := _INSERT_INTO.match(text):
		return {inserted.group(1) or inserted.group(2)}
	return _tables_in(text)


def _copy(answer: Any) -> Any:
	"""Rows are changed by who asks; what they hold can't be."""
	if not isinstance(answer, list):
		return answer
	return [row.copy() if isinstance(row, list | dict) else row for row in answer]
