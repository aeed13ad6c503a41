"""A person whose orders the shop has erased: the books keep their documents, and the rest can be erased by one action."""

from unittest.mock import patch

import frappe
from frappe.website.doctype.personal_data_deletion_request.personal_data_deletion_request import (
	PersonalDataDeletionRequest,
)

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.services.desk.erasure import erase
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.tests.support.changing_orders import (
	ChangingOrdersTestCase,
	ShopOrder,
	books_digest,
)
from jarz_woocommerce_integration.translation.drafts import OrderState

MAP, DECISION = "WooCommerce Order Map", "WooCommerce Customer Decision"
CUSTOMER, CONTACT, ADDRESS = "Customer", "Contact", "Address"
EMAIL, PHONE = "anna@example.com", "+201012345678"
SHOWN = ("customer", "customer_name", "address_display", "contact_email", "woo_transaction_id", "grand_total")


class TestErasure(ChangingOrdersTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")

	# --- what happens ---

	def order_of(self, customer_id: int = 5, status: str = "processing", **billing) -> ShopOrder:
		shop = self.new_order()
		told = {**shop.body["billing"], "first_name": "Anna", "email": EMAIL, "phone": PHONE, **billing}
		shop.set(customer_id=customer_id, billing=told, transaction_id="ch_123")
		shop.to(status)
		self.book(shop)
		return shop

	def anonymise(self, shop: ShopOrder) -> None:
		"""As WooCommerce 10.9 does: what was empty stays so, and digits of phones become zeros."""
		texts = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode")
		billing = dict(shop.body["billing"])
		billing |= {field: "[deleted]" for field in texts if billing.get(field)}
		billing |= {"email": "deleted@site.invalid", "phone": "+000000000000", "country": "", "state": ""}
		meta = [{"id": 1, "key": "_anonymized", "value": "yes"}]
		shop.set(customer_id=0, billing=billing, transaction_id="0", meta_data=meta)

	def erased(self, shop: ShopOrder) -> dict:
		frappe.db.commit()
		return erase(self.map_of(shop))

	# --- what is there ---

	def map_of(self, shop: ShopOrder):
		frappe.db.rollback()
		return frappe.get_doc(MAP, frappe.db.get_value(MAP, self._key(shop)))

	def shown(self, shop: ShopOrder) -> dict:
		invoice = self.invoice_of(shop)
		return {field: invoice.get(field) for field in SHOWN}

	def linked(self, doctype: str, customer: str) -> list[str]:
		links = {"link_doctype": CUSTOMER, "link_name": customer, "parenttype": doctype}
		return frappe.get_all("Dynamic Link", links, pluck="parent", distinct=True)

	def anywhere(self, *texts: str) -> set[str]:
		"""Where one of the texts stands, but for documents of the books, their history and names of customers."""
		tables = (
			MAP,
			DECISION,
			CONTACT,
			"Contact Email",
			"Contact Phone",
			"Version",
			"Deleted Document",
			CUSTOMER,
		)
		found = set()
		for doctype in tables:
			for row in frappe.db.sql(f"SELECT * FROM `tab{doctype}`", as_dict=True):
				if row.get("ref_doctype") in ("Sales Invoice", "Payment Entry"):
					continue
				found |= {
					f"{doctype}.{field}"
					for field, value in row.items()
					if any(t in str(value) for t in texts)
				}
		return found

	# --- the sync ---

	def test_a_booked_order_keeps_its_documents_and_its_customer(self):
		shop = self.order_of()
		self.order_of()
		before, digest = self.shown(shop), books_digest()
		customers = frappe.get_all(CUSTOMER, fields=["*"])
		contacts = frappe.get_all("Contact Email", fields=["*"]) + frappe.get_all(
			"Contact Phone", fields=["*"]
		)
		self.anonymise(shop)
		self.assertEqual(self.book(shop).what, "unchanged")
		self.assertEqual((self.shown(shop), books_digest()), (before, digest))
		self.assertEqual(frappe.get_all(CUSTOMER, fields=["*"]), customers)
		self.assertEqual(
			frappe.get_all("Contact Email", fields=["*"]) + frappe.get_all("Contact Phone", fields=["*"]),
			contacts,
		)
		row = self.map_of(shop)
		self.assertEqual((row.anonymised, row.customer_name, row.changed or ""), (1, "", ""))
		self.assertEqual(row.customer, before["customer"])

	def test_its_money_is_followed_for_the_same_customer(self):
		shop = self.order_of()
		customer = self.shown(shop)["customer"]
		self.anonymise(shop)
		self.book(shop)
		shop.sell("3", "150.00")
		self.assertEqual(self.book(shop).state, OrderState.SYNCED)
		shown = self.shown(shop)
		self.assertEqual((shown["customer"], float(shown["grand_total"])), (customer, 171.0))
		self.assert_sound()

	def test_anonymised_orders_share_no_customer_and_find_none(self):
		known = self.order_of()
		for _number in range(3):
			shop = self.new_order()
			shop.set(billing={**shop.body["billing"], "phone": PHONE})
			shop.to("processing")
			self.anonymise(shop)
			self.assertEqual(self.book(shop).state, OrderState.SYNCED)
		customers = frappe.get_all("Sales Invoice", pluck="customer")
		self.assertEqual(len(set(customers)), 4)
		self.assertEqual(self.anywhere("[deleted]", "deleted@site.invalid", "000000000"), set())
		self.assertEqual(len(self.linked(CONTACT, self.shown(known)["customer"])), 1)

	# --- the action ---

	def test_the_last_order_takes_the_person_along(self):
		first, last = self.order_of(), self.order_of(address_1="7 Other Street")
		customer = self.shown(first)["customer"]
		for shop in (first, last):
			self.anonymise(shop)
			self.book(shop)
		shown, digest = [self.shown(shop) for shop in (first, last)], books_digest()
		self.erased(first)
		done = self.erased(last)
		self.assertEqual(books_digest(), digest)
		self.assertEqual([self.shown(shop) for shop in (first, last)], shown)
		self.assertEqual(self.anywhere(EMAIL, PHONE, PHONE[1:]), set())
		self.assertEqual(frappe.db.get_value(CUSTOMER, customer, ["email_id", "mobile_no"]), (None, None))
		self.assertTrue(done["kept"])
		self.assertEqual(self.erased(last)["kept"][-1], done["kept"][-1], "once more finds nothing else")
		self.assert_sound()

	def test_addresses_that_no_document_names_go(self):
		shop = self.order_of()
		customer = self.shown(shop)["customer"]
		values = {"doctype": ADDRESS, "address_title": "Old", "address_line1": "Old Street", "city": "Cairo"}
		link = {"link_doctype": CUSTOMER, "link_name": customer}
		ours = (
			frappe.get_doc({**values, "country": "Egypt", "woo_store": STORE, "links": [link]}).insert().name
		)
		by_hand = frappe.get_doc({**values, "country": "Egypt", "links": [link]}).insert().name
		self.anonymise(shop)
		self.book(shop)
		self.erased(shop)
		self.assertFalse(frappe.db.exists(ADDRESS, ours))
		self.assertTrue(frappe.db.exists(ADDRESS, by_hand))
		self.assertTrue(frappe.db.exists(ADDRESS, self.invoice_of(shop).customer_address))

	def test_a_person_whom_the_shop_still_names_is_kept(self):
		shop, other = self.order_of(), self.order_of()
		self.anonymise(shop)
		self.book(shop)
		contacts = self.anywhere(EMAIL)
		done = self.erased(shop)
		self.assertIn("1 orders", done["kept"][-1])
		self.assertEqual(self.anywhere(EMAIL) - {f"{DECISION}.note"}, contacts - {f"{DECISION}.note"})
		self.assertEqual(self.shown(other)["contact_email"], EMAIL)

	def test_a_customer_of_other_making_is_kept(self):
		shop = self.order_of()
		customer = self.shown(shop)["customer"]
		self.anonymise(shop)
		self.book(shop)
		frappe.db.set_value(CUSTOMER, customer, "woo_customer_key", None)
		self.assertIn("a person made", self.erased(shop)["kept"][-1])
		self.assertTrue(self.anywhere(EMAIL))

	def test_a_customer_of_other_business_is_kept(self):
		shop, other = self.order_of(), self.order_of()
		for each in (shop, other):
			self.anonymise(each)
			self.book(each)
		frappe.db.set_value("Sales Invoice", self.invoice_of(other).name, "woo_order_id", 0)
		self.assertIn("doesn't come from a shop", self.erased(shop)["kept"][-1])
		self.assertTrue(self.anywhere(EMAIL))

	def test_an_order_that_the_shop_still_names_is_refused(self):
		shop = self.order_of()
		with self.assertRaises(StoreSetupError) as refused:
			self.erased(shop)
		self.assertIn("has not erased", refused.exception.message)

	def test_it_takes_the_right_to_write_customers(self):
		shop = self.order_of()
		self.anonymise(shop)
		self.book(shop)
		row = self.map_of(shop)
		frappe.set_user("Guest")
		with self.assertRaises(frappe.PermissionError):
			erase(row)

	# --- Frappe's own ---

	def test_a_deletion_request_redacts_what_the_app_keeps(self):
		shop, other = self.order_of(first_name="Anna Maria", last_name="Berg"), self.order_of(6)
		names = {
			"customer_name": "Anna Maria Berg",
			"customer_note": f"{EMAIL} rang",
			"trail": f'{{"what": "{EMAIL}"}}',
		}
		frappe.db.set_value(MAP, self.map_of(shop).name, names)
		frappe.db.set_value(
			CUSTOMER, self.shown(shop)["customer"], {"email_id": EMAIL, "woo_phone_text": "call me"}
		)
		values = {"doctype": DECISION, "store": STORE, "woo_order_id": 99, "note": f"of {EMAIL}"}
		frappe.get_doc(values).insert()
		user = frappe.get_doc(
			{
				"doctype": "User",
				"email": EMAIL,
				"first_name": "Anna Maria",
				"last_name": "Berg",
				"send_welcome_email": 0,
			}
		).insert()
		with patch.object(PersonalDataDeletionRequest, "send_verification_mail"):
			request = frappe.get_doc(
				{"doctype": "Personal Data Deletion Request", "email": user.name}
			).insert()
		before = frappe.db.get_value(
			MAP, self._key(other), ["state", "fingerprint", "payload_hash", "customer_name"]
		)
		fields = frappe.get_hooks("user_data_fields", app_name="jarz_woocommerce_integration")
		with patch.object(request, "full_match_privacy_docs", [f for f in fields if f.get("redact_fields")]):
			with patch.object(request, "partial_privacy_docs", [f for f in fields if f.get("partial")]):
				with patch.object(frappe, "rename_doc"):
					request._anonymize_data()
		self.assertEqual(
			self.anywhere(EMAIL) & {f"{MAP}.customer_note", f"{MAP}.trail", f"{DECISION}.note"}, set()
		)
		self.assertNotIn(f"{MAP}.customer_name", self.anywhere("Anna Maria Berg"))
		self.assertEqual(self.anywhere("call me"), set())
		after = frappe.db.get_value(
			MAP, self._key(other), ["state", "fingerprint", "payload_hash", "customer_name"]
		)
		self.assertEqual(after, before)
