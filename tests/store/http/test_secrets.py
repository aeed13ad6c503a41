"""Whatever ends a request, and wherever: no key, secret, signature, header or body is in the frames of its error."""

import base64
import time
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from jarz_woocommerce_integration.exceptions import StoreError
from jarz_woocommerce_integration.store.http import answers, client
from jarz_woocommerce_integration.store.http.authentication import OAuth1
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.webhooks.api import create_webhook
from jarz_woocommerce_integration.store.writing.orders import add_note
from jarz_woocommerce_integration.tests.processes.alarms import alarm_after
from tests.store.fake_store import KEY, SECRET, Reply
from tests.store.frames import TimeIsOver, shown_by

EMAIL = "mona.planted@example.com"
WEBHOOK_SECRET = "wh_PLANTED"
PLANTED = (
	KEY,
	SECRET,
	base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
	"oauth_signature=",
	EMAIL,
	WEBHOOK_SECRET,
)
WAYS = ("basic", "oauth", "query")
# Where a request may be when its job's time is over.
PLACES = {
	"signing": "jarz_woocommerce_integration.store.http.connection.Connection.prepare",
	"budget": "jarz_woocommerce_integration.store.http.budget.RateBudget.acquire",
	"session": "requests.Session.request",
	"adapter": "requests.adapters.HTTPAdapter.send",
	"pool": "urllib3.connectionpool.HTTPConnectionPool.urlopen",
	"headers": "http.client.HTTPConnection.putheader",
	"waiting": "http.client.HTTPConnection.getresponse",
	"body": "urllib3.response.HTTPResponse.stream",
	"reading": "jarz_woocommerce_integration.store.http.answers.decode",
}
CALLS = {
	"get": lambda client: client.get("orders"),
	"status": lambda client: client.request("PUT", "orders/1", body={"billing": {"email": EMAIL}}),
	"once": lambda client: client.request_once("POST", "orders/1/notes", body={"note": EMAIL}),
	"webhook": lambda client: create_webhook(
		client, "n", "order.updated", "https://x", Hidden(WEBHOOK_SECRET)
	),
}


def assert_nothing_is_shown(error: BaseException) -> None:
	shown = shown_by(error, __file__)
	for planted in PLANTED:
		assert planted not in shown, planted


@pytest.fixture(params=WAYS)
def known(request, store, connect):
	"""A client that has found its way already."""
	store.ways = {request.param}
	client = connect(attempts=2)
	client.connect()
	return client


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("place", PLACES)
def test_a_time_that_is_over_shows_nothing(store, known, place, call):
	with patch(PLACES[place], side_effect=TimeIsOver("over")):
		with pytest.raises(TimeIsOver) as caught:
			CALLS[call](known)
	assert_nothing_is_shown(caught.value)


@pytest.mark.parametrize("place", ("session", "adapter", "reading"))
def test_an_unforeseen_error_shows_nothing(known, place):
	text = f"no good: https://x/?consumer_key={KEY}&consumer_secret={SECRET}"
	with patch(PLACES[place], side_effect=ZeroDivisionError(text)):
		with pytest.raises(ZeroDivisionError) as caught:
			CALLS["status"](known)
	assert_nothing_is_shown(caught.value)


@pytest.mark.parametrize(
	"error", (UnicodeError("label too long"), UnicodeEncodeError("latin-1", KEY, 0, 1, "x"))
)
def test_what_cannot_be_sent_is_an_error_of_the_store(known, error):
	with patch(PLACES["adapter"], side_effect=error):
		with pytest.raises(StoreError) as caught:
			known.get("orders")
	assert_nothing_is_shown(caught.value)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", PLACES)
def test_a_time_that_is_over_while_the_way_is_looked_for_shows_nothing(store, connect, place, way):
	store.ways = {way}
	with patch(PLACES[place], side_effect=TimeIsOver("over")):
		with pytest.raises(TimeIsOver) as caught:
			connect().connect()
	assert_nothing_is_shown(caught.value)


@pytest.mark.parametrize(
	"reply",
	(
		Reply(429, EMAIL.encode(), {"Retry-After": "9" * 400}),
		Reply(200, b'[{"email": "' + EMAIL.encode()),
		Reply(200, b'{"email": "' + EMAIL.encode() + b'"}'),
		Reply(200, b"[]" * 99, cut=True),
		Reply(500, b"<html></html>"),
		Reply(401, b"{}"),
	),
)
def test_an_error_of_the_store_shows_nothing_of_the_request(store, known, reply):
	store.faults = [reply] * 4
	with pytest.raises(StoreError) as caught:
		known.request("PUT", "orders/1", body={"billing": {"email": EMAIL}}, shape=list)
	frames = shown_by(caught.value, __file__)
	for planted in PLANTED[:4]:
		assert planted not in frames


def test_an_alarm_in_the_middle_of_a_slow_answer_shows_nothing(store, known):
	"""The real thing: a signal's handler raises wherever the process is."""
	with slow(store), alarm_after(0.2, TimeIsOver()):
		with pytest.raises(TimeIsOver) as caught:
			add_note(known, 1, f"for {EMAIL}", False)
	frames = [frame for frame in caught.traceback if "/site-packages/" in str(frame.path)]
	assert not frames, "what requests and http.client hold stays inside"
	for planted in PLANTED[:4]:
		assert planted not in shown_by(caught.value, __file__)


def test_what_is_kept_of_requests_and_answers_hides_it(known):
	answer = answers.Answer([{"email": EMAIL}], {"Set-Cookie": SECRET}, 200, EMAIL)
	connection = client.Connection("https://x", None, OAuth1("https://x"), "https://x", None)
	for value in (answer, known, known.credentials, known.knowledge, connection, Hidden({"a": EMAIL})):
		for planted in PLANTED:
			assert planted not in f"{value!r} {value}"


@contextmanager
def slow(store):
	answer = store.answer

	def later(handler):
		time.sleep(2)
		answer(handler)

	with patch.object(store, "answer", later):
		yield
