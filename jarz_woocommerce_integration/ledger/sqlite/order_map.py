"""The Order Map of the SQLite ledger: one row for each order that was ever seen, written and read."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jarz_woocommerce_integration.ledger.books import BookedState, Remark
from jarz_woocommerce_integration.ledger.contract import BookedOrder, PageRecord, breakdown_of, breakdown_text
from jarz_woocommerce_integration.ledger.sqlite.values import (
	from_thousandths,
	from_time_text,
	nearest_thousandths,
	now_text,
	storable,
	to_json_list,
	to_time_text,
)
from jarz_woocommerce_integration.translation.drafts import OrderFacts, OrderState

_RESTATE = """
UPDATE order_map SET state = :state, changed = :changed, reason = :reason, message = :message, what_to_do = :what_to_do,
	payload_hash = '', attempts = attempts + 1, run_id = :run_id, page = :page, written_at = :written_at
WHERE order_id = :order_id
"""

_STANDING = """
SELECT state, order_map.status, changed, invoice.name AS invoice,
	invoice.status AS invoice_status, submitted, customer, fingerprint, invoice.currency, total
FROM order_map LEFT JOIN invoice USING (order_id)
WHERE order_id = ?
"""

_BOOKED_ORDERS = """
SELECT order_map.*, invoice.name AS invoice, invoice.status AS invoice_status, invoice.total AS invoice_total,
	invoice.customer,
	coalesce(customer.customer_name, order_map.customer_name) AS name,
	(SELECT coalesce(sum(total), 0) FROM credit_note
		WHERE credit_note.order_id = order_map.order_id AND status = 'Submitted') AS credited,
	(SELECT coalesce(sum(amount), 0) FROM payment
		WHERE payment.order_id = order_map.order_id AND refund_id = 0 AND status = 'Submitted') AS paid
FROM order_map
LEFT JOIN invoice USING (order_id)
LEFT JOIN customer USING (customer)
"""
_AFTER = f"{_BOOKED_ORDERS} WHERE order_map.order_id > ? ORDER BY order_map.order_id LIMIT ?"
_OF_THESE = f"{_BOOKED_ORDERS} WHERE order_map.order_id IN (SELECT value FROM json_each(?))"

_COUNT = """
SELECT count(*) FROM order_map WHERE state <> 'Deleted in Store' AND (:after IS NULL OR created_at > :after)
	AND (:before IS NULL OR created_at < :before)
	AND (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
"""

_TOUCH = "UPDATE order_map SET modified_at = ? WHERE order_id = ? AND modified_at IS NOT ?"

_MARK_DELETED = """
UPDATE order_map SET state = 'Deleted in Store', written_at = ?
WHERE order_id IN (SELECT value FROM json_each(?)) AND state <> 'Deleted in Store'
"""


class OrderMap:
	"""The rows that one page writes. :param record: the page, with the policy under which its orders get their states"""

	def __init__(self, connection: sqlite3.Connection, record: PageRecord):
		self.connection = connection
		self.record = record
		self.now = now_text()

	def standing(self, order_id: int) -> BookedState | None:
		row = self.connection.execute(_STANDING, (order_id,)).fetchone()
		if row is None:
			return None
		total = None if row["total"] is None else from_thousandths(row["total"])
		return BookedState(*row[:-1], total)  # type: ignore[call-arg]  # the query's columns are its fields

	def write(self, order: OrderFacts, state: OrderState, remark: Remark, read_again: bool = False) -> None:
		""":param read_again: forget the payload's hash, so that the next run doesn't take the order for unchanged"""
		total = nearest_thousandths(order.total)
		values = {
			**self._about(order.order_id, state, remark),
			"number": storable(order.number),
			"status": storable(order.status),
			"breakdown": breakdown_text(remark.breakdown),
			"currency": storable(order.currency),
			"order_total": total,
			"order_total_exact": None if from_thousandths(total) == order.total else str(order.total),
			"refunded_total": nearest_thousandths(order.refunded_total),
			"payload_hash": "" if read_again else order.payload_hash,
			"policy_hash": self.record.policy_hash,
			"created_at": to_time_text(order.created_at),
			"modified_at": to_time_text(order.modified_at),
			"payment_method": storable(order.payment_method),
			"customer_name": storable(order.customer_name),
			"refunded_elsewhere": nearest_thousandths(order.refunded_elsewhere),
			"tendered_total": nearest_thousandths(order.tendered_total),
			"received_unbooked": nearest_thousandths(order.received_unbooked),
			"paid_at": to_time_text(order.paid_at),
			"parent_id": order.parent_id,
		}
		self.connection.execute(_write_query(tuple(values)), values)

	def touch(self, order: OrderFacts) -> None:
		"""Write when an order that says the same was last changed: the comparison with the store goes by that stamp."""
		modified_at = to_time_text(order.modified_at)
		self.connection.execute(_TOUCH, (modified_at, order.order_id, modified_at))

	def restate(self, order_id: int, state: OrderState, remark: Remark) -> None:
		"""Write a new state and keep the facts of an order that couldn't be read this time, to be read again."""
		self.connection.execute(_RESTATE, self._about(order_id, state, remark))

	def _about(self, order_id: int, state: OrderState, remark: Remark) -> dict[str, Any]:
		"""The columns that say what became of an order, and on which page."""
		return {
			"order_id": order_id,
			"state": state.value,
			"changed": storable(remark.changed),
			"reason": remark.reason,
			"message": storable(remark.message),
			"what_to_do": remark.what_to_do,
			"run_id": self.record.run_id,
			"page": self.record.number,
			"written_at": self.now,
		}


@cache
def _write_query(names: tuple[str, ...]) -> str:
	"""Writes these columns of an order's row, whether there is one already or not."""
	changes = ", ".join(f"{name} = :{name}" for name in names)
	return (
		f"INSERT INTO order_map ({', '.join(names)}, first_seen_at) VALUES (:{', :'.join(names)}, :written_at)"
		f" ON CONFLICT (order_id) DO UPDATE SET {changes}, attempts = attempts + 1"
	)


def read_after(connection: sqlite3.Connection, order_id: int, limit: int) -> list[BookedOrder]:
	"""The next rows by ascending order id: a stream that goes on where it was, whatever is written in between."""
	return [_booked_order(row) for row in connection.execute(_AFTER, (order_id, limit))]


def read_these(connection: sqlite3.Connection, order_ids: Iterable[int]) -> Iterator[BookedOrder]:
	return (_booked_order(row) for row in connection.execute(_OF_THESE, (to_json_list(order_ids),)))


def count(
	connection: sqlite3.Connection,
	after: datetime | None,
	before: datetime | None,
	statuses: Sequence[str] | None,
) -> int:
	asked = {
		"after": to_time_text(after),
		"before": to_time_text(before),
		"statuses": to_json_list(statuses) if statuses else None,
	}
	found: int = connection.execute(_COUNT, asked).fetchone()[0]
	return found


def mark_deleted(connection: sqlite3.Connection, order_ids: Iterable[int]) -> None:
	connection.execute(_MARK_DELETED, (now_text(), to_json_list(order_ids)))


def _booked_order(row: sqlite3.Row) -> BookedOrder:
	exact = row["order_total_exact"]
	return BookedOrder(
		order_id=row["order_id"],
		number=row["number"],
		status=row["status"],
		state=OrderState(row["state"]),
		reason=row["reason"],
		message=row["message"],
		what_to_do=row["what_to_do"],
		currency=row["currency"],
		order_total=from_thousandths(row["order_total"]) if exact is None else Decimal(exact),
		refunded_total=from_thousandths(row["refunded_total"]),
		invoice=row["invoice"] or "",
		invoice_status=row["invoice_status"] or "",
		invoice_total=None if row["invoice_total"] is None else from_thousandths(row["invoice_total"]),
		credited_total=from_thousandths(-row["credited"]),
		paid_total=from_thousandths(row["paid"]),
		customer=row["customer"] or "",
		customer_name=row["name"],
		payment_method=row["payment_method"],
		created_at=from_time_text(row["created_at"]),
		modified_at=from_time_text(row["modified_at"]),
		changed=row["changed"],
		breakdown=breakdown_of(row["breakdown"]),
		refunded_elsewhere=from_thousandths(row["refunded_elsewhere"]),
		tendered_total=from_thousandths(row["tendered_total"]),
		received_unbooked=from_thousandths(row["received_unbooked"]),
		paid_at=from_time_text(row["paid_at"]),
		parent_id=row["parent_id"],
		payload_hash=row["payload_hash"],
		policy_hash=row["policy_hash"],
		run_id=row["run_id"],
	)
