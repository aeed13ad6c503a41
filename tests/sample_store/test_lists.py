"""Lists of orders filter, sort, page and describe themselves as real stores' do."""

import json
import re

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore

EVERYTHING = (
	"status=pending,processing,on-hold,completed,cancelled,refunded,failed,shipped,trash,checkout-draft"
)


def ids(bodies):
	return [body["id"] for body in bodies]


def scan(fetch, store, query, size=100):
	"""All pages of a list, by id."""
	found, page = [], 1
	while True:
		bodies = fetch(store, f"orders?{query}&orderby=id&order=asc&per_page={size}&page={page}&_fields=id")
		found += ids(bodies)
		if len(bodies) < size:
			return found
		page += 1


def test_default_hides_trash_and_drafts_and_an_explicit_list_shows_all(large_shop, large_store, fetch):
	hidden = set(large_shop.order_ids({"trash", "checkout-draft"}))
	everything = large_shop.order_ids()
	visible = [order_id for order_id in everything if order_id not in hidden]
	assert hidden
	assert scan(fetch, large_store, "status=any") == visible
	assert scan(fetch, large_store, "status=any,trash") == visible
	assert scan(fetch, large_store, EVERYTHING) == everything
	assert set(scan(fetch, large_store, "status=trash")) == set(large_shop.order_ids({"trash"}))


def test_an_unregistered_status_is_in_no_list_yet_found_by_id(shop, store, fetch):
	order_id = shop.order_ids({"completed"})[0]
	shop.set_status(order_id, "lost")
	assert order_id not in scan(fetch, store, EVERYTHING)
	assert fetch(store, f"orders/{order_id}")["status"] == "lost"


def test_statuses_may_be_written_in_three_ways(large_store, fetch):
	one = scan(fetch, large_store, "status=completed,processing")
	assert one == scan(fetch, large_store, "status[]=completed&status[]=processing")
	assert one == scan(fetch, large_store, "status[0]=completed&status[1]=processing")


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("by", ["date", "modified", "id"])
def test_sorting_has_the_id_as_tie_breaker(large_shop, large_store, fetch, by, order):
	fields = "id,date_created_gmt,date_modified_gmt"
	found = []
	for page in range(1, 100):
		query = f"orders?orderby={by}&order={order}&per_page=100&page={page}&_fields={fields}"
		bodies = fetch(large_store, query)
		found += bodies
		if not bodies:
			break
	stamp = {"date": "date_created_gmt", "modified": "date_modified_gmt", "id": "id"}[by]
	keys = [(body[stamp], body["id"]) for body in found]
	assert keys == sorted(keys, reverse=order == "desc")
	assert len(set(keys)) == len(keys)
	stamps = [body["date_modified_gmt"] for body in found]
	assert len(set(stamps)) < len(stamps) - 10, "a bulk edit gave many orders one stamp"


def test_dates_exclude_both_ends(large_store, fetch):
	newest, *_middle, oldest = fetch(large_store, "orders?per_page=5&orderby=date")
	after, before = oldest["date_created_gmt"], newest["date_created_gmt"]
	found = fetch(large_store, f"orders?after={after}Z&before={before}Z&per_page=100")
	assert len(found) == 3
	found = fetch(large_store, f"orders?after={after}&before={before}&dates_are_gmt=true&per_page=100")
	assert len(found) == 3


def test_dates_without_a_zone_are_the_stores_own(large_store, fetch):
	order = fetch(large_store, "orders?per_page=1&orderby=modified&order=desc")[0]
	local, gmt = order["date_modified"], order["date_modified_gmt"]
	assert order["id"] not in ids(fetch(large_store, f"orders?modified_after={local}&per_page=100"))
	assert order["id"] in ids(fetch(large_store, f"orders?modified_after={gmt}&per_page=100"))
	assert fetch(large_store, f"orders?modified_after={gmt}&dates_are_gmt=1") == []
	assert fetch(large_store, f"orders?modified_after={local}%2B02:00") == []


def test_include_leaves_out_missing_and_trashed_ids(large_shop, large_store, fetch):
	trashed = large_shop.order_ids({"trash"})[0]
	first, second = large_shop.order_ids({"completed"})[:2]
	query = f"orders?include={second},{trashed},99999999,{first}"
	assert ids(fetch(large_store, f"{query}&orderby=include")) == [second, first]
	assert ids(fetch(large_store, query)) == [second, first], "newest first"
	assert ids(fetch(large_store, f"orders?include={trashed}&status=trash")) == [trashed]
	assert first not in ids(fetch(large_store, f"orders?exclude={first}&order=asc&orderby=id"))


def test_long_includes_break_the_web_server(large_shop, large_store, ask, fetch):
	chosen = [str(order_id) for order_id in large_shop.order_ids({"completed"})]
	assert len(fetch(large_store, f"orders?include={','.join(chosen[:100])}&per_page=100")) == 100
	assert ask(large_store, f"orders?include={','.join(chosen[:200])}&per_page=100").status == 502
	assert ask(large_store, f"orders?include={','.join(chosen * 2)[:9000]}").status == 414


def test_customers_guests_products_and_search(large_shop, large_store, fetch):
	guests = fetch(large_store, "orders?customer=0&per_page=100")
	assert len(guests) == 100 and all(order["customer_id"] == 0 for order in guests)
	customer = next(order["customer_id"] for order in fetch(large_store, "orders?per_page=100&customer=3"))
	assert customer == 3


def test_search_and_product(shop, store, fetch):
	found = fetch(store, "orders?search=CUST&per_page=100")
	assert found and all("cust" in order["billing"]["email"].lower() for order in found)
	product_id = found[0]["line_items"][0]["product_id"]
	sold = fetch(store, f"orders?product={product_id}&per_page=100")
	assert found[0]["id"] in ids(sold)
	assert all(
		product_id in (line["product_id"] for line in order["line_items"])
		or product_id in (line["variation_id"] for line in order["line_items"])
		for order in sold
	)


def test_fields_reach_into_objects_and_drop_lists(captures, large_store, fetch):
	query = "orders?per_page=2&_fields=id,billing.email,line_items.sku,line_items.quantity"
	made = fetch(large_store, query)
	assert [list(body) for body in made] == [["id", "billing"], ["id", "billing"]]
	assert [set(body) for body in captures["fields_nested"]] == [set(body) for body in made]
	assert list(made[0]["billing"]) == ["email"]
	assert set(fetch(large_store, f"orders/{made[0]['id']}?_fields=id")) == {"id", "_links"}


def test_light_fields_are_the_same_before_and_after_an_order_was_made(fetch):
	fields = "id,number,status,total,currency,date_created_gmt,date_modified_gmt,customer_id"
	store = SampleStore(SampleShop(2, 60), basic_over_http=True)
	query = f"orders?per_page=100&{EVERYTHING}&_fields={fields}"
	before, after = fetch(store, query), fetch(store, query)
	whole = fetch(store, f"orders?per_page=100&{EVERYTHING}")
	assert before == after == [{field: body[field] for field in before[0]} for body in whole]


def normalised(link, home):
	"""A Link header without its origin, and without the test's key."""
	return re.sub(r"consumer_(key|secret)=\w+&?", "", link.replace(home, "")).replace("?&", "?")


def test_headers_of_lists(captures, large_store, ask):
	for name in ("second_page", "default", "two_statuses", "beyond_the_end", "include_trashed"):
		captured = captures["list_headers"][name]
		path = captured["request"].split("/wp-json/wc/v3/")[1].replace("page=31", "page=9999")
		made = dict(ask(large_store, path).headers)
		assert set(captured["headers"]) - {
			"Server",
			"Date",
			"Content-Type",
			"Transfer-Encoding",
			"Connection",
		} == set(made), name
		link = normalised(made["Link"], "http://sample-shop.example.test")
		assert link.replace("9998", "0") == normalised(
			captured["headers"]["Link"], "https://127.0.0.1:8080"
		), name
		for field in ("X-Robots-Tag", "Allow", "Cache-Control", "Access-Control-Expose-Headers"):
			assert made[field] == captured["headers"][field]


def test_totals_beyond_the_end_are_true_only_in_legacy_storage(large_store, ask):
	def totals(store, path):
		answer = ask(store, path)
		assert json.loads(answer.body) == []
		return answer.header("X-WP-Total"), answer.header("X-WP-TotalPages")

	legacy = SampleStore(SampleShop(1, 60, version="8.9.3"), basic_over_http=True)
	visible = str(len(legacy.shop.order_ids()) - len(legacy.shop.order_ids({"trash", "checkout-draft"})))
	assert totals(large_store, "orders?page=999&per_page=100") == ("0", "0")
	assert totals(legacy, "orders?page=999&per_page=100") == (visible, "1")
	assert totals(legacy, "orders?offset=999&per_page=100") == ("0", "0")


def test_products_by_sku(large_store, fetch):
	found = fetch(large_store, "products?sku=SKU-001,VAR-1-RED,NOPE,SKU-003,SKU-010")
	assert {(p["sku"], p["type"], p["parent_id"] > 0) for p in found} == {
		("SKU-001", "simple", False),
		("VAR-1-RED", "variation", True),
	}
	assert fetch(large_store, "products?sku=SKU-00") == []
	assert len(fetch(large_store, "products?search_sku=SKU-00&per_page=100")) > 5
	assert [p["sku"] for p in fetch(large_store, "products?sku=%D9%83%D9%88%D8%AF-5")] == ["كود-5"]
	assert [p["sku"] for p in fetch(large_store, "products?sku=SKU%20006/B")] == ["SKU 006/B"]
	assert all(p["type"] != "variation" for p in fetch(large_store, "products?per_page=100"))


def test_refunds_by_id_and_after_a_moment(large_store, fetch):
	newest, second, third = fetch(large_store, "refunds?per_page=3")
	assert ids(fetch(large_store, f"refunds?include={second['id']}")) == [second["id"]]
	found = fetch(large_store, f"refunds?modified_after={third['date_created_gmt']}&dates_are_gmt=true")
	assert ids(found) == [newest["id"], second["id"]]


def test_version_8_knows_fewer_routes(ask):
	store = SampleStore(SampleShop(1, 20, version="8.9.3"), basic_over_http=True)
	for path in ("orders/statuses", "refunds", "variations"):
		answer = ask(store, path)
		assert (answer.status, json.loads(answer.body)["code"]) == (404, "rest_no_route")
	status = json.loads(ask(store, "system_status").body)
	assert (status["environment"]["version"], status["settings"]["HPOS_enabled"]) == ("8.9.3", False)
