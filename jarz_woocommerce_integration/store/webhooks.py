"""Whether a webhook delivery comes from the store."""

import base64
import hashlib
import hmac


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
