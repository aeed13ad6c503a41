"""What is found for the keys of a page on a real site, in how many queries, and by which indexes."""

from contextlib import contextmanager

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.lookups import read_lookups, read_territories
from jarz_woocommerce_integration.tests.support import many_rows
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import KnownItem, LookupKeys

SHOP = "Lookup Shop"
OTHER = "Other Lookup Shop"
PHONE = "+201001234567"
LANDLINE = "+20233245104"
COMMON = {"creation": "2026-01-01", "modified": "2026-01-01", "owner": "Administrator"}


def write(doctype: str, name: str, **values) -> str:
	"""A row as it stands in the database, whatever a form would refuse today."""
	row = {"name": name, **COMMON, "modified_by": "Administrator", **values}
	columns = ", ".join(f"`{column}`" for column in row)
	frappe.db.sql(f"INSERT INTO `tab{doctype}` ({columns}) VALUES %s", (tuple(row.values()),))
	return name


def write_store(name: str, **values) -> str:
	return write("WooCommerce Store", name, store_name=name, **{"phone_country": "EG", **values})


def customer(name: str, **values) -> str:
	return write("Customer", name, **{"customer_name": f"{name} Whole", **values})


def contact(name: str, *customers: str, emails: tuple[str, ...] = (), phones: tuple[str, ...] = ()) -> str:
	write("Contact", name, first_name=name)
	for number, linked in enumerate(customers):
		link = {"link_doctype": "Customer", "link_name": linked}
		write("Dynamic Link", f"{name}-L{number}", parent=name, parenttype="Contact", **link)
	for number, email in enumerate(emails):
		write("Contact Email", f"{name}-E{number}", parent=name, parenttype="Contact", email_id=email)
	for number, phone in enumerate(phones):
		write("Contact Phone", f"{name}-P{number}", parent=name, parenttype="Contact", phone=phone)
	return name


def item(code: str, **values) -> str:
	return write("Item", code, item_code=code, item_name=f"Name of {code}", **values)


def link(store: str, item_code: str, product_id: int = 0, variation_id: int = 0, sku: str = "") -> None:
	name = frappe.generate_hash()
	values = {"product_id": product_id, "variation_id": variation_id, "sku": sku}
	write("WooCommerce Item Link", name, store=store, item=item_code, **values)


def order(store: str, order_id: int, **values) -> str:
	"""Name of the Order Map row."""
	return write(
		"WooCommerce Order Map",
		f"{store}-{order_id}",
		store=store,
		woo_order_id=order_id,
		**{"state": "Synced", **values},
	)


def keys(**values) -> LookupKeys:
	return LookupKeys(**{name: frozenset(value) for name, value in values.items()})


def keys_of(count: int, start: int = 1) -> LookupKeys:
	"""All the keys that a page of so many orders may have, for rows that `many_rows` writes."""
	numbers = range(start, start + count)
	return LookupKeys(
		order_ids=frozenset(numbers),
		store_customer_ids=frozenset(numbers),
		emails=frozenset(f"person{n}@example.com" for n in numbers),
		phones=frozenset(f"+2010{n:08d}" for n in numbers),
		products=frozenset((n, 0) for n in numbers),
		skus=frozenset(f"SKU-{n}" for n in numbers),
		item_codes=frozenset(f"MANY-{n}" for n in numbers),
	)


@contextmanager
def captured_queries():
	"""The queries that are made meanwhile, with their values."""
	queries: list[tuple] = []
	original = frappe.db.sql

	def capture(query, values=(), **options):
		queries.append((query, values))
		return original(query, values, **options)

	frappe.db.sql = capture
	try:
		yield queries
	finally:
		del frappe.db.sql


class LookupsTestCase(FrappeTestCase):
	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)
		write_store(SHOP)
		write_store(OTHER)

	def read(self, **values):
		return read_lookups(SHOP, keys(**values))


class TestKnownOrders(LookupsTestCase):
	def test_an_order_comes_with_its_invoice_and_customer(self):
		customer("Mona", woo_store=SHOP, woo_customer_id=7, woo_customer_key=f"{SHOP}:C7")
		write("Sales Invoice", "LOOK-1", docstatus=1)
		order(
			SHOP,
			1,
			payload_hash="payload",
			policy_hash="policy",
			sales_invoice="LOOK-1",
			customer="Mona",
			fingerprint="print",
		)
		lookups = self.read(order_ids=[1])
		known = lookups.orders[1]
		self.assertEqual(
			(known.state, known.payload_hash, known.policy_hash), (OrderState.SYNCED, "payload", "policy")
		)
		self.assertEqual(
			(known.invoice, known.invoice_status, known.fingerprint), ("LOOK-1", "Submitted", "print")
		)
		self.assertEqual((known.paid, known.refund_ids, known.customer_key), (False, frozenset(), "C7"))
		self.assertEqual(lookups.customers["C7"].name, "Mona Whole")

	def test_the_status_of_an_invoice_is_told(self):
		for number, status in enumerate(("Draft", "Submitted", "Cancelled")):
			write("Sales Invoice", f"LOOK-{number}", docstatus=number)
			order(SHOP, number, sales_invoice=f"LOOK-{number}")
			self.assertEqual(self.read(order_ids=[number]).orders[number].invoice_status, status)

	def test_an_order_without_an_invoice(self):
		order(SHOP, 1, state="Held")
		known = self.read(order_ids=[1, 2]).orders
		self.assertEqual(set(known), {1})
		self.assertEqual(
			(known[1].state, known[1].invoice, known[1].invoice_status, known[1].customer_key),
			(OrderState.HELD, "", "", ""),
		)

	def test_an_invoice_that_somebody_deleted_is_not_there(self):
		order(SHOP, 1, sales_invoice="GONE-1")
		known = self.read(order_ids=[1]).orders[1]
		self.assertEqual((known.invoice, known.invoice_status), ("", ""))

	def test_a_payment_entry_or_a_payment_within_the_invoice_is_paid(self):
		write("Sales Invoice", "LOOK-1", is_pos=1, paid_amount=10)
		write("Sales Invoice", "LOOK-2", is_pos=1, paid_amount=0)
		order(SHOP, 1, sales_invoice="LOOK-1")
		order(SHOP, 2, sales_invoice="LOOK-2")
		order(SHOP, 3, payment_entry="PAY-3")
		known = self.read(order_ids=[1, 2, 3]).orders
		self.assertEqual([known[number].paid for number in (1, 2, 3)], [True, False, True])

	def test_refunds_of_an_order_are_told(self):
		parent = order(SHOP, 1)
		for refund_id in (2**40, 5):
			write("WooCommerce Order Map Credit Note", f"N-{refund_id}", parent=parent, refund_id=refund_id)
		self.assertEqual(self.read(order_ids=[1]).orders[1].refund_ids, {2**40, 5})

	def test_a_row_that_another_page_has_only_claimed_is_no_known_order(self):
		order(SHOP, 1, state="")
		self.assertEqual(self.read(order_ids=[1]).orders, {})

	def test_an_id_of_64_bits_is_found(self):
		order(SHOP, 2**62)
		self.assertEqual(set(self.read(order_ids=[2**62]).orders), {2**62})

	def test_two_stores_have_orders_of_their_own(self):
		order(OTHER, 1)
		self.assertEqual(self.read(order_ids=[1]).orders, {})


class TestFoundCustomers(LookupsTestCase):
	def test_by_the_account_in_the_store(self):
		customer("Mona", woo_store=SHOP, woo_customer_id=7, woo_customer_key=f"{SHOP}:C7")
		lookups = self.read(store_customer_ids=[7, 8])
		self.assertEqual(lookups.customers_by_store_id, {7: "C7"})
		self.assertEqual(lookups.customers["C7"].store_customer_id, 7)

	def test_accounts_of_two_stores_are_not_mixed(self):
		customer(
			"Mona",
			woo_store=OTHER,
			woo_customer_id=7,
			woo_customer_key=f"{OTHER}:C7",
			email_id="mona@example.com",
		)
		self.assertEqual(self.read(store_customer_ids=[7]).customers, {})
		found = self.read(emails=["mona@example.com"])
		self.assertEqual(found.customers_by_email, {"mona@example.com": ["Mona"]})
		self.assertIsNone(found.customers["Mona"].store_customer_id)
		self.assertEqual(found.customers_by_store_id, {})

	def test_a_guest_has_no_account(self):
		customer("Mona", woo_store=SHOP, woo_customer_id=0, woo_customer_key=f"{SHOP}:G-1")
		contact("Mona", "Mona", emails=("mona@example.com",))
		self.assertIsNone(self.read(emails=["mona@example.com"]).customers["G-1"].store_customer_id)

	def test_by_an_email_of_their_contact_in_any_case(self):
		customer("Mona")
		contact("Mona", "Mona", emails=("first@example.com", "Mona.Said@Example.COM"))
		found = self.read(emails=["mona.said@example.com"])
		self.assertEqual(found.customers_by_email["mona.said@example.com"], ["Mona"])
		self.assertEqual(found.customers["Mona"].emails, {"first@example.com", "mona.said@example.com"})

	def test_by_their_own_email_in_any_case(self):
		customer("Mona", email_id="Mona@Example.com")
		self.assertEqual(
			self.read(emails=["mona@example.com"]).customers_by_email, {"mona@example.com": ["Mona"]}
		)

	def test_by_each_spelling_of_a_phone(self):
		for number, typed in enumerate(
			(
				PHONE,
				"201001234567",
				"00201001234567",
				"01001234567",
				"010 01234567",
				"+20 10 01234567",
				"+20 1001234567",
				"+20-1001234567",
			)
		):
			with self.subTest(typed):
				customer(f"Mona {number}")
				contact(f"Mona {number}", f"Mona {number}", phones=(typed,))
				found = self.read(phones=[PHONE])
				self.assertEqual(found.customers[f"Mona {number}"].phones, {PHONE})
				self.assertIn(f"Mona {number}", found.customers_by_phone[PHONE])

	def test_by_a_landline_as_it_is_dialled_at_home(self):
		customer("Mona", mobile_no="02 33245104")
		self.assertEqual(self.read(phones=[LANDLINE]).customers_by_phone, {LANDLINE: ["Mona"]})

	def test_by_their_own_mobile_number(self):
		customer("Mona", mobile_no="01001234567")
		self.assertEqual(self.read(phones=[PHONE]).customers_by_phone, {PHONE: ["Mona"]})

	def test_a_national_spelling_is_never_read_as_a_foreign_number(self):
		"""0501234567 is one number in Saudi Arabia and another in the Emirates."""
		frappe.db.set_value("WooCommerce Store", SHOP, "phone_country", "SA")
		customer("Mona", mobile_no="0501234567")
		self.assertEqual(self.read(phones=["+966501234567"]).customers_by_phone, {"+966501234567": ["Mona"]})
		self.assertEqual(self.read(phones=["+971501234567"]).customers, {})

	def test_the_country_of_phones_is_the_companys_where_the_store_names_none(self):
		write("Company", "Lookup Company", country="Egypt")
		values = {"phone_country": None, "company": "Lookup Company"}
		frappe.db.set_value("WooCommerce Store", SHOP, values)
		customer("Mona", mobile_no="01001234567")
		self.assertEqual(self.read(phones=[PHONE]).customers_by_phone, {PHONE: ["Mona"]})

	def test_by_a_known_order(self):
		customer("Mona", email_id="mona@example.com", mobile_no="not a number")
		order(SHOP, 1, customer="Mona")
		lookups = self.read(order_ids=[1])
		self.assertEqual(lookups.orders[1].customer_key, "Mona")
		self.assertEqual(lookups.customers["Mona"].emails, {"mona@example.com"})
		self.assertEqual(lookups.customers["Mona"].phones, frozenset())

	def test_all_evidence_comes_with_them_whichever_they_were_found_by(self):
		customer("Mona", email_id="own@example.com", woo_store=SHOP, woo_customer_id=7)
		contact("Mona 1", "Mona", emails=("one@example.com",), phones=("01001234567", "12"))
		contact("Mona 2", "Mona", emails=("two@example.com",), phones=("+49 30 901820",))
		for found_by in (
			{"store_customer_ids": [7]},
			{"emails": ["two@example.com"]},
			{"phones": [PHONE]},
		):
			with self.subTest(found_by):
				known = self.read(**found_by).customers["Mona"]
				self.assertEqual(known.emails, {"own@example.com", "one@example.com", "two@example.com"})
				self.assertEqual(known.phones, {PHONE, "+4930901820"})

	def test_a_contact_of_several_customers_makes_all_of_them_candidates(self):
		for name in ("Zaki", "Mona"):
			customer(name)
		contact("Family", "Zaki", "Mona", phones=(PHONE,))
		self.assertEqual(self.read(phones=[PHONE]).customers_by_phone, {PHONE: ["Mona", "Zaki"]})

	def test_a_contact_of_somebody_else_is_not_a_customers(self):
		customer("Mona")
		contact("Supplier", emails=("mona@example.com",))
		link_to = {"link_doctype": "Supplier", "link_name": "Mona"}
		write("Dynamic Link", "Supplier-L", parent="Supplier", parenttype="Contact", **link_to)
		self.assertEqual(self.read(emails=["mona@example.com"]).customers, {})

	def test_disabled_customers_are_not_found(self):
		customer("Mona", disabled=1, email_id="mona@example.com", woo_store=SHOP, woo_customer_id=7)
		order(SHOP, 1, customer="Mona")
		lookups = self.read(emails=["mona@example.com"], store_customer_ids=[7], order_ids=[1])
		self.assertEqual(lookups.customers, {})
		self.assertEqual(lookups.orders[1].customer_key, "Mona")

	def test_nobody_is_found_for_no_keys(self):
		customer("Mona", email_id="", mobile_no="", woo_store=SHOP, woo_customer_id=0)
		customer("Zaki", email_id=None, mobile_no=None)
		contact("Mona", "Mona", emails=("",), phones=("",))
		self.assertEqual(self.read().customers, {})

	def test_an_email_that_differs_by_an_accent_is_another_one(self):
		"""To the database the two are equal."""
		customer("Rene", email_id="rené@example.com")
		self.assertNotIn("rene@example.com", self.read(emails=["rene@example.com"]).customers_by_email)


class TestFoundItems(LookupsTestCase):
	def test_by_the_product_that_they_are_linked_to(self):
		item("CUP-RED")
		link(SHOP, "CUP-RED", 17, 63, "RED")
		lookups = self.read(products=[(17, 63), (17, 0)])
		known = KnownItem("CUP-RED", "Name of CUP-RED", 17, 63, "RED")
		self.assertEqual(lookups.items_by_product, {(17, 63): known})
		self.assertEqual(lookups.items_by_code, {"CUP-RED": known})

	def test_other_variations_of_a_product_are_not_asked_for(self):
		item("CUP-RED")
		link(SHOP, "CUP-RED", 17, 64)
		self.assertEqual(self.read(products=[(17, 63), (17, 0)]).items_by_code, {})

	def test_by_the_sku_of_a_link(self):
		item("CUP")
		link(SHOP, "CUP", sku="cup-1")
		known = KnownItem("CUP", "Name of CUP", sku="cup-1")
		self.assertEqual(self.read(skus=["cup-1"]).items_by_sku, {"cup-1": [known]})

	def test_by_a_sku_that_is_their_code(self):
		item("CUP")
		self.assertEqual(
			self.read(skus=["CUP"]).items_by_sku, {"CUP": [KnownItem("CUP", "Name of CUP", sku="CUP")]}
		)

	def test_a_sku_in_another_case_is_the_same_one(self):
		item("CUP")
		link(SHOP, item("MUG"), sku="Mug-1")
		found = self.read(skus=["cup", "MUG-1"])
		self.assertEqual([known.code for known in found.items_by_sku["cup"]], ["CUP"])
		self.assertEqual([known.code for known in found.items_by_sku["MUG-1"]], ["MUG"])

	def test_by_a_code(self):
		item("CUP")
		lookups = self.read(item_codes=["CUP", "none"])
		self.assertEqual(set(lookups.items_by_code), {"CUP"})
		self.assertEqual(lookups.items_by_sku, {})

	def test_found_in_several_ways_they_are_one(self):
		item("CUP")
		link(SHOP, "CUP", 17, 0, "CUP")
		lookups = self.read(products=[(17, 0)], skus=["CUP"], item_codes=["CUP"])
		known = KnownItem("CUP", "Name of CUP", 17, 0, "CUP")
		self.assertEqual(lookups.items_by_product, {(17, 0): known})
		self.assertEqual(lookups.items_by_sku, {"CUP": [known]})
		self.assertEqual(lookups.items_by_code, {"CUP": known})

	def test_an_item_of_another_product_is_not_found_by_its_code(self):
		"""An item that carries a product's ids is that product, whatever its code says."""
		item("CUP")
		link(SHOP, "CUP", 18, 0, "OLD")
		self.assertEqual(self.read(products=[(17, 0)], skus=["CUP"]).items_by_sku, {})

	def test_an_item_of_two_products_is_both(self):
		item("CUP")
		link(SHOP, "CUP", 17)
		link(SHOP, "CUP", 18)
		found = self.read(products=[(17, 0), (18, 0)]).items_by_product
		self.assertEqual({ids: known.code for ids, known in found.items()}, {(17, 0): "CUP", (18, 0): "CUP"})

	def test_items_of_one_sku_come_in_order(self):
		for number, code in enumerate(("C", "A", "B")):
			link(SHOP, item(code), 20 + number, 0, "SAME")
		found = self.read(skus=["SAME"]).items_by_sku["SAME"]
		self.assertEqual([known.code for known in found], ["A", "B", "C"])

	def test_a_template_says_so(self):
		link(SHOP, item("CUP", has_variants=1), 17)
		self.assertTrue(self.read(products=[(17, 0)]).items_by_product[17, 0].has_variants)

	def test_disabled_items_are_not_found(self):
		link(SHOP, item("CUP", disabled=1), 17, 0, "S")
		self.assertEqual(
			self.read(products=[(17, 0)], skus=["S", "CUP"], item_codes=["CUP"]).items_by_code, {}
		)

	def test_links_of_two_stores_are_not_mixed(self):
		link(OTHER, item("CUP"), 17, 0, "S")
		self.assertEqual(self.read(products=[(17, 0)], skus=["S"]).items_by_code, {})
		by_code = self.read(skus=["CUP"]).items_by_sku["CUP"]
		self.assertEqual([(known.code, known.product_id) for known in by_code], [("CUP", 0)])


class TestTerritories(LookupsTestCase):
	def test_each_comes_with_its_code(self):
		write("Territory", "Lookup Giza", custom_woo_code="EGGZ", lft=0, rgt=0)
		write("Territory", "Lookup Cairo", lft=0, rgt=0)
		found = {territory.name: territory for territory in read_territories()}
		self.assertEqual(found["Lookup Giza"].code, "EGGZ")
		self.assertEqual((found["Lookup Cairo"].code, found["Lookup Cairo"].labels), ("", ()))
		self.assertEqual(list(found), sorted(found))


class TestQueries(LookupsTestCase):
	def test_their_number_is_the_same_for_every_page(self):
		counts = set()
		for asked in (LookupKeys(), keys_of(1), keys_of(10), keys_of(100), keys_of(2000)):
			with captured_queries() as queries:
				read_lookups(SHOP, asked)
			counts.add(len(queries))
		self.assertEqual(len(counts), 1, counts)
		self.assertLessEqual(counts.pop(), 15)


class TestIndexesAreUsed(FrappeTestCase):
	"""With 50,000 customers, contacts, items and orders each access takes an index."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		cls.addClassCleanup(many_rows.delete_many_rows)
		many_rows.insert_many_rows()

	def setUp(self):
		super().setUp()
		self.addCleanup(frappe.db.rollback)
		write_store(many_rows.STORE)

	def explained(self, asked: LookupKeys) -> list:
		with captured_queries() as queries:
			lookups = read_lookups(many_rows.STORE, asked)
		count = len(asked.order_ids)
		found = (lookups.orders, lookups.customers, lookups.items_by_product)
		self.assertEqual([len(rows) for rows in found], [count] * 3)
		return [
			step
			for query, values in queries
			for step in frappe.db.sql(f"EXPLAIN {query}", values, as_dict=True)
		]

	def assert_indexed(self, steps: list, most_rows: int):
		for step in steps:
			if not step.table or step.table.startswith("<"):
				continue  # a derived table, which has the page's keys or what they found
			self.assertIn(step.type, ("const", "eq_ref", "ref", "range"), step)
			self.assertTrue(step.key or step.type == "const", step)
			# Nearly all customers have no main record, and MariaDB guesses as if each key stood for as many.
			if step.key != "woo_main_customer_index":
				self.assertLessEqual(int(step.rows), most_rows, step)

	def test_for_one_order(self):
		self.assert_indexed(self.explained(keys_of(1, 20_000)), 10)

	def test_for_a_page_of_a_hundred_orders(self):
		steps = self.explained(keys_of(100, 20_000))
		self.assert_indexed(steps, 1000)
		used = {step.key for step in steps}
		self.assertLessEqual(
			{
				"idx_customer_email",
				"idx_woo_customer_mobile",
				"idx_woo_customer_account",
				"idx_woo_contact_email",
				"idx_woo_contact_phone",
				"idx_woo_item_link_sku",
				"idx_woo_item_link_item",
				"item_code",
			},
			used,
		)

	def test_for_many_more_keys_than_a_page_has(self):
		self.assert_indexed(self.explained(keys_of(500, 20_000)), 5000)
