"""Which row of an invoice each row of a credit note gives back."""

from decimal import Decimal

import frappe
from frappe.model.document import Document

from jarz_woocommerce_integration.translation.drafts import InvoiceRow


class ReturnedRows:
	"""The rows of an invoice that can still be given back, as far as ERPNext would take it.

	ERPNext compares items, quantities and rates with the invoice's. A row that it would refuse (an amount without a
	line, more than the rate, parts of one piece) is booked without an item: the money and the account are the same.
	"""

	def __init__(self, original: Document, returned_before: dict[str, Decimal] | None = None):
		""":param returned_before: row of the invoice -> what earlier notes gave back; None asks the books"""
		self.left = {row.name: Decimal(str(row.qty)) for row in original.items}
		self.rows = list(original.items)
		if returned_before is None:
			returned_before = _returned_before(original.name)
		for name, returned in returned_before.items():
			self.left[name] = self.left.get(name, Decimal(0)) - returned

	def reference(self, row: InvoiceRow, values: dict) -> dict:
		"""What a credit note's row says of the invoice's. :param values: the row as it is going to be booked"""
		quantity = -Decimal(str(values["qty"]))
		for candidate in self.rows:
			if (
				candidate.item_code == row.item_code
				and candidate.woo_order_line_id == row.order_line_id
				and candidate.rate >= values["rate"]
				and self.left[candidate.name] >= quantity > 0
			):
				self.left[candidate.name] -= quantity
				return {"sales_invoice_item": candidate.name}
		return {
			"item_code": None,
			"price_list_rate": values["rate"],
			"discount_percentage": 0,
			"warehouse": None,
		}


def _returned_before(invoice: str) -> dict[str, Decimal]:
	rows = frappe.db.sql(
		"""SELECT row.sales_invoice_item, CAST(-sum(row.qty) AS CHAR) FROM `tabSales Invoice Item` row
		JOIN `tabSales Invoice` note ON note.name = row.parent
		WHERE note.return_against = %s AND note.docstatus = 1 AND row.sales_invoice_item <> ''
		GROUP BY row.sales_invoice_item""",
		invoice,
	)
	return {name: Decimal(quantity) for name, quantity in rows}
