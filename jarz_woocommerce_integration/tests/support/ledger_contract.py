"""The suite that every ledger passes.

Needs neither pytest nor frappe: a ledger's own tests mix `LedgerContract` into a TestCase and say how one is opened.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from jarz_woocommerce_integration.ledger.contract import (
	Booked,
	BookedOrder,
	BookedPage,
	Ledger,
	PageRecord,
	Run,
)
from jarz_woocommerce_integration.services.migration.verification import inexact
from jarz_woocommerce_integration.tests.support.draft_factory import ARABIC, POLICY, WHEN, DraftFactory
from jarz_woocommerce_integration.translation.drafts import (
	Cancel,
	ChargeKind,
	CustomerDraft,
	Decision,
	Failure,
	Finding,
	Hold,
	OrderDraft,
	OrderFacts,
	OrderState,
	Outcome,
	Skip,
	Unchanged,
)
from jarz_woocommerce_integration.translation.lookups import LookupKeys


class BrokenOff(BaseException):
	"""Stands for the end of a process in the middle of a page."""


class BreakingDraft(OrderDraft):
	"""A draft that breaks when its coupons are looked at, which is while its page is being written.

	:ivar armed: what is raised then
	"""

	armed: type[BaseException] | None = None

	def __getattribute__(self, name: str):
		if name == "coupons" and BreakingDraft.armed:
			raise BreakingDraft.armed
		return super().__getattribute__(name)


def breaking(outcome: Outcome) -> Outcome:
	draft = outcome.translation
	values = (getattr(draft, field.name) for field in fields(draft))
	return Outcome(outcome.order, BreakingDraft(*values))


class LedgerContract:
	"""Mix it into a TestCase, and override `make_ledger` (and `make_factory` where accounts have other names)."""

	races_in_threads = True

	def make_ledger(self) -> Ledger:
		"""An empty ledger, open; its clean-up is registered with `addCleanup`."""
		raise NotImplementedError

	def make_factory(self) -> DraftFactory:
		return DraftFactory()

	def count_queries(self, call: Callable[[], object]) -> int | None:
		"""How many queries `call` makes, None where that can't be counted."""
		return None

	def shown_name(self, text: str) -> str:
		"""How the ledger keeps a name; a site allows no HTML in it."""
		return text

	def shown_text(self, text: str) -> str:
		"""How the ledger keeps a text; a site keeps no scripts in it."""
		return text

	def setUp(self):
		super().setUp()
		self.ledger = self.make_ledger()
		self.make = self.make_factory()
		self.run_at_hand = self.open_run()
		self.pages = 0

	# --- ways of saying it ---

	def open_run(self, before: datetime = WHEN, **parameters) -> Run:
		return self.ledger.open_run(parameters or {"statuses": ["processing"]}, before)

	def book_page(self, outcomes: Sequence[Outcome], number: int | None = None) -> BookedPage:
		self.pages += 1
		record = PageRecord(self.run_at_hand.run_id, self.pages if number is None else number, POLICY)
		self.ledger.create_masters(list(outcomes))
		return self.ledger.book_page(record, outcomes)

	def book(self, *outcomes: Outcome) -> list[Booked]:
		return self.book_page(list(outcomes)).orders

	def row_of(self, order_id: int) -> BookedOrder:
		return self.ledger.find_orders([order_id])[order_id]

	def known(self, order_id: int):
		return self.ledger.lookups(LookupKeys(order_ids=frozenset([order_id]))).orders[order_id]

	def assert_booked(self, booked: Booked, what: str, state: OrderState = OrderState.SYNCED):
		self.assertEqual((booked.what, booked.state), (what, state), booked.message)

	# --- booking ---

	def test_an_order_is_booked_with_its_row(self):
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		(booked,) = self.book(self.make.booked(1, draft))
		self.assert_booked(booked, "booked")
		row = self.row_of(1)
		self.assertEqual(
			(row.invoice, row.invoice_status, row.customer, row.number, row.status),
			("WOO-1", "Submitted", "CUST-1", "1", "processing"),
		)
		self.assertEqual(
			(row.order_total, row.invoice_total, row.paid_total, row.credited_total),
			(Decimal("114.00"), Decimal("114.00"), Decimal("114.00"), Decimal(0)),
		)
		self.assertEqual(row.created_at, WHEN + timedelta(minutes=1))
		self.assertEqual(row.modified_at, WHEN + timedelta(minutes=1, seconds=7))

	def test_each_payment_of_an_order_is_booked_once(self):
		card = replace(self.make.payment("30.00"), key="gift_card:A", gateway="gift_card")
		draft = self.make.draft(
			1, payments=[card, self.make.payment("84.00")], tendered_total=Decimal("30.00")
		)
		facts = {"total": Decimal("84.00"), "tendered_total": Decimal("30.00")}
		for what in ("booked", "unchanged"):
			(booked,) = self.book(self.make.booked(1, draft, **facts))
			self.assert_booked(booked, what)
		row = self.row_of(1)
		self.assertEqual((row.invoice_total, row.paid_total), (Decimal("114.00"), Decimal("114.00")))
		self.assertEqual((row.order_total, row.sold_total), (Decimal("84.00"), Decimal("114.00")))

	def test_a_payment_that_comes_later_is_added(self):
		first = replace(self.make.payment("40.00"), key="deposit:8")
		second = replace(self.make.payment("74.00"), key="deposit:9")
		self.book(self.make.booked(1, self.make.draft(1, payments=[first])))
		self.assertEqual(self.row_of(1).paid_total, Decimal("40.00"))
		both = self.make.draft(1, payments=[first, second])
		(booked,) = self.book(self.make.booked(1, both, payload_hash="paid"))
		self.assert_booked(booked, "updated")
		self.assertEqual(self.row_of(1).paid_total, Decimal("114.00"))

	def test_a_cancelled_order_has_none_of_its_payments(self):
		card = replace(self.make.payment("30.00"), key="gift_card:A", gateway="gift_card")
		draft = self.make.draft(
			1, payments=[card, self.make.payment("84.00")], tendered_total=Decimal("30.00")
		)
		self.book(self.make.booked(1, draft, total=Decimal("84.00")))
		(booked,) = self.book(self.make.unbooked(1, Cancel("status_cancelled", "Cancelled.")))
		self.assert_booked(booked, "cancelled", OrderState.CANCELLED)
		self.assertEqual(self.row_of(1).paid_total, 0)

	def test_a_payment_that_the_order_lost_is_told(self):
		first = replace(self.make.payment("40.00"), key="deposit:8")
		self.book(self.make.booked(1, self.make.draft(1, payments=[first])))
		self.book(self.make.booked(1, self.make.draft(1), payload_hash="unpaid"))
		self.assertIn("no longer paid", self.row_of(1).changed)

	# --- money without a sale ---

	def test_an_advance_is_one_payment_and_no_invoice(self):
		for _time in range(2):
			(booked,) = self.book(self.make.unbooked(1, self.make.advance(1)))
			self.assert_booked(booked, "skipped", OrderState.SKIPPED)
		row = self.row_of(1)
		self.assertEqual((row.invoice, row.paid_total), ("", Decimal("114.00")))
		self.assertEqual((row.reason, row.message), ("status_cancelled", "Cancelled, and paid."))

	def test_an_advance_of_which_a_part_was_given_back_is_less(self):
		self.book(self.make.unbooked(1, self.make.advance(1)))
		self.book(self.make.unbooked(1, self.make.advance(1, "100.00"), payload_hash="refunded"))
		self.assertEqual(self.row_of(1).paid_total, Decimal("100.00"))

	def test_an_advance_goes_when_its_order_is_booked_with_its_payment(self):
		self.book(self.make.unbooked(1, self.make.advance(1)))
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		(booked,) = self.book(self.make.booked(1, draft, payload_hash="alive"))
		self.assert_booked(booked, "booked")
		self.assertEqual((self.row_of(1).paid_total, self.row_of(1).changed), (Decimal("114.00"), ""))

	def test_an_advance_goes_when_all_of_it_was_given_back(self):
		self.book(self.make.unbooked(1, self.make.advance(1)))
		skip = Skip("status_cancelled", "Cancelled.")
		self.book(self.make.unbooked(1, skip, payload_hash="refunded"))
		self.assertEqual(self.row_of(1).paid_total, 0)

	def test_a_booked_order_that_is_cancelled_and_stays_paid_becomes_an_advance(self):
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		self.book(self.make.booked(1, draft))
		(booked,) = self.book(self.make.unbooked(1, self.make.advance(1), payload_hash="cancelled"))
		self.assert_booked(booked, "cancelled", OrderState.CANCELLED)
		row = self.row_of(1)
		self.assertEqual((row.invoice_status, row.paid_total), ("Cancelled", Decimal("114.00")))

	# --- Sales Orders ---

	def test_an_order_that_becomes_a_sales_order_has_no_invoice_and_is_listed(self):
		self.book(self.make.booked(1, self.make.sales_order(1)))
		row = self.row_of(1)
		self.assertEqual((row.state, row.reason), (OrderState.SKIPPED, "sales_order"))
		self.assertEqual((row.invoice, row.paid_total, row.changed), ("", 0, ""))

	def test_it_is_invoiced_in_a_later_status(self):
		self.book(self.make.booked(1, self.make.sales_order(1)))
		draft = self.make.draft(1, payments=[self.make.payment("114.00")])
		(booked,) = self.book(self.make.booked(1, draft, payload_hash="completed"))
		self.assert_booked(booked, "booked")
		row = self.row_of(1)
		self.assertEqual((row.invoice_total, row.paid_total), (Decimal("114.00"), Decimal("114.00")))
		(booked,) = self.book(self.make.booked(1, self.make.sales_order(1), payload_hash="back"))
		self.assertEqual(booked.what, "changed")
		self.assertIn(row.invoice, self.row_of(1).changed)

	def test_a_draft_invoice_of_an_earlier_status_goes(self):
		draft = self.make.draft(1)
		draft.invoice.submit = False
		self.book(self.make.booked(1, draft))
		self.book(self.make.booked(1, self.make.sales_order(1), payload_hash="processing"))
		row = self.row_of(1)
		self.assertEqual((row.state, row.reason, row.changed), (OrderState.SKIPPED, "sales_order", ""))
		self.assertIn(row.invoice_status, ("", "Cancelled"))
		self.book(self.make.booked(1, self.make.draft(1), payload_hash="completed"))
		row = self.row_of(1)
		self.assertEqual((row.state, row.invoice_status), (OrderState.SYNCED, "Submitted"))

	def test_a_sales_order_that_isnt_the_order_to_the_cent_is_held(self):
		draft = self.make.sales_order(1)
		(booked,) = self.book(self.make.booked(1, draft, total=Decimal("114.01")))
		self.assertEqual((booked.what, booked.reason), ("held", "total_differs"))

	def test_what_was_received_before_the_invoice_may_be_an_advance(self):
		draft = self.make.sales_order(1, payments=[replace(self.make.payment("114.00"), key="advance")])
		for _time in range(2):
			self.book(self.make.booked(1, draft))
		self.assertEqual((self.row_of(1).invoice, self.row_of(1).paid_total), ("", Decimal("114.00")))
		paid = self.make.draft(1, payments=[self.make.payment("114.00")])
		self.book(self.make.booked(1, paid, payload_hash="completed"))
		self.assertEqual(self.row_of(1).paid_total, Decimal("114.00"))

	def test_two_payments_with_one_key_are_refused(self):
		twice = [self.make.payment("50.00"), self.make.payment("64.00")]
		(booked,) = self.book(self.make.booked(1, self.make.draft(1, payments=twice)))
		self.assertEqual((booked.what, booked.reason), ("held", "payment_twice"))

	def test_what_was_paid_by_credit_and_has_no_payment_is_refused(self):
		draft = self.make.draft(1, tendered_total=Decimal("30.00"))
		(booked,) = self.book(self.make.booked(1, draft, total=Decimal("84.00")))
		self.assertEqual((booked.what, booked.reason), ("held", "total_differs"))

	def test_what_is_found_of_an_order_is_listed_with_it_though_it_is_booked(self):
		found = (Finding("repayment_unknown", "Nobody knows."),)
		self.book(self.make.booked(1, self.make.draft(1, findings=found)))
		row = self.row_of(1)
		self.assertEqual(
			(row.state, row.reason, row.message), (OrderState.SYNCED, found[0].reason, "Nobody knows.")
		)
		self.assertEqual(row.changed, "")

	def test_what_the_map_keeps_of_an_order_beside_its_total(self):
		kept = {
			"refunded_elsewhere": Decimal("7.00"),
			"received_unbooked": Decimal("9.00"),
			"paid_at": WHEN,
			"parent_id": 12,
		}
		self.book(self.make.unbooked(1, Skip("status_pending", "Pending."), **kept))
		row = self.row_of(1)
		self.assertEqual({name: getattr(row, name) for name in kept}, kept)

	def test_booked_twice_stands_once(self):
		self.book(self.make.booked(1))
		(again,) = self.book(self.make.booked(1))
		self.assert_booked(again, "unchanged")
		self.assertEqual(len(list(self.ledger.booked_orders())), 1)
		self.assertEqual(self.row_of(1).changed, "")

	def test_twice_in_one_page_stands_once(self):
		first, second = self.book(self.make.booked(1), self.make.booked(1))
		self.assertEqual((first.what, second.what), ("booked", "unchanged"))

	def test_a_page_of_a_hundred_orders(self):
		outcomes = [self.make.booked(number) for number in range(1, 101)]
		booked = self.book(*outcomes)
		self.assertEqual([order.order_id for order in booked], list(range(1, 101)))
		self.assertEqual({order.what for order in booked}, {"booked"})
		self.assertEqual([order.order_id for order in self.ledger.booked_orders()], list(range(1, 101)))

	def test_orders_are_counted_by_when_they_were_made_and_by_their_status(self):
		self.book(*(self.make.booked(number) for number in (1, 2, 3)))
		rows = list(self.ledger.booked_orders())
		count, first = self.ledger.count_orders, rows[0].created_at
		later = sum(row.created_at > first for row in rows)
		self.assertEqual((count(None, None), count(first, None), count(None, first)), (len(rows), later, 0))
		self.assertEqual(count(None, None, (rows[0].status,)), len(rows))
		self.assertEqual(count(None, None, ("lost",)), 0)
		self.ledger.mark_deleted([1])
		self.assertEqual(count(None, None), len(rows) - 1)

	def test_an_empty_page_counts(self):
		self.assertEqual(self.book(), [])
		self.assertEqual(self.open_run().next_page, 2)

	def test_hold_skip_and_failure_are_listed(self):
		breakdown = (("Items", Decimal("99.99")), ("Order total", Decimal("114.00")))
		booked = self.book(
			self.make.unbooked(1, Hold("total_differs", "Differs by 14.01.", "Recalculate.", breakdown)),
			self.make.unbooked(2, Skip("status_pending", "Ignored.")),
			self.make.unbooked(3, Failure("It broke.")),
		)
		self.assertEqual([order.what for order in booked], ["held", "skipped", "failed"])
		held, skipped, failed = self.ledger.booked_orders()
		self.assertEqual((held.state, held.reason), (OrderState.HELD, "total_differs"))
		self.assertEqual((held.what_to_do, held.breakdown), ("Recalculate.", breakdown))
		self.assertEqual(held.order_total, Decimal("114.00"))
		self.assertIsNone(held.invoice_total)
		self.assertEqual((skipped.state, skipped.reason), (OrderState.SKIPPED, "status_pending"))
		self.assertEqual((failed.state, failed.message), (OrderState.FAILED, "It broke."))

	def test_a_held_order_is_booked_once_it_can_be(self):
		self.book(self.make.unbooked(1, Hold("unknown_item", "No item.", "Add it.")))
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "booked")
		row = self.row_of(1)
		self.assertEqual((row.reason, row.message, row.what_to_do), ("", "", ""))

	def test_a_refused_order_leaves_its_neighbours_alone(self):
		wrong = self.make.draft(2)
		wrong.invoice.total += Decimal("0.01")
		booked = self.book(self.make.booked(1), self.make.booked(2, wrong), self.make.booked(3))
		self.assertEqual([order.what for order in booked], ["booked", "held", "booked"])
		row = self.row_of(2)
		self.assertEqual((row.state, row.invoice, row.invoice_total), (OrderState.HELD, "", None))
		self.assertTrue(row.message)
		self.assertTrue(row.reason)

	def test_an_invoice_that_is_not_the_order_is_refused(self):
		(booked,) = self.book(self.make.booked(1, total=Decimal("114.01")))
		self.assert_booked(booked, "held", OrderState.HELD)
		self.assertIn("114.01", self.row_of(1).message)

	def test_a_page_that_broke_off_is_not_there_at_all(self):
		self.book(self.make.booked(1))
		outcomes = [self.make.booked(number) for number in range(2, 12)]
		outcomes[5] = breaking(outcomes[5])
		self.ledger.create_masters(outcomes)
		with patch.object(BreakingDraft, "armed", BrokenOff), self.assertRaises(BrokenOff):
			self.ledger.book_page(PageRecord(self.run_at_hand.run_id, 2, POLICY), outcomes)
		self.assertEqual([order.order_id for order in self.ledger.booked_orders()], [1])
		self.assertEqual(self.open_run().next_page, 2)
		booked = self.book(*outcomes)
		self.assertEqual({order.what for order in booked}, {"booked"})

	# --- amounts ---

	def test_negative_and_zero_totals(self):
		negative = self.make.draft(1)
		nothing = replace(self.make.row("0.00"), quantity=Decimal(-1))
		negative.invoice = self.make.invoice(1, [nothing], [self.make.charge("-15.00", ChargeKind.FEE)])
		zero = self.make.draft(2, net="0.00", tax="0")
		booked = self.book(self.make.booked(1, negative), self.make.booked(2, zero))
		self.assertEqual([order.what for order in booked], ["booked", "booked"])
		self.assertEqual(self.row_of(1).invoice_total, Decimal("-15.00"))
		self.assertEqual(self.row_of(2).invoice_total, Decimal(0))

	def test_goods_below_zero_are_sold_and_what_is_owed_is_credited_once(self):
		draft = self.make.below_zero(1)
		for what in ("booked", "unchanged"):
			(booked,) = self.book(self.make.booked(1, draft))
			self.assertEqual((booked.what, booked.reason), (what, ""))
		row = self.row_of(1)
		self.assertEqual((row.invoice_total, row.credited_total, row.paid_total), (0, 15, 0))
		self.assertEqual((row.sold_total, row.to_credit, row.owed_total), (0, 15, 15))
		self.assertIsNone(inexact(row))

	def test_two_currencies(self):
		self.book(self.make.booked(1), self.make.booked(2, self.make.draft(2, currency="USD")))
		self.assertEqual(
			[(row.currency, row.invoice_total) for row in self.ledger.booked_orders()],
			[(self.make.currency, Decimal("114.00")), ("USD", Decimal("114.00"))],
		)

	def test_rows_of_many_kinds_come_to_the_total(self):
		rows = [self.make.row("6.66", "2"), self.make.row("3.34", "1"), self.make.row("45.15", "1.5", item=1)]
		charges = [self.make.charge("7.71"), self.make.charge("-5.05", ChargeKind.DISCOUNT)]
		draft = self.make.draft(1, invoice=self.make.invoice(1, rows, charges))
		self.book(self.make.booked(1, draft))
		self.assertEqual(self.row_of(1).invoice_total, Decimal("57.81"))

	# --- orders that come again ---

	def test_a_draft_is_replaced_and_then_submitted(self):
		first = self.make.draft(1)
		first.invoice.submit = False
		(booked,) = self.book(self.make.booked(1, first))
		self.assert_booked(booked, "booked")
		self.assertEqual(self.row_of(1).invoice_status, "Draft")
		second = self.make.draft(1, net="200.00", tax="28.00")
		second.invoice.submit = False
		(booked,) = self.book(self.make.booked(1, second))
		self.assert_booked(booked, "updated")
		self.assertEqual(self.row_of(1).invoice_total, Decimal("228.00"))
		(booked,) = self.book(self.make.booked(1, second))
		self.assert_booked(booked, "unchanged")
		third = self.make.draft(1, net="200.00", tax="28.00", payments=[self.make.payment("228.00")])
		(booked,) = self.book(self.make.booked(1, third))
		self.assert_booked(booked, "updated")
		row = self.row_of(1)
		self.assertEqual((row.invoice_status, row.invoice), ("Submitted", "WOO-1"))
		self.assertEqual(row.paid_total, Decimal("228.00"))

	def test_a_submitted_invoice_stays_when_its_order_changes(self):
		self.book(self.make.booked(1))
		changed = self.make.draft(1, net="120.00", tax="16.80")
		(booked,) = self.book(
			self.make.booked(1, changed, status="completed", payload_hash="another", total=Decimal("136.80"))
		)
		self.assert_booked(booked, "changed")
		row = self.row_of(1)
		self.assertEqual((row.invoice_total, row.order_total), (Decimal("114.00"), Decimal("136.80")))
		for told in ("114.00", "136.80", "completed"):
			self.assertIn(told, row.changed)
		self.assertEqual(self.known(1).payload_hash, "another")

	def test_an_order_that_changes_back_is_no_longer_listed(self):
		self.book(self.make.booked(1))
		self.book(self.make.booked(1, self.make.draft(1, net="120.00")))
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "unchanged")
		self.assertEqual(self.row_of(1).changed, "")

	def test_a_payment_and_credit_notes_are_added_later_and_once(self):
		self.book(self.make.booked(1))
		paid = self.make.draft(1, payments=[self.make.payment("114.00")])
		(booked,) = self.book(self.make.booked(1, paid))
		self.assert_booked(booked, "updated")
		refunds = [self.make.credit_note(71, "10.00", repaid=True), self.make.credit_note(72, "20.50")]
		refunded = replace(paid, credit_notes=refunds)
		for expected in ("updated", "unchanged"):
			(booked,) = self.book(self.make.booked(1, refunded, refunded_total=Decimal("30.50")))
			self.assert_booked(booked, expected)
		row = self.row_of(1)
		self.assertEqual((row.paid_total, row.credited_total), (Decimal("114.00"), Decimal("30.50")))
		known = self.known(1)
		self.assertTrue(known.paid)
		self.assertEqual(known.refund_ids, {71, 72})

	def test_a_refund_of_an_order_that_is_paid_later_is_paid_back_then_and_once(self):
		refunded = self.make.draft(1, credit_notes=[self.make.credit_note(71, "10.00")])
		self.book(self.make.booked(1, refunded, refunded_total=Decimal("10.00")))
		notes = [self.make.credit_note(71, "10.00", repaid=True)]
		paid = replace(refunded, payments=[self.make.payment("114.00")], credit_notes=notes)
		for expected in ("updated", "unchanged"):
			(booked,) = self.book(self.make.booked(1, paid, refunded_total=Decimal("10.00")))
			self.assert_booked(booked, expected)
		row = self.row_of(1)
		self.assertEqual((row.paid_total, row.credited_total), (Decimal("114.00"), Decimal("10.00")))

	def test_credit_notes_beyond_the_invoice_are_refused(self):
		paid = self.make.draft(1, credit_notes=[self.make.credit_note(71, "114.01")])
		(booked,) = self.book(self.make.booked(1, paid))
		self.assert_booked(booked, "held", OrderState.HELD)
		self.assertEqual(self.row_of(1).invoice, "")

	def test_a_refund_that_vanished_is_reported(self):
		draft = self.make.draft(1, credit_notes=[self.make.credit_note(71, "10.00")])
		self.book(self.make.booked(1, draft))
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "changed")
		row = self.row_of(1)
		self.assertIn("71", row.changed)
		self.assertEqual(row.credited_total, Decimal("10.00"))

	def test_a_refund_that_was_deleted_and_made_again_is_credited_once_and_listed_with_both(self):
		paid = self.make.draft(1, payments=[self.make.payment("114.00")])
		notes = [self.make.credit_note(71, "10.00", repaid=True)]
		self.book(self.make.booked(1, replace(paid, credit_notes=notes)))
		again = replace(paid, credit_notes=[self.make.credit_note(72, "10.00", repaid=True)])
		for _time in range(2):
			(booked,) = self.book(self.make.booked(1, again, refunded_total=Decimal("10.00")))
			self.assert_booked(booked, "changed")
			row = self.row_of(1)
			self.assertEqual((row.credited_total, row.to_credit), (Decimal("10.00"), Decimal("10.00")))
			for refund in ("71", "72"):
				self.assertIn(refund, row.changed)
		self.assertEqual(self.known(1).refund_ids, {71})

	def test_another_refund_beside_one_that_was_made_again_is_credited(self):
		paid = self.make.draft(1, payments=[self.make.payment("114.00")])
		self.book(self.make.booked(1, replace(paid, credit_notes=[self.make.credit_note(71, "10.00")])))
		notes = [self.make.credit_note(72, "10.00"), self.make.credit_note(73, "5.00")]
		(booked,) = self.book(self.make.booked(1, replace(paid, credit_notes=notes)))
		self.assert_booked(booked, "changed")
		row = self.row_of(1)
		self.assertEqual(row.credited_total, Decimal("15.00"), row.changed)

	def test_while_the_credit_note_of_a_deleted_refund_stands_one_of_another_amount_is_not_added(self):
		draft = self.make.draft(1, credit_notes=[self.make.credit_note(71, "10.00")])
		self.book(self.make.booked(1, draft))
		other = self.make.draft(1, credit_notes=[self.make.credit_note(72, "12.00")])
		(booked,) = self.book(self.make.booked(1, other))
		self.assert_booked(booked, "changed")
		row = self.row_of(1)
		self.assertEqual(row.credited_total, Decimal("10.00"))
		for told in ("71", "72", "12.00"):
			self.assertIn(told, row.changed)

	def test_what_is_refused_of_a_booked_order_is_listed_with_what_to_do(self):
		self.book(self.make.booked(1))
		refunded = self.make.draft(1, credit_notes=[self.make.credit_note(71, "114.01")])
		for _time in range(2):
			(booked,) = self.book(self.make.booked(1, refunded, payload_hash="newer"))
			self.assert_booked(booked, "changed")
			row = self.row_of(1)
			self.assertEqual((row.invoice_status, row.credited_total), ("Submitted", Decimal(0)))
			self.assertEqual(row.reason, booked.reason)
			self.assertTrue(row.what_to_do)
			self.assertNotEqual(self.known(1).payload_hash, "newer", "it would not be tried again")

	def test_a_submitted_invoice_does_not_become_a_draft_again(self):
		self.book(self.make.booked(1))
		draft = self.make.draft(1)
		draft.invoice.submit = False
		(booked,) = self.book(self.make.booked(1, draft, status="on-hold"))
		self.assert_booked(booked, "changed")
		self.assertEqual(self.row_of(1).invoice_status, "Submitted")
		self.assertIn("on-hold", self.row_of(1).changed)

	def test_no_longer_paid_is_reported(self):
		self.book(self.make.booked(1, self.make.draft(1, payments=[self.make.payment("114.00")])))
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "changed")
		self.assertEqual(self.row_of(1).paid_total, Decimal("114.00"))

	def test_what_is_told_beside_the_money_changes_no_invoice(self):
		self.book(self.make.booked(1))
		before = self.row_of(1)
		told = self.make.draft(1, remarks="Please ring", billing=self.make.address(9))
		told.payment_method_title = "Another way"
		(booked,) = self.book(self.make.booked(1, told, payload_hash="another"))
		self.assertIn(booked.what, ("unchanged", "updated"))
		after = self.row_of(1)
		self.assertEqual(
			(after.invoice, after.invoice_total, after.customer, after.changed),
			(before.invoice, before.invoice_total, before.customer, ""),
		)

	def test_hold_skip_and_failure_keep_an_invoice(self):
		self.book(self.make.booked(1))
		for translation in (Hold("r", "Held.", "Do."), Skip("r", "Skipped."), Failure("Failed.")):
			(booked,) = self.book(self.make.unbooked(1, translation, status="odd"))
			self.assert_booked(booked, "changed")
			row = self.row_of(1)
			self.assertEqual((row.state, row.invoice_status), (OrderState.SYNCED, "Submitted"))
			self.assertIn(translation.message, row.changed)

	def test_a_held_or_failed_order_with_an_invoice_is_read_again(self):
		self.book(self.make.booked(1))
		for translation in (Hold("r", "Held.", "Do."), Failure("Failed.")):
			self.book(self.make.unbooked(1, translation, payload_hash="newer"))
			self.assertNotEqual(self.known(1).payload_hash, "newer")
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "unchanged")
		self.assertEqual(self.row_of(1).changed, "")

	def test_a_failure_that_knows_nothing_keeps_the_facts(self):
		self.book(self.make.booked(1), self.make.unbooked(2, Hold("r", "Held.", "Do.")))
		unreadable = [
			Outcome(OrderFacts(order_id, "", "", "", Decimal(0), ""), Failure("Not readable."))
			for order_id in (1, 2)
		]
		self.book(*unreadable)
		booked, listed = self.ledger.booked_orders()
		self.assertEqual((booked.order_total, booked.status), (Decimal("114.00"), "processing"))
		self.assertEqual((listed.order_total, listed.state), (Decimal("114.00"), OrderState.FAILED))
		self.assertNotEqual(self.known(1).payload_hash, "payload-1", "it would be taken for unchanged")

	def test_a_hold_that_knows_nothing_keeps_the_facts_and_gives_its_reason(self):
		self.book(self.make.booked(1), self.make.unbooked(2, Failure("Failed.")))
		hold = Hold("gave_up", "Tried in vain.", "Sync Again.")
		self.book(
			*(Outcome(OrderFacts(order_id, "", "", "", Decimal(0), ""), hold) for order_id in (1, 2, 3))
		)
		booked, listed, new = self.ledger.booked_orders()
		self.assertEqual((booked.order_total, booked.state), (Decimal("114.00"), OrderState.SYNCED))
		self.assertIn("Tried in vain.", booked.changed)
		self.assertEqual((listed.order_total, listed.state), (Decimal("114.00"), OrderState.HELD))
		self.assertEqual({row.reason for row in (booked, listed, new)}, {"gave_up"})

	def test_only_what_failed_is_to_be_tried_again(self):
		outcomes = [
			self.make.booked(1),
			self.make.unbooked(2, Hold("r", "Held.", "Do.")),
			self.make.unbooked(3, Failure("Failed.")),
		]
		self.assertEqual([booked.again for booked in self.book(*outcomes)], [False, False, True])

	def test_unchanged_writes_nothing(self):
		self.book(self.make.booked(1))
		before = self.row_of(1)
		(booked,) = self.book(self.make.unbooked(1, Unchanged(), payload_hash="never looked at"))
		self.assert_booked(booked, "unchanged")
		self.assertEqual(self.row_of(1), before)

	# --- cancellation and deletion ---

	def test_cancelling_a_booked_order(self):
		draft = self.make.draft(
			1, payments=[self.make.payment("114.00")], credit_notes=[self.make.credit_note(71, "10.00", True)]
		)
		self.book(self.make.booked(1, draft))
		cancelled = self.make.unbooked(1, Cancel("status_cancelled", "Cancelled."), status="cancelled")
		(booked,) = self.book(cancelled)
		self.assert_booked(booked, "cancelled", OrderState.CANCELLED)
		row = self.row_of(1)
		self.assertEqual((row.invoice_status, row.status), ("Cancelled", "cancelled"))
		self.assertEqual((row.paid_total, row.credited_total), (Decimal(0), Decimal(0)))
		(booked,) = self.book(cancelled)
		self.assert_booked(booked, "unchanged", OrderState.CANCELLED)

	def test_cancelling_an_order_that_was_never_booked(self):
		(booked,) = self.book(self.make.unbooked(1, Cancel("status_cancelled", "Cancelled.")))
		self.assert_booked(booked, "skipped", OrderState.SKIPPED)
		self.assertEqual(self.row_of(1).reason, "status_cancelled")

	def test_a_cancelled_invoice_is_not_made_again(self):
		"""failure-modes 12: 5,029 ghosts"""
		self.book(self.make.booked(1))
		self.book(self.make.unbooked(1, Cancel("status_cancelled", "Cancelled.")))
		(booked,) = self.book(self.make.booked(1))
		self.assert_booked(booked, "changed", OrderState.CANCELLED)
		self.assertEqual(self.row_of(1).invoice_status, "Cancelled")

	def test_a_cancelled_invoice_of_nothing_is_not_made_again_either(self):
		nothing = self.make.draft(1, net="0.00", tax="0")
		self.book(self.make.booked(1, nothing))
		self.book(self.make.unbooked(1, Cancel("status_cancelled", "Cancelled."), total=Decimal(0)))
		(booked,) = self.book(self.make.booked(1, nothing))
		self.assert_booked(booked, "changed", OrderState.CANCELLED)

	def test_a_draft_that_was_cancelled_is_booked_when_its_order_comes_back(self):
		draft = self.make.draft(1)
		draft.invoice.submit = False
		self.book(self.make.booked(1, draft))
		(booked,) = self.book(self.make.unbooked(1, Cancel("status_cancelled", "Cancelled.")))
		self.assert_booked(booked, "cancelled", OrderState.CANCELLED)
		(booked,) = self.book(self.make.booked(1))
		# Where the books can't keep a cancelled draft, it is a new invoice.
		self.assertIn(booked.what, ("updated", "booked"))
		self.assertEqual(self.row_of(1).invoice_status, "Submitted")

	def test_deleted_orders_are_listed_and_keep_their_invoices(self):
		self.book(self.make.booked(1), self.make.unbooked(2, Hold("r", "Held.", "Do.")), self.make.booked(3))
		self.ledger.mark_deleted([1, 2, 99])
		rows = list(self.ledger.booked_orders())
		self.assertEqual(
			[(row.order_id, row.state) for row in rows],
			[(1, OrderState.DELETED), (2, OrderState.DELETED), (3, OrderState.SYNCED)],
		)
		self.assertEqual((rows[0].invoice, rows[0].invoice_status), ("WOO-1", "Submitted"))

	def test_an_order_that_was_deleted_comes_back(self):
		self.book(self.make.booked(1), self.make.booked(2))
		self.ledger.mark_deleted([1, 2])
		self.book(self.make.booked(1), self.make.unbooked(2, Unchanged()))
		self.assertEqual({row.state for row in self.ledger.booked_orders()}, {OrderState.SYNCED})

	# --- names and texts ---

	def test_names_that_collide(self):
		other = self.make.draft(2)
		other.invoice.name = "WOO-1"
		self.book(self.make.booked(1), self.make.booked(2, other, number="1"))
		self.assertEqual([row.invoice for row in self.ledger.booked_orders()], ["WOO-1", "WOO-1-2"])

	def test_names_that_continue_one_another_are_the_same_in_every_ledger(self):
		"""Order numbers that repeat, and one that looks as if it told two apart."""
		names = ("WOO-17", "WOO-17", "WOO-17-2", "WOO-18", "WOO-17-2-3")
		drafts = [self.make.draft(order_id) for order_id in range(1, 6)]
		for draft, name in zip(drafts, names, strict=True):
			draft.invoice.name = name
		self.book(*(self.make.booked(order_id, draft) for order_id, draft in enumerate(drafts, 1)))
		found = [self.row_of(order_id).invoice for order_id in range(1, 6)]
		self.assertEqual(found, ["WOO-17", "WOO-17-2", "WOO-17-2-3", "WOO-18", "WOO-17-2-3-5"])

	def test_nobody_is_made_for_an_order_that_cannot_be_booked(self):
		self.book(
			self.make.booked(1, total=Decimal("1.00")), self.make.unbooked(2, Hold("unclear", "Why.", "Do."))
		)
		emails = frozenset({"person1@example.com", "person2@example.com"})
		self.assertEqual(self.ledger.lookups(LookupKeys(emails=emails)).customers, {})

	def test_who_was_made_for_an_order_that_is_refused_while_it_is_booked_goes_with_it(self):
		outcomes = [self.make.booked(number) for number in (1, 2, 3)]
		whose = self.make.draft(4, customer=self.make.customer(3))
		refused = [breaking(outcomes[1]), breaking(self.make.booked(4, whose))]
		with patch.object(BreakingDraft, "armed", ValueError):
			booked = self.book(outcomes[0], *refused, outcomes[2])
		self.assertEqual([order.what for order in booked], ["booked", "failed", "failed", "booked"])
		self.assertEqual(self.customers_of(1, 2, 3), {"CUST-1", "CUST-3"})
		self.assert_booked(self.book(outcomes[1])[0], "booked")
		self.assertEqual(self.row_of(2).customer, "CUST-2")

	def test_who_has_an_order_stays_though_another_one_is_refused(self):
		self.book(self.make.booked(1))
		known = self.make.draft(2, customer=self.make.customer(1, "known"))
		with patch.object(BreakingDraft, "armed", ValueError):
			(booked,) = self.book(breaking(self.make.booked(2, known)))
		self.assertEqual(booked.what, "failed")
		self.assertEqual(self.customers_of(1), {"CUST-1"})

	def customers_of(self, *numbers: int) -> set[str]:
		emails = frozenset(f"person{number}@example.com" for number in numbers)
		return set(self.ledger.lookups(LookupKeys(emails=emails)).customers)

	def test_orders_of_one_customer_for_a_role_are_booked_to_them(self):
		shared = CustomerDraft("Walk-in", "Walk-in", Decision("known", "role"))
		for number in (1, 2):
			self.book(self.make.booked(number, self.make.draft(number, customer=shared)))
		lookups = self.ledger.lookups(LookupKeys(order_ids=frozenset([1, 2])))
		self.assertEqual({order.customer_key for order in lookups.orders.values()}, {"Walk-in"})
		self.assertEqual(lookups.customers["Walk-in"].emails, frozenset())

	def test_texts_come_back_as_they_were(self):
		draft = self.make.draft(1, remarks=ARABIC, coupons=("عيد", "O'Neil"))
		draft.customer.name = ARABIC
		draft.billing.line_1 = ARABIC
		draft.invoice.rows[0].description = ARABIC
		self.book(
			self.make.booked(1, draft),
			self.make.unbooked(2, Hold("r", ARABIC, ARABIC), number=ARABIC, customer_name=ARABIC),
		)
		booked, held = self.ledger.booked_orders()
		self.assertEqual(booked.customer_name, self.shown_name(ARABIC))
		shown = self.shown_text(ARABIC)
		self.assertEqual((held.message, held.what_to_do, held.number), (shown, shown, shown))

	# --- masters and lookups ---

	def test_lookups_find_what_was_made(self):
		self.book(
			self.make.booked(1, self.make.draft(1, customer=self.make.customer(1, store_customer_id=41))),
			self.make.unbooked(2, Hold("r", "Held.", "Do.")),
		)
		product = self.make.items()[0]
		lookups = self.ledger.lookups(
			LookupKeys(
				order_ids=frozenset([1, 2, 3]),
				store_customer_ids=frozenset([41, 42]),
				emails=frozenset(["person1@example.com", "nobody@example.com"]),
				phones=frozenset(["+201000000001"]),
				products=frozenset([(product.product_id, 0), (1, 1)]),
				skus=frozenset([self.make.item_codes[1], "no such"]),
				item_codes=frozenset([product.code]),
			)
		)
		self.assertEqual(set(lookups.orders), {1, 2})
		order = lookups.orders[1]
		self.assertEqual(
			(order.invoice, order.invoice_status, order.customer_key), ("WOO-1", "Submitted", "CUST-1")
		)
		self.assertEqual((order.payload_hash, order.policy_hash), ("payload-1", POLICY))
		self.assertEqual((order.paid, order.refund_ids), (False, frozenset()))
		self.assertEqual((lookups.orders[2].state, lookups.orders[2].invoice), (OrderState.HELD, ""))
		self.assertEqual(lookups.customers_by_store_id, {41: "CUST-1"})
		self.assertEqual(lookups.customers_by_email, {"person1@example.com": ["CUST-1"]})
		self.assertEqual(lookups.customers_by_phone, {"+201000000001": ["CUST-1"]})
		self.assertEqual(lookups.items_by_product[product.product_id, 0].code, product.code)
		second = self.make.item_codes[1]
		self.assertEqual([item.code for item in lookups.items_by_sku[second]], [second])
		self.assertIn(product.code, lookups.items_by_code)

	def test_a_customer_comes_with_all_their_evidence(self):
		again = self.make.customer(1, "known", emails=("second@example.com",), phones=())
		self.book(self.make.booked(1), self.make.booked(2, self.make.draft(2, customer=again)))
		for keys in (
			LookupKeys(emails=frozenset(["second@example.com"])),
			LookupKeys(phones=frozenset(["+201000000001"])),
			LookupKeys(order_ids=frozenset([2])),
		):
			customer = self.ledger.lookups(keys).customers["CUST-1"]
			self.assertEqual(customer.emails, {"person1@example.com", "second@example.com"})
			self.assertEqual(customer.phones, {"+201000000001"})

	def test_two_customers_of_one_phone_are_both_found_in_order(self):
		phone = ("+201111111111",)
		for number in (3, 1, 2):
			customer = self.make.customer(number, phones=phone)
			self.book(self.make.booked(number, self.make.draft(number, customer=customer)))
		lookups = self.ledger.lookups(LookupKeys(phones=frozenset(phone)))
		self.assertEqual(lookups.customers_by_phone[phone[0]], ["CUST-1", "CUST-2", "CUST-3"])

	def test_a_guest_is_linked_to_an_account_once(self):
		self.book(self.make.booked(1))
		linked = self.make.customer(1, "linked", store_customer_id=41)
		self.book(self.make.booked(2, self.make.draft(2, customer=linked)))
		linked = self.make.customer(1, "linked", store_customer_id=42)
		self.book(self.make.booked(3, self.make.draft(3, customer=linked)))
		lookups = self.ledger.lookups(LookupKeys(store_customer_ids=frozenset([41, 42])))
		self.assertEqual(lookups.customers_by_store_id, {41: "CUST-1"})

	def test_an_account_belongs_to_one_customer(self):
		"""failure-modes 5: a worker that saw no customer comes after one that made them."""
		for number in (1, 2):
			customer = self.make.customer(number, store_customer_id=41)
			self.book(self.make.booked(number, self.make.draft(number, customer=customer)))
		self.assertEqual([row.customer for row in self.ledger.booked_orders()], ["CUST-1", "CUST-1"])

	def test_making_masters_twice_makes_them_once(self):
		outcomes = [self.make.booked(number) for number in range(1, 6)]
		for _time in range(3):
			self.ledger.create_masters(outcomes)
		keys = LookupKeys(emails=frozenset(f"person{number}@example.com" for number in range(1, 6)))
		self.assertEqual(len(self.ledger.lookups(keys).customers), 5)

	def test_making_masters_may_race(self):
		if not self.races_in_threads:
			self.skipTest("threads can't share this ledger")
		outcomes = [self.make.booked(number) for number in range(1, 21)]
		errors: list[Exception] = []
		barrier = threading.Barrier(4)

		def race():
			barrier.wait()
			try:
				self.ledger.create_masters(outcomes)
			except Exception as error:  # shown by the assertion in the test's own thread
				errors.append(error)

		threads = [threading.Thread(target=race) for _worker in range(4)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		self.assertEqual(errors, [])
		keys = LookupKeys(emails=frozenset(f"person{number}@example.com" for number in range(1, 21)))
		self.assertEqual(len(self.ledger.lookups(keys).customers), 20)

	def test_lookups_cost_the_same_for_every_size(self):
		def keys(count: int) -> LookupKeys:
			numbers = range(1, count + 1)
			return LookupKeys(
				order_ids=frozenset(numbers),
				store_customer_ids=frozenset(numbers),
				emails=frozenset(f"person{n}@example.com" for n in numbers),
				phones=frozenset(f"+2010{n:08d}" for n in numbers),
				products=frozenset((n, 0) for n in numbers),
				skus=frozenset(f"SKU-{n}" for n in numbers),
				item_codes=frozenset(f"SKU-{n}" for n in numbers),
			)

		self.book(*(self.make.booked(number) for number in range(1, 101)))
		small = self.count_queries(lambda: self.ledger.lookups(keys(1)))
		large = self.count_queries(lambda: self.ledger.lookups(keys(2000)))
		if small is None:
			self.skipTest("this ledger's queries can't be counted")
		self.assertEqual(small, large)

	# --- runs ---

	def test_a_run_is_resumed_with_its_frozen_window(self):
		self.book(self.make.booked(1))
		resumed = self.open_run(before=WHEN + timedelta(days=9))
		self.assertEqual(
			(resumed.run_id, resumed.before, resumed.next_page), (self.run_at_hand.run_id, WHEN, 2)
		)

	def test_other_parameters_begin_a_new_run(self):
		other = self.open_run(before=WHEN + timedelta(days=9), statuses=["completed"])
		self.assertNotEqual(other.run_id, self.run_at_hand.run_id)
		self.assertEqual((other.before, other.next_page), (WHEN + timedelta(days=9), 1))
		back = self.open_run()
		self.assertNotEqual(back.run_id, self.run_at_hand.run_id)

	def test_a_finished_run_is_not_resumed(self):
		self.ledger.finish_run(self.run_at_hand)
		self.assertNotEqual(self.open_run().run_id, self.run_at_hand.run_id)

	def test_the_checkpoint_only_moves_forward(self):
		for number in (1, 2, 3, 1, 0):
			self.book_page([self.make.booked(number + 1)], number)
		self.assertEqual(self.open_run().next_page, 4)
