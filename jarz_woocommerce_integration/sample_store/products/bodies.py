"""Products and variations as WooCommerce's REST API shows them."""

from base64 import b64decode
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from jarz_woocommerce_integration.sample_store.products.terms import Term, slug_of
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money
from jarz_woocommerce_integration.sample_store.shop.catalogue import Attribute, Product
from jarz_woocommerce_integration.sample_store.shop.clock import DAY, gmt, local
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop

_EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# One pixel, which all images of the shop show
IMAGE = b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
IMAGE_PATH = r"/wp-content/uploads/2026/01/image-\d+\.png"
# Everywhere but in an image of a product
_IMAGE_FIELDS = (
	"id",
	"date_created",
	"date_created_gmt",
	"date_modified",
	"date_modified_gmt",
	"src",
	"name",
	"alt",
)


def links(
	shop: SampleShop, path: str, collection: str, up: str = "", hints: bool = True
) -> dict[str, list[dict[str, Any]]]:
	"""`_links` of a body. `path` and `collection`, likewise `up`: below the API's root."""
	root = f"{shop.home}/wp-json/wc/v3"
	own: dict[str, Any] = {"href": f"{root}/{path}"}
	if hints:
		own["targetHints"] = {"allow": _EVERY_METHOD}
	found = {"self": [own], "collection": [{"href": f"{root}/{collection}"}]}
	return found | ({"up": [{"href": f"{root}/{up}"}]} if up else {})


def created_at(shop: SampleShop, product: Product) -> int:
	return (
		shop.end - 730 * DAY + product.id * 60 % (700 * DAY) if product.created is None else product.created
	)


def modified_at(shop: SampleShop, product: Product) -> int:
	return created_at(shop, product) if product.modified is None else product.modified


def _stamps(shop: SampleShop, created: int, modified: int) -> dict[str, Any]:
	return {
		"date_created": local(created, shop.zone),
		"date_created_gmt": gmt(created),
		"date_modified": local(modified, shop.zone),
		"date_modified_gmt": gmt(modified),
	}


def _dates(shop: SampleShop, product: Product) -> dict[str, Any]:
	return _stamps(shop, created_at(shop, product), modified_at(shop, product))


def _children(shop: SampleShop, product: Product) -> list[Product]:
	"""What a product's price follows from, oldest first: its variations, or what it groups."""
	catalogue = shop.catalogue
	if product.type == "grouped":
		return [catalogue.by_id[child] for child in product.grouped if child in catalogue.by_id]
	return catalogue.variations_of(product.id)[::-1] if product.type == "variable" else []


def _price(shop: SampleShop, product: Product) -> dict[str, Any]:
	now = shop.now()
	children = _children(shop, product)
	own = "" if product.type in ("variable", "grouped") else product.shown_regular_price
	prices = [price for child in children if (price := child.price_at(now))]
	return {
		"price": min(prices, key=from_money, default="")
		if children
		else product.price_at(now)
		if own
		else "",
		"regular_price": own,
		"sale_price": product.sale_price,
		"date_on_sale_from": local(product.sale_from, shop.zone),
		"date_on_sale_from_gmt": gmt(product.sale_from),
		"date_on_sale_to": local(product.sale_to, shop.zone),
		"date_on_sale_to_gmt": gmt(product.sale_to),
		"on_sale": any(child.is_on_sale(now) for child in children) or product.is_on_sale(now),
	}


def _delivery_of_goods(shop: SampleShop, product: Product) -> dict[str, Any]:
	files = f"{shop.home}/wp-content/uploads/woocommerce_uploads"
	return {
		"virtual": product.virtual,
		"downloadable": product.downloadable,
		"downloads": [
			{"id": f"{product.id:08x}-3e47-4d9e-bbb8-d3c4a424dc23", "name": name, "file": f"{files}/{file}"}
			for name, file in product.downloads
		],
		"download_limit": -1,
		"download_expiry": -1,
	}


def _status_of_stock(shop: SampleShop, product: Product) -> str:
	"""A variable product that counts nothing itself is in stock where one of its variations is."""
	holder = shop.catalogue.holder_of_stock(product)
	found = {child.status_of_stock for child in _children(shop, product)}
	if holder or not found or product.type == "grouped":
		return (holder or product).status_of_stock
	return next(status for status in ("instock", "onbackorder", "outofstock") if status in found)


def _stock(shop: SampleShop, product: Product, status: dict[str, str]) -> dict[str, Any]:
	"""`status`: variations say here whether they are in stock, products say it later."""
	catalogue = shop.catalogue
	holder = catalogue.holder_of_stock(product) or product
	return {
		"manage_stock": product.manages_stock
		or ("parent" if catalogue.is_counted_by_parent(product) else False),
		"stock_quantity": holder.stock,
		**status,
		"backorders": holder.backorders,
		"backorders_allowed": holder.backorders != "no",
		"backordered": _status_of_stock(shop, product) == "onbackorder",
		"low_stock_amount": product.low_stock,
	}


def _size(product: Product) -> dict[str, Any]:
	return {
		"weight": product.weight,
		"dimensions": dict(zip(("length", "width", "height"), product.size, strict=True)),
	}


def _chosen(shop: SampleShop, product: Product) -> list[dict[str, Any]]:
	identifier = shop.terms.attribute_id
	return [
		{"id": identifier(key), "name": label, "slug": key, "option": shown}
		for key, label, _value, shown in product.options
	]


def _attributes_of(product: Product, children: Sequence[Product]) -> Sequence[Attribute]:
	"""Its own, else what its variations offer."""
	keys = [(key, label) for key, label, _value, _shown in children[0].options] if children else []
	return product.attributes or [
		Attribute(
			label,
			tuple(dict.fromkeys(child.options[place][3] for child in children)),
			key if key.startswith("pa_") else "",
			variation=True,
		)
		for place, (key, label) in enumerate(keys)
	]


def _choices(shop: SampleShop, product: Product) -> list[dict[str, Any]]:
	children = _children(shop, product) if product.type == "variable" else []
	return [
		{
			"id": shop.terms.attribute_id(attribute.key),
			"name": attribute.name,
			"slug": attribute.key or attribute.name,
			"position": 0,
			"visible": attribute.visible,
			"variation": attribute.variation,
			"options": list(attribute.options),
		}
		for attribute in _attributes_of(product, children)
	]


def _named(terms: dict[int, Term], ids: Sequence[int]) -> list[dict[str, Any]]:
	found = (terms[number] for number in ids if number in terms)
	return [{"id": term.id, "name": escape(term.name, quote=False), "slug": term.slug} for term in found]


def image(shop: SampleShop, image_id: int, of_product: bool = False) -> dict[str, Any]:
	moment = shop.end - 700 * DAY
	src = f"{shop.home}/wp-content/uploads/2026/01/image-{image_id}.png"
	body = {
		"id": image_id,
		**_stamps(shop, moment, moment),
		"src": src,
		"name": f"image-{image_id}",
		"alt": "A dot",
		"srcset": "",
		"sizes": "(max-width: 1px) 100vw, 1px",
		"thumbnail": src,
	}
	return body if of_product else {name: body[name] for name in _IMAGE_FIELDS}


def _meta(product: Product) -> list[dict[str, Any]]:
	first = product.id * 100
	return [
		{"id": first + place, "key": key, "value": value} for place, (key, value) in enumerate(product.meta)
	]


def _html_of_price(price: str) -> str:
	if not price:
		return ""
	shown = money(from_money(price))
	return f'<span class="woocommerce-Price-amount amount"><bdi>EGP{shown}</bdi></span>'


def _paragraphs(text: str) -> str:
	"""A description as it is read, not as it was written."""
	text = text.strip()
	return f"{text if text.startswith('<p>') else f'<p>{text}</p>'}\n" if text else ""


def _permalink(shop: SampleShop, product: Product, slug: str) -> str:
	if product.state in ("publish", "private"):
		return f"{shop.home}/product/{slug}/"
	return f"{shop.home}/?post_type=product&p={product.id}"


def _bundled(product: Product, place: int) -> dict[str, Any]:
	"""A part of a bundle as WooCommerce Product Bundles names it."""
	part, quantity = product.bundled[place]
	return {
		"bundled_item_id": product.id * 10 + place,
		"product_id": part,
		"menu_order": place,
		"quantity_min": quantity,
		"quantity_max": quantity,
		"quantity_default": quantity,
		"priced_individually": False,
		"shipped_individually": False,
		"optional": False,
		"discount": "",
		"override_variations": False,
		"allowed_variations": [],
	}


def product_body(shop: SampleShop, product: Product, to_edit: bool = False) -> dict[str, Any]:
	"""A product, or a variation as routes of products and webhooks show it.

	:param to_edit: as an answer to a change shows it
	"""
	is_variation = bool(product.parent_id)
	parent = shop.catalogue.by_id.get(product.parent_id)
	slug = slug_of(product.name)
	price = _price(shop, product)
	related = [other.id for other in shop.catalogue.components[:5] if other.id != product.id]
	sells = product.type not in ("grouped", "external") and price["price"] != ""
	shown = str if to_edit else _paragraphs
	default = {label: (key, option) for key, label, option in product.defaults}
	body = {
		"id": product.id,
		"name": product.name,
		"slug": slug + ("__trashed" if product.state == "trash" else "") if product.state != "draft" else "",
		"permalink": _permalink(shop, product, slug),
		**_dates(shop, product),
		"type": product.type,
		"status": product.state,
		"featured": False,
		"catalog_visibility": product.visibility,
		"description": shown(product.description),
		"short_description": shown(product.short_description),
		"sku": product.sku or (parent.sku if parent else ""),
		**price,
		"purchasable": sells and (product.state == "publish" or not is_variation),
		"total_sales": "0" if is_variation else 0,
		**_delivery_of_goods(shop, product),
		"external_url": product.external_url,
		"button_text": product.button_text,
		"tax_status": product.tax_status,
		"tax_class": shop.catalogue.tax_class_of(product),
		**_stock(shop, product, {}),
		"sold_individually": False,
		**_size(product),
		"shipping_required": not product.virtual,
		"shipping_taxable": not product.virtual and product.tax_status != "none",
		"shipping_class": "",
		"shipping_class_id": 0,
		"reviews_allowed": not is_variation,
		"average_rating": "0.00",
		"rating_count": 0,
		"upsell_ids": [],
		"cross_sell_ids": [],
		"parent_id": product.parent_id,
		"purchase_note": "",
		"categories": [] if is_variation else _named(shop.terms.categories, product.categories),
		"brands": _named(shop.terms.brands, product.brands),
		"tags": _named(shop.terms.tags, product.tags),
		"images": [image(shop, image_id, of_product=True) for image_id in product.images],
		"attributes": _chosen(shop, product) if is_variation else _choices(shop, product),
		"default_attributes": [
			{"id": shop.terms.attribute_id(key), "name": label, "option": option}
			for label, (key, option) in default.items()
		],
		"variations": [child.id for child in _children(shop, product) if child.parent_id == product.id],
		"grouped_products": list(product.grouped),
		"menu_order": product.menu_order,
		"price_html": _html_of_price(price["price"]),
		"related_ids": [] if is_variation else related,
		"meta_data": _meta(product),
		"stock_status": _status_of_stock(shop, product),
		"has_options": product.type == "variable",
		"post_password": "",
		"global_unique_id": product.global_unique_id,
	}
	if to_edit:
		body |= {"permalink_template": f"{shop.home}/product/%pagename%/", "generated_slug": slug}
	if product.bundled:
		body["bundled_items"] = [_bundled(product, place) for place in range(len(product.bundled))]
	up = f"products/{product.parent_id}" if is_variation else ""
	return body | {"_links": links(shop, f"products/{product.id}", "products", up)}


def variation_body(
	shop: SampleShop, product: Product, under_parent: bool = True, to_edit: bool = False
) -> dict[str, Any]:
	"""A variation as its own routes show it."""
	parent = shop.catalogue.by_id[product.parent_id]
	query = "&".join(f"attribute_{key}={quote(value)}" for key, _label, value, _shown in product.options)
	price = _price(shop, product)
	if under_parent:
		collection = f"products/{parent.id}/variations"
		own = links(shop, f"{collection}/{product.id}", collection, f"products/{parent.id}")
	else:
		own = links(shop, f"variations/{product.id}", "variations", "products/0", hints=False)
	return {
		"id": product.id,
		"type": "variation",
		**_dates(shop, product),
		"description": _paragraphs(product.description),
		"permalink": f"{shop.home}/product/{slug_of(parent.name)}/?{query}",
		"sku": product.sku or parent.sku,
		"global_unique_id": product.global_unique_id,
		**price,
		"status": product.state,
		"purchasable": product.state == "publish" and price["price"] != "",
		**_delivery_of_goods(shop, product),
		"tax_status": product.tax_status,
		"tax_class": product.tax_class if to_edit else shop.catalogue.tax_class_of(product),
		**_stock(shop, product, {"stock_status": _status_of_stock(shop, product)}),
		**_size(product),
		"shipping_class": "",
		"shipping_class_id": 0,
		"image": image(shop, product.images[0]) if product.images else None,
		"gallery_image_ids": [],
		"attributes": _chosen(shop, product),
		"menu_order": product.menu_order,
		"meta_data": _meta(product),
		"name": ", ".join(shown for _key, _label, _value, shown in product.options),
		"parent_id": parent.id,
		"_links": own,
	}
