"""Item Wise Tax Detail (ERPNext 16): column -> rule. `share` is what one item bears of one tax.

ERPNext: `process_item_wise_tax_details` in erpnext/controllers/taxes_and_totals.py.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import Rules, all_given

DOCTYPE = "Item Wise Tax Detail"
RULES: Rules = {
	"item_row": lambda share: share.item.name,
	"tax_row": lambda share: share.tax.name,
	**all_given("rate", "amount", "taxable_amount"),
}
