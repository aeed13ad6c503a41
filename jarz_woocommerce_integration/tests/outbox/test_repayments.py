"""A refund that was made here and paid by the gateway has its repayment in the books, as one made in the shop has."""

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import nowdate

from jarz_woocommerce_integration.tests.outbox.outbox_case import INVOICE, OutboxCase


class TestRepayments(OutboxCase):
	def setUp(self):
		super().setUp()
		self.tell("send_refunds")
		self.sample.pays_back = {"paymob"}

	def refunded(self):
		"""An order that is paid by card, its credit note made here, and the refund that it became."""
		order_id = self.booked_order("paymob")
		note = self.credit(order_id, part=1.5)
		self.send()
		(refund,) = self.shop.refunds(order_id)
		return order_id, note, refund

	def repayments(self) -> list:
		return frappe.get_all(
			"Payment Entry",
			{"payment_type": "Pay", "docstatus": 1},
			["name", "paid_from", "woo_amount", "woo_refund_id", "unallocated_amount"],
		)

	def test_what_the_gateway_paid_back_leaves_its_account_once(self):
		order_id, note, refund = self.refunded()
		(repayment,) = self.repayments()
		came_in = frappe.get_doc("Payment Entry", self.row(order_id).payment_entry)
		self.assertEqual(
			(
				repayment.woo_amount,
				repayment.woo_refund_id,
				repayment.paid_from,
				repayment.unallocated_amount,
			),
			(1.5, refund["id"], came_in.paid_to, 0),
		)
		(row,) = self.row(order_id).credit_notes
		self.assertEqual((row.sales_invoice, row.payment_entry), (note.name, repayment.name))
		self.assertEqual(frappe.db.get_value(INVOICE, note.name, "outstanding_amount"), 0)
		self.assertEqual(self.invoice_of(order_id).outstanding_amount, 0)
		self.shop.update(order_id, {"customer_note": "Again, please"})
		self.poll()
		self.assertEqual((len(self.repayments()), self.row(order_id).changed or ""), (1, ""))

	def test_what_the_gateway_did_not_pay_back_is_left_to_whoever_pays_it(self):
		self.sample.pays_back = set()
		self.refunded()
		self.assertEqual(self.repayments(), [])

	def test_a_credit_note_that_a_person_has_paid_back_is_not_paid_back_again(self):
		order_id = self.booked_order("paymob")
		note = self.credit(order_id, part=1.5)
		payment = get_payment_entry(INVOICE, note.name)
		payment.reference_no, payment.reference_date = "by hand", nowdate()
		payment.submit()
		frappe.db.commit()
		self.send()
		self.assertEqual([repayment.name for repayment in self.repayments()], [payment.name])
		self.assertIsNone(self.row(order_id).credit_notes[0].payment_entry)
