"""What becomes of customers and item links when the shop's customers and products change."""

from dataclasses import replace

import frappe

from jarz_woocommerce_integration.services.inbox import queue as inbox, work as inbox_work
from jarz_woocommerce_integration.services.live import masters as live_masters
from jarz_woocommerce_integration.services.live.session import open_live_session
from jarz_woocommerce_integration.services.session.migration import open_session
from jarz_woocommerce_integration.tests.live.live_case import LiveCase
from jarz_woocommerce_integration.tests.support.shop_on_site import STORE

LINK = "WooCommerce Item Link"
CUSTOMER = "Customer"


class MastersOfTheShopCase(LiveCase):
	def refresh(self, resource: str, *ids: int) -> None:
		with open_live_session(STORE) as session:
			getattr(live_masters, f"refresh_{resource}s")(session, list(ids))
		frappe.db.rollback()


class TestCustomersOfTheShop(MastersOfTheShopCase):
	def customer_with_account(self) -> tuple[int, str]:
		"""An account of the shop and the customer who has it, after their first order."""
		account = next(
			customer
			for order_id in self.shop.order_ids()
			if (customer := self.shop.body(order_id)["customer_id"]) in self.shop.customer_ids()
		)
		order_id = self.add_order()
		person = self.shop.customer(account)
		billing = {**self.shop.body(order_id)["billing"], "email": person.email, "phone": "01012345678"}
		self.shop.update(order_id, {"customer_id": account, "billing": billing})
		self.poll()
		return account, frappe.db.get_value(CUSTOMER, {"woo_store": STORE, "woo_customer_id": account})

	def move(self, account: int, email: str, phone: str) -> None:
		"""The person changes their e-mail and phone in the shop."""
		person = self.shop.customer(account)
		billing = {
			"first_name": "Mona",
			"last_name": "Adel",
			"email": person.email,
			"phone": phone,
			"country": "EG",
		}
		self.shop.update_customer(account, {"email": email, "billing": billing})

	def evidence(self, customer: str) -> tuple[set[str], set[str]]:
		links = {"link_doctype": CUSTOMER, "link_name": customer, "parenttype": "Contact"}
		contacts = frappe.get_all("Dynamic Link", links, pluck="parent")
		return (
			set(frappe.get_all("Contact Email", {"parent": ("in", contacts)}, pluck="email_id")),
			set(frappe.get_all("Contact Phone", {"parent": ("in", contacts)}, pluck="phone")),
		)

	def test_a_new_email_and_phone_are_added_and_nothing_is_taken_away(self):
		account, customer = self.customer_with_account()
		emails, phones = self.evidence(customer)
		self.move(account, "Moved@Example.com", "010 9876 5432")
		self.refresh("customer", account)
		self.assertEqual(
			self.evidence(customer), (emails | {"moved@example.com"}, phones | {"+201098765432"})
		)
		stamp = frappe.db.get_value(CUSTOMER, customer, "modified")
		self.refresh("customer", account)
		self.assertEqual(len(self.evidence(customer)[0]), len(emails) + 1)
		self.assertEqual(frappe.db.get_value(CUSTOMER, customer, "modified"), stamp)

	def test_a_later_order_as_a_guest_is_recognised_by_it(self):
		account, customer = self.customer_with_account()
		self.move(account, "moved@example.com", "01098765432")
		self.refresh("customer", account)
		order_id = self.add_order()
		billing = {
			**self.shop.body(order_id)["billing"],
			"email": "moved@example.com",
			"phone": "01098765432",
		}
		self.shop.update(order_id, {"customer_id": 0, "billing": billing})
		self.poll()
		self.assertEqual(self.row(order_id).customer, customer)

	def test_a_name_that_a_person_set_stays(self):
		account, customer = self.customer_with_account()
		frappe.db.set_value(CUSTOMER, customer, "customer_name", "Set by Hand")
		frappe.db.commit()
		self.move(account, "moved@example.com", "01098765432")
		self.refresh("customer", account)
		self.assertEqual(frappe.db.get_value(CUSTOMER, customer, "customer_name"), "Set by Hand")

	def test_an_account_without_an_order_becomes_no_customer_and_the_shop_isnt_asked(self):
		with open_live_session(STORE) as session:
			session.client.connect()
			served = self.sample.served
			live_masters.refresh_customers(session, [self.shop.customer_ids()[-1]])
		self.assertEqual((frappe.db.count(CUSTOMER), self.sample.served), (0, served))

	def test_an_account_that_is_gone_from_the_shop_changes_nothing(self):
		account, customer = self.customer_with_account()
		frappe.db.set_value(CUSTOMER, customer, "woo_customer_id", 999_999)
		frappe.db.commit()
		before = self.evidence(customer)
		self.refresh("customer", 999_999)
		self.assertEqual(self.evidence(customer), before)

	def test_an_email_that_the_policy_calls_a_placeholder_is_no_evidence(self):
		account, customer = self.customer_with_account()
		emails, _phones = self.evidence(customer)
		frappe.db.set_value("WooCommerce Store", STORE, "placeholder_emails", "nobody@example.com")
		frappe.db.commit()
		self.move(account, "nobody@example.com", "")
		self.refresh("customer", account)
		self.assertEqual(self.evidence(customer)[0], emails)

	def test_what_was_added_bears_the_mark_of_the_days_run(self):
		account, _customer = self.customer_with_account()
		self.move(account, "moved@example.com", "")
		self.refresh("customer", account)
		run = frappe.db.get_value("Contact Email", {"email_id": "moved@example.com"}, "woo_run")
		self.assertEqual(frappe.db.get_value("WooCommerce Sync Run", run, "kind"), "Live Sync")

	def test_the_inbox_has_it_done(self):
		account, customer = self.customer_with_account()
		self.move(account, "moved@example.com", "")
		inbox.note(STORE, inbox.CUSTOMER, account, inbox.WEBHOOK, "customer.updated")
		frappe.db.commit()
		inbox_work.work_on(STORE)
		(row,) = self.inbox(resource="customer")
		self.assertEqual(row.state, "Done", row.last_error)
		self.assertIn("moved@example.com", self.evidence(customer)[0])


class TestProductsOfTheShop(MastersOfTheShopCase):
	def product(self, kind: str = "simple"):
		"""A product of the shop with a SKU of its own."""
		return next(p for p in self.shop.catalogue.served() if p.type == kind and p.sku)

	def variations(self, product) -> list:
		return self.shop.catalogue.variations_of(product.id)

	def make_item(self, code: str, **values) -> str:
		item = {"doctype": "Item", "item_code": code, "item_group": "Products", "stock_uom": "Nos"}
		name = frappe.get_doc({**item, "is_stock_item": 0, **values}).insert().name
		frappe.db.commit()
		return name

	def link(self, item: str, product_id: int, variation_id: int = 0, sku: str = "") -> str:
		values = {"store": STORE, "item": item, "product_id": product_id, "variation_id": variation_id}
		name = frappe.get_doc({"doctype": LINK, **values, "sku": sku}).insert().name
		frappe.db.commit()
		return name

	def links(self, product_id: int) -> list:
		fields = ["item", "variation_id", "sku", "product_name", "deleted_in_store", "modified", "creation"]
		return frappe.get_all(LINK, {"product_id": product_id}, fields, order_by="variation_id")

	def set_state(self, product, state: str) -> None:
		"""Put a product into the trash, delete it, or publish it again."""
		catalogue = self.shop.catalogue
		catalogue.put(replace(catalogue.by_id[product.id], state=state))

	def test_a_link_follows_the_products_sku_and_name_and_keeps_its_item(self):
		product = self.product()
		self.link(self.make_item("Chosen by Hand"), product.id, sku=product.sku)
		self.shop.update_product(product.id, name="Another name", sku="ANOTHER-1")
		self.refresh("product", product.id)
		(link,) = self.links(product.id)
		self.assertEqual(
			(link.item, link.sku, link.product_name), ("Chosen by Hand", "ANOTHER-1", "Another name")
		)
		self.assertEqual(link.modified, link.creation, "an undo takes it for touched by a person")

	def test_a_product_whose_sku_is_an_items_code_isnt_lost_by_another_sku(self):
		product = self.product()
		self.make_item(product.sku)
		self.refresh("product", product.id)
		self.shop.update_product(product.id, sku="ANOTHER-2")
		self.refresh("product", product.id)
		(link,) = self.links(product.id)
		self.assertEqual((link.item, link.sku), (product.sku, "ANOTHER-2"))

	def test_a_product_that_is_no_item_gets_no_link(self):
		product = self.product()
		self.refresh("product", product.id)
		self.assertEqual(self.links(product.id), [])
		self.assertFalse(frappe.db.exists("Item", product.sku))

	def test_two_products_of_one_sku_get_no_link(self):
		first, second = (p for p in self.shop.catalogue.served()[-2:])
		self.shop.update_product(second.id, sku=first.sku)
		self.make_item(first.sku)
		self.refresh("product", first.id, second.id)
		self.assertEqual(self.links(first.id) + self.links(second.id), [])

	def test_an_item_that_is_another_product_already_gets_no_second_one(self):
		product = self.product()
		self.link(self.make_item(product.sku), 777_777)
		self.refresh("product", product.id)
		self.assertEqual(self.links(product.id), [])

	def test_a_sku_that_a_person_has_linked_names_the_item(self):
		product = self.product()
		self.link(self.make_item("Chosen by Hand"), 0, sku=product.sku)
		self.refresh("product", product.id)
		(link,) = self.links(product.id)
		self.assertEqual((link.item, link.sku), ("Chosen by Hand", product.sku))

	def test_variations_are_linked_with_their_product_and_by_themselves(self):
		product = self.product("variable")
		one, two, *_others = (variation for variation in self.variations(product) if variation.sku)
		for variation in (one, two):
			self.make_item(variation.sku)
		self.refresh("product", product.id)
		self.assertEqual(
			{(link.variation_id, link.item) for link in self.links(product.id)},
			{(one.id, one.sku), (two.id, two.sku)},
		)
		self.shop.update_product(one.id, sku="ANOTHER-3")
		self.refresh("product", one.id)
		self.assertEqual(
			{link.variation_id: link.sku for link in self.links(product.id)}[one.id], "ANOTHER-3"
		)

	def test_a_product_with_variations_is_only_linked_to_a_template(self):
		product = self.product("variable")
		self.make_item(product.sku)
		self.refresh("product", product.id)
		self.assertEqual([link for link in self.links(product.id) if not link.variation_id], [])

	def test_a_product_that_is_deleted_keeps_its_link_and_is_marked_until_it_is_back(self):
		for state in ("deleted", "trash"):
			with self.subTest(state):
				product = self.product()
				self.link(self.make_item(f"Item {state}"), product.id, sku=product.sku)
				self.set_state(product, state)
				self.refresh("product", product.id)
				self.assertEqual([link.deleted_in_store for link in self.links(product.id)], [1])
				self.set_state(product, "publish")
				self.refresh("product", product.id)
				self.assertEqual([link.deleted_in_store for link in self.links(product.id)], [0])
				frappe.db.delete(LINK)
				frappe.db.commit()

	def test_a_variation_that_its_product_has_no_more_is_marked(self):
		product = self.product("variable")
		gone, there, *_others = self.variations(product)
		item = self.make_item("Any Item")
		for variation in (gone, there):
			self.link(item, product.id, variation.id)
		self.set_state(gone, "deleted")
		self.refresh("product", product.id)
		marked = {link.variation_id: link.deleted_in_store for link in self.links(product.id)}
		self.assertEqual((marked[gone.id], marked[there.id]), (1, 0))

	def test_what_was_deleted_for_good_is_marked_though_no_webhook_told_it(self):
		there, gone = [p for p in self.shop.catalogue.served() if p.type == "simple" and p.sku][:2]
		variable = self.product("variable")
		lost, kept, *_others = self.variations(variable)
		item = self.make_item("Any Item")
		for product in (there, gone):
			self.link(item, product.id)
		for variation in (lost, kept):
			self.link(item, variable.id, variation.id)
		for product in (gone, lost):
			self.set_state(product, "deleted")
		with open_session(STORE) as session:
			self.assertEqual(live_masters.mark_vanished_products(session), {gone.id, lost.id})
		frappe.db.rollback()
		marked = {
			(link.product_id, link.variation_id): link.deleted_in_store
			for link in frappe.get_all(LINK, fields=["product_id", "variation_id", "deleted_in_store"])
		}
		self.assertEqual(
			marked,
			{
				(there.id, 0): 0,
				(gone.id, 0): 1,
				(variable.id, lost.id): 1,
				(variable.id, kept.id): 0,
			},
		)
