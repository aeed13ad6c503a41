"""Invoices, credit notes and payments of the SQLite ledger, with the entries of the general ledger that they make.

Every voucher is held to its sum before it is written: rows and charges equal its total, debits equal credits.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count
from typing import Any

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.checks import payment_name
from jarz_woocommerce_integration.ledger.sqlite.values import from_thousandths, to_thousandths, to_time_text
from jarz_woocommerce_integration.translation.drafts import (
	ChargeRow,
	CreditNoteDraft,
	InvoiceDraft,
	InvoiceRow,
	OrderDraft,
	PaymentDraft,
)

_ADD_INVOICE_ROW = "INSERT INTO invoice_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_INVOICE_CHARGE = "INSERT INTO invoice_charge VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_CREDIT_NOTE_ROW = "INSERT INTO credit_note_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_CREDIT_NOTE_CHARGE = "INSERT INTO credit_note_charge VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_ENTRY = """
INSERT INTO gl_entry (order_id, voucher_type, voucher, position, account, party, currency, debit, credit, posted_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_REVERSE_ENTRIES = """
INSERT INTO gl_entry (order_id, voucher_type, voucher, reversal, position, account, party, currency, debit, credit,
	posted_at)
SELECT order_id, voucher_type, voucher, 1, position, account, party, currency, credit, debit, posted_at
FROM gl_entry WHERE order_id = ? AND reversal = 0
"""
# A credit note is a Sales Invoice in ERPNext, so both share one set of names here, too.
_NAME_TAKEN = """
SELECT EXISTS (SELECT 1 FROM invoice WHERE name = ?1) OR EXISTS (SELECT 1 FROM credit_note WHERE name = ?1)
"""
_CREDITED = "SELECT coalesce(sum(total), 0) FROM credit_note WHERE order_id = ? AND status = 'Submitted'"


class Vouchers:
	"""Writes the vouchers of one order.

	:param customer: the invoice's customer, who is the party of all entries in the receivable account
	"""

	def __init__(
		self, connection: sqlite3.Connection, order_id: int, customer: str, currency: str, receivable: str
	):
		self.connection = connection
		self.order_id = order_id
		self.customer = customer
		self.currency = currency
		self.receivable = receivable

	# --- invoice ---

	def add_invoice(self, draft: OrderDraft) -> str:
		"""Write the invoice of an order, with its payment and credit notes where it is submitted. Returns its name."""
		invoice = draft.invoice
		total = to_thousandths(invoice.total)
		rows, row_credits = _row_columns(self.order_id, invoice.rows)
		charges, charge_credits = _charge_columns(self.order_id, invoice.charges)
		_hold_to_total(invoice.name, total, (*row_credits, *charge_credits))
		name = self._free_name(invoice.name, self.order_id)
		self._insert("invoice", self._invoice_columns(name, total, draft))
		self.connection.executemany(_ADD_INVOICE_ROW, rows)
		self.connection.executemany(_ADD_INVOICE_CHARGE, charges)
		if invoice.submit:
			self._post("invoice", name, invoice.posted_at, total, (*row_credits, *charge_credits))
			for payment in draft.payments:
				self.add_payment(name, invoice, payment)
			for credit_note in draft.credit_notes:
				self.add_credit_note(draft, credit_note)
		return name

	def _invoice_columns(self, name: str, total: int, draft: OrderDraft) -> dict[str, Any]:
		invoice, delivery = draft.invoice, draft.delivery
		return {
			"order_id": self.order_id,
			"name": name,
			"customer": self.customer,
			"currency": self.currency,
			"total": total,
			"posted_at": to_time_text(invoice.posted_at),
			"status": "Submitted" if invoice.submit else "Draft",
			"submitted": invoice.submit,
			"is_return": invoice.is_return,
			"fingerprint": invoice.fingerprint,
			"receivable_account": self.receivable,
			"billing_signature": draft.billing.signature if draft.billing else None,
			"shipping_signature": draft.shipping.signature if draft.shipping else None,
			"delivery_day": delivery.day.isoformat() if delivery.day else None,
			"delivery_from": delivery.slot_from,
			"delivery_to": delivery.slot_to,
			"delivery_text": delivery.text,
			"delivery_flagged": delivery.flagged,
			"remarks": draft.remarks,
			"coupons": json.dumps(draft.coupons, ensure_ascii=False),
			"vat_number": draft.vat_number,
			"vat_exempt": draft.vat_exempt,
		}

	def remove_draft(self) -> None:
		"""Remove an invoice that never reached the general ledger, to write it anew."""
		for table in ("invoice_row", "invoice_charge", "invoice"):
			self.connection.execute(f"DELETE FROM {table} WHERE order_id = ?", (self.order_id,))

	def cancel(self) -> None:
		"""Cancel the invoice and all that hangs on it: every entry gets its reversal, so the trail stays."""
		for table in ("invoice", "credit_note", "payment"):
			self.connection.execute(
				f"UPDATE {table} SET status = 'Cancelled' WHERE order_id = ?", (self.order_id,)
			)
		self.connection.execute(_REVERSE_ENTRIES, (self.order_id,))

	# --- what comes later ---

	def add_payment(self, invoice_name: str, invoice: InvoiceDraft, payment: PaymentDraft) -> None:
		"""One payment of the order: money in, or out where the order's total is negative."""
		direction = "out" if invoice.is_return else "in"
		self._add_payment(0, payment_name(invoice_name, payment.key), direction, payment)

	def add_advance(self, invoice_name: str, payment: PaymentDraft) -> None:
		"""Money that came in for an order without an invoice."""
		self._add_payment(0, payment_name(invoice_name, payment.key), "in", payment)

	def remove_advance(self, name: str) -> None:
		"""It never was more than a rehearsal's: the payment goes with its entries."""
		self.connection.execute("DELETE FROM payment WHERE order_id = ? AND name = ?", (self.order_id, name))
		self.connection.execute(
			"DELETE FROM gl_entry WHERE order_id = ? AND voucher_type = 'payment' AND voucher = ?",
			(self.order_id, name),
		)

	def add_credit_note(self, order: OrderDraft, draft: CreditNoteDraft) -> None:
		"""One refund with its repayment.

		:raises BookingRefusedError: the order's credit notes would come to more than its invoice
		"""
		total = to_thousandths(draft.total)
		rows, row_credits = _row_columns(draft.refund_id, draft.rows)
		charges, charge_credits = _charge_columns(draft.refund_id, draft.charges)
		_hold_to_total(draft.name, total, (*row_credits, *charge_credits))
		self._hold_to_invoice(order, draft.name, total)
		name = self._free_name(draft.name, draft.refund_id)
		columns = {
			"refund_id": draft.refund_id,
			"order_id": self.order_id,
			"name": name,
			"total": total,
			"posted_at": to_time_text(draft.posted_at),
			"status": "Submitted",
			"reason": draft.reason,
		}
		self._insert("credit_note", columns)
		self.connection.executemany(_ADD_CREDIT_NOTE_ROW, rows)
		self.connection.executemany(_ADD_CREDIT_NOTE_CHARGE, charges)
		self._post("credit note", name, draft.posted_at, total, (*row_credits, *charge_credits))
		if draft.repayment:
			self.add_repayment(name, draft)

	def add_repayment(self, note_name: str, draft: CreditNoteDraft) -> None:
		"""What went back for a refund."""
		self._add_payment(draft.refund_id, f"{note_name}-PAY", "out", draft.repayment)  # type: ignore[arg-type]  # the caller asks

	def _hold_to_invoice(self, order: OrderDraft, name: str, total: int) -> None:
		credited = -self.connection.execute(_CREDITED, (self.order_id,)).fetchone()[0]
		if credited - total > to_thousandths(order.most_credited):
			raise BookingRefusedError(
				f"With {name} the order's credit notes come to {from_thousandths(credited - total)},"
				f" but its invoice only to {order.invoice.total}.",
				"Look up at the payment provider what was paid back, and book the rest by hand. Leave the refunds as they are.",
				reason="refund_exceeds_invoice",
			)

	def _add_payment(self, refund_id: int, name: str, direction: str, payment: PaymentDraft) -> None:
		amount = to_thousandths(payment.amount)
		if amount <= 0:
			raise BookingRefusedError(
				f"Payment {name} is {payment.amount}, but a payment must be more than zero.",
				"Book this order by hand.",
				reason="payment_not_positive",
			)
		fee = to_thousandths(payment.fee)
		columns = {
			"order_id": self.order_id,
			"refund_id": refund_id,
			"payment_key": payment.key,
			"name": name,
			"direction": direction,
			"amount": amount,
			"mode_of_payment": payment.mode_of_payment,
			"account": payment.account,
			"paid_at": to_time_text(payment.paid_at),
			"gateway": payment.gateway,
			"gateway_title": payment.gateway_title,
			"reference": payment.reference,
			"fee": fee,
			"fee_account": payment.fee_account,
			"status": "Submitted",
		}
		self._insert("payment", columns)
		received = amount if direction == "in" else -amount
		credits = [(payment.account, fee - received)]
		if fee:
			credits.append((payment.fee_account, -fee))
		self._post("payment", name, payment.paid_at, -received, credits)

	def _insert(self, table: str, columns: dict[str, Any]) -> None:
		names = list(columns)
		query = f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(names)})"
		self.connection.execute(query, columns)

	# --- general ledger ---

	def _post(
		self,
		voucher_type: str,
		voucher: str,
		posted_at: datetime,
		owed: int,
		credits: Sequence[tuple[str, int]],
	) -> None:
		"""Debit the customer with `owed` and credit the accounts; what is negative goes to the other side."""
		sums: dict[str, int] = defaultdict(int)
		for account, amount in credits:
			sums[account] += amount
		moment = to_time_text(posted_at)
		sides = [(self.receivable, self.customer, owed)]
		sides += [(account, "", -amount) for account, amount in sums.items()]
		if sum(debit for _account, _party, debit in sides):
			raise _unbalanced(f"The debits and the credits of {voucher} are not equal.")
		self.connection.executemany(
			_ADD_ENTRY,
			[
				(
					self.order_id,
					voucher_type,
					voucher,
					position,
					account,
					party,
					self.currency,
					max(debit, 0),
					max(-debit, 0),
					moment,
				)
				for position, (account, party, debit) in enumerate(sides, 1)
				if debit
			],
		)

	def _free_name(self, name: str, identifier: int) -> str:
		"""`name`, with the order's (or refund's) id where it is taken, and with a number where that is taken, too."""
		ways = chain((name, f"{name}-{identifier}"), (f"{name}-{identifier}-{n}" for n in count(2)))
		return next(way for way in ways if not self.connection.execute(_NAME_TAKEN, (way,)).fetchone()[0])


def read_invoice(connection: sqlite3.Connection, order_id: int) -> list[tuple]:
	"""All that is written of an invoice and its parts, to compare it with what it becomes."""
	return [
		tuple(row)
		for table in ("invoice", "invoice_row", "invoice_charge")
		for row in connection.execute(f"SELECT * FROM {table} WHERE order_id = ?", (order_id,))
	]


def _row_columns(key: int, rows: Sequence[InvoiceRow]) -> tuple[list[tuple], list[tuple[str, int]]]:
	"""The columns of the rows under `key`, and what each of them credits to which account."""
	columns, credits = [], []
	for position, row in enumerate(rows, 1):
		amount = to_thousandths(row.amount)
		credits.append((row.account, amount))
		columns.append(
			(
				key,
				position,
				row.item_code,
				row.item_name,
				row.description,
				str(row.quantity),
				str(row.rate),
				amount,
				str(row.price_list_rate),
				row.account,
				row.order_line_id,
				row.sku,
				row.store_product,
				row.unknown,
			)
		)
	return columns, credits


def _charge_columns(key: int, charges: Sequence[ChargeRow]) -> tuple[list[tuple], list[tuple[str, int]]]:
	columns, credits = [], []
	for position, charge in enumerate(charges, 1):
		amount = to_thousandths(charge.amount)
		credits.append((charge.account, amount))
		percent = None if charge.rate_percent is None else str(charge.rate_percent)
		columns.append(
			(
				key,
				position,
				charge.kind.value,
				charge.account,
				charge.description,
				amount,
				charge.source_id,
				percent,
			)
		)
	return columns, credits


def _hold_to_total(name: str, total: int, credits: Sequence[tuple[str, int]]) -> None:
	parts = sum(amount for _account, amount in credits)
	if parts != total:
		raise _unbalanced(
			f"The rows and charges of {name} come to {from_thousandths(parts)}, its total is {from_thousandths(total)}."
		)


def _unbalanced(message: str) -> BookingRefusedError:
	return BookingRefusedError(message, "Book this order by hand.", reason="unbalanced")
