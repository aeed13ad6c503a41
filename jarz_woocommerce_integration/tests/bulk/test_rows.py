"""Random orders of every kind: rows in bulk are the rows of ERPNext's documents, in all columns."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import frappe
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.erpnext.bulk.booking import bulk_ledger
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof import proofs
from jarz_woocommerce_integration.tests.ledger.test_erpnext_ledger import (
	ERPNextLedgerTestCase,
	book_settings,
	draft_factory,
)
from jarz_woocommerce_integration.tests.support.books import wipe_books
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN
from jarz_woocommerce_integration.tests.support.site import sized
from jarz_woocommerce_integration.translation.amounts.money import share
from jarz_woocommerce_integration.translation.drafts import ChargeKind

PAGES = sized(2, 6)
ORDERS = 50
TEXTS = st.sampled_from(
	(
		"plain",
		"<b>bold</b> text",
		"a < b & c > d",
		'O\'Neil; "x" 100%s %d \\ back',
		"محمد أبو",
		"<script>alert(1)</script>ok",
		"https://example.com/a?b=1&c=2",
		"line 1\nline 2",
		"😀 emoji",
		"",
	)
)
CENTS = st.integers(1, 60_000).map(lambda cents: Decimal(cents) / 100)
CHARGES = [*list(ChargeKind)[:4], ChargeKind.TAX, ChargeKind.ROUNDING]
PAYMENTS = st.sampled_from(("none", "none", "whole", "whole", "part", "with a fee"))


@st.composite
def rows(draw, make):
	found = []
	for line in range(1, draw(st.integers(1, 4)) + 1):
		quantity = Decimal(draw(st.sampled_from((1, 1, 2, 3, 7, 31))))
		rate = draw(st.one_of(CENTS, CENTS, st.just(Decimal("0.00"))))
		beside = draw(st.sampled_from(("list", "below", "above", "none")))
		lists = {"list": rate, "below": rate + 5, "above": max(rate - 3, Decimal(0)), "none": Decimal(0)}
		row = make.row(str(rate * quantity or "0.00"), str(quantity), draw(st.integers(0, 1)), line)
		row = replace(row, account=draw(st.sampled_from((make.income, make.income, make.fees))))
		texts = {"item_name": draw(TEXTS) or "name", "description": draw(TEXTS)}
		found.append(replace(row, rate=rate, amount=rate * quantity, price_list_rate=lists[beside], **texts))
	return found


@st.composite
def charges(draw, make, sold: list):
	found, net = [], sum(row.amount for row in sold)
	for kind in draw(st.lists(st.sampled_from(CHARGES), max_size=4)):
		amount = draw(CENTS)
		if kind is ChargeKind.DISCOUNT:
			amount = -min(amount, net / 2).quantize(Decimal("0.01"))
		elif kind is ChargeKind.ROUNDING:
			amount = Decimal(draw(st.sampled_from(("0.01", "-0.01"))))
		charge = replace(make.charge(str(amount), kind), description=draw(TEXTS))
		found.append(draw(taxed(charge, sold)) if kind is ChargeKind.TAX else charge)
	return found


@st.composite
def taxed(draw, charge, sold):
	"""A tax with its rate and what each row bears of it; at 0 % it is a row without an amount."""
	rate = Decimal(draw(st.sampled_from(("0", "5", "14", "7.25"))))
	amount = charge.amount if rate else Decimal("0.00")
	bearing = draw(st.sets(st.sampled_from(range(len(sold)))))
	items = tuple(zip(sorted(bearing), share(amount, [Decimal(1)] * len(bearing), 2), strict=True))
	return replace(charge, amount=amount, rate_percent=rate, taxable=Decimal("10.00"), items=items)


@st.composite
def drafts(draw, make, order_id: int):
	sold = draw(rows(make))
	invoice = make.invoice(order_id, sold, draw(charges(make, sold)))
	invoice.fingerprint = f"fingerprint {order_id}"
	invoice.posted_at += timedelta(days=draw(st.integers(-300, 200)))
	draft = make.draft(order_id, invoice=invoice, currency=draw(st.sampled_from(("EGP", "EGP", "USD"))))
	draft.remarks, draft.payment_method_title = draw(TEXTS), draw(TEXTS)
	draft.coupons = tuple(draw(st.lists(TEXTS, max_size=2)))
	draft.customer.name = draw(
		st.sampled_from((f"Ann {order_id}", f"Ann van der Berg {order_id}", f"محمد {order_id}"))
	)
	draft.customer.company = draw(st.sampled_from(("", "ACME Ltd")))
	draft.customer.is_company = bool(draft.customer.company) and draw(st.booleans())
	draft.customer.person = draw(st.sampled_from(("", "Ann van der Berg")))
	draft.customer.tax_id = draft.vat_number = draw(st.sampled_from(("", "DE123456789", "<b>1234</b>")))
	draft.vat_exempt = draw(st.booleans())
	draft.shipping = draw(st.sampled_from((None, make.address(order_id + 10**6, "Shipping", state="Giza"))))
	invoice.submit = draw(st.sampled_from((True, True, True, False)))
	if not invoice.submit:
		return draft
	_pay(draft, draw(PAYMENTS), make)
	if invoice.total > 30 and draw(st.booleans()):
		draft.credit_notes = _refunds(draft, make, repaid=draw(st.booleans()))
		if draw(st.booleans()):
			draft.credit_notes.append(_itemised(draft, make, draft.credit_notes))
	return draft


def _pay(draft, how: str, make) -> None:
	total = draft.invoice.total
	if how == "none" or total <= 5 or (how == "with a fee" and draft.currency != "EGP"):
		return
	amount = (total / 2).quantize(Decimal("0.01")) if how == "part" else total
	draft.payments = [make.payment(str(amount))]
	draft.payment.paid_at = draft.invoice.posted_at + timedelta(days=2)
	if how == "with a fee":
		draft.payment.fee, draft.payment.fee_account = Decimal("1.25"), make.fees


def _refunds(draft, make, repaid: bool) -> list:
	"""A part of the first line, and an amount without a line."""
	notes = [
		make.credit_note(
			draft.invoice.rows[0].order_line_id * 10**7 + hash(draft.invoice.name) % 10**6, "4.56", repaid
		)
	]
	first = draft.invoice.rows[0]
	if 0 < first.rate < draft.invoice.total - 5:
		given_back = replace(first, quantity=Decimal(-1), amount=-first.rate)
		note = replace(
			notes[0], refund_id=notes[0].refund_id + 1, name=f"{notes[0].name}-B", rows=[given_back]
		)
		note.total = -first.rate
		note.repayment = make.payment(str(first.rate)) if repaid else None
		notes.append(note)
	return notes


def _itemised(draft, make, before: list):
	"""A refund of every shape that translation makes: goods at no rate, an amount off a line, a tax with its items and one
	at 0 %, a deduction taken back, a cent of rounding, what earlier refunds gave back by amount."""
	first = draft.invoice.rows[0]
	goods = replace(
		first, quantity=Decimal(-1), rate=Decimal(0), price_list_rate=Decimal(0), amount=Decimal(0)
	)
	amount = replace(
		goods, item_code="WOO-REFUND", rate=Decimal(9), price_list_rate=Decimal(9), amount=Decimal(-9)
	)
	tax = replace(
		make.charge("-1.26"), rate_percent=Decimal(14), taxable=Decimal(-9), items=((1, Decimal("-1.26")),)
	)
	none = replace(
		make.charge("0.00"),
		description="No tax",
		rate_percent=Decimal(0),
		taxable=Decimal(-1),
		items=((0, Decimal(0)),),
	)
	back = make.charge("2.00", ChargeKind.DISCOUNT)
	taken = replace(make.charge("1.50", ChargeKind.REFUND), account=make.income)
	rounding = make.charge("-0.01", ChargeKind.ROUNDING)
	number = before[-1].refund_id + 5
	note = replace(before[0], refund_id=number, name=f"{before[0].name}-C", rows=[goods, amount])
	note.charges = [tax, none, back, taken, rounding]
	note.total = sum((part.amount for part in (*note.rows, *note.charges)), Decimal(0))
	note.repayment = make.payment(str(-note.total)) if before[0].repayment else None
	return note


class TestRowsAreThoseOfDocuments(ERPNextLedgerTestCase):
	"""Some hundred drafts, each of them booked by ERPNext, too, and compared: page by page with payments beside and within."""

	def test_whatever_the_order(self):
		make = draft_factory()
		compared = []

		@settings(
			max_examples=PAGES,
			deadline=None,
			database=None,
			suppress_health_check=list(HealthCheck),
			derandomize=True,
			phases=(Phase.generate,),  # a smaller page would take as long again, many times
		)
		@given(st.data())
		def page(data):
			wipe_books()
			first = len(compared) * 1000 + 1
			outcomes = [
				make.booked(number, data.draw(drafts(make, number)))
				for number in range(first, first + ORDERS)
			]
			compared.append(self.book(outcomes, pos_payments=len(compared) % 2 == 1))

		with patch.object(proofs.Proofs, "_is_to_be_tried", return_value=True):
			page()
		self.assertGreaterEqual(sum(compared), PAGES * ORDERS)

	def book(self, outcomes, pos_payments: bool) -> int:
		""":return: how many orders and customers were equal"""
		with bulk_ledger(book_settings(pos_payments=pos_payments)) as ledger:
			run = ledger.open_run({"pos": pos_payments, "first": outcomes[0].order.order_id}, WHEN)
			ledger.create_masters(outcomes)
			booked = ledger.book_page(PageRecord(run.run_id, run.next_page), outcomes).orders
		counted = ledger.bulk.proofs.total
		self.assertEqual(counted.as_dict()["fell_back"], {})
		# What ERPNext itself refuses, it refuses; nothing else is left to documents.
		refused = sum(order.what != "booked" for order in booked)
		self.assertEqual(sum(counted.documents.values()), refused, dict(counted.documents))
		self.assertLess(refused, len(outcomes) // 4, [order.message for order in booked if order.message])
		self.assertEqual(frappe.db.count("WooCommerce Order Map"), len(outcomes))
		return counted.proofs + counted.samples
