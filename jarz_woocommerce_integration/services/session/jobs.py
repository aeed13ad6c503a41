"""Background jobs that are there once each, as RQ and the database together know them.

Redis says what waits; whether somebody works on a thing, the lock says that he holds while he does: it dies with its
holder, and Redis may forget.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import frappe
from frappe.utils.background_jobs import get_job, get_job_status, get_queue
from redis.exceptions import RedisError
from rq.job import JobStatus

from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of

# Between its start and its lock a job loads the app; between Redis' lists a job is for a moment in none.
GRACE = timedelta(seconds=60)


@dataclass(frozen=True)
class Job:
	""":ivar method: its path; :ivar id: which the Background Jobs page shows, too; :ivar timeout: seconds
	:ivar lock: kind and key of the lock that it holds while it works

	Each method raises redis.exceptions.RedisError where the queue can't be reached.
	"""

	method: str
	id: str
	queue: str
	timeout: int
	lock: tuple[str, object]

	def is_alive(self) -> bool:
		"""Whether it waits or works, whatever RQ still believes of one whose worker has died."""
		if holder_of(*self.lock):
			return True
		job = get_job(self.id)
		if job is None:
			return False
		status = job.get_status()
		if status not in (JobStatus.QUEUED, JobStatus.STARTED):
			return False
		since = job.started_at or job.enqueued_at or job.created_at
		if datetime.now(timezone.utc) - since.replace(tzinfo=timezone.utc) < GRACE:
			return True
		return status == JobStatus.QUEUED and job.id in get_queue(self.queue).job_ids

	def has_failed(self) -> bool:
		"""Whether it ended with an error before it had its lock."""
		return get_job_status(self.id) == JobStatus.FAILED

	def enqueue(self, **arguments) -> None:
		"""Queue it; one that is queued already is left alone."""
		enqueue_once(self.method, self.id, self.queue, self.timeout, **arguments)

	def forget(self) -> None:
		"""Remove one that nobody works on, so that the same can be queued anew."""
		if job := get_job(self.id):
			job.delete()

	def withdraw(self) -> bool:
		"""Take it out of the queue before anybody begins it. :returns: whether nobody does; also where Redis forgot it"""
		return get_job(self.id) is None or withdraw(self.id, self.queue)

	def start(self, **arguments) -> bool:
		"""Queue it unless it is alive. :returns: whether it was queued"""
		if self.is_alive():
			return False
		self.forget()
		self.enqueue(**arguments)
		return True


def withdraw(job_id: str, queue: str) -> bool:
	"""Take a job out of its queue. :returns: whether it was there, and nobody had begun it"""
	job = get_job(job_id)
	if job is None or not get_queue(queue).remove(job):
		return False
	job.delete()
	return True


def enqueue_once(method: str, job_id: str, queue: str, timeout: int, **arguments) -> None:
	"""Queue a job that is known by its id alone. :param timeout: seconds; :raises redis.exceptions.RedisError: not now"""
	frappe.enqueue(
		method,
		queue=queue,
		timeout=timeout,
		job_id=job_id,
		job_name=job_id,  # which the Background Jobs page shows
		deduplicate=True,
		**arguments,
	)


def enqueue_after_commit(places: Sequence[Job], **arguments) -> None:
	"""Queue the work on what is written now, once it is committed. Where Redis is gone, the next minute's tick does.

	:param places: one works, the next one waits: what is written while the first comes to its end is the second one's
	"""
	frappe.db.after_commit.add(lambda: _enqueue_next(places, arguments))


def _enqueue_next(places: Sequence[Job], arguments: dict) -> None:
	try:
		for place in places:
			status = get_job_status(place.id)
			if status == JobStatus.QUEUED:
				return
			if status != JobStatus.STARTED:
				place.enqueue(**arguments)
				return
	except RedisError:
		# What was written is committed, and whoever wrote it must not see an error.
		frappe.logger().warning("WooCommerce: the queue can't be reached for %s", places[0].id)


def start_where_nobody_works(places: Sequence[Job], **arguments) -> None:
	"""Queue the work now unless somebody does it, or will. :raises redis.exceptions.RedisError: not now"""
	if not any(place.is_alive() for place in places):
		places[0].forget()
		places[0].enqueue(**arguments)
