"""Sales Taxes and Charges, all of the kind Actual: column -> rule.

ERPNext: `calculate_taxes` in erpnext/controllers/taxes_and_totals.py.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Rules, Sheet

DOCTYPE = "Sales Taxes and Charges"


def _before(row: Sheet) -> float:
	"""The running total that this row is added to."""
	invoice = row.parent_sheet
	return invoice.taxes[row.idx - 2].total if row.idx > 1 else invoice.net_total


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
	"dont_recompute_tax": lambda row: row.dont_recompute_tax,
	"item_wise_tax_detail": lambda row: row.item_wise_tax_detail,
	"woo_tax_rate_id": lambda row: row.woo_tax_rate_id,
	"woo_tax_percent": lambda row: row.woo_tax_percent,
	"woo_taxable_amount": lambda row: row.site.money(row.woo_taxable_amount),
	"woo_tax_class": lambda row: row.woo_tax_class,
}
