"""What is done in ERPNext is told to the shop: each thing once, never a status backwards, and known when it comes back."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import booking_environment
from jarz_woocommerce_integration.services.outbox import documents as outbox_documents
from jarz_woocommerce_integration.tests.outbox.outbox_case import EVERYTHING, OutboxCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE, books_digest


class TestOffAtFirst(OutboxCase):
	def test_nothing_is_told_to_a_shop_whose_store_doesnt_ask_for_it(self):
		order_id = self.booked_order()
		self.pay(order_id)
		other = self.booked_order()
		self.credit(other)
		third = self.booked_order()
		self.cancel(third)
		self.assertEqual(self.rows(), [])

	def test_nothing_is_told_while_the_store_isnt_kept_in_step(self):
		order_id = self.booked_order()
		self.tell(*EVERYTHING)
		self.begin(live_sync=0)
		self.pay(order_id)
		self.assertEqual(self.rows(), [])

	def test_what_this_app_books_of_the_history_is_told_to_nobody(self):
		self.tell(*EVERYTHING)
		self.begin(live_sync=1, migrated_until="2999-01-01", synced_until="2020-01-01")
		order_id = self.booked_order("bacs", "completed")
		self.assertEqual(self.rows(), [])
		self.assertEqual(self.invoice_of(order_id).docstatus, 1)

	def test_documents_of_the_history_and_of_no_shop_cost_no_query(self):
		self.tell(*EVERYTHING)
		invoice = self.invoice_of(self.booked_order())
		with booking_environment(historical=True):
			self.assert_free(invoice)
		invoice.woo_order_id = 0
		self.assert_free(invoice)
		delivery = frappe.get_doc(
			{"doctype": "Delivery Note", "docstatus": 1, "items": [{"item_code": "Hat"}]}
		)
		with self.assertQueryCount(0):
			outbox_documents.delivery_changed(delivery)

	def assert_free(self, invoice):
		for event in ("invoice_submitted", "invoice_cancelled", "invoice_changed"):
			with self.assertQueryCount(0):
				getattr(outbox_documents, event)(invoice)

	def test_what_comes_from_the_shop_isnt_told_to_it_but_for_the_invoices_number(self):
		self.tell(*EVERYTHING)
		order_id = self.booked_order("bacs", "completed")
		self.shop.refund(order_id, "1.00", "Late")
		self.poll()
		cancelled = self.booked_order()
		self.shop.set_status(cancelled, "cancelled")
		self.poll()
		self.assertEqual({row.action for row in self.rows()}, {"Note"})


class TestNote(OutboxCase):
	def test_the_number_of_an_invoice_becomes_a_private_note_once(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		invoice = self.invoice_of(order_id)
		self.assertEqual(self.send()["sent"], 1)
		self.send()
		((note,), (row,)) = self.notes_of(order_id), self.rows()
		self.assertEqual(note["note"], f"Sales Invoice [{invoice.name}] was booked in ERPNext.")
		self.assertFalse(note["customer_note"])
		self.assertEqual((row.state, row.woo_id, row.attempts), ("Sent", note["id"], 1))

	def test_no_note_is_made_of_an_invoice_that_is_cancelled_by_then(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		self.cancel(order_id)
		self.send()
		self.assertEqual(self.notes_of(order_id), [])
		self.assertEqual([row.state for row in self.rows()], ["Not Needed"])

	def test_what_was_switched_off_since_isnt_sent(self):
		self.tell("send_notes")
		order_id = self.booked_order()
		self.tell()
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, self.notes_of(order_id)), ("Not Needed", []))
		self.assertIn("Switched off", row.last_error)


class TestStatus(OutboxCase):
	def setUp(self):
		super().setUp()
		self.tell("send_status")

	def test_an_order_without_goods_is_completed_when_it_is_paid_and_comes_back_unchanged(self):
		order_id = self.booked_order()
		self.pay(order_id)
		self.assertEqual(self.told(), [("Status", "completed", "Waiting")])
		self.send()
		self.assertEqual(self.status_of(order_id), "completed")
		self.assertEqual(self.told(), [("Status", "completed", "Sent")])
		row, before = self.row(order_id), books_digest()
		self.assertEqual((row.woo_status, row.state, row.changed or ""), ("completed", "Synced", ""))
		self.assertEqual(self.poll()["noted"], 0)
		self.assertEqual(books_digest(), before)
		self.assertEqual(self.payments(), 1)

	def test_goods_are_delivered_first(self):
		order_id = self.booked_order()
		self.keep_stock_of(order_id)
		self.pay(order_id)
		self.assertEqual(self.told(), [])
		self.deliver(order_id, but=1)
		self.assertEqual(self.told(), [])
		self.deliver(order_id)
		self.assertEqual(self.told(), [("Status", "completed", "Waiting")])
		self.send()
		self.assertEqual(self.status_of(order_id), "completed")

	def test_delivered_first_and_paid_in_the_shop_later_it_is_completed(self):
		order_id = self.add_order("on-hold")
		self.shop.update(order_id, {"payment_method": "bacs"})
		self.shop.set_status(order_id, "processing")
		self.shop.update(order_id, {"date_paid": None, "date_paid_gmt": None})
		self.poll()
		self.keep_stock_of(order_id)
		self.deliver(order_id)
		self.assertEqual((self.told(), self.payments()), ([], 0))
		paid = self.shop.body(order_id)["date_modified"], self.shop.body(order_id)["date_modified_gmt"]
		self.shop.update(order_id, {"date_paid": paid[0], "date_paid_gmt": paid[1]})
		self.poll()
		self.assertEqual((self.told(), self.payments()), ([("Status", "completed", "Waiting")], 1))

	def test_an_order_that_is_paid_in_the_shop_isnt_completed_by_its_booking(self):
		frappe.db.set_value("WooCommerce Store", STORE, "update_stock", 1)
		self.addCleanup(frappe.db.set_value, "WooCommerce Store", STORE, "update_stock", 0)
		frappe.db.commit()
		order_id = self.booked_order("bacs")
		self.assertEqual(self.invoice_of(order_id).outstanding_amount, 0)
		self.assertEqual(self.told(), [])

	def test_a_cancelled_invoice_cancels_the_order_after_a_while(self):
		order_id = self.booked_order()
		self.cancel(order_id)
		(row,) = self.rows()
		self.assertGreater(row.next_attempt, now_datetime() + timedelta(minutes=14))
		self.send()
		self.assertEqual(self.status_of(order_id), "processing")
		self.send_now()
		self.assertEqual(self.status_of(order_id), "cancelled")
		row, before = self.row(order_id), books_digest()
		self.assertEqual((row.woo_status, row.state, row.changed or ""), ("cancelled", "Cancelled", ""))
		self.poll()
		self.assertEqual(books_digest(), before)

	def test_an_invoice_that_is_cancelled_to_be_corrected_cancels_no_order(self):
		order_id = self.booked_order()
		before = self.cancel(order_id)
		amended = frappe.copy_doc(before)
		for field in ("woo_store", "woo_order_id", "woo_order_number", "woo_fingerprint"):
			amended.set(field, before.get(field))  # the Desk's Amend copies them, too
		amended.amended_from = before.name
		amended.submit()
		frappe.db.commit()
		self.send_now()
		self.assertEqual(self.status_of(order_id), "processing")
		self.assertEqual(self.told(), [("Status", "cancelled", "Not Needed")])
		self.assertIn(amended.name, self.rows()[0].last_error)

	def test_a_status_never_goes_backwards(self):
		for status in ("cancelled", "refunded", "trash"):
			with self.subTest(status):
				order_id = self.booked_order()
				self.pay(order_id)
				self.shop.trash(order_id) if status == "trash" else self.shop.set_status(order_id, status)
				self.send()
				(row,) = self.rows(woo_order_id=order_id)
				self.assertEqual((row.state, self.status_of(order_id)), ("Not Needed", status))

	def test_a_status_of_the_shops_own_is_on_the_way_unless_the_policy_says_that_it_is_an_end(self):
		order_id = self.booked_order()
		self.pay(order_id)
		self.shop.set_status(order_id, "shipped")
		self.send()
		self.assertEqual(self.status_of(order_id), "completed")
		ended = self.booked_order()
		self.pay(ended)
		self.shop.set_status(ended, "shipped")
		with self.policy_cancels("shipped"):
			self.send()
		self.assertEqual((self.status_of(ended), self.rows()[-1].state), ("shipped", "Not Needed"))

	def test_an_order_that_is_there_already_is_left_alone(self):
		order_id = self.booked_order()
		self.pay(order_id)
		self.shop.set_status(order_id, "completed")
		stamp = self.stamp_of(order_id)
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, self.stamp_of(order_id)), ("Not Needed", stamp))
		self.assertIn("already", row.last_error)

	def test_what_was_undone_before_it_was_sent_isnt_sent(self):
		order_id = self.booked_order()
		self.pay(order_id).cancel()
		frappe.db.commit()
		self.send()
		self.assertEqual(self.told(), [("Status", "completed", "Not Needed")])
		self.assertEqual(self.status_of(order_id), "processing")

	def test_credit_notes_of_the_whole_make_the_order_refunded_without_a_second_credit_note(self):
		order_id = self.booked_order()
		note = self.credit(order_id)
		self.assertEqual([row.action for row in self.rows()], ["Refund", "Status"])
		self.send()
		self.assertEqual(self.status_of(order_id), "refunded")
		(refund,) = self.shop.refunds(order_id)
		self.assertEqual(
			(refund["refunded_payment"], refund["reason"]), (False, f"Credit note [{note.name}]")
		)
		(booked,) = self.credit_notes()
		self.assertEqual((booked.woo_refund_id, booked.woo_order_id), (refund["id"], order_id))
		before = books_digest()
		self.poll()
		self.assertEqual((books_digest(), len(self.credit_notes())), (before, 1))
		self.assertEqual(self.row(order_id).changed or "", "")
		self.assertNotIn("completed", [row.value for row in self.rows()])

	def test_a_part_that_is_credited_is_the_shops_matter_only_where_refunds_are_told(self):
		order_id = self.booked_order()
		self.credit(order_id, part=1.0)
		self.assertEqual(self.told(), [])


class TestRefund(OutboxCase):
	def setUp(self):
		super().setUp()
		self.tell("send_refunds")

	def refunded(self, payment_method: str = "paymob"):
		"""An order, its credit note made here, and the refund that it became."""
		order_id = self.booked_order(payment_method)
		note = self.credit(order_id, part=1.5)
		self.send()
		(refund,) = self.shop.refunds(order_id)
		return order_id, note, refund

	def test_a_credit_note_becomes_a_refund_of_its_amount_and_is_known_when_it_comes_back(self):
		order_id, note, refund = self.refunded()
		self.assertEqual((refund["amount"], refund["refunded_payment"]), ("1.50", False))
		(row,) = self.row(order_id).credit_notes
		self.assertEqual((row.refund_id, row.sales_invoice), (refund["id"], note.name))
		(booked,) = self.credit_notes()
		self.assertEqual((booked.woo_refund_id, booked.woo_store), (refund["id"], STORE))
		before = books_digest()
		self.poll()
		self.assertEqual(books_digest(), before)
		self.shop.update(order_id, {"customer_note": "Again, please"})
		self.poll()
		self.assertEqual(len(self.credit_notes()), 1)
		self.assertEqual((self.status_of(order_id), self.row(order_id).changed or ""), ("processing", ""))

	def test_the_money_goes_back_through_a_gateway_that_can(self):
		self.sample.pays_back = {"paymob"}
		_order_id, _note, refund = self.refunded()
		self.assertTrue(refund["refunded_payment"])

	def test_lines_are_named_where_they_come_to_the_amount(self):
		order_id = self.booked_order()
		note = self.credit(order_id)
		self.send()
		(refund,) = self.shop.refunds(order_id)
		sold = self.shop.body(order_id)["line_items"]
		self.assertEqual(
			[line["quantity"] for line in refund["line_items"]], [-line["quantity"] for line in sold]
		)
		self.assertEqual(Decimal(refund["amount"]), Decimal(str(-note.grand_total)))
		before = books_digest()
		self.poll()
		self.assertEqual(books_digest(), before)

	def test_more_than_is_left_in_the_shop_is_given_up_at_once(self):
		order_id = self.booked_order()
		total = Decimal(self.shop.body(order_id)["total"])
		self.credit(order_id, part=1.5)
		self.shop.refund(order_id, str(total - 1))
		self.send()
		(row,) = self.rows()
		self.assertEqual((row.state, row.attempts, len(self.shop.refunds(order_id))), ("Given Up", 0, 1))
		self.assertIn("is left in the shop", row.last_error)

	def test_what_the_gateway_refuses_is_given_up_and_the_order_doesnt_become_refunded(self):
		self.tell("send_refunds", "send_status")
		order_id = self.booked_order("paymob")
		self.credit(order_id)
		self.sample.pays_back = {"paymob"}
		with patch.object(self.shop, "refund", side_effect=ValueError("The card is gone.")):
			self.send()
		self.assertEqual([row.state for row in self.rows()], ["Given Up", "Given Up"])
		self.assertEqual((self.shop.refunds(order_id), self.status_of(order_id)), ([], "processing"))


class TestTracking(OutboxCase):
	def setUp(self):
		super().setUp()
		self.tell("send_tracking")

	def meta_of(self, order_id: int) -> dict:
		return {entry["key"]: entry["value"] for entry in self.shop.body(order_id)["meta_data"]}

	def test_the_number_of_a_delivery_is_told_to_the_customer_and_kept_with_the_order(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "AB 123", "Aramex")
		self.send()
		(note,) = self.notes_of(order_id)
		self.assertEqual(
			note["note"],
			f"Your order is on its way. Tracking number: AB 123. Carrier: Aramex. [{delivery.name}]",
		)
		self.assertTrue(note["customer_note"])
		self.assertEqual(self.meta_of(order_id)["_tracking_number"], "AB 123")
		before = books_digest()
		self.assertEqual(self.poll()["noted"], 0)
		self.assertEqual(books_digest(), before)

	def test_the_number_of_a_delivery_from_the_sales_order_is_told_before_there_is_an_invoice(self):
		before = self.set_action("processing", "Sales Order")
		self.addCleanup(self.set_action, "processing", before)
		order_id = self.booked_order()
		known = {"store": STORE, "woo_order_id": order_id}
		order = frappe.db.get_value("WooCommerce Order Map", known, "sales_order")
		delivery = make_delivery_note(order)
		delivery.lr_no = "AB 123"
		warehouse = frappe.db.get_value("Warehouse", {"is_group": 0, "company": delivery.company})
		for row in delivery.items:
			row.warehouse, row.allow_zero_valuation_rate = warehouse, 1
		delivery.submit()
		frappe.db.commit()
		self.send()
		self.assertEqual(self.meta_of(order_id)["_tracking_number"], "AB 123")
		self.assertEqual(self.told(), [("Tracking", "AB 123\n\n", "Sent")])

	def test_numbers_of_several_parcels_stand_side_by_side(self):
		order_id = self.booked_order()
		self.shop.update(order_id, {})
		self.deliver(order_id, "1", but=1)
		self.deliver(order_id, "2")
		self.send()
		self.assertEqual(len(self.notes_of(order_id)), 2)
		self.assertEqual(self.meta_of(order_id)["_tracking_number"], "1, 2")

	def test_a_number_is_told_once_also_where_the_outbox_was_cleared_since(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id, "123")
		self.send()
		frappe.db.delete("WooCommerce Outbox")
		delivery.run_method("on_change")
		frappe.db.commit()
		self.send()
		self.assertEqual((len(self.notes_of(order_id)), self.rows()[0].state), (1, "Not Needed"))

	def test_a_shipment_tells_the_address_where_the_parcel_is_followed(self):
		order_id = self.booked_order()
		delivery = self.deliver(order_id)
		shipment = frappe.get_doc(
			{
				"doctype": "Shipment",
				"docstatus": 1,
				"awb_number": "777",
				"tracking_url": "https://track.example/777",
				"carrier": "DHL",
				"shipment_delivery_note": [{"delivery_note": delivery.name}],
			}
		)
		shipment.run_method("on_change")
		frappe.db.commit()
		self.send()
		(note,) = self.notes_of(order_id)
		self.assertIn("https://track.example/777", note["note"])
		self.assertEqual(self.meta_of(order_id)["_tracking_url"], "https://track.example/777")
