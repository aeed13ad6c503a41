"""A deadlock takes the whole transaction back, its savepoints with it: whoever cleans up says so, whatever was swallowed."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.bulk import writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import undone
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE

DEADLOCK = frappe.QueryDeadlockError("Deadlock found")


def lose_transaction(error: Exception | None = None) -> None:
	"""What the database does at a deadlock. :param error: what whoever meets it makes of it, None where he swallows it"""
	frappe.db._cursor.execute("ROLLBACK")
	if error:
		raise error


class TestLostTransactions(FrappeTestCase):
	def setUp(self):
		super().setUp()
		frappe.db.commit()
		self.addCleanup(frappe.db.rollback)

	def assert_told(self, savepoint):
		for error in (DEADLOCK, ValueError("made of it by somebody"), None):
			with self.subTest(error), self.assertRaises(frappe.QueryDeadlockError):
				with savepoint():
					lose_transaction(error)

	def test_around_an_orders_documents(self):
		self.assert_told(lambda: Poster(historical=True).savepoint("woo_test"))

	def test_around_what_is_written_to_be_looked_at(self):
		self.assert_told(undone)

	def test_around_the_rows_of_a_page(self):
		for error in (DEADLOCK, ValueError("made of it by somebody"), None):
			with self.subTest(error), self.assertRaises(frappe.QueryDeadlockError):
				writer.written_or_rolled_back(lambda error=error: lose_transaction(error))

	def test_a_connection_that_is_gone_is_the_pages_and_no_orders(self):
		"""Each driver has its own classes of errors: PyMySQL's mean nothing where Frappe uses mysqlclient."""
		for write in (self.write_document, self.write_rows):
			with self.lost_connection(), self.assertRaises(OF_THE_WHOLE_PAGE):
				write()

	def write_document(self):
		with Poster(historical=True).savepoint("woo_test"):
			self.lose_connection()
			frappe.db.set_value("Company", {}, "phone_no", "1", update_modified=False)

	def write_rows(self):
		def write_all():
			self.lose_connection()
			frappe.db.sql("SELECT 1")

		writer.written_or_rolled_back(write_all)

	@contextmanager
	def lost_connection(self) -> Iterator[None]:
		"""Another connection in the place of the test's own."""
		ours = frappe.local.db
		frappe.connect(set_admin_as_user=False)
		try:
			yield
		finally:
			frappe.local.db = ours

	def lose_connection(self):
		((number,),) = frappe.db.sql("SELECT connection_id()")
		theirs = frappe.local.db
		frappe.connect(set_admin_as_user=False)
		frappe.db.sql(f"KILL {number}")
		frappe.db.close()
		frappe.local.db = theirs

	def test_what_is_no_deadlock_is_taken_back_and_stays_what_it_is(self):
		for savepoint in (lambda: Poster(historical=True).savepoint("woo_test"), undone):
			with self.assertRaises(ValueError), savepoint():
				frappe.db.set_value("Company", {}, "phone_no", "1", update_modified=False)
				raise ValueError
		self.assertNotEqual(frappe.db.get_value("Company", {}, "phone_no"), "1")
