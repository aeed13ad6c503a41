"""The sample store migrated twice, through documents and in bulk: every table of the database counted, every row compared.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/bulk_books.py SITE [--orders 3000]

The test `bulk/test_books` does the same with a small shop. The exit code is 1 where something differs.
"""

import sys
import time
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, site_arguments

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.compared_books import difference, migrated_books
from jarz_woocommerce_integration.tests.support.site import make_store


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=3000)
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	told = []
	with SampleStore(SampleShop(seed=5, orders=arguments.orders, plugins=True)).serve() as url:
		wipe_books()
		store = make_store("Benchmark Shop", url=url, company=company)
		fill_mappings(store)
		frappe.db.commit()
		for in_bulk in (False, True):
			started = time.perf_counter()
			told.append(migrated_books(store, in_bulk))
			took = time.perf_counter() - started
			way = "in bulk" if in_bulk else "through documents"
			print(f"{way}: {took:.0f} s with the reading of the books", flush=True)
	print(frappe.get_last_doc("WooCommerce Sync Run").bulk_booking)
	documents, bulk = told
	differing = 0
	for part, expected in documents.items():
		found = difference(expected, bulk[part])
		differing += bool(found)
		print(f"{part}: {len(expected):,} {'tables' if part == 'counts' else 'rows'}, {found or 'equal'}")
	sys.exit(bool(differing))


if __name__ == "__main__":
	main()
