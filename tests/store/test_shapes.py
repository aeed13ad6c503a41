"""Shapes that PHP and plugins give a field, each read as what it stands for, or refused by the field's name."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.exceptions import PayloadError
from jarz_woocommerce_integration.store import shapes
from jarz_woocommerce_integration.store.payloads import ManifestEntry, Order, Refund, parse

LINE = {"id": 5, "name": "Soap", "quantity": 1, "subtotal": "10.00", "total": "10.00"}
BODY = {
	"id": 1,
	"status": "completed",
	"currency": "EUR",
	"date_created_gmt": "2026-03-02T10:00:00",
	"total": "10.00",
	"total_tax": "0.00",
	"line_items": [LINE],
}


def order(**fields):
	return parse(Order, {**BODY, **fields})


def line(**fields):
	return order(line_items=[{**LINE, **fields}]).line_items[0]


class TestLists:
	@pytest.mark.parametrize(
		"told", [{"5": LINE}, {"id": 5, **LINE}, [[], LINE, None, {}], {"0": [], "1": LINE}]
	)
	def test_lines_as_an_object_or_with_gaps_are_the_lines(self, told):
		assert [each.id for each in order(line_items=told).line_items] == [5]

	@pytest.mark.parametrize("told", [None, False, "", [], {}, [[]]])
	def test_an_empty_list_is_one_however_php_writes_it(self, told):
		read = order(meta_data=told, line_items=told, tax_lines=told, refunds=told)
		assert (read.meta_data, read.line_items, read.tax_lines, read.refunds) == ([], [], [], [])

	@pytest.mark.parametrize(
		"told", [{"21": {"key": "pa_size", "value": "s"}}, {"key": "pa_size", "value": "s"}]
	)
	def test_meta_data_as_an_object_are_entries(self, told):
		assert [(meta.key, meta.value) for meta in line(meta_data=told).meta_data] == [("pa_size", "s")]

	@pytest.mark.parametrize("told", ["text", 5, ["a", 1], [[1], {"key": ["x"], "value": 1}]])
	def test_meta_data_that_is_none_costs_no_order(self, told):
		assert all(meta.key == "" for meta in order(meta_data=told).meta_data)

	@pytest.mark.parametrize("told", ["text", 5, ["a"], [{"name": "no id"}]])
	def test_lines_that_are_none_are_refused_by_name(self, told):
		with pytest.raises(PayloadError, match="field line_items"):
			order(line_items=told)

	@pytest.mark.parametrize("told", [None, [], "", False, {}])
	def test_an_address_that_is_empty_is_an_empty_one(self, told):
		assert order(billing=told).billing.first_name == ""


class TestTexts:
	@pytest.mark.parametrize(
		("told", "read"),
		[
			("Tom &amp; Jerry <b>x</b>", "Tom & Jerry x"),
			("Salt &amp; Pepper &#8211; <small>200&nbsp;g</small>", "Salt & Pepper – 200 g"),
			("Zo&euml; O&#039;Dell", "Zoë O'Dell"),
			("A &amp;amp; B", "A & B"),
			("one<br />two", "one two"),
			("3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
			("R&D and AT&T", "R&D and AT&T"),
			("half \ud83d an emoji \U0001f600", "half  an emoji \U0001f600"),
			("a\x00b\x0bc\x7f", "ab c"),
			(None, ""),
			(False, ""),
			([], ""),
			(17, "17"),
		],
	)
	def test_what_people_read_is_readable(self, told, read):
		assert line(name=told).name == read

	def test_line_breaks_of_a_note_stay(self):
		assert order(customer_note="one\r\ntwo\rthree").customer_note == "one\ntwo\nthree"

	def test_codes_have_no_spaces_around_them(self):
		read = order(number=" 17\x00 ", transaction_id=" t ", line_items=[{**LINE, "sku": " A 1 "}])
		assert (read.number, read.transaction_id, read.line_items[0].sku) == ("17", "t", "A 1")

	def test_meta_values_are_cleaned_at_every_depth(self):
		value = {"a\x00": ["b\ud83d", {"c": "d\x00"}]}
		assert order(meta_data=[{"key": "k", "value": value}]).meta_data[0].value == {"a": ["b", {"c": "d"}]}

	@given(st.text(st.characters(), max_size=60))
	def test_every_text_can_be_stored(self, told):
		read = line(name=told, sku=told)
		for text in (read.name, read.sku):
			text.encode("utf-8")
			assert "\x00" not in text

	@given(st.text(max_size=60))
	def test_a_text_without_markup_and_controls_stays_as_it_is(self, told):
		plain = "".join(letter for letter in told if letter.isprintable() and letter not in "<&\ufffe\uffff")
		assert shapes.label(plain) == plain.replace("\xa0", " ")


class TestFlagsAndNumbers:
	@pytest.mark.parametrize("told", ["", None, "no", "0", 0, False, []])
	def test_an_empty_flag_is_no(self, told):
		tax = {"id": 1, "tax_total": "0.00", "compound": told}
		read = order(prices_include_tax=told, tax_lines=[tax])
		assert (read.prices_include_tax, read.tax_lines[0].compound) == (False, False)

	@pytest.mark.parametrize("told", ["yes", "1", 1, True, "true"])
	def test_a_set_flag_is_yes(self, told):
		assert order(prices_include_tax=told).prices_include_tax

	@pytest.mark.parametrize(
		("told", "percent"),
		[
			("20%", "20"),
			(" 5.5 % ", "5.5"),
			("20", "20"),
			("", None),
			("VAT", None),
			(None, None),
			(20, "20"),
		],
	)
	def test_a_rate_is_read_without_its_sign_and_costs_no_order(self, told, percent):
		tax = order(tax_lines=[{"id": 1, "tax_total": "1.00", "rate_percent": told}]).tax_lines[0]
		assert tax.rate_percent == (percent and Decimal(percent))

	@pytest.mark.parametrize(
		"told", ["12,50", "1 000.00", "1_000", "abc", "NaN", "1e13", True, [1], {"a": 1}]
	)
	def test_an_amount_that_is_none_is_refused_by_its_field(self, told):
		with pytest.raises(
			PayloadError, match=r"field line_items\.0\.total: .*12,50" if told == "12,50" else "total"
		):
			line(total=told)

	@pytest.mark.parametrize(("told", "quantity"), [("1.5", "1.5"), (None, "0"), ("0.3333", "0.3333")])
	def test_quantities_may_be_texts_parts_or_missing(self, told, quantity):
		assert line(quantity=told).quantity == Decimal(quantity)

	@pytest.mark.parametrize("told", ["", "USDT", None, "E"])
	def test_a_currency_has_three_letters(self, told):
		with pytest.raises(PayloadError, match="field currency: Input should be the three letters"):
			order(currency=told)

	def test_a_status_is_the_one_that_wordpress_stores(self):
		assert order(status="wc-completed").status == "completed"
		assert parse(ManifestEntry, {"id": 1, "status": "wc-processing"}).status == "processing"

	def test_no_flag_is_an_id(self):
		with pytest.raises(PayloadError, match="field id"):
			order(id=True)


class TestDates:
	@pytest.mark.parametrize(
		"told", [None, "", False, "0000-00-00T00:00:00", "-0001-11-30T00:00:00", "1970-01-01T00:00:00", 0]
	)
	def test_a_date_that_stands_for_none_is_none(self, told):
		assert order(date_created_gmt=told, date_paid_gmt=told).date_created_gmt is None

	def test_the_local_date_is_kept_for_orders_that_have_no_other(self):
		read = order(date_created_gmt=None, date_created="2024-05-06T12:00:00")
		assert read.date_created == datetime(2024, 5, 6, 12)

	def test_a_date_in_a_year_of_no_shop_is_none(self):
		assert order(date_paid_gmt="9999-12-31T23:59:59-12:00").date_paid_gmt is None

	def test_a_refund_may_have_no_date(self):
		assert parse(Refund, {"id": 3, "amount": "1.00"}).date_created_gmt is None

	def test_a_date_that_cannot_be_read_is_refused_by_name(self):
		with pytest.raises(PayloadError, match="field date_paid_gmt"):
			order(date_paid_gmt="2026-13-45")

	def test_utc_is_what_a_gmt_field_says(self):
		assert order().date_created_gmt == datetime(2026, 3, 2, 10, tzinfo=timezone.utc)


class TestAdvice:
	def test_no_advice_would_change_a_paid_order(self):
		with pytest.raises(PayloadError) as refused:
			line(total="12,50")
		assert "save" not in str(refused.value).lower()
		assert "/wp-json/wc/v3/orders/1" in refused.value.what_to_do

	def test_an_entry_of_the_manifest_costs_nothing_but_its_broken_field(self):
		entry = parse(
			ManifestEntry, {"id": 1, "status": [1], "currency": {}, "total": "x", "date_created_gmt": "y"}
		)
		assert (entry.id, entry.status, entry.currency, entry.total, entry.date_created_gmt) == (
			1,
			"",
			"",
			None,
			None,
		)
