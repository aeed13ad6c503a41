"""Whether an order's parts come to its total: exactly, by the shop's own rounding, or not, and then why it is held."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.charges import tax_itemised
from jarz_woocommerce_integration.translation.amounts.money import fits, unit_of
from jarz_woocommerce_integration.translation.amounts.rounding import (
	Precision,
	difference_of,
	is_cash_rounding,
	limit_of,
)
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow, Finding, Hold
from jarz_woocommerce_integration.translation.lookups import Resolution, ResolutionKind
from jarz_woocommerce_integration.translation.policy import NegativeTotal, Policy
from jarz_woocommerce_integration.translation.tenders import (
	Tendered,
	left_out,
	redeemed_as_coupons,
	redeemed_charge,
	unexplained_credit,
)
from jarz_woocommerce_integration.translation.tenders.unexplained import PAID_OTHERWISE, paid_otherwise

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order
	from jarz_woocommerce_integration.translation.amounts.lines import Rows

ZERO = Decimal(0)
Breakdown = tuple[tuple[str, Decimal], ...]
ORDER_TOTAL = Sentence("Order total")
RESOLUTIONS = {
	"total_differs": (ResolutionKind.AS_CHARGED,),
	"tax_not_itemised": (ResolutionKind.AS_CHARGED,),
	"decimals_not_shown": (ResolutionKind.AS_CHARGED,),
	PAID_OTHERWISE: (ResolutionKind.PAID_BY_CREDIT, ResolutionKind.AS_CHARGED),
}
BOOK_AS_CHARGED = (
	"Compare the total with the payment in the shop or at the payment provider. If the total was charged, book the order"
	" as charged: the difference goes to the rounding account."
)


class Balance:
	"""Compares one order's parts with its total, and with what was paid by credit beside it.

	:param order: with its parts rounded to `precision`
	:param tendered: what the order says was paid by credit
	:param resolution: what a person has decided about the order
	:ivar left_out: what of it the total leaves out, with what a person says was paid by credit
	:ivar redeemed: what was paid by cards and credit that the shop took as coupons
	:ivar difference: the order's total with `tendered`, less its parts
	:ivar findings: what is listed of the order though it is booked
	"""

	def __init__(
		self,
		order: "Order",
		precision: Precision,
		policy: Policy,
		tendered: Sequence[Tendered] = (),
		resolution: Resolution | None = None,
	):
		self.order = order
		self.precision = precision
		self.policy = policy
		self.resolution = resolution
		self.left_out = left_out(tendered, -difference_of(order))
		unit = unit_of(precision.decimals)
		self.redeemed = [
			replace(tender, amount=tender.amount.quantize(unit, ROUND_HALF_UP))
			for tender in redeemed_as_coupons(order, policy)
		]
		self.findings: list[Finding] = []
		# The fee lines of tenders are among the order's lines.
		self.difference = difference_of(order) + sum(
			(tender.amount for tender in self.left_out if not tender.fee_line_id), ZERO
		)
		if self._is_resolved_as(ResolutionKind.PAID_BY_CREDIT) and self.difference < 0:
			self.left_out.append(unexplained_credit(-self.difference))
			self.difference = ZERO

	@property
	def tendered(self) -> list[Tendered]:
		"""What was paid by credit beside the order's total."""
		return [*self.left_out, *self.redeemed]

	@property
	def charges(self) -> list[ChargeRow]:
		"""What an invoice has because of that beside what the order has."""
		return [redeemed_charge(self.redeemed, self.policy)] if self.redeemed else []

	@property
	def redeemed_total(self) -> Decimal:
		"""What of it the shop took off the lines."""
		return sum((tender.amount for tender in self.redeemed), ZERO)

	@property
	def tendered_total(self) -> Decimal:
		"""What was paid by credit and isn't in the order's total."""
		return sum((tender.amount for tender in self.tendered), ZERO)

	def _is_resolved_as(self, kind: ResolutionKind) -> bool:
		"""Whether a person has decided so, about this very difference."""
		resolution = self.resolution
		return resolution is not None and resolution.kind is kind and resolution.amount == self.difference

	def too_fine(self) -> Hold | None:
		"""The hold of an order whose total is finer than the books can keep."""
		decimals, currency = self.precision.decimals, self.order.currency
		if fits(self.order.total, decimals):
			return None
		return Hold(
			"too_many_decimals",
			Sentence(
				"The total {0} has more decimals than the books keep for {1} ({2}).",
				self.order.total,
				currency,
				decimals,
			),
			"Book the order by hand with the amount that was paid. In a rehearsal without a bench, money.decimals in the file of"
			" settings can set more decimals for the currency. New orders are booked if the shop shows no more decimals"
			" than the currency has.",
		)

	def settle(self, rows: "Rows") -> Hold | None:
		"""Add the row for the shop's own rounding, or say why the order can't be booked."""
		hold = self._refuse(rows)
		if hold is None:
			rows.charges += self.charges
		if hold is None and self.difference:
			account = self.policy.accounts.rounding
			rows.charges.append(ChargeRow(ChargeKind.ROUNDING, account, "Rounding", self.difference))
			self.findings.append(self._rounding_finding())
		return hold

	def _rounding_finding(self) -> Finding:
		amount = f"{self.difference} {self.order.currency}"
		if self.is_rounding:
			return Finding(
				"rounded",
				Sentence("The shop's own rounding of {0} is booked to the rounding account.", amount),
			)
		return Finding(
			"booked_as_charged", Sentence("A person has booked {0} to the rounding account.", amount)
		)

	@property
	def is_booked_as_rounding(self) -> bool:
		"""Whether the difference goes to the rounding account, by rule or because a person says so."""
		return self.is_rounding or self._is_resolved_as(ResolutionKind.AS_CHARGED)

	def _refuse(self, rows: "Rows") -> Hold | None:
		if self.difference and not self.is_booked_as_rounding:
			return self._unexplained(rows)
		if self.order.total < 0 and self.policy.money.negative_total is NegativeTotal.HOLD:
			return Hold(
				"negative_total",
				Sentence("The order's total is {0}.", self.order.total),
				"Book it by hand, or choose Credit Note as Negative Total in the settings.",
				breakdown_of(self.order, rows),
			)
		return None

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
		if self.left_out:
			breakdown = (*breakdown, (Sentence("Paid by credit"), self.redeemed_total - self.tendered_total))
		total = (ORDER_TOTAL, self.order.total)
		if self.precision.is_cut:
			decimals, currency = self.precision.decimals, self.order.currency
			return Hold(
				"decimals_not_shown",
				Sentence(
					"The shop shows fewer decimals than {0} has ({1}), so the exact total isn't known:"
					" the order's parts differ from {2} by {3}.",
					currency,
					decimals,
					self.order.total,
					self.difference,
				),
				"Look up at the payment provider what was paid. If it is the total, book the order as charged: the difference goes"
				" to the rounding account. If it isn't, let the shop show all decimals of the currency (WooCommerce > Settings >"
				" General > Number of decimals) and read the order again: then totals are exact, also those of past orders. If the"
				" shop never had more decimals, set a rounding tolerance of the difference: it books all such orders as charged.",
				(*breakdown, total),
			)
		untold_tax = self.order.total_tax - tax_itemised(self.order)
		if untold_tax == self.difference:
			return Hold(
				"tax_not_itemised",
				Sentence("{0} of the order's tax isn't in any of its tax lines.", untold_tax),
				BOOK_AS_CHARGED,
				(*breakdown, total),
			)
		if self.difference < 0 <= self.order.total:
			return paid_otherwise(self.order, -self.difference, breakdown)
		return Hold(
			"total_differs",
			Sentence("The order's parts differ from its total by {0}.", self.difference),
			Sentence(
				"{0} Or set a rounding tolerance of the difference: it books all such orders as charged.",
				BOOK_AS_CHARGED,
			),
			(*breakdown, total),
		)


def resolutions_of(reason: str, breakdown: Breakdown) -> list[Resolution]:
	"""What a person may decide about an order that is held for this reason, the one that is advised first.

	:param breakdown: the hold's, with the order's total as its last part
	"""
	kinds = RESOLUTIONS.get(reason, ())
	if not kinds or not breakdown or breakdown[-1][0] != ORDER_TOTAL:
		return []
	difference = breakdown[-1][1] - sum((amount for _label, amount in breakdown[:-1]), ZERO)
	return [Resolution(kind, difference) for kind in kinds]


def breakdown_of(order: "Order", rows: "Rows") -> Breakdown:
	"""(label, sum) of the order's parts: items, deductions, shipping, fees, and each tax."""
	parts: dict[str, Decimal] = {Sentence("Items"): sum((row.amount for row in rows.rows), ZERO)}
	labels = {
		ChargeKind.DISCOUNT: Sentence("Deductions"),
		ChargeKind.SHIPPING: Sentence("Shipping"),
		ChargeKind.FEE: Sentence("Fees"),
	}
	for charge in rows.charges:
		if charge.amount:
			label = labels.get(charge.kind) or Sentence("Tax {0}", charge.description)
			parts[label] = parts.get(label, ZERO) + charge.amount
	return tuple(parts.items())
