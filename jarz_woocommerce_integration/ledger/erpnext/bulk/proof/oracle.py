"""What ERPNext itself writes for an order: booked with its own documents, read back in all columns, and taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.books import ERPNextBooks
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.paper import OrderMemory
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.recorder import Written, recording
from jarz_woocommerce_integration.ledger.erpnext.bulk.rows import read_rows
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.order_map import Vouchers
from jarz_woocommerce_integration.ledger.erpnext.transactions import lost_transactions_told
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

SAVEPOINT = "woo_bulk_oracle"


class UnfollowedWriteError(Exception):
	"""Something was written whose rows can't be told. :ivar table: where"""

	def __init__(self, table: str, statement: str):
		super().__init__(f"{table.removeprefix('tab')} is written: {statement}")
		self.table = table


class DocumentBooks(OrderMemory, ERPNextBooks):
	"""The books of documents, with a memory instead of the Order Map."""


class FixedNames:
	"""The names that were taken for an order, so that both sides give the same."""

	def __init__(self, names: list[str]):
		self._names = iter(names)

	def take(self, _name: str, _identifier: int, _day: date) -> str:
		return next(self._names)


class Oracle:
	"""Books single orders in the page's open transaction and leaves nothing of them.

	:param books: the page's, which know its customers and units
	"""

	def __init__(self, books: ERPNextBooks, settings, rates, run_id: int):
		self.books = books
		self.settings = settings
		self.rates = rates
		self.run_id = run_id

	def rows_of(self, order: OrderFacts, draft: OrderDraft, names: list[str]) -> Captured:
		"""What ERPNext writes for an order.

		:raises UnfollowedWriteError: something is written that can't be followed
		:raises Exception: what the site says where it refuses the order
		"""
		poster = Poster(historical=True)
		poster.run_id = self.run_id
		books = DocumentBooks(
			self.settings, self.books.record, poster, self.books.masters, FixedNames(names), self.rates
		)
		books.invoices._units = self.books.invoices._units
		books.linked = Vouchers()
		with undone(poster):
			return capture(lambda: self._book(books, poster, order, draft))

	@staticmethod
	def _book(books: DocumentBooks, poster: Poster, order: OrderFacts, draft: OrderDraft) -> None:
		books.add(order, draft)
		poster.stamp()


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


@contextmanager
def undone(poster: Poster | None = None) -> Iterator[None]:
	"""Take back everything that is written inside, with what a database's savepoint leaves behind."""
	after_commit = compat.AfterCommit()
	frappe.db.savepoint(SAVEPOINT)
	try:
		yield
	except frappe.QueryDeadlockError:
		raise  # the savepoint is gone with its transaction
	except BaseException:
		_take_back()
		raise
	else:
		_take_back()
	finally:
		if poster:
			poster.forget()
		after_commit.restore()
		frappe.clear_messages()


def _take_back() -> None:
	with lost_transactions_told():
		frappe.db.rollback(save_point=SAVEPOINT)
