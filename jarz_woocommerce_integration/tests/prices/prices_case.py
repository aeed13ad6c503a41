"""What tests of prices share: two price lists, and two products of the shop at 100."""

import frappe

from jarz_woocommerce_integration.services.prices import levels, sending
from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.tests.stock.stock_case import StockCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

LEVEL = "WooCommerce Price Level"
REGULAR, SALE, WHOLESALE = "Shop Regular", "Shop Sale", "Shop Wholesale"


class PricesCase(StockCase):
	def setUp(self):
		super().setUp()
		frappe.db.delete(LEVEL)
		currency = frappe.get_cached_value("Company", self.store.company, "default_currency")
		for name in (REGULAR, SALE, WHOLESALE):
			if not frappe.db.exists("Price List", name):
				values = {"price_list_name": name, "currency": currency, "selling": 1}
				frappe.get_doc({"doctype": "Price List", **values}).insert()
		frappe.db.delete("Item Price", {"price_list": ("in", (REGULAR, SALE, WHOLESALE))})
		self.choose(
			send_stock=options.OFF,
			send_prices=options.KEEP,
			regular_price_list=REGULAR,
			sale_price_list=SALE,
			price_decimals=2,
			price_list_tax="As in the Shop",
			role_prices_by="",
		)
		self.addCleanup(self.sample.settings.clear)
		self.addCleanup(self.sample.tax_rates.clear)
		self.addCleanup(self.choose, send_prices=options.OFF)
		self.price("MUG", 100)
		self.price("TEA", 100)

	def price(self, item: str, rate: float, price_list: str = REGULAR, **fields) -> None:
		values = {"item_code": item, "price_list": price_list, "price_list_rate": rate, **fields}
		frappe.get_doc({"doctype": "Item Price", **values}).insert()
		frappe.db.commit()

	def set_price(self, item: str, rate: float, price_list: str = REGULAR) -> None:
		where = {"item_code": item, "price_list": price_list}
		frappe.db.set_value("Item Price", where, "price_list_rate", rate)
		frappe.db.commit()

	def work(self) -> dict:
		done = sending.send(STORE)
		frappe.db.rollback()
		return done

	def row(self, product_id: int):
		frappe.db.rollback()
		(row,) = frappe.get_all(LEVEL, {"product_id": product_id}, ["*"])
		return row

	def in_shop(self, product_id: int) -> tuple:
		product = self.shop.catalogue.by_id[product_id]
		return product.regular_price, product.sale_price

	def approve(self) -> int:
		approved = levels.approve(STORE)
		frappe.db.commit()
		return approved
