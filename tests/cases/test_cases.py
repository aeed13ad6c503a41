"""72 little shops, made after public bug reports of this field: what the books must say of each (expectations.py)."""

from decimal import Decimal

import pytest

from tests.cases.case_shop import CASES
from tests.cases.expectations import EXPECTED, GATEWAY, Booked, Case, Listed, Refused


def _named(kind: type) -> list:
	return [
		pytest.param(
			name,
			marks=[pytest.mark.xfail(strict=True, reason=f"waits for {expected.waits_for}")]
			if expected.waits_for
			else [],
		)
		for name, expected in EXPECTED.items()
		if isinstance(expected, kind)
	]


def test_every_case_has_an_expectation():
	assert set(EXPECTED) == {path.stem for path in CASES.glob("*.json")}
	assert len(EXPECTED) == 72


@pytest.mark.parametrize("name", _named(Case))
def test_a_shop_of_the_field_is_booked_as_an_accountant_would_or_listed(books, name):
	expected, found = EXPECTED[name], books(name)
	assert found.result["proven"], found.said
	assert set(found.orders) == set(expected.orders)
	for order_id, order in expected.orders.items():
		if isinstance(order, Booked):
			assert_booked(found, order_id, order)
		else:
			assert_listed(found, order_id, order)
	assert found.customers() == sorted(expected.customers)


@pytest.mark.parametrize("name", _named(Refused))
def test_a_shop_that_cannot_be_read_is_told_by_what_it_is(books, name):
	expected = EXPECTED[name]
	with pytest.raises(expected.error) as caught:
		books(name)
	for part in expected.says:
		assert part in str(caught.value)


def assert_booked(found, order_id: int, expected: Booked) -> None:
	row = found.orders[order_id]
	assert (row.state.value, row.reason) == ("Synced", expected.reason or (expected.changed and row.reason))
	assert (row.invoice_status, row.invoice_total) == ("Submitted", Decimal(expected.total))
	assert row.credited_total == -sum(map(Decimal, expected.notes), Decimal(0))
	if expected.rows is not None:
		assert tuple(found.invoice_rows(order_id)) == expected.rows
	assert tuple(found.charges("invoice", order_id)) == expected.charges
	assert tuple(found.notes(order_id)) == expected.notes
	assert tuple(found.note_rows(order_id)) == expected.note_rows
	assert tuple(found.charges("credit_note", order_id)) == expected.note_charges
	paid = expected.paid or (("in", GATEWAY, expected.total),)
	assert tuple(found.payments(order_id)) == paid
	if expected.left is not None:
		assert found.balances(order_id) == expected.left
	assert expected.changed in row.changed and bool(row.changed) == bool(expected.changed)
	for part in expected.says:
		assert part in row.message


def assert_listed(found, order_id: int, expected: Listed) -> None:
	row = found.orders[order_id]
	assert (row.state.value, row.reason) == (expected.state, expected.reason)
	assert row.invoice == ""
	assert not found.balances(order_id)
	assert row.received_unbooked == Decimal(expected.received)
	for part in expected.says:
		assert part in f"{row.message} {row.what_to_do}"
	if expected.breakdown is not None:
		shown = {label: Decimal(amount) for label, amount in row.breakdown}
		assert shown | {label: Decimal(amount) for label, amount in expected.breakdown.items()} == shown


# --- what a single case is about ---------------------------------------------------------------


def test_no_advice_of_a_hold_tells_anybody_to_change_a_paid_order(books):
	held = [
		(name, row)
		for name, expected in EXPECTED.items()
		if isinstance(expected, Case)
		for row in books(name).orders.values()
		if row.state.value == "Held"
	]
	assert len(held) > 8
	for name, row in held:
		said = f"{row.message} {row.what_to_do}".casefold()
		assert row.what_to_do, name
		assert "recalculate" not in said and "save it" not in said and "save the order" not in said, (
			name,
			said,
		)


def test_invoices_of_numbers_that_repeat_or_are_odd_are_distinguishable(books):
	for name in ("s16-number-prefix", "s17-number-clash"):
		found = books(name)
		invoices = [row.invoice for row in found.orders.values()]
		assert len({invoice.casefold() for invoice in invoices}) == len(invoices)
		for invoice in invoices:
			assert invoice == invoice.strip() and len(invoice) <= 140
			assert not set("<>") & set(invoice)


def test_an_order_without_a_creation_date_is_posted_on_its_day_of_payment(books):
	(row,) = books("s12-no-gmt-date").query("SELECT posted_at FROM invoice WHERE order_id = 1213")
	assert row["posted_at"].startswith("2024-05-06")


def test_a_line_of_a_vanished_variation_is_not_booked_on_its_parents_item(books):
	(row,) = books("s22-variable-parent").query("SELECT * FROM invoice_row WHERE order_id = 1235")
	assert (row["item_code"], row["unknown"]) != ("PAR-1", 0)
	assert row["sku"] == "PAR-1"


def test_a_gateways_fee_in_another_currency_is_not_in_the_books(books):
	(row,) = books("s23-stripe-fee-currency").query(
		"SELECT fee, fee_account FROM payment WHERE order_id = 1236"
	)
	assert (row["fee"], row["fee_account"]) == (0, "")


def test_one_email_in_two_cases_is_one_customer_and_one_name_with_two_emails_two(books):
	found = books("s25-customers").query("SELECT order_id, customer FROM customer_decision ORDER BY order_id")
	customers = {row["order_id"]: row["customer"] for row in found}
	assert customers[1240] == customers[1241] != customers[1242]
	assert len(set(customers.values())) == 5


def test_no_text_of_the_books_holds_what_cannot_be_stored(books):
	for name in (name for name in EXPECTED if name.startswith(("s06", "s07"))):
		found = books(name)
		tables = [row["name"] for row in found.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
		for table in tables:
			for row in found.query(f"SELECT * FROM {table}"):
				for value in row:
					assert not isinstance(value, str) or value.encode("utf-8").decode("utf-8") == value
					assert not isinstance(value, str) or not any(
						"\ud800" <= letter <= "\udfff" or (letter < " " and letter not in "\n\t\r")
						for letter in value
					), (name, table, value)


def test_quantities_that_are_no_whole_numbers_are_booked_to_the_cent(books):
	found = books("s20-quantity")
	per_line = {}
	for row in found.query("SELECT order_line_id, amount FROM invoice_row WHERE order_id = 1233"):
		per_line[row["order_line_id"]] = per_line.get(row["order_line_id"], 0) + row["amount"]
	assert list(per_line.values()) == [7770, 3230, 10000, 20000]
