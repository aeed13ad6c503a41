"""Which lines of an order a credit note gives back, as the shop takes it: exactly, or not at all.

The shop's own reports and stock go by lines. It believes whatever it gets of them, so they are sent only where they sum to
the credit note's amount; else the refund is one of the order as a whole.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.store.payloads import Order

ZERO = Decimal(0)


def lines_of_refund(note: Document, order: Order, amount: Decimal) -> list[dict[str, Any]]:
	""":param amount: what is refunded, positive; :returns: lines for WooCommerce, none where they don't come to it exactly"""
	quantities = _quantities(note)
	cent = Decimal(1).scaleb(-note.precision("grand_total"))
	goods = [
		_part(line, quantities[line.id], line.quantity, cent)
		for line in order.line_items
		if quantities.get(line.id) and quantities[line.id] <= line.quantity
	]
	if not goods or len(goods) != len(quantities):
		return []
	charges = [
		_part(line, Decimal(1), Decimal(1), cent) for line in (*order.shipping_lines, *order.fee_lines)
	]
	for lines in (goods, [*goods, *charges]):
		if _sum(lines) == amount:
			return [_as_sent(line) for line in lines]
	return []


def _quantities(note: Document) -> dict[int, Decimal]:
	"""How much of which line of the order a credit note gives back. A row without a line makes it an amount only."""
	rows = tuple(row.sales_invoice_item for row in note.items if row.sales_invoice_item)
	if len(rows) != len(note.items):
		return {}
	lines = dict(
		frappe.db.sql("SELECT name, woo_order_line_id FROM `tabSales Invoice Item` WHERE name IN %s", (rows,))
	)
	quantities: dict[int, Decimal] = defaultdict(Decimal)
	for row in note.items:
		quantities[lines.get(row.sales_invoice_item) or 0] -= Decimal(str(row.qty))
	return {} if 0 in quantities else dict(quantities)


def _part(line: Any, quantity: Decimal, whole: Decimal, cent: Decimal) -> dict[str, Any]:
	def share(total: Decimal) -> Decimal:
		return (total * quantity / whole).quantize(cent, ROUND_HALF_UP)

	return {
		"id": line.id,
		"quantity": int(quantity),
		"refund_total": share(line.total),
		"refund_tax": [{"id": tax.id, "refund_total": share(tax.total)} for tax in line.taxes if tax.total],
	}


def _sum(lines: Iterable[dict[str, Any]]) -> Decimal:
	return sum(
		(
			line["refund_total"] + sum((tax["refund_total"] for tax in line["refund_tax"]), ZERO)
			for line in lines
		),
		ZERO,
	)


def _as_sent(line: dict[str, Any]) -> dict[str, Any]:
	taxes = [{"id": tax["id"], "refund_total": str(tax["refund_total"])} for tax in line["refund_tax"]]
	return {**line, "refund_total": str(line["refund_total"]), "refund_tax": taxes}
