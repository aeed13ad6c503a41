"""What a WooCommerce Sync Run says beside its counters: how it ended, what was proven, what went wrong.

The counters are the ledger's, in the transaction that books a page. What is written here is written between two
pages and committed at once, so that a run that ends badly still says why.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone, now_datetime, today

from jarz_woocommerce_integration.exceptions import LedgerInUseError, StoreSetupError
from jarz_woocommerce_integration.services.proving.text import verification_text
from jarz_woocommerce_integration.services.verification import Verification

RUN = "WooCommerce Sync Run"
STORE = "WooCommerce Store"
LONGEST_ERROR = 1000

_REQUESTS = "UPDATE `tabWooCommerce Sync Run` SET requests = coalesce(requests, 0) + %s WHERE name = %s"
_RUNNING = """
SELECT name, started, modified_by, orders FROM `tabWooCommerce Sync Run`
WHERE store = %s AND kind = 'Migration' AND status = 'Running' ORDER BY name DESC LIMIT 1
"""
_COMPLETED = """
SELECT name FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Migration' AND status = 'Completed'
ORDER BY name DESC LIMIT 1
"""
_OF_TODAY = """
SELECT name FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Live Sync' AND started >= %s ORDER BY name LIMIT 1
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
	told = verification_text(verification, store, datetime.now(timezone.utc), frappe.session.user)
	frappe.db.set_value(RUN, run, {**_proof(verification.proven, told), "last_error": None})
	frappe.db.set_value(STORE, store, {"last_run": str(run), "migrated_until": before}, update_modified=False)
	_commit(run, requests)


def note_proof(run: int, proven: bool, told: dict, requests: int) -> None:
	"""A proof was made of a run, which replaces the one that it had. Commits.

	:param told: of the shape of `proving.text`; :param requests: that it took
	"""
	frappe.db.set_value(RUN, run, _proof(proven, told))
	_commit(run, requests)


def _proof(proven: bool, told: dict) -> dict:
	return {
		"proven": int(proven),
		"verification": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
	}


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
	).insert(ignore_permissions=True)
	_commit(run.name, 0)
	return run.name


def _commit(run: int, requests: int) -> None:
	"""The one place of the services that commits: a run's own words, between two pages."""
	frappe.db.sql(_REQUESTS, (requests, run))
	frappe.db.commit()


# --- what a run was ---


@dataclass(frozen=True)
class Asked:
	"""What a migration was asked for, and when it had ended (UTC; None where it hasn't)."""

	store: str
	parameters: dict
	finished: datetime | None


def what_was_asked(run: int) -> Asked:
	""":raises StoreSetupError: there is no such run, or it isn't a migration"""
	row = frappe.db.get_value(RUN, run, ["store", "kind", "parameters", "finished"], as_dict=True)
	if not row or row.kind != "Migration":
		raise StoreSetupError(
			f"There is no migration with the number {run}.",
			"The list of WooCommerce Sync Runs has the numbers; only a run of kind Migration is proven.",
		)
	finished = row.finished and row.finished.replace(tzinfo=ZoneInfo(get_system_timezone()))
	return Asked(
		row.store, json.loads(row.parameters or "{}"), finished and finished.astimezone(timezone.utc)
	)


def last_completed(store: str) -> int | None:
	"""The store's last migration that came to its end."""
	found = frappe.db.sql(_COMPLETED, (store,))
	return found[0][0] if found else None
