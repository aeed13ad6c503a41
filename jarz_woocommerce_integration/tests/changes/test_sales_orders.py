"""Orders that become a Sales Order first: made, invoiced, delivered, edited by people, and nothing of them by half."""

from decimal import Decimal
from unittest.mock import patch

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from jarz_woocommerce_integration.ledger.contract import OnChange
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.page import HAS_SALES_ORDER
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.ledger.erpnext.settings import Place
from jarz_woocommerce_integration.services.documents.orders import orders_of
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE, book_settings
from jarz_woocommerce_integration.tests.support.changing_orders import books_digest
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import installed_again
from jarz_woocommerce_integration.translation.drafts import DeliveryNotes, OrderState
from jarz_woocommerce_integration.translation.policy import ReceivedUnbooked

WAREHOUSE = "Stores - JT"


class TestTheChain(OrderedShopTestCase):
	def test_an_order_becomes_a_sales_order_and_is_invoiced_from_it(self):
		shop = self.ordered()
		order = self.sales_order_of(shop)
		self.assertEqual((order.name, order.docstatus), (f"WOO-{shop.order_id}", 1))
		self.assertEqual((order.status, order.billing_status), ("To Deliver and Bill", "Not Billed"))
		self.assertEqual(Decimal(str(order.grand_total)), shop.total)
		self.assertEqual([row.woo_order_line_id for row in order.items], [1])
		self.assertIsNone(self.invoice_of(shop))
		self.assert_state(shop, OrderState.SKIPPED)
		booked = self.invoice(shop)
		self.assertEqual(booked.what, "booked", booked.message)
		invoice, order = self.invoice_of(shop), self.sales_order_of(shop)
		(row,) = invoice.items
		self.assertEqual((row.sales_order, row.so_detail), (order.name, order.items[0].name))
		self.assertEqual((order.per_billed, order.billing_status), (100, "Fully Billed"))
		self.assertEqual(order.status, "To Deliver")
		self.assert_state(shop, OrderState.SYNCED)
		self.assert_sound()

	def test_an_order_without_a_sales_order_is_invoiced_as_ever(self):
		shop = self.new_order()
		self.invoice(shop, delivery_notes=DeliveryNotes.SUBMITTED)
		self.assertFalse(self.invoice_of(shop).items[0].sales_order)
		self.assertEqual((self.sales_order_of(shop), self.deliveries_of(shop)), (None, []))

	def test_the_same_order_once_more_changes_nothing(self):
		shop = self.ordered(delivery_notes=DeliveryNotes.DRAFT)
		digest = books_digest()
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assertEqual(books_digest(), digest)
		self.invoice(shop, delivery_notes=DeliveryNotes.DRAFT)
		digest = books_digest()
		for _time in range(2):
			self.assertEqual(self.book(shop, delivery_notes=DeliveryNotes.DRAFT).what, "unchanged")
			self.assertEqual(books_digest(), digest)
			# A change that matters to nothing: the order isn't taken for unchanged by its payload alone.
			shop.set(billing={**shop.body["billing"], "address_2": "Second floor"})

	def test_goods_are_reserved_in_the_warehouse_of_the_territory(self):
		item = frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": "SHIRT",
				"item_name": "Shirt",
				"item_group": "Products",
				"stock_uom": "Nos",
				"is_stock_item": 1,
			}
		).insert()
		frappe.db.commit()
		places = {"All Territories": Place(warehouse=WAREHOUSE)}
		shop = self.ordered(places=places)
		order = self.sales_order_of(shop)
		self.assertEqual((order.set_warehouse, order.items[0].warehouse), (WAREHOUSE, WAREHOUSE))
		self.assertEqual((order.items[0].item_code, self.reserved(item.name)), ("SHIRT", 2))
		shop.set(status="cancelled")
		self.book(shop, places=places)
		self.assertEqual(self.reserved(item.name), 0)

	def reserved(self, item: str) -> float:
		bins = {"item_code": item, "warehouse": WAREHOUSE}
		return frappe.db.get_value("Bin", bins, "reserved_qty")

	def test_a_total_that_erpnext_calculates_differently_is_held(self):
		shop = self.new_order()
		shop.to("processing")
		rows = {"All Territories": Place()}
		with patch(
			"jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.books.make",
			side_effect=self.made_for_a_cent_more,
		):
			booked = self.book(shop, places=rows)
		self.assertEqual((booked.what, booked.reason), ("held", "total_differs_on_site"), booked.message)
		self.assertIsNone(self.sales_order_of(shop))
		self.assertEqual(frappe.db.count("Sales Order"), 0)

	def made_for_a_cent_more(self, *arguments):
		from jarz_woocommerce_integration.ledger.erpnext.documents.sales_orders.making import make

		document = make(*arguments)
		document.taxes[0].tax_amount += 0.01
		return document

	def test_money_that_was_received_before_the_invoice_is_listed_or_an_advance(self):
		shop = self.ordered()
		self.assertEqual(self.unbooked(shop), 114)
		self.translator.policy = self.translator.policy.model_copy(
			update={"received_unbooked": ReceivedUnbooked.ADVANCE}
		)
		self.translator.policy_hash = "another"
		shop = self.ordered()
		self.assertEqual(self.unbooked(shop), 0)
		(advance,) = frappe.get_all(
			"Payment Entry", {"woo_order_id": shop.order_id}, ["docstatus", "unallocated_amount"]
		)
		self.assertEqual((advance.docstatus, advance.unallocated_amount), (1, 114))
		self.invoice(shop)
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 0)
		standing = {"woo_order_id": shop.order_id, "docstatus": 1}
		self.assertEqual(
			frappe.get_all("Payment Entry", standing, pluck="name"), [self.payment_of(shop).name]
		)

	def unbooked(self, shop) -> float:
		key = {"store": STORE, "woo_order_id": shop.order_id}
		return frappe.db.get_value("WooCommerce Order Map", key, "received_unbooked")

	def test_its_documents_show_the_order(self):
		shop = self.ordered(delivery_notes=DeliveryNotes.DRAFT)
		self.invoice(shop, delivery_notes=DeliveryNotes.DRAFT)
		documents = (self.sales_order_of(shop), self.invoice_of(shop), *self.deliveries_of(shop))
		self.assertEqual(len(documents), 3)
		for document in documents:
			(order,) = orders_of(document)["orders"]
			self.assertEqual(order.woo_order_id, shop.order_id)


class TestDeliveries(OrderedShopTestCase):
	delivery_notes = DeliveryNotes.DRAFT

	def test_a_completed_order_gets_a_draft_to_be_checked(self):
		shop = self.ordered()
		self.assertEqual(self.deliveries_of(shop), [])
		self.invoice(shop)
		(note,) = self.deliveries_of(shop)
		(row,) = note.items
		order, invoice = self.sales_order_of(shop), self.invoice_of(shop)
		self.assertEqual((note.docstatus, row.qty), (0, 2))
		self.assertEqual((row.against_sales_order, row.against_sales_invoice), (order.name, invoice.name))
		self.assertEqual(order.per_delivered, 0)
		self.assertEqual(Decimal(str(note.grand_total)), shop.total)

	def test_submitted_it_completes_the_sales_order(self):
		self.delivery_notes = DeliveryNotes.SUBMITTED
		shop = self.ordered()
		self.invoice(shop)
		(note,) = self.deliveries_of(shop)
		order = self.sales_order_of(shop)
		self.assertEqual((note.docstatus, note.status), (1, "Completed"))
		self.assertEqual((order.per_delivered, order.per_billed, order.status), (100, 100, "Completed"))

	def test_an_order_that_was_invoiced_before_is_delivered_when_it_is_completed(self):
		self.translator.policy.statuses["shipped"] = self.translator.policy.statuses["completed"]
		shop = self.ordered()
		shop.to("shipped", paid=True)
		self.book(shop)
		self.assertEqual(self.deliveries_of(shop), [])
		self.assertEqual(self.invoice(shop).what, "updated")
		self.assertEqual(len(self.deliveries_of(shop)), 1)

	def test_what_a_person_has_delivered_in_part_stays_with_that_person(self):
		shop = self.ordered()
		by_hand = make_delivery_note(self.sales_order_of(shop).name)
		by_hand.items[0].qty = 1
		by_hand.insert()
		by_hand.submit()
		frappe.db.commit()
		self.assertEqual(self.sales_order_of(shop).per_delivered, 50)
		booked = self.invoice(shop)
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(self.deliveries_of(shop), [])
		self.assertEqual(self.sales_order_of(shop).per_billed, 100)
		(order,) = orders_of(by_hand)["orders"]
		self.assertEqual(order.woo_order_id, shop.order_id)

	def test_a_draft_follows_an_edit_and_goes_with_a_cancellation(self):
		shop = self.ordered()
		self.invoice(shop)
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).what, "updated")
		(note,) = self.deliveries_of(shop)
		self.assertEqual(note.items[0].against_sales_order, self.sales_order_of(shop).name)
		self.assertEqual((note.items[0].qty, note.docstatus), (3, 0))
		shop.set(status="cancelled")
		self.assertEqual(self.book(shop).what, "cancelled")
		self.assertEqual(self.deliveries_of(shop), [])

	def test_a_draft_that_a_person_has_changed_stands_in_the_way(self):
		shop = self.ordered()
		self.invoice(shop)
		(note,) = self.deliveries_of(shop)
		note.lr_no = "TRACK-1"
		note.save()
		frappe.db.commit()
		digest = books_digest()
		shop.set(status="cancelled")
		booked = self.book(shop)
		self.assertEqual(booked.what, "changed")
		self.assertIn(note.name, self.row_of(shop).changed)
		self.assertEqual(books_digest(), digest)


class TestPeople(OrderedShopTestCase):
	def test_a_delivery_from_the_sales_order_stands_in_the_way_of_a_change(self):
		shop = self.ordered()
		note = make_delivery_note(self.sales_order_of(shop).name).insert()
		note.submit()
		frappe.db.commit()
		digest = books_digest()
		for change in ({"status": "cancelled"}, {}):
			shop.set(**change)
			if not change:
				shop.to("processing", paid=True)
				shop.sell("3", "150.00")
			booked = self.book(shop)
			self.assertEqual(booked.what, "held", booked.message)
			self.assertIn(note.name, booked.message)
		self.assertEqual(books_digest(), digest)

	def test_what_a_person_has_written_into_it_is_kept(self):
		shop = self.ordered()
		order = self.sales_order_of(shop)
		order.po_no = "PO-17"
		order.save()
		frappe.db.commit()
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual(self.sales_order_of(shop).po_no, "PO-17")

	def test_a_draft_that_a_person_has_changed_is_submitted_as_it_stands(self):
		shop = self.new_order()
		shop.to("on-hold")
		self.book(shop)
		order = self.sales_order_of(shop)
		order.items[0].description = "Wrapped as a present"
		order.save()
		frappe.db.commit()
		shop.to("processing")
		self.assertEqual(self.book(shop).what, "updated")
		order = self.sales_order_of(shop)
		self.assertEqual((order.docstatus, order.items[0].description), (1, "Wrapped as a present"))

	def test_what_a_person_has_cancelled_stays_cancelled(self):
		shop = self.ordered()
		self.sales_order_of(shop).cancel()
		frappe.db.commit()
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).what, "changed")
		self.assertEqual(frappe.db.count("Sales Order"), 1)
		# Invoiced it is all the same: as an order that has no Sales Order.
		self.invoice(shop)
		self.assertFalse(self.invoice_of(shop).items[0].sales_order)

	def test_one_that_a_person_has_amended_is_invoiced(self):
		shop = self.ordered()
		order = self.sales_order_of(shop)
		order.cancel()
		amended = frappe.copy_doc(order)
		amended.amended_from, amended.docstatus = order.name, 0
		amended.insert()
		amended.submit()
		frappe.db.commit()
		booked = self.invoice(shop)
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(self.invoice_of(shop).items[0].sales_order, amended.name)


class TestHold(OrderedShopTestCase):
	on_change = OnChange.HOLD

	def test_a_sales_order_of_other_money_is_listed_and_not_invoiced(self):
		shop = self.ordered()
		digest = books_digest()
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).what, "changed")
		booked = self.invoice(shop)
		self.assertEqual((booked.what, booked.reason), ("held", "changed_in_store"))
		self.assertIn(self.sales_order_of(shop).name, booked.message)
		self.assertEqual(books_digest(), digest)


class TestInstalledAgain(OrderedShopTestCase):
	"""The app was uninstalled, and installed again: the Order Map is lost."""

	def test_sales_orders_are_found_again_and_invoiced(self):
		draft, ordered, amended, gone = self.new_order(), self.ordered(), self.ordered(), self.ordered()
		draft.to("on-hold")
		self.book(draft)
		amended.sell("3", "150.00")
		self.book(amended)
		gone.set(status="cancelled")
		self.book(gone)
		invoiced = self.ordered()
		self.invoice(invoiced)
		shops = (draft, ordered, amended, gone, invoiced)
		before = [self.sales_order_of(shop).name for shop in shops]
		digest = books_digest()
		installed_again("Order Map", "Order Map Credit Note", "Customer Decision", store=STORE)
		for shop in shops:
			self.assertEqual(self.book(shop).what, "unchanged")
		self.assertEqual([self.sales_order_of(shop).name for shop in shops], before)
		self.assertEqual(books_digest(), digest)
		booked = self.invoice(ordered)
		self.assertEqual(booked.what, "booked", booked.message)
		self.assertEqual(self.invoice_of(ordered).items[0].sales_order, before[1])
		self.assertEqual(self.sales_order_of(ordered).per_billed, 100)

	def test_what_was_received_before_the_invoice_is_not_paid_twice(self):
		self.translator.policy = self.translator.policy.model_copy(
			update={"received_unbooked": ReceivedUnbooked.ADVANCE}
		)
		shop = self.ordered()
		(advance,) = frappe.get_all("Payment Entry", {"woo_order_id": shop.order_id}, pluck="name")
		installed_again("Order Map", "Order Map Credit Note", "Customer Decision", store=STORE)
		self.invoice(shop)
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 0)
		self.assertEqual(frappe.db.get_value("Payment Entry", advance, "docstatus"), 2)
		standing = {"woo_order_id": shop.order_id, "docstatus": 1}
		self.assertEqual(
			frappe.get_all("Payment Entry", standing, pluck="name"), [self.payment_of(shop).name]
		)

	def test_one_that_is_younger_than_the_store_proves_nothing(self):
		"""Whoever may write Sales Orders may write an order's id into one."""
		ordered = self.ordered()
		forged = frappe.copy_doc(self.sales_order_of(ordered))
		other = self.new_order()
		forged.update({"woo_store": STORE, "woo_order_id": other.order_id, "creation": "2020-01-01"})
		forged.insert()
		frappe.db.commit()
		other.to("processing")
		self.book(other)
		self.assertNotEqual(self.sales_order_of(other).name, forged.name)


class TestAllOrNothing(OrderedShopTestCase):
	delivery_notes = DeliveryNotes.SUBMITTED

	def test_where_a_document_of_the_chain_fails_nothing_of_the_order_is_booked(self):
		"""The Sales Order is amended, then the invoice is booked, then its payment fails."""
		shop = self.ordered()
		digest = books_digest()
		shop.sell("3", "150.00")
		with patch.object(Payments, "book_all", side_effect=frappe.ValidationError("No such account")):
			booked = self.invoice(shop)
		self.assertEqual(booked.what, "held")
		self.assertEqual(books_digest(), digest)
		self.assertEqual(self.book(shop).what, "booked")
		self.assertEqual(self.sales_order_of(shop).status, "Completed")

	def test_killed_between_two_documents_nothing_of_the_page_is_there(self):
		shop = self.ordered()
		digest = books_digest()
		with (
			patch.object(Payments, "book_all", side_effect=KeyboardInterrupt),
			self.assertRaises(KeyboardInterrupt),
		):
			self.invoice(shop)
		self.assertEqual(books_digest(), digest)
		self.assertEqual(self.book(shop).what, "booked")


class TestUndo(OrderedShopTestCase):
	delivery_notes = DeliveryNotes.SUBMITTED

	def run_of(self, shop, step) -> int:
		"""Book an order in a run of its own."""
		ledger = self.ledger_that()
		self.run_id = ledger.open_run({}, WHEN).run_id
		step(shop)
		booked = self.book(shop)
		self.assertIn(booked.what, ("booked", "updated"), booked.message)
		frappe.db.set_value("WooCommerce Sync Run", self.run_id, "status", "Completed")
		frappe.db.commit()
		return self.run_id

	def test_the_chain_is_taken_back_from_its_end(self):
		shop = self.new_order()
		shop.set(payment_method="stripe")
		first = self.run_of(shop, lambda shop: shop.to("processing", paid=True))
		ordered = books_digest()
		second = self.run_of(shop, lambda shop: shop.to("completed", paid=True))
		(note,) = self.deliveries_of(shop)
		done = undo(second)
		self.assertEqual((done["kept"], done["undone"]), (0, 1), done["kept_documents"])
		self.assertFalse(frappe.db.exists("Delivery Note", note.name))
		self.assertIsNone(self.invoice_of(shop))
		order = self.sales_order_of(shop)
		self.assertEqual((order.per_billed, order.per_delivered, order.docstatus), (0, 0, 1))
		self.assertEqual([name for name, *_rest in books_digest()[3]], [name for name, *_rest in ordered[3]])
		done = undo(first)
		self.assertEqual((done["kept"], done["undone"]), (0, 1), done["kept_documents"])
		for doctype in ("Sales Order", "Sales Invoice", "Delivery Note", "Payment Entry"):
			self.assertEqual(frappe.db.count(doctype), 0, doctype)
		self.assertFalse(frappe.db.exists("WooCommerce Order Map", {"woo_order_id": shop.order_id}))

	def test_an_amendment_that_is_undone_gives_the_order_its_earlier_one(self):
		shop = self.new_order()
		self.run_of(shop, lambda shop: shop.to("processing"))
		before = self.sales_order_of(shop)
		second = self.run_of(shop, lambda shop: shop.sell("3", "150.00"))
		done = undo(second)
		self.assertEqual((done["kept"], done["undone"]), (0, 1), done["kept_documents"])
		self.assertEqual(self.sales_order_of(shop).name, before.name)


class TestInBulk(OrderedShopTestCase):
	def test_orders_with_a_sales_order_are_left_to_documents_which_is_said(self):
		ledger = bulk_ledger(book_settings(bulk_booking=True)).__enter__()
		self.addCleanup(ledger.__exit__)
		self.ledger_that = lambda **settings: ledger
		shop = self.ordered()
		self.invoice(shop)
		self.assertEqual(self.invoice_of(shop).items[0].sales_order, self.sales_order_of(shop).name)
		self.assertEqual(ledger.bulk.proofs.total.documents[HAS_SALES_ORDER], 2)

	def test_a_rehearsal_on_the_site_refuses_none_of_them(self):
		shop = self.new_order()
		shop.to("processing")
		order, refunds = shop.read()
		ledger = self.ledger_that()
		prepared = self.translator.prepare([order])
		lookups = ledger.lookups(self.translator.keys(prepared))
		outcomes = self.translator.translate(prepared, {shop.order_id: refunds}, lookups)
		self.assertEqual(ledger.check_page(outcomes), {})
		self.assertEqual(frappe.db.count("Sales Order"), 0)
