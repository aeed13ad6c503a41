"""One currency a customer record: what the ledger does with orders of one person in several currencies."""

import random
from dataclasses import replace
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.contract import OnChange, PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger, ledger_of
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import (
	allow_one_receivable,
	receivable_in,
	remove_receivable,
)
from jarz_woocommerce_integration.translation.drafts import Cancel, Decision
from jarz_woocommerce_integration.translation.lookups import LookupKeys

EGP_ACCOUNT = "Debtors - JT"
RATE = {"USD": Decimal("48.7312")}


class SecondCustomersCase(ERPNextLedgerTestCase):
	"""ERPNext's setting is off, and each currency has an account of its own."""

	allows_one = False

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.usd_account = receivable_in("USD")
		cls.addClassCleanup(wipe_books)
		cls.addClassCleanup(remove_receivable, cls.usd_account)
		cls.addClassCleanup(allow_one_receivable, True)
		allow_one_receivable(cls.allows_one)

	def setUp(self):
		super().setUp()
		self.make = draft_factory()
		self.ledger = self.open_ledger(receivables={})

	def order(self, number: int, currency: str = "EGP", person: int = 1, known: bool = True, **changes):
		"""An order of a person, paid. :param known: the person was found by what the order says"""
		changes = {"payments": [self.make.payment("114.00")], **changes}
		customer = self.make.customer(person, "known" if known else "new")
		draft = self.make.draft(number, currency=currency, customer=customer, **changes)
		draft.billing = self.make.address(person)
		return self.make.booked(number, draft)

	def book(self, *outcomes, ledger: ERPNextLedger | None = None):
		ledger = ledger or self.ledger
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		frappe.db.rollback()
		return {order.order_id: order for order in booked}

	def invoice(self, number: int, refund: int = 0) -> frappe._dict:
		filters = {"woo_order_id": number, "woo_refund_id": refund, "docstatus": ("<", 2)}
		fields = [
			"name",
			"customer",
			"debit_to",
			"currency",
			"outstanding_amount",
			"conversion_rate",
			"docstatus",
		]
		return frappe.db.get_value("Sales Invoice", filters, fields, as_dict=True)

	def customers(self) -> list[str]:
		return frappe.get_all("Customer", pluck="name", order_by="name")

	def assert_booked(self, booked: dict):
		self.assertEqual({o.what for o in booked.values()}, {"booked"}, [o.message for o in booked.values()])


class TestSecondCustomers(SecondCustomersCase):
	def test_each_currency_has_a_record_whichever_came_first(self):
		for number, (first, second) in enumerate((("EGP", "USD"), ("USD", "EGP")), 1):
			one, other = (
				self.order(10 * number, first, number, False),
				self.order(10 * number + 1, second, number),
			)
			self.assert_booked(self.book(one, other))
			self.assertEqual(self.invoice(10 * number).customer, f"Customer {number}")
			self.assertEqual(self.invoice(10 * number + 1).customer, f"Customer {number} ({second})")
			record = frappe.get_doc("Customer", f"Customer {number} ({second})")
			self.assertEqual(record.woo_main_customer, f"Customer {number}")
			self.assertEqual((record.woo_account_currency, record.default_currency), (second, second))
			self.assertEqual(record.woo_customer_key, f"Contract Shop:CUST-{number}@{second}")
			self.assertEqual(record.customer_name, f"Customer {number}")

	def test_the_record_is_found_again_on_later_pages(self):
		self.book(self.order(1, known=False))
		for number in (2, 3, 4):
			self.assert_booked(self.book(self.order(number, "USD"), self.order(10 + number)))
		self.assertEqual(self.customers(), ["Customer 1", "Customer 1 (USD)"])
		self.assertEqual(self.invoice(4).debit_to, self.usd_account)
		self.assertEqual(self.invoice(14).debit_to, EGP_ACCOUNT)

	def test_it_has_its_own_address_and_contact(self):
		self.book(self.order(1, known=False), self.order(2, "USD"))
		document = frappe.get_doc("Sales Invoice", self.invoice(2).name)
		links = frappe.get_all("Dynamic Link", {"parent": document.customer_address}, pluck="link_name")
		self.assertEqual(links, ["Customer 1 (USD)"])
		contact = {"parent": document.contact_person, "link_doctype": "Customer"}
		self.assertEqual(frappe.get_all("Dynamic Link", contact, pluck="link_name"), ["Customer 1 (USD)"])

	def test_the_person_is_found_once_by_evidence_of_any_record(self):
		order = self.order(2, "USD")
		order.translation.customer = replace(order.translation.customer, emails=("dollars@example.com",))
		self.book(self.order(1, known=False), order)
		for emails in ({"person1@example.com"}, {"dollars@example.com"}):
			found = self.ledger.lookups(LookupKeys(emails=frozenset(emails)))
			self.assertEqual(list(found.customers), ["CUST-1"])
			self.assertEqual(found.customers["CUST-1"].emails, {"person1@example.com", "dollars@example.com"})
		found = self.ledger.lookups(LookupKeys(order_ids=frozenset((1, 2))))
		self.assertEqual({known.customer_key for known in found.orders.values()}, {"CUST-1"})
		self.assertEqual({row.customer for row in self.ledger.booked_orders()}, {"CUST-1"})

	def test_an_account_of_the_store_stays_with_the_main_record(self):
		guest = self.order(2, "USD")
		linked = replace(
			guest.translation.customer, store_customer_id=77, decision=Decision("linked", "e-mail")
		)
		guest.translation.customer = linked
		self.book(self.order(1, known=False))
		self.book(guest)
		ids = dict(frappe.get_all("Customer", fields=["name", "woo_customer_id"], as_list=True))
		self.assertEqual(ids, {"Customer 1": 77, "Customer 1 (USD)": 0})
		found = self.ledger.lookups(LookupKeys(store_customer_ids=frozenset((77,))))
		self.assertEqual(found.customers_by_store_id, {77: "CUST-1"})

	def test_a_customer_of_a_persons_making_stays_and_gets_a_second_one(self):
		self.book(self.order(1, known=False))
		terms = {"tax_id": "123-456-789", "customer_group": "Commercial"}
		frappe.db.set_value("Customer", "Customer 1", dict(terms))
		frappe.db.commit()
		self.book(self.order(2, "USD"))
		second = frappe.db.get_value("Customer", "Customer 1 (USD)", list(terms), as_dict=True)
		self.assertEqual(second, terms)

	def test_three_currencies(self):
		ledger = self.open_ledger(
			receivables={"SAR": self.account("SAR")},
			exchange_rates={"USD": Decimal("48.7312"), "SAR": Decimal("12.99")},
		)
		orders = [
			self.order(1, known=False),
			self.order(2, "USD"),
			self.order(3, "SAR"),
			self.order(4, "USD"),
		]
		self.assert_booked(self.book(*orders, ledger=ledger))
		self.assertEqual(self.customers(), ["Customer 1", "Customer 1 (SAR)", "Customer 1 (USD)"])

	def account(self, currency: str) -> str:
		name = receivable_in(currency)
		self.addCleanup(remove_receivable, name)
		return name

	def test_a_draft_keeps_its_record_for_its_currency(self):
		"""It has no entries yet, and must be submittable later."""
		draft = self.order(1, known=False, payments=[])
		draft.translation.invoice.submit = False
		self.book(draft)
		self.assert_booked(self.book(self.order(2, "USD")))
		self.assertEqual(self.invoice(2).customer, "Customer 1 (USD)")
		document = frappe.get_doc("Sales Invoice", self.invoice(1).name)
		document.submit()
		frappe.db.rollback()

	def test_in_bulk_a_second_one_of_somebody_who_is_new_in_the_page_is_for_documents(self):
		settings = replace(book_settings(), receivables={}, exchange_rates=RATE)
		with bulk_ledger(settings) as ledger:
			for first in (1, 11):  # the first page proves what a new customer gets
				orders = [self.order(first + n, person=first + n, known=False) for n in range(5)]
				self.assert_booked(self.book(*orders, self.order(first + 5, "USD", first), ledger=ledger))
			documents = ledger.bulk.proofs.total.documents
		self.assertFalse([why for why in documents if "unforeseen" in why], documents)
		self.assertIn("Customer 11 (USD)", self.customers())

	def test_an_order_that_is_held_reserves_no_currency(self):
		ledger = self.open_ledger(receivables={}, exchange_rates={})
		(held,) = self.book(self.order(1, "USD", known=False), ledger=ledger).values()
		self.assertEqual((held.state.value, held.reason), ("Held", "no_exchange_rate"))
		self.assertEqual(self.customers(), [], "nobody is made for an order that isn't booked")
		self.assert_booked(self.book(self.order(2, known=False)))
		self.assertEqual(self.invoice(2).customer, "Customer 1")

	def test_a_run_that_was_killed_before_the_booking_decides_the_same_again(self):
		orders = [self.order(1, known=False), self.order(2, "USD")]
		self.ledger.create_masters(orders)
		again = self.open_ledger(receivables={})
		self.assert_booked(self.book(self.order(1), self.order(2, "USD"), ledger=again))
		self.assertEqual(self.customers(), ["Customer 1", "Customer 1 (USD)"])

	def test_by_policy_such_an_order_is_held_with_what_to_do(self):
		ledger = self.open_ledger(receivables={}, further_records=False)
		booked = self.book(
			self.order(1, known=False), self.order(2, "USD"), self.order(3, "USD", 2, False), ledger=ledger
		)
		self.assertEqual([booked[number].what for number in (1, 2, 3)], ["booked", "held", "booked"])
		self.assertEqual(booked[2].reason, "customer_currency")
		self.assertIn("Customer 1 has entries in EGP", booked[2].message)
		self.assertEqual(self.customers(), ["Customer 1", "Customer 2"])
		self.assertEqual(self.book(self.order(2, "USD"))[2].what, "booked")

	def test_a_rehearsal_says_the_same_also_over_several_pages(self):
		ledger = self.open_ledger(receivables={}, further_records=False)
		order = self.order(2, "USD", known=False)
		self.assertEqual(ledger.check_page([order]), {})
		refused = ledger.check_page([order], {"CUST-1": "EGP"})
		self.assertEqual(refused[2].reason, "customer_currency")
		self.assertEqual(self.ledger.check_page([order], {"CUST-1": "EGP"}), {})
		self.assertEqual(self.customers(), [])

	def test_a_site_that_numbers_its_customers(self):
		before = frappe.db.get_default("cust_master_name")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_default, "cust_master_name", before)
		frappe.db.set_default("cust_master_name", "Naming Series")
		self.assert_booked(self.book(self.order(1, known=False), self.order(2, "USD")))
		main, second = self.invoice(1).customer, self.invoice(2).customer
		self.assertNotEqual(main, second)
		self.assertEqual(frappe.db.get_value("Customer", second, "woo_main_customer"), main)

	def test_a_main_customer_that_is_renamed_keeps_its_second_one(self):
		self.book(self.order(1, known=False), self.order(2, "USD"))
		frappe.rename_doc("Customer", "Customer 1", "Anna", force=True)
		frappe.db.commit()
		self.assert_booked(self.book(self.order(3, "USD"), self.order(4)))
		self.assertEqual(self.invoice(3).customer, "Customer 1 (USD)")
		self.assertEqual(self.invoice(4).customer, "Anna")


class TestTheirLaterLife(SecondCustomersCase):
	def setUp(self):
		super().setUp()
		self.ledger = self.open_ledger(receivables={}, on_change=OnChange.AMEND)
		self.book(self.order(1, known=False), self.order(2, "USD"))

	def balances(self) -> dict:
		rows = frappe.db.sql(
			"SELECT party, round(sum(debit_in_account_currency - credit_in_account_currency), 2), round(sum(debit - credit), 2)"
			" FROM `tabGL Entry` WHERE party_type = 'Customer' AND is_cancelled = 0 GROUP BY party"
		)
		return {party: (own, base) for party, own, base in rows if own or base}

	def assert_updated(self, order) -> None:
		"""Changed as the order says, with nothing left for a person to do."""
		self.assertEqual(order.what, "updated", order.message)
		(row,) = self.ledger.find_orders([order.order_id]).values()
		self.assertEqual(row.changed, "")

	def change(self, number: int, currency: str, hash_: str, **changes):
		outcome = self.order(number, currency, **changes)
		return replace(outcome, order=replace(outcome.order, payload_hash=hash_))

	def test_a_refund_and_its_repayment_are_the_second_customers(self):
		note = self.make.credit_note(71, "33.33", repaid=True)
		booked = self.book(self.change(2, "USD", "refunded", credit_notes=[note]))
		self.assertEqual(booked[2].what, "updated", booked[2].message)
		self.assertEqual(self.invoice(2, 71).customer, "Customer 1 (USD)")
		parties = frappe.get_all("Payment Entry", {"woo_order_id": 2}, pluck="party")
		self.assertEqual(parties, ["Customer 1 (USD)"] * 2)
		self.assertEqual(self.balances(), {})

	def test_an_amended_invoice_stays_the_second_customers_with_its_payment(self):
		rows = [self.make.row("100.00"), self.make.row("14.00", item=1, line=2)]
		invoice = self.make.invoice(2, rows, [])
		booked = self.book(self.change(2, "USD", "changed", invoice=invoice))
		self.assert_updated(booked[2])
		amended = self.invoice(2)
		self.assertEqual((amended.name, amended.customer), ("WOO-2-1", "Customer 1 (USD)"))
		self.assertEqual((amended.debit_to, amended.outstanding_amount), (self.usd_account, 0))
		self.assertEqual(self.balances(), {})

	def test_a_paid_order_that_changes_its_currency_is_listed_and_stays_with_its_record(self):
		for number, currency in ((2, "EGP"), (1, "USD")):
			before = self.invoice(number)
			booked = self.book(self.change(number, currency, f"now {currency}"))[number]
			self.assertEqual((booked.what, booked.reason), ("changed", "currency_changed"))
			self.assertEqual(self.invoice(number), before)
		self.assertEqual(self.balances(), {})

	def test_a_cancelled_order_that_comes_back(self):
		cancelled = self.make.unbooked(2, Cancel("status_cancelled", "Cancelled."), payload_hash="cancelled")
		self.assertEqual(self.book(cancelled)[2].what, "cancelled")
		booked = self.book(self.change(2, "USD", "back"))
		self.assertEqual(booked[2].what, "updated", booked[2].message)
		self.assertEqual(self.invoice(2).customer, "Customer 1 (USD)")
		self.assertEqual(self.balances(), {})

	def test_what_is_booked_stays_where_it_is_when_the_accounts_settings_change(self):
		self.addCleanup(allow_one_receivable, False)
		allow_one_receivable(True)
		rows = [self.make.row("100.00"), self.make.row("14.00", item=1, line=2)]
		booked = self.book(self.change(2, "USD", "changed", invoice=self.make.invoice(2, rows, [])))
		self.assert_updated(booked[2])
		self.assertEqual(self.invoice(2).debit_to, self.usd_account)
		self.assert_booked(self.book(self.order(3, "USD"), self.order(4, "USD", 4, False)))
		self.assertEqual((self.invoice(3).customer, self.invoice(3).debit_to), ("Customer 1", EGP_ACCOUNT))
		self.assertEqual((self.invoice(4).customer, self.invoice(4).debit_to), ("Customer 4", EGP_ACCOUNT))


class TestOneReceivable(SecondCustomersCase):
	"""ERPNext's setting is on: one account in the company's currency takes all, although there is one in USD, too."""

	allows_one = True

	def test_one_customer_buys_in_every_currency(self):
		orders = [
			self.order(1, known=False),
			self.order(2, "USD"),
			self.order(3, "USD", 3, False),
			self.order(4, person=3),
		]
		self.assert_booked(self.book(*orders))
		self.assertEqual(self.customers(), ["Customer 1", "Customer 3"])
		self.assertEqual({self.invoice(number).debit_to for number in (1, 2, 3, 4)}, {EGP_ACCOUNT})

	def test_whose_entries_are_in_dollars_already_keeps_the_account_in_dollars(self):
		before = self.open_ledger(receivables={"USD": self.usd_account})
		self.book(self.order(1, "USD", known=False), ledger=before)
		self.assert_booked(self.book(self.order(2, "USD"), self.order(3)))
		self.assertEqual(
			(self.invoice(2).customer, self.invoice(2).debit_to), ("Customer 1", self.usd_account)
		)
		self.assertEqual(
			(self.invoice(3).customer, self.invoice(3).debit_to), ("Customer 1 (EGP)", EGP_ACCOUNT)
		)

	def test_paid_in_full_it_is_settled_to_zero_without_a_stray_cent(self):
		"""Random amounts at a rate of four decimals, every fourth with a refund and its repayment."""
		self.assert_settled(self.open_ledger(receivables={}, exchange_rates=RATE), 12)

	def test_in_bulk_two_hundred_amounts_are_settled_to_zero(self):
		settings = book_settings(receivables={}, exchange_rates=RATE, bulk_booking=True)
		ledger = ledger_of(settings).__enter__()
		self.addCleanup(ledger.__exit__)
		self.assert_settled(ledger, 200)

	def assert_settled(self, ledger: ERPNextLedger, count: int) -> None:
		self.assert_booked(self.book(*self.orders_in_dollars(count), ledger=ledger))
		self.assertEqual(frappe.db.count("Payment Entry", {"payment_type": "Receive"}), count)
		self.assertEqual(frappe.get_all("Sales Invoice", {"outstanding_amount": ("!=", 0)}), [])
		open_vouchers = frappe.db.sql(
			"SELECT against_voucher_no, CAST(sum(amount) AS CHAR), CAST(sum(amount_in_account_currency) AS CHAR)"
			" FROM `tabPayment Ledger Entry` WHERE delinked = 0 GROUP BY against_voucher_no"
			" HAVING sum(amount) <> 0 OR sum(amount_in_account_currency) <> 0"
		)
		self.assertEqual(open_vouchers, ())
		((balance,),) = frappe.db.sql(
			"SELECT CAST(sum(debit - credit) AS CHAR) FROM `tabGL Entry` WHERE account = %s", EGP_ACCOUNT
		)
		self.assertEqual(Decimal(balance), 0)
		self.assertEqual(frappe.get_all("Journal Entry"), [])
		self.assertEqual(frappe.get_all("GL Entry", {"account": ("like", "Exchange Gain%")}), [])

	def orders_in_dollars(self, count: int) -> list:
		draw = random.Random(11)
		return [self.order_in_dollars(number, draw) for number in range(1, count + 1)]

	def order_in_dollars(self, number: int, draw: random.Random):
		net, tax = (Decimal(draw.randint(3, top)) / 100 for top in (90_000, 9_000))
		third = str((net / 3).quantize(Decimal("0.01")))
		draft = self.make.draft(
			number,
			str(net),
			str(tax),
			currency="USD",
			payments=[self.make.payment(str(net + tax))],
			credit_notes=[self.make.credit_note(1000 + number, third, repaid=True)]
			if number % 4 == 0
			else [],
		)
		draft.customer = self.make.customer(1, "new" if number == 1 else "known")
		draft.billing = None
		return self.make.booked(number, draft)


class TestSettings(SecondCustomersCase):
	def test_without_an_account_in_the_currency_the_order_is_held_and_told_both_ways(self):
		frappe.db.set_value("Account", self.usd_account, "disabled", 1)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "Account", self.usd_account, "disabled", 0)
		(held,) = self.book(self.order(1, "USD", known=False)).values()
		self.assertEqual(held.reason, "no_receivable_account")
		self.assertIn("Make a receivable account in USD", held.what_to_do)
		self.assertIn("Allow One Receivable Account", held.what_to_do)
		self.assertEqual(self.customers(), [])

	def test_one_account_for_all_that_is_no_longer_allowed_is_told(self):
		ledger = self.open_ledger(receivables={"USD": EGP_ACCOUNT})
		(held,) = self.book(self.order(1, "USD", known=False), ledger=ledger).values()
		self.assertEqual(held.reason, "no_receivable_account")
		self.assertIn(EGP_ACCOUNT, held.message)

	def test_the_settings_of_a_ledger_say_whether_second_customers_are_made(self):
		self.assertTrue(book_settings().further_records)
