"""An order becomes books that sum to its total, or it is held with its parts shown."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from jarz_woocommerce_integration.translation.amounts.lines import unknown_line
from jarz_woocommerce_integration.translation.amounts.rounding import limit_of
from jarz_woocommerce_integration.translation.drafts import (
	Action,
	Cancel,
	ChargeKind,
	Failure,
	Hold,
	OrderDraft,
	OrderState,
	SalesOrderDraft,
	Skip,
	Unchanged,
)
from jarz_woocommerce_integration.translation.lookups import KnownItem, KnownOrder, Lookups
from jarz_woocommerce_integration.translation.orders.facts import payload_hash
from jarz_woocommerce_integration.translation.policy import Policy
from tests.translation.building import captured_shop, make_order, total_of, translate

EVERY_STATUS = {
	status: "submit_and_pay"
	for status in (
		"pending processing on-hold completed cancelled refunded failed shipped lost trash checkout-draft".split()
	)
}


def line(line_id=1, total="10.00", quantity=1, **fields):
	return {
		"id": line_id,
		"name": f"Line {line_id}",
		"product_id": 1000 + line_id,
		"quantity": quantity,
		"subtotal": fields.pop("subtotal", total),
		"total": total,
		"sku": f"SKU-{line_id}",
		**fields,
	}


def tax(rate_id, tax_total, shipping_tax_total="0.00", label="VAT"):
	return {
		"id": 900 + rate_id,
		"rate_id": rate_id,
		"rate_code": f"EG-{label}-{rate_id}",
		"label": label,
		"tax_total": tax_total,
		"shipping_tax_total": shipping_tax_total,
		"rate_percent": 14,
	}


def parts_of(order):
	lines = (*order.line_items, *order.shipping_lines, *order.fee_lines)
	return sum((own.total for own in lines), Decimal(0)) + order.total_tax


# --- the captured shop -------------------------------------------------------------------------


def test_every_captured_order_that_is_consistent_is_exact_and_every_other_is_held():
	orders, refunds = captured_shop()
	consistent = inconsistent = 0
	for order in orders:
		details = refunds.get(order.id, [])
		known = {refund.id for refund in order.refunds} == {refund.id for refund in details}
		draft = translate(order, details, statuses=EVERY_STATUS)
		if not known:
			assert isinstance(draft, Failure)
		elif parts_of(order) == order.total:
			consistent += 1
			assert isinstance(draft, OrderDraft), (order.id, draft)
			assert total_of(draft.invoice) == draft.invoice.total == order.total
			for row in draft.invoice.rows:
				assert (row.rate * row.quantity).quantize(Decimal("0.01")) == row.amount
				assert row.price_list_rate >= row.rate
			for note in draft.credit_notes:
				assert total_of(note) == note.total
			credited = -sum((note.total for note in draft.credit_notes), Decimal(0))
			assert credited == -sum((refund.total for refund in order.refunds), Decimal(0))
		else:
			inconsistent += 1
			assert isinstance(draft, Hold), (order.id, draft)
			assert draft.reason == "total_differs"
			assert draft.breakdown[-1] == ("Order total", order.total)
	assert consistent > 300
	assert inconsistent > 10


def test_captured_discounts_show_as_list_rate_less_rate():
	orders, _refunds = captured_shop()
	shown = 0
	for order in orders:
		draft = translate(order, statuses=EVERY_STATUS)
		if not isinstance(draft, OrderDraft):
			continue
		for own in order.line_items:
			rows = [row for row in draft.invoice.rows if row.order_line_id == own.id]
			if rows and own.subtotal > own.total:
				shown += 1
				listed = sum(row.price_list_rate * row.quantity for row in rows)
				assert abs(listed - own.subtotal) <= Decimal("0.005") * own.quantity
				assert sum(row.amount for row in rows) == own.total
	assert shown > 50


# --- made-up orders ----------------------------------------------------------------------------

cents = st.integers(0, 500_000).map(lambda value: Decimal(value).scaleb(-2))
signed = st.integers(-20_000, 20_000).map(lambda value: Decimal(value).scaleb(-2))
quantities = st.one_of(
	st.integers(0, 99).map(Decimal),
	st.integers(1, 9_999).map(lambda value: Decimal(value).scaleb(-3)),
)


@st.composite
def orders(draw):
	lines = [
		line(place, str(draw(cents)), str(draw(quantities)))
		for place in range(1, draw(st.integers(0, 6)) + 1)
	]
	for own in lines:
		own["subtotal"] = str(Decimal(own["total"]) + draw(st.sampled_from([Decimal(0), Decimal("3.33")])))
	shipping = [
		{"id": 50 + place, "method_id": "flat_rate", "total": str(draw(cents))}
		for place in range(draw(st.integers(0, 2)))
	]
	fees = [
		{"id": 70 + place, "name": f"Fee {place}", "total": str(draw(signed))}
		for place in range(draw(st.integers(0, 2)))
	]
	taxes = [tax(place, str(draw(signed)), str(draw(cents))) for place in range(draw(st.integers(0, 3)))]
	total_tax = sum((Decimal(t["tax_total"]) + Decimal(t["shipping_tax_total"]) for t in taxes), Decimal(0))
	total = total_tax + sum((Decimal(own["total"]) for own in (*lines, *shipping, *fees)), Decimal(0))
	return make_order(
		line_items=lines,
		shipping_lines=shipping,
		fee_lines=fees,
		tax_lines=taxes,
		total_tax=str(total_tax),
		total=str(total),
	)


@given(orders())
@settings(max_examples=200, deadline=None)
def test_whatever_the_parts_are_the_invoice_is_the_order_to_the_cent(order):
	draft = translate(order)
	assert isinstance(draft, OrderDraft)
	# A line of nothing at no price has no row.
	sells = any(own.quantity >= 0 <= own.total and (own.quantity or own.total) for own in order.line_items)
	owed = -order.total if sells and order.total < 0 else 0
	assert total_of(draft.invoice) == draft.invoice.total == order.total + owed
	assert draft.invoice.rows, "an invoice needs a row"
	assert draft.invoice.is_return == (order.total < 0 and not owed)
	assert [note.total for note in draft.credit_notes] == ([-owed] if owed else [])
	assert [total_of(note) for note in draft.credit_notes] == ([-owed] if owed else [])
	for row in draft.invoice.rows:
		assert row.quantity != 0
		assert (row.quantity < 0) == draft.invoice.is_return
		assert row.rate >= 0


@given(orders(), st.integers(-500, 500).filter(bool))
@settings(max_examples=100, deadline=None)
def test_a_total_that_is_off_is_rounding_up_to_a_cent_for_each_rounded_line_and_tax_and_held_beyond(
	order, off
):
	difference = Decimal(off).scaleb(-2)
	order = order.model_copy(update={"total": order.total + difference})
	result = translate(order)
	if abs(difference) <= limit_of(order, Decimal("0.01")):
		assert isinstance(result, OrderDraft)
		assert total_of(result.invoice) == order.total
		assert sum(c.amount for c in result.invoice.charges if c.kind is ChargeKind.ROUNDING) == difference
	else:
		assert isinstance(result, Hold)
		assert result.reason == ("paid_otherwise" if off < 0 <= order.total else "total_differs")
		parts = sum(amount for label, amount in result.breakdown if label != "Order total")
		assert parts == order.total - difference


def test_small_differences_are_booked_as_rounding_where_the_policy_allows_them():
	order = make_order(line_items=[line(total="10.00")], total="10.02")
	draft = translate(order, money={"rounding_tolerance": "0.05"})
	assert [(charge.kind, charge.amount) for charge in draft.invoice.charges] == [
		(ChargeKind.ROUNDING, Decimal("0.02"))
	]


def test_a_cent_of_tax_in_no_tax_line_is_the_orders_own_rounding():
	order = make_order(line_items=[line()], tax_lines=[tax(1, "1.40")], total_tax="1.41", total="11.41")
	draft = translate(order)
	assert {(charge.kind, charge.amount) for charge in draft.invoice.charges} == {
		(ChargeKind.TAX, Decimal("1.40")),
		(ChargeKind.ROUNDING, Decimal("0.01")),
	}


def test_tax_that_no_tax_line_names_is_not_guessed():
	held = translate(make_order(line_items=[line()], total_tax="1.40", total="11.40"))
	assert isinstance(held, Hold)
	assert held.reason == "tax_not_itemised"


def test_amounts_finer_than_the_currency_are_held_and_those_of_the_dinar_are_not():
	body = {"line_items": [line(total="10.125")], "total": "10.125"}
	assert translate(make_order(**body)).reason == "too_many_decimals"
	draft = translate(make_order(currency="KWD", **body))
	assert total_of(draft.invoice) == Decimal("10.125")


@pytest.mark.parametrize("currency", ["JPY", "KRW", "VND", "CLP", "ISK", "XOF", "UGX"])
def test_no_row_is_in_hundredths_of_a_currency_that_has_none(currency):
	"""Three pieces for 1,000: the unit price of 333.33 isn't money there."""
	order = make_order(currency=currency, line_items=[line(total="1000", quantity=3)], total="1000")
	draft = translate(order)
	assert total_of(draft.invoice) == 1000
	for row in draft.invoice.rows:
		assert row.rate == row.rate.to_integral_value(), row


@pytest.mark.parametrize("currency", ["EGP", "USD", "EUR", "HUF", "TWD", "CZK", "CHF"])
def test_currencies_with_hundredths_keep_them_though_their_shops_round_to_whole_ones(currency):
	order = make_order(currency=currency, line_items=[line(total="10.12")], total="10.12")
	assert total_of(translate(order).invoice) == Decimal("10.12")


def test_a_hundred_percent_coupon_leaves_an_invoice_of_zero_that_shows_the_price():
	order = make_order(line_items=[line(total="0.00", subtotal="30.00", quantity=3)], total="0.00")
	draft = translate(order)
	[row] = draft.invoice.rows
	assert (row.quantity, row.rate, row.price_list_rate) == (3, 0, Decimal("10.00"))
	assert draft.payment is None


def test_quantity_zero_books_what_was_charged_and_nothing_for_nothing():
	order = make_order(
		line_items=[line(1, "5.00", quantity=0), line(2, "0.00", quantity=0), line(3, "1.00")], total="6.00"
	)
	rows = translate(order).invoice.rows
	assert [(row.order_line_id, row.quantity, row.amount) for row in rows] == [
		(1, 1, Decimal("5.00")),
		(3, 1, Decimal("1.00")),
	]


def test_an_order_without_lines_has_a_row_without_an_amount():
	order = make_order(shipping_lines=[{"id": 5, "method_id": "flat_rate", "total": "15.00"}], total="15.00")
	draft = translate(order)
	assert [(row.quantity, row.amount) for row in draft.invoice.rows] == [(1, 0)]
	assert total_of(draft.invoice) == 15


def test_a_line_that_gives_money_off_is_a_deduction_beside_the_items():
	order = make_order(line_items=[line(1, "30.00"), line(2, "-10.00", quantity=-1)], total="20.00")
	draft = translate(order)
	assert [row.order_line_id for row in draft.invoice.rows] == [1]
	assert [(charge.kind, charge.amount) for charge in draft.invoice.charges] == [(ChargeKind.DISCOUNT, -10)]


def below_zero(lines: list[dict], **fields):
	return make_order(
		id=41,
		number="41",
		line_items=lines,
		fee_lines=[{"id": 7, "name": "Points", "total": "-20.00"}],
		coupon_lines=[{"id": 9, "code": "save10", "discount": "3.00"}],
		**fields,
	)


def test_goods_of_an_order_below_zero_are_sold_and_what_is_owed_is_a_credit_note():
	draft = translate(below_zero([line(1, "5.00", 2)], total="-15.00"))
	assert not draft.invoice.is_return
	assert [(row.quantity, row.amount) for row in draft.invoice.rows] == [(2, 5)]
	assert [(charge.account, charge.amount) for charge in draft.invoice.charges] == [
		("Discounts Allowed", -20),
		("Sales Returns", 15),
	]
	assert (draft.invoice.total, draft.coupons, draft.payment, draft.owed_total) == (0, ("save10",), None, 15)
	(note,) = draft.credit_notes
	assert (note.refund_id, note.total, note.repayment) == (41, -15, None)
	assert [(row.account, row.quantity, row.amount) for row in note.rows] == [("Sales Returns", -1, -15)]
	assert note.charges == []


def test_an_order_below_zero_keeps_its_taxes_in_its_invoice():
	fee = {"id": 7, "name": "Points", "total": "-20.00", "total_tax": "-2.80"}
	fee["taxes"] = [{"id": 1, "total": "-2.80"}]
	sold = line(1, "5.00", 2) | {"total_tax": "0.70", "taxes": [{"id": 1, "total": "0.70"}]}
	order = make_order(
		line_items=[sold],
		fee_lines=[fee],
		tax_lines=[tax(1, "-2.10")],
		total_tax="-2.10",
		total="-17.10",
	)
	draft = translate(order)
	assert (draft.invoice.total, draft.owed_total) == (0, Decimal("17.10"))
	(vat,) = [charge for charge in draft.invoice.charges if charge.kind is ChargeKind.TAX]
	assert (vat.amount, vat.taxable) == (Decimal("-2.10"), -15)


def test_an_order_below_zero_that_sells_nothing_is_a_return():
	draft = translate(below_zero([line(1, "-5.00", quantity=-1)], total="-25.00"))
	assert (draft.invoice.is_return, draft.invoice.total, draft.owed_total) == (True, -25, 0)
	assert [(row.quantity, row.rate) for row in draft.invoice.rows] == [(-1, 0)]
	assert total_of(draft.invoice) == -25
	assert (draft.payment, draft.credit_notes) == (None, [])


def test_a_draft_of_an_order_below_zero_has_no_credit_note():
	draft = translate(below_zero([line(1, "5.00", 2)], total="-15.00", status="on-hold"))
	assert (draft.invoice.submit, draft.invoice.total, draft.credit_notes) == (False, 0, [])


def test_an_order_below_zero_is_held_by_policy_or_where_it_is_said_to_be_paid_by_credit():
	order = below_zero([line(1, "5.00", 2)], total="-15.00")
	assert translate(order, money={"negative_total": "hold"}).reason == "negative_total"
	wallet = {"id": 8, "name": "Wallet", "total": "-2.00"}
	wallet["meta_data"] = [{"id": 1, "key": "_legacy_fee_key", "value": "_via_wallet_partial_payment"}]
	fees = [{"id": 7, "name": "Points", "total": "-20.00"}, wallet]
	order = make_order(line_items=[line(1, "5.00", 2)], fee_lines=fees, total="-17.00")
	assert translate(order, accounts={"store_credit": "Credit"}).reason == "negative_total"


def test_taxes_shipping_and_fees_go_to_the_accounts_of_the_policy():
	order = make_order(
		line_items=[line()],
		tax_lines=[tax(1, "1.40"), tax(3, "0.10", label="Local")],
		total_tax="1.50",
		shipping_lines=[
			{
				"id": 5,
				"method_id": "flat_rate",
				"instance_id": "1",
				"method_title": "Cairo",
				"total": "20.00",
			},
			{"id": 6, "method_id": "flat_rate", "instance_id": "2", "total": "7.00"},
		],
		fee_lines=[{"id": 7, "name": "Wrap", "total": "3.00"}, {"id": 8, "name": "Points", "total": "-1.00"}],
		total="40.50",
	)
	draft = translate(
		order, taxes={"1": "VAT 14"}, shipping={"flat_rate:1": "Cairo"}, fees={"Wrap": "Wrapping"}
	)
	assert [(charge.account, charge.amount) for charge in draft.invoice.charges] == [
		("Cairo", Decimal("20.00")),
		("Shipping Income", Decimal("7.00")),
		("Wrapping", Decimal("3.00")),
		("Discounts Allowed", Decimal("-1.00")),
		("VAT 14", Decimal("1.40")),
		("VAT", Decimal("0.10")),
	]


# --- statuses and payments ---------------------------------------------------------------------


def test_a_status_that_the_policy_does_not_know_holds_the_order():
	held = translate(make_order(status="packed", line_items=[line()], total="10.00"))
	assert isinstance(held, Hold)
	assert held.reason == "unknown_status"
	assert '"packed"' in held.message


@pytest.mark.parametrize(
	("status", "kind"),
	[("pending", Skip), ("failed", Skip), ("checkout-draft", Skip), ("cancelled", Cancel), ("trash", Cancel)],
)
def test_statuses_that_history_does_not_book(status, kind):
	assert isinstance(translate(make_order(status=status, line_items=[line()], total="10.00")), kind)


def test_on_hold_is_a_draft_without_payment():
	draft = translate(
		make_order(status="on-hold", line_items=[line()], total="10.00", date_paid_gmt="2026-03-01T10:05:00")
	)
	assert (draft.action, draft.invoice.submit, draft.payment) == (Action.DRAFT, False, None)


@pytest.mark.parametrize(
	("action", "submit"), [(Action.SALES_ORDER_DRAFT, False), (Action.SALES_ORDER, True)]
)
def test_a_status_may_become_a_sales_order_without_payment_and_refunds(action, submit):
	paid = {"date_paid_gmt": "2026-03-01T10:05:00", "refunds": [{"id": 21, "total": "-4.00"}]}
	order = make_order(status="processing", line_items=[line()], total="10.00", **paid)
	draft = translate(order, statuses={"processing": action})
	assert isinstance(draft, SalesOrderDraft)
	assert (draft.action, draft.invoice.submit, draft.invoice.total) == (action, submit, Decimal("10.00"))
	assert (draft.payments, draft.credit_notes) == ([], [])


def test_its_sales_order_and_its_invoice_have_the_same_fingerprint():
	order = make_order(status="processing", line_items=[line()], total="10.00")
	ordered = translate(order, statuses={"processing": Action.SALES_ORDER})
	assert ordered.invoice.fingerprint == translate(order).invoice.fingerprint


def test_an_order_below_zero_becomes_no_sales_order():
	fee = {"id": 9, "name": "Voucher", "total": "-30.00"}
	order = make_order(status="processing", line_items=[line()], fee_lines=[fee], total="-20.00")
	skip = translate(order, statuses={"processing": Action.SALES_ORDER})
	assert isinstance(skip, Skip)
	assert skip.reason == "no_sales_order"


def paid_order(status="processing", paid=None, completed=None):
	return make_order(
		status=status,
		line_items=[line()],
		total="10.00",
		payment_method="cod",
		transaction_id="T-1",
		date_paid_gmt=paid,
		date_completed_gmt=completed,
	)


@pytest.mark.parametrize(
	("rule", "order", "is_paid"),
	[
		("date_paid", paid_order(), False),
		("date_paid", paid_order(paid="2026-03-02T10:00:00"), True),
		("at_once", paid_order(), True),
		("on_delivery", paid_order(paid="2026-03-02T10:00:00"), False),
		("on_delivery", paid_order("completed", completed="2026-03-03T10:00:00"), True),
		# Opened again: the shop keeps both dates.
		("on_delivery", paid_order(paid="2026-03-03T10:00:00", completed="2026-03-03T10:00:00"), False),
	],
)
def test_when_a_gateways_orders_count_as_paid(rule, order, is_paid):
	gateway = {"mode_of_payment": "Cash", "account": "Cash", "paid": rule}
	payment = translate(order, gateways={"cod": gateway}).payment
	assert (payment is not None) == is_paid
	if payment:
		assert (payment.amount, payment.mode_of_payment, payment.reference) == (10, "Cash", "T-1")


def test_a_gateway_is_never_matched_by_a_part_of_its_name():
	gateway = {"mode_of_payment": "Cash", "account": "Cash"}
	order = paid_order(paid="2026-03-02T10:00:00").model_copy(update={"payment_method": "cod_card"})
	assert translate(order, gateways={"cod": gateway}).payment.mode_of_payment == "WooCommerce"


@pytest.mark.parametrize(
	("told", "fee"),
	[
		("0.35", "0.35"),
		(0.35, "0.35"),
		("none", "0"),
		("-1", "0"),
		("10.00", "0"),
		("0.355", "0"),
		(None, "0"),
	],
)
def test_a_gateways_fee_is_what_its_plugin_wrote_where_that_can_be_a_fee(told, fee):
	gateway = {
		"mode_of_payment": "Card",
		"account": "Stripe",
		"fee_account": "Fees",
		"fee_meta_key": "_stripe_fee",
	}
	body = dict(line_items=[line()], total="10.00", payment_method="cod", date_paid_gmt="2026-03-02T10:00:00")
	order = make_order(meta=[("_stripe_fee", told)], **body)
	payment = translate(order, gateways={"cod": gateway}).payment
	assert (payment.amount, payment.fee, payment.fee_account) == (
		10,
		Decimal(fee),
		"Fees" if fee != "0" else "",
	)
	without_account = {**gateway, "fee_account": ""}
	assert translate(order, gateways={"cod": without_account}).payment.fee == 0


@pytest.mark.parametrize(
	("meta", "fee"),
	[
		([("_stripe_fee", "0.35"), ("_stripe_currency", "EGP")], "0.35"),
		([("_stripe_fee", "0.35"), ("_stripe_currency", "EUR")], "0"),
		([("_wcpay_transaction_fee", "0.41")], "0.41"),
		([("_ppcp_paypal_fees", {"paypal_fee": {"currency_code": "EGP", "value": "0.52"}})], "0.52"),
		([("_ppcp_paypal_fees", {"paypal_fee": {"currency_code": "USD", "value": "0.52"}})], "0"),
		([("_ppcp_paypal_fees", {"paypal_fee": "0.52"})], "0"),
		([("PayPal Transaction Fee", "0.63")], "0.63"),
		([("_stripe_fee", "none"), ("PayPal Transaction Fee", "0.63")], "0.63"),
		([("fee", "0.35")], "0"),
	],
)
def test_the_fees_of_known_plugins_are_found_without_a_key(meta, fee):
	gateway = {"mode_of_payment": "Card", "account": "Card", "fee_account": "Fees"}
	body = dict(line_items=[line()], total="10.00", payment_method="cod", date_paid_gmt="2026-03-02T10:00:00")
	order = make_order(meta=meta, **body)
	assert translate(order, gateways={"cod": gateway}).payment.fee == Decimal(fee)


def test_stripe_divides_by_a_hundred_also_where_the_smallest_unit_is_a_thousandth():
	gateway = {"mode_of_payment": "Card", "account": "Card", "fee_account": "Fees"}
	body = dict(line_items=[line()], total="10.00", payment_method="cod", date_paid_gmt="2026-03-02T10:00:00")
	order = make_order(meta=[("_stripe_fee", "3.45"), ("_stripe_currency", "KWD")], currency="KWD", **body)
	assert translate(order, gateways={"cod": gateway}).payment.fee == Decimal("0.345")


# --- items -------------------------------------------------------------------------------------


def items(*known):
	lookups = Lookups()
	lookups.add_items(known)
	return lookups


def row_of(own, lookups, **tables):
	draft = translate(make_order(line_items=[own], total=own["total"]), lookups=lookups, **tables)
	return draft if isinstance(draft, Hold) else draft.invoice.rows[0]


def test_a_product_without_a_sku_is_known_by_its_id():
	own = {**line(), "sku": ""}
	assert row_of(own, items(KnownItem("TEA", "Tea", product_id=1001))).item_code == "TEA"


def test_a_deleted_variation_is_never_booked_as_its_parent():
	own = {**line(), "meta_data": [{"key": "pa_color", "value": "blue"}]}
	parent = KnownItem("SHIRT", "Shirt", product_id=1001, sku="SKU-1", has_variants=True)
	row = row_of(own, items(parent))
	assert (row.item_code, row.item_name, row.unknown) == ("WOO-UNKNOWN", "Line 1", True)
	assert row_of(own, items(KnownItem("SHIRT", "Shirt", sku="SKU-1"))).unknown


def test_a_deleted_product_keeps_its_name_on_a_placeholder():
	own = {**line(), "product_id": 0, "sku": None}
	row = row_of(own, items(KnownItem("OTHER", "Other", sku="")))
	assert (row.item_name, row.unknown) == ("Line 1", True)


def test_a_sku_that_two_items_share_decides_nothing():
	two = items(KnownItem("A", "A", sku="SKU-1"), KnownItem("B", "B", sku="SKU-1"))
	assert row_of(line(), two).unknown


def test_a_sku_that_moved_to_another_product_is_not_followed():
	moved = items(KnownItem("NEW", "New", product_id=77, sku="SKU-1"))
	assert row_of(line(), moved).unknown


def test_aliases_win_over_everything():
	lookups = items(KnownItem("TEA", "Tea", product_id=1001))
	assert row_of(line(), lookups, items={"aliases": {"product:1001": "COFFEE"}}).item_code == "COFFEE"
	assert row_of(line(), Lookups(), items={"aliases": {"sku:SKU-1": "COFFEE"}}).item_code == "COFFEE"


def test_unknown_items_hold_or_are_created_where_the_policy_says_so():
	held = row_of(line(), Lookups(), items={"unknown": "hold"})
	assert held.reason == "unknown_item"
	assert unknown_line(held.message).sku == "SKU-1"
	assert "SKU SKU-1" in held.message
	draft = translate(make_order(line_items=[line()], total="10.00"), items={"unknown": "create"})
	assert [(item.code, item.product_id) for item in draft.items] == [("SKU-1", 1001)]


# --- seen again --------------------------------------------------------------------------------


def seen(order, state, policy=None):
	known = KnownOrder(order.id, state, payload_hash(order), (policy or Policy()).hash)
	return Lookups(orders={order.id: known})


def test_a_booked_order_that_says_the_same_is_left_alone():
	order = make_order(line_items=[line()], total="10.00")
	assert isinstance(translate(order, lookups=seen(order, OrderState.SYNCED)), Unchanged)


def test_a_renamed_sku_a_deleted_product_or_new_meta_is_no_change():
	order = make_order(line_items=[line()], total="10.00")
	later = make_order(
		line_items=[{**line(), "sku": "NEW", "product_id": 0}], total="10.00", meta=[("_note", "x")]
	)
	assert payload_hash(order) == payload_hash(later)


def test_held_orders_are_tried_again_and_skipped_ones_when_the_policy_changed():
	order = make_order(status="pending", line_items=[line()], total="10.00")
	held = make_order(line_items=[line()], total="10.00")
	assert isinstance(translate(held, lookups=seen(held, OrderState.HELD)), OrderDraft)
	assert isinstance(translate(order, lookups=seen(order, OrderState.SKIPPED)), Unchanged)
	policy = Policy(statuses={"pending": "submit"})
	assert isinstance(translate(order, lookups=seen(order, OrderState.SKIPPED), policy=policy), OrderDraft)
