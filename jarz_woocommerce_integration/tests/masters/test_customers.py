"""Customers and contacts that the ledger makes on a site, and whose orders are whose."""

from dataclasses import replace
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import read_decisions
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.tests.masters.masters_case import (
	MADE,
	OTHER_STORE,
	STORE,
	MastersCase,
	make_page,
	make_settings,
)


class TestERPNextCustomers(MastersCase):
	def test_a_new_customer_is_a_standard_document_with_contact_and_addresses(self):
		shipping = self.make.address(77, "Shipping", line_1="7 Delta Road")
		order = self.order(1, {"name": "Mona Aly Hassan", "store_customer_id": 41}, shipping=shipping)
		self.create(order)
		customer = self.customer(order)
		self.assertEqual((customer.name, customer.customer_name), ("Mona Aly Hassan", "Mona Aly Hassan"))
		self.assertEqual((customer.customer_type, customer.customer_group), ("Individual", "Individual"))
		self.assertEqual(customer.territory, "All Territories")
		self.assertEqual(
			(customer.woo_store, customer.woo_customer_id, customer.woo_customer_key),
			(STORE, 41, f"{STORE}:CUST-1"),
		)
		self.assertEqual((customer.email_id, customer.mobile_no), ("person1@example.com", "+201000000001"))
		(contact,) = self.contacts(customer.name)
		self.assertEqual(
			(contact.first_name, contact.middle_name, contact.last_name), ("Mona", "Aly", "Hassan")
		)
		self.assertEqual((contact.email_id, contact.mobile_no), ("person1@example.com", "+201000000001"))
		self.assertEqual((contact.is_primary_contact, contact.user), (1, None))
		self.assertEqual(customer.customer_primary_contact, contact.name)
		addresses = self.found(order)[1]
		billing, shipped = (
			frappe.get_doc("Address", addresses[a.signature]) for a in (order.translation.billing, shipping)
		)
		self.assertEqual(
			(billing.address_type, billing.is_primary_address, billing.is_shipping_address), ("Billing", 1, 0)
		)
		self.assertEqual(
			(shipped.address_type, shipped.is_primary_address, shipped.is_shipping_address),
			("Shipping", 0, 1),
		)
		self.assertEqual(
			(billing.address_line1, billing.city, billing.country), ("1 Nile Street", "Cairo", "Egypt")
		)
		self.assertEqual(customer.customer_primary_address, billing.name)
		self.assertIn("1 Nile Street", customer.primary_address)

	def test_a_company_and_its_territory(self):
		billing = self.make.address(1, territory="Rest Of The World")
		order = self.order(1, {"company": "Delta Trading", "emails": (), "phones": ()}, billing=billing)
		self.create(order)
		customer = self.customer(order)
		self.assertEqual((customer.customer_type, customer.territory), ("Company", "Rest Of The World"))
		self.assertEqual(self.contacts(customer.name)[0].company_name, "Delta Trading")

	def test_a_company_is_the_customer_and_the_person_its_contact(self):
		company = {
			"name": "Kost & Sohn GmbH",
			"company": "Kost & Sohn GmbH",
			"person": "Mira Kost",
			"is_company": True,
			"tax_id": "DE123456789",
		}
		order = self.order(1, company)
		self.create(order)
		customer = self.customer(order)
		self.assertEqual((customer.name, customer.customer_type), ("Kost & Sohn GmbH", "Company"))
		self.assertEqual((customer.woo_company, customer.tax_id), ("Kost & Sohn GmbH", "DE123456789"))
		(contact,) = self.contacts(customer.name)
		self.assertEqual((contact.first_name, contact.last_name), ("Mira", "Kost"))
		self.assertEqual(contact.company_name, "Kost & Sohn GmbH")

	def test_a_tax_id_is_added_where_there_is_none_and_never_written_over(self):
		order = self.order(1, {"store_customer_id": 7})
		self.create(order)
		for number in ("DE111111111", "DE222222222"):
			known = self.make.customer(1, outcome="known", store_customer_id=7, tax_id=number)
			again = self.order(2, facts={"payload_hash": number})
			again.translation.customer = known
			self.create(again)
			self.assertEqual(self.customer(order).tax_id, "DE111111111")

	def test_two_orders_of_one_new_guest_in_a_page_make_one_customer(self):
		first = self.order(1)
		second = self.order(
			2, {"key": "CUST-1", "emails": ("second@example.com",)}, billing=self.make.address(1)
		)
		self.create(first, second)
		self.assertEqual(len(self.made("Customer")), 1)
		self.assertEqual(len(self.made("Address")), 1)
		own, told = self.contacts(self.customer(first).name)
		self.assertEqual([row.email_id for row in own.email_ids], ["person1@example.com"])
		self.assertEqual([row.email_id for row in told.email_ids], ["second@example.com"])
		self.assertEqual((own.is_primary_contact, told.is_primary_contact), (1, 0))
		self.assertEqual(self.customer(second).name, self.customer(first).name)

	def test_making_them_again_changes_nothing(self):
		page = make_page(5)
		self.create(*page)
		before = [frappe.get_all(doctype, fields=["*"], order_by="name") for doctype in MADE]
		for masters in (self.masters, Masters(make_settings())):
			self.create(*page, masters=masters)
		self.assertEqual([frappe.get_all(doctype, fields=["*"], order_by="name") for doctype in MADE], before)

	def test_two_people_of_one_name_are_two_customers(self):
		orders = [self.order(number, {"name": "Mona Hassan"}) for number in (1, 2, 3)]
		self.create(*orders)
		names = [self.customer(order).name for order in orders]
		self.assertEqual(names, ["Mona Hassan", "Mona Hassan - 1", "Mona Hassan - 2"])
		self.assertEqual({self.customer(order).customer_name for order in orders}, {"Mona Hassan"})

	def test_names_that_frappe_refuses_are_no_reason_to_lose_an_order(self):
		frappe.get_doc({"doctype": "Customer Group", "customer_group_name": "Masters VIP"}).insert()
		frappe.db.commit()
		names = (
			"Masters VIP",
			"New Customer 5",
			"Customer",
			"<script>alert(1)</script>",
			"",
			"x" * 300,
			"م" * 300,
		)
		names += (
			"New Contact",
			"New Address",
			"x" * 135 + " a",
			"x" * 135 + " a",
			"a_%\\' OR 1=1",
			"🎉",
			"‏",
			"\ud83d",
		)
		orders = [self.order(number, {"name": name}) for number, name in enumerate(names, 1)]
		for order in orders:
			order.translation.billing.name = order.translation.customer.name
		self.create(*orders)
		self.assertEqual(self.masters.refusals, {})
		made = [self.customer(order) for order in orders]
		self.assertEqual(len({customer.name for customer in made}), len(names))
		self.assertEqual(made[0].customer_name, "Masters VIP")
		self.assertEqual(made[3].customer_name, "(script)alert(1)(/script)")
		self.assertEqual(made[4].customer_name, "person5@example.com")
		self.assertEqual(made[5].customer_name, "x" * 140)
		for customer in made:
			self.assertEqual(len(self.contacts(customer.name)), 1, customer.name)

	def test_customers_may_be_named_by_series(self):
		frappe.db.set_default("cust_master_name", "Naming Series")
		frappe.db.commit()
		orders = [self.order(number, {"name": "Mona <Hassan>"}) for number in (1, 2)]
		self.create(*orders)
		for order in orders:
			self.assertRegex(self.customer(order).name, r"^CUST-\d{4}-\d{5}$")

	def test_a_customer_that_was_made_by_hand_is_never_overwritten(self):
		by_hand = self.by_hand(email_id="Mona@Example.com", mobile_no="010 1234 5678", website="mona.example")
		before = frappe.get_doc("Customer", by_hand.name).as_dict()
		(own,) = self.contacts(by_hand.name)
		known = {
			"key": by_hand.name,
			"name": "Another Name",
			"decision": self.make.customer(1, "known").decision,
		}
		same = {"emails": ("mona@example.com",), "phones": ("+201012345678",), "company": "A Company"}
		order = self.order(1, {**known, **same})
		self.create(order)
		self.assertEqual(self.found(order)[0], by_hand.name)
		self.assertEqual(len(self.contacts(by_hand.name)), 1, "evidence that is there is not doubled")
		self.create(self.order(2, {**known, "emails": ("new@example.com",)}), self.order(3, known))
		self.assertEqual(self.masters.refusals, {})
		mine, ours = self.contacts(by_hand.name)
		self.assertEqual(mine.as_dict(), own.as_dict())
		self.assertEqual(ours.woo_store, STORE)
		self.assertEqual([row.email_id for row in ours.email_ids], ["new@example.com", "person3@example.com"])
		self.assertEqual([row.phone for row in ours.phone_nos], ["+201000000002", "+201000000003"])
		self.assertEqual((ours.is_primary_contact, mine.is_primary_contact), (0, 1))
		self.assertEqual(frappe.get_doc("Customer", by_hand.name).as_dict(), before)

	def test_a_new_draft_never_takes_a_customer_by_its_name(self):
		by_hand = self.by_hand("CUST-1")
		order = self.order(1)
		self.create(order)
		self.assertNotEqual(self.found(order)[0], by_hand.name)

	# --- decisions ---

	def test_an_account_belongs_to_one_customer(self):
		orders = [self.order(number, {"store_customer_id": 41}) for number in (1, 2)]
		for order in orders:
			self.create(order)
			self.assertEqual(self.masters.refusals, {})
		self.assertEqual({self.found(order)[0] for order in orders}, {"Customer 1"})
		self.assertEqual(len(self.found(orders[1])[1]), 1, "the second order's address is the owner's, too")
		self.assertEqual(len(self.contacts("Customer 1")[0].email_ids), 1)

	def test_accounts_and_keys_of_two_stores_are_apart(self):
		order = self.order(1, {"store_customer_id": 41, "name": "Mona Hassan"})
		other = Masters(make_settings(OTHER_STORE))
		self.create(order)
		self.create(order, masters=other)
		self.assertEqual(self.made("Customer"), ["Mona Hassan", "Mona Hassan - 1"])
		self.assertEqual(self.found(order, other)[0], "Mona Hassan - 1")

	def test_a_guest_is_linked_to_an_account_once(self):
		self.create(self.order(1), self.order(5, {"store_customer_id": 43}))
		linked = {"key": "CUST-1", "decision": self.make.customer(1, "linked").decision}
		for account, expected in ((43, 0), (41, 41), (42, 41)):
			self.create(self.order(10 + account, {**linked, "store_customer_id": account}))
			self.assertEqual(frappe.db.get_value("Customer", "Customer 1", "woo_customer_id"), expected)

	def test_a_customer_of_another_store_keeps_its_account(self):
		self.create(self.order(1), masters=Masters(make_settings(OTHER_STORE)))
		linked = {"key": "Customer 1", "decision": self.make.customer(1, "linked").decision}
		order = self.order(2, {**linked, "store_customer_id": 41})
		self.create(order)
		self.assertEqual(self.found(order)[0], "Customer 1")
		values = frappe.db.get_value("Customer", "Customer 1", ["woo_store", "woo_customer_id"])
		self.assertEqual(values, (OTHER_STORE, 0))

	def test_what_was_decided_for_the_same_payload_stands(self):
		first = self.order(1)
		self.create(first)
		second = self.order(1, {"key": "CUST-2", "name": "Another"})
		self.create(second)
		self.assertEqual(self.found(second)[0], "Customer 1")
		changed = self.order(1, {"key": "CUST-2", "name": "Another"}, {"payload_hash": "changed"})
		self.create(changed)
		self.assertEqual(self.found(changed)[0], "Another")

	def test_a_decision_for_a_customer_that_is_gone_is_made_anew(self):
		order = self.order(1)
		self.create(order)
		for doctype in ("Contact", "Address"):
			for name in self.made(doctype):
				frappe.delete_doc(doctype, name, force=True)
		frappe.delete_doc("Customer", "Customer 1", force=True)
		frappe.db.commit()
		self.create(order)
		self.assertEqual(self.found(order)[0], "Customer 1")
		self.assertEqual(len(self.contacts("Customer 1")), 1)

	def test_a_decision_says_what_it_was_made_of(self):
		decision = replace(
			self.make.customer(1).decision,
			candidates=("A", "ب"),
			ambiguous=True,
			note="Both have it.",
			evidence="phone",
		)
		order = self.order(1, {"decision": decision})
		order.order.order_id = 2**40
		self.create(order)
		standing = read_decisions(STORE, [2**40])[2**40]
		self.assertEqual(standing.decision, decision)
		self.assertEqual(standing.payload_hash, order.order.payload_hash)

	def test_an_order_without_masters_is_refused(self):
		with self.assertRaises(BookingRefusedError):
			self.found(self.order(1))

	# --- contacts ---

	def test_evidence_that_frappe_refuses_is_kept_as_text(self):
		odd = ("محمد@example.com", "a..b@example.com")
		phones = {"emails": odd, "phones": (), "phone_text": "تليفون ٠١٢٣٤"}
		order = self.order(1, phones)
		order.translation.billing.phone = "call the neighbour"
		self.create(order)
		customer = self.customer(order)
		told = customer.woo_phone_text.splitlines()
		self.assertEqual(told, ["تليفون ٠١٢٣٤", *odd, "call the neighbour"])
		self.assertEqual(self.contacts(customer.name), [])
		self.create(self.order(2, {**phones, "key": "CUST-1", "phone_text": "another"}))
		self.assertEqual(self.customer(order).woo_phone_text.splitlines(), [*told, "another"])

	def test_phones_in_arabic_digits_are_written_in_ours(self):
		order = self.order(1)
		order.translation.billing.phone = "٠١٠ ١٢٣٤ ٥٦٧٨"
		self.create(order)
		(address,) = self.found(order)[1].values()
		self.assertEqual(frappe.db.get_value("Address", address, "phone"), "010 1234 5678")
		self.assertFalse(self.customer(order).woo_phone_text)

	def test_no_picture_is_asked_for_and_no_user_is_made(self):
		"""erpnext-facts: inserting a Contact with an e-mail asks gravatar"""
		users = frappe.db.count("User")
		frappe.flags.in_test = False
		try:
			with patch("requests.get", side_effect=AssertionError("asked the network")):
				self.create(self.order(1))
				self.create(self.order(2, {"key": "CUST-1"}))
		finally:
			frappe.flags.in_test = True
		self.assertEqual(self.masters.refusals, {})
		self.assertEqual(frappe.db.count("User"), users)
		self.assertFalse(frappe.flags.in_import)

	def test_notifications_are_sent_in_live_mode_only(self):
		notification = frappe.get_doc(
			{
				"doctype": "Notification",
				"name": "Masters Notification",
				"subject": "A new customer",
				"message": "came",
				"document_type": "Customer",
				"event": "New",
				"channel": "System Notification",
				"recipients": [{"receiver_by_role": "System Manager"}],
			}
		).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Notification", notification.name, force=True)
		with patch("frappe.email.doctype.notification.notification.evaluate_alert") as alert:
			self.create(self.order(1))
			alert.assert_not_called()
			self.create(self.order(2), masters=Masters(make_settings(historical=False)))
			alert.assert_called_once()

	def test_a_customer_without_evidence_has_no_contact(self):
		order = self.order(1, {"emails": (), "phones": ()}, billing=None)
		self.create(order)
		self.assertEqual(self.found(order), ("Customer 1", {}))
		self.assertEqual(self.contacts("Customer 1"), [])
