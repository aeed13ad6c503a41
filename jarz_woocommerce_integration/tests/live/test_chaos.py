"""A live sync while webhooks are lost and repeated, the receiver is away and the shop fails: small, with real processes.

A thousand changes in ten minutes are benchmarks/live_chaos.py's.
"""

import time
from contextlib import contextmanager

import frappe

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.tests.live.live_chaos import LiveChaos, Plan, keep_in_step
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase


class TestLiveChaos(ShopOnSiteTestCase):
	orders = 25

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.addClassCleanup(wipe_books)
		order_sync.migrate_all_historical_orders_cli(store=STORE)
		keep_in_step(STORE)

	@classmethod
	@contextmanager
	def serve(cls):
		# Its days are today's, as a shop's are that is kept in step.
		cls.shop = SampleShop(seed=5, orders=cls.orders, end=int(time.time()))
		cls.sample = SampleStore(cls.shop)
		with cls.sample.serve() as cls.url:
			yield

	@classmethod
	def connect(cls):
		super().connect(unknown_items="Create")

	def test_whatever_is_lost_or_fails_the_books_are_those_of_the_shop_in_the_end(self):
		plan = Plan(
			changes=40,
			seconds=15,
			deliver_every=0.5,
			down=4,
			lost=0.25,
			repeated=0.2,
			store_errors=0.03,
			kills=1,
			times_faster=30,
			patience=120,
		)
		told = LiveChaos(STORE, self.sample, plan).run()
		self.assertEqual(list(told.proof.wrong()), [])
		self.assertTrue(told.proof.proven)
		self.assertEqual(told.twice, [])
		self.assertEqual({state for _source, state in told.inbox}, {"Done"}, told.inbox)
		self.assertGreater(told.inbox["Webhook", "Done"], 0, told.deliveries)
		self.assertGreater(told.deliveries["lost"], 0)
		self.assertGreater(told.deliveries["without an answer"], 0)
		self.assertEqual(told.made.total(), plan.changes)
		self.assertEqual(frappe.db.count("WooCommerce Inbox", {"state": "Waiting"}), 0)
