"""A machine that loses its network ends no connection: what its workers hold in the database comes free all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import frappe
from frappe.tests.utils import FrappeTestCase
from pymysql import InterfaceError

from jarz_woocommerce_integration.ledger.erpnext import locks as erpnext_locks
from jarz_woocommerce_integration.ledger.erpnext.locks import holder_of, named_lock, order_locks
from jarz_woocommerce_integration.tests.processes.workers import wait_until

KIND = "woo_test"
STORE = "Vanishing"
LIMITS = "SELECT @@session.wait_timeout, @@session.idle_write_transaction_timeout"
SILENCE = "Silence"


class TestVanishedMachines(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)

	@contextmanager
	def job_of(self, seconds: int, pending: int = 120) -> Iterator[None]:
		"""A background job on another connection, which may take so long."""
		ours = frappe.local.db
		frappe.connect(set_admin_as_user=False)
		theirs = frappe.local.db
		job = patch.object(erpnext_locks, "get_current_job", lambda: SimpleNamespace(timeout=seconds))
		limits = patch.multiple(erpnext_locks, MARGIN=0, LONGEST_PENDING=pending)
		try:
			with job, limits:
				yield
		finally:
			frappe.local.db = ours
			theirs.close()

	def test_its_locks_come_free_when_its_job_would_have_ended(self):
		self.job_vanishes(lambda: named_lock(KIND, 1), lambda: holder_of(KIND, 1))

	def test_so_do_those_of_orders(self):
		self.job_vanishes(lambda: order_locks(STORE, [1, 2]), lambda: holder_of("woo_order", f"{STORE}:2"))

	def job_vanishes(self, lock, holder):
		ours = frappe.local.db
		with self.assertRaises((frappe.db.OperationalError, InterfaceError)):
			with self.job_of(seconds=1), lock():
				theirs, frappe.local.db = frappe.local.db, ours
				self.assertTrue(holder())
				wait_until(lambda: not holder(), 10, "the lock stays")
				frappe.local.db = theirs  # which gives a lock back that it doesn't have any more

	def test_so_do_rows_of_a_transaction_that_it_left_open(self):
		ours = frappe.local.db
		with self.job_of(seconds=600, pending=1):
			with named_lock(KIND, 2):
				pass
			frappe.db.sql("INSERT INTO `tabSeries` (name, current) VALUES (%s, 1)", SILENCE)
			frappe.local.db = ours
			# Waits for the row until the other connection is ended, and fails where that takes the usual 50 seconds.
			frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 10")
			self.addCleanup(frappe.db.sql, "SET SESSION innodb_lock_wait_timeout = DEFAULT")
			frappe.db.sql("INSERT INTO `tabSeries` (name, current) VALUES (%s, 2)", SILENCE)
		self.assertEqual(frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s", SILENCE), ((2,),))

	def test_a_command_that_somebody_types_may_be_silent_as_long_as_it_likes(self):
		before = frappe.db.sql(LIMITS)
		with named_lock(KIND, 3):
			self.assertEqual(frappe.db.sql(LIMITS), before)

	def test_a_job_of_a_day_may_be_silent_for_an_hour(self):
		with self.job_of(seconds=24 * 3600), named_lock(KIND, 4):
			self.assertEqual(frappe.db.sql(LIMITS), ((3600, 120),))
