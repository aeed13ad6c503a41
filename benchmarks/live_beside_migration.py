"""How much a migration and the live sync slow each other: the migration alone, the live sync alone, then both at once.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/live_beside_migration.py SITE [--orders 1000] ...

The shop sells and changes orders at the same pace, for as long as the migration takes. Exit code 0 when the books are proven.
"""

import argparse
import sys
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.page_jobs import control as run_control, feed as page_feed
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.tests.live.live_chaos import LiveChaos, Plan, Told, keep_in_step, spread
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, Workers, queue_at
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

# Of the whole server, so measured on one that has nothing else to do.
_WAITS = "SHOW GLOBAL STATUS WHERE variable_name IN ('Innodb_row_lock_waits', 'Innodb_row_lock_time')"


def main() -> int:
	options = _options()
	open_site(options.site)
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(not options.documents))
	with _measured("migration alone"):
		alone = _migration_alone(options)
	print(f"  {alone:,.0f} s for {options.orders:,} orders", flush=True)
	with _measured("live sync alone"):
		live = _live(options, migrated_by=0)
	with _measured("both at once"):
		both = _live(options, migrated_by=options.workers)
	print(
		f"migration: {alone:,.0f} s alone, {both.migrated_in:,.0f} s beside: {both.migrated_in / alone:.2f} times"
	)
	print(f"from order to invoice, alone: {spread(live.with_webhook + live.without)}")
	print(f"from order to invoice, beside: {spread(both.with_webhook + both.without)}")
	return 0 if live.proof.proven and both.proof.proven and not both.twice else 1


def _options() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("site")
	parser.add_argument("--orders", type=int, default=1000, help="that are migrated")
	parser.add_argument("--workers", type=int, default=1, help="that migrate")
	parser.add_argument("--a-minute", type=float, default=30, help="changes of the shop meanwhile")
	parser.add_argument("--changes", type=int, default=30, help="at the least")
	parser.add_argument("--patience", type=float, default=600, help="seconds for the inbox to be empty")
	parser.add_argument("--documents", action="store_true", help="instead of in bulk")
	parser.add_argument("--seed", type=int, default=5)
	return parser.parse_args()


@contextmanager
def _measured(what: str):
	"""Print how long it took, and how long rows were waited for meanwhile."""
	before, started = dict(frappe.db.sql(_WAITS)), time.monotonic()
	yield
	after = dict(frappe.db.sql(_WAITS))
	waits, waited = (
		int(after[name]) - int(before[name]) for name in ("Innodb_row_lock_waits", "Innodb_row_lock_time")
	)
	took = time.monotonic() - started
	print(f"{what}: {took:,.0f} s in all; {waits:,} waits for rows, {waited / 1000:,.1f} s", flush=True)


@contextmanager
def _shop(options: argparse.Namespace):
	wipe_books()
	frappe.db.commit()
	shop = SampleShop(seed=options.seed, orders=options.orders, end=int(time.time()))
	sample = SampleStore(shop)
	with sample.serve() as url:
		make_store(STORE, url=url, unknown_items="Create")
		yield sample


def _migration_alone(options: argparse.Namespace) -> float:
	with (
		_shop(options),
		OwnRedis(keeps=False) as redis,
		queue_at(redis.url),
		Workers(options.workers, redis.url) as workers,
	):
		run = run_control.start(STORE, options.workers)
		while site_runs.read(run).status == "Running":
			workers.keep_up()
			page_feed.advance(run)
			time.sleep(1)
		started, finished = frappe.db.get_value(site_runs.RUN, run, ["started", "finished"])
		return (finished - started).total_seconds()


def _live(options: argparse.Namespace, migrated_by: int) -> Told:
	plan = Plan(
		changes=options.changes,
		seconds=options.changes * 60 / options.a_minute,
		lost=0,
		repeated=0,
		down=0,
		store_errors=0,
		migrated_by=migrated_by,
		patience=options.patience,
		seed=options.seed,
	)
	with _shop(options) as sample:
		if not migrated_by:
			order_sync.migrate_all_historical_orders_cli(max_pages=None, store=STORE)
		keep_in_step(STORE)
		told = LiveChaos(STORE, sample, plan, lambda line: print(f"  {line}", flush=True)).run()
	for sentence in islice(told.proof.wrong(), 10):
		print(f"  {sentence}")
	return told


if __name__ == "__main__":
	sys.exit(main())
