"""The routes that make orders, and change their lines."""

from typing import TYPE_CHECKING, Any

from jarz_woocommerce_integration.sample_store.http.exchange import (
	Answer,
	Request,
	RestError,
	invalid_parameters,
	rest,
)
from jarz_woocommerce_integration.sample_store.http.queries import REGISTERED, listed

if TYPE_CHECKING:
	from jarz_woocommerce_integration.sample_store.server import SampleStore

_TOLD = (
	*("customer_id", "customer_note", "payment_method", "payment_method_title", "transaction_id"),
	*("billing", "shipping", "meta_data"),
)


def check_status(status: str | None) -> None:
	if status is not None and status not in REGISTERED:
		message = f"status is not one of {listed(REGISTERED)}."
		raise invalid_parameters({"status": ("rest_not_in_enum", message, None)})


def create_order(store: "SampleStore", request: Request, fields: dict[str, Any]) -> Answer:
	"""A product that isn't there makes an empty line. Shipping, fees, coupons and prices of one's own aren't read."""
	check_status(fields.get("status"))
	lines = fields.get("line_items") or []
	_check_quantities(lines)
	shop = store.shop
	with shop.lock:
		quantities = [(_product_of(store, line), line.get("quantity", 1)) for line in lines]
		told = {name: fields[name] for name in _TOLD if name in fields}
		status = "processing" if fields.get("set_paid") is True else fields.get("status", "pending")
		body = shop.body(shop.create_order(quantities, status, **told))
	headers = [("Location", body["_links"]["self"][0]["href"])]
	return rest(body, shop.home, 201, allow="GET, POST", headers=headers)


def _check_quantities(lines: list[dict[str, Any]]) -> None:
	for place, line in enumerate(lines):
		quantity = line.get("quantity", 1)
		name = f"line_items[{place}][quantity]"
		if isinstance(quantity, bool) or int(quantity) != quantity:
			fault = ("rest_invalid_type", f"{name} is not of type integer.", {"param": name})
			raise invalid_parameters({"line_items": fault})


def _product_of(store: "SampleStore", line: dict[str, Any]) -> int:
	"""0 for one that isn't there."""
	if line.get("quantity", 1) < 1:
		raise RestError(
			500, "internal_server_error", "<p>There has been a critical error on this website.</p>"
		)
	if number := line.get("variation_id") or line.get("product_id"):
		return number if number in store.shop.catalogue.by_id else 0
	if sku := line.get("sku"):
		found = store.shop.catalogue.of_sku(sku)
		return found[0].id if found else 0
	raise RestError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")


def change_lines(store: "SampleStore", order_id: int, lines: list[dict[str, Any]]) -> None:
	"""Another quantity of lines that are there; none removes one. What they cost isn't changed."""
	_check_quantities(lines)
	for line in lines:
		if "quantity" not in line:
			continue
		try:
			store.shop.change_quantity(order_id, line["id"], line["quantity"])
		except LookupError:
			message = "Order item ID provided is not associated with order."
			raise RestError(400, "woocommerce_rest_invalid_item_id", message) from None
