"""Two stores of a site: never one shop, never one prefix; and a duplicate of a store begins anew."""

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import AnotherShopError
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.setup import check_store, fill_mappings
from jarz_woocommerce_integration.tests.support.site import SAMPLE_KEYS, STORE, make_store

FIRST, SECOND = "First of Two", "Second of Two"


class TestSiteShops(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(self.remove_both)
		self.first = make_store(FIRST, invoice_prefix="ONE-")

	def remove_both(self):
		frappe.db.rollback()
		for name in (FIRST, SECOND):
			frappe.delete_doc(STORE, name, force=True, ignore_missing=True)
		frappe.db.commit()

	def duplicate(self, **fields):
		"""As *Duplicate* of the form makes it."""
		copy = frappe.copy_doc(self.first.reload(), ignore_no_copy=False)
		return copy.update({"store_name": SECOND, **fields})

	def test_the_same_address_is_refused_however_it_is_written(self):
		self.first.db_set("url", "https://shop.example.test/en")
		for url in (
			"shop.example.test/en/",
			"http://SHOP.example.test/en",
			"https://shop.example.test:443/en/wp-admin/index.php",
		):
			with self.subTest(url), self.assertRaisesRegex(frappe.ValidationError, FIRST):
				make_store(SECOND, url, invoice_prefix="TWO-")
		make_store(SECOND, "https://shop.example.test/ar", invoice_prefix="TWO-")

	def test_the_home_of_another_store_is_refused_as_an_address(self):
		self.first.db_set("home", "shop.example.test")
		store = self.duplicate(url="https://shop.example.test", invoice_prefix="TWO-", **SAMPLE_KEYS)
		with self.assertRaisesRegex(frappe.ValidationError, FIRST):
			store.insert()

	def test_a_shop_that_is_reached_by_another_address_is_known_by_its_home(self):
		with SampleStore(SampleShop(seed=5, orders=2)).serve() as url:
			second = make_store(SECOND, url, invoice_prefix="TWO-")
			self.first.db_set("home", "sample-shop.example.test")
			for button in (check_store, fill_mappings):
				with self.subTest(button.__name__), self.assertRaisesRegex(AnotherShopError, FIRST):
					button(second)
			self.assertFalse(frappe.db.get_value(STORE, SECOND, "home"))

	def test_another_prefix_is_demanded_unless_a_series_names_the_invoices(self):
		fields = {"url": "http://127.0.0.1:1/second", **SAMPLE_KEYS}
		for prefix in ("ONE-", "one-", " ONE- "):
			with self.subTest(prefix), self.assertRaisesRegex(frappe.ValidationError, "another prefix"):
				self.duplicate(invoice_prefix=prefix, **fields).insert()
		series = frappe.get_meta("Sales Invoice").get_options("naming_series").split("\n")[0]
		named = {"invoice_naming": "Naming Series", "naming_series": series}
		second = self.duplicate(invoice_prefix="ONE-", **named, **fields).insert()
		second.invoice_naming = "Order Number"
		with self.assertRaisesRegex(frappe.ValidationError, "another prefix"):
			second.save()

	def test_two_that_were_there_before_can_still_be_saved(self):
		second = self.duplicate(
			invoice_prefix="TWO-", url="http://127.0.0.1:1/second", **SAMPLE_KEYS
		).insert()
		second.db_set({"invoice_prefix": "ONE-", "url": self.first.url})
		second.reload().save()

	def test_a_duplicate_has_nothing_of_the_shop_and_of_the_sync(self):
		values = {"live_sync": 1, "migrated_until": now_datetime(), "synced_until": now_datetime()}
		values |= {"noted_until": now_datetime(), "live_since": now_datetime(), "last_run": "7", "home": "x"}
		values |= {"webhooks_status": "Active", "sync_error": "It is out.", "time_zone": "Africa/Cairo"}
		self.first.db_set(values)
		copy = self.duplicate()
		for name in (*values, "consumer_key", "consumer_secret", "webhook_secret", "url", "invoice_prefix"):
			self.assertFalse(copy.get(name), name)
		self.assertEqual(
			(copy.company, copy.income_account, len(copy.statuses)),
			(self.first.company, self.first.income_account, len(self.first.statuses)),
		)

	def test_a_form_that_was_opened_before_a_migration_ended_sets_nothing_back(self):
		form = frappe.get_doc(STORE, FIRST)
		frappe.db.set_value(
			STORE, FIRST, {"last_run": "7", "migrated_until": "2026-01-02"}, update_modified=False
		)
		form.save()
		kept = frappe.db.get_value(STORE, FIRST, ["last_run", "migrated_until"])
		self.assertEqual((kept[0], str(kept[1])[:10]), ("7", "2026-01-02"))

	def test_no_field_that_only_the_app_writes_is_copied(self):
		fields = frappe.get_meta(STORE).fields
		copied = [f.fieldname for f in fields if f.read_only or f.fieldtype == "Password" if not f.no_copy]
		self.assertEqual(copied, [])
