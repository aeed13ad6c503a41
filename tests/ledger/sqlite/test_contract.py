"""The SQLite ledger passes the suite that all ledgers pass, and its books balance after every test of it."""

import tempfile
import unittest
from pathlib import Path

from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.tests.support.ledger_contract import LedgerContract

STORE = "https://shop.example"
UNBALANCED = """
SELECT voucher FROM gl_entry GROUP BY order_id, voucher_type, voucher, reversal HAVING sum(debit) <> sum(credit)
"""


class TestSQLiteLedger(LedgerContract, unittest.TestCase):
	def make_ledger(self):
		folder = tempfile.TemporaryDirectory()
		self.addCleanup(folder.cleanup)
		ledger = SQLiteLedger(Path(folder.name) / "ledger.sqlite", STORE).__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger

	def count_queries(self, call):
		queries = []
		self.ledger.connection.set_trace_callback(queries.append)
		call()
		self.ledger.connection.set_trace_callback(None)
		return len(queries)

	def tearDown(self):
		connection = self.ledger.connection
		self.assertEqual(connection.execute(UNBALANCED).fetchall(), [])
		self.assertEqual(connection.execute("PRAGMA foreign_key_check").fetchall(), [])
		self.assertFalse(connection.in_transaction)
		super().tearDown()
