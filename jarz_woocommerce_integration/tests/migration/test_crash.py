"""Killed between any two statements, a migration that is started again ends with the books of an undisturbed one."""

import random
import subprocess
import sys

import frappe

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase
from jarz_woocommerce_integration.tests.proof.proof_case import books_digest, ensure_accounts
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import sized

ORDERS = 20
KILLS = sized(5, 12)
# A start alone costs some hundred statements, an order some hundred more: drawn over the first two pages of a run.
STATEMENTS = (60, 2500)
RUNNER = (sys.executable, "-m", "jarz_woocommerce_integration.tests.processes.crash_runner")


class TestCrash(ERPNextLedgerTestCase):
	""":cvar undisturbed: the books of a migration that nobody disturbed"""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		ensure_accounts()
		wipe_books()
		cls.store = SampleStore(SampleShop(seed=3, orders=ORDERS))
		cls.url = cls.enterClassContext(cls.store.serve())
		assert cls.run_in_a_process(0)
		cls.undisturbed = cls.digest()

	@classmethod
	def run_in_a_process(cls, kill_at: int) -> bool:
		"""Whether it came to its end."""
		process = subprocess.run(
			[*RUNNER, frappe.local.site, cls.url, str(kill_at)], capture_output=True, text=True, timeout=300
		)
		assert process.returncode in (0, -9), process.stderr
		return process.returncode == 0

	def test_killed_between_any_two_statements(self):
		chance = random.Random(11)
		kills = sum(not self.run_in_a_process(chance.randrange(*STATEMENTS)) for _attempt in range(KILLS))
		self.assertGreater(kills, KILLS // 2)
		for _again in range(2):
			self.assertTrue(self.run_in_a_process(0))
			self.assertEqual(self.digest(), self.undisturbed)

	def test_two_processes_at_once_book_each_order_once(self):
		both = [subprocess.Popen([*RUNNER, frappe.local.site, self.url, "0"]) for _process in range(2)]
		self.assertEqual([process.wait(timeout=300) for process in both], [0, 0])
		self.assertEqual(self.digest(), self.undisturbed)

	@staticmethod
	def digest() -> list[tuple]:
		frappe.db.rollback()
		return books_digest()
