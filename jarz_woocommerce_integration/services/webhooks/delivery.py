"""A delivery of a shop's webhook, from the raw request to one row in the inbox.

The signature comes first. What isn't signed is counted and nothing else: no row, no log, and one answer for a wrong
signature, an unknown store and a store without a secret, so that nobody learns from it what there is.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import frappe
from frappe.utils import cint
from frappe.utils.password import decrypt
from redis.exceptions import RedisError
from werkzeug.wrappers import Request, Response

from jarz_woocommerce_integration.services.inbox import queue as inbox
from jarz_woocommerce_integration.store.webhooks.deliveries import (
	TOPICS,
	home_of,
	is_of_something_gone,
	is_ping,
	signature_matches,
	subject_of,
)

METHOD = "jarz_woocommerce_integration.api.webhook.order_webhook"
OLDER_METHOD = "jarz_woocommerce_integration.api.orders.woo_order_webhook"
STORE_KEY = "store"
LARGEST_BODY = 2**20
# What is counted, and for how long: signatures that are no store's, and signed bodies that name nothing to read.
REFUSED, UNUSABLE = "refused", "unusable"
COUNTED_FOR = 24 * 3600
NOBODY = "-"
# What claims to come from a store that isn't there is compared with this, so that it takes as long as any other.
_NOBODYS_SECRET = frappe.generate_hash(length=40)

# The store with its secret in one query: a shop may send a thousand deliveries in a minute.
_STORES = """
SELECT store.name, store.enabled AND store.live_sync, auth.password
FROM `tabWooCommerce Store` store
LEFT JOIN `__Auth` auth ON auth.doctype = 'WooCommerce Store' AND auth.name = store.name
	AND auth.fieldname = 'webhook_secret' AND auth.encrypted = 1
WHERE {condition} ORDER BY store.enabled DESC, store.name
"""
_BY_NAME = _STORES.format(condition="store.name = %(key)s")
# A store that was never checked has no home yet; then its address is all that is known.
_BY_HOME = _STORES.format(
	condition="store.home = %(home)s OR (COALESCE(store.home, '') = ''"
	" AND store.url IN (CONCAT('https://', %(home)s), CONCAT('http://', %(home)s)))"
)


class Verdict(NamedTuple):
	"""What a request is worth.

	:ivar status: of the answer; :ivar message: to the sender
	:ivar store: that it comes from, or claims to, "" for none that we know; :ivar live: whether it is kept in step now
	:ivar subject: resource and id of what is to be read again, None for nothing; :ivar counted: `REFUSED`, `UNUSABLE` or ""
	"""

	status: int
	message: str
	store: str = ""
	live: bool = False
	topic: str = ""
	subject: tuple[str, int] | None = None
	counted: str = ""


@dataclass(frozen=True)
class _Store:
	name: str
	live: bool
	secret: str = field(repr=False)


TOO_LARGE = Verdict(413, "too large", counted=REFUSED)
PING = Verdict(200, "ready")
UNSIGNED = Verdict(401, "not signed by a shop of this site", counted=REFUSED)


def receive(request: Request) -> Response:
	"""Note what a delivery reports; the request's own commit makes it last, whatever state the store is in.

	:returns: 200 for all that a shop signed, and for its ping: any other answer counts as a failure there, and the
		seventh in a row switches the webhook off
	"""
	verdict = judge(request)
	count(verdict)
	if verdict.subject:
		resource, woo_id = verdict.subject
		inbox.note(verdict.store, resource, woo_id, inbox.WEBHOOK, verdict.topic)
		if verdict.live:
			inbox.WORK.enqueue(verdict.store)
	return answer(verdict)


def judge(request: Request) -> Verdict:
	"""Who sent this, and what it is about. Only reads."""
	if cint(request.content_length) > LARGEST_BODY:
		return TOO_LARGE
	body = request.get_data()
	if len(body) > LARGEST_BODY:
		return TOO_LARGE
	signature = request.headers.get("X-WC-Webhook-Signature")
	if not signature:
		return PING if is_ping(body) else UNSIGNED
	claimed = NOBODY
	for store in _claimed_stores(request) or [_Store(NOBODY, False, "")]:
		claimed = store.name
		# Without a secret of its own a store accepts nothing, but the comparison is made all the same.
		if signature_matches(body, signature, store.secret or _NOBODYS_SECRET) and store.secret:
			return _of_signed(store, request.headers.get("X-WC-Webhook-Topic", ""), body)
	return UNSIGNED._replace(store=claimed)


def _of_signed(store: _Store, topic: str, body: bytes) -> Verdict:
	topic = topic.strip().lower()
	if topic not in TOPICS:
		return Verdict(200, "ignored", store.name)
	subject = subject_of(topic, body)
	if subject is None and is_of_something_gone(body):
		# It names nothing; the nightly comparison finds what is gone.
		return Verdict(200, "ignored", store.name)
	if subject is None:
		# Refusing it would have the shop switch the webhook off, and lose what can be read along with it.
		return Verdict(200, "ignored", store.name, counted=UNUSABLE)
	return Verdict(200, "noted", store.name, store.live, topic, subject)


def answer(verdict: Verdict) -> Response:
	return Response(json.dumps({"message": verdict.message}), verdict.status, mimetype="application/json")


# --- whose it is ---


def _claimed_stores(request: Request) -> list[_Store]:
	"""The store that the URL names, else those whose home the delivery names."""
	if key := request.args.get(STORE_KEY):
		rows = frappe.db.sql(_BY_NAME, {"key": key})
	else:
		home = home_of(request.headers.get("X-WC-Webhook-Source", ""))
		rows = frappe.db.sql(_BY_HOME, {"home": home}) if home else ()
	return [_Store(name, bool(live), _decrypted(secret)) for name, live, secret in rows]


def _decrypted(secret: str | None) -> str:
	"""The secret, "" where the site can't read it any more: after its encryption key was changed."""
	with suppress(frappe.ValidationError):
		return decrypt(secret) if secret else ""
	return ""


# --- what is counted ---


def count(verdict: Verdict) -> None:
	"""Count what is neither noted nor of no interest. Nobody is refused because Redis isn't there."""
	if not verdict.counted:
		return
	key = _counter(verdict.counted, verdict.store or NOBODY)
	with suppress(RedisError):
		# Its end is settled with the first one: whoever goes on and on can't put it off.
		redis = frappe.cache.pipeline()
		redis.set(key, 0, ex=COUNTED_FOR, nx=True)
		redis.incr(key)
		redis.execute()


def counted(kind: str, store: str, forget: bool = False) -> int:
	"""How many `REFUSED` or `UNUSABLE` deliveries came for a store lately.

	:param store: its name, or `NOBODY` for those that are no store's; :param forget: begin again at 0
	"""
	with suppress(RedisError):
		key = _counter(kind, store)
		return cint(frappe.cache.getdel(key) if forget else frappe.cache.get(key))  # nosemgrep
	return 0


def _counter(kind: str, store: str) -> bytes:
	"""With the site's name, so that the cache may be asked without Frappe's own methods."""
	return frappe.cache.make_key(f"woo_webhook_{kind}|{store}")
