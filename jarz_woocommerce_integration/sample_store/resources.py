"""The shop's other resources: customers, settings and what the store says about itself."""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jarz_woocommerce_integration.sample_store.products.bodies import links
from jarz_woocommerce_integration.sample_store.shop.clock import DAY, gmt, local
from jarz_woocommerce_integration.sample_store.shop.generator import SampleShop


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


def index(shop: SampleShop, routes: dict[str, list[str]], of_plugins: list[str]) -> dict[str, Any]:
	"""The index of the REST API, which needs no key. `routes`: pattern -> methods. `of_plugins`: namespaces."""
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
		"namespaces": ["oembed/1.0", *of_plugins, "wc/v1", "wc/v2", "wc/v3", "wp/v2"],
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
		"_links": links(shop, f"customers/{customer_id}", "customers"),
	}
	return body | shop.changed_fields_of_customer(customer_id)
