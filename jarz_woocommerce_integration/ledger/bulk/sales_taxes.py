"""Sales Taxes and Charges, all of the kind Actual: column -> rule.

ERPNext: `calculate_taxes` in erpnext/controllers/taxes_and_totals.py.
"""

import json

from jarz_woocommerce_integration.ledger.bulk.sheets import Rules, Sheet

DOCTYPE = "Sales Taxes and Charges"


def _before(row: Sheet) -> float:
	"""The running total that this row is added to."""
	invoice = row.parent_sheet
	return invoice.taxes[row.idx - 2].total if row.idx > 1 else invoice.net_total


def _item_wise(row: Sheet) -> str:
	"""The amount distributed over the items by their net amounts. What division loses is told nowhere."""
	invoice = row.parent_sheet
	shares: dict[str, list[float]] = {}
	for item in invoice.items:
		share = item.net_amount * row.tax_amount / invoice.net_total if invoice.net_total else 0.0
		share = share * invoice.conversion_rate
		key = item.item_code or item.item_name
		if key in shares:
			share += shares[key][1]
		shares[key] = [0.0, share]
	return json.dumps(shares, separators=(",", ":"))


def _base(column: str):
	return lambda row: row.site.money(row.site.money(getattr(row, column)) * row.parent_sheet.conversion_rate)


RULES: Rules = {
	"charge_type": lambda row: row.charge_type,
	"account_head": lambda row: row.account_head,
	"description": lambda row: row.description,
	"cost_center": lambda row: row.cost_center,
	"tax_amount": lambda row: row.site.money(row.tax_amount),
	"tax_amount_after_discount_amount": lambda row: row.tax_amount,
	"total": lambda row: row.site.money(_before(row) + row.tax_amount),
	"base_tax_amount": _base("tax_amount"),
	"base_tax_amount_after_discount_amount": _base("tax_amount_after_discount_amount"),
	"base_total": _base("total"),
	"item_wise_tax_detail": _item_wise,
}
