"""Bodies of orders that were made or changed over REST, as WooCommerce 11.0.1 was seen to have them."""

from typing import Any

from jarz_woocommerce_integration.sample_store.shop.amounts import from_money, money

_NOBODY = {
	"customer_id": 0,
	"customer_ip_address": "",
	"customer_user_agent": "",
	"customer_note": "",
	"payment_method": "",
	"payment_method_title": "",
	"transaction_id": "",
	"created_via": "rest-api",
}


def make_bare(body: dict[str, Any]) -> None:
	"""Leaves of an order its goods and their taxes alone."""
	without = from_money(body["shipping_total"]) + from_money(body["shipping_tax"])
	body |= {
		**_NOBODY,
		"billing": dict.fromkeys(body["billing"], ""),
		"shipping": dict.fromkeys(body["shipping"], ""),
		"shipping_lines": [],
		"shipping_total": "0.00",
		"shipping_tax": "0.00",
		"total_tax": body["cart_tax"],
		"total": money(from_money(body["total"]) - without),
		"tax_lines": [
			{**tax, "shipping_tax_total": "0.00"} for tax in body["tax_lines"] if from_money(tax["tax_total"])
		],
	}


def write(body: dict[str, Any], fields: dict[str, Any]) -> None:
	"""Top-level fields as they were sent; of an address what was sent of it."""
	addresses = {name: body[name] | fields[name] for name in ("billing", "shipping") if name in fields}
	meta = [
		{"id": body["id"] * 100 + place, **entry} for place, entry in enumerate(fields.get("meta_data", ()))
	]
	body |= {**fields, **addresses, "meta_data": meta}


def empty_line(identifier: int, quantity: int) -> dict[str, Any]:
	"""The line of a product that isn't there."""
	return {
		"id": identifier,
		"name": "",
		"product_id": 0,
		"variation_id": 0,
		"quantity": quantity,
		"tax_class": "",
		**dict.fromkeys(("subtotal", "subtotal_tax", "total", "total_tax"), "0.00"),
		"taxes": [],
		"meta_data": [],
		"sku": None,
		"global_unique_id": None,
		"price": 0,
		"image": {"id": 0, "src": ""},
		"parent_name": None,
	}


def remove_line(body: dict[str, Any], line: dict[str, Any]) -> None:
	"""A line goes, and what it cost."""
	body["line_items"].remove(line)
	tax = from_money(line["total_tax"])
	for name in ("cart_tax", "total_tax"):
		body[name] = money(from_money(body[name]) - tax)
	body["total"] = money(from_money(body["total"]) - from_money(line["total"]) - tax)
	for of_line in line["taxes"]:
		for of_order in body["tax_lines"]:
			if of_order["rate_id"] == of_line["id"] and of_line["total"]:
				left = from_money(of_order["tax_total"]) - from_money(of_line["total"])
				of_order["tax_total"] = money(left)
