"""The shop's other resources: products, customers, settings and what the store says about itself."""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jarz_woocommerce_integration.sample_store.shop.amounts import money, short
from jarz_woocommerce_integration.sample_store.shop.catalogue import Product
from jarz_woocommerce_integration.sample_store.shop.clock import DAY, gmt, local
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop

_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@cache
def _recorded(name: str) -> str:
	return files(__package__).joinpath(f"data/{name}.json").read_text(encoding="utf-8")


def recorded(name: str, home: str) -> Any:
	"""A recorded answer with the shop's own URLs."""
	return json.loads(_recorded(name).replace("{home}", home))


def system_status(shop: SampleShop, hpos: bool) -> dict[str, Any]:
	status = recorded("system_status", shop.home)
	status["environment"]["version"] = shop.version
	status["active_plugins"][0]["version"] = shop.version
	status["settings"]["HPOS_enabled"] = hpos
	if not hpos:
		status["settings"]["order_datastore"] = "WC_Order_Data_Store_CPT"
	return status


def index(shop: SampleShop, routes: dict[str, list[str]]) -> dict[str, Any]:
	"""The index of the REST API, which needs no key. `routes`: pattern -> methods."""
	return {
		"name": "Sample shop / متجر",
		"description": "",
		"url": shop.home,
		"home": shop.home,
		"gmt_offset": shop.gmt_offset,
		"timezone_string": shop.zone.key,
		"page_for_posts": 0,
		"page_on_front": 0,
		"show_on_front": "posts",
		"namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"],
		"authentication": [],
		"routes": {
			route: {"namespace": "wc/v3", "methods": methods, "endpoints": [{"methods": methods, "args": []}]}
			for route, methods in routes.items()
		},
		"site_logo": 0,
		"site_icon": 0,
		"site_icon_url": "",
		"_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
	}


# --- products ---


def _dates(shop: SampleShop, product: Product) -> dict[str, Any]:
	moment = shop.end - 730 * DAY + product.id * 60
	modified = shop.product_modified(product.id) or moment
	stamps = {"date_created": local(moment, shop.zone), "date_created_gmt": gmt(moment)}
	return stamps | {"date_modified": local(modified, shop.zone), "date_modified_gmt": gmt(modified)}


def _stock_and_price(product: Product) -> dict[str, Any]:
	price = "" if product.type == "variable" else short(product.price)
	return {
		"price": short(product.price),
		"regular_price": price,
		"sale_price": "",
		"date_on_sale_from": None,
		"date_on_sale_from_gmt": None,
		"date_on_sale_to": None,
		"date_on_sale_to_gmt": None,
		"on_sale": False,
	}


def _delivery_of_goods(product: Product) -> dict[str, Any]:
	return {
		"virtual": product.virtual,
		"downloadable": False,
		"downloads": [],
		"download_limit": -1,
		"download_expiry": -1,
	}


def _stock(product: Product, status: dict[str, str]) -> dict[str, Any]:
	"""`status`: variations say here whether they are in stock, products say it later."""
	return {
		"manage_stock": product.manages_stock,
		"stock_quantity": 100 if product.manages_stock else None,
		**status,
		"backorders": "no",
		"backorders_allowed": False,
		"backordered": False,
		"low_stock_amount": None,
	}


_SIZE = {"weight": "", "dimensions": {"length": "", "width": "", "height": ""}}


def _chosen(product: Product) -> list[dict[str, Any]]:
	return [
		{"id": int(key.startswith("pa_")), "name": label, "slug": key, "option": shown}
		for key, label, _value, shown in product.options
	]


def _choices(children: list[Product]) -> list[dict[str, Any]]:
	"""The attributes of a variable product: what its variations offer."""
	keys = [(key, label) for key, label, _value, _shown in children[0].options] if children else []
	return [
		{
			"id": int(key.startswith("pa_")),
			"name": label,
			"slug": key if key.startswith("pa_") else label,
			"position": 0,
			"visible": True,
			"variation": True,
			"options": [child.options[place][3] for child in reversed(children)],
		}
		for place, (key, label) in enumerate(keys)
	]


def _links(shop: SampleShop, path: str, collection: str, up: str = "", hints: bool = True) -> dict[str, Any]:
	root = f"{shop.home}/wp-json/wc/v3"
	own: dict[str, Any] = {"href": f"{root}/{path}"}
	if hints:
		own["targetHints"] = {"allow": _EVERY_METHOD}
	links = {"self": [own], "collection": [{"href": f"{root}/{collection}"}]}
	return links | ({"up": [{"href": f"{root}/{up}"}]} if up else {})


def product_body(shop: SampleShop, product: Product) -> dict[str, Any]:
	"""A product, or a variation as the list of products shows it when it is asked for by SKU."""
	is_variation = bool(product.parent_id)
	slug = quote(product.name.lower().replace(" ", "-"), safe="").lower()
	children = shop.catalogue.variations_of(product.id) if product.type == "variable" else []
	price = f'<span class="woocommerce-Price-amount amount"><bdi>EGP{money(product.price)}</bdi></span>'
	up = f"products/{product.parent_id}" if is_variation else ""
	related = [other.id for other in shop.catalogue.components[:5] if other is not product]
	return {
		"id": product.id,
		"name": product.name,
		"slug": slug + ("__trashed" if product.state == "trash" else ""),
		"permalink": f"{shop.home}/product/{slug}/",
		**_dates(shop, product),
		"type": product.type,
		"status": product.state,
		"featured": False,
		"catalog_visibility": "visible",
		"description": "",
		"short_description": "",
		"sku": product.sku,
		**_stock_and_price(product),
		"purchasable": True,
		"total_sales": "0" if is_variation else 0,
		**_delivery_of_goods(product),
		"external_url": "",
		"button_text": "",
		"tax_status": "taxable",
		"tax_class": product.tax_class,
		**_stock(product, {}),
		"sold_individually": False,
		**_SIZE,
		"shipping_required": not product.virtual,
		"shipping_taxable": not product.virtual,
		"shipping_class": "",
		"shipping_class_id": 0,
		"reviews_allowed": not is_variation,
		"average_rating": "0.00",
		"rating_count": 0,
		"upsell_ids": [],
		"cross_sell_ids": [],
		"parent_id": product.parent_id,
		"purchase_note": "",
		"categories": [] if is_variation else [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}],
		"brands": [],
		"tags": [],
		"images": [],
		"attributes": _chosen(product) if is_variation else _choices(children),
		"default_attributes": [],
		"variations": [child.id for child in reversed(children)],
		"grouped_products": [],
		"menu_order": 0,
		"price_html": price,
		"related_ids": [] if is_variation else related,
		"meta_data": [],
		"stock_status": "instock",
		"has_options": product.type == "variable",
		"post_password": "",
		"global_unique_id": product.global_unique_id,
		"_links": _links(shop, f"products/{product.id}", "products", up),
	}


def variation_body(shop: SampleShop, product: Product, under_parent: bool = True) -> dict[str, Any]:
	"""A variation as its own routes show it."""
	parent = shop.catalogue.by_id[product.parent_id]
	slug = quote(parent.name.replace(" ", "-"), safe="").lower()
	if under_parent:
		collection = f"products/{parent.id}/variations"
		links = _links(shop, f"{collection}/{product.id}", collection, f"products/{parent.id}")
	else:
		links = _links(shop, f"variations/{product.id}", "variations", "products/0", hints=False)
	return {
		"id": product.id,
		"type": "variation",
		**_dates(shop, product),
		"description": "",
		"permalink": f"{shop.home}/product/{slug}/?attribute_pa_color={product.options[0][2]}",
		"sku": product.sku or parent.sku,
		"global_unique_id": "",
		**_stock_and_price(product),
		"status": "publish",
		"purchasable": True,
		**_delivery_of_goods(product),
		"tax_status": "taxable",
		"tax_class": product.tax_class,
		**_stock(product, {"stock_status": "instock"}),
		**_SIZE,
		"shipping_class": "",
		"shipping_class_id": 0,
		"image": None,
		"gallery_image_ids": [],
		"attributes": _chosen(product),
		"menu_order": 0,
		"meta_data": [],
		"name": ", ".join(shown for _key, _label, _value, shown in product.options),
		"parent_id": parent.id,
		"_links": links,
	}


# --- customers ---


def customer_body(shop: SampleShop, customer_id: int) -> dict[str, Any]:
	person = shop.customer(customer_id)
	moment = shop.end - 730 * DAY + customer_id * 600
	code, _english, _arabic, town = person.zone
	address = {
		"first_name": person.first_name,
		"last_name": person.last_name,
		"company": person.company,
		"address_1": person.street,
		"address_2": person.floor,
		"city": town,
		"postcode": person.postcode,
		"country": "EG",
		"state": code,
	}
	avatar = hashlib.sha256(person.email.encode()).hexdigest()
	body: dict[str, Any] = {
		"id": customer_id,
		"date_created": local(moment, shop.zone),
		"date_created_gmt": gmt(moment),
		"date_modified": local(moment, shop.zone),
		"date_modified_gmt": gmt(moment),
		"email": person.email,
		"first_name": person.first_name,
		"last_name": person.last_name,
		"role": "customer",
		"username": person.email.partition("@")[0],
		"billing": address | {"email": person.email, "phone": f"0{person.mobile}"},
		"shipping": address | {"phone": ""},
		"is_paying_customer": True,
		"avatar_url": f"https://secure.gravatar.com/avatar/{avatar}?s=96&d=mm&r=g",
		"meta_data": [],
		"_links": _links(shop, f"customers/{customer_id}", "customers"),
	}
	return body | shop.changed_fields_of_customer(customer_id)
