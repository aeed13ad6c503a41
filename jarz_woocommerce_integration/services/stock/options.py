"""What the form of a WooCommerce Store says of its stock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from jarz_woocommerce_integration.ledger.erpnext.stock.books import Basis, StockRules, warehouses_below
from jarz_woocommerce_integration.translation.stock.locations import PLUGINS, LocationPlugin

STORE = "WooCommerce Store"
OFF, LIST, KEEP = "Off", "List Differences", "Keep in Step"
SUM_OF_VARIATIONS = "Sum of Variations"
# The id of a term.
_LOCATION = re.compile(r"[1-9][0-9]{0,17}")
# Another choice of these gives other quantities for every product: a person looks at them first.
DECIDING = (
	*("send_stock", "stock_basis", "stock_less_undelivered", "stock_safety", "stock_decimals"),
	*("stock_shared", "stock_location_plugin"),
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


@dataclass(frozen=True, slots=True)
class Locations:
	"""Where a plugin of the shop keeps stock by location. :ivar warehouses: id of a location -> its warehouses, no groups"""

	plugin: LocationPlugin
	warehouses: Mapping[str, tuple[str, ...]]


def locations_of(store: Document) -> Locations | None:
	"""None where the shop has one quantity of each product."""
	plugin = PLUGINS.get(store.stock_location_plugin or "")
	if not plugin:
		return None
	named: dict[str, list[str]] = {}
	for row in store.stock_locations:
		named.setdefault(row.location, []).append(row.warehouse)
	return Locations(
		plugin, {location: warehouses_below(names, store.company) for location, names in named.items()}
	)


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
	_validate_locations(store)
	if store.send_stock == KEEP and not cint(store.live_sync):
		# Without it nobody knows what the shop has sold since.
		frappe.throw(
			_("{0} needs the live sync: switch on {1} first.").format(
				_label(store, "send_stock"), _label(store, "live_sync")
			)
		)


def _validate_locations(store: Document) -> None:
	if not store.stock_location_plugin:
		return
	label = _label(store, "stock_locations")
	if not store.stock_locations:
		frappe.throw(_("{0}: name the warehouse of each location.").format(label))
	offered = set(warehouses_below(chosen_warehouses(store), store.company))
	for row in store.stock_locations:
		row.location = (row.location or "").strip()
		if not _LOCATION.fullmatch(row.location):
			frappe.throw(_("{0}: {1} is no id of a location.").format(label, row.location))
		if not set(warehouses_below([row.warehouse], store.company)) <= offered:
			frappe.throw(
				_("{0}: what {1} has isn't offered. Choose it in {2}, too.").format(
					label, row.warehouse, _label(store, "stock_warehouses")
				)
			)


def is_decided_anew(store: Document) -> bool:
	"""Whether a person who saves the form changes how much of products is offered."""
	before = store.get_doc_before_save()
	return before is not None and (
		any(store.has_value_changed(field) for field in DECIDING)
		or set(chosen_warehouses(before)) != set(chosen_warehouses(store))
		or _rows_of_locations(before) != _rows_of_locations(store)
	)


def _rows_of_locations(store: Document) -> list[tuple[str, str]]:
	return [(row.location, row.warehouse) for row in store.stock_locations]


def _label(store: Document, field: str) -> str:
	return _(store.meta.get_label(field))
