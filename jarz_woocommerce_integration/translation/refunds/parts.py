"""What one refund itemises, as rows and charges of its order's invoice.

A refund's lines name the order's lines that they give back (`_refunded_item_id`), so what is given back is booked where
it was sold: on the same row, fee, shipping line and tax. Three things real shops do are put right here: lines with a
positive sign (a point of sale), taxes that were not rounded beside their line's `total_tax`, and tax rates that have
another id since.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from jarz_woocommerce_integration.translation.amounts.charges import fee_charge, shipping_charge, tax_charge
from jarz_woocommerce_integration.translation.amounts.money import split_amount, unit_of
from jarz_woocommerce_integration.translation.amounts.rounding import LINES, limit_of, rounded
from jarz_woocommerce_integration.translation.amounts.taxes import TaxRows, exact_shares
from jarz_woocommerce_integration.translation.bundles import Returned, SoldLine, returned_lines
from jarz_woocommerce_integration.translation.drafts import ChargeKind, ChargeRow, InvoiceDraft, InvoiceRow
from jarz_woocommerce_integration.translation.items import alias_keys
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.tenders import tendered_of

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import FeeLine, LineItem, LineTax, Order, Refund
	from jarz_woocommerce_integration.translation.amounts.rounding import Line

ZERO = Decimal(0)
ONE = Decimal(1)
REFUNDED_LINE = "_refunded_item_id"
RowKey = tuple[int, str, str]
Only = TypeVar("Only")


@dataclass(slots=True)
class Parts:
	"""Rows and charges of a credit note, with the signs that ERPNext's returns have.

	:ivar untaxed: sum of what bears no tax at all
	"""

	rows: list[InvoiceRow] = field(default_factory=list)
	charges: list[ChargeRow] = field(default_factory=list)
	untaxed: Decimal = ZERO

	@property
	def total(self) -> Decimal:
		parts: tuple[InvoiceRow | ChargeRow, ...] = (*self.rows, *self.charges)
		return sum((part.amount for part in parts), ZERO)


class RefundReader:
	"""Reads the refunds of one order.

	:param order: with amounts rounded to the decimals of `taxes`
	:param unit: the smallest unit that the shop rounded to
	"""

	def __init__(self, order: "Order", invoice: InvoiceDraft, taxes: TaxRows, unit: Decimal, policy: Policy):
		self.order = order
		self.invoice = invoice
		self.taxes = taxes
		self.unit = unit
		self.policy = policy
		self.decimals = taxes.decimals
		self._lines: dict[int, Any] = {line.id: line for name in LINES for line in getattr(order, name)}

	def read(self, refund: "Refund") -> tuple[Parts, Decimal]:
		"""What a refund itemises, and the most that rounding can have added to or taken from its amount."""
		refund = self._signed(rounded(refund, self.decimals))
		parts = Parts()
		sold = self._rows_of_sold_lines(refund, parts)
		self._add_lines_that_are_gone(refund, parts)
		self._add_deductions(refund, parts)
		self._add_shipping_and_fees(refund, parts)
		self._add_taxes(refund, sold, parts)
		return parts, limit_of(refund, self.unit)

	def _signed(self, refund: "Refund") -> "Refund":
		"""The refund with negative lines. A point of sale writes them positive, with a positive quantity."""
		total = sum((line.total + line.total_tax for name in LINES for line in getattr(refund, name)), ZERO)
		if total <= 0 or refund.amount <= 0:
			return refund

		def turned(line: "Line") -> "Line":
			taxes = [tax.model_copy(update={"total": -tax.total}) if tax.total else tax for tax in line.taxes]
			return line.model_copy(
				update={"total": -line.total, "total_tax": -line.total_tax, "taxes": taxes}
			)

		lines = {name: [turned(line) for line in getattr(refund, name)] for name in LINES}
		taxes = [
			tax.model_copy(
				update={
					"tax_total": -abs(tax.tax_total),
					"shipping_tax_total": -abs(tax.shipping_tax_total),
				}
			)
			for tax in refund.tax_lines
		]
		return refund.model_copy(update={**lines, "tax_lines": taxes})

	# --- lines ---

	def _rows_of_sold_lines(self, refund: "Refund", parts: Parts) -> dict[int, list[tuple[int, Decimal]]]:
		"""Add the rows of what was sold and came back.

		:return: rows by the id of the order's line whose money they carry, as `TaxRows` takes them
		"""
		returned: dict[int, Returned] = {}
		for line in refund.line_items:
			sold = self._sold(line)
			if sold is not None and not _is_deduction(sold):
				before = returned.get(sold.id, Returned(ZERO, ZERO))
				quantity = before.quantity + abs(line.quantity)
				returned[sold.id] = Returned(quantity, before.total - line.total)
		rows: dict[int, list[tuple[int, Decimal]]] = {}
		for back in returned_lines(self.order.line_items, returned, self.policy.items.bundles):
			place = len(parts.rows)
			self._add_row(back, parts)
			if len(parts.rows) > place:
				for source in back.sources:
					rows.setdefault(source, []).append((place, back.total))
		return rows

	def _add_row(self, line: SoldLine, parts: Parts) -> None:
		row = self._row_of(line)
		if line.total < 0:
			# More is charged for it than before: a return has no such rows.
			parts.charges.append(
				ChargeRow(ChargeKind.REFUND, row.account, line.name, -line.total, line.line.id)
			)
			return
		quantity = line.quantity.quantize(unit_of(self.policy.items.quantity_decimals))
		if quantity:
			parts.rows += self.returned(row, line.total, quantity)
		elif line.total:
			parts.rows.append(self.amount_row(f"{line.name} (amount only)", line.total, row))

	def _row_of(self, line: SoldLine) -> InvoiceRow:
		"""The invoice's row that a line was sold with; one of the refund item where it made no row."""
		product = alias_keys(line)[0] if line.product_id else ""
		of_line = [row for row in self.invoice.rows if row.order_line_id == line.line.id]
		rows = [row for row in of_line if row.store_product == product] or of_line
		return rows[0] if rows else self._refund_item(line.name)

	def _add_lines_that_are_gone(self, refund: "Refund", parts: Parts) -> None:
		"""Lines of the refund that the order doesn't have any more go to the account of refunds."""
		for line in refund.line_items:
			if self._sold(line) is not None or not line.total:
				continue
			row = self._refund_item(line.name)
			if line.total > 0:
				parts.charges.append(
					ChargeRow(ChargeKind.REFUND, row.account, line.name, line.total, line.id)
				)
			else:
				parts.rows += self.returned(row, -line.total, abs(line.quantity) or ONE)

	def _add_deductions(self, refund: "Refund", parts: Parts) -> None:
		"""What takes a deduction back: a line of the order that gave money off."""
		for line in refund.line_items:
			sold = self._sold(line)
			if sold is not None and _is_deduction(sold) and line.total:
				account = self.policy.accounts.discounts
				parts.charges.append(ChargeRow(ChargeKind.DISCOUNT, account, line.name, line.total, sold.id))

	def _sold(self, line: "LineItem") -> "LineItem | None":
		"""The order's line that a refund's line gives back."""
		return self._lines.get(_refunded_line(line))

	# --- charges ---

	def _add_shipping_and_fees(self, refund: "Refund", parts: Parts) -> None:
		"""Each to the account that the order's line was booked to."""
		for line in refund.shipping_lines:
			sold = self._lines.get(_refunded_line(line)) or self._only(self.order.shipping_lines)
			if line.total:
				charge = shipping_charge(sold or line, self.policy)
				parts.charges.append(replace(charge, amount=line.total, source_id=(sold or line).id))
		for fee in refund.fee_lines:
			charged = self._lines.get(_refunded_line(fee)) or self._named(fee.name)
			if not fee.total:
				continue
			if charged is not None and charged.id in self._credit_accounts:
				# It was a payment of the order, and no deduction: the customer has that credit again.
				account = self._credit_accounts[charged.id]
				parts.charges.append(ChargeRow(ChargeKind.REFUND, account, fee.name, fee.total, charged.id))
			else:
				# What is given back of a fee is negative, as a fee that gives money off is.
				usual = charged or fee.model_copy(update={"total": -fee.total})
				charge = fee_charge(usual, self.policy)
				parts.charges.append(replace(charge, amount=fee.total, source_id=usual.id))

	@cached_property
	def _credit_accounts(self) -> dict[int, str]:
		"""Fee lines of the order that are what a wallet paid -> the account of what is owed to customers."""
		tendered = tendered_of(self.order, self.decimals)
		return {
			tender.fee_line_id: self.policy.tender(tender.kind).account
			for tender in tendered
			if tender.fee_line_id
		}

	def _only(self, lines: Sequence[Only]) -> Only | None:
		return lines[0] if len(lines) == 1 else None

	def _named(self, name: str) -> "FeeLine | None":
		return self._only([line for line in self.order.fee_lines if line.name == name])

	# --- taxes ---

	def _add_taxes(self, refund: "Refund", rows: dict[int, list[tuple[int, Decimal]]], parts: Parts) -> None:
		by_place: dict[int, Decimal] = defaultdict(Decimal)
		taxable: dict[int, Decimal] = defaultdict(Decimal)
		on_rows: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
		others: list[ChargeRow] = []
		for name in LINES:
			for line in getattr(refund, name):
				known = len(others)
				placed = self._borne(line, self._taxes_of(line, refund, others))
				if not placed and len(others) == known:
					parts.untaxed += line.total
				bases, without = self.taxes.bases(line.total, placed)
				parts.untaxed += without if placed else ZERO
				for place, base in bases:
					taxable[place] += base
				for place, amount in placed:
					by_place[place] += amount
					targets = rows.get(_refunded_line(line), ()) if name == "line_items" else ()
					shares = exact_shares(amount, [weight for _row, weight in targets], self.decimals)
					for (row, _weight), part in zip(targets, shares, strict=True):
						on_rows[place][row] += part
		if not any(by_place.values()) and not others:
			of_tax_lines, others = self._of_tax_lines(refund)
			by_place.update(of_tax_lines)
		for place, amount in sorted(by_place.items()):
			if amount or taxable[place]:
				items = tuple(sorted(on_rows[place].items()))
				template = self.taxes.templates[place]
				parts.charges.append(replace(template, amount=amount, taxable=taxable[place], items=items))
		parts.charges += others

	def _borne(self, line: "Line", taxes: Iterable[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
		"""The taxes that a refund's line bears. A refund names each rate of its order, with 0 where there is none of it:
		a tax of 0 counts where the order's line was charged at 0 %."""
		sold = self._lines.get(_refunded_line(line))
		of_sold = self.taxes.of_line(sold.taxes) if sold is not None else []
		taxed = [(place, amount) for place, amount in taxes if amount]
		return taxed or [(place, ZERO) for place, amount in of_sold if not amount]

	def _taxes_of(
		self, line: "Line", refund: "Refund", others: list[ChargeRow]
	) -> Iterable[tuple[int, Decimal]]:
		"""(place of the order's tax line, amount) of a refund's line. What has no place is added to `others`."""
		taxes = [tax for tax in line.taxes if tax.total is not None]
		exact = sum((tax.amount for tax in taxes), ZERO)
		whole = line.total_tax
		if taxes and abs(exact - whole) > self.unit * len(taxes):
			whole = exact.quantize(unit_of(self.decimals))
		elif not taxes and whole:
			yield from self._without_rates(line, whole)
			return
		amounts = exact_shares(whole, [tax.amount for tax in taxes], self.decimals)
		for tax, amount, placed in zip(
			taxes, amounts, self.taxes.placed([tax.id for tax in taxes], amounts), strict=True
		):
			elsewhere = None if placed else self._place_elsewhere(tax, refund)
			if placed:
				yield from placed
			elif elsewhere is not None:
				yield elsewhere, amount
			elif amount:
				others.append(self._unknown_tax(tax, refund, amount))

	def _without_rates(self, line: "Line", whole: Decimal) -> Iterable[tuple[int, Decimal]]:
		"""A tax that doesn't say its rates is shared out as the order's line was taxed, else as the order was."""
		sold = self._lines.get(_refunded_line(line))
		taxed = self.taxes.of_line(sold.taxes) if sold is not None else []
		if not any(amount for _place, amount in taxed):
			taxed = [
				(place, charge.amount) for place, charge in enumerate(self.taxes.templates) if charge.amount
			]
		shares = exact_shares(whole, [amount for _place, amount in taxed], self.decimals)
		yield from zip((place for place, _amount in taxed), shares, strict=True)

	def _place_elsewhere(self, tax: "LineTax", refund: "Refund") -> int | None:
		"""The order's tax line of a rate whose id isn't there any more: the one with the same name and percentage."""
		found = next((line for line in refund.tax_lines if line.rate_id == tax.id), None)
		lines = self.order.tax_lines
		if found is not None:
			named = (found.label, found.rate_percent)
			places = [place for place, line in enumerate(lines) if (line.label, line.rate_percent) == named]
			if len(places) == 1:
				return places[0]
		return 0 if len(lines) == 1 else None

	def _unknown_tax(self, tax: "LineTax", refund: "Refund", amount: Decimal) -> ChargeRow:
		"""The row of a tax that the order doesn't have."""
		found = next((line for line in refund.tax_lines if line.rate_id == tax.id), None)
		if found is not None:
			return replace(tax_charge(found, self.policy), amount=amount)
		return ChargeRow(ChargeKind.TAX, self.policy.accounts.tax, "Tax", amount)

	def _of_tax_lines(self, refund: "Refund") -> tuple[dict[int, Decimal], list[ChargeRow]]:
		"""Taxes that only the refund's own tax lines say."""
		by_place: dict[int, Decimal] = defaultdict(Decimal)
		others = []
		amounts = [line.tax_total + line.shipping_tax_total for line in refund.tax_lines]
		placed = self.taxes.placed([line.rate_id for line in refund.tax_lines], amounts)
		for line, amount, parts in zip(refund.tax_lines, amounts, placed, strict=True):
			for place, part in parts:
				by_place[place] += part
			if amount and not parts:
				others.append(tax_charge(line, self.policy))
		return by_place, others

	# --- rows that refunds are made of ---

	def amount_row(self, what: str, amount: Decimal, sold: InvoiceRow | None = None) -> InvoiceRow:
		"""A row that gives an amount back and no goods.

		:param sold: the row that the amount comes off, None where it comes off the order as a whole
		"""
		row = replace(
			self._refund_item(what), quantity=-ONE, rate=amount, price_list_rate=amount, amount=-amount
		)
		if sold is None:
			return row
		return replace(
			row, account=sold.account, order_line_id=sold.order_line_id, store_product=sold.store_product
		)

	def returned(self, row: InvoiceRow, amount: Decimal, quantity: Decimal) -> list[InvoiceRow]:
		"""Rows with negative quantities that give `amount` back for `quantity` pieces.

		ERPNext takes no piece back for more than it was sold at: what is more is a row of its own without goods.
		"""
		rates = [sold.rate for sold in self.invoice.rows if row_key(sold) == row_key(row)]
		most = (max(rates) * quantity).quantize(unit_of(self.decimals), ROUND_DOWN) if rates else amount
		goods = min(amount, most)
		parts = split_amount(goods, quantity, self.decimals, self.policy.items.quantity_decimals)
		rows = [
			replace(row, quantity=-part, rate=rate, price_list_rate=rate, amount=-share)
			for part, rate, share in parts
		]
		if amount > goods:
			rows.append(self.amount_row(f"{row.item_name} (amount only)", amount - goods, row))
		return rows

	def _refund_item(self, name: str) -> InvoiceRow:
		return InvoiceRow(
			item_code=self.policy.refunds.item,
			item_name=name[:140],
			description=name,
			quantity=ONE,
			rate=ZERO,
			amount=ZERO,
			price_list_rate=ZERO,
			account=self.policy.accounts.refunds,
		)


def row_key(row: InvoiceRow) -> RowKey:
	"""What makes rows of an invoice and of its credit notes the same: also those that give back only an amount."""
	return row.order_line_id, row.store_product, row.account


def _refunded_line(line: "Line") -> int:
	"""The id of the order's line that a refund's line gives back, 0 where it doesn't say."""
	value = next((meta.value for meta in line.meta_data if meta.key == REFUNDED_LINE), 0)
	text = str(value).strip()
	return int(text) if text.isdecimal() and len(text) < 19 else 0


def _is_deduction(line: "Line") -> bool:
	"""Whether an order's line gave money off, and stands beside the items as a charge."""
	return line.total < 0 or getattr(line, "quantity", ONE) < 0
