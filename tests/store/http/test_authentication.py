import pytest

from jarz_woocommerce_integration.exceptions import (
	NotAWooCommerceStoreError,
	StoreAuthenticationError,
	StoreRedirectedError,
)
from jarz_woocommerce_integration.store.http.address import Permalinks, normalise
from jarz_woocommerce_integration.store.http.authentication import Basic, OAuth1, QueryString, candidates
from jarz_woocommerce_integration.store.http.credentials import Credentials
from tests.store.fake_store import KEY, SECRET, Reply, Request, error_reply, make_order


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize("permalinks", [{"pretty"}, {"plain"}, {"pretty", "plain"}])
@pytest.mark.parametrize("way", ["basic", "oauth", "query", "none"])
def test_the_client_finds_the_way_that_works(store, client, way, permalinks, has_index):
	store.ways, store.permalinks, store.has_index = {way}, permalinks, has_index
	store.orders = [make_order(7)]

	assert client.get("orders").body[0]["id"] == 7
	found = client.connect()
	expected = {"basic": "Basic", "query": "keys in the query string"}.get(way, "OAuth 1.0a")
	assert found.authentication.name == expected
	assert found.permalinks is Permalinks.PRETTY if "pretty" in permalinks else Permalinks.PLAIN
	assert (client.index is not None) == has_index


def test_the_way_is_remembered(store, client):
	client.get("orders")
	before = len(store.requests)
	client.get("orders")
	assert len(store.requests) == before + 1


@pytest.mark.parametrize(
	"home", ["http://shop.example", "http://shop.example:8080/", "https://shop.example/ar"]
)
def test_oauth_signs_with_the_stores_own_home_url(store, client, home):
	store.ways, store.home = {"oauth"}, home
	client.get("orders")
	assert client.home == home.rstrip("/")


def test_oauth_signs_with_the_scheme_that_the_store_takes_itself_for(store, client):
	"""WordPress says https in its index, and signs http where the proxy in front of it ends the encryption."""
	store.ways, store.home = {"oauth"}, "http://shop.example"
	store.index_reply = store._reply(_index_request(), "/")
	store.index_reply.body = store.index_reply.body.replace(b"http://shop.example", b"https://shop.example")
	client.get("orders")
	assert client.connect().authentication == OAuth1("http://shop.example")


def _index_request():
	return Request("GET", "/wp-json/", "/", {}, {})


@pytest.mark.parametrize("permalinks", ["pretty", "plain"])
@pytest.mark.parametrize(
	"params",
	[
		{"status": "pending,on-hold"},
		{"status": ("pending", "on-hold")},
		{"search": "فاطمة"},
		{"search": "a b+c&d=e/f"},
		{"sku": "SKU 006/B,كود-5"},
		{"meta[0]": "x", "meta[10]": "y", "meta[1]": "z"},
		{"search": "50% off ~ 'quoted' (x)"},
		{"after": "2026-06-01T00:00:00+02:00", "dates_are_gmt": True},
		{"Zebra": "1", "apple": "2", "_fields": "id"},
	],
)
def test_oauth_signs_every_kind_of_parameter(store, client, params, permalinks):
	store.ways, store.permalinks, store.home = {"oauth"}, {permalinks}, "http://shop.example"
	store.statuses += ["x"]
	client.get("orders", params)
	received = store.requests[-1].params
	for name, value in params.items():
		expected = ",".join(value) if isinstance(value, tuple) else {True: "true"}.get(value, value)
		assert received[name] == expected


def test_oauth_never_uses_a_nonce_twice(store, client):
	store.ways = {"oauth"}
	for _request in range(50):
		client.get("orders")
	assert len(store.nonces) == 51


def test_a_spent_nonce_is_signed_anew(store, client, sleeps):
	store.ways = {"oauth"}
	client.connect()
	spent = "Invalid nonce - nonce has already been used."
	store.faults = [error_reply(401, "woocommerce_rest_authentication_error", spent)]
	client.get("orders")
	assert len(sleeps) == 1


@pytest.mark.parametrize("minutes", [16, -16])
def test_a_clock_that_is_off_is_named(store, client, minutes):
	store.ways, store.clock_offset = {"oauth"}, minutes * 60
	with pytest.raises(StoreAuthenticationError, match="clocks .* 16 minutes apart"):
		client.get("orders")


def test_a_clock_that_is_off_by_fourteen_minutes_works(store, client):
	store.ways, store.clock_offset = {"oauth"}, 14 * 60
	client.get("orders")


@pytest.mark.parametrize("way", ["basic", "query"])
def test_a_wrong_secret_is_named(store, connect, way):
	store.ways = {way}
	with pytest.raises(StoreAuthenticationError, match="Consumer secret is invalid") as caught:
		connect(secret="cs_wrong").get("orders")
	assert "copy both again" in caught.value.what_to_do


def test_a_wrong_secret_over_oauth_says_that_it_may_be_the_home_url(store, connect):
	store.ways = {"oauth"}
	with pytest.raises(
		StoreAuthenticationError, match="secret is wrong, or the store signs with another home"
	):
		connect(secret="cs_wrong").get("orders")


def test_an_unknown_key_says_all_that_it_can_be(store, client):
	store.ways = set()
	with pytest.raises(
		StoreAuthenticationError, match="administrator or a shop manager.*Authorization header"
	):
		client.get("orders")


def test_a_write_only_key_is_named(store, client):
	store.permission = "write"
	with pytest.raises(StoreAuthenticationError, match="does not have read permissions.*Read/Write"):
		client.get("orders")


def test_a_rejected_key_is_not_tried_again(store, connect, sleeps):
	with pytest.raises(StoreAuthenticationError):
		connect(secret="cs_wrong").get("orders")
	assert sleeps == []


def test_over_https_the_header_comes_first_and_the_signature_last():
	found = list(candidates("https://shop.example", "https://shop.example", Permalinks.PRETTY))
	assert found == [Basic(), QueryString(), OAuth1("https://shop.example")]


def test_over_http_the_secret_is_never_sent_to_another_machine():
	found = list(candidates("http://shop.example", "http://www.shop.example", Permalinks.PLAIN))
	assert found and all(isinstance(way, OAuth1) for way in found)


def test_plain_permalinks_name_the_api_in_the_url_or_woocommerce_ignores_the_key(store, client):
	store.permalinks = {"plain"}
	client.get("orders")
	assert "wp-json/wc/" in store.requests[-1].target


def test_a_web_page_once_in_place_of_the_index_does_not_change_the_home_url(store, client):
	store.home, page = "http://shop.example", Reply(200, b"<html>busy</html>")
	original, replies = store._reply, [page, page]
	store._reply = lambda request, route: replies.pop() if replies else original(request, route)
	assert client.home == "http://shop.example"


def test_wordpress_without_woocommerce_is_named(store, client):
	store.namespaces = ["wp/v2"]
	with pytest.raises(NotAWooCommerceStoreError, match="WordPress, but no WooCommerce"):
		client.connect()


def test_a_page_that_is_no_store_is_named(store, client):
	store.permalinks = set()
	with pytest.raises(
		NotAWooCommerceStoreError, match="no WooCommerce REST API.*a page of something that isn't found"
	):
		client.connect()


def test_a_site_that_answers_every_address_with_a_page_is_named(store, client):
	store._reply = lambda request, route: Reply(200, b"<title>Example Domain</title>")
	with pytest.raises(NotAWooCommerceStoreError, match="with a web page instead of JSON"):
		client.connect()


def test_an_index_that_is_closed_to_the_public_is_no_obstacle(store, client):
	store.index_reply = error_reply(401, "rest_not_logged_in", "You are not currently logged in.")
	client.get("orders")
	assert client.home == store.url


def test_a_redirect_says_where_to(store, client):
	store._reply = lambda request, route: Reply(
		301, b"", {"Location": f"https://www.shop.example{request.target}"}
	)
	with pytest.raises(
		StoreRedirectedError, match="Use https://www.shop.example as the store's address"
	) as caught:
		client.get("orders")
	assert caught.value.address == "https://www.shop.example"
	assert not caught.value.retryable


@pytest.mark.parametrize(
	("written", "meant"),
	[
		("shop.example", "https://shop.example"),
		("https://shop.example/", "https://shop.example"),
		(" HTTPS://Shop.Example/ar/ ", "https://shop.example/ar"),
		("http://127.0.0.1:8080/wp-json/wc/v3/", "http://127.0.0.1:8080"),
		("https://shop.example/ar/wp-admin/admin.php?page=wc-settings", "https://shop.example/ar"),
		("https://shop.example/?rest_route=/wc/v3", "https://shop.example"),
		("localhost:8080", "https://localhost:8080"),
	],
)
def test_an_address_is_taken_as_people_write_it(written, meant):
	assert normalise(written) == meant


@pytest.mark.parametrize(
	"written", ["", "ftp://shop.example", "https://", "http://shop.example:port", "my shop"]
)
def test_what_is_no_address_is_refused(written):
	with pytest.raises(NotAWooCommerceStoreError, match="no web address"):
		normalise(written)


def test_a_password_in_the_address_is_refused_and_not_repeated():
	with pytest.raises(NotAWooCommerceStoreError) as caught:
		normalise("https://ck_1:cs_2@shop.example")
	assert "cs_2" not in str(caught.value)


def test_a_store_in_a_sub_folder_works(store, connect):
	store.base_path, store.ways = "/ar/shop", {"oauth"}
	connect(store.url + "/wp-admin/").get("orders")


def test_credentials_are_never_shown():
	credentials = Credentials(KEY, f" {SECRET}\n")
	assert credentials.consumer_secret == SECRET
	shown = f"{credentials} {credentials!r} {[credentials]}"
	assert KEY not in shown and SECRET not in shown
	leaky = f"x {SECRET} {KEY} {credentials.basic_token} &consumer_secret=abc&oauth_signature=a%2Fb&page=2"
	assert credentials.mask(leaky) == "x *** *** *** &consumer_secret=***&oauth_signature=***&page=2"
