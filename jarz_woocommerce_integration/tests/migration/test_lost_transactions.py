"""A deadlock takes the whole transaction back, its savepoints with it: whoever cleans up says so, whatever was swallowed."""

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.bulk import writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import undone
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster

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

	def test_what_is_no_deadlock_is_taken_back_and_stays_what_it_is(self):
		for savepoint in (lambda: Poster(historical=True).savepoint("woo_test"), undone):
			with self.assertRaises(ValueError), savepoint():
				frappe.db.set_value("Company", {}, "phone_no", "1", update_modified=False)
				raise ValueError
		self.assertNotEqual(frappe.db.get_value("Company", {}, "phone_no"), "1")
