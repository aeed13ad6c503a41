"""What full books cost: the same orders are migrated and undone on books of 2,000 orders, and on books of 200,000.

Run it with the bench's Python, in the bench's `sites` folder, on a site of no importance (its books are wiped), with some 4 GB of room in the database:

	../env/bin/python ../apps/jarz_woocommerce_integration/benchmarks/large_books.py SITE [--small 2000] [--large 200000] [--orders 1000]

The books are filled with copies, in SQL, of the rows of a migrated shop: customers, contacts, addresses, vouchers, entries, Order Map, under other names. The other shop is migrated once
before it is measured, so that proofs and caches are the same each time. Prints seconds a page, proofs apart, and processor seconds of Python.
"""

import sys
import time
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

from bench_site import open_site, served_shop, site_arguments

from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store

FILLING, MEASURED = "Benchmark Shop", "Benchmark Shop beside it"
TABLES = (
	"Customer",
	"Contact",
	"Contact Email",
	"Contact Phone",
	"Address",
	"Dynamic Link",
	"Sales Invoice",
	"Sales Invoice Item",
	"Sales Taxes and Charges",
	"Item Wise Tax Detail",
	"Payment Schedule",
	"Payment Entry",
	"Payment Entry Reference",
	"GL Entry",
	"Payment Ledger Entry",
	"WooCommerce Order Map",
	"WooCommerce Order Map Credit Note",
)
# Columns that name a document that is copied, or must differ from copy to copy.
RENAMED = {
	"name",
	"parent",
	"voucher_no",
	"against_voucher",
	"against_voucher_no",
	"voucher_detail_no",
	"reference_name",
	"return_against",
	"sales_invoice",
	"payment_entry",
	"customer",
	"party",
	"link_name",
	"customer_primary_contact",
	"customer_primary_address",
	"customer_address",
	"contact_person",
	"shipping_address_name",
	"woo_main_customer",
	"woo_customer_key",
	"woo_payment_key",
	"email_id",
	"phone",
	"mobile_no",
}
NUMBERED = {"woo_order_id", "woo_customer_id"}
FURTHER = 10_000_000


def main() -> None:
	parser = site_arguments(__doc__)
	parser.add_argument("--small", type=int, default=2000, help="orders in the books at first")
	parser.add_argument("--large", type=int, default=200_000, help="orders in the books then")
	parser.add_argument("--orders", type=int, default=1000, help="orders that are migrated beside them")
	arguments = parser.parse_args()
	company = open_site(arguments.site, arguments.company)
	wipe_books()
	frappe.db.set_single_value("WooCommerce Settings", {"bulk_booking": 1, "requests_per_minute": 0})
	with served_shop(5, arguments.small) as url:
		connect(FILLING, url, company)
		frappe.flags.in_test = False
		book(FILLING)
	with served_shop(6, arguments.orders) as url:
		connect(MEASURED, url, company)
		undo(book(MEASURED)[0])
		measure()
		fill(arguments.large // arguments.small)
		measure()


def connect(name: str, url: str, company: str) -> None:
	fill_mappings(make_store(name, url=url, company=company))
	frappe.db.commit()


def book(store: str) -> tuple[int, float, int]:
	""":return: the run, seconds without proofs, pages"""
	started = time.perf_counter()
	with open_session(store) as session:
		ended = migrate(session, session.scope())
		proving = session.ledger.proof_seconds
	return ended.run.run_id, time.perf_counter() - started - proving, ended.progress.pages


def measure() -> None:
	there = frappe.db.count("WooCommerce Order Map")
	spent = time.process_time()
	run, seconds, pages = book(MEASURED)
	print(
		f"beside {there:>9,} orders: {seconds / pages:6.2f} s a page, with reading and comparing, without proofs;"
		f" {(time.process_time() - spent) / pages:.2f} s of Python's processor time",
		flush=True,
	)
	started, spent = time.perf_counter(), time.process_time()
	undone = undo(run)["undone"]
	took = time.perf_counter() - started
	print(
		f"{'':>24}undo of {undone:,} orders: {took:.1f} s, {60 * undone / took:,.0f} a minute;"
		f" {time.process_time() - spent:.1f} s of Python's processor time",
		flush=True,
	)


def fill(times: int) -> None:
	"""Copy what is there, until there are so many times as many orders."""
	started = time.perf_counter()
	tables = [table for table in TABLES if frappe.db.table_exists(table)]
	rows = times * sum(frappe.db.count(table) for table in tables)
	frappe.db.commit()
	for table in tables:
		# Apart, so that no copy looks through the copies before it.
		which = "link_doctype = 'Customer'" if table == "Dynamic Link" else "TRUE"
		frappe.db.sql_ddl(
			f"CREATE TEMPORARY TABLE `{_source(table)}` AS SELECT * FROM `tab{table}` WHERE {which}"
		)
	for copy in range(1, times):
		for table in tables:
			_copy(table, copy)
		frappe.db.commit()
	for table in tables:
		frappe.db.sql_ddl(f"ANALYZE TABLE `tab{table}`")
	print(f"filled with some {rows:,} rows in {time.perf_counter() - started:.0f} s", flush=True)


def _source(table: str) -> str:
	return f"source of {table}"


def _copy(table: str, copy: int) -> None:
	columns = frappe.db.get_table_columns(table)
	values = ", ".join(_copied(column) for column in columns)
	frappe.db.sql(
		f"INSERT INTO `tab{table}` ({', '.join(f'`{column}`' for column in columns)})"
		f" SELECT {values} FROM `{_source(table)}`",
		{"suffix": f"~{copy}", "further": copy * FURTHER},
	)


def _copied(column: str) -> str:
	if column in NUMBERED:
		return f"if(`{column}` = 0, 0, `{column}` + %(further)s)"
	if column in RENAMED:
		return f"if(coalesce(`{column}`, '') = '', `{column}`, concat(`{column}`, %(suffix)s))"
	return f"`{column}`"


if __name__ == "__main__":
	main()
