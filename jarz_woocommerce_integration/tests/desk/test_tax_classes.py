"""Tax classes of the shop as Item Tax Templates, and the form's tables and keys of taxes."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.patches.v1_4 import add_tax_fields
from jarz_woocommerce_integration.services.session.policy import policy_of
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.compared_books import difference, rows_of
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.translation.policy import CompanyCustomer, TaxClass, TaxNumbers

STORE = "Tax Classes Shop"
COMPARED = ("Sales Invoice", "Sales Invoice Item", "Sales Taxes and Charges", "GL Entry")


def template(title: str, rate: float, account: str = "") -> str:
	"""Name of an Item Tax Template of the company, made where it is missing."""
	company = book_settings().company
	name = frappe.db.get_value("Item Tax Template", {"title": title, "company": company})
	if not name:
		values = {"doctype": "Item Tax Template", "title": title, "company": company}
		values["taxes"] = [{"tax_type": account or draft_factory().tax, "tax_rate": rate}]
		name = frappe.get_doc(values).insert().name
		frappe.db.commit()
	return name


class TestTaxClasses(ERPNextLedgerTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.vat, cls.zero = template("Woo VAT 14", 14), template("Woo Zero", 0)
		cls.elsewhere = template("Woo VAT Elsewhere", 14, "Freight and Forwarding Charges - JT")

	def test_the_form_maps_classes_to_templates_and_knows_which_tax_nothing(self):
		rows = [
			{"tax_class": " Standard ", "item_tax_template": self.vat},
			{"tax_class": "Zero rate", "item_tax_template": self.zero},
		]
		store = make_store(STORE, tax_classes=rows)
		self.assertEqual(
			policy_of(store).tax_classes,
			{
				"standard": TaxClass(item_tax_template=self.vat),
				"zero-rate": TaxClass(item_tax_template=self.zero, zero_rated=True),
			},
		)

	def set_disabled(self, disabled: int) -> None:
		frappe.db.set_value("Item Tax Template", self.vat, "disabled", disabled)
		frappe.db.commit()
		frappe.clear_document_cache("Item Tax Template", self.vat)

	def test_the_form_refuses_a_template_that_cant_be_used(self):
		self.set_disabled(1)
		self.addCleanup(self.set_disabled, 0)
		with self.assertRaisesRegex(frappe.ValidationError, "Tax Classes, row 1: .* is disabled"):
			make_store(STORE, tax_classes=[{"tax_class": "standard", "item_tax_template": self.vat}])
		rows = [{"tax_class": name, "item_tax_template": self.zero} for name in ("standard", "Standard")]
		with self.assertRaisesRegex(frappe.ValidationError, "row 2 repeats"):
			make_store(STORE, tax_classes=rows)

	def test_a_new_store_knows_the_usual_keys_of_vat_numbers_and_books_to_companies(self):
		store = make_store(STORE)
		self.assertEqual(policy_of(store).tax_numbers, TaxNumbers())
		self.assertEqual(policy_of(store).customers.company, CompanyCustomer.COMPANY)
		store.tax_number_keys, store.company_customer = " my_vat \n\nmy_vat\n", "Person"
		self.assertEqual(policy_of(store).tax_numbers.keys, ("my_vat",))
		self.assertEqual(policy_of(store).customers.company, CompanyCustomer.PERSON)

	def test_a_store_that_was_there_before_gets_the_keys_and_keeps_those_that_it_has(self):
		store = make_store(STORE)
		for kept, expected in ((None, TaxNumbers().keys), ("my_vat", ("my_vat",))):
			frappe.db.set_value("WooCommerce Store", STORE, "tax_number_keys", kept)
			add_tax_fields.execute()
			add_tax_fields.execute()
			self.assertEqual(policy_of(store.reload()).tax_numbers.keys, expected)

	def page(self) -> list:
		"""An order whose row has a template that taxes, one without tax and a template of zero, one without a template, and
		one whose template names another account than its tax is booked to.

		The first has a refund of an amount without tax, and one with tax.
		"""
		make = draft_factory()
		drafts = [make.draft(1), make.draft(2, tax="0.00"), make.draft(3), make.draft(4)]
		for draft, name in zip(drafts, (self.vat, self.zero, "", self.elsewhere), strict=True):
			draft.invoice.rows = [
				replace(row, item_tax_template=name, tax_class="some") for row in draft.invoice.rows
			]
		by_amount, taxed = (
			make.credit_note(71, "10.00", repaid=True),
			make.credit_note(72, "20.00", repaid=True),
		)
		for note in (by_amount, taxed):
			note.rows = [replace(row, item_tax_template=self.vat) for row in note.rows]
		taxed.charges, taxed.total = [make.charge("-2.80")], Decimal("-22.80")
		taxed.repayment.amount = Decimal("22.80")
		drafts[0].credit_notes = [by_amount, taxed]
		return [make.booked(number, draft) for number, draft in enumerate(drafts, 1)]

	def book(self, kind: Callable[..., ERPNextLedger]) -> dict:
		wipe_books()
		with kind(book_settings()) as ledger:
			outcomes = self.page()
			run = ledger.open_run({}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(run.run_id, 1), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, booked)
		return {doctype: rows_of(doctype) for doctype in COMPARED}

	def check(self) -> None:
		rows = frappe.get_all(
			"Sales Invoice Item",
			{"docstatus": 1, "qty": (">", 0)},
			["parent", "item_tax_template", "woo_tax_class", "amount"],
			order_by="parent",
		)
		self.assertEqual(
			[row.item_tax_template or "" for row in rows], [self.vat, self.zero, "", self.elsewhere]
		)
		self.assertEqual({row.woo_tax_class for row in rows}, {"some"})
		totals = frappe.get_all(
			"Sales Invoice", {"is_return": 0}, ["grand_total"], order_by="woo_order_id", pluck="grand_total"
		)
		self.assertEqual(totals, [114.0, 100.0, 114.0, 114.0])
		notes = frappe.get_all(
			"Sales Invoice", {"is_return": 1}, ["grand_total"], order_by="woo_refund_id", pluck="grand_total"
		)
		self.assertEqual(notes, [-10.0, -22.8])

	def test_rows_have_the_template_of_their_class_and_the_shops_total(self):
		for adds_taxes in (0, 1):
			with self.subTest(adds_taxes=adds_taxes):
				frappe.db.set_single_value(
					"Accounts Settings", "add_taxes_from_item_tax_template", adds_taxes
				)
				self.book(ERPNextLedger)
				self.check()
		taxed = frappe.get_all("Sales Invoice Item", {"item_tax_template": self.vat}, pluck="item_tax_rate")
		self.assertEqual({rate for rates in map(frappe.parse_json, taxed) for rate in rates.values()}, {14})

	def test_books_are_equal_in_bulk_where_such_orders_go_through_documents(self):
		expected = self.book(ERPNextLedger)
		found = self.book(bulk_ledger)
		self.check()
		for doctype, rows in expected.items():
			self.assertEqual(difference(rows, found[doctype]), {}, doctype)

	def test_a_vat_number_that_comes_later_is_written_into_the_submitted_invoice(self):
		make = draft_factory()
		with ERPNextLedger(book_settings()) as ledger:
			run = ledger.open_run({}, WHEN)
			for page, number in enumerate(("", "DE123456789"), 1):
				outcome = make.booked(1, make.draft(1, vat_number=number), payload_hash=f"payload {number}")
				ledger.create_masters([outcome])
				ledger.book_page(PageRecord(run.run_id, page), [outcome])
				invoice = frappe.get_last_doc("Sales Invoice")
				self.assertEqual((invoice.woo_vat_number or "", invoice.docstatus), (number, 1))
		self.assertEqual(frappe.db.count("Sales Invoice"), 1)

	def test_an_invoice_whose_total_the_site_would_change_is_refused(self):
		outcome = self.page()[0]
		outcome.translation.invoice.total += Decimal("0.01")
		with ERPNextLedger(book_settings()) as ledger:
			run = ledger.open_run({}, WHEN)
			ledger.create_masters([outcome])
			(booked,) = ledger.book_page(PageRecord(run.run_id, 1), [outcome]).orders
		self.assertEqual(booked.what, "held", booked)
		self.assertEqual(frappe.db.count("Sales Invoice", {"docstatus": 1}), 0)
