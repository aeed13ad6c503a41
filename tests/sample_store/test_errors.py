"""Refusals, word for word as real stores wrote them, and who may ask at all."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import quote, urlencode

import pytest

from jarz_woocommerce_integration.sample_store import ApiKey, SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.authentication import base_string
from jarz_woocommerce_integration.sample_store.http.exchange import Request

SHOP = SampleShop(1, 30)
HOME = SHOP.home
KEYS = "consumer_key=ck_sample&consumer_secret=cs_sample"
_SERVERS_OWN = {"Server", "Date", "Content-Type", "Transfer-Encoding", "Connection"}


@pytest.mark.parametrize(
	("name", "method", "path"),
	[
		("bad_after", "GET", "orders?after=yesterday"),
		("bad_orderby", "GET", "orders?orderby=total"),
		("bad_status", "GET", "orders?status=nonsense"),
		("status_lost", "GET", "orders?per_page=5&status=lost"),
		("status_wc-completed", "GET", "orders?per_page=5&status=wc-completed"),
		("status_all", "GET", "orders?status=all"),
		("status_draft", "GET", "orders?status=draft"),
		("page_0", "GET", "orders?page=0"),
		("per_page_0", "GET", "orders?per_page=0"),
		("per_page_101", "GET", "orders?per_page=101"),
		("per_page_minus1", "GET", "orders?per_page=-1"),
		("per_page_str", "GET", "orders?per_page=abc"),
		("order_999999", "GET", "orders/999999"),
		("order_is_refund_or_product_id", "GET", "orders/16"),
		("order_abc", "GET", "orders/abc"),
		("unknown_route", "GET", "nope"),
		("delete_trash_no_force_then", "DELETE", "orders/999999"),
		("update_bad_status", "PUT", "orders/749"),
		("deleted_404", "GET", "products/18"),
		("deleted", "GET", "customers/99999"),
	],
)
def test_errors_are_word_for_word(captures, ask, name, method, path):
	captured = captures["errors"][name]
	body = {"status": "nonsense"} if method == "PUT" else None
	answer = ask(SampleStore(SHOP, basic_over_http=True), path, method, body)
	assert json.loads(answer.body) == captured["body"]
	assert answer.status == captured["status"]
	missing = set(captured["headers"]) - _SERVERS_OWN - {name for name, _value in answer.headers}
	assert missing <= {"Allow"}
	if path.startswith("orders") and "Allow" in captured["headers"]:
		assert answer.header("Allow") == captured["headers"]["Allow"]


def test_invalid_json(captures):
	store = SampleStore(SHOP, basic_over_http=True)
	request = Request("PUT", f"/wp-json/wc/v3/orders/749?{KEYS}", body=b"{bad")
	assert json.loads(store.answer(request).body) == captures["errors"]["invalid_json"]["body"]


def test_two_faults_are_told_at_once(ask):
	body = json.loads(ask(SampleStore(SHOP, basic_over_http=True), "orders?page=x&per_page=0").body)
	assert body["message"] == "Invalid parameter(s): page, per_page"


def test_a_batch_of_more_than_100_is_refused(ask):
	store = SampleStore(SampleShop(1, 5), basic_over_http=True)
	assert ask(store, "orders/batch", "POST", {"update": [{"id": 1}] * 101}).status == 413
	first = store.shop.order_ids()[0]
	body = {"update": [{"id": 1, "status": "completed"}, {"id": first, "status": "shipped"}]}
	missing, changed = json.loads(ask(store, "orders/batch", "POST", body).body)["update"]
	assert missing["error"]["data"] == {"status": 400}
	assert changed["status"] == "shipped"


# --- authentication ---


def signed(path, key="ck_sample", secret="cs_sample", home=HOME, method="GET", digest="SHA256", **changes):
	"""The URI of a request that is signed with OAuth 1.0a."""
	route, _mark, query = path.partition("?")
	parameters = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
	fields = {
		"oauth_consumer_key": key,
		"oauth_timestamp": str(int(time.time())),
		"oauth_nonce": f"nonce{time.perf_counter_ns()}",
		"oauth_signature_method": f"HMAC-{digest}",
	} | changes
	parameters += list(fields.items())
	text = base_string(method, home + route, parameters)
	signature = hmac.digest(f"{secret}&".encode(), text.encode(), getattr(hashlib, digest.lower()))
	parameters.append(("oauth_signature", base64.b64encode(signature).decode()))
	return f"{route}?{urlencode(parameters)}"


def status_and_message(store, uri, method="GET", **headers):
	answer = store.answer(Request(method, uri, headers))
	body = json.loads(answer.body)
	return answer.status, body.get("message") if isinstance(body, dict) else None


ORDERS = "/wp-json/wc/v3/orders"


@pytest.mark.parametrize("digest", ["SHA1", "SHA256"])
@pytest.mark.parametrize("query", ["?per_page=1", "?status=completed&search=a b+c&x=%2F~"])
def test_oauth_is_signed_with_the_stores_own_home(digest, query):
	store = SampleStore(SHOP)
	assert status_and_message(store, signed(ORDERS + query, digest=digest))[0] == 200
	refused = 401, "Invalid signature - provided signature does not match."
	assert (
		status_and_message(store, signed(ORDERS + query, home="http://127.0.0.1:8080", digest=digest))
		== refused
	)
	assert status_and_message(store, signed(ORDERS + query, secret="cs_wrong", digest=digest)) == refused


def test_oauth_base_string_is_the_standards_own():
	"""The example of RFC 5849, section 3.4.1."""
	parameters = [
		("b5", "=%3D"),
		("a3", "a"),
		("c@", ""),
		("a2", "r b"),
		("oauth_consumer_key", "9djdj82h48djs9d2"),
		("oauth_token", "kkk9d7dh3k39sjv7"),
		("oauth_signature_method", "HMAC-SHA1"),
		("oauth_timestamp", "137131201"),
		("oauth_nonce", "7d8f3e4a"),
		("c2", ""),
		("a3", "2 q"),
	]
	assert base_string("post", "http://example.com/request", parameters) == (
		"POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
		"%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
		"HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
	)


def test_oauth_header():
	uri = signed(ORDERS)
	fields = [pair.split("=", 1) for pair in uri.partition("?")[2].split("&")]
	header = "OAuth " + ", ".join(f'{name}="{value}"' for name, value in fields)
	assert status_and_message(SampleStore(SHOP), ORDERS, authorization=header)[0] == 200
	stripping = SampleStore(SHOP, strips_authorization=True)
	assert status_and_message(stripping, ORDERS, authorization=header)[0] == 401


def test_oauth_clock_and_nonce(captures):
	store = SampleStore(SHOP)
	for minutes, good in ((-16, False), (-14, True), (14, True), (16, False)):
		stamp = str(int(time.time()) + minutes * 60)
		status, message = status_and_message(store, signed(ORDERS, oauth_timestamp=stamp))
		assert (status, message) == ((200, None) if good else (401, "Invalid timestamp."))
	uri = signed(ORDERS)
	assert status_and_message(store, uri)[0] == 200
	answer = store.answer(Request("GET", uri))
	assert json.loads(answer.body) == captures["errors"]["oauth_nonce"]["body"]


def test_nobody_is_told_why(captures):
	store = SampleStore(SHOP)
	basic = "Basic " + base64.b64encode(b"ck_sample:cs_sample").decode()
	answers = [
		store.answer(Request("GET", ORDERS)),
		store.answer(Request("GET", ORDERS, {"authorization": basic})),
		store.answer(Request("GET", f"{ORDERS}?{KEYS}")),
		store.answer(Request("GET", signed(ORDERS, key="ck_unknown"))),
	]
	for answer in answers:
		assert (answer.status, json.loads(answer.body)) == (401, captures["errors"]["no_auth"]["body"])
		assert [name for name, _value in answer.headers] == [
			name for name in captures["errors"]["no_auth"]["headers"] if name not in _SERVERS_OWN
		]


def test_basic_is_taken_as_over_https(captures):
	store = SampleStore(SHOP, basic_over_http=True)
	basic = "Basic " + base64.b64encode(b"ck_sample:cs_sample").decode()
	wrong = "Basic " + base64.b64encode(b"ck_sample:cs_wrong").decode()
	assert status_and_message(store, ORDERS, authorization=basic)[0] == 200
	assert status_and_message(store, f"{ORDERS}?{KEYS}")[0] == 200
	answer = store.answer(Request("GET", ORDERS, {"authorization": wrong}))
	assert json.loads(answer.body) == captures["errors"]["bad_secret"]["body"]
	assert status_and_message(store, ORDERS, authorization="Basic ?")[0] == 401
	stripping = SampleStore(SHOP, basic_over_http=True, strips_authorization=True)
	assert status_and_message(stripping, ORDERS, authorization=basic)[0] == 401
	assert status_and_message(stripping, f"{ORDERS}?{KEYS}")[0] == 200


def test_permissions(captures):
	store = SampleStore(SHOP, keys=[ApiKey("r", "s", "read"), ApiKey("w", "s", "write")])
	errors = captures["errors"]
	reading = store.answer(Request("PUT", signed(ORDERS + "/749", "r", "s", method="PUT"), body=b"{}"))
	writing = store.answer(Request("GET", signed(ORDERS, "w", "s")))
	assert (reading.status, json.loads(reading.body)) == (401, errors["readonly_key_put"]["body"])
	assert (writing.status, json.loads(writing.body)) == (401, errors["writeonly_key_get"]["body"])


def test_plain_permalinks():
	store = SampleStore(SHOP, plain_permalinks=True)
	assert store.answer(Request("GET", ORDERS)).content_type.startswith("text/html")
	uri = signed("/?rest_route=/wc/v3/orders&per_page=1")
	assert status_and_message(store, uri)[0] == 401
	marked = signed("/?rest_route=/wc/v3/orders&x=/wp-json/wc/v3")
	plain_mark = marked.replace(quote("/wp-json/wc/v3", safe=""), "/wp-json/wc/v3")
	assert status_and_message(store, plain_mark)[0] == 200
	assert store.answer(Request("GET", "/?rest_route=/")).status == 200
