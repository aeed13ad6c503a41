"""The dry run of a store as a background job, and how it stands. Its last result is kept in the site's private files."""

import json
import threading
import time
from pathlib import Path

import frappe
from frappe.model.document import Document
from frappe.utils.background_jobs import is_job_enqueued

from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run_in, ledger_file
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import in_words, without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once, withdraw
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.services.session.work_states import AT_WORK, NOBODY, state_of
from jarz_woocommerce_integration.store.orders import count_orders

# A whole history at a store's hundred requests a minute takes hours.
LONGEST = 24 * 3600
QUEUE = "long"
CHANGED = "woo_rehearsal"
INTERRUPTED = "The rehearsal isn't complete: its worker was stopped. Start it again."


def start(store: Document) -> dict:
	"""Start a dry run in the queue `long`, unless one of this store is waiting or running. :returns: its status

	:raises LedgerInUseError: the store's history is being booked or undone
	"""
	site_runs.refuse_rehearsal(store.name)
	if not is_job_enqueued(_job(store.name)):
		frappe.cache.delete_value(_cancel_key(store.name))
		_write(store.name, {"state": "queued"})
		enqueue_once(f"{__name__}.{run.__name__}", _job(store.name), QUEUE, LONGEST, store_name=store.name)
	return status(store)


def cancel(store: Document) -> dict:
	"""End a dry run: at once where it waits, else after the page at hand. :returns: its status"""
	if withdraw(_job(store.name), QUEUE):
		_write(store.name, {"state": "cancelled"})
	elif status(store)["state"] == "running":
		frappe.cache.set_value(_cancel_key(store.name), 1, expires_in_sec=LONGEST)
	return status(store)


@without_traces
def run(store_name: str) -> None:
	"""The job itself."""
	try:
		_write(store_name, {"state": "running", "summary": {"phase": "counting"}})
		with open_session(store_name, is_patient=True) as session:
			work = _Work(store_name, count_orders(session.client, session.scope().window))
			summary = dry_run_in(session, on_progress=work.note, stop=work.stop, on_work=work.note)
	except Exception as error:
		_write(store_name, {"state": "failed", "summary": {"message": in_words(error)}})
		frappe.db.rollback()
		_tell_starter(store_name, error=in_words(error))
		raise
	state = "cancelled" if work.stop.is_set() else "done"
	_write(store_name, {"state": state, "summary": summary, "report_url": summary["report_url"]})
	if state == "done":
		held = sum(summary["held_by_reason"].values())
		_tell_starter(store_name, orders=summary["orders_seen"], held=held)


def _tell_starter(store_name: str, **ended) -> None:
	"""The job runs as whoever has queued it."""
	alerts.rehearsal_ended(store_name, frappe.session.user, **ended)
	frappe.db.commit()


class _Work:
	"""Notes how far a dry run is, and sees whether a person has cancelled it. :ivar total: orders of the shop, None if it doesn't say"""

	def __init__(self, store: str, total: int | None):
		self.store, self.total = store, total
		self.stop = threading.Event()
		self.started = time.time()
		self._note({"phase": "reading", "pages": 0, "orders": 0, "seconds_left": None})

	def note(self, progress: Progress) -> None:
		"""A page's transaction may be open: here nothing is asked of the database."""
		if frappe.cache.get_value(_cancel_key(self.store), expires=True):
			self.stop.set()
		left = progress.seconds_left(self.total) if self.total else None
		self._note(
			{
				"phase": progress.phase,
				"pages": progress.pages,
				"orders": progress.orders + progress.at_hand,
				"seconds_left": None if left is None else round(left),
			}
		)

	def _note(self, summary: dict) -> None:
		_write(
			self.store,
			{"state": "running", "summary": {**summary, "total": self.total, "started": self.started}},
		)


def status(store: Document) -> dict:
	"""How the last dry run stands.

	:returns: `state` ("none", "queued", "no_worker", "running", "cancelling", "cancelled", "done" or "failed"), `report_url`,
		`summary`: counts, a `message`, or of one that runs `phase`, `orders`, `total` and `seconds_left`, the last two None where
		they aren't known
	"""
	found = {"state": "none", "summary": None, "report_url": None, **_read(store.name)}
	if found["state"] not in ("queued", "running"):
		return found
	work = state_of([_job(store.name)], (site_runs.REHEARSAL_LOCK, store.name), QUEUE)
	if work is None:
		# Between the look at the file and that at the job it may have come to its end.
		found = {**found, **_read(store.name)}
		if found["state"] in ("queued", "running"):
			return {**found, "state": "failed", "summary": {"message": INTERRUPTED}}
		return found
	if work != AT_WORK:
		return {**found, "state": "no_worker" if work == NOBODY else "queued"}
	is_cancelled = frappe.cache.get_value(_cancel_key(store.name), expires=True)
	return {**found, "state": "cancelling" if is_cancelled else "running"}


def _cancel_key(store: str) -> str:
	return f"woo_rehearsal_cancelled|{store}"


def has_ended_well(store_name: str) -> bool:
	"""Whether the last dry run of the store came to its end."""
	return _read(store_name).get("state") == "done"


def _job(store_name: str) -> str:
	return f"woo_rehearsal_{private_files.file_name(store_name)}"


def _file(store_name: str) -> Path:
	return ledger_file(store_name).with_suffix(".json")


def _read(store_name: str) -> dict:
	try:
		return json.loads(_file(store_name).read_text(encoding="utf-8"))
	except FileNotFoundError:
		return {}


def _write(store_name: str, state: dict) -> None:
	path = _file(store_name)
	# Replaced whole: somebody may be reading it.
	draft = path.with_suffix(".part")
	with open(draft, "w", encoding="utf-8", opener=private_files.opener) as file:
		json.dump(state, file, default=str)
	draft.replace(path)
	frappe.publish_realtime(CHANGED, {"store": store_name}, doctype="WooCommerce Store", docname=store_name)
