"""While the shop is asked, however slowly it answers, nothing is locked that others need."""

from contextlib import contextmanager

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.desk import setup as store_setup
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run
from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.page_jobs import jobs as page_jobs
from jarz_woocommerce_integration.services.preflight import checklist as preflight
from jarz_woocommerce_integration.services.proof.proof import prove_run, prove_store
from jarz_woocommerce_integration.services.reconciliation import jobs as reconciliation
from jarz_woocommerce_integration.services.session.runs import BOOKING, PLANNING
from jarz_woocommerce_integration.services.webhooks import health as webhook_health, registration as webhooks
from jarz_woocommerce_integration.tests.outbox.outbox_case import OutboxCase
from jarz_woocommerce_integration.tests.page_jobs.test_page_jobs import PageJobsTestCase
from jarz_woocommerce_integration.tests.processes.locks import asking
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestAskingTheShop(OutboxCase):
	orders = 12

	def setUp(self):
		super().setUp()
		# What the site knows of the shop is asked for and written anew.
		frappe.cache.delete_keys("woo_store_")
		values = {"country": "", "home": "", "currencies_found": None}
		frappe.db.set_value("WooCommerce Store", STORE, values, update_modified=False)
		frappe.db.commit()

	@contextmanager
	def nothing_held(self):
		with asking() as asked:
			yield
		frappe.db.rollback()
		self.assertTrue(asked.paths)
		self.assertEqual(asked.held, [])

	def test_the_look_and_what_it_books(self):
		with self.nothing_held():
			self.assertEqual(self.poll()["status"], "done")

	def test_the_inbox(self):
		inbox.note_many(
			STORE, inbox.ORDER, [(order_id, None) for order_id in self.shop.order_ids()], inbox.WEBHOOK
		)
		inbox.note(STORE, inbox.CUSTOMER, 1, inbox.WEBHOOK)
		inbox.note(STORE, inbox.PRODUCT, 1, inbox.WEBHOOK)
		frappe.db.commit()
		with self.nothing_held():
			self.assertGreater(inbox_work.work_on(STORE)["done"], 10)

	def test_the_outbox(self):
		order_id = self.booked_order()
		self.tell("send_status", "send_notes", "send_refunds")
		self.pay(order_id)
		self.credit(order_id, 1)
		with self.nothing_held():
			self.assertGreater(self.send()["sent"], 1)

	def test_comparing_the_last_day_and_the_whole_shop(self):
		self.poll()
		order_id = self.add_order()
		for compare in (reconciliation.reconcile_recent, reconciliation.reconcile_whole):
			with self.subTest(compare.__name__), self.nothing_held():
				self.assertEqual(compare(STORE)["error"], "")
		self.assertTrue(self.inbox(order_id))

	def test_the_proof_of_a_store_and_of_a_run(self):
		run = order_sync.migrate_historical_orders_streaming(STORE)["run"]
		with self.nothing_held():
			self.assertTrue(prove_store(STORE).proven)
		with self.nothing_held():
			self.assertTrue(prove_run(run).proven)

	def test_the_dry_run(self):
		with self.nothing_held():
			self.assertTrue(dry_run(STORE)["complete"])

	def test_the_migration_in_one_process(self):
		with self.nothing_held():
			self.assertTrue(order_sync.migrate_historical_orders_streaming(STORE)["proven"])

	def test_orders_that_a_person_syncs(self):
		with self.nothing_held():
			order_sync.sync_orders(STORE, self.shop.order_ids()[:3])

	def test_the_buttons_of_the_form(self):
		for button in (
			store_setup.check_store,
			store_setup.fill_mappings,
			lambda store: store_setup.preview_order(store, self.shop.order_ids()[0]),
			lambda store: preflight.preflight(store.name),
			webhooks.register,
			lambda store: webhook_health.check_health(store.name),
			webhook_health.show,
			webhooks.remove,
		):
			with self.subTest(button), self.nothing_held():
				button(self.of_store())
			frappe.db.commit()


class TestPageJobsAskingTheShop(PageJobsTestCase):
	def test_planning_booking_and_proving(self):
		with asking() as asked:
			run = self.plan()
			self.assertIn(self.row(run).phase, (PLANNING, BOOKING))
			page_jobs.sweep()
			self.work(run)
		self.assertEqual((self.row(run).status, self.row(run).proven), ("Completed", 1))
		self.assertGreater(len(asked.paths), 10)
		self.assertEqual(asked.held, [])
