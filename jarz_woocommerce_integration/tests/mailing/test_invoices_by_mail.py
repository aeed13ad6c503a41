"""Invoices that go to the customers by e-mail: which ones, once, in whose language, and what becomes of one that can't. No mail server."""

import json
from email import message_from_string
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.compat import in_language
from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.services.mailing import rows, sending
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

ACCOUNT, TEMPLATE, SENDER = "Woo Shop", "Woo Invoice", "shop@jarz.test"
OFF = {**dict.fromkeys(rows.OPTIONS[2:-1]), "mail_invoices": 0, "mail_amended": 0}


class MailCase(LiveCase):
	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		for doctype, name in (("Email Account", ACCOUNT), ("Email Template", TEMPLATE)):
			frappe.delete_doc(doctype, name, ignore_missing=True, force=True)
		frappe.db.commit()
		super().tearDownClass()

	def setUp(self):
		super().setUp()
		ensure_account()
		for table in ("WooCommerce Invoice Mail", "Email Queue", "Email Queue Recipient"):
			frappe.db.delete(table)
		self.choose(mail_invoices=1)
		self.addCleanup(wipe_books)
		self.addCleanup(frappe.db.delete, "WooCommerce Invoice Mail")
		self.addCleanup(self.choose)
		self.poll()

	def choose(self, **options) -> None:
		frappe.db.set_value("WooCommerce Store", STORE, {**OFF, **options}, update_modified=False)
		frappe.db.commit()
		frappe.clear_document_cache("WooCommerce Store", STORE)

	def order(self, status: str = "processing", language: str = "") -> int:
		order_id = self.add_order(status)
		if language:
			meta = [{"id": 1, "key": "wpml_language", "value": language}]
			self.shop.update(order_id, {"meta_data": meta})
		self.poll()
		return order_id

	def send(self) -> dict:
		done = sending.send(STORE)
		frappe.db.rollback()
		return done

	def mails(self, order_id: int | None = None) -> list:
		frappe.db.rollback()
		filters = {"woo_order_id": order_id} if order_id else {}
		return frappe.get_all(rows.MAIL, filters, ["*"], order_by="name")

	def queued(self) -> list:
		frappe.db.rollback()
		return [frappe.get_doc("Email Queue", name) for name in frappe.get_all("Email Queue", pluck="name")]


class TestWhichInvoices(MailCase):
	def test_the_invoice_of_a_new_order_is_given_to_the_email_queue_once(self):
		order_id = self.order()
		(mail,) = self.mails()
		(invoice,) = self.invoices_of(order_id)
		self.assertEqual(
			(mail.state, mail.sales_invoice, mail.woo_order_id), ("Waiting", invoice.name, order_id)
		)
		self.assertEqual(self.queued(), [])
		self.assertEqual(self.send(), {"status": "done", "queued": 1, "left_out": 0, "again": 0})
		(queued,) = self.queued()
		email = frappe.db.get_value("Sales Invoice", invoice.name, "contact_email")
		self.assertEqual([row.recipient for row in queued.recipients], [email])
		self.assertEqual((queued.reference_name, queued.status), (invoice.name, "Not Sent"))
		(attached,) = json.loads(queued.attachments)
		self.assertEqual((attached["doctype"], attached["name"]), ("Sales Invoice", invoice.name))
		(mail,) = self.mails()
		self.assertEqual((mail.state, mail.email_queue), ("Queued", queued.name))
		self.assertEqual(self.send()["queued"], 0)
		self.assertEqual(len(self.queued()), 1)

	def test_nothing_is_mailed_where_the_store_does_not_say_so(self):
		self.choose()
		self.order()
		self.assertEqual(self.mails(), [])

	def test_the_history_is_never_mailed(self):
		later = frappe.utils.add_to_date(None, days=1)
		frappe.db.set_value("WooCommerce Store", STORE, "live_since", later, update_modified=False)
		frappe.db.commit()
		order_id = self.order()
		self.assertEqual(len(self.invoices_of(order_id)), 1)
		self.assertEqual(self.mails(), [])

	def test_a_draft_is_mailed_when_it_is_submitted(self):
		order_id = self.order("on-hold")
		self.assertEqual(self.mails(), [])
		self.shop.set_status(order_id, "processing")
		self.poll()
		self.assertEqual(len(self.mails(order_id)), 1)

	def test_an_edit_is_mailed_only_where_that_is_chosen(self):
		for chosen in (0, 1):
			self.choose(mail_invoices=1, mail_amended=chosen)
			order_id = self.order()
			self.send()
			self.change_money(order_id)
			self.assertEqual(len(self.invoices_of(order_id)), 2)
			self.assertEqual(
				[mail.state for mail in self.mails(order_id)], ["Queued", "Waiting"][: 1 + chosen]
			)

	def change_money(self, order_id: int) -> None:
		body = self.shop.body(order_id)
		fee = {"id": 990001, "name": "Wrapping", "total": "5.00", "total_tax": "0.00", "taxes": []}
		total = frappe.utils.flt(body["total"]) + 5
		self.shop.update(order_id, {"fee_lines": [*body["fee_lines"], fee], "total": f"{total:.2f}"})
		self.poll()

	def test_an_order_that_is_booked_anew_is_not_mailed_again(self):
		order_id = self.order()
		self.send()
		wipe_books()
		self.shop.update(order_id, {"customer_note": "Ring twice"})
		self.poll()
		self.assertEqual(len(self.invoices_of(order_id)), 1)
		self.assertEqual(len(self.mails(order_id)), 1)

	def test_an_invoice_that_is_undone_by_an_error_is_not_mailed(self):
		with patch.object(Payments, "book_all", side_effect=frappe.ValidationError("No such account")):
			self.order()
		self.assertEqual(self.mails(), [])

	def test_an_invoice_that_is_cancelled_meanwhile_is_left_out(self):
		order_id = self.order()
		self.shop.set_status(order_id, "cancelled")
		self.poll()
		self.assertEqual(self.send()["left_out"], 1)
		(mail,) = self.mails()
		self.assertEqual(mail.state, "Left Out")
		self.assertIn("cancelled", mail.reason)
		self.assertEqual(self.queued(), [])

	def test_why_one_is_left_out_is_kept_in_english_and_read_in_the_own_language(self):
		self.shop.set_status(self.order(), "cancelled")
		self.poll()
		with in_language("de"):
			self.send()
			(mail,) = self.mails()
			form = frappe.get_doc(rows.MAIL, mail.name)
			form.run_method("onload")
		self.assertEqual(mail.reason, "The invoice was cancelled before it was mailed.")
		self.assertIn("storniert", form.reason)

	def test_an_order_without_a_usable_address_is_left_out(self):
		order_id = self.order()
		(invoice,) = self.invoices_of(order_id)
		for email in ("", "noreply@marketplace.example"):
			(mail,) = self.mails()
			frappe.db.set_value("Sales Invoice", invoice.name, "contact_email", email)
			frappe.db.set_value(rows.MAIL, mail.name, "state", "Waiting")
			frappe.db.commit()
			self.assertEqual(self.send()["left_out"], 1)
		self.assertEqual(self.queued(), [])


class TestWords(MailCase):
	def test_it_is_in_the_customers_language_with_the_stores_template(self):
		ensure_template()
		self.choose(mail_invoices=1, mail_template=TEMPLATE, mail_account=ACCOUNT, mail_language="fr")
		for said, language in (("ar", "ar"), ("de_DE", "de"), ("pt-br", "pt-BR"), ("tlh", "fr"), ("", "fr")):
			with self.subTest(said):
				frappe.db.delete("Email Queue")
				frappe.db.commit()
				order_id = self.order(language=said)
				self.send()
				(mail,) = self.mails(order_id)
				self.assertEqual((mail.state, mail.language), ("Queued", language), mail.reason)
				(queued,) = self.queued()
				self.assertEqual(json.loads(queued.attachments)[0]["lang"], language)
				self.assertIn(SENDER, queued.sender)
				with in_language(language):
					words = f"Order {order_id}: {frappe._('Sales Invoice')}"
				self.assertIn(words, text_of(queued))

	def test_without_a_template_it_says_so_in_that_language(self):
		order_id = self.order(language="de")
		self.send()
		(queued,) = self.queued()
		self.assertIn("Vielen Dank", text_of(queued))
		self.assertEqual(
			frappe.db.get_value("Sales Invoice", {"woo_order_id": order_id}, "woo_language"), "de"
		)


class TestTrouble(MailCase):
	def test_a_template_that_cannot_be_filled_in_holds_up_no_order_and_no_other_mail(self):
		ensure_template()
		self.choose(mail_invoices=1, mail_template=TEMPLATE)
		first = self.order()
		broken = patch.object(sending, "_words", side_effect=ZeroDivisionError("Hana"))
		with broken:
			self.assertEqual(self.send()["again"], 1)
		(mail,) = self.mails()
		self.assertEqual((mail.state, mail.attempts), ("Waiting", 1))
		self.assertIn("ZeroDivisionError", mail.reason)
		self.assertNotIn("Hana", mail.reason)
		self.assertIsNotNone(mail.next_attempt)
		second = self.order()
		self.assertEqual(self.send()["queued"], 1)
		self.assertEqual([each.state for each in self.mails(second)], ["Queued"])
		with broken:
			for _time in range(20):
				frappe.db.set_value(rows.MAIL, mail.name, "next_attempt", None)
				frappe.db.commit()
				self.send()
		self.assertEqual([each.state for each in self.mails(first)], ["Failed"])

	def test_killed_between_the_queue_and_its_own_row_nothing_is_there_and_it_goes_out_once(self):
		self.order()
		with (
			patch.object(rows, "set_state", side_effect=KeyboardInterrupt),
			self.assertRaises(KeyboardInterrupt),
		):
			sending.send(STORE)
		frappe.db.rollback()
		self.assertEqual(self.queued(), [])
		self.assertEqual(self.send()["queued"], 1)
		self.assertEqual(len(self.queued()), 1)

	def test_what_the_email_queue_could_not_send_is_listed(self):
		sent, failed = self.order(), self.order()
		self.send()
		for order_id, status, error in ((sent, "Sent", ""), (failed, "Error", "No such mailbox")):
			(mail,) = self.mails(order_id)
			frappe.db.set_value("Email Queue", mail.email_queue, {"status": status, "error": error})
			frappe.db.commit()
		sending.tick()
		frappe.db.commit()
		self.assertEqual([mail.state for mail in self.mails(sent)], ["Sent"])
		self.assertEqual(
			[(mail.state, mail.reason) for mail in self.mails(failed)], [("Failed", "No such mailbox")]
		)


def text_of(queued) -> str:
	"""The e-mail as its reader sees it."""
	parts = message_from_string(queued.message).walk()
	return "".join(
		part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/plain"
	)


def ensure_account() -> None:
	if not frappe.db.exists("Email Account", ACCOUNT):
		frappe.get_doc(
			doctype="Email Account",
			email_account_name=ACCOUNT,
			email_id=SENDER,
			enable_outgoing=1,
			default_outgoing=1,
			smtp_server="127.0.0.1",
			no_smtp_authentication=1,
		).insert()
		frappe.db.commit()


def ensure_template() -> None:
	frappe.delete_doc("Email Template", TEMPLATE, ignore_missing=True)
	text = "Order {{ woo_order_number }}: {{ _('Sales Invoice') }}"
	frappe.get_doc(
		doctype="Email Template", name=TEMPLATE, subject="Invoice {{ name }}", response=text
	).insert()
	frappe.db.commit()
