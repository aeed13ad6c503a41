"""Sentences that services build are English by themselves, and said in another language by whoever knows it."""

import copy
import pickle

from jarz_woocommerce_integration.findings import ERROR, Finding
from jarz_woocommerce_integration.sentences import Sentence, translated

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
