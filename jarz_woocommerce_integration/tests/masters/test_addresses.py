"""Addresses that the ledger makes on a site."""

import frappe

from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import read_addresses
from jarz_woocommerce_integration.tests.masters.masters_case import MastersCase


class TestERPNextAddresses(MastersCase):
	def test_missing_parts_of_an_address_are_filled(self):
		nothing = {
			"line_1": "",
			"line_2": "",
			"city": "",
			"state": "",
			"postcode": "",
			"country": "",
			"name": "",
		}
		cases = (
			({"line_2": "Flat 5"}, ("Flat 5", "Egypt", "Egypt")),
			({"state": "Giza"}, ("Giza", "Giza", "Egypt")),
			({"city": "Lyon", "country": "FR"}, ("Lyon", "Lyon", "France")),
			({"line_1": "1 Road", "country": "XX"}, ("1 Road", "Egypt", "Egypt")),
		)
		for number, (given, expected) in enumerate(cases, 1):
			order = self.order(number, billing=self.make.address(number, **{**nothing, **given}))
			self.create(order)
			address = frappe.get_doc("Address", next(iter(self.found(order)[1].values())))
			self.assertEqual((address.address_line1, address.city, address.country), expected)
			self.assertEqual(address.address_title, f"Customer {number}")
		self.assertEqual(address.address_line2, "XX", "a country that nobody knows is not lost")

	def test_nothing_of_an_overlong_address_is_lost(self):
		words = {field: " ".join([field] * 20)[:180] for field in ("city", "state", "postcode", "name")}
		order = self.order(1, billing=self.make.address(1, line_1="a " * 150, line_2="end", **words))
		self.create(order)
		address = frappe.get_doc("Address", next(iter(self.found(order)[1].values())))
		self.assertLessEqual(len(address.address_line1), 240)
		told = f"{address.address_line1} {address.address_line2}"
		self.assertEqual(told.split().count("a"), 150)
		self.assertIn("end", told)
		self.assertIn(" ".join(["name"] * 20), told)

	def test_another_place_is_another_address(self):
		"""failure-modes 45"""
		first, second = self.order(1), self.order(2, {"key": "CUST-1"})
		self.create(first)
		self.create(second)
		customer = self.found(first)[0]
		pairs = [(customer, order.translation.billing.signature) for order in (first, second)]
		addresses = read_addresses(pairs)
		self.assertEqual(len(set(addresses.values())), 2)
		lines = [frappe.db.get_value("Address", addresses[pair], "address_line1") for pair in pairs]
		self.assertEqual(lines, ["1 Nile Street", "2 Nile Street"])
		primary = [frappe.db.get_value("Address", addresses[pair], "is_primary_address") for pair in pairs]
		self.assertEqual(primary, [1, 0])

	def test_shipped_to_where_the_bill_goes_is_one_address(self):
		order = self.order(1, shipping=self.make.address(1, "Shipping"))
		self.create(order)
		(name,) = self.found(order)[1].values()
		flags = frappe.db.get_value(
			"Address", name, ["address_type", "is_primary_address", "is_shipping_address"]
		)
		self.assertEqual(flags, ("Billing", 1, 1))

	def test_an_address_of_a_customer_of_other_making_is_neither_preferred_nor_taken_for_the_next_document(
		self,
	):
		by_hand = self.by_hand()
		link = {"link_doctype": "Customer", "link_name": by_hand.name}
		mine = frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": "Mine",
				"address_type": "Billing",
				"address_line1": "1 Hand Road",
				"city": "Giza",
				"country": "Egypt",
				"is_primary_address": 1,
				"links": [link],
			}
		).insert()
		frappe.db.commit()
		known = {"key": by_hand.name, "decision": self.make.customer(1, "known").decision}
		orders = [
			self.order(number, known, shipping=self.make.address(50 + number, "Shipping"))
			for number in (1, 2)
		]
		self.create(*orders)
		flags = [
			frappe.db.get_value("Address", name, ["is_primary_address", "is_shipping_address", "disabled"])
			for order in orders
			for name in sorted(self.found(order)[1].values())
		]
		self.assertEqual(flags, [(0, 0, 1)] * 4)
		mine.reload()
		self.assertEqual(mine.is_primary_address, 1)
		self.assertFalse(frappe.db.get_value("Customer", by_hand.name, "customer_primary_address"))
