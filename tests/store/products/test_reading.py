import gzip
import json
from decimal import Decimal
from pathlib import Path

from jarz_woocommerce_integration.store.products.reading import read_catalogue, read_currency, read_some
from tests.store.fake_store import error_reply, json_reply

SHOP11 = json.loads(
	gzip.decompress((Path(__file__).parents[2] / "fixtures" / "shop11" / "catalogue.json.gz").read_bytes())
)
NO_ROUTE = error_reply(404, "rest_no_route", "No route")
CATEGORY = {"id": 7, "name": "Men &amp; Boys", "slug": "men", "parent": 3}


def with_catalogue(store, products=None, variations=None):
	store.routes |= {
		"products": json_reply(SHOP11["products"] if products is None else products),
		"products/categories": json_reply([CATEGORY]),
		"variations": json_reply(SHOP11["variations"] if variations is None else variations),
	}


def test_a_whole_catalogue_is_products_variations_and_categories(store, client):
	with_catalogue(store)
	catalogue = read_catalogue(client)
	assert len(catalogue.products) == 59 + 75
	assert not catalogue.malformed
	variation = catalogue.products[44, 45]
	assert (variation.sku, variation.manage_stock, variation.regular_price) == (
		"VAR-01-R-S",
		True,
		Decimal("444.41"),
	)
	first = variation.attributes[0]
	assert (first.name, first.option) == ("Color", "أحمر Red")
	assert catalogue.categories[7].name == "Men & Boys" and catalogue.categories[7].parent == 3


def test_an_entry_that_cannot_be_read_is_named_and_the_others_are_there(store, client):
	with_catalogue(
		store, products=[{"id": 1, "name": "Sound"}, {"id": 2, "name": "Broken", "regular_price": {}}, "x"]
	)
	catalogue = read_catalogue(client)
	assert list(catalogue.products) == [(1, 0)]
	assert len(catalogue.malformed) == 2 and catalogue.malformed[0].startswith("Broken can't be read: ")


def test_no_price_is_not_zero(store, client):
	body = {"id": 1, "regular_price": "", "sale_price": "", "image": None, "images": []}
	with_catalogue(store, products=[body, {**body, "id": 2, "regular_price": "0"}])
	products = read_catalogue(client).products
	assert products[1, 0].regular_price is None and products[1, 0].sale is None
	assert products[2, 0].regular_price == 0


def test_a_product_that_stands_on_two_pages_is_there_once(store, client):
	bodies = [{"id": number, "sku": f"S{number}"} for number in range(1, 102)]
	pages = {1: bodies[:100], 2: [bodies[99], bodies[100]]}
	store.routes["products/categories"] = json_reply([])
	store.routes["products"] = lambda request: json_reply(pages.get(int(request.params["page"]), []))
	seen = []
	assert len(read_catalogue(client, seen.append).products) == 101
	assert seen == [100, 101]


def test_an_older_store_is_asked_product_by_product(store, client):
	parent = {"id": 44, "type": "variable", "variations": [45]}
	store.routes |= {
		"products/categories": json_reply([]),
		"products": json_reply([parent]),
		"variations": NO_ROUTE,
		"products/44/variations": json_reply([{"id": 45, "sku": "V"}]),
	}
	assert list(read_catalogue(client).products) == [(44, 0), (44, 45)]


def test_some_products_come_with_their_variations_alone(store, client):
	store.routes |= {
		"products/categories": json_reply([]),
		"products": json_reply([{"id": 44, "type": "variable", "variations": [45]}]),
		"products/44/variations": json_reply([{"id": 45, "sku": "V", "manage_stock": "parent"}]),
	}
	catalogue = read_some(client, [44])
	assert list(catalogue.products) == [(44, 0), (44, 45)]
	assert catalogue.products[44, 45].manage_stock is True
	assert "/wc/v3/variations" not in store.routes_asked()


def test_the_image_and_the_days_of_a_sale_are_the_shops_own(store, client):
	body = {
		"id": 1,
		"images": [{"id": 9, "src": "https://shop.example/a.jpg"}],
		"regular_price": "10",
		"sale_price": "8.5",
		"date_on_sale_from": "2026-12-01T00:00:00",
		"date_on_sale_from_gmt": "2026-11-30T22:00:00",
		"date_on_sale_to": "2026-12-31T23:59:59",
	}
	with_catalogue(store, products=[body])
	product = read_catalogue(client).products[1, 0]
	assert product.image_source == "https://shop.example/a.jpg"
	assert product.sale == Decimal("8.5")
	assert [str(day) for day in product.sale_days] == ["2026-12-01", "2026-12-31"]


def test_the_currency_is_that_of_the_shops_settings(store, client):
	store.routes["settings/general"] = json_reply([{"id": "woocommerce_currency", "value": "egp"}, "odd"])
	assert read_currency(client) == "EGP"


def test_a_key_that_may_not_read_the_settings_leaves_the_currency_open(store, client):
	store.routes["settings/general"] = NO_ROUTE
	assert read_currency(client) == ""
