"""The dry run builds every document on the site, tells what the site would refuse, and leaves the site as it was."""

from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.api.report import rehearsal_report
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run, ledger_file, write_report_again
from jarz_woocommerce_integration.services.dry_run.ledger import FIRST_AT_ONCE, MOST_AT_ONCE
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase
from jarz_woocommerce_integration.tests.support.site import freeze_accounts

# Counted by the database for numbers of our own documents; a number that nobody got is no trace.
LEAVES_NO_TRACE = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"


def site_digest() -> dict:
	"""Rows and last change of every table, and what waits in Redis for the search."""
	frappe.db.rollback()
	digest = {}
	for (table,) in frappe.db.sql(LEAVES_NO_TRACE):
		columns = {column for (column, *_rest) in frappe.db.sql(f"SHOW COLUMNS FROM `{table}`")}
		last = "max(modified)" if "modified" in columns else "0"
		digest[table] = frappe.db.sql(f"SELECT count(*), {last} FROM `{table}`")[0]
	digest["series"] = frappe.db.sql("SELECT name, current FROM tabSeries ORDER BY name")
	digest["search queue"] = frappe.cache.llen("global_search_queue")
	return digest


class TestDryRun(ShopOnSiteTestCase):
	orders = 60

	def setUp(self):
		wipe_books()
		super().setUp()

	def test_the_site_is_afterwards_as_it_was_and_the_migration_does_what_was_told(self):
		before = site_digest()
		told = dry_run(STORE)
		after = site_digest()
		self.assertEqual({key: (before[key], after[key]) for key in before if before[key] != after[key]}, {})
		self.assertTrue(told["complete"] and told["proven"])
		self.assertGreater(told["invoices"], 20)

		done = order_sync.migrate_historical_orders_streaming(store=STORE)
		same = (
			"orders_seen",
			"by_state",
			"held_by_reason",
			"booked_total",
			"credited_total",
			"invoices",
			"credit_notes",
			"customers",
		)
		self.assertEqual({key: told[key] for key in same}, {key: done[key] for key in same})

	def test_the_site_tries_few_orders_at_once_and_once_more_after_a_deadlock(self):
		prepare, sizes = ERPNextBooks.prepare, []

		def losing_once(books, outcomes):
			sizes.append(len(outcomes))
			if len(sizes) == 1:
				raise frappe.QueryDeadlockError("planted")
			prepare(books, outcomes)

		with patch.object(ERPNextBooks, "prepare", losing_once):
			told = dry_run(STORE, limit=25)
		self.assertGreater(told["invoices"], 5)
		self.assertEqual(sizes[0], sizes[1])
		self.assertEqual(sizes[0], FIRST_AT_ONCE)
		self.assertLessEqual(max(sizes), MOST_AT_ONCE)

	def test_items_that_an_earlier_page_would_make_are_missing_on_no_later_one(self):
		frappe.db.set_value("WooCommerce Store", STORE, "unknown_items", "Create")
		frappe.db.set_single_value("WooCommerce Settings", "page_size", 25)
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_single_value, "WooCommerce Settings", "page_size", 100)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "unknown_items", "Placeholder")
		told = dry_run(STORE)
		self.assertEqual(
			set(told["held_by_reason"])
			- {"unknown_status", "total_differs", "paid_otherwise", "no_exchange_rate"},
			set(),
		)
		self.assertEqual(frappe.db.count("Item"), 0)

	def test_what_the_site_would_refuse_is_held_with_the_rule(self):
		freeze_accounts("2099-01-01")
		frappe.db.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(freeze_accounts, None)
		told = dry_run(STORE, limit=25)
		self.assertGreater(told["held_by_reason"]["accounts_frozen"], 10)
		# Drafts are posted nowhere, so no date is closed for them.
		self.assertNotIn("booked", told["store_total_by_state"])
		self.assertFalse(told["complete"])

	def test_the_report_is_a_page_for_the_roles_and_can_be_written_again(self):
		told = dry_run(STORE, limit=20)
		self.assertTrue(ledger_file(STORE).is_relative_to(ledger_file(STORE).parents[1] / "woocommerce"))
		self.assertEqual(write_report_again(STORE)["orders_seen"], told["orders_seen"])
		answer = rehearsal_report(STORE)
		self.assertEqual(answer.mimetype, "text/html")
		self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
		self.assertIn("<html", answer.get_data(as_text=True))
		with self.set_user("Guest"), self.assertRaises(frappe.PermissionError):
			rehearsal_report(STORE)

	def test_the_report_is_in_the_readers_language(self):
		self.shop.set_status(self.shop.add_order(), "shipped")
		dry_run(STORE)
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "de"
		page = rehearsal_report(STORE).get_data(as_text=True)
		self.assertIn('<html lang="de" dir="ltr">', page)
		self.assertIn(
			"Die Einstellungen sagen nicht, was mit Bestellungen im Status „shipped“ geschehen soll.", page
		)
		frappe.local.lang = "ar"
		self.assertIn('<html lang="ar" dir="rtl">', rehearsal_report(STORE).get_data(as_text=True))
		frappe.local.lang = "fr"
		self.assertIn('<html lang="en" dir="ltr">', rehearsal_report(STORE).get_data(as_text=True))

	def test_a_dry_run_that_was_stopped_goes_on(self):
		first = dry_run(STORE, limit=20)
		second = dry_run(STORE, fresh=False)
		self.assertGreater(second["orders_seen"], first["orders_seen"])
		self.assertTrue(second["complete"] and second["proven"])
