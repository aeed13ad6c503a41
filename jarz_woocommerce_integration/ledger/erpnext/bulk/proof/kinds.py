"""The kinds of an order: everything that decides what ERPNext does with it, apart from its data.

Each of its vouchers has a kind, and each of its rows. What isn't a rule's is taken from an example of the kind, and each kind is
proven by itself. Too many kinds cost two proofs each. Too few would make the books wrong. A side kind
changes nothing but columns that rules fill: it is proven as well, but not in each combination.
"""

from typing import Any

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.vouchers import Voucher
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries.gl_entry import Entry

Kind = tuple[Any, ...]
LONGEST_SIDE_KIND = 4
# Of all vouchers of one order.
Kinds = tuple[Kind, ...]


def kinds_of(vouchers: list[Voucher]) -> Kinds:
	"""The kinds of an order's vouchers."""
	return tuple(
		invoice_kind(voucher.document)
		if voucher.document.doctype == "Sales Invoice"
		else payment_kind(voucher.document)
		for voucher in vouchers
	)


def side_kinds_of(vouchers: list[Voucher]) -> set[Kind]:
	"""What is booked for the first voucher after it, and whether there are addresses and a contact."""
	side_kinds: set[Kind] = {
		("followed by", *sorted({_follower(voucher.document) for voucher in vouchers[1:]}))
	}
	for document in (voucher.document for voucher in vouchers):
		if document.doctype == "Sales Invoice":
			what = "invoice", bool(document.is_return)
			side_kinds.add((*what, "billed to", bool(document.customer_address)))
			side_kinds.add((*what, "shipped to", bool(document.shipping_address_name)))
			side_kinds.add((*what, "contact", bool(document.party.contact)))
		else:
			side_kinds.add(("payment", document.payment_type, "contact", bool(document.customer.contact)))
	return side_kinds


def _follower(document: DraftDocument) -> tuple:
	if document.doctype == "Payment Entry":
		return "payment", document.payment_type
	return "credit note", bool(document.update_outstanding_for_self)


def invoice_kind(invoice: DraftDocument) -> Kind:
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
		invoice.terms,
		invoice.docstatus,
		*mapped_kind(invoice),
	)


def payment_kind(payment: DraftDocument) -> Kind:
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
		*mapped_kind(payment),
	)


def item_kind(row: DraftDocument) -> Kind:
	return (
		"item",
		row.item.kind if row.item else "",
		bool(row.sales_invoice_item),
		row.qty < 0,
		_beside_list(row),
		row.warehouse,
		row.parent_document.currency == row.site.company_currency,
		*mapped_kind(row),
	)


def mapped_kind(document: DraftDocument) -> Kind:
	"""The merchant's own fields, where there are any: their columns come from no example of a kind without them."""
	return (("mapped", *document.mapped),) if document.mapped else ()


def _beside_list(row: DraftDocument) -> str:
	"""A rate beside the price list's."""
	if not row.rate:
		return "free" if row.price_list_rate else "nothing"
	if not row.price_list_rate:
		return "no list"
	return (
		"list" if row.rate == row.price_list_rate else "above" if row.rate > row.price_list_rate else "below"
	)


def charge_kind(row: DraftDocument) -> Kind:
	return "charge", row.account_head, bool(row.parent_document.is_return)


def entry_kind(entry: Entry) -> Kind:
	return "entry", *_family(entry.voucher), entry.role, entry.account


def ledger_kind(voucher: DraftDocument, account: str) -> Kind:
	return "ledger", *_family(voucher), account


def _family(voucher: DraftDocument) -> tuple:
	if voucher.doctype == "Payment Entry":
		return voucher.doctype, voucher.payment_type
	return voucher.doctype, voucher.currency, bool(voucher.is_return), bool(voucher.return_against)


def in_words(kinds: Kinds) -> str:
	"""A description for the report."""
	return "; ".join(kind_in_words(kind) for kind in kinds)


def kind_in_words(kind: Kind) -> str:
	words_of = {"invoice": _invoice_in_words, "payment": _payment_in_words, "item": _line_in_words}.get(
		kind[0]
	)
	if words_of and len(kind) > LONGEST_SIDE_KIND:
		return words_of(kind)
	return " ".join(str(value) for value in kind if value not in (False, "", None))


def _invoice_in_words(kind: Kind) -> str:
	currency, is_return, against, is_pos, is_zero = kind[1], kind[4], kind[5], kind[7], kind[8]
	words = [f"{'credit note' if against else 'return' if is_return else 'invoice'} in {currency}"]
	if not kind[12]:
		words.append("as a draft")
	if kind[9]:
		words.append("with charges")
	if is_pos:
		words.append("paid within")
	if is_zero:
		words.append("of nothing")
	if kind[11]:
		words.append(f"with the terms of payment {kind[11]}")
	if len(kind) > 13:
		words.append(f"with {', '.join(kind[13][1:])}")
	return ", ".join(words)


def _line_in_words(kind: Kind) -> str:
	words = ["line" if kind[1] else "line without an item"]
	if kind[3]:
		words.append("given back")
	words.append({"list": "at the list's rate", "no list": "without a list"}.get(kind[4], kind[4]))
	if not kind[6]:
		words.append("in another currency")
	return ", ".join(words)


def _payment_in_words(kind: Kind) -> str:
	way = f"repayment from {kind[3]}" if kind[1] == "Pay" else f"payment to {kind[4]}"
	return f"{way}, with a fee" if kind[7] else way
