"""What the ledger in ERPNext does with one order: its documents, and its row in the Order Map."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.exceptions import BookingRefusedError, LedgerError
from jarz_woocommerce_integration.ledger import changes
from jarz_woocommerce_integration.ledger.booking import Books, Standing
from jarz_woocommerce_integration.ledger.changes import BookedVoucher, amount_text, charge_text, row_text
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext_invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext_masters import Masters
from jarz_woocommerce_integration.ledger.erpnext_names import Names
from jarz_woocommerce_integration.ledger.erpnext_order_map import OrderMap
from jarz_woocommerce_integration.ledger.erpnext_payments import Payments
from jarz_woocommerce_integration.ledger.erpnext_posting import Poster
from jarz_woocommerce_integration.ledger.erpnext_rates import Rates
from jarz_woocommerce_integration.ledger.erpnext_refusals import OF_THE_WHOLE_PAGE, refusal_of
from jarz_woocommerce_integration.ledger.erpnext_sent import is_settled_by_people, without_sent
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext_values import exact
from jarz_woocommerce_integration.translation.drafts import (
	CreditNoteDraft,
	OrderDraft,
	OrderFacts,
	Outcome,
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
		self.poster = poster
		self.masters = masters
		self.names = names
		self.invoices = Invoices(settings, poster, rates)
		self.payments = Payments(settings, poster)

	def prepare(self, outcomes: Sequence[Outcome]) -> None:
		"""Read for the whole page at once what its drafts need: customers, addresses, units of items."""
		drafts = [(o.order, o.translation) for o in outcomes if isinstance(o.translation, OrderDraft)]
		self.masters.prepare(drafts)
		rows = [
			row
			for _order, draft in drafts
			for part in (draft.invoice, *draft.credit_notes)
			for row in part.rows
		]
		self.invoices.load_units(row.item_code for row in rows)

	@contextmanager
	def savepoint(self, order_id: int) -> Iterator[None]:
		try:
			with self.poster.savepoint("woo_order"):
				yield
		except (*OF_THE_WHOLE_PAGE, LedgerError):
			raise
		except Exception as error:
			# Whatever the site's own rules, scripts and other apps raise: it is this one order's, and named in its row.
			raise refusal_of(error) from error
		finally:
			frappe.clear_messages()

	# --- vouchers ---

	def add(self, order: OrderFacts, draft: OrderDraft) -> None:
		customer, addresses = self.masters.found_for(order, draft)
		name = self.names.take(draft.invoice.name, order.order_id)
		invoice = self.invoices.book(order, draft, customer, addresses, name)
		self._complete(order, draft, invoice)

	def _complete(self, order: OrderFacts, draft: OrderDraft, invoice: Document) -> None:
		"""What follows the invoice: its row in the map, and where it is submitted its payment and credit notes."""
		payment = None
		if draft.invoice.submit and draft.payment and not self.invoices.is_paid_within(draft):
			payment = self.payments.book(order, invoice, draft.payment).name
		self.link(order.order_id, invoice.name, payment, invoice.customer, draft.invoice.fingerprint)
		if draft.invoice.submit:
			for note in draft.credit_notes:
				self._add_credit_note(order, draft, note, invoice)

	def _add_credit_note(
		self, order: OrderFacts, draft: OrderDraft, note: CreditNoteDraft, invoice: Document
	) -> None:
		self._hold_to_invoice(order, draft, note)
		name = self.names.take(note.name, note.refund_id)
		document = self.invoices.book_credit_note(order, draft, note, invoice, name)
		repayment = None
		if note.repayment:
			repayment = self.payments.book(order, document, note.repayment, note.refund_id).name
		self.add_credit_note(order.order_id, note.refund_id, document.name, repayment)

	def _hold_to_invoice(self, order: OrderFacts, draft: OrderDraft, note: CreditNoteDraft) -> None:
		credited = -sum((voucher.amount for voucher in self._booked_notes(order.order_id)), note.total)
		if credited > max(draft.invoice.total, Decimal(0)):
			raise BookingRefusedError(
				f"With {note.name} the order's credit notes come to {amount_text(credited)},"
				f" its invoice to {amount_text(draft.invoice.total)}.",
				"Correct the refund in the shop, or book this order by hand.",
				reason="refund_exceeds_invoice",
			)

	def replace(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> bool:
		"""A draft invoice stays the same document: what a person attached or commented is kept."""
		customer, addresses = self.masters.found_for(order, draft)
		document = frappe.get_doc(INVOICE, standing.invoice)
		if not self.invoices.renew(document, order, draft, customer, addresses):
			return False
		self._complete(order, draft, document)
		return True

	def add_what_lacks(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> bool:
		there = {row.refund_id for row in self.credit_notes(order.order_id)}
		missing = [note for note in draft.credit_notes if note.refund_id not in there]
		missing = without_sent(self.store, order.order_id, standing.invoice, missing)
		unpaid = draft.payment and not (
			self._payment(standing, order.order_id, docstatus=(1, 2))
			or is_settled_by_people(standing.invoice)
		)
		if not (missing or unpaid):
			return False
		self.poster.touch(INVOICE, standing.invoice)
		invoice = frappe.get_doc(INVOICE, standing.invoice)
		if unpaid:
			self.set_payment(order.order_id, self.payments.book(order, invoice, draft.payment).name)
		for note in missing:
			self._add_credit_note(order, draft, note, invoice)
		return True

	def cancel(self, standing: Standing, order: OrderFacts) -> None:
		"""Cancel payments, credit notes and the invoice, last first; a draft is deleted, for ERPNext can't cancel one."""
		if standing.invoice_status == "Draft":
			self.forget_vouchers(order.order_id)
			frappe.delete_doc(INVOICE, standing.invoice, ignore_permissions=True)
			return
		self.poster.touch(INVOICE, standing.invoice)
		notes = self.credit_notes(order.order_id)
		for note in notes:
			self.poster.touch(INVOICE, note.sales_invoice)
		payments = [row.payment_entry for row in notes] + [self.payment(order.order_id)]
		for doctype, names in (
			(PAYMENT, payments),
			(INVOICE, [row.sales_invoice for row in reversed(notes)]),
			(INVOICE, [standing.invoice]),
		):
			for name in filter(None, names):
				document = frappe.get_doc(doctype, name)
				if document.docstatus.is_submitted():
					self.poster.cancel(document)

	# --- what differs ---

	def describe_changes(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> str:
		booked = (standing.total, standing.currency, standing.status)
		parts = Counter(
			row_text(Decimal(quantity), name, exact(amount))
			for quantity, name, amount in frappe.db.sql(_ROWS, standing.invoice)
		)
		parts.update(
			charge_text(text, exact(amount)) for text, amount in frappe.db.sql(_CHARGES, standing.invoice)
		)
		return changes.describe_changes(standing.invoice, booked, parts, order, draft)

	def unmatched_vouchers(self, standing: Standing, order: OrderFacts, draft: OrderDraft) -> str:
		payment = self._payment(standing, order.order_id, docstatus=(1,))
		return changes.unmatched_vouchers(self._booked_notes(order.order_id), payment, draft)

	def _booked_notes(self, order_id: int) -> list[BookedVoucher]:
		rows = self.credit_notes(order_id)
		return [
			BookedVoucher(row.refund_id, row.sales_invoice, exact(row.total))
			for row in rows
			if row.docstatus == 1
		]

	def _payment(self, standing: Standing, order_id: int, docstatus: tuple[int, ...]) -> BookedVoucher | None:
		"""The order's own payment: its Payment Entry, or the row within its invoice."""
		if name := self.payment(order_id):
			rows = frappe.db.sql(
				"SELECT CAST(woo_amount AS CHAR) FROM `tabPayment Entry` WHERE name = %s AND docstatus IN %s",
				(name, docstatus),
			)
		else:
			name = standing.invoice
			rows = frappe.db.sql(
				"SELECT CAST(paid_amount AS CHAR) FROM `tabSales Invoice` WHERE name = %s AND is_pos = 1",
				name,
			)
		return BookedVoucher(0, name, exact(rows[0][0])) if rows else None

	# --- Order Map ---

	def done(self, order_id: int) -> None:
		"""Nothing is kept for the way only: the decision on the customer stays, to be judged by a person."""
