"""Field by field: what the sample store answers has the keys, types and formats of what real stores answered."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop
from jarz_woocommerce_integration.sample_store.http.wire import encode
from jarz_woocommerce_integration.sample_store.products.bodies import product_body

FORMATS = {
	"money": re.compile(r"-?\d+\.\d\d"),
	"date": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
	"hexadecimal": re.compile(r"[0-9a-f]{32}"),
	"unpadded number": re.compile(r"-?\d+(\.\d*[1-9])?"),
	"order key": re.compile(r"wc_order_\w{13}"),
}
# What a plugin puts there is its own business: strings, objects and arrays were all seen.
FREE = (".value", ".display_value")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
	"""(path, value) of every value in a body, containers included."""
	yield path, value
	if path.endswith(FREE):
		return
	if isinstance(value, dict):
		for key, inner in value.items():
			yield from leaves(inner, f"{path}.{key}")
	elif isinstance(value, list):
		for inner in value:
			yield from leaves(inner, f"{path}[]")


def types_of(bodies: Iterable[Any]) -> dict[str, set[str]]:
	types = defaultdict(set)
	for body in bodies:
		for path, value in leaves(body):
			types[path].add("str" if isinstance(value, str) else type(value).__name__)
	return types


def texts_of(bodies: Iterable[Any]) -> dict[str, set[str]]:
	texts = defaultdict(set)
	for body in bodies:
		for path, value in leaves(body):
			if isinstance(value, str) and value:
				texts[path].add(value)
	return texts


def format_of(values: set[str]) -> str | None:
	"""The one format that all values have."""
	fitting = (name for name, form in FORMATS.items() if all(form.fullmatch(value) for value in values))
	return next(fitting, None) if len(values) > 1 else None


def differing_formats(captured: Iterable[Any], made: Iterable[Any]) -> list[str]:
	"""Paths whose captured values all have one format that a made value doesn't have."""
	texts = texts_of(made)
	return [
		f"{path}: {text!r} isn't {name}"
		for path, values in texts_of(captured).items()
		if (name := format_of(values))
		for text in texts.get(path, ())
		if not FORMATS[name].fullmatch(text)
	]


def assert_alike(captured: list[Any], made: list[Any]) -> None:
	"""Made bodies have every key of the captured ones, no other, and no type that wasn't captured."""
	wanted, found = types_of(captured), types_of(made)
	assert set(found) - set(wanted) == set(), "keys that no store gave"
	for path, types in found.items():
		assert types <= wanted[path] | ({"list", "str", "dict"} if path.endswith(FREE) else set()), path
	assert set(wanted) - set(found) == set(), "keys that are missing"
	assert differing_formats(captured, made) == []
	assert [list(body) for body in made[:1]] == [list(body) for body in captured[:1]], "order of keys"


def test_orders_have_the_types_of_three_thousand_real_ones(captures, large_shop):
	bodies = [large_shop.body(order_id) for order_id in large_shop.order_ids()]
	found = types_of({key: value for key, value in body.items() if key != "_links"} for body in bodies)
	wanted = {path: set(types) for path, types in captures["order_types"].items()}
	assert set(found) - {""} == set(wanted)
	for path, types in wanted.items():
		assert found[path] - ({"list"} if path.endswith(FREE) else set()) <= types, path
		assert types <= found[path], f"{path} is never {types - found[path]}"
	assert {len(body) for body in bodies} == {47}


def test_orders_have_the_formats_of_real_ones(captures, large_shop):
	bodies = [large_shop.body(order_id) for order_id in large_shop.order_ids()[:1000]]
	assert differing_formats(captures["orders"], bodies) == []
	assert [list(bodies[0])] == [list(captures["orders"][0])]
	links = {frozenset(body["_links"]) for body in bodies}
	assert links == {frozenset(body["_links"]) for body in captures["orders"]}


def test_orders_of_version_8_lack_what_real_ones_lack(captures):
	shop = SampleShop(1, 600, version="8.9.3")
	bodies = [shop.body(order_id) for order_id in shop.order_ids()]
	lines, real = bodies[0]["line_items"][0], captures["legacy_orders"][0]["line_items"][0]
	assert list(lines) == list(real)
	assert all("total_tax" not in refund for body in bodies for refund in body["refunds"])
	assert all("tax_status" not in line for body in bodies for line in body["shipping_lines"])
	assert all("email_templates" not in body["_links"] for body in bodies)
	unrounded = [t["total"] for b in bodies for line in b["line_items"] for t in line["taxes"]]
	assert any(re.fullmatch(r"\d+\.\d{6}", text) for text in unrounded)


def test_refunds(captures, large_shop):
	made = [refund for order_id in large_shop.refund_owners() for refund in large_shop.refunds(order_id)]
	captured = captures["order_refunds"] + captures["refunds"]
	wanted = {path: types for path, types in types_of(captured).items() if path != ".parent_id"}
	found = types_of(made)
	assert set(found) <= set(wanted)
	# a captured refund of a variation has texts where others have null
	for path, types in found.items():
		mixed = {"str", "NoneType", "int", "float"} if "line_items[]." in path else set()
		assert types <= wanted[path] | mixed | ({"list"} if path.endswith(FREE) else set()), path
	assert differing_formats(captured, made) == []
	assert list(made[0]) == list(captures["order_refunds"][0])


def test_all_refunds_name_their_order(captures, large_store, fetch):
	made = fetch(large_store, "refunds?per_page=100")
	assert list(made[0]) == list(captures["refunds"][0])
	stamps = [refund["date_created_gmt"] for refund in made]
	assert stamps == sorted(stamps, reverse=True)


@pytest.mark.parametrize(
	("name", "path"),
	[
		("products", "products?sku=VAR-1,SKU-001"),
		("product_that_is_a_variation", "products?sku=VAR-1-RED"),
		("variations", "products/76/variations"),
		("all_variations", "variations?sku=VAR-1-RED"),
		("customers", "customers?per_page=100"),
		("taxes", "taxes"),
		("tax_classes", "taxes/classes"),
		("settings_tax", "settings/tax"),
		("shipping_zones", "shipping/zones"),
		("shipping_zone_methods", "shipping/zones/1/methods"),
		("reports_orders_totals", "reports/orders/totals"),
	],
)
def test_other_lists(captures, large_store, fetch, name, path):
	assert_alike(captures[name], fetch(large_store, path))


def test_every_product_has_a_captured_shape(captures, large_shop):
	wanted = types_of(captures["products"] + captures["product_that_is_a_variation"])
	wanted[".stock_quantity"].add("int")  # of products whose stock is managed
	for product in large_shop.catalogue.served():
		body = product_body(large_shop, product) | {"meta_data": []}  # test_products looks at it
		body.pop("bundled_items", None)  # of a plugin
		for path, types in types_of([body]).items():
			assert types <= wanted[path], (product.sku, path)


def test_general_settings_and_gateways(captures, large_store, fetch):
	def values(settings):
		return {setting["id"]: setting["value"] for setting in settings}

	assert values(fetch(large_store, "settings/general")) == values(captures["settings_general"])
	made, captured = fetch(large_store, "payment_gateways"), captures["payment_gateways"]
	assert set(made[0]) == set(captured[0])
	assert {gateway["id"] for gateway in made} == {"bacs", "cheque", "cod", "paymob", "fawry"}


def test_system_status(captures, large_store, fetch):
	made, captured = fetch(large_store, "system_status"), captures["system_status"]
	assert list(made) == list(captured)
	for part in ("environment", "settings", "security", "theme", "logging"):
		assert types_of([made[part]]).keys() == types_of([captured[part]]).keys()
	assert made["environment"]["version"] == "10.9.4"
	assert made["settings"]["HPOS_enabled"] is True


def test_the_statuses_that_orders_may_have(captures, large_store, ask):
	described = json.loads(ask(large_store, "orders", "OPTIONS").body)
	assert described["endpoints"][0]["args"]["status"] == captures["statuses_enum"]


def test_the_index_needs_no_key(large_store):
	from jarz_woocommerce_integration.sample_store.http.exchange import Request

	body = json.loads(large_store.answer(Request("GET", "/wp-json/")).body)
	assert body["home"] == "http://sample-shop.example.test"
	assert body["timezone_string"] == "Africa/Cairo"
	assert "wc/v3" in body["namespaces"]
	assert body["routes"]["/wc/v3/orders"]["methods"] == ["GET", "POST"]


def test_json_is_written_as_php_writes_it():
	assert encode({"a": "ماما / <b>"}) == b'{"a":"\\u0645\\u0627\\u0645\\u0627 \\/ <b>"}'
	assert encode([90, 18.330000000000002, None, True]) == b"[90,18.330000000000002,null,true]"
