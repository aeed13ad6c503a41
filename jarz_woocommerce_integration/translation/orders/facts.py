"""What the Order Map keeps of an order, and the hash that shows whether it changed in a way that matters to the books."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import InvoiceDraft, OrderFacts

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Address, Order


def facts_of(order: "Order", beside: Sequence[object] = ()) -> OrderFacts:
	"""What the map keeps of an order. :param beside: as in `payload_hash`"""
	return OrderFacts(
		order_id=order.id,
		number=order.number or str(order.id),
		status=order.status,
		currency=order.currency,
		total=order.total,
		payload_hash=payload_hash(order, beside),
		created_at=order.date_created_gmt,
		modified_at=order.date_modified_gmt,
		refunded_total=-sum((refund.total for refund in order.refunds), Decimal(0)),
		payment_method=order.payment_method,
		customer_name=f"{order.billing.first_name} {order.billing.last_name}".strip(),
		paid_at=order.date_paid_gmt,
		parent_id=order.parent_id,
	)


def facts_of_broken(order: "Order") -> OrderFacts:
	"""What is known of an order that the app itself breaks on. It is read anew each time."""
	return OrderFacts(
		order_id=order.id,
		number=order.number or str(order.id),
		status=order.status,
		currency=order.currency,
		total=order.total,
		payload_hash="",
		created_at=order.date_created_gmt,
		modified_at=order.date_modified_gmt,
	)


def payload_hash(order: "Order", beside: Sequence[object] = ()) -> str:
	"""The same while nothing that matters to the books changed in the store.

	Left out is what changes without anybody touching the order: product ids, SKUs and images (today's, not the
	sale's), stamps of modification, links, and meta data.

	:param beside: what is said of the order elsewhere: what was paid by credit, payments that are orders of their own,
		the buyer's VAT number. An order without any of it has the hash that it had before that was read.
	"""
	found = (
		order.number,
		order.status,
		order.currency,
		order.total,
		order.total_tax,
		order.customer_id,
		order.customer_note,
		_address(order.billing),
		_address(order.shipping),
		order.payment_method,
		order.transaction_id,
		order.date_created_gmt and order.date_created_gmt.isoformat(),
		order.date_paid_gmt and order.date_paid_gmt.isoformat(),
		order.date_completed_gmt and order.date_completed_gmt.isoformat(),
		[(line.id, line.name, line.quantity, line.subtotal, line.total) for line in order.line_items],
		[(line.id, line.method_title, line.method_id, line.total) for line in order.shipping_lines],
		[(line.id, line.name, line.total) for line in order.fee_lines],
		[(line.rate_id, line.tax_total, line.shipping_tax_total) for line in order.tax_lines],
		[(line.code, line.discount) for line in order.coupon_lines],
		[(refund.id, refund.total) for refund in order.refunds],
	)
	return _hash((found, [repr(part) for part in beside]) if beside else found)


def fingerprint(invoice: InvoiceDraft, currency: str) -> str:
	"""The same for the same money of the same lines, whatever items, accounts and texts it is booked with."""
	rows = [(row.order_line_id, row.quantity, row.rate, row.amount) for row in invoice.rows]
	# Taxes of 0 % say something of the goods, and nothing of the money.
	charges = [
		(charge.kind.value, charge.source_id, charge.amount) for charge in invoice.charges if charge.amount
	]
	return _hash((currency, invoice.total, rows, charges))


def _address(address: "Address") -> tuple[str, ...]:
	return (
		address.first_name,
		address.last_name,
		address.company,
		address.address_1,
		address.address_2,
		address.city,
		address.state,
		address.postcode,
		address.country,
		address.email,
		address.phone,
	)


def _hash(facts: tuple[object, ...]) -> str:
	return hashlib.blake2b(repr(facts).encode(), digest_size=12).hexdigest()
