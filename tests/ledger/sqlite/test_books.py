"""What the SQLite ledger writes: general ledger, views, exact amounts, decisions."""

from dataclasses import replace
from decimal import Decimal

import pytest

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.values import (
	from_thousandths,
	nearest_thousandths,
	to_thousandths,
)
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN, DraftFactory
from jarz_woocommerce_integration.translation.drafts import Cancel, ChargeKind, Decision, Hold, OrderState
from jarz_woocommerce_integration.translation.lookups import LookupKeys

make = DraftFactory()


@pytest.fixture
def ledger(tmp_path):
	with SQLiteLedger(tmp_path / "ledger.sqlite", "https://shop.example") as ledger:
		yield ledger


def book(ledger, *outcomes):
	run = ledger.open_run({}, WHEN)
	ledger.create_masters(outcomes)
	return ledger.book_page(PageRecord(run.run_id, run.next_page, ""), outcomes).orders


def entries(ledger, voucher_type, reversal=0):
	return [
		tuple(row)
		for row in ledger.connection.execute(
			"SELECT account, party, debit, credit FROM gl_entry WHERE voucher_type = ? AND reversal = ?"
			" ORDER BY order_id, voucher, position",
			(voucher_type, reversal),
		)
	]


def balances(ledger):
	return {
		row["account"]: row["balance"]
		for row in ledger.connection.execute("SELECT * FROM balance_per_account")
	}


# --- amounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", "-0.00", "0.001", "1.50", "-15.00", "1E+3", "999999999999.999"])
def test_amounts_come_back_exactly(text):
	assert from_thousandths(to_thousandths(Decimal(text))) == Decimal(text)


def test_amounts_read_well():
	assert [str(from_thousandths(n)) for n in (114000, 1500, 1, -15000, 0)] == [
		"114.00",
		"1.50",
		"0.001",
		"-15.00",
		"0.00",
	]


@pytest.mark.parametrize(
	"text", ["0.0001", "1E-40", "NaN", "sNaN", "Infinity", "1E+13", "1E+999999", "1." + "0" * 50 + "1"]
)
def test_amounts_that_are_not_kept_exactly_are_refused(text):
	with pytest.raises(BookingRefusedError, match="can't keep"):
		to_thousandths(Decimal(text))
	assert isinstance(nearest_thousandths(Decimal(text)), int)


def test_an_order_with_too_many_decimals_is_held_and_told_exactly(ledger):
	draft = make.draft(1, invoice=make.invoice(1, [make.row("0.00012345")], []))
	first, second = book(ledger, make.booked(1, draft), make.booked(2))
	assert (first.what, first.reason, second.what) == ("held", "amount_not_exact", "booked")
	assert ledger.find_orders([1])[1].order_total == Decimal("0.00012345")


# --- general ledger ----------------------------------------------------------------------------


def test_an_invoice_debits_the_customer_and_credits_the_accounts(ledger):
	rows = [make.row("60.00"), make.row("40.00", item=1)]
	charges = [make.charge("14.00"), make.charge("-4.00", ChargeKind.DISCOUNT)]
	draft = make.draft(1, invoice=make.invoice(1, rows, charges), receivable_account="Shop Debtors")
	book(ledger, make.booked(1, replace(draft, payments=[make.payment("110.00")])))
	assert entries(ledger, "invoice") == [
		("Shop Debtors", "CUST-1", 110_000, 0),
		("Sales", "", 0, 100_000),
		("VAT", "", 0, 14_000),
		("Fee Income", "", 4_000, 0),
	]
	assert entries(ledger, "payment") == [
		("Shop Debtors", "CUST-1", 0, 110_000),
		("Cash", "", 110_000, 0),
	]
	assert balances(ledger) == {
		"Cash": "110.000",
		"Fee Income": "4.000",
		"Sales": "-100.000",
		"Shop Debtors": "0.000",
		"VAT": "-14.000",
	}


def test_a_credit_note_and_its_repayment_reverse(ledger):
	draft = make.draft(1, net="10.00", tax="0", payments=[make.payment("10.00")])
	draft.credit_notes = [make.credit_note(71, "10.00", repaid=True)]
	book(ledger, make.booked(1, draft))
	assert entries(ledger, "credit note") == [("Debtors", "CUST-1", 0, 10_000), ("Sales", "", 10_000, 0)]
	assert entries(ledger, "payment")[2:] == [("Debtors", "CUST-1", 10_000, 0), ("Cash", "", 0, 10_000)]
	assert set(balances(ledger).values()) == {"0.000"}


def test_a_gateways_fee_is_kept_from_what_the_account_gets(ledger):
	payment = replace(make.payment("114.00"), fee=Decimal("3.50"), fee_account="Payment Fees")
	book(ledger, make.booked(1, make.draft(1, payments=[payment])))
	assert entries(ledger, "payment") == [
		("Debtors", "CUST-1", 0, 114_000),
		("Cash", "", 110_500, 0),
		("Payment Fees", "", 3_500, 0),
	]
	assert ledger.find_orders([1])[1].paid_total == 114


def test_a_negative_order_is_owed_to_the_customer_and_paid_out(ledger):
	invoice = make.invoice(1, [make.row("0.00")], [make.charge("-15.00", ChargeKind.FEE)])
	book(ledger, make.booked(1, make.draft(1, invoice=invoice, payments=[make.payment("15.00")])))
	assert entries(ledger, "invoice") == [("Debtors", "CUST-1", 0, 15_000), ("Fee Income", "", 15_000, 0)]
	assert balances(ledger) == {"Cash": "-15.000", "Debtors": "0.000", "Fee Income": "15.000"}


def test_drafts_and_zero_totals_make_no_entries(ledger):
	draft = make.draft(1, payments=[make.payment("114.00")])
	draft.invoice.submit = False
	book(ledger, make.booked(1, draft), make.booked(2, make.draft(2, net="0.00", tax="0")))
	assert balances(ledger) == {}
	assert ledger.find_orders([1])[1].paid_total == 0


def test_cancelling_reverses_every_entry_and_keeps_the_trail(ledger):
	draft = make.draft(
		1, payments=[make.payment("114.00")], credit_notes=[make.credit_note(71, "9.00", True)]
	)
	book(ledger, make.booked(1, draft))
	before = [entry for kind in ("invoice", "credit note", "payment") for entry in entries(ledger, kind)]
	book(ledger, make.unbooked(1, Cancel("r", "Cancelled.")))
	after = [entry for kind in ("invoice", "credit note", "payment") for entry in entries(ledger, kind, 1)]
	assert after == [(account, party, credit, debit) for account, party, debit, credit in before]
	assert set(balances(ledger).values()) == {"0.000"}


def test_a_payment_of_nothing_holds_the_order(ledger):
	(booked,) = book(ledger, make.booked(1, make.draft(1, payments=[make.payment("0.00")])))
	assert (booked.what, booked.reason) == ("held", "payment_not_positive")
	assert balances(ledger) == {}


# --- refusals ----------------------------------------------------------------------------------


def test_what_the_keys_refuse_fails_alone(ledger):
	theirs = make.draft(2, credit_notes=[make.credit_note(71, "1.00")])
	ours = make.draft(1, credit_notes=[make.credit_note(71, "1.00")])
	booked = book(ledger, make.booked(1, ours), make.booked(2, theirs), make.booked(3))
	assert [order.what for order in booked] == ["booked", "failed", "booked"]
	assert [row.state for row in ledger.booked_orders()] == [
		OrderState.SYNCED,
		OrderState.FAILED,
		OrderState.SYNCED,
	]
	assert ledger.connection.execute("SELECT count(*) FROM invoice").fetchone()[0] == 2


def test_a_text_that_can_not_be_stored_fails_alone(ledger):
	"""JSON may hold half of a surrogate pair; UTF-8 can't."""
	draft = make.draft(1)
	draft.customer.name = draft.invoice.rows[0].item_name = "half a smile \ud83d"
	booked = book(ledger, make.booked(1, draft, customer_name="\ud83d"), make.booked(2))
	assert [order.what for order in booked] == ["failed", "booked"]


def test_a_refused_addition_keeps_the_invoice(ledger):
	book(ledger, make.booked(1))
	too_much = make.draft(1, credit_notes=[make.credit_note(71, "100.00"), make.credit_note(72, "14.01")])
	(booked,) = book(ledger, make.booked(1, too_much))
	assert (booked.what, booked.reason) == ("changed", "refund_exceeds_invoice")
	row = ledger.find_orders([1])[1]
	assert (row.state, row.credited_total, row.invoice_total) == (OrderState.SYNCED, 0, Decimal("114.00"))
	assert "114.01" in row.changed


# --- masters, decisions, views -----------------------------------------------------------------


def test_an_address_is_never_overwritten(ledger):
	"""failure-modes 45"""
	first = make.draft(1, billing=make.address(5, line_1="as it was typed first"))
	second = make.draft(2, customer=make.customer(1, "known"), billing=make.address(5, line_1="later"))
	second.shipping = make.address(6, "Shipping")
	book(ledger, make.booked(1, first), make.booked(2, second))
	assert [
		tuple(row) for row in ledger.connection.execute("SELECT customer, kind, line_1 FROM address")
	] == [
		("CUST-1", "Billing", "as it was typed first"),
		("CUST-1", "Shipping", "6 Nile Street"),
	]


def test_a_decision_is_kept_with_its_evidence(ledger):
	decision = Decision("new", "none", ("CUST-8", "CUST-9"), True, "محتمل")
	draft = make.draft(1, customer=make.customer(1, decision=decision))
	book(ledger, make.booked(1, draft), make.booked(2), make.unbooked(3, Hold("r", "m", "w")))
	again = replace(draft, customer=replace(draft.customer, decision=Decision("known", "phone")))
	book(ledger, make.booked(1, again))
	(row,) = ledger.connection.execute("SELECT * FROM ambiguous_customers")
	assert tuple(row) == (
		1,
		"1",
		"CUST-1",
		"Customer 1",
		"new",
		"none",
		'["CUST-8", "CUST-9"]',
		"محتمل",
	)
	assert ledger.connection.execute("SELECT count(*) FROM pending_decision").fetchone()[0] == 0


def test_a_pending_decision_counts_while_the_order_is_the_same(ledger):
	first = make.booked(1)
	other = make.draft(1, customer=make.customer(2))
	ledger.create_masters([first])
	book(ledger, make.booked(1, other))
	ledger.create_masters([make.booked(3, make.draft(3, customer=make.customer(3)))])
	book(ledger, make.booked(3, make.draft(3, customer=make.customer(4)), payload_hash="corrected since"))
	assert [row.customer for row in ledger.booked_orders()] == ["CUST-1", "CUST-4"]
	assert not ledger.lookups(LookupKeys(emails=frozenset(["person2@example.com"]))).customers


def test_the_views_read_well(ledger):
	book(
		ledger,
		make.booked(1),
		make.booked(2, make.draft(2, currency="KWD", net="0.125", tax="0")),
		make.unbooked(3, Hold("total_differs", "Differs.", "Look."), total=Decimal("-7.5")),
	)
	customers = ledger.connection.execute("SELECT customer, currency, balance FROM balance_per_customer")
	assert [tuple(row) for row in customers] == [("CUST-1", "EGP", "114.000"), ("CUST-2", "KWD", "0.125")]
	months = ledger.connection.execute("SELECT month, currency, balance FROM balance_per_month")
	assert ("2026-03", "KWD", "-0.125") in [tuple(row) for row in months]
	(held,) = ledger.connection.execute("SELECT reason, order_total, what_to_do FROM held_orders")
	assert tuple(held) == ("total_differs", "-7.500", "Look.")


def test_customers_who_buy_in_several_currencies_are_counted_with_the_currency_that_came_first(ledger):
	"""On a site they may need a second customer (docs/use/currencies.md)."""
	one = make.customer(1)
	book(
		ledger,
		make.booked(2, make.draft(2, currency="EGP", customer=one)),
		make.booked(3, make.draft(3, currency="USD", customer=one)),
		make.booked(4, make.draft(4, currency="USD")),
		make.booked(5, make.draft(5, currency="USD")),
	)
	assert ledger.counts()["customers_in_several_currencies"] == 1
	first = ledger.first_currencies(["CUST-1", "CUST-4", "CUST-9"])
	assert first == {"CUST-1": "EGP", "CUST-4": "USD"}
	book(ledger, make.unbooked(2, Cancel("status_cancelled", "Cancelled.")))
	assert ledger.counts()["customers_in_several_currencies"] == 0
	assert ledger.first_currencies(["CUST-1"]) == {"CUST-1": "USD"}


def test_the_digest_tells_books_apart_and_nothing_else(ledger, tmp_path):
	book(ledger, make.booked(1), make.booked(2))
	with SQLiteLedger(tmp_path / "other.sqlite", "https://shop.example") as other:
		book(other, make.booked(1))
		assert other.books_digest() != ledger.books_digest()
		book(other, make.booked(2))
		assert other.books_digest() == ledger.books_digest()
