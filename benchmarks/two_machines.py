"""A migration by the workers of two machines, one of which loses the network in the middle, and the books afterwards.

Run it as root with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/two_machines.py SITE [--orders 2000] [--cut 60] ...

The machines are network namespaces with addresses and names of their own; this one has the shop, the database and a Redis.
The plug of one is pulled while it books, so that no connection ends: it comes back with whatever it held, or with
--for-good never. First the same shop is migrated in one process that nobody disturbs; the books of both must be equal.
Exit code 0 when all is as it must be, and where no such network can be made.
"""

import argparse
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site
from machines import Machine, Network, why_not
from soaks import came_through, start, undisturbed

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.page_jobs import feed as page_feed, pages as site_pages
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, Workers
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

EVERY_SECONDS = 0.2
MACHINES = ("woo-a", "woo-b")
_BY_MACHINE = """
SELECT substring_index(worker, ' ', 1), count(*) FROM `tabWooCommerce Sync Page` WHERE run = %s GROUP BY 1
"""


def main() -> int:
	arguments = _arguments()
	if reason := why_not():
		print(reason)
		return 0
	with ExitStack() as stack:
		network = stack.enter_context(Network())
		redis = stack.enter_context(OwnRedis(keeps=False, address=network.address))
		# One Redis for all, this process too: a cache of its own would keep what the others have changed.
		os.environ |= {"FRAPPE_REDIS_QUEUE": redis.url, "FRAPPE_REDIS_CACHE": redis.url}
		open_site(arguments.site)
		wipe_books()
		sample = SampleStore(SampleShop(seed=arguments.seed, orders=arguments.orders))
		url = stack.enter_context(sample.serve(host=network.address))
		fill_mappings(make_store(STORE, url=url))
		settings = {"bulk_booking": int(not arguments.documents), "job_timeout": arguments.job_timeout}
		stack.enter_context(_settings(settings))
		digest = undisturbed(arguments.page_size)
		return 0 if _disturbed(arguments, network, redis, digest) else 1


def _arguments() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument("--orders", type=int, default=2000)
	parser.add_argument("--page-size", type=int, default=25)
	parser.add_argument("--workers", type=int, default=1, help="of each machine")
	parser.add_argument("--cut", type=float, default=60, help="seconds that one machine is cut off for")
	parser.add_argument("--for-good", action="store_true", help="it never comes back")
	parser.add_argument("--cut-at", type=float, default=0.4, help="share of the pages that are done then")
	parser.add_argument("--job-timeout", type=int, default=600, help="seconds, as in WooCommerce Settings")
	parser.add_argument("--seed", type=int, default=5)
	parser.add_argument("--documents", action="store_true", help="instead of in bulk")
	return parser.parse_args()


@contextmanager
def _settings(values: dict):
	before = {name: frappe.db.get_single_value("WooCommerce Settings", name) for name in values}
	_set(values)
	try:
		yield
	finally:
		frappe.db.rollback()
		_set(before)


def _set(values: dict) -> None:
	for name, value in values.items():
		frappe.db.set_single_value("WooCommerce Settings", name, value)
	frappe.db.commit()


def _disturbed(arguments: argparse.Namespace, network: Network, redis: OwnRedis, digest: list[tuple]) -> bool:
	port = network.reach(frappe.conf.db_host or "127.0.0.1", int(frappe.conf.db_port or 3306))
	database = {"FRAPPE_DB_HOST": network.address, "FRAPPE_DB_PORT": str(port)}
	machines = [network.add(name) for name in MACHINES]
	with ExitStack() as stack:
		for machine in machines:
			workers = Workers(arguments.workers, redis.url, command=machine.command, **database)
			stack.enter_context(workers)
		started = time.monotonic()
		run = start(arguments.page_size, arguments.workers * len(machines))
		cut = _Cut(machines[0], arguments, run)
		while site_runs.read(run).status == "Running":
			page_feed.advance(run)
			cut.make()
			time.sleep(EVERY_SECONDS)
		told = f"{time.monotonic() - started:,.0f} s, {cut.told}, pages by {dict(frappe.db.sql(_BY_MACHINE, str(run)))}"
		if cut.is_made and not arguments.for_good:
			machines[0].plug_in()
	return came_through(run, digest, told) and cut.is_made


class _Cut:
	"""One machine loses its network once so many pages are done, while it books one."""

	def __init__(self, machine: Machine, arguments: argparse.Namespace, run: int):
		self.machine = machine
		self.arguments = arguments
		self.run = run
		self.began = self.ended = 0.0
		self.told = "never cut off"

	@property
	def is_made(self) -> bool:
		return bool(self.began)

	def make(self) -> None:
		if not self.began:
			if self._is_time():
				self._begin()
		elif not self.ended and not self.arguments.for_good:
			if time.monotonic() - self.began > self.arguments.cut:
				self._end()

	def _is_time(self) -> bool:
		pages = -(-self.arguments.orders // self.arguments.page_size)
		return site_pages.counts(self.run).get("Done", 0) >= pages * self.arguments.cut_at and self._books()

	def _books(self) -> list[str]:
		"""Pages that the machine works on."""
		working = {"run": str(self.run), "state": "Running", "worker": ("like", f"{self.machine.name} %")}
		return frappe.get_all(site_pages.PAGE, working, pluck="name")

	def _begin(self) -> None:
		self.machine.cut_off()
		self.began = time.monotonic()
		pages = ", ".join(self._books())
		self.told = f"{self.machine.name} cut off"
		print(f"{self.told} with page {pages}; done {site_pages.counts(self.run)}", flush=True)

	def _end(self) -> None:
		print(f"{self.machine.name} comes back; {site_pages.counts(self.run)}", flush=True)
		self.machine.plug_in()
		self.ended = time.monotonic()
		self.told = f"{self.machine.name} cut off for {self.ended - self.began:.0f} s"


if __name__ == "__main__":
	sys.exit(main())
