"""The vouchers of one order as draft documents: invoice, payments and credit notes, each with its entries."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, clean, decimal_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.page_names import PageNames
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries import gl_entry, payment_ledger_entry
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.invoices import (
	item,
	payment,
	sales_invoice,
	taxes,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.payments import payment_entry, reference
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import BookedFacts, Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.orders import NewOrders
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import Vouchers
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import MappedValues, OrderDraft, OrderFacts


@dataclass(slots=True)
class Voucher:
	"""An invoice, credit note or payment, with its entries."""

	document: DraftDocument
	ledger: list[gl_entry.Entry]
	payment_ledger: list[payment_ledger_entry.LedgerEntry]


class OrderMapInMemory:
	"""What one order has become is remembered instead of written into the Order Map.

	:param total_of: the total of a credit note, by its name
	"""

	def __init__(self, total_of: Callable[[str], Decimal]):
		self.total_of = total_of
		self.vouchers = Vouchers()

	def link(self, order_id: int, invoice: str, payment: str | None, customer: str, fingerprint: str) -> None:
		self.vouchers = Vouchers(invoice, payment, customer, fingerprint)

	def add_credit_note(self, order_id: int, refund_id: int, invoice: str, payment: str | None) -> None:
		self.vouchers.notes.append((refund_id, invoice, payment))

	def credit_notes(self, order_id: int) -> list:
		return [
			frappe._dict(
				refund_id=refund_id,
				sales_invoice=note,
				payment_entry=payment,
				docstatus=1,
				total=str(self.total_of(note)),
			)
			for refund_id, note, payment in self.vouchers.notes
		]


class DraftFacts:
	"""What invoices and payments ask of the vouchers of the order at hand (`documents.facts.Facts`).

	:param page: what is known of all orders of the page
	"""

	def __init__(self, page: BookedFacts, drafts: "DraftVouchers"):
		self.rates = page.rates
		self.units = page.units
		self.drafts = drafts

	def customer_group(self, customer: str) -> str | None:
		return self.drafts.surroundings.party(customer).row["customer_group"]

	def outstanding(self, invoice: DraftDocument) -> Decimal:
		return decimal_of(invoice.outstanding_amount)

	def returned(self, invoice: DraftDocument) -> dict[str, Decimal]:
		returned: dict[str, Decimal] = {}
		for voucher in self.drafts.vouchers:
			if (
				voucher.document.doctype == "Sales Invoice"
				and voucher.document.return_against == invoice.name
			):
				for row in voucher.document.items:
					if name := row.sales_invoice_item:
						returned[name] = returned.get(name, Decimal(0)) - decimal_of(row.qty)
		return returned


class DraftVouchers:
	"""Takes draft documents as a `Poster` takes documents, completes them and keeps them in order.

	:ivar vouchers: of the order at hand; :ivar mapped: the merchant's own fields of its invoice, lines and payments
	"""

	def __init__(
		self,
		settings: BookSettings,
		facts: BookedFacts,
		names: PageNames,
		site: SiteFacts,
		surroundings: Surroundings,
	):
		self.site = site
		self.surroundings = surroundings
		self.vouchers: list[Voucher] = []
		self.mapped = MappedValues()
		self.order_map = OrderMapInMemory(lambda name: decimal_of(self._named(name).grand_total))
		self.orders = NewOrders(settings, self, DraftFacts(facts, self), names, self.order_map)

	def make(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer) -> tuple[list[Voucher], Vouchers]:
		"""All vouchers of an order, in the order in which they are booked, and what the Order Map will say of them.

		:raises NeedsDocumentsError: the order is for documents
		:raises BookingRefusedError: documents will say the same
		"""
		if len(draft.payments) > 1:
			raise NeedsDocumentsError("several payments of one order")
		if draft.changed_by:
			raise NeedsDocumentsError("a draft that a hook of another app has changed")
		self.vouchers = []
		self.mapped = draft.mapped
		self.order_map.vouchers = Vouchers()
		self.orders.add(order, draft, buyer)
		for voucher in self.vouchers:
			if voucher.document.doctype == "Sales Invoice":
				voucher.document.status = sales_invoice.status(voucher.document)
		return self.vouchers, self.order_map.vouchers

	# --- as a `Poster` ---

	def new(self, values: dict) -> DraftDocument:
		return DraftDocument(values, site=self.site)

	def submit(self, document: DraftDocument, name: str | None) -> DraftDocument:
		document.name = name
		document.docstatus = 1
		clean(document)
		if document.doctype == "Sales Invoice":
			self._invoice(document)
		else:
			self._payment(document)
		return document

	def insert(self, document: DraftDocument, name: str | None) -> DraftDocument:
		"""A draft: an invoice without entries."""
		document.name = name
		document.docstatus = 0
		clean(document)
		self._invoice(document)
		return document

	# --- what ERPNext makes of them ---

	def _invoice(self, invoice: DraftDocument) -> None:
		site = self.site
		if invoice.amended_from:
			raise NeedsDocumentsError("an amendment")
		site.check_date("Sales Invoice", invoice.posting_date)
		if invoice.return_against:
			invoice.map(self.mapped.of("Credit Note"))
		else:
			invoice.map(self.mapped.of("Sales Invoice"))
			for row in invoice.items:
				row.map(self.mapped.of(item.DOCTYPE))
		invoice.party = self.surroundings.party(invoice.customer)
		invoice.party_name_in_books = invoice.customer
		has_schedule = not (invoice.is_return or invoice.payments)
		invoice.terms = (
			site.terms_of(invoice.party.row, invoice.payment_terms_template) if has_schedule else ""
		)
		for row in invoice.items:
			site.check_account(row.income_account)
			row.item = self.surroundings.item(row.item_code)
			if row.item:
				row.item.check_account(row.income_account, site.income_account)
				row.item.check_discount(row.discount_percentage or 0)
			row.fill(item.RULES)
		invoice.fill(sales_invoice.TOTALS_OF_LINES)
		for row in invoice.taxes:
			row.fill(taxes.RULES)
		for row in invoice.payments:
			row.fill(payment.RULES)
		invoice.fill(sales_invoice.RULES)
		invoice.party.check_currency(invoice.party_account_currency)
		_check_amounts(invoice)
		entries = gl_entry.of_invoice(invoice) if invoice.docstatus else []
		self._keep(invoice, entries)
		if invoice.payments and entries:
			# As the ledger has it last: with the payment unrounded (`update_voucher_outstanding`).
			ledger = self.vouchers[-1].payment_ledger
			open_amounts = (decimal_of(round(row.amount_in_account_currency, 9)) for row in ledger)
			invoice.outstanding_amount = site.money(float(sum(open_amounts)))
		if invoice.return_against and not invoice.update_outstanding_for_self and entries:
			self._reduce(invoice)

	def _reduce(self, note: DraftDocument) -> None:
		"""A credit note that isn't paid back reduces what its invoice has outstanding."""
		original = self._named(note.return_against)
		in_party_currency = original.party_account_currency == original.currency
		amount = note.grand_total if in_party_currency else note.base_grand_total
		original.outstanding_amount = self.site.money(original.outstanding_amount + amount)
		original.is_returned = True

	def _payment(self, document: DraftDocument) -> None:
		self.site.check_date("Payment Entry", document.posting_date)
		if not document.woo_refund_id:
			document.map(self.mapped.of("Payment Entry"))
		document.customer = self.surroundings.party(document.party)
		document.party_name_in_books = document.party
		for row in document.references:
			row.invoice = self._named(row.reference_name)
			row.fill(reference.RULES)
		for row in document.deductions:
			row.fill(reference.DEDUCTION_RULES)
		document.fill(payment_entry.RULES)
		payment_entry.check_difference(document)
		self._keep(document, gl_entry.of_payment(document))
		for row in document.references:
			row.invoice.outstanding_amount = row.outstanding_amount = self.site.money(row.outstanding_amount)

	def _keep(self, document: DraftDocument, entries: list[gl_entry.Entry]) -> None:
		ledger = payment_ledger_entry.of_entries(entries)
		balanced = gl_entry.balanced(entries)
		for entry in (*entries, *balanced[len(entries) :]):  # what is rounded off comes last
			self.site.check_account(entry.account)
			self.site.check_cost_center(entry.cost_center)
		self.vouchers.append(Voucher(document, balanced, ledger))

	def _named(self, name: str) -> DraftDocument:
		return next(voucher.document for voucher in self.vouchers if voucher.document.name == name)


def _check_amounts(invoice: DraftDocument) -> None:
	if any(not row.qty for row in invoice.items):
		raise NeedsDocumentsError("a row of no quantity")
	if not invoice.is_return and (invoice.grand_total < 0 or any(row.qty < 0 for row in invoice.items)):
		raise NeedsDocumentsError("negative amounts")
	if invoice.is_return and any(row.qty > 0 for row in invoice.items):
		raise NeedsDocumentsError("a row of a return that gives nothing back")
	if not invoice.site.allows_negative_rates and any(row.rate < 0 for row in invoice.items):
		raise NeedsDocumentsError("a negative rate")
	if not invoice.site.allows_repeated_items and _has_repeated_items(invoice):
		raise NeedsDocumentsError("an item that is in several rows")
	if not invoice.items:
		raise NeedsDocumentsError("no rows")
	if any(row.item_tax_template for row in invoice.items):
		raise NeedsDocumentsError("an Item Tax Template")


def _has_repeated_items(invoice: DraftDocument) -> bool:
	"""As `SellingController.validate_for_duplicate_items` has it, for items without stock."""
	rows = [(row.item_code, row.description) for row in invoice.items]
	return len(set(rows)) < len(rows)
