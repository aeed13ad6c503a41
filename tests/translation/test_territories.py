"""Which Territory a zone is (failure-modes 47): the right one or none, never another."""

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.translation.lookups import Territory
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from tests.translation.building import fixture

INDEX = TerritoryIndex(
	[
		Territory("Cairo - القاهرة", "EGC"),
		Territory("Giza - الجيزة", "EG:EGGZ"),
		Territory("Nasr City – مدينه نصر", "", ("مدينة نصر اول",)),
		Territory("Giza - Dokki", ""),
		Territory("Riyadh", "SA:RD"),
		Territory("Helwan — حلوان", "EG-HU"),
		Territory("Upper Helwan — حلوان", ""),
	],
	{"EGALX": "Alexandria", "الساحل الشمالي": "North Coast"},
)


@pytest.mark.parametrize("state", ["EGC", "egc", " EGC ", "EG-C", "EG:EGC", "eg:c", "C"])
def test_codes_in_every_form(state):
	assert INDEX.resolve("EG", state, "") == "Cairo - القاهرة"


@pytest.mark.parametrize(
	"country, state, name",
	[
		("", "EGC", "Cairo - القاهرة"),
		("EG", "EGGZ", "Giza - الجيزة"),
		("", "EGGZ", "Giza - الجيزة"),
		("SA", "RD", "Riyadh"),
		("ES", "RD", None),
		("EG", "EGHU", "Helwan — حلوان"),
	],
)
def test_codes_belong_to_a_country(country, state, name):
	assert INDEX.resolve(country, state, "") == name


@pytest.mark.parametrize(
	"state",
	[
		"Nasr City",
		"nasr  city",
		"NASR-CITY",
		"مدينه نصر",
		"مدينة نصر",
		"مدينـة نَصر",
		"Nasr City - مدينة نصر",
		"مدينة نصر أول",
	],
)
def test_labels_in_either_language(state):
	assert INDEX.resolve("EG", state, "") == "Nasr City – مدينه نصر"


def test_overrides_by_code_and_label():
	assert INDEX.resolve("EG", "EG-ALX", "") == "Alexandria"
	assert INDEX.resolve("EG", "الساحل الشمالى", "") == "North Coast"


@pytest.mark.parametrize("state", ["Nasr", "Nasr City 2", "Cair", "Atlantis", "-", "EGZ"])
def test_what_is_unknown_is_unmapped(state):
	assert INDEX.resolve("EG", state, "") is None


def test_a_label_of_two_territories_is_neither():
	assert INDEX.resolve("EG", "حلوان", "") is None
	assert INDEX.resolve("EG", "Upper Helwan", "") == "Upper Helwan — حلوان"


def test_a_district_is_not_its_governorate():
	""" "Giza - Dokki" is one label in one language: "Giza" finds the governorate, "Dokki" alone finds nothing."""
	assert INDEX.resolve("EG", "Giza", "") == "Giza - الجيزة"
	assert INDEX.resolve("EG", "Dokki", "") is None
	assert INDEX.resolve("EG", "Giza - Dokki", "") == "Giza - Dokki"


def test_the_city_decides_only_where_there_is_no_state():
	assert INDEX.resolve("EG", "", "القاهره") == "Cairo - القاهرة"
	assert INDEX.resolve("EG", " - ", "Cairo") == "Cairo - القاهرة"
	assert INDEX.resolve("EG", "Atlantis", "Cairo") is None


def test_captured_places():
	mapped = {
		(state, INDEX.resolve(country, state, city))
		for country, state, city in fixture("captured_evidence.json")["places"]
	}
	assert {pair for pair in mapped if pair[1]} == {
		("EGC", "Cairo - القاهرة"),
		("القاهرة", "Cairo - القاهرة"),
		("EGALX", "Alexandria"),
		("EGGZ", "Giza - الجيزة"),
	}


@given(st.text(max_size=12), st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_survived(country, state, city):
	INDEX.resolve(country, state, city)
