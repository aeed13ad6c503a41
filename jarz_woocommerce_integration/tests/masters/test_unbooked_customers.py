"""Who was made for an order that the site then refuses goes again, unless anybody else has to do with them."""

from unittest.mock import patch

import frappe
from frappe.utils.global_search import sync_global_search

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext import ledger as erpnext
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.masters import unbooked as erpnext_unbooked
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import (
	allow_one_receivable,
	receivable_in,
	remove_receivable,
)
from jarz_woocommerce_integration.translation.drafts import Decision
from jarz_woocommerce_integration.translation.lookups import LookupKeys

MASTERS = ("Customer", "Contact", "Address", "WooCommerce Customer Decision")
DECISION = "WooCommerce Customer Decision"


class TestUnbookedCustomers(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.ledger = self.open_ledger()
		self.run = self.ledger.open_run({}, WHEN)

	def order(self, number: int, customer: int = 0, outcome: str = "new", refused: bool = True, **changes):
		"""An order of a customer with an address. One that is refused asks for an account that isn't there."""
		whose = self.make.customer(customer or number, outcome)
		draft = self.make.draft(number, customer=whose, **changes)
		draft.billing = self.make.address(customer or number)
		if refused:
			for charge in draft.invoice.charges:
				charge.account = "No Such Account"
		return self.make.booked(number, draft)

	def book(self, *outcomes, meanwhile=lambda: None) -> list[str]:
		self.ledger.run_id = self.run.run_id
		self.ledger.create_masters(outcomes)
		meanwhile()
		booked = self.ledger.book_page(PageRecord(self.run.run_id, 1), outcomes).orders
		return [order.what for order in booked]

	def made(self) -> list[int]:
		return [frappe.db.count(doctype) for doctype in MASTERS]

	def test_they_go_with_contacts_addresses_and_decisions_and_the_order_stays_listed(self):
		self.assertEqual(self.book(self.order(1), self.order(2, refused=False)), ["held", "booked"])
		self.assertEqual(self.made(), [1, 1, 1, 1])
		self.assertEqual(frappe.get_all("Customer", pluck="name"), ["Customer 2"])
		row = self.ledger.find_orders([1])[1]
		self.assertEqual((row.state.value, row.customer, row.customer_name), ("Held", "", "Customer 1"))

	def test_a_later_attempt_makes_them_again(self):
		for _attempt in range(2):
			self.assertEqual(self.book(self.order(1)), ["held"])
			self.assertEqual(self.made(), [0, 0, 0, 0])
		self.assertEqual(self.book(self.order(1, refused=False)), ["booked"])
		self.assertEqual(self.made(), [1, 1, 1, 1])

	def test_the_global_search_does_not_find_them(self):
		self.book(self.order(1))
		sync_global_search()
		found = frappe.db.sql("SELECT name FROM __global_search WHERE doctype = 'Customer'", pluck=True)
		self.assertNotIn("Customer 1", found)

	def test_two_refused_orders_of_one_person_leave_nobody(self):
		self.assertEqual(self.book(self.order(1), self.order(2, 1, "known")), ["held", "held"])
		self.assertEqual(self.made(), [0, 0, 0, 0])

	def test_more_of_them_than_go_at_once_go_all(self):
		with patch.object(erpnext_unbooked, "CUSTOMERS_AT_ONCE", 2):
			self.assertEqual(set(self.book(*map(self.order, range(1, 6)))), {"held"})
		self.assertEqual(self.made(), [0, 0, 0, 0])

	def test_whom_another_order_is_about_to_have_stays(self):
		other = self.order(2, 1, "known", refused=False)
		self.book(self.order(1), meanwhile=lambda: self.ledger.create_masters([other]))
		self.assertEqual(frappe.get_all(DECISION, pluck="woo_order_id", order_by="woo_order_id"), [1, 2])
		self.assertEqual(self.book(other), ["booked"])
		self.assertEqual(frappe.get_all("Customer", pluck="name"), ["Customer 1"])

	def test_who_was_found_by_their_account_and_is_gone_since_is_made_again_with_it(self):
		self.book(self.order(1))
		order = self.order(2, refused=False)
		by_account = Decision("known", "store customer id", ("CUST-1",))
		order.translation.customer = self.make.customer(1, store_customer_id=41, decision=by_account)
		self.assertEqual(self.book(order), ["booked"])
		found = self.ledger.lookups(LookupKeys(store_customer_ids=frozenset([41])))
		self.assertEqual(found.customers_by_store_id, {41: "CUST-1"})

	def test_whom_a_person_has_changed_stays(self):
		def change():
			customer = frappe.get_doc("Customer", "Customer 1")
			customer.customer_details = "Called."
			customer.save()
			frappe.db.commit()

		self.book(self.order(1), meanwhile=change)
		self.assertEqual(self.made(), [1, 1, 1, 1])

	def test_whom_another_document_names_stays(self):
		def link():
			project = frappe.get_doc(doctype="Project", project_name="Of Customer 1", customer="Customer 1")
			project.insert()
			self.addCleanup(frappe.db.commit)
			self.addCleanup(project.delete)
			frappe.db.commit()

		self.book(self.order(1), meanwhile=link)
		self.assertEqual(self.made(), [1, 1, 1, 1])

	def test_who_was_there_before_the_run_stays(self):
		self.book(self.order(1, refused=False))
		self.ledger.finish_run(self.run)
		self.run = self.ledger.open_run({"again": 1}, WHEN)
		self.assertEqual(self.book(self.order(2, 1, "known")), ["held"])
		self.assertEqual(frappe.get_all("Customer", pluck="name"), ["Customer 1"])

	def test_where_no_order_was_refused_nothing_is_looked_for(self):
		with patch.object(erpnext, "undo_customers") as take_back:
			self.book(self.order(1, refused=False))
		take_back.assert_not_called()

	def test_the_page_is_booked_though_another_worker_has_the_lock_for_too_long(self):
		locked = frappe.QueryTimeoutError("Another worker has it.")
		with patch.object(erpnext, "undo_customers", side_effect=locked):
			self.assertEqual(self.book(self.order(1)), ["held"])
		self.assertEqual(self.ledger.find_orders([1])[1].state.value, "Held")

	def test_a_second_customer_goes_and_the_main_one_with_orders_stays(self):
		self._has_usd_account()
		self.ledger = self.open_ledger(receivables={})
		first = self.order(1, refused=False)
		second = self.order(2, 1, "known", currency="USD")
		self.assertEqual(self.book(first, second), ["booked", "held"])
		self.assertEqual(frappe.get_all("Customer", pluck="name"), ["Customer 1"])

	def test_a_second_customer_goes_with_the_main_one(self):
		self._has_usd_account()
		self.ledger = self.open_ledger(receivables={})
		self.assertEqual(
			self.book(self.order(1), self.order(2, 1, "known", currency="USD")), ["held", "held"]
		)
		self.assertEqual(self.made(), [0, 0, 0, 0])

	def _has_usd_account(self):
		self.addCleanup(remove_receivable, receivable_in("USD"))
		self.addCleanup(allow_one_receivable, True)
		allow_one_receivable(False)


class TestUnbookedCustomersInBulk(TestUnbookedCustomers):
	def open_ledger(self, **changes):
		ledger = bulk_ledger(book_settings(**changes)).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger
