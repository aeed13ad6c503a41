import socket
import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest

from jarz_woocommerce_integration.exceptions import (
	StoreAnswerNotJSONError,
	StoreAuthenticationError,
	StoreError,
	StoreNotFoundError,
	StoreRedirectedError,
	StoreRequestRefusedError,
	StoreThrottledError,
	StoreUnreachableError,
	StoreUnwellError,
)
from jarz_woocommerce_integration.store.http.answers import Answer, retry_after
from jarz_woocommerce_integration.store.http.budget import RateBudget
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Credentials
from tests.store.fake_store import KEY, SECRET, Reply, captured, error_reply, fixture, json_reply, make_order

CAPTURED = {
	"bad_after": StoreRequestRefusedError,
	"bad_key": StoreAuthenticationError,
	"bad_orderby": StoreRequestRefusedError,
	"bad_secret": StoreAuthenticationError,
	"bad_status": StoreRequestRefusedError,
	"basic_over_http_8081": StoreAuthenticationError,
	"bom_before_json": StoreAnswerNotJSONError,
	"db_down": StoreUnwellError,
	"delete_trash_no_force_then": StoreNotFoundError,
	"invalid_json": StoreRequestRefusedError,
	"maintenance_mode": StoreThrottledError,
	"no_auth": StoreAuthenticationError,
	"oauth_clock": StoreAuthenticationError,
	"oauth_nonce": StoreAuthenticationError,
	"oauth_wrong_host": StoreAuthenticationError,
	"order_999999": StoreNotFoundError,
	"order_abc": StoreNotFoundError,
	"order_is_refund_or_product_id": StoreNotFoundError,
	"page_0": StoreRequestRefusedError,
	"per_page_0": StoreRequestRefusedError,
	"per_page_101": StoreRequestRefusedError,
	"per_page_minus1": StoreRequestRefusedError,
	"per_page_str": StoreRequestRefusedError,
	"php_fatal": StoreUnwellError,
	"php_warning_before_json": StoreAnswerNotJSONError,
	"plugin_inactive_namespace": StoreNotFoundError,
	"qs_key_over_http_8081": StoreAuthenticationError,
	"readonly_key_put": StoreAuthenticationError,
	"unknown_route": StoreNotFoundError,
	"update_bad_status": StoreRequestRefusedError,
	"writeonly_key_get": StoreAuthenticationError,
}
TRANSIENT = {
	"web page with 200": Reply(200, b"<html><title>Checking your browser</title></html>"),
	"byte order mark": captured("bom_before_json"),
	"PHP warning": captured("php_warning_before_json"),
	"nothing": Reply(200, b""),
	"broken JSON": Reply(200, b'[{"id": 1, "tot'),
	"NaN": Reply(200, b'[{"total": NaN}]'),
	"cut connection": Reply(200, b'[{"id": 1}]' * 100, cut=True),
	"an object for a list": json_reply({"message": "please wait"}),
	"internal_server_error": error_reply(500, "internal_server_error", "There has been a critical error."),
	**{str(status): Reply(status, b"<html></html>") for status in (408, 425, 429, 500, 502, 503, 504, 520)},
}


def test_every_captured_error_is_listed():
	assert set(CAPTURED) == set(fixture("errors"))


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_error_is_of_its_class(store, client, name):
	client.connect()
	store.faults = [captured(name)] * 6
	with pytest.raises(StoreError) as caught:
		client.get("orders")
	assert type(caught.value) is CAPTURED[name]
	assert caught.value.status == fixture("errors")[name]["status"]


def test_a_refusal_names_the_parameter_and_what_the_store_says_of_it(store, client):
	client.connect()
	store.faults = [captured("per_page_101")]
	with pytest.raises(StoreRequestRefusedError, match=r"per_page must be between 1 .* and 100") as caught:
		client.get("orders")
	assert caught.value.code == "rest_invalid_param"


@pytest.mark.parametrize("name", TRANSIENT)
def test_what_passes_is_tried_again(store, client, sleeps, name):
	store.orders = [make_order(1)]
	client.connect()
	store.faults = [TRANSIENT[name]] * 5
	assert client.get("orders", shape=list).body[0]["id"] == 1
	assert len(sleeps) == 5 and client.counters.retries == 5


def test_trying_again_ends(store, connect, sleeps):
	client = connect(attempts=3)
	client.connect()
	sent = client.requests
	store.faults = [TRANSIENT["502"]] * 9
	with pytest.raises(StoreUnwellError) as caught:
		client.get("orders")
	assert caught.value.retryable and client.requests == sent + 3 and len(sleeps) == 2


def test_waits_grow_with_full_jitter(store, connect, sleeps):
	client = connect(attempts=8)
	client.connect()
	store.faults = [TRANSIENT["502"]] * 7
	client.get("orders")
	assert all(0 <= wait <= min(2**number, 60) for number, wait in enumerate(sleeps))
	assert len(set(sleeps)) == 7


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 414])
def test_what_does_not_pass_is_sent_once(store, client, status):
	client.connect()
	sent = client.requests
	store.faults = [Reply(status, b"<html></html>")]
	with pytest.raises(StoreError) as caught:
		client.get("orders")
	assert not caught.value.retryable and client.requests == sent + 1


def test_a_store_that_is_gone_is_unreachable(sleeps):
	with socket.socket() as unused:
		unused.bind(("127.0.0.1", 0))
		url = f"http://127.0.0.1:{unused.getsockname()[1]}"
		with StoreClient(url, Credentials(KEY, SECRET), sleep=sleeps.append, attempts=3) as client:
			with pytest.raises(StoreUnreachableError, match="connection was refused"):
				client.get("orders")
	assert len(sleeps) == 2


def test_a_slow_store_is_given_up_on_and_tried_again(store, connect, sleeps):
	slow, done = threading.Event(), threading.Event()
	client = connect(timeout=(1, 0.2))
	client.connect()

	def answer(request):
		if not slow.is_set():
			slow.set()
			done.wait(2)
		return json_reply([])

	store.routes["orders"] = answer
	store.lock = threading.RLock()
	thread = threading.Timer(0.3, done.set)
	thread.start()
	assert client.get("orders").body == []
	assert len(sleeps) >= 1


def test_an_unknown_name_is_unreachable(sleeps):
	with StoreClient("http://shop.invalid", Credentials(KEY, SECRET), attempts=1) as client:
		with pytest.raises(StoreUnreachableError):
			client.get("orders")


# --- Retry-After ---


def test_retry_after_in_seconds_is_obeyed(store, client, sleeps):
	client.connect()
	store.faults = [Reply(429, b"{}", {"Retry-After": "7"}), Reply(503, b"", {"Retry-After": "30"})]
	client.get("orders")
	assert sleeps == [7, 30]


def test_retry_after_as_a_date_is_obeyed_by_the_stores_clock(store, client, sleeps):
	client.connect()
	store.clock_offset = 3600
	until = datetime.now(timezone.utc) + timedelta(seconds=3600 + 120)
	store.faults = [Reply(429, b"{}", {"Retry-After": format_datetime(until, usegmt=True)})]
	client.get("orders")
	assert 117 <= sleeps[0] <= 121


@pytest.mark.parametrize(
	("text", "seconds"),
	[
		("0", 0),
		("12", 12),
		("1.5", 1.5),
		("-3", 0),
		("soon", 0),
		("", 0),
		("Wed, 11 Jan 1984 05:00:00 GMT", 0),
	],
)
def test_retry_after_that_says_nothing_is_no_pause(text, seconds):
	assert retry_after({"Retry-After": text}) == seconds


@pytest.mark.parametrize(
	("text", "longest"),
	[
		("9" * 400, 3600),
		("9" * 5000, 3600),
		("999999999", 3600),
		("1e400", 0),
		("inf", 0),
		("nan", 0),
		("-" + "9" * 400, 0),
		("\N{SUPERSCRIPT TWO}", 0),
		("\N{ARABIC-INDIC DIGIT NINE}" * 400, 0),
		("Wed, 21 Oct 2037 07:28:00 GMT", 3600),
		("Wed, 21 Oct 9999 07:28:00 -2359", 3600),
		("Wed, 21 Oct 99999 07:28:00 GMT", 0),
		("Wed, 21 Oct 2037 07:28:00 +" + "9" * 30, 0),
	],
)
def test_no_header_stops_a_store_for_longer_than_an_hour(store, connect, clock, text, longest):
	client = connect(longest_wait=60, attempts=1)
	client.connect()
	store.faults = [Reply(429, b"{}", {"Retry-After": text.encode().decode("latin-1")})]
	with pytest.raises(StoreThrottledError) as caught:
		client.get("orders")
	assert caught.value.retry_after == longest
	assert client.budget.pause_left() == pytest.approx(longest, abs=5)
	assert retry_after({"Retry-After": text}) <= 86400


def test_a_pause_that_was_ended_is_not_begun_again_by_who_waited_for_it(store, connect, clock):
	budget = RateBudget(store.url, None, clock=clock)
	client = connect(longest_wait=60, budget=budget)
	client.connect()
	budget.pause(300)
	with pytest.raises(StoreThrottledError, match="Nothing is sent to it until"):
		client.get("orders")
	budget.end_pause()
	client.get("orders")


@pytest.mark.parametrize("text", ["\N{SUPERSCRIPT TWO}", "9" * 5000, "-1", "nan", ""])
def test_a_total_that_is_no_number_is_not_told(text):
	assert Answer([], {"X-WP-Total": text, "X-WP-TotalPages": text}, 200).total is None
	assert Answer([], {"X-WP-Total": text, "X-WP-TotalPages": text}, 200).is_last_page(1, 10)


def test_a_pause_that_is_too_long_is_an_error_that_says_until_when(store, connect, sleeps):
	client = connect(longest_wait=60)
	client.connect()
	store.faults = [Reply(429, b"{}", {"Retry-After": "86400"})]
	with pytest.raises(
		StoreThrottledError, match=r"Nothing is sent to it until \d{4}-\d\d-\d\d \d\d:\d\d UTC"
	) as caught:
		client.get("orders")
	assert caught.value.retry_after == 3600 and sleeps == []


def test_a_pause_holds_for_all_who_share_the_budget(store, connect):
	now = [1000.0]
	budget = RateBudget(store.url, None, clock=lambda: now[0])
	slept = []

	def sleep(seconds):
		slept.append(seconds)
		now[0] += seconds

	first, second = connect(budget=budget, sleep=sleep), connect(budget=budget, sleep=sleep)
	first.connect(), second.connect()
	budget.pause(40)
	second.get("orders")
	assert slept == [40]


# --- what isn't shown, what is counted ---


def test_no_error_shows_the_key_the_secret_or_a_signed_url(store, connect):
	leaky = f"https://x/?consumer_key={KEY}&consumer_secret={SECRET} {SECRET} oauth_signature=abc%2F"
	for way in ("basic", "oauth", "query"):
		store.ways = {way}
		client = connect(attempts=2)
		client.connect()
		for fault in (
			error_reply(400, "rest_invalid_param", leaky),
			error_reply(401, "woocommerce_rest_cannot_view", leaky),
			Reply(200, leaky.encode()),
			Reply(500, leaky.encode()),
			Reply(302, b"", {"Location": leaky}),
			Reply(200, b"[]" * 99, cut=True),
		):
			store.faults = [fault] * 2
			with pytest.raises(StoreError) as caught:
				client.get("orders")
			for error in (caught.value, caught.value.__cause__, caught.value.__context__):
				shown = f"{error!r} {error}"
				assert KEY not in shown and SECRET not in shown and "abc%2F" not in shown


def test_a_redirect_is_not_followed(store, client):
	client.connect()
	sent = client.requests
	store.faults = [Reply(302, b"", {"Location": store.url + "/wp-json/wc/v3/orders/1"})]
	with pytest.raises(StoreRedirectedError):
		client.get("orders")
	assert client.requests == sent + 1


def test_numbers_are_exact(store, client):
	store.routes["orders/1"] = Reply(200, b'{"price": 131.09655266666667, "quantity": 2, "total": "10.00"}')
	assert client.get("orders/1").body == {
		"price": Decimal("131.09655266666667"),
		"quantity": 2,
		"total": "10.00",
	}


def test_header_names_may_have_any_case(store, client):
	store.orders, store.lower_case_headers = [make_order(1)], True
	assert client.get("orders").total == 1


def test_requests_retries_and_waits_are_counted(store, connect):
	now = [5000.0]

	def sleep(seconds):
		now[0] += seconds

	client = connect(budget=RateBudget(store.url, None, clock=lambda: now[0]), sleep=sleep)
	client.connect()
	client.budget.pause(3)
	store.faults = [TRANSIENT["502"]]
	client.get("orders")
	counters = client.counters
	assert (counters.requests, counters.retries) == (len(store.requests), 1)
	assert counters.budget_seconds == pytest.approx(3)
	assert 0 < counters.store_seconds < 5


def test_cookies_and_netrc_are_not_sent(store, client, tmp_path, monkeypatch):
	netrc = tmp_path / "netrc"
	netrc.write_text("machine 127.0.0.1 login a password b\n")
	monkeypatch.setenv("NETRC", str(netrc))
	store.ways = {"oauth"}
	store.routes["orders"] = Reply(200, b"[]", {"Set-Cookie": "session=1"})
	client.get("orders")
	client.get("orders")
	assert not {"Cookie", "Authorization"} & set(store.requests[-1].headers)


def test_a_client_that_is_told_what_another_found_out_asks_nothing_twice(store, connect):
	store.orders = [make_order(1)]
	first = connect()
	first.get("orders", shape=list)
	asked = len(store.requests)
	second = connect(knowledge=first.knowledge)
	second.get("orders", shape=list)
	assert len(store.requests) == asked + 1
	assert KEY not in repr(first.knowledge) and SECRET not in repr(first.knowledge)
