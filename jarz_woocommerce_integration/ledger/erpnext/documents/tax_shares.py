"""What a tax was charged on which item, as ERPNext 16 keeps it: rows of the invoice. ERPNext 15 has it in the row of the tax.

ERPNext makes the rows from `_item_wise_tax_details` of the document, and holds their sum to the tax. It would move a difference to
the last item, or refuse the invoice.
"""

from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow

Share = dict[str, Any]


def of_charge(charge: ChargeRow, document: Document) -> list[Share]:
	"""The shares of a tax whose row is the document's last, in the company's currency.

	What it was charged on shipping and fees is a share without an item. Cents that the conversion loses go on to the next share.
	"""
	if charge.kind is not ChargeKind.TAX or not compat.tax_shares_are_rows():
		return []
	decimals, rate = document.precision("tax_amount", "taxes"), document.conversion_rate

	def converted(amount: float | Decimal) -> float:
		return flt(flt(float(amount), decimals) * rate, decimals)

	rows = [
		(item, amount, converted(item.rate * item.qty))
		for item, amount in ((document.items[position], amount) for position, amount in charge.items)
	]
	if rest := charge.amount - sum((amount for _position, amount in charge.items), Decimal(0)):
		taxable = converted(charge.taxable or 0) - sum(taxable for _item, _amount, taxable in rows)
		rows.append((_no_item(_("Shipping and fees")), rest, flt(taxable, decimals)))
	tax, percent = document.taxes[-1], float(charge.rate_percent or 0)
	shares: list[Share] = []
	running, before = Decimal(0), 0.0
	for row, amount, taxable in rows:
		running += amount
		until = converted(running)
		shares.append(_share(row, tax, percent, flt(until - before, decimals), taxable))
		before = until
	return shares


def carry_over(fresh: Document, document: Document) -> None:
	"""A document that has the rows of another, made anew, gets its shares."""
	document._item_wise_tax_details = [
		frappe._dict(
			share,
			item=document.items[share.item.idx - 1] if share.item.idx else share.item,
			tax=document.taxes[share.tax.idx - 1],
		)
		for share in fresh._item_wise_tax_details
	]


def keep(document: Document, method: str | None = None) -> None:
	"""Before an order's invoice is saved by a person: ERPNext would drop the shares of taxes that it doesn't recompute.

	A tax whose amount somebody has changed has none any more.
	"""
	stored = document.get("item_wise_tax_details")
	if not stored or not document.get("woo_order_id") or document.get("_item_wise_tax_details"):
		return
	items = {row.name: row for row in document.items}
	shares: list[Share] = []
	for tax in document.taxes:
		rows = [row for row in stored if row.tax_row == tax.name]
		amount = flt(flt(tax.tax_amount) * flt(document.conversion_rate), tax.precision("base_tax_amount"))
		if flt(sum(row.amount for row in rows) - amount, 5) == 0:
			shares += [
				_share(
					items.get(row.item_row) or _no_item(row.item_row),
					tax,
					row.rate,
					row.amount,
					row.taxable_amount,
				)
				for row in rows
			]
	document._item_wise_tax_details = shares


def _share(item: Any, tax: Any, rate: float, amount: float, taxable: float) -> Share:
	return frappe._dict(item=item, tax=tax, rate=rate, amount=amount, taxable_amount=taxable)


def _no_item(name: str) -> Any:
	return frappe._dict(name=name, item_code=name)
