"""What is to be sent to a shop: one row for each action, written with the document that is the reason for it.

Nothing is sent here. A row is there if and only if its document is: it is written in the document's transaction, and once,
by its key. `services.outbox.sending` sends what is due, as soon as that is committed, or within a minute.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.services.outbox import rows as outbox_rows
from jarz_woocommerce_integration.services.outbox.rows import OUTBOX
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue

STATUS, NOTE, TRACKING, REFUND = "Status", "Note", "Tracking", "Refund"
WITHDRAWAL = "Cancelled Delivery"
KEY_LENGTH = 140
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.outbox.sending.send",
	"woo_outbox",
	at_once=False,
	pauses=(2, 5, 15, 60, 240, 720),
)

_ADD = """
INSERT INTO `tabWooCommerce Outbox`
	(name, creation, modified, owner, modified_by, store, woo_order_id, action, value, document_type, document_name, once_key,
	state, attempts, next_attempt)
VALUES (%(name)s, %(now)s, %(now)s, %(user)s, %(user)s, %(store)s, %(order_id)s, %(action)s, %(value)s, %(doctype)s, %(document)s,
	%(once_key)s, 'Waiting', 0, %(next_attempt)s)
ON DUPLICATE KEY UPDATE store = VALUES(store)
"""


def add(
	store: str,
	order_id: int,
	action: str,
	value: str,
	because_of: tuple[str, str],
	after: timedelta | None = None,
	number: str = "",
	user: str | None = None,
) -> bool:
	"""Write down what is to be sent, and have it sent once this is committed. What was written down before isn't again.

	:param action: `STATUS`, `NOTE`, `TRACKING`, `WITHDRAWAL` or `REFUND`
	:param because_of: DocType and name of the document; :param after: not before this time is over
	:param number: distinguishes what one document has several of; :param user: whose doing the document is, if not this one's
	:returns: whether it is new
	"""
	doctype, document = because_of
	now = now_datetime()
	values = {
		"name": frappe.db.get_next_sequence_val(OUTBOX),
		"now": now,
		"user": user or frappe.session.user,
		"store": store,
		"order_id": order_id,
		"action": action,
		"value": value,
		"doctype": doctype,
		"document": document,
		"once_key": _once_key(store, str(order_id), action, value if action == STATUS else number, document),
		"next_attempt": now + after if after else None,
	}
	frappe.db.sql(_ADD, values)
	is_new = frappe.db._cursor.rowcount == 1
	if is_new:
		WORK.enqueue(store)
	return is_new


def _once_key(*parts: str) -> str:
	"""Readable where it fits; names of documents may be as long as the whole key."""
	key = ":".join(parts)
	if len(key) <= KEY_LENGTH:
		return key
	digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
	return f"{key[: KEY_LENGTH - len(digest) - 1]}:{digest}"


# --- what a person does ---


def send_again(names: Iterable[int]) -> int:
	"""Try again what was given up. :returns: how many rows that are"""
	again = 0
	for name in names:
		if store := outbox_rows.try_from_the_start(name):
			WORK.enqueue(store)
			again += 1
	return again


def approve(names: Iterable[int]) -> int:
	"""Have refunds that wait for a person paid back. :returns: how many rows that are"""
	approved = 0
	for name in names:
		if store := outbox_rows.approve(name, frappe.session.user):
			WORK.enqueue(store)
			approved += 1
	return approved
