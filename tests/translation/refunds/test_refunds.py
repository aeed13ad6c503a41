"""Each refund is a credit note of its own; an order that was refunded in full ends at zero, account by account."""

from collections import defaultdict
from decimal import Decimal

from jarz_woocommerce_integration.translation.drafts import Failure, Hold
from tests.translation.building import make_order, make_refund, total_of, translate

TAX = {"id": 90, "rate_id": 1, "rate_code": "EG-VAT-1", "label": "VAT", "rate_percent": 14}


def order_of_114(status="completed", refunds=(), paid="2026-03-01T11:00:00"):
	"""3 for 90.00 and shipping of 10.00, with 14 % tax."""
	return make_order(
		status=status,
		line_items=[
			{"id": 11, "name": "Tea", "product_id": 5, "quantity": 3, "subtotal": "90.00", "total": "90.00"}
		],
		shipping_lines=[{"id": 12, "method_id": "flat_rate", "method_title": "Post", "total": "10.00"}],
		tax_lines=[{**TAX, "tax_total": "12.60", "shipping_tax_total": "1.40"}],
		total_tax="14.00",
		total="114.00",
		date_paid_gmt=paid,
		refunds=[{"id": refund.id, "total": str(-refund.amount)} for refund in refunds],
	)


def refund_line(quantity, total, order_line=11, taxes=()):
	return {
		"id": 800,
		"name": "Tea",
		"product_id": 5,
		"quantity": quantity,
		"subtotal": total,
		"total": total,
		"taxes": list(taxes),
		"meta_data": [{"key": "_refunded_item_id", "value": str(order_line)}],
	}


def balances(draft):
	"""What is left on each income and tax account after all documents."""
	left = defaultdict(Decimal)
	for document in (draft.invoice, *draft.credit_notes):
		for part in (*document.rows, *document.charges):
			left[part.account] += part.amount
	return {account: amount for account, amount in left.items() if amount}


def test_a_refund_by_line_with_tax_and_shipping():
	refund = make_refund(
		21,
		"45.60",
		line_items=[refund_line(-1, "-30.00")],
		shipping_lines=[{"id": 801, "method_id": "flat_rate", "method_title": "Post", "total": "-10.00"}],
		tax_lines=[{**TAX, "tax_total": "-4.20", "shipping_tax_total": "-1.40"}],
	)
	draft = translate(order_of_114(refunds=[refund]), [refund])
	[note] = draft.credit_notes
	assert [(row.quantity, row.rate, row.amount) for row in note.rows] == [(-1, Decimal("30.00"), -30)]
	assert total_of(note) == note.total == Decimal("-45.60")
	assert balances(draft) == {"Sales": 60, "VAT": Decimal("8.40")}
	assert note.repayment.amount == Decimal("45.60")


def test_an_amount_on_a_line_has_quantity_zero_in_the_store():
	refund = make_refund(21, "12.34", line_items=[refund_line(0, "-12.34")])
	[note] = translate(order_of_114(refunds=[refund]), [refund]).credit_notes
	assert [(row.quantity, row.rate) for row in note.rows] == [(-1, Decimal("12.34"))]
	assert "amount only" in note.rows[0].description


def test_an_amount_only_refund_goes_to_the_account_for_refunds():
	refund = make_refund(21, "5.00", reason="Late")
	draft = translate(order_of_114(refunds=[refund]), [refund])
	[row] = draft.credit_notes[0].rows
	assert (row.item_code, row.item_name, row.account, row.amount) == (
		"WOO-REFUND",
		"Late",
		"Sales Returns",
		-5,
	)


def test_a_full_refund_without_lines_takes_every_row_and_tax_back():
	refund = make_refund(21, "114.00")
	draft = translate(order_of_114("refunded", [refund]), [refund])
	assert total_of(draft.credit_notes[0]) == -114
	assert balances(draft) == {}


def test_the_rest_of_a_partly_refunded_order_takes_back_what_is_left():
	first = make_refund(
		21, "34.20", line_items=[refund_line(-1, "-30.00")], tax_lines=[{**TAX, "tax_total": "-4.20"}]
	)
	rest = make_refund(22, "79.80")
	draft = translate(order_of_114("refunded", [first, rest]), [rest, first])
	assert [note.refund_id for note in draft.credit_notes] == [21, 22]
	assert balances(draft) == {}


def test_several_refunds_are_several_credit_notes():
	refunds = [make_refund(21, "5.00"), make_refund(22, "7.00")]
	draft = translate(order_of_114(refunds=refunds), refunds)
	assert [(note.refund_id, note.total) for note in draft.credit_notes] == [(21, -5), (22, -7)]
	assert len({note.name for note in draft.credit_notes}) == 2


def test_more_than_was_given_by_lines_is_an_amount_row_and_less_is_held():
	more = make_refund(21, "40.00", line_items=[refund_line(-1, "-30.00")])
	[note] = translate(order_of_114(refunds=[more]), [more]).credit_notes
	assert [row.amount for row in note.rows] == [-30, -10]
	less = make_refund(21, "20.00", line_items=[refund_line(-1, "-30.00")])
	held = translate(order_of_114(refunds=[less]), [less])
	assert held.reason == "refund_contradicts"
	assert dict(held.breakdown) == {"Refund": 20, "Its lines": 30}


def test_more_than_was_invoiced_is_held_with_the_sums():
	refunds = [make_refund(21, "100.00"), make_refund(22, "14.01")]
	held = translate(order_of_114(refunds=refunds), refunds)
	assert isinstance(held, Hold)
	assert held.reason == "refund_exceeds_invoice"
	assert dict(held.breakdown)["Refunded before"] == 100


def test_a_refunded_order_without_its_refunds_is_held():
	assert translate(order_of_114("refunded")).reason == "refund_incomplete"


def test_an_unpaid_order_has_nothing_to_repay_and_still_ends_at_zero():
	refund = make_refund(21, "114.00")
	draft = translate(order_of_114("refunded", [refund], paid=None), [refund])
	assert (draft.payment, draft.credit_notes[0].repayment) == (None, None)
	assert draft.invoice.total + draft.credit_notes[0].total == 0


def test_a_refund_whose_details_the_store_did_not_give_is_tried_again_later():
	refund = make_refund(21, "5.00")
	assert isinstance(translate(order_of_114(refunds=[refund])), Failure)


def test_taxes_on_refund_lines_count_where_the_refund_has_no_tax_lines():
	refund = make_refund(
		21, "34.20", line_items=[refund_line(-1, "-30.00", taxes=[{"id": 1, "total": "-4.20"}])]
	)
	draft = translate(order_of_114(refunds=[refund]), [refund])
	assert balances(draft) == {"Sales": 60, "Shipping Income": 10, "VAT": Decimal("9.80")}


def test_a_draft_waits_for_its_submission_before_its_refunds_count():
	refund = make_refund(21, "5.00")
	draft = translate(order_of_114("on-hold", [refund]))
	assert (draft.invoice.submit, draft.credit_notes) == (False, [])


def test_a_refund_finer_than_the_currency_is_held():
	refund = make_refund(21, "10.005", line_items=[refund_line(-1, "-10.005")])
	held = translate(order_of_114(refunds=[refund]), [refund])
	assert held.reason == "refund_unclear"
	assert "10.005" in held.message


def test_lines_of_a_refund_that_were_not_rounded_are_rounded_as_the_shop_shows_them():
	refund = make_refund(21, "10.01", line_items=[refund_line(-1, "-10.005")])
	[note] = translate(order_of_114(refunds=[refund]), [refund]).credit_notes
	assert [row.amount for row in note.rows] == [Decimal("-10.01")]
