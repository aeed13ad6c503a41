"""The SQLite ledger's file: whose it is, who may write to it, and what happens when it can't be written."""

import multiprocessing
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jarz_woocommerce_integration.exceptions import (
	LedgerInUseError,
	LedgerOfAnotherStoreError,
	LedgerStorageError,
	LedgerVersionError,
)
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.schema import SCHEMA_VERSION, TABLES
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN, DraftFactory

STORE = "https://shop.example"
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path):
	return tmp_path / "ledger.sqlite"


def book(ledger, first, count, number=1):
	run = ledger.open_run({}, WHEN)
	outcomes = [DraftFactory().booked(order_id) for order_id in range(first, first + count)]
	ledger.create_masters(outcomes)
	return ledger.book_page(PageRecord(run.run_id, number, ""), outcomes)


def in_child(target, *arguments):
	"""What `target` returns or raises in a process of its own."""
	receiver, sender = FORK.Pipe(duplex=False)

	def work():
		try:
			sender.send(target(*arguments))
		except Exception as error:  # told to the parent, which asserts on it
			sender.send(f"{type(error).__name__}: {error}")

	child = FORK.Process(target=work)
	child.start()
	answer = receiver.recv() if receiver.poll(20) else "nothing"
	child.join(5)
	return answer


def open_and_close(path, **options):
	with SQLiteLedger(path, STORE, **options) as ledger:
		return [row.order_id for row in ledger.booked_orders()]


# --- whose it is -------------------------------------------------------------------------------


def test_what_was_booked_is_there_again(path):
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 3)
		digest = ledger.books_digest()
		assert ledger.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
		assert ledger.connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
		assert ledger.connection.execute("PRAGMA synchronous").fetchone()[0] == 1
	with SQLiteLedger(path, STORE) as ledger:
		assert ledger.books_digest() == digest
	assert SQLiteLedger.store_of(path) == STORE


def test_another_stores_file(path):
	open_and_close(path)
	for options in ({}, {"read_only": True}):
		with pytest.raises(LedgerOfAnotherStoreError, match=r"https://shop\.example, not of https://other"):
			SQLiteLedger(path, "https://other.example", **options).__enter__()


def test_a_newer_file(path):
	open_and_close(path)
	connection = sqlite3.connect(path)
	connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
	connection.close()
	with pytest.raises(LedgerVersionError, match=f"schema {SCHEMA_VERSION + 1}"):
		open_and_close(path)


def test_files_that_are_no_ledger_are_left_as_they_are(path):
	path.write_bytes(b"order_id,total\n1,2\n" * 500)
	content = path.read_bytes()
	with pytest.raises(LedgerVersionError):
		open_and_close(path)
	assert path.read_bytes() == content
	path.unlink()
	connection = sqlite3.connect(path)
	connection.execute("CREATE TABLE invoice (name TEXT)")
	connection.close()
	content = path.read_bytes()
	for options in ({}, {"read_only": True}):
		with pytest.raises(LedgerVersionError, match="not a ledger"):
			open_and_close(path, **options)
	with pytest.raises(LedgerVersionError):
		SQLiteLedger.store_of(path)
	assert path.read_bytes() == content
	assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_empty_file_becomes_a_ledger(path):
	path.touch()
	assert open_and_close(path) == []


def make_half(path):
	connection = sqlite3.connect(path, isolation_level=None)
	connection.execute("PRAGMA cache_size = 1")
	connection.executescript(f"BEGIN IMMEDIATE; {TABLES}")
	os.kill(os.getpid(), signal.SIGKILL)


def test_killed_while_the_file_was_made(path):
	child = FORK.Process(target=make_half, args=(path,))
	child.start()
	child.join()
	assert path.stat().st_size
	assert path.with_name("ledger.sqlite-journal").exists()
	assert open_and_close(path) == []
	assert SQLiteLedger.store_of(path) == STORE


def test_a_damaged_file(path):
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 50)
	with path.open("r+b") as file:
		file.seek(4096)
		file.write(b"\xff" * (path.stat().st_size - 4096))
	with pytest.raises(LedgerStorageError, match="damaged"):
		open_and_close(path)


# --- who may write -----------------------------------------------------------------------------


def test_two_writers(path):
	with SQLiteLedger(path, STORE):
		for answer in (
			in_child(open_and_close, path),
			pytest.raises(LedgerInUseError, open_and_close, path).value.message,
		):
			assert re.search(f"in use by process {os.getpid()} ", answer)
	assert open_and_close(path) == []


def test_the_lock_dies_with_its_holder(path):
	code = (
		"import sys, time; from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger\n"
		f"SQLiteLedger(sys.argv[1], '{STORE}').__enter__(); print('open', flush=True); time.sleep(60)"
	)
	holder = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
	try:
		assert holder.stdout.readline() == b"open\n"
		with pytest.raises(LedgerInUseError, match=f"process {holder.pid}"):
			open_and_close(path)
	finally:
		holder.kill()
		holder.communicate()
	assert open_and_close(path) == []


def test_reading_while_a_run_writes(path):
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 2)
		with SQLiteLedger(path, STORE, read_only=True) as reader:
			rows = reader.booked_orders()
			assert next(rows).order_id == 1
			book(ledger, 3, 2, number=2)
			assert [row.order_id for row in reader.booked_orders()] == [1, 2, 3, 4]
			with pytest.raises(LedgerStorageError):
				reader.mark_deleted([1])
	assert open_and_close(path, read_only=True) == [1, 2, 3, 4]


def test_rows_are_streamed_while_others_are_written(path):
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 600)
		seen = []
		for row in ledger.booked_orders():
			seen.append(row.order_id)
			if row.order_id == 300:
				book(ledger, 601, 5, number=2)
		assert seen == list(range(1, 606))


# --- when it can't be written ------------------------------------------------------------------


def test_places_that_can_not_be(path):
	with pytest.raises(LedgerStorageError, match="is a folder"):
		open_and_close(path.parent)
	with pytest.raises(LedgerStorageError, match="folder can't be written"):
		open_and_close(path.parent / "no such" / "ledger.sqlite")
	for call in (open_and_close, SQLiteLedger.store_of):
		with pytest.raises(LedgerStorageError, match="There is no ledger"):
			call(path, **({"read_only": True} if call is open_and_close else {}))
	assert list(path.parent.iterdir()) == []


def test_a_closed_ledger_says_so(path):
	with pytest.raises(LedgerStorageError, match="is closed"):
		SQLiteLedger(path, STORE).has_items()


def as_nobody(path, **options):
	if os.geteuid() == 0:
		os.setgid(65534)
		os.setuid(65534)
	return open_and_close(path, **options)


def read_as_nobody(path):
	return as_nobody(path, read_only=True)


@pytest.fixture
def others_folder():
	"""A folder of our own that other users may look into. Only its own permissions are changed, never its parents'."""
	with tempfile.TemporaryDirectory() as folder:
		folder = Path(folder)
		folder.chmod(0o755)
		yield folder
		folder.chmod(0o755)


def test_a_folder_and_a_file_without_permission(others_folder):
	path = others_folder / "ledger.sqlite"
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 2)
	path.chmod(0o444)
	path.with_name("ledger.sqlite.lock").chmod(0o444)
	others_folder.chmod(0o555)
	assert in_child(as_nobody, path).startswith("LedgerStorageError: The ledger's folder can't be written")
	path.with_name("ledger.sqlite.lock").chmod(0o666)
	assert in_child(as_nobody, path).startswith("LedgerStorageError: The file can't be written")
	assert in_child(read_as_nobody, path) == [1, 2]


def test_a_full_database_loses_the_page_and_nothing_else(path):
	with SQLiteLedger(path, STORE) as ledger:
		book(ledger, 1, 20)
		outcomes = [DraftFactory().booked(order_id) for order_id in range(21, 121)]
		ledger.create_masters(outcomes)
		digest, pages = ledger.books_digest(), ledger.connection.execute("PRAGMA page_count").fetchone()[0]
		ledger.connection.execute(f"PRAGMA max_page_count = {pages + 12}")
		with pytest.raises(LedgerStorageError, match="disk is full") as caught:
			ledger.book_page(PageRecord(1, 2, ""), outcomes)
		assert "Free some space" in caught.value.what_to_do
		assert not ledger.connection.in_transaction
		assert ledger.open_run({}, WHEN).next_page == 2
		assert [row.order_id for row in ledger.booked_orders()] == list(range(1, 21))
		assert ledger.books_digest() == digest
		ledger.connection.execute("PRAGMA max_page_count = 1000000")
		assert {order.what for order in book(ledger, 21, 100, number=2).orders} == {"booked"}


def book_on_a_small_disk(path, size):
	resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
	with SQLiteLedger(path, STORE) as ledger:
		for number in range(1, 50):
			book(ledger, number * 100, 100, number)


def test_a_disk_that_is_full_while_a_run_writes(path):
	assert in_child(book_on_a_small_disk, path, 600_000).startswith("LedgerStorageError: The disk")
	with SQLiteLedger(path, STORE) as ledger:
		next_page = ledger.open_run({}, WHEN).next_page
		assert next_page > 1
		orders = [row.order_id for row in ledger.booked_orders()]
		assert orders == list(range(100, next_page * 100))
		assert ledger.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize("size", [0, 5, 4096, 60_000])
def test_a_disk_without_room_for_a_new_ledger(path, size):
	assert in_child(book_on_a_small_disk, path, size).startswith("LedgerStorageError")
	assert not path.exists()
	assert open_and_close(path) == []
