"""What tests of the live sync share: a sample shop that is kept in step, and what goes wrong there on command."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.locks import lock_name
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.live import sync as live_sync
from jarz_woocommerce_integration.services.migration.page_booking import PageBooking
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase
from jarz_woocommerce_integration.translation.drafts import Failure
from jarz_woocommerce_integration.translation.translate import Translator

MAP = "WooCommerce Order Map"
INBOX = "WooCommerce Inbox"
WHAT_THE_SYNC_WRITES = (
	"live_since",
	"noted_until",
	"synced_until",
	"migrated_until",
	"last_synced",
	"sync_error",
)
PLAIN = frozenset({"guest", "coupon"})


class LiveCase(ShopOnSiteTestCase):
	"""A store that is kept in step from now on, and empty books, for each test."""

	orders = 20

	@classmethod
	@contextmanager
	def serve(cls):
		cls.sample = SampleStore(cls.shop)
		with cls.sample.serve() as cls.url:
			yield

	@classmethod
	def connect(cls):
		super().connect(unknown_items="Create")

	def setUp(self):
		super().setUp()
		wipe_books()
		self.shop = self.sample.shop = SampleShop(seed=5, orders=self.orders, zone=self.zone)
		self.sample._selections.clear()
		self.addCleanup(frappe.db.rollback)
		self.addCleanup(self.sample.faults.clear)
		self.begin(live_sync=1)

	def begin(self, **values):
		"""The store as it is before the first look at it, but for these fields."""
		values = {**dict.fromkeys(WHAT_THE_SYNC_WRITES), "sync_stopped": 0, **values}
		frappe.db.set_value("WooCommerce Store", STORE, values, update_modified=False)
		frappe.db.commit()
		self.forget_pause()
		frappe.cache.delete_value(f"woo_live_sync_began|{STORE}")

	def forget_pause(self):
		frappe.cache.delete_value(f"woo_store_pause|{STORE}")

	def poll(self) -> dict:
		done = live_sync.poll(STORE)
		frappe.db.rollback()
		return done

	# --- what is there now ---

	def of_store(self):
		frappe.db.rollback()
		return frappe.get_doc("WooCommerce Store", STORE)

	def row(self, order_id: int):
		"""The order's row in the Order Map, None where it isn't there."""
		frappe.db.rollback()
		name = frappe.db.get_value(MAP, {"store": STORE, "woo_order_id": order_id})
		return name and frappe.get_doc(MAP, name)

	def inbox(self, woo_id: int | None = None, **filters):
		frappe.db.rollback()
		filters = {**filters, **({"woo_id": woo_id} if woo_id else {})}
		return frappe.get_all(INBOX, filters=filters, fields=["*"], order_by="name")

	def invoices_of(self, order_id: int) -> list:
		frappe.db.rollback()
		return frappe.get_all(
			"Sales Invoice",
			filters={"woo_order_id": order_id, "woo_refund_id": 0},
			fields=["name", "docstatus", "update_stock", "grand_total"],
		)

	def stamp_of(self, order_id: int) -> str:
		return self.shop.body(order_id)["date_modified_gmt"].replace("T", " ")

	# --- what happens in the shop, and what goes wrong ---

	def add_order(self, status: str = "processing") -> int:
		"""A new order with nothing odd about it."""
		while not self.shop.kinds(order_id := self.shop.add_order()) <= PLAIN:
			self.shop.delete(order_id)
		self.shop.set_status(order_id, status)
		return order_id

	@contextmanager
	def failing(self, *order_ids: int, error: Exception | None = None):
		"""These orders can't be booked while it lasts. :param error: raised in the middle of their page instead"""
		decide = Translator._decide

		def refuse(translator, prepared, *arguments):
			if prepared.order.id not in order_ids:
				return decide(translator, prepared, *arguments)
			if error:
				raise error
			return Failure("The shop gives nonsense.", "nonsense")

		with patch.object(Translator, "_decide", refuse):
			yield

	@contextmanager
	def counting_pages(self):
		"""A list of the ids in each page that is booked meanwhile."""
		book = PageBooking.book
		pages: list[list[int]] = []

		def counted(booking, page, *arguments, **options):
			pages.append([order.id for order in page.orders])
			return book(booking, page, *arguments, **options)

		with patch.object(PageBooking, "book", counted):
			yield pages

	@contextmanager
	def somebody_else_has(self, order_id: int):
		"""Another connection to the database holds the order's lock."""
		other = frappe.db.get_connection()
		try:
			cursor = other.cursor()
			cursor.execute("SELECT GET_LOCK(%s, 0)", (lock_name("woo_order", f"{STORE}:{order_id}"),))
			assert cursor.fetchone()[0] == 1
			yield
		finally:
			other.close()
