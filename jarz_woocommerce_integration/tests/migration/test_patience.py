"""What reads the whole shop outlives an outage of a minute: its work of minutes or hours isn't thrown away."""

import time
from contextlib import contextmanager
from unittest.mock import patch

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

PAGES_OF_ORDERS = "orderby=id"
OUTAGE = range(1, 8)  # requests in a row; each is waited for twice as long as the one before


class TestPatience(ShopOnSiteTestCase):
	orders = 6

	@classmethod
	@contextmanager
	def serve(cls):
		cls.shop = SampleShop(seed=5, orders=cls.orders, end=int(time.time()))
		cls.sample = SampleStore(cls.shop)
		with cls.sample.serve() as cls.url:
			yield

	def setUp(self):
		super().setUp()
		wipe_books()
		self.addCleanup(wipe_books)
		self.addCleanup(self.sample.faults.clear)
		self.enterContext(patch("jarz_woocommerce_integration.store.http.client._backoff", lambda state: 0))

	def shop_is_out(self) -> None:
		self.sample.faults.clear()
		self.sample.faults.struck.clear()
		self.sample.faults.add("error_html", at=OUTAGE, match=PAGES_OF_ORDERS)

	def failed(self) -> int:
		return sum(self.sample.faults.struck.values())

	def test_a_rehearsal(self):
		self.shop_is_out()
		self.assertTrue(dry_run(STORE)["complete"])
		self.assertEqual(self.failed(), len(OUTAGE))

	def test_a_migration_and_its_proof(self):
		self.shop_is_out()
		self.assertTrue(order_sync.migrate_all_historical_orders_cli(store=STORE)["proven"])
		self.assertEqual(self.failed(), len(OUTAGE))
		self.shop_is_out()
		self.assertTrue(prove_store(STORE).proven)
		self.assertEqual(self.failed(), len(OUTAGE))
