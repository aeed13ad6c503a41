"""What ERPNext and Frappe refuse of a single order, or after a change by somebody else: bulk booking leaves it to documents, which refuse it.

Each situation is met when all kinds are proven and no sample is taken. docs/develop/refusals.md lists all refusals.
"""

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from unittest.mock import patch

import frappe
from erpnext.accounts.general_ledger import get_debit_credit_allowance

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.contract import Booked, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import Surroundings
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Known
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries import gl_entry
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.settings import Place
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import (
	freeze_accounts,
	plant,
	receivable_in,
	remove_receivable,
)
from jarz_woocommerce_integration.translation.drafts import ChargeKind, OrderDraft

LEARNT = 8


class RefusalTestCase(ERPNextLedgerTestCase):
	"""Orders of one kind are proven and booked in bulk before something is refused.

	:cvar known: what the tests before have proven under the same settings: a site in the same state need not prove it again
	"""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.known: dict[str, Known] = {}

	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.last = 0
		never = patch.object(proofs.Proofs, "_is_to_be_tried", return_value=False)
		never.start()
		self.addCleanup(never.stop)

	def open_bulk(self, **settings) -> ERPNextLedger:
		ledger = bulk_ledger(book_settings(**settings)).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger

	def learnt(self, **settings) -> ERPNextLedger:
		"""A ledger that has booked orders with customer, tax and payment in bulk."""
		ledger, under = self.open_bulk(**settings), repr(settings)
		ledger.bulk.look_around(0)
		ledger.bulk.proofs.join(self.known.get(under), {})
		booked = self.book(ledger, *(self.draft() for _ in range(LEARNT)))
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		counted = ledger.bulk.proofs.total
		self.assertEqual(self.in_bulk(ledger), LEARNT, (counted.documents, counted.failed))
		self.known[under] = ledger.bulk.proofs.known.for_next_run()
		return ledger

	def draft(self, **changes) -> OrderDraft:
		self.last += 1
		return self.make.draft(self.last, payments=[self.make.payment("114.00")], **changes)

	def book(self, ledger: ERPNextLedger, *drafts: OrderDraft) -> list[Booked]:
		first = self.last - len(drafts) + 1
		outcomes = [self.make.booked(number, draft) for number, draft in enumerate(drafts, first)]
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		return ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders

	def in_bulk(self, ledger: ERPNextLedger) -> int:
		"""How many orders were booked in bulk."""
		bulk = ledger.bulk.proofs.total.bulk
		return sum(count for kinds, count in bulk.items() if kinds[0][0] == "invoice")

	def assert_refused(self, ledger: ERPNextLedger, draft: OrderDraft, message: str) -> None:
		"""Bulk booking doesn't write it, and documents say why they refuse it."""
		before = frappe.db.count("Sales Invoice")
		(booked,) = self.book(ledger, draft)
		self.assertNotEqual(booked.what, "booked")
		self.assertIn(message.lower(), f"{booked.reason}: {booked.message}".lower())
		self.assertEqual(frappe.db.count("Sales Invoice"), before)

	def set_value(self, doctype: str, name: str, field: str, value) -> None:
		"""By somebody else, past `modified`; as it was after the test."""
		before = frappe.db.get_value(doctype, name, field)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, doctype, name, field, before, update_modified=False)
		frappe.db.set_value(doctype, name, field, value, update_modified=False)
		frappe.db.commit()

	def set_single(self, doctype: str, field: str, value) -> None:
		before = frappe.db.get_single_value(doctype, field)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_single_value, doctype, field, before)
		frappe.db.set_single_value(doctype, field, value)
		frappe.db.commit()

	def plant_row(self, **values) -> str:
		"""A document, or a row of one, as SQL would write it."""
		row = plant(values)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, row.doctype, {"name": row.name})
		frappe.db.commit()
		return row.name

	def make_document(self, **values):
		document = frappe.get_doc(values).insert()
		frappe.db.commit()
		self.addCleanup(self.uproot, document.doctype, document.name)
		return document

	def uproot(self, doctype: str, name: str) -> None:
		frappe.db.rollback()
		frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()


class TestRefusalsOfAnOrder(RefusalTestCase):
	def test_an_item_in_several_rows(self):
		ledger = self.learnt()
		self.set_single("Selling Settings", "allow_multiple_items", 0)
		self.assertEqual(
			[each.what for each in self.book(ledger, self.draft(), self.draft())], ["booked"] * 2
		)
		draft = self.draft()
		row = draft.invoice.rows[0]
		rows = [replace(row, rate=Decimal(50), amount=Decimal(50), price_list_rate=Decimal(50))] * 2
		draft.invoice.rows[:] = [rows[0], replace(rows[1], order_line_id=2)]
		self.assert_refused(ledger, draft, "entered multiple times")

	def test_a_negative_rate(self):
		ledger = self.learnt()
		draft = self.draft()
		more, less = self.make.row("120.00", line=1), self.make.row("20.00", item=1, line=2)
		less = replace(less, rate=Decimal(-20), amount=Decimal(-20), price_list_rate=Decimal(0))
		draft.invoice.rows[:] = [more, less]
		self.assert_refused(ledger, draft, "rate must be a positive number")

	def test_a_territory_that_is_missing(self):
		territory = self.make_document(
			doctype="Territory", territory_name="Old Town", parent_territory="All Territories"
		)
		ledger = self.learnt()
		first = self.draft()
		first.billing = replace(first.billing, territory=territory.name)
		self.assertEqual(self.book(ledger, first)[0].what, "booked")
		draft = self.draft()
		draft.billing = replace(draft.billing, territory="No Such Town")
		self.assert_refused(ledger, draft, "No Such Town")

	def test_a_cost_center_of_a_place_that_is_a_group(self):
		territory = self.make_document(
			doctype="Territory", territory_name="Old Town", parent_territory="All Territories"
		)
		company = book_settings().company
		group = frappe.db.get_value("Cost Center", {"company": company, "is_group": 1})
		ledger = self.learnt(places={territory.name: Place(cost_center=group)})
		draft = self.draft()
		draft.billing = replace(draft.billing, territory=territory.name)
		self.assert_refused(ledger, draft, "group cost center")

	def test_a_free_line_on_an_account_that_is_a_group(self):
		"""It has no entry."""
		group = frappe.db.get_value("Account", self.make.income, "parent_account")
		ledger = self.learnt()
		self.book(ledger, *(self.with_free_line(self.make.income) for _ in range(4)))
		self.assertEqual(self.in_bulk(ledger), LEARNT + 4)
		self.assert_refused(ledger, self.with_free_line(group), "group")

	def with_free_line(self, account: str) -> OrderDraft:
		draft = self.draft()
		free = self.make.row("0.00", item=1, line=2)
		draft.invoice.rows.append(replace(free, account=account))
		return draft

	def test_a_description_of_which_nothing_is_left(self):
		ledger = self.learnt()
		draft = self.draft()
		charge = self.make.charge("14.00", ChargeKind.TAX)
		draft.invoice.charges[:] = [replace(charge, description="<br>")]
		self.assert_refused(ledger, draft, "Mandatory")

	def test_an_account_that_is_disabled_in_the_middle(self):
		ledger = self.learnt()
		self.set_value("Account", self.make.income, "disabled", 1)
		self.assert_refused(ledger, self.draft(), "disabled")

	def test_an_account_that_is_frozen_in_the_middle(self):
		ledger = self.learnt()
		self.set_value("Account", self.make.cash, "freeze_account", "Yes")
		self.assert_refused(ledger, self.draft(), "frozen")

	def test_company_data_that_is_being_deleted(self):
		ledger = self.learnt()
		record = {"doctype": "Transaction Deletion Record", "company": book_settings().company}
		name = self.plant_row(**record, docstatus=1, status="Running")
		# ERPNext 16 asks for a mark that the deletion leaves in the cache.
		mark = "deletion_running_doctype:Sales Invoice"
		frappe.cache.set_value(mark, name)
		self.addCleanup(frappe.cache.delete_value, mark)
		self.assert_refused(ledger, self.draft(), "eletion")

	def test_frozen_accounts_closed_periods_and_closed_years(self):
		ledger, company = self.learnt(), book_settings().company
		draft = self.draft()
		draft.invoice.posted_at = datetime(1999, 3, 1, tzinfo=timezone.utc)
		self.assert_refused(ledger, draft, "no_fiscal_year")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(freeze_accounts, None)
		freeze_accounts("2026-12-31")
		frappe.db.commit()
		self.assert_refused(ledger, self.draft(), "accounts_frozen")
		freeze_accounts(None)
		closed = {"document_type": "Sales Invoice", "closed": 1}
		period = {"doctype": "Accounting Period", "period_name": "March", "company": company}
		period |= {"start_date": "2026-03-01", "end_date": "2026-03-31", "closed_documents": [closed]}
		period = self.make_document(**period)
		self.assert_refused(ledger, self.draft(), "closed_period")
		self.uproot(period.doctype, period.name)
		year = {"doctype": "Period Closing Voucher", "company": company, "docstatus": 1}
		self.plant_row(**year, period_start_date="2026-01-01", period_end_date="2026-12-31")
		self.assert_refused(ledger, self.draft(), "closed_year")

	def test_a_customer_is_disabled(self):
		ledger = self.learnt()
		self.set_value("Customer", "Customer 1", "disabled", 1)
		self.assert_refused(ledger, self.of_customer_1(), "customer_disabled")

	def test_a_credit_limit_in_the_middle(self):
		ledger = self.learnt()
		limit = {"doctype": "Customer Credit Limit", "parent": "Customer 1", "parenttype": "Customer"}
		limit |= {"parentfield": "credit_limits", "company": book_settings().company, "credit_limit": 1}
		self.plant_row(**limit)
		frappe.clear_document_cache("Customer", "Customer 1")
		self.assert_refused(ledger, self.of_customer_1(), "credit_limit")

	def test_an_item_that_is_disabled_in_the_middle(self):
		ledger = self.learnt()
		self.set_value("Item", "SKU-1", "disabled", 1)
		self.assert_refused(ledger, self.draft(), "disabled")

	def test_an_item_of_deferred_revenue(self):
		"""Its dates of service follow from the order's date."""
		item = {"doctype": "Item", "item_code": "DEFERRED", "item_group": "Products", "stock_uom": "Nos"}
		self.make_document(**item, is_stock_item=0)
		self.set_value("Item", "DEFERRED", "enable_deferred_revenue", 1)
		found = Surroundings(book_settings().company, [], ["DEFERRED"])
		with self.assertRaisesRegex(NeedsDocumentsError, "deferred"):
			found.item("DEFERRED")

	def test_a_rule_that_begins_in_the_middle(self):
		ledger = self.learnt()
		self.plant_row(doctype="Tax Rule", tax_type="Sales")
		self.book(ledger, self.draft())
		self.assertIn("There is a Tax Rule", str(dict(ledger.bulk.proofs.total.documents)))

	def test_a_text_that_is_too_long(self):
		"""It is cut to the column's length; Frappe's filter of HTML makes it longer."""
		ledger = self.learnt()
		draft = self.draft()
		row = draft.invoice.rows[0]
		draft.invoice.rows[:] = [replace(row, tax_class="<b>x</b>" + "a < b " * 22)]
		self.assert_refused(ledger, draft, "text_too_long")

	def test_a_value_that_is_no_option_any_more(self):
		ledger = self.learnt()
		setter = {"doctype": "Property Setter", "doc_type": "Address", "field_name": "address_type"}
		setter |= {"doctype_or_field": "DocField", "property": "options", "property_type": "Text"}
		self.make_document(**setter, value="Shipping\nOffice")
		frappe.clear_cache(doctype="Address")
		self.addCleanup(frappe.clear_cache, doctype="Address")
		self.assert_refused(ledger, self.draft(), "It should be one of")

	def test_a_customer_named_like_a_group(self):
		"""ERPNext refuses that name; documents give another one."""
		ledger = self.learnt()
		draft = self.draft()
		draft.customer.name = book_settings().customer_group
		self.assertEqual(self.book(ledger, draft)[0].what, "booked")
		self.assertIn("name", str(dict(ledger.bulk.proofs.total.documents)))

	def of_customer_1(self) -> OrderDraft:
		return self.draft(customer=self.make.customer(1, "linked"), billing=self.make.address(1))


class TestRefusalsOfPayments(RefusalTestCase):
	def test_a_payment_into_a_bank_without_a_reference(self):
		parent = frappe.db.get_value("Account", self.make.cash, "parent_account")
		account = {"doctype": "Account", "account_name": "Planted Bank", "parent_account": parent}
		bank = self.make_document(**account, account_type="Bank", company=book_settings().company)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "GL Entry", {"account": bank.name})
		self.make.cash = bank.name
		ledger = self.learnt()
		draft = self.draft()
		draft.payments[:] = [replace(draft.payment, reference="")]
		self.assert_refused(ledger, draft, "Reference No")

	def test_a_payment_of_which_the_fee_is_the_whole(self):
		ledger = self.open_bulk()
		drafts = [self.with_fee("2.00") for _ in range(LEARNT)]
		self.assertEqual({each.what for each in self.book(ledger, *drafts)}, {"booked"})
		self.assertEqual(self.in_bulk(ledger), LEARNT)
		self.assert_refused(ledger, self.with_fee("114.00"), "is mandatory")

	def with_fee(self, fee: str) -> OrderDraft:
		draft = self.draft()
		draft.payments[:] = [replace(draft.payment, fee=Decimal(fee), fee_account=self.make.fees)]
		return draft

	def test_a_payment_whose_amounts_do_not_come_to_nothing(self):
		"""Rows are rounded each in the company's currency, what is received once: ERPNext books the difference, or refuses it."""
		usd = receivable_in("USD")
		self.addCleanup(remove_receivable, usd)
		ledger = self.open_bulk(receivables={"USD": usd})
		drafts = [self.in_usd("10.00") for _ in range(LEARNT)]
		self.assertEqual({each.what for each in self.book(ledger, *drafts)}, {"booked"})
		self.assertEqual(self.in_bulk(ledger), LEARNT)
		(booked,) = self.book(ledger, self.in_usd("0.33"))
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(self.in_bulk(ledger), LEARNT)
		self.assertEqual(frappe.db.count("Payment Entry Deduction", {"is_exchange_gain_loss": 1}), 1)
		self.set_value("Company", book_settings().company, "exchange_gain_loss_account", None)
		self.assert_refused(ledger, self.in_usd("0.33"), "Exchange Gain")

	def in_usd(self, amount: str) -> OrderDraft:
		"""Three rows of one amount each, paid in full."""
		self.last += 1
		rows = [self.make.row(amount, line=line) for line in (1, 2, 3)]
		rows = [replace(row, description=f"line {row.order_line_id}") for row in rows]
		invoice = self.make.invoice(self.last, rows, [])
		draft = self.make.draft(self.last, invoice=invoice, currency="USD", receivable_account="Debtors - JT")
		draft.payments = [self.make.payment(str(invoice.total))]
		return draft

	def test_a_difference_that_is_too_large_to_be_rounded_off(self):
		site = SiteFacts(book_settings())
		for doctype in ("Sales Invoice", "Payment Entry"):
			most = get_debit_credit_allowance(doctype, site.precision)
			self.assertEqual(len(self.balanced(site, doctype, most)), 3)
			with self.assertRaisesRegex(NeedsDocumentsError, "differ"):
				self.balanced(site, doctype, most + site.least)

	def balanced(self, site: SiteFacts, doctype: str, difference: float) -> list:
		voucher = frappe._dict(doctype=doctype, site=site, remarks="", cost_center=None)
		debit, credit = (100.0,) * 3, (100.0 - difference,) * 3
		return gl_entry.balanced(
			[
				gl_entry.Entry(voucher, "party", self.make.receivable, debit=debit),
				gl_entry.Entry(voucher, "other", self.make.income, credit=credit),
			]
		)
