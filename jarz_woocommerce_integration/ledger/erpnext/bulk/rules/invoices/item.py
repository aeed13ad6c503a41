"""Sales Invoice Item: column -> rule. `row` is the line as the order has it, completed from top to bottom.

ERPNext: `calculate_item_values` in erpnext/controllers/taxes_and_totals.py, `get_item_details`.
"""

import json

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)

DOCTYPE = "Sales Invoice Item"


def _rate(row: DraftDocument) -> float:
	if row.discount_percentage == 100:
		return 0.0
	rate = row.site.money(row.rate)
	if row.price_list_rate and not rate:
		return row.site.money(row.price_list_rate * (1.0 - row.discount_percentage / 100.0))
	return rate


def _is_above_list(row: DraftDocument) -> bool:
	return bool(row.price_list_rate) and row.rate > row.price_list_rate


def _base(column: str):
	"""In the company's currency: rounded, converted, rounded."""
	return lambda row: row.site.money(
		row.site.money(getattr(row, column)) * row.parent_document.conversion_rate
	)


def _of_item(column: str, without):
	return lambda row: row.item.row.get(column) if row.item else without


def _tax_rates(row: DraftDocument) -> str:
	"""The rates of charges of the type Actual, which have none."""
	if not row.site.items_have_tax_rates_of_charges:
		return "{}"
	return json.dumps({tax.account_head: tax.rate for tax in row.parent_document.taxes})


def _image(row: DraftDocument) -> str | None:
	return (row.item.row.get("image") or "").strip() if row.item else None


def _total_weight(row: DraftDocument) -> float:
	"""Of the item's weight as it is; what stands beside it is rounded."""
	weight = row.item.row["weight_per_unit"] if row.item else 0.0
	return row.site.quantity(weight * row.stock_qty)


RULES: Rules = {
	**all_given("item_code", "item_name", "description"),
	"item_group": _of_item("item_group", None),
	"brand": _of_item("brand", None),
	"image": _image,
	"barcode": _of_item("woo_barcode", None),
	"uom": given("uom"),
	"stock_uom": lambda row: row.item.row["stock_uom"] if row.item else row.uom,
	"qty": lambda row: row.site.quantity(row.qty),
	"stock_qty": lambda row: row.qty * row.conversion_factor,
	"weight_per_unit": lambda row: row.site.quantity(row.item.row["weight_per_unit"]) if row.item else 0.0,
	"weight_uom": _of_item("weight_uom", None),
	"total_weight": _total_weight,
	"price_list_rate": lambda row: row.site.money(row.price_list_rate),
	"rate": _rate,
	"margin_type": lambda row: "Amount" if _is_above_list(row) else "",
	"margin_rate_or_amount": lambda row: row.site.money(row.rate - row.price_list_rate)
	if _is_above_list(row)
	else 0.0,
	"discount_percentage": lambda row: float(row.discount_percentage or 0),
	"discount_amount": lambda row: row.price_list_rate - row.rate if row.price_list_rate > 0 else 0.0,
	"amount": lambda row: row.site.money(row.rate * row.qty),
	"net_rate": lambda row: row.rate,
	"net_amount": lambda row: row.amount,
	"stock_uom_rate": lambda row: row.rate / row.conversion_factor,
	"item_tax_rate": _tax_rates,
	"base_price_list_rate": _base("price_list_rate"),
	"base_rate": _base("rate"),
	"base_amount": _base("amount"),
	"base_net_rate": _base("net_rate"),
	"base_net_amount": _base("net_amount"),
	**all_given(
		"income_account",
		"cost_center",
		"sales_invoice_item",
		"woo_order_line_id",
		"woo_product",
		"woo_tax_class",
	),
}
