"""An invoice that follows its order: what the tables of docs/changes.md don't show."""

from contextlib import contextmanager
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.model.document import Document
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.contract import OnChange, OnDeleted
from jarz_woocommerce_integration.ledger.erpnext_edits import edits_of
from jarz_woocommerce_integration.ledger.erpnext_payments import Payments
from jarz_woocommerce_integration.services.proof_documents import read_documents
from jarz_woocommerce_integration.services.rollback import undo
from jarz_woocommerce_integration.services.site_store import book_settings_of, get_store
from jarz_woocommerce_integration.tests.changing_orders import (
	ChangingOrdersTestCase,
	ShopOrder,
	books_digest,
)
from jarz_woocommerce_integration.tests.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.translation.drafts import OrderState

UNLINK = "unlink_payment_on_cancellation_of_invoice"


class TestAmendments(ChangingOrdersTestCase):
	def unpaid(self, **settings) -> ShopOrder:
		shop = self.new_order()
		shop.to("processing")
		self.book(shop, **settings)
		return shop

	def paid(self, **settings) -> ShopOrder:
		shop = self.new_order()
		shop.set(payment_method="stripe")
		shop.to("processing", paid=True)
		self.book(shop, **settings)
		return shop

	def pay(self, shop: ShopOrder, amount: str):
		payment = get_payment_entry("Sales Invoice", self.invoice_of(shop).name, party_amount=float(amount))
		payment.update(
			{"reference_no": "by hand", "reference_date": "2026-03-04", "posting_date": "2026-03-04"}
		)
		payment.insert()
		payment.submit()
		frappe.db.commit()
		return payment

	def allocations(self, payment) -> list[tuple[str, float]]:
		payment.reload()
		return [(row.reference_name, row.allocated_amount) for row in payment.references]

	# --- payments ---

	def test_a_payment_of_the_same_amount_comes_along(self):
		shop = self.paid()
		before = self.payment_of(shop)
		shop.sell("4", "100.00")
		self.book(shop)
		payment = self.payment_of(shop)
		self.assertEqual((payment.name, payment.docstatus), (before.name, 1))
		self.assertEqual(self.allocations(payment), [("WOO-1-1", 114.0)])
		self.assertEqual(payment.modified, payment.woo_stamp, "it counts as written by a person")
		self.assert_sound()

	def test_a_payment_of_another_amount_is_cancelled_and_booked_anew(self):
		shop = self.paid()
		before = self.payment_of(shop)
		shop.sell("3", "150.00")
		self.book(shop)
		before.reload()
		self.assertEqual((before.docstatus, self.payment_of(shop).name), (2, "WOO-1-1-PAY"))

	def test_what_people_paid_stays_what_it_was_where_the_order_costs_more(self):
		shop = self.unpaid()
		payments = [self.pay(shop, "30.00"), self.pay(shop, "20.00")]
		shop.sell("3", "150.00")
		self.book(shop)
		for payment, amount in zip(payments, (30.0, 20.0), strict=True):
			self.assertEqual(self.allocations(payment), [("WOO-1-1", amount)])
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 121.0)
		self.assertEqual(self.row_of(shop).changed, "")

	def test_money_that_is_left_over_is_told_until_somebody_has_looked_after_it(self):
		shop = self.unpaid()
		first, second = self.pay(shop, "80.00"), self.pay(shop, "34.00")
		shop.sell("1", "50.00")
		self.book(shop)
		self.assertEqual(self.allocations(first), [("WOO-1-1", 57.0)])
		first.reload(), second.reload()
		self.assertEqual((first.unallocated_amount, second.unallocated_amount), (23.0, 34.0))
		row = self.row_of(shop)
		self.assertEqual((row.state, row.reason), (OrderState.SYNCED, "left_over"))
		for told in ("23.00", first.name, "34.00", second.name):
			self.assertIn(told, row.changed)
		shop.set(customer_note="Please ring")
		self.book(shop)
		self.assertIn(f"23.00 of {first.name}", self.row_of(shop).changed)
		self.assert_sound()

	def test_without_unlinking_what_people_paid_stands_in_the_way_and_ours_does_not(self):
		frappe.db.set_single_value("Accounts Settings", UNLINK, 0)
		frappe.db.commit()
		self.addCleanup(self.unlink_again)
		by_hand, ours = self.unpaid(), self.paid()
		payment = self.pay(by_hand, "50.00")
		for shop in (by_hand, ours):
			shop.sell("4", "100.00")
			self.book(shop)
		self.assertIn(payment.name, self.row_of(by_hand).changed)
		self.assertEqual(self.invoice_of(by_hand).docstatus, 1)
		self.assertEqual(self.payment_of(ours).name, "WOO-2-1-PAY")
		self.assertEqual(self.invoice_of(ours).outstanding_amount, 0)
		self.assert_sound()

	def unlink_again(self) -> None:
		frappe.db.set_single_value("Accounts Settings", UNLINK, 1)
		frappe.db.commit()

	def test_not_paid_any_more_and_other_money_is_a_persons_matter(self):
		shop = self.paid()
		digest = books_digest()
		shop.to("processing")
		shop.sell("1", "50.00")
		self.assertEqual(self.book(shop).reason, "not_paid")
		self.assertEqual(books_digest(), digest)

	def test_a_payment_that_a_person_has_cancelled_is_not_made_again(self):
		shop = self.paid()
		self.payment_of(shop).cancel()
		frappe.db.commit()
		shop.sell("3", "150.00")
		self.book(shop)
		self.assertEqual((self.invoice_of(shop).name, self.payment_of(shop).docstatus), ("WOO-1-1", 2))
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 171.0)

	def test_a_payment_within_the_invoice(self):
		shop = self.paid(pos_payments=True)
		shop.sell("3", "150.00")
		self.book(shop, pos_payments=True)
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.is_pos, invoice.paid_amount), ("WOO-1-1", 1, 171.0))
		shop.to("processing")
		shop.sell("1", "50.00")
		self.assertEqual(self.book(shop, pos_payments=True).reason, "not_paid")
		self.assertEqual(self.invoice_of(shop).docstatus, 1)
		self.assert_sound()

	def test_an_order_in_another_currency(self):
		shop = self.new_order()
		shop.set(currency="USD", payment_method="stripe")
		shop.to("processing", paid=True)
		self.book(shop)
		shop.sell("4", "100.00")
		self.book(shop)
		self.assertEqual(self.allocations(self.payment_of(shop)), [("WOO-1-1", 5415.0)])
		shop.set(currency="EGP")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.currency, invoice.outstanding_amount), ("WOO-1-2", "EGP", 0))
		self.assert_sound()

	# --- the chain ---

	def test_every_change_lengthens_the_chain(self):
		shop = self.paid()
		shop.refund(71, 1, "10.00")
		for quantity in ("3", "4", "5"):
			shop.sell(quantity, f"{quantity}0.00")
			self.book(shop)
		chain = frappe.get_all(
			"Sales Invoice",
			{"woo_order_id": 1, "woo_refund_id": 0},
			["name", "amended_from", "docstatus"],
			order_by="creation",
		)
		self.assertEqual(
			[(row.name, row.amended_from, row.docstatus) for row in chain],
			[
				("WOO-1", None, 2),
				("WOO-1-1", "WOO-1", 2),
				("WOO-1-2", "WOO-1-1", 2),
				("WOO-1-3", "WOO-1-2", 1),
			],
		)
		(note,) = self.notes_of(shop)
		self.assertEqual(note.name, "WOO-1-R71-2", "made with the first amendment, amended with the others")
		self.assert_sound()

	def test_cancelled_and_restored_again_and_again(self):
		"""failure-modes 12: no ghosts"""
		shop = self.paid()
		for _time in range(3):
			shop.set(status="trash")
			self.book(shop)
			self.book(shop)
			shop.set(status="processing")
			self.book(shop)
			self.book(shop)
		living = {"woo_order_id": 1, "docstatus": 1}
		self.assertEqual(frappe.get_all("Sales Invoice", living, pluck="name"), ["WOO-1-3"])
		self.assertEqual(frappe.get_all("Payment Entry", living, pluck="name"), ["WOO-1-3-PAY"])
		self.assertEqual(self.row_of(shop).state, OrderState.SYNCED)
		self.assert_sound()

	def test_the_credit_notes_come_back_with_their_order(self):
		shop = self.paid()
		shop.refund(71, 1, "10.00")
		self.book(shop)
		for status in ("cancelled", "processing"):
			shop.set(status=status)
			self.book(shop)
		(note,) = self.notes_of(shop)
		self.assertEqual(note.amended_from, "WOO-1-R71")
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 0)
		self.assert_sound()

	def test_held_while_it_was_restored_it_follows_once_the_store_amends(self):
		shop = self.paid()
		shop.set(status="cancelled")
		self.book(shop)
		shop.set(status="processing")
		self.assertEqual(self.book(shop, on_change=OnChange.HOLD).what, "changed")
		self.assertEqual(self.row_of(shop).state, OrderState.CANCELLED)
		shop.set(customer_note="Sync me again")
		self.assertEqual(self.book(shop).what, "updated")
		self.assertEqual(self.invoice_of(shop).name, "WOO-1-1")

	def test_a_person_who_cancels_what_follows_has_the_last_word(self):
		shop = self.paid()
		shop.sell("3", "150.00")
		self.book(shop)
		self.invoice_of(shop).cancel()
		frappe.db.commit()
		digest = books_digest()
		for note in ("one", "two"):
			shop.set(customer_note=note)
			self.assertEqual(self.book(shop).what, "changed")
		self.assertEqual(books_digest(), digest)

	def test_the_newest_is_found_again_without_the_order_map(self):
		"""The app was uninstalled, and installed again."""
		shop, gone = self.paid(), self.paid()
		for order in (shop, gone):
			order.sell("3", "150.00")
			self.book(order)
		gone.set(status="cancelled")
		self.book(gone)
		digest = books_digest()
		for table in ("Order Map", "Order Map Credit Note", "Customer Decision"):
			frappe.db.delete(f"WooCommerce {table}")
		frappe.db.commit()
		for order, newest, payment in ((shop, "WOO-1-1", "WOO-1-1-PAY"), (gone, "WOO-2-1", "WOO-2-1-PAY")):
			self.assertEqual(self.book(order).what, "unchanged")
			self.assertEqual((self.invoice_of(order).name, self.payment_of(order).name), (newest, payment))
		self.assertEqual(books_digest(), digest)

	def test_a_site_whose_amendments_take_the_next_number(self):
		frappe.db.set_single_value("Document Naming Settings", "default_amend_naming", "Default Naming")
		frappe.db.commit()
		self.addCleanup(self.name_as_usual)
		shop = self.paid()
		shop.sell("3", "150.00")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual(invoice.amended_from, "WOO-1")
		self.assertNotIn("WOO", invoice.name)

	def name_as_usual(self) -> None:
		frappe.db.set_single_value("Document Naming Settings", "default_amend_naming", "Amend Counter")
		frappe.db.commit()

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

	# --- deleted for good ---

	def test_a_deleted_order_whose_invoice_cannot_go_is_listed(self):
		shop = self.paid()
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", "2026-03-31")
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
		frappe.db.set_single_value("Accounts Settings", "acc_frozen_upto", None)
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
