"""Orders that are paid by several means: gift cards and store credit beside the gateway, deposits, refunds into credit."""

from dataclasses import replace
from decimal import Decimal

import frappe

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.proof.proof_case import policy_with_accounts
from jarz_woocommerce_integration.tests.support.changing_orders import ChangingOrdersTestCase, ShopOrder
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.translation.drafts import Finding, OrderDraft, OrderState
from jarz_woocommerce_integration.translation.policy import Gateway, Repaid

CREDIT = "Shop Gift Cards - JT"
CARD = {"id": 7, "code": "AAAA-BBBB", "amount": "30.00"}


def ensure_credit_account() -> None:
	if frappe.db.exists("Account", CREDIT):
		return
	parent = frappe.db.get_value(
		"Account",
		{"company": "Jarz Test", "root_type": "Liability", "is_group": 1, "parent_account": ("!=", "")},
	)
	account = {"doctype": "Account", "account_name": "Shop Gift Cards", "parent_account": parent}
	frappe.get_doc({**account, "company": "Jarz Test", "account_currency": "EGP"}).insert()
	frappe.db.commit()


class TestSeveralPayments(ChangingOrdersTestCase):
	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		ensure_credit_account()
		gateway = Gateway(mode_of_payment="Cash", account="Cash - JT", repaid=Repaid.AS_PAID)
		policy = policy_with_accounts(gateways={"stripe": gateway})
		accounts = policy.accounts.model_copy(update={"store_credit": CREDIT})
		cls.policy = policy.model_copy(update={"accounts": accounts})

	def payments(self, shop: ShopOrder, docstatus: int = 1) -> list[tuple]:
		"""(key, account, amount) of the payments that stand."""
		filters = {"woo_order_id": shop.order_id, "woo_refund_id": 0, "docstatus": docstatus}
		rows = frappe.get_all("Payment Entry", filters, ["woo_payment_key", "paid_to", "woo_amount"])
		return sorted((row.woo_payment_key or "", row.paid_to, row.woo_amount) for row in rows)

	def outstanding(self, shop: ShopOrder) -> float:
		return self.invoice_of(shop).outstanding_amount

	def with_card(self, paid: bool = True) -> ShopOrder:
		shop = self.new_order()
		shop.set(payment_method="stripe", total="84.00", gift_cards=[CARD])
		shop.to("processing", paid=paid)
		return shop

	def assert_exact(self, shop: ShopOrder) -> None:
		row = self.row_of(shop)
		self.assertEqual((row.state, row.changed, row.invoice_total), (OrderState.SYNCED, "", row.sold_total))
		self.assert_sound()

	# --- gift cards ---

	def test_a_gift_card_is_a_payment_from_its_liability_beside_the_gateways(self):
		shop = self.with_card()
		self.book(shop)
		self.assertEqual(self.invoice_of(shop).grand_total, 114.0)
		self.assertEqual(
			self.payments(shop), [("", "Cash - JT", 84.0), ("gift_card:AAAA-BBBB", CREDIT, 30.0)]
		)
		self.assertEqual(self.outstanding(shop), 0.0)
		self.assert_exact(shop)
		self.assertEqual(self.row_of(shop).paid_total, Decimal("114.00"))

	def test_booked_again_nothing_is_paid_twice(self):
		shop = self.with_card()
		for _time in range(2):
			self.book(shop)
		self.assertEqual(len(self.payments(shop)), 2)

	def test_the_gateways_payment_comes_later_than_the_cards(self):
		shop = self.with_card(paid=False)
		self.book(shop)
		self.assertEqual((len(self.payments(shop)), self.outstanding(shop)), (1, 84.0))
		shop.to("completed", paid=True)
		self.book(shop)
		self.assertEqual((len(self.payments(shop)), self.outstanding(shop)), (2, 0.0))
		self.assert_exact(shop)

	def test_both_payments_come_along_to_the_invoice_that_follows(self):
		shop = self.with_card()
		self.book(shop)
		before = self.invoice_of(shop).name
		shop.sell("4", "100.00")
		shop.set(total="84.00")
		self.book(shop)
		self.assertNotEqual(self.invoice_of(shop).name, before)
		self.assertEqual((len(self.payments(shop)), self.outstanding(shop)), (2, 0.0))
		self.assert_exact(shop)

	def test_an_order_that_costs_more_and_was_paid_more_by_its_gateway(self):
		shop = self.with_card()
		self.book(shop)
		shop.sell("3", "150.00")
		shop.set(total="141.00")
		self.book(shop)
		self.assertEqual(
			self.payments(shop), [("", "Cash - JT", 141.0), ("gift_card:AAAA-BBBB", CREDIT, 30.0)]
		)
		self.assertEqual(self.outstanding(shop), 0.0)
		self.assert_exact(shop)

	def test_a_cancelled_order_leaves_nothing_on_the_liability(self):
		shop = self.with_card()
		self.book(shop)
		shop.to("cancelled")
		self.book(shop)
		self.assertEqual((self.payments(shop), len(self.payments(shop, docstatus=2))), ([], 2))
		self.assertEqual(self.balance(CREDIT), 0)
		shop.to("processing", paid=True)
		self.book(shop)
		self.assertEqual(len(self.payments(shop)), 2)
		self.assert_exact(shop)

	def test_a_card_that_is_sold_is_owed(self):
		before = self.balance(CREDIT)
		shop = self.new_order()
		shop.set(payment_method="stripe")
		shop.body["line_items"][0]["meta_data"] = [{"id": 5, "key": "_ywgc_amount", "value": "114"}]
		shop.to("processing", paid=True)
		self.book(shop)
		self.assertEqual(self.balance(CREDIT) - before, Decimal(-100))
		self.assert_exact(shop)

	# --- refunds ---

	def test_a_refund_into_store_credit_goes_to_the_liability_and_leaves_no_bank(self):
		shop = self.paid()
		before, cash = self.balance(CREDIT), self.balance("Cash - JT")
		shop.refund(71, 1, "50.00")
		shop.refunds[71]["meta_data"] = [
			{"id": 1, "key": "acfw_refund_order_store_credit_entry_id", "value": "5"}
		]
		self.book(shop)
		self.assertEqual(self.balance(CREDIT) - before, Decimal(-57))
		self.assertEqual(self.balance("Cash - JT"), cash)
		self.assert_exact(shop)

	def test_a_refund_that_the_gateway_covers_in_part_is_repaid_in_that_part(self):
		shop = self.with_card()
		shop.refund(71, 2, "100.00")
		shop.refunds[71]["refunded_payment"] = True
		self.book(shop)
		(note,) = self.notes_of(shop)
		self.assertEqual(note.grand_total, -114.0)
		self.assertIn("84.00 is left", self.row_of(shop).message)
		repaid = frappe.get_all(
			"Payment Entry", {"woo_order_id": shop.order_id, "woo_refund_id": 71}, pluck="woo_amount"
		)
		self.assertEqual(repaid, [84.0])
		self.assert_exact(shop)

	# --- deposits ---

	def deposit_order(self) -> ShopOrder:
		shop = self.new_order()
		schedule = {"deposit": {"id": 801}, "unlimited": {"id": 802}}
		meta = {
			"_awcdp_deposits_order_has_deposit": "yes",
			"_awcdp_deposits_payment_schedule": schedule,
		}
		entries = [{"id": n, "key": key, "value": value} for n, (key, value) in enumerate(meta.items(), 1)]
		shop.set(payment_method="", meta_data=entries)
		shop.to("partially-paid", paid=True)
		return shop

	def made(self, shop: ShopOrder, payment_id: int, total: str, status: str = "completed") -> Order:
		body = {"id": payment_id, "parent_id": shop.order_id, "status": status, "total": total}
		fields = {"currency": "EGP", "total_tax": "0", "line_items": [], "payment_method": "stripe"}
		dates = {"date_created_gmt": "2026-03-01T10:00:00"}
		if status == "completed":
			dates["date_paid_gmt"] = f"2026-03-0{payment_id - 799}T11:00:00"
		return parse(Order, {**body, **fields, **dates})

	def test_what_is_owed_after_the_deposit_stays_outstanding_and_is_paid_later(self):
		shop = self.deposit_order()
		self.related = Related(
			payments={
				shop.order_id: [self.made(shop, 801, "40.00"), self.made(shop, 802, "74.00", "pending")]
			}
		)
		self.book(shop)
		self.assertEqual(
			(self.payments(shop), self.outstanding(shop)), ([("deposit:801", "Cash - JT", 40.0)], 74.0)
		)
		self.related.payments[shop.order_id][1] = self.made(shop, 802, "74.00")
		shop.to("processing", paid=True)
		self.book(shop)
		self.assertEqual((len(self.payments(shop)), self.outstanding(shop)), (2, 0.0))
		days = frappe.get_all(
			"Payment Entry", {"woo_order_id": shop.order_id}, pluck="posting_date", order_by="posting_date"
		)
		self.assertEqual([str(day) for day in days], ["2026-03-02", "2026-03-03"])
		self.assert_exact(shop)

	# --- sub-orders ---

	def test_a_refund_on_a_sub_order_is_a_credit_note_of_its_parent(self):
		shop = self.paid()
		shop.set(meta_data=[{"id": 1, "key": "has_sub_order", "value": "1"}])
		part = ShopOrder(900)
		part.set(parent_id=shop.order_id, created_via="dokan", payment_method="stripe")
		part.to("processing", paid=True)
		part.refund(71, 1, "50.00")
		sub, refunds = part.read()
		self.related = Related(sub_orders={shop.order_id: [sub]}, refunds={sub.id: refunds})
		self.book(shop)
		(note,) = self.notes_of(shop)
		self.assertEqual(note.grand_total, -57.0)
		row = self.row_of(shop)
		self.assertEqual((row.refunded_total, row.refunded_elsewhere), (0, Decimal("57.00")))
		self.book(part)
		self.assertEqual(self.row_of(part).state, OrderState.SKIPPED)
		self.assert_exact(shop)

	def balance(self, account: str) -> Decimal:
		rows = frappe.db.sql(
			"SELECT CAST(coalesce(sum(debit - credit), 0) AS CHAR) FROM `tabGL Entry` WHERE account = %s AND is_cancelled = 0",
			account,
		)
		return Decimal(rows[0][0])


class TestInBulk(ERPNextLedgerTestCase):
	def setUp(self):
		super().setUp()
		self.make = draft_factory()

	def book(self, drafts: dict[int, OrderDraft]) -> str:
		ledger = bulk_ledger(book_settings()).__enter__()
		self.addCleanup(ledger.__exit__)
		outcomes = [
			self.make.booked(number, draft, total=draft.invoice.total - draft.tendered_total)
			for number, draft in drafts.items()
		]
		run = ledger.open_run({}, WHEN)
		ledger.create_masters(outcomes)
		booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		self.assertEqual({order.what for order in booked}, {"booked"}, booked[0].message)
		return frappe.db.get_value("WooCommerce Sync Run", run.run_id, "bulk_booking")

	def card(self, amount: str, code: str):
		return replace(self.make.payment(amount), key=f"gift_card:{code}", gateway="gift_card")

	def test_orders_with_several_payments_go_through_documents(self):
		drafts = {
			number: self.make.draft(
				number,
				payments=[self.card("30.00", f"C{number}"), self.make.payment("84.00")],
				tendered_total=Decimal("30.00"),
			)
			for number in range(1, 5)
		}
		self.assertIn("several payments of one order", self.book(drafts))
		self.assertEqual(frappe.db.count("Payment Entry", {"docstatus": 1}), 8)

	def test_an_order_that_one_card_paid_wholly_is_rows_with_its_key(self):
		drafts = {
			number: self.make.draft(
				number, payments=[self.card("114.00", f"C{number}")], tendered_total=Decimal("114.00")
			)
			for number in range(1, 9)
		}
		told = self.book(drafts)
		self.assertIn("Booked in bulk", told)
		keys = frappe.get_all(
			"Payment Entry", {"docstatus": 1}, pluck="woo_payment_key", order_by="woo_order_id"
		)
		self.assertEqual(keys, [f"gift_card:C{number}" for number in range(1, 9)])
		paid = frappe.get_all("Sales Invoice", {"docstatus": 1}, pluck="outstanding_amount")
		self.assertEqual(set(paid), {0.0})

	def test_what_is_found_of_an_order_stands_in_the_map_though_it_was_rows(self):
		found = (Finding("repayment_unknown", "Nobody knows."),)
		told = self.book({number: self.make.draft(number, findings=found) for number in range(1, 9)})
		self.assertIn("Booked in bulk", told)
		self.assertEqual(frappe.db.count("WooCommerce Order Map", {"reason": "repayment_unknown"}), 8)
