"""The same shop, once through documents and once in bulk: equal books, and the same later life."""

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.support.compared_books import difference, migrated_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase
from jarz_woocommerce_integration.tests.support.site import sized


class TestBooksAreEqual(ShopOnSiteTestCase):
	orders = sized(60, 150)

	def test_migrated_in_bulk_and_through_documents(self):
		documents = migrated_books(self.store, in_bulk=False)
		in_bulk = migrated_books(self.store, in_bulk=True)
		self.assertIn("Booked in bulk", frappe.get_last_doc("WooCommerce Sync Run").bulk_booking)
		for part, expected in documents.items():
			self.assertEqual(difference(expected, in_bulk[part]), {}, part)


class TestLaterLife(ShopOnSiteTestCase):
	"""What was booked in bulk is cancelled, paid, returned, amended, renamed and reposted as any document."""

	orders = 40
	in_bulk = True

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(cls.in_bulk))
		frappe.db.commit()
		with open_session(STORE) as session:
			migrate(session, session.scope())

	def one(self, **filters) -> str:
		"""An invoice that no other test has changed."""
		returned = frappe.get_all("Sales Invoice", {"is_return": 1}, pluck="return_against")
		filters = {"docstatus": 1, "is_return": 0, "name": ("not in", returned), "is_pos": 0, **filters}
		filters["customer"] = ("not like", "% renamed")
		name = frappe.db.get_value("Sales Invoice", filters, "name")
		self.assertTrue(name, filters)
		return name

	def assert_balanced(self, voucher: str):
		((debit, credit),) = frappe.db.sql(
			"SELECT sum(debit), sum(credit) FROM `tabGL Entry` WHERE voucher_no = %s AND is_cancelled = 0",
			voucher,
		)
		self.assertEqual(debit, credit)

	def test_a_payment_and_its_invoice_are_cancelled_and_amended(self):
		reference = frappe.get_last_doc("Payment Entry", {"docstatus": 1, "payment_type": "Receive"})
		invoice = reference.references[0].reference_name
		reference.cancel()
		document = frappe.get_doc("Sales Invoice", invoice)
		self.assertGreater(document.outstanding_amount, 0)
		frappe.db.set_value("Accounts Settings", None, "unlink_payment_on_cancellation_of_invoice", 1)
		if not frappe.db.exists("Sales Invoice", {"return_against": invoice, "docstatus": 1}):
			document.cancel()
			self.assert_balanced(invoice)
			amended = frappe.copy_doc(document)
			amended.docstatus, amended.amended_from = 0, document.name
			amended.insert()
			amended.submit()
			self.assertEqual(amended.grand_total, document.grand_total)

	def test_an_unpaid_invoice_is_paid(self):
		invoice = self.one(outstanding_amount=(">", 1))
		payment = get_payment_entry("Sales Invoice", invoice)
		payment.reference_no, payment.reference_date = "later", payment.posting_date
		payment.insert()
		payment.submit()
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", invoice, ["outstanding_amount", "status"]), (0, "Paid")
		)

	def test_an_invoice_is_returned(self):
		invoice = self.one(grand_total=(">", 1))
		note = make_return_doc("Sales Invoice", invoice)
		note.insert()
		note.submit()
		self.assert_balanced(note.name)

	def test_a_customer_is_renamed(self):
		invoice = self.one()
		customer = frappe.db.get_value("Sales Invoice", invoice, "customer")
		frappe.rename_doc("Customer", customer, f"{customer} renamed", force=True)
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice, "customer"), f"{customer} renamed")
		entries = frappe.get_all("GL Entry", {"voucher_no": invoice, "party_type": "Customer"}, pluck="party")
		self.assertEqual(set(entries), {f"{customer} renamed"})

	def test_the_entries_are_reposted_the_same(self):
		invoice = frappe.get_doc("Sales Invoice", self.one(grand_total=(">", 0)))
		before = entries_of(invoice.name)
		frappe.db.delete("GL Entry", {"voucher_no": invoice.name})
		invoice.make_gl_entries(from_repost=True)
		self.assertEqual(entries_of(invoice.name), before)


class TestLaterLifeOfDocuments(TestLaterLife):
	"""The same, where ERPNext's own documents booked it."""

	in_bulk = False

	@classmethod
	def tearDownClass(cls):
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
		frappe.db.commit()
		super().tearDownClass()


def entries_of(invoice: str) -> list:
	fields = "account, party, against, against_voucher, debit, credit, cost_center, remarks"
	return frappe.db.sql(
		f"SELECT {fields} FROM `tabGL Entry` WHERE voucher_no = %s ORDER BY {fields}", invoice
	)
