"""The report WooCommerce Tax by Rate and Country, from books on a site."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import frappe
from frappe.core.doctype.user_permission.user_permission import clear_user_permissions
from frappe.desk.query_report import run
from frappe.permissions import add_user_permission

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	STORE,
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.translation.drafts import ChargeKind

REPORT = "WooCommerce Tax by Rate and Country"
YEARS = {"from_date": "2020-01-01", "to_date": "2027-12-31"}
EGYPT, GERMANY = "Egypt", "Germany"


def report(company: str, **filters) -> list[dict]:
	"""The rows as a person gets them, without the last one, which sums up."""
	answer = run(REPORT, {"company": company, **YEARS, **filters})
	return [row for row in answer["result"] if isinstance(row, dict)]


def amounts(rows: list[dict], *names: str) -> dict:
	"""(kind, country, and columns) -> (base, tax)"""
	return {
		(row["kind"], row["country"], *(row[name] for name in names)): (row["base"], row["tax"])
		for row in rows
	}


def user_with(role: str) -> str:
	"""Somebody who has this role and no other."""
	email = f"taxes-{frappe.scrub(role)}@jarz.test"
	if not frappe.db.exists("User", email):
		user = {"doctype": "User", "email": email, "first_name": role, "send_welcome_email": 0}
		frappe.get_doc({**user, "roles": [{"role": role}]}).insert()
	return email


class TestTheReportOfTaxes(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.company = book_settings().company

	def book(self, *drafts, kind: Callable[..., ERPNextLedger] = ERPNextLedger) -> None:
		outcomes = [self.make.booked(number, draft) for number, draft in enumerate(drafts, 1)]
		with kind(book_settings()) as ledger:
			opened = ledger.open_run({}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(opened.run_id, 1), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, booked)

	def taxed(self, number: int, rate_id: int = 1, **changes):
		draft = self.make.draft(number, **changes)
		draft.invoice.charges = [
			replace(charge, source_id=rate_id, rate_percent=Decimal(14), taxable=Decimal("100.00"))
			for charge in draft.invoice.charges
		]
		return draft

	def write(self, number: int, **values) -> None:
		"""What the ledger writes into an invoice's only tax row."""
		invoice = frappe.db.get_value("Sales Invoice", {"woo_order_id": number, "is_return": 0})
		row = frappe.db.get_value("Sales Taxes and Charges", {"parent": invoice})
		frappe.db.set_value("Sales Taxes and Charges", row, values)

	def test_it_is_in_the_module_and_its_roles_may_run_it(self):
		document = frappe.get_doc("Report", REPORT)
		self.assertEqual((document.module, document.is_standard), ("WooCommerce", "Yes"))
		self.assertIn("Accounts User", [row.role for row in document.roles])

	def test_our_role_alone_runs_it_for_the_stores_that_it_sees_and_an_accountant_without_our_role_runs_it(
		self,
	):
		self.book(self.taxed(1))
		self.write(1, woo_tax_rate_id=1, rate=14, woo_taxable_amount=100)
		everything = amounts(report(self.company))
		self.assertTrue(everything)
		self.addCleanup(frappe.set_user, "Administrator")
		for role in ("WooCommerce Manager", "WooCommerce User", "Accounts User"):
			with self.subTest(role):
				frappe.set_user(user_with(role))
				self.assertEqual(amounts(report(self.company)), everything)
				self.assertEqual(
					frappe.has_permission("WooCommerce Order Map", "read"), role != "Accounts User"
				)
			frappe.set_user("Administrator")
		manager = user_with("WooCommerce Manager")
		add_user_permission(
			"WooCommerce Store", make_store("Another Shop").name, manager, ignore_permissions=True
		)
		self.addCleanup(clear_user_permissions, manager, "WooCommerce Store")
		self.addCleanup(frappe.set_user, "Administrator")
		frappe.set_user(manager)
		self.assertEqual(report(self.company), [])

	def test_each_rate_stands_in_its_country_with_base_and_tax(self):
		shipped = self.make.address(900, "Shipping", country="DE")
		self.book(self.taxed(1), self.taxed(2, shipping=shipped), self.make.draft(3, tax="0.00"))
		for number in (1, 2):
			self.write(number, woo_tax_rate_id=1, rate=14, woo_taxable_amount=100, woo_tax_class="")
		rows = report(self.company, store=STORE)
		self.assertEqual(
			amounts(rows, "percent", "tax_class"),
			{
				("Tax", EGYPT, "14", "standard"): (100.0, 14.0),
				("Tax", GERMANY, "14", "standard"): (100.0, 14.0),
				("Without Tax", EGYPT, "", ""): (100.0, 0.0),
			},
		)

	def test_what_was_booked_before_is_shown_and_said_so(self):
		self.book(self.make.draft(1))
		self.write(1, woo_tax_rate_id=0, rate=0, woo_taxable_amount=0)
		frappe.db.set_value("Sales Invoice", {"woo_order_id": 1}, "woo_untaxed_amount", 0)
		answer = run(REPORT, {"company": self.company, **YEARS})
		rows = [row for row in answer["result"] if isinstance(row, dict)]
		self.assertEqual(
			amounts(rows, "rate"),
			{
				("Booked before Version 1.4", EGYPT, ""): (100.0, 0.0),
				("Booked before Version 1.4", EGYPT, "Tax"): (None, 14.0),
			},
		)
		self.assertIn("Booked before version 1.4", answer["message"])

	def test_reverse_charge_is_told_from_what_has_no_tax_and_a_refund_by_amount_from_both(self):
		exempt = self.make.draft(1, tax="0.00", vat_number="DE123456789", vat_exempt=True)
		refunded = self.make.draft(3, credit_notes=[self.make.credit_note(31, "10.00")])
		back = self.make.draft(4, tax="0.00", vat_exempt=True)
		back.credit_notes = [self.make.credit_note(41, "5.00")]
		self.book(exempt, self.make.draft(2, tax="0.00"), refunded, back)
		self.write(3, woo_tax_rate_id=1, rate=14, woo_taxable_amount=100)
		found = amounts(report(self.company))
		self.assertEqual(found["Reverse Charge", EGYPT], (195.0, 0.0))
		self.assertEqual(found["Without Tax", EGYPT], (100.0, 0.0))
		self.assertEqual(found["Refund without Itemised Tax", EGYPT], (-10.0, 0.0))
		(note,) = frappe.get_all("Sales Invoice", {"woo_refund_id": 41}, ["woo_vat_exempt", "woo_vat_number"])
		self.assertEqual((note.woo_vat_exempt, note.woo_vat_number), (1, ""))

	def test_amounts_are_the_companys_currencys_unless_one_is_asked_for(self):
		self.book(self.taxed(1), self.taxed(2, currency="USD"))
		for number in (1, 2):
			self.write(number, woo_tax_rate_id=1, rate=14, woo_taxable_amount=100)
		((base, tax),) = amounts(report(self.company)).values()
		self.assertEqual((base, tax), (100 + 4750.0, 14 + 665.0))
		(row,) = report(self.company, currency="USD")
		self.assertEqual((row["base"], row["tax"], row["currency"]), (100.0, 14.0, "USD"))

	def test_shipping_is_no_tax(self):
		draft = self.make.draft(1)
		draft.invoice.charges.append(self.make.charge("30.00", ChargeKind.SHIPPING))
		draft.invoice.total += 30
		self.book(draft)
		self.write(1, woo_tax_rate_id=0)
		self.assertEqual(
			amounts(report(self.company), "rate")["Booked before Version 1.4", EGYPT, ""], (130.0, 0.0)
		)

	def test_it_asks_for_what_it_needs(self):
		with self.assertRaises(frappe.MandatoryError):
			run(REPORT, YEARS)
		with self.assertRaises(frappe.ValidationError):
			run(REPORT, {"company": self.company, "from_date": "2026-02-01", "to_date": "2026-01-01"})

	def test_rows_in_bulk_say_of_vat_what_documents_say(self):
		for kind in (ERPNextLedger, bulk_ledger):
			with self.subTest(kind.__name__):
				self.setUp()
				drafts = [
					self.make.draft(number, vat_number="DE123456789", vat_exempt=bool(number % 2))
					for number in range(1, 9)
				]
				for draft in drafts:
					draft.customer = replace(
						draft.customer,
						company="Kost GmbH",
						name=f"Kost GmbH {draft.customer.key}",
						person="Mira Kost",
						is_company=True,
						tax_id="DE123456789",
					)
				self.book(*drafts, kind=kind)
				fields = ["woo_vat_number", "woo_vat_exempt", "tax_id", "contact_display"]
				rows = frappe.get_all("Sales Invoice", fields=fields, order_by="woo_order_id", as_list=True)
				self.assertEqual(
					rows,
					tuple(("DE123456789", number % 2, "DE123456789", "Mira Kost") for number in range(1, 9)),
				)
