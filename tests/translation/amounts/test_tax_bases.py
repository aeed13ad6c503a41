"""What a tax was charged on: the base that the tax office asks for, for each rate."""

import gzip
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, strategies as st

from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.translation.amounts.taxes import TaxRows
from jarz_woocommerce_integration.translation.drafts import ChargeKind, OrderDraft
from jarz_woocommerce_integration.translation.lookups import Lookups
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator
from tests.translation.building import make_order, translate

SHOP11 = Path(__file__).parents[2] / "fixtures" / "shop11"
BOOKED = ("completed", "processing", "refunded")


def tax_rows(*percents):
	lines = [
		{"id": n, "rate_id": n, "label": f"R{n}", "tax_total": "0", "rate_percent": percent}
		for n, percent in enumerate(percents, 1)
	]
	return TaxRows(make_order(tax_lines=lines), Policy(), 2)


def bases(total, *taxes, percents=("19", "7")):
	told = [(place, Decimal(amount)) for place, amount in enumerate(taxes)]
	return [base for _place, base in tax_rows(*percents).bases(Decimal(total), told)[0]]


@pytest.mark.parametrize(
	("total", "taxes", "percents", "expected"),
	[
		("100.00", ["19.00"], ["19"], ["100.00"]),
		("100.00", ["5.00", "9.98"], ["5", "9.975"], ["100.00", "100.00"]),  # Canada: both on all of it
		("100.00", ["5.00", "10.47"], ["5", "9.975"], ["100.00", "100.00"]),  # the second on the first, too
		("223.74", ["16.78", "9.48"], ["19", "7"], ["88.31", "135.43"]),  # Germanized: shipping by share
		("-5.00", ["-0.59", "-0.04"], ["14", "5"], ["-4.20", "-0.80"]),  # a fee that gives money off
		("0.00", ["0.00", "0.00"], ["19", "7"], ["0.00", "0.00"]),
		("100.00", ["19.00", "0.00"], ["19", "7"], ["100.00", "0.00"]),
		("100.00", ["19.00", "0.00"], ["19", "0"], ["100.00", "100.00"]),  # a rate of 0 % says no share
		(
			"100.00",
			["19.00", "7.00"],
			[None, "7"],
			["100.00", "100.00"],
		),  # a percentage that isn't told, neither
		("-20.00", ["-1.40", "-0.25"], ["14", "5"], ["-10.00", "-5.00"]),  # a quarter on goods without tax
		("100.00", ["30.00", "-1.00"], ["19", "7"], ["100.00", "100.00"]),  # taxes that fit nothing
	],
)
def test_each_tax_is_on_all_of_its_line_unless_rates_share_the_line_out(total, taxes, percents, expected):
	assert list(map(str, bases(total, *taxes, percents=percents))) == expected


@given(st.integers(1, 10**7), st.integers(0, 100), st.sampled_from([(19, 7), (14, 5), (20, 10)]))
def test_shares_sum_to_the_line(cents, part, percents):
	total = Decimal(cents) / 100
	first = (total * part / 100).quantize(Decimal("0.01"))
	taxes = [
		(base * percent / 100).quantize(Decimal("0.01"))
		for base, percent in zip((first, total - first), percents, strict=True)
	]
	found = bases(total, *taxes, percents=percents)
	slack = sum(Decimal(1) / percent for percent in percents)
	assert sum(found) in (total, 2 * total) or abs(sum(found) - total) <= slack
	if sum(found) == total:
		assert abs(found[0] - first) <= slack


@given(
	st.integers(-(10**6), 10**6),
	st.lists(
		st.tuples(st.integers(-(10**5), 10**5), st.sampled_from(("19", "7", "5", "0", None))), max_size=3
	),
)
@example(0, [(1, "19"), (-2, "19")])
@example(1, [(1, "19"), (-1, "19")])
def test_a_line_is_taxed_as_a_whole_or_its_shares_and_the_rest_are_the_line(cents, taxes):
	total = Decimal(cents) / 100
	told = [(place, Decimal(amount) / 100) for place, (amount, _percent) in enumerate(taxes)]
	found, rest = tax_rows(*(percent for _amount, percent in taxes)).bases(total, told)
	assert [place for place, _base in found] == [place for place, _amount in told]
	whole = all(base == total for _place, base in found) and rest == (0 if found else total)
	assert whole or sum(base for _place, base in found) + rest == total


def test_the_bases_of_an_order_and_of_its_refund_are_those_of_their_rates():
	"""A shipping line of two rates, as Germanized shares it out."""
	order = make_order(
		total="389.00",
		total_tax="65.26",
		line_items=[
			{
				"id": 1,
				"name": "Lamp",
				"product_id": 7,
				"quantity": 1,
				"subtotal": "100.00",
				"total": "100.00",
				"total_tax": "39.00",
				"taxes": [{"id": 1, "total": "39.00"}],
			}
		],
		shipping_lines=[
			{
				"id": 2,
				"method_title": "Flat",
				"total": "223.74",
				"total_tax": "26.26",
				"taxes": [{"id": 1, "total": "16.78"}, {"id": 2, "total": "9.48"}],
			}
		],
		tax_lines=[
			{
				"id": 3,
				"rate_id": 1,
				"label": "19",
				"tax_total": "39.00",
				"shipping_tax_total": "16.78",
				"rate_percent": 19,
			},
			{
				"id": 4,
				"rate_id": 2,
				"label": "7",
				"tax_total": "0",
				"shipping_tax_total": "9.48",
				"rate_percent": 7,
			},
		],
	)
	charges = translate(order).invoice.charges
	taxable = {charge.description: charge.taxable for charge in charges if charge.kind is ChargeKind.TAX}
	assert taxable == {"19": Decimal("188.31"), "7": Decimal("135.43")}


# --- a real shop -----------------------------------------------------------------------------------


def shop11():
	"""(order, its refunds) of the real shop, of those that are consistent and booked."""

	def answers(name):
		return json.loads(gzip.decompress((SHOP11 / name).read_bytes()), parse_float=Decimal)

	truth, refunds = answers("truth.json.gz")["orders"], answers("refunds.json.gz")
	for order in answers("orders.json.gz"):
		if order["status"] in BOOKED and not Decimal(truth[str(order["id"])]["total_off_by"]):
			yield order, refunds.get(str(order["id"]), [])


def test_each_invoice_and_credit_note_of_a_real_shop_is_told_wholly_and_its_taxes_are_the_shops():
	"""What bears a tax, what bears none, what was given back as an amount, and the taxes are the total, to the cent."""
	translator = Translator(Policy(), TerritoryIndex([], {}), ZoneInfo("Africa/Cairo"))
	shop, books = Counter(), Counter()
	count = 0
	for order, refunds in shop11():
		parsed = parse(Order, order)
		details = {parsed.id: [parse(Refund, refund) for refund in refunds]}
		draft = translator.translate(translator.prepare([parsed]), details, Lookups())[0].translation
		assert isinstance(draft, OrderDraft), draft
		for document in (draft.invoice, *draft.credit_notes):
			taxes = [charge for charge in document.charges if charge.kind is ChargeKind.TAX]
			rounding = sum(c.amount for c in document.charges if c.kind is ChargeKind.ROUNDING)
			parts = sum(tax.amount + tax.taxable for tax in taxes) + document.untaxed + rounding
			assert document.total == parts + getattr(document, "by_amount", 0), document.name
			count += 1
		for line in order["tax_lines"]:
			tax = Decimal(line["tax_total"]) + Decimal(line["shipping_tax_total"])
			shop[order["currency"], line["rate_id"]] += tax
		for charge in draft.invoice.charges:
			if charge.kind is ChargeKind.TAX:
				books[order["currency"], charge.source_id] += charge.amount
	assert count > 1_200
	assert books == shop
