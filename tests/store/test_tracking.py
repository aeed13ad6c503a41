"""What of a shop shows tracking numbers, and what is written there: against the sample store, which answers as the real ones do."""

import pytest

from jarz_woocommerce_integration.exceptions import StoreRequestRefusedError
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.tracking_routes import ADVANCED, FULFILMENTS, PLUGIN
from jarz_woocommerce_integration.store.check import check
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.writing.tracking import (
	TrackingBy,
	add_fulfilment,
	add_tracking,
	change_fulfilment,
	find_tracking,
	read_fulfilments,
	read_trackings,
	remove_fulfilment,
	remove_tracking,
)


@pytest.fixture(params=[False, True], ids=["pretty", "plain"])
def sample(request):
	return SampleStore(SampleShop(seed=7, orders=20), plain_permalinks=request.param)


@pytest.fixture
def client(sample):
	with (
		sample.serve() as url,
		StoreClient(url, Credentials("ck_sample", "cs_sample"), attempts=1) as client,
	):
		yield client


def order_of(sample) -> tuple[int, int]:
	"""Ids of an order and of a line of it."""
	order_id = sample.shop.order_ids()[0]
	return order_id, sample.shop.body(order_id)["line_items"][0]["id"]


@pytest.mark.parametrize(
	("shown_by", "found"),
	[
		((), TrackingBy.NOTE),
		((PLUGIN,), TrackingBy.PLUGIN),
		((ADVANCED,), TrackingBy.ADVANCED),
		((FULFILMENTS,), TrackingBy.FULFILMENTS),
		((FULFILMENTS, ADVANCED), TrackingBy.FULFILMENTS),
	],
)
def test_woocommerces_own_comes_before_the_plugins_and_these_before_a_note(sample, client, shown_by, found):
	sample.parcels.shown_by = set(shown_by)
	assert find_tracking(client) is found
	report = check(client)
	assert report.tracking == found.value
	assert any("racking numbers" in finding.text for finding in report.findings if finding.level == "ok")


def test_a_fulfilment_is_made_changed_and_taken_back(sample, client):
	sample.parcels.shown_by = {FULFILMENTS}
	order_id, line = order_of(sample)
	meta = {"_items": [{"item_id": line, "qty": 1}], "_tracking_number": "AB 1"}
	made = add_fulfilment(client, order_id, meta)
	(there,) = read_fulfilments(client, order_id)
	assert (there.id, there.status, there.meta("_tracking_number")) == (made, "fulfilled", "AB 1")
	change_fulfilment(client, order_id, made, meta | {"_tracking_number": "AB 2"})
	assert read_fulfilments(client, order_id)[0].meta("_tracking_number") == "AB 2"
	for _time in range(2):
		remove_fulfilment(client, order_id, made)
	assert read_fulfilments(client, order_id) == []


def test_what_woocommerce_refuses_of_a_fulfilment_is_said_in_its_words(sample, client):
	sample.parcels.shown_by = {FULFILMENTS}
	with pytest.raises(StoreRequestRefusedError, match="at least one item"):
		add_fulfilment(client, order_of(sample)[0], {"_tracking_number": "AB 1"})


def test_a_plugins_parcel_has_an_address_of_its_own_only_where_one_is_given(sample, client):
	sample.parcels.shown_by = {ADVANCED}
	order_id, _line = order_of(sample)
	add_tracking(client, order_id, "1", "Aramex", "", "2026-11-30")
	add_tracking(client, order_id, "2", "Bosta", "https://track.example/2", "2026-11-30")
	first, second = read_trackings(client, order_id)
	assert (first.tracking_number, first.tracking_provider, first.model_extra["tracking_link"]) == (
		"1",
		"Aramex",
		"",
	)
	assert (second.tracking_provider, second.model_extra["tracking_link"]) == (
		"Bosta",
		"https://track.example/2",
	)
	remove_tracking(client, order_id, first.tracking_id)
	assert [each.tracking_number for each in read_trackings(client, order_id)] == ["2"]
