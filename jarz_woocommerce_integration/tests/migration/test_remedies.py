"""What the Desk mends of what the preflight finds."""

from datetime import date
from unittest.mock import patch

import frappe
from frappe.utils import getdate

from jarz_woocommerce_integration.api import run as run_api, store as store_api
from jarz_woocommerce_integration.services.page_jobs import control
from jarz_woocommerce_integration.services.preflight import books, remedies
from jarz_woocommerce_integration.services.preflight.checklist import preflight
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

MANAGER_ALONE = "woo-alone@jarz.test"
DAYS = (date(2013, 6, 1), date(2015, 3, 1))


def year(*days):
	return tuple(date.fromisoformat(day) for day in days)


class TestMissingYears(ShopOnSiteTestCase):
	orders = 5

	def missing(self, gaps, years):
		return [(made.title, made.is_short, made[:]) for made in remedies._missing(gaps, years)]

	def test_they_begin_as_the_years_that_are_there(self):
		april = year("2020-04-01", "2021-03-31")
		gap = year("2018-05-01", "2020-03-31")
		self.assertEqual(
			self.missing([gap], [april]),
			[
				("2018-2019", False, year("2018-04-01", "2019-03-31")),
				("2019-2020", False, year("2019-04-01", "2020-03-31")),
			],
		)

	def test_one_that_would_overlap_is_short(self):
		there = [year("2018-01-01", "2018-12-31"), year("2019-07-01", "2020-06-30")]
		self.assertEqual(
			self.missing([year("2019-01-01", "2019-06-30")], there),
			[("2019", True, year("2019-01-01", "2019-06-30"))],
		)

	def test_without_any_year_they_are_those_of_the_calendar(self):
		found = self.missing([year("2018-05-01", "2019-02-01")], [])
		self.assertEqual([row[0] for row in found], ["2018", "2019"])


class TestRemedies(ShopOnSiteTestCase):
	orders = 5

	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)
		self.addCleanup(frappe.set_user, "Administrator")
		self.document = frappe.get_doc("WooCommerce Store", STORE)
		self.company = self.document.company

	def manager_alone(self):
		user = {"doctype": "User", "email": MANAGER_ALONE, "first_name": "Alone", "send_welcome_email": 0}
		if not frappe.db.exists("User", MANAGER_ALONE):
			frappe.get_doc({**user, "roles": [{"role": "WooCommerce Manager"}]}).insert()
		frappe.set_user(MANAGER_ALONE)

	def test_fiscal_years_of_the_orders_are_made_once(self):
		with patch.object(remedies.Situation, "days", DAYS):
			made = remedies.create_fiscal_years(self.document)
			again = remedies.create_fiscal_years(self.document)
		self.assertEqual((made, again), (["2013", "2014"], []))
		self.assertEqual(books.years_without(self.company, *DAYS), [])
		self.assertEqual(
			getdate(frappe.db.get_value("Fiscal Year", "2013", "year_start_date")), date(2013, 1, 1)
		)

	def test_a_manager_of_the_shop_alone_makes_them(self):
		self.manager_alone()
		self.assertFalse(frappe.has_permission("Fiscal Year", "create"))
		with patch.object(remedies.Situation, "days", DAYS):
			self.assertEqual(store_api.create_fiscal_years(STORE), ["2013", "2014"])
		self.assertEqual(frappe.db.get_value("Fiscal Year", "2013", "owner"), MANAGER_ALONE)

	def test_who_may_not_make_fiscal_years_is_told_whom_to_ask(self):
		frappe.db.set_single_value("WooCommerce Settings", "managers_prepare_books", 0)
		self.manager_alone()
		with self.assertRaisesRegex(frappe.PermissionError, "Accounts Manager"):
			store_api.create_fiscal_years(STORE)

	def test_a_manager_of_the_shop_has_the_database_backed_up(self):
		self.manager_alone()
		with patch.object(remedies, "enqueue_once") as enqueued:
			store_api.back_up(STORE)
		method, job, queue = enqueued.call_args.args[:3]
		self.assertEqual((job, queue), ("woo_backup", "long"))
		with patch.object(remedies, "new_backup") as backup:
			frappe.get_attr(method)()
		backup.assert_called_once_with(ignore_files=True, force=True)

	def test_what_the_desk_can_mend_names_its_remedy(self):
		with patch.object(remedies.Situation, "days", DAYS):
			report = preflight(STORE).as_dict()
		found = {
			point["name"]: {finding["remedy"] for finding in point["findings"] if finding["level"] == "error"}
			for point in report["points"]
		}
		self.assertEqual(found["open_days"], {"fiscal_years"})
		self.assertEqual(report["plan"]["orders"], 5)


class TestFirstPart(ShopOnSiteTestCase):
	orders = 30

	def start(self, **asked):
		with patch.object(control.page_feed, "advance"):
			run = run_api.start(STORE, workers="1", **asked)
		self.addCleanup(site_runs.change, run, status="Stopped")
		return site_runs.read(run)

	def test_a_run_of_the_first_orders_pauses_after_the_pages_that_have_them(self):
		frappe.db.set_single_value("WooCommerce Settings", "page_size", 10)
		self.addCleanup(frappe.db.set_single_value, "WooCommerce Settings", "page_size", 100)
		self.assertEqual(self.start(orders="15").page_limit, 2)

	def test_a_run_until_a_day_leaves_later_orders_to_a_later_run(self):
		run = self.start(until="2020-01-31")
		self.assertEqual(run.scope.before.isoformat(), "2020-01-31T18:15:00+00:00")  # midnight in Kathmandu

	def test_a_day_that_is_still_to_come_leaves_nothing_out(self):
		self.assertIsNone(self.start(until="2090-01-01").scope.before)
