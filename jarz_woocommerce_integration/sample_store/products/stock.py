"""What orders do to stock. A line says what it has taken from it: `_reduced_stock` of its meta data."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.shop.order_lines import META_PER_ORDER

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.products.changes import ProductChanges

TAKEN = "_reduced_stock"
RESTOCKED = "_restock_refunded_items"
TAKING = frozenset({"processing", "completed", "on-hold"})
GIVING_BACK = frozenset({"cancelled", "pending", "failed"})
# So do these, which come after one of them
HOLDING = TAKING | {"shipped", "refunded"}


def follow_status(shop: "ProductChanges", body: dict[str, Any]) -> None:
	"""Take or give back what the order's new status says."""
	if body["status"] in TAKING:
		_take(shop, body)
	elif body["status"] in GIVING_BACK:
		_give_back(shop, body)


def of_new_order(shop: "ProductChanges", body: dict[str, Any]) -> None:
	"""An order that holds its goods takes them. What its lines say of it already is made true, or goes."""
	for line in body["line_items"]:
		_set(body, line, TAKEN, None)
	if body["status"] in HOLDING:
		_take(shop, body)


def restock(shop: "ProductChanges", body: dict[str, Any], lines: Sequence[dict[str, Any]]) -> None:
	"""Goods of a refund are back. Only what a line has taken comes back. `lines`: as the REST API takes them."""
	of_order = {line["id"]: line for line in body["line_items"]}
	for told in lines:
		line, quantity = of_order.get(told["id"]), int(told.get("quantity") or 0)
		taken = _number(line, TAKEN) if line else 0
		if line is None or not taken or quantity <= 0 or not shop.move_stock(_product_of(line), quantity):
			continue
		_set(body, line, TAKEN, str(taken - quantity))
		_set(body, line, RESTOCKED, str((_number(line, RESTOCKED) or 0) + quantity))


def of_changed_line(
	shop: "ProductChanges", body: dict[str, Any], line: dict[str, Any], quantity: int
) -> None:
	"""A line gets another quantity: the difference is taken or given back, where the order holds its goods."""
	taken = _number(line, TAKEN) or 0
	if body["status"] in TAKING and shop.move_stock(_product_of(line), taken - quantity):
		_set(body, line, TAKEN, str(quantity))


def _take(shop: "ProductChanges", body: dict[str, Any]) -> None:
	for line in body["line_items"]:
		if _number(line, TAKEN) is None and shop.move_stock(_product_of(line), -line["quantity"]):
			_set(body, line, TAKEN, str(line["quantity"]))


def _give_back(shop: "ProductChanges", body: dict[str, Any]) -> None:
	for line in body["line_items"]:
		taken = _number(line, TAKEN)
		if taken is not None:
			shop.move_stock(_product_of(line), taken)
			_set(body, line, TAKEN, None)


def _product_of(line: dict[str, Any]) -> int:
	return line["variation_id"] or line["product_id"]


def _number(line: dict[str, Any], key: str) -> int | None:
	return next((int(meta["value"]) for meta in line["meta_data"] if meta["key"] == key), None)


def _set(body: dict[str, Any], line: dict[str, Any], key: str, value: str | None) -> None:
	"""Set meta data of a line; None removes it."""
	known = next((meta for meta in line["meta_data"] if meta["key"] == key), None)
	if value is None:
		line["meta_data"] = [meta for meta in line["meta_data"] if meta is not known]
	elif known:
		known["value"] = known["display_value"] = value
	else:
		used = (meta["id"] for each in body["line_items"] for meta in each["meta_data"])
		own = max(used, default=body["id"] * META_PER_ORDER) + 1
		line["meta_data"].append(
			{"id": own, "key": key, "value": value, "display_key": key, "display_value": value}
		)
