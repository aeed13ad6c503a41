"""The routes of products and variations that write: one by one, and in batches."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import (
	Answer,
	Request,
	RestError,
	invalid_parameters,
	rest,
)
from jarz_woocommerce_integration.sample_store.http.order_routes import json_body
from jarz_woocommerce_integration.sample_store.http.product_routes import (
	ONE,
	STOCK_STATUSES,
	TYPES,
	product_of,
	unknown_product,
	variation_of,
)
from jarz_woocommerce_integration.sample_store.http.queries import Parameters, listed
from jarz_woocommerce_integration.sample_store.products.bodies import product_body, variation_body

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_LIST = "GET, POST"
_BATCH = "POST, PUT, PATCH"
_MOST = 100
_CHOICES = {
	"type": TYPES,
	"status": ("draft", "pending", "private", "publish", "future", "auto-draft", "trash"),
	"stock_status": STOCK_STATUSES,
	"backorders": ("no", "notify", "yes"),
}
_WHOLES = ("stock_quantity",)
_TEXTS = ("regular_price", "sale_price")
Fields = dict[str, Any]


def _checked(fields: Fields) -> Fields:
	"""Fields as one product's route takes them; a batch isn't checked like this.

	:raises RestError: 400
	"""
	faults: dict[str, tuple[str, str, Any]] = {}
	for name, choices in _CHOICES.items():
		if fields.get(name) is not None and fields[name] not in choices:
			faults[name] = ("rest_not_in_enum", f"{name} is not one of {listed(choices)}.", None)
	for name in _WHOLES:
		if fields.get(name) is not None and not _is_whole(fields[name]):
			faults[name] = ("rest_invalid_type", f"{name} is not of type integer.", {"param": name})
	for name in _TEXTS:
		if fields.get(name) is not None and not isinstance(fields[name], str):
			faults[name] = ("rest_invalid_type", f"{name} is not of type string.", {"param": name})
	if faults:
		raise invalid_parameters(faults)
	return fields


def _is_whole(value: Any) -> bool:
	try:
		return not isinstance(value, bool) and float(value) == int(float(value))
	except (TypeError, ValueError):
		return False


def _refuse_codes_of_others(store: "SampleStore", product_id: int, fields: Fields) -> None:
	""":raises RestError: 400, something else has the SKU or barcode"""
	catalogue = store.shop.catalogue
	sku, barcode = fields.get("sku"), fields.get("global_unique_id")
	other = next((p for p in catalogue.of_sku(sku) if p.id != product_id), None) if sku else None
	if other:
		raise RestError(
			400,
			"product_invalid_sku",
			"Invalid or duplicated SKU.",
			resource_id=other.id,
			unique_sku=f"{sku}-1",
		)
	of_barcode = (p for p in catalogue.all if p.global_unique_id == barcode and p.state != "deleted")
	other = next((p for p in of_barcode if p.id != product_id), None) if barcode else None
	if other:
		raise RestError(
			400,
			"product_invalid_global_unique_id",
			"Invalid or duplicated GTIN, UPC, EAN or ISBN.",
			resource_id=other.id,
		)


# --- one product ---


def _update(store: "SampleStore", product_id: int, fields: Fields) -> Fields:
	product = product_of(store, product_id)
	if product.parent_id:
		message = (
			"To manipulate product variations you should use the "
			"/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
		)
		raise RestError(404, "woocommerce_rest_invalid_product_id", message)
	if fields.get("manage_stock") is True and fields.get("type", product.type) == "external":
		raise RestError(
			400, "product_external_invalid_manage_stock", "External products cannot be stock managed."
		)
	_refuse_codes_of_others(store, product_id, fields)
	store.shop.update_product(product_id, **fields)
	return product_body(store.shop, product_of(store, product_id), to_edit=True)


def _create(store: "SampleStore", fields: Fields) -> Fields:
	_refuse_codes_of_others(store, 0, fields)
	created = store.shop.create_product(**fields)
	return product_body(store.shop, product_of(store, created), to_edit=True)


def update_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	with store.shop.lock:
		body = _update(store, int(product_id), _checked(json_body(request)))
	return rest(body, store.shop.home, allow=ONE)


def create_product(store: "SampleStore", request: Request) -> Answer:
	with store.shop.lock:
		body = _create(store, _checked(json_body(request)))
	headers = [("Location", body["_links"]["self"][0]["href"])]
	return rest(body, store.shop.home, 201, allow=_LIST, headers=headers)


def _trashed(kind: str) -> RestError:
	return RestError(410, "woocommerce_rest_already_trashed", f"The {kind} has already been deleted.")


def delete_product(store: "SampleStore", request: Request, product_id: str) -> Answer:
	"""Into the trash, or for good with `force`. The answer shows the product as it was before."""
	with store.shop.lock:
		product = product_of(store, int(product_id))
		before = product_body(store.shop, product, to_edit=True)
		if Parameters(request).flag("force"):
			store.shop.delete_product(product.id)
		elif product.state == "trash":
			raise _trashed("product")
		else:
			store.shop.trash_product(product.id)
	return rest(before, store.shop.home, allow=ONE)


# --- one variation ---


def _update_variation(store: "SampleStore", parent_id: int, variation_id: int, fields: Fields) -> Fields:
	variation = variation_of(store, parent_id, variation_id)
	_refuse_codes_of_others(store, variation.id, fields)
	store.shop.update_product(variation.id, **fields)
	return variation_body(store.shop, store.shop.catalogue.by_id[variation.id], to_edit=True)


def _create_variation(store: "SampleStore", parent_id: int, fields: Fields) -> Fields:
	_refuse_codes_of_others(store, 0, fields)
	created = store.shop.create_product(parent_id, **fields)
	return variation_body(store.shop, store.shop.catalogue.by_id[created], to_edit=True)


def update_variation(store: "SampleStore", request: Request, parent_id: str, variation_id: str) -> Answer:
	fields = _checked(json_body(request))
	with store.shop.lock:
		body = _update_variation(store, int(parent_id), int(variation_id), fields)
	return rest(body, store.shop.home, allow=ONE)


def create_variation(store: "SampleStore", request: Request, parent_id: str) -> Answer:
	fields = _checked(json_body(request))
	with store.shop.lock:
		body = _create_variation(store, product_of(store, int(parent_id)).id, fields)
	return rest(body, store.shop.home, 201, allow=_LIST)


def delete_variation(store: "SampleStore", request: Request, parent_id: str, variation_id: str) -> Answer:
	with store.shop.lock:
		variation = variation_of(store, int(parent_id), int(variation_id))
		before = variation_body(store.shop, variation)
		if Parameters(request).flag("force"):
			store.shop.delete_product(variation.id)
		elif variation.state == "trash":
			raise _trashed("product_variation")
		else:
			store.shop.trash_product(variation.id)
	return rest(before, store.shop.home, allow=ONE)


# --- batches ---


def batch_products(store: "SampleStore", request: Request) -> Answer:
	"""What can't be done of single entries is in the answer, whose status is 200."""

	def update(fields: Fields) -> Fields:
		product_id = fields.pop("id", None)
		if product_id not in store.shop.catalogue.by_id:
			raise unknown_product(400)
		return _update(store, product_id, fields)

	def delete(product_id: int) -> Fields:
		before = product_body(store.shop, product_of(store, product_id), to_edit=True)
		store.shop.delete_product(product_id)
		return before

	return _batch(store, request, lambda fields: _create(store, fields), update, delete)


def batch_variations(store: "SampleStore", request: Request, parent_id: str) -> Answer:
	parent = int(parent_id)

	def update(fields: Fields) -> Fields:
		return _update_variation(store, parent, fields.pop("id", 0) or 0, fields)

	def delete(variation_id: int) -> Fields:
		before = variation_body(store.shop, variation_of(store, parent, variation_id))
		store.shop.delete_product(variation_id)
		return before

	return _batch(store, request, lambda fields: _create_variation(store, parent, fields), update, delete)


def _batch(
	store: "SampleStore",
	request: Request,
	create: Callable[[Fields], Fields],
	update: Callable[[Fields], Fields],
	delete: Callable[[int], Fields],
) -> Answer:
	told = {
		name: entries
		for name, entries in json_body(request).items()
		if name in ("create", "update", "delete")
	}
	if sum(map(len, told.values())) > _MOST:
		message = f"Unable to accept more than {_MOST} items for this request."
		raise RestError(413, "woocommerce_rest_request_entity_too_large", message)
	done: dict[str, list[Fields]] = {}
	with store.shop.lock:
		for name, act in (("create", create), ("update", update)):
			if told.get(name):
				done[name] = [
					_tried(act, entry.get("id", 0 if name == "create" else None), dict(entry))
					for entry in told[name]
				]
		if told.get("delete"):
			done["delete"] = [_tried(delete, product_id, product_id) for product_id in told["delete"]]
	return rest(done or [], store.shop.home, allow=_BATCH)


def _tried(act: Callable[[Any], Fields], identifier: Any, told: Any) -> Fields:
	"""A batch takes no notice of fields that are null."""
	if isinstance(told, dict):
		told = {name: value for name, value in told.items() if value is not None}
	try:
		return act(told)
	except RestError as error:
		return {"id": identifier, "error": error.body}
