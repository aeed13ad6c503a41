"""The core in the bench's own environment: the SQLite ledger keeps the contract with the versions that Frappe pins."""

import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.migration.engine import Migration, Scope
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.tests.support.ledger_contract import LedgerContract
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator


class TestSQLiteLedgerOnBench(LedgerContract, FrappeTestCase):
	def make_ledger(self):
		folder = tempfile.TemporaryDirectory()
		self.addCleanup(folder.cleanup)
		ledger = SQLiteLedger(Path(folder.name) / "ledger.sqlite", "shop.example").__enter__()
		self.addCleanup(ledger.__exit__)
		return ledger


class TestRehearsalOnBench(FrappeTestCase):
	def test_the_sample_shop_is_booked_and_proven(self):
		store = SampleStore(SampleShop(seed=5, orders=120))
		with (
			tempfile.TemporaryDirectory() as folder,
			store.serve() as url,
			StoreClient(url, Credentials("ck_sample", "cs_sample")) as client,
			SQLiteLedger(Path(folder) / "ledger.sqlite", "shop.example") as ledger,
		):
			translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
			verification = Migration(client, ledger, translator, Scope(statuses=None)).run()
			self.assertTrue(verification.proven)
			self.assertGreater(verification.store_orders, 100)
