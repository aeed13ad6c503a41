"""What ERPNext itself writes for an order: booked with its own documents, read back in all columns, and rolled back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import decimal_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.vouchers import OrderMapInMemory
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.recorder import Written, recording
from jarz_woocommerce_integration.ledger.erpnext.bulk.rows import read_rows
from jarz_woocommerce_integration.ledger.erpnext.documents.facts import BookedFacts, Buyer
from jarz_woocommerce_integration.ledger.erpnext.documents.orders import NewOrders
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

SAVEPOINT = "woo_bulk_oracle"
# Compared like a table, without being one that ERPNext writes.
ORDER_MAP = "tabWooCommerce Order Map"


class UnfollowedWriteError(Exception):
	"""Something was written whose rows aren't known. :ivar table: where"""

	def __init__(self, table: str, statement: str):
		super().__init__(f"{table.removeprefix('tab')} is written: {statement}")
		self.table = table


class FixedNames:
	"""The names that were taken for an order, so that both sides give the same."""

	def __init__(self, names: list[str]):
		self._names = iter(names)

	def take(self, name: str, identifier: int, day: date) -> str:
		return next(self._names)


class Oracle:
	"""Books single orders in the page's open transaction and leaves nothing of them.

	:param facts: what is known of all orders of the page
	"""

	def __init__(self, settings: BookSettings, facts: BookedFacts, run_id: int):
		self.settings = settings
		self.facts = facts
		self.run_id = run_id

	def rows_of(self, order: OrderFacts, draft: OrderDraft, buyer: Buyer, names: list[str]) -> Captured:
		"""What ERPNext writes for an order, and what the Order Map is to say of it.

		:param names: that its invoice and credit notes are to get
		:raises UnfollowedWriteError: something is written that can't be followed
		:raises Exception: what the site says where it refuses the order
		"""
		poster = Poster(historical=True)
		poster.run_id = self.run_id
		order_map = OrderMapInMemory(_total_of)
		orders = NewOrders(self.settings, poster, self.facts, FixedNames(names), order_map)

		def book() -> None:
			orders.add(order, draft, buyer)
			poster.stamp()

		with undone(poster):
			rows = capture(book)
		return {**rows, ORDER_MAP: [order_map.vouchers.as_row()]}


def _total_of(note: str) -> Decimal:
	return decimal_of(frappe.db.get_value("Sales Invoice", note, "grand_total"))


def capture(write: Callable[[], None]) -> Captured:
	"""What `write` writes, as it stands when it is done."""
	with recording() as written:
		write()
	return read_written(written)


def read_written(written: Written) -> Captured:
	for table, statement in written.unfollowed.items():
		raise UnfollowedWriteError(table, statement)
	rows: Captured = {}
	for table, names in written.rows.items():
		found = read_rows(table, names)
		# A row that was written and deleted again isn't there.
		if there := [found[name] for name in names if name in found]:
			rows[table] = there
	return rows


class _NeverKept(Exception):
	"""Ends a savepoint of which nothing stays."""


@contextmanager
def undone(poster: Poster | None = None) -> Iterator[None]:
	"""Take back everything that is written inside, with what a database's savepoint leaves behind."""
	try:
		with (poster or Poster(historical=True)).savepoint(SAVEPOINT):
			yield
			raise _NeverKept
	except _NeverKept:
		pass
	finally:
		frappe.clear_messages()
