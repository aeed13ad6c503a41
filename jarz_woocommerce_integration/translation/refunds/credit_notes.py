"""Refunds as credit notes, one for each refund id.

A refund says what was given back in lines, shipping, fees and taxes, or only as an amount. One that takes the rest of the
order takes back whatever is left on each row, charge and tax, however the shop itemised it: then every account of the
order ends at zero. Three statements must agree before anything is booked: the refund's amount, its lines, and how the
order itself names it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.amounts.money import fits
from jarz_woocommerce_integration.translation.amounts.rounding import Precision
from jarz_woocommerce_integration.translation.amounts.taxes import TaxRows
from jarz_woocommerce_integration.translation.dates import stated
from jarz_woocommerce_integration.translation.drafts import (
	ChargeKind,
	ChargeRow,
	CreditNoteDraft,
	Hold,
	InvoiceDraft,
	InvoiceRow,
	Restocked,
)
from jarz_woocommerce_integration.translation.policy import Policy
from jarz_woocommerce_integration.translation.refunds.parts import Parts, RefundReader, RowKey, row_key
from jarz_woocommerce_integration.translation.refunds.repayments import Repayments

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import Order, Refund

ZERO = Decimal(0)
COMPARE_REFUND = (
	"Look up at the payment provider what was paid back, and book the order with a credit note of that amount by hand. Don't"
	" change the refund in the shop: if you delete it, no money comes back, and the gateway pays again for a new one."
)


class CreditNotes:
	"""The credit notes of one order, made refund by refund in the order of their ids."""

	def __init__(
		self,
		order: "Order",
		invoice: InvoiceDraft,
		repayments: Repayments,
		taxes: TaxRows,
		precision: Precision,
		policy: Policy,
	):
		self.order = order
		self.invoice = invoice
		self.repayments = repayments
		self.policy = policy
		self.decimals = precision.decimals
		self.reader = RefundReader(order, invoice, taxes, precision.unit, policy)
		pieces = {line.id: line.restocked for line in order.line_items if line.restocked}
		self.restocked = Restocked(pieces, policy.refunds.item) if pieces else None
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

	# --- what can't be booked ---

	def _refuse(self, refund: "Refund") -> Hold | None:
		if refund.amount < 0:
			return _hold(
				"refund_unclear",
				Sentence(
					"Refund {0} has an amount of {1}: it takes money instead of giving it back.",
					refund.id,
					refund.amount,
				),
			)
		if not fits(refund.amount, self.decimals):
			return _hold(
				"refund_unclear",
				Sentence(
					"Refund {0} has an amount of {1}, which is finer than the currency's smallest unit.",
					refund.id,
					refund.amount,
				),
			)
		return self._refuse_contradiction(refund) or self._refuse_excess(refund)

	def _refuse_contradiction(self, refund: "Refund") -> Hold | None:
		"""The order names each of its refunds with a sum; a plugin or a lost meta row can make two of one."""
		amount = next((-named.total for named in self.order.refunds if named.id == refund.id), refund.amount)
		if amount == refund.amount:
			return None
		return _hold(
			"refund_contradicts",
			Sentence(
				"Refund {0} is {1} in its order, but {2} when it is read alone.",
				refund.id,
				amount,
				refund.amount,
			),
			((Sentence("Refund in the order"), amount), (Sentence("Refund by itself"), refund.amount)),
		)

	def _refuse_excess(self, refund: "Refund") -> Hold | None:
		if self.credited + refund.amount <= max(self.invoice.total, ZERO):
			return None
		return Hold(
			"refund_exceeds_invoice",
			Sentence(
				"With refund {0} the refunds are more than the order's total: the order was changed after the refund,"
				" or more was paid back than was paid.",
				refund.id,
			),
			"Compare the order and its refunds with the payment provider, and book this order by hand as it was paid.",
			(
				(Sentence("Order total"), self.order.total),
				(Sentence("Refunded before"), self.credited),
				(Sentence("Refund {0}", refund.id), refund.amount),
			),
		)

	def _refuse_incomplete(self) -> Hold | None:
		if self.order.status != "refunded" or self.order.total < 0:
			return None
		# The shop counts as refunded in full what the gateway took; what was paid by credit is given back beside it.
		if self.credited in (self.invoice.total, self.order.total):
			return None
		return Hold(
			"refund_incomplete",
			Sentence(
				"The order's status is refunded, but its refunds sum to {0} and its total is {1}.",
				self.credited,
				self.order.total,
			),
			"Look up at the payment provider what was paid back, and book the order with credit notes of that amount by hand."
			" Don't change its status: the shop may then change stock and write to the customer.",
			((Sentence("Order total"), self.order.total), (Sentence("Refunds"), self.credited)),
		)

	# --- what is booked ---

	def _add(self, refund: "Refund") -> Hold | None:
		parts, limit = self.reader.read(refund)
		amount, by_amount = -refund.amount, ZERO
		if amount and self.credited + refund.amount == self.invoice.total:
			parts = self._left()
			by_amount = -sum((note.by_amount for note in self.made), ZERO)
		rest = amount - parts.total
		if rest > limit or (rest and not amount):
			return _hold(
				"refund_contradicts",
				Sentence(
					"The lines of refund {0} sum to {1}, but {2} was paid back.",
					refund.id,
					-parts.total,
					refund.amount,
				),
				((Sentence("Refund"), refund.amount), (Sentence("Its lines"), -parts.total)),
			)
		if not amount and not parts.rows:
			return None
		if abs(rest) <= limit:
			if rest:
				account = self.policy.accounts.rounding
				parts.charges.append(ChargeRow(ChargeKind.ROUNDING, account, "Rounding", rest))
		else:
			parts.rows.append(self.reader.amount_row(refund.reason or f"Refund {refund.id}", -rest))
			by_amount += rest
		if not parts.rows:
			# A return needs a row with a quantity, even where only shipping or a fee went back.
			parts.rows.append(self.reader.amount_row(refund.reason or f"Refund {refund.id}", ZERO))
		self.made.append(
			CreditNoteDraft(
				refund_id=refund.id,
				name=f"{self.invoice.name}-R{refund.id}",
				posted_at=max(stated(refund.date_created_gmt), self.invoice.posted_at),
				rows=parts.rows,
				charges=parts.charges,
				total=amount,
				reason=refund.reason,
				repayment=self.repayments.of(refund) if refund.amount else None,
				untaxed=parts.untaxed,
				by_amount=by_amount,
				paid_by_gateway=bool(refund.refunded_payment),
				restocked=self.restocked,
			)
		)
		return None

	def _left(self) -> Parts:
		"""All rows and charges of the invoice less what earlier credit notes took back, turned round."""
		left = Parts(untaxed=-self.invoice.untaxed - sum((note.untaxed for note in self.made), ZERO))
		places: dict[RowKey, int] = {}
		for key, (row, quantity, amount) in self._rows_left().items():
			if amount < 0:
				# More was given back than the row had, by amounts: a return has no rows with a negative rate.
				left.charges.append(
					ChargeRow(ChargeKind.REFUND, row.account, row.description, -amount, row.order_line_id)
				)
				amount = ZERO
			places[key] = len(left.rows)
			if quantity > 0:
				left.rows += self.reader.returned(row, amount, quantity)
			elif amount:
				left.rows.append(self.reader.amount_row(row.description, amount, row))
			else:
				del places[key]
		left.charges += [
			replace(charge, amount=-charge.amount, taxable=-taxable, items=_turned(items, places))
			for charge, taxable, items in self._charges_left()
			if charge.amount or taxable
		]
		return left

	@property
	def _documents(self) -> tuple[InvoiceDraft | CreditNoteDraft, ...]:
		return (self.invoice, *self.made)

	def _rows_left(self) -> "dict[RowKey, tuple[InvoiceRow, Decimal, Decimal]]":
		"""Of each row of the invoice, the quantity and the amount that no credit note took back."""
		left: dict[RowKey, tuple[InvoiceRow, Decimal, Decimal]] = {}
		for document in self._documents:
			for row in document.rows:
				first, quantity, amount = left.get(row_key(row), (row, ZERO, ZERO))
				pieces = ZERO if row.item_code == self.policy.refunds.item else row.quantity
				left[row_key(row)] = first, quantity + pieces, amount + row.amount
		return left

	def _charges_left(self) -> "Iterable[tuple[ChargeRow, Decimal, dict[RowKey, Decimal]]]":
		"""The same of each charge: with its amount, what it was charged on, and how much on which row."""
		left: dict[tuple[ChargeKind, str, str], tuple[ChargeRow, Decimal, dict[RowKey, Decimal]]] = {}
		for document in self._documents:
			for charge in document.charges:
				key = (charge.kind, charge.account, charge.description)
				known, taxable, items = left.get(
					key, (replace(charge, amount=ZERO), ZERO, defaultdict(Decimal))
				)
				for position, amount in charge.items:
					items[row_key(document.rows[position])] += amount
				known.amount += charge.amount
				left[key] = known, taxable + (charge.taxable or ZERO), items
		return left.values()


def _turned(items: dict[RowKey, Decimal], places: dict[RowKey, int]) -> tuple[tuple[int, Decimal], ...]:
	"""What is left of a tax on each row, for the rows that take it back."""
	return tuple(sorted((places[key], -amount) for key, amount in items.items() if key in places))


def _hold(reason: str, message: str, breakdown: tuple[tuple[str, Decimal], ...] = ()) -> Hold:
	return Hold(reason, message, COMPARE_REFUND, breakdown)
