"""An order, a customer or a product that no worker survives: found by halving, counted and put aside, while its neighbours go on."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from rq.timeouts import JobTimeoutException

from jarz_woocommerce_integration.exceptions import StoreUnreachableError
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.inbox.work import GAVE_UP, KILLED
from jarz_woocommerce_integration.services.live.session import ORDERS_OF_A_PART
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.tests.live.live_case import INBOX, LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

ORDERS = 12


class Killed(BaseException):
	"""Ends a worker as a signal does: nothing of ours catches it."""


class KillsCase(LiveCase):
	orders = 2

	def work(self) -> bool:
		"""One worker. :returns: whether it survived"""
		try:
			inbox_work.work_on(STORE)
		except Killed:
			return False
		return True

	def is_due_now(self):
		frappe.db.set_value(INBOX, {"state": "Waiting"}, "next_attempt", None)
		frappe.db.commit()

	def set_attempts(self, attempts: int):
		frappe.db.set_single_value("WooCommerce Settings", "sync_attempts", attempts)
		frappe.clear_document_cache("WooCommerce Settings", "WooCommerce Settings")
		frappe.db.commit()


class TestInboxKills(KillsCase):
	def setUp(self):
		super().setUp()
		self.ids = [self.add_order() for _ in range(ORDERS)]
		inbox.note_many(STORE, inbox.ORDER, [(order_id, None) for order_id in self.ids], inbox.WEBHOOK)
		frappe.db.commit()

	@contextmanager
	def deadly(self, order_id: int, error: BaseException | None = None):
		"""Whoever books a page with this order is ended in the middle of it. Yields the sizes of the pages."""
		book = PageBooking.book
		pages: list[int] = []

		def killing(booking, page, *arguments, **options):
			pages.append(len(page.orders))
			if any(order.id == order_id for order in page.orders):
				raise error or Killed
			return book(booking, page, *arguments, **options)

		with patch.object(PageBooking, "book", killing):
			yield pages

	def test_it_is_found_by_halving_and_its_neighbours_are_booked(self):
		deadly = self.ids[7]
		with self.deadly(deadly) as pages:
			deaths = 0
			while not self.work():
				deaths += 1
				self.assertLess(deaths, 8)
		self.assertEqual(deaths, 4, pages)  # 12, 6, 3, 1
		for order_id in self.ids:
			self.assertEqual(len(self.invoices_of(order_id)), int(order_id != deadly))
		(row,) = self.inbox(state="Waiting")
		self.assertEqual((row.woo_id, row.attempts, row.at_once), (deadly, 1, 0))
		self.assertEqual(row.last_error, KILLED)

	def test_each_time_that_it_kills_counts_and_in_the_end_a_person_is_asked(self):
		self.set_attempts(3)
		self.addCleanup(self.set_attempts, 6)
		deadly = self.ids[0]
		with self.deadly(deadly):
			deaths = 0
			while self.inbox(deadly, state="Waiting"):
				deaths += not self.work()
				self.is_due_now()
				self.assertLess(deaths, 12)
		self.assertEqual(deaths, 6)  # four until it is alone, and two by itself
		(row,) = self.inbox(deadly)
		self.assertEqual((row.state, row.attempts), ("Given Up", 2))
		held = self.row(deadly)
		self.assertEqual((held.state, held.reason), ("Held", GAVE_UP))
		self.assertIn(KILLED, held.message)

	def test_the_end_of_a_jobs_time_counts_as_its_death(self):
		with self.deadly(self.ids[3], JobTimeoutException("over")), self.assertRaises(JobTimeoutException):
			inbox_work.work_on(STORE)
		self.assertEqual({row.at_once for row in self.inbox(state="Waiting")}, {ORDERS})

	def test_an_outage_of_the_shop_is_nobodys_death(self):
		with self.deadly(self.ids[3], StoreUnreachableError("It is out.")):
			self.work()
		self.assertEqual({row.at_once for row in self.inbox(state="Waiting")}, {0})

	def test_a_person_who_asks_again_has_it_tried_once_and_the_death_is_counted(self):
		deadly = self.ids[5]
		with self.deadly(deadly):
			while not self.work():
				pass
			inbox.note(STORE, inbox.ORDER, deadly, inbox.PERSON)
			self.is_due_now()
			self.assertFalse(self.work())
			self.assertTrue(self.work())
		self.assertEqual(max(row.attempts for row in self.inbox(deadly, state="Waiting")), 2)

	def test_a_batch_is_committed_in_small_parts(self):
		commits: list[int] = []
		commit = ERPNextLedger._commit

		def counted(ledger):
			commit(ledger)
			commits.append(frappe.db.count("Sales Invoice", {"docstatus": 1}))

		with patch.object(ERPNextLedger, "_commit", counted):
			self.work()
		self.assertEqual(commits, [ORDERS_OF_A_PART, ORDERS])


class TestRefreshKills(KillsCase):
	@contextmanager
	def deadly_refresh(self, resource: str, woo_id: int, error: BaseException | None = None):
		"""Whoever refreshes this customer or product is ended in the middle of it. Yields what each had together."""
		refresh = inbox_work._REFRESH[resource]
		parts: list[list[int]] = []

		def killing(session, ids):
			parts.append(list(ids))
			if woo_id in ids:
				raise error or Killed
			return refresh(session, ids)

		with patch.dict(inbox_work._REFRESH, {resource: killing}):
			yield parts

	def test_a_customer_or_a_product_is_found_by_halving_as_well_and_its_neighbours_go_on(self):
		for resource in (inbox.CUSTOMER, inbox.PRODUCT):
			with self.subTest(resource):
				self.note_masters(resource)
				with self.deadly_refresh(resource, 8) as parts:
					deaths = 0
					while not self.work():
						deaths += 1
						self.assertLess(deaths, 8)
				self.assertEqual(deaths, 4, parts)  # 12, 6, 3, 1
				(row,) = self.inbox(state="Waiting")
				self.assertEqual((row.woo_id, row.attempts, row.at_once), (8, 1, 0))
				self.assertEqual(row.last_error, KILLED)
				self.assertEqual(set().union(*parts), set(range(1, ORDERS + 1)))
				frappe.db.delete(INBOX, {"state": "Waiting"})
				frappe.db.commit()

	def test_a_customer_who_kills_each_time_is_given_up(self):
		self.set_attempts(3)
		self.addCleanup(self.set_attempts, 6)
		self.note_masters(inbox.CUSTOMER)
		with self.deadly_refresh(inbox.CUSTOMER, 8):
			deaths = 0
			while self.inbox(state="Waiting"):
				deaths += not self.work()
				self.is_due_now()
				self.assertLess(deaths, 12)
		(row,) = self.inbox(state="Given Up")
		self.assertEqual((row.woo_id, row.attempts, row.last_error), (8, 2, KILLED))

	def test_an_outage_of_the_shop_while_customers_are_refreshed_is_nobodys_death(self):
		self.note_masters(inbox.CUSTOMER)
		with self.deadly_refresh(inbox.CUSTOMER, 8, StoreUnreachableError("It is out.")):
			self.work()
		self.assertEqual({row.at_once for row in self.inbox(state="Waiting")}, {0})

	def note_masters(self, resource: str) -> None:
		for woo_id in range(1, ORDERS + 1):
			inbox.note(STORE, resource, woo_id, inbox.WEBHOOK)
		frappe.db.commit()
