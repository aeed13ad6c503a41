"""Which row of an invoice each row of a credit note gives back, and which goods come back into stock with it."""

from collections import defaultdict
from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.translation.drafts import InvoiceRow, Restocked

WITHOUT_ITEM = {"item_code": None, "discount_percentage": 0, "warehouse": None}


class ReturnedRows:
	"""The rows of an invoice that can still be given back, as far as ERPNext would take it.

	ERPNext compares items, quantities and rates with the invoice's. A row that it would refuse (an amount without a
	line, more than the rate, parts of one piece) is booked without an item: the money and the account are the same.
	"""

	def __init__(self, original: Document, returned: dict[str, Decimal]):
		""":param returned: row of the invoice -> what earlier credit notes gave back (`Facts.returned`)"""
		self.left = {row.name: Decimal(str(row.qty)) for row in original.items}
		self.rows = list(original.items)
		for name, quantity in returned.items():
			self.left[name] = self.left.get(name, Decimal(0)) - quantity

	def parts(self, row: InvoiceRow, values: dict) -> list[dict]:
		"""A credit note's row as ERPNext takes it.

		Of a line whose price doesn't divide some pieces cost a cent less. Where one of those is left, it is given back at its own
		rate, and the cent beside it: without its item the goods would stay out of the stock.

		:param values: the row as it is going to be booked
		"""
		quantity = -Decimal(str(values["qty"]))
		of_line = [
			candidate
			for candidate in self.rows
			if (candidate.item_code, candidate.woo_order_line_id) == (row.item_code, row.order_line_id)
		]
		left = [candidate for candidate in of_line if self.left[candidate.name] >= quantity > 0]
		as_dear = next((candidate for candidate in left if candidate.rate >= values["rate"]), None)
		without = values | WITHOUT_ITEM | {"price_list_rate": values["rate"]}
		if as_dear:
			self.left[as_dear.name] -= quantity
			return [values | {"sales_invoice_item": as_dear.name}]
		if not left or values["rate"] > max(candidate.rate for candidate in of_line):
			return [without]
		nearest = max(left, key=lambda candidate: candidate.rate)
		self.left[nearest.name] -= quantity
		rest = float((Decimal(str(values["rate"])) - Decimal(str(nearest.rate))) * quantity)
		given_back = {
			"sales_invoice_item": nearest.name,
			"rate": nearest.rate,
			"price_list_rate": nearest.rate,
		}
		return [values | given_back, without | {"qty": -1.0, "rate": rest, "price_list_rate": rest}]


_RESTOCKED = """
SELECT row.woo_order_line_id, CAST(-sum(row.qty) AS CHAR) FROM `tabSales Invoice Item` row
JOIN `tabSales Invoice` note ON note.name = row.parent
WHERE note.return_against = %s AND note.docstatus = 1 AND note.update_stock = 1 AND row.item_code <> %s
GROUP BY row.woo_order_line_id
"""


def put_back(note: Document, original: str, restocked: Restocked, unit: str) -> None:
	"""Let a credit note bring back into stock what its refund has put back in the shop.

	The shop says it of each line for all refunds together, so what earlier credit notes brought back is taken from it. ERPNext
	moves the stock of all rows of a document: those whose goods didn't come back are booked as another item.

	:param original: name of the invoice; :param unit: of that item
	"""
	left: dict[int, Decimal] = defaultdict(Decimal, restocked.pieces)
	for line, quantity in frappe.db.sql(_RESTOCKED, (original, restocked.item)):
		left[line] -= Decimal(quantity)
	others = []
	for row in note.items:
		quantity = -Decimal(str(row.qty))
		if not row.item_code or (_moves_stock(row.item_code) and left[row.woo_order_line_id] < quantity):
			others.append(row)
		elif _moves_stock(row.item_code):
			left[row.woo_order_line_id] -= quantity
			note.update_stock = 1
	for row in others if note.update_stock else ():
		row.update(
			WITHOUT_ITEM
			| {
				"item_code": restocked.item,
				"uom": unit,
				"sales_invoice_item": None,
				"price_list_rate": row.rate,
			}
		)


def _moves_stock(item: str) -> bool:
	return bool(
		frappe.get_cached_value("Item", item, "is_stock_item")
		or frappe.db.exists("Product Bundle", {"new_item_code": item, "disabled": 0})
	)
