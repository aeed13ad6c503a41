from decimal import Decimal

import pytest

from jarz_woocommerce_integration.exceptions import NotAWooCommerceStoreError, PayloadError
from jarz_woocommerce_integration.store.catalogue import (
	customers_by_id,
	payment_gateways,
	products_by_id,
	products_by_sku,
	read_customers,
	read_products,
	shipping_zones,
	tax_rates,
	variations_of,
)
from tests.store.fake_store import error_reply, fixture, json_reply

MISC = fixture("misc")
NO_ROUTE = error_reply(404, "rest_no_route", "No route")
PRODUCT_GONE = error_reply(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")


def products_of(pages):
	return [product for page in pages for product in page]


def test_products_come_with_all_variations_in_one_list_where_the_store_can(store, client):
	store.routes["products"] = json_reply(MISC["products/list"])
	store.routes["variations"] = json_reply(MISC["products/variations"])
	products = products_of(read_products(client))
	expected = [body["id"] for body in MISC["products/list"] + MISC["products/variations"]]
	assert [product.id for product in products] == expected
	assert {(product.type, product.parent_id) for product in products[-3:]} == {("variation", 49)}
	assert products[-3].sku == "VAR-1-BLACK" and products[-3].price == Decimal("160.5")


def test_an_older_store_is_asked_product_by_product(store, client):
	parent = next(body for body in MISC["products/list"] if body["id"] == 49)
	bare = [
		{k: v for k, v in body.items() if k not in ("type", "parent_id", "name")}
		for body in MISC["products/variations"]
	]
	store.routes |= {"products": json_reply([parent]), "products/49/variations": json_reply(bare)}
	for _time in range(2):
		products = products_of(read_products(client))
		assert [(product.type, product.parent_id) for product in products[1:]] == [("variation", 49)] * 3
	assert store.routes_asked().count("/wc/v3/variations") == 1


def test_products_are_read_page_by_page(store, client):
	bodies = [{"id": number, "type": "simple", "sku": f"S{number}"} for number in range(1, 251)]

	def answer(request):
		start = (int(request.params["page"]) - 1) * 100
		return json_reply(bodies[start : start + 100])

	store.routes["products"] = answer
	assert [len(page) for page in read_products(client)] == [100, 100, 50]


def test_products_by_sku_are_exact_and_include_variations(store, client):
	store.routes["products"] = json_reply(MISC["products/by_sku_many"])
	found = products_by_sku(client, ["SKU-001", "SKU-002", "VAR-1-RED", "", "A,B", "SKU-001"])
	assert sorted(product.sku for product in found) == ["SKU-001", "SKU-002", "VAR-1-RED"]
	assert store.requests[-1].params["sku"] == "SKU-001,SKU-002,VAR-1-RED"
	assert products_by_sku(client, ["sku-001"]) == []


def test_products_by_id_tell_what_is_there_and_what_is_gone(store, client):
	store.routes |= {
		"products": json_reply([{"id": 5, "type": "simple", "status": "draft"}]),
		"products/6": json_reply({"id": 6, "type": "variation", "parent_id": 5, "status": "publish"}),
		"products/7": json_reply({"id": 7, "type": "simple", "status": "trash"}),
		"products/8": PRODUCT_GONE,
	}
	there, gone = products_by_id(client, [8, 5, 6, 7])
	assert ([product.id for product in there], gone) == ([5, 6], {7, 8})
	assert store.requests[-4].params["include"] == "5,6,7,8"


def test_what_is_no_answer_of_the_shops_tells_of_no_deleted_product(store, client):
	store.routes |= {"products": json_reply([]), "products/8": NO_ROUTE}
	with pytest.raises(NotAWooCommerceStoreError, match="product 8"):
		products_by_id(client, [8])


def test_many_ids_are_asked_for_in_parts(store, client):
	def answer(request):
		return json_reply([{"id": int(number)} for number in request.params["include"].split(",")])

	store.routes["customers"] = answer
	assert [customer.id for customer in customers_by_id(client, range(1, 251))] == list(range(1, 251))
	assert store.requests[-1].params["role"] == "all"
	assert customers_by_id(client, []) == []


def test_variations_of_an_older_store_bear_their_products_id(store, client):
	store.routes["products/49/variations"] = json_reply([{"id": 50, "sku": "V"}])
	assert [(v.id, v.type, v.parent_id) for v in variations_of(client, 49)] == [(50, "variation", 49)]


def test_skus_with_slashes_and_arabic_letters_are_asked_for_as_they_are(store, client):
	store.ways = {"oauth"}
	store.routes["products"] = json_reply(MISC["products/by_sku_slash"])
	(product,) = products_by_sku(client, ["SKU 006/B", "كود-5"])
	assert product.sku == "SKU 006/B"
	assert store.requests[-1].params["sku"] == "SKU 006/B,كود-5"


def test_customers_are_read_with_their_addresses(store, client):
	store.routes["customers"] = json_reply([MISC["customers/one"]])
	((customer,),) = read_customers(client)
	assert customer.id == 10 and "@" in customer.email and customer.billing.country
	assert store.requests[-1].params["role"] == "all"


def test_tax_rates_gateways_and_zones_are_read(store, client):
	store.routes |= {
		"taxes": json_reply(MISC["misc/taxes"]),
		"payment_gateways": json_reply(MISC["misc/payment_gateways"]),
		"shipping/zones": json_reply(MISC["misc/shipping_zones"][:2]),
		"shipping/zones/0/locations": json_reply([]),
		"shipping/zones/0/methods": json_reply([]),
		"shipping/zones/1/locations": json_reply([{"code": "EG:EGC", "type": "state"}]),
		"shipping/zones/1/methods": json_reply(MISC["misc/shipping_zone_methods"]),
	}
	assert [(rate.rate, rate.compound) for rate in tax_rates(client)][:3] == [
		(Decimal(14), False),
		(Decimal(5), False),
		(Decimal(1), True),
	]
	assert "bacs" in [gateway.id for gateway in payment_gateways(client)]
	zones = shipping_zones(client)
	assert zones[0].methods == [] and zones[1].locations[0].code == "EG:EGC"
	assert zones[1].methods[0].method_id == "flat_rate" and zones[1].methods[0].instance_id == "1"


def test_what_is_no_product_is_named(store, client):
	store.routes["products"] = json_reply([{"sku": "X"}])
	with pytest.raises(PayloadError, match="field id"):
		products_of(read_products(client))
