"""The dry run of a store as a background job, and how it stands. Its last result is kept in the site's private files."""

import json
from pathlib import Path

from frappe.model.document import Document
from frappe.utils.background_jobs import is_job_enqueued

from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run, ledger_file
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.background import in_words, without_traces
from jarz_woocommerce_integration.services.session.jobs import enqueue_once

# A whole history at a store's hundred requests a minute takes hours.
LONGEST = 24 * 3600
INTERRUPTED = "The rehearsal isn't complete: its worker was stopped. Start it again."


def start(store: Document) -> dict:
	"""Start a dry run in the queue `long`, unless one of this store is waiting or running. :returns: its status

	:raises LedgerInUseError: the store's history is being booked or undone
	"""
	site_runs.refuse_rehearsal(store.name)
	if not is_job_enqueued(_job(store.name)):
		_write(store.name, {"state": "running"})
		enqueue_once(f"{__name__}.{run.__name__}", _job(store.name), "long", LONGEST, store_name=store.name)
	return status(store)


@without_traces
def run(store_name: str) -> None:
	"""The job itself."""

	def on_progress(progress: Progress) -> None:
		summary = {"phase": progress.phase, "pages": progress.pages, "orders": progress.orders}
		_write(store_name, {"state": "running", "summary": summary})

	try:
		summary = dry_run(store_name, on_progress=on_progress)
	except Exception as error:
		_write(store_name, {"state": "failed", "summary": {"message": in_words(error)}})
		raise
	_write(store_name, {"state": "done", "summary": summary, "report_url": summary["report_url"]})


def status(store: Document) -> dict:
	"""`state` ("none", "running", "done" or "failed"), `summary` (counts, or a `message`) and `report_url`."""
	found = {"state": "none", "summary": None, "report_url": None, **_read(store.name)}
	if found["state"] == "running" and not is_job_enqueued(_job(store.name)):
		return {**found, "state": "failed", "summary": {"message": INTERRUPTED}}
	return found


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
