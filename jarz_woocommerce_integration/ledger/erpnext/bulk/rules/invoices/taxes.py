"""Sales Taxes and Charges, all of the kind Actual: column -> rule.

ERPNext: `calculate_taxes` in erpnext/controllers/taxes_and_totals.py.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)

DOCTYPE = "Sales Taxes and Charges"


def _before(row: DraftDocument) -> float:
	"""The running total that this row is added to."""
	invoice = row.parent_document
	return invoice.taxes[row.idx - 2].total if row.idx > 1 else invoice.net_total


def _base(column: str):
	return lambda row: row.site.money(
		row.site.money(getattr(row, column)) * row.parent_document.conversion_rate
	)


RULES: Rules = {
	**all_given("charge_type", "account_head", "description", "cost_center"),
	"tax_amount": lambda row: row.site.money(row.tax_amount),
	"tax_amount_after_discount_amount": lambda row: row.tax_amount,
	"total": lambda row: row.site.money(_before(row) + row.tax_amount),
	"base_tax_amount": _base("tax_amount"),
	"base_tax_amount_after_discount_amount": _base("tax_amount_after_discount_amount"),
	"base_total": _base("total"),
	**all_given("dont_recompute_tax", "item_wise_tax_detail", "woo_tax_rate_id", "woo_tax_percent"),
	"woo_taxable_amount": lambda row: row.site.money(row.woo_taxable_amount),
	"woo_tax_class": given("woo_tax_class"),
}
