"""A migration in the background: jobs that follow one another, each well within its time."""

import hashlib
import time

import frappe
from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import LedgerInUseError, StoreError
from jarz_woocommerce_integration.services import site_store
from jarz_woocommerce_integration.services.site_migration import Limits, migrate, open_session

QUEUE = "long"
DEFAULT_TIMEOUT = 600
# A page that has begun, the settling of changed orders and the proof need time of their own.
SHARE_FOR_PAGES = 0.6
METHOD = "jarz_woocommerce_integration.services.migration_jobs.book_some_pages"


def start(store: str, total_pages: int | None) -> str:
	"""Queue the first job of a migration; one that is queued already is left alone. Returns the job's id."""
	return _enqueue(store, 1, None if total_pages is None else int(total_pages))


def _enqueue(store: str, part: int, pages_left: int | None) -> str:
	job_id = f"woo_migration_{_short(store)}_{part}"
	frappe.enqueue(
		METHOD,
		queue=QUEUE,
		timeout=_timeout(),
		job_id=job_id,
		deduplicate=True,
		store=store,
		part=part,
		pages_left=pages_left,
	)
	return job_id


def book_some_pages(store: str, part: int = 1, pages_left: int | None = None) -> dict:
	"""One job: book pages until most of its time is over, then queue the next one.

	An outage of the store ends the job; the run says why, and the next start goes on. A migration that runs
	already is left alone.
	"""
	began = time.monotonic()
	limits = Limits(pages=pages_left, seconds=_timeout() * SHARE_FOR_PAGES)
	try:
		with open_session(store) as session:
			ended = migrate(session, session.scope(), limits)
	except LedgerInUseError as error:
		return {"status": "running already", "reason": error.message}
	except StoreError as error:
		# The run has it as its last error; as a failed job it would be told a second time, with a traceback.
		return {"status": "failed", "reason": str(error)}
	if pages_left is not None:
		pages_left -= ended.progress.pages
	if not ended.complete and (pages_left is None or pages_left > 0):
		_enqueue(store, part + 1, pages_left)
	return {
		"status": "complete" if ended.complete else "goes on",
		"orders": ended.progress.orders,
		"seconds": round(time.monotonic() - began, 1),
	}


def _timeout() -> int:
	return cint(site_store.settings().job_timeout) or DEFAULT_TIMEOUT


def _short(store: str) -> str:
	"""A job's id may hold anything but is read by people: the store's name, or what is left of it."""
	plain = frappe.scrub(store)
	return plain if plain.isascii() else hashlib.blake2b(store.encode(), digest_size=6).hexdigest()
