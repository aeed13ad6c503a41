"""The report: what it says is what the ledger has, it needs nothing from outside, and it runs nothing that a shop wrote."""

import re
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from jarz_woocommerce_integration.exceptions import LedgerStorageError
from jarz_woocommerce_integration.ledger.contract import PageRecord
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.services.migration.verification import Difference, Group, Verification
from jarz_woocommerce_integration.services.report import data as report_data
from jarz_woocommerce_integration.services.report.data import CutList, Month, ReportData
from jarz_woocommerce_integration.services.report.queries import collect
from jarz_woocommerce_integration.services.report.report import (
	format_duration,
	format_money,
	format_percent,
	month_chart,
	write_report,
)
from jarz_woocommerce_integration.store.payloads import Order, Refund, parse
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.territories import TerritoryIndex
from jarz_woocommerce_integration.translation.translate import Translator

STORE = "https://shop.example"
ZONE = ZoneInfo("Africa/Cairo")
EVIL = "<script>alert(1)</script>"


def order_body(order_id, total="57.00", **fields):
	"""An order of 50.00 and 7.00 tax: one whose total is another doesn't sum up."""
	body = {
		"id": order_id,
		"number": str(order_id),
		"status": "completed",
		"currency": "EGP",
		"date_created_gmt": "2026-01-31T22:30:00",
		"date_paid_gmt": "2026-02-01T08:00:00",
		"total": total,
		"total_tax": "7.00",
		"payment_method": "cod",
		"billing": {
			"first_name": "منى",
			"last_name": "حسن",
			"state": "EGC",
			"country": "EG",
			"email": "m@x.test",
		},
		"line_items": [
			{"id": 1, "name": "كوب", "sku": "CUP", "quantity": 2, "subtotal": "50.00", "total": "50.00"}
		],
		"tax_lines": [{"id": 2, "rate_id": 1, "label": "VAT", "rate_percent": 14, "tax_total": "7.00"}],
	}
	return {**body, **fields}


def refund_of(order_id, refund_id, amount):
	body = {
		"id": refund_id,
		"parent_id": order_id,
		"date_created_gmt": "2026-03-05T10:00:00",
		"amount": amount,
	}
	return parse(Refund, body)


def rehearse(path, bodies, refunds=None, policy=None):
	"""Book the orders; a later call with the same path books on."""
	orders = [parse(Order, body) for body in bodies]
	with SQLiteLedger(path, STORE) as ledger:
		translator = Translator(policy or Policy(), TerritoryIndex(ledger.territories(), {}), ZONE)
		run = ledger.open_run({}, datetime.now(timezone.utc))
		prepared = translator.prepare(orders)
		outcomes = translator.translate(prepared, refunds or {}, ledger.lookups(translator.keys(prepared)))
		ledger.create_masters(outcomes)
		ledger.book_page(PageRecord(run.run_id, 1, translator.policy_hash), outcomes)
		ledger.finish_run(run)


def read(path, **parameters):
	with SQLiteLedger(path, STORE, read_only=True) as ledger:
		return collect(ledger, store_url=STORE, zone=ZONE, **parameters)


def page_of(data, tmp_path):
	return write_report(data, tmp_path / "report").read_text(encoding="utf-8")


def empty_data(**fields):
	return ReportData(STORE, "shop.sqlite", datetime(2026, 1, 2, tzinfo=timezone.utc), ZONE, **fields)


@pytest.fixture
def ledger_file(tmp_path):
	"""One of each: booked, refunded in part, draft, skipped, held."""
	path = tmp_path / "shop.sqlite"
	refunded = order_body(11, refunds=[{"id": 90, "total": "-20.00"}])
	bodies = [
		order_body(10),
		refunded,
		order_body(12, status="on-hold"),
		order_body(13, status="pending"),
		order_body(14, total="60.00", billing={"first_name": EVIL, "last_name": "Long" * 60}),
	]
	rehearse(path, bodies, {11: [refund_of(11, 90, "20.00")]})
	return path


class Tags(HTMLParser):
	"""The page's tags, and whether each that is opened is closed in its turn."""

	VOID = ("meta", "br", "link", "img")

	def __init__(self, page):
		super().__init__()
		self.found, self.open = [], []
		self.feed(page)

	def handle_starttag(self, tag, attributes):
		self.found.append((tag, dict(attributes)))
		if tag not in self.VOID:
			self.open.append(tag)

	def handle_startendtag(self, tag, attributes):
		self.found.append((tag, dict(attributes)))

	def handle_endtag(self, tag):
		assert self.open.pop() == tag


# --- what it says ---


def test_each_amount_has_its_place_and_the_sums_close(ledger_file):
	data = read(ledger_file)
	(egp,) = data.reconciliations
	assert data.places == {"Synced": 2, "Draft": 1, "Skipped": 1, "Held": 1}
	assert egp.store.total == egp.sum.total == Decimal("288.00")
	assert {part.place: part.total for part in egp.parts} == {
		"Synced": Decimal("114.00"),
		"Draft": Decimal("57.00"),
		"Skipped": Decimal("57.00"),
		"Held": Decimal("60.00"),
	}
	assert (egp.refunded, egp.credited, egp.closes) == (Decimal("20.00"), Decimal("20.00"), True)
	assert (egp.invoiced, egp.paid) == (Decimal("94.00"), Decimal("94.00"))


def test_what_a_gift_card_paid_is_shown_beside_the_orders_totals_and_the_sums_close(tmp_path):
	"""The shop's total is what was left to pay; the invoice is the whole sale."""
	path = tmp_path / "cards.sqlite"
	card = {"id": 7, "code": "AAAA", "amount": "30.00"}
	rehearse(
		path,
		[order_body(10), order_body(11, total="27.00", gift_cards=[card])],
		policy=Policy(tenders={"gift_card": {"account": "Gift Cards"}}),
	)
	data = read(path)
	(egp,) = data.reconciliations
	assert {part.place: part.total for part in egp.parts} == {"Synced": Decimal("114.00")}
	assert (egp.beside, egp.sum.total, egp.store.total) == (
		Decimal("30.00"),
		Decimal("84.00"),
		Decimal("84.00"),
	)
	assert egp.closes and not data.problems
	assert ">−30.00<" in page_of(data, tmp_path)


def test_months_are_those_of_the_store(ledger_file):
	"""22:30 UTC on 31 January is February in Cairo; a credit note counts in its own month."""
	months = {month.name: month for month in read(ledger_file).months}
	assert list(months) == ["2026-02", "2026-03"]
	assert (months["2026-02"].invoices, months["2026-02"].net) == (2, Decimal("114.00"))
	assert months["2026-03"].net == Decimal("-20.00")


def test_lists_tell_what_to_do(ledger_file):
	data = read(ledger_file)
	(reason,) = data.held.rows
	assert (reason.code, reason.orders, reason.totals) == ("total_differs", 1, (("EGP", Decimal("60.00")),))
	assert reason.listing.rows[0].breakdown[-1] == ("Order total", Decimal("60.00"))
	(item,) = data.missing_items.rows
	assert (item.name, item.sku, item.lines, item.amount) == ("كوب", "CUP", 3, Decimal("150.00"))
	(zone,) = data.unmapped_zones.rows
	assert (zone.code, zone.country, zone.orders, data.coverage) == ("EGC", "EG", 3, (0, 3))
	(tax,) = data.taxes
	assert (tax.label, tax.percent, tax.invoices, tax.charged) == ("VAT", 14, 2, Decimal("14.00"))
	assert data.payment_methods[0].method == "cod"


def test_the_page_shows_the_totals(ledger_file, tmp_path):
	page = page_of(read(ledger_file), tmp_path)
	for amount in ("288.00", "114.00", "60.00", "−20.00"):
		assert f">{amount}<" in page
	assert "Africa/Cairo" in page
	assert "book the order as charged" in page


def test_an_order_that_changed_after_it_was_booked_is_listed_and_no_sum_breaks(ledger_file):
	line = {"id": 1, "name": "كوب", "quantity": 2, "subtotal": "60.00", "total": "60.00"}
	rehearse(ledger_file, [order_body(10, total="67.00", line_items=[line])])
	data = read(ledger_file)
	assert [row.number for row in data.changed.rows] == ["10"]
	assert data.places["Changed"] == 1
	assert data.reconciliations[0].closes and not data.problems


def test_the_comparison_with_the_store_decides_the_verdict(ledger_file, tmp_path):
	assert "not compared with the store" in page_of(read(ledger_file), tmp_path)
	groups = {
		("2026-02-01", "any", "EGP"): Group(5, Decimal("288.00"), 3, Decimal("171.00"), 2, Decimal("117.00"))
	}
	proven = read(ledger_file, verification=Verification(groups))
	assert "Every order is booked to the cent or listed" in page_of(proven, tmp_path)
	missing = Verification(
		groups, [Difference(10, "changed", "Told.", True), Difference(99, "missing", "Lost.")]
	)
	data = read(ledger_file, verification=missing)
	assert data.problems == 1
	assert [row.order_id for row in data.differences.rows] == [99, 10]
	assert "1 difference needs a look" in page_of(data, tmp_path)


def test_spot_checks_stand_side_by_side(ledger_file, tmp_path):
	refunded = order_body(11, refunds=[{"id": 90, "total": "-20.00"}])
	bodies = [order_body(10), refunded, order_body(12, total="1.00"), order_body(77)]
	data = read(ledger_file, spot_checks={body["id"]: parse(Order, body) for body in bodies})
	assert [check.agrees for check in data.spot_checks] == [True, True, False, False]
	assert data.problems == 1
	page = page_of(data, tmp_path)
	assert "2 × 25.00" in page
	assert "The ledger doesn&#39;t know this order." in page


def test_without_orders_of_the_store_there_is_no_spot_check(ledger_file, tmp_path):
	assert "No orders were read again for a spot check" in page_of(read(ledger_file), tmp_path)


def test_ambiguous_customers_deleted_orders_and_lines_that_wait_for_an_item_are_listed(tmp_path):
	path = tmp_path / "shop.sqlite"
	rehearse(path, [order_body(1, customer_id=5), order_body(2, customer_id=6)])
	rehearse(path, [order_body(number) for number in (3, 4)], policy=Policy.live())
	with SQLiteLedger(path, STORE) as ledger:
		ledger.mark_deleted([1])
	data = read(path, summary={"seconds": 65.0, "orders_per_minute": 1234})
	(ambiguous,) = data.ambiguous.rows
	assert (ambiguous.order_id, ambiguous.customer, ambiguous.candidates) == (2, "C6", (("C5", "منى حسن"),))
	assert [row.order_id for row in data.deleted.rows] == [1]
	waiting = data.missing_items.rows[0]
	assert (waiting.held, waiting.orders, waiting.example_id) == (True, 2, 3)
	page = page_of(data, tmp_path)
	assert "by the ids that the name tells" in page
	assert "Time: 1 min 5 s, 1,234 orders a minute." in page


# --- what it is ---


def test_the_file_needs_nothing_from_outside(ledger_file, tmp_path):
	page = page_of(read(ledger_file), tmp_path)
	for tag, attributes in Tags(page).found:
		assert tag not in ("script", "link", "img", "iframe", "object")
		assert "src" not in attributes
		link = attributes.get("href", "#")
		assert link.startswith(("#", STORE)), link
	assert not re.search(r"url\(|@import", page)


def test_a_sample_store_on_this_machine_is_not_linked(ledger_file, tmp_path):
	data = replace(read(ledger_file), store_url="http://127.0.0.1:8080")
	assert all(
		attributes.get("href", "#")[0] == "#" for _tag, attributes in Tags(page_of(data, tmp_path)).found
	)


def test_texts_of_the_shop_are_texts(ledger_file, tmp_path):
	page = page_of(read(ledger_file), tmp_path)
	assert EVIL not in page
	assert "alert(1)" in page, "its tags are taken away where it is read"
	assert "<script" not in page
	assert '<bdi dir="auto">كوب</bdi>' in page


def test_tables_have_captions_and_headers_with_a_scope(ledger_file, tmp_path):
	found = Tags(page_of(read(ledger_file), tmp_path)).found
	tags = [tag for tag, _attributes in found]
	assert tags.count("caption") == tags.count("table") > 5
	assert all(attributes.get("scope") in ("col", "row") for tag, attributes in found if tag == "th")
	assert any(tag == "svg" and attributes["role"] == "img" for tag, attributes in found)


def test_an_empty_ledger_has_a_report(tmp_path):
	path = tmp_path / "shop.sqlite"
	rehearse(path, [])
	page = page_of(read(path), tmp_path)
	assert "The ledger has no orders." in page
	assert not Tags(page).open


def test_lists_that_are_cut_say_so(tmp_path):
	path = tmp_path / "shop.sqlite"
	rehearse(path, [order_body(number, total="60.00") for number in range(1, 204)])
	data = read(path)
	assert (len(data.held.rows[0].listing.rows), data.held.rows[0].listing.rest) == (200, 3)
	page = page_of(data, tmp_path)
	assert "These are the first 200 of 203; 3 more are not shown." in page
	assert f"jarz-woo orders --ledger {path}" in page


def test_a_report_that_cannot_be_written_says_so(tmp_path):
	(tmp_path / "file").write_text("in the way")
	with pytest.raises(LedgerStorageError, match="can't be written"):
		write_report(empty_data(), tmp_path / "file")


def test_a_report_that_breaks_off_leaves_the_old_one(tmp_path):
	page = write_report(empty_data(), tmp_path)
	before = page.read_text()
	with pytest.raises(UndefinedError):
		write_report(empty_data(differences=None), tmp_path)
	assert page.read_text() == before
	assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


# --- numbers and charts ---


@pytest.mark.parametrize(
	("amount", "currency", "shown"),
	[
		("1234567.5", "EGP", "1,234,567.50"),
		("-0.01", "EGP", "−0.01"),
		("1.5", "KWD", "1.500"),
		("1500", "JPY", "1,500"),
		("1.005", "EGP", "1.005"),
		("1E+3", "EGP", "1,000.00"),
		("0", "", "0.00"),
	],
)
def test_money_is_shown_whole(amount, currency, shown):
	assert format_money(Decimal(amount), currency) == shown


def test_almost_all_is_not_all():
	assert [format_percent(*pair) for pair in ((9999, 10000), (1, 100000), (0, 5), (5, 5), (0, 0))] == [
		"99.9 %",
		"0.1 %",
		"0 %",
		"100 %",
		"–",
	]


def test_durations():
	assert [format_duration(seconds) for seconds in (4.25, 61, 7290)] == ["4.2 s", "1 min 1 s", "2 h 1 min"]


@pytest.mark.parametrize("count", [1, 12, 36, 60, 300])
def test_a_chart_has_a_bar_for_each_month_and_labels_that_fit(count):
	names = [f"{2000 + number // 12}-{number % 12 + 1:02}" for number in (0, count - 1)]
	months = [
		Month(name, "EGP", 1, Decimal(10 * place - 5)) for place, name in enumerate(dict.fromkeys(names))
	]
	chart = month_chart("EGP", months)
	assert len(chart.bars) == count
	assert 1 <= len(chart.labels) <= 12
	for bar in chart.bars:
		assert 0 <= bar.x and bar.x + bar.width <= 100
		assert -0.1 <= bar.y and bar.y + bar.height <= chart.height + 1.1
		assert bar.height > 0 or not bar.month.net
	assert sum(bar.y + bar.height > chart.zero + 0.5 for bar in chart.bars) == 1


def test_a_month_of_nothing_is_said_in_words(tmp_path):
	reconciliation = report_data.Reconciliation("USD", report_data.Sum(), ())
	data = empty_data(months=[Month("2026-01", "USD", 1)], reconciliations=[reconciliation])
	page = page_of(data, tmp_path)
	assert "comes to nothing" in page and "<svg" not in page


def test_many_reasons_are_cut_too(tmp_path):
	reason = report_data.Reason("total_differs", "Look.", 1, (), CutList())
	page = page_of(empty_data(held=CutList((reason,), 40)), tmp_path)
	assert "39 more are not shown" in page
