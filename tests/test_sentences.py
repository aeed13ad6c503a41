"""Sentences that services build are English by themselves, and said in another language by whoever knows it."""

import copy
import csv
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import assume, given, strategies as st

import jarz_woocommerce_integration
from jarz_woocommerce_integration.findings import ERROR, Finding
from jarz_woocommerce_integration.sentences import Sentence, Templates, translated

GERMAN = {
	"Order {0} has {1:,} lines.": "{1:,} Zeilen hat Bestellung {0}.",
	"{0}: it is held.": "{0}: Sie ist zurückgestellt.",
	"Wait.": "Warten Sie.",
}


def in_german(text):
	return GERMAN.get(text, text)


def test_a_sentence_is_its_english_text():
	assert Sentence("Order {0} has {1:,} lines.", 7, 1000) == "Order 7 has 1,000 lines."


def test_it_is_translated_as_a_whole_with_its_values_in_their_places():
	assert (
		translated(Sentence("Order {0} has {1:,} lines.", 7, 1000), in_german)
		== "1,000 Zeilen hat Bestellung 7."
	)


def test_a_sentence_within_a_sentence_is_translated_too():
	lines = Sentence("Order {0} has {1:,} lines.", 7, 2)
	assert (
		translated(Sentence("{0}: it is held.", lines), in_german)
		== "2 Zeilen hat Bestellung 7.: Sie ist zurückgestellt."
	)


def test_what_a_shop_wrote_is_not_taken_for_a_sentence_of_ours():
	assert translated(Sentence("{0}: it is held.", "Wait."), in_german) == "Wait.: Sie ist zurückgestellt."


def test_braces_in_a_value_do_no_harm():
	assert translated(Sentence("{0}: it is held.", "{1}"), in_german) == "{1}: Sie ist zurückgestellt."


def test_it_survives_copies_and_jobs():
	sentence = Sentence("Order {0} has {1:,} lines.", 7, 2)
	for again in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
		assert again == sentence
		assert again.template == sentence.template


def test_a_finding_is_translated_with_what_to_do():
	finding = Finding(ERROR, Sentence("Order {0} has {1:,} lines.", 7, 2), "Wait.").translated(in_german)
	assert finding.lines == ("2 Zeilen hat Bestellung 7.", "Warten Sie.")


# --- stored texts ---

TEMPLATES = Templates(
	{
		"Order {0} has {1:,} lines.",
		"{0}: it is held.",
		"Wait.",
		"Changed in the store: {0}.",
		"new: {0}",
		"total {0} -> {1}",
		"Deleted on {0:%Y-%m-%d}, by {1}",
	}
)
GERMAN_PARTS = {
	**GERMAN,
	"Changed in the store: {0}.": "Im Shop geändert: {0}.",
	"new: {0}": "neu: {0}",
	"total {0} -> {1}": "Summe {0} -> {1}",
	"Deleted on {0:%Y-%m-%d}, by {1}": "Von {1} gelöscht am {0:%Y-%m-%d}",
}


def said_in_german(text):
	return TEMPLATES.translated(text, lambda template: GERMAN_PARTS.get(template, template))


@pytest.mark.parametrize(
	("stored", "german"),
	[
		("Wait.", "Warten Sie."),
		("Order 7 has 1,000 lines.", "1,000 Zeilen hat Bestellung 7."),
		("Order 7 has 2 lines. Wait.", "2 Zeilen hat Bestellung 7. Warten Sie."),
		("Order 7 has 2 lines.: it is held.", "2 Zeilen hat Bestellung 7.: Sie ist zurückgestellt."),
		(
			"Changed in the store: total 1.00 -> 2.00; new: 1 x Cap.",
			"Im Shop geändert: Summe 1.00 -> 2.00; neu: 1 x Cap.",
		),
		("Deleted on 2026-11-30, by Ann", "Von Ann gelöscht am 2026-11-30"),
	],
)
def test_a_stored_text_is_said_by_the_sentences_that_it_was_made_of(stored, german):
	assert said_in_german(stored) == german


@pytest.mark.parametrize("stored", ["", "Something else.", "Order 7 has 2 lines. And more.", "wait."])
def test_a_stored_text_that_isnt_made_of_our_sentences_stays(stored):
	assert said_in_german(stored) == stored


def test_a_name_of_the_shop_that_is_a_word_of_ours_stays_within_a_stored_text():
	templates = Templates({"No item for {0}.", "Rounding"})
	said = templates.translated("No item for Rounding.", lambda text: {"Rounding": "Rundung"}.get(text, text))
	assert said == "No item for Rounding."


def test_a_long_text_of_blanks_is_looked_through_in_time():
	templates = Templates({"{0} {1} -> {2} {3} is so", "{0} of {1} in {2} was"})
	text = "a b of c in d " * 5000
	assert templates.translated(text, str.upper) == text.upper()


APP = Path(jarz_woocommerce_integration.__file__).parent
with open(APP / "translations" / "de.csv", encoding="utf-8", newline="") as file:
	GERMAN_OF_THE_APP = {row[0]: row[1] for row in csv.reader(file) if len(row) == 2}
OF_THE_APP = Templates(set(GERMAN_OF_THE_APP))


def filled(template, values):
	"""As it was stored: the format of a number or a date is a matter of what it was."""
	return (
		re.sub(r"\{(\d+)[^}]*\}", lambda place: values[int(place[1])], template)
		.replace("{{", "{")
		.replace("}}", "}")
	)


@given(
	st.sampled_from(sorted(GERMAN_OF_THE_APP)),
	st.lists(st.text(min_size=1, max_size=20), min_size=12, max_size=12),
)
def test_whatever_stands_in_a_sentence_of_the_app_nothing_of_it_is_lost(template, values):
	assume("{" not in template or re.search(r"\{\d", template))
	text = filled(template, values)
	assert OF_THE_APP.translated(text, str) == text


@pytest.mark.parametrize(
	("stored", "german"),
	[
		(
			'No item is known for the line "Cap, red" (product 5, variation 0, SKU none).',
			"Für die Zeile „Cap, red“ (Produkt 5, Variante 0, SKU none) ist kein Artikel bekannt.",
		),
		(
			"Changed in the store, and can't be booked again: The order's parts differ from its total by 0.03.",
			"Im Shop geändert und kann nicht erneut gebucht werden: Die Teile der Bestellung weichen um 0.03 von ihrer Summe ab.",
		),
		(
			"CUST-1 was taken by phone. The e-mail and phone also point to CUST-2, which matches less or is newer.",
			"CUST-1 wurde genommen wegen: phone. E-Mail und Telefon weisen auch auf CUST-2, was weniger übereinstimmt oder neuer ist.",
		),
	],
)
def test_messages_of_held_orders_are_said_in_german(stored, german):
	assert OF_THE_APP.translated(stored, lambda text: GERMAN_OF_THE_APP.get(text, text)) == german
