"""Whether work that was asked for waits for a worker, has nobody who would begin it, or is being done: what a form says of it."""

import os
import socket
from collections.abc import Sequence

from frappe.utils.background_jobs import (
	create_job_id,
	generate_qname,
	get_job_status,
	get_queue,
	get_redis_conn,
)
from redis.exceptions import RedisError
from rq import Worker
from rq.job import JobStatus

from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of

WAITING, NOBODY, AT_WORK = "waiting", "nobody", "at_work"
QUEUE = "long"


def state_of(jobs: Sequence[str], lock: tuple[str, object] | None = None, queue: str = QUEUE) -> str | None:
	"""`WAITING`, `NOBODY` (it waits, and no worker listens to its queue) or `AT_WORK`; None where there is no such job.

	:param jobs: ids under which the work may be queued; :param lock: kind and key of the lock that is held while it is done
	"""
	if lock and holder_of(*lock):
		return AT_WORK
	try:
		statuses = {get_job_status(job) for job in jobs}
		if JobStatus.STARTED in statuses:
			return AT_WORK
		return waiting(queue) if JobStatus.QUEUED in statuses else None
	except RedisError:
		return None


def waiting(queue: str = QUEUE) -> str:
	"""What waits in a queue: for a worker that is busy, or for one that isn't there. :raises RedisError: the queue can't be asked"""
	return WAITING if listening(queue) else NOBODY


def listening(queue: str = QUEUE) -> list[Worker]:
	"""The workers of a queue, without those that were killed. :raises RedisError: the queue can't be asked"""
	name = generate_qname(queue)
	workers = Worker.all(connection=get_redis_conn())
	return [worker for worker in workers if name in worker.queue_names() and not _is_dead(worker)]


def queued_ids(queue: str = QUEUE) -> list[str]:
	"""The site's own jobs that wait in a queue, by the ids that they were queued with; none where it can't be asked."""
	prefix = create_job_id("-").removesuffix("-")
	try:
		waiting_jobs = get_queue(queue).job_ids
	except RedisError:
		return []
	return [job.removeprefix(prefix) for job in waiting_jobs if job.startswith(prefix)]


def _is_dead(worker: Worker) -> bool:
	"""One that was killed stays registered for some minutes; of this machine's own it is known at once."""
	if worker.hostname != socket.gethostname() or not worker.pid:
		return False
	try:
		os.kill(worker.pid, 0)
	except ProcessLookupError:
		return True
	except PermissionError:
		pass  # it is another user's, and there
	return False
