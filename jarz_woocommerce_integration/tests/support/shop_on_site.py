"""A sample shop that is served on this machine, and a WooCommerce Store of the site that is connected to it."""

import hashlib
import json
import subprocess
import sys

import frappe
from frappe.tests.utils import FrappeTestCase
from frappe.utils import get_bench_path

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.desk.setup import fill_mappings
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import make_store
from jarz_woocommerce_integration.tests.support.zones import zone_for

STORE = "Sample Shop"
BOOKS = (
	"SELECT name, docstatus, customer, posting_date, currency, CAST(grand_total AS CHAR), woo_order_id, modified "
	"FROM `tabSales Invoice` ORDER BY name",
	"SELECT name, docstatus, party, CAST(paid_amount AS CHAR), woo_order_id, modified FROM `tabPayment Entry` ORDER BY name",
	"SELECT voucher_no, account, CAST(debit AS CHAR), CAST(credit AS CHAR) FROM `tabGL Entry` "
	"ORDER BY voucher_no, account, debit, credit",
	"SELECT name, customer_name FROM `tabCustomer` ORDER BY name",
)


class ShopOnSiteTestCase(FrappeTestCase):
	"""Empty books and a connected store, once for each class.

	:cvar orders: how many the shop has, or a few more
	:cvar zone: where the shop lies; another one for each class where that is empty
	"""

	orders = 60
	zone = ""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.zone = cls.zone or zone_for(cls.__name__)
		cls.shop = SampleShop(seed=5, orders=cls.orders, zone=cls.zone)
		cls.enterClassContext(cls.serve())
		wipe_books()
		cls.connect()

	@classmethod
	def serve(cls):
		"""Serve the shop; `cls.url` is where."""
		serving = SampleStore(cls.shop).serve()

		class Serving:
			def __enter__(self):
				cls.url = serving.__enter__()

			def __exit__(self, *exception):
				serving.__exit__(*exception)

		return Serving()

	@classmethod
	def connect(cls, **fields):
		cls.store = make_store(STORE, url=cls.url, **fields)
		fill_mappings(cls.store)
		frappe.db.commit()


def books_digest() -> str:
	"""One hash over the books, times of change among them: equal where nothing was written."""
	frappe.db.rollback()
	digest = hashlib.sha256()
	for query in BOOKS:
		for row in frappe.db.sql(query):
			digest.update(repr(row).encode())
	return digest.hexdigest()


def bench_command(*words: str) -> list[str]:
	"""A command of bench for this site, without the bench launcher in between."""
	return [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site, *words]


def run_bench(*words: str) -> subprocess.CompletedProcess:
	"""Run a command of bench as a process of its own."""
	return subprocess.run(
		bench_command(*words), cwd=f"{get_bench_path()}/sites", capture_output=True, text=True, timeout=300
	)


def json_of(done: subprocess.CompletedProcess):
	"""What a command wrote with `--json -`."""
	assert done.stdout, done.stderr
	return json.loads(done.stdout)
