"""The prices of a shop's products: reading and writing them. Amounts are as the shop enters them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from pydantic import Field

from jarz_woocommerce_integration.exceptions import StoreNotFoundError
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.orders import INCLUDE_LIMIT
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.store.payloads import (
	MetaDataList,
	OptionalLocal,
	Payload,
	RowIdentifier,
	Text,
	parse,
)
from jarz_woocommerce_integration.store.products.payloads import OptionalMoney

FIELDS = (
	"id",
	"type",
	"regular_price",
	"sale_price",
	"date_on_sale_from",
	"date_on_sale_to",
	"tax_class",
	"tax_status",
)
META_DATA = "meta_data"
# Their prices are those of what they have or group.
WITHOUT_PRICE = ("variable", "grouped")
LAST_SECOND = time(23, 59, 59)
ProductKey = tuple[int, int]


class ProductPrice(Payload):
	"""What a product or a variation costs.

	:ivar date_on_sale_from: WooCommerce empties it when the sale has begun
	:ivar tax_class: "" for the standard one; of a variation that has its product's, that one
	:ivar meta_data: empty where it wasn't asked for
	"""

	id: RowIdentifier = Field(gt=0)
	type: Text = ""
	regular_price: OptionalMoney = None
	sale_price: OptionalMoney = None
	date_on_sale_from: OptionalLocal = None
	date_on_sale_to: OptionalLocal = None
	tax_class: Text = ""
	tax_status: Text = "taxable"
	meta_data: MetaDataList = Field(default_factory=list)


def read_product_prices(
	client: StoreClient, keys: Iterable[ProductKey], with_meta_data: bool = False
) -> dict[ProductKey, ProductPrice]:
	"""The prices of products by the ids of product and variation (0 for none); what the shop doesn't have is left out.

	:raises StoreError: they can't be read; :raises PayloadError: an entry isn't a product
	"""
	routes: dict[str, list[ProductKey]] = {}
	for key in sorted(set(keys)):
		route = f"products/{key[0]}/variations" if key[1] else "products"
		routes.setdefault(route, []).append(key)
	fields = (*FIELDS, META_DATA) if with_meta_data else FIELDS
	found: dict[ProductKey, ProductPrice] = {}
	for route, of_route in routes.items():
		for part in in_parts(of_route, INCLUDE_LIMIT):
			found.update(_read(client, route, part, fields))
	return found


def _read(
	client: StoreClient, route: str, keys: Sequence[ProductKey], fields: Sequence[str]
) -> dict[ProductKey, ProductPrice]:
	by_id = {key[1] or key[0]: key for key in keys}
	parameters = {"include": list(by_id), "per_page": INCLUDE_LIMIT, "_fields": fields}
	try:
		bodies = client.get(route, parameters, shape=list).body
	except StoreNotFoundError:
		return {}
	prices = [parse(ProductPrice, body) for body in bodies]
	return {by_id[price.id]: price for price in prices if price.id in by_id}


def as_written(
	regular: Decimal, sale: Decimal | None, sale_from: date | None, sale_to: date | None
) -> dict[str, str]:
	"""The fields of a price with its sale, which is taken away where there is none."""
	return {
		"regular_price": f"{regular:f}",
		"sale_price": "" if sale is None else f"{sale:f}",
		"date_on_sale_from": sale_from.isoformat() if sale_from and sale is not None else "",
		"date_on_sale_to": (
			datetime.combine(sale_to, LAST_SECOND).isoformat() if sale_to and sale is not None else ""
		),
	}


def write_prices(
	client: StoreClient, prices: Mapping[ProductKey, Mapping[str, Any]]
) -> dict[ProductKey, str]:
	"""Write prices in one request; written twice, they are the same.

	:param prices: of products without variations, or of the variations of one product; at most a hundred
	:returns: what the shop refuses, and why; :raises StoreError: it isn't certain that they are written
	"""
	((parent, is_variation),) = {(key[0] if key[1] else 0, bool(key[1])) for key in prices}
	route = f"products/{parent}/variations/batch" if is_variation else "products/batch"
	by_id = {key[1] or key[0]: key for key in prices}
	update = [{"id": number, **prices[key]} for number, key in by_id.items()]
	entries = client.request("POST", route, body=Hidden({"update": update}), shape=dict).body.get("update")
	refused = {}
	for entry in entries if isinstance(entries, list) else ():
		error = entry.get("error") if isinstance(entry, dict) else None
		if isinstance(error, dict) and entry.get("id") in by_id:
			refused[by_id[entry["id"]]] = str(error.get("message") or error.get("code") or error)
	return refused
