"""The proof on a real site: some hundred orders of the sample shop and the captured orders of real ones, in the books."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import frappe

import jarz_woocommerce_integration
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.ledger import ERPNextLedger
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.services.migration.engine import Migration, Scope
from jarz_woocommerce_integration.services.migration.store_facts import store_statuses
from jarz_woocommerce_integration.services.migration.verification import Verification
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import ERPNextLedgerTestCase, book_settings
from jarz_woocommerce_integration.tests.proof.proof_case import (
	books_digest,
	ensure_accounts,
	items_and_fees_together,
	outstanding,
	policy_with_accounts,
	revenue_by_order,
	told_by_the_shop,
	unbalanced_vouchers,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.site import sized
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

CAPTURES = (
	Path(jarz_woocommerce_integration.__file__).parents[1]
	/ "tests/translation/fixtures/captured_shop.json.gz"
)
# Enough for each kind of order of the sample shop; more of them are the rehearsal's, which takes them in seconds.
ORDERS = sized(120, 300)
# Of the captured orders without a refund every so many-th.
EVERY = sized(8, 3)


def translator() -> Translator:
	return Translator(policy_with_accounts(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))


def book_all(url: str, page_size: int = 100) -> Verification:
	"""The migration of a sample store into the books of the test's store."""
	with (
		StoreClient(url, Credentials("ck_sample", "cs_sample")) as client,
		ERPNextLedger(book_settings()) as ledger,
	):
		scope = Scope(statuses=store_statuses(client), page_size=page_size)
		return Migration(client, ledger, translator(), scope).run()


class ProofTestCase(ERPNextLedgerTestCase):
	"""The books are filled once; each test looks at them from another side."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		ensure_accounts()
		wipe_books()
		cls.fill()

	def setUp(self):
		frappe.db.rollback()

	def assert_each_invoice_is_its_order(self, totals: dict[int, Decimal], rows: dict) -> None:
		"""What an order below zero owes is on a credit note beside its invoice of nothing."""
		for order_id, row in rows.items():
			if row.state is OrderState.SYNCED:
				owed = max(-totals[order_id], Decimal(0)) if row.invoice_total >= 0 else Decimal(0)
				self.assertEqual(row.invoice_total, totals[order_id] + owed, row)
				self.assertEqual(row.order_total, totals[order_id], row)
				if row.invoice_status == "Submitted":
					self.assertEqual(row.credited_total, row.refunded_total + owed, row)


class TestSampleShop(ProofTestCase):
	@classmethod
	def fill(cls):
		cls.shop = SampleShop(seed=1, orders=ORDERS)
		cls.store = SampleStore(cls.shop)
		cls.verification = cls.migrate()
		cls.digest = books_digest()
		with ERPNextLedger(book_settings()) as ledger:
			cls.rows = {row.order_id: row for row in ledger.booked_orders()}
		cls.bodies = {order_id: cls.shop.body(order_id) for order_id in cls.shop.order_ids()}

	@classmethod
	def migrate(cls):
		with cls.store.serve() as url:
			return book_all(url)

	def booked(self) -> dict[int, dict]:
		"""The shop's orders that stand in the general ledger."""
		return {
			order_id: self.bodies[order_id]
			for order_id, row in self.rows.items()
			if row.state is OrderState.SYNCED and row.invoice_status == "Submitted"
		}

	def test_it_is_proven(self):
		self.assertEqual([d for d in self.verification.differences if not d.explained], [])
		self.assertEqual(self.verification.store_orders, ORDERS)
		self.assertEqual(len(self.rows), ORDERS)
		self.assertGreater(len(self.booked()), ORDERS // 2)

	def test_what_is_held_is_what_cannot_be_booked(self):
		for order_id, row in self.rows.items():
			if row.state in (OrderState.HELD, OrderState.FAILED):
				self.assertIn(
					row.reason, ("total_differs", "paid_otherwise", "unknown_status", "no_exchange_rate"), row
				)
				self.assertTrue(row.message and row.what_to_do, row)
			if not self.shop.is_consistent(order_id):
				self.assertNotEqual(row.state, OrderState.SYNCED)

	def test_each_invoice_is_its_order(self):
		totals = {order_id: Decimal(body["total"]) for order_id, body in self.bodies.items()}
		self.assert_each_invoice_is_its_order(totals, self.rows)

	def test_each_voucher_is_balanced(self):
		self.assertEqual(unbalanced_vouchers(), [])

	def test_what_is_outstanding_is_what_the_shop_says_is_unpaid(self):
		found = outstanding()
		for order_id, body in self.booked().items():
			paid = body["date_paid_gmt"] or (body["payment_method"] == "cod" and body["date_completed_gmt"])
			if body["payment_method"] == "cod":
				paid = body["date_completed_gmt"]
			total = Decimal(body["total"])
			refunded = sum(Decimal(refund["total"]) for refund in body["refunds"])
			unpaid = total if total < 0 else Decimal(0) if paid else total + refunded
			self.assertEqual(found[order_id], unpaid, body)

	def test_revenue_tax_and_shipping_are_the_shops_own_sums(self):
		found = revenue_by_order()
		compared = 0
		for order_id, body in self.booked().items():
			refunds = self.shop.refunds(order_id)
			net = Decimal(body["total"]) - sum(Decimal(refund["amount"]) for refund in refunds)
			accounts = items_and_fees_together(found.get(order_id, {}))
			self.assertEqual(sum(accounts.values()), net, body)
			if told := told_by_the_shop(body, refunds):
				accounts.pop("Round Off - JT", None)
				self.assertEqual(accounts, told, body)
				compared += 1
		self.assertGreater(compared, ORDERS // 2)

	def test_a_second_run_changes_nothing(self):
		self.assertTrue(self.migrate().proven)
		self.assertEqual(books_digest(), self.digest)


class TestCapturedOrders(ProofTestCase):
	@classmethod
	def fill(cls):
		body = json.loads(gzip.decompress(CAPTURES.read_bytes()), parse_float=Decimal)
		refunds: dict[int, list[Refund]] = {}
		for refund in body["refunds"]:
			refunds.setdefault(refund["parent_id"], []).append(parse(Refund, refund))
		orders = {order["id"]: parse(Order, order) for order in body["orders"]}
		# Some refunds weren't captured; their orders can't be booked from here. Of those without any every so many-th will do.
		plain = [order for order in orders.values() if not order.refunds][::EVERY]
		refunded = [
			order
			for order in orders.values()
			if order.refunds
			and {refund.id for refund in order.refunds} <= {refund.id for refund in refunds.get(order.id, ())}
		]
		cls.orders = sorted((*plain, *refunded), key=lambda order: order.id)
		translate = translator()
		with ERPNextLedger(book_settings()) as ledger:
			run = ledger.open_run({"captures": True}, before=cls.orders[0].date_created_gmt)
			for number, start in enumerate(range(0, len(cls.orders), 100), 1):
				prepared = translate.prepare(cls.orders[start : start + 100])
				outcomes = translate.translate(prepared, refunds, ledger.lookups(translate.keys(prepared)))
				ledger.create_masters(outcomes)
				ledger.book_page(PageRecord(run.run_id, number, translate.policy_hash), outcomes)
			cls.rows = {row.order_id: row for row in ledger.booked_orders()}

	def test_each_invoice_is_its_order(self):
		self.assert_each_invoice_is_its_order({order.id: order.total for order in self.orders}, self.rows)
		booked = sum(row.state is OrderState.SYNCED for row in self.rows.values())
		self.assertGreater(booked, len(self.orders) // 2)

	def test_the_site_refuses_none_of_them(self):
		known = {
			"total_differs",
			"paid_otherwise",
			"unknown_status",
			"tax_not_itemised",
			"no_exchange_rate",
			"refund_incomplete",
		}
		refused = [
			(row.order_id, row.reason, row.message)
			for row in self.rows.values()
			if row.state in (OrderState.HELD, OrderState.FAILED) and row.reason not in known
		]
		self.assertEqual(refused, [])

	def test_each_voucher_is_balanced(self):
		self.assertEqual(unbalanced_vouchers(), [])
