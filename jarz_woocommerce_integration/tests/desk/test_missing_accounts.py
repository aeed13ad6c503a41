"""Accounts that a store needs and its company lacks, against the sample store on this machine."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.missing_accounts import create_accounts, missing_accounts
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.tests.support.site import ensure_company, make_store

STORE = "Accounts Shop"


class TestMissingAccounts(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = ensure_company()
		cls.sample = SampleStore(SampleShop(seed=5, orders=40))
		served = cls.sample.serve()
		url = served.__enter__()
		cls.addClassCleanup(served.__exit__, None, None, None)
		income = frappe.db.get_value(
			"Account", {"company": cls.company, "root_type": "Income", "is_group": 0}
		)
		makeshift = dict.fromkeys(("income_account", "shipping_account", "fees_account"), income)
		cls.store = make_store(STORE, url, **makeshift)
		cls.filled = fill_mappings(cls.store)
		frappe.db.commit()

	def setUp(self):
		super().setUp()
		self.store = frappe.get_doc("WooCommerce Store", STORE)

	def tearDown(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.clear_cache()
		super().tearDown()

	def test_fill_mappings_says_which_accounts_would_be_made_and_under_which_groups(self):
		accounts = {account["title"]: account for account in self.filled["accounts"]["accounts"]}
		self.assertEqual(accounts["Shipping Income"]["parent"], self.group_of(self.store.income_account))
		self.assertEqual(accounts["Fee Income"]["parent"], self.group_of(self.store.income_account))
		taxes = [account for account in accounts.values() if account["account_type"] == "Tax"]
		self.assertTrue(taxes)
		for account in taxes:
			group = frappe.db.get_value("Account", account["parent"], ["account_type", "root_type"])
			self.assertEqual(group, ("Tax", "Liability"))
		clearing = [title for title in accounts if title.endswith(" Clearing")]
		self.assertTrue(clearing)
		for title in clearing:
			self.assertEqual(accounts[title]["parent"], "Current Assets - JT")

	def test_no_clearing_account_is_proposed_for_cash_and_transfers(self):
		titles = [row.title for row in self.store.gateways if row.gateway in ("cod", "bacs")]
		proposed = [account["title"] for account in missing_accounts(self.store)["accounts"]]
		self.assertFalse([title for title in titles if f"{title} Clearing" in proposed])

	def test_what_is_chosen_is_made_once_and_booked_to(self):
		titles = [account["title"] for account in missing_accounts(self.store)["accounts"]]
		left = "Fee Income"
		names = create_accounts(self.store, [title for title in titles if title != left])
		self.assertEqual(len(names), len(titles) - 1)
		self.store.reload()
		self.assertEqual(self.store.shipping_account, "Shipping Income - JT")
		self.assertEqual({row.account for row in self.store.shipping_methods}, {"Shipping Income - JT"})
		self.assertEqual(self.store.fees_account, self.store.income_account)
		for row in self.store.taxes:
			if row.rate:
				self.assertEqual(frappe.db.get_value("Account", row.account, "tax_rate"), row.rate)
		cards = [row for row in self.store.gateways if row.gateway not in ("cod", "bacs")]
		self.assertEqual(
			{frappe.db.get_value("Account", row.account, "account_type") for row in cards}, {"Bank"}
		)
		self.assertTrue(all("Clearing" in row.account for row in cards))
		self.assertEqual({row.look for row in (*cards, *self.store.taxes, *self.store.shipping_methods)}, {0})
		self.assertEqual([row["title"] for row in missing_accounts(self.store)["accounts"]], [left])
		self.assertEqual(create_accounts(self.store, titles), ["Fee Income - JT"])
		self.assertEqual(create_accounts(self.store, titles), [])

	def test_an_account_of_that_name_is_taken_as_it_is(self):
		parent = self.group_of(self.store.income_account)
		account = {"doctype": "Account", "company": self.company, "parent_account": parent}
		there = frappe.get_doc({**account, "account_name": "Shipping Income"}).insert().name
		(listed,) = (
			row for row in missing_accounts(self.store)["accounts"] if row["title"] == "Shipping Income"
		)
		self.assertEqual(listed["there"], there)
		self.assertEqual(create_accounts(self.store, ["Shipping Income"]), [there])

	def test_what_a_person_has_looked_at_is_not_replaced(self):
		for table in ("gateways", "taxes"):
			for row in self.store.get(table):
				row.look = 0
		left = {account["title"] for account in missing_accounts(self.store)["accounts"]}
		self.assertEqual(left, {"Shipping Income", "Fee Income", "Payment Gateway Fees"} & left)

	def test_a_manager_of_the_shop_alone_makes_them_and_no_other_account(self):
		left = [account["title"] for account in missing_accounts(self.store)["accounts"]]
		before = frappe.db.count("Account")
		manager = self.manager_of_the_shop_alone()
		frappe.set_user(manager)
		self.assertFalse(frappe.has_permission("Account", "create"))
		self.assertTrue(missing_accounts(self.store)["may_create"])
		(name,) = create_accounts(self.store, [left[0], "Another Account"])
		self.assertEqual(frappe.db.get_value("Account", name, "owner"), manager)
		self.assertEqual(frappe.db.count("Account"), before + 1)

	def test_who_may_not_make_accounts_is_told_whom_to_ask_and_nothing_is_made(self):
		before = frappe.db.count("Account")
		frappe.db.set_single_value("WooCommerce Settings", "managers_prepare_books", 0)
		frappe.set_user(self.manager_of_the_shop_alone())
		found = missing_accounts(self.store)
		self.assertFalse(found["may_create"])
		self.assertIn("Accounts Manager", found["refusal"])
		with self.assertRaises(frappe.PermissionError):
			create_accounts(self.store, ["Shipping Income"])
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.count("Account"), before)

	def manager_of_the_shop_alone(self):
		email = "woo-no-accounts@jarz.test"
		if not frappe.db.exists("User", email):
			user = {"doctype": "User", "email": email, "first_name": "Alone", "send_welcome_email": 0}
			frappe.get_doc({**user, "roles": [{"role": "WooCommerce Manager"}]}).insert()
		return email

	def group_of(self, account):
		return frappe.db.get_value("Account", account, "parent_account")
