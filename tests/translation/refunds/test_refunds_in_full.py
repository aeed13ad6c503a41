"""What is left after an order was given back in full: nothing on any account, however its refunds came about."""

from collections import defaultdict
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.translation.drafts import ChargeKind
from tests.translation.building import make_order, make_refund, total_of, translate


def order_of_126(refunds, status="refunded"):
	"""100.00 for 2 and shipping of 5.00, with 20 %."""
	return make_order(
		status=status,
		total="126.00",
		total_tax="21.00",
		date_paid_gmt="2026-03-01T11:00:00",
		line_items=[
			{
				"id": 11,
				"name": "Tea",
				"product_id": 5,
				"quantity": 2,
				"subtotal": "100.00",
				"total": "100.00",
				"total_tax": "20.00",
				"taxes": [{"id": 1, "total": "20.00"}],
			}
		],
		shipping_lines=[
			{
				"id": 12,
				"method_id": "flat_rate",
				"method_title": "Post",
				"total": "5.00",
				"total_tax": "1.00",
				"taxes": [{"id": 1, "total": "1.00"}],
			}
		],
		tax_lines=[
			{
				"id": 90,
				"rate_id": 1,
				"label": "VAT",
				"rate_percent": 20,
				"tax_total": "20.00",
				"shipping_tax_total": "1.00",
			}
		],
		refunds=[{"id": refund.id, "total": str(-refund.amount)} for refund in refunds],
	)


def line(quantity, total, tax, order_line=11):
	return {
		"id": 800,
		"name": "Tea",
		"quantity": quantity,
		"subtotal": total,
		"total": total,
		"total_tax": tax,
		"taxes": [{"id": 1, "total": tax}],
		"meta_data": [{"key": "_refunded_item_id", "value": str(order_line)}],
	}


def left_of(draft):
	left = defaultdict(Decimal)
	for document in (draft.invoice, *draft.credit_notes):
		for part in (*document.rows, *document.charges):
			left[part.account] += part.amount
	return {account: amount for account, amount in left.items() if amount}


def booked(*refunds):
	draft = translate(order_of_126(refunds), refunds)
	for note in draft.credit_notes:
		assert total_of(note) == note.total
		assert all(row.rate >= 0 and row.quantity < 0 for row in note.rows)
	return draft


def test_several_by_amount_and_then_the_rest_take_back_sales_and_tax():
	draft = booked(make_refund(21, "30.00"), make_refund(22, "6.00"), make_refund(23, "90.00"))
	assert left_of(draft) == {}
	amounts, others, rest = draft.credit_notes
	assert [(row.account, row.amount) for row in (*amounts.rows, *others.rows)] == [
		("Sales Returns", -30),
		("Sales Returns", -6),
	]
	# What the two gave back by amount stands on the sales now: a return takes it as a positive charge.
	assert [charge.amount for charge in rest.charges if charge.kind is ChargeKind.REFUND] == [36]
	assert [(row.quantity, row.amount) for row in rest.rows] == [(-2, -100)]


@pytest.mark.parametrize(
	("itemised", "why"),
	[
		({"line_items": [line(-2, "-100.00", "-20.00")]}, "shipping isn't itemised"),
		({"line_items": [line(-2, "-126.00", "0.00")]}, "tax and shipping are in the line"),
		({"line_items": [line(-1, "-105.00", "-21.00")]}, "one piece for all the money"),
		({"line_items": [line(-2, "-100.00", "-20.01")]}, "a cent too much"),
		({"shipping_lines": [{**line(-1, "-5.00", "-1.00", 12), "method_title": "Post"}]}, "only shipping"),
		({"line_items": [line(0, "-50.00", "-10.00"), line(-1, "-50.00", "-10.00")]}, "one line twice"),
		({"line_items": [line(2, "100.00", "20.00")]}, "with a positive sign"),
		({"line_items": [line(-2, "-300.00", "0.00")]}, "more than the amount"),
	],
)
def test_in_full_leaves_nothing_however_it_was_itemised(itemised, why):
	draft = booked(make_refund(21, "126.00", **itemised))
	assert left_of(draft) == {}, why
	assert [(row.quantity, row.amount) for row in draft.credit_notes[0].rows] == [(-2, -100)]


def test_more_of_a_line_than_it_cost_and_then_the_rest():
	draft = booked(
		make_refund(21, "120.00", line_items=[line(-2, "-120.00", "0.00")]), make_refund(22, "6.00")
	)
	assert left_of(draft) == {}
	# All pieces came back with the first; the second takes the tax and gives the line its 20.00 again.
	assert (
		sum(row.quantity for note in draft.credit_notes for row in note.rows if row.item_code != "WOO-REFUND")
		== -2
	)


def test_goods_that_came_back_before_do_not_come_back_twice():
	draft = booked(
		make_refund(21, "60.00", line_items=[line(-1, "-50.00", "-10.00")]), make_refund(22, "66.00")
	)
	assert [(row.quantity, row.amount) for note in draft.credit_notes for row in note.rows] == [
		(-1, -50),
		(-1, -50),
	]
	assert left_of(draft) == {}


def test_pieces_that_were_paid_back_by_amount_still_come_back_as_goods():
	draft = booked(
		make_refund(21, "100.00", line_items=[line(0, "-100.00", "0.00")]), make_refund(22, "26.00")
	)
	rest = draft.credit_notes[1]
	assert [(row.quantity, row.rate) for row in rest.rows] == [(-2, 0)]
	assert left_of(draft) == {}


def test_no_piece_comes_back_for_more_than_it_was_sold_at():
	"""ERPNext refuses that. A piece came back for nothing, so the other one has what was paid for both."""
	draft = booked(make_refund(21, "6.00", line_items=[line(-1, "0.00", "0.00")]), make_refund(22, "120.00"))
	rest = draft.credit_notes[1]
	goods = [(row.quantity, row.rate) for row in rest.rows if row.item_code != "WOO-REFUND"]
	amounts = [(row.account, row.amount) for row in rest.rows if row.item_code == "WOO-REFUND"]
	assert (goods, amounts) == ([(-1, 50)], [("Sales", -50)])
	assert left_of(draft) == {}


def test_thrice_a_third_leaves_no_cent():
	"""A line of 52.61 and 7.36 refunded thrice at 17.54 and 2.45: a cent more of the one, a cent less of the other."""
	body = {
		"total": "59.97",
		"line_items": [
			{
				"id": 11,
				"name": "Candle",
				"product_id": 6,
				"quantity": 3,
				"subtotal": "52.61",
				"total": "52.61",
				"total_tax": "7.36",
				"taxes": [{"id": 1, "total": "7.36"}],
			}
		],
		"tax_lines": [{"id": 90, "rate_id": 1, "label": "VAT", "rate_percent": 14, "tax_total": "7.36"}],
	}
	refunds = [
		make_refund(number, "19.99", line_items=[line(-1, "-17.54", "-2.45")]) for number in (21, 22, 23)
	]
	told = [{"id": refund.id, "total": "-19.99"} for refund in refunds]
	draft = translate(make_order(status="refunded", refunds=told, **body), refunds)
	assert left_of(draft) == {}
	assert [note.charges[0].amount for note in draft.credit_notes] == [
		Decimal("-2.45"),
		Decimal("-2.45"),
		Decimal("-2.46"),
	]
