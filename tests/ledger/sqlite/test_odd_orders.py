"""What the SQLite ledger does with an order that it can't book: it is listed, it leaves nobody behind, and the page goes on."""

from dataclasses import replace

import pytest

from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite import books as sqlite_books
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.tests.support.draft_factory import WHEN, DraftFactory
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import KnownItem, LookupKeys

make = DraftFactory()


@pytest.fixture
def ledger(tmp_path):
	with SQLiteLedger(tmp_path / "ledger.sqlite", "https://shop.example") as ledger:
		yield ledger


def book(ledger, *outcomes):
	run = ledger.open_run({}, WHEN)
	ledger.create_masters(outcomes)
	return ledger.book_page(PageRecord(run.run_id, run.next_page, ""), outcomes).orders


def refused(order_id, **changes):
	"""An order whose payment is refused after its customer was made."""
	draft = make.draft(order_id, payments=[make.payment("0.00")], **changes)
	return make.booked(order_id, draft)


def customers(ledger):
	return [row[0] for row in ledger.connection.execute("SELECT customer FROM customer ORDER BY 1")]


def test_a_refused_order_leaves_no_new_customer(ledger):
	first, second = book(ledger, refused(1), make.booked(2))
	assert (first.state, first.reason) == (OrderState.HELD, "payment_not_positive")
	assert second.state is OrderState.SYNCED
	assert customers(ledger) == ["CUST-2"]
	addresses = ledger.connection.execute("SELECT customer FROM address").fetchall()
	assert [row[0] for row in addresses] == ["CUST-2"]


def test_a_customer_whom_a_later_order_has_stays(ledger):
	later = make.booked(2, make.draft(2, customer=make.customer(1, "known")))
	book(ledger, refused(1), later)
	assert customers(ledger) == ["CUST-1"]
	assert ledger.find_orders([2])[2].customer == "CUST-1"


def test_a_customer_who_was_there_before_stays(ledger):
	book(ledger, make.booked(1))
	book(ledger, refused(2, customer=make.customer(1, "known")))
	assert customers(ledger) == ["CUST-1"]


def test_what_the_app_breaks_on_is_one_failed_order(ledger, monkeypatch, caplog):
	working = sqlite_books.Vouchers.add_invoice

	def break_on_2(vouchers, draft):
		if vouchers.order_id == 2:
			raise ZeroDivisionError("person2@example.com")
		return working(vouchers, draft)

	monkeypatch.setattr(sqlite_books.Vouchers, "add_invoice", break_on_2)
	booked = book(ledger, *(make.booked(number) for number in (1, 2, 3)))
	assert [each.state for each in booked] == [OrderState.SYNCED, OrderState.FAILED, OrderState.SYNCED]
	assert (booked[1].reason, booked[1].again) == ("unforeseen", True)
	assert "ZeroDivisionError in ledger/sqlite/books.py, line" in booked[1].message
	assert "Order 2: ZeroDivisionError" in caplog.text
	assert "example.com" not in booked[1].message + caplog.text


def test_a_mistake_in_our_own_sql_ends_the_page(ledger, monkeypatch):
	monkeypatch.setattr(sqlite_books, "_DECIDE", "no sql")
	with pytest.raises(Exception, match="syntax error"):
		book(ledger, make.booked(1))
	assert ledger.find_orders([1]) == {}


def test_items_are_found_by_skus_of_another_case(ledger):
	ledger.load_items([KnownItem("SOAP", "Soap", sku="Wid-1 ")])
	found = ledger.lookups(LookupKeys(skus=frozenset({"WID-1"})))
	assert [item.code for item in found.items_of_sku("WID-1")] == ["SOAP"]


def test_names_that_are_taken_twice_get_a_number(ledger):
	names = ("WOO-18-3", "WOO-18", "WOO-18")
	drafts = [make.draft(number) for number in (1, 2, 3)]
	for draft, name in zip(drafts, names, strict=True):
		draft.invoice = replace(draft.invoice, name=name)
	booked = book(ledger, *(make.booked(number, draft) for number, draft in enumerate(drafts, 1)))
	assert {each.state for each in booked} == {OrderState.SYNCED}
	found = ledger.find_orders([1, 2, 3])
	assert [found[number].invoice for number in (1, 2, 3)] == ["WOO-18-3", "WOO-18", "WOO-18-3-2"]
