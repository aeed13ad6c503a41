"""Killed between any two statements, a migration that is started again ends with the books of an undisturbed one."""

import random
import subprocess
import sys

import frappe

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase
from jarz_woocommerce_integration.tests.proof.proof_case import books_digest, ensure_accounts
from jarz_woocommerce_integration.tests.support.books import wipe_books

ORDERS = 40
KILLS = 8
# A start alone costs some hundred statements, an order some hundred more: drawn over the first two pages of a run.
STATEMENTS = (60, 2500)


class TestCrash(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		ensure_accounts()
		self.store = SampleStore(SampleShop(seed=3, orders=ORDERS))

	def run_in_a_process(self, url: str, kill_at: int) -> bool:
		"""Whether it came to its end."""
		command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
		process = subprocess.run(
			[*command, frappe.local.site, url, str(kill_at)], capture_output=True, text=True, timeout=300
		)
		self.assertIn(process.returncode, (0, -9), process.stderr)
		return process.returncode == 0

	def test_killed_between_any_two_statements(self):
		chance = random.Random(11)
		with self.store.serve() as url:
			self.run_in_a_process(url, 0)
			undisturbed = self.digest()
			wipe_books()
			kills = 0
			for _attempt in range(KILLS):
				kills += not self.run_in_a_process(url, chance.randrange(*STATEMENTS))
			self.assertGreater(kills, KILLS // 2)
			self.assertTrue(self.run_in_a_process(url, 0))
			self.assertEqual(self.digest(), undisturbed)
			self.assertTrue(self.run_in_a_process(url, 0))
			self.assertEqual(self.digest(), undisturbed)

	def test_two_processes_at_once_book_each_order_once(self):
		with self.store.serve() as url:
			self.run_in_a_process(url, 0)
			alone = self.digest()
			wipe_books()
			command = [sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner"]
			both = [subprocess.Popen([*command, frappe.local.site, url, "0"]) for _process in range(2)]
			self.assertEqual([process.wait(timeout=300) for process in both], [0, 0])
			self.assertEqual(self.digest(), alone)

	def digest(self) -> list[tuple]:
		frappe.db.rollback()
		return books_digest()
