"""The books of a page on paper: the ledger's own code, with sheets instead of documents and a memory instead of the Order Map."""

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import (
	CantBeBulkError,
	Sheet,
	clean,
	decimal_of,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries import (
	gl_entry as gl_entries,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries import (
	payment_ledger_entry as payment_ledger,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	item as sales_invoice_item,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	payment as sales_invoice_payment,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	sales_invoice,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	taxes as sales_taxes,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.payments import (
	payment_entry,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.payments import (
	reference as payment_reference,
)
from jarz_woocommerce_integration.ledger.erpnext.documents.amendments import CreditNotes
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.documents.returns import ReturnedRows
from jarz_woocommerce_integration.ledger.erpnext.order_map import Vouchers
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts


class OrderMemory:
	"""Mixed into books: one order's vouchers are remembered instead of written into the Order Map."""

	linked: Vouchers

	def link(self, order_id, invoice, payment, customer, fingerprint) -> None:
		self.linked = Vouchers(invoice, payment, customer, fingerprint)

	def add_credit_note(self, order_id, refund_id, invoice, payment) -> None:
		self.linked.notes.append((refund_id, invoice, payment))

	def credit_notes(self, order_id) -> list:
		return [
			frappe._dict(
				refund_id=refund_id,
				sales_invoice=note,
				payment_entry=payment,
				docstatus=1,
				total=str(self.total_of(note)),
			)
			for refund_id, note, payment in self.linked.notes
		]

	def total_of(self, note: str) -> Decimal:
		return decimal_of(frappe.db.get_value("Sales Invoice", note, "grand_total"))


@dataclass(slots=True)
class Voucher:
	"""An invoice, credit note or payment on paper, with its entries."""

	sheet: Sheet
	ledger: list[gl_entries.Entry]
	payment_ledger: list[payment_ledger.LedgerEntry]


class Paper:
	"""Takes sheets as a `Poster` takes documents, completes them and keeps them in order."""

	historical = True

	def __init__(self, site: SiteFacts, run_id: int):
		self.site = site
		self.run_id = run_id
		self.surroundings: Surroundings | None = None
		self.vouchers: list[Voucher] = []
		self.paying: Sheet | None = None

	def new(self, values: dict) -> Sheet:
		return Sheet(values, site=self.site)

	def submit(self, sheet: Sheet, name: str) -> Sheet:
		sheet.name = name
		sheet.docstatus = 1
		clean(sheet)
		if sheet.doctype == "Sales Invoice":
			self._invoice(sheet)
		else:
			self._payment(sheet)
		return sheet

	def insert(self, sheet: Sheet, name: str) -> Sheet:
		"""A draft: an invoice without entries."""
		sheet.name = name
		sheet.docstatus = 0
		clean(sheet)
		self._invoice(sheet)
		return sheet

	def _invoice(self, invoice: Sheet) -> None:
		site = self.site
		if invoice.amended_from:
			raise CantBeBulkError("an amendment")
		site.check_date("Sales Invoice", invoice.posting_date)
		invoice.party = self.surroundings.party(invoice.customer)
		invoice.party_name_in_books = invoice.customer
		for row in invoice.items:
			row.item = self.surroundings.item(row.item_code)
			row.fill(sales_invoice_item.RULES)
		invoice.fill(sales_invoice.TOTALS_OF_LINES)
		for row in invoice.taxes:
			row.fill(sales_taxes.RULES)
		for row in invoice.payments:
			row.fill(sales_invoice_payment.RULES)
		invoice.fill(sales_invoice.RULES)
		invoice.party.check_currency(invoice.party_account_currency)
		_check_amounts(invoice)
		entries = gl_entries.of_invoice(invoice) if invoice.docstatus else []
		self._keep(invoice, entries)
		if invoice.payments and entries:
			# The ledger tells it last, as it tells it: with the payment unrounded (`update_voucher_outstanding`).
			ledger = self.vouchers[-1].payment_ledger
			told = (decimal_of(round(row.amount_in_account_currency, 9)) for row in ledger)
			invoice.outstanding_amount = self.site.money(float(sum(told)))
		if invoice.return_against and not invoice.update_outstanding_for_self and entries:
			self._reduce(invoice)

	def _reduce(self, note: Sheet) -> None:
		"""A credit note that isn't paid back reduces what its invoice has outstanding."""
		original = next(
			voucher.sheet for voucher in self.vouchers if voucher.sheet.name == note.return_against
		)
		in_party_currency = original.party_account_currency == original.currency
		amount = note.grand_total if in_party_currency else note.base_grand_total
		original.outstanding_amount = self.site.money(original.outstanding_amount + amount)
		original.is_returned = True

	def _payment(self, payment: Sheet) -> None:
		self.site.check_date("Payment Entry", payment.posting_date)
		payment.customer = self.surroundings.party(payment.party)
		payment.party_name_in_books = payment.party
		for row in payment.references:
			row.invoice = self.paying
			row.fill(payment_reference.RULES)
		for row in payment.deductions:
			row.fill(payment_reference.DEDUCTION_RULES)
		payment.fill(payment_entry.RULES)
		self._keep(payment, gl_entries.of_payment(payment))
		for row in payment.references:
			row.invoice.outstanding_amount = row.outstanding_amount = self.site.money(row.outstanding_amount)

	def _keep(self, sheet: Sheet, entries: list[gl_entries.Entry]) -> None:
		for entry in entries:
			self.site.check_account(entry.account)
		ledger = payment_ledger.of_entries(entries)
		self.vouchers.append(Voucher(sheet, gl_entries.balanced(entries), ledger))


def _check_amounts(invoice: Sheet) -> None:
	if any(not row.qty for row in invoice.items):
		raise CantBeBulkError("a row of no quantity")
	if not invoice.is_return and (invoice.grand_total < 0 or any(row.qty < 0 for row in invoice.items)):
		raise CantBeBulkError("negative amounts")
	if not invoice.items:
		raise CantBeBulkError("no rows")
	if any(row.item_tax_template for row in invoice.items):
		raise CantBeBulkError("an Item Tax Template")


class PaperInvoices(Invoices):
	poster: Paper

	def _group_of(self, customer: str) -> str | None:
		return self.poster.surroundings.party(customer).row["customer_group"]

	def _returned_rows(self, original: Document) -> ReturnedRows:
		before: dict[str, Decimal] = {}
		for voucher in self.poster.vouchers:
			if voucher.sheet.return_against == original.name:
				for row in voucher.sheet.items:
					if row.sales_invoice_item:
						given_back = before.get(row.sales_invoice_item, Decimal(0)) - decimal_of(row.qty)
						before[row.sales_invoice_item] = given_back
		return ReturnedRows(original, before)

	def _outstanding_of(self, original: Document) -> float:
		return original.outstanding_amount


class PaperPayments(Payments):
	poster: Paper

	def book(self, order, invoice, payment, refund_id=0, before=Decimal(0)) -> Document:
		self.poster.paying = invoice
		return super().book(order, invoice, payment, refund_id, before)

	def _outstanding(self, invoice: Document) -> Decimal:
		return decimal_of(invoice.outstanding_amount)


class PaperBooks(OrderMemory, ERPNextBooks):
	"""Makes one order's vouchers after the other. :param books: those of the page, which know its customers and units"""

	def __init__(self, books: ERPNextBooks, paper: Paper, settings, names, rates):
		super().__init__(settings, books.record, paper, books.masters, names, rates)
		self.invoices = PaperInvoices(settings, paper, rates)
		self.invoices._units = books.invoices._units
		self.payments = PaperPayments(settings, paper)
		self.notes = CreditNotes(self, self.invoices, self.payments, paper, names)

	def vouchers_of(self, order: OrderFacts, draft: OrderDraft) -> tuple[list[Voucher], Vouchers]:
		"""All vouchers of an order, in the order in which they are booked.

		:raises CantBeBulkError: the order is for documents
		:raises BookingRefusedError: documents will say the same
		"""
		if len(draft.payments) > 1:
			raise CantBeBulkError("several payments of one order")
		self.poster.vouchers = []
		self.linked = Vouchers()
		self.add(order, draft)
		for voucher in self.poster.vouchers:
			if voucher.sheet.doctype == "Sales Invoice":
				voucher.sheet.status = sales_invoice.status(voucher.sheet)
		return self.poster.vouchers, self.linked

	def total_of(self, note: str) -> Decimal:
		return next(
			decimal_of(voucher.sheet.grand_total)
			for voucher in self.poster.vouchers
			if voucher.sheet.name == note
		)
