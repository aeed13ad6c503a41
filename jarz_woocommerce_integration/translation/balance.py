"""Whether an order's parts come to its total: exactly, by the shop's own rounding, or not, and then why it is held."""

from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.charges import tax_itemised
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow, Hold
from jarz_woocommerce_integration.translation.lookups import Resolution, ResolutionKind
from jarz_woocommerce_integration.translation.money import fits
from jarz_woocommerce_integration.translation.policy import NegativeTotal, Policy
from jarz_woocommerce_integration.translation.rounding import (
	Precision,
	difference_of,
	is_cash_rounding,
	limit_of,
)

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.lines import Rows

ZERO = Decimal(0)
Breakdown = tuple[tuple[str, Decimal], ...]
BOOK_AS_CHARGED = (
	"Compare the total with the payment in the shop or at the payment provider. If it is what was charged, book the order"
	" as charged: the difference goes to the rounding account."
)


class Balance:
	"""Compares one order's parts with its total.

	:param order: with its parts rounded to `precision`
	"""

	def __init__(self, order: "Order", precision: Precision, policy: Policy):
		self.order = order
		self.precision = precision
		self.policy = policy
		self.difference = difference_of(order)

	def too_fine(self) -> Hold | None:
		"""The hold of an order whose total is finer than the books can keep."""
		decimals, currency = self.precision.decimals, self.order.currency
		if fits(self.order.total, decimals):
			return None
		return Hold(
			"too_many_decimals",
			f"The total {self.order.total} has more decimals than the books keep of {currency} ({decimals}).",
			f"Let the books keep more decimals of {currency}: on a site by Currency Precision in System Settings, in a"
			" policy file by the table money.decimals. Or book this order by hand, at the amount that was paid.",
		)

	def settle(self, rows: "Rows", resolution: Resolution | None) -> Hold | None:
		"""Add the row for the shop's own rounding, or say why the order can't be booked."""
		hold = self._refuse(rows, resolution)
		if hold is None and self.difference:
			account = self.policy.accounts.rounding
			rows.charges.append(ChargeRow(ChargeKind.ROUNDING, account, "Rounding", self.difference))
		return hold

	def _refuse(self, rows: "Rows", resolution: Resolution | None) -> Hold | None:
		if self.difference and not self._is_explained(resolution):
			return self._unexplained(rows)
		if self.order.total < 0 and self.policy.money.negative_total is NegativeTotal.HOLD:
			return Hold(
				"negative_total",
				f"The order's total is {self.order.total}.",
				"Book it by hand, or set money.negative_total in the policy to credit_note.",
				breakdown_of(self.order, rows),
			)
		return None

	def _is_explained(self, resolution: Resolution | None) -> bool:
		if (
			resolution
			and resolution.kind is ResolutionKind.AS_CHARGED
			and resolution.amount == self.difference
		):
			return True
		return self.is_rounding

	@property
	def is_rounding(self) -> bool:
		"""Whether the shop's own rounding, or the merchant's tolerance, explains the difference."""
		if abs(self.difference) <= self.policy.money.rounding_tolerance:
			return True
		if self.precision.is_cut:
			return False
		if abs(self.difference) <= limit_of(self.order, self.precision.unit):
			return True
		return is_cash_rounding(self.order, self.difference, self.policy.money)

	def _unexplained(self, rows: "Rows") -> Hold:
		breakdown = breakdown_of(self.order, rows)
		total = ("Order total", self.order.total)
		if self.precision.is_cut:
			decimals, currency = self.precision.decimals, self.order.currency
			return Hold(
				"decimals_not_shown",
				f"The shop shows fewer decimals than {currency} has ({decimals}), so the exact total isn't known:"
				f" the order's parts differ from it by {self.difference}.",
				f"Look up at the payment provider what was paid, and book the order by hand, or as charged"
				f" ({self.order.total}, with the difference in the rounding account). Orders to come are exact when the shop"
				f" shows {decimals} decimals.",
				(*breakdown, total),
			)
		untold_tax = self.order.total_tax - tax_itemised(self.order)
		if untold_tax == self.difference:
			return Hold(
				"tax_not_itemised",
				f"{untold_tax} of the order's tax is in none of its tax lines.",
				BOOK_AS_CHARGED,
				(*breakdown, ("Tax in no tax line", untold_tax)),
			)
		return Hold(
			"total_differs",
			f"The order's parts differ from its total by {self.difference}.",
			f"{BOOK_AS_CHARGED} A rounding tolerance of {abs(self.difference)} books every order alike.",
			(*breakdown, total),
		)


def breakdown_of(order: "Order", rows: "Rows") -> Breakdown:
	"""(label, sum) of the order's parts: items, deductions, shipping, fees, and each tax."""
	parts: dict[str, Decimal] = {"Items": sum((row.amount for row in rows.rows), ZERO)}
	labels = {
		ChargeKind.DISCOUNT: "Deductions",
		ChargeKind.SHIPPING: "Shipping",
		ChargeKind.FEE: "Fees",
	}
	for charge in rows.charges:
		if charge.amount:
			label = labels.get(charge.kind) or f"Tax {charge.description}"
			parts[label] = parts.get(label, ZERO) + charge.amount
	return tuple(parts.items())
