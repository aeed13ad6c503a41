"""A shop migrated twice, through documents and in bulk: every table of the database counted, every row compared.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped):

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/bulk_books.py SITE [--orders 3000 | --captured FOLDER]

The shop is the sample store, or a real shop's answers (orders.json.gz and refunds.json.gz of a folder, as in tests/fixtures/shop11). The
test `bulk/test_books` does the same with a small shop. The exit code is 1 where something differs.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe.model.document import Document

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, site_arguments

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.tests.real_shop.store_of_its_own_accounts import (
	booked_in_bulk,
	make_real_store,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.captured_store import CapturedStore, captured
from jarz_woocommerce_integration.tests.support.compared_books import difference, migrated_books
from jarz_woocommerce_integration.tests.support.site import make_store

STORE = "Benchmark Shop"


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--orders", type=int, default=3000, help="of the sample store")
	parser.add_argument("--captured", type=Path, help="a folder with a real shop's answers")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	shop = (
		_captured(arguments.captured.resolve(), company)
		if arguments.captured
		else _sampled(arguments.orders, company)
	)
	told = []
	with shop as store:
		for in_bulk in (False, True):
			started = time.perf_counter()
			told.append(migrated_books(store, in_bulk))
			took = time.perf_counter() - started
			way = "in bulk" if in_bulk else "through documents"
			print(f"{way}: {took:.0f} s with the reading of the books", flush=True)
	run = frappe.get_last_doc("WooCommerce Sync Run")
	print(run.bulk_booking)
	booked, as_rows = booked_in_bulk(STORE, run.name)
	print(f"{as_rows:,} of {booked:,} booked orders are rows ({as_rows / max(booked, 1):.1%})")
	documents, bulk = told
	differing = 0
	for part, expected in documents.items():
		found = difference(expected, bulk[part])
		differing += bool(found)
		print(f"{part}: {len(expected):,} {'tables' if part == 'counts' else 'rows'}, {found or 'equal'}")
	sys.exit(bool(differing))


@contextmanager
def _sampled(orders: int, company: str) -> Iterator[Document]:
	with SampleStore(SampleShop(seed=5, orders=orders, plugins=True)).serve() as url:
		wipe_books()
		store = make_store(STORE, url=url, company=company)
		fill_mappings(store)
		frappe.db.commit()
		yield store


@contextmanager
def _captured(folder: Path, company: str) -> Iterator[Document]:
	orders, refunds = (captured(folder.name, name, folder.parent) for name in ("orders", "refunds"))
	print(f"{len(orders):,} orders, {sum(map(len, refunds.values())):,} refunds of {folder.name}")
	with CapturedStore(orders, refunds).serve() as url:
		wipe_books()
		yield make_real_store(STORE, url, company)


if __name__ == "__main__":
	main()
