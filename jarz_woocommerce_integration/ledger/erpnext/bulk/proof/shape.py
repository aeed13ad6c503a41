"""The shape of an order: everything that decides what ERPNext does with it, apart from its data.

An order's shape is made of parts: a kind for each of its vouchers, and for each of its rows. What isn't a rule's is taken
from an example of the part, and each part is proven by itself. Rather too many kinds than too few: a kind costs two
proofs, a kind that is two would cost the books. What changes nothing but columns that rules fill is no kind but a trait:
proven as well, but not in each combination.
"""

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.paper import Voucher
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import Sheet
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries.gl_entry import Entry

Part = tuple
Shape = tuple[Part, ...]


def shape_of(vouchers: list[Voucher]) -> Shape:
	"""The kinds of an order's vouchers."""
	return tuple(
		invoice_kind(voucher.sheet)
		if voucher.sheet.doctype == "Sales Invoice"
		else payment_kind(voucher.sheet)
		for voucher in vouchers
	)


def traits_of(vouchers: list[Voucher]) -> set[Part]:
	"""What is booked for the first voucher after it, and whether there are addresses and a contact."""
	traits = {("followed by", *sorted({_follower(voucher.sheet) for voucher in vouchers[1:]}))}
	for sheet in (voucher.sheet for voucher in vouchers):
		if sheet.doctype == "Sales Invoice":
			what = "invoice", bool(sheet.is_return)
			traits.add((*what, "billed to", bool(sheet.customer_address)))
			traits.add((*what, "shipped to", bool(sheet.shipping_address_name)))
			traits.add((*what, "contact", bool(sheet.party.contact)))
		else:
			traits.add(("payment", sheet.payment_type, "contact", bool(sheet.customer.contact)))
	return traits


def _follower(sheet: Sheet) -> tuple:
	if sheet.doctype == "Payment Entry":
		return "payment", sheet.payment_type
	return "credit note", bool(sheet.update_outstanding_for_self)


def invoice_kind(invoice: Sheet) -> Part:
	return (
		"invoice",
		invoice.currency,
		invoice.debit_to,
		invoice.party_account_currency,
		bool(invoice.is_return),
		bool(invoice.return_against),
		bool(invoice.update_outstanding_for_self),
		bool(invoice.is_pos),
		invoice.grand_total == 0,
		bool(invoice.taxes),
		invoice.party.kind,
		invoice.docstatus,
	)


def payment_kind(payment: Sheet) -> Part:
	return (
		"payment",
		payment.payment_type,
		payment.mode_of_payment,
		payment.paid_from,
		payment.paid_to,
		payment.paid_from_account_currency,
		payment.paid_to_account_currency,
		bool(payment.deductions),
		len(payment.references),
		bool(payment.unallocated_amount),
		bool(payment.reference_no),
		payment.customer.kind,
	)


def item_kind(row: Sheet) -> Part:
	return (
		"item",
		row.item.kind if row.item else "",
		bool(row.sales_invoice_item),
		row.qty < 0,
		_beside_list(row),
		row.warehouse,
		row.parent_sheet.currency == row.site.company_currency,
	)


def _beside_list(row: Sheet) -> str:
	"""A rate beside the price list's."""
	if not row.rate:
		return "free" if row.price_list_rate else "nothing"
	if not row.price_list_rate:
		return "no list"
	return (
		"list" if row.rate == row.price_list_rate else "above" if row.rate > row.price_list_rate else "below"
	)


def charge_kind(row: Sheet) -> Part:
	return "charge", row.account_head, bool(row.parent_sheet.is_return)


def entry_kind(entry: Entry) -> Part:
	return "entry", *_family(entry.voucher), entry.role, entry.account


def ledger_kind(voucher: Sheet, account: str) -> Part:
	return "ledger", *_family(voucher), account


def _family(voucher: Sheet) -> tuple:
	if voucher.doctype == "Payment Entry":
		return voucher.doctype, voucher.payment_type
	return voucher.doctype, voucher.currency, bool(voucher.is_return), bool(voucher.return_against)


def told(shape: Shape) -> str:
	"""A shape in words, for the list of what was booked how."""
	return "; ".join(told_part(part) for part in shape)


def told_part(part: Part) -> str:
	tell = {"invoice": _told_invoice, "payment": _told_payment}.get(part[0])
	return tell(part) if tell else " ".join(str(value) for value in part if value not in (False, "", None))


def _told_invoice(part: Part) -> str:
	currency, is_return, against, is_pos, is_zero = part[1], part[4], part[5], part[7], part[8]
	words = [f"{'credit note' if against else 'return' if is_return else 'invoice'} in {currency}"]
	if not part[-1]:
		words.append("as a draft")
	if part[9]:
		words.append("with charges")
	if is_pos:
		words.append("paid within")
	if is_zero:
		words.append("of nothing")
	return ", ".join(words)


def _told_payment(part: Part) -> str:
	way = f"repayment from {part[3]}" if part[1] == "Pay" else f"payment to {part[4]}"
	return f"{way}, with a fee" if part[7] else way
