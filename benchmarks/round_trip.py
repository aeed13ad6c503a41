"""What a merchant waits for around a migration in bulk: rehearsal, migration, a second migration, undo.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/round_trip.py SITE [--orders 2000] [--documents]

All in one run on one machine, one process, without a limit of requests: so their ratios count. Prints seconds, orders a
minute and requests of each. The migration begins with what the rehearsal has proven (`--rehearsed 0`: with nothing).
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, served_shop, site_arguments

from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Benchmark Shop"


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=2000)
	parser.add_argument("--rehearsed", type=int, default=500, help="orders of the rehearsal, 0 for none")
	parser.add_argument("--documents", action="store_true", help="for comparison: through documents")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(not arguments.documents))
	with served_shop(5, arguments.orders) as url:
		fill_mappings(make_store(STORE, url=url, company=company))
		frappe.db.commit()
		frappe.flags.in_test = False
		if arguments.rehearsed:
			timed("rehearsal on the site", lambda: rehearse(arguments.rehearsed))
		runs: list[int] = []
		timed("migration", lambda: migrate_all(runs))
		timed("second migration", lambda: migrate_all(runs))
	timed("undo", lambda: take_back(runs[0]))


def timed(what: str, work: Callable[[], tuple[int, str]]) -> None:
	""":param work: returns the number of orders, and what else there is to say"""
	started = time.perf_counter()
	orders, more = work()
	took = time.perf_counter() - started
	print(
		f"{what:<22}{orders:>7,} orders in {took:7.1f} s: {60 * orders / took:>8,.0f} a minute; {more}",
		flush=True,
	)


def rehearse(orders: int) -> tuple[int, str]:
	found = dry_run(STORE, limit=orders)
	return found["orders_seen"], f"{found['requests']} requests"


def migrate_all(runs: list[int]) -> tuple[int, str]:
	with open_session(STORE) as session:
		ended = migrate(session, session.scope())
		proving = session.ledger.proof_seconds
	runs.append(ended.run.run_id)
	there = frappe.db.count("WooCommerce Order Map")
	pages = f"{ended.requests} requests, {ended.progress.pages} pages, complete: {ended.complete}"
	return there, f"{pages}, {proving:.1f} s for proofs"


def take_back(run: int) -> tuple[int, str]:
	done = undo(run)
	return done["undone"], f"{done['status']}, {done['kept']} documents stay"


if __name__ == "__main__":
	main()
