"""How refunds were paid back: what proves it, what the policy says, and what is listed because neither can tell."""

from decimal import Decimal

import pytest

from tests.translation.building import make_line, make_order, make_refund, translate
from tests.translation.plugins import plugin_order

TENDERS = {"wallet": {"account": "Wallets"}}


def repaid(draft):
	return [
		(note.repayment.amount, note.repayment.account) if note.repayment else None
		for note in draft.credit_notes
	]


def paid_order(refunds, method="stripe", status="completed", meta=()):
	return make_order(
		line_items=[make_line(1, "100.00").model_dump()],
		total="100.00",
		status=status,
		date_paid_gmt="2026-03-01T10:05:00",
		payment_method=method,
		refunds=[
			{"id": refund.id, "total": str(-refund.amount), "reason": refund.reason} for refund in refunds
		],
		meta=meta,
	)


def of(refunds, order_fields=None, repaid="as_paid_listed", **gateway):
	fields = {"mode_of_payment": "Card", "account": "Stripe", "repaid": repaid, **gateway}
	order = paid_order(refunds, **(order_fields or {}))
	return translate(order, refunds, gateways={order.payment_method: fields})


def test_a_refund_by_the_gateway_leaves_its_account_and_is_not_listed():
	draft = of([make_refund(21, "30.00", refunded_payment=True)])
	assert repaid(draft) == [(Decimal("30.00"), "Stripe")]
	assert draft.findings == ()


def test_a_refund_into_store_credit_leaves_no_bank():
	order, refunds = plugin_order("advanced-coupons-for-woocommerce-free", "after-tax-refunded-to-credit")
	draft = translate(order, refunds)
	assert repaid(draft) == [(Decimal("114.00"), "Store Credit")]
	assert draft.findings == ()


def test_a_refund_into_a_wallet_leaves_no_bank():
	order, refunds = plugin_order("woo-wallet", "card-refunded-to-wallet")
	assert repaid(translate(order, refunds, tenders=TENDERS)) == [(Decimal("57.00"), "Wallets")]


def test_a_refund_by_hand_of_an_order_that_a_wallet_paid_is_listed_without_a_repayment():
	order, refunds = plugin_order("woo-wallet", "paid-by-wallet-refunded")
	draft = translate(order, refunds, tenders=TENDERS)
	assert repaid(draft) == [None]
	assert [finding.reason for finding in draft.findings] == ["repayment_unknown"]
	assert "refund 2504 of 114.00 EGP" in draft.findings[0].message


def test_what_a_wallet_gave_beside_the_refunds_is_listed():
	order, refunds = plugin_order("woo-wallet", "part-by-wallet-refunded")
	draft = translate(order, refunds, tenders=TENDERS)
	assert repaid(draft) == [(Decimal("114.00"), "WooCommerce Payments")]
	assert "28.8" in draft.findings[0].message


def test_a_refund_that_nothing_proves_is_booked_as_paid_and_listed():
	draft = of([make_refund(21, "30.00", refunded_payment=False)])
	assert repaid(draft) == [(Decimal("30.00"), "Stripe")]
	assert [finding.reason for finding in draft.findings] == ["repayment_unknown"]


def test_where_the_gateway_paid_others_by_itself_the_one_it_did_not_has_no_repayment():
	refunds = [
		make_refund(21, "20.00", refunded_payment=True),
		make_refund(22, "80.00", refunded_payment=False, reason="Order fully refunded."),
	]
	draft = of(refunds, {"status": "refunded"})
	assert repaid(draft) == [(Decimal("20.00"), "Stripe"), None]
	assert [note.total for note in draft.credit_notes] == [Decimal("-20.00"), Decimal("-80.00")]
	assert "refund 22 of 80.00" in draft.findings[0].message


def test_a_gateway_whose_refunds_are_asked_for_has_no_repayment_without_proof():
	draft = of([make_refund(21, "30.00", refunded_payment=False)], repaid="ask")
	assert (repaid(draft), len(draft.findings)) == ([None], 1)


def test_a_gateway_whose_refunds_are_paid_by_hand_pays_from_the_account_for_that():
	draft = of([make_refund(21, "30.00", refunded_payment=False)], repaid="by_hand", refund_account="Cash")
	assert (repaid(draft), draft.findings) == ([(Decimal("30.00"), "Cash")], ())


def test_cash_that_was_paid_back_is_never_marked_by_the_shop_and_not_listed():
	refund = make_refund(21, "30.00", refunded_payment=False)
	draft = translate(paid_order([refund], method="bacs"), [refund])
	assert (repaid(draft), draft.findings) == ([(Decimal("30.00"), "Bank Account")], ())


@pytest.mark.parametrize(
	("method", "reason", "meta"),
	[
		("stripe", "Refunded via Stripe Dashboard", ()),
		("ppcp-gateway", "", [("_ppcp_refunds", ["7AB"])]),
		("mollie_wc_gateway_ideal", "", [("_mollie_processed_refund_ids", ["re_1"])]),
	],
)
def test_a_refund_in_the_gateways_own_dashboard_is_proven_by_what_its_plugin_wrote(method, reason, meta):
	refund = make_refund(21, "30.00", refunded_payment=False, reason=reason)
	draft = of([refund], {"method": method, "meta": meta}, repaid="ask")
	assert (repaid(draft), draft.findings) == ([(Decimal("30.00"), "Stripe")], ())


def test_fewer_refunds_at_the_gateway_than_in_the_shop_prove_none_of_them():
	refunds = [
		make_refund(21, "30.00", refunded_payment=False),
		make_refund(22, "10.00", refunded_payment=False),
	]
	draft = of(refunds, {"method": "ppcp-gateway", "meta": [("_ppcp_refunds", ["7AB"])]}, repaid="ask")
	assert repaid(draft) == [None, None]


def mollie(refunds, ids):
	fields = {"method": "mollie_wc_gateway_ideal", "meta": [("_mollie_processed_refund_ids", ids)]}
	return of(refunds, fields, repaid="ask")


def test_a_part_that_mollie_paid_back_without_a_refund_in_the_shop_is_listed():
	draft = mollie([], ["re_1"])
	(found,) = draft.findings
	assert (found.reason, list(draft.credit_notes)) == ("repayment_unknown", [])
	assert "1 more times" in found.message
	refund = make_refund(21, "30.00", refunded_payment=False)
	draft = mollie([refund], ["re_1", "re_2"])
	assert repaid(draft) == [(Decimal("30.00"), "Stripe")]
	assert [finding.reason for finding in draft.findings] == ["repayment_unknown"]


def test_parts_at_mollie_that_end_in_one_refund_of_the_whole_order_are_complete():
	refund = make_refund(21, "100.00", refunded_payment=False)
	assert mollie([refund], ["re_1", "re_2"]).findings == ()


# --- fees in other currencies ---


@pytest.mark.parametrize(("currency", "fee"), [("HKD", "0"), ("EGP", "3.50"), (None, "3.50")])
def test_a_stripe_fee_in_another_currency_is_no_fee_of_the_order(currency, fee):
	meta = [("_stripe_fee", "3.50"), *([("_stripe_currency", currency)] if currency else [])]
	draft = of([], {"meta": meta}, fee_account="Fees", fee_meta_key="_stripe_fee")
	assert draft.payment.fee == Decimal(fee)


@pytest.mark.parametrize(("currency", "fee"), [("USD", "0"), ("EGP", "2.10")])
def test_a_paypal_fee_is_read_from_the_object_of_its_plugin(currency, fee):
	fees = {"gross_amount": {"currency_code": "EGP", "value": "100.00"}}
	fees["paypal_fee"] = {"currency_code": currency, "value": "2.10"}
	order = {"method": "ppcp-gateway", "meta": [("_ppcp_paypal_fees", fees)]}
	draft = of([], order, fee_account="Fees", fee_meta_key="_ppcp_paypal_fees")
	assert draft.payment.fee == Decimal(fee)
