"""The routes of customers, taxes and settings."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sample_store import resources
from jarz_woocommerce_integration.sample_store.http.exchange import Answer, Request, RestError, rest
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body
from jarz_woocommerce_integration.sample_store.http.pages import page_answer
from jarz_woocommerce_integration.sample_store.http.queries import Parameters, page_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_LIST = "GET, POST"
_ONE = "GET, POST, PUT, PATCH, DELETE"


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
	return page_answer(store, request, parameters, page, ids, lambda i: resources.customer_body(shop, i))


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


def recorded_list(name: str, allow: str) -> Callable[["SampleStore", Request], Answer]:
	"""A route whose answer is a recorded list, with its totals in the headers."""

	def answer(store: "SampleStore", request: Request) -> Answer:
		body = resources.recorded(name, store.shop.home)
		headers = [("X-WP-Total", str(len(body))), ("X-WP-TotalPages", "1")]
		return rest(body, store.shop.home, allow=allow, headers=headers)

	return answer


def list_taxes(store: "SampleStore", request: Request) -> Answer:
	body = [
		rate | store.tax_rates.get(rate["id"], {}) for rate in resources.recorded("taxes", store.shop.home)
	]
	headers = [("X-WP-Total", str(len(body))), ("X-WP-TotalPages", "1")]
	return rest(body, store.shop.home, allow=_LIST, headers=headers)


def settings(group: str) -> Callable[["SampleStore", Request], Answer]:
	"""The settings of a group as they were recorded, with what was changed since (`SampleStore.settings`)."""

	def answer(store: "SampleStore", request: Request) -> Answer:
		body = resources.recorded(f"settings_{group}", store.shop.home)
		for setting in body:
			setting["value"] = store.settings.get(setting["id"], setting["value"])
		return rest(body, store.shop.home, allow="GET")

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
