"""Categories, brands, tags and attributes as WooCommerce's REST API shows them."""

from html import escape
from typing import Any

from jarz_woocommerce_integration.sample_store.products.bodies import image, links
from jarz_woocommerce_integration.sample_store.products.terms import KnownAttribute, Term
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop


def term_body(shop: SampleShop, term: Term, route: str, count: int) -> dict[str, Any]:
	"""A category or brand. `route`: of its list, below the API's root; `count`: of its products."""
	return {
		"id": term.id,
		"name": escape(term.name, quote=False),
		"slug": term.slug,
		"parent": term.parent,
		"description": escape(term.description, quote=False),
		"display": "default",
		"image": image(shop, term.image) if term.image else None,
		"menu_order": 0,
		"count": count,
		"_links": links(shop, f"{route}/{term.id}", route, f"{route}/{term.parent}" if term.parent else ""),
	}


def plain_term_body(shop: SampleShop, term: Term, route: str, count: int) -> dict[str, Any]:
	"""A tag."""
	return {
		"id": term.id,
		"name": escape(term.name, quote=False),
		"slug": term.slug,
		"description": term.description,
		"count": count,
		"_links": links(shop, f"{route}/{term.id}", route),
	}


def value_body(shop: SampleShop, term: Term, route: str, count: int) -> dict[str, Any]:
	"""A value of an attribute."""
	return {
		"id": term.id,
		"name": term.name,
		"slug": term.slug,
		"description": term.description,
		"menu_order": 0,
		"count": count,
		"_links": links(shop, f"{route}/{term.id}", route),
	}


def attribute_body(shop: SampleShop, attribute: KnownAttribute) -> dict[str, Any]:
	route = "products/attributes"
	return {
		"id": attribute.id,
		"name": attribute.name,
		"slug": attribute.key,
		"type": "select",
		"order_by": "menu_order",
		"has_archives": False,
		"_links": links(shop, f"{route}/{attribute.id}", route),
	}
