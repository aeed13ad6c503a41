"""What an order charges beside its items: shipping lines and fees, each to its account, and the account of a tax rate.

Amounts are the order's own: nothing is computed from rates, zones or percentages.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow
from jarz_woocommerce_integration.translation.policy import Policy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import FeeLine, Order, Refund, ShippingLine, TaxLine


def charges_of(document: "Order | Refund", policy: Policy) -> list[ChargeRow]:
	"""Shipping and fees of an order, or the (negative) ones of a refund. Lines of 0.00 make no row."""
	rows = [shipping_charge(line, policy) for line in document.shipping_lines if line.total]
	return rows + [fee_charge(line, policy) for line in document.fee_lines if line.total]


def tax_itemised(document: "Order | Refund") -> Decimal:
	"""Sum of the tax lines."""
	return sum((_tax_of(line) for line in document.tax_lines), Decimal(0))


def _tax_of(line: "TaxLine") -> Decimal:
	return line.tax_total + line.shipping_tax_total


def shipping_charge(line: "ShippingLine", policy: Policy) -> ChargeRow:
	instance = f"{line.method_id}:{line.instance_id}"
	account = policy.shipping.get(instance) or policy.shipping.get(line.method_id) or policy.accounts.shipping
	title = line.method_title or line.method_id or "Shipping"
	return ChargeRow(ChargeKind.SHIPPING, account, title, line.total, line.id)


def fee_charge(line: "FeeLine", policy: Policy) -> ChargeRow:
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
		source_id=line.rate_id if isinstance(line.rate_id, int) else 0,
		rate_percent=line.rate_percent,
	)


def tax_charges(lines: "Sequence[TaxLine]", policy: Policy) -> list[ChargeRow]:
	"""The row of each tax line, in their order, with descriptions of their own.

	ERPNext's registers keep one column for each description, and two rates may have one label.
	"""
	charges = [tax_charge(line, policy) for line in lines]
	many = Counter(charge.description for charge in charges)
	seen: Counter[str] = Counter()
	for charge in charges:
		if many[charge.description] > 1 and charge.rate_percent is not None:
			charge.description = f"{charge.description} {charge.rate_percent.normalize():f} %"
		seen[charge.description] += 1
		if seen[charge.description] > 1:
			charge.description = f"{charge.description} ({seen[charge.description]})"
	return charges
