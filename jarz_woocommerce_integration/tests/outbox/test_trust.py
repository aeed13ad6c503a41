"""Whoever may book invoices, and no more, tries to have the shop told of an order that isn't the invoice's."""

import frappe
from frappe.utils import nowdate

from jarz_woocommerce_integration.ledger.erpnext.adoption import adopt
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.services.outbox import queue as outbox
from jarz_woocommerce_integration.services.proof.books import check_books
from jarz_woocommerce_integration.services.session.session import book_settings_of, get_store
from jarz_woocommerce_integration.tests.outbox.outbox_case import EVERYTHING, INVOICE, OUTBOX, OutboxCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

CLERK = "woo-clerk@jarz.test"
ORDER_MAP = "WooCommerce Order Map"
CREDIT_NOTE_ROW = "WooCommerce Order Map Credit Note"


class TrustCase(OutboxCase):
	"""A clerk with ERPNext's own roles of accounting and sales, all that are needed to book, cancel and amend."""

	roles = ("Accounts User", "Accounts Manager", "Sales Manager", "Stock Manager")

	def setUp(self):
		super().setUp()
		self.tell(*EVERYTHING)
		self.sample.pays_back = {"paymob", "cod"}
		if not frappe.db.exists("User", CLERK):
			user = {"doctype": "User", "email": CLERK, "first_name": "Clerk", "send_welcome_email": 0}
			frappe.get_doc(user).insert()
		user = frappe.get_doc("User", CLERK)
		user.set("roles", [{"role": role} for role in self.roles])
		user.save()
		frappe.db.commit()
		self.addCleanup(frappe.set_user, "Administrator")

	def forged(self, order_id: int, **fields):
		"""An invoice of the clerk's own making that carries another order's id. Submitted."""
		real = self.invoice_of(self.other)
		row = {
			"qty": 1,
			"rate": 10,
			"item_name": "x",
			"description": "x",
			"uom": "Nos",
			"conversion_factor": 1,
		}
		row |= {"income_account": real.items[0].income_account, "cost_center": real.items[0].cost_center}
		values = {
			"doctype": INVOICE,
			"customer": real.customer,
			"company": real.company,
			"currency": real.currency,
			"conversion_rate": 1,
			"posting_date": nowdate(),
			"due_date": nowdate(),
			"woo_store": STORE,
			"woo_order_id": order_id,
			"woo_stamp": "2020-01-01",
			"creation": "2020-01-01",
			"items": [row],
		}
		invoice = frappe.get_doc(values | fields)
		invoice.insert()
		invoice.submit()
		frappe.db.commit()
		return invoice

	def assert_untouched(self, order_id: int, status: str = "processing") -> None:
		self.assertEqual(self.send_now().get("sent", 0), 0)
		self.assertEqual((self.status_of(order_id), self.shop.refunds(order_id)), (status, []))
		self.assertEqual(self.notes_of(order_id), [])


class TestForgedInvoices(TrustCase):
	def setUp(self):
		super().setUp()
		self.tell()
		self.other = self.booked_order("paymob")
		self.booked = self.booked_order("paymob")
		self.unbooked = self.add_order("pending")
		self.tell(*EVERYTHING)
		frappe.set_user(CLERK)

	def test_an_invoice_with_an_orders_id_tells_the_shop_nothing(self):
		for order_id, status in ((self.booked, "processing"), (self.unbooked, "pending")):
			with self.subTest(status):
				invoice = self.forged(order_id)
				self.assertEqual(self.rows(), [])
				note = self.forged(
					order_id,
					is_return=1,
					return_against=invoice.name,
					items=[{**invoice.items[0].as_dict(no_default_fields=True), "qty": -1}],
				)
				self.assertEqual((note.docstatus, self.rows()), (1, []))
				note.cancel()
				invoice.reload()
				invoice.cancel()
				frappe.db.commit()
				self.assertEqual(self.rows(), [])
				self.assert_untouched(order_id, status)

	def test_a_forged_invoice_that_is_paid_or_delivered_completes_no_order(self):
		invoice = self.forged(self.booked)
		invoice.db_set("outstanding_amount", 0)
		invoice.reload()
		invoice.run_method("on_change")
		frappe.db.commit()
		self.assertEqual(self.rows(), [])

	def test_an_invoice_that_carries_the_id_of_an_order_isnt_taken_for_it_when_the_order_comes(self):
		forged = self.forged(self.unbooked)
		frappe.set_user("Administrator")
		self.shop.set_status(self.unbooked, "processing")
		self.poll()
		booked = self.row(self.unbooked).sales_invoice
		self.assertTrue(booked)
		self.assertNotEqual(booked, forged.name)

	def test_an_invoice_is_adopted_only_where_the_order_maps_own_was_amended_to_it(self):
		frappe.set_user("Administrator")
		mine = self.forged(self.booked)
		real = self.cancel_named(self.row(self.booked).sales_invoice)
		adopt(STORE, [self.booked])
		self.assertEqual(self.row(self.booked).sales_invoice, real.name)
		amended = frappe.copy_doc(real)
		amended.update({"woo_store": STORE, "woo_order_id": self.booked, "amended_from": real.name})
		amended.submit()
		frappe.db.commit()
		self.assertEqual(self.row(self.booked).sales_invoice, amended.name)
		mine.reload()
		mine.cancel()
		frappe.db.commit()
		self.assertNotIn(mine.name, [row.document_name for row in self.rows()])

	def test_a_forged_invoice_is_no_evidence_for_the_verification(self):
		"""With all that the app's own have, and that a clerk can write."""
		before = self.verified()
		own = self.invoice_of(self.booked)
		invoice = self.forged(self.booked, woo_run=own.woo_run, woo_fingerprint=own.woo_fingerprint)
		self.forged(
			self.booked,
			is_return=1,
			return_against=invoice.name,
			woo_refund_id=7,
			woo_run=own.woo_run,
			items=[{**invoice.items[0].as_dict(no_default_fields=True), "qty": -1}],
		)
		invoice.reload()
		self.assertEqual((invoice.woo_run or 0, invoice.woo_stamp), (0, None))
		self.assertEqual(self.verified(), before)

	def test_a_forged_payment_is_no_evidence_for_the_verification(self):
		before = self.verified()
		own = frappe.get_doc("Payment Entry", self.row(self.booked).payment_entry)
		payment = frappe.copy_doc(own)
		payment.update({"woo_payment_key": "gift_card", "woo_amount": own.woo_amount, "references": []})
		payment.insert()
		payment.submit()
		frappe.db.commit()
		self.assertEqual(payment.woo_order_id, self.booked)
		self.assertEqual(self.verified(), before)

	def test_the_marks_of_the_apps_own_documents_stay_whatever_a_clerk_writes(self):
		invoice = self.invoice_of(self.booked)
		marks = (invoice.woo_run, invoice.woo_stamp)
		self.assertTrue(all(marks))
		forged = {"woo_run": marks[0] + 1, "woo_stamp": "2020-01-01"}
		with self.assertRaises(frappe.UpdateAfterSubmitError):
			frappe.client.set_value(INVOICE, invoice.name, forged)
		invoice.reload()
		invoice.update({**forged, "docstatus": 2})
		invoice.save()
		invoice.reload()
		self.assertEqual((invoice.docstatus, invoice.woo_run, invoice.woo_stamp), (2, *marks))
		draft = frappe.copy_doc(self.invoice_of(self.other))
		draft.docstatus = 0
		draft.insert()
		frappe.client.set_value(INVOICE, draft.name, forged)
		draft.reload()
		self.assertEqual((draft.woo_run or 0, draft.woo_stamp), (0, None))
		frappe.db.commit()

	def verified(self) -> tuple:
		"""What a verification says of the books, and what the comparison with the shop takes for paid and credited."""
		with ERPNextLedger(book_settings_of(get_store(STORE))) as ledger:
			row = next(row for row in ledger.booked_orders() if row.order_id == self.booked)
		check = check_books(STORE)
		return check.counts, check.sums, check.payments, row.paid_total, row.credited_total

	def test_what_was_written_down_before_for_a_forged_document_isnt_sent(self):
		"""Rows of an older version of this app, which believed the invoice."""
		invoice = self.forged(self.booked)
		frappe.set_user("Administrator")
		for action, value in (
			("Note", "x"),
			("Status", "completed"),
			("Status", "cancelled"),
			("Refund", "1.00"),
		):
			outbox.add(STORE, self.booked, action, value, (INVOICE, invoice.name))
		frappe.db.commit()
		self.assert_untouched(self.booked)
		self.assertEqual({row.state for row in self.rows()}, {"Not Needed"})

	def cancel_named(self, name):
		invoice = frappe.get_doc(INVOICE, name)
		invoice.cancel()
		frappe.db.commit()
		return invoice


class TestNobodyWrites(TrustCase):
	"""The Order Map and the outbox are what is believed: no role may write them, by whatever door."""

	roles = (
		*TrustCase.roles,
		"System Manager",
		"WooCommerce Manager",
		"WooCommerce User",
	)

	def setUp(self):
		super().setUp()
		self.order_id = self.booked_order("paymob")
		self.map = frappe.db.get_value(ORDER_MAP, {"woo_order_id": self.order_id})
		self.invoice = frappe.db.get_value(ORDER_MAP, self.map, "sales_invoice")

	def test_rows_are_neither_made_nor_changed_nor_deleted(self):
		row = frappe.get_all(OUTBOX, pluck="name")[0]
		refused = frappe.PermissionError
		for user in (CLERK, "Administrator"):
			frappe.set_user(user)
			for doctype, name, field in ((ORDER_MAP, self.map, "sales_invoice"), (OUTBOX, row, "value")):
				with self.subTest(user=user, doctype=doctype):
					with self.assertRaises(refused):
						frappe.get_doc(
							{"doctype": doctype, "store": STORE, "woo_order_id": 1, "action": "Note"}
						).insert()
					with self.assertRaises(refused):
						frappe.client.set_value(doctype, name, field, self.invoice)
					with self.assertRaises(refused):
						frappe.client.delete(doctype, name)
					with self.assertRaises(refused):
						frappe.rename_doc(doctype, str(name), "99999")

	def test_a_credit_note_cant_be_written_beside_its_order(self):
		row = {
			"doctype": CREDIT_NOTE_ROW,
			"parent": self.map,
			"parenttype": ORDER_MAP,
			"parentfield": "credit_notes",
		}
		for user in (CLERK, "Administrator"):
			frappe.set_user(user)
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				frappe.client.insert({**row, "refund_id": 7, "sales_invoice": self.invoice})
			with self.subTest(user), self.assertRaises(frappe.PermissionError):
				frappe.get_doc({**row, "refund_id": 7, "sales_invoice": self.invoice}).insert()
