from contextlib import contextmanager

import pytest

from jarz_woocommerce_integration.exceptions import (
	StoreAnswerNotJSONError,
	StoreRequestRefusedError,
	StoreUnwellError,
	StoreWriteRefusedError,
)
from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from jarz_woocommerce_integration.store.webhooks.api import (
	create_webhook,
	delete_webhook,
	list_webhooks,
	update_webhook,
)
from tests.store.fake_store import json_reply

URL = "http://erp.example/api/method/x?store=Shop"


@contextmanager
def shop_and_client(key="ck_sample", secret="cs_sample"):
	sample = SampleStore(SampleShop(seed=5, orders=3))
	sample.webhooks.faults.down = True  # nobody is there to be pinged
	with (
		sample.serve() as url,
		StoreClient(url, Credentials(key, secret), sleep=lambda seconds: None) as client,
	):
		yield sample, client


def test_a_webhook_is_made_changed_and_removed():
	with shop_and_client() as (sample, client):
		made = create_webhook(client, "ERPNext: order.created", "order.created", URL, "s3cr3t")
		assert (made.topic, made.status, made.delivery_url) == ("order.created", "active", URL)
		assert sample.webhooks.get(made.id).secret == "s3cr3t"
		sample.webhooks.change(sample.webhooks.get(made.id), status="disabled", failures=6)
		changed = update_webhook(client, made.id, status="active", secret="other")
		assert (changed.id, changed.status) == (made.id, "active")
		assert sample.webhooks.get(made.id).secret == "other"
		assert sample.webhooks.get(made.id).failures == 6, "a shop keeps its count"
		assert list_webhooks(client) == [changed]
		delete_webhook(client, made.id)
		assert list_webhooks(client) == []


def test_a_webhook_that_is_gone_already_is_gone():
	with shop_and_client() as (_sample, client):
		delete_webhook(client, 12)


def test_all_pages_are_read_oldest_first():
	with shop_and_client() as (sample, client):
		for _number in range(150):
			sample.webhooks.add("coupon.created", "https://elsewhere.example/")
		assert [webhook.id for webhook in list_webhooks(client)] == list(range(1, 151))


def test_a_key_that_may_only_read_is_told_in_plain_words():
	with shop_and_client("ck_sample_read", "cs_sample_read") as (_sample, client):
		assert list_webhooks(client) == []
		with pytest.raises(StoreWriteRefusedError, match="no write permission.*Read/Write") as raised:
			create_webhook(client, "x", "order.created", URL, "s3cr3t")
		assert "s3cr3t" not in str(raised.value)
		assert raised.value.__context__ is None


def test_what_the_shop_does_not_take_is_told():
	with shop_and_client() as (_sample, client):
		with pytest.raises(StoreRequestRefusedError, match="delivery URL"):
			create_webhook(client, "x", "order.created", "nowhere", "s3cr3t")
		with pytest.raises(StoreRequestRefusedError, match="topic"):
			create_webhook(client, "x", "order.nonsense", URL, "s3cr3t")


def test_a_webhook_is_made_once_though_the_shop_is_unwell_and_read_again_and_again():
	with shop_and_client() as (sample, client):
		client.connect()
		sample.faults.add("error_json", share=1.0, times=1)
		before = sample.served
		with pytest.raises(StoreUnwellError):
			create_webhook(client, "x", "order.created", URL, "s3cr3t")
		assert sample.served == before + 1
		sample.faults.add("error_json", share=1.0, times=1)
		assert list_webhooks(client) == []


@pytest.mark.parametrize("body", [{}, {"id": "1"}, {"id": 1, "name": "x", "status": None}])
def test_what_is_no_webhook_is_an_error(store, client, body):
	store.routes["webhooks"] = json_reply([body])
	with pytest.raises(StoreAnswerNotJSONError, match="isn't a webhook"):
		list_webhooks(client.variant(attempts=1))
