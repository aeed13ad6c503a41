"""The customer's language, as the shop's plugins write it."""

import pytest

from tests.translation.building import make_line, make_order, translate


def draft_of(policy_tables=None, **fields):
	order = make_order(line_items=[make_line(1, "10.00").model_dump()], total="10.00", **fields)
	return translate(order, **(policy_tables or {}))


@pytest.mark.parametrize(
	("fields", "language"),
	[
		({}, ""),
		({"meta": [("wpml_language", "de")]}, "de"),
		({"meta": [("trp_language", "pt_BR")]}, "pt_BR"),
		({"meta": [("weglot_language", "")]}, ""),
		({"meta": [("wpml_language", {"code": "de"})]}, ""),
		({"lang": "ar", "meta": [("wpml_language", "de")]}, "ar"),
	],
)
def test_the_first_that_says_one_is_taken(fields, language):
	assert draft_of(**fields).language == language


def test_the_merchant_names_the_keys_of_other_plugins():
	meta = [("_customer_locale", "fr_FR")]
	assert draft_of(meta=meta).language == ""
	assert draft_of({"language_keys": ("_customer_locale",)}, meta=meta).language == "fr_FR"


def test_a_language_alone_changes_nothing_that_is_booked():
	plain, spoken = draft_of(), draft_of(lang="de")
	assert plain.invoice.fingerprint == spoken.invoice.fingerprint
