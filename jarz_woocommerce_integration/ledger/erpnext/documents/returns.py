"""Which row of an invoice each row of a credit note gives back."""

from decimal import Decimal

from frappe.model.document import Document

from jarz_woocommerce_integration.translation.drafts import InvoiceRow


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
