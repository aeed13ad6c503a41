"""The background jobs of a run, as RQ and the database together know them.

Redis says what waits; whether somebody works on a thing, the lock says that he holds while he does: it dies with its
holder, and Redis may forget.
"""

from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils import cint
from frappe.utils.background_jobs import get_job, get_queue
from rq.job import Job, JobStatus

from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of
from jarz_woocommerce_integration.services.session.session import settings

QUEUE = "long"
DEFAULT_TIMEOUT = 600
PAGE_LOCK = "woo_page"
RUN_LOCK = "woo_run"
_JOBS = "jarz_woocommerce_integration.services.page_jobs.jobs"
# Between its start and its lock a job loads the app; between Redis' lists a job is for a moment in none.
GRACE = timedelta(seconds=60)
# Planning and proving read the whole shop at its hundred requests a minute.
LONGEST = 24 * 3600


def enqueue_page(name: str) -> None:
	"""Queue a page under its name; one that is queued already is left alone.

	:param name: of the WooCommerce Sync Page, "RUN-NUMBER": two shops may migrate at once
	:raises redis.exceptions.ConnectionError: it can't be queued now
	"""
	_enqueue("book_page", page_job(name), cint(settings().job_timeout) or DEFAULT_TIMEOUT, page=name)


def enqueue_run(run: int) -> None:
	"""Queue what a run does as a whole: planning, proving. :raises redis.exceptions.ConnectionError: not now"""
	_enqueue("work_on_run", run_job(run), LONGEST, run=run)


def _enqueue(method: str, job_id: str, timeout: int, **arguments) -> None:
	frappe.enqueue(
		f"{_JOBS}.{method}",
		queue=QUEUE,
		timeout=timeout,
		job_id=job_id,
		job_name=job_id,  # which the Background Jobs page shows
		deduplicate=True,
		**arguments,
	)


def page_job(name: str) -> str:
	return f"woo_migration_page_{name}"


def run_job(run: int) -> str:
	return f"woo_migration_run_{run}"


def is_page_alive(name: str) -> bool:
	"""Whether a page that was handed out waits in the queue or is being worked on."""
	return is_alive(page_job(name), PAGE_LOCK, name)


def has_failed(name: str) -> bool:
	"""Whether the page's job ended with an error before it had the page."""
	job = get_job(page_job(name))
	return bool(job and job.get_status() == JobStatus.FAILED)


def is_run_alive(run: int) -> bool:
	"""Whether the run's own job waits or works."""
	return is_alive(run_job(run), RUN_LOCK, run)


def is_alive(job_id: str, kind: str, key: object, queue: str = QUEUE) -> bool:
	"""Whether a job waits or works, whatever RQ still believes of one whose worker has died.

	:param kind: of the lock that it holds while it works; :param key: of the same
	"""
	if holder_of(kind, key):
		return True
	job = get_job(job_id)
	if job is None:
		return False
	status = job.get_status()
	if status not in (JobStatus.QUEUED, JobStatus.STARTED):
		return False
	if _age(job) < GRACE:
		return True
	return status == JobStatus.QUEUED and job.id in get_queue(queue).job_ids


def _age(job: Job) -> timedelta:
	since = job.started_at or job.enqueued_at or job.created_at
	return datetime.now(timezone.utc) - since.replace(tzinfo=timezone.utc)


def forget_page(name: str) -> None:
	"""Remove a job that nobody works on, so that the page can be queued anew."""
	forget(page_job(name))


def forget_run(run: int) -> None:
	"""As `forget_page`, for the run's own job."""
	forget(run_job(run))


def forget(job_id: str) -> None:
	"""Remove a job that nobody works on, so that the same can be queued anew."""
	if job := get_job(job_id):
		job.delete()
