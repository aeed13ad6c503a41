"""The shape of an order: everything that decides what ERPNext does with it, apart from its data.

Two orders of one shape are written by the same rules with the same constants. Rather too many shapes than too few: a
shape costs a few proofs, a shape that is two would cost the books.
"""

from collections.abc import Iterable

from jarz_woocommerce_integration.ledger.bulk.paper import Voucher
from jarz_woocommerce_integration.ledger.bulk.sheets import Sheet

Shape = tuple


def shape_of(vouchers: list[Voucher]) -> Shape:
	"""The shape of an order, by its vouchers on paper."""
	return tuple(
		_of_invoice(voucher) if voucher.sheet.doctype == "Sales Invoice" else _of_payment(voucher)
		for voucher in vouchers
	)


def _of_invoice(voucher: Voucher) -> tuple:
	invoice = voucher.sheet
	return (
		"invoice",
		invoice.currency,
		invoice.debit_to,
		invoice.party_account_currency,
		invoice.cost_center,
		bool(invoice.is_return),
		bool(invoice.return_against),
		bool(invoice.update_outstanding_for_self),
		bool(invoice.is_pos),
		invoice.grand_total == 0,
		invoice.party.kind,
		_of_party(invoice),
		tuple((row.account_head, row.cost_center) for row in invoice.taxes),
		tuple((row.mode_of_payment, row.account) for row in invoice.payments),
		_each_once(_of_row(row) for row in invoice.items),
		_each_once(entry.role for entry in voucher.ledger),
		_each_once(entry.account for entry in voucher.ledger),
	)


def _each_once(parts: Iterable) -> tuple:
	"""The same for the same parts in each process, so that workers can tell each other."""
	return tuple(sorted(set(parts), key=repr))


def _of_party(invoice: Sheet) -> tuple:
	return (
		bool(invoice.customer_address),
		bool(invoice.shipping_address_name),
		invoice.shipping_address_name == invoice.customer_address,
		bool(invoice.party.contact),
		bool(invoice.contact_email),
		bool(invoice.contact_mobile),
		bool(invoice.tax_id),
	)


def _of_row(row: Sheet) -> tuple:
	return (
		bool(row.item_code),
		bool(row.sales_invoice_item),
		bool(row.price_list_rate),
		bool(row.rate),
		row.rate > row.price_list_rate,
		row.rate < row.price_list_rate,
		row.discount_percentage == 100,
		row.qty < 0,
		row.income_account,
		row.cost_center,
		row.warehouse,
		row.uom,
	)


def _of_payment(voucher: Voucher) -> tuple:
	payment = voucher.sheet
	return (
		"payment",
		payment.payment_type,
		payment.mode_of_payment,
		payment.paid_from,
		payment.paid_to,
		payment.paid_from_account_currency,
		payment.paid_to_account_currency,
		payment.cost_center,
		tuple((row.account, row.cost_center) for row in payment.deductions),
		len(payment.references),
		bool(payment.unallocated_amount),
		bool(payment.reference_no),
		payment.customer.kind,
		bool(payment.customer.contact),
		tuple(entry.role for entry in voucher.ledger),
	)


def told(shape: Shape) -> str:
	"""A shape in words, for the list of what was booked how."""
	if shape[0] == "customer":
		return "customer with " + ", ".join(part[0] for part in shape[1][1:]) if shape[1][1:] else "customer"
	return "; ".join(_told_invoice(part) if part[0] == "invoice" else _told_payment(part) for part in shape)


def _told_invoice(part: tuple) -> str:
	currency, is_return, against, is_pos, is_zero = part[1], part[5], part[6], part[8], part[9]
	name = "credit note" if against else "return" if is_return else "invoice"
	words = [f"{name} in {currency}"]
	if part[12]:
		words.append(f"charges to {', '.join(account for account, _cost_center in part[12])}")
	if is_pos:
		words.append("paid within")
	if is_zero:
		words.append("of nothing")
	return ", ".join(words)


def _told_payment(part: tuple) -> str:
	way = "repayment from" if part[1] == "Pay" else "payment to"
	fee = ", with a fee" if part[8] else ""
	return f"{way} {part[3] if part[1] == 'Pay' else part[4]}{fee}"
