"""Who may have a gateway pay back, how much of it a day, and what becomes of the rest."""

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.api import outbox as outbox_api
from jarz_woocommerce_integration.install import MANAGER
from jarz_woocommerce_integration.services.monitoring import alerts
from jarz_woocommerce_integration.services.outbox import (
	documents as outbox_documents,
	refund_limit as outbox_refund_limit,
)
from jarz_woocommerce_integration.services.outbox.refund_limit import REFUND_MANAGER
from jarz_woocommerce_integration.tests.outbox.outbox_case import OUTBOX, OutboxCase

CLERK = "woo-refunds@jarz.test"
OF_A_CLERK = ("Accounts User", "Accounts Manager", "Sales Manager")
WAITS = "Awaiting Approval"


class ApprovalCase(OutboxCase):
	def setUp(self):
		super().setUp()
		self.tell("send_refunds")
		self.sample.pays_back = {"paymob"}
		self.told_people = self.enterContext(patch.object(alerts, "send"))
		if not frappe.db.exists("User", CLERK):
			user = {"doctype": "User", "email": CLERK, "first_name": "Clerk", "send_welcome_email": 0}
			frappe.get_doc(user).insert()
		self.give(*OF_A_CLERK)
		self.addCleanup(frappe.set_user, "Administrator")

	def give(self, *roles: str) -> None:
		user = frappe.get_doc("User", CLERK)
		user.set("roles", [{"role": role} for role in roles])
		user.save()
		frappe.db.commit()

	def credited(self, amount: float = 1.5, user: str = CLERK) -> tuple[int, str]:
		"""A paid order, and its credit note by a user, and sent what can be."""
		order_id = self.booked_order("paymob")
		frappe.set_user(user)
		note = self.credit(order_id, part=amount)
		frappe.set_user("Administrator")
		self.send()
		return order_id, note.name

	def approve(self, *roles: str) -> int:
		self.give(*roles)
		names = [row.name for row in self.rows()]
		frappe.set_user(CLERK)
		try:
			with patch.dict(frappe.flags, {"in_test": False}):
				return outbox_api.approve_refunds(names)
		finally:
			frappe.set_user("Administrator")
			frappe.db.commit()

	def paid_back(self, order_id: int) -> list[bool]:
		return [refund["refunded_payment"] for refund in self.shop.refunds(order_id)]


class TestRole(ApprovalCase):
	def test_without_the_role_a_credit_note_is_listed_told_and_paid_back_once_it_is_approved(self):
		order_id, note = self.credited()
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts, self.paid_back(order_id)), (WAITS, 0, []))
		self.assertIn(REFUND_MANAGER, row.last_error)
		(told,) = self.told_people.call_args_list
		self.assertIn("refunds that wait for approval: 1", told.args[1])
		self.send_now()
		self.assertEqual((self.rows()[0].state, self.paid_back(order_id)), (WAITS, []))
		self.assertEqual(self.approve(*OF_A_CLERK, REFUND_MANAGER), 1)
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, row.approved_by, row.paid_back), ("Sent", CLERK, 1.5))
		self.assertEqual(self.paid_back(order_id), [True])
		self.assertEqual(len(self.credit_notes()), 1)

	def test_nobody_else_may_approve(self):
		self.credited()
		for roles in (OF_A_CLERK, (MANAGER,), ("System Manager", MANAGER)):
			with self.subTest(roles), self.assertRaises(frappe.PermissionError):
				self.approve(*roles)
		self.assertEqual(self.rows()[0].state, WAITS)

	def test_who_has_the_role_needs_no_approval_within_the_limit(self):
		self.give(*OF_A_CLERK, REFUND_MANAGER)
		order_id, _note = self.credited()
		self.assertEqual((self.rows()[0].state, self.paid_back(order_id)), ("Sent", [True]))

	def test_what_no_gateway_pays_back_needs_nobody(self):
		self.sample.pays_back = set()
		order_id, _note = self.credited()
		self.assertEqual((self.rows()[0].state, self.paid_back(order_id)), ("Sent", [False]))

	def test_a_credit_note_that_is_cancelled_meanwhile_isnt_sent(self):
		order_id, note = self.credited()
		frappe.get_doc("Sales Invoice", note).cancel()
		frappe.db.commit()
		self.send()
		self.assertEqual((self.rows()[0].state, self.paid_back(order_id)), ("Not Needed", []))

	def test_another_persons_credit_note_is_approved_apart(self):
		"""Who may pay back makes the last credit note of an order, and the shop wants them all."""
		self.tell("send_status")
		_order_id, first = self.credited()
		self.assertEqual(self.rows(), [])
		last = frappe.get_doc("Sales Invoice", first)
		last.name = "The last one"
		with patch.object(outbox_documents, "is_wholly_credited", return_value=True):
			outbox_documents.invoice_submitted(last)
		frappe.db.commit()
		owners = {row.document_name: row.owner for row in self.rows(action="Refund")}
		self.assertEqual(owners, {first: CLERK})


class TestLimit(ApprovalCase):
	def setUp(self):
		super().setUp()
		self.give(*OF_A_CLERK, REFUND_MANAGER)

	def states(self) -> list[str]:
		return [row.state for row in self.rows()]

	def test_what_goes_beyond_the_limit_of_a_day_waits_and_less_goes_on(self):
		self.limit_refunds(3)
		for amount in (1.5, 1.6, 1.5):
			self.credited(amount)
		self.assertEqual(self.states(), ["Sent", WAITS, "Sent"])
		self.assertIn("3.10", self.rows()[1].last_error)
		self.approve(REFUND_MANAGER)
		self.send()
		self.assertEqual(self.states(), ["Sent"] * 3)

	def test_a_new_day_begins_at_nothing(self):
		self.limit_refunds(2)
		self.credited()
		tomorrow = now_datetime() + timedelta(days=1)
		with patch.object(outbox_refund_limit, "now_datetime", return_value=tomorrow):
			self.credited()
		self.credited()
		self.assertEqual(self.states(), ["Sent", "Sent", WAITS])

	def test_without_a_limit_each_waits(self):
		self.limit_refunds(0)
		self.credited()
		self.assertEqual(self.states(), [WAITS])

	def test_what_the_gateway_refused_doesnt_count_and_what_nobody_knows_does(self):
		self.limit_refunds(2)
		with patch.object(self.shop, "refund", side_effect=ValueError("The card is gone.")):
			self.credited()
		self.assertEqual((self.states(), self.rows()[0].paid_back), (["Given Up"], 0))
		order_id = self.booked_order("paymob")
		self.credit(order_id, part=1.5)
		self.sample.faults.add("truncated", at=(1,), match=f"/orders/{order_id}/refunds")
		self.send()
		self.credited()
		self.assertEqual(self.states(), ["Given Up", "Waiting", WAITS])
		self.send_now()
		self.assertEqual(self.states(), ["Given Up", "Sent", WAITS])

	def test_while_a_refund_waits_the_order_doesnt_become_refunded_and_nothing_turns_in_a_circle(self):
		self.tell("send_refunds", "send_status")
		self.limit_refunds(0)
		order_id = self.booked_order("paymob")
		self.credit(order_id)
		self.send()
		self.assertEqual(self.states(), [WAITS, "Waiting"])
		self.assertEqual(self.send()["status"], "nothing is due")
		self.approve(REFUND_MANAGER)
		self.send()
		self.assertEqual((self.states()[0], self.status_of(order_id)), ("Sent", "refunded"))
		self.assertNotIn("Waiting", self.states())

	def test_a_row_cant_be_approved_that_doesnt_wait_for_it(self):
		self.credited()
		before = frappe.get_all(OUTBOX, fields=["state", "approved_by"])
		self.assertEqual(self.approve(REFUND_MANAGER), 0)
		self.assertEqual(frappe.get_all(OUTBOX, fields=["state", "approved_by"]), before)
