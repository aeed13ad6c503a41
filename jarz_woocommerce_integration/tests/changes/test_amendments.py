"""An invoice that follows its order: what the tables of docs/use/changes.md don't show."""

import frappe

from jarz_woocommerce_integration.ledger.contract import OnChange
from jarz_woocommerce_integration.tests.support.changing_orders import (
	STORE,
	ChangingOrdersTestCase,
	books_digest,
)
from jarz_woocommerce_integration.tests.support.site import installed_again
from jarz_woocommerce_integration.translation.drafts import OrderState

UNLINK = "unlink_payment_on_cancellation_of_invoice"


class TestAmendments(ChangingOrdersTestCase):
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

	def test_a_refund_from_before_the_order_was_paid_is_paid_back_with_it(self):
		for on_change in OnChange:
			with self.subTest(on_change):
				shop = self.unpaid()
				shop.refund(70 + shop.order_id, 1, "50.00")
				self.book(shop, on_change=on_change)
				shop.to("completed", paid=True)
				self.assertEqual(self.book(shop, on_change=on_change).what, "updated")
				(row,) = self.notes_in_map(shop)
				repayment = frappe.get_doc("Payment Entry", row.payment_entry)
				self.assertEqual(self.allocations(repayment), [(row.sales_invoice, -57.0)])
				self.assertEqual(
					self.allocations(self.payment_of(shop)), [(self.invoice_of(shop).name, 114.0)]
				)
				self.assertEqual(len(self.notes_of(shop)), 1)
				digest = books_digest()
				self.book(shop, on_change=on_change)
				self.assertEqual(books_digest(), digest)
				self.assert_sound()

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

	def test_a_paid_order_that_changes_its_currency_is_listed_and_stays_as_it_is(self):
		shop = self.new_order()
		shop.set(currency="USD", payment_method="stripe")
		shop.to("processing", paid=True)
		self.book(shop)
		payment = self.payment_of(shop)
		shop.set(currency="EGP")
		booked = self.book(shop)
		self.assertEqual((booked.what, booked.reason), ("changed", "currency_changed"))
		self.assertIn("was paid in USD, but the store says EGP now", self.row_of(shop).changed)
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.currency, invoice.docstatus), ("WOO-1", "USD", 1))
		payment.reload()
		self.assertEqual(payment.docstatus, 1)
		self.assert_sound()

	def test_an_unpaid_order_follows_into_another_currency(self):
		shop = self.unpaid()
		shop.set(currency="USD")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assertEqual((invoice.name, invoice.currency), ("WOO-1-1", "USD"))
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
		installed_again("Order Map", "Order Map Credit Note", "Customer Decision", store=STORE)
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
