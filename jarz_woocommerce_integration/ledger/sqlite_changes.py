"""What differs between a booked invoice and what the store says of its order now, in words for a list."""

import sqlite3
from collections import Counter
from decimal import Decimal

from jarz_woocommerce_integration.ledger.sqlite_order_map import Standing
from jarz_woocommerce_integration.ledger.sqlite_values import from_thousandths, to_thousandths
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

_ROWS = "SELECT quantity, item_name, amount FROM invoice_row WHERE order_id = ? ORDER BY position"
_CHARGES = "SELECT description, amount FROM invoice_charge WHERE order_id = ? ORDER BY position"
_CREDIT_NOTES = "SELECT refund_id, name, total FROM credit_note WHERE order_id = ? AND status = 'Submitted'"
_PAYMENT = "SELECT name, amount FROM payment WHERE order_id = ? AND refund_id = 0 AND status = 'Submitted'"

MOST_PARTS = 4


def describe_changes(
	connection: sqlite3.Connection, standing: Standing, order: OrderFacts, draft: OrderDraft
) -> str:
	"""Total, status and lines, old -> new."""
	told = []
	new_total = to_thousandths(draft.invoice.total)
	if standing.total != new_total or standing.currency != draft.currency:
		old = f"{from_thousandths(standing.total)} {standing.currency}"
		told.append(f"total {old} -> {from_thousandths(new_total)} {draft.currency}")
	if standing.status != order.status:
		told.append(f"status {standing.status} -> {order.status}")
	booked = _booked_parts(connection, order.order_id)
	drafted = _drafted_parts(draft)
	told += _listed("no longer", booked - drafted)
	told += _listed("new", drafted - booked)
	return (
		f"Changed after {standing.invoice} was submitted: {'; '.join(told) or 'how its lines are made up'}."
	)


def unmatched_vouchers(connection: sqlite3.Connection, order_id: int, draft: OrderDraft) -> str:
	"""Credit notes and the payment that stand though the store has them no more, or has others. "" where all match."""
	drafted = {note.refund_id: to_thousandths(note.total) for note in draft.credit_notes}
	told = []
	for row in connection.execute(_CREDIT_NOTES, (order_id,)):
		total = drafted.get(row["refund_id"])
		if total is None:
			told.append(
				f"refund {row['refund_id']} is gone from the store, its credit note {row['name']} stands"
			)
		elif total != row["total"]:
			told.append(
				f"refund {row['refund_id']} is {from_thousandths(-total)} now,"
				f" its credit note {row['name']} {from_thousandths(-row['total'])}"
			)
	payment = connection.execute(_PAYMENT, (order_id,)).fetchone()
	if payment and draft.payment is None:
		told.append(f"no longer paid, payment {payment['name']} stands")
	elif payment and to_thousandths(draft.payment.amount) != payment["amount"]:
		told.append(
			f"{draft.payment.amount} paid, payment {payment['name']} is {from_thousandths(payment['amount'])}"
		)
	return f"Changed in the store: {'; '.join(told)}." if told else ""


def _booked_parts(connection: sqlite3.Connection, order_id: int) -> Counter:
	parts = Counter(
		_row_text(Decimal(row["quantity"]), row["item_name"], row["amount"])
		for row in connection.execute(_ROWS, (order_id,))
	)
	for row in connection.execute(_CHARGES, (order_id,)):
		parts[_charge_text(row["description"], row["amount"])] += 1
	return parts


def _drafted_parts(draft: OrderDraft) -> Counter:
	parts = Counter(
		_row_text(row.quantity, row.item_name, to_thousandths(row.amount)) for row in draft.invoice.rows
	)
	for charge in draft.invoice.charges:
		parts[_charge_text(charge.description, to_thousandths(charge.amount))] += 1
	return parts


def _row_text(quantity: Decimal, name: str, amount: int) -> str:
	return f"{quantity.normalize():f} x {name} for {from_thousandths(amount)}"


def _charge_text(description: str, amount: int) -> str:
	return f"{description} {from_thousandths(amount)}"


def _listed(label: str, parts: Counter) -> list[str]:
	texts = list(parts.elements())
	told = [f"{label}: {text}" for text in texts[:MOST_PARTS]]
	if len(texts) > MOST_PARTS:
		told.append(f"and {len(texts) - MOST_PARTS} more")
	return told
