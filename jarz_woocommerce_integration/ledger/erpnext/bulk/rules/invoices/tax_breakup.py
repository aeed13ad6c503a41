"""The table of an invoice's charges by items that ERPNext keeps as HTML.

ERPNext: `get_itemised_tax_breakup_html` and templates/includes/itemised_tax_breakup.html, which take half of the time that
everything else here takes. Where the country changes the table, ERPNext's own function makes it.
"""

import json
from functools import cache

import erpnext
import frappe
from erpnext.controllers.taxes_and_totals import get_itemised_tax_breakup_html
from frappe import _

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, clean_text

_BY_COUNTRY = "erpnext.controllers.taxes_and_totals."
_TABS = ["\n" + "\t" * number for number in range(12)]
_HEAD = (
	'<div class="tax-break-up" style="overflow-x: auto;">\n\t<table class="table table-bordered table-hover">'
	"\n\t\t<thead>\n\t\t\t<tr>\n\t\t\t\t"
)
_BODY = "\n\t\t\t</tr>\n\t\t</thead>\n\t\t<tbody>\n\t\t\t"
# Names of a tax that would take another value's place in the table.
_PLAIN = frozenset({"item", "taxable_amount"})
# Item -> description of a tax -> [percent, amount in the company's currency].
Shares = dict[str, dict[str, list[float]]]
_FOOT = "\n\t\t</tbody>\n\t</table>\n</div>"


def breakup_of(invoice: DraftDocument) -> str | None:
	"""The table; of a draft as Frappe's filter leaves it, which writes styles in its own way in Frappe 16."""
	if not invoice.taxes:
		return None
	table = _table(invoice)
	return table if invoice.docstatus else clean_text(invoice.doctype, "other_charges_calculation", table)


def _table(invoice: DraftDocument) -> str:
	described = list(dict.fromkeys(tax.description for tax in invoice.taxes))
	if _is_changed_by_country(invoice.company) or not _PLAIN.isdisjoint(described):
		return get_itemised_tax_breakup_html(invoice)
	by_item, taxable = _of_rows(invoice) if compat.tax_shares_are_rows() else _of_texts(invoice)
	heads = [_("Item"), _("Taxable Amount"), *described]
	rows = [_row(invoice, key, taxable.get(key, 0), described, shares) for key, shares in by_item.items()]
	return "".join((_HEAD, *map(_head, range(len(heads)), heads), _BODY, *rows, _FOOT))


def _of_texts(invoice: DraftDocument) -> tuple[Shares, dict[str, float]]:
	by_item: Shares = {}
	for tax in invoice.taxes:
		for key, share in json.loads(tax.item_wise_tax_detail).items():
			by_item.setdefault(key, {})[tax.description] = share
	taxable: dict[str, float] = {}
	for item in invoice.items:
		key = item.item_code or item.item_name
		taxable[key] = taxable.get(key, 0) + item.net_amount
	return by_item, taxable


def _of_rows(invoice: DraftDocument) -> tuple[Shares, dict[str, float]]:
	"""The taxable amounts are those of an item's first tax."""
	by_item: Shares = {}
	taxable: dict[tuple[str, str], float] = {}
	for row in invoice._item_wise_tax_details:
		key, tax = row.item.item_code or row.item.item_name, row.tax.description
		share = by_item.setdefault(key, {}).setdefault(tax, [row.rate, 0.0])
		share[1] += invoice.site.money(row.amount)
		taxed = invoice.site.money(row.taxable_amount / (invoice.conversion_rate or 1))
		taxable[key, tax] = taxable.get((key, tax), 0) + taxed
	return by_item, {key: taxable[key, next(iter(shares))] for key, shares in by_item.items()}


def _head(position: int, text: str) -> str:
	side = "left" if position == 0 else "right"
	return f'{_TABS[5]}{_TABS[6]}<th class="text-{side}">{text}</th>{_TABS[5]}{_TABS[4]}'


def _row(
	invoice: DraftDocument, key: str, taxable: float, described: list[str], shares: dict[str, list[float]]
) -> str:
	cells = "".join(_cell(invoice, shares.get(text)) for text in described)
	shown = _shown(invoice, taxable)
	return (
		f'{_TABS[4]}<tr>{_TABS[5]}<td>{key}</td>{_TABS[5]}<td class="text-right">'
		f"{_TABS[6]}{_TABS[7]}{shown}{_TABS[6]}{_TABS[5]}</td>{_TABS[5]}{cells}{_TABS[4]}</tr>{_TABS[3]}"
	)


def _cell(invoice: DraftDocument, share: list[float] | None) -> str:
	"""What an item bears of a tax; an empty cell where it doesn't bear it."""
	if share is None:
		return f"{_TABS[6]}{_TABS[6]}{_TABS[7]}<td></td>{_TABS[6]}{_TABS[5]}"
	rate, amount = share[0], invoice.site.money(share[1])
	percent = f"{_TABS[9]}({rate}%){_TABS[8]}" if rate or not amount else ""
	shown = _shown(invoice, amount / invoice.conversion_rate)
	return (
		f'{_TABS[6]}{_TABS[6]}{_TABS[7]}<td class="text-right">{_TABS[8]}{percent}{_TABS[8]}{_TABS[9]}{shown}'
		f"{_TABS[8]}{_TABS[7]}</td>{_TABS[6]}{_TABS[5]}"
	)


def _shown(invoice: DraftDocument, amount: float) -> str:
	return invoice.site.shown(abs(amount) if invoice.is_return else amount, invoice.currency)


@cache
def _overrides(country: str) -> bool:
	changed = frappe.get_hooks("regional_overrides", {}).get(country, {})
	return any(name.startswith(_BY_COUNTRY) for name in changed)


def _is_changed_by_country(company: str) -> bool:
	return _overrides(erpnext.get_region(company) or "")
