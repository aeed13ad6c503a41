"""The queries that read a report from the SQLite ledger.

Lists are cut and sums are made by SQL, so that the report of a million orders needs no more memory than that of a
hundred.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timezone, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from jarz_woocommerce_integration.ledger.contract import BookedOrder, breakdown_of
from jarz_woocommerce_integration.ledger.sqlite.storage import connect_to_read, storage_errors
from jarz_woocommerce_integration.ledger.sqlite.values import from_thousandths, from_time_text
from jarz_woocommerce_integration.services.report.data import (
	LONGEST_LIST,
	MOST_REASONS,
	ZERO,
	AmbiguousCustomer,
	BookedRow,
	CutList,
	MissingItem,
	Month,
	OrderRow,
	Pace,
	PaymentRow,
	Reason,
	Reconciliation,
	ReportData,
	Row,
	SpotCheck,
	StatusRow,
	Sum,
	TaxRow,
	UnmappedZone,
)
from jarz_woocommerce_integration.services.report.site_check import site_check_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
	from jarz_woocommerce_integration.services.migration.verification import Difference, Verification
	from jarz_woocommerce_integration.store.payloads import Order

Part = TypeVar("Part")


# --- reading -----------------------------------------------------------------------------------


def collect(
	ledger: SQLiteLedger,
	*,
	store_url: str,
	summary: Mapping | None = None,
	verification: Verification | None = None,
	spot_checks: Mapping[int, Order] | None = None,
	zone: tzinfo | None = None,
) -> ReportData:
	"""Everything for the report of a ledger, from one snapshot of it.

	:param summary: seconds, orders_per_minute, requests and peak_rss_mb of the session, where there was one
	:param verification: the comparison with the store; without it the report says that there was none
	:param spot_checks: booked orders, read from the store once more, by id
	:param zone: the store's time zone, UTC where it isn't known
	"""
	zone = zone or timezone.utc
	path = ledger.path
	data = ReportData(store_url, str(path), datetime.now(timezone.utc), zone)
	with closing(connect_to_read(path)) as connection, storage_errors(path):
		connection.execute("BEGIN")
		books = _Books(connection, zone)
		books.fill(data, verification)
		data.site_check = site_check_of(connection)
		data.pace = _pace_of(summary) if summary else books.pace()
		found = ledger.find_orders(spot_checks or ())
		data.spot_checks = [
			books.spot_check(o, found.get(o.id)) for _id, o in sorted((spot_checks or {}).items())
		]
	if verification:
		data.compared = True
		data.unexplained = len(verification.unexplained)
		data.differences = _differences(verification, ledger)
	return data


def _pace_of(summary: Mapping) -> Pace:
	names = ("seconds", "orders_per_minute", "requests", "peak_rss_mb")
	return Pace(*(summary.get(name) for name in names))  # type: ignore[arg-type]  # `with_breaks` is none of them


def _differences(verification: Verification, ledger: SQLiteLedger) -> CutList[OrderRow]:
	"""Those without a reason first."""
	first = sorted(verification.differences, key=lambda difference: difference.explained)[:LONGEST_LIST]
	known = ledger.find_orders(difference.order_id for difference in first)
	rows = tuple(_difference_row(difference, known.get(difference.order_id)) for difference in first)
	return CutList(rows, len(verification.differences))


def _difference_row(difference: Difference, order: BookedOrder | None) -> OrderRow:
	kind: dict[str, Any] = {"kind": difference.kind, "explained": difference.explained}
	if order is None:
		return OrderRow(difference.order_id, str(difference.order_id), difference.message, **kind)
	return OrderRow(
		order.order_id,
		order.number,
		difference.message,
		order.status,
		order.currency,
		order.order_total,
		order.invoice,
		order.customer_name,
		**kind,
	)


_PLACE = """CASE WHEN state <> 'Synced' THEN state WHEN changed <> '' THEN 'Changed'
	WHEN invoice.status = 'Draft' THEN 'Draft' ELSE 'Synced' END"""
_CREDITED = """(SELECT coalesce(-sum(total), 0) FROM credit_note
	WHERE credit_note.order_id = invoice.order_id AND credit_note.status = 'Submitted')"""
_PAID = """(SELECT coalesce(sum(CASE direction WHEN 'in' THEN amount ELSE -amount END), 0) FROM payment
	WHERE payment.order_id = invoice.order_id AND payment.status = 'Submitted')"""

_ORDERS = f"""
SELECT order_map.currency, order_map.status, {_PLACE} AS place, count(*) AS orders, sum(order_total) AS store_total,
	sum(CASE WHEN {_PLACE} IN ('Synced', 'Draft') THEN coalesce(invoice.total, 0) ELSE order_total END) AS total,
	sum(CASE WHEN {_PLACE} IN ('Synced', 'Draft') THEN tendered_total ELSE 0 END) AS beside,
	sum(CASE {_PLACE} WHEN 'Synced' THEN refunded_total + refunded_elsewhere ELSE 0 END) AS refunded,
	sum(CASE {_PLACE} WHEN 'Synced' THEN {_CREDITED} ELSE 0 END) AS credited
FROM order_map LEFT JOIN invoice USING (order_id)
GROUP BY order_map.currency, order_map.status, place ORDER BY orders DESC
"""
_PAYMENTS = f"""
SELECT payment_method AS method, coalesce(group_concat(DISTINCT (SELECT group_concat(DISTINCT mode_of_payment) FROM payment
	WHERE payment.order_id = invoice.order_id AND refund_id = 0 AND payment.status = 'Submitted')), '') AS booked_as,
	invoice.currency, count(*) AS orders, sum(invoice.total - {_CREDITED}) AS invoiced, sum({_PAID}) AS paid
FROM invoice JOIN order_map USING (order_id)
WHERE invoice.status = 'Submitted'
GROUP BY payment_method, invoice.currency ORDER BY orders DESC
"""
_MONTHS = """
SELECT currency, month, sum(invoices) AS invoices, sum(invoiced) AS invoiced, sum(notes) AS credit_notes,
	sum(credited) AS credited
FROM (
	SELECT currency, local_month(posted_at) AS month, 1 AS invoices, total AS invoiced, 0 AS notes, 0 AS credited
	FROM invoice WHERE status = 'Submitted'
	UNION ALL
	SELECT currency, local_month(credit_note.posted_at), 0, 0, 1, -credit_note.total
	FROM credit_note JOIN invoice USING (order_id) WHERE credit_note.status = 'Submitted'
)
GROUP BY currency, month ORDER BY month
"""
_TAXES = """
SELECT label, percent, account, currency, count(DISTINCT order_id) AS invoices, sum(charged) AS charged,
	sum(credited) AS credited
FROM (
	SELECT description AS label, rate_percent AS percent, account, currency, order_id, amount AS charged, 0 AS credited
	FROM invoice_charge JOIN invoice USING (order_id) WHERE kind = 'tax' AND status = 'Submitted'
	UNION ALL
	SELECT description, rate_percent, account, currency, NULL, 0, -amount
	FROM credit_note_charge JOIN credit_note USING (refund_id) JOIN invoice USING (order_id)
	WHERE kind = 'tax' AND credit_note.status = 'Submitted'
)
GROUP BY label, percent, account, currency ORDER BY charged DESC
"""
_REASONS = """
SELECT reason, what_to_do, count(*) AS orders, count(*) OVER () AS of_all
FROM order_map WHERE state = :state GROUP BY reason, what_to_do ORDER BY orders DESC, reason
"""
_REASON_TOTALS = """
SELECT currency, sum(order_total) AS total FROM order_map
WHERE state = :state AND reason = :reason AND what_to_do = :what_to_do GROUP BY currency ORDER BY count(*) DESC
"""
_OF_REASON = "state = :state AND reason = :reason AND what_to_do = :what_to_do"
# `number` is that of the order with the smallest id: SQLite takes bare columns from the row of a lone min().
_UNKNOWN_LINES = """
SELECT item_name AS name, invoice_row.sku, store_product, invoice.currency, count(DISTINCT order_id || '-' || order_line_id) AS lines,
	count(DISTINCT order_id) AS orders, sum(amount) AS amount, min(order_id) AS example_id, number,
	count(*) OVER () AS of_all
FROM invoice_row JOIN invoice USING (order_id) JOIN order_map USING (order_id)
WHERE unknown AND order_line_id > 0 AND invoice.status <> 'Cancelled'
GROUP BY item_name, invoice_row.sku, store_product, invoice.currency ORDER BY lines DESC, name
"""
_HELD_FOR_ITEMS = """
SELECT message AS name, '' AS sku, '' AS store_product, currency, count(*) AS lines, count(*) AS orders, sum(order_total) AS amount,
	min(order_id) AS example_id, number, count(*) OVER () AS of_all
FROM order_map WHERE state = 'Held' AND reason = 'unknown_item'
GROUP BY message, currency ORDER BY orders DESC, name
"""
_PLACED = """
FROM invoice JOIN address ON address.customer = invoice.customer
	AND address.signature = coalesce(invoice.shipping_signature, invoice.billing_signature)
WHERE invoice.status <> 'Cancelled' AND territory_code <> ''
"""
_ZONES = f"""
SELECT territory_code AS code, country, count(*) AS orders, count(*) OVER () AS of_all
{_PLACED} AND territory IS NULL GROUP BY territory_code, country ORDER BY orders DESC, code
"""
_AMBIGUOUS = "SELECT *, count(*) OVER () AS of_all FROM ambiguous_customers ORDER BY order_id"
_NAMES = "SELECT customer, customer_name FROM customer WHERE customer IN (SELECT value FROM json_each(?))"
_RECEIVED = """
SELECT currency, sum(received_unbooked) AS received FROM order_map WHERE received_unbooked > 0
GROUP BY currency ORDER BY count(*) DESC
"""
_RECEIVED_TEXT = "'Paid on ' || substr(coalesce(paid_at, ''), 1, 10) || ', and not refunded. ' || message"
_UNBALANCED = """
SELECT count(*) FROM (
	SELECT 1 FROM gl_entry GROUP BY order_id, voucher_type, voucher, reversal HAVING sum(debit) <> sum(credit)
)
"""
_COUNTS = """
SELECT (SELECT count(*) FROM invoice WHERE status <> 'Cancelled') AS invoices,
	(SELECT count(*) FROM credit_note WHERE status = 'Submitted') AS "credit notes",
	(SELECT count(*) FROM payment WHERE status = 'Submitted') AS payments,
	(SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM address) AS addresses
"""


class _Books:
	"""The queries. One is made for each report."""

	def __init__(self, connection: sqlite3.Connection, zone: tzinfo):
		self.connection = connection
		connection.create_function(
			"local_month",
			1,
			lambda text: from_time_text(text).astimezone(zone).strftime("%Y-%m"),
			deterministic=True,
		)

	def fill(self, data: ReportData, verification: Verification | None) -> None:
		data.finished = not self._value(
			"SELECT count(*) FROM run WHERE finished_at IS NULL AND NOT abandoned"
		)
		data.unbalanced = self._value(_UNBALANCED)
		data.counts = dict(self.connection.execute(_COUNTS).fetchone())
		orders = self.connection.execute(_ORDERS).fetchall()
		for row in orders:
			data.places[row["place"]] = data.places.get(row["place"], 0) + row["orders"]
		data.payment_methods = [_row_of(PaymentRow, row) for row in self.connection.execute(_PAYMENTS)]
		data.reconciliations = _reconciliations(orders, data.payment_methods, verification)
		data.statuses = _statuses(orders)
		data.months = [_row_of(Month, row, name=row["month"]) for row in self.connection.execute(_MONTHS)]
		data.taxes = [_tax_row(row) for row in self.connection.execute(_TAXES)]
		data.held, data.failed = self._reasons("Held"), self._reasons("Failed")
		data.missing_items = self._missing_items()
		data.unmapped_zones = self._cut(_ZONES, lambda row: _row_of(UnmappedZone, row))
		data.coverage = (
			self._value(f"SELECT count(*) {_PLACED} AND territory IS NOT NULL"),
			self._value(f"SELECT count(*) {_PLACED}"),
		)
		data.ambiguous = self._cut(_AMBIGUOUS, self._ambiguous)
		data.changed = self._orders("changed <> ''", "changed")
		data.deleted = self._orders("state = 'Deleted in Store'", "message")
		data.received = self._orders("received_unbooked > 0", _RECEIVED_TEXT)
		data.received_totals = tuple(
			(row["currency"], from_thousandths(row["received"])) for row in self.connection.execute(_RECEIVED)
		)
		data.found = self._orders("state = 'Synced' AND changed = '' AND reason <> ''", "message")
		data.unlisted_statuses = verification.unlisted if verification else {}

	def pace(self) -> Pace:
		"""Of the last run that came to its end."""
		run = self.connection.execute(
			"SELECT started_at, finished_at FROM run WHERE finished_at IS NOT NULL AND NOT abandoned ORDER BY run_id DESC LIMIT 1"
		).fetchone()
		if run is None:
			return Pace()
		time = from_time_text(run["finished_at"]) - from_time_text(run["started_at"])
		return Pace(seconds=time.total_seconds(), with_breaks=True)

	def _value(self, query: str) -> int:
		return self.connection.execute(query).fetchone()[0]

	def _cut(
		self, query: str, make: Callable[[sqlite3.Row], Row], most: int = LONGEST_LIST, **parameters
	) -> CutList[Row]:
		"""The first rows of a query that gives the number of all its rows as `of_all`."""
		rows = self.connection.execute(f"{query} LIMIT {most}", parameters).fetchall()
		return CutList(tuple(make(row) for row in rows), rows[0]["of_all"] if rows else 0)

	def _orders(self, where: str, message: str, **parameters) -> CutList[OrderRow]:
		query = f"""
			SELECT order_map.*, {message} AS text, coalesce(invoice.name, '') AS invoice,
				(SELECT count(*) FROM order_map WHERE {where}) AS of_all
			FROM order_map LEFT JOIN invoice USING (order_id) WHERE {where} ORDER BY order_id
		"""
		return self._cut(query, _order_row, **parameters)

	def _reasons(self, state: str) -> CutList[Reason]:
		return self._cut(_REASONS, lambda row: self._reason(state, row), MOST_REASONS, state=state)

	def _reason(self, state: str, row: sqlite3.Row) -> Reason:
		key = {"state": state, "reason": row["reason"], "what_to_do": row["what_to_do"]}
		totals = self.connection.execute(_REASON_TOTALS, key)
		return Reason(
			row["reason"],
			row["what_to_do"],
			row["orders"],
			tuple((total["currency"], from_thousandths(total["total"])) for total in totals),
			self._orders(_OF_REASON, "message", **key),
		)

	def _missing_items(self) -> CutList[MissingItem]:
		"""Those that orders are held for first: they wait for somebody."""
		held = self._cut(_HELD_FOR_ITEMS, lambda row: _missing_item(row, True))
		booked = self._cut(_UNKNOWN_LINES, lambda row: _missing_item(row, False))
		return CutList((*held.rows, *booked.rows), held.count + booked.count)

	def _ambiguous(self, row: sqlite3.Row) -> AmbiguousCustomer:
		names = dict(self.connection.execute(_NAMES, (row["candidates"],)).fetchall())
		candidates = tuple((key, names.get(key, "")) for key in json.loads(row["candidates"]))
		return _row_of(AmbiguousCustomer, row, candidates=candidates)

	def spot_check(self, order: Order, booked: BookedOrder | None) -> SpotCheck:
		def of_order(table: str, by: str, make: Callable[[sqlite3.Row], Part]) -> tuple[Part, ...]:
			query = f"SELECT * FROM {table} WHERE order_id = ? ORDER BY {by}"
			return tuple(make(row) for row in self.connection.execute(query, (order.id,)))

		posted = of_order("invoice", "order_id", lambda row: from_time_text(row["posted_at"]))
		if not posted:
			return SpotCheck(order, booked)
		return SpotCheck(
			order,
			booked,
			posted[0],
			of_order("invoice_row", "position", _item_row),
			of_order("invoice_charge", "position", _charge_row),
			of_order("credit_note", "refund_id", _note_row),
			of_order("payment", "refund_id, payment_key", _payment_row),
		)


# --- rows --------------------------------------------------------------------------------------


def _row_of(kind: type[Row], row: sqlite3.Row, **fields) -> Row:
	"""The row's columns as the fields of the same names, amounts as decimals."""
	amounts = ("total", "invoiced", "credited", "paid", "amount", "charged")
	for name in kind.__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
		if name not in fields:
			fields[name] = from_thousandths(row[name]) if name in amounts else row[name]
	return kind(**fields)


def _sum_of(rows: list[sqlite3.Row], column: str = "total", place: str = "") -> Sum:
	return Sum(sum(row["orders"] for row in rows), from_thousandths(sum(row[column] for row in rows)), place)


def _reconciliations(
	orders: list[sqlite3.Row], payments: list[PaymentRow], verification: Verification | None
) -> list[Reconciliation]:
	"""One for each currency, the one with the most orders first."""
	made = []
	for currency in dict.fromkeys(row["currency"] for row in orders):
		rows = [row for row in orders if row["currency"] == currency]
		paid = [row for row in payments if row.currency == currency]
		beside = from_thousandths(sum(row["beside"] for row in rows))
		listed = (
			[group for (_day, _status, of), group in verification.groups.items() if of == currency]
			if verification
			else []
		)
		made.append(
			Reconciliation(
				currency,
				store=_sum_of(rows, "store_total"),
				parts=tuple(
					_sum_of([row for row in rows if row["place"] == place], place=place)
					for place in dict.fromkeys(row["place"] for row in rows)
				),
				beside=beside,
				refunded=from_thousandths(sum(row["refunded"] for row in rows)),
				credited=from_thousandths(sum(row["credited"] for row in rows)),
				invoiced=sum((row.invoiced for row in paid), ZERO),
				paid=sum((row.paid for row in paid), ZERO),
				listed=Sum(sum(g.orders for g in listed), sum((g.store_total for g in listed), ZERO))
				if verification
				else None,
				found=Sum(
					sum(g.booked + g.listed for g in listed),
					sum((g.booked_total + g.listed_total for g in listed), ZERO) - beside,
				)
				if verification
				else None,
				explained=verification is None or verification.proven,
			)
		)
	return made


def _statuses(orders: list[sqlite3.Row]) -> list[StatusRow]:
	made = []
	for key in dict.fromkeys((row["status"], row["currency"]) for row in orders):
		rows = [row for row in orders if (row["status"], row["currency"]) == key]
		whole = _sum_of(rows, "store_total")
		becomes = tuple(_sum_of([row], place=row["place"]) for row in rows)
		made.append(StatusRow(*key, becomes, whole.orders, whole.total))
	return sorted(made, key=lambda row: -row.orders)


def _tax_row(row: sqlite3.Row) -> TaxRow:
	percent = row["percent"]
	return _row_of(TaxRow, row, percent=None if percent is None else Decimal(percent))


def _order_row(row: sqlite3.Row) -> OrderRow:
	exact = row["order_total_exact"]
	return OrderRow(
		row["order_id"],
		row["number"],
		row["text"],
		row["status"],
		row["currency"],
		from_thousandths(row["order_total"]) if exact is None else Decimal(exact),
		row["invoice"],
		row["customer_name"],
		breakdown=breakdown_of(row["breakdown"]),
	)


def _missing_item(row: sqlite3.Row, held: bool) -> MissingItem:
	return _row_of(MissingItem, row, example_number=row["number"], held=held)


def _item_row(row: sqlite3.Row) -> BookedRow:
	return BookedRow(
		row["item_name"],
		from_thousandths(row["amount"]),
		row["item_code"],
		Decimal(row["quantity"]),
		Decimal(row["rate"]),
		Decimal(row["price_list_rate"]),
	)


def _charge_row(row: sqlite3.Row) -> BookedRow:
	return BookedRow(row["description"], from_thousandths(row["amount"]), row["account"])


def _note_row(row: sqlite3.Row) -> BookedRow:
	name = f"{row['name']}: {row['reason']}" if row["reason"] else row["name"]
	return BookedRow(name, from_thousandths(row["total"]), row["status"], at=from_time_text(row["posted_at"]))


def _payment_row(row: sqlite3.Row) -> BookedRow:
	amount = from_thousandths(row["amount"]) * (1 if row["direction"] == "in" else -1)
	return BookedRow(row["mode_of_payment"], amount, row["status"], at=from_time_text(row["paid_at"]))
