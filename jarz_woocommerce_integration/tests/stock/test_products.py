"""Which products the shop offers how many of: variations, bundles, reserved and undelivered goods, and what is left alone."""

import frappe
from frappe.utils import nowdate

from jarz_woocommerce_integration.tests.stock.stock_case import LEVEL, STORE_DOCTYPE, StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE


class TestProducts(StockCase):
	def test_variations_are_sent_below_their_product(self):
		parent = self.shop.create_product(name="Shirt", type="variable")
		red = self.product("RED", 4, in_books=6, parent=parent)
		blue = self.product("BLUE", 9, in_books=8, parent=parent)
		self.send_all()
		self.assertEqual((self.in_shop(red), self.in_shop(blue)), (6, 8))

	def test_a_variation_that_shares_its_products_stock_is_left_alone(self):
		parent = self.shop.create_product(name="Shirt", type="variable", manage_stock=True, stock_quantity=20)
		self.product("RED", 0, in_books=6, parent=parent, manage_stock=None)
		self.send_all()
		(row,) = self.levels(item="RED")
		self.assertEqual((row.state, self.in_shop(parent)), ("Left Alone", 20))
		self.assertIn("whole product", row.reason)
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "de"
		shown = frappe.get_doc(LEVEL, row.name)
		shown.run_method("onload")
		self.assertIn("ganzen Produkts", shown.reason)

	def test_a_bundle_offers_what_its_scarcest_part_allows(self):
		self.item("SET", is_stock_item=0)
		product_id = self.shop.create_product(
			name="Set", regular_price="300", manage_stock=True, stock_quantity=9
		)
		self.link("SET", product_id)
		self.bundle("SET", MUG=2, TEA=3)
		self.send_all()
		self.assertEqual(self.in_shop(product_id), 3)
		self.receive("TEA", 20)
		self.work()
		self.assertEqual(self.in_shop(product_id), 5)

	def test_an_order_of_a_bundle_takes_its_parts(self):
		self.item("SET", is_stock_item=0)
		product_id = self.shop.create_product(
			name="Set", regular_price="300", manage_stock=True, stock_quantity=5
		)
		self.link("SET", product_id)
		self.bundle("SET", MUG=2)
		self.in_step()
		order_id = self.shop.buy({product_id: 2})
		with self.failing(order_id):
			self.poll()
		self.compare_all()
		self.assertEqual(self.in_shop(product_id), 3)
		self.assertEqual(self.in_shop(self.mug), 6)

	def test_a_bundle_that_a_plugin_counts_by_its_parts_is_left_alone(self):
		self.item("SET", is_stock_item=0)
		product_id = self.shop.create_product(name="Set", type="woosb", manage_stock=True, stock_quantity=9)
		self.link("SET", product_id)
		self.bundle("SET", MUG=2)
		self.send_all()
		(row,) = self.levels(item="SET")
		self.assertEqual((row.state, self.in_shop(product_id)), ("Left Alone", 9))
		self.assertEqual(row.reason, "A plugin of the shop offers as many of it as its parts allow.")

	def test_what_is_no_stock_item_and_what_the_shop_does_not_count_is_left_alone(self):
		self.item("WORK", is_stock_item=0)
		work = self.shop.create_product(name="Work", manage_stock=True, stock_quantity=5)
		self.link("WORK", work)
		free = self.product("FREE", 0, in_books=8, manage_stock=False)
		self.item("GONE", 3)
		self.link("GONE", 999_999)
		self.send_all()
		self.assertEqual({self.level(each).state for each in (work, free, 999_999)}, {"Left Alone"})
		self.assertEqual((self.in_shop(work), self.in_shop(free)), (5, None))

	def test_a_disabled_item_is_left_alone_or_sold_out(self):
		self.in_step()
		frappe.db.set_value("Item", "MUG", "disabled", 1)
		frappe.db.commit()
		self.send_all()
		self.assertEqual((self.level(self.mug).state, self.in_shop(self.mug)), ("Left Alone", 10))
		self.choose(stock_disabled_to_zero=1)
		self.send_all()
		self.assertEqual(self.in_shop(self.mug), 0)

	def test_safety_stock_is_not_offered_and_an_item_may_have_its_own(self):
		frappe.db.set_value("Item", "TEA", "safety_stock", 4)
		self.choose(stock_safety=1)
		self.send_all()
		self.assertEqual((self.in_shop(self.mug), self.in_shop(self.tea)), (9, 6))

	def test_what_is_reserved_is_offered_by_choice(self):
		self.in_step()
		self.reserve("MUG", 3)
		frappe.db.commit()
		self.work()
		self.assertEqual(self.in_shop(self.mug), 7)
		self.choose(stock_basis="Actual Quantity")
		self.send_all()
		self.assertEqual(self.in_shop(self.mug), 10)

	def test_several_warehouses_are_offered_together(self):
		other = frappe.get_doc(
			{"doctype": "Warehouse", "warehouse_name": "Second", "company": self.store.company}
		)
		other.insert(ignore_if_duplicate=True)
		store = frappe.get_doc(STORE_DOCTYPE, STORE)
		store.set("stock_warehouses", [{"warehouse": self.warehouse}, {"warehouse": other.name}])
		store.save()
		self.addCleanup(self.no_warehouses)
		here, self.warehouse = self.warehouse, other.name
		self.receive("MUG", 4)
		self.warehouse = here
		self.send_all()
		self.assertEqual(self.in_shop(self.mug), 14)

	def test_invoices_that_leave_stock_to_delivery_notes_count_as_sold(self):
		self.choose(update_stock=0)
		self.in_step()
		self.shop.buy({self.mug: 3})
		self.poll()
		self.assertEqual(self.in_books("MUG"), 10)
		self.compare_all()
		self.assertEqual((self.in_shop(self.mug), self.level(self.mug).wanted), (7, 7))

	def test_backorders_stay_below_zero(self):
		self.in_step()
		self.shop.update_product(self.mug, backorders="yes")
		order_id = self.shop.buy({self.mug: 12})
		with self.failing(order_id):
			self.poll()
		self.compare_all()
		self.assertEqual((self.in_shop(self.mug), self.level(self.mug).state), (-2, "In Step"))

	def test_a_link_that_is_removed_takes_its_row_along(self):
		self.in_step()
		frappe.db.delete("WooCommerce Item Link", {"item": "TEA"})
		frappe.db.commit()
		self.work()
		self.assertEqual([row.item for row in self.levels()], ["MUG"])

	def test_the_shops_own_numbers_are_put_right_at_night(self):
		self.in_step()
		self.shop.update_product(self.mug, stock_quantity=99)
		self.assertEqual(self.work()["compared"], 0)
		self.compare_all()
		self.assertEqual(self.in_shop(self.mug), 10)
		self.assertTrue(self.of_store().stock_compared)

	# --- what they share ---

	def send_all(self) -> None:
		self.compare_all()
		self.approve_all()
		self.work()

	def bundle(self, code: str, **parts: float) -> None:
		rows = [{"item_code": item, "qty": quantity} for item, quantity in parts.items()]
		frappe.get_doc({"doctype": "Product Bundle", "new_item_code": code, "items": rows}).insert()
		frappe.db.commit()

	def reserve(self, code: str, quantity: float) -> None:
		customer = frappe.get_doc({"doctype": "Customer", "customer_name": "Somebody else"}).insert()
		row = {"item_code": code, "qty": quantity, "rate": 1, "warehouse": self.warehouse}
		order = {"company": self.store.company, "customer": customer.name, "delivery_date": nowdate()}
		frappe.get_doc({"doctype": "Sales Order", **order, "items": [row]}).insert().submit()
		frappe.db.commit()

	def no_warehouses(self) -> None:
		frappe.db.delete("WooCommerce Store Warehouse", {"parent": STORE})
		frappe.db.commit()
