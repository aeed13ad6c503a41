"""Transactions of the site's database: a fresh look, another try after a deadlock, savepoints that are gone, gap locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from pymysql.constants import ER
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

LOCK_ERRORS = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
# Another transaction was faster: the same again finds what that one wrote.
AFTER_DEADLOCK: dict[str, Any] = {
	"retry": retry_if_exception_type(LOCK_ERRORS),
	"stop": stop_after_attempt(5),
	"wait": wait_random(0.1, 1.5),
	"reraise": True,
}
again_after_deadlock = retry(**AFTER_DEADLOCK)


def fresh_snapshot() -> None:
	"""See what other processes have committed. Nothing may be pending: a transaction that has only read is ended."""
	frappe.db.rollback()


@contextmanager
def without_gap_locks() -> Iterator[None]:
	"""Lock rows alone, not what lies between them, in transactions that begin meanwhile.

	With MariaDB's usual level of isolation a page locks the gap behind its last order, too, in the Order Map as in
	ERPNext's ledgers, and the next page waits there until it is committed. Nothing is read twice that mustn't change.
	"""
	frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	try:
		yield
	finally:
		frappe.db.sql("SET SESSION tx_isolation = @@global.tx_isolation")


@contextmanager
def lost_transactions_raised() -> Iterator[None]:
	"""Says what it means that a savepoint isn't there any more: whatever somebody has swallowed, it was a deadlock.

	The database rolls back the whole transaction then. What is written after it stands alone, and must not be committed.

	:raises frappe.QueryDeadlockError: the transaction is gone
	"""
	try:
		yield
	except frappe.db.OperationalError as error:
		if error.args[0] != ER.SP_DOES_NOT_EXIST:
			raise
		raise frappe.QueryDeadlockError("The transaction was rolled back by the database.") from error
