"""A real shop's orders on a site (shop11): every one with refunds and a sample of the others, against the shop's truth.

It books as a real shop does: to an income account of its own, each tax rate to its own account, in two currencies, and its
products become items.
"""

import json
from collections import Counter, defaultdict
from decimal import Decimal

import frappe
from frappe.tests.utils import FrappeTestCase

from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.services.dry_run.dry_run import dry_run
from jarz_woocommerce_integration.services.preflight.bulk import last_rehearsal
from jarz_woocommerce_integration.services.session.migration import migrate, open_session
from jarz_woocommerce_integration.services.session.session import book_settings_of
from jarz_woocommerce_integration.tests.real_shop.store_of_its_own_accounts import (
	booked_in_bulk,
	make_real_store,
	remove_accounts_of_its_own,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.captured_store import CapturedStore, captured
from jarz_woocommerce_integration.tests.support.site import ensure_company, sized
from jarz_woocommerce_integration.translation.drafts import OrderState

SHOP = "shop11"
STORE = "Real Shop"
BOOKED = ("completed", "processing", "refunded", "shipped")


def chosen_orders(every: int, with_refunds: int | None = None) -> list[dict]:
	"""Orders with refunds, every so many-th of the others, and all whose totals don't follow from their lines.

	:param with_refunds: how many of those with refunds, all where it isn't given
	"""
	orders, truth = captured(SHOP, "orders"), captured(SHOP, "truth")["orders"]
	refunded = [order for order in orders if order["refunds"]][:with_refunds]
	others = [order for order in orders if not order["refunds"]][::every]
	odd = [order for order in orders if Decimal(truth[str(order["id"])]["total_off_by"])]
	return list({order["id"]: order for order in refunded + others + odd}.values())


def of(amount) -> Decimal:
	return Decimal(str(amount or 0)).quantize(Decimal("0.01"))


class RealShop(FrappeTestCase):
	"""A migration, once for each class.

	:cvar every, with_refunds: which orders (`chosen_orders`); :cvar in_bulk: as rows where that is proven
	"""

	every = 25
	with_refunds: int | None = None
	in_bulk = True

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		orders = chosen_orders(cls.every, cls.with_refunds)
		cls.orders = {order["id"]: order for order in orders}
		cls.truth = {int(key): order for key, order in captured(SHOP, "truth")["orders"].items()}
		url = cls.enterClassContext(CapturedStore(orders, captured(SHOP, "refunds")).serve())
		company = ensure_company()
		wipe_books()
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", int(cls.in_bulk))
		cls.store = make_real_store(STORE, url, company)
		cls.prepare()
		with open_session(STORE) as session:
			cls.ended = migrate(session, session.scope())
		frappe.db.rollback()
		with ERPNextLedger(book_settings_of(cls.store)) as ledger:
			cls.rows = {row.order_id: row for row in ledger.booked_orders()}

	@classmethod
	def prepare(cls):
		"""Before the migration."""

	@classmethod
	def tearDownClass(cls):
		frappe.db.rollback()
		wipe_books()
		frappe.delete_doc("WooCommerce Store", STORE, force=True)
		remove_accounts_of_its_own()
		frappe.db.set_single_value("WooCommerce Settings", "bulk_booking", 1)
		frappe.db.commit()
		super().tearDownClass()

	def report(self) -> dict:
		"""What the run says of its bulk booking."""
		return json.loads(frappe.db.get_value("WooCommerce Sync Run", self.ended.run.run_id, "bulk_report"))

	def booked_in_bulk(self) -> tuple[int, int]:
		""":return: how many orders are booked, and how many of them as rows"""
		return booked_in_bulk(STORE, self.ended.run.run_id)

	def consistent(self) -> dict[int, dict]:
		"""The orders whose status is booked and submitted, and whose totals follow from their lines."""
		return {
			order_id: self.truth[order_id]
			for order_id, order in self.orders.items()
			if order["status"] in BOOKED and not Decimal(self.truth[order_id]["total_off_by"])
		}

	def assert_nothing_is_held_but_totals_that_do_not_follow(self):
		listed = {i for i, row in self.rows.items() if row.state in (OrderState.HELD, OrderState.FAILED)}
		told = {i: (self.rows[i].reason, self.rows[i].message) for i in listed}
		odd = {i for i in self.orders if Decimal(self.truth[i]["total_off_by"])}
		self.assertEqual({i: told[i] for i in listed - odd}, {})
		self.assertTrue(listed)
		for order_id in odd - listed:
			row = self.rows[order_id]
			if row.state is OrderState.SYNCED:
				self.assertEqual((row.reason, row.invoice_total), ("rounded", row.order_total))

	def assert_invoices_are_exact(self):
		invoices = {
			int(row.woo_order_id): row
			for row in frappe.get_all(
				"Sales Invoice",
				{"woo_store": STORE, "docstatus": 1, "return_against": ("is", "not set")},
				["name", "woo_order_id", "currency", "grand_total"],
			)
		}
		expected = self.consistent()
		self.assertGreater(len(expected), 100 if self.with_refunds is None else 15)
		self.assertLessEqual(set(expected), set(invoices))
		for order_id, truth in expected.items():
			found = invoices[order_id].currency, of(invoices[order_id].grand_total)
			self.assertEqual(found, (truth["currency"], max(Decimal(truth["total"]), 0)), order_id)

	def assert_refunds_are_exact(self):
		notes = defaultdict(list)
		for row in frappe.get_all(
			"Sales Invoice",
			{"woo_store": STORE, "docstatus": 1, "return_against": ("is", "set")},
			["woo_order_id", "grand_total"],
		):
			notes[int(row.woo_order_id)].append(-of(row.grand_total))
		refunds = 0
		for order_id, truth in self.consistent().items():
			expected = sorted(Decimal(refund["amount"]) for refund in truth["refunds"])
			# What an order below zero owes its customer is credited, too.
			owed = [-Decimal(truth["total"])] if Decimal(truth["total"]) < 0 else []
			self.assertEqual(sorted(notes[order_id]), [*expected, *owed], order_id)
			refunds += len(expected)
		self.assertGreater(refunds, 200 if self.with_refunds is None else 10)

	def assert_every_voucher_is_balanced(self):
		sums = defaultdict(Decimal)
		for row in frappe.db.sql(
			"SELECT voucher_no, debit, credit FROM `tabGL Entry` WHERE is_cancelled = 0", as_dict=True
		):
			sums[row.voucher_no] += of(row.debit) - of(row.credit)
		self.assertTrue(sums)
		self.assertEqual({voucher: left for voucher, left in sums.items() if left}, {})

	def assert_what_was_given_back_wholly_leaves_zero_on_every_account(self):
		"""In the currency of the order; the entries of a payment are those that name its invoices."""
		order_of = dict(
			frappe.db.sql("SELECT name, woo_order_id FROM `tabSales Invoice` WHERE woo_store = %s", STORE)
			+ frappe.db.sql("SELECT name, woo_order_id FROM `tabPayment Entry` WHERE woo_store = %s", STORE)
		)
		left = defaultdict(lambda: defaultdict(Decimal))
		for row in frappe.db.sql(
			"SELECT voucher_no, account, debit, credit FROM `tabGL Entry` WHERE is_cancelled = 0",
			as_dict=True,
		):
			left[int(order_of[row.voucher_no])][row.account] += of(row.debit) - of(row.credit)
		wholly = [
			order_id
			for order_id, truth in self.consistent().items()
			if Decimal(truth["refunded"]) and not Decimal(truth["net"])
		]
		self.assertGreater(len(wholly), 50 if self.with_refunds is None else 2)
		for order_id in wholly:
			standing = {account: moved for account, moved in left[order_id].items() if moved}
			if self.rows[order_id].reason == "repayment_unknown":
				# Nothing says how it was paid back: then it is the customer's, and what the gateway took stays there.
				standing = {account: moved for account, moved in standing.items() if _is_of_goods(account)}
			self.assertEqual(standing, {}, order_id)

	def assert_sums_of_the_ledger_are_the_shops(self):
		"""Sales, taxes, shipping and fees of the general ledger: what was sold less what was given back."""
		expected = defaultdict(Decimal)
		for order_id, row in self.rows.items():
			if row.state is OrderState.SYNCED and row.invoice_status == "Submitted":
				truth = self.truth[order_id]
				expected[row.currency] += Decimal(truth["total"]) - Decimal(truth["refunded"])
		booked = defaultdict(Decimal)
		for row in frappe.get_all(
			"Sales Invoice", {"woo_store": STORE, "docstatus": 1}, ["currency", "grand_total"]
		):
			booked[row.currency] += of(row.grand_total)
		self.assertEqual(booked, expected)


def _is_of_goods(account: str) -> bool:
	return frappe.get_cached_value("Account", account, "root_type") == "Income" or (
		frappe.get_cached_value("Account", account, "account_type") == "Tax"
	)


class TestRealShopInBulk(RealShop):
	"""Many orders with refunds, and some others. All of them are `test_whole_real_shop`'s, which asks no shop for them."""

	every = sized(100, 25)
	with_refunds = sized(40, None)

	def test_nothing_is_held_but_totals_that_do_not_follow_from_their_lines(self):
		self.assert_nothing_is_held_but_totals_that_do_not_follow()

	def test_every_consistent_order_has_its_invoice_of_its_total(self):
		self.assert_invoices_are_exact()

	def test_every_refund_is_a_credit_note_of_its_amount(self):
		self.assert_refunds_are_exact()

	def test_every_voucher_is_balanced(self):
		self.assert_every_voucher_is_balanced()

	def test_what_was_given_back_wholly_leaves_zero_on_every_account(self):
		self.assert_what_was_given_back_wholly_leaves_zero_on_every_account()

	def test_the_sums_of_the_ledger_are_the_shops_own(self):
		self.assert_sums_of_the_ledger_are_the_shops()

	def test_nearly_all_that_is_booked_is_booked_in_bulk(self):
		if not self.in_bulk:
			return
		booked, in_bulk = self.booked_in_bulk()
		self.assertGreaterEqual(in_bulk, booked * 0.98, self.report())


class TestWhatPreflightSays(RealShop):
	"""What a rehearsal says beforehand is what the run does; two of the shop's products have stock."""

	every = 40
	with_refunds = 15

	@classmethod
	def prepare(cls):
		sold = Counter(
			line["sku"] for order in cls.orders.values() for line in order["line_items"] if line["sku"]
		)
		cls.of_stock = [sku for sku, _times in sold.most_common()[-2:]]
		for sku in cls.of_stock:
			item = {"item_code": sku, "item_group": "Products", "stock_uom": "Nos", "is_stock_item": 1}
			frappe.get_doc({"doctype": "Item", **item}).insert()
		frappe.db.commit()
		dry_run(STORE)

	def test_the_number_of_orders_through_documents_is_the_runs(self):
		said = last_rehearsal(STORE)
		booked, in_bulk = self.booked_in_bulk()
		self.assertEqual((said.booked, said.left.total()), (booked, booked - in_bulk))
		self.assertTrue(said.left)
		self.assertEqual(dict(said.left), self.report()["orders"])


class TestRealShopThroughDocuments(TestRealShopInBulk):
	every = 200
	with_refunds = 12
	in_bulk = False
