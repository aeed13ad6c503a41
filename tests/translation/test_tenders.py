"""What gift cards, store credit and wallets pay of an order, by the answers of the plugins themselves."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from jarz_woocommerce_integration.translation.drafts import Action, ChargeKind, Hold, OrderDraft
from jarz_woocommerce_integration.translation.policy import Policy, TenderKind
from jarz_woocommerce_integration.translation.tenders import (
	Tendered,
	left_out,
	tender_payments,
	unexplained_credit,
)
from tests.translation.building import make_line, make_order, make_refund, total_of, translate
from tests.translation.plugins import plugin_order

TENDERS = {
	"gift_card": {"account": "Gift Cards", "mode_of_payment": "Gift Card"},
	"wallet": {"account": "Wallets", "mode_of_payment": "Wallet"},
}
PW, YITH = "pw-woocommerce-gift-cards", "yith-woocommerce-gift-cards"
ADVANCED, TERAWALLET = "advanced-coupons-for-woocommerce-free", "woo-wallet"


def of(plugin, name, **tables):
	order, refunds = plugin_order(plugin, name)
	return translate(order, refunds, tenders=TENDERS, **tables)


def paid(draft):
	return [(payment.key, payment.amount, payment.account) for payment in draft.payments]


def of_goods(total, sold="120.00", **fields):
	return make_order(
		line_items=[make_line(1, sold).model_dump()],
		total=total,
		date_paid_gmt="2026-03-01T10:05:00",
		payment_method="stripe",
		**fields,
	)


# --- by the plugins' own answers ---


def test_woocommerce_gift_cards_are_payments_from_a_liability_beside_the_gateways():
	cards = [{"id": 7, "code": "AAAA-BBBB", "amount": 30}, {"id": 8, "code": "CCCC", "amount": "10.50"}]
	draft = translate(of_goods("79.50", gift_cards=cards), tenders=TENDERS)
	assert draft.invoice.total == Decimal("120.00") == total_of(draft.invoice)
	assert draft.tendered_total == Decimal("40.50")
	assert paid(draft) == [
		("gift_card:AAAA-BBBB", Decimal("30"), "Gift Cards"),
		("gift_card:CCCC", Decimal("10.50"), "Gift Cards"),
		("", Decimal("79.50"), "WooCommerce Payments"),
	]


def test_an_order_that_a_card_paid_wholly_has_no_payment_by_its_gateway():
	draft = of(YITH, "redeemed-whole-meta")
	assert draft.invoice.total == Decimal("287.89") == total_of(draft.invoice)
	assert paid(draft) == [("gift_card:966F-1007-7728-0C4E", Decimal("287.89"), "Gift Cards")]


def test_a_card_that_the_shop_took_as_a_coupon_stays_a_discount():
	draft = of(YITH, "redeemed-as-coupon-refunded")
	assert draft.invoice.total == Decimal("147.90")
	assert paid(draft) == [("", Decimal("147.90"), "WooCommerce Payments")]


@pytest.mark.parametrize(
	("plugin", "name", "code"),
	[
		(YITH, "redeemed-as-coupon-refunded", "cd5e-1d30-084d-44a6"),
		(ADVANCED, "as-coupon-refunded", "store credit"),
	],
)
def test_a_card_that_was_taken_as_a_discount_is_listed(plugin, name, code):
	(finding,) = of(plugin, name).findings
	assert (finding.reason, f'"{code}"' in finding.message) == ("credit_as_discount", True)


def test_by_policy_a_card_that_was_taken_as_a_coupon_is_a_payment_and_taxes_stay_the_shops():
	draft = of(YITH, "redeemed-as-coupon-refunded", cards_as_coupons="payment")
	assert (draft.invoice.total, draft.tendered_total) == (Decimal("267.90"), Decimal("120.00"))
	assert total_of(draft.invoice) == draft.invoice.total
	assert paid(draft) == [
		("gift_card:CD5E-1D30-084D-44A6", Decimal("120.00"), "Gift Cards"),
		("", Decimal("147.90"), "WooCommerce Payments"),
	]
	charges = {charge.kind: (charge.account, charge.amount) for charge in draft.invoice.charges}
	assert charges[ChargeKind.DISCOUNT] == ("Discounts Allowed", Decimal("120.00"))
	assert charges[ChargeKind.TAX][1] == Decimal("18.16")
	assert draft.findings == ()
	(note,) = draft.credit_notes
	assert (note.total, note.repayment.amount, note.repayment.account) == (
		Decimal("-54.00"),
		Decimal("54.00"),
		"WooCommerce Payments",
	)


def test_by_policy_store_credit_loses_what_it_took_off_before_tax():
	draft = of(ADVANCED, "as-coupon-refunded", cards_as_coupons="payment")
	assert paid(draft)[0] == ("store_credit", Decimal("70.66"), "Store Credit")
	assert draft.invoice.total == Decimal("265.99") == total_of(draft.invoice)


@pytest.mark.parametrize(("include_tax", "lost"), [(True, "34.20"), (False, "30.00")])
def test_a_card_loses_what_it_took_off_the_prices_as_the_shop_has_them(include_tax, lost):
	info = {"id": 1, "key": "coupon_info", "value": '[0,"card",null,500]'}
	coupon = {"id": 3, "code": "card", "discount": "30.00", "discount_tax": "4.20", "meta_data": [info]}
	order = of_goods("120.00", coupon_lines=[coupon], prices_include_tax=include_tax)
	draft = translate(order, tenders=TENDERS, cards_as_coupons="payment")
	assert draft.tendered_total == Decimal(lost)


def test_an_ordinary_coupon_stays_a_discount_whatever_the_policy():
	info = {"id": 1, "key": "coupon_info", "value": '[7,"SAVE","percent",10]'}
	coupon = {"id": 3, "code": "SAVE", "discount": "30.00", "meta_data": [info]}
	draft = translate(of_goods("120.00", coupon_lines=[coupon]), cards_as_coupons="payment")
	assert (draft.tendered_total, draft.invoice.charges) == (0, [])


def test_without_an_account_a_card_that_was_taken_as_a_coupon_holds_the_order():
	order, refunds = plugin_order(YITH, "redeemed-as-coupon-refunded")
	held = translate(order, refunds, accounts={"store_credit": ""}, cards_as_coupons="payment")
	assert isinstance(held, Hold) and held.reason == "no_credit_account"


@pytest.mark.parametrize("info", ['[7,"SAVE","percent",10]', "[0", "{}", None, 3, [0, "A"]])
def test_an_ordinary_coupon_is_no_card(info):
	coupon = {"id": 3, "code": "SAVE", "meta_data": [{"key": "coupon_info", "value": info}]}
	assert translate(of_goods("120.00", coupon_lines=[coupon])).findings == ()


def test_store_credit_after_tax_is_a_payment_and_as_a_coupon_a_discount():
	after_tax, coupon = of(ADVANCED, "after-tax-refunded-to-credit"), of(ADVANCED, "as-coupon-refunded")
	assert (after_tax.invoice.total, after_tax.tendered_total) == (Decimal("302.10"), Decimal("100"))
	assert paid(after_tax)[0] == ("store_credit", Decimal("100"), "Store Credit")
	assert (coupon.invoice.total, coupon.tendered_total) == (Decimal("195.33"), 0)


def test_account_funds_are_a_payment():
	draft = translate(of_goods("4.00", sold="36.00", meta=[("_funds_used", "32")]), tenders=TENDERS)
	assert paid(draft) == [
		("wallet", Decimal("32"), "Wallets"),
		("", Decimal("4.00"), "WooCommerce Payments"),
	]


def test_what_a_wallet_paid_is_no_deduction_whatever_the_language_of_its_name():
	draft = of(TERAWALLET, "part-by-wallet-refunded")
	assert draft.invoice.total == Decimal("495.90") == total_of(draft.invoice)
	assert not [charge for charge in draft.invoice.charges if charge.kind is ChargeKind.FEE]
	assert paid(draft) == [
		("wallet:3", Decimal("100.00"), "Wallets"),
		("", Decimal("395.90"), "WooCommerce Payments"),
	]


def test_an_order_that_a_wallet_paid_wholly_is_paid_from_the_liability():
	assert paid(of(TERAWALLET, "paid-by-wallet-refunded")) == [("", Decimal("153.90"), "Wallets")]


@pytest.mark.parametrize(
	("plugin", "name", "credit", "goods"),
	[
		(PW, "sold-taxed", {"Gift Cards": "87.72"}, "100.00"),
		(YITH, "sold-refunded", {"Gift Cards": "300.00"}, "30.00"),
		(TERAWALLET, "topup-taxed", {"Wallets": "526.32"}, "0"),
	],
)
def test_credit_that_is_sold_is_owed_and_no_income(plugin, name, credit, goods):
	draft = of(plugin, name)
	owed = {row.account: str(row.amount) for row in draft.invoice.rows if row.account != "Sales"}
	assert owed == credit
	assert sum(row.amount for row in draft.invoice.rows if row.account == "Sales") == Decimal(goods)


def test_a_card_that_is_given_back_leaves_the_liability():
	note = of(YITH, "sold-refunded").credit_notes[0]
	assert [(row.account, row.amount) for row in note.rows] == [("Gift Cards", Decimal("-300.00"))]


# --- where the order doesn't say it ---


@pytest.mark.parametrize(
	("name", "missing"),
	[
		("redeemed-part-refunded", "153.90"),
		("redeemed-whole", "153.90"),
		("redeemed-part-line-refunded", "50.00"),
	],
)
def test_what_rest_shows_nowhere_is_held_with_the_amount_that_would_explain_it(name, missing):
	held = of(PW, name)
	assert isinstance(held, Hold)
	assert held.reason == "paid_otherwise"
	assert missing in held.message and "gift card" in held.message
	total = dict(held.breakdown)["Order total"]
	parts = sum(amount for label, amount in held.breakdown if label != "Order total")
	assert parts - total == Decimal(missing)


def test_the_hold_names_the_meta_key_whose_value_explains_the_difference():
	held = translate(of_goods("25.00", sold="75.00", meta=[("_wcpos_partial", "50"), ("other", "7")]))
	assert held.reason == "paid_otherwise"
	assert '"_wcpos_partial" is 50.00' in held.message
	assert '"other"' not in held.message


def test_a_count_of_woocommerces_own_explains_no_money():
	counts = [("_wc_order_attribution_session_pages", "3"), ("_reduced_stock", "3")]
	held = translate(of_goods("72.00", sold="75.00", meta=counts))
	assert held.reason == "paid_otherwise" and "order's meta data" not in held.message


def test_no_advice_tells_to_change_a_paid_order():
	held = translate(of_goods("25.00", sold="75.00"))
	assert "ecalculate" not in held.what_to_do and "save" not in held.what_to_do


def test_cards_that_explain_a_part_of_the_difference_leave_the_rest_held():
	cards = [{"id": 7, "code": "A", "amount": "10.00"}]
	held = translate(of_goods("79.50", gift_cards=cards))
	assert held.reason == "paid_otherwise"
	assert "30.50" in held.message
	assert dict(held.breakdown)["Paid by credit"] == Decimal("-10.00")


def test_what_a_person_says_was_paid_by_credit_becomes_a_payment():
	order = of_goods("25.00", sold="75.00")
	(payment,) = tender_payments(order, [unexplained_credit(Decimal("50.00"))], Policy())
	assert (payment.key, payment.amount, payment.account) == (
		"store_credit:UNNAMED",
		Decimal("50.00"),
		"Store Credit",
	)


def test_without_an_account_for_credit_the_order_is_held():
	cards = [{"id": 7, "code": "A", "amount": "40.50"}]
	held = translate(of_goods("79.50", gift_cards=cards), accounts={"store_credit": ""})
	assert held.reason == "no_credit_account"


# --- shapes that plugins send ---


@pytest.mark.parametrize(
	"cards", [None, "", [], {}, "A", [1], [{"code": "A"}], [{"code": "A", "amount": "x"}]]
)
def test_a_field_of_gift_cards_without_any_changes_nothing(cards):
	draft = translate(of_goods("120.00", gift_cards=cards))
	assert paid(draft) == [("", Decimal("120.00"), "WooCommerce Payments")]


def test_a_card_that_the_order_names_and_whose_amount_the_lines_lack_already_is_no_payment():
	cards = [{"id": 7, "code": "A", "amount": "30.00"}]
	draft = translate(of_goods("120.00", gift_cards=cards))
	assert (draft.tendered_total, draft.invoice.total) == (0, Decimal("120.00"))


def test_floats_of_plugins_are_whole_smallest_units():
	meta = [("_ywgc_applied_gift_cards", {"A": Decimal("40.50000000000001")})]
	assert translate(of_goods("79.50", meta=meta)).tendered_total == Decimal("40.50")


def test_the_same_code_twice_makes_two_payments_with_keys_of_their_own():
	cards = [{"code": "A", "amount": "20.00"}, {"code": "A", "amount": "20.50"}]
	draft = translate(of_goods("79.50", gift_cards=cards))
	assert [payment.key for payment in draft.payments] == ["gift_card:A", "gift_card:A+", ""]


def test_a_draft_invoice_has_no_payments():
	cards = [{"code": "A", "amount": "40.50"}]
	draft = translate(of_goods("79.50", gift_cards=cards), statuses={"completed": Action.DRAFT})
	assert (draft.payments, draft.invoice.total) == ([], Decimal("120.00"))


amounts = st.integers(1, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))


@given(st.lists(amounts, max_size=4), amounts)
def test_the_invoice_is_the_total_and_what_was_paid_by_cards_and_everything_is_paid(cards, rest):
	sold = sum(cards, rest)
	named = [{"code": f"C{place}", "amount": str(amount)} for place, amount in enumerate(cards)]
	draft = translate(of_goods(str(rest), sold=str(sold), gift_cards=named))
	assert isinstance(draft, OrderDraft)
	assert draft.invoice.total == sold == total_of(draft.invoice) == draft.paid_total
	assert len({payment.key for payment in draft.payments}) == len(draft.payments)


@given(st.lists(amounts, max_size=5), st.data())
def test_of_several_tenders_those_are_taken_that_explain_the_difference(tenders, data):
	chosen = [tender for tender in tenders if data.draw(st.booleans())]
	named = [Tendered(TenderKind.GIFT_CARD, amount) for amount in tenders]
	found = left_out(named, sum(chosen, Decimal(0)))
	assert sum((tender.amount for tender in found), Decimal(0)) == sum(chosen, Decimal(0))


odd = st.recursive(
	st.one_of(
		st.none(),
		st.booleans(),
		st.integers(),
		st.text(max_size=20),
		st.sampled_from(["1e999999", "-1", "NaN", "30.00", "\u00b2", "0", "yes"]),
		st.decimals(allow_nan=False, allow_infinity=False),
	),
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
	max_leaves=6,
)
KEYS = (
	"_ywgc_applied_gift_cards",
	"acfw_store_credits_order_paid",
	"_funds_used",
	"_wallet_rechargeable_order",
	"_partial_pay_through_wallet_compleate",
	"_woo_wallet_partial_refunded_total",
	"_awcdp_deposits_order_has_deposit",
	"_awcdp_deposits_payment_schedule",
	"has_sub_order",
	"_subscription_renewal",
	"_stripe_currency",
	"_ppcp_paypal_fees",
)


@given(st.dictionaries(st.sampled_from(KEYS), odd), odd, st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_whatever_a_plugin_writes_the_order_is_booked_to_the_cent_or_listed(meta, cards, parent):
	order = of_goods("90.00", meta=meta.items(), gift_cards=cards, parent_id=parent)
	made = translate(
		order,
		gateways={
			"stripe": {
				"mode_of_payment": "C",
				"account": "S",
				"fee_account": "F",
				"fee_meta_key": "_ppcp_paypal_fees",
			}
		},
	)
	if isinstance(made, OrderDraft):
		assert made.invoice.total == order.total + made.tendered_total == total_of(made.invoice)
	else:
		assert made.reason


@given(st.text(min_size=1, max_size=300))
def test_a_payments_key_is_kept_letter_by_letter_by_every_ledger(code):
	named = [
		Tendered(TenderKind.GIFT_CARD, Decimal(1), code),
		Tendered(TenderKind.GIFT_CARD, Decimal(1), code),
	]
	one, two = (payment.key for payment in tender_payments(of_goods("1.00"), named, Policy()))
	assert one != two
	assert max(len(one), len(two)) <= 140
	assert one.isascii() and one == one.strip() and "<" not in one


# --- refunds of orders that were paid in part by credit ---


def test_a_refund_goes_out_by_the_gateway_as_far_as_it_took_anything():
	cards = [{"code": "A", "amount": "100.00"}]
	refund = make_refund(21, "60.00", refunded_payment=True)
	order = of_goods("20.00", gift_cards=cards, refunds=[{"id": 21, "total": "-60.00"}])
	draft = translate(order, [refund])
	(note,) = draft.credit_notes
	assert (note.total, note.repayment.amount) == (Decimal("-60.00"), Decimal("20.00"))
	assert "20.00 is left" in draft.findings[0].message
