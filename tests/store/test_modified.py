"""Orders in the order of their last change, from a shop that changes meanwhile, whatever its time zone and the hour."""

from datetime import datetime, timedelta, timezone

import pytest

from jarz_woocommerce_integration.exceptions import StoreDateFilterError, StoreError, StorePagingError
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.modified import read_modified
from jarz_woocommerce_integration.tests.support.zones import FEW, MOMENTS, NOON

STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "shipped")
EVERYTHING = (*STATUSES, "checkout-draft", "trash")
LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(params=FEW, ids=str)
def moment(request):
	return request.param


@pytest.fixture
def sample(moment):
	"""A shop whose clock a test sets: `sample.now`."""
	shop = SampleShop(seed=3, orders=60, zone=moment.zone, clock=lambda: sample.now.timestamp())
	sample = SampleStore(shop)
	sample.now = sample.start = moment.now
	return sample


@pytest.fixture
def reading(sample):
	with (
		sample.serve() as url,
		StoreClient(
			url,
			Credentials("ck_sample", "cs_sample"),
			budget=RateBudget(url, None),
			attempts=1,
			sleep=lambda seconds: None,
		) as client,
	):
		yield client


def read(client, after, statuses=EVERYTHING, page_size=10):
	return list(read_modified(client, after, statuses, page_size))


def ids(pages):
	return [entry.id for page in pages for entry in page.entries]


def expected(sample, statuses=EVERYTHING):
	return sorted(sample.shop.order_ids(set(statuses)))


def test_every_order_once_by_ascending_stamp(sample, reading):
	pages = read(reading, LONG_AGO)
	stamps = [entry.date_modified_gmt for page in pages for entry in page.entries]
	assert stamps == sorted(stamps)
	assert sorted(ids(pages)) == expected(sample)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_only_what_was_changed_after_the_moment(sample, reading):
	first, second = sample.shop.order_ids(STATUSES)[:2]
	sample.shop.update(first, {})
	sample.now += timedelta(seconds=1)
	sample.shop.update(second, {})
	assert ids(read(reading, sample.start - timedelta(seconds=1))) == [first, second]
	assert ids(read(reading, sample.start)) == [second]
	assert ids(read(reading, sample.start + timedelta(seconds=1, microseconds=999_999))) == []


def test_the_trash_is_read_where_it_is_asked_for(sample, reading):
	(order_id,) = sample.shop.order_ids(STATUSES)[:1]
	sample.shop.trash(order_id)
	after = sample.start - timedelta(seconds=1)
	assert ids(read(reading, after)) == [order_id]
	assert ids(read(reading, after, STATUSES)) == []
	assert ids(read(reading, after, None)) == []


def test_more_orders_of_one_stamp_than_a_page_holds(sample, reading):
	for order_id in sample.shop.order_ids(STATUSES):
		sample.shop.update(order_id, {})
	sample.now += timedelta(seconds=5)
	(late,) = sample.shop.order_ids(STATUSES)[:1]
	sample.shop.update(late, {})
	pages = read(reading, sample.start - timedelta(seconds=1), STATUSES)
	assert sorted(set(ids(pages))) == expected(sample, STATUSES)
	assert ids(pages)[-1] == late


def test_an_order_that_is_changed_between_two_requests_makes_none_be_skipped(sample, reading):
	everyone = expected(sample)
	first_of_list = min(everyone, key=lambda order_id: sample.shop.body(order_id)["date_modified_gmt"])
	sample.faults.after_list(2, "change_total", first_of_list)
	found = ids(read(reading, LONG_AGO))
	assert sorted(set(found)) == everyone
	assert found[-1] == first_of_list


def test_the_same_within_one_stamp(sample, reading):
	everyone = expected(sample, STATUSES)
	for order_id in everyone:
		sample.shop.update(order_id, {})
	sample.now += timedelta(seconds=5)
	for number, order_id in enumerate(everyone[:2]):
		sample.faults.after_list(3 + number, "change_total", order_id)
	assert sorted(set(ids(read(reading, sample.start - timedelta(seconds=1), STATUSES)))) == everyone


def test_an_order_that_breaks_every_list_is_told_as_a_gap_and_the_others_are_read(sample, reading):
	everyone = expected(sample)
	bad = everyone[25]
	sample.faults.poison(bad)
	pages = read(reading, LONG_AGO)
	assert sorted(set(ids(pages))) == [order_id for order_id in everyone if order_id != bad]
	assert {"can't be read" in gap for page in pages for gap in page.gaps} == {True}


def test_an_outage_is_no_gap(sample, reading):
	reading.connect()
	sample.faults.add("error_html", share=1.0)
	with pytest.raises(StoreError):
		read(reading, LONG_AGO)


def test_each_page_says_what_the_shops_clock_said(sample, reading):
	for page in read(reading, sample.start - timedelta(days=100)):
		assert abs(page.told_at - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_a_quiet_shop_costs_one_request(sample, reading):
	reading.connect()
	before = sample.served
	(page,) = read(reading, sample.start + timedelta(days=1))
	assert (page.entries, page.last_stamp, sample.served - before) == ([], None, 1)


# --- what a page has of its orders ---


def test_a_page_has_its_orders_whole(sample, reading):
	for page in read(reading, LONG_AGO):
		assert {entry.id for entry in page.entries} <= set(page.orders)
		for order_id, order in page.orders.items():
			assert len(order.line_items) == len(sample.shop.body(order_id)["line_items"])


@pytest.mark.parametrize("moment", NOON[:1], ids=str)
def test_an_order_that_breaks_only_whole_answers_costs_none_its_entry(sample, reading):
	everyone = expected(sample)
	bad = everyone[25]
	answer = sample.answer

	def answered(request):
		sample.faults.poisoned.clear() if "_fields=" in request.uri else sample.faults.poison(bad)
		return answer(request)

	sample.answer = answered
	with sample.serve() as url, StoreClient(url, reading.credentials, attempts=1) as client:
		pages = read(client, LONG_AGO)
	assert sorted(set(ids(pages))) == everyone
	assert not [gap for page in pages for gap in page.gaps]
	assert bad not in {order_id for page in pages for order_id in page.orders}


@pytest.mark.parametrize("moment", NOON[:1], ids=str)
def test_an_order_that_cant_be_read_whole_has_its_entry(sample, reading):
	(order_id,) = sample.shop.order_ids(STATUSES)[:1]
	sample.shop.update(order_id, {"line_items": [{"id": 1, "name": "x", "quantity": "many"}]})
	(page,) = read(reading, sample.start - timedelta(seconds=1))
	assert ([entry.id for entry in page.entries], page.orders) == ([order_id], {})


# --- a store that answers another list ---


@pytest.mark.parametrize("moment", NOON[:1], ids=str)
def test_a_cache_that_drops_the_time_is_told_at_once(sample, reading):
	reading.connect()
	sample.drops = ("modified_after", "orderby", "order", "page", "offset")
	with pytest.raises(StoreDateFilterError, match="changed earlier") as caught:
		read(reading, sample.start)
	assert "cache" in caught.value.what_to_do
	assert not caught.value.retryable


@pytest.mark.parametrize("moment", NOON[:1], ids=str)
def test_a_cache_that_drops_the_place_in_the_list_is_told(sample, reading):
	for order_id in sample.shop.order_ids(STATUSES):
		sample.shop.update(order_id, {})
	sample.drops = ("offset",)
	with pytest.raises(StorePagingError, match="same entries") as caught:
		read(reading, sample.start - timedelta(seconds=1), STATUSES)
	assert "cache" in caught.value.what_to_do
