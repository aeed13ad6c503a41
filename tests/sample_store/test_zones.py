"""The shop's clock in its own time zone, and what it makes of a date filter, as measured and read of WordPress."""

from calendar import timegm
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.resources import index
from jarz_woocommerce_integration.sample_store.shop.clock import local, parse

CAIRO, NEW_YORK, KATHMANDU, UTC = map(ZoneInfo, ("Africa/Cairo", "America/New_York", "Asia/Kathmandu", "UTC"))


def at(text):
	return timegm(datetime.fromisoformat(text).timetuple())


@pytest.mark.parametrize(
	("moment", "zone", "shown"),
	[
		("2026-07-01T12:00:00", CAIRO, "2026-07-01T15:00:00"),
		("2026-01-01T12:00:00", CAIRO, "2026-01-01T14:00:00"),
		("2026-10-29T20:59:59", CAIRO, "2026-10-29T23:59:59"),
		("2026-10-29T21:00:00", CAIRO, "2026-10-29T23:00:00"),
		("2026-04-23T22:00:00", CAIRO, "2026-04-24T01:00:00"),
		("2026-01-01T12:00:00", NEW_YORK, "2026-01-01T07:00:00"),
		("2026-01-01T12:00:00", KATHMANDU, "2026-01-01T17:45:00"),
	],
)
def test_local_times_are_those_of_the_shops_clock(moment, zone, shown):
	assert local(at(moment), zone) == shown


@pytest.mark.parametrize("zone", [CAIRO, NEW_YORK, KATHMANDU, UTC])
def test_a_value_without_a_zone_is_gmt_where_dates_are_gmt(zone):
	assert parse("2026-01-01T12:00:00", zone, is_gmt=True) == at("2026-01-01T12:00:00")


@pytest.mark.parametrize(
	"text", ["2026-01-01T12:00:00Z", "2026-01-01T12:00:00+00:00", "2026-01-01T14:00:00+0200"]
)
@pytest.mark.parametrize("zone", [CAIRO, NEW_YORK, KATHMANDU, UTC])
def test_a_value_with_a_zone_is_right_where_dates_arent_gmt(text, zone):
	assert parse(text, zone, is_gmt=False) == at("2026-01-01T12:00:00")


@pytest.mark.parametrize(
	("zone", "compared"),
	[
		(CAIRO, "2026-01-01T14:00:00"),
		(NEW_YORK, "2026-01-01T07:00:00"),
		(KATHMANDU, "2026-01-01T17:45:00"),
		(UTC, "2026-01-01T12:00:00"),
	],
)
def test_a_value_with_a_zone_is_hours_off_where_dates_are_gmt(zone, compared):
	for text in ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00+00:00"):
		assert parse(text, zone, is_gmt=True) == at(compared)


def test_a_value_without_a_zone_is_the_shops_own_where_dates_arent_gmt():
	assert parse("2026-01-01T12:00:00", CAIRO, is_gmt=False) == at("2026-01-01T10:00:00")
	assert parse("2026-10-29T23:30:00", CAIRO, is_gmt=False) == at("2026-10-29T20:30:00"), "the first of two"


@pytest.mark.parametrize("zone", [CAIRO, NEW_YORK])
def test_a_gmt_value_that_the_shops_clock_skips_is_an_hour_off(zone):
	skipped = {CAIRO: "2026-04-24T00:30:00", NEW_YORK: "2026-03-08T02:30:00"}[zone]
	assert parse(skipped, zone, is_gmt=True) == at(skipped) + 3600
	assert parse(f"{skipped}Z", zone, is_gmt=False) == at(skipped)


@pytest.mark.parametrize(
	"text", ["yesterday", "2026-06-01", "1795446776", "2026-06-01T00:00", "2026-13-01T00:00:00"]
)
def test_dates_that_wordpress_refuses(text):
	assert parse(text, CAIRO, is_gmt=True) is None


@pytest.mark.parametrize("text", ["2999-01-01T00:00:00", "2999-01-01T00:00:00.5", "0001-01-01T12:00:00"])
def test_dates_that_are_far_away_are_read(text):
	assert parse(text, KATHMANDU, is_gmt=True) == at(text[:19])


@pytest.mark.parametrize(("zone", "hours"), [("Africa/Cairo", 2), ("Asia/Kathmandu", 5.75), ("UTC", 0)])
def test_the_index_tells_the_shops_zone(zone, hours):
	shop = SampleShop(1, 5, zone=zone, clock=lambda: at("2027-01-15T08:00:00"))
	body = index(SampleStore(shop).shop, {}, [])
	assert (body["timezone_string"], body["gmt_offset"]) == (zone, hours)
