"""One order into a ledger: what its translation means for what stands there already.

The rules are the same for every ledger, so they are here once; `Books` (`ledger.books`) is what a ledger can do. Each method of
`OrderBooking` is one row of the table in docs/develop/ledger-contract.md.
"""

from jarz_woocommerce_integration.exceptions import BookingRefusedError, OrderNotStoredError
from jarz_woocommerce_integration.ledger.books import NOTHING_TO_SAY, BookedState, Books, Remark
from jarz_woocommerce_integration.ledger.checks import hold_to_order, remark_of
from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.ledger.sales_orders import REASON as SALES_ORDER, keep
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	Cancel,
	Failure,
	Hold,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	SalesOrderDraft,
	Skip,
	Translation,
	Unchanged,
)

WITHOUT_SALE = (OrderState.SKIPPED.value, OrderState.CANCELLED.value)
COMPARE = "Compare the order with its invoice, and correct the one that is wrong by hand."


class OrderBooking:
	"""Books the orders of one page, each in a savepoint of its own. Commits nothing."""

	def __init__(self, books: Books):
		self.books = books

	def book(self, outcome: Outcome) -> Booked:
		"""Book one order, or list it with the reason why not. Only errors of the ledger as a whole come out of here."""
		order_id = outcome.order.order_id
		try:
			with self.books.savepoint(order_id):
				booked = self._book(outcome)
		except BookingRefusedError as refusal:
			booked = self._refused(outcome, refusal)
		except OrderNotStoredError as error:
			booked = self._book(Outcome(outcome.order, Failure(error.message, error.reason)))
		self.books.done(order_id)
		return booked

	def cancel_deleted(self, order_id: int) -> None:
		"""The order is gone from the store, and its invoice is to go with it. Where it can't, it stays and is listed."""
		standing = self.books.standing(order_id)
		if standing is None:
			return
		changed = standing.changed
		invoice = standing.invoice if standing.invoice_status != "Cancelled" else None
		if stands := invoice or self._living_sales_order(order_id):
			try:
				with self.books.savepoint(order_id):
					if invoice:
						changed = self.books.cancel(standing, order_id)
					self._cancel_sales_order(order_id)
			except (BookingRefusedError, OrderNotStoredError) as error:
				changed = Sentence(
					"Deleted in the store, and {0} can't be cancelled: {1}", stands, error.message
				)
		self.books.mark_deleted(order_id, changed)

	def _book(self, outcome: Outcome) -> Booked:
		booked = self._book_as(outcome.order, outcome.translation)
		booked.again = isinstance(outcome.translation, Failure)
		return booked

	def _book_as(self, order: OrderFacts, translation: Translation) -> Booked:
		standing = self.books.standing(order.order_id)
		if isinstance(translation, AdvanceDraft):
			return self._advance(standing, order, translation)
		if isinstance(translation, SalesOrderDraft):
			return self._sales_order(standing, order, translation)
		without_sale = standing is None or standing.state in WITHOUT_SALE
		if without_sale and not isinstance(translation, Unchanged):
			# Of an order that isn't known an earlier installation may have booked one.
			self.books.drop_advance(order.order_id)
		if isinstance(translation, OrderDraft):
			return self._draft(standing, order, translation)
		if isinstance(translation, Unchanged):
			return self._unchanged(standing, order)
		if isinstance(translation, Cancel):
			return self._cancel(standing, order, translation)
		if standing and standing.invoice:
			return self._keep(standing, order, translation)
		if isinstance(translation, Skip) and (sales_order := self._living_sales_order(order.order_id)):
			changed = Sentence(
				"Changed in the store, and not booked any more: {0} Sales Order {1} stays.",
				translation.message,
				sales_order,
			)
			return self._changed(order, OrderState.SKIPPED, changed, translation.reason)
		return self._list(standing, order, translation)

	# --- Sales Orders ---

	def _sales_order(self, standing: BookedState | None, order: OrderFacts, draft: SalesOrderDraft) -> Booked:
		"""The order isn't invoiced yet. It has a Sales Order, and what was received for it may stand as an advance.

		A draft of an invoice goes: it was booked for an earlier status.
		"""
		hold_to_order(order, draft)
		if standing and standing.invoice_status == "Draft":
			self.books.cancel(standing, order.order_id)
		elif standing and standing.invoice and not standing.cancelled_by_us:
			return self._invoiced_already(standing, order)
		if draft.payments:
			self.books.keep_advance(order, draft)
		elif standing is None or standing.state in WITHOUT_SALE:
			self.books.drop_advance(order.order_id)
		if not self.books.sales_orders.kept:
			message = Sentence("It becomes a Sales Order, and is invoiced in a later status.")
			return self._write(order, OrderState.SKIPPED, "skipped", Remark("", SALES_ORDER, message))
		kept = keep(self.books.sales_orders, order, draft, draft.invoice.submit)
		if kept.changed:
			return self._changed(order, OrderState.SKIPPED, kept.changed, kept.reason)
		message = Sentence("Sales Order {0} stands. It is invoiced in a later status.", kept.name)
		return self._write(order, OrderState.SKIPPED, kept.what, Remark("", SALES_ORDER, message))

	def _invoiced_already(self, standing: BookedState, order: OrderFacts) -> Booked:
		if standing.invoice_status == "Cancelled":
			message = Sentence(
				"Invoice {0} is cancelled, but the order is {1} in the store now.",
				standing.invoice,
				order.status,
			)
			return self._changed(order, OrderState.CANCELLED, message)
		message = Sentence(
			"The order is {0} in the store now, and the settings ask for a Sales Order in this status, but invoice {1} stands.",
			order.status,
			standing.invoice,
		)
		return self._changed(order, OrderState.SYNCED, message)

	def _living_sales_order(self, order_id: int) -> str:
		standing = self.books.sales_orders.standing(order_id)
		return standing.name if standing and standing.lives else ""

	def _cancel_sales_order(self, order_id: int) -> bool:
		"""Whether there was one to cancel. Its invoice is cancelled before."""
		standing = self.books.sales_orders.standing(order_id)
		if not (standing and standing.lives):
			return False
		self.books.sales_orders.cancel(standing, order_id)
		return True

	# --- drafts ---

	def _draft(self, standing: BookedState | None, order: OrderFacts, draft: OrderDraft) -> Booked:
		hold_to_order(order, draft)
		if standing is None or not standing.invoice:
			self.books.add(order, draft)
			return self._write(order, OrderState.SYNCED, "booked", remark_of(draft))
		if standing.invoice_status == "Submitted":
			return self._complete(standing, order, draft)
		if standing.submitted:
			return self._come_back(standing, order, draft)
		updated = self.books.replace(standing, order, draft)
		return self._write(order, OrderState.SYNCED, "updated" if updated else "unchanged", remark_of(draft))

	def _complete(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> Booked:
		"""A submitted invoice. Where its money is the order's, it gets what it lacks; else it is amended, or listed."""
		if not self._has_the_money(standing, draft):
			return self._follow(standing, order, draft)
		if not draft.invoice.submit:
			is_draft = Sentence(
				"The order is {0} in the store now, and the settings ask for a draft in this status.",
				order.status,
			)
			return self._changed(order, OrderState.SYNCED, is_draft)
		mended = self.books.amends and self.books.mend_credit_notes(standing, order, draft)
		added = self.books.add_what_lacks(standing, order, draft)
		added = self.books.update_details(standing, order, draft) or added or mended
		if changed := self.books.unmatched_vouchers(standing, order, draft):
			return self._changed(order, OrderState.SYNCED, changed)
		return self._write(order, OrderState.SYNCED, "updated" if added else "unchanged", remark_of(draft))

	def _has_the_money(self, standing: BookedState, draft: OrderDraft) -> bool:
		"""Whether the invoice is worth what the order is: line by line, or because a person has made it so."""
		if (standing.total, standing.currency) != (draft.invoice.total, draft.currency):
			return False
		return standing.fingerprint == draft.invoice.fingerprint or bool(self.books.edited(standing))

	def _follow(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> Booked:
		"""The money of a submitted invoice's order has changed."""
		described = self.books.describe_changes(standing, order, draft)
		if edited := self.books.edited(standing):
			return self._changed(order, OrderState.SYNCED, f"{described} {edited}", "edited")
		if not (self.books.amends and draft.invoice.submit):
			return self._changed(order, OrderState.SYNCED, described)
		return self._amend(standing, order, draft, described)

	def _come_back(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> Booked:
		"""The order of a cancelled invoice lives again. What a person has cancelled stays cancelled."""
		message = Sentence(
			"Invoice {0} is cancelled, but the order is {1} in the store now.", standing.invoice, order.status
		)
		if self.books.amends and standing.cancelled_by_us:
			return self._amend(standing, order, draft, message)
		return self._changed(order, OrderState.CANCELLED, message)

	def _amend(self, standing: BookedState, order: OrderFacts, draft: OrderDraft, why: str) -> Booked:
		invoice, left_over = self.books.amend(standing, order, draft)
		found = remark_of(draft)
		message = " ".join(
			filter(None, (Sentence("{0} follows {1}. {2}", invoice, standing.invoice, why), found.message))
		)
		amended = standing._replace(invoice=invoice, status=order.status)
		changed = self.books.unmatched_vouchers(amended, order, draft) if draft.invoice.submit else ""
		remark = Remark(" ".join(filter(None, (*left_over, changed))), found.reason, message)
		if remark.changed:
			has_left_over = bool(left_over) or self.books.has_left_over(invoice)
			reason = "left_over" if has_left_over else "changed_in_store"
			remark = remark._replace(reason=reason, what_to_do=COMPARE)
		return self._write(order, OrderState.SYNCED, "updated", remark)

	# --- money without a sale ---

	def _advance(self, standing: BookedState | None, order: OrderFacts, draft: AdvanceDraft) -> Booked:
		"""The order isn't booked, its payment is. What was booked of the order before is cancelled; the payment stands as an advance."""
		cancelled = bool(standing and standing.invoice)
		left_over = ""
		if standing and cancelled and standing.invoice_status != "Cancelled":
			left_over = self.books.cancel(standing, order.order_id)
		cancelled = self._cancel_sales_order(order.order_id) or cancelled
		self.books.keep_advance(order, draft)
		state = OrderState.CANCELLED if cancelled else OrderState.SKIPPED
		remark = Remark(left_over, draft.reason, draft.message, COMPARE if left_over else "")
		return self._write(order, state, "cancelled" if cancelled else "skipped", remark)

	# --- everything else ---

	def _list(
		self, standing: BookedState | None, order: OrderFacts, translation: Hold | Skip | Failure
	) -> Booked:
		"""An order without an invoice: listed with the reason."""
		if isinstance(translation, Hold):
			remark = Remark(
				"", translation.reason, translation.message, translation.what_to_do, translation.breakdown
			)
			return self._write_or_restate(standing, order, OrderState.HELD, "held", remark)
		remark = Remark("", translation.reason, translation.message)
		if isinstance(translation, Skip):
			return self._write(order, OrderState.SKIPPED, "skipped", remark)
		return self._write_or_restate(standing, order, OrderState.FAILED, "failed", remark)

	def _write_or_restate(
		self, standing: BookedState | None, order: OrderFacts, state: OrderState, what: str, remark: Remark
	) -> Booked:
		"""Without its facts an order couldn't be read this time: those that are known stay."""
		if standing and not order.currency:
			self.books.restate(order.order_id, state, remark)
			return _booked(order, state, what, remark)
		return self._write(order, state, what, remark)

	def _keep(self, standing: BookedState, order: OrderFacts, translation: Hold | Skip | Failure) -> Booked:
		"""An order with an invoice keeps it, and is listed as changed."""
		state = _state_of(standing)
		if isinstance(translation, Skip):
			if state is OrderState.CANCELLED:
				return self._write(order, state, "unchanged")
			changed = Sentence("Changed in the store, and not booked any more: {0}", translation.message)
			return self._changed(order, state, changed, translation.reason)
		changed = Sentence("Changed in the store, and can't be booked again: {0}", translation.message)
		if not order.currency:
			reason = translation.reason if isinstance(translation, Hold) else ""
			self.books.restate(order.order_id, state, Remark(changed, reason, what_to_do=COMPARE))
			return _booked(order, state, "changed", Remark(reason=translation.reason, message=changed))
		return self._changed(order, state, changed, translation.reason, read_again=True)

	def _cancel(self, standing: BookedState | None, order: OrderFacts, cancel: Cancel) -> Booked:
		remark = Remark("", cancel.reason, cancel.message)
		if standing is None or not standing.invoice or standing.invoice_status == "Cancelled":
			if self._cancel_sales_order(order.order_id):
				return self._write(order, OrderState.CANCELLED, "cancelled", remark)
			had_invoice = bool(standing and standing.invoice)
			if had_invoice or self.books.sales_orders.standing(order.order_id):
				return self._write(order, OrderState.CANCELLED, "unchanged", remark)
			return self._write(order, OrderState.SKIPPED, "skipped", remark)
		if left_over := self.books.cancel(standing, order.order_id):
			remark = remark._replace(changed=left_over, what_to_do=COMPARE)
		self._cancel_sales_order(order.order_id)
		return self._write(order, OrderState.CANCELLED, "cancelled", remark)

	def _unchanged(self, standing: BookedState | None, order: OrderFacts) -> Booked:
		"""Nothing is written but the stamp of the last change, and that an order that was deleted is there again."""
		if standing is None:
			failure = Failure(
				"The order was taken as unchanged, but the ledger doesn't have it.", "not_known"
			)
			return self._list(None, order, failure)
		if standing.state == OrderState.DELETED.value and standing.invoice:
			return self._write(order, _state_of(standing), "unchanged", Remark(standing.changed))
		self.books.touch(order)
		return _booked(order, OrderState(standing.state), "unchanged", Remark(message=standing.changed))

	# --- helpers ---

	def _refused(self, outcome: Outcome, refusal: BookingRefusedError) -> Booked:
		"""The books, or the site, don't take it: nothing of it is done, and it is tried again when the order comes again."""
		order, standing = outcome.order, self.books.standing(outcome.order.order_id)
		if not (standing and standing.invoice):
			hold = Hold(refusal.reason, refusal.message, refusal.what_to_do)
			return self._list(standing, order, hold)
		values = (order.status, standing.invoice, refusal.message)
		if isinstance(outcome.translation, Cancel):
			changed = Sentence("The order is {0} in the store, but {1} can't be cancelled: {2}", *values)
		else:
			changed = Sentence("The order is {0} in the store, but {1} can't follow: {2}", *values)
		return self._changed(
			order,
			_state_of(standing),
			changed,
			refusal.reason,
			read_again=True,
			what_to_do=refusal.what_to_do,
		)

	def _changed(
		self,
		order: OrderFacts,
		state: OrderState,
		changed: str,
		reason: str = "changed_in_store",
		read_again: bool = False,
		what_to_do: str = COMPARE,
	) -> Booked:
		self.books.write(order, state, Remark(changed, reason, what_to_do=what_to_do), read_again)
		return _booked(order, state, "changed", Remark(reason=reason, message=changed))

	def _write(
		self, order: OrderFacts, state: OrderState, what: str, remark: Remark = NOTHING_TO_SAY
	) -> Booked:
		self.books.write(order, state, remark)
		return _booked(order, state, what, remark)


def _booked(order: OrderFacts, state: OrderState, what: str, remark: Remark) -> Booked:
	return Booked(order.order_id, state, what, remark.reason, remark.message, remark.what_to_do)


def _state_of(standing: BookedState) -> OrderState:
	return OrderState.CANCELLED if standing.invoice_status == "Cancelled" else OrderState.SYNCED
