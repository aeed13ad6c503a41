"""What is to be read again from a shop: one row for each time that somebody told of it.

Whoever hears of a change (the webhook, the scheduler, a reconciliation, a person) notes it here and wakes the work;
`services.inbox.work` reads the thing as it is then. So neither the order of what is told nor repeats matter, and what
is noted is done, whatever ends in between.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import frappe
from frappe.utils import now_datetime
from frappe.utils.background_jobs import get_job_status
from redis.exceptions import RedisError
from rq.job import JobStatus

from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services.page_jobs import queue as page_queue

INBOX = "WooCommerce Inbox"
ORDER, CUSTOMER, PRODUCT = "order", "customer", "product"
WEBHOOK, SCHEDULER, RECONCILIATION, PERSON = "Webhook", "Scheduler", "Reconciliation", "Person"
QUEUE = "short"
JOB = "jarz_woocommerce_integration.services.inbox.work.work_on"
TIMEOUT = 900
WORK_LOCK = "woo_inbox"
# One works, the next one waits: what is noted while the first comes to its end is the second one's.
SLOTS = (1, 2)

_NOTE = """
INSERT INTO `tabWooCommerce Inbox`
	(name, creation, modified, owner, modified_by, store, resource, woo_id, topic, source, received, stamp_gmt, state, attempts)
VALUES {rows}
"""


def note(store: str, resource: str, woo_id: int, source: str, topic: str = "") -> None:
	"""Note that a thing of the shop has changed. Commits nothing.

	:param resource: `ORDER`, `CUSTOMER` or `PRODUCT`; :param source: who tells; :param topic: of a webhook
	"""
	note_many(store, resource, [(woo_id, None)], source, topic)


def note_many(
	store: str,
	resource: str,
	changed: Iterable[tuple[int, datetime | None]],
	source: str,
	topic: str = "",
) -> None:
	"""As `note`, for many at once. :param changed: ids with the stamps of their last change (UTC) where they are known"""
	now, user = now_datetime(), frappe.session.user
	rows = [
		(
			frappe.db.get_next_sequence_val(INBOX),
			now,
			now,
			user,
			user,
			store,
			resource,
			woo_id,
			topic,
			source,
			now,
			to_utc_column(stamp),
			"Waiting",
			0,
		)
		for woo_id, stamp in changed
	]
	if rows:
		frappe.db.sql(_NOTE.format(rows=", ".join(["%s"] * len(rows))), rows)


def wake(store: str) -> None:
	"""Have somebody work on what was noted, once it is committed. Where Redis is gone, the next minute's tick does."""
	frappe.db.after_commit.add(lambda: _queue(store))


def _queue(store: str) -> None:
	try:
		_queue_next(store)
	except RedisError:
		# What was noted is committed, and whoever told of it must not be told that it failed.
		frappe.logger().warning("WooCommerce inbox: the queue can't be reached")


def _queue_next(store: str) -> None:
	for slot in SLOTS:
		status = get_job_status(_job(store, slot))
		if status == JobStatus.QUEUED:
			return
		if status != JobStatus.STARTED:
			_enqueue(store, slot)
			return


def wake_where_nobody_works(store: str) -> None:
	"""Queue the work now unless somebody does it, or will: also where RQ holds a worker for busy that has died.

	:raises redis.exceptions.RedisError: it can't be queued now
	"""
	if any(page_queue.is_alive(_job(store, slot), WORK_LOCK, _place(store, slot), QUEUE) for slot in SLOTS):
		return
	page_queue.forget(_job(store, SLOTS[0]))
	_enqueue(store, SLOTS[0])


@contextmanager
def place_at_work(store: str) -> Iterator[bool]:
	"""Be one of the two who work on a store's inbox; the lock dies with its holder. :returns: whether there was a place"""
	for slot in SLOTS:
		with named_lock(WORK_LOCK, _place(store, slot)) as held:
			if held:
				yield True
				return
	yield False


def _place(store: str, slot: int) -> str:
	return f"{store}:{slot}"


def _job(store: str, slot: int) -> str:
	return f"woo_inbox_{store}_{slot}"


def _enqueue(store: str, slot: int) -> None:
	job_id = _job(store, slot)
	frappe.enqueue(JOB, queue=QUEUE, timeout=TIMEOUT, job_id=job_id, job_name=job_id, store=store)
