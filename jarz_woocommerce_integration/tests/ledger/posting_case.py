"""Invoices and payments without a ledger around them: what the tests of documents on a site share."""

from dataclasses import replace

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.facts import BookedFacts, Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.invoices import Invoices
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster, booking_environment
from jarz_woocommerce_integration.ledger.erpnext.documents.rates import Rates
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import Receivables
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.translation.drafts import OrderDraft

CUSTOMER = "Posting Customer"


class TwoPasses(Poster):
	"""ERPNext's own way: insert, then submit."""

	def submit(self, document, name=None):
		document.flags.ignore_permissions = True
		document.insert(set_name=name)
		document.submit()
		return document


class PostingTestCase(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		for code in self.make.item_codes:
			item = {"doctype": "Item", "item_code": code, "item_name": code, "item_group": "Products"}
			frappe.get_doc({**item, "is_stock_item": 0, "stock_uom": "Nos"}).insert()
		customer = {"doctype": "Customer", "customer_name": CUSTOMER, "customer_group": "Individual"}
		frappe.get_doc({**customer, "territory": "All Territories"}).insert()
		frappe.db.commit()
		self.settings = book_settings()

	def tearDown(self):
		frappe.db.rollback()
		super().tearDown()

	def book(self, draft: OrderDraft, name: str = "WOO-1", poster: Poster | None = None, **settings):
		settings = replace(self.settings, **settings)
		facts = BookedFacts(Rates(settings))
		facts.load_units(draft.item_codes)
		invoices = Invoices(settings, poster or Poster(True), facts)
		order = self.make.order(1, total=str(draft.invoice.total), currency=draft.currency)
		with booking_environment(True):
			account = Receivables(settings).accepted(draft.currency, draft.receivable_account)[0].account
			return invoices.book(order, draft, Buyer(CUSTOMER, {}, account), name)

	def facts(self):
		return BookedFacts(Rates(self.settings))

	def pay(self, invoice, payment, refund_id=0):
		with booking_environment(True):
			order = self.make.order(1)
			return Payments(self.settings, Poster(True), self.facts()).book(
				order, invoice, payment, refund_id
			)

	def give_back(self, invoice, draft, note):
		invoices = Invoices(self.settings, Poster(True), self.facts())
		with booking_environment(True):
			return invoices.book_credit_note(self.make.order(1), draft, note, invoice, f"{invoice.name}-R")
