"""Some 180 changes of products, one after another, that a real WooCommerce 11.0.1 was asked for: the sample store answers each alike."""

import json
from typing import Any

import pytest

from jarz_woocommerce_integration.sample_store import SampleShop, SampleStore
from tests.sample_store.conftest import recorded

FIELDS = (
	*("name", "type", "status", "sku", "global_unique_id", "price", "regular_price", "sale_price"),
	*("date_on_sale_from", "date_on_sale_to_gmt", "on_sale", "purchasable", "virtual", "downloadable"),
	*("tax_status", "tax_class", "manage_stock", "stock_quantity", "stock_status", "backorders"),
	*("backorders_allowed", "backordered", "low_stock_amount", "weight", "dimensions", "external_url"),
	*("button_text", "description", "short_description", "menu_order", "catalog_visibility", "has_options"),
	*("shipping_required", "shipping_taxable", "reviews_allowed"),
)
LISTS = ("variations", "grouped_products", "categories", "images", "brands", "tags")
OF_ATTRIBUTES = ("name", "option", "options", "visible", "variation", "slug")
# What WordPress and WooCommerce keep for themselves
INTERNAL = ("_wp_", "_children")


def seen(body: Any) -> Any:
	"""What of an answer was recorded: no ids, dates and addresses."""
	if isinstance(body, list):
		return [seen(each) for each in body]
	if "error" in body:
		error = body["error"]
		return {
			"error": error["code"],
			"message": error["message"],
			"status": error.get("data", {}).get("status"),
		}
	if "code" in body:
		parameters = sorted((body.get("data") or {}).get("params", {}))
		return {"code": body["code"], "message": body["message"], "params": parameters}
	if set(body) <= {"create", "update", "delete"}:
		return {name: seen(entries) for name, entries in body.items()}
	return _of_product(body)


def _of_product(body: dict[str, Any]) -> dict[str, Any]:
	found = {name: body[name] for name in FIELDS if name in body}
	if "attributes" in body:
		found["attributes"] = [
			{name: each[name] for name in OF_ATTRIBUTES if name in each} for each in body["attributes"]
		]
	if "default_attributes" in body:
		found["default_attributes"] = [[each["name"], each["option"]] for each in body["default_attributes"]]
	found["meta"] = [
		[each["key"], each["value"]] for each in body["meta_data"] if not each["key"].startswith(INTERNAL)
	]
	found |= {name: len(body[name]) for name in LISTS if name in body}
	return found | {"keys": len(body)}


def with_ids(told: Any, ids: dict[str, int]) -> Any:
	""" "@A" is the id of what was made as A."""
	if isinstance(told, str) and told.startswith("@"):
		return ids[told[1:]]
	if isinstance(told, list):
		return [with_ids(each, ids) for each in told]
	if isinstance(told, dict):
		return {name: with_ids(each, ids) for name, each in told.items()}
	return told


@pytest.fixture
def store() -> SampleStore:
	return SampleStore(SampleShop(seed=1, orders=10, version="11.0.1"), basic_over_http=True)


def test_each_change_is_answered_as_the_real_one_answered(store, ask):
	ids: dict[str, int] = {}
	steps = recorded("product_changes")
	for number, step in enumerate(steps):
		path = "/".join(str(with_ids(part, ids)) for part in step["path"].split("/"))
		answer = ask(store, path, step["method"], with_ids(step["sent"], ids))
		body = json.loads(answer.body)
		if step["kept_as"]:
			ids[step["kept_as"]] = body["id"]
		told = (number, step["method"], step["path"], step["sent"])
		assert (answer.status, seen(body) if body else body) == (step["status"], step["seen"]), told
	assert len(steps) > 150
