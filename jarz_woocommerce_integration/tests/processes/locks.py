"""Which rows the process at hand has locked at the moment in which it asks the shop: they stay locked until it answers."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from unittest.mock import patch

import frappe
from requests.adapters import HTTPAdapter

from jarz_woocommerce_integration.store import orders
from jarz_woocommerce_integration.store.prefetch import prefetched

# Beside the tables of this app: what every booking writes to.
_SHARED = (
	"Address",
	"Company",
	"Contact",
	"Customer",
	"GL Entry",
	"Item",
	"Payment Entry",
	"Payment Ledger Entry",
	"Sales Invoice",
	"Series",
)
_OURS = "SELECT name FROM `tabDocType` WHERE module = 'WooCommerce' AND issingle = 0 AND is_virtual = 0"


class Asked:
	"""What was asked of the shop. :ivar paths: of the requests; :ivar held: (path, what was locked meanwhile)"""

	def __init__(self):
		self.paths: list[str] = []
		self.held: list[tuple[str, str]] = []


@contextmanager
def asking() -> Iterator[Asked]:
	"""Looks at the locks of this thread's transaction before each request, and before each wait for a page to be read."""
	asked = Asked()
	send = HTTPAdapter.send

	def look(path: str) -> None:
		if getattr(frappe.local, "db", None):  # a thread that reads ahead has no transaction
			asked.paths.append(path)
			asked.held += [(path, what) for what in _held(other, tables)]

	def send_looked_at(adapter, request, **options):
		look(request.path_url.partition("?")[0])
		return send(adapter, request, **options)

	def prefetched_looked_at(*arguments):
		with closing(prefetched(*arguments)) as pages:
			while True:
				look("the next page")
				if (page := next(pages, None)) is None:
					return
				yield page

	tables = [*frappe.db.sql(_OURS, pluck=True), *_SHARED]
	with closing(frappe.db.get_connection()) as other:
		other.cursor().execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
		with patch.object(HTTPAdapter, "send", send_looked_at):
			with patch.object(orders, "prefetched", prefetched_looked_at):
				yield asked


def _held(other, tables: list[str]) -> Iterator[str]:
	"""What another connection can't have of these tables, and whether anything is written that isn't committed."""
	if frappe.db.transaction_writes:
		yield f"{frappe.db.transaction_writes} statements that aren't committed"
	cursor = other.cursor()
	for table in tables:
		cursor.execute(f"SELECT name FROM `tab{table}`")
		there = cursor.rowcount
		cursor.execute(f"SELECT name FROM `tab{table}` FOR UPDATE SKIP LOCKED")
		if cursor.rowcount < there:
			yield f"{there - cursor.rowcount} rows of {table}"
		other.rollback()
