"""Products, variations and terms: what the sample store answers is what a real WooCommerce 11.0.1 answered."""

import json
from typing import Any

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from jarz_woocommerce_integration.sample_store.http.exchange import Request
from tests.sample_store.test_shapes import types_of

FREE = ".value"


@pytest.fixture
def real(real_products) -> dict[str, Any]:
	return real_products


@pytest.fixture
def shop() -> SampleShop:
	return SampleShop(seed=3, orders=20, version="11.0.1", odd_products=True)


@pytest.fixture
def store(shop) -> SampleStore:
	return SampleStore(shop, basic_over_http=True)


@pytest.fixture
def by_sku(shop):
	def by_sku(sku: str) -> int:
		return shop.catalogue.of_sku(sku)[0].id

	return by_sku


def everything(store, fetch, path: str) -> list[dict[str, Any]]:
	joint = "&" if "?" in path else "?"
	pages = (fetch(store, f"{path}{joint}per_page=100&page={number}") for number in (1, 2, 3))
	return [body for page in pages for body in page]


def assert_has_the_shapes_of(captured: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
	"""The same keys in the same order, each with types that were captured, and all of these."""
	wanted, found = types_of(captured), types_of(made)
	assert set(found) == set(wanted)
	for path, types in found.items():
		assert types <= wanted[path] or path.endswith(FREE), (path, types)
	assert {tuple(body) for body in made} == {tuple(captured[0])}


def test_products_have_the_shapes_of_real_ones(real, store, fetch):
	made = everything(store, fetch, "products")
	for body in made:
		body.pop("bundled_items", None)  # of a plugin that the recorded shop hadn't
	assert_has_the_shapes_of(real["products"], made)
	kinds = {body["type"] for body in made}
	assert kinds == {
		"simple",
		"variable",
		"grouped",
		"external",
		"subscription",
		"woosb",
		"bundle",
		"composite",
	}
	assert {body["status"] for body in made} == {"publish", "draft", "pending", "private"}


def test_variations_have_the_shapes_of_real_ones(real, store, fetch):
	made = everything(store, fetch, "variations")
	assert_has_the_shapes_of(real["variations"], made)
	assert {body["manage_stock"] for body in made} == {True, False, "parent"}


def test_variations_of_a_product_have_the_shapes_of_real_ones(real, store, fetch, by_sku):
	made = fetch(store, f"products/{by_sku('SHARED-1')}/variations") + fetch(
		store, f"products/{by_sku('OWN-1')}/variations"
	)
	assert {tuple(body) for body in made} == {tuple(real["variations_of_product"][0])}
	one = fetch(store, f"products/{by_sku('SHARED-1')}/variations/{made[0]['id']}")
	assert one == made[0]


def test_a_variation_among_products_has_the_shape_of_a_real_one(real, store, fetch, by_sku):
	body = fetch(store, f"products/{by_sku('OWN-1-R-S')}")
	assert_has_the_shapes_of(
		real["variation_as_product"],
		[body | {"manage_stock": "parent", "menu_order": 0}],
	)


@pytest.mark.parametrize(
	("name", "path"),
	[
		("categories", "products/categories?per_page=100"),
		("attributes", "products/attributes"),
		("attribute_terms", "products/attributes/1/terms"),
		("tags", "products/tags"),
	],
)
def test_terms_have_the_shapes_of_real_ones(real, store, fetch, name, path):
	assert_has_the_shapes_of(real[name], fetch(store, path))


def test_brands_are_shown_as_categories_are(real, store, fetch):
	(brand,) = fetch(store, "products/brands")
	assert list(brand) == list(real["brands"][0])


def test_categories_are_a_tree(store, fetch):
	terms = {term["id"]: term for term in fetch(store, "products/categories?per_page=100")}
	depths = []
	for term in terms.values():
		depth = 0
		while term["parent"]:
			term, depth = terms[term["parent"]], depth + 1
		depths.append(depth)
	assert set(depths) == {0, 1, 2}
	names = [term["name"] for term in terms.values()]
	assert names.count("Others") == 2 and "Home &amp; Kitchen" in names
	assert fetch(store, "products/categories?parent=19&_fields=id") == [{"id": 23}, {"id": 21}]


def test_what_is_unknown_is_said_as_the_real_one_says_it(real, store, ask):
	for path, code, message in (
		("products/categories/999", "woocommerce_rest_term_invalid", "Resource does not exist."),
		("products/attributes/9", "woocommerce_rest_taxonomy_invalid", "Resource does not exist."),
		("products/attributes/9/terms", "woocommerce_rest_taxonomy_invalid", "Taxonomy does not exist."),
		("variations/93", "rest_no_route", "No route was found matching the URL and request method."),
	):
		answer = ask(store, path)
		assert answer.status == 404
		assert json.loads(answer.body)["code"] == code
		assert json.loads(answer.body)["message"] == message
	assert json.loads(ask(store, "products/999999").body) == real["answers"]["missing"]["body"]
	wrong = json.loads(ask(store, "products/16/variations/93").body)
	assert wrong == real["answers"]["variation_wrong_parent"]["body"]
	assert json.loads(ask(store, "products/999999/variations").body) == []


def test_lists_are_filtered(store, fetch, by_sku):
	def ids(query: str) -> set[int]:
		return {body["id"] for body in everything(store, fetch, f"products?_fields=id&{query}")}

	assert ids("status=draft") == {by_sku("DRAFT-1")}
	assert ids("status=trash") >= {by_sku("TRASH-1")}
	assert by_sku("TRASH-1") not in ids("status=any")
	assert ids("type=grouped") == {by_sku("GRP-1")}
	assert ids("category=22") == {by_sku("FULL-1")}
	assert ids("sku=OWN-1-R-S,FULL-1") == {by_sku("OWN-1-R-S"), by_sku("FULL-1")}
	assert by_sku("STOCK--2-yes") in ids("stock_status=onbackorder")
	assert by_sku("FULL-1") in ids("on_sale=true") and by_sku("SALE-OVER") not in ids("on_sale=true")


def test_bundles_name_their_parts_as_their_plugins_do(store, fetch, by_sku):
	first, second, third = (
		body["id"] for body in fetch(store, "products?sku=SKU-001,SKU-002,SKU-004&order=asc")
	)
	meta = [fetch(store, f"products/{by_sku(sku)}")["meta_data"][0] for sku in ("BUNDLE-1", "BUNDLE-2")]
	assert [entry["key"] for entry in meta] == ["woosb_ids", "woosb_ids"]
	assert meta[0]["value"] == f"{first}/1,{second}/2"
	assert [part["qty"] for part in meta[1]["value"].values()] == ["1", "2"]
	parts = fetch(store, f"products/{by_sku('BUNDLE-3')}")["bundled_items"]
	assert [(part["product_id"], part["quantity_min"]) for part in parts] == [(second, 1), (third, 2)]


def test_images_are_there_to_be_read(store, fetch, by_sku):
	(image, _second) = fetch(store, f"products/{by_sku('FULL-1')}")["images"]
	answer = store.answer(Request("GET", image["src"].removeprefix(store.shop.home)))
	assert (answer.status, answer.content_type, answer.body[1:4]) == (200, "image/png", b"PNG")


def test_a_list_of_what_was_modified_since(shop, store, fetch, by_sku):
	now = shop.now()
	shop.update_product(by_sku("FULL-1"), name="Another")
	shop.update_product(by_sku("OWN-1-R-S"), weight="2")
	since = "modified_after=2026-10-31T23:00:00&dates_are_gmt=true&_fields=id"
	assert now >= shop.end
	changed = {body["id"] for body in fetch(store, f"products?{since}")}
	assert changed == {by_sku("FULL-1"), by_sku("OWN-1")}, "a variation dates its product"
	assert [body["id"] for body in fetch(store, f"variations?{since}")] == [by_sku("OWN-1-R-S")]


def test_a_made_catalogue_has_the_size_that_is_asked_for():
	shop = SampleShop(seed=1, orders=5, made_products=500)
	plain = SampleShop(seed=1, orders=5)
	assert len(shop.catalogue.served()) == len(plain.catalogue.served()) + 500
	assert len(shop.catalogue.all_variations()) == len(plain.catalogue.all_variations()) + 300
	assert [shop.body(each) for each in shop.order_ids()] == [plain.body(each) for each in plain.order_ids()]


# --- what is written ---


def put(ask, store, path, fields, status=200):
	answer = ask(store, path, "PUT", fields)
	assert answer.status == status, answer.body
	return json.loads(answer.body)


def test_prices_are_kept_as_they_were_typed(store, ask, by_sku):
	path = f"products/{by_sku('GOLD-21')}"
	for typed, kept in (("12.345", "12.345"), ("12.500", "12.500"), ("12,5", "125")):
		assert put(ask, store, path, {"regular_price": typed})["regular_price"] == kept
	body = put(ask, store, path, {"regular_price": "10", "sale_price": "12"})
	assert (body["sale_price"], body["price"], body["on_sale"]) == ("", "10", False)
	body = put(ask, store, path, {"regular_price": ""})
	assert (body["price"], body["purchasable"]) == ("", False)


def test_a_sale_has_its_days_in_the_shops_zone(store, ask, by_sku):
	path = f"products/{by_sku('GOLD-21')}"
	sale = {"sale_price": "8", "date_on_sale_from": "2027-01-01", "date_on_sale_to": "2027-01-31"}
	body = put(ask, store, path, sale)
	assert body["date_on_sale_from_gmt"] == "2026-12-31T22:00:00"
	body = put(ask, store, path, {"date_on_sale_from": None, "date_on_sale_to": ""})
	assert (body["date_on_sale_from"], body["date_on_sale_to"]) == ("2027-01-01T00:00:00", None)


def test_what_cant_be_taken_is_refused_word_for_word(real, store, ask, by_sku):
	first, second = by_sku("SAME-1"), by_sku("SAME-2")
	body = put(ask, store, f"products/{second}", {"sku": "SAME-1"}, 400)
	wanted = real["answers"]["put_duplicate_sku"]["body"]
	assert (body["code"], body["message"]) == (wanted["code"], wanted["message"])
	assert body["data"] == {"status": 400, "resource_id": first, "unique_sku": "SAME-1-1"}
	put(ask, store, f"products/{first}", {"global_unique_id": "111-222"})
	body = put(ask, store, f"products/{second}", {"global_unique_id": "111-222"}, 400)
	assert body["code"] == real["answers"]["put_duplicate_gtin"]["body"]["code"]
	body = put(ask, store, f"products/{first}", {"stock_quantity": 2.5}, 400)
	assert body == real["answers"]["put_quantity_fraction"]["body"]
	for fields in (
		{"status": "nothing"},
		{"type": "nothing"},
		{"backorders": "nothing"},
		{"regular_price": 1},
	):
		assert put(ask, store, f"products/{first}", fields, 400)["code"] == "rest_invalid_param"


def test_a_variation_is_written_below_its_product_only(real, store, ask, by_sku):
	variation, parent = by_sku("OWN-1-R-S"), by_sku("OWN-1")
	body = put(ask, store, f"products/{variation}", {"stock_quantity": 5}, 404)
	assert body == real["answers"]["put_variation_by_products_route"]["body"]
	body = put(ask, store, f"products/{parent}/variations/{variation}", {"stock_quantity": 5})
	assert body["stock_quantity"] == 5
	assert list(body) == list(real["answers"]["put_variation"]["body"])


def test_products_and_variations_are_created(real, store, ask, fetch):
	sent = real["answers"]["create_variable"]["sent"]
	answer = ask(store, "products", "POST", sent)
	assert answer.status == 201
	parent = json.loads(answer.body)
	wanted = real["answers"]["create_variable"]["body"]
	assert list(parent) == list(wanted)
	assert [each["name"] for each in parent["attributes"]] == [each["name"] for each in wanted["attributes"]]
	answer = ask(
		store, f"products/{parent['id']}/variations", "POST", real["answers"]["create_variation"]["sent"]
	)
	variation = json.loads(answer.body)
	assert list(variation) == list(real["answers"]["create_variation"]["body"])
	assert variation["name"] == "Green, S"
	assert variation["manage_stock"] == "parent"
	assert fetch(store, f"products/{parent['id']}")["variations"] == [variation["id"]]


def test_trash_keeps_a_product_and_force_removes_it(real, store, ask, fetch, by_sku):
	product = by_sku("FULL-1")
	answer = ask(store, f"products/{product}", "DELETE")
	assert (
		json.loads(answer.body)["status"] == real["answers"]["product_trashed"]["body"]["status"] == "publish"
	)
	assert fetch(store, f"products/{product}")["status"] == "trash"
	assert ask(store, f"products/{product}", "DELETE").status == 410
	assert ask(store, f"products/{product}?force=true", "DELETE").status == 200
	assert ask(store, f"products/{product}").status == 404


# --- batches ---


def test_a_batch_answers_each_entry_by_itself(real, store, ask, by_sku):
	wanted = real["answers"]["batch_products"]["body"]["update"]
	counted, uncounted = by_sku("FULL-1"), by_sku("SAME-1")
	variation, external = by_sku("OWN-1-R-S"), by_sku("EXT-1")
	updates = [
		{"id": counted, "stock_quantity": 15},
		{"id": 999999, "stock_quantity": 1},
		{"id": uncounted, "stock_quantity": 3},
		{"id": external, "stock_quantity": 3},
		{"id": counted, "inventory_delta": 1},
		{"stock_quantity": 3},
		{"id": variation, "stock_quantity": 3},
		{"id": uncounted, "stock_quantity": "x"},
	]
	answer = ask(store, "products/batch", "POST", {"update": updates})
	assert answer.status == 200
	done = json.loads(answer.body)["update"]
	assert [entry.get("stock_quantity") for entry in done] == [15, None, None, None, 16, None, None, None]
	assert list(done[0]) == list(wanted[0])
	assert done[1] == wanted[1]
	assert done[5] == wanted[5]
	assert done[6]["error"] == wanted[6]["error"]
	assert [entry["id"] for entry in done if "error" in entry] == [999999, None, variation]


def test_a_batch_of_variations_answers_each_entry_by_itself(real, store, ask, by_sku):
	wanted = real["answers"]["batch_variations"]["body"]["update"]
	parent = by_sku("SHARED-1")
	shared, own = by_sku("SHARED-1-R-S"), by_sku("SHARED-1-R-M")
	updates = [{"id": shared, "stock_quantity": 3}, {"id": own, "stock_quantity": 3}, {"id": 999999}]
	answer = ask(store, f"products/{parent}/variations/batch", "POST", {"update": updates})
	done = json.loads(answer.body)["update"]
	assert [entry.get("stock_quantity") for entry in done] == [50, 3, None]
	assert [entry.get("manage_stock") for entry in done] == ["parent", True, None]
	assert done[2] == wanted[2]
	answer = ask(store, f"products/{by_sku('OWN-1')}/variations/batch", "POST", {"update": [{"id": own}]})
	error = json.loads(answer.body)["update"][0]["error"]
	assert error == real["answers"]["batch_variations_of_other_parent"]["body"]["update"][0]["error"]


def test_a_batch_takes_a_hundred_entries_of_all_kinds(real, store, ask, by_sku):
	product = by_sku("SAME-1")
	for name, told in (
		("batch_101", {"update": [{"id": product}] * 101}),
		("batch_60_and_41", {"update": [{"id": product}] * 60, "delete": [999999] * 41}),
	):
		answer = ask(store, "products/batch", "POST", told)
		assert answer.status == 413
		assert json.loads(answer.body) == real["answers"][name]["body"]
	assert ask(store, "products/batch", "POST", {"update": [{"id": product}] * 100}).status == 200
	assert json.loads(ask(store, "products/batch", "POST", {}).body) == []


def test_a_batch_creates_and_deletes_too(real, store, ask, by_sku):
	told = {
		"create": [{"name": "One"}, {"name": "Two", "sku": "SAME-1"}],
		"delete": [by_sku("SAME-2"), 999999],
	}
	done = json.loads(ask(store, "products/batch", "POST", told).body)
	wanted = real["answers"]["batch_mixed"]["body"]
	assert (done["create"][0]["name"], done["create"][1]["id"]) == ("One", 0)
	assert done["create"][1]["error"]["code"] == wanted["create"][1]["error"]["code"]
	assert done["delete"][1] == wanted["delete"][0]


@pytest.mark.parametrize(
	("kind", "status", "done"),
	[
		("throttled", 429, False),
		("error_html", 500, False),
		("truncated", 200, True),
		("cut_middle", 200, True),
	],
)
def test_a_batch_meets_the_faults_that_any_request_meets(shop, store, ask, by_sku, kind, status, done):
	"""What is spoilt on the way back was done all the same."""
	product = by_sku("FULL-1")
	store.faults.add(kind, at=[1], match="products/batch")
	answer = ask(store, "products/batch", "POST", {"update": [{"id": product, "stock_quantity": 3}]})
	assert answer.status == status
	assert (shop.stock_of(product) == 3) is done
