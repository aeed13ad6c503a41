"""The SQLite ledger's file: opened, locked, recognised, and its failures in words that help."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jarz_woocommerce_integration.exceptions import (
	LedgerError,
	LedgerInUseError,
	LedgerOfAnotherStoreError,
	LedgerStorageError,
	LedgerVersionError,
)
from jarz_woocommerce_integration.ledger import private_files
from jarz_woocommerce_integration.ledger.sqlite.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, VIEWS

BUSY_TIMEOUT_SECONDS = 5
# A ledger's file, and what SQLite writes beside it.
SUFFIXES = ("", "-wal", "-shm")

# SQLite's primary result code, its text (Python 3.10 doesn't give the code), what it means here, what to do.
_FAILURES: tuple[tuple[int, str, type[LedgerError], str, str], ...] = (
	(13, "disk is full", LedgerStorageError, "The disk is full", "Free some space and start again"),
	(10, "disk I/O error", LedgerStorageError, "The disk can't be written or read", "Check disk and quota"),
	(8, "readonly database", LedgerStorageError, "The file can't be written", "Change its permissions"),
	(14, "unable to open", LedgerStorageError, "The file can't be opened", "Check the folder's permissions"),
	(3, "access permission denied", LedgerStorageError, "The file can't be opened", "Check its permissions"),
	(
		11,
		"malformed",
		LedgerStorageError,
		"The file is damaged",
		"Restore a copy or rehearse into a new file",
	),
	(26, "not a database", LedgerVersionError, "The file isn't a ledger", "Name another file"),
	(5, "is locked", LedgerInUseError, "Another program is writing to the file", "Close that program"),
	(6, "is locked", LedgerInUseError, "Another program is writing to the file", "Close that program"),
)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
	"""Turn SQLite's errors about the file into ours; a mistake in our SQL stays what it is."""
	try:
		yield
	except sqlite3.DatabaseError as error:
		explained = explain(error, path)
		if explained is None:
			raise
		raise explained from error


def explain(error: sqlite3.DatabaseError, path: Path) -> LedgerError | None:
	"""What `error` means for whoever runs this, None where it isn't about the file."""
	code = getattr(error, "sqlite_errorcode", None)
	for primary, text, kind, what, what_to_do in _FAILURES:
		if (code is not None and code & 0xFF == primary) or (code is None and text in str(error)):
			return kind(f"{what}: {path} ({error}).", f"{what_to_do}; what was committed is safe.")
	return None


class FileLock:
	"""The right to write to a ledger: an advisory lock that the system gives back when its holder dies."""

	def __init__(self, path: Path):
		self.path = Path(f"{path}.lock")
		self._descriptor: int | None = None

	def acquire(self) -> None:
		""":raises LedgerInUseError: a living process holds it; :raises LedgerStorageError: it can't be written"""
		try:
			descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, private_files.FILE)
		except OSError as error:
			raise LedgerStorageError(
				f"The ledger's folder can't be written: {self.path} ({error.strerror}).",
				"Name a file in a folder that exists and that you may write to.",
			) from error
		try:
			fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
			self._sign(descriptor)
		except BlockingIOError:
			holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "another process"
			os.close(descriptor)
			raise LedgerInUseError(
				f"The ledger is in use by {holder} ({self.path}).",
				"Wait until that run has ended, or stop it.",
			) from None
		except OSError as error:
			os.close(descriptor)
			raise LedgerStorageError(
				f"The ledger can't be locked: {self.path} ({error.strerror}).",
				"Free some space, or name a file on a local disk.",
			) from error
		self._descriptor = descriptor

	@staticmethod
	def _sign(descriptor: int) -> None:
		os.ftruncate(descriptor, 0)
		os.pwrite(descriptor, f"process {os.getpid()}\n".encode(), 0)

	def release(self) -> None:
		# The file stays: removing it would let two processes lock two files of the same name.
		if self._descriptor is not None:
			os.close(self._descriptor)
			self._descriptor = None


def connect(path: Path, store: str) -> sqlite3.Connection:
	"""The ledger of `store` at `path`, opened for writing; a new file becomes a ledger. Hold the lock."""
	made = not path.exists()
	if made:
		_make(path)
	connection = _connection(f"{path.absolute().as_uri()}?mode=rwc")
	try:
		with storage_errors(path):
			if _is_empty(connection):
				_create(connection, store)
			_check(connection, path, store)
			connection.execute("PRAGMA journal_mode = WAL")
			connection.execute("PRAGMA synchronous = NORMAL")
			connection.execute("PRAGMA foreign_keys = ON")
			connection.execute("PRAGMA cache_size = -8192")
	except BaseException:
		connection.close()
		if made:
			remove_files(path)
		raise
	return connection


def remove_files(path: Path) -> None:
	"""Remove a ledger, whatever is in it. Hold the lock."""
	for suffix in SUFFIXES:
		Path(f"{path}{suffix}").unlink(missing_ok=True)


def _make(path: Path) -> None:
	""":raises LedgerStorageError: it can't be made"""
	try:
		private_files.make_file(path)
	except OSError as error:
		raise LedgerStorageError(
			f"The ledger can't be opened: {path} ({error.strerror}).",
			"Name a file in a folder that exists and that you may write to.",
		) from error


def connect_to_read(path: Path, store: str | None = None) -> sqlite3.Connection:
	"""An existing ledger opened for reading, also while a run writes to it. :param store: None for whichever it is"""
	if not path.is_file():
		raise LedgerStorageError(f"There is no ledger at {path}.", "Rehearse first, or name another file.")
	connection = _read_connection(path)
	try:
		with storage_errors(path):
			_check(connection, path, store)
	except BaseException:
		connection.close()
		raise
	return connection


def store_of(path: Path) -> str:
	"""The store whose ledger is at `path`."""
	with closing(connect_to_read(path)) as connection:
		return _store(connection)


def _connection(uri: str) -> sqlite3.Connection:
	"""Transactions are begun and ended by our own statements; one lock of the ledger's guards it between threads."""
	try:
		connection = sqlite3.connect(
			uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_SECONDS
		)
	except sqlite3.OperationalError as error:
		raise LedgerStorageError(
			f"The ledger can't be opened: {uri} ({error}).",
			"Name a file in a folder that exists and that you may write to.",
		) from error
	connection.row_factory = sqlite3.Row
	return connection


def _read_connection(path: Path) -> sqlite3.Connection:
	uri = path.absolute().as_uri()
	connection = _connection(f"{uri}?mode=ro")
	try:
		connection.execute("SELECT 1 FROM sqlite_master")
	except sqlite3.OperationalError:
		# A closed ledger in a folder that can't be written: SQLite can't make the files that WAL needs even to read,
		# but nobody else can write there either.
		if Path(f"{path}-wal").exists():
			return connection
		connection.close()
		return _connection(f"{uri}?immutable=1")
	except sqlite3.DatabaseError:
		return connection  # not a database: the check that follows says so
	return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
	return not (
		_pragma(connection, "application_id")
		or _pragma(connection, "user_version")
		or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
	)


def _create(connection: sqlite3.Connection, store: str) -> None:
	"""All in one transaction: killed at any instant, the file is empty or a ledger."""
	connection.executescript(f"BEGIN IMMEDIATE; {TABLES} {VIEWS}")
	connection.execute("INSERT INTO meta (key, value) VALUES ('store', ?)", (store,))
	connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
	connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
	connection.execute("COMMIT")


def _check(connection: sqlite3.Connection, path: Path, store: str | None) -> None:
	if _pragma(connection, "application_id") != APPLICATION_ID:
		raise LedgerVersionError(
			f"{path} is a database, but not a ledger of this app.",
			"Name another file; this one is left as it is.",
		)
	version = _pragma(connection, "user_version")
	if version != SCHEMA_VERSION:
		age = "a newer" if version > SCHEMA_VERSION else "an older"
		raise LedgerVersionError(
			f"{path} was written by {age} version of this app (schema {version}, this one knows {SCHEMA_VERSION}).",
			"Update the app, or rehearse into a new file.",
		)
	if store is not None and (kept := _store(connection)) != store:
		raise LedgerOfAnotherStoreError(
			f"{path} holds the books of {kept}, not of {store}.", "Name another file for this store."
		)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
	return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _store(connection: sqlite3.Connection) -> str:
	return connection.execute("SELECT value FROM meta WHERE key = 'store'").fetchone()[0]
