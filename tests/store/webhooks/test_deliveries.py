import base64
import hashlib
import hmac
import json

import pytest

from jarz_woocommerce_integration.store.webhooks.deliveries import (
	TOPICS,
	home_of,
	is_ping,
	signature_matches,
	subject_of,
)
from tests.store.fake_store import fixture

SECRET = "s3cr3t&<x>"
HEADER = "X-WC-Webhook-Signature"
DELIVERIES = fixture("webhooks")
# The recorded secret is the one of the 10.9.4 store; the other two stores signed with their own.
THIS_STORE = "WooCommerce/10.9.4"
SIGNED = [delivery for delivery in DELIVERIES if HEADER.lower() in map(str.lower, delivery["headers"])]


def signature_of(delivery):
	return next(value for name, value in delivery["headers"].items() if name.lower() == HEADER.lower())


def test_there_are_deliveries_with_and_without_signature():
	assert len(OURS) == 20 and len(OTHERS) == 10 and len(DELIVERIES) == 38


OURS = [delivery for delivery in SIGNED if delivery["headers"]["User-Agent"].startswith(THIS_STORE)]
OTHERS = [delivery for delivery in SIGNED if delivery not in OURS]


@pytest.mark.parametrize("delivery", OURS, ids=lambda delivery: signature_of(delivery)[:8])
def test_a_captured_delivery_matches_and_a_changed_one_does_not(delivery):
	body, signature = delivery["body"].encode(), signature_of(delivery)
	assert signature_matches(body, signature, SECRET)
	assert signature_matches(body, f" {signature}\n", SECRET)
	assert not signature_matches(body + b" ", signature, SECRET)
	assert not signature_matches(body, signature, SECRET + "x")
	assert not signature_matches(body, signature[:-2], SECRET)


@pytest.mark.parametrize("delivery", OTHERS, ids=lambda delivery: signature_of(delivery)[:8])
def test_a_delivery_of_another_store_does_not_match(delivery):
	assert not signature_matches(delivery["body"].encode(), signature_of(delivery), SECRET)


@pytest.mark.parametrize("secret", ["", None])
def test_without_a_secret_nothing_matches(secret):
	signature = base64.b64encode(hmac.new(b"", b"{}", hashlib.sha256).digest()).decode()
	assert not signature_matches(b"{}", signature, secret)


@pytest.mark.parametrize("signature", ["", None, "كود", "x"])
def test_what_is_no_signature_does_not_match(signature):
	assert not signature_matches(b"{}", signature, SECRET)


def header_of(delivery, name):
	return {key.lower(): value for key, value in delivery["headers"].items()}.get(name.lower(), "")


def test_each_captured_delivery_says_what_it_is_about():
	for delivery in SIGNED:
		resource, woo_id = subject_of(header_of(delivery, "X-WC-Webhook-Topic"), delivery["body"].encode())
		assert resource == header_of(delivery, "X-WC-Webhook-Resource")
		assert woo_id == json.loads(delivery["body"])["id"]


def test_each_captured_topic_is_one_of_ours():
	assert {header_of(delivery, "X-WC-Webhook-Topic") for delivery in SIGNED} <= set(TOPICS)


def test_unsigned_captures_are_pings_and_no_signed_one_is():
	for delivery in DELIVERIES:
		assert is_ping(delivery["body"].encode()) == (delivery not in SIGNED)


@pytest.mark.parametrize(
	"body", [b"", b"webhook_id=", b"webhook_id=x", b"webhook_id=1&cmd=x", b"webhook_id=1\n", b" webhook_id=1"]
)
def test_what_is_no_ping(body):
	assert not is_ping(body)


@pytest.mark.parametrize(
	"source",
	["http://Shop.example/", "https://shop.example", " https://shop.example/ ", "HTTPS://SHOP.EXAMPLE/"],
)
def test_a_source_is_a_home_without_scheme(source):
	assert home_of(source) == "shop.example"


def test_a_shop_in_a_folder_keeps_it_and_no_address_is_no_home():
	assert home_of("https://shop.example:8080/store/") == "shop.example:8080/store"
	assert home_of("shop.example") == home_of("") == ""


@pytest.mark.parametrize(
	"body",
	[
		b"",
		b"{",
		b"[7]",
		b"7",
		b"null",
		b'{"id":"7"}',
		b'{"id":true}',
		b'{"id":0}',
		b'{"id":-7}',
		b'{"id":7.0}',
		b'{"id":9223372036854775808}',
		b"[" * 100_000,
		b"\xff",
	],
)
def test_a_body_without_a_usable_id_is_about_nothing(body):
	assert subject_of("order.updated", body) is None
