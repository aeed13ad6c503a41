"""Date filters: whatever the shop's zone and the hour, the shop reads the moment that was meant."""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from jarz_woocommerce_integration.exceptions import StoreDateFilterError
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.shop import clock
from jarz_woocommerce_integration.store import date_check
from jarz_woocommerce_integration.store.check import check
from jarz_woocommerce_integration.store.date_check import check_by_order, check_dates
from jarz_woocommerce_integration.store.dates import date_filters, zone_of
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.orders import NEVER, OrderWindow, is_well, read_manifest
from jarz_woocommerce_integration.tests.support.zones import MOMENTS, ZONES

SECOND = timedelta(seconds=1)
SOME_ZONES = (*ZONES, "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Auckland")
SEEN = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "shipped")


def as_the_shop_reads(moment, zone):
	"""The moment with which a shop in this zone compares, when it is asked for another."""
	asked = date_filters({"after": moment}, zone)
	read = clock.parse(asked["after"], zone, asked.get("dates_are_gmt") == "true")
	return datetime.fromtimestamp(read, timezone.utc)


@given(
	st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(lambda d: d.replace(microsecond=0)),
	st.sampled_from(SOME_ZONES),
)
def test_a_shop_in_any_zone_reads_the_moment_that_was_meant(moment, zone):
	moment = moment.replace(tzinfo=timezone.utc)
	assert as_the_shop_reads(moment, ZoneInfo(zone)) == moment


@pytest.mark.parametrize("zone", SOME_ZONES)
def test_in_each_quarter_of_the_days_when_a_clock_is_changed_it_does(zone):
	for month, days in (
		(3, range(7, 32)),
		(4, range(1, 31)),
		(9, range(20, 31)),
		(10, range(1, 32)),
		(11, range(1, 9)),
	):
		for day in days:
			for quarter in range(96):
				moment = datetime(2027, month, day, tzinfo=timezone.utc) + quarter * timedelta(minutes=15)
				assert as_the_shop_reads(moment, ZoneInfo(zone)) == moment


def test_the_value_has_no_zone_and_dates_are_gmt():
	moment = datetime(2026, 6, 1, 2, 0, 0, 999_999, timezone(timedelta(hours=2)))
	told = {"after": "2026-06-01T00:00:00", "dates_are_gmt": "true"}
	assert date_filters({"after": moment, "before": None}, None) == told
	assert date_filters({}, None) == {}


def test_only_in_the_hour_that_the_shops_clock_skips_the_value_has_one():
	skipped = datetime(2026, 4, 24, 0, 30, tzinfo=timezone.utc)
	asked = date_filters({"after": skipped, "before": skipped + timedelta(days=1)}, ZoneInfo("Africa/Cairo"))
	assert asked == {"after": "2026-04-24T00:30:00Z", "before": "2026-04-25T00:30:00Z"}


@pytest.mark.parametrize(
	"moment", [NEVER, datetime.max.replace(tzinfo=timezone.utc), datetime(1, 1, 1, tzinfo=timezone.utc)]
)
@pytest.mark.parametrize("zone", ZONES)
def test_a_moment_that_never_comes_can_be_asked_for(zone, moment):
	asked = date_filters({"after": moment}, ZoneInfo(zone))
	assert asked["after"] == moment.replace(tzinfo=None, microsecond=0).isoformat()


@pytest.mark.parametrize(
	("index", "zone"),
	[
		({"timezone_string": "Asia/Kathmandu", "gmt_offset": 5.75}, ZoneInfo("Asia/Kathmandu")),
		({"timezone_string": "", "gmt_offset": 5.75}, timezone(timedelta(hours=5, minutes=45))),
		({"timezone_string": "", "gmt_offset": "-3"}, timezone(timedelta(hours=-3))),
		({"timezone_string": "", "gmt_offset": 0}, timezone.utc),
		({"timezone_string": "Nowhere/Land"}, None),
		({"timezone_string": "", "gmt_offset": "inf"}, None),
		({"timezone_string": "", "gmt_offset": 1e12}, None),
		({}, None),
	],
)
def test_the_index_tells_the_zone(index, zone):
	assert zone_of(index) == zone


# --- the check -----------------------------------------------------------------------------------


class Reading:
	"""A sample shop, and a client of it."""

	def __init__(self, zone, now=None):
		shop = SampleShop(seed=3, orders=30, zone=zone, **({"clock": now.timestamp} if now else {}))
		self.store = SampleStore(shop)
		self.shop = shop

	def __enter__(self):
		self._serving = self.store.serve()
		url = self._serving.__enter__()
		self.client = StoreClient(
			url, Credentials("ck_sample", "cs_sample"), budget=RateBudget(url, None), attempts=1
		)
		return self

	def __exit__(self, *exception):
		self.client.close()
		self._serving.__exit__(*exception)

	def asked(self):
		return [
			parse_qs(urlsplit(line.split()[1]).query) for line in self.store.requests if "/orders?" in line
		]


def misread(monkeypatch, names):
	"""These filters are written with a zone beside `dates_are_gmt`, as they once were."""
	right = date_check.date_filters

	def wrong(moments, zone):
		return {name: f"{value}Z" if name in names else value for name, value in right(moments, zone).items()}

	monkeypatch.setattr(date_check, "date_filters", wrong)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_an_order_that_is_made_in_that_hour_is_in_the_answer_which_costs_one_request(moment):
	with Reading(*moment) as reading:
		newest = reading.shop.add_order()
		reading.shop.set_status(newest, "processing")
		known = entry_of(reading, newest)
		before = len(reading.asked())
		assert check_by_order(reading.client, known, SEEN)
		assert len(reading.asked()) - before == 1


@pytest.mark.parametrize("zone", ZONES)
def test_a_shop_that_reads_dates_right_passes_with_two_requests(zone):
	with Reading(zone) as reading:
		reading.client.connect()
		before = len(reading.asked())
		assert check_dates(reading.client).id == reading.shop.order_ids(SEEN)[-1]
		assert len(reading.asked()) - before == 2
		assert check_dates(reading.client) is None, "once for each client"
		assert len(reading.asked()) - before == 2


@pytest.mark.parametrize(
	("zone", "names", "told"),
	[
		("Africa/Cairo", ("modified_after",), "changed after"),
		("Asia/Kathmandu", ("modified_after",), "changed after"),
		("Africa/Cairo", ("after",), "made after"),
		("America/New_York", ("before",), "made before"),
	],
)
def test_a_shop_that_leaves_out_what_it_must_have_is_told(monkeypatch, zone, names, told):
	with Reading(zone) as reading:
		misread(monkeypatch, names)
		with pytest.raises(StoreDateFilterError, match=f"{told} .* leaves out order") as caught:
			check_dates(reading.client)
		assert not caught.value.retryable
		assert "Settings > General" in caught.value.what_to_do


def test_a_shop_without_orders_has_nothing_to_check():
	with Reading("Africa/Cairo") as reading:
		for order_id in reading.shop.order_ids():
			reading.shop.delete(order_id)
		assert check_dates(reading.client) is None
		assert not reading.client.has_checked_dates


def entry_of(reading, order_id, statuses=(*SEEN, "trash")):
	window = OrderWindow(statuses=statuses)
	return next(e for page in read_manifest(reading.client, window) for e in page if e.id == order_id)


@pytest.mark.parametrize("happened", ["trash", "delete", "lost"])
def test_an_order_that_no_list_shows_any_more_raises_no_alarm_and_proves_nothing(monkeypatch, happened):
	with Reading("Africa/Cairo") as reading:
		order_id = reading.shop.order_ids(SEEN)[-1]
		known = entry_of(reading, order_id)
		if happened == "lost":
			reading.shop.set_status(order_id, "lost")
		else:
			getattr(reading.shop, happened)(order_id)
		assert not check_by_order(reading.client, known, SEEN)
		misread(monkeypatch, ("modified_after",))
		with pytest.raises(StoreDateFilterError):
			check_dates(reading.client, SEEN)


def test_an_order_in_the_trash_serves_where_the_trash_is_asked_for():
	with Reading("Africa/Cairo") as reading:
		order_id = reading.shop.order_ids(SEEN)[-1]
		known = entry_of(reading, order_id)
		reading.shop.trash(order_id)
		assert check_by_order(reading.client, known, (*SEEN, "trash"))


def test_an_order_that_was_changed_again_serves():
	with Reading("America/New_York") as reading:
		order_id = reading.shop.order_ids(SEEN)[-1]
		known = entry_of(reading, order_id)
		reading.shop.change_total(order_id)
		assert check_by_order(reading.client, known, SEEN)


def test_an_order_that_was_given_earlier_dates_since_raises_no_alarm():
	with Reading("Africa/Cairo") as reading:
		order_id = reading.shop.order_ids(SEEN)[-1]
		known = entry_of(reading, order_id)
		later = timedelta(days=3)
		known.date_created_gmt += later
		known.date_modified_gmt += later
		assert check_by_order(reading.client, known, SEEN)


def test_the_newest_order_breaks_every_list_and_another_one_serves():
	with Reading("Africa/Cairo") as reading:
		reading.client.connect()
		reading.store.faults.poison(reading.shop.order_ids(SEEN)[-1])
		assert check_dates(reading.client, SEEN)


def test_a_cache_that_drops_the_query_is_told():
	with Reading("UTC") as reading:
		reading.client.connect()
		reading.store.drops = ("include", "modified_after", "after", "before")
		with pytest.raises(StoreDateFilterError, match="alone and answers with others") as caught:
			check_dates(reading.client)
		assert "cache" in caught.value.what_to_do


@pytest.mark.parametrize("zone", ZONES)
def test_whether_a_shop_is_well_is_asked_in_its_zone_too(zone):
	with Reading(zone) as reading:
		assert is_well(reading.client)


# --- Check Connection ----------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_a_check_of_the_connection_says_that_lists_by_date_are_right(zone):
	with Reading(zone) as reading:
		report = check(reading.client)
		newest = reading.shop.order_ids(SEEN)[-1]
		assert report.works
		assert f"Lists by date are right: they have order {newest}." in [
			finding.text for finding in report.findings if finding.level == "ok"
		]


def test_a_check_of_the_connection_fails_where_lists_by_date_leave_an_order_out(monkeypatch):
	with Reading("Africa/Cairo") as reading:
		misread(monkeypatch, ("modified_after",))
		report = check(reading.client)
		(finding,) = [finding for finding in report.findings if finding.level == "error"]
		assert not report.works
		assert "leaves out order" in finding.text
		assert "Check Connection" in finding.what_to_do
