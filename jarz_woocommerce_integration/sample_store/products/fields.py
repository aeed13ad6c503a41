"""Fields that the REST API writes to products, as WooCommerce reads them."""

import re
from dataclasses import replace
from datetime import tzinfo
from typing import Any

from jarz_woocommerce_integration.sample_store.products.terms import Terms, slug_of
from jarz_woocommerce_integration.sample_store.shop.amounts import from_money
from jarz_woocommerce_integration.sample_store.shop.catalogue import UNCATEGORIZED, Attribute, Product
from jarz_woocommerce_integration.sample_store.shop.clock import parse

# Field -> what it is called here; taken as it comes
_PLAIN = {
	"name": "name",
	"type": "type",
	"sku": "sku",
	"status": "state",
	"description": "description",
	"short_description": "short_description",
	"tax_status": "tax_status",
	"virtual": "virtual",
	"downloadable": "downloadable",
	"weight": "weight",
	"external_url": "external_url",
	"button_text": "button_text",
	"menu_order": "menu_order",
	"catalog_visibility": "visibility",
}
_TAX_CLASSES = ("", "reduced-rate", "zero-rate")
_TERMS = ("categories", "brands", "tags", "images")


def new(product_id: int, parent: Product | None, fields: dict[str, Any]) -> Product:
	"""What is made of nothing but an id, a parent and a type."""
	if parent is None:
		return Product(product_id, "Product", "", 0, fields.get("type", "simple"), regular_price="")
	return Product(
		product_id,
		parent.name,
		"",
		0,
		"variation",
		parent_id=parent.id,
		categories=(),
		tax_class="parent",
		regular_price="",
	)


def written(
	product: Product, fields: dict[str, Any], zone: tzinfo, terms: Terms, counted_by_parent: bool = False
) -> Product:
	"""The product with these fields. Those that are None, or unknown, are left as they are.

	:param zone: the shop's; :param counted_by_parent: it is a variation whose product's stock is counted
	"""
	given = {name: value for name, value in fields.items() if value is not None}
	values: dict[str, Any] = {_PLAIN[name]: given[name] for name in _PLAIN if name in given}
	if "tax_class" in given:
		known = (*_TAX_CLASSES, "parent") if product.parent_id else _TAX_CLASSES
		values["tax_class"] = given["tax_class"] if given["tax_class"] in known else ""
	if "global_unique_id" in given:
		values["global_unique_id"] = re.sub(r"[^\d-]", "", given["global_unique_id"])
	if "dimensions" in given:
		kept = dict(zip(("length", "width", "height"), product.size, strict=True))
		values["size"] = tuple((kept | given["dimensions"])[name] for name in kept)
	values |= {name: tuple(entry["id"] for entry in given[name]) for name in _TERMS if name in given}
	if values.get("categories") == () and not product.parent_id:
		values["categories"] = (UNCATEGORIZED,)
	if "image" in given:
		values["images"] = (given["image"]["id"],) if given["image"] else ()
	if "grouped_products" in given:
		values["grouped"] = tuple(given["grouped_products"])
	if "meta_data" in fields:
		values["meta"] = _meta(product, fields["meta_data"])
	if "default_attributes" in given:
		named = [(_known(entry, terms), entry["option"]) for entry in given["default_attributes"]]
		values["defaults"] = tuple((key, name, option) for (key, name), option in named)
	if "attributes" in given:
		values |= _attributes(product, given["attributes"], terms)
	product = replace(product, **values)
	if product.virtual:
		product = replace(product, weight="", size=("", "", ""))
	return _with_stock(_with_prices(product, given, zone), fields, counted_by_parent)


def price_text(typed: Any) -> str:
	"""A price as WooCommerce keeps it: what is no digit or point goes, decimals stay as they were typed."""
	return re.sub(r"[^\d.-]", "", str(typed))


def _with_prices(product: Product, given: dict[str, Any], zone: tzinfo) -> Product:
	"""A sale price that isn't below the regular one is dropped."""
	values: dict[str, Any] = {}
	if "regular_price" in given:
		text = price_text(given["regular_price"])
		values |= {"regular_price": text, "price": from_money(text) if text else 0}
	if "sale_price" in given:
		values["sale_price"] = price_text(given["sale_price"])
	for name, field in (("date_on_sale_from", "sale_from"), ("date_on_sale_to", "sale_to")):
		for suffix, is_gmt in (("", False), ("_gmt", True)):
			if name + suffix in given:
				values[field] = _moment(given[name + suffix], zone, is_gmt)
	product = replace(product, **values)
	if product.type == "grouped":
		product = replace(product, price=0, regular_price="", sale_price="")
	sale, regular = product.sale_price, product.shown_regular_price
	if sale and (not regular or float(sale) >= float(regular)):
		product = replace(product, sale_price="")
	return product


def _moment(text: str, zone: tzinfo, is_gmt: bool) -> int | None:
	if not text:
		return None
	return parse(text if "T" in text else f"{text}T00:00:00", zone, is_gmt)


def _with_stock(product: Product, fields: dict[str, Any], counted_by_parent: bool) -> Product:
	"""`stock_quantity` counts more than `inventory_delta`; where nobody counts, both are ignored.

	Of a variation that shares its product's stock they are kept, and count once it is counted itself.
	"""
	before = product.status_of_stock
	if fields.get("manage_stock") is not None:
		product = replace(product, manages_stock=fields["manage_stock"] is True)
	if fields.get("backorders") is not None:
		product = replace(product, backorders=fields["backorders"])
	uncountable = product.type in ("grouped", "external")
	if uncountable or not (product.manages_stock or counted_by_parent):
		given = fields.get("stock_status") or before
		status = "instock" if product.type == "external" else given
		product = replace(product, manages_stock=False, stock=None, backorders="no", low_stock=None)
		return replace(product, stock_status=status)
	if "stock_quantity" in fields:
		product = replace(product, stock=_whole(fields["stock_quantity"]))
	elif fields.get("inventory_delta") is not None:
		product = replace(product, stock=(product.stock or 0) + _whole(fields["inventory_delta"]))
	if "low_stock_amount" in fields:
		amount = fields["low_stock_amount"]
		product = replace(product, low_stock=None if amount is None else _whole(amount))
	return product


def _whole(value: Any) -> int:
	"""As PHP makes a whole number of anything: 0 of what is none."""
	try:
		return int(float(value or 0))
	except (TypeError, ValueError):
		return 0


def _meta(product: Product, told: list[dict[str, Any]]) -> tuple[tuple[str, Any], ...]:
	"""Of each key the first is changed; None removes it."""
	meta = dict(product.meta) | {entry["key"]: entry["value"] for entry in told}
	return tuple((key, value) for key, value in meta.items() if value is not None)


def _attributes(product: Product, told: list[dict[str, Any]], terms: Terms) -> dict[str, Any]:
	"""Of a product what it offers, of a variation what it is."""
	named = [(_known(entry, terms), entry) for entry in told]
	if not product.parent_id:
		offered = tuple(
			Attribute(
				name,
				tuple(entry.get("options", ())),
				key,
				entry.get("visible", False),
				entry.get("variation", False),
			)
			for (key, name), entry in named
		)
		return {"attributes": offered}
	options = tuple(
		(key or slug_of(name), name, entry["option"], entry["option"]) for (key, name), entry in named
	)
	names = ", ".join(option[3] for option in options)
	return {"options": options, "name": f"{product.name.partition(' - ')[0]} - {names}"}


def _known(entry: dict[str, Any], terms: Terms) -> tuple[str, str]:
	"""Key and name of an attribute that is told by the shop's id, or by a name of its own."""
	known = terms.attributes.get(entry.get("id", 0))
	return (known.key, known.name) if known else ("", entry.get("name", ""))
