"""The price of a day, and the sale of that day or the next one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.prices.prices import ListPrice, Price, as_entered, price_on
from jarz_woocommerce_integration.translation.prices.tax import UNCHANGED, BaseRate, Conversion

TODAY = date(2026, 11, 30)


def of(rate, first=None, last=None):
	"""A price from and until so many days after today."""
	day = lambda days: None if days is None else TODAY + timedelta(days)  # noqa: E731
	return ListPrice(Decimal(rate), day(first), day(last))


def price(regular, sales=(), decimals=2, conversion=UNCHANGED, **of_roles):
	"""As the shop enters it."""
	found = price_on(TODAY, regular, sales, of_roles)
	return found and as_entered(found, conversion, decimals)


def test_the_price_of_a_list_is_the_regular_price():
	assert price([of("100")]) == Price(Decimal("100.00"))


def test_without_a_price_there_is_none():
	assert price([]) is None
	assert price([of("0")]) is None


def test_the_price_that_began_last_counts():
	assert price([of("100"), of("120", -5), of("110", -9, 9)]).regular == 120


@pytest.mark.parametrize(("first", "last"), [(1, None), (None, -1), (-9, -1)])
def test_a_price_counts_on_its_days_alone(first, last):
	assert price([of("90", first, last)]) is None


@pytest.mark.parametrize(("first", "last"), [(0, 0), (None, 0), (0, None)])
def test_the_first_and_the_last_day_are_among_them(first, last):
	assert price([of("90", first, last)]).regular == 90


def test_a_sale_has_its_days():
	sale = of("80", -1, 5)
	assert price([of("100")], [sale]) == Price(Decimal(100), Decimal(80), sale.valid_from, sale.valid_upto)


def test_the_next_sale_is_known_before_it_begins():
	assert price([of("100")], [of("70", 20), of("80", 3, 5)]).sale == 80


def test_a_sale_that_is_over_is_none():
	assert price([of("100")], [of("80", -5, -1)]).sale is None


def test_a_sale_that_is_not_cheaper_is_none():
	assert price([of("100")], [of("100")]) == Price(Decimal(100))


def test_prices_are_rounded_as_the_shop_shows_them():
	assert price([of("19.995")], [of("9.994")]).shown == "20|9.99||"
	assert price([of("19.5")], decimals=0).shown == "20|||"


def test_a_role_has_the_price_of_its_own_list():
	found = price([of("100")], wholesale=[of("80"), of("70", 1)], staff=[of("90", None, -1)])
	assert found.of_roles == (("wholesale", Decimal("80.00")),)
	assert found.shown == "100||||wholesale=80"


def test_regular_sale_and_role_prices_are_converted_alike():
	vat = Conversion((BaseRate(Decimal(14)),))
	found = price([of("100")], [of("50")], conversion=vat, wholesale=[of("80")])
	assert (found.regular, found.sale, dict(found.of_roles)) == (114, 57, {"wholesale": Decimal("91.20")})


def test_a_sale_that_is_as_dear_after_rounding_is_none():
	vat = Conversion((BaseRate(Decimal(14)),), adds=False)
	assert price([of("1.00")], [of("0.996")], conversion=vat).sale == Decimal("0.87")
	assert price([of("1.00")], [of("0.999")], conversion=vat).sale is None


days = st.none() | st.integers(-9, 9)
rates = st.decimals(0, 999, places=3).map(str)
prices = st.lists(st.builds(of, rates, days, days), max_size=5)


@given(regular=prices, sales=prices, decimals=st.integers(0, 4))
def test_a_sale_is_always_below_the_regular_price_and_both_are_prices_of_the_lists(regular, sales, decimals):
	found = price(regular, sales, decimals)
	if not found:
		return
	unit = Decimal(1).scaleb(-decimals)
	assert any(abs(found.regular - one.rate) <= unit / 2 for one in regular)
	if found.sale is not None:
		assert found.sale < found.regular
		assert found.sale_to is None or found.sale_to >= TODAY
