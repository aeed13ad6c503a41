"""Taxes by rate: what the shop charged, and what stands in the invoices for the same orders; and the taxes of their refunds.

Only like is compared with like: an order that is booked, and of which no other difference is known. The taxes of all
other orders are summed beside, so that held orders don't look like missing tax.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.migration.verification import Difference
from jarz_woocommerce_integration.store.payloads import DetailedEntry, TaxLine
from jarz_woocommerce_integration.translation.amounts.charges import tax_charge, tax_charges
from jarz_woocommerce_integration.translation.drafts import ChargeRow
from jarz_woocommerce_integration.translation.policy import Policy

ZERO = Decimal(0)
# A refund's tax lines are rounded apart from its sum.
REFUND_ROUNDING = Decimal("0.01")
RateKey = tuple[str, str, str]  # currency, name, percent


@dataclass(slots=True)
class BookedTax:
	"""One row beside the items, of an order's invoice or of one of its credit notes. `amount` is the order's currency's."""

	account: str
	description: str
	amount: Decimal


@dataclass
class BookedCharges:
	"""The rows beside the items of one order: taxes, and shipping and fees, which only their text distinguishes.

	:ivar draft: the invoice isn't submitted yet; :ivar today: it was booked under the policy that holds today
	"""

	invoice: str
	draft: bool
	today: bool
	rows: list[BookedTax] = field(default_factory=list)
	credited: list[BookedTax] = field(default_factory=list)


@dataclass(slots=True)
class Rate:
	"""The sums of one rate in one currency.

	:ivar store: what the shop charged on booked orders; :ivar books: what their invoices say, drafts among them
	:ivar credited: what credit notes took back, negative; :ivar accounts: on which the invoices have it
	:ivar aside: what the shop charged on orders that aren't booked, or that are listed as different
	"""

	orders: int = 0
	store: Decimal = ZERO
	books: Decimal = ZERO
	drafts: Decimal = ZERO
	credited: Decimal = ZERO
	orders_aside: int = 0
	aside: Decimal = ZERO
	accounts: set[str] = field(default_factory=set)


@dataclass(slots=True, frozen=True)
class RefundedTax:
	"""What an order says of the tax of its refunds. The shop's list has it in one sum, not by rate.

	:ivar tax: positive; None where the shop doesn't say it; :ivar refunds: how many
	:ivar in_full: they take the whole order back
	"""

	tax: Decimal | None
	refunds: int
	in_full: bool


@dataclass
class RefundTaxes:
	"""The taxes of refunds in one currency, all positive.

	:ivar store: by the shop; :ivar books: what credit notes took back of the same orders
	:ivar orders_in_full, in_full: wholly refunded orders, and what more their credit notes took back than the shop says:
		it names no tax in a refund by amount
	:ivar orders_untold, untold: orders of which the shop doesn't say it, and what credit notes took back of them
	"""

	orders: int = 0
	store: Decimal = ZERO
	books: Decimal = ZERO
	orders_in_full: int = 0
	in_full: Decimal = ZERO
	orders_untold: int = 0
	untold: Decimal = ZERO


def refunded_tax_of(entry: DetailedEntry) -> RefundedTax | None:
	"""None for an order without refunds, and where they can't be read."""
	if not entry.refunds:
		return None
	taxes = [abs(refund.total_tax) for refund in entry.refunds if refund.total_tax is not None]
	tax = sum(taxes, ZERO) if len(taxes) == len(entry.refunds) else None
	return RefundedTax(tax, len(entry.refunds), entry.refunded_total == entry.total)


class TaxComparison:
	"""Gathers the sums order by order.

	:param as_booked: what the books make of a text of the shop
	:ivar rates: by (currency, name, percent); :ivar refunds: by currency
	:ivar differences: one for each order and rate, and for each order whose refunds have other taxes than its credit notes
	"""

	def __init__(self, policy: Policy, as_booked: Callable[[str], str] = str):
		self.policy = policy
		self.as_booked = as_booked
		self.rates: dict[tuple[str, str, str], Rate] = {}
		self.refunds: dict[str, RefundTaxes] = {}
		self.differences: list[Difference] = []

	def compare(
		self,
		order_id: int,
		currency: str,
		lines: Iterable[TaxLine],
		booked: BookedCharges,
		refunded: RefundedTax | None = None,
	) -> None:
		"""Compare the taxes of a booked order, and those of its refunds with its credit notes'."""
		charges = self._by_rate(currency, lines)
		for key, rows in self._rows_by_rate(charges, booked.rows).items():
			charged, found = _sum(charges[key]), _sum(rows)
			rate = self.rates.setdefault(key, Rate())
			rate.orders += 1
			rate.store += charged
			rate.books += found
			rate.drafts += found if booked.draft else ZERO
			rate.accounts.update(row.account for row in rows)
			if charged != found:
				message = Sentence(
					"{0} is {1} {2} in the store, {3} in {4}.",
					name_of(key),
					charged,
					currency,
					found,
					booked.invoice,
				)
				self.differences.append(Difference(order_id, "tax", message))
			self._compare_accounts(order_id, key, charges[key], rows, booked)
		credited = self._add_credited(charges, booked.credited)
		if refunded and not booked.draft:
			charged = sum((_sum(group) for group in charges.values()), ZERO)
			self._compare_refunds(order_id, currency, refunded, credited, charged)

	def set_aside(self, currency: str, lines: Iterable[TaxLine]) -> None:
		"""Count the taxes of an order that isn't compared."""
		for key, charges in self._by_rate(currency, lines).items():
			rate = self.rates.setdefault(key, Rate())
			rate.orders_aside += 1
			rate.aside += _sum(charges)

	def _by_rate(self, currency: str, lines: Iterable[TaxLine]) -> dict[RateKey, list[ChargeRow]]:
		"""What the lines charge, by rate: shops have one for each state, which is one to an accountant."""
		rates: dict[RateKey, list[ChargeRow]] = {}
		lines = list(lines)
		for line, charge in zip(lines, tax_charges(lines, self.policy), strict=True):
			if charge.amount:
				percent = "" if charge.rate_percent is None else f"{charge.rate_percent.normalize():f}"
				# A row's own text may distinguish it from another of the order; the rate is one all the same.
				name = tax_charge(line, self.policy).description
				rates.setdefault((currency, name, percent), []).append(charge)
		return rates

	def _rows_by_rate(
		self, charges: Mapping[RateKey, Sequence[ChargeRow]], rows: Iterable[BookedTax]
	) -> dict[RateKey, list[BookedTax]]:
		"""For each charge its row; one that is left over and reads like a row of a rate is one too many, and is that rate's."""
		left = list(rows)
		taken: dict[RateKey, list[BookedTax]] = {key: [] for key in charges}
		for key, group in charges.items():
			for charge in group:
				same = self._like(charge.description, left) or self._like(key[1], left)
				if same:
					best = min(
						same, key=lambda row: (row.amount != charge.amount, row.account != charge.account)
					)
					left.remove(best)
					taken[key].append(best)
		for found in taken.values():
			like = {(row.description, row.account) for row in found}
			found += [row for row in left if (row.description, row.account) in like]
			left = [row for row in left if (row.description, row.account) not in like]
		return taken

	def _like(self, text: str, rows: Iterable[BookedTax]) -> list[BookedTax]:
		"""Rows with this text. Before version 1.4 rows had the rate's own name, also where two rates have one."""
		text = self.as_booked(text)
		return [row for row in rows if row.description == text]

	def _compare_accounts(
		self,
		order_id: int,
		key: RateKey,
		charges: Sequence[ChargeRow],
		rows: Sequence[BookedTax],
		booked: BookedCharges,
	) -> None:
		wanted = {charge.account for charge in charges}
		elsewhere = sorted({row.account for row in rows} - wanted)
		if elsewhere:
			message = Sentence(
				"{0} is booked to {1} in {2}; by the store's settings it belongs to {3}.",
				name_of(key),
				", ".join(elsewhere),
				booked.invoice,
				", ".join(sorted(wanted)),
			)
			if not booked.today:
				message = Sentence("{0} It was booked under other settings.", message)
			self.differences.append(Difference(order_id, "tax_account", message, explained=not booked.today))

	def _add_credited(self, charges: Mapping[RateKey, Sequence], rows: Iterable[BookedTax]) -> Decimal:
		""":return: what credit notes took back of all rates, positive"""
		names: dict[str, list[RateKey]] = {}
		for key, group in charges.items():
			for text in dict.fromkeys((key[1], *(charge.description for charge in group))):
				names.setdefault(self.as_booked(text), []).append(key)
		credited = ZERO
		for row in rows:
			if keys := names.get(row.description):
				# Of rates with one name, that of the row's account.
				key = next((k for k in keys if any(c.account == row.account for c in charges[k])), keys[0])
				self.rates[key].credited += row.amount
				credited -= row.amount
		return credited

	def _compare_refunds(
		self, order_id: int, currency: str, refunded: RefundedTax, credited: Decimal, charged: Decimal
	) -> None:
		sums = self.refunds.setdefault(currency, RefundTaxes())
		if refunded.tax is None:
			sums.orders_untold += 1
			sums.untold += credited
			return
		sums.orders += 1
		sums.store += refunded.tax
		if refunded.in_full and credited == charged != refunded.tax:
			sums.orders_in_full += 1
			sums.in_full += credited - refunded.tax
			sums.books += refunded.tax
			return
		sums.books += credited
		if abs(credited - refunded.tax) > REFUND_ROUNDING * refunded.refunds:
			message = Sentence(
				"The tax of its refunds is {0} {1} in the store, but {2} in its credit notes.",
				refunded.tax,
				currency,
				credited,
			)
			self.differences.append(Difference(order_id, "refund_tax", message))

	@property
	def equal(self) -> bool:
		return all(difference.explained for difference in self.differences)

	def as_rows(self) -> list[dict]:
		"""A row for each rate and currency; amounts are texts with exact decimals."""
		return [
			{
				"currency": key[0],
				"rate": name_of(key),
				"percent": key[2],
				"orders": rate.orders,
				"store": str(rate.store),
				"books": str(rate.books),
				"difference": str(rate.books - rate.store),
				"drafts": str(rate.drafts),
				"credited": str(rate.credited),
				"left": str(rate.books + rate.credited),
				"orders_aside": rate.orders_aside,
				"aside": str(rate.aside),
				"accounts": sorted(rate.accounts),
			}
			for key, rate in sorted(self.rates.items())
		]

	def refunds_as_rows(self) -> list[dict]:
		"""A row for each currency; amounts are texts with exact decimals."""
		return [
			{
				"currency": currency,
				"orders": sums.orders,
				"store": str(sums.store),
				"books": str(sums.books),
				"difference": str(sums.books - sums.store),
				"orders_in_full": sums.orders_in_full,
				"in_full": str(sums.in_full),
				"orders_untold": sums.orders_untold,
				"untold": str(sums.untold),
			}
			for currency, sums in sorted(self.refunds.items())
		]


def name_of(key: RateKey) -> str:
	"""A rate as a person reads it: "VAT (14 %)"."""
	_currency, name, percent = key
	return f"{name} ({percent} %)" if percent and percent not in name else name


def _sum(rows: Iterable[ChargeRow | BookedTax]) -> Decimal:
	return sum((row.amount for row in rows), ZERO)
