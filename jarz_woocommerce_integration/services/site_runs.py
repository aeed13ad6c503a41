"""What a WooCommerce Sync Run says beside its counters: how it ended, what was proven, what went wrong.

The counters are the ledger's, in the transaction that books a page. What is written here is written between two
pages and committed at once, so that a run that ends badly still says why.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal

import frappe
from frappe.utils import now_datetime, today

from jarz_woocommerce_integration.exceptions import LedgerInUseError
from jarz_woocommerce_integration.ledger.erpnext_series import read_series
from jarz_woocommerce_integration.services.verification import Verification

RUN = "WooCommerce Sync Run"
STORE = "WooCommerce Store"
LONGEST_ERROR = 1000
MOST_DIFFERENCES = 500

_REQUESTS = "UPDATE `tabWooCommerce Sync Run` SET requests = coalesce(requests, 0) + %s WHERE name = %s"
_RUNNING = """
SELECT name, started, modified_by, orders FROM `tabWooCommerce Sync Run`
WHERE store = %s AND kind = 'Migration' AND status = 'Running' ORDER BY name DESC LIMIT 1
"""
_OF_TODAY = """
SELECT name FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Live Sync' AND started >= %s AND status NOT IN ('Undoing', 'Undone') ORDER BY name LIMIT 1
"""


# --- one at a time ---


@contextmanager
def only_migration_of(store: str) -> Iterator[None]:
	"""Make this process the only one that migrates the store. The lock dies with its connection to the database.

	:raises LedgerInUseError: another one does; says which
	"""
	lock = _lock_name(store)
	if not frappe.db.sql("SELECT GET_LOCK(%s, 0)", (lock,))[0][0]:
		raise LedgerInUseError(
			f"A migration of {store} is under way: {_who_runs(store, lock)}.",
			"Wait until it ends, or stop it; the same command then goes on.",
		)
	try:
		yield
	finally:
		frappe.db.sql("SELECT RELEASE_LOCK(%s)", (lock,))


def is_migrating(store: str) -> bool:
	"""Whether another connection to the database holds the store's lock."""
	held_by, own = frappe.db.sql("SELECT IS_USED_LOCK(%s), CONNECTION_ID()", (_lock_name(store),))[0]
	return held_by is not None and held_by != own


def _lock_name(store: str) -> str:
	"""The server knows one name for all its sites, of 64 characters at most."""
	digest = hashlib.blake2b(f"{frappe.conf.db_name}:{store}".encode(), digest_size=16).hexdigest()
	return f"woo_migration:{digest}"


def _who_runs(store: str, lock: str) -> str:
	connection = frappe.db.sql("SELECT IS_USED_LOCK(%s)", (lock,))[0][0]
	frappe.db.rollback()  # a new snapshot, which sees the other one's progress
	running = frappe.db.sql(_RUNNING, (store,), as_dict=True)
	if not running:
		return f"it is just starting (database connection {connection})"
	run = running[0]
	return (
		f"run {run.name} of {run.modified_by}, started {run.started:%Y-%m-%d %H:%M}, {run.orders or 0:,} orders so far "
		f"(database connection {connection})"
	)


# --- how a run ended ---


def note_completed(run: int, store: str, before, verification: Verification, requests: int) -> None:
	"""The run came to its end, which the ledger has marked; here is the proof. Commits."""
	values = {
		"proven": int(verification.proven),
		"verification": json.dumps(verification_text(verification), ensure_ascii=False, indent=1),
		"last_error": None,
	}
	frappe.db.set_value(RUN, run, values)
	frappe.db.set_value(STORE, store, {"last_run": str(run), "migrated_until": before}, update_modified=False)
	_commit(run, requests)


def note_paused(run: int, status: str, requests: int) -> None:
	"""The run ended before its end and goes on later. Commits.

	:param status: "Paused" where the call was bounded, "Stopped" where a person stopped it
	"""
	frappe.db.set_value(RUN, run, "status", status)
	_commit(run, requests)


def note_failed(run: int, error: BaseException, requests: int) -> None:
	"""The run broke off; what was committed stays, and the same call goes on. Commits."""
	frappe.db.rollback()
	text = str(error) or type(error).__name__
	frappe.db.set_value(RUN, run, {"status": "Failed", "last_error": text[:LONGEST_ERROR]})
	_commit(run, requests)


def note_undoing(run: int) -> None:
	"""The run is to be undone by a job; it says so from now on. Commits."""
	frappe.db.set_value(RUN, run, {"status": "Undoing", **_from_the_start(run)})
	_commit(run, 0)


def _from_the_start(run: int) -> dict:
	"""An undo that was begun goes on where it was; what an earlier one came to is forgotten."""
	if frappe.db.get_value(RUN, run, "status") == "Undoing":
		return {}
	return {"undo_position": None, "undone": 0, "kept": 0, "kept_documents": None}


def note_undo_error(run: int, error: BaseException) -> None:
	"""An undo broke off; what was committed stays, and the same call goes on. Commits."""
	frappe.db.rollback()
	frappe.db.set_value(RUN, run, "last_error", (str(error) or type(error).__name__)[:LONGEST_ERROR])
	_commit(run, 0)


def run_of_today(store: str) -> int:
	"""The run under which single orders are booked on this day: one for each store and day. Commits a new one."""
	if found := frappe.db.sql(_OF_TODAY, (store, today())):
		return found[0][0]
	run = frappe.get_doc(
		doctype=RUN,
		store=store,
		kind="Live Sync",
		status="Completed",
		started=now_datetime(),
		finished=now_datetime(),
		parameters="{}",
		next_page=1,
		series_before=json.dumps(read_series(), ensure_ascii=False),
	).insert(ignore_permissions=True)
	_commit(run.name, 0)
	return run.name


def _commit(run: int, requests: int) -> None:
	"""The one place of the services that commits: a run's own words, between two pages."""
	frappe.db.sql(_REQUESTS, (requests, run))
	frappe.db.commit()


# --- the proof as it is kept ---


def verification_text(verification: Verification) -> dict:
	"""The verdict, sums by status and currency, and the first differences. Amounts are strings with exact decimals."""
	sums: dict[tuple[str, str], list] = defaultdict(lambda: [0, Decimal(0), 0, Decimal(0), 0, Decimal(0)])
	for (_day, status, currency), group in verification.groups.items():
		amounts = (
			group.orders,
			group.store_total,
			group.booked,
			group.booked_total,
			group.listed,
			group.listed_total,
		)
		sums[status, currency] = [old + new for old, new in zip(sums[status, currency], amounts, strict=True)]
	names = ("orders", "store_total", "booked", "booked_total", "listed", "listed_total")
	return {
		"proven": verification.proven,
		"store_orders": verification.store_orders,
		"sums": [
			{"status": status, "currency": currency, **dict(zip(names, map(_plain, amounts), strict=True))}
			for (status, currency), amounts in sorted(sums.items())
		],
		"differences_in_all": len(verification.differences),
		"differences": [asdict(found) for found in verification.differences[:MOST_DIFFERENCES]],
	}


def _plain(value: int | Decimal) -> int | str:
	return str(value) if isinstance(value, Decimal) else value
