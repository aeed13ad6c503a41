"""How much the books have of items, and what they have taken already for the shop's orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

import frappe

from jarz_woocommerce_integration.ledger.erpnext.values import to_utc_column
from jarz_woocommerce_integration.translation.stock.claims import RELEASED

ZERO = Decimal(0)
ONE_PIECE = Decimal(1)
Bundles = Mapping[str, Mapping[str, Decimal]]


class Basis(str, Enum):
	"""Which quantity of ERPNext's is offered."""

	ACTUAL = "Actual Quantity"
	FREE = "Actual less Reserved"
	PROJECTED = "Projected Quantity"


_RESERVED = " - ".join(
	(
		"reserved_qty",
		"reserved_qty_for_production",
		"reserved_qty_for_sub_contract",
		"reserved_qty_for_production_plan",
	)
)
_OF_BASIS = {
	Basis.ACTUAL: "actual_qty",
	Basis.FREE: f"actual_qty - {_RESERVED}",
	Basis.PROJECTED: "projected_qty",
}
_BINS = """
SELECT item_code, CAST(sum({quantity}) AS CHAR) FROM `tabBin`
WHERE warehouse IN %(warehouses)s AND item_code IN %(items)s GROUP BY item_code
"""
_SAFETY = "SELECT name, CAST(safety_stock AS CHAR) FROM `tabItem` WHERE name IN %s AND safety_stock > 0"
_BELOW = """
SELECT below.name FROM `tabWarehouse` above JOIN `tabWarehouse` below ON below.lft BETWEEN above.lft AND above.rgt
WHERE above.name IN %s AND below.is_group = 0 AND below.disabled = 0 AND below.company = %s
"""
# What no Delivery Note has taken and no credit note has given up, of invoices that leave stock to Delivery Notes.
_UNDELIVERED = """
SELECT row.item_code, CAST(sum(greatest(row.qty - row.delivered_qty - coalesce(returned.qty, 0), 0) * row.conversion_factor) AS CHAR)
FROM `tabWooCommerce Order Map` map
JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
JOIN `tabSales Invoice Item` row ON row.parent = invoice.name
LEFT JOIN (
	SELECT note_row.sales_invoice_item AS of_row, -sum(note_row.qty) AS qty FROM `tabSales Invoice` note
	JOIN `tabSales Invoice Item` note_row ON note_row.parent = note.name
	WHERE note.woo_store = %(store)s AND note.is_return = 1 AND note.docstatus = 1 AND note.woo_refund_id > 0
	GROUP BY note_row.sales_invoice_item
) returned ON returned.of_row = row.name
WHERE map.store = %(store)s AND map.created_gmt >= %(since)s AND invoice.docstatus = 1 AND invoice.is_return = 0
	AND invoice.update_stock = 0 AND row.item_code IS NOT NULL AND row.delivered_qty < row.qty
GROUP BY row.item_code
"""
# A credit note that moves no stock leaves with the books what its invoice has taken; a return of its delivery doesn't.
_TAKEN = """
SELECT woo_order_id, item_code, CAST(sum(stock_qty) AS CHAR) FROM (
	SELECT invoice.woo_order_id, row.item_code, row.stock_qty FROM `tabSales Invoice` invoice
	JOIN `tabSales Invoice Item` row ON row.parent = invoice.name
	WHERE invoice.woo_store = %(store)s AND invoice.woo_order_id IN %(orders)s AND invoice.docstatus = 1
		AND row.item_code IS NOT NULL AND (invoice.is_return = 0 OR invoice.update_stock = 1)
	UNION ALL
	SELECT note.woo_order_id, row.item_code, row.stock_qty FROM `tabDelivery Note` note
	JOIN `tabDelivery Note Item` row ON row.parent = note.name
	WHERE note.woo_store = %(store)s AND note.woo_order_id IN %(orders)s AND note.docstatus = 1 AND note.is_return = 1
) taken GROUP BY woo_order_id, item_code
"""
# Orders that have a state, but nothing in the books that moves their goods. One that is skipped waits until it is completed.
_WITHOUT_STOCK = """
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND state IN ('Held', 'Failed') AND created_gmt >= %(since)s AND woo_status NOT IN %(released)s
UNION
SELECT woo_order_id FROM `tabWooCommerce Order Map`
WHERE store = %(store)s AND state = 'Skipped' AND created_gmt >= %(since)s AND woo_status NOT IN %(released_or_done)s
UNION
SELECT woo_id FROM `tabWooCommerce Inbox` WHERE store = %(store)s AND resource = 'order' AND state = 'Waiting'
UNION
SELECT woo_order_id FROM `tabSales Invoice`
WHERE woo_store = %(store)s AND docstatus = 0 AND status = 'Draft' AND woo_order_id > 0
"""
DONE = ("completed", "refunded")


@dataclass(frozen=True, slots=True)
class StockRules:
	"""How much of the books is offered to a shop.

	:ivar warehouses: those with stock, no groups; :ivar safety: isn't offered of an item that has no safety stock of its own
	:ivar less_undelivered: invoices that leave stock to Delivery Notes count as delivered
	"""

	store: str
	warehouses: tuple[str, ...]
	basis: Basis
	less_undelivered: bool
	safety: Decimal
	has_decimals: bool
	disabled_to_zero: bool


def warehouses_below(names: Collection[str], company: str) -> tuple[str, ...]:
	"""The warehouses of a company that can have stock, of these and all below them."""
	return tuple(sorted(frappe.db.sql(_BELOW, (tuple(names), company), pluck=True))) if names else ()


def read_free(
	rules: StockRules, items: Iterable[str], bundles: Bundles, since: datetime | None
) -> dict[str, Decimal]:
	"""What the books have of these items to offer, less the safety stock and what is sold and not delivered.

	:param bundles: item -> its parts; :param since: orders of the shop that were made before are of its history (UTC); None: all are
	"""
	items = tuple(set(items))
	if not (items and rules.warehouses):
		return dict.fromkeys(items, ZERO)
	query = _BINS.format(quantity=_OF_BASIS[rules.basis])
	found = dict(frappe.db.sql(query, {"warehouses": rules.warehouses, "items": items}))
	safety = dict(frappe.db.sql(_SAFETY, (items,)))
	undelivered = {}
	if rules.less_undelivered and since:
		undelivered = in_parts(_undelivered(rules.store, since), bundles)
	return {
		item: Decimal(found.get(item) or 0)
		- (Decimal(safety[item]) if item in safety else rules.safety)
		- undelivered.get(item, ZERO)
		for item in items
	}


def read_actual(warehouses: Collection[str], items: Collection[str]) -> dict[str, Decimal]:
	"""What is in these warehouses of these items, whatever is reserved."""
	if not (items and warehouses):
		return {}
	query = _BINS.format(quantity=_OF_BASIS[Basis.ACTUAL])
	rows = frappe.db.sql(query, {"warehouses": tuple(warehouses), "items": tuple(items)})
	return {item: Decimal(quantity) for item, quantity in rows}


def _undelivered(store: str, since: datetime) -> dict[str, Decimal]:
	rows = frappe.db.sql(_UNDELIVERED, {"store": store, "since": to_utc_column(since)})
	return {item: Decimal(quantity) for item, quantity in rows}


def read_taken(store: str, order_ids: Collection[int], bundles: Bundles) -> dict[int, dict[str, Decimal]]:
	"""Order -> item -> what the books have taken for it, or count as sold and not delivered. :param bundles: item -> its parts"""
	taken: dict[int, dict[str, Decimal]] = defaultdict(dict)
	for order_id, item, quantity in _rows_taken(store, order_ids):
		taken[order_id][item] = Decimal(quantity)
	return {order_id: in_parts(of_order, bundles) for order_id, of_order in taken.items()}


def _rows_taken(store: str, order_ids: Collection[int]) -> Iterable[tuple[int, str, str]]:
	return frappe.db.sql(_TAKEN, {"store": store, "orders": tuple(order_ids)}) if order_ids else ()


def in_parts(quantities: Mapping[str, Decimal], bundles: Bundles) -> dict[str, Decimal]:
	"""The same quantities, of the parts of what is a bundle."""
	parts: dict[str, Decimal] = defaultdict(Decimal)
	for item, quantity in quantities.items():
		for part, each in bundles.get(item, {item: ONE_PIECE}).items():
			parts[part] += quantity * each
	return parts


def orders_without_stock(store: str, since: datetime) -> set[int]:
	"""The ids of orders that may have taken goods in the shop and have taken none in the books. :param since: made after it (UTC)"""
	values = {
		"store": store,
		"since": to_utc_column(since),
		"released": tuple(RELEASED),
		"released_or_done": (*RELEASED, *DONE),
	}
	return set(frappe.db.sql(_WITHOUT_STOCK, values, pluck=True))
