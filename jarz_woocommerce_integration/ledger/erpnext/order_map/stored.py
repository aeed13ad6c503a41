"""What the rows of a store say: read as a stream, counted, found, and marked many at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.contract import BookedOrder, breakdown_of
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import MAIN
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import STATUS
from jarz_woocommerce_integration.ledger.erpnext.values import exact, from_utc_column, to_utc_column
from jarz_woocommerce_integration.translation.drafts import OrderFacts, OrderState

_BOOKED_ORDERS = """
SELECT map.woo_order_id, map.order_number, map.woo_status, map.state, map.reason, map.message, map.what_to_do, map.changed,
	map.breakdown, map.currency, map.payment_method, map.created_gmt, map.modified_gmt, CAST(map.total AS CHAR) AS exact_total, CAST(map.refunded_total AS CHAR) AS exact_refunded,
	invoice.name AS invoice, invoice.docstatus, CAST(invoice.grand_total AS CHAR) AS invoice_total,
	coalesce(customer.customer_name, map.customer_name) AS shown_name,
	CASE WHEN customer.woo_customer_key LIKE concat(map.store, ':%%')
		THEN substr(customer.woo_customer_key, char_length(map.store) + 2) ELSE customer.name END AS customer_key,
	(SELECT CAST(coalesce(-sum(note.grand_total), 0) AS CHAR) FROM `tabWooCommerce Order Map Credit Note` row
		JOIN `tabSales Invoice` note ON note.name = row.sales_invoice
		WHERE row.parent = map.name AND note.docstatus = 1) AS credited,
	CAST(CASE WHEN payment.docstatus = 1 THEN payment.woo_amount
		WHEN invoice.is_pos = 1 AND invoice.docstatus = 1 THEN invoice.paid_amount ELSE 0 END
		+ (SELECT coalesce(sum(beside.woo_amount), 0) FROM `tabPayment Entry` beside
			WHERE beside.woo_order_id = map.woo_order_id AND beside.woo_store = map.store AND beside.docstatus = 1
				AND beside.woo_run > 0 AND coalesce(beside.woo_refund_id, 0) = 0 AND coalesce(beside.woo_payment_key, '') <> '') AS CHAR) AS paid,
	CAST(map.refunded_elsewhere AS CHAR) AS exact_elsewhere, CAST(map.tendered_total AS CHAR) AS exact_tendered,
	CAST(map.received_unbooked AS CHAR) AS exact_unbooked, map.paid_gmt,
	map.parent_order_id, map.payload_hash, map.policy_hash, map.run
FROM `tabWooCommerce Order Map` map
LEFT JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
LEFT JOIN `tabCustomer` record ON record.name = invoice.customer
LEFT JOIN `tabCustomer` customer ON customer.name = {main}
LEFT JOIN `tabPayment Entry` payment ON payment.name = map.payment_entry
WHERE map.store = %(store)s AND map.state <> '' AND {which}
ORDER BY map.woo_order_id
"""
_MAIN_RECORD = MAIN.format(customer="record")
_AFTER = f"{_BOOKED_ORDERS.format(main=_MAIN_RECORD, which='map.woo_order_id > %(after)s')} LIMIT %(limit)s"
_OF_THESE = _BOOKED_ORDERS.format(main=_MAIN_RECORD, which="map.woo_order_id IN %(order_ids)s")
_INDEX_HELD = """
INSERT INTO `__global_search` (doctype, name, content, published, title, route)
SELECT 'WooCommerce Order Map', name, CONCAT('Order Number : ', order_number), 0, order_number, ''
FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND state IN ('Held', 'Failed') AND sales_invoice IS NULL AND order_number <> '' {chosen}
ON DUPLICATE KEY UPDATE content = VALUES(content), title = VALUES(title)
"""
# Whoever books it at the same time has read it as late or later.
_TOUCH_MANY = """
UPDATE `tabWooCommerce Order Map` map JOIN ({seen}) seen ON seen.order_id = map.woo_order_id
SET map.modified_gmt = seen.stamp
WHERE map.store = %s AND map.payload_hash = seen.payload_hash AND (map.modified_gmt IS NULL OR map.modified_gmt < seen.stamp)
"""
_DAYS = """
SELECT DATE(created_gmt) AS day, count(*) FROM `tabWooCommerce Order Map`
WHERE store = %s AND state NOT IN ('', 'Deleted in Store') AND created_gmt IS NOT NULL GROUP BY day ORDER BY day
"""
_MARK_DELETED = """
UPDATE `tabWooCommerce Order Map` SET state = 'Deleted in Store', modified = %s
WHERE store = %s AND woo_order_id IN %s AND state <> 'Deleted in Store'
"""


def read_after(store: str, order_id: int, limit: int) -> list[BookedOrder]:
	"""The next rows by ascending order id: a stream that goes on where it was, whatever is written in between."""
	return [_booked_order(row) for row in _read(_AFTER, store=store, after=order_id, limit=limit)]


def index_held(store: str, order_ids: Collection[int] | None = None) -> None:
	"""Let the Desk's global search find the orders that have no invoice, by their numbers. Of the rest it finds the invoices.

	Rows that are written with SQL don't come into its index by themselves. :param order_ids: None for all orders of the store
	"""
	if order_ids is None or order_ids:
		chosen = "" if order_ids is None else "AND woo_order_id IN %(ids)s"
		frappe.db.sql(_INDEX_HELD.format(chosen=chosen), {"store": store, "ids": list(order_ids or ())})


def read_these(store: str, order_ids: Iterable[int]) -> list[BookedOrder]:
	ids = tuple(order_ids)
	return [_booked_order(row) for row in _read(_OF_THESE, store=store, order_ids=ids)] if ids else []


def touch_many(store: str, orders: Iterable[OrderFacts]) -> None:
	"""Keep the stamps of the last change of orders whose payload is still the one that the Order Map has."""
	seen: list = []
	for order in orders:
		seen += (order.order_id, to_utc_column(order.modified_at), order.payload_hash)
	if seen:
		row = "SELECT %s AS order_id, %s AS stamp, %s AS payload_hash"
		query = _TOUCH_MANY.format(seen=" UNION ALL ".join([row] * (len(seen) // 3)))
		frappe.db.sql(query, (*seen, store))


def count(store: str, after: datetime | None, before: datetime | None, statuses: Sequence[str] | None) -> int:
	"""How many orders are known that the shop still has, of those that were made in between; both ends are exclusive."""
	order_map = frappe.qb.DocType("WooCommerce Order Map")
	query = _made_within(order_map, store, after, before)
	if statuses:
		query = query.where(order_map.woo_status.isin(statuses))
	((found,),) = query.select(Count("*")).run()
	return found


def _made_within(order_map, store: str, after: datetime | None, before: datetime | None):
	gone = ("", OrderState.DELETED.value)
	query = frappe.qb.from_(order_map).where((order_map.store == store) & order_map.state.notin(gone))
	if after:
		query = query.where(order_map.created_gmt > to_utc_column(after))
	if before:
		query = query.where(order_map.created_gmt < to_utc_column(before))
	return query


def days_of(store: str) -> list[tuple[date, int]]:
	"""The days (UTC) on which orders were made that the shop still has, ascending, with how many there are."""
	return [(day, count) for day, count in frappe.db.sql(_DAYS, (store,))]


def made_within(store: str, after: datetime | None, before: datetime | None) -> list[tuple[int, str]]:
	"""Id and status of the orders that were made in between, as far as the shop still has them; both ends are exclusive."""
	order_map = frappe.qb.DocType("WooCommerce Order Map")
	query = _made_within(order_map, store, after, before)
	return list(query.select(order_map.woo_order_id, order_map.woo_status).run())


def failed_orders(store: str) -> list[int]:
	"""The ids of the orders that couldn't be booked and are no rule's matter, ascending."""
	filters = {"store": store, "state": OrderState.FAILED.value}
	return frappe.get_all(
		"WooCommerce Order Map", filters=filters, pluck="woo_order_id", order_by="woo_order_id"
	)


def mark_deleted(store: str, order_ids: Iterable[int]) -> None:
	if ids := tuple(order_ids):
		frappe.db.sql(_MARK_DELETED, (now_datetime(), store, ids))


def _read(query: str, **values) -> list:
	return frappe.db.sql(query, values, as_dict=True)


def _booked_order(row) -> BookedOrder:
	return BookedOrder(
		order_id=row.woo_order_id,
		number=row.order_number or "",
		status=row.woo_status or "",
		state=OrderState(row.state),
		reason=row.reason or "",
		message=row.message or "",
		what_to_do=row.what_to_do or "",
		currency=row.currency or "",
		order_total=exact(row.exact_total),
		refunded_total=exact(row.exact_refunded),
		invoice=row.invoice or "",
		invoice_status=STATUS.get(row.docstatus, ""),
		invoice_total=exact(row.invoice_total),
		credited_total=exact(row.credited),
		paid_total=exact(row.paid),
		customer=row.customer_key or "",
		customer_name=row.shown_name or "",
		payment_method=row.payment_method or "",
		created_at=from_utc_column(row.created_gmt),
		modified_at=from_utc_column(row.modified_gmt),
		changed=row.changed or "",
		breakdown=breakdown_of(row.breakdown),
		refunded_elsewhere=exact(row.exact_elsewhere or "0"),
		tendered_total=exact(row.exact_tendered or "0"),
		received_unbooked=exact(row.exact_unbooked or "0"),
		paid_at=from_utc_column(row.paid_gmt),
		parent_id=row.parent_order_id or 0,
		payload_hash=row.payload_hash or "",
		policy_hash=row.policy_hash or "",
		run_id=int(row.run or 0),
	)
