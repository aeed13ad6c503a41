"""Locks that die with their holder: the database's own, kept by a connection, whatever happens to its process.

And how to hold fewer of them.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import frappe
from rq import get_current_job

# Seconds. A living job says something to the database sooner: in its time, and every minute of an open transaction.
LONGEST_SILENCE = 3600
LONGEST_PENDING = 120
MARGIN = 60


@contextmanager
def named_lock(kind: str, key: object, wait: int = 0) -> Iterator[bool]:
	"""Hold a lock of this site, or learn that another connection has it.

	:param kind: what is locked, e.g. "woo_migration"; :param key: which of them
	:param wait: seconds
	:returns: whether it is held
	"""
	_let_go_in_silence()
	with _locked(kind, key, wait) as held:
		yield held


@contextmanager
def _locked(kind: str, key: object, wait: int) -> Iterator[bool]:
	name = lock_name(kind, key)
	held = bool(frappe.db.sql("SELECT GET_LOCK(%s, %s)", (name, wait))[0][0])
	try:
		yield held
	finally:
		if held:
			frappe.db.sql("SELECT RELEASE_LOCK(%s)", (name,))


@contextmanager
def order_locks(store: str, order_ids: Iterable[int], wait: int = 0) -> Iterator[set[int]]:
	"""Be the only one that reads these orders from the shop and books them: whoever read later must also book later.

	:param wait: seconds in all; :returns: the ids that are held; the others somebody else has
	"""
	held: set[int] = set()
	ends = time.monotonic() + wait
	_let_go_in_silence()
	with ExitStack() as stack:
		for order_id in sorted(
			set(order_ids)
		):  # in one order everywhere, so that two can't wait for each other
			left = max(round(ends - time.monotonic()), 0)
			if stack.enter_context(_locked("woo_order", f"{store}:{order_id}", left)):
				held.add(order_id)
		yield held


def _let_go_in_silence() -> None:
	"""Have the database end the connection of a background job, and its locks, once nothing comes from it any more.

	A machine that loses its network or its power ends no connection, and the database would keep what it holds for hours.
	"""
	if job := get_current_job():
		silence = min(job.timeout or LONGEST_SILENCE, LONGEST_SILENCE) + MARGIN
		limits = {"silence": silence, "pending": LONGEST_PENDING}
		frappe.db.sql(
			"SET SESSION wait_timeout = %(silence)s, idle_write_transaction_timeout = %(pending)s", limits
		)


def holder_of(kind: str, key: object) -> int | None:
	"""The database connection that holds the lock, None where nobody does."""
	return frappe.db.sql("SELECT IS_USED_LOCK(%s)", (lock_name(kind, key),))[0][0]


def lock_name(kind: str, key: object) -> str:
	"""The server knows one name for all its sites, of 64 characters at most."""
	digest = hashlib.blake2b(f"{frappe.conf.db_name}:{key}".encode(), digest_size=16).hexdigest()
	return f"{kind}:{digest}"
