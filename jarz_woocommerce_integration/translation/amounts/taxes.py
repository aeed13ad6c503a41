"""The tax rows of an order: one for each rate, with its rate, what it was charged on, and how much on which item.

The shop says the taxes of each line (`line.taxes[]`), so nothing is computed from rates. Two tax lines may have one
rate id (0 where a plugin made them), and a line's taxes may be named by words: then the order of the entries decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from jarz_woocommerce_integration.translation.amounts.charges import tax_charges
from jarz_woocommerce_integration.translation.amounts.money import share
from jarz_woocommerce_integration.translation.drafts import ChargeRow
from jarz_woocommerce_integration.translation.policy import Policy

if TYPE_CHECKING:
	from jarz_woocommerce_integration.store.payloads import LineTax, Order, TaxLine
	from jarz_woocommerce_integration.translation.amounts.rounding import Line

ZERO = Decimal(0)
# Rows of the invoice by the order's line whose money they carry: (position of the row, its share of the line).
RowsOfLine = dict[int, list[tuple[int, Decimal]]]


class TaxRows:
	"""The tax rows of one order.

	:param order: with amounts rounded to `decimals`
	"""

	def __init__(self, order: "Order", policy: Policy, decimals: int):
		self.order = order
		self.decimals = decimals
		self.templates = tax_charges(order.tax_lines, policy)

	def charges(self, rows: RowsOfLine) -> list[ChargeRow]:
		"""A row for each tax line that something was charged on, also at a rate of 0 %."""
		taxable: dict[int, Decimal] = defaultdict(Decimal)
		charged: dict[int, dict[int, Decimal]] = defaultdict(dict)
		classes: dict[int, str] = {}
		order = self.order
		lines: tuple[Line, ...] = (*order.line_items, *order.fee_lines, *order.shipping_lines)
		for line in lines:
			taxes = self.of_line(line.taxes)
			for place, base in self.bases(line.total, taxes)[0]:
				taxable[place] += base
			for place, amount in taxes:
				charged[place][line.id] = charged[place].get(line.id, ZERO) + amount
				classes.setdefault(place, getattr(line, "tax_class", ""))
		for shipping in order.shipping_lines:
			for amounts in charged.values():
				amounts.pop(shipping.id, None)
		return [
			replace(
				template,
				taxable=taxable.get(place),
				tax_class=classes.get(place, ""),
				items=self._itemised(tax, charged[place], rows),
			)
			for place, (tax, template) in enumerate(zip(order.tax_lines, self.templates, strict=True))
			if template.amount or taxable.get(place)
		]

	def bases(
		self, total: Decimal, taxes: "Sequence[tuple[int, Decimal]]"
	) -> tuple[list[tuple[int, Decimal]], Decimal]:
		"""(place of the tax line, what it was charged on) of a line's taxes, and what of the line bears none.

		Each is charged on all of the line, but where rates share a line out: shipping by the goods' rates, a fee that gives
		money off. There each rate has its share, as its tax and percentage say, and goods without tax may have one, too.
		"""
		if not taxes:
			return [], total
		places = [place for place, _amount in taxes]
		rates = [rate for place in places if (rate := self.templates[place].rate_percent)]
		if len(rates) == len(taxes) > 1:
			unit = Decimal(1).scaleb(-self.decimals)
			shares = [amount * 100 / rate for (_place, amount), rate in zip(taxes, rates, strict=True)]
			inexact = [unit * 100 / rate for rate in rates]
			on_all = all(abs(part - total) <= slack for part, slack in zip(shares, inexact, strict=True))
			if not on_all and abs(sum(shares) - total) <= sum(inexact):
				# Shares of both signs are rounded each by itself: what that leaves bears none.
				parts = exact_shares(total, shares, self.decimals)
				return list(zip(places, parts, strict=True)), total - sum(parts)
			if (
				not on_all
				and all(part * total >= 0 for part in shares)
				and abs(sum(shares, ZERO)) < abs(total)
			):
				parts = [part.quantize(unit) for part in shares]
				return list(zip(places, parts, strict=True)), total - sum(parts)
		return [(place, total) for place in places], ZERO

	@property
	def untaxed(self) -> Decimal:
		"""What was charged without any tax, not even one of 0 %."""
		order = self.order
		lines: tuple[Line, ...] = (*order.line_items, *order.shipping_lines, *order.fee_lines)
		return sum((self.bases(line.total, self.of_line(line.taxes))[1] for line in lines), ZERO)

	def of_line(self, taxes: "Iterable[LineTax]") -> list[tuple[int, Decimal]]:
		"""(place of the tax line, amount) for each tax of a line; taxes that no tax line stands for are left out."""
		charged = [tax for tax in taxes if tax.total is not None]
		placed = self.placed([tax.id for tax in charged], [tax.amount for tax in charged])
		return [(place, amount) for parts in placed for place, amount in parts]

	def placed(
		self, ids: "Sequence[int | str]", amounts: Sequence[Decimal]
	) -> list[list[tuple[int, Decimal]]]:
		"""For each tax of a line, by its rate's id and amount: (place of the tax line, amount).

		One that stands for several tax lines of its id is shared out as they are; one without a tax line has none.
		"""
		lines = self.order.tax_lines
		by_id: dict[int | str, list[int]] = defaultdict(list)
		for place, line in enumerate(lines):
			by_id[line.rate_id].append(place)
		if ids and by_id.keys().isdisjoint(ids) and len(ids) == len(lines):
			return [[(place, amount)] for place, amount in enumerate(amounts)]
		often = Counter(ids)
		seen: Counter[int | str] = Counter()
		found: list[list[tuple[int, Decimal]]] = []
		for identifier, amount in zip(ids, amounts, strict=True):
			places = by_id.get(identifier, [])
			if len(places) > 1 and often[identifier] == 1:
				weights = [lines[place].tax_total + lines[place].shipping_tax_total for place in places]
				exact = amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
				found.append(list(zip(places, exact_shares(exact, weights, self.decimals), strict=True)))
			else:
				found.append([(places[min(seen[identifier], len(places) - 1)], amount)] if places else [])
			seen[identifier] += 1
		return found

	def _itemised(
		self, line: "TaxLine", charged: dict[int, Decimal], rows: RowsOfLine
	) -> tuple[tuple[int, Decimal], ...]:
		"""What the rate was charged on which row of the invoice, to the smallest unit."""
		amounts = exact_shares(line.tax_total, list(charged.values()), self.decimals)
		by_row: dict[int, Decimal] = defaultdict(Decimal)
		for line_id, amount in zip(charged, amounts, strict=True):
			places = rows.get(line_id, [])
			parts = exact_shares(amount, [weight for _row, weight in places], self.decimals)
			for (row, _weight), part in zip(places, parts, strict=True):
				by_row[row] += part
		return tuple(sorted(by_row.items()))


def exact_shares(whole: Decimal, parts: Sequence[Decimal], decimals: int) -> list[Decimal]:
	"""`whole` shared out as the parts are, to the smallest unit: parts that were not rounded meet their rounded sum."""
	if not parts:
		return []
	if any(part < 0 for part in parts) and any(part > 0 for part in parts):
		unit = Decimal(1).scaleb(-decimals)
		return [part.quantize(unit) for part in parts]
	return share(whole, [abs(part) for part in parts], decimals)
