"""A table of the shop's roles: group and price list of new customers, and one customer for all orders of a role."""

import frappe

from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

WHOLESALE, STAFF = "wholesale_customer", "employee"


class TestCustomersOfRoles(LiveCase):
	orders = 40

	def setUp(self):
		super().setUp()
		for name in ("Our Staff", "Walk-in"):
			if not frappe.db.exists("Customer", name):
				values = {"customer_group": "Individual", "territory": "All Territories"}
				frappe.get_doc({"doctype": "Customer", "customer_name": name, **values}).insert()
		frappe.db.commit()
		self.addCleanup(self.set_roles)

	def set_roles(self, *rows: dict) -> None:
		store = self.of_store()
		store.set("roles", list(rows))
		store.save()
		frappe.db.commit()

	def migrate(self) -> None:
		with open_session(STORE) as session:
			self.assertTrue(migrate(session, session.scope()).complete)
		frappe.db.rollback()

	def accounts(self) -> list[int]:
		"""Of registered customers who have orders that are booked."""
		found = {self.shop.body(order_id)["customer_id"] for order_id in self.shop.order_ids(["completed"])}
		return sorted(found - {0})

	def customers_of(self, account: int, *order_ids: int) -> set[tuple]:
		"""Name, group and price list of the customers to whom the orders of an account are booked, or these of them."""
		frappe.db.rollback()
		query = """SELECT customer.name, customer.customer_group, customer.default_price_list
			FROM `tabSales Invoice` invoice JOIN `tabCustomer` customer ON customer.name = invoice.customer
			JOIN `tabWooCommerce Order Map` map ON map.woo_order_id = invoice.woo_order_id AND map.store = %s
			WHERE map.woo_order_id IN %s"""
		own = [n for n in self.shop.order_ids() if self.shop.body(n)["customer_id"] == account]
		return set(frappe.db.sql(query, (STORE, order_ids or own)))

	def test_a_migration_books_by_the_roles_of_the_shop(self):
		wholesaler, employee, other = self.accounts()[:3]
		self.shop.update_customer(wholesaler, {"role": WHOLESALE})
		self.shop.update_customer(employee, {"role": STAFF})
		self.set_roles(
			{"role": WHOLESALE, "role_customer_group": "Commercial", "price_list": "Standard Selling"},
			{"role": STAFF, "customer": "Our Staff"},
			{"role": "guest", "customer": "Walk-in"},
		)
		asked = len([r for r in self.sample.requests if "/customers" in r])
		self.migrate()
		asked = len([r for r in self.sample.requests if "/customers" in r]) - asked
		self.assertLessEqual(asked, 2, "one request for all accounts of a page")
		self.assertEqual(
			{row[1:] for row in self.customers_of(wholesaler)}, {("Commercial", "Standard Selling")}
		)
		self.assertEqual({row[0] for row in self.customers_of(employee)}, {"Our Staff"})
		self.assertEqual({row[1:] for row in self.customers_of(other)}, {("Individual", None)})
		self.assertEqual({row[0] for row in self.customers_of(0)}, {"Walk-in"})

	def test_a_new_order_is_booked_by_the_role_that_its_account_has_then(self):
		self.set_roles(
			{"role": WHOLESALE, "role_customer_group": "Commercial"}, {"role": STAFF, "customer": "Our Staff"}
		)
		self.poll()
		for role, expected in ((STAFF, "Our Staff"), (WHOLESALE, "Commercial"), (STAFF, "Our Staff")):
			order_id, account = self.order_of_an_account()
			self.shop.update_customer(account, {"role": role})
			self.poll()
			(found,) = self.customers_of(account, order_id)
			self.assertIn(expected, found[:2])

	def test_a_booked_order_stays_with_its_customer_when_the_role_changes(self):
		self.set_roles({"role": STAFF, "customer": "Our Staff"})
		self.poll()
		order_id, account = self.order_of_an_account()
		self.shop.update_customer(account, {"role": STAFF})
		self.poll()
		self.shop.update_customer(account, {"role": "customer"})
		self.shop.change_total(order_id)
		self.poll()
		self.assertEqual({row[0] for row in self.customers_of(account, order_id)}, {"Our Staff"})

	def order_of_an_account(self) -> tuple[int, int]:
		"""A new order, and the account that ordered."""
		while not (account := self.shop.body(order_id := self.add_order())["customer_id"]):
			self.shop.delete(order_id)
		return order_id, account

	def test_a_row_does_not_take_the_sites_own_default_group(self):
		self.addCleanup(
			frappe.db.set_default, "customer_group", frappe.db.get_default("customer_group") or ""
		)
		frappe.db.set_default("customer_group", "All Customer Groups")
		self.set_roles({"role": STAFF, "customer": "Our Staff"})
		self.assertFalse(self.of_store().roles[0].role_customer_group)

	def test_the_form_says_what_is_wrong_in_a_row(self):
		store = self.of_store()
		store.set("roles", [{"role": STAFF, "role_customer_group": "All Customer Groups"}])
		self.assertRaisesRegex(frappe.ValidationError, "Roles, row 1: Customer Group", store.save)
		store = self.of_store()
		one = frappe.get_doc("Customer", "Walk-in")
		one.db_set("disabled", 1)
		store.set("roles", [{"role": STAFF, "customer": "Walk-in"}])
		self.assertRaisesRegex(frappe.ValidationError, "is disabled", store.save)
		one.db_set({"disabled": 0, "woo_customer_key": "X:C1"})
		store = frappe.get_doc("WooCommerce Store", STORE)
		store.set("roles", [{"role": STAFF, "customer": "Walk-in"}])
		self.assertRaisesRegex(frappe.ValidationError, "made from a shop", store.save)
		frappe.db.rollback()
