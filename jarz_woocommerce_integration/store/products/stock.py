"""The stock of a shop's products: reading it, changing it, and what the shop's orders have taken from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from jarz_woocommerce_integration.exceptions import PayloadError, StoreNotFoundError
from jarz_woocommerce_integration.store.catalogue import BY_ID
from jarz_woocommerce_integration.store.http.client import StoreClient
from jarz_woocommerce_integration.store.http.credentials import Hidden
from jarz_woocommerce_integration.store.orders import INCLUDE_LIMIT
from jarz_woocommerce_integration.store.paging import in_parts, read_pages
from jarz_woocommerce_integration.store.payloads import (
	Identifier,
	ListOf,
	MetaDataList,
	Money,
	OptionalUTC,
	Payload,
	RowIdentifier,
	Status,
	Text,
	parse,
	reduced_of,
	restocked_of,
)

# What WooCommerce takes in one request to its batch routes.
BATCH_LIMIT = 100
FIELDS = ("id", "type", "manage_stock", "stock_quantity", "backorders")
ORDER_FIELDS = ("id", "parent_id", "status", "date_created_gmt", "date_modified_gmt", "line_items")
PARENT = "parent"
NO_BACKORDERS = "no"
# A variation that is switched off.
PRIVATE = "private"
ProductKey = tuple[int, int]


class ProductStock(Payload):
	"""What a product or a variation says of its stock.

	:ivar manage_stock: a variation may say "parent": its product counts for it
	:ivar stock_quantity: below zero where more was sold than was there; of one that follows its parent, the parent's
	"""

	id: RowIdentifier = Field(gt=0)
	type: Text = ""
	manage_stock: bool | str = False
	stock_quantity: Money = Decimal(0)
	backorders: Text = NO_BACKORDERS
	status: Text = ""
	meta_data: MetaDataList = Field(default_factory=list)

	@property
	def is_counted(self) -> bool:
		"""Whether it has a stock of its own."""
		return self.manage_stock is True

	@property
	def follows_parent(self) -> bool:
		return self.manage_stock == PARENT

	@property
	def may_owe(self) -> bool:
		"""Whether it is sold though it isn't there."""
		return self.backorders != NO_BACKORDERS


def _number_or_nothing(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
	try:
		return read(value)
	except ValidationError:
		return Decimal(0)


class StockLine(Payload):
	"""What a line of an order says of the goods; nothing of its money."""

	id: Identifier = 0
	product_id: Identifier = 0
	variation_id: Identifier = 0
	quantity: Annotated[Money, WrapValidator(_number_or_nothing)] = Decimal(0)
	meta_data: MetaDataList = Field(default_factory=list)

	@property
	def restocked(self) -> Decimal:
		"""How many pieces refunds have put back into the shop's stock."""
		return restocked_of(self.meta_data, self.quantity)

	@property
	def reduced(self) -> Decimal | None:
		return reduced_of(self.meta_data)


StockLines = Annotated[list[StockLine], ListOf]


class OrderGoods(Payload):
	"""An order as far as it moves stock."""

	id: RowIdentifier = Field(gt=0)
	parent_id: Identifier = 0
	status: Status = ""
	date_created_gmt: OptionalUTC = None
	date_modified_gmt: OptionalUTC = None
	line_items: StockLines = Field(default_factory=list)


@dataclass
class ReadStock:
	"""What was read of products' stock.

	:ivar by_key: ids of product and variation (0 for none) -> its stock; what the shop doesn't have is left out
	:ivar told_at: what the shop's clock said before the first of it was read; None where it doesn't say the time
	"""

	by_key: dict[ProductKey, ProductStock] = field(default_factory=dict)
	told_at: datetime | None = None


def read_stock(client: StoreClient, keys: Iterable[ProductKey], with_meta: bool = False) -> ReadStock:
	"""Read the stock of these products: a request for a hundred products, and one for each product with variations.

	:param keys: ids of product and variation, 0 for none; :param with_meta: with all their meta data
	:raises StoreError: it can't be read; :raises PayloadError: an entry isn't a product
	"""
	read = ReadStock()
	fields = (*FIELDS, "meta_data") if with_meta else FIELDS
	products: list[int] = []
	variations: dict[int, list[int]] = {}
	for product_id, variation_id in sorted(set(keys)):
		if variation_id:
			variations.setdefault(product_id, []).append(variation_id)
		else:
			products.append(product_id)
	for ids in in_parts(products, INCLUDE_LIMIT):
		for entry in _read(client, "products", ids, read, fields):
			read.by_key[entry.id, 0] = entry
	for product_id, of_product in variations.items():
		for ids in in_parts(of_product, INCLUDE_LIMIT):
			try:
				for entry in _read(client, f"products/{product_id}/variations", ids, read, fields):
					read.by_key[product_id, entry.id] = entry
			except StoreNotFoundError:
				continue
	return read


def read_sharing_variations(client: StoreClient, product_id: int) -> set[int]:
	"""The variations that take the stock of this product, those of them that are on sale.

	:raises StoreError: they can't be read; :raises PayloadError: an entry isn't a product
	"""
	fields = {"_fields": (*FIELDS, "status")}
	try:
		pages = read_pages(client, f"products/{product_id}/variations", {**BY_ID, **fields}, INCLUDE_LIMIT)
		entries = [parse(ProductStock, body) for answer in pages for body in answer.body]
	except StoreNotFoundError:
		return set()
	return {entry.id for entry in entries if entry.follows_parent and entry.status != PRIVATE}


def _read(
	client: StoreClient, route: str, ids: Sequence[int], read: ReadStock, fields: Sequence[str]
) -> list[ProductStock]:
	parameters = {"include": ids, "per_page": INCLUDE_LIMIT, "_fields": fields}
	answer = client.get(route, parameters, shape=list)
	read.told_at = read.told_at or answer.told_at
	entries = [parse(ProductStock, body) for body in answer.body]
	# A shop that ignores `include` would hand out its first hundred.
	return [entry for entry in entries if entry.id in ids]


@dataclass(frozen=True, slots=True)
class Changed:
	"""What became of one change: what the shop has now, or why it refuses it."""

	quantity: Decimal | None = None
	error: str = ""


def change_stock(
	client: StoreClient,
	changes: Mapping[ProductKey, Decimal],
	meta: Mapping[ProductKey, Mapping[str, Decimal]] = MappingProxyType({}),
) -> dict[ProductKey, Changed]:
	"""Change what the shop has of products by so many pieces, in one request. Sent once.

	The shop adds it to what it has at that moment, so that what it has sold since it was read stays sold.

	:param changes: of products without variations, or of the variations of one product; at most a hundred; 0 changes nothing
	:param meta: quantities that a plugin keeps in meta data of some of them, by their keys; these are written as they are
	:raises StoreError: if it is retryable, whether anything was changed isn't known
	"""
	((parent, is_variation),) = {(key[0] if key[1] else 0, bool(key[1])) for key in changes}
	route = f"products/{parent}/variations/batch" if is_variation else "products/batch"
	by_id = {(key[1] or key[0]): key for key in changes}
	update = [_update(number, changes[key], meta.get(key, {})) for number, key in by_id.items()]
	body = client.request_once("POST", route, body=Hidden({"update": update}), shape=dict).body
	entries = body.get("update")
	changed = {}
	for entry in entries if isinstance(entries, list) else ():
		number = entry.get("id") if isinstance(entry, dict) else None
		if number in by_id:
			changed[by_id[number]] = _changed(entry)
	return changed


def _update(number: int, change: Decimal, meta: Mapping[str, Decimal]) -> dict[str, Any]:
	update: dict[str, Any] = {"id": number}
	if change:
		update["inventory_delta"] = _number(change)
	if meta:
		update["meta_data"] = [{"key": key, "value": f"{value:f}"} for key, value in meta.items()]
	return update


def _changed(entry: Mapping[str, Any]) -> Changed:
	error = entry.get("error")
	if isinstance(error, dict):
		return Changed(error=str(error.get("message") or error.get("code") or error))
	stock = parse(ProductStock, entry)
	return Changed(stock.stock_quantity if stock.is_counted else None)


def _number(quantity: Decimal) -> int | float:
	return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def read_goods(
	client: StoreClient, order_ids: Iterable[int], statuses: tuple[str, ...] | None = None
) -> dict[int, OrderGoods]:
	"""The goods of orders by their ids; what is deleted, in another status or broken is left out.

	:raises StoreError: they can't be read
	"""
	goods: dict[int, OrderGoods] = {}
	for ids in in_parts(sorted(set(order_ids)), INCLUDE_LIMIT):
		parameters = {
			"include": ids,
			"per_page": INCLUDE_LIMIT,
			"status": ",".join(statuses or ("any",)),
			"_fields": ORDER_FIELDS,
		}
		for body in client.get("orders", parameters, shape=list).body:
			try:
				order = parse(OrderGoods, body)
			except PayloadError:
				continue
			if order.id in ids:
				goods[order.id] = order
	return goods
