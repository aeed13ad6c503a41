"""What a shop's own rounding does to an order, recognised by what can cause it.

Observed on WooCommerce 11.0.1 with real options (round tax at subtotal, shops of 0 and 3 decimals, currency switchers):

* REST rounds each amount by itself, so parts that were summed unrounded may miss their total by one smallest unit each.
* REST rounds to the decimals that the shop has now. An order of a currency without decimals comes with lines of 52.61
  beside a total of 214.00 once the shop has two decimals. With all decimals (`dp=6`) lines and tax lines come as they are
  kept; the total, and the tax of the order and of each line, were rounded before: 102.000000 for 102.28.
* Some shops round a total to the smallest coin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeVar

from jarz_woocommerce_integration.translation.amounts.charges import tax_itemised
from jarz_woocommerce_integration.translation.amounts.money import fits, unit_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import (
		FeeLine,
		LineItem,
		Order,
		Payload,
		Refund,
		ShippingLine,
	)
	from jarz_woocommerce_integration.translation.policy import Money

	Line = LineItem | ShippingLine | FeeLine

Document = TypeVar("Document", "Order", "Refund")
Part = TypeVar("Part", bound="Payload")
ZERO = Decimal(0)
# Of an order that is read again with all decimals: what lists and proofs compare stays as it was shown.
SHOWN = ("total", "total_tax", "discount_total", "shipping_total", "coupon_lines", "refunds")
LINES = ("line_items", "shipping_lines", "fee_lines")


@dataclass(slots=True, frozen=True)
class Precision:
	"""How finely an order is shown and booked.

	:ivar decimals: of every amount in the books
	:ivar unit: the smallest unit that the shop rounded to, in the order's currency
	:ivar is_cut: the shop shows fewer decimals than the currency has, so the amounts may have lost some
	"""

	decimals: int
	unit: Decimal
	is_cut: bool = False


def may_be_cut(order: "Order", money: "Money") -> bool:
	"""Whether the shop shows fewer decimals than the order's currency has, so that its amounts may have lost some."""
	return _shown(order) < money.decimals_of(order.currency)


def with_all_decimals(order: "Order", exact: "Order | None", money: "Money") -> "tuple[Order, bool]":
	"""The order with the parts that add up: as it was shown, or as the shop gives them with all decimals.

	The totals stay as they were shown, which is how the shop's lists show them.

	:param exact: the order with all decimals, None where the shop doesn't give it
	:return: the order, and whether its total lost decimals when it was shown
	"""
	if exact is None or exact.date_modified_gmt != order.date_modified_gmt:
		return order, False
	update = {name: getattr(order, name) for name in SHOWN}
	parts = exact.model_copy(update=update)
	decimals = money.decimals_of(order.currency)
	unit = unit_of(decimals)
	difference = abs(difference_of(rounded(parts, decimals)))
	if exact.total != order.total or (difference and _had_more_decimals(exact, _shown(order))):
		return parts, True
	return (parts if difference <= limit_of(parts, unit) else order), False


def _had_more_decimals(exact: "Order", shown: int) -> bool:
	"""Whether the shop had more decimals at the sale than it shows now: its taxes, or lines where none bears a tax, have them."""
	taxes = [amount for tax in exact.tax_lines for amount in (tax.tax_total, tax.shipping_tax_total)]
	amounts = taxes if any(taxes) else [line.total for line in _lines(exact)]
	return not all(fits(amount, shown) for amount in amounts)


def precision_of(order: "Order", money: "Money", total_is_cut: bool = False) -> Precision:
	"""The precision of an order: that of its currency, or whole units where the shop had no decimals at the sale."""
	decimals = money.decimals_of(order.currency)
	shown = _shown(order)
	precision = Precision(
		decimals, unit_of(max(0, min(decimals, shown))), total_is_cut or 0 < shown < decimals
	)
	if decimals and shown and _had_no_decimals(order):
		whole = rounded(order, 0)
		exceeds = abs(difference_of(rounded(order, decimals))) > limit_of(order, precision.unit)
		if exceeds and not difference_of(whole):
			return Precision(0, Decimal(1))
	return precision


def _shown(order: "Order") -> int:
	return max(-int(amount.as_tuple().exponent) for amount in _amounts(order))


def _had_no_decimals(order: "Order") -> bool:
	"""Whether the order looks as if the shop had no decimals when it was made: total and taxes are whole, lines aren't."""
	taxes = [amount for line in order.tax_lines for amount in (line.tax_total, line.shipping_tax_total)]
	return any(taxes) and all(fits(amount, 0) for amount in (order.total, order.total_tax, *taxes))


def rounded(document: Document, decimals: int) -> Document:
	"""The document with each amount rounded, half up as WooCommerce does; itself where nothing is finer. Totals stay."""
	if all(fits(amount, decimals) for amount in _amounts_of_parts(document)):
		return document
	unit = unit_of(decimals)

	def cut(part: Part, *names: str) -> Part:
		return part.model_copy(
			update={name: getattr(part, name).quantize(unit, ROUND_HALF_UP) for name in names}
		)

	update: dict[str, Sequence[Payload]] = {
		"line_items": [cut(line, "subtotal", "total", "total_tax") for line in document.line_items],
		"shipping_lines": [cut(line, "total", "total_tax") for line in document.shipping_lines],
		"fee_lines": [cut(line, "total", "total_tax") for line in document.fee_lines],
		"tax_lines": [cut(line, "tax_total", "shipping_tax_total") for line in document.tax_lines],
	}
	return document.model_copy(update=update)


def difference_of(order: "Order") -> Decimal:
	"""The order's total less the sum of its lines and tax lines."""
	return order.total - sum((line.total for line in _lines(order)), ZERO) - tax_itemised(order)


def limit_of(document: "Order | Refund", unit: Decimal) -> Decimal:
	"""The most that rounding can have done: one smallest unit for each line and each tax that was rounded.

	A line that bears no tax, was not discounted and has decimals is what the merchant typed: nothing was rounded.
	"""
	is_refund = not hasattr(document, "refunds")
	count = sum(
		1
		for line in _lines(document)
		if (line.total or line.total_tax) and (is_refund or unit >= 1 or _was_rounded(line))
	)
	count += sum(bool(tax.tax_total) + bool(tax.shipping_tax_total) for tax in document.tax_lines)
	if is_refund and not document.tax_lines:
		count += sum(bool(tax.amount) for line in _lines(document) for tax in line.taxes)
	return unit * count


def _was_rounded(line: "Line") -> bool:
	"""Whether a line's amount was calculated: it bears a tax, if only one that rounds to nothing, or was discounted."""
	is_taxed = line.total_tax or any(tax.total is not None for tax in line.taxes)
	return bool(is_taxed) or getattr(line, "subtotal", line.total) != line.total


def is_cash_rounding(order: "Order", difference: Decimal, money: "Money") -> bool:
	"""Whether the total was rounded to a coin: it is a multiple of one, and no coin lies nearer to the parts' sum."""
	return any(
		not order.total % coin and abs(difference) <= coin / 2 for coin in money.coins.get(order.currency, ())
	)


def _lines(document: "Order | Refund") -> "Iterator[Line]":
	for name in LINES:
		yield from getattr(document, name)


def _amounts_of_parts(document: "Order | Refund") -> Iterator[Decimal]:
	for line in _lines(document):
		yield line.total
		yield line.total_tax
	for line in document.line_items:
		yield line.subtotal
	for tax in document.tax_lines:
		yield tax.tax_total
		yield tax.shipping_tax_total


def _amounts(order: "Order") -> Iterator[Decimal]:
	yield order.total
	yield order.total_tax
	yield from _amounts_of_parts(order)
