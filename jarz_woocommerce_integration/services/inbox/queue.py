"""What is to be read again from a shop: one row for each time that somebody told of it.

Whoever hears of a change (the webhook, the scheduler, a reconciliation, a person) notes it here and wakes the work;
`services.inbox.work` reads the thing as it is then. So neither the order of what is told nor repeats matter, and what
is noted is done, whatever ends in between.
"""

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

INBOX = "WooCommerce Inbox"
ORDER, CUSTOMER, PRODUCT = "order", "customer", "product"
WEBHOOK, SCHEDULER, RECONCILIATION, PERSON = "Webhook", "Scheduler", "Reconciliation", "Person"
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.inbox.work.work_on",
	"woo_inbox",
	at_once=True,
	pauses=(1, 5, 15, 60, 240, 720),
)
wake, place_at_work = WORK.wake, WORK.place_at_work

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
