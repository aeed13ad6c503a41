"""Names of invoices: from the order, or a series' numbers taken in blocks; and how often a page is committed."""

from datetime import datetime

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.documents.names import Names
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase, draft_factory
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN

SERIES = "SHOP-.YYYY.-.####"


class TestNames(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete("Series", {"name": ("like", "SHOP-%")})
		frappe.db.commit()
		self.make = draft_factory()

	def book(self, ledger, *order_ids: int, page: int = 1) -> list[str]:
		run = ledger.open_run({}, WHEN)
		outcomes = [self.make.booked(order_id) for order_id in order_ids]
		ledger.create_masters(outcomes)
		ledger.book_page(PageRecord(run.run_id, page), outcomes)
		return [row.invoice for row in ledger.find_orders(order_ids).values()]

	def current(self) -> int:
		return frappe.db.get_value("Series", {"name": ("like", "SHOP-%")}, "current", order_by=None)

	def test_a_series_gives_its_numbers_in_order(self):
		year = frappe.utils.now_datetime().year
		ledger = self.open_ledger(naming_series=SERIES)
		self.assertEqual(self.book(ledger, 1, 2, 3), [f"SHOP-{year}-000{number}" for number in (1, 2, 3)])
		self.assertEqual(self.book(ledger, 4, page=2), [f"SHOP-{year}-0004"])
		self.assertEqual(self.current(), 4)

	def test_numbers_are_taken_before_the_page_is_booked(self):
		ledger = self.open_ledger(naming_series=SERIES)
		ledger.create_masters([self.make.booked(1), self.make.booked(2)])
		frappe.db.rollback()
		self.assertEqual(self.current(), 2, "parallel pages would wait for each other")

	def test_what_a_page_leaves_serves_the_next_one(self):
		ledger = self.open_ledger(naming_series=SERIES)
		wrong = self.make.draft(2)
		wrong.invoice.rows[0].account = "Nowhere - JT"
		run = ledger.open_run({}, WHEN)
		outcomes = [self.make.booked(1), self.make.booked(2, wrong)]
		ledger.create_masters(outcomes)
		ledger.book_page(PageRecord(run.run_id, 1), outcomes)
		self.book(ledger, 3, page=2)
		self.assertLessEqual(self.current(), 3)

	def test_a_number_that_somebody_used_by_hand_is_passed_over(self):
		year = frappe.utils.now_datetime().year
		self.book(self.open_ledger(), 1)
		frappe.rename_doc("Sales Invoice", "WOO-1", f"SHOP-{year}-0001", force=True, show_alert=False)
		frappe.db.commit()
		self.assertEqual(self.book(self.open_ledger(naming_series=SERIES), 2, page=2), [f"SHOP-{year}-0002"])

	def test_a_series_with_a_year_takes_the_posting_dates(self):
		orders = (1, "2024-12-31T23:30"), (2, "2025-06-01T10:00"), (3, "2024-05-01T10:00")
		drafts = []
		for order_id, moment in orders:
			draft = self.make.draft(order_id)
			draft.invoice.posted_at = datetime.fromisoformat(f"{moment}+00:00")
			drafts.append(self.make.booked(order_id, draft))
		ledger = self.open_ledger(naming_series=SERIES)
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(drafts)
		ledger.book_page(PageRecord(run.run_id, 1), drafts)
		found = ledger.find_orders([1, 2, 3])
		zone = ledger.settings.zone
		years = [draft.translation.invoice.posted_at.astimezone(zone).year for draft in drafts]
		named = [found[order_id].invoice for order_id in (1, 2, 3)]
		self.assertEqual([name[:10] for name in named], [f"SHOP-{year}-" for year in years])
		self.assertEqual(len(set(named)), 3)

	def test_a_name_that_frappe_refuses_is_made_one_that_it_takes(self):
		names = Names("")
		for wanted, name in (
			("INV-1<2>", "INV-1(2)"),
			("New Sales Invoice 5", "WOO-New Sales Invoice 5"),
			("Sales Invoice", "WOO-Sales Invoice"),
			(" two\nlines ", "two lines"),
		):
			with self.subTest(wanted):
				self.assertEqual(names.take(wanted, 1), name)

	def test_names_from_orders_lock_no_series(self):
		names = Names("")
		names.reserve(100)
		self.assertEqual(names.take("WOO-1", 1), "WOO-1")
		before = frappe.db.sql("SELECT name, current FROM `tabSeries` ORDER BY name")
		self.book(self.open_ledger(), 1)
		self.assertEqual(frappe.db.sql("SELECT name, current FROM `tabSeries` ORDER BY name"), before)

	def test_a_page_may_be_committed_every_few_orders(self):
		commits = []
		ledger = self.open_ledger(orders_per_commit=2)
		commit = ledger._commit
		ledger._commit = lambda: (commits.append(1), commit())
		self.book(ledger, 1, 2, 3, 4, 5)
		self.assertEqual(len(commits), 3)
