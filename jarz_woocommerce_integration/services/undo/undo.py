"""Undo of a run: everything that it booked and nothing else, newest first; what somebody has touched since is kept.

Needs no connection to the shop. Killed at any instant, the same call goes on where it was.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import inf

import frappe
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.exceptions import LedgerInUseError, RunStateError
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.batches import RunUndo, count_documents
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import runs as site_runs, session as site_store
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once
from jarz_woocommerce_integration.services.session.work_states import queued_ids, state_of

RUN = "WooCommerce Sync Run"
QUEUE = "long"
METHOD = "jarz_woocommerce_integration.services.undo.undo.undo_job"
DEFAULT_TIMEOUT = 600
# The batch at hand, and what follows the last one, need time of their own.
SHARE_FOR_BATCHES = 0.6
BOOKING_KINDS = ("Migration", "Live Sync")

_AT_WORK = """
SELECT name, status, workers, modified_by, started FROM `tabWooCommerce Sync Run`
WHERE store = %(store)s AND ((kind = 'Migration' AND status = 'Running') OR (status = 'Undoing' AND name <> %(run)s))
ORDER BY name DESC
"""
# A page job that ends after the run was paused or stopped still books its page. It lives as long as its time at most.
_PAGES_AT_WORK = """
SELECT count(*) FROM `tabWooCommerce Sync Page` page JOIN `tabWooCommerce Sync Run` run ON run.name = page.run
WHERE run.store = %s AND page.state = 'Running' AND page.started > %s
"""


@dataclass(frozen=True, slots=True)
class UndoProgress:
	"""How far an undo is, as committed. :ivar phase: "orders", "listed" or the DocType of masters"""

	phase: str
	undone: int
	kept: int


OnProgress = Callable[[UndoProgress], None]


def undo(
	run: int,
	on_progress: OnProgress = lambda progress: None,
	stop: threading.Event | None = None,
	seconds: float | None = None,
) -> dict:
	"""Undo what a run booked, from where the last call ended.

	:param on_progress: called after each commit; :param stop: set it to end at the next batch
	:param seconds: no new batch after so long, None for ever
	:returns: `run`, `store`, `status` ("Undone", or "Undoing" where it goes on later), `undone` (orders), `kept`
		(documents), `kept_documents` (the first thousand: doctype, name, order_id, kind, reason), `seconds`
	:raises RunStateError: the run, or another one of its store, is at work; or nothing is left to undo
	:raises LedgerInUseError: a migration or undo of the store is under way in another process
	"""
	began = time.monotonic()
	store = store_of(run)
	with site_runs.only_migration_of(store, undoes=True):
		_check_state(run, store)
		work = RunUndo(run)
		try:
			work.begin()
			ends = inf if seconds is None else began + seconds
			_undo_batches(work, on_progress, stop or threading.Event(), ends)
			if work.state.is_done:
				work.finish()
		except Exception as error:
			site_runs.note_undo_error(run, error)
			raise
	return {
		"run": run,
		"store": store,
		"status": "Undone" if work.state.is_done else "Undoing",
		"undone": work.state.undone,
		"kept": work.state.kept,
		"kept_documents": work.state.documents,
		"seconds": round(time.monotonic() - began, 1),
	}


def _undo_batches(work: RunUndo, on_progress: OnProgress, stop: threading.Event, ends: float) -> None:
	"""One batch at least, so that calls that follow one another come to an end."""
	while not work.state.is_done and not stop.is_set():
		work.step()
		on_progress(UndoProgress(work.state.phase, work.state.undone, work.state.kept))
		if time.monotonic() >= ends:
			return


def what_would_go(run: int) -> dict:
	"""What an undo would look at: the run's documents by kind, before it is asked who has touched them.

	:raises RunStateError: the run can't be undone
	"""
	store = store_of(run)
	_check_state(run, store)
	return {"run": run, "store": store, **count_documents(run)}


# --- in the background ---


def start_undo(run: int) -> str:
	"""Queue the undo of a run; one that is queued or at work already is left alone. Returns the job's id.

	:raises RunStateError: the run can't be undone; :raises LedgerInUseError: the store is being rehearsed
	"""
	store = store_of(run)
	_check_state(run, store)
	site_runs.refuse_beside_rehearsal(store)
	site_runs.note_undoing(run)
	site_runs.note_starter(run)
	return _enqueue(run, 1)


@without_traces
def undo_job(run: int, part: int = 1) -> dict:
	"""One job: undo until most of its time is over, then queue the next one. A job can't queue its own id again."""
	try:
		done = undo(run, seconds=timeout() * SHARE_FOR_BATCHES)
	except LedgerInUseError as error:
		return {"status": "running already", "reason": error.message}
	except RunStateError as error:
		return {"status": "refused", "reason": str(error)}
	if done["status"] == "Undoing":
		_enqueue(run, part + 1)
	else:
		alerts.undo_ended(run)  # committed with the job's end
	return {name: done[name] for name in ("status", "undone", "kept", "seconds")}


def state(run: int, store: str) -> str | None:
	"""Whether the undo waits or is at work; see `work_states.state_of`."""
	queued = [job for job in queued_ids(QUEUE) if job == _job(run, 1) or job.startswith(_job(run, ""))]
	return state_of([_job(run, 1), *queued], (site_runs.LOCK, store))


def _job(run: int, part: int | str) -> str:
	return f"woo_undo_{run}" if part == 1 else f"woo_undo_{run}_{part}"


def _enqueue(run: int, part: int) -> str:
	job_id = _job(run, part)
	enqueue_once(METHOD, job_id, QUEUE, timeout(), run=run, part=part)
	return job_id


def timeout() -> int:
	"""Seconds that a job has."""
	return cint(site_store.settings().job_timeout) or DEFAULT_TIMEOUT


# --- what may be undone ---


def store_of(run: int) -> str:
	""":raises RunStateError: there is no such run"""
	store = frappe.db.get_value(RUN, run, "store")
	if not store:
		raise RunStateError(Sentence("There is no run {0}.", run), "`bench woo status` lists the last runs.")
	return store


def _check_state(run: int, store: str) -> None:
	fresh_snapshot()
	kind, status, kept = frappe.db.get_value(RUN, run, ("kind", "status", "kept"))
	if kind not in BOOKING_KINDS:
		raise RunStateError(Sentence("Run {0} is a {1}: it has booked nothing.", run, kind.lower()))
	if status == "Undone" and not kept:
		raise RunStateError(Sentence("Run {0} is undone already; nothing of it is left.", run))
	if frappe.db.get_value("WooCommerce Store", store, "live_sync"):
		raise RunStateError(
			Sentence("The live sync of {0} is on, and would book again what is undone.", store),
			'Switch "Keep in Step with the Shop" off in its form first.',
		)
	check_nobody_works(run, store)


def check_nobody_works(run: int, store: str) -> None:
	""":raises RunStateError: another run of the store is at work, or some of its pages"""
	for other in frappe.db.sql(_AT_WORK, {"store": store, "run": run}, as_dict=True):
		# A migration in one process that was killed still says that it runs; its lock says that it doesn't.
		if other.status == "Undoing" or other.workers or site_runs.is_migrating(store):
			raise RunStateError(
				Sentence(
					"Nothing of run {0} can be undone while run {1} of {2} is {3} (of {4}, started"
					" {5:%Y-%m-%d %H:%M}).",
					run,
					other.name,
					store,
					other.status.lower(),
					other.modified_by,
					other.started,
				),
				"Wait until it ends, or stop it first.",
			)
	since = now_datetime() - timedelta(seconds=timeout())
	if pages := frappe.db.sql(_PAGES_AT_WORK, (store, since))[0][0]:
		raise RunStateError(
			Sentence("{0} pages of {1} are being booked still.", pages, store),
			"Wait a moment until their jobs have ended.",
		)
