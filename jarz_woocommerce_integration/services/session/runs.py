"""What a WooCommerce Sync Run says beside its counters: how it ended, what was proven, what went wrong.

The counters are the ledger's, in the transaction that books a page. What is written here is written between two
pages and committed at once, so that a run that ends badly still says why.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone, now_datetime, today

from jarz_woocommerce_integration.exceptions import LedgerInUseError, RunStateError, StoreSetupError
from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of, named_lock
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.series import read_series
from jarz_woocommerce_integration.ledger.erpnext.values import from_utc_column
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.comparison.text import verification_text
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session.announcing import run_changed
from jarz_woocommerce_integration.services.session.background import in_words
from jarz_woocommerce_integration.store.orders import OrderWindow

LOCK = "woo_migration"
REHEARSAL_LOCK = "woo_rehearsal"
# What a run that is booked side by side does now.
PLANNING, BOOKING, SETTLING, PROVING = "Planning", "Booking", "Settling", "Proving"
RUN = "WooCommerce Sync Run"
STORE = "WooCommerce Store"
LONGEST_ERROR = 1000

_REQUESTS = "UPDATE `tabWooCommerce Sync Run` SET requests = coalesce(requests, 0) + %s WHERE name = %s"
# What was planned is counted where it is booked.
_COMPARED = """
UPDATE `tabWooCommerce Sync Run` SET orders = orders + %(compared)s, unchanged = unchanged + %(compared)s WHERE name = %(run)s
"""
_RUNNING = """
SELECT name, started, modified_by, orders FROM `tabWooCommerce Sync Run`
WHERE store = %s AND kind = 'Migration' AND status = 'Running' ORDER BY name DESC LIMIT 1
"""
_COMPLETED = """
SELECT name FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Migration' AND status = 'Completed'
ORDER BY name DESC LIMIT 1
"""
_OF_TODAY = """
SELECT name FROM `tabWooCommerce Sync Run` WHERE store = %s AND kind = 'Live Sync' AND started >= %s AND status NOT IN ('Undoing', 'Undone') ORDER BY name LIMIT 1
"""


# --- one at a time ---


@contextmanager
def only_migration_of(store: str, undoes: bool = False) -> Iterator[None]:
	"""Make this process the only one that migrates the store. The lock dies with its connection to the database.

	:param undoes: it takes a run back
	:raises LedgerInUseError: another one migrates, undoes or rehearses, or page jobs do; says which
	"""
	with named_lock(LOCK, store) as held:
		refuse_beside_rehearsal(store)
		undone = None if held and undoes else _being_undone(store)
		if undone:
			raise LedgerInUseError(
				Sentence("Run {0} of {1} is being undone, by {2}.", undone.name, store, undone.modified_by),
				Sentence("Wait until it is undone, or continue the undo: bench woo undo {0}.", undone.name),
			)
		if not held or _side_by_side(store):
			raise LedgerInUseError(
				Sentence("A migration of {0} is under way: {1}.", store, _who_runs(store)),
				"Wait until it ends, or stop it; the same command then goes on.",
			)
		yield


@contextmanager
def only_rehearsal_of(store: str) -> Iterator[None]:
	"""Make this process the only one that rehearses the store, beside no migration and no undo of it.

	:raises LedgerInUseError: another one does; says which
	"""
	with named_lock(REHEARSAL_LOCK, store) as held:
		if not held:
			refuse_beside_rehearsal(store)
			raise LedgerInUseError(Sentence("A rehearsal of {0} has just ended.", store), "Start it again.")
		refuse_rehearsal(store)
		frappe.cache.set_value(_rehearser(store), (frappe.session.user, now_datetime()))
		try:
			yield
		finally:
			frappe.cache.delete_value(_rehearser(store))


def refuse_beside_rehearsal(store: str) -> None:
	""":raises LedgerInUseError: another process rehearses the store"""
	connection = _other_holder(REHEARSAL_LOCK, store)
	if not connection:
		return
	user, since = frappe.cache.get_value(_rehearser(store)) or ("", None)
	begun = f", begun by {user} at {since:%Y-%m-%d %H:%M}" if user else ""
	raise LedgerInUseError(
		Sentence("A rehearsal of {0} is under way{1} (database connection {2}).", store, begun, connection),
		"Wait until it ends, or stop it: press Ctrl-C where it was started, or stop its job in the list RQ Job.",
	)


def refuse_rehearsal(store: str) -> None:
	""":raises LedgerInUseError: the store's history is being booked or undone; says by whom"""
	if undone := _being_undone(store):
		what = f"Run {undone.name} of {store} is being undone, by {undone.modified_by}"
	elif is_migrating(store) or _side_by_side(store):
		what = f"A migration of {store} is under way: {_who_runs(store)}"
	else:
		return
	raise LedgerInUseError(f"{what}.", "Rehearse when it is over.")


def _rehearser(store: str) -> str:
	return f"woo_rehearsed_by|{store}"


def _side_by_side(store: str) -> bool:
	"""Whether page jobs book the store. Their run holds no lock while none of them works."""
	return bool(running_side_by_side(store))


def _being_undone(store: str) -> frappe._dict | None:
	"""The run that is: its name, and who began it (modified_by)."""
	fresh_snapshot()
	undone = {"store": store, "status": "Undoing"}
	return frappe.db.get_value(RUN, undone, ["name", "modified_by"], as_dict=True)


def is_busy(store: str) -> bool:
	"""Whether the store's history is being booked or undone. Nothing may be pending."""
	return bool(is_migrating(store) or _side_by_side(store) or _being_undone(store))


def is_migrating(store: str) -> bool:
	"""Whether another connection to the database holds the store's lock."""
	return bool(_other_holder(LOCK, store))


def _other_holder(kind: str, store: str) -> int | None:
	"""The database connection that holds a lock of the store, None where it is this one, or nobody."""
	((own,),) = frappe.db.sql("SELECT CONNECTION_ID()")
	holder = holder_of(kind, store)
	return None if holder == own else holder


def _who_runs(store: str) -> str:
	connection = holder_of(LOCK, store)
	fresh_snapshot()
	running = frappe.db.sql(_RUNNING, (store,), as_dict=True)
	who = f"database connection {connection}" if connection else "page jobs on the queue long"
	if not running:
		return f"it is just starting ({who})"
	run = running[0]
	return f"run {run.name} of {run.modified_by}, started {run.started:%Y-%m-%d %H:%M}, {run.orders or 0:,} orders so far ({who})"


# --- runs that are booked side by side ---


@dataclass(frozen=True, slots=True)
class RunRow:
	"""A WooCommerce Sync Run as it stands now.

	:ivar workers: pages at once; 0 in one process; :ivar page_limit: the last page that is asked for, 0 for all
	:ivar asked: its parameters; :ivar circuit_open_until: of the site's clock
	"""

	name: int
	store: str
	kind: str
	status: str
	phase: str
	workers: int
	page_limit: int
	settling_round: int
	store_failures: int
	circuit_open_until: datetime | None
	before_gmt: datetime | None
	started: datetime | Any
	parameters: str

	@property
	def asked(self) -> dict:
		return json.loads(self.parameters or "{}")

	@property
	def scope(self) -> Scope:
		"""What the run reads: everything until it began."""
		return Scope.of(self.asked)

	@property
	def before(self) -> datetime:
		"""The frozen end of its window, UTC."""
		return from_utc_column(self.before_gmt)

	def waits_for_store(self) -> bool:
		"""Whether nothing may be sent to the store yet."""
		return bool(self.circuit_open_until and now_datetime() < self.circuit_open_until)


_OF_A_RUN = tuple(field.name for field in fields(RunRow))


def read(run: int) -> RunRow:
	"""A run as it is committed. Nothing may be pending. :raises RunStateError: there is none"""
	fresh_snapshot()
	row = frappe.db.get_value(RUN, int(run), list(_OF_A_RUN), as_dict=True)
	if not row:
		raise RunStateError(Sentence("There is no run {0}.", run), "bench woo status lists the last runs.")
	return RunRow(**row)


def change(run: int, **values) -> None:
	"""Write fields of a run. Commits."""
	fresh_snapshot()
	frappe.db.set_value(RUN, int(run), values)
	frappe.db.commit()
	run_changed(run)


def note_starter(run: int) -> None:
	"""Whoever is logged in has it started, and is told when it ends. Commits."""
	change(run, started_by=frappe.session.user)


def running_side_by_side(store: str | None = None) -> list[int]:
	"""Runs that page jobs are booking now."""
	fresh_snapshot()
	filters = {"status": "Running", "workers": (">", 0), **({"store": store} if store else {})}
	return frappe.get_all(RUN, filters=filters, pluck="name", order_by="name")


def who_migrates(store: str) -> str:
	"""Which run of the store this minute has its lock, as a person would say it; "" for none."""
	return _who_runs(store) if holder_of(LOCK, store) else ""


def note_planned(run: int, there: int, phase: str) -> None:
	"""All pages are laid out. What isn't on them is in the ledger as the shop's list shows it. Commits.

	:param there: orders that the list has; :param phase: the next one
	"""
	fresh_snapshot()
	planned = frappe.db.get_value(RUN, run, "planned_orders") or 0
	_count_compared(run, max(there - planned, 0))
	frappe.db.set_value(RUN, run, "phase", phase)
	frappe.db.commit()


def _count_compared(run: int, orders: int) -> None:
	frappe.db.sql(_COMPARED, {"run": run, "compared": orders})


# --- how a run ended ---


def note_completed(
	run: int, store: str, before, verification: Verification, requests: int, compared: int
) -> None:
	"""The run came to its end, which the ledger has marked; here is the proof. Commits.

	:param compared: orders that weren't read, since the shop's list shows them as they are in the ledger
	"""
	_count_compared(run, compared)
	found = verification_text(verification, store, datetime.now(timezone.utc), frappe.session.user)
	frappe.db.set_value(RUN, run, _proof(verification.proven, found))
	_commit(run, requests)
	note_end(run, store, before)


def note_part_booked(run: int) -> None:
	"""The pages that were asked for are booked; the run pauses. Commits."""
	change(run, status="Paused", waiting_for=None)
	_alert(alerts.run_paused, run)


def note_end(run: int, store: str, before: datetime) -> None:
	"""The store is migrated until `before` (UTC, as a column has it). Commits."""
	ended = {"phase": "", "last_error": None, "waiting_for": None}
	frappe.db.set_value(RUN, run, ended)
	frappe.db.set_value(STORE, store, {"last_run": str(run), "migrated_until": before}, update_modified=False)
	_commit(run, 0)
	_alert(alerts.run_finished, run)


def add_requests(run: int, requests: int) -> None:
	"""Count what was asked of the store beside the pages. Commits."""
	fresh_snapshot()
	_commit(run, requests)


def note_proof(run: int, proven: bool, proof: dict, requests: int) -> None:
	"""A proof was made of a run, which replaces the one that it had. Commits.

	:param proof: plain data, as `comparison.text` makes it; :param requests: that it took
	"""
	frappe.db.set_value(RUN, run, _proof(proven, proof))
	_commit(run, requests)


def _proof(proven: bool, proof: dict) -> dict:
	return {
		"proven": int(proven),
		"verification": json.dumps(proof, ensure_ascii=False, separators=(",", ":")),
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
	text = in_words(error)
	frappe.db.set_value(RUN, run, {"status": "Failed", "last_error": text[:LONGEST_ERROR]})
	_commit(run, requests)
	_alert(alerts.run_failed, run)


def note_page(run: int) -> None:
	"""A page was committed: who is to hear of held orders hears of them. Commits."""
	_alert(alerts.held_orders, run)
	run_changed(run)


def note_circuit_opened(run: int) -> None:
	"""The shop fails again and again. Commits."""
	_alert(alerts.circuit_opened, run)


def note_undoing(run: int) -> None:
	"""The run is to be undone by a job; it says so from now on. Commits."""
	frappe.db.set_value(RUN, run, {"status": "Undoing", **_from_the_start(run)})
	_commit(run, 0)


def _from_the_start(run: int) -> dict:
	"""An undo that was begun goes on where it was; what an earlier one came to is forgotten."""
	if frappe.db.get_value(RUN, run, "status") == "Undoing":
		return {}
	return {"undo_position": None, "undone": 0, "kept": 0, "kept_documents": None}


def note_undo_error(
	run: int, error: BaseException, alert: Callable[[int], None] = alerts.undo_failed
) -> None:
	"""An undo broke off; what was committed stays, and the same call goes on. Commits. :param alert: of what to alert people"""
	frappe.db.rollback()
	frappe.db.set_value(RUN, run, "last_error", in_words(error)[:LONGEST_ERROR])
	_commit(run, 0)
	_alert(alert, run)


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
	"""A run's own words, between two pages."""
	frappe.db.sql(_REQUESTS, (requests, run))
	frappe.db.commit()
	run_changed(run)


def _alert(alert: Callable[[int], object], run: int) -> None:
	"""After the run's own words are committed, which a failing alert must not take along."""
	alert(run)
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
			Sentence("There is no migration with the number {0}.", run),
			"The list of WooCommerce Sync Runs has the numbers; only a run of kind Migration is proven.",
		)
	finished = row.finished and row.finished.replace(tzinfo=ZoneInfo(get_system_timezone()))
	return Asked(
		row.store, json.loads(row.parameters or "{}"), finished and finished.astimezone(timezone.utc)
	)


def completed_windows(store: str) -> list[OrderWindow]:
	"""Which orders the completed migrations of a store have read."""
	filters = {"store": store, "kind": "Migration", "status": "Completed"}
	windows = []
	for row in frappe.get_all(RUN, filters=filters, fields=["parameters", "before_gmt"], order_by="name"):
		asked = Scope.of(json.loads(row.parameters or "{}"))
		windows.append(
			OrderWindow(asked.before or from_utc_column(row.before_gmt), asked.after, asked.statuses)
		)
	return windows


def last_completed(store: str) -> int | None:
	"""The store's last migration that came to its end."""
	found = frappe.db.sql(_COMPLETED, (store,))
	return found[0][0] if found else None
