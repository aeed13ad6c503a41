"""What a store sends when something in it changes: who sent it, and what it is about."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

ORDER, CUSTOMER, PRODUCT = "order", "customer", "product"
# What we ask a store to send us; everything else is acknowledged and ignored. A product out of the trash sends `restored` alone.
TOPICS = (
	"order.created",
	"order.updated",
	"order.deleted",
	"order.restored",
	"customer.created",
	"customer.updated",
	"product.created",
	"product.updated",
	"product.deleted",
	"product.restored",
)
LARGEST_ID = 2**63 - 1
_PING = re.compile(rb"webhook_id=\d{1,20}")


def signature_matches(raw_body: bytes, signature_header: str | None, secret: str | None) -> bool:
	"""Whether `X-WC-Webhook-Signature` is the store's signature of this body, compared in constant time.

	:param raw_body: the body as received, before any parsing
	:param signature_header: base64 of its HMAC-SHA256
	:param secret: the webhook's; without one nothing matches, or an empty secret would accept everything
	"""
	if not secret or not signature_header:
		return False
	expected = base64.b64encode(hmac.new(secret.encode(), raw_body, hashlib.sha256).digest())
	return hmac.compare_digest(expected, signature_header.strip().encode())


def is_ping(raw_body: bytes) -> bool:
	"""Whether this is what a store sends, unsigned, when a webhook is made: `webhook_id=12`."""
	return _PING.fullmatch(raw_body) is not None


def home_of(source: str) -> str:
	"""`X-WC-Webhook-Source` as a store's home is kept: without scheme, in lower case, without trailing slash.

	The same store names itself with http in one delivery and with https in the next (observed).
	"""
	return source.strip().lower().partition("://")[2].rstrip("/")


def subject_of(topic: str, raw_body: bytes) -> tuple[str, int] | None:
	"""What a signed delivery is about.

	:param topic: `X-WC-Webhook-Topic`
	:returns: `ORDER`, `CUSTOMER` or `PRODUCT`, and its id; None where the body names none
	"""
	woo_id = _object_in(raw_body).get("id")
	if type(woo_id) is not int or not 0 < woo_id <= LARGEST_ID:
		return None
	return topic.partition(".")[0], woo_id


def is_of_something_gone(raw_body: bytes) -> bool:
	"""Whether a delivery holds the error that its route gives: what it was about is deleted for good by the time it is sent."""
	code = _object_in(raw_body).get("code")
	return isinstance(code, str) and code.startswith("woocommerce_rest_") and code.endswith("_invalid_id")


def _object_in(raw_body: bytes) -> dict[str, Any]:
	try:
		body = json.loads(raw_body)
	except (ValueError, RecursionError):
		return {}
	return body if isinstance(body, dict) else {}
