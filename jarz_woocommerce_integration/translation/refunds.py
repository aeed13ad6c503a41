"""Refunds as credit notes, one for each refund id.

A refund says what was given back in lines, shipping, fees and taxes, or only as an amount; an amount that takes the
whole rest of the order back (as WooCommerce makes it when the status is set to refunded) takes back every row and
tax that is left, so that revenue and tax end at zero, too.
"""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.charges import amounts_of, charges_of
from jarz_woocommerce_integration.translation.drafts import (
	ChargeKind,
	ChargeRow,
	CreditNoteDraft,
	Hold,
	InvoiceDraft,
	InvoiceRow,
)
from jarz_woocommerce_integration.translation.money import fits, split_amount
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.repayments import Repayments

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineItem, Order, Refund

ZERO = Decimal(0)
ONE = Decimal(1)


class CreditNotes:
	"""The credit notes of one order, made refund by refund in the order of their ids."""

	def __init__(self, order: "Order", invoice: InvoiceDraft, repayments: Repayments, policy: Policy):
		self.order = order
		self.invoice = invoice
		self.repayments = repayments
		self.policy = policy
		self.decimals = policy.money.decimals_of(order.currency)
		self.made: list[CreditNoteDraft] = []

	def make(self, refunds: "list[Refund]") -> Hold | None:
		"""Fill `made`, or say why the order is held."""
		for refund in sorted(refunds, key=lambda refund: refund.id):
			hold = self._refuse(refund) or self._add(refund)
			if hold:
				return hold
		return self._refuse_incomplete()

	@property
	def credited(self) -> Decimal:
		return -sum((note.total for note in self.made), ZERO)

	def _refuse(self, refund: "Refund") -> Hold | None:
		if refund.amount < 0:
			return _hold(f"Refund {refund.id} has an amount of {refund.amount}.", "refund_unclear")
		for amount in (refund.amount, *amounts_of(refund), *_unlisted_taxes(refund).values()):
			if not fits(amount, self.decimals):
				return _hold(
					f"Refund {refund.id} has an amount of {amount}, which is finer than the currency's smallest unit.",
					"refund_unclear",
				)
		if self.credited + refund.amount > max(self.invoice.total, ZERO):
			return Hold(
				"refund_exceeds_invoice",
				f"Refund {refund.id} takes the refunds over the order's total.",
				"Correct the refunds in the shop, or book this order by hand.",
				(
					("Order total", self.order.total),
					("Refunded before", self.credited),
					(f"Refund {refund.id}", refund.amount),
				),
			)
		return None

	def _refuse_incomplete(self) -> Hold | None:
		if self.order.status != "refunded" or self.invoice.is_return:
			return None
		# The shop counts as refunded in full what the gateway took; what was paid by credit is given back beside it.
		if self.credited in (self.invoice.total, self.order.total):
			return None
		return Hold(
			"refund_incomplete",
			f"The order is refunded, and its refunds sum to {self.credited} of {self.order.total}.",
			"Add the missing refund in the shop, or book this order by hand.",
			(("Order total", self.order.total), ("Refunds", self.credited)),
		)

	def _add(self, refund: "Refund") -> Hold | None:
		if not refund.amount:
			return None
		rows, charges = self._parts(refund)
		amount = -refund.amount
		rest = amount - _sum(rows, charges)
		if rest > 0:
			return Hold(
				"refund_unclear",
				f"The lines of refund {refund.id} sum to more than was given back.",
				"Correct the refund in the shop, or book this order by hand.",
				(("Refund", refund.amount), ("Its lines", refund.amount + rest)),
			)
		if rest:
			rows.append(self._amount_row(refund, -rest))
		elif not rows:
			# A return needs a row with a quantity, even where only shipping or a fee went back.
			rows.append(self._amount_row(refund, ZERO))
		self.made.append(
			CreditNoteDraft(
				refund_id=refund.id,
				name=f"{self.invoice.name}-R{refund.id}",
				posted_at=refund.date_created_gmt,
				rows=rows,
				charges=charges,
				total=amount,
				reason=refund.reason,
				repayment=self.repayments.of(refund),
			)
		)
		return None

	def _parts(self, refund: "Refund") -> tuple[list[InvoiceRow], list[ChargeRow]]:
		"""What the refund itemises, or all that is left of the order where it takes the rest without saying of what."""
		rows = [row for line in refund.line_items for row in self._line_rows(line)]
		charges = [self._deduction(line) for line in refund.line_items if line.total > 0]
		charges += charges_of(refund, self.policy) + self._unlisted_tax(refund)
		if not rows and not charges and self.credited + refund.amount == self.invoice.total:
			left = self._left()
			if _sum(*left) == -refund.amount:
				return left
		return rows, charges

	def _line_rows(self, line: "LineItem") -> list[InvoiceRow]:
		if line.total >= 0:
			return []
		sold = self._sold_as(line)
		quantity = abs(line.quantity) or ONE
		description = line.name if line.quantity else f"{line.name} (amount only)"
		return self._returned(replace(sold, description=description), -line.total, quantity)

	def _deduction(self, line: "LineItem") -> ChargeRow:
		"""What takes a deduction back: a line of the order that gave money off."""
		return ChargeRow(ChargeKind.DISCOUNT, self.policy.accounts.discounts, line.name, line.total, line.id)

	def _sold_as(self, line: "LineItem") -> InvoiceRow:
		"""The invoice row that a refund line refers to; the refund item where the order has no such row."""
		line_id = next((meta.value for meta in line.meta_data if meta.key == "_refunded_item_id"), 0)
		for row in self.invoice.rows:
			if str(row.order_line_id) == str(line_id):
				return row
		return self._refund_item(line.name)

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

	def _amount_row(self, refund: "Refund", amount: Decimal) -> InvoiceRow:
		return replace(
			self._refund_item(refund.reason or f"Refund {refund.id}"),
			quantity=-ONE,
			rate=amount,
			price_list_rate=amount,
			amount=-amount,
		)

	def _returned(self, row: InvoiceRow, amount: Decimal, quantity: Decimal) -> list[InvoiceRow]:
		"""Rows with negative quantities that give `amount` back for `quantity` pieces."""
		parts = split_amount(amount, quantity, self.decimals, self.policy.items.quantity_decimals)
		return [
			replace(row, quantity=-part, rate=rate, price_list_rate=rate, amount=-share)
			for part, rate, share in parts
		]

	def _unlisted_tax(self, refund: "Refund") -> list[ChargeRow]:
		"""Taxes that only the refund's lines tell: a rate's row of the order knows the account."""
		by_rate = _unlisted_taxes(refund)
		return [
			replace(charge, amount=by_rate[charge.source_id])
			for charge in self.invoice.charges
			if charge.kind is ChargeKind.TAX and by_rate.get(charge.source_id)
		]

	def _left(self) -> tuple[list[InvoiceRow], list[ChargeRow]]:
		"""All rows and charges of the invoice less what earlier credit notes took back, turned round."""
		amounts: dict[tuple, Decimal] = defaultdict(Decimal)
		quantities: dict[tuple, Decimal] = defaultdict(Decimal)
		first: dict[tuple, InvoiceRow] = {}
		for row in (*self.invoice.rows, *(row for note in self.made for row in note.rows)):
			key = (row.order_line_id, row.item_code)
			first.setdefault(key, row)
			amounts[key] += row.amount
			quantities[key] += row.quantity
		rows = []
		for key, amount in amounts.items():
			quantity = quantities[key]
			if amount or quantity > 0:
				rows += self._returned(first[key], amount, quantity if quantity > 0 else ONE)
		charged: dict[tuple, ChargeRow] = {}
		for charge in (*self.invoice.charges, *(charge for note in self.made for charge in note.charges)):
			key = (charge.kind, charge.account, charge.description)
			known = charged.get(key)
			charged[key] = replace(charge, amount=charge.amount + known.amount) if known else charge
		return rows, [replace(charge, amount=-charge.amount) for charge in charged.values() if charge.amount]


def _unlisted_taxes(refund: "Refund") -> dict[int, Decimal]:
	"""Taxes by rate id of a refund that has taxes on its lines and no tax lines."""
	by_rate: dict[int, Decimal] = defaultdict(Decimal)
	if not refund.tax_lines:
		for line in (*refund.line_items, *refund.shipping_lines, *refund.fee_lines):
			for tax in line.taxes:
				by_rate[tax.id] += tax.total
	return by_rate


def _sum(rows: list[InvoiceRow], charges: list[ChargeRow]) -> Decimal:
	return sum((row.amount for row in rows), ZERO) + sum((charge.amount for charge in charges), ZERO)


def _hold(message: str, reason: str) -> Hold:
	return Hold(reason, message, "Correct the refund in the shop, or book this order by hand.")
