"""An invoice that follows its order, and who else has to do with it: people, an undo, a proof, what breaks in the middle."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.contract import OnChange, OnDeleted
from jarz_woocommerce_integration.ledger.erpnext.documents.edits import edits_of
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.services.proof.documents import read_documents
from jarz_woocommerce_integration.services.session.session import book_settings_of, get_store
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase, books_digest
from jarz_woocommerce_integration.tests.support.site import freeze_accounts
from jarz_woocommerce_integration.translation.drafts import OrderState


class TestAmendmentsBeside(ChangingOrdersTestCase):
	# --- who else looks at them ---

	def test_a_proof_reads_the_newest_alone(self):
		shop = self.paid()
		shop.refund(71, 1, "10.00")
		self.book(shop)
		shop.sell("3", "150.00")
		self.book(shop)
		documents = read_documents(STORE, [shop.order_id], ())[shop.order_id]
		self.assertEqual((documents.invoice, documents.total), ("WOO-1-1", shop.total))
		self.assertEqual([(row.quantity, row.amount) for row in documents.rows], [(3, 150)])
		self.assertEqual([note.name for note in documents.notes], ["WOO-1-R71-1"])
		self.assertEqual(
			sorted(payment.name for payment in documents.payments), ["WOO-1-1-PAY", "WOO-1-R71-1-PAY"]
		)

	def test_an_undo_of_the_run_takes_the_whole_chain(self):
		self.run_id = self.new_run()
		shop = self.paid()
		for quantity in ("3", "4"):
			shop.sell(quantity, f"{quantity}0.00")
			self.book(shop)
		ended = undo(self.run_id)
		self.assertEqual((ended["status"], ended["undone"], ended["kept_documents"]), ("Undone", 1, []))
		self.assertEqual(frappe.db.count("Sales Invoice"), 0)
		self.assertEqual(frappe.db.count("Payment Entry"), 0)
		self.assertEqual(self.book(shop).what, "booked")

	def test_an_undo_of_a_later_run_takes_what_follows_and_the_order_follows_anew(self):
		self.run_id = first = self.new_run()
		shop = self.paid()
		self.run_id = later = self.new_run()
		shop.sell("4", "100.00")
		self.book(shop)
		kept = undo(first)["kept_documents"]
		self.assertEqual({row["kind"] for row in kept if row["name"] == "WOO-1"}, {"other_run"})
		ended = undo(later)
		self.assertEqual((ended["undone"], ended["kept_documents"]), (1, []))
		self.assertEqual(
			frappe.get_all("Sales Invoice", ["name", "docstatus"], as_list=True), (("WOO-1", 2),)
		)
		self.assertEqual(frappe.db.count("Payment Entry"), 0)
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual(self.invoice_of(shop).name, "WOO-1-1")
		self.assert_sound()

	def new_run(self) -> int:
		run = {"doctype": "WooCommerce Sync Run", "store": STORE, "kind": "Live Sync", "status": "Completed"}
		name = frappe.get_doc({**run, "started": now_datetime()}).insert().name
		frappe.db.commit()
		return int(name)

	# --- what people wrote ---

	def test_what_people_added_goes_over_to_what_follows(self):
		shop = self.paid()
		invoice = self.invoice_of(shop)
		invoice.po_no = "PO 17"
		invoice.save(ignore_version=False)
		frappe.db.delete("File", {"attached_to_doctype": "Sales Invoice"})
		file = {"doctype": "File", "file_name": "slip.txt", "content": "slip"}
		frappe.get_doc(
			{**file, "attached_to_doctype": "Sales Invoice", "attached_to_name": invoice.name}
		).insert()
		frappe.db.commit()
		shop.sell("3", "150.00")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.po_no), ("WOO-1-1", "PO 17"))
		attached = {"attached_to_doctype": "Sales Invoice", "attached_to_name": invoice.name}
		self.assertEqual(frappe.db.count("File", attached), 1)

	def test_an_invoice_that_a_person_made_what_the_order_is_counts_as_the_orders(self):
		shop = self.paid()
		shop.sell("2", "80.00")
		self.book(shop, on_change=OnChange.HOLD)
		self.payment_of(shop).cancel()
		self.amend_by_hand(shop, rate=40).reload()
		frappe.db.commit()
		amended = frappe.get_doc("Sales Invoice", "WOO-1-1")
		self.assertEqual(amended.grand_total, 94.0, "the tax is still the old one's")
		shop.set(total="94.00", total_tax="14.00")
		shop.body["line_items"][0]["total_tax"] = shop.body["line_items"][0]["taxes"][0]["total"] = "14.00"
		shop.body["tax_lines"][0]["tax_total"] = "14.00"
		self.book(shop)
		self.assertEqual(self.invoice_of(shop).name, "WOO-1-1")
		self.assertEqual((self.row_of(shop).state, self.row_of(shop).changed), (OrderState.SYNCED, ""))

	def test_our_own_writes_are_no_persons(self):
		"""Frappe keeps a trail of them, too, though not in tests unless it is asked to."""
		with versions_as_on_a_site():
			shop = self.new_order()
			shop.to("on-hold")
			self.book(shop)
			shop.sell("3", "150.00")
			self.book(shop)
			shop.set(payment_method="stripe")
			shop.to("processing", paid=True)
			self.book(shop)
			shop.sell("4", "160.00")
			self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual(invoice.name, "WOO-1-1")
		trail = {"ref_doctype": "Sales Invoice", "docname": ("in", ["WOO-1", "WOO-1-1"])}
		self.assertGreater(frappe.db.count("Version", trail), 2)
		self.assertEqual(edits_of("Sales Invoice", "WOO-1-1"), "")
		self.assertEqual(invoice.modified, invoice.woo_stamp)

	def test_a_person_is_named(self):
		shop = self.paid()
		invoice = self.invoice_of(shop)
		invoice.due_date = "2026-03-20"
		with self.set_user("Administrator"):
			frappe.get_doc(
				{
					"doctype": "Version",
					"ref_doctype": "Sales Invoice",
					"docname": invoice.name,
					"data": frappe.as_json({"changed": [["due_date", "2026-03-01", "2026-03-20"]]}),
				}
			).insert()
		frappe.db.commit()
		shop.sell("3", "150.00")
		booked = self.book(shop)
		self.assertEqual(booked.reason, "edited")
		self.assertIn("Administrator", self.row_of(shop).changed)
		self.assertIn("Payment Due Date", self.row_of(shop).changed)

	def test_what_a_form_writes_anew_is_no_change_of_a_person(self):
		"""Nothing as 0, a number as another text, a text with the line breaks of a browser."""
		shop = self.paid()
		invoice = self.invoice_of(shop)
		changed = [
			["loyalty_points", None, 0],
			["remarks", invoice.remarks, invoice.remarks.replace("\n", "\r\n") + " "],
			["additional_discount_percentage", "0", "0.000"],
		]
		version = {"doctype": "Version", "ref_doctype": "Sales Invoice", "docname": invoice.name}
		frappe.get_doc({**version, "data": frappe.as_json({"changed": changed})}).insert()
		frappe.db.commit()
		self.assertEqual(edits_of("Sales Invoice", invoice.name), "")
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).what, "updated")

	# --- addresses ---

	def test_an_old_invoice_keeps_its_address_and_the_next_order_has_the_new_one(self):
		"""failure-modes 45"""
		shop = self.paid()
		before = self.invoice_of(shop)
		shop.set(billing={**shop.body["billing"], "address_1": "9 Other Street"})
		self.book(shop)
		self.assertEqual(self.invoice_of(shop).address_display, before.address_display)
		following = self.new_order()
		following.set(billing=shop.body["billing"], customer_id=shop.body["customer_id"])
		following.to("processing")
		self.book(following)
		invoice = self.invoice_of(following)
		self.assertEqual(invoice.customer, before.customer)
		self.assertIn("9 Other Street", invoice.address_display)

	# --- wholly or not at all ---

	def test_what_breaks_in_the_middle_leaves_it_whole(self):
		shop = self.paid()
		digest = books_digest()
		shop.sell("3", "150.00")
		with (
			patch.object(Payments, "book", side_effect=KeyboardInterrupt),
			self.assertRaises(KeyboardInterrupt),
		):
			self.book(shop)
		self.assertEqual(books_digest(), digest)
		with patch.object(Payments, "book", side_effect=ZeroDivisionError("no money")):
			self.assertEqual(self.book(shop).what, "changed")
		self.assertEqual(books_digest(), digest)
		self.assertIn("no money", self.row_of(shop).changed)
		self.assertEqual(self.book(shop).what, "updated", "it is tried again when it comes again")
		self.assert_sound()

	def test_its_neighbours_are_booked_though_one_cannot_follow(self):
		shop = self.paid()
		shop.sell("3", "150.00")
		with patch.object(Payments, "book", side_effect=ZeroDivisionError("no money")):
			self.book(shop)
		other = self.unpaid()
		self.assertEqual(self.row_of(other).state, OrderState.SYNCED)

	def test_stock_moves_with_what_follows_and_once(self):
		item = {"doctype": "Item", "item_code": "SHIRT", "item_group": "Products", "is_stock_item": 1}
		frappe.get_doc({**item, "stock_uom": "Nos", "valuation_rate": 5}).insert()
		frappe.db.set_single_value("Stock Settings", "allow_negative_stock", 1)
		frappe.db.commit()
		self.addCleanup(frappe.db.set_single_value, "Stock Settings", "allow_negative_stock", 0)
		live = {"historical": False, "update_stock": True, "warehouse": "Stores - JT"}
		shop, of_history = self.paid(**live), self.paid()
		for order in (shop, of_history):
			order.sell("3", "150.00")
			self.book(order, **live)
		moved = "SELECT sum(actual_qty) FROM `tabStock Ledger Entry` WHERE is_cancelled = 0 AND item_code = 'SHIRT'"
		self.assertEqual(frappe.db.sql(moved)[0][0], -3, "three of the live order, none of the history's")
		self.assertEqual(self.invoice_of(of_history).update_stock, 0)

	# --- deleted for good ---

	def test_a_deleted_order_whose_invoice_cannot_go_is_listed(self):
		shop = self.paid()
		freeze_accounts("2026-03-31")
		frappe.db.commit()
		self.addCleanup(self.thaw)
		digest = books_digest()
		for _time in range(2):
			self.delete(shop, OnDeleted.CANCEL)
			row = self.row_of(shop)
			self.assertEqual(row.state, OrderState.DELETED)
			self.assertIn("2026", row.changed)
			self.assertEqual(books_digest(), digest)
		self.thaw()
		self.delete(shop, OnDeleted.CANCEL)
		self.assertEqual((self.row_of(shop).changed, self.invoice_of(shop).docstatus), ("", 2))
		self.assert_sound()

	def thaw(self) -> None:
		freeze_accounts(None)
		frappe.db.commit()

	def test_an_order_that_was_deleted_and_cancelled_comes_back(self):
		shop = self.paid()
		self.delete(shop, OnDeleted.CANCEL)
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual(self.invoice_of(shop).name, "WOO-1-1")
		self.assert_state(shop, OrderState.SYNCED)

	# --- the store's choice ---

	def test_the_live_sync_follows_the_stores_choice_and_a_migration_holds(self):
		store = get_store(STORE)
		for chosen, deleted in (("Amend", "Cancel"), ("Hold", "Keep")):
			store.when_changed, store.on_deleted = chosen, deleted
			for historical in (True, False):
				settings = book_settings_of(store, historical, follow=True)
				self.assertEqual((settings.on_change, settings.on_deleted), (chosen, deleted))
			settings = book_settings_of(store)
			self.assertEqual((settings.on_change, settings.on_deleted), (OnChange.HOLD, OnDeleted.KEEP))


@contextmanager
def versions_as_on_a_site():
	"""Frappe leaves its trail out in tests."""
	original = Document.save_version

	def save_version(self):
		self.flags.ignore_version = False
		original(self)

	with patch.object(Document, "save_version", save_version):
		yield
