"""What frees held orders, many at once: items, statuses, decisions, and documents by which a person has booked them."""

import json

import frappe
from frappe.utils.global_search import search

from jarz_woocommerce_integration.api import order_map as api
from jarz_woocommerce_integration.exceptions import ResolutionError
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money
from jarz_woocommerce_integration.services import order_sync
from jarz_woocommerce_integration.services.held import held_orders
from jarz_woocommerce_integration.services.proof.proof import prove_store
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, ShopOnSiteTestCase

ORDER_MAP = "WooCommerce Order Map"
MANAGER_ALONE = "woo-alone@jarz.test"


class TestHeldOrders(ShopOnSiteTestCase):
	orders = 30

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.set_unknown_items("Create")
		order_sync.migrate_all_historical_orders_cli(store=STORE)

	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")

	def new_order(self, **changes) -> int:
		order_id = self.shop.add_order()
		self.shop.set_status(order_id, "processing")
		if changes:
			self.shop.update(order_id, changes)
		return order_id

	def synced(self, *ids):
		"""The rows of these orders as they are now."""
		order_sync.sync_orders(STORE, list(ids))
		return self.rows(*ids)

	def rows(self, *ids):
		frappe.db.rollback()
		return [frappe.get_doc(ORDER_MAP, {"store": STORE, "woo_order_id": id}) for id in ids]

	def held_by_status(self):
		order_id = self.new_order()
		self.shop.set_status(order_id, "shipped")
		return self.synced(order_id)

	def held_by_difference(self, off: str):
		order_id = self.new_order()
		total = money(from_money(self.shop.body(order_id)["total"]) + from_money(off))
		self.shop.update(order_id, {"total": total})
		self.shop.index.totals[self.shop._position(order_id)] = from_money(total)
		return self.synced(order_id)[0]

	def held_by_item(self, sku: str, product: int, orders: int = 1):
		ids = []
		for _order in range(orders):
			order_id = self.new_order()
			lines = self.shop.body(order_id)["line_items"]
			for line in lines:
				line.update(sku=sku, product_id=product, variation_id=0, name='A "new" thing')
			self.shop.update(order_id, {"line_items": lines})
			ids.append(order_id)
		self.set_unknown_items("Hold")
		self.addCleanup(self.set_unknown_items, "Create")
		return self.synced(*ids)

	@staticmethod
	def set_unknown_items(rule: str) -> None:
		frappe.db.rollback()
		frappe.db.set_value("WooCommerce Store", STORE, "unknown_items", rule)
		frappe.db.commit()

	# --- items ---

	def read_in(self, language: str, row):
		"""The row as its form gets it."""
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = language
		row.run_method("onload")
		return row

	def test_why_an_order_is_held_is_said_in_the_readers_language(self):
		stored = self.held_by_difference("0.77")
		self.assertEqual(stored.message, "The order's parts differ from its total by 0.77.")
		row = self.read_in("de", frappe.get_doc(ORDER_MAP, stored.name))
		self.assertEqual(row.message, "Die Teile der Bestellung weichen um 0.77 von ihrer Summe ab.")
		self.assertTrue(row.what_to_do.startswith("Vergleichen Sie die Summe mit der Zahlung im Shop"))
		self.assertIn("Summe der Bestellung", json.loads(row.breakdown)[-1])
		self.assertIn("لا تبيّن الإعدادات", self.read_in("ar", self.held_by_status()[0]).message)
		frappe.local.lang = "en"
		self.assertEqual(self.rows(stored.woo_order_id)[0].message, stored.message)

	def test_the_global_search_finds_them_by_their_number(self):
		order_id = self.new_order(number="480784")
		self.shop.set_status(order_id, "shipped")
		(row,) = self.synced(order_id)
		found = [entry.name for entry in search(row.order_number) if entry.doctype == ORDER_MAP]
		self.assertIn(row.name, found)

	def test_what_to_do_is_said_in_it_too_where_many_are_freed(self):
		order = self.held_by_item("", 0)[0]
		self.assertIn("No item is known", order.message)
		self.addCleanup(setattr, frappe.local, "lang", frappe.local.lang)
		frappe.local.lang = "de"
		(other,) = held_orders.overview([order])["others"]
		self.assertTrue(other["what_to_do"].startswith("Legen Sie einen Artikel mit der SKU"))

	def test_a_line_without_an_item_is_listed_once_and_linked_for_all_orders(self):
		rows = self.held_by_item("NEW-1", 987654, orders=2)
		self.assertEqual({row.reason for row in rows}, {"unknown_item"})
		(line,) = held_orders.overview(rows)["items"]
		self.assertEqual((line["product_id"], line["sku"], line["orders"]), (987654, "NEW-1", 2))
		self.assertEqual(line["name"], 'A "new" thing')
		item = frappe.get_all("Item", {"has_variants": 0, "disabled": 0}, pluck="name", limit=1)[0]
		results = api.link_items([row.name for row in rows], [{**line, "item": item}])
		self.assertEqual({result["status"] for result in results}, {"created"}, results)
		invoice = self.rows(rows[0].woo_order_id)[0].sales_invoice
		self.assertIn(item, frappe.get_all("Sales Invoice Item", {"parent": invoice}, pluck="item_code"))

	def test_an_item_is_made_for_a_manager_of_the_shop_alone(self):
		rows = self.held_by_item("NEW-2", 987655)
		(line,) = held_orders.overview(rows)["items"]
		self.as_manager_alone()
		api.link_items([row.name for row in rows], [{**line, "item": ""}])
		self.assertEqual(frappe.db.get_value("Item", "NEW-2", "item_name"), 'A "new" thing')
		self.assertEqual(self.rows(rows[0].woo_order_id)[0].state, "Synced")

	# --- statuses ---

	def test_a_status_is_mapped_and_its_orders_are_booked(self):
		rows = self.held_by_status()
		self.assertEqual(held_orders.overview(rows)["statuses"], [{"status": "shipped", "orders": 1}])
		self.as_manager_alone()
		(result,) = api.map_statuses([rows[0].name], {"shipped": "Submit and Pay"})
		self.assertEqual(result["status"], "created", result)
		frappe.set_user("Administrator")
		store = frappe.get_doc("WooCommerce Store", STORE)
		(status,) = (row for row in store.statuses if row.status == "shipped")
		self.assertEqual((status.action, status.look), ("Submit and Pay", 0))
		status.action = "Hold"
		store.save()
		frappe.db.commit()

	def test_what_is_no_action_is_refused(self):
		rows = self.held_by_status()
		with self.assertRaises(ResolutionError):
			held_orders.map_statuses(rows, {"shipped": "Guess"})

	# --- differences ---

	def test_many_orders_are_decided_with_one_reason_each_by_its_own_difference(self):
		rows = [self.held_by_difference("3.00"), self.held_by_difference("0.50")]
		(difference,) = held_orders.overview(rows)["differences"]
		self.assertEqual((difference["kind"], difference["orders"]), ("Book as Charged", 2))
		self.assertEqual(difference["amounts"], {rows[0].currency: "3.50"})
		results = api.resolve_many([row.name for row in rows], "Book as Charged", "As paid.")
		self.assertEqual({result["status"] for result in results}, {"created"})

	# --- booked by hand ---

	def test_an_order_that_a_person_has_booked_is_skipped_as_long_as_its_total_stays(self):
		row = self.held_by_difference("4.00")
		invoice = frappe.get_all(
			"Sales Invoice", {"docstatus": 1, "woo_store": STORE}, pluck="name", limit=1
		)[0]
		self.as_manager_alone()
		(result,) = api.book_by_hand([row.name], "Sales Invoice", invoice, "Booked at the counter.")
		frappe.set_user("Administrator")
		(row,) = self.rows(row.woo_order_id)
		self.assertEqual((row.state, row.reason, result["status"]), ("Skipped", "booked_by_hand", "skipped"))
		self.assertEqual(
			(row.resolution_document, row.resolution_reason), (invoice, "Booked at the counter.")
		)
		self.assertFalse(row.received_unbooked)
		self.assertTrue(prove_store(STORE).proven)
		order_sync.migrate_all_historical_orders_cli(store=STORE)
		self.assertEqual(self.rows(row.woo_order_id)[0].state, "Skipped")
		total = money(from_money(self.shop.body(row.woo_order_id)["total"]) + from_money("1.00"))
		self.shop.update(row.woo_order_id, {"total": total})
		self.shop.index.totals[self.shop._position(row.woo_order_id)] = from_money(total)
		self.assertEqual(self.synced(row.woo_order_id)[0].state, "Held")

	def test_it_can_be_taken_back(self):
		(row,) = self.held_by_status()
		invoice = frappe.get_all("Sales Invoice", {"docstatus": 1}, pluck="name", limit=1)[0]
		held_orders.book_by_hand([row], "Sales Invoice", invoice, "By hand.")
		(row,) = self.rows(row.woo_order_id)
		self.assertEqual(row.state, "Skipped")
		api.withdraw(row.name)
		(row,) = self.rows(row.woo_order_id)
		self.assertEqual((row.state, row.resolution, row.resolution_document), ("Held", None, None))

	def test_it_takes_a_submitted_document_of_the_company_and_a_reason(self):
		(row,) = self.held_by_status()
		booked = frappe.get_all("Sales Invoice", {"docstatus": 1}, pluck="name", limit=1)[0]
		for doctype, document, reason in (
			("Sales Invoice", "NOBODY-HAS-THIS", "By hand."),
			("User", "Administrator", "By hand."),
			("Sales Invoice", booked, " "),
		):
			with self.subTest(document), self.assertRaises(ResolutionError):
				held_orders.book_by_hand([row], doctype, document, reason)
		self.assertEqual(self.rows(row.woo_order_id)[0].state, "Held")

	def as_manager_alone(self):
		if not frappe.db.exists("User", MANAGER_ALONE):
			user = {"doctype": "User", "email": MANAGER_ALONE, "first_name": "Alone", "send_welcome_email": 0}
			frappe.get_doc({**user, "roles": [{"role": "WooCommerce Manager"}]}).insert()
			frappe.db.commit()
		frappe.set_user(MANAGER_ALONE)
