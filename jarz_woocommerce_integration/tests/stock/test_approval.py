"""The first differences are only listed: nothing of a product is sent before a person has approved it."""

from contextlib import contextmanager

import frappe

from jarz_woocommerce_integration.api.stock import levels as api
from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestApproval(StockCase):
	def setUp(self):
		super().setUp()
		self.pot = self.product("POT", 7, in_books=3)

	def test_a_first_difference_waits_for_approval(self):
		self.work()
		row = self.level(self.pot)
		self.assertEqual(
			(row.state, row.wanted, row.shop_quantity, row.difference), ("Waiting for Approval", 3, 7, 4)
		)
		self.assertEqual(self.in_shop(self.pot), 7)

	def test_what_waits_is_kept_up_and_not_sent(self):
		self.work()
		self.receive("POT", 1)
		self.work()
		self.assertEqual((self.level(self.pot).difference, self.in_shop(self.pot)), (3, 7))

	def test_what_is_approved_is_sent_and_so_is_what_follows(self):
		self.work()
		self.assertEqual(self.approve_all(), 1)
		self.work()
		row = self.level(self.pot)
		self.assertEqual(
			(row.state, row.approved_by, self.in_shop(self.pot)), ("In Step", "Administrator", 3)
		)
		self.receive("POT", 2)
		self.work()
		self.assertEqual(self.in_shop(self.pot), 5)

	def test_what_was_equal_at_first_needs_no_approval(self):
		self.work()
		self.receive("MUG", 1)
		self.work()
		self.assertEqual(self.in_shop(self.mug), 11)

	def test_a_store_that_only_lists_differences_sends_nothing(self):
		self.choose(send_stock=options.LIST)
		self.work()
		self.receive("MUG", 1)
		self.work()
		self.assertEqual((self.level(self.mug).state, self.level(self.pot).state), ("Differs", "Differs"))
		self.assertEqual((self.in_shop(self.mug), self.in_shop(self.pot)), (10, 7))
		self.assertEqual(self.approve_all(), 0)

	def test_some_are_approved_by_their_rows(self):
		self.work()
		self.assertEqual(api.approve([self.level(self.pot).name, self.level(self.mug).name]), 1)

	def test_another_choice_of_quantities_is_approved_anew(self):
		self.in_step_after_approval()
		store = self.of_store()
		store.stock_safety = 2
		store.save()
		frappe.db.commit()
		self.work()
		self.assertEqual({row.state for row in self.levels()}, {"Waiting for Approval"})
		self.assertEqual(self.in_shop(self.mug), 10)

	def test_who_may_only_read_approves_nothing(self):
		self.work()
		with self.user_with("WooCommerce User"):
			self.assertRaises(frappe.PermissionError, api.approve, [self.level(self.pot).name])
			self.assertRaises(frappe.PermissionError, api.approve_all, STORE)
			self.assertRaises(frappe.PermissionError, api.compare_all, STORE)
			self.assertRaises(frappe.PermissionError, api.take_over, STORE)
			self.assertEqual(api.by_state(STORE), {"In Step": 2, "Waiting for Approval": 1})

	def test_a_manager_approves_all(self):
		self.work()
		with self.user_with("WooCommerce Manager"):
			self.assertEqual(api.approve_all(STORE), 1)

	def test_keeping_in_step_needs_a_warehouse_and_the_live_sync(self):
		store = self.of_store()
		store.warehouse = None
		self.assertRaisesRegex(frappe.ValidationError, "Warehouses", store.save)
		store = self.of_store()
		store.live_sync = 0
		self.assertRaisesRegex(frappe.ValidationError, "live sync", store.save)

	def in_step_after_approval(self) -> None:
		self.work()
		self.approve_all()
		self.work()
		self.assertEqual({row.state for row in self.levels()}, {"In Step"})

	@contextmanager
	def user_with(self, role: str):
		"""Somebody with this role alone does what is inside."""
		email = f"{frappe.scrub(role)}@stock.test"
		if not frappe.db.exists("User", email):
			user = frappe.get_doc({"doctype": "User", "email": email, "first_name": role})
			user.insert(ignore_permissions=True).add_roles(role)
		frappe.set_user(email)
		try:
			yield
		finally:
			frappe.set_user("Administrator")
