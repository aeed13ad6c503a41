"""What is told of time, requests and days before a migration."""

from collections.abc import Callable
from datetime import date

import pytest

from jarz_woocommerce_integration.ledger.contract import Booked
from jarz_woocommerce_integration.services.migration.engine import Progress
from jarz_woocommerce_integration.services.migration.estimates import (
	PageTime,
	Speed,
	common_days,
	in_words,
	requests_needed,
	seconds_left,
	uncovered,
)
from jarz_woocommerce_integration.services.migration.page_booking import BookingResult
from jarz_woocommerce_integration.translation.drafts import OrderState


def day(text):
	return date.fromisoformat(text)


def year(number):
	return date(number, 1, 1), date(number, 12, 31)


def test_the_list_is_walked_through_twice_and_each_page_read_once():
	assert requests_needed(20_000, 100) == 600
	assert requests_needed(101, 25) == 2 * 2 + 5
	assert requests_needed(0, 100) == 0


def test_a_worker_takes_as_long_as_its_speed_says():
	assert Speed(120).seconds(60) == 30
	assert Speed(120, proofs=20.0).seconds(60) == 50
	assert Speed(120, proofs=20.0).seconds(0) == 0


@pytest.mark.parametrize(
	"seconds, words",
	[
		(0, "0 seconds"),
		(44.2, "45 seconds"),
		(120, "2 minutes"),
		(3601, "61 minutes"),
		(12_000, "3 h 20 min"),
	],
)
def test_a_time_is_told_in_the_unit_that_fits(seconds, words):
	assert in_words(seconds) == words


def test_years_side_by_side_leave_no_day_out():
	assert uncovered(day("2019-03-01"), day("2021-02-28"), [year(2021), year(2019), year(2020)]) == []


def test_days_before_between_and_after_the_years_are_told_as_stretches():
	years = [year(2019), year(2021)]
	assert uncovered(day("2018-12-30"), day("2022-01-02"), years) == [
		(day("2018-12-30"), day("2018-12-31")),
		(day("2020-01-01"), day("2020-12-31")),
		(day("2022-01-01"), day("2022-01-02")),
	]


def test_years_that_overlap_or_lie_elsewhere_change_nothing():
	short = (day("2019-01-01"), day("2019-03-31"))
	assert uncovered(day("2019-02-01"), day("2019-12-31"), [year(2019), short, year(2030), year(2010)]) == []
	assert uncovered(day("2019-02-01"), day("2019-02-01"), []) == [(day("2019-02-01"), day("2019-02-01"))]


def test_shared_days():
	first, last = year(2019)
	assert common_days(first, last, date.min, day("2019-02-01")) == (first, day("2019-02-01"))
	assert common_days(first, last, day("2020-01-01"), day("2020-02-01")) is None


# --- while it runs ---

PLAIN = 2.0
# What the proofs of a page with this number take, of runs that are otherwise alike.
RUNS: dict[str, Callable[[int], float]] = {
	"the first page costs all proofs": lambda number: 40.0 if number == 1 else 0.0,
	"the first two pages do": lambda number: {1: 30.0, 2: 8.0}.get(number, 0.0),
	"kinds become rarer": lambda number: 12.0 / number,
	"kinds become much rarer": lambda number: 20.0 / number**2,
	"the same sample in each page": lambda number: 0.5,
	"through documents": lambda number: 0.0,
}


def pages_of(proof: Callable[[int], float], plain: float = PLAIN, count: int = 100) -> list[PageTime]:
	"""A simulated run. Its first page reads the site, too."""
	return [
		PageTime(100, plain + (1.5 if number == 1 else 0) + proof(number), proof(number))
		for number in range(1, count + 1)
	]


@pytest.mark.parametrize("plain", (PLAIN, 0.4, 25.0))
@pytest.mark.parametrize("pages_before", (2, 3, 10, 60))
@pytest.mark.parametrize("run", RUNS)
def test_after_two_pages_it_is_known_how_long_the_whole_takes(run, pages_before, plain):
	pages = pages_of(RUNS[run], plain)
	so_far, to_come = pages[:pages_before], pages[pages_before:]
	left = seconds_left(so_far, sum(page.orders for page in to_come))
	whole = sum(page.seconds for page in pages)
	assert sum(page.seconds for page in so_far) + left == pytest.approx(whole, rel=0.3)


def test_proofs_of_the_first_page_are_not_taken_for_its_pace():
	left = seconds_left([PageTime(100, 42.0, 40.0)], 9900)
	assert 99 * 2.0 <= left < 99 * 4.0


def test_pages_without_orders_say_nothing():
	assert seconds_left([], 100) is None
	assert seconds_left([PageTime(0, 3.0)], 100) is None
	assert seconds_left([PageTime(100, 3.0), PageTime(0, 50.0), PageTime(50, 1.0)], 100) == pytest.approx(2.0)


def test_a_migration_says_what_is_left_until_it_compares():
	progress = Progress()
	assert progress.seconds_left(100) is None
	booked = [Booked(number, OrderState.SYNCED, "booked") for number in range(50)]
	for _page in range(2):
		page = BookingResult(booked=booked)
		page.seconds["proof"] = 3.0
		progress.add(page, 5.0)
	assert progress.seconds_left(200) == pytest.approx(100 * 0.04 + 100 * 0.06)
	progress.phase = "verifying"
	assert progress.seconds_left(200) is None
