"""The shop's stock as the opening stock of the books: a draft of a Stock Reconciliation, which a person reads and submits."""

from decimal import Decimal
from typing import TypedDict

import frappe
from erpnext.stock.doctype.stock_reconciliation.stock_reconciliation import EmptyStockReconciliationItemsError
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from jarz_woocommerce_integration.exceptions import StoreSetupError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.session import session as site_store
from jarz_woocommerce_integration.services.stock import options
from jarz_woocommerce_integration.services.stock.comparison import StockComparison
from jarz_woocommerce_integration.services.stock.offer import Offer
from jarz_woocommerce_integration.services.stock.reasons import REASONS
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.store.products.stock import BATCH_LIMIT

RECONCILIATION = "Stock Reconciliation"
OPENING = "Opening Stock"


class TakenOver(TypedDict):
	"""The draft's name ("" where there is nothing to take over), how many rows it has, and why what is left out is."""

	name: str
	rows: int
	left_out: list[str]


def take_over(store: Document) -> TakenOver:
	"""Make the draft, in the first warehouse of the store. Commits nothing of its own.

	What the shop has taken for orders that the books don't have yet is still in the warehouse, and is added. An item that several
	products sell, and a bundle, have no quantity of their own in the shop: they are left out and named.

	:raises StoreSetupError: the store has no warehouse; :raises StoreError: the shop can't be read
	"""
	rules = options.rules_of(store)
	if not rules.warehouses:
		raise StoreSetupError(
			Sentence("WooCommerce Store {0} has no warehouse.", store.name),
			"Choose one in its form, in the tab Stock.",
		)
	quantities, left_out = _in_the_shop(store)
	rows = []
	for item, quantity in sorted(quantities.items()):
		if reason := _why_not(item, quantity):
			left_out.append(f"{item}: {reason}")
			continue
		rows.append(_row(item, quantity, rules.warehouses[0]))
	draft = _insert_draft(store, rows, rules.warehouses[0])
	return {
		"name": draft.name if draft else "",
		"rows": len(draft.items) if draft else 0,
		"left_out": left_out,
	}


def _insert_draft(store: Document, rows: list[dict], warehouse: str) -> Document | None:
	"""None where the books have all of it already: ERPNext takes no reconciliation that changes nothing."""
	if not rows:
		return None
	draft = frappe.get_doc(
		{
			"doctype": RECONCILIATION,
			"company": store.company,
			"purpose": OPENING,
			"set_warehouse": warehouse,
			"expense_account": _opening_account(store.company),
			"cost_center": store.cost_center
			or frappe.get_cached_value("Company", store.company, "cost_center"),
			"items": rows,
		}
	)
	try:
		return draft.insert()
	except EmptyStockReconciliationItemsError:
		frappe.clear_last_message()
		return None


def _in_the_shop(store: Document) -> tuple[dict[str, Decimal], list[str]]:
	"""Item -> what is in the warehouse by what the shop says, and which products say nothing of an item."""
	offer = Offer(store)
	quantities: dict[str, Decimal] = {}
	left_out: list[str] = []
	several: set[str] = set()
	with site_store.known_client(store) as client:
		comparison = StockComparison(store, client, offer)
		for keys in in_parts(sorted(offer.products), BATCH_LIMIT):
			for key, one in comparison.compare(keys).items():
				sold = offer.products[key]
				reason = _(REASONS[one.reason]) if one.reason else ""
				if not reason and sold.product and sold.product.is_pool:
					reason = _("The shop has one quantity for all its variations.")
				elif not reason and sold.product and sold.item not in sold.product.parts:
					reason = _("It is a Product Bundle.")
				if reason:
					left_out.append(_("{0} (product {1}): {2}").format(sold.item, key[1] or key[0], reason))
				elif sold.item in quantities:
					several.add(sold.item)
				else:
					quantities[sold.item] = one.shop + (one.books.quantity - one.target.low)
	for item in sorted(several):
		del quantities[item]
		left_out.append(_("{0}: several products of the shop are this item.").format(item))
	return quantities, left_out


def _why_not(item: str, quantity: Decimal) -> str:
	has_batch, has_serial = frappe.get_cached_value("Item", item, ["has_batch_no", "has_serial_no"])
	if has_batch or has_serial:
		return _("It has batches or serial numbers.")
	if quantity <= 0:
		return _("The shop has none of it.")
	return "" if _valuation_rate(item) else _("It has no valuation rate.")


def _valuation_rate(item: str) -> float:
	rate, purchased_for = frappe.get_cached_value("Item", item, ["valuation_rate", "last_purchase_rate"])
	return flt(rate) or flt(purchased_for)


def _row(item: str, quantity: Decimal, warehouse: str) -> dict:
	return {
		"item_code": item,
		"warehouse": warehouse,
		"qty": float(quantity),
		"valuation_rate": _valuation_rate(item),
	}


def _opening_account(company: str) -> str | None:
	"""ERPNext takes an account of the balance sheet alone for opening stock."""
	filters = {"company": company, "account_type": "Temporary", "is_group": 0}
	return frappe.db.get_value("Account", filters)
