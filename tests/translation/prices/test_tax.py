"""Prices with and without tax, by the product's rates at the shop's own place."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.catalogue import TaxRate
from jarz_woocommerce_integration.store.products.tax_settings import ShopTaxes
from jarz_woocommerce_integration.translation.prices.tax import (
	UNCHANGED,
	BaseRate,
	Conversion,
	ListTax,
	conversion_for,
)


def rate(percent, priority=1, **fields):
	values = {"id": 1, "country": "EG", "rate": str(percent), "priority": priority, **fields}
	return TaxRate.model_validate(values)


def conversion(*rates, with_tax=True, lists=ListTax.WITHOUT, tax_class="", tax_status="taxable"):
	taxes = ShopTaxes(with_tax, "EG", "EGC", rates)
	return conversion_for(lists, taxes, tax_class, tax_status)


def converted(amount, *rates, decimals=2, **options):
	return conversion(*rates, **options).of(Decimal(amount), decimals)


def test_a_list_without_tax_gets_the_tax_of_a_shop_that_enters_it():
	assert converted("100", rate(14)) == 114
	assert conversion(rate(14)).shown == "+14 %"


def test_a_list_with_tax_loses_it_for_a_shop_that_enters_none():
	options = {"with_tax": False, "lists": ListTax.WITH}
	assert converted("100", rate(14), **options) == Decimal("87.72")
	assert converted("100", rate(14), decimals=4, **options) == Decimal("87.7193")
	assert conversion(rate(14), **options).shown == "-14 %"


@pytest.mark.parametrize(
	("lists", "with_tax"),
	[(ListTax.AS_IN_SHOP, True), (ListTax.AS_IN_SHOP, False), (ListTax.WITH, True), (ListTax.WITHOUT, False)],
)
def test_prices_that_are_as_the_shop_enters_them_are_left(lists, with_tax):
	assert conversion(rate(14), lists=lists, with_tax=with_tax) == UNCHANGED


@pytest.mark.parametrize("tax_status", ["none", "shipping"])
def test_a_product_without_tax_is_left(tax_status):
	assert conversion(rate(14), tax_status=tax_status) == UNCHANGED


def test_each_class_has_its_own_rate():
	rates = (rate(14), rate(5, **{"class": "reduced-rate"}))
	assert converted("100", *rates, tax_class="reduced-rate") == 105
	assert converted("100", *rates) == 114
	assert converted("100", *rates, tax_class="zero-rate") == 100


def test_rates_of_other_places_are_not_taken():
	assert converted("100", rate(14), rate(20, country="DE"), rate(1, 2, state="EGALX")) == 114


def test_the_rate_of_the_state_is_taken_before_that_of_the_country_and_of_all():
	assert converted("100", rate(14), rate(10, state="EGC"), rate(1, country="")) == 110


def test_rates_of_several_priorities_are_added_and_compound_ones_are_on_all_before():
	assert converted("100", rate(14), rate(5, 2)) == 119
	assert converted("100", rate(14), rate(1, 2, compound=True)) == Decimal("115.14")
	assert conversion(rate(14), rate(1, 2, compound=True)).shown == "+14 % +1 %"


@pytest.mark.parametrize(
	"rates",
	[
		(rate(14), rate(10)),
		(rate(14), rate(14, compound=True)),
		(rate(14, postcode="11511"),),
		(rate(14), rate(20, cities=["CAIRO"])),
	],
)
def test_a_rate_that_is_not_certain_is_none(rates):
	assert conversion(*rates) is None


def test_the_same_rate_twice_is_certain():
	assert converted("100", rate(14), rate(14)) == 114


def test_a_variation_whose_class_is_not_told_has_no_certain_rate():
	assert conversion(rate(14), tax_class="parent") is None


def test_half_a_unit_is_rounded_up():
	assert converted("0.25", rate(14), decimals=3) == Decimal("0.285")
	assert converted("0.25", rate(14)) == Decimal("0.29")


percents = st.decimals(0, 60, places=4)
amounts = st.decimals("0.01", 99_999, places=3)


@given(amount=amounts, percents=st.lists(st.tuples(percents, st.booleans()), max_size=3))
def test_with_enough_decimals_a_price_comes_back(amount, percents):
	there = Conversion(tuple(BaseRate(percent, compound) for percent, compound in percents), adds=False)
	assert there.back(there.of(amount, 9), 3) == amount
