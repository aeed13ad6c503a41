"""What the SQLite ledger does with one order: its vouchers, the decision on its customer, its row in the Order Map."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from jarz_woocommerce_integration.exceptions import BookingRefusedError, LedgerError, OrderNotStoredError
from jarz_woocommerce_integration.ledger import changes
from jarz_woocommerce_integration.ledger.books import BookedState, Books
from jarz_woocommerce_integration.ledger.changes import BookedVoucher, charge_text, row_text
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.masters import decision_columns, forget_unused
from jarz_woocommerce_integration.ledger.sqlite.order_map import OrderMap
from jarz_woocommerce_integration.ledger.sqlite.values import from_thousandths
from jarz_woocommerce_integration.ledger.sqlite.vouchers import Vouchers, read_invoice
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	OrderDraft,
	OrderFacts,
	SalesOrderDraft,
)
from jarz_woocommerce_integration.translation.unforeseen import failure_of

_PENDING = """
SELECT customer, outcome, evidence, candidates, ambiguous, note FROM pending_decision
WHERE order_id = ? AND payload_hash = ?
"""
_MADE_FOR = "SELECT customer, outcome FROM pending_decision WHERE order_id = ?"
_FORGET_PENDING = "DELETE FROM pending_decision WHERE order_id = ?"
_DECIDE = """
INSERT INTO customer_decision (order_id, customer, outcome, evidence, candidates, ambiguous, note)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (order_id) DO UPDATE SET customer = ?2, outcome = ?3, evidence = ?4, candidates = ?5, ambiguous = ?6,
	note = ?7
WHERE customer <> ?2
"""
_REFUNDS = """
SELECT refund_id, name, EXISTS (SELECT 1 FROM payment
	WHERE payment.order_id = credit_note.order_id AND payment.refund_id = credit_note.refund_id) AS paid_back
FROM credit_note WHERE order_id = ?
"""
_PAYMENT_KEYS = "SELECT payment_key FROM payment WHERE order_id = ? AND refund_id = 0"
_ADVANCE = "SELECT name, amount FROM payment WHERE order_id = ? AND payment_key = 'advance'"
_ROWS = "SELECT quantity, item_name, amount FROM invoice_row WHERE order_id = ? ORDER BY position"
_CHARGES = "SELECT description, amount FROM invoice_charge WHERE order_id = ? ORDER BY position"
_CREDIT_NOTES = "SELECT refund_id, name, total FROM credit_note WHERE order_id = ? AND status = 'Submitted'"
_PAYMENTS = """
SELECT name, amount, payment_key FROM payment WHERE order_id = ? AND refund_id = 0 AND status = 'Submitted'
ORDER BY payment_key
"""


class SQLiteBooks(OrderMap, Books):
	"""The books of one page in an open transaction. A rehearsal is of a history, where changed orders are listed: Hold."""

	def __init__(self, connection: sqlite3.Connection, record: PageRecord):
		super().__init__(connection, record)
		self._made_for: set[str] = set()

	@contextmanager
	def savepoint(self, order_id: int) -> Iterator[None]:
		self.connection.execute("SAVEPOINT booking")
		try:
			yield
		except (BookingRefusedError, OrderNotStoredError):
			self._undo()
			raise
		except (sqlite3.IntegrityError, UnicodeEncodeError, OverflowError) as error:
			self._undo()
			raise OrderNotStoredError(f"The ledger can't store this order: {error}.") from None
		except (sqlite3.Error, LedgerError):
			raise  # the file, or our own SQL: that is the page's
		except Exception as error:
			self._undo()
			failure = failure_of(error, order_id)
			raise OrderNotStoredError(failure.message, reason=failure.reason) from error
		self.connection.execute("RELEASE booking")

	def _undo(self) -> None:
		self.connection.execute("ROLLBACK TO booking")
		self.connection.execute("RELEASE booking")

	# --- vouchers ---

	def add(self, order: OrderFacts, draft: OrderDraft) -> None:
		customer = self._decide(order, draft)[0]
		self._vouchers(order, draft, customer).add_invoice(draft)

	def _decide(self, order: OrderFacts, draft: OrderDraft) -> tuple:
		pending = self.connection.execute(_PENDING, (order.order_id, order.payload_hash)).fetchone()
		decision = tuple(pending) if pending else (draft.customer.key, *decision_columns(draft.customer))
		self.connection.execute(_DECIDE, (order.order_id, *decision))
		return decision

	def keep_advance(self, order: OrderFacts, draft: AdvanceDraft | SalesOrderDraft) -> None:
		(payment,) = draft.payments
		row = self.connection.execute(_ADVANCE, (order.order_id,)).fetchone()
		if row and from_thousandths(row["amount"]) == payment.amount:
			return
		self.drop_advance(order.order_id)
		customer = self._decide(order, draft)[0]
		self._vouchers(order, draft, customer).add_advance(draft.invoice.name, payment)

	def drop_advance(self, order_id: int) -> None:
		if row := self.connection.execute(_ADVANCE, (order_id,)).fetchone():
			Vouchers(self.connection, order_id, "", "", "").remove_advance(row["name"])

	def replace(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""A draft invoice is written anew, which is an update only where it says something else than before."""
		before = read_invoice(self.connection, order.order_id)
		self._vouchers(order, draft, standing.customer).remove_draft()
		self.add(order, draft)
		return before != read_invoice(self.connection, order.order_id)

	def add_what_lacks(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		vouchers = self._vouchers(order, draft, standing.customer)
		added = False
		paid = {row["payment_key"] for row in self.connection.execute(_PAYMENT_KEYS, (order.order_id,))}
		for payment in draft.payments:
			if payment.key not in paid:
				vouchers.add_payment(standing.invoice, draft.invoice, payment)
				added = True
		there = {row["refund_id"]: row for row in self.connection.execute(_REFUNDS, (order.order_id,))}
		for credit_note in draft.credit_notes:
			row = there.get(credit_note.refund_id)
			if row and credit_note.repayment and not row["paid_back"]:
				vouchers.add_repayment(row["name"], credit_note)
				added = True
		booked = self._read_vouchers(_CREDIT_NOTES, order.order_id)
		for credit_note in changes.lacking_credit_notes(booked, there.keys(), draft):
			vouchers.add_credit_note(draft, credit_note)
			added = True
		return added

	def cancel(self, standing: BookedState, order_id: int) -> str:
		Vouchers(self.connection, order_id, standing.customer, standing.currency, "").cancel()
		return ""

	def describe_changes(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str:
		booked = (standing.total, standing.currency, standing.status)
		parts = self._booked_parts(order.order_id)
		return changes.describe_changes(standing.invoice, booked, parts, order, draft)

	def unmatched_vouchers(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str:
		payments = [
			BookedVoucher(0, row["name"], from_thousandths(row["amount"]), key=row["payment_key"])
			for row in self.connection.execute(_PAYMENTS, (order.order_id,))
		]
		return changes.unmatched_vouchers(self._read_vouchers(_CREDIT_NOTES, order.order_id), payments, draft)

	# --- Order Map ---

	def done(self, order_id: int) -> None:
		for customer, outcome in self.connection.execute(_MADE_FOR, (order_id,)):
			if outcome == "new":
				self._made_for.add(customer)
		self.connection.execute(_FORGET_PENDING, (order_id,))

	def close(self) -> None:
		"""All orders of the page have their states: who was made for one that isn't booked can go."""
		forget_unused(self.connection, sorted(self._made_for))

	# --- helpers ---

	def _vouchers(self, order: OrderFacts, draft: OrderDraft, customer: str) -> Vouchers:
		return Vouchers(self.connection, order.order_id, customer, draft.currency, draft.receivable_account)

	def _read_vouchers(self, query: str, order_id: int) -> list[BookedVoucher]:
		return [
			BookedVoucher(refund_id, name, from_thousandths(amount))
			for refund_id, name, amount in self.connection.execute(query, (order_id,))
		]

	def _booked_parts(self, order_id: int) -> Counter:
		parts = Counter(
			row_text(Decimal(row["quantity"]), row["item_name"], from_thousandths(row["amount"]))
			for row in self.connection.execute(_ROWS, (order_id,))
		)
		parts.update(
			charge_text(row["description"], from_thousandths(row["amount"]))
			for row in self.connection.execute(_CHARGES, (order_id,))
		)
		return parts
