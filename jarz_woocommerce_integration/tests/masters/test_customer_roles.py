"""What the role of an account decides of the Customer of an order."""

import frappe

from jarz_woocommerce_integration.tests.masters.masters_case import MastersCase
from jarz_woocommerce_integration.translation.drafts import Decision

OF_ROLE = Decision("known", "role")


class TestCustomersOfRoles(MastersCase):
	def of_role(self, number: int, name: str, **changes):
		nobody = {"key": name, "name": name, "decision": OF_ROLE, "emails": (), "phones": ()}
		return self.order(number, nobody, **changes)

	def test_a_new_customer_has_group_and_price_list_of_the_role(self):
		order = self.order(1, {"group": "Commercial", "price_list": "Standard Selling"})
		other = self.order(2)
		self.create(order, other)
		customer = self.customer(order)
		self.assertEqual(
			(customer.customer_group, customer.default_price_list), ("Commercial", "Standard Selling")
		)
		customer = self.customer(other)
		self.assertEqual((customer.customer_group, customer.default_price_list), ("Individual", None))

	def test_the_one_customer_of_a_role_gets_addresses_and_nothing_else(self):
		by_hand = self.by_hand("Walk-in")
		orders = [self.of_role(number, "Walk-in") for number in (1, 2)]
		self.create(*orders)
		self.assertEqual(self.made("Customer"), ["Walk-in"])
		for order in orders:
			name, addresses = self.found(order)
			self.assertEqual((name, len(addresses)), ("Walk-in", 1))
			(address,) = addresses.values()
			self.assertEqual(frappe.db.get_value("Address", address, "disabled"), 1)
		self.assertEqual(self.contacts("Walk-in"), [])
		self.assertEqual(str(frappe.get_doc("Customer", "Walk-in").modified), str(by_hand.modified))

	def test_the_one_customer_who_is_not_there_is_made_once(self):
		orders = [self.of_role(number, "Walk-in") for number in (1, 2)]
		self.create(*orders)
		self.assertEqual(self.made("Customer"), ["Walk-in"])
		self.assertEqual({self.found(order)[0] for order in orders}, {"Walk-in"})
