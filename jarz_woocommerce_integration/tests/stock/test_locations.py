"""A shop whose plugin keeps stock by location: each location gets what its warehouse has, and all together no more than there is."""

import frappe

from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.tests.stock.stock_case import STORE_DOCTYPE, StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

PLUGIN = "Stock Locations for WooCommerce"
CAIRO, GIZA = "12", "15"


class TestLocations(StockCase):
	"""Ten mugs in the first warehouse, which is Cairo, and four in the second, which is Giza."""

	def setUp(self):
		super().setUp()
		self.second = self.another_warehouse()
		self.receive_there("MUG", 4)
		store = self.of_store()
		store.stock_location_plugin = PLUGIN
		store.set("stock_warehouses", [{"warehouse": self.warehouse}, {"warehouse": self.second}])
		rows = ((CAIRO, self.warehouse), (GIZA, self.second))
		store.set("stock_locations", [{"location": place, "warehouse": name} for place, name in rows])
		store.save()
		frappe.db.commit()
		self.addCleanup(self.forget_locations)
		self.shop.update_product(self.mug, stock_quantity=14, meta_data=self.meta(CAIRO, 10, GIZA, 4))

	def another_warehouse(self) -> str:
		values = {"warehouse_name": "Second", "company": self.store.company}
		if name := frappe.db.get_value("Warehouse", values):
			return name
		return frappe.get_doc({"doctype": "Warehouse", **values}).insert().name

	def receive_there(self, code: str, quantity: float) -> None:
		here, self.warehouse = self.warehouse, self.second
		self.receive(code, quantity)
		self.warehouse = here

	def forget_locations(self) -> None:
		frappe.db.rollback()
		for table in ("WooCommerce Store Location", "WooCommerce Store Warehouse"):
			frappe.db.delete(table, {"parent": STORE})
		self.choose(stock_location_plugin="")

	def meta(self, *given) -> list[dict]:
		pairs = zip(given[::2], given[1::2], strict=True)
		return [{"key": f"_stock_at_{place}", "value": str(quantity)} for place, quantity in pairs]

	def located(self, product_id: int) -> dict[str, str]:
		"""What the shop has at its locations."""
		return dict(self.shop.catalogue.by_id[product_id].meta)

	def test_what_is_equal_at_each_location_is_in_step(self):
		self.compare_all()
		row = self.level(self.mug)
		self.assertEqual((row.state, row.locations), ("In Step", "12: 10\n15: 4"))

	def test_a_difference_at_a_location_waits_for_approval_and_is_sent(self):
		self.shop.update_product(self.mug, meta_data=self.meta(CAIRO, 13, GIZA, 1))
		self.compare_all()
		row = self.level(self.mug)
		self.assertEqual(
			(row.state, row.difference, row.locations), ("Waiting for Approval", 0, "12: 13 → 10\n15: 1 → 4")
		)
		self.approve_all()
		self.work()
		self.assertEqual(self.located(self.mug), {"_stock_at_12": "10", "_stock_at_15": "4"})
		self.assertEqual((self.in_shop(self.mug), self.level(self.mug).locations), (14, "12: 10\n15: 4"))

	def test_goods_that_move_between_warehouses_are_told_though_there_are_as_many(self):
		self.compare_all()
		self.issue("MUG", 3)
		self.receive_there("MUG", 3)
		self.assertEqual(self.work()["sent"], 1)
		self.assertEqual(self.located(self.mug), {"_stock_at_12": "7", "_stock_at_15": "7"})
		self.assertEqual(self.in_shop(self.mug), 14)

	def test_what_waits_in_orders_is_taken_off_each_location(self):
		self.compare_all()
		order_id = self.shop.buy({self.mug: 3})
		with self.failing(order_id):
			self.poll()
		self.compare_all()
		self.assertEqual(self.in_shop(self.mug), 11)
		self.assertEqual(self.located(self.mug), {"_stock_at_12": "7", "_stock_at_15": "1"})

	def test_a_location_that_a_product_does_not_have_is_not_given_to_it(self):
		self.shop.update_product(self.tea, meta_data=self.meta(CAIRO, 9))
		self.compare_all()
		self.approve_all()
		self.work()
		self.assertEqual(self.located(self.tea), {"_stock_at_12": "10"})

	def test_a_location_needs_an_id_and_a_warehouse_that_is_offered(self):
		store = self.of_store()
		store.stock_locations[0].location = "Cairo"
		self.assertRaisesRegex(frappe.ValidationError, "no id of a location", store.save)
		store = self.of_store()
		store.set("stock_warehouses", [{"warehouse": self.warehouse}])
		self.assertRaisesRegex(frappe.ValidationError, "isn't offered", store.save)
		store = self.of_store()
		store.set("stock_locations", [])
		self.assertRaisesRegex(frappe.ValidationError, "name the warehouse", store.save)

	def test_another_plugin_of_locations_is_approved_anew(self):
		self.compare_all()
		store = frappe.get_doc(STORE_DOCTYPE, STORE)
		store.stock_location_plugin = "WooCommerce Multi Locations Inventory Management"
		store.save()
		frappe.db.commit()
		self.assertEqual({row.approved for row in self.levels()}, {0})
		self.assertEqual(options.locations_of(store).plugin.key(CAIRO), "wcmlim_stock_at_12")
