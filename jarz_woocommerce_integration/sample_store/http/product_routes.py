"""The routes of products and variations that read."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.pages import page_answer
from jarz_woocommerce_integration.sample_store.http.queries import Parameters, page_of, selected_fields
from jarz_woocommerce_integration.sample_store.products.bodies import (
	created_at,
	modified_at,
	product_body,
	variation_body,
)
from jarz_woocommerce_integration.sample_store.shop.catalogue import Product

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

ONE = "GET, POST, PUT, PATCH, DELETE"
TYPES = ("simple", "grouped", "external", "variable")
STOCK_STATUSES = ("instock", "outofstock", "onbackorder")
_STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
_ORDER_BY = (
	*("date", "id", "include", "title", "slug", "modified", "popularity", "rating", "post__in", "price"),
	*("sales", "menu_order", "random"),
)
Keep = Callable[[Product], bool]


def unknown_product(status: int = 404) -> RestError:
	return RestError(status, "woocommerce_rest_product_invalid_id", "Invalid ID.")


def unknown_variation() -> RestError:
	return RestError(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")


def product_of(store: "SampleStore", product_id: int) -> Product:
	""":raises RestError: 404"""
	product = store.shop.catalogue.by_id.get(product_id)
	if product is None or product.state == "deleted":
		raise unknown_product()
	return product


def variation_of(store: "SampleStore", parent_id: int, variation_id: int) -> Product:
	""":raises RestError: 404, also for another product's variation"""
	variation = store.shop.catalogue.by_id.get(variation_id)
	if variation is None or variation.state == "deleted" or variation.parent_id != parent_id or not parent_id:
		raise unknown_variation()
	return variation


def _skus(parameters: Parameters, field: str) -> set[str]:
	"""SKUs hold spaces, so only commas part them."""
	return {sku.strip() for sku in parameters.text(field).split(",") if sku.strip()}


def _conditions(store: "SampleStore", parameters: Parameters) -> list[Keep]:
	"""What all lists of products and variations are filtered by; faults stay in `parameters`."""
	shop = store.shop
	include, exclude = set(parameters.wholes("include")), set(parameters.wholes("exclude"))
	status = parameters.text("stock_status")
	if "stock_status" in parameters:
		parameters.choice("stock_status", "instock", STOCK_STATUSES)
	after, before, modified_after, modified_before = (
		parameters.date(name, shop.zone) for name in ("after", "before", "modified_after", "modified_before")
	)
	search = parameters.text("search").casefold()
	conditions: tuple[tuple[Any, Keep], ...] = (
		(include, lambda p: p.id in include),
		(exclude, lambda p: p.id not in exclude),
		(status, lambda p: (shop.catalogue.holder_of_stock(p) or p).status_of_stock == status),
		(after is not None, lambda p: created_at(shop, p) > (after or 0)),
		(before is not None, lambda p: created_at(shop, p) < (before or 0)),
		(modified_after is not None, lambda p: modified_at(shop, p) > (modified_after or 0)),
		(modified_before is not None, lambda p: modified_at(shop, p) < (modified_before or 0)),
		(search, lambda p: search in p.name.casefold()),
		(parameters.flag("on_sale"), lambda p: p.is_on_sale(shop.now())),
	)
	return [keep for asked, keep in conditions if asked]


def _sorted(store: "SampleStore", parameters: Parameters, found: list[Product]) -> list[Product]:
	order_by = parameters.choice("orderby", "date", _ORDER_BY)
	ascending = parameters.choice("order", "desc", ("asc", "desc")) == "asc"
	shop = store.shop
	keys: dict[str, Callable[[Product], Any]] = {
		"id": lambda p: p.id,
		"date": lambda p: p.id,
		"modified": lambda p: (modified_at(shop, p), p.id),
		"title": lambda p: (p.name, p.id),
	}
	return sorted(found, key=keys[order_by], reverse=not ascending) if order_by in keys else found


def _products(store: "SampleStore", parameters: Parameters) -> list[Product]:
	catalogue = store.shop.catalogue
	status = parameters.choice("status", "any", _STATUSES)
	skus = _skus(parameters, "sku")
	if skus:
		# Only this list shows variations too, and by their own SKUs
		found = [p for p in reversed(catalogue.by_id.values()) if p.sku in skus and not p.is_gone]
	elif status == "trash":
		found = [p for p in reversed(catalogue.by_id.values()) if p.state == status and not p.parent_id]
	else:
		found = catalogue.served()
	if status not in ("any", "trash"):
		found = [p for p in found if p.state == status]
	if "search_sku" in parameters and store.shop.modern:
		part = parameters.text("search_sku").casefold()
		found = [p for p in found if part in p.sku.casefold()]
	if "type" in parameters:
		kind = parameters.choice("type", "simple", TYPES)
		found = [p for p in found if p.type == kind]
	if "category" in parameters:
		categories = set(parameters.words("category"))
		found = [p for p in found if categories & {str(category) for category in p.categories}]
	return found


def list_products(store: "SampleStore", request: Request) -> Answer:
	parameters = Parameters(request)
	shop = store.shop
	with shop.lock:
		page, products = page_of(parameters), _products(store, parameters)
		for keep in _conditions(store, parameters):
			products = [product for product in products if keep(product)]
		products = _sorted(store, parameters, products)
		parameters.refuse_faults()
		return page_answer(store, request, parameters, page, products, lambda p: product_body(shop, p))


def get_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	return answer_one(store, request, product_body(store.shop, product_of(store, int(product_id))))


def answer_one(store: "SampleStore", request: Request, body: dict[str, Any]) -> Answer:
	fields = Parameters(request).words("_fields")
	return rest(selected_fields(body, fields, True) if fields else body, store.shop.home, allow=ONE)


def get_variation(store: "SampleStore", request: Request, parent_id: str, variation_id: str) -> Answer:
	variation = variation_of(store, int(parent_id), int(variation_id))
	return answer_one(store, request, variation_body(store.shop, variation))


def list_variations_of_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	"""Of a product that isn't there the list is empty."""
	shop = store.shop

	def write(product: Product) -> dict[str, Any]:
		return variation_body(shop, product)

	return _variations(store, request, shop.catalogue.variations_of(int(product_id)), write, "GET, POST")


def list_variations(store: "SampleStore", request: Request) -> Answer:
	"""All variations of the shop (not in 8.9.3)."""
	shop = store.shop

	def write(product: Product) -> dict[str, Any]:
		return variation_body(shop, product, under_parent=False)

	return _variations(store, request, shop.catalogue.all_variations(), write, "GET")


def _variations(
	store: "SampleStore",
	request: Request,
	found: list[Product],
	write: Callable[[Product], dict[str, Any]],
	allow: str,
) -> Answer:
	"""Those of products in the trash are in it too; their own SKUs find them, not their product's."""
	parameters = Parameters(request)
	page = page_of(parameters)
	with store.shop.lock:
		if skus := _skus(parameters, "sku"):
			found = [product for product in found if product.sku in skus]
		for keep in _conditions(store, parameters):
			found = [product for product in found if keep(product)]
		found = _sorted(store, parameters, found)
		parameters.refuse_faults()
		return page_answer(store, request, parameters, page, found, write, allow=allow)
