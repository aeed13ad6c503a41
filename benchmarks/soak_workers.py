"""A migration by real workers that are killed, cut off from their servers and from the shop, and the books afterwards.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/soak_workers.py SITE [--orders 2000] [--kills 20] ...

First the same shop is migrated in one process that nobody disturbs; the books of both must be equal by every column
that isn't a name drawn by chance or a stamp. With --changes the shop goes on selling meanwhile, so that there are no
books to compare with: then the proof against the shop counts. Exit code 0 when all is as it must be.
"""

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, site_arguments
from soaks import came_through, start, undisturbed

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.faults import ACTIONS, act
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, pages as site_pages
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, Workers, queue_at
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

EVERY_SECONDS = 1.0


def main() -> int:
	arguments = _arguments()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	sample = SampleStore(SampleShop(seed=arguments.seed, orders=arguments.orders))
	with sample.serve() as url:
		fill_mappings(make_store(STORE, url=url, company=company))
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(not arguments.documents))
		frappe.db.commit()
		digest = None if arguments.changes else undisturbed(arguments.page_size)
		return 0 if _disturbed(arguments, sample, digest) else 1


def _arguments() -> argparse.Namespace:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=2000)
	parser.add_argument("--page-size", type=int, default=25)
	parser.add_argument("--workers", type=int, default=2)
	parser.add_argument("--kills", type=int, default=20)
	parser.add_argument(
		"--every", type=float, default=20, help="seconds from one kill to the next, on average"
	)
	parser.add_argument("--restart-redis", action="store_true", help="once, and it forgets all it had")
	parser.add_argument("--restart-mariadb", metavar="COMMAND", help="run it once in the middle")
	parser.add_argument("--outage", type=float, default=0, help="seconds that the shop is down for")
	parser.add_argument(
		"--changes", type=int, default=0, help="orders that are changed, trashed, added meanwhile"
	)
	parser.add_argument("--seed", type=int, default=5)
	parser.add_argument("--documents", action="store_true", help="instead of in bulk")
	return parser.parse_args()


def _disturbed(arguments: argparse.Namespace, sample: SampleStore, digest: list[tuple] | None) -> bool:
	with (
		OwnRedis(keeps=False) as redis,
		queue_at(redis.url),
		Workers(arguments.workers, redis.url) as workers,
	):
		run = start(arguments.page_size, arguments.workers)
		started = time.monotonic()
		trouble = _Trouble(arguments, sample, redis, workers)
		while site_runs.read(run).status == "Running":
			workers.keep_up()
			page_feed.advance(run)
			trouble.make(site_pages.counts(run).get("Done", 0))
			time.sleep(EVERY_SECONDS)
		told = f"{time.monotonic() - started:,.0f} s, {trouble.kills} kills"
	return came_through(run, digest, told)


class _Trouble:
	"""What goes wrong, spread over the run by how many pages are done."""

	def __init__(self, arguments: argparse.Namespace, sample: SampleStore, redis: OwnRedis, workers: Workers):
		self.arguments = arguments
		self.sample = sample
		self.redis = redis
		self.workers = workers
		self.chance = random.Random(arguments.seed)
		self.pages = -(-arguments.orders // arguments.page_size)
		self.kills = self.changes = 0
		self.next_kill = time.monotonic() + 5
		self.done_once: set[str] = set()
		self.outage_ends = 0.0

	def make(self, done: int) -> None:
		now = time.monotonic()
		share = done / self.pages
		if self.kills < self.arguments.kills and now > self.next_kill:
			self.workers.kill(self.chance.randrange(len(self.workers.processes)))
			self.kills += 1
			self.next_kill = now + self.chance.uniform(0.2, 1.8) * self.arguments.every
		if self.arguments.restart_redis and share > 0.3:
			self._once("Redis restarted", self.redis.restart)
		if self.arguments.restart_mariadb and share > 0.5:
			self._once("MariaDB restarted", self._restart_mariadb)
		if self.arguments.outage and share > 0.6:
			self._once("the shop is down", self._begin_outage)
		if self.outage_ends and now > self.outage_ends:
			self._once("the shop is up again", self.sample.faults.clear)
		while self.changes < self.arguments.changes * min(share * 1.2, 1):
			act(self.sample.shop, self.chance.choice(ACTIONS[:1] + ACTIONS[2:]), self.chance)
			self.changes += 1

	def _once(self, what: str, do) -> None:
		if what not in self.done_once:
			self.done_once.add(what)
			do()
			print(what, flush=True)

	def _restart_mariadb(self) -> None:
		subprocess.run(self.arguments.restart_mariadb, shell=True, check=True)
		frappe.db.close()
		frappe.connect()

	def _begin_outage(self) -> None:
		self.sample.faults.add("error_html", share=1.0)
		self.outage_ends = time.monotonic() + self.arguments.outage


if __name__ == "__main__":
	sys.exit(main())
