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

from jarz_woocommerce_integration.ledger.erpnext.locks import named_lock
from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services.session import jobs

INBOX = "WooCommerce Inbox"
ORDER, CUSTOMER, PRODUCT = "order", "customer", "product"
WEBHOOK, SCHEDULER, RECONCILIATION, PERSON = "Webhook", "Scheduler", "Reconciliation", "Person"
QUEUE = "short"
JOB = "jarz_woocommerce_integration.services.inbox.work.work_on"
TIMEOUT = 900
WORK_LOCK = "woo_inbox"
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
	"""Have somebody work on what was noted, once it is committed."""
	jobs.wake(places(store), store=store)


def wake_where_nobody_works(store: str) -> None:
	""":raises redis.exceptions.RedisError: it can't be queued now"""
	jobs.start_where_nobody_works(places(store), store=store)


@contextmanager
def place_at_work(store: str) -> Iterator[bool]:
	"""Be one of those who work on a store's inbox; the lock dies with its holder. :returns: whether there was a place"""
	for place in places(store):
		with named_lock(*place.lock) as held:
			if held:
				yield True
				return
	yield False


def places(store: str) -> list[jobs.Job]:
	return [
		jobs.Job(JOB, f"woo_inbox_{store}_{slot}", QUEUE, TIMEOUT, (WORK_LOCK, f"{store}:{slot}"))
		for slot in SLOTS
	]
