"""What a site has said of the orders of its rehearsal: tables beside those of the ledger, whose schema stays.

A rehearsal without a site doesn't have them.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from jarz_woocommerce_integration.ledger.sqlite.masters import forget_unused

_TABLES = (
	"CREATE TABLE IF NOT EXISTS left_to_documents (order_id INTEGER PRIMARY KEY, reason TEXT NOT NULL)",
	"CREATE TABLE IF NOT EXISTS passed_as_rows (order_id INTEGER PRIMARY KEY, kinds TEXT NOT NULL)",
	"CREATE TABLE IF NOT EXISTS bulk_report (id INTEGER PRIMARY KEY CHECK (id = 1), report TEXT NOT NULL)",
)
_OF_AN_ORDER = ("left_to_documents", "passed_as_rows")
_COUNT_LEFT = """
SELECT left_to_documents.reason, count(*) FROM left_to_documents JOIN order_map USING (order_id)
WHERE order_map.state = 'Synced' GROUP BY left_to_documents.reason
"""
_COUNT_PASSED = """
SELECT count(*) FROM passed_as_rows WHERE order_id NOT IN (SELECT order_id FROM left_to_documents)
"""
_CUSTOMER = "SELECT customer FROM invoice WHERE order_id = ?"
_HAS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
# Of one order, those that others refer to last.
_OF_THE_LEDGER = (
	"DELETE FROM gl_entry WHERE order_id = ?",
	"DELETE FROM payment WHERE order_id = ?",
	"DELETE FROM credit_note_row WHERE refund_id IN (SELECT refund_id FROM credit_note WHERE order_id = ?)",
	"DELETE FROM credit_note_charge WHERE refund_id IN (SELECT refund_id FROM credit_note WHERE order_id = ?)",
	"DELETE FROM credit_note WHERE order_id = ?",
	"DELETE FROM invoice_charge WHERE order_id = ?",
	"DELETE FROM invoice_row WHERE order_id = ?",
	"DELETE FROM invoice WHERE order_id = ?",
	"DELETE FROM customer_decision WHERE order_id = ?",
	"DELETE FROM order_map WHERE order_id = ?",
)


@dataclass
class SiteChecks:
	"""What was found out of some orders.

	:ivar left: order id -> why a migration in bulk would book it through documents
	:ivar passed: order id -> kinds of the rows that stood for documents
	:ivar report: of bulk booking so far, as a run keeps it; None where the site doesn't book in bulk
	"""

	left: dict[int, str] = field(default_factory=dict)
	passed: dict[int, Collection[str]] = field(default_factory=dict)
	report: dict | None = None


def write(connection: sqlite3.Connection, order_ids: Iterable[int], checks: SiteChecks) -> None:
	""":param order_ids: of which nothing that was found before is true any more"""
	for statement in _TABLES:
		connection.execute(statement)
	ids = [(order_id,) for order_id in order_ids]
	for table in _OF_AN_ORDER:
		connection.executemany(f"DELETE FROM {table} WHERE order_id = ?", ids)
	connection.executemany("INSERT INTO left_to_documents VALUES (?, ?)", checks.left.items())
	passed = ((order_id, " ".join(sorted(kinds))) for order_id, kinds in checks.passed.items() if kinds)
	connection.executemany("INSERT INTO passed_as_rows VALUES (?, ?)", passed)
	if checks.report is not None:
		report = json.dumps(checks.report, ensure_ascii=False)
		connection.execute("INSERT OR REPLACE INTO bulk_report VALUES (1, ?)", (report,))


def left_to_documents(connection: sqlite3.Connection) -> Counter[str] | None:
	"""Reason -> how many orders a migration in bulk would book through documents, None where the site didn't book in bulk."""
	if bulk_report(connection) is None:
		return None
	return Counter({reason: orders for reason, orders in connection.execute(_COUNT_LEFT)})


def passed_as_rows(connection: sqlite3.Connection) -> int:
	"""How many orders passed without documents of their own."""
	return connection.execute(_COUNT_PASSED).fetchone()[0]


def bulk_report(connection: sqlite3.Connection) -> dict | None:
	"""What was counted of bulk booking, None where the site didn't book in bulk."""
	if not connection.execute(_HAS, ("bulk_report",)).fetchone():
		return None
	row = connection.execute("SELECT report FROM bulk_report").fetchone()
	return json.loads(row[0]) if row else None


def differing_kinds(report: Mapping) -> list[tuple[str, str]]:
	"""(Kind in words, what differs) of the kinds that a migration books through documents because of it."""
	return [(words, why) for words, why, *_state in report.get("fell_back", {}).values()]


def passed_with(connection: sqlite3.Connection, kinds: Iterable[str]) -> set[int]:
	"""The orders that passed with rows of one of these kinds."""
	if not connection.execute(_HAS, ("passed_as_rows",)).fetchone():
		return set()
	found = "SELECT order_id FROM passed_as_rows WHERE instr(kinds, ?) > 0"
	return {order_id for kind in kinds for (order_id,) in connection.execute(found, (kind,))}


def remove_orders(connection: sqlite3.Connection, order_ids: Iterable[int]) -> None:
	"""Take orders out of the file as if it had never seen them, with the customers who were made for them alone."""
	customers: set[str] = set()
	for order_id in order_ids:
		customers.update(connection.execute(_CUSTOMER, (order_id,)).fetchone() or ())
		for statement in _OF_THE_LEDGER:
			connection.execute(statement, (order_id,))
		for table in _OF_AN_ORDER:
			connection.execute(f"DELETE FROM {table} WHERE order_id = ?", (order_id,))
	forget_unused(connection, sorted(customers))
