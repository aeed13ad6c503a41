"""Variations that share the stock of their product: left alone, or the shop is offered what their items have together."""

import frappe

from jarz_woocommerce_integration.services.stock import opening, options
from jarz_woocommerce_integration.tests.stock.stock_case import ITEM_LINK, StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestSharedStock(StockCase):
	"""A shirt of which the shop has twenty, in red and blue, of which the books have six and eight."""

	def setUp(self):
		super().setUp()
		self.choose(stock_shared=options.SUM_OF_VARIATIONS)
		self.shirt = self.shop.create_product(
			name="Shirt", type="variable", manage_stock=True, stock_quantity=20
		)
		self.red = self.sharing("RED", 6)
		self.blue = self.sharing("BLUE", 8)

	def sharing(self, code: str, in_books: int, **fields) -> int:
		return self.product(code, 0, in_books=in_books, parent=self.shirt, **{"manage_stock": None, **fields})

	def with_template(self) -> None:
		"""As an import leaves it: the product is linked to the template."""
		self.item("SHIRT", has_variants=1, attributes=[{"attribute": self.attribute()}])
		self.link("SHIRT", self.shirt)

	def attribute(self) -> str:
		if not frappe.db.exists("Item Attribute", "Shirt Color"):
			values = [{"attribute_value": "Red", "abbr": "R"}]
			row = {"attribute_name": "Shirt Color", "item_attribute_values": values}
			frappe.get_doc({"doctype": "Item Attribute", **row}).insert()
		return "Shirt Color"

	def pool(self):
		(row,) = self.levels(product_id=self.shirt, variation_id=0)
		return row

	def send_all(self) -> None:
		"""A product that nobody has linked is found with its variations: its own row comes with the next run."""
		self.compare_all()
		self.compare_all()
		self.approve_all()
		self.work()

	def test_the_shop_is_offered_what_the_variations_have_together(self):
		self.send_all()
		self.assertEqual((self.in_shop(self.shirt), self.pool().state), (14, "In Step"))
		self.assertEqual(
			[row.state for row in self.levels(item="RED", variation_id=self.red)], ["Left Alone"]
		)

	def test_a_product_that_is_linked_to_its_template_is_found_at_once(self):
		self.with_template()
		self.compare_all()
		row = self.pool()
		self.assertEqual(
			(row.item, row.state, row.wanted, row.shop_quantity), ("SHIRT", "Waiting for Approval", 14, 20)
		)

	def test_a_change_of_any_variation_is_sent(self):
		self.send_all()
		self.receive("BLUE", 3)
		self.work()
		self.assertEqual(self.in_shop(self.shirt), 17)
		self.issue("RED", 5)
		self.work()
		self.assertEqual(self.in_shop(self.shirt), 12)

	def test_what_the_shop_sells_of_a_variation_stays_sold(self):
		self.send_all()
		self.shop.buy({self.red: 2})
		self.receive("BLUE", 1)
		self.work()
		row = self.pool()
		self.assertEqual((self.in_shop(self.shirt), row.claimed), (13, 2))
		self.poll()
		self.compare_all()
		self.assertEqual((self.in_shop(self.shirt), self.in_books("RED"), self.pool().claimed), (13, 4, 0))

	def test_variations_that_are_one_item_count_it_once(self):
		green = self.shop.create_product(self.shirt, name="Green", manage_stock=None, sku="GREEN")
		self.link("RED", green, self.shirt)
		self.send_all()
		self.assertEqual(self.in_shop(self.shirt), 14)

	def test_a_variation_with_a_stock_of_its_own_is_not_in_the_sum(self):
		own = self.product("OWN", 5, in_books=7, parent=self.shirt)
		self.send_all()
		self.assertEqual((self.in_shop(self.shirt), self.in_shop(own)), (14, 7))

	def test_a_variation_that_is_switched_off_is_not_in_the_sum(self):
		self.shop.update_product(self.red, status="private")
		self.send_all()
		self.assertEqual(self.in_shop(self.shirt), 8)

	def test_where_a_variation_has_no_item_all_is_left_alone(self):
		self.with_template()
		self.send_all()
		frappe.db.delete(ITEM_LINK, {"store": STORE, "item": "RED"})
		frappe.db.commit()
		self.receive("BLUE", 5)
		self.compare_all()
		row = self.pool()
		self.assertEqual((row.state, self.in_shop(self.shirt)), ("Left Alone", 14))
		self.assertEqual(row.reason, "A variation that shares its stock isn't linked to a stock item.")

	def test_a_variation_that_is_disabled_adds_nothing(self):
		self.send_all()
		frappe.db.set_value("Item", "RED", "disabled", 1)
		frappe.db.commit()
		self.compare_all()
		self.assertEqual(self.in_shop(self.shirt), 8)

	def test_another_choice_is_approved_anew_and_leaves_it_alone(self):
		self.send_all()
		store = self.of_store()
		store.stock_shared = "Leave Alone"
		store.save()
		frappe.db.commit()
		self.receive("BLUE", 3)
		self.compare_all()
		self.assertEqual(self.in_shop(self.shirt), 14)
		self.assertEqual(self.levels(product_id=self.shirt, variation_id=0), [])
		self.assertIn("whole product", self.levels(item="RED")[0].reason)

	def test_opening_stock_of_several_items_cannot_be_known(self):
		self.with_template()
		self.compare_all()
		taken = opening.take_over(self.of_store())
		self.assertTrue(any("one quantity for all its variations" in text for text in taken["left_out"]))
