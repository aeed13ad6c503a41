"""What tests of stock share: a shop that counts a few products, stock items for them, and what happens on both sides."""

from datetime import timedelta
from unittest.mock import patch

import frappe
from erpnext.stock.doctype.stock_entry.stock_entry_utils import make_stock_entry
from frappe.utils import add_days, now_datetime, nowdate

from jarz_woocommerce_integration.services.stock import comparison, levels, options, sending
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

LEVEL = "WooCommerce Stock Level"
ITEM_LINK = "WooCommerce Item Link"
STORE_DOCTYPE = "WooCommerce Store"
TABLES = (
	"Sales Order",
	"Sales Order Item",
	"Stock Reconciliation",
	"Stock Reconciliation Item",
	"Product Bundle",
	"Product Bundle Item",
	"Packed Item",
	LEVEL,
)
CHOSEN = {
	"send_stock": options.KEEP,
	"update_stock": 1,
	"restock_refunds": 1,
	"stock_basis": "Actual less Reserved",
	"stock_less_undelivered": 1,
	"stock_safety": 0,
	"stock_disabled_to_zero": 0,
}


class StockCase(LiveCase):
	"""A store that is kept in step and moves stock with its invoices, with ten mugs and ten bags of tea on both sides.

	:ivar mug: the product of the shop; :ivar tea: likewise
	"""

	@classmethod
	def connect(cls):
		super().connect()
		cls.warehouse = frappe.db.get_value(
			"Warehouse", {"company": cls.store.company, "is_group": 0, "warehouse_name": "Stores"}
		)

	def setUp(self):
		super().setUp()
		self.addCleanup(wipe_books)
		for table in TABLES:
			frappe.db.delete(table)
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 0)
		frappe.db.set_value(
			STORE_DOCTYPE, {"name": ("!=", STORE)}, "send_stock", options.OFF, update_modified=False
		)
		self.choose(**CHOSEN, warehouse=self.warehouse)
		self.mug = self.product("MUG", 10)
		self.tea = self.product("TEA", 10)
		self.usual_recent = comparison.RECENT
		# What was changed a second before isn't recent; tests of what is say so.
		self.enterContext(patch.object(comparison, "RECENT", timedelta(seconds=-5)))

	def choose(self, **values) -> None:
		"""Fields of the store's form, as if they had been saved before."""
		frappe.db.set_value(STORE_DOCTYPE, STORE, values, update_modified=False)
		frappe.db.commit()
		frappe.clear_document_cache(STORE_DOCTYPE, STORE)
		levels.documents.forget_stores()

	def product(
		self, code: str, quantity: int, in_books: int | None = None, parent: int = 0, **fields
	) -> int:
		"""A product that the shop counts, the stock item that it is linked to, and so many on both sides."""
		given = {
			"name": code,
			"sku": code,
			"regular_price": "100",
			"manage_stock": True,
			"stock_quantity": quantity,
		}
		product_id = self.shop.create_product(parent, **{**given, **fields})
		self.item(code, quantity if in_books is None else in_books)
		self.link(code, product_id, parent)
		return product_id

	def item(self, code: str, quantity: int = 0, **fields) -> None:
		values = {"item_group": "Products", "stock_uom": "Nos", "is_stock_item": 1, "valuation_rate": 10}
		frappe.get_doc({"doctype": "Item", "item_code": code, **values, **fields}).insert()
		if quantity:
			self.receive(code, quantity)
		frappe.db.commit()

	def link(self, code: str, product_id: int, parent: int = 0) -> None:
		ids = {"product_id": parent or product_id, "variation_id": product_id if parent else 0}
		frappe.get_doc({"doctype": ITEM_LINK, "store": STORE, "item": code, "sku": code, **ids}).insert()
		frappe.db.commit()

	# --- what happens in the books ---

	def receive(self, code: str, quantity: float) -> None:
		# Yesterday: an invoice is posted at the second in which its order was made, in which the goods must be there.
		day = {"posting_date": add_days(nowdate(), -1), "posting_time": "12:00:00"}
		make_stock_entry(item_code=code, target=self.warehouse, qty=quantity, rate=10, **day)
		frappe.db.commit()

	def issue(self, code: str, quantity: float) -> None:
		make_stock_entry(item_code=code, source=self.warehouse, qty=quantity)
		frappe.db.commit()

	def in_books(self, code: str) -> float:
		frappe.db.rollback()
		return frappe.db.get_value("Bin", {"item_code": code, "warehouse": self.warehouse}, "actual_qty") or 0

	# --- what is done ---

	def work(self) -> dict:
		done = sending.send(STORE)
		frappe.db.rollback()
		return done

	def compare_all(self) -> dict:
		done = levels.compare_now(STORE)
		frappe.db.rollback()
		return done

	def approve_all(self) -> int:
		approved = levels.approve(STORE)
		frappe.db.commit()
		return approved

	def in_step(self) -> None:
		"""All products were compared and are equal."""
		self.compare_all()
		assert {row.state for row in self.levels()} == {"In Step"}, self.levels()

	def make_due(self) -> None:
		"""As if the time of all that waits for its time had come."""
		frappe.db.sql(
			"UPDATE `tabWooCommerce Stock Level` SET next_attempt = %s WHERE next_attempt IS NOT NULL",
			now_datetime(),
		)
		frappe.db.commit()

	def impatient(self):
		"""Nobody waits for a shop that is out."""
		return patch.object(StoreClient, "_retrying", lambda client, attempt: attempt())

	# --- what is there ---

	def levels(self, **filters) -> list:
		frappe.db.rollback()
		return frappe.get_all(LEVEL, filters=filters, fields=["*"], order_by="product_id, variation_id")

	def level(self, product_id: int):
		(row,) = self.levels(**{"product_id": product_id})
		return row

	def in_shop(self, product_id: int) -> int:
		return self.shop.stock_of(product_id)
