"""What an order charges beside its items: taxes per rate, shipping lines and fees, each to its account.

Amounts are the order's own: nothing is computed from rates, zones or percentages.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow
from jarz_woocommerce_integration.translation.policy import Policy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import FeeLine, Order, Refund, ShippingLine, TaxLine


def charges_of(document: "Order | Refund", policy: Policy) -> list[ChargeRow]:
	"""The charges of an order, or the (negative) ones of a refund. Lines of 0.00 make no row."""
	rows = [_shipping(line, policy) for line in document.shipping_lines if line.total]
	rows += [_fee(line, policy) for line in document.fee_lines if line.total]
	rows += [tax_charge(line, policy) for line in document.tax_lines if _tax_of(line)]
	return rows


def amounts_of(document: "Order | Refund") -> list[Decimal]:
	"""Every amount of a document that gets a row of its own."""
	lines = (*document.line_items, *document.shipping_lines, *document.fee_lines)
	return [line.total for line in lines] + [_tax_of(line) for line in document.tax_lines]


def tax_itemised(document: "Order | Refund") -> Decimal:
	"""Sum of the tax lines."""
	return sum((_tax_of(line) for line in document.tax_lines), Decimal(0))


def _tax_of(line: "TaxLine") -> Decimal:
	return line.tax_total + line.shipping_tax_total


def _shipping(line: "ShippingLine", policy: Policy) -> ChargeRow:
	instance = f"{line.method_id}:{line.instance_id}"
	account = policy.shipping.get(instance) or policy.shipping.get(line.method_id) or policy.accounts.shipping
	title = line.method_title or line.method_id or "Shipping"
	return ChargeRow(ChargeKind.SHIPPING, account, title, line.total, line.id)


def _fee(line: "FeeLine", policy: Policy) -> ChargeRow:
	usual = policy.accounts.fees if line.total > 0 else policy.accounts.discounts
	return ChargeRow(
		ChargeKind.FEE, policy.fees.get(line.name, usual), line.name or "Fee", line.total, line.id
	)


def tax_charge(line: "TaxLine", policy: Policy) -> ChargeRow:
	"""The row of one tax rate, on the items and on shipping."""
	named = (policy.taxes.get(key) for key in (str(line.rate_id), line.rate_code, line.label))
	return ChargeRow(
		kind=ChargeKind.TAX,
		account=next(filter(None, named), policy.accounts.tax),
		description=line.label or line.rate_code or "Tax",
		amount=_tax_of(line),
		source_id=line.rate_id,
		rate_percent=line.rate_percent,
	)
