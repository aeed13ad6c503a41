"""Addresses and their signatures (failure-modes 44, 45)."""

from unicodedata import category

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.store.payloads import Order, parse
from jarz_woocommerce_integration.translation.customers.addresses import billing_address, shipping_address
from jarz_woocommerce_integration.translation.lookups import Territory
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from tests.translation.building import fixture, make_order

POLICY = Policy(customers={"country": "EG"})
TERRITORIES = TerritoryIndex([Territory("Cairo - القاهرة", "EGC")], {})
PLACE = {
	"address_1": "شارع 45، عمارة 46",
	"address_2": "شقة 2",
	"city": "القاهرة",
	"state": "EGC",
	"postcode": "11511",
	"country": "EG",
}


def billing(**fields):
	return billing_address(make_order(billing={**PLACE, **fields}), TERRITORIES, POLICY)


def test_everything_stands_where_it_belongs():
	draft = billing(
		first_name="منى", last_name="خليل", company="الدلتا", email=" M@X.test ", phone="٠١٠١٢٣٤٥٦٧٨"
	)
	assert (draft.kind, draft.name, draft.company) == ("Billing", "منى خليل", "الدلتا")
	assert (draft.line_1, draft.line_2, draft.city) == ("شارع 45، عمارة 46", "شقة 2", "القاهرة")
	assert (draft.postcode, draft.country) == ("11511", "EG")
	assert (draft.territory, draft.territory_code, draft.state) == (
		"Cairo - القاهرة",
		"EGC",
		"Cairo - القاهرة",
	)
	assert (draft.phone, draft.email) == ("+201012345678", "m@x.test")


@pytest.mark.parametrize(
	"typed",
	[
		{"address_1": "  شارع ٤٥ ,عمارة  ٤٦ "},
		{"address_1": "شارع 45 عمارة 46 شقة 2", "address_2": ""},
		{"city": "القاهره", "state": "egc", "country": "eg"},
		{"city": "القَاهـرة"},
		{"postcode": "١١٥١١"},
		{"first_name": "Somebody", "last_name": "Else", "phone": "01112345678", "company": "Another"},
	],
)
def test_the_same_place_has_the_same_signature(typed):
	assert billing(**typed).signature == billing().signature


@pytest.mark.parametrize(
	"other",
	[
		{"address_1": "شارع 4، عمارة 546"},
		{"address_2": "شقة 3"},
		{"city": "الجيزة"},
		{"state": "EGGZ"},
		{"postcode": "11512"},
		{"country": "SA"},
		{"address_1": "شارع 45، عمارة 46 القاهرة", "city": ""},
	],
)
def test_another_place_has_another_signature(other):
	assert billing(**other).signature != billing().signature


def test_billing_and_shipping_are_apart_and_have_one_signature_for_one_place():
	order = make_order(billing=PLACE, shipping={**PLACE, "first_name": "Omar"})
	first, second = billing_address(order, TERRITORIES, POLICY), shipping_address(order, TERRITORIES, POLICY)
	assert (first.kind, second.kind, second.name) == ("Billing", "Shipping", "Omar")
	assert first.signature == second.signature


def test_the_signature_outlives_the_merchants_tables():
	order = make_order(billing=PLACE)
	unmapped = billing_address(order, TerritoryIndex([], {}), Policy())
	assert unmapped.signature == billing().signature
	assert (unmapped.territory, unmapped.territory_code, unmapped.state) == (None, "EGC", "EGC")


@pytest.mark.parametrize("address", [{}, {"country": "EG"}, {"first_name": "Mona", "email": "m@x.test"}])
def test_without_a_place_there_is_no_address(address):
	order = make_order(billing=address, shipping=address)
	assert billing_address(order, TERRITORIES, POLICY) is None
	assert shipping_address(order, TERRITORIES, POLICY) is None


def test_line_2_alone_becomes_line_1():
	draft = billing(address_1="", address_2="شقة 2")
	assert (draft.line_1, draft.line_2) == ("شقة 2", "")


def test_long_lines_go_on_in_line_2_and_every_field_fits():
	draft = billing(address_1="word " * 40, city="c" * 200, first_name="n" * 200, phone="p" * 200)
	assert len(draft.line_1) <= 140 and draft.line_1.endswith("word")
	assert f"{draft.line_1} {draft.line_2}" == ("word " * 40).strip() + " شقة 2"
	assert max(len(draft.city), len(draft.name), len(draft.phone)) == 140


@pytest.mark.parametrize(
	"fields, city",
	[
		({"city": ""}, "Cairo - القاهرة"),
		({"city": "", "state": "Delta"}, "Delta"),
		({"city": "", "state": ""}, "EG"),
	],
)
def test_a_missing_city_falls_back(fields, city):
	assert billing(**fields).city == city


def test_a_missing_country_is_the_shops():
	assert billing(country="").country == "EG"


def test_captured_orders():
	drafts = {}
	for body in fixture("captured_orders.json"):
		order = parse(Order, body)
		drafts[order.id] = (
			billing_address(order, TERRITORIES, POLICY),
			shipping_address(order, TERRITORIES, POLICY),
		)
	assert drafts[896][1] is None
	assert drafts[1083][0].country == "EG"
	assert all(first and first.line_1 and first.city for first, _second in drafts.values())


text = st.text(max_size=30)


@given(st.fixed_dictionaries({key: text for key in (*PLACE, "first_name", "company", "phone", "email")}))
def test_any_text_makes_an_address_that_fits_or_none(address):
	draft = billing_address(make_order(billing=address), TERRITORIES, POLICY)
	if draft:
		fields = (draft.line_1, draft.line_2, draft.city, draft.state, draft.name, draft.company, draft.phone)
		assert all(len(field) <= 140 for field in fields)
		assert not any(category(character) in ("Cc", "Cs") for field in fields for character in field)
		assert len(draft.signature) == 32
