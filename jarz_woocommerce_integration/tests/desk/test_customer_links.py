"""Who is whose customer on a site: strangers who type somebody's e-mail, customers of other making, a person's word."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from erpnext.accounts.party import get_party_details

from jarz_woocommerce_integration.exceptions import CustomerLinkError
from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups
from jarz_woocommerce_integration.sample_store import SampleShop
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.services.desk import customer_links
from jarz_woocommerce_integration.store.http.answers import decode
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.tests.masters.masters_case import STORE, MastersCase
from jarz_woocommerce_integration.tests.support.site import plant
from jarz_woocommerce_integration.translation.customers.evidence import evidence_of
from jarz_woocommerce_integration.translation.customers.identity import resolve
from jarz_woocommerce_integration.translation.drafts import Decision
from jarz_woocommerce_integration.translation.lookups import LookupKeys, Lookups
from jarz_woocommerce_integration.translation.policy import Policy

HOTEL = "Big Hotel Ltd"
EMAIL = "buy@bighotel.example"


def order_of_account(account: int, email: str) -> Order:
	shop = SampleShop(seed=5, orders=1)
	body = shop.body(shop.order_ids()[0])
	billing = {**body["billing"], "email": email, "phone": ""}
	return parse(Order, decode(encode({**body, "customer_id": account, "billing": billing})))


def of_customer(doctype: str, name: str) -> list:
	"""Contacts or Addresses of a customer, as they are."""
	filters = {"parenttype": doctype, "link_doctype": "Customer", "link_name": name}
	names = frappe.get_all("Dynamic Link", filters, pluck="parent", order_by="creation")
	return [frappe.get_doc(doctype, each).as_dict() for each in names]


class CustomerLinksCase(MastersCase):
	def setUp(self):
		super().setUp()
		self.by_hand(HOTEL)
		link = {"link_doctype": "Customer", "link_name": HOTEL}
		contact = {"doctype": "Contact", "first_name": "Purchasing", "is_primary_contact": 1, "links": [link]}
		frappe.get_doc({**contact, "email_ids": [{"email_id": EMAIL, "is_primary": 1}]}).insert()
		address = {
			"doctype": "Address",
			"address_title": "Big Hotel HQ",
			"address_type": "Billing",
			"address_line1": "1 Real Street",
			"city": "Cairo",
			"country": "Egypt",
			"links": [link],
		}
		frappe.get_doc(address).insert()
		frappe.db.commit()
		self.before = self.state_of(HOTEL), self.defaults_of(HOTEL)

	def state_of(self, name: str) -> list:
		return [
			frappe.get_doc("Customer", name).as_dict(),
			of_customer("Contact", name),
			[address for address in of_customer("Address", name) if not address.woo_store],
		]

	def defaults_of(self, name: str) -> tuple:
		"""What the next document that is made by hand takes."""
		details = get_party_details(
			name, party_type="Customer", company="Jarz Test", doctype="Sales Invoice", ignore_permissions=True
		)
		return tuple(
			details.get(field)
			for field in ("customer_address", "shipping_address_name", "contact_person", "contact_email")
		)

	def known(self, **keys) -> Lookups:
		frappe.db.rollback()
		return read_lookups(STORE, LookupKeys(**{name: frozenset(values) for name, values in keys.items()}))

	def known_order(self, number: int, key: str, **customer):
		"""An order of a customer who is there, with another address and phone than before."""
		decision = Decision("known", "e-mail")
		return self.order(number, {"key": key, "decision": decision, **customer})


class TestStrangers(CustomerLinksCase):
	def test_an_order_changes_nothing_of_a_customer_of_other_making(self):
		shipping = self.make.address(51, "Shipping")
		order = self.known_order(1, HOTEL, emails=(EMAIL,), tax_id="DE1")
		order.translation.shipping = shipping
		self.create(order)
		self.assertEqual(self.masters.refusals, {})
		name, addresses = self.found(order)
		self.assertEqual((name, len(addresses)), (HOTEL, 2), "its own invoice has its addresses")
		before, defaults = self.before
		self.assertEqual(self.defaults_of(HOTEL), defaults)
		state = self.state_of(HOTEL)
		self.assertEqual((state[0], state[2]), (before[0], before[2]))
		self.assertEqual(state[1][0], before[1][0])
		self.assertFalse(any(contact.is_primary_contact for contact in state[1][1:]))

	def test_an_order_changes_no_contact_address_or_default_of_a_customer_of_ours(self):
		self.create(self.order(1))
		before = (
			self.state_of("Customer 1"),
			self.defaults_of("Customer 1"),
			of_customer("Address", "Customer 1"),
		)
		stranger = self.known_order(2, "CUST-1", phones=("+201099999999",))
		stranger.translation.shipping = self.make.address(52, "Shipping")
		self.create(stranger)
		self.assertEqual(len(self.found(stranger)[1]), 2)
		state = self.state_of("Customer 1")
		self.assertEqual(state[0], before[0][0])
		self.assertEqual(state[1][0], before[0][1][0])
		self.assertEqual(self.defaults_of("Customer 1"), before[1])
		self.assertEqual(of_customer("Address", "Customer 1")[0], before[2][0])

	def test_an_account_is_never_given_to_a_customer_of_other_making(self):
		self.create(self.known_order(1, HOTEL, store_customer_id=99, decision=Decision("linked", "e-mail")))
		values = frappe.db.get_value("Customer", HOTEL, ["woo_store", "woo_customer_id"])
		self.assertEqual((values[0] or "", values[1] or 0), ("", 0))

	def test_lookups_say_who_is_of_other_making_and_whose_email_is_whose(self):
		self.create(self.order(1), self.known_order(2, "CUST-1", emails=("told@example.com",)))
		found = self.known(emails=(EMAIL, "told@example.com")).customers
		self.assertTrue(found[HOTEL].is_foreign)
		self.assertFalse(found["CUST-1"].is_foreign)
		self.assertEqual(found["CUST-1"].own_emails, {"person1@example.com"})
		self.assertEqual(found["CUST-1"].emails, {"person1@example.com", "told@example.com"})


class TestAPersonsWord(CustomerLinksCase):
	def setUp(self):
		super().setUp()
		decision = Decision("new", "none", (HOTEL,), True, "A person has to accept it.")
		self.create(self.order(1, {"emails": (EMAIL,), "store_customer_id": 77, "decision": decision}))
		self.row = plant(
			{
				"doctype": "WooCommerce Order Map",
				"store": STORE,
				"woo_order_id": 1,
				"order_number": "1",
				"state": "Synced",
				"customer": "Customer 1",
				"customer_ambiguous": 1,
			}
		)
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "WooCommerce Order Map", {"store": STORE})

	def accept(self) -> None:
		customer_links.accept(self.row, HOTEL)
		frappe.db.commit()

	def offered(self) -> dict[str, list[str]]:
		return {
			what: [each["customer"] for each in told]
			for what, told in customer_links.choices(self.row).items()
		}

	def test_one_click_accepts_and_one_splits_again(self):
		self.assertEqual(self.offered(), {"accept": [HOTEL], "split": []})
		self.assertEqual(set(self.known(emails=(EMAIL,)).customers), {HOTEL, "CUST-1"})
		self.accept()
		self.assertEqual(self.offered(), {"accept": [], "split": ["Customer 1"]})
		known = self.known(emails=(EMAIL,), store_customer_ids=(77,))
		self.assertEqual(set(known.customers), {HOTEL})
		self.assertEqual(
			(known.customers[HOTEL].is_foreign, known.customers_by_store_id), (False, {77: HOTEL})
		)
		customer_links.split(self.row, "Customer 1")
		frappe.db.commit()
		self.assertEqual(self.offered(), {"accept": [HOTEL], "split": []})
		known = self.known(emails=(EMAIL,), store_customer_ids=(77,))
		self.assertTrue(known.customers[HOTEL].is_foreign)
		self.assertEqual(known.customers_by_store_id, {77: "CUST-1"})

	def test_who_was_split_is_no_longer_listed_as_ambiguous(self):
		self.accept()
		customer_links.split(self.row, "Customer 1")
		frappe.db.commit()
		order = order_of_account(77, EMAIL)
		lookups = self.known(emails=(EMAIL,), store_customer_ids=(77,))
		decision = resolve(order, evidence_of(order, Policy()), lookups, Policy()).decision
		self.assertEqual((decision.ambiguous, decision.candidates), (False, ("CUST-1",)))
		self.assertEqual(lookups.customers["CUST-1"].others, {HOTEL})
		self.accept()
		self.assertEqual(self.known(store_customer_ids=(77,)).customers[HOTEL].others, set())

	def test_who_may_only_read_the_other_customer_decides_nothing(self):
		with self.only("read"), self.assertRaises(frappe.PermissionError):
			customer_links.accept(self.row, HOTEL)
		self.accept()
		with self.only("read"), self.assertRaises(frappe.PermissionError):
			customer_links.split(self.row, "Customer 1")
		self.assertEqual(self.offered(), {"accept": [], "split": ["Customer 1"]})

	@contextmanager
	def only(self, allowed: str):
		"""As a user who has this permission on customers, and no other."""
		has = frappe.permissions.has_permission

		def has_permission(doctype, ptype="read", *arguments, **options):
			return ptype == allowed if doctype == "Customer" else has(doctype, ptype, *arguments, **options)

		with patch("frappe.permissions.has_permission", has_permission):
			yield

	def test_it_is_no_longer_listed(self):
		self.accept()
		where = {"store": STORE, "woo_order_id": 1}
		self.assertEqual(frappe.db.get_value("WooCommerce Customer Decision", where, "ambiguous"), 0)
		self.assertEqual(frappe.db.get_value("WooCommerce Order Map", where, "customer_ambiguous"), 0)

	def test_later_orders_go_to_the_accepted_customer_who_stays_as_they_are(self):
		self.accept()
		order = self.known_order(2, HOTEL, emails=("more@bighotel.example",))
		self.create(order)
		self.assertEqual(self.masters.refusals, {})
		self.assertEqual(self.found(order)[0], HOTEL)
		before, defaults = self.before
		self.assertEqual(self.defaults_of(HOTEL), defaults)
		self.assertEqual(
			self.state_of(HOTEL)[1:], before[1:], "what the order tells stands with our own record"
		)
		self.assertEqual(set(self.known(emails=("more@bighotel.example",)).customers), {HOTEL})
		self.row.customer = HOTEL
		self.assertEqual(self.offered(), {"accept": [], "split": ["Customer 1"]})

	def test_a_second_currencys_record_goes_with_its_person(self):
		self.create(self.order(5, {"key": "CUST-1@USD"}))
		values = {"woo_main_customer": "Customer 1", "woo_account_currency": "USD"}
		frappe.db.set_value("Customer", "Customer 5", values)
		frappe.db.set_value("Customer", "Customer 5", "woo_customer_key", f"{STORE}:CUST-1@USD")
		self.accept()
		main = lambda: frappe.db.get_value("Customer", "Customer 5", "woo_main_customer")  # noqa: E731
		self.assertEqual(main(), HOTEL)
		customer_links.split(self.row, "Customer 1")
		self.assertEqual(main(), "Customer 1")

	def test_only_what_is_offered_can_be_decided(self):
		for decide, customer in (
			(customer_links.accept, "Customer 1"),
			(customer_links.accept, "No Such Customer"),
			(customer_links.split, "Customer 1"),
			(customer_links.split, HOTEL),
		):
			with self.subTest(customer), self.assertRaises(CustomerLinkError):
				decide(self.row, customer)
		frappe.db.set_value("Customer", HOTEL, "disabled", 1)
		self.assertEqual(self.offered(), {"accept": [], "split": []})

	def test_decisions_name_who_took_them(self):
		self.accept()
		for name in (HOTEL, "Customer 1"):
			filters = {"reference_doctype": "Customer", "reference_name": name, "comment_type": "Info"}
			self.assertIn(HOTEL, frappe.get_last_doc("Comment", filters).content)
