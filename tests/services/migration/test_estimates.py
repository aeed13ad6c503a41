"""What is told of time, requests and days before a migration."""

from datetime import date

import pytest

from jarz_woocommerce_integration.services.migration.estimates import (
	Speed,
	common_days,
	in_words,
	requests_needed,
	uncovered,
)


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
