"""What a tax was charged on which item, as the site's ERPNext keeps it."""

import json

from jarz_woocommerce_integration.compat import tax_shares_are_rows

# Description of a tax -> item -> (percent, amount in the company's currency).
Shares = dict[str, dict[str, tuple[float, float]]]


def tax_shares(invoice) -> Shares:
	"""Without what was charged on shipping and fees, which ERPNext 15 doesn't keep."""
	if not tax_shares_are_rows():
		return {
			tax.description: {
				item: tuple(share) for item, share in json.loads(tax.item_wise_tax_detail).items()
			}
			for tax in invoice.taxes
		}
	items = {row.name: row.item_code or row.item_name for row in invoice.items}
	shares: Shares = {tax.description: {} for tax in invoice.taxes}
	descriptions = {tax.name: tax.description for tax in invoice.taxes}
	for row in (share for share in invoice.item_wise_tax_details if share.item_row in items):
		shares[descriptions[row.tax_row]][items[row.item_row]] = (row.rate, row.amount)
	return shares
