"""The parts of a proof that need no site: a lie in plain data is found, and what only looks like one isn't."""

from datetime import datetime, timezone
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.comparison.lines import SHOWN, proof_lines
from jarz_woocommerce_integration.services.comparison.printed import Writing, printed
from jarz_woocommerce_integration.services.comparison.sample import (
	BookedNote,
	BookedPayment,
	BookedRow,
	Documents,
	Entries,
	Rules,
	Sample,
	SampledOrder,
	compare_order,
)
from jarz_woocommerce_integration.services.comparison.taxes import (
	BookedCharges,
	BookedTax,
	TaxComparison,
	refunded_tax_of,
)
from jarz_woocommerce_integration.services.comparison.territories import MOST_ZONES, TerritoryCoverage
from jarz_woocommerce_integration.services.comparison.text import (
	MOST_DIFFERENCES,
	MOST_IDS,
	NotBooked,
	verification_text,
)
from jarz_woocommerce_integration.services.migration.engine import Scope
from jarz_woocommerce_integration.services.migration.spot_checks import Draw
from jarz_woocommerce_integration.services.migration.verification import Difference, Verification
from jarz_woocommerce_integration.services.migration.walk import verify
from jarz_woocommerce_integration.store.payloads import DetailedEntry, Order, Refund, TaxLine, parse
from jarz_woocommerce_integration.translation.lookups import Territory
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from tests.services.migration.shop import STATUSES, Shop

VAT = "VAT on Sales"
POLICY = Policy(accounts={"tax": VAT, "income": "Sales", "shipping": "Shipping", "rounding": "Round Off"})
CAIRO = ZoneInfo("Africa/Cairo")
NOON = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


def tax_line(amount, label="VAT", percent="14", shipping="0", rate_id=1):
	line = {"id": 1, "rate_id": rate_id, "label": label, "tax_total": amount, "shipping_tax_total": shipping}
	return TaxLine(**line, rate_percent=percent)


def booked(*rows, **values):
	return BookedCharges(
		**{"invoice": "WOO-1", "draft": False, "today": True, **values},
		rows=[BookedTax(account, text, Decimal(amount)) for account, text, amount in rows],
	)


def compared(lines, charges):
	taxes = TaxComparison(POLICY)
	taxes.compare(7, "EGP", lines, charges)
	return taxes


# --- taxes ---


def test_a_rates_sums_are_equal_where_each_orders_are():
	taxes = TaxComparison(POLICY)
	taxes.compare(1, "EGP", [tax_line("14.00", shipping="1.40")], booked((VAT, "VAT", "15.40")))
	taxes.compare(2, "EGP", [tax_line("7.00", rate_id=9)], booked((VAT, "VAT", "7.00"), draft=True))
	(row,) = taxes.as_rows()
	assert (row["rate"], row["orders"], row["store"], row["books"]) == ("VAT (14 %)", 2, "22.40", "22.40")
	assert (row["drafts"], row["difference"], row["accounts"]) == ("7.00", "0.00", [VAT])
	assert taxes.equal and not taxes.differences


def test_taxes_of_orders_that_arent_booked_stand_beside():
	taxes = TaxComparison(POLICY)
	taxes.compare(1, "EGP", [tax_line("14.00")], booked((VAT, "VAT", "14.00")))
	taxes.set_aside("EGP", [tax_line("100.00")])
	(row,) = taxes.as_rows()
	assert (row["store"], row["books"], row["aside"], row["orders_aside"]) == ("14.00", "14.00", "100.00", 1)
	assert taxes.equal


@pytest.mark.parametrize(
	"rows",
	[[(VAT, "VAT", "13.99")], [], [(VAT, "VAT", "14.00"), (VAT, "VAT", "14.00")], [(VAT, "Tax", "14.00")]],
)
def test_a_tax_that_differs_is_named_with_its_order(rows):
	taxes = compared([tax_line("14.00")], booked(*rows))
	assert [(found.order_id, found.kind, found.explained) for found in taxes.differences] == [
		(7, "tax", False)
	]
	assert not taxes.equal


def test_a_tax_on_another_account_is_wrong_unless_the_settings_were_others():
	elsewhere = ("Sales", "VAT", "14.00")
	taxes = compared([tax_line("14.00")], booked(elsewhere))
	assert [(found.kind, found.explained) for found in taxes.differences] == [("tax_account", False)]
	assert "Sales" in taxes.differences[0].message and VAT in taxes.differences[0].message
	assert compared([tax_line("14.00")], booked(elsewhere, today=False)).equal


def test_two_rates_of_one_name_are_told_apart_by_their_percent():
	lines = [tax_line("14.00"), tax_line("5.00", percent="5")]
	taxes = compared(lines, booked((VAT, "VAT", "5.00"), (VAT, "VAT", "14.00")))
	assert [(row["rate"], row["books"]) for row in taxes.as_rows()] == [
		("VAT (14 %)", "14.00"),
		("VAT (5 %)", "5.00"),
	]
	assert not taxes.differences


def test_credit_notes_taxes_stand_beside_the_invoices():
	charges = booked((VAT, "VAT", "14.00"))
	charges.credited = [
		BookedTax(VAT, "VAT", Decimal("-4.00")),
		BookedTax("Shipping", "Courier", Decimal("-9.00")),
	]
	(row,) = compared([tax_line("14.00")], charges).as_rows()
	assert (row["books"], row["credited"]) == ("14.00", "-4.00")


def credited(*amounts, **values):
	charges = booked((VAT, "VAT", "14.00"), **values)
	charges.credited = [BookedTax(VAT, "VAT", Decimal(amount)) for amount in amounts]
	return charges


def refund_taxes(refunded, charges):
	taxes = TaxComparison(POLICY)
	taxes.compare(7, "EGP", [tax_line("14.00")], charges, refunded)
	(row,) = taxes.refunds_as_rows()
	return taxes, row


def entry_with(*refunds, total="114.00"):
	told = [
		{"id": n, "total": amount, **({"total_tax": tax} if tax else {})}
		for n, (amount, tax) in enumerate(refunds, 1)
	]
	return DetailedEntry(id=7, status="completed", currency="EGP", total=total, refunds=told)


def test_what_credit_notes_took_back_is_the_tax_of_the_shops_refunds():
	refunded = refunded_tax_of(entry_with(("-22.80", "-2.80"), ("-11.40", "-1.40")))
	taxes, row = refund_taxes(refunded, credited("-2.80", "-1.40"))
	assert (row["store"], row["books"], row["difference"]) == ("4.20", "4.20", "0.00")
	assert taxes.equal
	(rate,) = taxes.as_rows()
	assert (rate["credited"], rate["left"]) == ("-4.20", "9.80")


@pytest.mark.parametrize("amounts", [[], ["-2.00"], ["-2.80", "-2.80"]])
def test_a_refund_whose_tax_was_not_taken_back_is_named_with_its_order(amounts):
	taxes, row = refund_taxes(refunded_tax_of(entry_with(("-22.80", "-2.80"))), credited(*amounts))
	assert [(found.order_id, found.kind) for found in taxes.differences] == [(7, "refund_tax")]
	assert Decimal(row["difference"])
	assert not taxes.equal


def test_a_cent_of_a_refunds_rounding_is_shown_and_no_difference():
	taxes, row = refund_taxes(refunded_tax_of(entry_with(("-22.80", "-2.80"))), credited("-2.81"))
	assert row["difference"] == "0.01"
	assert taxes.equal


def test_a_full_refund_by_amount_takes_all_taxes_back_though_the_shop_names_none():
	refunded = refunded_tax_of(entry_with(("-100.00", "0.00"), ("-14.00", "0.00")))
	taxes, row = refund_taxes(refunded, credited("-14.00"))
	assert (row["store"], row["books"], row["orders_in_full"], row["in_full"]) == ("0.00", "0.00", 1, "14.00")
	assert taxes.equal


def test_an_old_shop_that_names_no_tax_of_refunds_is_left_out_and_counted():
	refunded = refunded_tax_of(entry_with(("-22.80", "")))
	taxes, row = refund_taxes(refunded, credited("-2.80"))
	assert (row["orders"], row["orders_untold"], row["untold"]) == (0, 1, "2.80")
	assert taxes.equal
	assert refunded_tax_of(entry_with()) is None


def test_a_draft_has_no_credit_notes_to_compare():
	taxes = TaxComparison(POLICY)
	refunded = refunded_tax_of(entry_with(("-22.80", "-2.80")))
	taxes.compare(7, "EGP", [tax_line("14.00")], credited(draft=True), refunded)
	assert taxes.refunds_as_rows() == [] and taxes.equal


def test_shipping_and_fees_are_no_taxes():
	charges = booked(
		("Shipping", "Courier", "30.00"), (VAT, "VAT", "14.00"), ("Sales", "VAT refund fee", "2.00")
	)
	assert not compared([tax_line("14.00")], charges).differences


# --- territories ---


def entry(order_id=1, billing=("EG", "EGC", ""), shipping=("", "", "")):
	names = ("country", "state", "city")
	addresses = {
		kind: dict(zip(names, place, strict=True))
		for kind, place in (("billing", billing), ("shipping", shipping))
	}
	body = {"id": order_id, "status": "completed", "currency": "EGP", "total": "1.00"}
	return parse(DetailedEntry, {**body, **addresses})


def coverage():
	return TerritoryCoverage(TerritoryIndex([Territory("Cairo", code="EGC", labels=())], {}))


def test_coverage_tells_mapped_unmapped_elsewhere_and_without_a_zone():
	covered = coverage()
	covered.add(entry(), "Cairo")
	covered.add(entry(shipping=("EG", "EGC", "")), "All Territories")
	covered.add(entry(billing=("EG", "EGX", "")), "All Territories")
	covered.add(entry(billing=("", "", "")), "All Territories")
	told = covered.as_dict()
	assert (told["orders"], told["mapped"], told["elsewhere"], told["unmapped"], told["without_zone"]) == (
		3,
		1,
		1,
		1,
		1,
	)
	assert told["percent"] == "33.3"
	assert told["codes"] == [{"country": "EG", "code": "EGX", "orders": 1}]


def test_the_place_of_the_goods_goes_before_that_of_the_bill():
	covered = coverage()
	covered.add(entry(billing=("EG", "EGX", ""), shipping=("EG", "EGC", "")), "Cairo")
	assert covered.mapped == 1


def test_spellings_without_end_take_no_memory_without_end():
	covered = coverage()
	for number in range(MOST_ZONES + 5):
		covered.add(entry(billing=("EG", "", f"village {number}")), "")
	told = covered.as_dict()
	assert (len(told["codes"]), told["codes_left_out"], told["unmapped"]) == (MOST_ZONES, 5, MOST_ZONES + 5)


def test_no_booked_order_has_no_percent():
	assert coverage().as_dict()["percent"] is None


# --- the sample ---


def order(**fields):
	body = {
		"id": 7,
		"number": "7",
		"status": "completed",
		"currency": "EGP",
		"date_created_gmt": "2026-05-01T22:30:00",
		"date_paid_gmt": "2026-05-01T22:31:00",
		"total": "144.00",
		"total_tax": "14.00",
		"payment_method": "cod",
		"billing": {
			"first_name": "Mona",
			"last_name": "Adel",
			"address_1": "1 Nile St",
			"city": "Giza",
			"country": "EG",
		},
		"line_items": [{"id": 71, "name": "Towel", "quantity": 2, "subtotal": "100.00", "total": "100.00"}],
		"shipping_lines": [{"id": 72, "method_title": "Courier", "total": "30.00"}],
		"tax_lines": [{"id": 73, "label": "VAT", "tax_total": "14.00"}],
	}
	body["billing"]["email"] = "mona@example.com"
	return parse(Order, {**body, **fields})


def documents(**values):
	"""The books of that order, exactly."""
	said = {
		"invoice": "WOO-7",
		"submitted": True,
		"number": "7",
		"day": datetime(2026, 5, 2).date(),
		"currency": "EGP",
		"total": Decimal("144.00"),
		"foreign": False,
		"today": True,
		"base_total": Decimal("144.00"),
		"base_revenue": Decimal("130.00"),
		"customer_name": "Mona Adel",
		"emails": {"mona@example.com"},
		"address": "1 Nile St, Giza, Egypt",
		"rows": [BookedRow(71, "Towel", "Towel", Decimal(2), Decimal("100.00"))],
		"charges": [
			BookedTax("Shipping", "Courier", Decimal("30.00")),
			BookedTax(VAT, "VAT", Decimal("14.00")),
		],
		"payments": [
			BookedPayment("WOO-7-PAY", "Cash", "Cash", Decimal("144.00"), settled=Decimal("144.00"))
		],
		"entries": [
			Entries("WOO-7", Decimal("144.00"), Decimal("144.00"), Decimal("144.00"), Decimal("130.00")),
			Entries("WOO-7-PAY", Decimal("144.00"), Decimal("144.00")),
		],
		"roots": {"Shipping": "Income", VAT: "Liability"},
	}
	return Documents(**{**said, **values})


def differing(books=None, refunds=(), **fields):
	"""Names of the fields that differ without a reason."""
	rules = Rules(POLICY, TerritoryIndex([], {}), CAIRO)
	found = compare_order(order(**fields), refunds, books or documents(), rules)
	assert len(found) > 10
	return [field.field for field in found if not (field.equal or field.why)]


def test_an_order_and_its_books_are_equal_in_every_field():
	assert differing() == []


@pytest.mark.parametrize(
	("lie", "named"),
	[
		({"number": "8"}, ["Number"]),
		({"day": NOON.date()}, ["Date"]),
		({"currency": "USD"}, ["Currency"]),
		({"total": Decimal("144.01")}, ["Total"]),
		({"customer_name": "Somebody Else"}, ["Customer"]),
		({"emails": {"other@example.com"}}, ["E-mail"]),
		({"address": "2 Nile St, Giza, Egypt"}, ["Billing address"]),
		({"payments": []}, ["Paid"]),
		({"rows": [BookedRow(71, "Towel", "Towel", Decimal(3), Decimal("100.00"))]}, ["Line 71: quantity"]),
		({"rows": [BookedRow(71, "Towel", "Towel", Decimal(2), Decimal("99.00"))]}, ["Line 71: amount"]),
		({"rows": [BookedRow(71, "Soap", "Soap", Decimal(2), Decimal("100.00"))]}, ["Line 71: name"]),
		({"notes": [BookedNote(5, "WOO-7-R5", Decimal("-10.00"))]}, ["Credit note WOO-7-R5"]),
	],
)
def test_a_lie_is_named(lie, named):
	assert differing(documents(**lie)) == named


def test_rows_that_no_line_explains_are_named():
	books = documents()
	books.rows.append(BookedRow(99, "Gift", "Gift", Decimal(1), Decimal("5.00")))
	books.charges.append(BookedTax("Sales", "Surcharge", Decimal("5.00")))
	assert differing(books) == ["Item row Gift", "Row Surcharge"]


def test_a_charge_of_another_amount_or_account_is_named():
	charges = [BookedTax("Sales", "Courier", Decimal("30.00")), BookedTax(VAT, "VAT", Decimal("13.00"))]
	assert differing(documents(charges=charges)) == ["Shipping Courier: account", "Tax VAT"]


def test_a_payment_of_another_amount_mode_or_account_is_named():
	payment = BookedPayment("WOO-7-PAY", "Cheque", "Bank", Decimal("144.00"), settled=Decimal("143.00"))
	assert differing(documents(payments=[payment])) == ["Paid by", "Paid into", "Ledger: WOO-7-PAY settles"]


def test_what_was_booked_under_other_settings_is_shown_and_no_lie():
	payment = BookedPayment("WOO-7-PAY", "Cheque", "Bank", Decimal("144.00"), settled=Decimal("144.00"))
	assert differing(documents(payments=[payment], today=False)) == []


def test_a_ledger_that_says_otherwise_is_named():
	entries = [Entries("WOO-7", Decimal("145.00"), Decimal("144.00"), Decimal("145.00"), Decimal("129.00"))]
	assert differing(documents(entries=entries)) == [
		"Ledger of WOO-7: debit is credit",
		"Ledger: receivable",
		"Ledger: revenue",
	]
	assert "Ledger: receivable" in differing(documents(entries=[]))


def test_a_known_customer_may_have_the_name_of_an_earlier_order():
	assert differing(documents(customer_name="M. Adel", found_by="e-mail")) == []


def test_a_refund_is_compared_with_its_credit_note_and_repayment():
	refund = parse(
		Refund, {"id": 5, "parent_id": 7, "date_created_gmt": "2026-05-03T08:00:00", "amount": "10.00"}
	)
	assert differing(refunds=[refund]) == ["Credit note of refund 5", "Refund 5 paid back"]
	books = documents(notes=[BookedNote(5, "WOO-7-R5", Decimal("-10.00"))])
	books.payments.append(
		BookedPayment("WOO-7-R5-PAY", "Cash", "Cash", Decimal("10.00"), 5, Decimal("10.00"))
	)
	assert differing(books, refunds=[refund]) == []


BELOW_ZERO = {
	"total": "-15.00",
	"total_tax": "0",
	"line_items": [{"id": 71, "name": "Towel", "quantity": 2, "subtotal": "10.00", "total": "10.00"}],
	"fee_lines": [{"id": 74, "name": "Voucher", "total": "-25.00"}],
	"shipping_lines": [],
	"tax_lines": [],
}


def test_an_order_below_zero_is_compared_with_its_invoice_and_the_credit_note_of_what_is_owed():
	refunds = POLICY.accounts.refunds
	books = documents(
		total=Decimal(0),
		rows=[BookedRow(71, "Towel", "Towel", Decimal(2), Decimal(10))],
		charges=[
			BookedTax(POLICY.accounts.discounts, "Voucher", Decimal("-25.00")),
			BookedTax(refunds, "Owed to the customer", Decimal("15.00")),
		],
		notes=[BookedNote(7, "WOO-7-R7", Decimal("-15.00"))],
		payments=[],
		entries=[Entries("WOO-7", Decimal("25.00"), Decimal("25.00"), Decimal(0), Decimal(0))],
		roots={POLICY.accounts.income: "Income", POLICY.accounts.discounts: "Expense", refunds: "Income"},
	)
	assert differing(books, **BELOW_ZERO) == []
	books.charges[0].amount = Decimal("-24.00")
	assert differing(books, **BELOW_ZERO) == ["Fee Voucher"]
	books.charges[0].amount = Decimal("-25.00")
	books.notes = []
	assert differing(books, **BELOW_ZERO) == ["Credit note of what is owed"]


def test_an_order_below_zero_that_sells_nothing_is_compared_with_its_return():
	books = documents(
		total=Decimal("-15.00"),
		rows=[BookedRow(0, "Nothing", "Nothing", Decimal(-1), Decimal(0))],
		charges=[BookedTax(POLICY.accounts.discounts, "Voucher", Decimal("-15.00"))],
		payments=[],
		entries=[Entries("WOO-7", Decimal("15.00"), Decimal("15.00"), Decimal("-15.00"), Decimal("-15.00"))],
		roots={POLICY.accounts.income: "Income", POLICY.accounts.discounts: "Expense"},
	)
	fee = {"id": 74, "name": "Voucher", "total": "-15.00"}
	said = BELOW_ZERO | {"line_items": [], "fee_lines": [fee]}
	assert differing(books, **said) == []
	books.charges[0].amount = Decimal("-14.00")
	assert differing(books, **said) == ["Fee Voucher"]


def test_a_sample_counts_its_verdicts_and_shows_differences_first():
	sample = Sample(3, 1, 100)
	sample.orders = [
		SampledOrder(1, "1", "WOO-1", "equal"),
		SampledOrder(2, "2", "WOO-2", "changed"),
		SampledOrder(3, "3", "WOO-3", "different"),
	]
	told = sample.as_dict()
	assert (told["equal"], told["different"], told["changed"], told["gone"]) == (1, 1, 1, 0)
	assert [row["order_id"] for row in told["orders"]] == [2, 3, 1]


# --- the draw ---


def test_a_draw_is_the_same_for_the_same_seed_and_holds_the_sample_alone():
	def draw(seed):
		drawn = Draw(10, seed)
		for number in range(1000):
			drawn.offer(number)
		return drawn.drawn

	assert draw(1) == draw(1) != draw(2)
	assert len(set(draw(1))) == 10
	few = Draw(10, 1)
	few.offer(5)
	assert few.drawn == [5]


# --- the shape ---


def test_missing_extra_different_and_listed_orders_are_named_once():
	verification = Verification(
		differences=[
			Difference(1, "missing", ""),
			Difference(2, "not_in_store", ""),
			Difference(3, "amount", ""),
			Difference(4, "changed", "", explained=True),
			Difference(0, "unread", ""),
		]
	)
	further = [
		("missing_invoice", 5),
		("orphan_invoice", 6),
		("payment_amount", 3),
		("sample", 1),
		("account", 0),
	]
	orders = verification_text(verification, "Shop", NOON, "Administrator", further)["orders"]
	assert {name: group["ids"] for name, group in orders.items()} == {
		"missing": [1, 5],
		"extra": [2, 6],
		"different": [3],
		"listed": [4],
	}


def test_lists_are_cut_and_counts_are_true():
	differences = [Difference(number, "missing", "") for number in range(1, MOST_IDS + 11)]
	told = verification_text(Verification(differences=differences), "Shop", NOON, "Administrator")
	assert told["differences_in_all"] == told["orders"]["missing"]["count"] == MOST_IDS + 10
	assert len(told["differences"]) == MOST_DIFFERENCES
	assert len(told["orders"]["missing"]["ids"]) == MOST_IDS


def test_orders_that_arent_booked_are_gathered_by_reason():
	listed = NotBooked()
	state = SimpleNamespace(value="Held")
	for order_id in (3, 4):
		row = SimpleNamespace(order_id=order_id, state=state, reason="total_differs", currency="EGP")
		row.order_total, row.message, row.what_to_do = Decimal("5.00"), "It differs.", "Look."
		listed.add(row)
	(told,) = listed.as_rows()
	assert (told["orders"], told["total"], told["ids"]) == (2, "10.00", [3, 4])


# --- the comparison with a store ---


def test_a_deleted_refund_and_details_are_seen_in_as_many_requests(ledger_file):
	with Shop(orders=120).open() as shop:
		shop.migrate(ledger_file)
		order_id = next(
			order_id
			for order_id in shop.shop.order_ids({"completed", "processing"})
			if shop.shop.body(order_id)["refunds"] and shop.shop.is_consistent(order_id)
		)
		shop.shop.delete_refund(order_id, shop.shop.body(order_id)["refunds"][0]["id"])
		seen = []
		with SQLiteLedger.open_existing(ledger_file) as ledger, shop.client() as client:
			window = Scope(STATUSES).window
			verify(client, ledger, window, timezone.utc)
			before = client.requests
			plain = verify(client, ledger, window, timezone.utc)
			needed, before = client.requests - before, client.requests
			found = verify(client, ledger, window, timezone.utc, lambda *pair: seen.append(pair))
			assert client.requests - before == needed
	for verification in (plain, found):
		assert [(row.order_id, row.kind) for row in verification.differences if not row.explained] == [
			(order_id, "refunds")
		]
	entries = [entry for entry, _row, _difference in seen]
	assert all(isinstance(entry, DetailedEntry) for entry in entries)
	assert any(entry.tax_lines for entry in entries) and any(entry.billing.state for entry in entries)


# --- on paper and in the terminal ---


def told_of(verification):
	return verification_text(verification, "Shop", NOON, "Administrator")


def test_numbers_are_written_as_the_site_writes_them():
	writing = Writing(lambda moment: f"{moment:%d.%m.%Y}", point=",", comma=".")
	assert writing.number("1234567.5") == "1.234.567,50"
	assert writing.number("0.125") == "0,125"
	assert writing.number("-1234.00") == "-1.234,00"
	assert (writing.number(1234), writing.number(None), writing.moment(None)) == ("1.234", "", "")
	assert writing.moment(NOON.isoformat()) == "01.05.2026"


def test_a_proof_of_which_only_a_part_was_made_can_be_printed():
	verification = Verification(store_orders=2)
	group = verification.groups["2026-05-01", "completed", "EGP"]
	group.orders, group.store_total, group.booked, group.booked_total = (
		2,
		Decimal("30.00"),
		1,
		Decimal("10.00"),
	)
	page = printed(told_of(verification), Writing(str))
	assert (page["taxes"], page["sample"], page["territories"]) == ([], None, None)
	row, total = page["by_month"]
	assert (row["month"], row["store_total"], row["equal"]) == ("2026-05", "30.00", False)
	assert (total["is_sum"], total["booked_total"]) == (True, "10.00")


def test_years_of_days_are_months_on_paper():
	verification = Verification()
	for year in range(2016, 2026):
		for month in range(1, 13):
			for day in range(1, 29):
				verification.groups[f"{year}-{month:02}-{day:02}", "completed", "EGP"].orders = 1
	told = told_of(verification)
	assert len(told["groups"]) == 10 * 12 * 28
	assert len(printed(told, Writing(str))["by_month"]) == 10 * 12 + 1


def test_the_terminal_counts_credit_notes_and_says_what_is_left_out():
	taxes = TaxComparison(POLICY)
	for order_id, taxed in ((1, ("-22.80", "-2.80")), (2, ("-22.80", ""))):
		taxes.compare(
			order_id, "EGP", [tax_line("14.00")], credited("-2.80"), refunded_tax_of(entry_with(taxed))
		)
	full = refunded_tax_of(entry_with(("-114.00", "0.00")))
	taxes.compare(3, "EGP", [tax_line("14.00")], credited("-14.00"), full)
	taxes.set_aside("EGP", [tax_line("100.00")])
	told = {
		**told_of(Verification(store_orders=3)),
		"proven": True,
		"taxes": taxes.as_rows(),
		"refund_taxes": taxes.refunds_as_rows(),
		"sums": [
			{"currency": "EGP", "documents": 4, "credit_notes": 1, "total": "320.00"},
			{"currency": "EGP", "documents": 2, "credit_notes": 2, "total": "-20.00"},
		],
		"accounts": [],
		"sample": Sample(0, 1, 0).as_dict(),
		"territories": {**coverage().as_dict(), "percent": "50.0", "orders": 2, "without_zone": 5},
	}
	lines = list(proof_lines(told, [], 0, None))
	for line in (
		"VAT (14 %): 42.00 EGP in the store, 42.00 in the books; credit notes return 19.60, 22.40 remain;"
		" left out: 100.00 on 1 orders that aren't booked or are listed as different",
		"Taxes of refunds (EGP): 2.80 in the store, 2.80 in credit notes; 14.00 more on 1 orders that were"
		" refunded in full by an amount, for which the shop names no tax; left out: 2.80 on 1 orders, because the"
		" shop names no tax for their refunds",
		"Books (EGP): 3 submitted invoices less 3 credit notes come to 300.00; drafts are left out",
	):
		assert line in lines, lines
	assert any(line.endswith("left out: 5 orders whose address names no zone") for line in lines)


def test_the_terminal_says_what_is_wrong_first_and_the_verdict_last():
	told = {
		**told_of(Verification(store_orders=3)),
		"proven": False,
		"taxes": [],
		"refund_taxes": [],
		"sums": [],
		"accounts": [],
		"sample": Sample(0, 1, 0).as_dict(),
		"territories": coverage().as_dict(),
	}
	lines = list(proof_lines(told, [f"Order {n}: wrong." for n in range(SHOWN + 4)], SHOWN + 4, None))
	assert lines[0] == "Order 0: wrong."
	assert lines[SHOWN] == "and 4 more (--json has them)"
	assert lines[-1] == f"Not proven: {SHOWN + 4} points are wrong."
