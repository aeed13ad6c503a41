"""The contract of all ledgers on a real site: MariaDB, and ERPNext's own controllers."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import sanitised
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN, DraftFactory
from jarz_woocommerce_integration.tests.support.ledger_contract import LedgerContract
from jarz_woocommerce_integration.tests.support.site import ensure_company, installed_again, make_store
from jarz_woocommerce_integration.translation.drafts import Cancel

STORE = "Contract Shop"


def book_settings(**changes) -> BookSettings:
	company = ensure_company()
	settings = {
		"store": STORE,
		"company": company,
		"company_currency": "EGP",
		"zone": ZoneInfo("Africa/Cairo"),
		"cost_center": frappe.get_cached_value("Company", company, "cost_center"),
		"customer_group": "Individual",
		"territory": "All Territories",
		"item_group": "Products",
		"price_list": "Standard Selling",
		"exchange_rates": {"USD": Decimal("47.5")},
		"receivables": {"USD": "Debtors - JT"},
	}
	return BookSettings(**{**settings, **changes})


def draft_factory() -> DraftFactory:
	return DraftFactory(
		income="Sales - JT",
		tax="GST - JT",
		fees="Service - JT",
		receivable="Debtors - JT",
		cash="Cash - JT",
		mode_of_payment="Cash",
	)


class ERPNextLedgerTestCase(FrappeTestCase):
	"""Empty books, and a store to book for."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		ensure_company()
		make_store(STORE)
		frappe.db.set_single_value(
			"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1
		)
		frappe.db.commit()

	def setUp(self):
		wipe_books()
		super().setUp()

	def open_ledger(self, **changes) -> ERPNextLedger:
		ledger = ERPNextLedger(book_settings(**changes)).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger


class TestERPNextLedger(ERPNextLedgerTestCase):
	def test_a_fiscal_year_that_was_made_since_is_known(self):
		"""ERPNext keeps the years that it has read, and forgets them for no new one."""
		company = ensure_company()
		frappe.cache.hset("fiscal_years", company, [{"name": "1999", "year_start_date": "1999-01-01"}])
		ledger = self.open_ledger()
		(booked,) = self.book(ledger, [draft_factory().booked(1)])
		self.assertEqual(booked.what, "booked", booked.message)

	def test_what_is_booked_is_found_again_without_the_order_map(self):
		"""The app was uninstalled, and installed again."""
		ledger, make = self.open_ledger(), draft_factory()
		paid = make.draft(
			1, payments=[make.payment("114.00")], credit_notes=[make.credit_note(71, "10.00", repaid=True)]
		)
		draft = make.draft(2)
		draft.invoice.submit = False
		cancelled = make.unbooked(3, Cancel("status_cancelled", "Cancelled."))
		outcomes = [make.booked(1, paid), make.booked(2, draft), make.booked(3)]
		self.book(ledger, outcomes)
		self.book(ledger, [cancelled])
		before = list(ledger.booked_orders())
		gone = ("Order Map", "Order Map Credit Note", "Customer Decision", "Sync Run", "Sync Page")
		installed_again(*gone, store=STORE)
		booked = self.book(ledger, [*outcomes[:2], cancelled])
		self.assertEqual({order.what for order in booked}, {"unchanged"})
		run = ledger.run_id
		self.assertEqual(list(ledger.booked_orders()), [replace(row, run_id=run) for row in before])
		self.assertEqual(frappe.db.count("Sales Invoice"), 4)
		self.assertEqual({order.what for order in self.book(ledger, outcomes)}, {"unchanged", "changed"})

	def test_a_manager_without_any_role_in_accounting_books_and_cancels(self):
		email = "woo-manager@example.com"
		if not frappe.db.exists("User", email):
			user = {"doctype": "User", "email": email, "first_name": "Manager", "send_welcome_email": 0}
			frappe.get_doc({**user, "roles": [{"role": MANAGER}]}).insert()
			frappe.db.commit()
		make = draft_factory()
		draft = make.draft(
			1, payments=[make.payment("114.00")], credit_notes=[make.credit_note(71, "10.00", repaid=True)]
		)
		with self.set_user(email):
			ledger = self.open_ledger()
			(booked,) = self.book(ledger, [make.booked(1, draft)])
			self.assertEqual(booked.what, "booked", booked.message)
			(cancelled,) = self.book(ledger, [make.unbooked(1, Cancel("status_cancelled", "Cancelled."))])
			self.assertEqual(cancelled.what, "cancelled", cancelled.message)
			self.assertEqual(frappe.session.user, email)

	def book(self, ledger, outcomes):
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		return ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders


class TestERPNextLedgerContract(LedgerContract, ERPNextLedgerTestCase):
	races_in_threads = False

	def make_ledger(self):
		return self.open_ledger()

	def make_factory(self):
		return draft_factory()

	def test_an_invoice_has_the_group_of_its_customer_whatever_the_sites_default_is(self):
		before = frappe.db.get_default("customer_group")
		self.addCleanup(frappe.db.set_default, "customer_group", before or "")
		frappe.db.set_default("customer_group", "All Customer Groups")
		self.book(*(self.make.booked(number) for number in (1, 2)))
		groups = frappe.get_all("Sales Invoice", pluck="customer_group")
		self.assertEqual(groups, [book_settings().customer_group] * 2)

	def shown_name(self, text):
		return text.replace("<", "(").replace(">", ")")

	def shown_text(self, text):
		return sanitised(text)

	def count_queries(self, call):
		queries = []
		original = frappe.db.sql

		def counted(query, *args, **kwargs):
			queries.append(query)
			return original(query, *args, **kwargs)

		frappe.db.sql = counted
		try:
			call()
		finally:
			del frappe.db.sql
		return len(queries)
