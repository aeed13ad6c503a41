"""Each line of a payout is one payment of the books, or is listed; and what a payout books comes to nothing."""

import random
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.payouts.lines import LineKind, StatementLine
from jarz_woocommerce_integration.translation.payouts.matching import (
	OPEN,
	BookedPayment,
	LineState,
	Matching,
	postings_of,
	retained,
)

CENTS = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))


def line(
	reference: str, gross: str, fee: str = "0", kind: LineKind = LineKind.PAYMENT, **fields
) -> StatementLine:
	references = (reference,) if reference else ()
	return StatementLine(2, kind, "EUR", Decimal(gross), Decimal(fee), references=references, **fields)


def payment(name: str, reference: str, order: int, effect: str, fee: str = "0", **fields) -> BookedPayment:
	return BookedPayment(name, reference, order, Decimal(effect), Decimal(fee), **fields)


def states(payments, lines, payout=""):
	return [each.state for each in Matching(payments, payout).match(lines)]


def test_a_payment_is_known_by_its_transaction():
	(found,) = Matching([payment("P", "ch_1", 1, "98.25", "1.75")]).match([line("ch_1", "100.00", "1.75")])
	assert (found.state, found.payment.name, found.difference) == (LineState.MATCHED, "P", 0)


def test_a_repayment_is_known_by_the_payment_that_it_pays_back():
	payments = [payment("P", "ch_1", 1, "100"), payment("R", "Refund 9", 1, "-40")]
	(found,) = Matching(payments).match([line("ch_1", "-40", kind=LineKind.REFUND)])
	assert (found.state, found.payment.name) == (LineState.MATCHED, "R")


def test_two_refunds_of_one_payment_are_told_apart_by_their_amounts():
	payments = [
		payment("P", "ch_1", 1, "100"),
		payment("R1", "Refund 1", 1, "-40"),
		payment("R2", "Refund 2", 1, "-10"),
	]
	lines = [line("ch_1", "-10", kind=LineKind.REFUND), line("ch_1", "-40", kind=LineKind.REFUND)]
	assert [each.payment.name for each in Matching(payments).match(lines)] == ["R2", "R1"]


def test_without_a_transaction_the_order_and_the_amount_tell():
	payments = [payment("P", "Order 17", 17, "100")]
	assert states(payments, [line("ch_9", "100", order="17")]) == [LineState.MATCHED]
	assert states(payments, [line("ch_9", "99", order="17")]) == [LineState.NOT_BOOKED]


def test_another_amount_is_listed_with_its_difference():
	(found,) = Matching([payment("P", "ch_1", 1, "90")]).match([line("ch_1", "100")])
	assert (found.state, found.difference) == (LineState.DIFFERS, Decimal("10"))


def test_a_payment_is_paid_out_once():
	payments = [payment("P", "ch_1", 1, "100", paid_out_in="PAYOUT-1")]
	assert states(payments, [line("ch_1", "100")]) == [LineState.PAID_OUT_BEFORE]
	assert states(payments, [line("ch_1", "100")], payout="PAYOUT-1") == [LineState.MATCHED]


def test_a_line_that_is_twice_in_the_file_counts_once():
	twice = [line("ch_1", "100", "2", identifier="txn_1")] * 2
	found = Matching([payment("P", "ch_1", 1, "98", "2")]).match([replace(each) for each in twice])
	assert [each.state for each in found] == [LineState.MATCHED, LineState.TWICE]
	assert postings_of(Decimal(98), found).clearing == Decimal(-98)


def test_what_a_payout_books():
	payments = [payment("P", "ch_1", 1, "98", "2"), payment("Q", "ch_2", 2, "50")]
	lines = [
		line("ch_1", "100", "2"),
		line("ch_2", "50", "1"),
		line("", "-3", kind=LineKind.FEE),
		line("dp_1", "-20", "15", kind=LineKind.DISPUTE),
		line("", "-30", kind=LineKind.RESERVE),
		line("", "4", kind=LineKind.ADJUSTMENT),
	]
	matched = Matching(payments).match(lines)
	amount = sum(each.net for each in lines)
	booked = postings_of(amount, matched)
	assert (booked.bank, booked.fees, booked.disputes) == (Decimal(83), Decimal(19), Decimal(20))
	assert (booked.reserves, booked.adjustments) == (Decimal(30), Decimal(-4))
	# What the two payments have put on the clearing account: 98 and 50.
	assert booked.clearing == Decimal(-148)
	assert retained(amount, matched) == 0


@given(st.lists(st.tuples(CENTS, CENTS, st.booleans()), min_size=1, max_size=30))
def test_the_clearing_account_is_empty_when_all_is_paid_out(paid):
	payments, lines = [], []
	for number, (gross, fee, books_fee) in enumerate(paid):
		fee = min(fee, gross)
		booked_fee = fee if books_fee else Decimal(0)
		payments.append(
			BookedPayment(f"P{number}", f"ch_{number}", number + 1, gross - booked_fee, booked_fee)
		)
		lines.append(line(f"ch_{number}", str(gross), str(fee)))
	matched = Matching(payments).match(lines)
	assert {each.state for each in matched} == {LineState.MATCHED}
	amount = sum((each.net for each in lines), Decimal(0))
	assert sum((each.effect for each in payments), Decimal(0)) + postings_of(amount, matched).clearing == 0


@given(st.permutations(range(12)))
def test_the_order_of_the_lines_does_not_matter(order):
	payments = [payment(f"P{number}", f"ch_{number}", number + 1, str(10 + number)) for number in range(10)]
	lines = [line(f"ch_{number}", str(10 + number)) for number in range(12)]
	found = {each.line.references: each.state for each in Matching(payments).match([lines[n] for n in order])}
	assert found == {each.line.references: each.state for each in Matching(payments).match(lines)}


def test_of_500_lines_each_planted_difference_is_listed_and_nothing_else():
	chance = random.Random(4711)
	payments = [
		payment(f"P{number}", f"ch_{number}", number, f"{10 + number}.50") for number in range(1, 501)
	]
	lines = [
		line(f"ch_{number}", f"{10 + number}.50", "0.30", identifier=f"txn_{number}")
		for number in range(1, 501)
	]
	planted: dict[int, LineState] = {}
	for place in chance.sample(range(500), 40):
		kind = place % 4
		if kind == 0:
			lines[place] = replace(lines[place], gross=lines[place].gross + Decimal("0.01"))
			planted[place] = LineState.DIFFERS
		elif kind == 1:
			lines[place] = replace(lines[place], references=("ch_unknown",))
			planted[place] = LineState.NOT_BOOKED
		elif kind == 2:
			payments[place] = replace(payments[place], paid_out_in="PAYOUT-0")
			planted[place] = LineState.PAID_OUT_BEFORE
		else:
			lines.append(replace(lines[place]))
			planted[len(lines) - 1] = LineState.TWICE
	found = Matching(payments).match(lines)
	assert {place: each.state for place, each in enumerate(found) if each.state in OPEN} == planted
	assert len(found) == len(lines) > 500


def test_a_line_that_names_nothing_but_its_order_is_what_the_order_has_left():
	payments = [payment("P", "pi_1", 17, "100"), payment("R", "Refund 9", 17, "-40")]
	lines = [line("", "98", order="17"), line("", "-41", kind=LineKind.REFUND, order="17")]
	found = Matching(payments).match(lines)
	assert [(each.state, each.payment.name) for each in found] == [
		(LineState.DIFFERS, "P"),
		(LineState.DIFFERS, "R"),
	]


def test_of_two_payments_of_an_order_none_is_guessed():
	payments = [payment("P", "pi_1", 17, "100"), payment("Q", "pi_2", 17, "50")]
	assert states(payments, [line("", "98", order="17")]) == [LineState.NOT_BOOKED]
	lines = [line("", "98", order="17"), line("", "50", order="17")]
	assert states(payments, lines) == [LineState.DIFFERS, LineState.MATCHED]


def test_a_transaction_that_is_not_in_the_books_is_not_another_payment_of_its_order():
	assert states([payment("P", "ch_1", 17, "100")], [line("ch_9", "98", order="17")]) == [
		LineState.NOT_BOOKED
	]
