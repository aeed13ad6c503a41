"""What an order becomes by its gateway and shipping method: the table *By gateway* of docs/use/changes.md, and what it doesn't say."""

from collections.abc import Callable
from decimal import Decimal
from unittest.mock import patch

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.payments import Payments
from jarz_woocommerce_integration.services.undo.undo import undo
from jarz_woocommerce_integration.tests.changes.ordered_case import OrderedShopTestCase
from jarz_woocommerce_integration.tests.changes.test_changes_in_the_shop import (
	CHANGES,
	ChangesTestCase,
	table,
	tests_of,
)
from jarz_woocommerce_integration.tests.changes.test_table_of_sales_orders import OrderWords
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import STORE
from jarz_woocommerce_integration.tests.support.changing_orders import ShopOrder, books_digest
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import ensure_terms, plant
from jarz_woocommerce_integration.translation.drafts import Action, DeliveryNotes
from jarz_woocommerce_integration.translation.orders.actions import ActionRow
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

HEADING = "By gateway"
PICKUP = {"id": 5, "method_id": "local_pickup", "method_title": "Pickup", "total": "0.00"}
ROWS = (
	ActionRow(status="processing", gateway="bacs", action=Action.SALES_ORDER),
	ActionRow(shipping_method="local_pickup", delivery_notes=DeliveryNotes.NONE),
)


def _by_transfer(shop: ShopOrder) -> None:
	shop.set(payment_method="bacs", payment_method_title="Bank transfer")
	shop.to("processing", paid=True)


def _by_card(shop: ShopOrder) -> None:
	shop.set(payment_method="stripe", payment_method_title="Card")
	shop.to("processing", paid=True)


COLUMNS: dict[str, Callable[[ShopOrder], None]] = {"by transfer": _by_transfer, "by card": _by_card}
OF_GATEWAYS: dict[str, Callable[[ShopOrder], None]] = {
	"the payment method to transfer": CHANGES["the payment method"],
	"the payment method to card": _by_card,
}


class GatewaysTestCase(OrderedShopTestCase):
	"""Orders that are processed are invoiced, but those by transfer become Sales Orders; what is picked up isn't delivered."""

	tables: dict = {}  # noqa: RUF012

	def setUp(self):
		super().setUp()
		statuses = {**self.translator.policy.statuses, "processing": Action.SUBMIT_AND_PAY}
		policy = self.policy.model_copy(update={"statuses": statuses, "actions": ROWS, **self.tables})
		self.translator = Translator(policy, TerritoryIndex([], {}), self.translator.time_zone)

	def order_by(self, step: Callable[[ShopOrder], None], **settings) -> ShopOrder:
		shop = self.new_order()
		step(shop)
		booked = self.book(shop, **settings)
		self.assertEqual(booked.what, "booked", booked.message)
		return shop


class TestChangesByGateway(OrderWords, ChangesTestCase, GatewaysTestCase):
	def stand(self, column: str) -> ShopOrder:
		return self.order_by(COLUMNS[column])

	def remember(self, shop: ShopOrder) -> None:
		super().remember(shop)
		self.ordered_before = self.sales_order_of(shop)

	def assert_billed(self, shop: ShopOrder) -> None:
		if self.sales_order_of(shop):
			super().assert_billed(shop)

	def happen(self, row: str, shop: ShopOrder) -> None:
		if row not in OF_GATEWAYS:
			return super().happen(row, shop)
		OF_GATEWAYS[row](shop)
		self.booked = self.book(shop)


class TestTheTable(GatewaysTestCase):
	def test_it_has_known_rows_and_columns_and_says_known_words(self):
		columns, rows = table(HEADING)
		self.assertEqual(columns[1:], list(COLUMNS))
		self.assertLessEqual({name for name, *_cells in rows}, {*CHANGES, *OF_GATEWAYS})
		for _name, *cells in rows:
			for word in ", ".join(cells).split(","):
				self.assertTrue(hasattr(OrderWords, word.strip().replace(" ", "_")), word)


class TestShippingMethods(GatewaysTestCase):
	delivery_notes = DeliveryNotes.SUBMITTED

	def ledger_that(self, **settings):
		return super().ledger_that(**{"historical": False, **settings})

	def completed(self, *shipping: dict) -> ShopOrder:
		shop = self.new_order()
		shop.set(shipping_lines=list(shipping))
		_by_transfer(shop)
		self.book(shop)
		self.invoice(shop)
		self.assertEqual(self.sales_order_of(shop).per_billed, 100)
		return shop

	def test_what_is_picked_up_gets_no_delivery_note(self):
		self.assertEqual(self.deliveries_of(self.completed(PICKUP)), [])
		(note,) = self.deliveries_of(self.completed({**PICKUP, "method_id": "flat_rate"}))
		self.assertEqual(note.docstatus, 1)

	def test_where_no_delivery_note_moves_the_goods_the_invoice_does(self):
		ledger = self.ledger_that
		self.ledger_that = lambda **others: ledger(update_stock=True, **others)
		self.assertEqual(self.invoice_of(self.completed(PICKUP)).update_stock, 1)
		self.assertEqual(self.invoice_of(self.completed()).update_stock, 0)


class TestNothingByHalf(GatewaysTestCase):
	def test_a_sales_order_that_is_paid_by_card_after_all_is_invoiced_wholly_or_not_at_all(self):
		shop = self.order_by(_by_transfer)
		digest = books_digest()
		_by_card(shop)
		for error, raised in ((frappe.ValidationError("No such account"), False), (KeyboardInterrupt, True)):
			with patch.object(Payments, "book_all", side_effect=error):
				if raised:
					self.assertRaises(KeyboardInterrupt, self.book, shop)
				else:
					self.assertEqual(self.book(shop).what, "held")
			self.assertEqual(books_digest(), digest)
		self.assertEqual(self.book(shop).what, "booked")
		self.assertEqual(self.sales_order_of(shop).per_billed, 100)


class TestPaymentTerms(GatewaysTestCase):
	"""Transfers are due in parts, 30 and 45 days after the order."""

	@classmethod
	def setUpClass(cls):
		super().setUpClass()
		terms = ensure_terms()
		gateways = cls.policy.gateways
		b2b = gateways["bacs"].model_copy(update={"payment_terms": terms})
		cls.tables = {"gateways": {**gateways, "bacs": b2b}}

	def assert_parts(self, document, amount: str = "57.00") -> None:
		self.assertEqual(document.payment_terms_template, "Woo Parts")
		self.assertEqual(
			[(str(row.due_date), Decimal(str(row.payment_amount))) for row in document.payment_schedule],
			[("2026-03-31", Decimal(amount)), ("2026-04-15", Decimal(amount))],
		)

	def assert_at_once(self, invoice) -> None:
		self.assertFalse(invoice.payment_terms_template)
		(row,) = invoice.payment_schedule
		self.assertEqual((str(row.due_date), str(invoice.due_date)), ("2026-03-01", "2026-03-01"))
		self.assertEqual(Decimal(str(row.payment_amount)), Decimal(str(invoice.grand_total)))

	def test_an_invoice_falls_due_by_the_terms_of_its_gateway_from_the_day_of_the_order(self):
		shop = self.new_order()
		shop.set(payment_method="bacs")
		shop.to("completed")
		self.book(shop)
		invoice = self.invoice_of(shop)
		self.assert_parts(invoice)
		self.assertEqual((str(invoice.posting_date), str(invoice.due_date)), ("2026-03-01", "2026-04-15"))
		self.assertEqual(Decimal(str(invoice.outstanding_amount)), shop.total)
		self.assertIsNone(self.payment_of(shop))
		entries = {"voucher_no": invoice.name, "party": invoice.customer}
		(due,) = frappe.get_all("GL Entry", entries, pluck="due_date")
		self.assertEqual(str(due), "2026-04-15")
		self.assert_sound()

	def test_it_stays_paid_when_it_is_paid(self):
		shop = self.new_order()
		shop.set(payment_method="bacs")
		shop.to("completed", paid=True)
		self.book(shop)
		self.assert_parts(self.invoice_of(shop))
		self.assertEqual(self.invoice_of(shop).outstanding_amount, 0)
		self.assertEqual(self.book(shop).what, "unchanged")

	def test_other_gateways_fall_due_at_once(self):
		self.assert_at_once(self.invoice_of(self.order_by(_by_card)))

	def test_a_sales_order_has_them_and_its_invoice_too(self):
		shop = self.order_by(_by_transfer)
		self.assert_parts(self.sales_order_of(shop))
		self.invoice(shop)
		self.assert_parts(self.invoice_of(shop))
		shop.sell("3", "150.00")
		self.book(shop)
		self.assert_parts(self.sales_order_of(shop), "85.50")
		self.assert_parts(self.invoice_of(shop), "85.50")

	def test_a_draft_follows_its_order_to_another_gateway_and_back(self):
		self.translator.policy.statuses["on-hold"] = Action.DRAFT
		shop = self.new_order()
		shop.set(payment_method="bacs")
		shop.to("on-hold")
		self.book(shop)
		self.assert_parts(self.invoice_of(shop))
		self.assertEqual(self.book(shop).what, "unchanged")
		shop.set(payment_method="cod")
		self.book(shop)
		self.assert_at_once(self.invoice_of(shop))
		shop.set(payment_method="bacs")
		shop.sell("3", "150.00")
		self.book(shop)
		self.assert_parts(self.invoice_of(shop), "85.50")
		self.assertEqual(self.book(shop).what, "unchanged")

	def test_a_draft_of_a_sales_order_follows_it_too(self):
		shop = self.new_order()
		shop.set(payment_method="bacs")
		shop.to("on-hold")
		self.book(shop)
		self.assert_parts(self.sales_order_of(shop))
		shop.set(payment_method="cod")
		self.book(shop)
		order = self.sales_order_of(shop)
		self.assertFalse(order.payment_terms_template)
		self.assertEqual([str(row.due_date) for row in order.payment_schedule], ["2026-03-01"])
		self.assertEqual(self.book(shop).what, "unchanged")

	def test_an_undo_takes_all_of_it_back_though_the_invoice_was_mailed(self):
		self.run_id = self.ledger_that().open_run({}, WHEN).run_id
		shop = self.order_by(_by_transfer)
		self.invoice(shop)
		invoice = self.invoice_of(shop).name
		row = {"sales_invoice": invoice, "woo_order_id": shop.order_id, "store": STORE, "state": "Sent"}
		plant({"doctype": "WooCommerce Invoice Mail", "once_key": f"{STORE}:{shop.order_id}", **row})
		self.addCleanup(frappe.db.delete, "WooCommerce Invoice Mail")
		frappe.db.set_value("WooCommerce Sync Run", self.run_id, "status", "Completed")
		frappe.db.commit()
		done = undo(self.run_id)
		self.assertEqual((done["kept"], done["undone"]), (0, 1), done["kept_documents"])
		for doctype in ("Sales Order", "Sales Invoice", "Payment Entry", "Payment Schedule"):
			self.assertEqual(frappe.db.count(doctype), 0, doctype)

	def test_a_refund_is_credited_at_once(self):
		shop = self.new_order()
		shop.set(payment_method="bacs")
		shop.to("completed")
		self.book(shop)
		shop.refund(71, 1, "10.00")
		self.book(shop)
		(note,) = self.notes_of(shop)
		note = frappe.get_doc("Sales Invoice", note.name)
		self.assertEqual((note.payment_terms_template or "", note.payment_schedule), ("", []))
		self.assert_outstanding(shop)


tests_of(TestChangesByGateway, HEADING)
