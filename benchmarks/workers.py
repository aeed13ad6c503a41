"""Orders a minute in one process without page jobs, and with one, two and four workers; where the time goes; memory.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/workers.py SITE [--orders 400] [--workers 0 1 2 4] [--rounds 2]

Rounds alternate, so that the machine's drift falls on all alike. Counted is from the first page that a worker begins
to the last one that is committed: neither the start of the workers nor planning and proof. --only books the orders of
one status and lists the others, to see what memory many orders take without waiting for hours. 0 workers are the command
that books by itself, from its first page to its last commit.
"""

import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, served_shop, site_arguments

from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.page_jobs import control as run_control, feed as page_feed
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.processes.workers import OwnRedis, Workers, queue_at
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE
from jarz_woocommerce_integration.tests.support.site import make_store

EVERY_SECONDS = 3.0
_PAGES = """
SELECT min(started) AS began, max(committed) AS ended, sum(orders) AS orders, sum(seconds) AS seconds,
	sum(store_seconds) AS store, sum(lookup_seconds) AS lookups, sum(booking_seconds) AS booking,
	max(memory_mb) AS memory, sum(attempts) AS attempts, count(*) AS pages
FROM `tabWooCommerce Sync Page` WHERE run = %s AND state = 'Done'
"""


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=400)
	parser.add_argument("--page-size", type=int, default=50)
	parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2, 4])
	parser.add_argument("--rounds", type=int, default=2)
	parser.add_argument("--only", metavar="STATUS", help="book orders in this status alone, list the others")
	parser.add_argument("--in-bulk", action="store_true", help="instead of through documents")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(arguments.in_bulk))
	rates: dict[int, list[float]] = defaultdict(list)
	with served_shop(5, arguments.orders) as url, OwnRedis() as redis:
		store = make_store(STORE, url=url, company=company)
		fill_mappings(store)
		_leave_out(store, arguments.only)
		with queue_at(redis.url):
			for _round in range(arguments.rounds):
				for count in arguments.workers:
					rates[count].append(
						_measure(arguments.page_size, count, redis.url)
						if count
						else _measure_one_process(arguments.page_size)
					)
	alone = statistics.median(rates[arguments.workers[0]])
	for count, measured in rates.items():
		rate = statistics.median(measured)
		print(
			f"{count} workers: {rate:,.0f} orders a minute, {rate / alone:.2f} times {arguments.workers[0]}"
		)


def _leave_out(store, only: str | None) -> None:
	if only:
		for row in store.statuses:
			if row.status != only:
				row.action = "Ignore"
		store.save()
	frappe.db.commit()


def _measure_one_process(page_size: int) -> float:
	wipe_books()
	started, marks = time.perf_counter(), [0.0]

	def note(progress) -> None:
		if progress.phase == "reading":
			marks.append(time.perf_counter() - started)

	with open_session(STORE) as session:
		started = time.perf_counter()
		ended = migrate(session, session.scope(page_size=page_size), on_progress=note)
	rate = ended.progress.orders / marks[-1] * 60
	print(f"one process: {rate:,.0f} orders a minute; {ended.requests} requests", flush=True)
	return rate


def _measure(page_size: int, count: int, redis_url: str) -> float:
	wipe_books()
	with Workers(count, redis_url) as workers, open_session(STORE) as session:
		run = run_control.start_in(session, session.scope(page_size=page_size), count)
		while site_runs.read(run).status == "Running":
			workers.keep_up()
			page_feed.advance(run)
			time.sleep(EVERY_SECONDS)
	row = frappe.get_doc(site_runs.RUN, run)
	assert row.status == "Completed" and row.proven, (row.status, row.last_error)
	(pages,) = frappe.db.sql(_PAGES, str(run), as_dict=True)
	rate = pages.orders / (pages.ended - pages.began).total_seconds() * 60
	shares = ", ".join(
		f"{what} {100 * pages[what] / pages.seconds:.1f} %" for what in ("store", "lookups", "booking")
	)
	waiting = 100 - 100 * (pages.store + pages.lookups + pages.booking) / pages.seconds
	print(
		f"{count} workers: {rate:,.0f} orders a minute; {shares}, waiting for the page before {waiting:.1f} %;"
		f" {pages.memory} MB at most in a page job; {pages.pages} pages, {row.requests} requests",
		flush=True,
	)
	return rate


if __name__ == "__main__":
	main()
