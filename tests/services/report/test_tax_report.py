"""The report of taxes: what is summed where, and that nothing is left out."""

from decimal import Decimal

from hypothesis import given, strategies as st

from jarz_woocommerce_integration.services.report.tax_report import (
	BOOKED_BEFORE,
	REFUND_BY_AMOUNT,
	REVERSE_CHARGE,
	TAX,
	WITHOUT_TAX,
	Group,
	TaxDocument,
	TaxEntry,
	sum_up,
)

FOURTEEN, FIVE = Decimal(14), Decimal(5)


def document(net, *entries, month="2026-03", country="Egypt", **told):
	found = [
		TaxEntry(rate_id, f"VAT {percent}", percent, tax_class, Decimal(taxable), Decimal(tax))
		for rate_id, percent, tax_class, taxable, tax in entries
	]
	told = {**told, **{name: Decimal(told.get(name, 0)) for name in ("untaxed", "by_amount")}}
	return TaxDocument(month, country, Decimal(net), entries=found, **told)


def sums(*documents):
	return {
		(group.kind, found.label, group.tax_class): (
			found.base,
			found.tax,
			found.invoices,
			found.credit_notes,
		)
		for group, found in sum_up(documents)
	}


def test_each_rate_has_its_own_base_and_what_has_no_tax_stands_beside():
	sold = document("160", (1, FOURTEEN, "", "100", "14"), (2, FIVE, "reduced-rate", "40", "2"), untaxed="20")
	assert sums(sold) == {
		(TAX, "VAT 14", "standard"): (100, 14, 1, 0),
		(TAX, "VAT 5", "reduced-rate"): (40, 2, 1, 0),
		(WITHOUT_TAX, "", ""): (20, 0, 1, 0),
	}


def test_a_credit_note_takes_base_and_tax_back():
	sold = document("100", (1, FOURTEEN, "", "100", "14"))
	back = document("-40", (1, FOURTEEN, "", "-40", "-5.60"), is_credit_note=True, of_taxed=True)
	assert sums(sold, back) == {(TAX, "VAT 14", "standard"): (60, Decimal("8.40"), 1, 1)}


def test_months_and_countries_are_apart():
	documents = [
		document("100", (1, FOURTEEN, "", "100", "14")),
		document("100", (1, FOURTEEN, "", "100", "14"), month="2026-04"),
		document("100", (1, FOURTEEN, "", "100", "14"), country="Germany"),
	]
	assert [(group.month, group.country) for group, _found in sum_up(documents)] == [
		("2026-03", "Egypt"),
		("2026-03", "Germany"),
		("2026-04", "Egypt"),
	]


def test_reverse_charge_is_told_from_what_has_no_tax():
	documents = [document("70", untaxed="70"), document("30", untaxed="30", exempt=True)]
	assert sums(*documents) == {(WITHOUT_TAX, "", ""): (70, 0, 1, 0), (REVERSE_CHARGE, "", ""): (30, 0, 1, 0)}


def test_a_rate_of_zero_is_told_from_what_has_no_tax():
	sold = document("100", (3, Decimal(0), "zero-rate", "100", "0"))
	assert sums(sold) == {(TAX, "VAT 0", "zero-rate"): (100, 0, 1, 0)}


def test_a_refund_by_amount_of_a_taxed_order_is_told_from_what_has_no_tax():
	documents = [
		document("-10", is_credit_note=True, of_taxed=True),
		document("-5", is_credit_note=True),
		document("-3", is_credit_note=True, exempt=True),
		document("-4", is_credit_note=True, of_taxed=True, by_amount="-4"),
	]
	assert sums(*documents) == {
		(REFUND_BY_AMOUNT, "", ""): (-14, 0, 0, 2),
		(WITHOUT_TAX, "", ""): (-5, 0, 0, 1),
		(REVERSE_CHARGE, "", ""): (-3, 0, 0, 1),
	}


def test_the_last_of_several_refunds_turns_the_amounts_before_it_round():
	entries = [(1, FOURTEEN, "", "-100", "-14")]
	last = document("-80", *entries, is_credit_note=True, of_taxed=True, by_amount="20")
	assert sums(document("-20", is_credit_note=True, of_taxed=True, by_amount="-20"), last) == {
		(TAX, "VAT 14", "standard"): (-100, -14, 0, 1),
		(REFUND_BY_AMOUNT, "", ""): (0, 0, 0, 2),
	}


def test_what_was_booked_before_is_shown_with_its_taxes_and_its_net_total():
	assert sums(document("100", (0, Decimal(0), "", "0", "14"))) == {
		(BOOKED_BEFORE, "VAT 0", ""): (None, 14, 1, 0),
		(BOOKED_BEFORE, "", ""): (100, 0, 1, 0),
	}
	assert sums(document("100")) == {(WITHOUT_TAX, "", ""): (100, 0, 1, 0)}


CENTS = st.integers(-10_000, 10_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def documents(draw):
	"""Documents whose rates are each charged on lines of their own; some were booked before."""
	bases = draw(st.lists(CENTS, max_size=3))
	untaxed, by_amount, is_old = draw(CENTS), draw(CENTS), draw(st.booleans())
	entries = [
		(number, FIVE * number, "", 0 if is_old else base, draw(CENTS))
		for number, base in enumerate(bases, 1)
	]
	return document(
		sum(bases, untaxed + by_amount),
		*entries,
		untaxed=0 if is_old else untaxed,
		by_amount=0 if is_old else by_amount,
		month=draw(st.sampled_from(("2026-03", "2026-04"))),
		country=draw(st.sampled_from(("", "Egypt"))),
		exempt=draw(st.booleans()),
		is_credit_note=draw(st.booleans()),
		of_taxed=draw(st.booleans()),
	)


@given(st.lists(documents(), max_size=12))
def test_all_bases_sum_to_all_net_totals_and_all_taxes_to_all_taxes(found):
	rows = sum_up(found)
	assert sum((s.base or 0 for _group, s in rows), Decimal(0)) == sum((d.net for d in found), Decimal(0))
	assert sum((s.tax for _group, s in rows), Decimal(0)) == sum(
		(entry.tax for d in found for entry in d.entries), Decimal(0)
	)


def test_a_group_is_one_row_however_the_percent_is_written():
	told = [document("10", (1, Decimal(text), "", "10", "1.40")) for text in ("14", "14.00", "14.0000")]
	for each in told:
		each.entries[0].label = "VAT"
	((group, found),) = sum_up(told)
	assert group == Group("2026-03", "Egypt", TAX, "", FOURTEEN, "standard", 1)
	assert (found.label, found.base, found.invoices) == ("VAT", 30, 3)


def test_a_rate_of_one_id_is_one_row_whatever_its_name_and_two_without_an_id_are_two():
	def named(rate_id, label):
		told = document("10", (rate_id, FOURTEEN, "", "10", "1.40"))
		told.entries[0].label = label
		return told

	assert list(sums(named(1, "VAT 14 %"), named(1, "VAT"))) == [(TAX, "VAT", "standard")]
	assert len(sums(named(0, "State"), named(0, "County"))) == 2
