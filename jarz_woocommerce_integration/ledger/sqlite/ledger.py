"""The ledger in one SQLite file, in which a merchant rehearses a migration before the books are touched.

No mock: it enforces the same keys, states and totals as the one in ERPNext. docs/develop/sqlite-ledger.md shows its tables.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from os import PathLike
from pathlib import Path

from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger.booking import OrderBooking
from jarz_woocommerce_integration.ledger.contract import BookedOrder, BookedPage, Ledger, PageRecord, Run
from jarz_woocommerce_integration.ledger.sqlite import (
	masters as sqlite_masters,
	order_map as sqlite_order_map,
	runs as sqlite_runs,
	storage as sqlite_storage,
)
from jarz_woocommerce_integration.ledger.sqlite.books import SQLiteBooks
from jarz_woocommerce_integration.ledger.sqlite.lookups import (
	read_first_currencies,
	read_lookups,
	read_territories,
)
from jarz_woocommerce_integration.ledger.sqlite.schema import BOOK_QUERIES
from jarz_woocommerce_integration.translation.drafts import Outcome
from jarz_woocommerce_integration.translation.lookups import (
	KnownCustomer,
	KnownItem,
	LookupKeys,
	Lookups,
	Territory,
)

ROWS_READ_AT_ONCE = 500
SMALLEST_ID = -(2**63)
COUNTED = {
	"invoices": "invoice",
	"credit_notes": "credit_note",
	"customers": "customer",
	# On a site they may need a second customer each (docs/use/currencies.md).
	"customers_in_several_currencies": (
		"(SELECT customer FROM invoice WHERE status <> 'Cancelled' GROUP BY customer HAVING count(DISTINCT currency) > 1)"
	),
	"addresses": "address",
}


class SQLiteLedger(Ledger):
	"""The books of one store in the file `path`. Open it with `with`, which takes and gives up the lock.

	:param store: the store's identity, its home URL: a file holds the books of one store only
	:param read_only: for reports, also while a run in another process writes

	Threads may share one ledger: each method waits for the one that is under way.

	:raises LedgerInUseError: another process writes to the file; :raises LedgerOfAnotherStoreError: it's another store's
	:raises LedgerVersionError: no ledger, or a newer one; :raises LedgerStorageError: it can't be opened or written
	"""

	def __init__(self, path: str | PathLike, store: str, *, read_only: bool = False):
		self.path = Path(path)
		self.store = store
		self.read_only = read_only
		self._connection: sqlite3.Connection | None = None
		self._file_lock = sqlite_storage.FileLock(self.path)
		self._guard = threading.RLock()

	@staticmethod
	def store_of(path: str | PathLike) -> str:
		"""The identity of the store whose books are in the file `path`."""
		return sqlite_storage.store_of(Path(path))

	@classmethod
	def open_existing(cls, path: str | PathLike) -> "SQLiteLedger":
		"""The ledger at `path` for reading, whichever store's it is."""
		return cls(path, cls.store_of(path), read_only=True)

	@classmethod
	def remove(cls, path: Path) -> None:
		"""Remove a ledger, if there is one. Anything that isn't a ledger of ours is left alone.

		:raises LedgerError: the file is something else, or another process writes to it
		"""
		if path.exists():
			# Opened for writing, it is locked: nobody's ledger is taken from under them.
			with cls(path, cls.store_of(path)):
				sqlite_storage.remove_files(path)

	def __enter__(self) -> "SQLiteLedger":
		if self.read_only:
			self._connection = sqlite_storage.connect_to_read(self.path, self.store)
		else:
			self._connection = self._connect_to_write()
		return self

	def __exit__(self, *exception) -> None:
		with self._guard:
			if self._connection:
				self._connection.close()
				self._connection = None
			self._file_lock.release()

	def _connect_to_write(self) -> sqlite3.Connection:
		if self.path.is_dir():
			raise LedgerStorageError(f"{self.path} is a folder.", "Name a file in it.")
		half_made = Path(
			f"{self.path}-journal"
		).exists()  # which only a connection that may write clears away
		if self.path.is_file() and self.path.stat().st_size and not half_made:
			# Before anything is written beside it: it may be somebody else's file.
			sqlite_storage.connect_to_read(self.path, self.store).close()
		self._file_lock.acquire()
		try:
			return sqlite_storage.connect(self.path, self.store)
		except BaseException:
			self._file_lock.release()
			raise

	@property
	def connection(self) -> sqlite3.Connection:
		"""The open file, for queries of reports; what is written through it isn't checked."""
		if self._connection is None:
			raise LedgerStorageError(f"The ledger {self.path} is closed.", "Open it with `with`.")
		return self._connection

	@contextmanager
	def _reading(self) -> Iterator[sqlite3.Connection]:
		with self._guard, sqlite_storage.storage_errors(self.path):
			yield self.connection

	@contextmanager
	def _transaction(self) -> Iterator[sqlite3.Connection]:
		"""All or nothing: committed at the end, rolled back at any error."""
		with self._reading() as connection:
			connection.execute("BEGIN IMMEDIATE")
			try:
				yield connection
				connection.execute("COMMIT")
			except BaseException:
				# A full disk makes SQLite roll back by itself.
				if connection.in_transaction:
					connection.execute("ROLLBACK")
				raise

	# --- runs ---

	def open_run(self, parameters: dict, before: datetime) -> Run:
		with self._transaction() as connection:
			return sqlite_runs.open_run(connection, parameters, before)

	def last_parameters(self) -> dict:
		"""What the last run was asked for; empty where there was none."""
		with self._reading() as connection:
			return sqlite_runs.last_parameters(connection)

	def is_resuming(self, parameters: dict) -> bool:
		"""Whether `open_run` with these parameters would go on with a run of which some page is booked."""
		with self._reading() as connection:
			return sqlite_runs.is_resuming(connection, parameters)

	def finish_run(self, run: Run) -> None:
		with self._transaction() as connection:
			sqlite_runs.finish_run(connection, run)

	# --- the page ---

	def lookups(self, keys: LookupKeys) -> Lookups:
		with self._reading() as connection:
			return read_lookups(connection, keys)

	def territories(self) -> Sequence[Territory]:
		with self._reading() as connection:
			return read_territories(connection)

	def create_masters(self, outcomes: Sequence[Outcome]) -> None:
		with self._transaction() as connection:
			sqlite_masters.create_masters(connection, outcomes)

	def book_page(self, page: PageRecord, outcomes: Sequence[Outcome]) -> BookedPage:
		with self._transaction() as connection:
			books = SQLiteBooks(connection, page)
			booking = OrderBooking(books)
			booked = [booking.book(outcome) for outcome in outcomes]
			books.close()
			sqlite_runs.record_page(connection, page, len(booked))
		return BookedPage(page.number, booked)

	# --- proof ---

	def booked_orders(self) -> Iterator[BookedOrder]:
		last = SMALLEST_ID
		while True:
			with self._reading() as connection:
				orders = sqlite_order_map.read_after(connection, last, ROWS_READ_AT_ONCE)
			if not orders:
				return
			yield from orders
			last = orders[-1].order_id

	def count_orders(
		self, after: datetime | None, before: datetime | None, statuses: Sequence[str] | None = None
	) -> int:
		with self._reading() as connection:
			return sqlite_order_map.count(connection, after, before, statuses)

	def find_orders(self, order_ids: Iterable[int]) -> dict[int, BookedOrder]:
		with self._reading() as connection:
			return {order.order_id: order for order in sqlite_order_map.read_these(connection, order_ids)}

	def mark_deleted(self, order_ids: Iterable[int], source: str = "migration") -> None:
		with self._transaction() as connection:
			sqlite_order_map.mark_deleted(connection, order_ids)

	def books_digest(self) -> str:
		"""One hash over all books: equal for equal books, however often the run that made them was interrupted."""
		digest = hashlib.sha256()
		with self._reading() as connection:
			for query in BOOK_QUERIES:
				digest.update(query.encode())
				for row in connection.execute(query):
					digest.update(repr(tuple(row)).encode())
		return digest.hexdigest()

	def counts(self) -> dict[str, int]:
		"""How many invoices, credit notes, customers and addresses there are, and how many customers buy in several currencies."""
		with self._reading() as connection:
			return {
				name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
				for name, table in COUNTED.items()
			}

	def first_currencies(self, customers: Iterable[str]) -> dict[str, str]:
		"""Customer -> currency of the first order that was booked to them, of those who have any."""
		with self._reading() as connection:
			return read_first_currencies(connection, customers)

	# --- the merchant's lists ---

	def has_items(self) -> bool:
		"""Whether there is any item at all; without one, a rehearsal takes them from the store's products."""
		with self._reading() as connection:
			return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM item)").fetchone()[0])

	def load_items(self, items: Iterable[KnownItem]) -> int:
		"""Add or renew the merchant's items; those that runs made stay as they are. Returns how many were read."""
		with self._transaction() as connection:
			return sqlite_masters.load_items(connection, items)

	def load_customers(self, customers: Iterable[KnownCustomer]) -> int:
		"""Add or renew the merchant's customers and their evidence; those that runs made keep name and account."""
		with self._transaction() as connection:
			return sqlite_masters.load_customers(connection, customers)

	def load_territories(self, territories: Iterable[Territory]) -> int:
		"""Add or renew the merchant's territories."""
		with self._transaction() as connection:
			return sqlite_masters.load_territories(connection, territories)
