"""One order into the SQLite ledger: what its translation means for what stands there already.

Each method of `OrderBooking` is one row of that table; docs/sqlite-ledger.md shows the table whole.
"""

import sqlite3

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.sqlite_changes import describe_changes, unmatched_vouchers
from jarz_woocommerce_integration.ledger.sqlite_masters import decision_columns
from jarz_woocommerce_integration.ledger.sqlite_order_map import OrderMap, Remark, Standing
from jarz_woocommerce_integration.ledger.sqlite_vouchers import Vouchers, read_invoice
from jarz_woocommerce_integration.translation.drafts import (
	Cancel,
	Failure,
	Hold,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	Skip,
	Unchanged,
)

_PENDING = """
SELECT customer, outcome, evidence, candidates, ambiguous, note FROM pending_decision
WHERE order_id = ? AND payload_hash = ?
"""
_FORGET_PENDING = "DELETE FROM pending_decision WHERE order_id = ?"
_DECIDE = """
INSERT INTO customer_decision (order_id, customer, outcome, evidence, candidates, ambiguous, note)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (order_id) DO UPDATE SET customer = ?2, outcome = ?3, evidence = ?4, candidates = ?5, ambiguous = ?6,
	note = ?7
WHERE customer <> ?2
"""
_REFUNDS = "SELECT refund_id FROM credit_note WHERE order_id = ?"
_IS_PAID = "SELECT EXISTS (SELECT 1 FROM payment WHERE order_id = ? AND refund_id = 0)"

NOTHING_TO_SAY = Remark()
COMPARE = "Compare the order with its invoice, and correct the one that is wrong by hand."


class OrderBooking:
	"""Books the orders of one page, each in a savepoint of its own. Commits nothing."""

	def __init__(self, connection: sqlite3.Connection, record: PageRecord):
		self.connection = connection
		self.order_map = OrderMap(connection, record)

	def book(self, outcome: Outcome) -> Booked:
		"""Book one order, or list it with the reason why not. Only errors of the file itself come out of here."""
		order_id = outcome.order.order_id
		self.connection.execute("SAVEPOINT booking")
		try:
			booked = self._book(outcome)
		except BookingRefusedError as refusal:
			self.connection.execute("ROLLBACK TO booking")
			hold = Hold(refusal.reason, refusal.message, refusal.what_to_do)
			booked = self._book(Outcome(outcome.order, hold))
		except (sqlite3.IntegrityError, UnicodeEncodeError, OverflowError) as error:
			self.connection.execute("ROLLBACK TO booking")
			failure = Failure(f"The ledger can't store this order: {error}.", "not_stored")
			booked = self._book(Outcome(outcome.order, failure))
		self.connection.execute(_FORGET_PENDING, (order_id,))
		self.connection.execute("RELEASE booking")
		return booked

	def _book(self, outcome: Outcome) -> Booked:
		order, translation = outcome.order, outcome.translation
		standing = self.order_map.standing(order.order_id)
		if isinstance(translation, OrderDraft):
			return self._draft(standing, order, translation)
		if isinstance(translation, Unchanged):
			return self._unchanged(standing, order)
		if isinstance(translation, Cancel):
			return self._cancel(standing, order, translation)
		if standing and standing.invoice:
			return self._keep(standing, order, translation)
		return self._list(standing, order, translation)

	# --- drafts ---

	def _draft(self, standing: Standing | None, order: OrderFacts, draft: OrderDraft) -> Booked:
		_hold_to_order(order, draft)
		if standing is None or not standing.invoice:
			return self._new(order, draft)
		if standing.invoice_status == "Submitted":
			return self._complete(standing, order, draft)
		if standing.submitted:
			changed = (
				f"Invoice {standing.invoice} is cancelled, and the order is {order.status} in the store now."
			)
			return self._changed(order, OrderState.CANCELLED, changed)
		return self._replace(standing, order, draft)

	def _new(self, order: OrderFacts, draft: OrderDraft) -> Booked:
		pending = self.connection.execute(_PENDING, (order.order_id, order.payload_hash)).fetchone()
		decision = tuple(pending) if pending else (draft.customer.key, *decision_columns(draft.customer))
		self._vouchers(order, draft, decision[0]).add_invoice(draft)
		self.connection.execute(_DECIDE, (order.order_id, *decision))
		return self._write(order, OrderState.SYNCED, "booked")

	def _replace(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> Booked:
		"""A draft invoice is written anew, which is an update only where it says something else than before."""
		before = read_invoice(self.connection, order.order_id)
		self._vouchers(order, draft, standing.customer).remove_draft()
		self._new(order, draft)
		same = before == read_invoice(self.connection, order.order_id)
		return _booked(order, OrderState.SYNCED, "unchanged" if same else "updated", NOTHING_TO_SAY)

	def _complete(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> Booked:
		"""A submitted invoice stays as it is. Where it is the same, the payment and credit notes it lacks are added."""
		if standing.fingerprint != draft.invoice.fingerprint:
			changed = describe_changes(self.connection, standing, order, draft)
			return self._changed(order, OrderState.SYNCED, changed)
		if not draft.invoice.submit:
			changed = f"The order is {order.status} in the store now, for which the policy wants a draft."
			return self._changed(order, OrderState.SYNCED, changed)
		added = self._add_what_lacks(standing, order, draft)
		if changed := unmatched_vouchers(self.connection, order.order_id, draft):
			return self._changed(order, OrderState.SYNCED, changed)
		return self._write(order, OrderState.SYNCED, "updated" if added else "unchanged")

	def _add_what_lacks(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> bool:
		vouchers = self._vouchers(order, draft, standing.customer)
		added = False
		if draft.payment and not self._has(_IS_PAID, order.order_id):
			vouchers.add_payment(standing.invoice, draft.invoice, draft.payment)
			added = True
		there = {row["refund_id"] for row in self.connection.execute(_REFUNDS, (order.order_id,))}
		for credit_note in draft.credit_notes:
			if credit_note.refund_id not in there:
				vouchers.add_credit_note(standing.total, credit_note)
				added = True
		return added

	# --- everything else ---

	def _list(
		self, standing: Standing | None, order: OrderFacts, translation: Hold | Skip | Failure
	) -> Booked:
		"""An order without an invoice: listed with the reason."""
		if isinstance(translation, Hold):
			remark = Remark(
				"", translation.reason, translation.message, translation.what_to_do, translation.breakdown
			)
			return self._write(order, OrderState.HELD, "held", remark)
		remark = Remark("", translation.reason, translation.message)
		if isinstance(translation, Skip):
			return self._write(order, OrderState.SKIPPED, "skipped", remark)
		if standing and not order.currency:
			self.order_map.restate(order.order_id, OrderState.FAILED, remark)
			return _booked(order, OrderState.FAILED, "failed", remark)
		return self._write(order, OrderState.FAILED, "failed", remark)

	def _keep(self, standing: Standing, order: OrderFacts, translation: Hold | Skip | Failure) -> Booked:
		"""An order with an invoice keeps it, and is listed as changed."""
		state = _state_of(standing)
		if isinstance(translation, Skip):
			if state is OrderState.CANCELLED:
				return self._write(order, state, "unchanged")
			changed = f"Not booked any more since it changed in the store: {translation.message}"
			return self._changed(order, state, changed, translation.reason)
		changed = f"Can't be booked again since it changed in the store: {translation.message}"
		if isinstance(translation, Failure) and not order.currency:
			remark = Remark(changed, what_to_do=COMPARE)
			self.order_map.restate(order.order_id, state, remark)
			return _booked(order, state, "changed", Remark(reason=translation.reason, message=changed))
		return self._changed(order, state, changed, translation.reason, read_again=True)

	def _cancel(self, standing: Standing | None, order: OrderFacts, cancel: Cancel) -> Booked:
		remark = Remark("", cancel.reason, cancel.message)
		if standing is None or not standing.invoice:
			return self._write(order, OrderState.SKIPPED, "skipped", remark)
		if standing.invoice_status == "Cancelled":
			return self._write(order, OrderState.CANCELLED, "unchanged", remark)
		Vouchers(self.connection, order.order_id, standing.customer, standing.currency, "").cancel()
		return self._write(order, OrderState.CANCELLED, "cancelled", remark)

	def _unchanged(self, standing: Standing | None, order: OrderFacts) -> Booked:
		"""Nothing is written but the stamp of the last change, and that an order that was deleted is there again."""
		if standing is None:
			failure = Failure("Said to be unchanged, but the ledger doesn't know it.", "not_known")
			return self._list(None, order, failure)
		if standing.state == OrderState.DELETED.value and standing.invoice:
			return self._write(order, _state_of(standing), "unchanged", Remark(standing.changed))
		self.order_map.touch(order)
		return _booked(order, OrderState(standing.state), "unchanged", Remark(message=standing.changed))

	# --- helpers ---

	def _vouchers(self, order: OrderFacts, draft: OrderDraft, customer: str) -> Vouchers:
		return Vouchers(self.connection, order.order_id, customer, draft.currency, draft.receivable_account)

	def _has(self, query: str, order_id: int) -> bool:
		return bool(self.connection.execute(query, (order_id,)).fetchone()[0])

	def _changed(
		self,
		order: OrderFacts,
		state: OrderState,
		changed: str,
		reason: str = "changed_in_store",
		read_again: bool = False,
	) -> Booked:
		self.order_map.write(order, state, Remark(changed, what_to_do=COMPARE), read_again)
		return _booked(order, state, "changed", Remark(reason=reason, message=changed))

	def _write(
		self, order: OrderFacts, state: OrderState, what: str, remark: Remark = NOTHING_TO_SAY
	) -> Booked:
		self.order_map.write(order, state, remark)
		return _booked(order, state, what, remark)


def _booked(order: OrderFacts, state: OrderState, what: str, remark: Remark) -> Booked:
	return Booked(order.order_id, state, what, remark.reason, remark.message)


def _state_of(standing: Standing) -> OrderState:
	return OrderState.CANCELLED if standing.invoice_status == "Cancelled" else OrderState.SYNCED


def _hold_to_order(order: OrderFacts, draft: OrderDraft) -> None:
	"""The last of the checks on the way: what is booked is the order, to the cent and in its currency."""
	if draft.invoice.total != order.total or draft.currency != order.currency:
		raise BookingRefusedError(
			f"The invoice would be {draft.invoice.total} {draft.currency}, the order is"
			f" {order.total} {order.currency}.",
			"Report this as a mistake of the app.",
			reason="total_differs",
		)
