"""What a log of requests may show: which part of a list was asked for, and nothing else."""

from unittest.mock import patch

import pytest
from requests.exceptions import ConnectionError

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.store.http.sent_requests import LONGEST_VALUE, shown_address
from tests.store.fake_store import KEY, SECRET, Reply
from tests.store.http.test_secrets import EMAIL, PLANTED, WAYS

SHOP = "https://shop.example"


def test_a_list_is_shown_with_its_page_and_order():
	url = f"{SHOP}/wp-json/wc/v3/orders?status=pending,trash&orderby=id&order=asc&page=3&_fields=id,total"
	wanted = "/wp-json/wc/v3/orders?status=pending,trash&orderby=id&order=asc&page=3&_fields=id,total"
	assert shown_address(url) == wanted


@pytest.mark.parametrize(
	"parameter", [f"consumer_key={KEY}", f"consumer_secret={SECRET}", f"search={EMAIL}", f"email={EMAIL}"]
)
def test_a_value_that_may_be_a_key_or_a_person_is_hidden(parameter):
	name = parameter.partition("=")[0]
	assert (
		shown_address(f"{SHOP}/wp-json/wc/v3/customers?{parameter}") == f"/wp-json/wc/v3/customers?{name}=***"
	)


def test_a_signature_is_left_out():
	assert (
		shown_address(f"{SHOP}/wp-json/wc/v3/orders?oauth_signature=a&oauth_nonce=b")
		== "/wp-json/wc/v3/orders"
	)


def test_a_value_can_neither_begin_a_line_nor_fill_the_log():
	shown = shown_address(f"{SHOP}/wp-json/wc/v3/orders?status=a%0Ab&include={'1,' * 500}")
	assert "\n" not in shown
	assert len(shown) < 2 * LONGEST_VALUE


@pytest.mark.parametrize("way", WAYS)
def test_each_request_is_told_without_a_secret(store, connect, way):
	store.ways = {way}
	told = []
	client = connect(on_request=told.append)
	client.get("orders", {"page": 2, "search": EMAIL})
	shown = repr(told)
	assert [(sent.method, sent.status) for sent in told][-1] == ("GET", 200)
	assert "page=2" in told[-1].address
	assert [planted for planted in PLANTED if planted in shown] == []


def test_a_refusal_and_no_answer_are_told_too(store, connect):
	told = []
	client = connect(on_request=told.append, attempts=2)
	client.connect()
	told.clear()
	store.faults = [Reply(503)]
	client.get("orders")
	with (
		patch("requests.Session.request", side_effect=ConnectionError("no route")),
		pytest.raises(StoreError),
	):
		client.get("orders")
	assert [sent.status for sent in told] == [503, 200, None, None]
