import pytest

from jarz_woocommerce_integration.store.webhooks.api import Webhook
from jarz_woocommerce_integration.store.webhooks.deliveries import TOPICS
from jarz_woocommerce_integration.store.webhooks.states import Endpoint, correction, doubts, standings

ENDPOINT = Endpoint("https://erp.example", ("/api/method/new", "/api/method/old"), "My Shop & متجر")


def make(webhook_id=1, topic="order.created", status="active", url=ENDPOINT.url, name=None):
	return Webhook(webhook_id, name or f"ERPNext: {topic}", status, topic, url)


def state_of(topic, webhooks, known=()):
	return [
		standing.state for standing in standings(webhooks, ENDPOINT, dict(known)) if standing.topic == topic
	]


def test_the_url_names_the_store_and_is_recognised_again():
	assert ENDPOINT.url.isascii() and " " not in ENDPOINT.url
	assert ENDPOINT.is_meant_by(ENDPOINT.url)
	assert ENDPOINT.is_meant_by(ENDPOINT.url.replace("/new", "/old").replace("erp.example", "ERP.example"))


@pytest.mark.parametrize(
	"url",
	[
		"https://erp.example/api/method/new",
		"https://erp.example/api/method/new?store=Other",
		"https://erp.example/api/method/newer?store=My%20Shop%20%26%20%D9%85%D8%AA%D8%AC%D8%B1",
		ENDPOINT.url.replace("https://", "http://"),
		ENDPOINT.url.replace("erp.example", "erp.example:8443"),
		"https://[broken",
		"",
	],
)
def test_other_addresses_are_not_ours(url):
	assert not ENDPOINT.is_meant_by(url)


def test_each_topic_has_a_standing_in_the_order_of_the_topics():
	found = standings([make(3, "product.deleted"), make(1, "order.created")], ENDPOINT, {})
	assert [standing.topic for standing in found] == list(TOPICS)
	assert [standing.is_well for standing in found] == [
		topic in ("order.created", "product.deleted") for topic in TOPICS
	]


def test_webhooks_of_others_are_left_out():
	others = [
		make(1, url="https://accounting.example/hook"),
		make(2, url=ENDPOINT.url.replace("erp.example", "staging.example")),
		make(3, "coupon.created"),
	]
	assert all(standing.webhook is None for standing in standings(others, ENDPOINT, {}))


@pytest.mark.parametrize(
	("status", "state"),
	[("active", "active"), ("paused", "paused"), ("disabled", "disabled"), ("new", "disabled")],
)
def test_what_does_not_send_is_seen(status, state):
	assert state_of("order.created", [make(status=status)]) == [state]


def test_a_webhook_that_we_made_is_ours_wherever_it_was_sent_to():
	away = make(url="https://elsewhere.example/")
	assert state_of("order.created", [away], {1: "order.created"}) == ["misaddressed"]
	(standing,) = (one for one in standings([away], ENDPOINT, {1: "order.created"}) if one.webhook)
	assert correction(standing, ENDPOINT) == {"delivery_url": ENDPOINT.url}


def test_somebody_elses_webhook_with_an_id_that_was_ours_is_left_out():
	other = make(1, url="https://elsewhere.example/", name="Accounting")
	assert state_of("order.created", [other], {1: "order.created"}) == ["missing"]


def test_a_webhook_whose_topic_was_changed_gets_its_own_back():
	changed = make(2, "coupon.created", "paused", name="ERPNext: order.updated")
	(standing,) = (one for one in standings([changed], ENDPOINT, {2: "order.updated"}) if one.webhook)
	assert (standing.topic, standing.state) == ("order.updated", "wrong topic")
	assert correction(standing, ENDPOINT) == {"topic": "order.updated", "status": "active"}


def test_a_second_one_of_a_topic_is_a_duplicate():
	assert state_of("order.created", [make(1), make(2)]) == ["active", "duplicate"]


def test_what_is_well_needs_no_correction():
	(standing,) = (one for one in standings([make()], ENDPOINT, {}) if one.webhook)
	assert correction(standing, ENDPOINT) == {}


@pytest.mark.parametrize(
	("base", "count"),
	[
		("https://erp.example", 0),
		("http://erp.example:8080", 0),
		("http://erp.example:8000", 1),
		("http://192.168.1.10", 1),
		("http://localhost:8000", 2),
		("http://site.localhost", 1),
		("http://[::1]", 1),
	],
)
def test_addresses_that_a_shop_may_refuse_are_named(base, count):
	assert len(list(doubts(base))) == count
