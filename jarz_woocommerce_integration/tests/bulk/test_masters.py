"""What the customers of a page lack, as rows: who comes again, who is named like another, and who is left to documents."""

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft import folding, site_facts
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.compared_books import difference, rows_of
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

PREFIX_ALONE = compat.customers_are_numbered_by_how_names_begin()
MASTERS = (
	"Customer",
	"Contact",
	"Contact Email",
	"Contact Phone",
	"Address",
	"Dynamic Link",
	"WooCommerce Customer Decision",
)


class TestMastersOfAPage(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()

	def order(self, order_id: int, customer: int = 0, address: int = 0, shipping: int = 0, **changes):
		"""An order of a customer with a number, billed and shipped to places with numbers. Each has the customer's name."""
		customer = customer or order_id
		who = replace(self.make.customer(customer), **changes)
		draft = self.make.draft(order_id)
		draft.customer = who
		draft.billing = self.make.address(address or customer, name=who.name)
		if shipping:
			draft.shipping = self.make.address(shipping, "Shipping", name=who.name)
		return self.make.booked(order_id, draft)

	def proving(self) -> list:
		"""Orders that prove what new and known customers get, one page after the other."""
		new = [self.order(number, shipping=number + 500) for number in range(1, 7)]
		known = [
			self.order(number + 10, customer=number, address=number + 600, shipping=number + 700)
			for number in range(1, 5)
		]
		return [new, known]

	def book(self, kind: Callable[..., ERPNextLedger], pages: list) -> ERPNextLedger:
		wipe_books()
		for kind_of_address in ("Billing", "Shipping"):
			frappe.db.delete("Series", {"name": ("like", f"%-{kind_of_address}-")})
		frappe.db.commit()
		with kind(book_settings()) as ledger:
			run = ledger.open_run({"kind": kind.__name__}, WHEN)
			for number, outcomes in enumerate(pages, 1):
				ledger.create_masters(outcomes)
				booked = ledger.book_page(PageRecord(run.run_id, number), outcomes).orders
				self.assertEqual({order.what for order in booked}, {"booked"}, booked)
		return ledger

	def compare(self, page: list) -> dict[str, int]:
		""":return: why how many were left to documents, of a page that gives the same both ways"""
		pages = [*self.proving(), page]
		self.book(ERPNextLedger, pages)
		expected = {doctype: rows_of(doctype) for doctype in MASTERS}
		ledger = self.book(bulk_ledger, pages)
		for doctype, rows in expected.items():
			self.assertEqual(difference(rows, rows_of(doctype)), {}, doctype)
		self.assertEqual(ledger.bulk.proofs.total.failed, {})
		return dict(ledger.bulk.proofs.total.documents)

	def test_a_new_customer_who_comes_twice_in_a_page_is_made_once(self):
		left = self.compare([self.order(101), self.order(102, customer=101), self.order(103)])
		self.assertEqual(left, {})
		self.assertEqual(frappe.db.count("Customer"), 8)

	def test_the_second_order_brings_another_address(self):
		page = [self.order(101), self.order(102, customer=101, address=801, shipping=802)]
		self.assertEqual(self.compare(page), {})
		self.assertEqual(
			frappe.get_all("Address", {"woo_signature": f"{801:032x}"}, pluck="is_primary_address"), [0]
		)

	def test_customers_of_one_name_are_numbered_in_the_order_of_the_page(self):
		page = [self.order(100 + n, name="Customer 3") for n in range(1, 4)]
		self.assertEqual(self.compare(page), {})
		names = frappe.get_all("Customer", {"customer_name": "Customer 3"}, pluck="name", order_by="name")
		self.assertEqual(names, ["Customer 3", "Customer 3 - 1", "Customer 3 - 2", "Customer 3 - 3"])

	def test_a_number_follows_those_of_other_customers_as_far_as_erpnext_looks(self):
		page = [
			self.order(101, name="Great Customer 3 - 17"),
			self.order(102, name="Customer 3 - 5 sisters"),
			self.order(103, name="Customer 3 - 8"),
			self.order(104, name="customer 3"),
			self.order(105, name="Customer 4"),
		]
		self.assertEqual(self.compare(page), {})
		numbered = frappe.db.exists("Customer", "customer 3 - 9" if PREFIX_ALONE else "customer 3 - 18")
		self.assertTrue(numbered)

	def test_numbers_that_others_gave_since_the_last_page_are_seen(self):
		settings, numbers = book_settings(), []
		wipe_books()
		with bulk_ledger(settings) as ledger:
			run = ledger.open_run({"kind": "numbers"}, WHEN)
			for number, page in enumerate([*self.proving(), [self.order(101, name="Customer 3")]], 1):
				ledger.create_masters(page)
				ledger.book_page(PageRecord(run.run_id, number), page)
			# Somebody has imported it with another year's time.
			future = {"creation": "2099-01-01 00:00:00", "modified": "2099-01-01 00:00:00"}
			frappe.db.set_value("Customer", "Customer 3 - 1", future, update_modified=False)
			frappe.db.commit()
			ledger.create_masters([self.order(103)])
			other = frappe.copy_doc(frappe.get_doc("Customer", "Customer 3 - 1"))
			other.update(
				{"customer_name": "Customer 3 - 40", "woo_customer_key": None, "woo_customer_id": None}
			)
			other.insert()
			frappe.db.commit()
			ledger.create_masters([self.order(102, name="Customer 3")])
			numbers = frappe.get_all("Customer", {"customer_name": "Customer 3"}, pluck="name")
			self.assertEqual(sum(ledger.bulk.proofs.total.documents.values()), 0)
		self.assertIn("Customer 3 - 41", numbers)

	def test_more_names_that_are_taken_need_no_more_questions_about_names(self):
		def queries(taken: int) -> int:
			self.book(bulk_ledger, self.proving())
			page = [self.order(100 + n, name=f"Customer {n if n <= taken else 100 + n}") for n in range(1, 7)]
			statements = []

			def count(sql, statement, run):
				statements.append(statement.text)
				return run()

			with bulk_ledger(book_settings()) as ledger, compat.each_statement(count):
				ledger.open_run({"kind": "queries"}, WHEN)
				ledger.create_masters(page)
			return len([text for text in statements if "WEIGHT_STRING" in text])

		few = queries(1)
		self.assertEqual(queries(6), few)

	def test_another_person_of_the_same_name_at_the_same_place_has_a_numbered_address(self):
		self.assertEqual(self.compare([self.order(101, address=3, name="Customer 3")]), {})
		self.assertEqual(frappe.db.count("Address", {"woo_signature": f"{3:032x}"}), 2)

	def test_a_known_customer_gets_a_new_address_once_though_two_orders_name_it(self):
		page = [self.order(101, customer=5, shipping=900), self.order(102, customer=5, shipping=900)]
		self.assertEqual(self.compare(page), {})
		self.assertEqual(frappe.db.count("Address", {"woo_signature": f"{900:032x}"}), 1)

	def test_a_new_phone_of_a_known_customer_is_for_documents_and_so_is_what_comes_after_it(self):
		page = [
			self.order(101, customer=5, shipping=900),
			self.order(102, customer=5, phones=("+201099999999",), shipping=901),
			self.order(103, customer=5, shipping=902),
			self.order(104),
		]
		self.assertEqual(
			self.compare(page),
			{
				"a customer with an e-mail or phone that is new of a known customer": 1,
				"a customer with what another order before it has, too": 1,
			},
		)

	def test_what_the_database_made_of_names_is_forgotten_before_it_is_too_much(self):
		with patch.object(site_facts, "TEXTS_KEPT", 2):
			folding.fold(["Müller", "Mona"])
			folding.fold(["MULLER"])
			self.assertEqual(len(compat.known_in_process("woo_bulk_folded")), 1)
			self.assertEqual(folding.folded("Müller"), folding.folded("MULLER"))

	def test_names_that_the_database_takes_for_the_same_are_numbered(self):
		page = [
			self.order(101, name="Jörg Müller"),
			self.order(102, name="JORG MULLER"),
			self.order(103, name="Jorg Müller "),
			self.order(104, name="Groß"),
			self.order(105, name="Gross"),
			self.order(106, name="مُحَمَّد"),
			self.order(107, name="محمد"),
			self.order(108),
		]
		self.assertEqual(self.compare(page), {})
		names = frappe.get_all("Customer", {"name": ("like", "%jorg%")}, pluck="name", order_by="creation")
		self.assertEqual(names, ["Jörg Müller", "JORG MULLER - 1", "Jorg Müller - 2"])
