import base64
import hashlib
import hmac

import pytest
from fake_store import fixture

from jarz_woocommerce_integration.store.webhooks import signature_matches

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
