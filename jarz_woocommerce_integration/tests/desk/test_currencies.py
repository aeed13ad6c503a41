"""A real shop's customers who buy in two currencies (shop11: EGP and USD), booked in each way that ERPNext has for them."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.services.session.session import book_settings_of
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.captured_store import CapturedStore, captured
from jarz_woocommerce_integration.tests.support.shop_on_site import books_digest
from jarz_woocommerce_integration.tests.support.site import (
	allow_one_receivable,
	ensure_company,
	make_store,
	receivable_in,
	remove_receivable,
)
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import LookupKeys

SHOP = "shop11"
STORE = "Two Currencies"
RATE = 48.7312
BOOKED = ("completed", "processing", "on-hold", "refunded", "shipped")
CUSTOMERS = """
SELECT name, customer_name, coalesce(woo_main_customer, '') AS main, woo_account_currency, default_currency
FROM `tabCustomer` WHERE woo_store = %s ORDER BY name
"""
CURRENCIES_OF_CUSTOMERS = """
SELECT party, group_concat(DISTINCT account_currency) AS currencies, group_concat(DISTINCT transaction_currency) AS sold
FROM `tabGL Entry` WHERE party_type = 'Customer' AND is_cancelled = 0 GROUP BY party
"""


def orders_of_both_currencies(persons: int) -> list[dict]:
	"""All orders of some people, by e-mail or account, who buy in both currencies; first those who got dollars back."""
	by_person = defaultdict(list)
	for order in captured(SHOP, "orders"):
		by_person[order["customer_id"] or order["billing"]["email"].casefold()].append(order)
	both = [
		orders
		for who, orders in by_person.items()
		if who and len({order["currency"] for order in orders}) > 1
	]
	return [order for orders in both[:persons] for order in orders]


class TwoCurrencies(FrappeTestCase):
	"""A migration, once for each class.

	:cvar persons: whose orders; :cvar one_receivable: ERPNext's setting; :cvar in_bulk: as rows where that is proven
	"""

	persons = 3
	one_receivable = False
	in_bulk = False

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.orders = {order["id"]: order for order in cls.served_orders()}
		cls.truth = captured(SHOP, "truth")["orders"]
		cls.served = CapturedStore(list(cls.orders.values()), captured(SHOP, "refunds"))
		url = cls.enterClassContext(cls.served.serve())
		company = ensure_company()
		wipe_books()
		cls.set_site(company)
		row = {"currency": "USD", "exchange_rate": RATE, **cls.receivable(company)}
		cls.store = make_store(STORE, url, currencies=[row], **cls.store_fields())
		cls.store.append("statuses", {"status": "shipped", "action": "Submit and Pay"})
		cls.store.save()
		frappe.db.commit()
		cls.migrate()
		with ERPNextLedger(book_settings_of(cls.store)) as ledger:
			cls.rows = {row.order_id: row for row in ledger.booked_orders()}

	@classmethod
	def served_orders(cls) -> list[dict]:
		return orders_of_both_currencies(cls.persons)

	@classmethod
	def store_fields(cls) -> dict:
		return {}

	@classmethod
	def set_site(cls, company: str) -> None:
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(cls.in_bulk))
		allow_one_receivable(cls.one_receivable)
		cls.usd_account = receivable_in("USD", company)

	@classmethod
	def receivable(cls, company: str) -> dict:
		"""The fields of the row of the table of currencies that say how USD is booked."""
		return {}

	@classmethod
	def migrate(cls):
		with open_session(STORE) as session:
			cls.ended = migrate(session, session.scope())
		frappe.db.rollback()

	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		wipe_books()
		frappe.delete_doc("WooCommerce Store", STORE, force=True)
		remove_receivable(cls.usd_account)
		allow_one_receivable(True)
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
		frappe.db.commit()
		super().tearDownClass()

	# --- what is asked of the books ---

	def customers(self) -> dict[str, frappe._dict]:
		return {row.name: row for row in frappe.db.sql(CUSTOMERS, STORE, as_dict=True)}

	def seconds(self) -> list[frappe._dict]:
		return [row for row in self.customers().values() if row.main]

	def assert_all_booked(self):
		"""Orders with refunds are asked about elsewhere; here it is only asked that nothing is held for its currency."""
		of_currency = {"account_currency", "customer_currency", "no_receivable_account", "no_exchange_rate"}
		self.assertEqual([row for row in self.rows.values() if row.reason in of_currency], [])
		expected = {
			order_id
			for order_id, order in self.orders.items()
			if order["status"] in BOOKED
			and self.truth[str(order_id)]["total_off_by"] == "0.00"
			and not (order["refunds"] and self.rows[order_id].state is OrderState.HELD)
		}
		self.assertTrue({"USD", "EGP"} <= {self.orders[order_id]["currency"] for order_id in expected})
		wrong = {
			order_id: (self.rows[order_id].reason, self.rows[order_id].message)
			for order_id in expected
			if self.rows[order_id].state is not OrderState.SYNCED
		}
		self.assertEqual(wrong, {})
		for order_id in expected:
			row, truth = self.rows[order_id], self.truth[str(order_id)]
			self.assertEqual(row.invoice_total, Decimal(truth["total"]), row)
			if row.invoice_status == "Submitted":
				self.assertEqual(row.credited_total, Decimal(truth["refunded"]), row)

	def assert_paid_orders_are_settled(self):
		"""To the cent, in the currency of the receivable account."""
		left = frappe.db.sql(
			"SELECT name, CAST(outstanding_amount AS CHAR) FROM `tabSales Invoice` WHERE woo_store = %s AND docstatus = 1"
			" AND status IN ('Paid', 'Credit Note Issued') AND outstanding_amount <> 0",
			STORE,
		)
		self.assertEqual(left, ())
		paid = frappe.get_all("Payment Entry", {"woo_store": STORE, "docstatus": 1}, pluck="woo_order_id")
		self.assertTrue(paid)
		owed = frappe.db.sql(
			"SELECT invoice.woo_order_id, CAST(invoice.outstanding_amount AS CHAR) FROM `tabSales Invoice` invoice"
			" WHERE invoice.woo_store = %s AND invoice.docstatus = 1 AND invoice.woo_order_id IN %s"
			" AND invoice.outstanding_amount <> 0 AND invoice.is_return = 0",
			(STORE, paid),
		)
		self.assertEqual(owed, ())
		self.assertEqual(frappe.get_all("Journal Entry"), [])

	def assert_nothing_changes_again(self):
		before = books_digest()
		self.migrate()
		self.assertEqual(books_digest(), before)


class TestSecondCustomerThroughDocuments(TwoCurrencies):
	def test_no_order_is_held_for_its_currency(self):
		self.assert_all_booked()
		self.assert_paid_orders_are_settled()

	def test_whoever_buys_in_two_currencies_has_a_second_customer_linked_to_the_first(self):
		customers, seconds = self.customers(), self.seconds()
		self.assertTrue(seconds)
		for second in seconds:
			main = customers[second.main]
			self.assertEqual(second.customer_name, main.customer_name)
			self.assertEqual(second.name, f"{main.name} ({second.woo_account_currency})")
			self.assertEqual(second.default_currency, second.woo_account_currency)

	def test_all_entries_of_a_customer_are_in_one_currency(self):
		for party, currencies, sold in frappe.db.sql(CURRENCIES_OF_CUSTOMERS):
			self.assertEqual(currencies, sold, party)
			self.assertIn(currencies, ("EGP", "USD"), party)

	def test_a_person_is_found_once_by_whatever_is_known_of_them(self):
		contacts = frappe.db.sql(
			"SELECT email.email_id FROM `tabContact Email` email JOIN `tabDynamic Link` link ON link.parent = email.parent"
			" WHERE link.link_doctype = 'Customer' AND link.link_name IN %s",
			([second.name for second in self.seconds()],),
			pluck=True,
		)
		self.assertTrue(contacts)
		lookups = read_lookups(STORE, LookupKeys(emails=frozenset(email.casefold() for email in contacts)))
		seconds = {second.name for second in self.seconds()}
		self.assertTrue(lookups.customers_by_email)
		for keys in lookups.customers_by_email.values():
			self.assertEqual(len(keys), len(set(keys)))
		self.assertFalse(seconds & set(lookups.customers))
		ambiguous = frappe.get_all(
			"WooCommerce Customer Decision", {"store": STORE, "ambiguous": 1}, ["woo_order_id", "note"]
		)
		self.assertFalse([row for row in ambiguous if "@USD" in row.note or "(USD)" in row.note])

	def test_z_the_same_migration_again_changes_nothing(self):
		self.assert_nothing_changes_again()


class TestSecondCustomerInBulk(TestSecondCustomerThroughDocuments):
	persons = 6
	in_bulk = True


class TestOneReceivableThroughDocuments(TwoCurrencies):
	one_receivable = True

	def test_no_order_is_held_for_its_currency(self):
		self.assert_all_booked()
		self.assert_paid_orders_are_settled()

	def test_each_person_is_one_customer(self):
		self.assertEqual(self.seconds(), [])
		sold = {party: row for party, *row in frappe.db.sql(CURRENCIES_OF_CUSTOMERS)}
		self.assertEqual({currencies for currencies, _sold in sold.values()}, {"EGP"})
		self.assertTrue(any("," in sold for _currencies, sold in sold.values()))

	def test_z_the_same_migration_again_changes_nothing(self):
		self.assert_nothing_changes_again()


class TestOneReceivableInBulk(TestOneReceivableThroughDocuments):
	persons = 6
	in_bulk = True

	@classmethod
	def receivable(cls, company):
		"""Named in the table, as the form accepts it."""
		return {
			"receivable_account": frappe.get_cached_value("Company", company, "default_receivable_account")
		}


class TestRoundingInAnotherCurrency(TwoCurrencies):
	"""What an order's own rounding put on the round-off account stands beside the cents that ERPNext balances there."""

	one_receivable = True
	in_bulk = True

	@classmethod
	def served_orders(cls) -> list[dict]:
		orders = super().served_orders()
		cls.crooked = next(
			order for order in orders if order["currency"] == "USD" and order["status"] == "completed"
		)
		cls.crooked["total"] = str(Decimal(cls.crooked["total"]) + Decimal("0.02"))
		return orders

	@classmethod
	def store_fields(cls) -> dict:
		return {"rounding_tolerance": 0.05}

	def test_the_books_are_not_called_wrong_for_it(self):
		self.assertEqual(self.rows[self.crooked["id"]].state, OrderState.SYNCED)
		rounded = self.rounding_rows()
		self.assertEqual(rounded, [0.02])
		self.assertEqual(check_books(STORE).counts, {})

	def test_a_cent_more_in_the_general_ledger_is_found(self):
		frappe.db.sql(
			"UPDATE `tabGL Entry` SET credit = credit + 0.01 WHERE voucher_no = %s AND account = %s",
			(self.rows[self.crooked["id"]].invoice, self.store.rounding_account),
		)
		self.assertIn("entries", check_books(STORE).counts)
		frappe.db.rollback()

	def rounding_rows(self) -> list[float]:
		return frappe.get_all(
			"Sales Taxes and Charges",
			{"parent": self.rows[self.crooked["id"]].invoice, "account_head": self.store.rounding_account},
			pluck="tax_amount",
		)
