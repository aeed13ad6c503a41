"""What the ledger in ERPNext does with one order: its documents, and its row in the Order Map."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError, LedgerError
from jarz_woocommerce_integration.ledger import changes
from jarz_woocommerce_integration.ledger.books import Amended, BookedState, Books
from jarz_woocommerce_integration.ledger.changes import BookedVoucher, amount_text, charge_text, row_text
from jarz_woocommerce_integration.ledger.contract import OnChange, PageRecord, nobody_is_told
from jarz_woocommerce_integration.ledger.erpnext.documents.amendments import Amendment, BookedCreditNotes
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import edits_of
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import BookedFacts
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import hold_to_total
from jarz_woocommerce_integration.ledger.erpnext.documents.names import Names
from jarz_woocommerce_integration.ledger.erpnext.documents.orders import NewOrders
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import ADVANCE
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.relinking import (
	check_ours_may_go,
	left_over_of,
	told_of_others,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.books import ERPNextSalesOrders
from jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.deliveries import deliver
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import is_same_person
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import OrderMap
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, refusal_of
from jarz_woocommerce_integration.ledger.erpnext.sent import is_settled_by_people, without_sent
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	AdvanceDraft,
	OrderDraft,
	OrderFacts,
	Outcome,
	SalesOrderDraft,
)

INVOICE = "Sales Invoice"
PAYMENT = "Payment Entry"

_ROWS = (
	"SELECT CAST(qty AS CHAR), item_name, CAST(amount AS CHAR) FROM `tabSales Invoice Item` WHERE parent = %s"
)
_CHARGES = """
SELECT description, CAST(tax_amount AS CHAR) FROM `tabSales Taxes and Charges`
WHERE parent = %s AND parenttype = 'Sales Invoice'
"""


class ERPNextBooks(OrderMap, Books):
	"""The books of one page in an open transaction.

	:param masters: made the page's customers and addresses, and knows whose order it is
	:param names: of invoices, kept over the pages of a run
	:ivar on_order: the ledger's
	"""

	def __init__(
		self,
		settings: BookSettings,
		record: PageRecord,
		poster: Poster,
		masters: Masters,
		names: Names,
		rates: Rates,
	):
		super().__init__(settings.store, record)
		self.on_order: Callable[[int], None] = nobody_is_told
		self.amends = settings.on_change is OnChange.AMEND
		self.poster = poster
		self.masters = masters
		self.names = names
		self.facts = BookedFacts(rates)
		self.orders = NewOrders(settings, poster, self.facts, names, self)
		self.invoices, self.payments = self.orders.invoices, self.orders.payments
		self.notes = BookedCreditNotes(self, self.orders.notes, poster)
		self.settings = settings
		self.sales_orders = ERPNextSalesOrders(self, poster, masters, self.invoices, self.amends)
		self.invoices.bill = self.sales_orders.bill

	def prepare(self, outcomes: Sequence[Outcome]) -> None:
		"""Read for the whole page at once what its drafts need: customers, addresses, units of items."""
		drafts = [(o.order, o.translation) for o in outcomes if isinstance(o.translation, OrderDraft)]
		self.masters.prepare(drafts)
		self.facts.load_units(code for _order, draft in drafts for code in draft.item_codes)

	@contextmanager
	def savepoint(self, order_id: int) -> Iterator[None]:
		try:
			with self.poster.savepoint("woo_order"):
				yield
		except (*OF_THE_WHOLE_PAGE, LedgerError):
			raise
		except Exception as error:
			# The site's rules, scripts and other apps may raise anything. It concerns this one order, and its row names it.
			raise refusal_of(error) from error
		finally:
			frappe.clear_messages()

	# --- vouchers ---

	def add(self, order: OrderFacts, draft: OrderDraft) -> None:
		invoice = self.orders.add(order, draft, self.masters.found_for(order, draft))
		self._deliver(order, draft, invoice.name)

	def _deliver(self, order: OrderFacts, draft: OrderDraft, invoice: str) -> bool:
		return deliver(self.settings, self.poster, order, draft, invoice)

	def keep_advance(self, order: OrderFacts, draft: AdvanceDraft | SalesOrderDraft) -> None:
		(payment,) = draft.payments
		there = self.payments_beside(order.order_id).get(payment.key)
		if there and there.stands and (there.amount, there.account) == (payment.amount, payment.account):
			return
		self.drop_advance(order.order_id)
		buyer = self.masters.found_for(order, draft)
		filters = {"woo_store": self.store, "woo_order_id": order.order_id, "woo_payment_key": payment.key}
		again = frappe.db.count(PAYMENT, filters)
		name = f"{draft.invoice.name}-{again}" if again else draft.invoice.name
		self.payments.book(order, self.invoices.unbooked(order, draft, buyer, name), payment)

	def drop_advance(self, order_id: int) -> None:
		there = self.payments_beside(order_id).get(ADVANCE)
		if there and there.stands:
			check_ours_may_go(there.name, "")
			self.poster.touch(PAYMENT, there.name)
			self.poster.cancel_named(PAYMENT, there.name)

	def replace(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		"""A draft invoice stays the same document, so attachments, comments and edits of a person are kept."""
		buyer = self.masters.found_for(order, draft)
		document = frappe.get_doc(INVOICE, standing.invoice)
		if not self.poster.is_as_left(INVOICE, standing.invoice):
			return self._leave_as_edited(document, standing, order, draft)
		if not self.invoices.renew(self.poster, document, order, draft, buyer):
			return False
		self.orders.complete(order, draft, document)
		self._deliver(order, draft, document.name)
		return True

	def _leave_as_edited(
		self, document: Document, standing: BookedState, order: OrderFacts, draft: OrderDraft
	) -> bool:
		"""A draft that a person has edited is submitted unchanged if its total is the order's."""
		if (standing.total, standing.currency) != (draft.invoice.total, draft.currency):
			raise BookingRefusedError(
				Sentence(
					"The draft was changed here by {0}, so it isn't overwritten."
					" Its total is {1} {2},"
					" but the order's is {3} {4}.",
					document.modified_by,
					amount_text(standing.total),
					standing.currency,
					amount_text(draft.invoice.total),
					draft.currency,
				),
				"Correct the draft so that it agrees with the order, and sync the order again.",
				reason="edited",
			)
		if not draft.invoice.submit:
			return False
		self.poster.submit_draft(document)
		hold_to_total(document, draft.invoice.total)
		self.orders.complete(order, draft, document)
		self._deliver(order, draft, document.name)
		return True

	def edited(self, standing: BookedState) -> str:
		return edits_of(INVOICE, standing.invoice)

	def amend(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> Amended:
		amendment = Amendment(self, self.orders, self.notes, self.poster)
		amended = amendment.make(standing, order, draft, self.masters.found_for(order, draft))
		self._deliver(order, draft, amended.invoice)
		return amended

	def mend_credit_notes(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		return self.notes.mend(standing.invoice, order, draft)

	def update_details(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		followed = self.payments.update_mapped(order, draft)
		return self.invoices.update_details(self.poster, standing.invoice, order, draft) or followed

	def add_what_lacks(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> bool:
		paid_back = self.notes.pay_back(standing.invoice, order, draft)
		there = {row.refund_id for row in self.credit_notes(order.order_id)}
		missing = changes.lacking_credit_notes(self.orders.notes.standing(order.order_id), there, draft)
		missing = without_sent(self.store, order.order_id, standing.invoice, missing)
		paid_back = self.notes.pay_back_sent(order, draft) or paid_back
		unpaid = {payment.key for payment in draft.payments} - set(self._payments(standing, order.order_id))
		if unpaid and is_settled_by_people(standing.invoice):
			unpaid = set()
		if not (missing or unpaid):
			return self._deliver(order, draft, standing.invoice) or paid_back
		self.poster.touch(INVOICE, standing.invoice)
		invoice = frappe.get_doc(INVOICE, standing.invoice)
		if own := self.payments.book_all(order, invoice, draft, unpaid):
			self.set_payment(order.order_id, own)
		for note in missing:
			self.orders.notes.book(order, draft, note, invoice)
		self._deliver(order, draft, standing.invoice)
		return True

	def cancel(self, standing: BookedState, order_id: int) -> str:
		"""Cancel payments, credit notes and the invoice, last first. A draft is deleted, because ERPNext can't cancel it."""
		if standing.invoice_status == "Draft":
			self._delete_draft(standing, order_id)
			return ""
		own = [self.payment(order_id), *(paid.name for paid in self.payments_beside(order_id).values())]
		left_over: list[str] = []
		for invoice, payments in (
			(standing.invoice, own),
			*((note.sales_invoice, [note.payment_entry]) for note in self.credit_notes(order_id)),
		):
			for payment in payments:
				check_ours_may_go(payment, invoice)
			left_over += told_of_others(invoice, payments)
		self.poster.touch(INVOICE, standing.invoice)
		for payment in own:
			self.poster.cancel_named(PAYMENT, payment)
		self.notes.cancel_all(order_id)
		self.poster.cancel_named(INVOICE, standing.invoice)
		frappe.db.set_value(INVOICE, standing.invoice, "woo_cancelled", 1, update_modified=False)
		return " ".join(left_over)

	def _delete_draft(self, standing: BookedState, order_id: int) -> None:
		if not self.poster.is_as_left(INVOICE, standing.invoice):
			raise BookingRefusedError(
				"The draft was changed here by a person, so it isn't deleted.",
				"Delete the draft, and sync the order again.",
				reason="edited",
			)
		self.forget_vouchers(order_id)
		frappe.delete_doc(INVOICE, standing.invoice, ignore_permissions=True)

	# --- what differs ---

	def describe_changes(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str:
		booked = (standing.total, standing.currency, standing.status)
		parts = Counter(
			row_text(Decimal(quantity), name, exact(amount))
			for quantity, name, amount in frappe.db.sql(_ROWS, standing.invoice)
		)
		parts.update(
			charge_text(text, exact(amount)) for text, amount in frappe.db.sql(_CHARGES, standing.invoice)
		)
		return changes.describe_changes(standing.invoice, booked, parts, order, draft)

	def has_left_over(self, invoice: str) -> bool:
		return any(left_over_of(invoice))

	def unmatched_vouchers(self, standing: BookedState, order: OrderFacts, draft: OrderDraft) -> str:
		payments = self._payments(standing, order.order_id).values()
		others = list(left_over_of(standing.invoice))
		booked_for, customer = self.booked_for(order.order_id), self.masters.customer_of(order, draft)
		if booked_for and customer and not is_same_person(customer, booked_for):
			others.append(
				Sentence(
					"the customer is {0} now, but invoice {1} was booked for {2}",
					customer,
					standing.invoice,
					booked_for,
				)
			)
		standing_payments = [payment for payment in payments if payment.stands]
		return changes.unmatched_vouchers(
			self.orders.notes.standing(order.order_id), standing_payments, draft, others
		)

	def _payments(self, standing: BookedState, order_id: int) -> dict[str, BookedVoucher]:
		"""The order's payments by their keys, cancelled ones too. Its own may be the row within its invoice."""
		if name := self.payment(order_id):
			rows = frappe.db.sql(
				"SELECT CAST(woo_amount AS CHAR), woo_gateway, paid_to, docstatus = 1 FROM `tabPayment Entry`"
				" WHERE name = %s AND docstatus IN (1, 2)",
				(name,),
			)
		else:
			name = standing.invoice
			rows = frappe.db.sql(
				"SELECT CAST(paid_amount AS CHAR), '', '', 1 FROM `tabSales Invoice` WHERE name = %s AND is_pos = 1",
				name,
			)
		payments = self.payments_beside(order_id)
		for amount, gateway, account, stands in rows:
			payments[""] = BookedVoucher(
				0, name, exact(amount), gateway or "", account or "", stands=bool(stands)
			)
		return payments

	# --- Order Map ---

	def done(self, order_id: int) -> None:
		"""Nothing is deleted: the decision on the customer stays, so that a person can check it."""
