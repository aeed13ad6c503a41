"""From the form of a WooCommerce Store to what the engine is given, and what the form refuses."""

from datetime import timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.exceptions import PolicyError, StoreSetupError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import allows_one_receivable
from jarz_woocommerce_integration.ledger.erpnext.settings import Place
from jarz_woocommerce_integration.services.migration.store_facts import zone_named
from jarz_woocommerce_integration.services.session.policy import (
	ACTIONS,
	BUNDLES,
	CARDS_AS_COUPONS,
	CUSTOMER_MODES,
	HOLD,
	NEGATIVE_TOTALS,
	PAID,
	RECEIVED,
	REPAID,
	TENDERS,
	UNKNOWN_ITEMS,
	label_of,
)
from jarz_woocommerce_integration.services.session.session import (
	book_settings_of,
	get_store,
	policy_of,
	store_client,
	translator_of,
)
from jarz_woocommerce_integration.tests.support.site import (
	allow_one_receivable,
	ensure_company,
	make_store,
	receivable_in,
	remove_receivable,
)
from jarz_woocommerce_integration.translation.drafts import Action, DeliveryNotes
from jarz_woocommerce_integration.translation.policy import Paid, Policy, TenderKind, UnknownItem

STORE = "Form Shop"


class SiteStoreTestCase(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.company = ensure_company()
		self.store = make_store(STORE)
		self.cash = self.store.default_payment_account

	def assertRefused(self, sentence, **fields):
		for field, value in fields.items():
			self.store.set(field, value)
		with self.assertRaisesRegex(frappe.ValidationError, sentence):
			self.store.save()


class TestWhichStore(SiteStoreTestCase):
	def test_the_default_is_taken_where_none_is_named(self):
		self.addCleanup(self.choose_default, None)
		self.choose_default(None)
		frappe.db.set_value("WooCommerce Store", {"name": ("!=", STORE)}, "enabled", 0)
		self.assertEqual(get_store().name, STORE)
		make_store("Second Shop")
		with self.assertRaisesRegex(StoreSetupError, "several"):
			get_store()
		self.choose_default("Second Shop")
		self.assertEqual(get_store().name, "Second Shop")

	def choose_default(self, name):
		frappe.db.set_single_value("WooCommerce Settings", "default_store", name)
		frappe.clear_document_cache("WooCommerce Settings", "WooCommerce Settings")

	def test_an_unknown_one_is_told(self):
		with self.assertRaisesRegex(StoreSetupError, "Nobody"):
			get_store("Nobody")

	def test_a_store_without_keys_has_no_client(self):
		store = make_store(STORE, enabled=0, consumer_key="", consumer_secret="")
		with self.assertRaisesRegex(StoreSetupError, "Consumer Key"):
			store_client(store)

	def test_the_client_holds_the_keys_and_shows_none(self):
		with store_client(self.store) as client:
			self.assertEqual(client.credentials.consumer_secret, "cs_sample")
			self.assertNotIn("cs_sample", repr(vars(client)))


class TestPolicy(SiteStoreTestCase):
	def test_a_new_store_has_the_historical_statuses(self):
		self.assertEqual(policy_of(self.store).statuses, Policy().statuses)

	def test_every_label_of_the_form_has_its_value_and_back(self):
		for doctype, field, table in (
			("WooCommerce Store Status", "action", ACTIONS),
			("WooCommerce Store Gateway", "paid", PAID),
			("WooCommerce Store", "default_paid", PAID),
			("WooCommerce Store", "unknown_items", UNKNOWN_ITEMS),
			("WooCommerce Store", "bundles", BUNDLES),
			("WooCommerce Store", "negative_total", NEGATIVE_TOTALS),
			("WooCommerce Store", "cards_as_coupons", CARDS_AS_COUPONS),
			("WooCommerce Store", "customer_mode", CUSTOMER_MODES),
		):
			options = frappe.get_meta(doctype).get_options(field).split("\n")
			# A status without a row is held; that is no action of its own.
			wanted = {*table, HOLD} if table is ACTIONS else set(table)
			self.assertEqual(set(options), wanted, field)
			for label, value in table.items():
				self.assertEqual(label_of(value), label)

	def test_the_tables_become_the_policys(self):
		self.store.append("statuses", {"status": "wc-shipped", "action": "Submit"})
		self.store.append(
			"gateways",
			{"gateway": "cod", "mode_of_payment": "Cash", "account": self.cash, "paid": "On Delivery"},
		)
		self.store.append("taxes", {"tax": "1", "account": self.store.tax_account})
		self.store.append("shipping_methods", {"method": "flat_rate", "account": self.store.income_account})
		self.store.append("fees", {"fee": "Gift wrap", "account": self.store.income_account})
		self.store.append("territories", {"zone": "EG:EGC", "territory": "All Territories"})
		self.store.update({"rounding_tolerance": 0.05, "phone_country": "eg", "unknown_items": "Create"})
		self.store.save()
		policy = policy_of(get_store(STORE))
		self.assertEqual(policy.statuses["shipped"], Action.SUBMIT)
		self.assertEqual(policy.gateways["cod"].paid, Paid.ON_DELIVERY)
		self.assertEqual(policy.taxes, {"1": self.store.tax_account})
		self.assertEqual(policy.shipping, {"flat_rate": self.store.income_account})
		self.assertEqual(policy.fees, {"Gift wrap": self.store.income_account})
		self.assertEqual(policy.territories, {"EG:EGC": "All Territories"})
		self.assertEqual(policy.money.rounding_tolerance, Decimal("0.05"))
		self.assertEqual(policy.customers.country, "EG")
		self.assertEqual(policy.items.unknown, UnknownItem.CREATE)
		self.assertEqual(policy.accounts.income, self.store.income_account)

	def test_it_has_the_same_hash_before_and_after_it_is_stored(self):
		self.assertEqual(policy_of(self.store).hash, policy_of(get_store(STORE)).hash)

	def test_orders_as_they_come_in_are_not_booked_on_a_placeholder(self):
		self.assertEqual(policy_of(self.store, historical=False).items.unknown, UnknownItem.HOLD)

	def test_a_mistake_names_the_field_of_the_form(self):
		self.store.rounding_tolerance = 3
		with self.assertRaisesRegex(PolicyError, "Rounding Tolerance of WooCommerce Store Form Shop"):
			policy_of(self.store)
		self.assertRefused("Rounding Tolerance")


class TestBookSettings(SiteStoreTestCase):
	def test_empty_fields_take_what_the_company_and_the_site_have(self):
		for field in ("cost_center", "customer_group", "territory", "item_group"):
			self.store.set(field, None)
		settings = book_settings_of(self.store)
		company = frappe.get_doc("Company", self.company)
		self.assertEqual(settings.cost_center, company.cost_center)
		self.assertEqual(settings.company_currency, company.default_currency)
		self.assertTrue(all((settings.customer_group, settings.territory, settings.item_group)))
		self.assertEqual(settings.zone, ZoneInfo(frappe.utils.get_system_timezone()))

	def test_what_a_sales_order_has_reserved_leaves_by_the_stores_choices_whenever_it_was_made(self):
		self.store.update({"update_stock": 1, "restock_refunds": 1, "delivery_notes": "Submitted"})
		for historical in (True, False):
			settings = book_settings_of(self.store, historical)
			self.assertEqual(
				(settings.update_stock, settings.restock_refunds, settings.delivery_notes),
				(True, True, DeliveryNotes.SUBMITTED),
			)

	def test_a_territory_has_the_place_of_its_row(self):
		warehouse = self.store.warehouse
		self.store.append("territories", {"zone": "A", "territory": "All Territories"})
		self.store.append(
			"territories", {"zone": "B", "territory": "All Territories", "warehouse": warehouse}
		)
		self.assertEqual(book_settings_of(self.store).places, {"All Territories": Place(warehouse=warehouse)})

	def test_a_currency_has_its_own_smallest_unit_and_no_smaller_one_than_the_site(self):
		before = frappe.db.get_default("currency_precision")
		self.addCleanup(frappe.db.set_default, "currency_precision", before)
		for kept, wanted in (
			("", {"JPY": 0, "KRW": 0, "ISK": 0, "VND": 0, "EGP": 2, "HUF": 2, "TWD": 2, "KWD": 2}),
			("3", {"JPY": 0, "EGP": 2, "USD": 2, "KWD": 3, "TND": 3}),
			("6", {"JPY": 0, "EGP": 2, "KWD": 3}),
			("1", {"JPY": 0, "EGP": 1, "KWD": 1}),
		):
			frappe.db.set_default("currency_precision", kept)
			money = policy_of(self.store).money
			found = {currency: money.decimals_of(currency) for currency in wanted}
			self.assertEqual(found, wanted, kept)

	def test_other_currencies_have_their_rate(self):
		self.store.append("currencies", {"currency": "USD", "exchange_rate": 47.5})
		self.assertEqual(book_settings_of(self.store).exchange_rates, {"USD": Decimal("47.5")})

	def test_the_translator_works_in_the_shops_zone(self):
		self.store.db_set("time_zone", "UTC+02:00")
		self.assertEqual(translator_of(self.store).time_zone, timezone(timedelta(hours=2)))
		self.assertEqual(zone_named("Africa/Cairo"), ZoneInfo("Africa/Cairo"))
		self.assertIsNone(zone_named("Nowhere/At all"))


class TestForm(SiteStoreTestCase):
	def allow_one_receivable(self, allowed: bool) -> None:
		self.addCleanup(allow_one_receivable, allows_one_receivable())
		allow_one_receivable(allowed)

	def test_the_address_is_tidied(self):
		self.store.url = " Shop.Example/wp-admin/ "
		self.store.time_zone = "Africa/Cairo"
		self.store.save()
		self.assertEqual(self.store.url, "https://shop.example")
		self.assertFalse(self.store.time_zone)

	def test_no_address_is_refused(self):
		self.assertRefused("web address", url="not an address")

	def test_a_group_is_no_account(self):
		group = frappe.db.get_value(
			"Account", {"company": self.company, "is_group": 1, "root_type": "Income"}
		)
		self.assertRefused("is a group", income_account=group)

	def test_the_receivable_account_is_of_that_type(self):
		self.assertRefused("not of type Receivable", receivable_account=self.cash)

	def test_a_currencys_receivable_account_is_in_it(self):
		self.store.append(
			"currencies", {"currency": "USD", "receivable_account": self.store.receivable_account}
		)
		self.allow_one_receivable(False)
		self.assertRefused("an account in USD is needed.*Allow One Receivable Account")

	def test_one_receivable_account_in_the_companys_currency_takes_all_where_erpnext_allows_it(self):
		self.allow_one_receivable(True)
		self.store.append(
			"currencies", {"currency": "USD", "receivable_account": self.store.receivable_account}
		)
		self.store.append("currencies", {"currency": "SAR", "exchange_rate": 13})
		self.store.save()
		receivables = book_settings_of(self.store).receivables
		self.assertEqual(receivables, {"USD": self.store.receivable_account})

	def test_an_account_in_a_third_currency_is_refused_in_any_case(self):
		self.allow_one_receivable(True)
		sar = receivable_in("SAR", self.company)
		self.addCleanup(remove_receivable, sar)
		self.store.append("currencies", {"currency": "USD", "receivable_account": sar})
		self.assertRefused("is in SAR, and an account in USD is needed")

	def test_a_person_with_several_currencies_gets_a_second_customer_by_default(self):
		self.assertEqual(self.store.several_currencies, "Second Customer")
		self.assertTrue(book_settings_of(self.store).further_records)
		self.store.several_currencies = "Hold"
		self.assertFalse(book_settings_of(self.store).further_records)

	def test_each_value_of_the_policy_has_one_label(self):
		tables = (ACTIONS, PAID, REPAID, TENDERS, RECEIVED, UNKNOWN_ITEMS, BUNDLES)
		for label, value in ((label, value) for table in tables for label, value in table.items()):
			self.assertEqual(label_of(value), label)

	def test_what_pays_by_credit_and_how_refunds_are_paid_comes_from_the_form(self):
		store = self.store
		store.append("tenders", {"kind": "Wallet", "account": store.default_payment_account})
		store.update(
			{"sub_orders": "Sub-orders", "received_unbooked": "Advance", "default_repaid": "Listed Only"}
		)
		policy = policy_of(store)
		self.assertEqual(policy.tender(TenderKind.WALLET).account, store.default_payment_account)
		self.assertEqual(
			(policy.sub_orders.value, policy.received_unbooked.value, policy.default_gateway.repaid.value),
			("sub_orders", "advance", "ask"),
		)

	def test_without_an_account_for_credit_the_policy_has_none(self):
		store = self.store
		store.store_credit_account = ""
		self.assertEqual(policy_of(store).tender(TenderKind.GIFT_CARD).account, "")

	def test_a_repeated_row_is_named(self):
		self.store.append("statuses", {"status": "Completed", "action": "Draft"})
		self.assertRefused('Statuses: row 13 repeats "Completed" of row 1')

	def test_placeholder_emails_are_readable(self):
		self.assertRefused("no address", placeholder_emails="guest@\nnothing at all")

	def test_the_country_of_phones_has_two_letters(self):
		self.assertRefused("two letters", phone_country="E1")

	def test_an_enabled_store_needs_its_keys(self):
		self.assertRefused("Consumer Secret", consumer_secret="")

	def test_a_naming_series_is_one_of_the_sites(self):
		self.assertRefused("Naming Series", invoice_naming="Naming Series", naming_series="NOT-.####")

	def test_rows_of_one_territory_agree_on_the_place(self):
		other = frappe.db.get_value(
			"Warehouse", {"company": self.company, "is_group": 0, "name": ("!=", self.store.warehouse)}
		)
		for zone, warehouse in (("A", self.store.warehouse), ("B", other)):
			row = {"zone": zone, "territory": "All Territories", "warehouse": warehouse}
			self.store.append("territories", row)
		self.assertRefused("rows 1 and 2 book All Territories to different places")

	def test_the_shop_is_looked_at_at_least_once_an_hour(self):
		for minutes in (0, 61):
			self.store.reload()
			self.store.sync_every = minutes
			self.assertRefused("must be from 1 to 60")

	def test_switching_the_live_sync_on_is_written_down_once(self):
		self.store.reload()
		self.store.live_sync = 1
		self.store.save()
		since = self.store.live_since
		self.assertTrue(since)
		self.store.live_sync = 0
		self.store.save()
		self.store.live_sync = 1
		self.store.live_since = None
		self.store.save()
		self.assertEqual(self.store.live_since, since)


class TestSettings(FrappeTestCase):
	def test_numbers_stay_within_their_limits(self):
		settings = frappe.get_single("WooCommerce Settings")
		for field, value in (
			("page_size", 10),
			("page_size", 101),
			("job_timeout", 4000),
			("sync_attempts", 0),
		):
			settings.reload()
			settings.set(field, value)
			with self.subTest(field, value=value), self.assertRaises(frappe.ValidationError):
				settings.save()


class TestItemLink(FrappeTestCase):
	def setUp(self):
		super().setUp()
		make_store(STORE)
		frappe.db.delete("WooCommerce Item Link", {"store": STORE})
		for code in ("Mug", "Cup"):
			if not frappe.db.exists("Item", code):
				item = {"item_code": code, "item_group": "Products", "stock_uom": "Nos", "is_stock_item": 0}
				frappe.get_doc({"doctype": "Item", **item}).insert()

	def link(self, item="Mug", **fields):
		return frappe.get_doc({"doctype": "WooCommerce Item Link", "store": STORE, "item": item, **fields})

	def test_a_product_belongs_to_one_item_whatever_its_sku(self):
		self.link(product_id=17, sku="MUG").insert()
		self.link(product_id=17, variation_id=18, sku="MUG").insert()
		with self.assertRaisesRegex(frappe.DuplicateEntryError, "Mug already"):
			self.link("Cup", product_id=17, sku="OTHER").insert()

	def test_a_sku_alone_belongs_to_one_item(self):
		self.link(sku="MUG").insert()
		with self.assertRaises(frappe.DuplicateEntryError):
			self.link("Cup", sku=" MUG ").insert()

	def test_something_must_say_what_it_is(self):
		for fields in ({}, {"variation_id": 3}):
			with self.subTest(fields), self.assertRaises(frappe.ValidationError):
				self.link(**fields).insert()
