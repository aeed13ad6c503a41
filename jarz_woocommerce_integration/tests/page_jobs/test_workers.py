"""Workers as processes of their own: killed, without their Redis, without their database, without the shop.

Whatever happens to them, the books are those of a migration in one process that nobody disturbed. Twenty kills over
2,000 orders and restarts of the real servers are benchmarks/soak_workers.py's.
"""

import random
import time

import frappe

from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.page_jobs import (
	control as run_control,
	feed as page_feed,
	pages as site_pages,
)
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, Workers, queue_at, wait_until
from jarz_woocommerce_integration.tests.proof.proof_case import books_digest
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

_CONNECTIONS = """
SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()
"""


class TestWorkers(ShopOnSiteTestCase):
	orders = 48
	page_size = 8

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		order_sync.migrate_all_historical_orders_cli(batch_size=cls.page_size, store=STORE)
		cls.undisturbed = cls.digest()

	def setUp(self):
		super().setUp()
		wipe_books()
		self.redis = self.enterContext(OwnRedis(keeps=False))
		self.enterContext(queue_at(self.redis.url))

	@staticmethod
	def digest() -> list[tuple]:
		frappe.db.rollback()
		return books_digest()

	def migrate(self, workers: int, disturb) -> None:
		"""Start a run, disturb it until it has ended, and hold its books to those of an undisturbed one.

		:param disturb: called with the workers and the number of pages that are done, ten times a second
		"""
		with Workers(workers, self.redis.url) as processes:
			with open_session(STORE) as session:
				run = run_control.start_in(session, session.scope(page_size=self.page_size), workers)

			def ended() -> bool:
				processes.keep_up()
				page_feed.advance(run)
				if site_runs.read(run).status != "Running":
					return True
				disturb(processes, site_pages.counts(run).get("Done", 0))
				return False

			wait_until(ended, 240, lambda: f"{site_pages.counts(run)} {processes.told()[-3000:]}")
		row = frappe.get_doc(site_runs.RUN, run)
		self.assertEqual((row.status, row.proven), ("Completed", 1), row.last_error)
		self.assertEqual(self.digest(), self.undisturbed)

	def test_two_workers_killed_at_random_moments_leave_the_books_of_an_undisturbed_run(self):
		chance, kills = random.Random(4), []

		def kill(processes: Workers, done: int) -> None:
			# By the pages that are done and not by the clock: a fast machine ends the whole run in some seconds.
			if len(kills) < 5 and done >= len(kills):
				time.sleep(chance.uniform(0, 0.5))
				processes.kill(chance.randrange(len(processes.processes)))
				kills.append(done)

		self.migrate(2, kill)
		self.assertGreaterEqual(len(kills), 3)

	def test_four_workers_go_on_after_their_redis_and_their_database_went_away(self):
		gone = []

		def cut(processes: Workers, done: int) -> None:
			if done >= 1 and not gone:
				gone.append("redis")
				self.redis.restart()
			elif done >= 3 and len(gone) == 1:
				gone.append("database")
				for (connection,) in frappe.db.sql(_CONNECTIONS):
					frappe.db.sql(f"KILL CONNECTION {int(connection)}")

		self.migrate(4, cut)
		self.assertEqual(gone, ["redis", "database"])
