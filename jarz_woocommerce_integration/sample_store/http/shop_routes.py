"""The routes of products, customers, taxes and settings."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store import resources
from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body, list_headers
from jarz_woocommerce_integration.sample_store.http.queries import Page, Parameters, page_of, selected_fields
from jarz_woocommerce_integration.sample_store.shop.catalogue import Product

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_LIST = "GET, POST"
_ONE = "GET, POST, PUT, PATCH, DELETE"


def _page_answer(
	store: "SampleStore",
	request: Request,
	parameters: Parameters,
	page: Page,
	items: Sequence[Any],
	write: Callable[[Any], dict[str, Any]],
	allow: str = _LIST,
) -> Answer:
	fields = parameters.words("_fields")
	bodies = [write(item) for item in page.of(items)]
	if fields:
		bodies = [selected_fields(body, fields, False) for body in bodies]
	headers = list_headers(request, store.shop.home, page, len(items), len(bodies))
	return rest(bodies, store.shop.home, allow=allow, headers=headers)


def _skus(parameters: Parameters, field: str) -> list[str]:
	"""SKUs hold spaces, so only commas part them."""
	return [sku.strip() for sku in parameters.text(field).split(",") if sku.strip()]


def _products(store: "SampleStore", parameters: Parameters) -> list[Product]:
	catalogue = store.shop.catalogue
	found = catalogue.served()
	if "sku" in parameters:
		wanted = set(_skus(parameters, "sku"))
		found = [p for p in reversed(catalogue.all) if p.sku in wanted and p.state == "publish"]
	elif "search_sku" in parameters and store.shop.modern:
		part = parameters.text("search_sku").casefold()
		found = [p for p in found if part in p.sku.casefold()]
	if "type" in parameters:
		found = [p for p in found if p.type == parameters.text("type")]
	include = set(parameters.wholes("include"))
	return [p for p in found if p.id in include] if include else found


def list_products(store: "SampleStore", request: Request) -> Answer:
	parameters = Parameters(request)
	page, products = page_of(parameters), _products(store, parameters)
	order_by = parameters.choice(
		"orderby",
		"date",
		("date", "id", "include", "title", "slug", "price", "popularity", "rating", "menu_order", "modified"),
	)
	ascending = parameters.choice("order", "desc", ("asc", "desc")) == "asc"
	parameters.refuse_faults()
	if order_by in ("date", "id", "modified"):
		products = sorted(products, key=lambda product: product.id, reverse=not ascending)
	shop = store.shop
	return _page_answer(store, request, parameters, page, products, lambda p: resources.product_body(shop, p))


def _product(store: "SampleStore", product_id: str) -> Product:
	product = store.shop.catalogue.by_id.get(int(product_id))
	if product is None or product.state == "deleted":
		raise RestError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
	return product


def get_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	body = resources.product_body(store.shop, _product(store, product_id))
	return rest(body, store.shop.home, allow=_ONE)


def update_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	"""Takes a name and a SKU."""
	fields, product = json_body(request), _product(store, product_id)
	store.shop.update_product(product.id, fields.get("name"), fields.get("sku"))
	return get_product(store, request, product_id)


def list_variations_of_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	parameters = Parameters(request)
	page = page_of(parameters)
	parameters.refuse_faults()
	shop = store.shop
	found = shop.catalogue.variations_of(_product(store, product_id).id)
	if "sku" in parameters:
		wanted = set(_skus(parameters, "sku"))
		found = [product for product in found if product.sku in wanted]
	return _page_answer(store, request, parameters, page, found, lambda p: resources.variation_body(shop, p))


def list_variations(store: "SampleStore", request: Request) -> Answer:
	"""All variations of the shop (not in 8.9.3)."""
	parameters = Parameters(request)
	page = page_of(parameters)
	parameters.refuse_faults()
	shop = store.shop
	found = [p for p in reversed(shop.catalogue.all) if p.type == "variation" and p.state == "publish"]
	if "sku" in parameters:
		wanted = set(_skus(parameters, "sku"))
		found = [product for product in found if product.sku in wanted]

	def write(product: Product) -> dict[str, Any]:
		return resources.variation_body(shop, product, under_parent=False)

	return _page_answer(store, request, parameters, page, found, write, allow="GET")


def list_customers(store: "SampleStore", request: Request) -> Answer:
	parameters = Parameters(request)
	page, include = page_of(parameters), parameters.wholes("include")
	parameters.refuse_faults()
	shop = store.shop
	ids: Sequence[int] = shop.customer_ids()
	if include:
		ids = [customer_id for customer_id in ids if customer_id in include]
	if "email" in parameters:
		email = parameters.text("email").lower()
		ids = [customer_id for customer_id in ids if shop.customer(customer_id).email == email]
	return _page_answer(store, request, parameters, page, ids, lambda i: resources.customer_body(shop, i))


def get_customer(store: "SampleStore", request: Request, customer_id: str) -> Answer:
	if int(customer_id) not in store.shop.customer_ids():
		raise RestError(404, "wc_user_invalid_id", "Invalid user ID.")
	return rest(resources.customer_body(store.shop, int(customer_id)), store.shop.home, allow=_ONE)


def update_customer(store: "SampleStore", request: Request, customer_id: str) -> Answer:
	"""Takes names and addresses."""
	fields = json_body(request)
	if int(customer_id) not in store.shop.customer_ids():
		raise RestError(400, "woocommerce_rest_invalid_id", "Invalid resource ID.")
	before = resources.customer_body(store.shop, int(customer_id))
	changes = {name: fields[name] for name in ("first_name", "last_name") if name in fields}
	changes |= {name: before[name] | fields[name] for name in ("billing", "shipping") if name in fields}
	store.shop.update_customer(int(customer_id), changes)
	return get_customer(store, request, customer_id)


def system_status(store: "SampleStore", request: Request) -> Answer:
	return rest(resources.system_status(store.shop, store.hpos), store.shop.home, allow="GET")


def recorded_list(name: str, allow: str, counted: bool) -> Callable[["SampleStore", Request], Answer]:
	"""A route whose answer is a recorded list. `counted`: with totals in the headers."""

	def answer(store: "SampleStore", request: Request) -> Answer:
		body = resources.recorded(name, store.shop.home)
		headers = [("X-WP-Total", str(len(body))), ("X-WP-TotalPages", "1")] if counted else []
		return rest(body, store.shop.home, allow=allow, headers=headers)

	return answer


def list_gateways(store: "SampleStore", request: Request) -> Answer:
	body = resources.recorded("payment_gateways", store.shop.home)
	for gateway in body:
		if gateway["id"] in store.pays_back:
			gateway["method_supports"].append("refunds")
	headers = [("X-WP-Total", str(len(body))), ("X-WP-TotalPages", "1")]
	return rest(body, store.shop.home, allow="GET", headers=headers)


def zone_locations(store: "SampleStore", request: Request, zone_id: str) -> Answer:
	codes = {"1": ("EG:EGC", "EG:EGGZ"), "2": ("EG",)}.get(zone_id, ())
	zone = f"{store.shop.home}/wp-json/wc/v3/shipping/zones/{zone_id}"
	body = [
		{
			"code": code,
			"type": "state" if ":" in code else "country",
			"_links": {"collection": [{"href": f"{zone}/locations"}], "describes": [{"href": zone}]},
		}
		for code in codes
	]
	return rest(body, store.shop.home, allow="GET, POST, PUT, PATCH")


def zone_methods(store: "SampleStore", request: Request, zone_id: str) -> Answer:
	body = resources.recorded("shipping_zone_methods", store.shop.home)
	return rest(body if zone_id == "1" else [], store.shop.home, allow=_LIST)
