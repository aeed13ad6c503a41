"""The rows of the outbox as whoever sends them sees them. Nothing here commits. The clock is the site's, as that of the columns."""

from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import sanitised

OUTBOX = "WooCommerce Outbox"
WAITING, SENDING, SENT, NOT_NEEDED, GIVEN_UP = "Waiting", "Sending", "Sent", "Not Needed", "Given Up"
AWAITING_APPROVAL = "Awaiting Approval"
LONGEST_ERROR = 1000
# Longer than a shop works on a request whose asker has gone: what isn't there by then won't come any more.
ANSWER_EXPECTED_WITHIN = timedelta(minutes=2)

# What was tried in vain holds up what comes after it for the same order. A refund that waits for a person holds up only the
# status that says that all is refunded.
_IS_DUE = """
row.state IN ('Waiting', 'Sending') AND (row.next_attempt IS NULL OR row.next_attempt <= %(now)s)
	AND NOT EXISTS (SELECT 1 FROM `tabWooCommerce Outbox` earlier
		WHERE earlier.state IN ('Waiting', 'Sending') AND earlier.store = row.store AND earlier.woo_order_id = row.woo_order_id
			AND earlier.name < row.name AND earlier.attempts > 0 AND earlier.next_attempt > %(now)s)
	AND NOT (row.action = 'Status' AND row.value = 'refunded' AND EXISTS (SELECT 1 FROM `tabWooCommerce Outbox` refund
		WHERE refund.state = 'Awaiting Approval' AND refund.store = row.store AND refund.woo_order_id = row.woo_order_id))
"""
_STORES_WITH_DUE = f"""
SELECT DISTINCT row.store FROM `tabWooCommerce Outbox` row JOIN `tabWooCommerce Store` store ON store.name = row.store
WHERE store.enabled = 1 AND store.live_sync = 1 AND {_IS_DUE}
"""
_DUE = f"""
SELECT row.name, row.store, row.woo_order_id, row.action, row.value, row.document_type, row.document_name, row.state, row.attempts,
	row.owner, row.approved_by
FROM `tabWooCommerce Outbox` row
WHERE row.store = %(store)s AND {{which}} AND {_IS_DUE}
ORDER BY row.name LIMIT %(limit)s
"""
_OF_ANY = _DUE.format(which="1 = 1")
_OF_ORDER = _DUE.format(which="row.woo_order_id = %(order_id)s")
_AGAIN = """
UPDATE `tabWooCommerce Outbox` SET state = 'Waiting', attempts = least(attempts, 1), next_attempt = NULL, modified = %s
WHERE name = %s AND state = 'Given Up'
"""
_APPROVE = """
UPDATE `tabWooCommerce Outbox` SET state = 'Waiting', next_attempt = NULL, last_error = NULL, approved_by = %(user)s,
	approved_at = %(now)s, modified = %(now)s
WHERE name = %(name)s AND state = 'Awaiting Approval'
"""
_LOOK_AGAIN = """
UPDATE `tabWooCommerce Outbox` SET state = 'Waiting', modified = %s
WHERE state = 'Awaiting Approval' AND store = %s AND document_name = %s
"""


def stores_with_due() -> list[str]:
	"""Stores that are kept in step and have something to be sent now."""
	return frappe.db.sql(_STORES_WITH_DUE, {"now": now_datetime()}, pluck=True)


def due_orders(store: str, limit: int) -> list[int]:
	"""The ids of orders with something to be sent now, the longest waiting first."""
	values = {"store": store, "now": now_datetime(), "limit": limit}
	rows = frappe.db.sql(_OF_ANY, values, as_dict=True)
	return list(dict.fromkeys(row.woo_order_id for row in rows))


def next_due(store: str, order_id: int) -> frappe._dict | None:
	"""The first of an order's rows that is to be sent now."""
	values = {"store": store, "order_id": order_id, "now": now_datetime(), "limit": 1}
	rows = frappe.db.sql(_OF_ORDER, values, as_dict=True)
	return rows[0] if rows else None


def begin(row: frappe._dict, paid_back: Decimal) -> None:
	"""It goes out now. Whoever finds it like this later doesn't know whether it has arrived.

	:param paid_back: what the gateway pays back by it, which counts from now on
	"""
	now = now_datetime()
	paid = {"paid_back": paid_back, "paid_back_at": now} if paid_back else {}
	ends = now + ANSWER_EXPECTED_WITHIN
	_change(row.name, state=SENDING, attempts=row.attempts + 1, next_attempt=ends, **paid)


def withdraw(row: frappe._dict) -> None:
	"""It didn't go out after all."""
	_change(row.name, state=WAITING, attempts=row.attempts, next_attempt=None)
	nothing_paid_back(row)


def nothing_paid_back(row: frappe._dict) -> None:
	"""The shop has refused it, so that it doesn't count. Of an attempt before nobody knows that."""
	if not row.attempts:
		_change(row.name, paid_back=0, paid_back_at=None)


def await_approval(name: int, why: str) -> None:
	"""It waits for a person, as long as that takes."""
	_change(name, state=AWAITING_APPROVAL, next_attempt=None, last_error=sanitised(why, LONGEST_ERROR))


def approve(name: int, user: str) -> str:
	"""A person has what waits for approval sent. :returns: its store, "" if it doesn't wait for that"""
	frappe.db.sql(_APPROVE, {"name": name, "user": user, "now": now_datetime()})
	return frappe.db.get_value(OUTBOX, name, "store") if frappe.db._cursor.rowcount else ""


def look_again(store: str, document: str) -> None:
	"""Something has happened to a document of which something waits for approval: it may not be needed any more."""
	frappe.db.sql(_LOOK_AGAIN, (now_datetime(), store, document))


def sent(name: int, woo_id: int) -> None:
	""":param woo_id: of what was made in the shop, 0 for nothing"""
	_change(name, state=SENT, sent=now_datetime(), woo_id=woo_id, next_attempt=None, last_error=None)


def not_needed(name: int, why: str) -> None:
	_change(name, state=NOT_NEEDED, next_attempt=None, last_error=sanitised(why, LONGEST_ERROR))


def give_up(name: int, error: str) -> None:
	_change(name, state=GIVEN_UP, next_attempt=None, last_error=sanitised(error, LONGEST_ERROR))


def try_again(row: frappe._dict, after: timedelta, error: str) -> None:
	"""It was tried once more in vain."""
	_change(
		row.name,
		state=WAITING,
		attempts=row.attempts + 1,
		next_attempt=now_datetime() + after,
		last_error=sanitised(error, LONGEST_ERROR),
	)


def postpone(name: int, after: timedelta) -> None:
	"""Somebody else has the order: no attempt was made."""
	_change(name, next_attempt=now_datetime() + after)


def try_from_the_start(name: int) -> str:
	"""Have what was given up sent again; where it may have arrived, it is looked for first. :returns: its store, "" if it wasn't"""
	frappe.db.sql(_AGAIN, (now_datetime(), name))
	return frappe.db.get_value(OUTBOX, name, "store") if frappe.db._cursor.rowcount else ""


def _change(name: int, **values) -> None:
	frappe.db.set_value(OUTBOX, name, values)
