"""Progress and results as lines: not too many, and the last ones say what to do next."""

from collections import Counter

from jarz_woocommerce_integration.services.migration import progress_lines
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.migration.progress_lines import ProgressLines, closing_lines

SUMMARY = {
	"run": 3,
	"store": "Shop",
	"orders_seen": 12,
	"by_state": {"Held": 2, "Synced": 10},
	"held_by_reason": {"total_differs": 2},
	"store_total": {"EGP": "120.00"},
	"booked_total": {"EGP": "100.00"},
	"differences": [],
	"proven": True,
	"complete": True,
	"this_session": {"orders": 12, "failed_pages": []},
	"received_unbooked": {"EGP": "30.00"},
	"unlisted_statuses": {"partially-paid": 3},
	"bulk_booking": "Booked in bulk: 9 orders.\nThrough documents (1): a refusal.",
	"orders_per_minute": 60,
	"seconds": 12.0,
}


def said(orders, monkeypatch, seconds_a_page=0.0):
	clock = [0.0]
	monkeypatch.setattr(progress_lines.time, "monotonic", lambda: clock[0])
	lines = []
	show = ProgressLines(lines.append)
	for place, count in enumerate(orders, 1):
		clock[0] += seconds_a_page
		show(Progress(pages=place, orders=count, what=Counter(booked=count)))
	return lines


def test_a_line_comes_first_and_then_for_each_500_orders(monkeypatch):
	lines = said(range(100, 2001, 100), monkeypatch)
	assert len(lines) == 4
	assert lines[-1].startswith("Booking: 1,600 orders in 16 pages")


def test_a_slow_store_is_heard_of_every_ten_seconds(monkeypatch):
	assert len(said(range(10, 101, 10), monkeypatch, seconds_a_page=5.0)) == 5


def test_the_end_of_a_proven_migration_says_what_waits():
	text = "\n".join(closing_lines(SUMMARY))
	assert "held: total_differs: 2" in text
	assert "Booked in bulk: 9 orders." in text and "Through documents (1): a refusal." in text
	assert "EGP: 120.00 in the store, 100.00 booked" in text
	assert "Proven" in text and "Held orders wait" in text
	assert "EGP: 30.00 was received for orders that aren't booked" in text
	assert 'can\'t show orders in status "partially-paid": 3 known ones' in text


def test_what_isnt_proven_is_shown_with_its_orders():
	wrong = [{"order_id": 7, "message": "Missing.", "explained": False}]
	text = "\n".join(closing_lines({**SUMMARY, "proven": False, "differences": wrong}))
	assert "Not proven: 1 unexplained" in text and "order 7: Missing." in text


def test_a_call_that_ends_before_the_end_says_that_it_goes_on():
	unfinished = {**SUMMARY, "complete": False, "proven": None}
	assert "continues from here" in list(closing_lines(unfinished))[-1]
	assert list(closing_lines(unfinished, paused=True))[-1].startswith("This call's pages are done.")
