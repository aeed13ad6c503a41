"""Setting a store up in the Desk, against the sample store on this machine."""

from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.exceptions import AnotherShopError, StoreNotFoundError, StoreSetupError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import allows_one_receivable
from jarz_woocommerce_integration.ledger.erpnext.order_map.rows import OrderMap
from jarz_woocommerce_integration.patches.v1_5 import add_partially_paid
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk import mapping_suggestions, setup
from jarz_woocommerce_integration.services.desk.currencies import StoreCurrencies, overview
from jarz_woocommerce_integration.services.desk.defaults import suggest_accounts
from jarz_woocommerce_integration.services.desk.setup import check_store, fill_mappings, preview_order
from jarz_woocommerce_integration.services.session.policy import policy_of
from jarz_woocommerce_integration.services.session.session import store_client
from jarz_woocommerce_integration.store.catalogue import payment_gateways
from jarz_woocommerce_integration.tests.desk.test_tax_classes import template
from jarz_woocommerce_integration.tests.support.site import (
	SAMPLE_TAX_CLASS,
	allow_one_receivable,
	ensure_company,
	make_store,
	receivable_in,
	remove_receivable,
)

STORE = "Setup Shop"
HIDDEN_STATUSES = ("trash", "draft", "partially-paid", "checkout-draft")  # in no list of the sample shop


class StoreSetupTestCase(FrappeTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.company = ensure_company()
		cls.sample = SampleStore(SampleShop(seed=5, orders=120))
		served = cls.sample.serve()
		cls.url = served.__enter__()
		cls.addClassCleanup(served.__exit__, None, None, None)

	def setUp(self):
		super().setUp()
		frappe.db.delete("WooCommerce Order Map", {"store": STORE})
		self.store = make_store(STORE, self.url)

	def allow_one_receivable(self, allowed: bool) -> None:
		self.addCleanup(allow_one_receivable, allows_one_receivable())
		allow_one_receivable(allowed)


class TestSuggestedAccounts(StoreSetupTestCase):
	def test_each_required_field_gets_a_value_of_the_company(self):
		suggested = suggest_accounts(self.company)
		required = {field.fieldname for field in frappe.get_meta("WooCommerce Store").fields if field.reqd}
		with_default = {
			field.fieldname for field in frappe.get_meta("WooCommerce Store").fields if field.default
		}
		missing = required - with_default - {"store_name", "url", "company"} - suggested.keys()
		self.assertEqual(missing, set())
		for field, value in suggested.items():
			# Only the account of gift cards and store credit may stay empty.
			if field.endswith("_account") and (value or field != "store_credit_account"):
				self.assertEqual(frappe.db.get_value("Account", value, "company"), self.company, field)
		self.assertEqual(
			frappe.db.get_value("Account", suggested["receivable_account"], "account_type"), "Receivable"
		)

	def test_no_account_is_made(self):
		before = frappe.db.count("Account")
		suggest_accounts(self.company)
		self.assertEqual(frappe.db.count("Account"), before)

	def test_an_unknown_company_is_told(self):
		with self.assertRaisesRegex(StoreSetupError, "Nowhere"):
			suggest_accounts("Nowhere")


class TestCheck(StoreSetupTestCase):
	def test_what_was_found_is_kept_with_the_store(self):
		report = check_store(self.store)
		self.assertTrue(report["works"])
		self.store.reload()
		self.assertEqual(self.store.home, "sample-shop.example.test")
		self.assertEqual(self.store.time_zone, "Africa/Cairo")
		self.assertEqual(self.store.woocommerce_version, "10.9.4")
		self.assertTrue(self.store.last_checked)
		self.assertIn("WooCommerce answers", self.store.check_result)

	def test_the_light_of_the_form_is_that_of_the_last_check(self):
		check_store(self.store)
		self.assertIn(self.store.check_level, ("ok", "warning"))
		check_store(make_store(STORE, self.url, consumer_secret="cs_wrong_secret"))
		self.assertEqual(frappe.db.get_value("WooCommerce Store", STORE, "check_level"), "error")
		store = make_store(STORE, self.url)
		check_store(store)
		store.consumer_secret = None
		frappe.db.delete(
			"__Auth", {"doctype": "WooCommerce Store", "name": STORE, "fieldname": "consumer_secret"}
		)
		self.assertRaises(StoreSetupError, check_store, store)
		frappe.db.rollback()
		level, result = frappe.db.get_value("WooCommerce Store", STORE, ["check_level", "check_result"])
		self.assertEqual(level, "error")
		self.assertIn("onsumer", result)

	def test_a_wrong_key_is_told_and_not_shown(self):
		store = make_store(STORE, self.url, consumer_secret="cs_wrong_secret")
		report = check_store(store)
		self.assertFalse(report["works"])
		self.assertNotIn("cs_wrong_secret", frappe.as_json([report, store.as_dict()]))

	def test_another_shop_is_refused_once_orders_are_booked(self):
		check_store(self.store)
		frappe.db.set_value("WooCommerce Store", STORE, "home", "old.example")
		self.store.reload()
		check_store(self.store)
		self.assertEqual(self.store.home, "sample-shop.example.test")
		frappe.db.set_value("WooCommerce Store", STORE, "home", "old.example")
		self.store.reload()
		OrderMap(STORE, PageRecord(0, 0)).claim([1])
		frappe.db.set_value("WooCommerce Order Map", {"store": STORE}, "state", "Synced")
		with self.assertRaisesRegex(AnotherShopError, r"old\.example"):
			check_store(self.store)


class TestCurrencies(StoreSetupTestCase):
	def test_the_check_tells_of_orders_in_other_currencies(self):
		self.allow_one_receivable(True)
		row = {"currency": "USD", "exchange_rate": 48.7312}
		store = make_store(STORE, self.url, currencies=[row])
		report = check_store(store)
		self.assertTrue(report["works"])
		told = {finding["text"]: finding["level"] for finding in report["findings"]}
		(dollars,) = (text for text in told if "are in USD" in text)
		self.assertIn(f"They are booked to {store.receivable_account} in EGP", dollars)
		self.assertEqual(told[dollars], "ok")
		(riyals,) = (text for text in told if "are in SAR" in text)
		self.assertIn("They would be held: No exchange rate from SAR to EGP", riyals)
		self.assertEqual(told[riyals], "warning")

	def test_the_form_shows_what_was_found(self):
		check_store(self.store)
		self.store.reload()
		shown = overview(self.store)
		self.assertEqual(shown["company_currency"], "EGP")
		self.assertTrue(any("are in USD" in finding["text"] for finding in shown["findings"]))
		self.store.save()
		self.assertTrue(frappe.db.get_value("WooCommerce Store", STORE, "currencies_found"))

	def test_who_buys_in_two_currencies_is_told_of_where_each_has_an_account(self):
		self.allow_one_receivable(False)
		account = receivable_in("USD", self.company)
		self.addCleanup(remove_receivable, account)
		self.store.append("currencies", {"currency": "USD", "exchange_rate": 48})
		way = StoreCurrencies(self.store).way_of("USD")
		self.assertEqual(way.receivable, (account, "USD"))
		self.assertIn(
			"gets a second customer, linked to the first", StoreCurrencies(self.store).in_words(way)
		)
		self.store.several_currencies = "Hold"
		self.assertIn("are held", StoreCurrencies(self.store).in_words(way))


class TestMappings(StoreSetupTestCase):
	def test_all_that_the_shop_has_is_offered(self):
		self.territory("Cairo Test", "EGC")
		filled = fill_mappings(self.store)
		self.store.reload()
		gateways = {row.gateway: row for row in self.store.gateways}
		self.assertEqual(gateways["cod"].mode_of_payment, "Cash")
		self.assertEqual(gateways["cod"].paid, "On Delivery")
		self.assertEqual(gateways["bacs"].mode_of_payment, "Wire Transfer")
		self.assertEqual({row.tax for row in self.store.taxes}, {"1", "2", "3", "4"})
		methods = {row.method for row in self.store.shipping_methods}
		self.assertEqual(methods, {"flat_rate", "free_shipping", "local_pickup"})
		zones = {row.zone: (row.territory, row.look) for row in self.store.territories}
		self.assertEqual(zones["EG:EGC"], ("Cairo Test", 0))
		self.assertEqual(zones["EG:EGGZ"], (self.store.territory, 1))
		self.assertTrue(any("EG:EGGZ" in sentence for sentence in filled["left_to_you"]))
		self.assertEqual(filled["unread"], [])

	def test_a_tax_class_gets_the_template_that_is_called_as_it_is_and_no_other(self):
		template(SAMPLE_TAX_CLASS, 5)
		filled = fill_mappings(self.store)
		self.store.reload()
		rows = {row.tax_class: row.item_tax_template for row in self.store.tax_classes}
		title = frappe.db.get_value("Item Tax Template", rows.pop("reduced-rate"), "title")
		self.assertEqual((title, rows), (SAMPLE_TAX_CLASS, {}))
		self.assertEqual(filled["added"]["tax_classes"], ["reduced-rate"])
		(told,) = (told for told in filled["left_to_you"] if "tax classes" in told)
		self.assertIn("Standard rate (standard)", told)

	def test_stores_of_before_get_the_status_of_deposits_once(self):
		statuses = [row for row in self.store.statuses if row.status != add_partially_paid.STATUS]
		self.store.statuses = [*statuses]
		self.store.append("statuses", {"status": "Shipped", "action": "Draft"})
		self.store.save()
		for _time in range(2):
			add_partially_paid.execute()
		self.store.reload()
		actions = [(row.status, row.action) for row in self.store.statuses if "paid" in row.status]
		self.assertEqual(actions, [("partially-paid", "Submit and Pay")])
		self.assertEqual(len(self.store.statuses), len(statuses) + 2)

	def test_a_status_of_the_shops_own_holds_its_orders_until_a_person_has_looked_at_it(self):
		filled = fill_mappings(self.store)
		self.store.reload()
		rows = {row.status: row for row in self.store.statuses}
		self.assertEqual((rows["shipped"].action, rows["shipped"].look), ("Hold", 1))
		self.assertNotIn("shipped", policy_of(self.store).statuses)
		self.assertTrue(any('"shipped"' in sentence for sentence in filled["left_to_you"]))
		self.assertEqual((rows["trash"].action, rows["trash"].look), ("Cancel", 0))

	def test_each_row_says_how_many_orders_hang_on_it(self):
		fill_mappings(self.store)
		self.store.reload()
		with store_client(self.store) as client:
			orders = [body for page in (1, 2) for body in self.orders_of(client, page)]
		for table, key, field in (
			("statuses", "status", "status"),
			("gateways", "gateway", "payment_method"),
			("currencies", "currency", "currency"),
		):
			for row in self.store.get(table):
				if row.get(key) not in HIDDEN_STATUSES:
					expected = sum(body[field] == row.get(key) for body in orders)
					self.assertEqual(row.orders, f"{expected:,}", (table, row.get(key)))

	def test_in_a_large_shop_the_number_of_orders_is_an_estimate(self):
		with patch.object(setup, "PAGES_OF_A_PREFLIGHT", 1):
			fill_mappings(self.store)
		self.store.reload()
		cod = next(row for row in self.store.gateways if row.gateway == "cod")
		self.assertRegex(cod.orders, r"^~\d+$")

	def test_a_gateway_of_old_orders_that_is_no_longer_installed_gets_a_row(self):
		installed = list(payment_gateways(store_client(self.store)))
		left = [gateway for gateway in installed if gateway.id != "cod"]
		with patch.object(mapping_suggestions, "payment_gateways", return_value=left):
			fill_mappings(self.store)
		self.store.reload()
		cod = next(row for row in self.store.gateways if row.gateway == "cod")
		self.assertIn("no longer installed", cod.title)
		self.assertGreater(int(cod.orders), 0)

	def test_only_cash_and_transfers_arrive_without_a_clearing_account(self):
		# The site may have clearing accounts, of other tests or of its user.
		with patch.object(mapping_suggestions, "clearing_account", return_value=""):
			fill_mappings(self.store)
		self.store.reload()
		guesses = {row.gateway: row.look for row in self.store.gateways}
		self.assertEqual(guesses["cod"], 0)
		self.assertEqual({guesses[name] for name in guesses if name not in ("cod", "bacs")}, {1})

	def orders_of(self, client, page):
		return client.get("orders", {"per_page": 100, "page": page}).body

	def test_what_a_person_set_is_kept(self):
		fill_mappings(self.store)
		self.store.reload()
		self.store.gateways[0].mode_of_payment = "Cheque"
		self.store.taxes[0].tax = "VAT"
		next(row for row in self.store.statuses if row.status == "shipped").action = "Submit"
		self.store.statuses[0].action = "Draft"
		self.store.save()
		filled = fill_mappings(self.store)
		self.store.reload()
		self.assertEqual(filled["added"], {})
		self.assertEqual(self.store.gateways[0].mode_of_payment, "Cheque")
		self.assertEqual(len(self.store.taxes), 4)
		actions = {row.status: row.action for row in self.store.statuses}
		self.assertEqual((actions["shipped"], self.store.statuses[0].action), ("Submit", "Draft"))

	def test_what_cannot_be_read_does_not_stop_the_rest(self):
		refusal = StoreNotFoundError("No such route.", status=404)
		with patch.object(mapping_suggestions, "payment_gateways", side_effect=refusal):
			filled = fill_mappings(self.store)
		self.assertTrue(any("payment gateways" in sentence for sentence in filled["unread"]))
		self.assertIn("taxes", filled["added"])

	def test_currencies_of_the_orders_get_a_row_and_the_choice_is_told_before_the_first_one_is_booked(self):
		self.allow_one_receivable(True)
		filled = fill_mappings(self.store)
		self.store.reload()
		rows = {row.currency: row.receivable_account for row in self.store.currencies}
		self.assertEqual(rows, dict.fromkeys(("SAR", "USD"), self.store.receivable_account))
		told = " ".join(filled["left_to_you"])
		self.assertRegex(told, r"Of 120 orders: \d+ are in USD")
		self.assertIn("No exchange rate from USD to EGP", told)

	def test_where_each_currency_needs_an_account_the_missing_one_is_told_with_both_ways(self):
		there = {
			"company": self.company,
			"account_type": "Receivable",
			"account_currency": ("in", ("SAR", "USD")),
		}
		for account in frappe.get_all("Account", there, pluck="name"):
			remove_receivable(account)
		self.allow_one_receivable(False)
		filled = fill_mappings(self.store)
		self.store.reload()
		self.assertEqual({row.receivable_account for row in self.store.currencies}, {None})
		told = " ".join(filled["left_to_you"])
		self.assertIn("has no receivable account in USD", told)
		self.assertIn("Make a receivable account in USD", told)
		self.assertIn("Allow One Receivable Account", told)

	def territory(self, name, code):
		if not frappe.db.exists("Territory", name):
			parent = {"parent_territory": "All Territories", "custom_woo_code": code}
			frappe.get_doc({"doctype": "Territory", "territory_name": name, **parent}).insert()


class TestPreview(StoreSetupTestCase):
	def test_each_order_of_the_shop_is_shown_with_its_sum_or_why_not(self):
		seen = set()
		for order_id in list(self.order_ids())[:40]:
			preview = preview_order(self.store, order_id)
			seen.add(preview["outcome"])
			if preview["outcome"] == "draft":
				self.assertEqual(preview["invoice"]["sum"], preview["invoice"]["total"])
				self.assertEqual(float(preview["invoice"]["total"]), float(preview["order"]["total"]))
			else:
				self.assertTrue(preview["message"])
			frappe.as_json(preview)
		self.assertIn("draft", seen)

	def test_nothing_is_written(self):
		tables = (
			"Customer",
			"Item",
			"Sales Invoice",
			"WooCommerce Order Map",
			"WooCommerce Customer Decision",
		)
		before = [frappe.db.count(table) for table in tables]
		preview_order(self.store, next(iter(self.order_ids())))
		self.assertEqual([frappe.db.count(table) for table in tables], before)

	def test_an_order_that_is_not_there_is_told(self):
		with self.assertRaises(StoreNotFoundError):
			preview_order(self.store, 999_999_999)

	def order_ids(self):
		with store_client(self.store) as client:
			return [body["id"] for body in client.get("orders", {"per_page": 100}).body]
