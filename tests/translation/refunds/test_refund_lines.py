"""What a refund itemises goes back where it was sold: the same row, fee, shipping line and tax, in whatever shape it comes."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.translation.drafts import ChargeKind
from tests.translation.building import make_order, make_refund, total_of, translate

TABLES = {"taxes": {"VAT": "VAT", "City": "City Tax"}, "fees": {"Assembly": "Assembly Income"}}


def back(order_line, total, tax=None, quantity=None, total_tax="0.00", name="Tea"):
	"""A refund's line. :param tax: rate id -> amount"""
	line = {
		"id": 800 + order_line,
		"name": name,
		"total": total,
		"total_tax": total_tax,
		"taxes": [{"id": rate, "total": amount} for rate, amount in (tax or {}).items()],
		"meta_data": [{"key": "_refunded_item_id", "value": str(order_line)}],
	}
	return line if quantity is None else {**line, "quantity": quantity, "subtotal": total, "product_id": 5}


def tax_line(place, rate, label, tax, shipping_tax="0.00", percent="20"):
	return {
		"id": 90 + place,
		"rate_id": rate,
		"label": label,
		"rate_percent": percent,
		"tax_total": tax,
		"shipping_tax_total": shipping_tax,
	}


def sold(line_id, total, tax=None, **fields):
	taxes = [{"id": rate, "total": amount} for rate, amount in (tax or {}).items()]
	whole = str(sum((Decimal(amount) for amount in (tax or {}).values()), Decimal(0)))
	return {"id": line_id, "total": total, "total_tax": whole, "taxes": taxes, **fields}


def item(line_id, total, tax=None, quantity=2):
	fields = {"name": "Tea", "product_id": 5, "quantity": quantity, "subtotal": total}
	return sold(line_id, total, tax, **fields)


def order_of(total, refunds, **lines):
	return make_order(
		total=total,
		date_paid_gmt="2026-03-01T11:00:00",
		refunds=[{"id": refund.id, "total": str(-refund.amount)} for refund in refunds],
		**lines,
	)


def note_of(total, refund, **lines):
	[note] = translate(order_of(total, [refund], **lines), [refund], **TABLES).credit_notes
	assert total_of(note) == note.total == -refund.amount
	return note


def charges(note):
	return [(charge.account, charge.amount) for charge in note.charges]


# --- taxes ---


def test_unrounded_taxes_follow_the_rounded_total_tax_beside_them():
	lines = {"line_items": [item(11, "16.66", {1: "3.34"})], "tax_lines": [tax_line(0, 1, "VAT", "3.34")]}
	line = back(11, "-8.33", {1: "-1.666667"}, -1, "-1.67")
	note = note_of("20.00", make_refund(21, "10.00", line_items=[line]), **lines)
	assert [(row.quantity, row.amount) for row in note.rows] == [(-1, Decimal("-8.33"))]
	assert charges(note) == [("VAT", Decimal("-1.67"))]


def test_two_unrounded_taxes_of_a_fee_are_shared_out_exactly():
	fee = sold(31, "14.70", {1: "0.588", 2: "0.735"}, name="Assembly")
	lines = {
		"line_items": [item(11, "10.00")],
		"fee_lines": [{**fee, "total_tax": "1.33"}],
		"tax_lines": [
			tax_line(0, 1, "VAT", "0.59", percent="4"),
			tax_line(1, 2, "City", "0.74", percent="5"),
		],
	}
	line = back(31, "-14.70", {1: "-0.588", 2: "-0.735"}, total_tax="-1.33", name="Assembly")
	note = note_of("26.03", make_refund(21, "16.03", fee_lines=[line]), **lines)
	assert charges(note) == [
		("Assembly Income", Decimal("-14.70")),
		("VAT", Decimal("-0.59")),
		("City Tax", Decimal("-0.74")),
	]


@pytest.mark.parametrize("rates", [(0, 0), (7, 7), ("us-state", "us-city")])
def test_each_tax_goes_back_to_its_own_tax_line_whatever_its_rate_is_called(rates):
	"""Two tax lines of one rate id, of none, and ids that are words (AvaTax)."""
	taxes = [{"id": rate, "total": amount} for rate, amount in zip(rates, ("6.64", "2.00"), strict=True)]
	given = [{"id": rate, "total": amount} for rate, amount in zip(rates, ("-3.32", "-1.00"), strict=True)]
	lines = {
		"line_items": [{**item(11, "100.00"), "total_tax": "8.64", "taxes": taxes}],
		"tax_lines": [tax_line(0, rates[0], "VAT", "6.64"), tax_line(1, rates[1], "City", "2.00")],
	}
	line = {**back(11, "-50.00", quantity=-1, total_tax="-4.32"), "taxes": given}
	note = note_of("108.64", make_refund(21, "54.32", line_items=[line]), **lines)
	assert charges(note) == [("VAT", Decimal("-3.32")), ("City Tax", Decimal("-1.00"))]


def test_one_tax_that_stands_for_two_tax_lines_is_shared_out_as_they_are():
	lines = {
		"line_items": [item(11, "100.00", {7: "30.00"})],
		"tax_lines": [tax_line(0, 7, "VAT", "20.00"), tax_line(1, 7, "City", "10.00")],
	}
	line = back(11, "-50.00", {7: "-15.00"}, -1, "-15.00")
	note = note_of("130.00", make_refund(21, "65.00", line_items=[line]), **lines)
	assert charges(note) == [("VAT", -10), ("City Tax", -5)]


def test_a_rate_that_was_made_again_is_the_one_with_the_same_name():
	lines = {
		"line_items": [item(11, "100.00", {10: "14.00"})],
		"tax_lines": [tax_line(0, 10, "VAT", "14.00")],
	}
	refund = make_refund(
		21,
		"57.00",
		line_items=[back(11, "-50.00", {1: "-7.00"}, -1, "-7.00")],
		tax_lines=[tax_line(0, 1, "VAT", "-7.00")],
	)
	assert charges(note_of("114.00", refund, **lines)) == [("VAT", -7)]


def test_only_a_tax_is_given_back():
	lines = {"line_items": [item(11, "100.00", {1: "20.00"})], "tax_lines": [tax_line(0, 1, "VAT", "20.00")]}
	line = back(11, "0.00", {1: "-20.00"}, 0, "-20.00")
	note = note_of("120.00", make_refund(21, "20.00", line_items=[line]), **lines)
	assert charges(note) == [("VAT", -20)]
	assert [(row.quantity, row.amount) for row in note.rows] == [(-1, 0)]


def test_a_line_at_0_percent_goes_back_at_0_percent_and_one_without_tax_without():
	lines = {
		"line_items": [item(11, "50.00", {1: "0.00"}, 1), item(12, "30.00", quantity=1)],
		"tax_lines": [tax_line(0, 1, "VAT", "0.00", percent="0")],
	}
	# The refund screen writes a 0 for each rate of the order.
	given = [back(11, "-50.00", {1: "0"}, -1), back(12, "-20.00", {1: "0"}, 0)]
	note = note_of("80.00", make_refund(21, "70.00", line_items=given), **lines)
	[tax] = note.charges
	assert (tax.kind, tax.amount, tax.rate_percent, tax.taxable) == (ChargeKind.TAX, 0, 0, -50)
	assert note.untaxed == -20


def test_a_tax_says_on_which_row_it_was_given_back():
	lines = {
		"line_items": [item(11, "100.00", {1: "20.00"}), item(12, "40.00", {1: "8.00"})],
		"tax_lines": [tax_line(0, 1, "VAT", "28.00")],
	}
	given = [back(11, "-50.00", {1: "-10.00"}, -1, "-10.00"), back(12, "-20.00", {1: "-4.00"}, -1, "-4.00")]
	note = note_of("168.00", make_refund(21, "84.00", line_items=given), **lines)
	[tax] = note.charges
	assert (tax.taxable, tax.items) == (-70, ((0, Decimal("-10.00")), (1, Decimal("-4.00"))))


# --- cents and signs ---


@pytest.mark.parametrize(("amount", "rounding"), [("10.01", "-0.01"), ("9.99", "0.01")])
def test_a_cent_between_the_lines_and_the_amount_is_rounding(amount, rounding):
	lines = {"line_items": [item(11, "16.66", {1: "3.34"})], "tax_lines": [tax_line(0, 1, "VAT", "3.34")]}
	line = back(11, "-8.33", {1: "-1.67"}, -1, "-1.67")
	note = note_of("20.00", make_refund(21, amount, line_items=[line]), **lines)
	assert charges(note) == [("VAT", Decimal("-1.67")), ("Round Off", Decimal(rounding))]


def test_lines_with_a_positive_sign_are_goods_that_came_back():
	"""A point of sale writes quantity 2 and 32.00 where WooCommerce writes -2 and -32.00."""
	lines = {"line_items": [item(11, "40.00", {1: "8.00"})], "tax_lines": [tax_line(0, 1, "VAT", "8.00")]}
	line = back(11, "20.00", {1: "4.00"}, 1, "4.00")
	note = note_of("48.00", make_refund(21, "24.00", line_items=[line]), **lines)
	assert [(row.quantity, row.amount) for row in note.rows] == [(-1, -20)]
	assert charges(note) == [("VAT", -4)]


def test_positive_lines_whose_tax_only_the_tax_lines_say():
	lines = {"line_items": [item(11, "40.00", {1: "8.00"})], "tax_lines": [tax_line(0, 1, "VAT", "8.00")]}
	refund = make_refund(
		21, "24.00", line_items=[back(11, "20.00", quantity=1)], tax_lines=[tax_line(0, 1, "VAT", "4.00")]
	)
	note = note_of("48.00", refund, **lines)
	assert [(row.quantity, row.amount) for row in note.rows] == [(-1, -20)]
	assert charges(note) == [("VAT", -4)]


# --- fees and shipping ---


def test_a_fee_goes_back_to_the_account_that_it_was_booked_to():
	lines = {"line_items": [item(11, "50.00")], "fee_lines": [sold(31, "10.00", name="Assembly")]}
	note = note_of("60.00", make_refund(21, "10.00", fee_lines=[back(31, "-10.00", name="Montage")]), **lines)
	assert charges(note) == [("Assembly Income", -10)]


def test_more_than_a_fee_is_given_back_of_it():
	lines = {"line_items": [item(11, "50.00")], "fee_lines": [sold(31, "10.00", name="Express")]}
	note = note_of("60.00", make_refund(21, "20.00", fee_lines=[back(31, "-20.00", name="Express")]), **lines)
	assert charges(note) == [("Fee Income", -20)]


def test_a_fee_that_gave_money_off_is_taken_back_on_its_account():
	lines = {"line_items": [item(11, "50.00", quantity=1)], "fee_lines": [sold(31, "-10.00", name="Off")]}
	refund = make_refund(
		21, "30.00", line_items=[back(11, "-35.00", quantity=0)], fee_lines=[back(31, "5.00", name="Off")]
	)
	note = note_of("40.00", refund, **lines)
	assert charges(note) == [("Discounts Allowed", 5)]
	assert [row.amount for row in note.rows] == [-35]


def test_what_a_wallet_paid_is_no_discount_that_could_be_taken_back():
	"""The fee line by which a wallet pays a part makes no discount; given back, the customer has the credit again."""
	key = [{"key": "_legacy_fee_key", "value": "_via_wallet_partial_payment"}]
	lines = {
		"line_items": [item(11, "100.00", quantity=1)],
		"fee_lines": [sold(31, "-20.00", name="Via wallet", meta_data=key)],
	}
	refund = make_refund(
		21,
		"80.00",
		line_items=[back(11, "-100.00", quantity=-1)],
		fee_lines=[back(31, "20.00", name="Via wallet")],
	)
	draft = translate(order_of("80.00", [refund], **lines), [refund], tenders=WALLET)
	[note] = draft.credit_notes
	assert (draft.invoice.total, note.total, note.repayment.amount) == (100, -80, 80)
	assert charges(note) == [("Customer Credit", 20)]


WALLET = {"wallet": {"account": "Customer Credit", "mode_of_payment": "Credit"}}


def test_only_shipping_with_its_tax():
	lines = {
		"line_items": [item(11, "50.00", {1: "10.00"})],
		"shipping_lines": [sold(21, "5.00", {1: "1.00"}, method_id="flat_rate", method_title="Post")],
		"tax_lines": [tax_line(0, 1, "VAT", "10.00", "1.00")],
	}
	note = note_of(
		"66.00",
		make_refund(22, "6.00", shipping_lines=[back(21, "-5.00", {1: "-1.00"}, total_tax="-1.00")]),
		**lines,
	)
	assert charges(note) == [("Shipping Income", -5), ("VAT", -1)]
	assert [row.amount for row in note.rows] == [0]


# --- lines that make no sense any more ---


def test_a_line_that_the_order_has_no_more_goes_to_the_account_of_refunds():
	refund = make_refund(21, "20.00", line_items=[back(99, "-20.00", quantity=-1, name="Gone")])
	note = note_of("40.00", refund, line_items=[item(11, "40.00")])
	assert [(row.item_code, row.account, row.amount) for row in note.rows] == [
		("WOO-REFUND", "Sales Returns", -20)
	]


def test_a_refund_dated_before_its_order_is_posted_with_it():
	refund = make_refund(21, "5.00", date_created_gmt="2026-02-01T10:00:00")
	note = note_of("40.00", refund, line_items=[item(11, "40.00")])
	assert note.posted_at == datetime(2026, 3, 1, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(("told", "by_itself"), [("-6.00", "0.00"), ("-6.00", "5.00"), ("-5.00", "6.00")])
def test_a_refund_that_the_order_names_with_another_sum_is_held_with_both(told, by_itself):
	order = make_order(total="40.00", line_items=[item(11, "40.00")], refunds=[{"id": 21, "total": told}])
	held = translate(order, [make_refund(21, by_itself)])
	assert held.reason == "refund_contradicts"
	assert [amount for _label, amount in held.breakdown] == [-Decimal(told), Decimal(by_itself)]


def test_a_refund_of_nothing_whose_lines_give_something_back_is_held_with_both():
	refund = make_refund(21, "0.00", line_items=[back(11, "-6.00", quantity=-1)])
	held = translate(order_of("40.00", [refund], line_items=[item(11, "40.00")]), [refund])
	assert held.reason == "refund_contradicts"
	assert dict(held.breakdown) == {"Refund": 0, "Its lines": 6}


def test_no_advice_on_a_refund_has_it_made_again():
	"""To delete a refund brings no money and no stock back; made again, the gateway would pay it a second time."""
	held = translate(
		make_order(total="40.00", line_items=[item(11, "40.00")], refunds=[{"id": 21, "total": "-6.00"}]),
		[make_refund(21, "5.00")],
	)
	assert "Don't change the refund in the shop" in held.what_to_do
	assert "by hand" in held.what_to_do
