"""A whole migration of the sample store in bulk: reading, translating, booking and proving, with one worker.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/bulk_migration.py SITE [--orders 10000] [--documents]

The shop is served by a process of its own. Proving is timed apart, as in `bulk_booking.py`. What the progress
estimated after some pages stands beside what it took.
"""

import resource
import sys
import time
from pathlib import Path

import frappe
import psutil

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, served_shop, site_arguments
from bulk_booking import Proving

from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Benchmark Shop"
ESTIMATED_AFTER = (2, 5, 10)
SECONDS = "SELECT count(*), coalesce(sum(orders), 0), coalesce(sum(seconds), 0) FROM `tabWooCommerce Sync Page` WHERE number > 0"


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=10_000)
	parser.add_argument("--seed", type=int, default=5)
	parser.add_argument("--requests-per-minute", type=int, default=0, help="0 for as many as there are")
	parser.add_argument("--documents", action="store_true", help="for comparison: through documents")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(not arguments.documents))
	with served_shop(arguments.seed, arguments.orders) as url:
		store = make_store(STORE, url=url, company=company)
		fill_mappings(store)
		frappe.db.set_single_value(
			"WooCommerce Settings", "requests_per_minute", arguments.requests_per_minute
		)
		frappe.db.commit()
		frappe.flags.in_test = False
		run_it(arguments.orders)


def run_it(orders: int) -> None:
	proving = Proving()
	started = time.perf_counter()
	process = psutil.Process()
	marks: list[tuple[int, float, int, int]] = []
	estimates: dict[int, float] = {}

	def note(progress) -> None:
		if progress.pages in ESTIMATED_AFTER and (left := progress.seconds_left(orders)) is not None:
			estimates.setdefault(progress.pages, time.perf_counter() - started + left)
		most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
		now = process.memory_info().rss // 2**20
		marks.append((progress.orders, time.perf_counter() - started, now, most))

	with open_session(STORE) as session:
		ended = migrate(session, session.scope(), on_progress=note)
	took = time.perf_counter() - started
	done = frappe.db.count("WooCommerce Order Map")
	print(
		f"{done:,} orders in {took:.0f} s, {ended.requests} requests: {60 * done / took:,.0f} orders a minute;"
		f" complete: {ended.complete}"
	)
	booked_at = max((mark[1] for mark in marks if mark[0]), default=took)
	print(f"the last page was committed after {booked_at:.0f} s; the rest is the proof of the run")
	for pages, estimate in estimates.items():
		print(
			f"after {pages} pages the whole was estimated at {estimate:.0f} s: {100 * estimate / booked_at:.0f} % of that"
		)
	print(f"the proofs of rows took {proving.seconds:.0f} s: {100 * proving.seconds / took:.0f} % of the run")
	for mark in marks[:: max(len(marks) // 8, 1)]:
		print(f"  {mark[0]:>7,} orders after {mark[1]:6.1f} s, {mark[2]} MB now, {mark[3]} MB at most")
	print(frappe.db.get_value("WooCommerce Sync Run", ended.run.run_id, "bulk_booking"))


if __name__ == "__main__":
	main()
