"""Totals: exact, by the shop's own rounding, as a person decides, or held with what it would take."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.store.related import Related
from jarz_woocommerce_integration.translation.amounts.balance import resolutions_of
from jarz_woocommerce_integration.translation.drafts import ChargeKind, Hold, OrderDraft, OrderState
from jarz_woocommerce_integration.translation.lookups import KnownOrder, Lookups, Resolution, ResolutionKind
from tests.translation.building import make_line, make_order, translate as translate_order


def of(total, line_total, tax="0.00", currency="EGP", quantity=1, lines=1, **fields):
	"""An order whose lines cost `line_total` each, with one tax line of `tax`."""
	bodies = [
		{
			"id": 10 + number,
			"name": "Lamp",
			"product_id": 5,
			"quantity": quantity,
			"subtotal": line_total,
			"total": line_total,
			"total_tax": tax,
			"taxes": [{"id": 1, "total": tax}] if Decimal(tax) else [],
		}
		for number in range(lines)
	]
	whole_tax = str(sum(Decimal(tax) for _line in bodies))
	tax_lines = [{"id": 90, "rate_id": 1, "label": "VAT", "tax_total": whole_tax, "rate_percent": 14}]
	return make_order(
		currency=currency,
		total=total,
		total_tax=whole_tax,
		line_items=bodies,
		tax_lines=tax_lines if Decimal(tax) else [],
		**fields,
	)


def translate(order, resolution=None, exact=None, **tables):
	""":param exact: the order as the shop gives it with all decimals"""
	lookups = Lookups()
	related = Related(exact={order.id: exact} if exact else {})
	if resolution:
		lookups.orders[order.id] = KnownOrder(order.id, OrderState.HELD, "", resolution=resolution)
	return translate_order(order, lookups=lookups, related=related, **tables)


def rounding_of(draft):
	assert isinstance(draft, OrderDraft), draft
	charges = draft.invoice.charges
	assert (
		sum(part.amount for part in (*draft.invoice.rows, *charges)) == draft.invoice.total
	), "rows and charges are the total"
	return sum((charge.amount for charge in charges if charge.kind is ChargeKind.ROUNDING), Decimal(0))


# --- the shop's own rounding ---


@pytest.mark.parametrize("off", ["0.01", "-0.01", "0.03", "-0.03"])
def test_a_cent_for_each_line_and_tax_that_was_rounded_is_rounding_and_is_listed(off):
	total = Decimal("228.00") + Decimal(off)
	draft = translate(of(str(total), "100.00", "14.00", lines=2))
	assert rounding_of(draft) == Decimal(off)
	assert [finding.reason for finding in draft.findings] == ["rounded"]
	assert off in draft.findings[0].message


def test_what_is_more_than_rounding_can_do_is_held_with_what_a_person_may_decide():
	held = translate(of("228.04", "100.00", "14.00", lines=2))
	assert held.reason == "total_differs"
	assert resolutions_of(held.reason, held.breakdown) == [
		Resolution(ResolutionKind.AS_CHARGED, Decimal("0.04"))
	]
	assert "recalculate" not in held.what_to_do.lower()


def test_a_line_without_tax_that_was_not_discounted_was_not_rounded():
	assert translate(of("10.01", "10.00")).reason == "total_differs"


def test_in_a_shop_without_decimals_the_smallest_unit_is_a_whole_one():
	assert rounding_of(translate(of("246", "99", "25", currency="NOK", lines=2))) == -2
	assert translate(of("249.00", "99.00", "24.50", currency="NOK", lines=2)).reason == "total_differs"


def test_whole_units_are_recognised_after_the_shop_was_given_decimals():
	order = of("214.00", "52.61", lines=1, currency="EGP")
	body = order.model_dump(mode="json")
	body["shipping_lines"] = [{"id": 30, "method_title": "Flat", "total": "35.00", "total_tax": "4.90"}]
	body["line_items"].append({**body["line_items"][0], "id": 11, "total": "100.00", "subtotal": "100.00"})
	body["tax_lines"] = [
		{"id": 90, "rate_id": 1, "label": "VAT", "tax_total": "21.00", "shipping_tax_total": "5.00"}
	]
	body["total_tax"] = "26.00"
	draft = translate(parse(Order, body))
	assert rounding_of(draft) == 0
	assert {row.amount % 1 for row in draft.invoice.rows} == {0}


def test_a_yen_has_no_hundredths():
	draft = translate(of("1000", "1000", currency="JPY", quantity=3))
	assert sorted((row.quantity, row.rate) for row in draft.invoice.rows) == [(1, 334), (2, 333)]


def test_an_order_whose_third_decimal_the_shop_does_not_show_is_held_where_that_matters():
	assert translate(of("2.04", "1.78", "0.25", currency="KWD")).reason == "decimals_not_shown"
	assert rounding_of(translate(of("2.03", "1.78", "0.25", currency="KWD"))) == 0


def test_parts_that_lost_decimals_are_booked_as_the_shop_gives_them_with_all():
	shown = of("2.04", "1.78", "0.25", currency="KWD")
	draft = translate(shown, exact=of("2.040000", "1.785000", "0.255000", currency="KWD"))
	assert rounding_of(draft) == 0
	assert (draft.invoice.total, draft.invoice.rows[0].amount) == (Decimal("2.04"), Decimal("1.785"))


def test_a_total_that_lost_decimals_itself_is_held_with_what_it_lost_and_booked_if_a_person_says_so():
	shown, exact = (
		of("2.04", "1.79", "0.25", currency="KWD"),
		of("2.036000", "1.786000", "0.250000", currency="KWD"),
	)
	hold = translate(shown, exact=exact)
	assert (hold.reason, "by 0.004" in hold.message) == ("decimals_not_shown", True)
	(resolution,) = resolutions_of(hold.reason, hold.breakdown)
	assert rounding_of(translate(shown, resolution, exact=exact)) == Decimal("0.004")


def test_a_shop_that_shows_whole_units_now_hides_no_cents_of_orders_that_had_some():
	shown = of("115", "100", "14")
	assert translate(shown, exact=of("114.500000", "100.440000", "14.060000")).reason == "decimals_not_shown"
	assert rounding_of(translate(shown, exact=of("115.000000", "100.880000", "14.120000"))) == 0


def test_a_total_that_is_whole_with_all_decimals_too_is_held_where_the_taxes_show_that_the_sale_had_cents():
	"""As WooCommerce 11.0.1 answers with `dp=6` in a shop of no decimals, for an order of 114.50."""
	shown, exact = of("115", "100", "14"), of("115.000000", "100.440000", "14.061600")
	hold = translate(shown, exact=exact)
	assert (hold.reason, "by 0.50" in hold.message) == ("decimals_not_shown", True)
	assert "Number of decimals" in hold.what_to_do


def test_without_taxes_the_lines_show_that_the_sale_had_cents():
	assert (
		translate(of("21", "21", "0"), exact=of("21.000000", "20.500000", "0")).reason == "decimals_not_shown"
	)
	assert rounding_of(translate(of("21", "21", "0"), exact=of("21.000000", "21.000000", "0"))) == 0


def test_parts_that_do_not_add_up_with_all_decimals_either_are_taken_as_they_were_shown():
	shown = of("115", "100", "14")
	assert rounding_of(translate(shown, exact=of("115.000000", "100.200000", "14.000000"))) == 1


def test_an_order_that_changed_before_its_decimals_were_read_waits_for_the_next_reading():
	shown = of("2.04", "1.78", "0.25", currency="KWD", date_modified_gmt="2026-03-01T10:00:00")
	exact = of("3.000000", "2.750000", "0.250000", currency="KWD", date_modified_gmt="2026-03-01T10:00:09")
	assert "by 0.01" in translate(shown, exact=exact).message


@pytest.mark.parametrize(
	("currency", "total", "line"),
	[
		("CHF", "43.55", "43.53"),
		("CHF", "43.50", "43.52"),
		("SEK", "44.00", "43.60"),
		("DKK", "43.50", "43.30"),
	],
)
def test_a_total_that_was_rounded_to_a_coin_is_booked_with_the_rounding(currency, total, line):
	assert rounding_of(translate(of(total, line, currency=currency))) == Decimal(total) - Decimal(line)


def test_no_coin_explains_a_total_that_is_no_multiple_of_it_or_is_further_away():
	assert translate(of("43.56", "43.53", currency="CHF")).reason == "total_differs"
	assert translate(of("43.60", "43.53", currency="CHF")).reason == "total_differs"
	assert translate(of("43.55", "43.53", currency="EUR")).reason == "total_differs"


def test_residue_of_floating_point_is_nothing():
	order = of("10.00", "10.00", fee_lines=[{"id": 40, "name": "x", "total": "-1.4E-14"}])
	assert rounding_of(translate(order)) == 0


def test_a_total_finer_than_the_currency_is_held_with_advice_that_works():
	order = of("44.7840", "44.7840", currency="EUR")
	held = translate(order)
	assert held.reason == "too_many_decimals"
	assert "money.decimals" in held.what_to_do
	assert isinstance(translate(order, money={"decimals": {"EUR": 4}}), OrderDraft)


@given(
	st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
	st.sampled_from([Decimal("0.05"), Decimal("0.14"), Decimal("0.19"), Decimal("0.09975")]),
)
def test_an_order_whose_taxes_were_summed_unrounded_is_always_booked(nets, rate):
	"""What `woocommerce_tax_round_at_subtotal` does: each amount is shown rounded, the total is of the unrounded."""
	unit = Decimal("0.01")
	exact = [Decimal(net).scaleb(-2) for net in nets]
	taxes = [net * rate for net in exact]
	lines = [
		make_line(
			10 + number,
			str(net),
			total_tax=str(tax.quantize(unit)),
			taxes=[{"id": 1, "total": str(tax.quantize(unit))}],
		)
		for number, (net, tax) in enumerate(zip(exact, taxes, strict=True))
	]
	shown_tax = sum((tax.quantize(unit) for tax in taxes), Decimal(0))
	total = (sum(exact) + sum(taxes)).quantize(unit)
	order = make_order(
		total=str(total),
		total_tax=str(shown_tax),
		line_items=[line.model_dump(mode="json") for line in lines],
		tax_lines=[{"id": 90, "rate_id": 1, "label": "VAT", "tax_total": str(shown_tax)}],
	)
	assert rounding_of(translate(order)) == total - sum(exact) - shown_tax


# --- what a person decides ---


def test_an_order_is_booked_as_charged_where_a_person_has_decided_about_this_difference():
	order = of("99.99", "50.00")
	decided = Resolution(ResolutionKind.AS_CHARGED, Decimal("49.99"))
	draft = translate(order, decided)
	assert rounding_of(draft) == Decimal("49.99")
	assert [finding.reason for finding in draft.findings] == ["booked_as_charged"]


def test_a_decision_about_another_difference_decides_nothing():
	for kind in ResolutionKind:
		held = translate(of("99.98", "50.00"), Resolution(kind, Decimal("49.99")))
		assert isinstance(held, Hold)


def test_the_rest_is_paid_by_credit_where_a_person_says_so():
	order = of("57.00", "210.90", date_paid_gmt="2026-03-01T10:05:00")
	held = translate(order)
	assert held.reason == "paid_otherwise"
	(credit, as_charged) = resolutions_of(held.reason, held.breakdown)
	assert credit == Resolution(ResolutionKind.PAID_BY_CREDIT, Decimal("-153.90"))
	assert as_charged.kind is ResolutionKind.AS_CHARGED
	account = {"tenders": {"store_credit": {"account": "Store Credit", "mode_of_payment": "Store Credit"}}}
	draft = translate(order, credit, **account)
	assert draft.invoice.total == Decimal("210.90") == draft.paid_total
	assert draft.tendered_total == Decimal("153.90")


def test_nothing_can_be_decided_about_an_order_that_is_held_for_something_else():
	assert resolutions_of("unknown_item", ()) == []
	assert resolutions_of("total_differs", ()) == []
