"""Two payouts with the same payment that two people submit at the same moment, each in a connection of its own."""

import os
import subprocess
import sys
import textwrap
import time

import frappe

from jarz_woocommerce_integration.tests.payouts.test_payouts import DAY, PAYOUT, PayoutTestCase
from jarz_woocommerce_integration.tests.support.site import sized


class TestAtOnce(PayoutTestCase):
	orders = sized(40, 200)

	def drafts(self) -> tuple[str, str]:
		rows = self.rows()
		one = self.imported(rows).name
		other = self.imported([row[:5] + ["PO-2", DAY] for row in rows]).name
		frappe.db.commit()
		return one, other

	def submitting(self, name: str) -> subprocess.Popen:
		"""A process that has seen the books as they are now, and submits the payout when it is told to."""
		code = f"""
			import sys, frappe
			frappe.init(site={frappe.local.site!r}, sites_path={os.path.abspath(frappe.local.sites_path)!r})
			frappe.connect()
			payout = frappe.get_doc({PAYOUT!r}, {name!r})
			frappe.db.count("WooCommerce Payout Line")
			print("ready", flush=True)
			sys.stdin.readline()
			try:
				payout.submit()
				frappe.db.commit()
				print("submitted")
			except frappe.ValidationError as error:
				print("refused", error)
		"""
		process = subprocess.Popen(
			[sys.executable, "-c", textwrap.dedent(code)],
			stdin=subprocess.PIPE,
			stdout=subprocess.PIPE,
			stderr=subprocess.STDOUT,
			text=True,
			cwd=os.path.abspath(frappe.local.sites_path),
		)
		self.addCleanup(process.stdout.close)
		self.assertEqual(process.stdout.readline().strip(), "ready")
		return process

	def go(self, process: subprocess.Popen) -> None:
		process.stdin.write("go\n")
		process.stdin.close()

	def test_the_second_one_waits_and_is_refused(self):
		one, other = self.drafts()
		process = self.submitting(other)
		frappe.get_doc(PAYOUT, one).submit()  # not committed yet
		self.go(process)
		time.sleep(2)
		self.assertIsNone(process.poll(), "it waits for the first one")
		frappe.db.commit()
		said = process.stdout.read().strip()
		process.wait(60)
		self.assertTrue(said.startswith("refused"), said)
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value(PAYOUT, other, "docstatus"), 0)
		self.assertEqual(frappe.db.count("Journal Entry", {"cheque_no": "PO-2"}), 0)

	def test_whoever_is_first_of_two_the_payments_are_paid_out_once(self):
		processes = [self.submitting(name) for name in self.drafts()]
		for process in processes:
			self.go(process)
		said = sorted(process.stdout.read().split()[0] for process in processes)
		for process in processes:
			process.wait(60)
		self.assertEqual(said, ["refused", "submitted"])
		frappe.db.rollback()
		entries = frappe.db.count("Journal Entry", {"cheque_no": ("in", ("PO-1", "PO-2")), "docstatus": 1})
		self.assertEqual(entries, 1)

	def test_where_the_first_one_is_given_up_the_second_one_goes_on(self):
		one, other = self.drafts()
		process = self.submitting(other)
		frappe.get_doc(PAYOUT, one).submit()
		self.go(process)
		time.sleep(1)
		frappe.db.rollback()
		self.assertEqual(process.stdout.read().strip(), "submitted")
		process.wait(60)
		frappe.db.rollback()
