"""How long a job that books pages may go on: loading ERPNext for each page anew would cost as much as booking it."""

import time

from frappe.utils.background_jobs import create_job_id, get_queue
from redis.exceptions import RedisError
from rq import Queue, Worker, get_current_job
from rq.job import Job

# The last page begins with three quarters of the job's time before it.
SHARE = 4
# Where somebody else waits. A page through documents takes longer than that, so the job ends with it.
SECONDS_AT_LEAST = 15.0


class TimeSlice:
	"""Begins when it is made. A job's slice is over early where other jobs wait for its worker.

	:param run: whose pages it books
	"""

	def __init__(self, run: int):
		self.job = get_current_job()
		self.started = time.monotonic()
		self.seconds = self.job.timeout / SHARE if self.job and self.job.timeout else 0.0
		self.own = create_job_id(f"woo_migration_page_{run}-")

	def is_over(self) -> bool:
		spent = time.monotonic() - self.started
		return spent >= self.seconds or (spent >= SECONDS_AT_LEAST and self._others_wait())

	def _others_wait(self) -> bool:
		"""Whether the job's worker has something else to do. Where Redis is gone, nobody knows: then it ends, too."""
		assert self.job, "without a job the slice is over at once"
		try:
			return any(
				not job_id.startswith(self.own) for queue in _queues_of(self.job) for job_id in queue.job_ids
			)
		except RedisError:
			return True


def _queues_of(job: Job) -> list[Queue]:
	"""Those that the job's worker listens to."""
	key = f"{Worker.redis_worker_namespace_prefix}{job.worker_name}"
	worker = Worker.find_by_key(key, connection=job.connection)
	return worker.queues if worker else [get_queue("long")]
