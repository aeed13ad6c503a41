"""What the form of a WooCommerce Store says of its stock."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from jarz_woocommerce_integration.ledger.erpnext.stock.books import Basis, StockRules, warehouses_below

STORE = "WooCommerce Store"
OFF, LIST, KEEP = "Off", "List Differences", "Keep in Step"
SUM_OF_VARIATIONS = "Sum of Variations"
# Another choice of these gives other quantities for every product: a person looks at them first.
DECIDING = (
	*("send_stock", "stock_basis", "stock_less_undelivered", "stock_safety", "stock_decimals"),
	"stock_shared",
)

_STORES = "SELECT name FROM `tabWooCommerce Store` WHERE enabled = 1 AND send_stock IN %s ORDER BY name"


def stores_with_stock() -> list[str]:
	"""The stores whose stock is compared or kept in step."""
	return frappe.db.sql(_STORES, ((LIST, KEEP),), pluck=True)


def is_on(store: Document | frappe._dict) -> bool:
	return store.send_stock in (LIST, KEEP)


def sums_variations(store: Document) -> bool:
	"""Whether a product whose variations share its stock is offered the sum of theirs; else it is left alone."""
	return store.stock_shared == SUM_OF_VARIATIONS


def chosen_warehouses(store: Document) -> list[str]:
	"""The warehouses that the form names for its stock, groups among them."""
	return [row.warehouse for row in store.stock_warehouses] or [name for name in (store.warehouse,) if name]


def rules_of(store: Document) -> StockRules:
	return StockRules(
		store=store.name,
		warehouses=warehouses_below(chosen_warehouses(store), store.company),
		basis=Basis(store.stock_basis or Basis.FREE),
		less_undelivered=bool(cint(store.stock_less_undelivered)),
		safety=Decimal(f"{flt(store.stock_safety):.9f}"),
		has_decimals=bool(cint(store.stock_decimals)),
		disabled_to_zero=bool(cint(store.stock_disabled_to_zero)),
	)


def validate(store: Document) -> None:
	""":raises frappe.ValidationError: names the field of the form"""
	for row in store.stock_warehouses:
		company = frappe.get_cached_value("Warehouse", row.warehouse, "company")
		if company and company != store.company:
			frappe.throw(
				_("{0}: {1} belongs to {2}, not to {3}.").format(
					_label(store, "stock_warehouses"), row.warehouse, company, store.company
				)
			)
	if not is_on(store):
		return
	if not chosen_warehouses(store):
		frappe.throw(
			_("Choose the {0} whose stock the shop is to offer.").format(_label(store, "stock_warehouses"))
		)
	if store.send_stock == KEEP and not cint(store.live_sync):
		# Without it nobody knows what the shop has sold since.
		frappe.throw(
			_("{0} needs the live sync: switch on {1} first.").format(
				_label(store, "send_stock"), _label(store, "live_sync")
			)
		)


def is_decided_anew(store: Document) -> bool:
	"""Whether a person who saves the form changes how much of products is offered."""
	before = store.get_doc_before_save()
	return before is not None and (
		any(store.has_value_changed(field) for field in DECIDING)
		or set(chosen_warehouses(before)) != set(chosen_warehouses(store))
	)


def _label(store: Document, field: str) -> str:
	return _(store.meta.get_label(field))
