"""Which payment of the books each line of a payout is, and what the payout means for the accounts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from jarz_woocommerce_integration.translation.payouts.lines import ZERO, LineKind, StatementLine


class LineState(str, Enum):
	"""How a line stands beside the books. The values are those of the field in the Desk."""

	MATCHED = "Matched"
	DIFFERS = "Amount Differs"
	NOT_BOOKED = "Not in the Books"
	PAID_OUT_BEFORE = "Paid Out Before"
	TWICE = "Twice in the File"
	NO_PAYMENT = "No Payment"  # a fee, a dispute, a reserve: there is nothing to match


OPEN = frozenset((LineState.DIFFERS, LineState.NOT_BOOKED, LineState.PAID_OUT_BEFORE, LineState.TWICE))


@dataclass(slots=True, frozen=True)
class BookedPayment:
	"""A Payment Entry on the gateway's clearing account, in that account's currency.

	:ivar effect: what it did to the account: positive for what came in, negative for what was paid back
	:ivar fee: what was booked as the gateway's fee with it
	:ivar paid_out_in: the payout that it is in already, "" for none
	"""

	name: str
	reference: str
	order_id: int
	effect: Decimal
	fee: Decimal = ZERO
	paid_out_in: str = ""

	@property
	def gross(self) -> Decimal:
		return self.effect + self.fee


@dataclass(slots=True, frozen=True)
class MatchedLine:
	"""A line, and the payment that it is. :ivar difference: the line's gross amount less the booked one"""

	line: StatementLine
	state: LineState
	payment: BookedPayment | None = None

	@property
	def difference(self) -> Decimal:
		booked = self.payment.gross if self.payment and self.state is not LineState.PAID_OUT_BEFORE else ZERO
		return self.line.gross - booked if self.state in OPEN else ZERO

	@property
	def fee_booked(self) -> Decimal:
		return (
			self.payment.fee
			if self.payment and self.state in (LineState.MATCHED, LineState.DIFFERS)
			else ZERO
		)


class Matching:
	"""Matches lines with the payments of one clearing account: each payment is one line, and each line one payment.

	A payment is known by the gateway's id of the transaction, a repayment by that of the payment which it pays back. Where the
	books have neither, by the order's id and the same amount. A line that names nothing but its order is the only payment, or
	repayment, that the order has left, whatever the amount.

	:param payments: all that the lines may be; :param payout: the payout at hand, "" for a new one
	"""

	def __init__(self, payments: Sequence[BookedPayment], payout: str = ""):
		self.payout = payout
		self._by_reference: dict[str, list[BookedPayment]] = defaultdict(list)
		self._by_order: dict[int, list[BookedPayment]] = defaultdict(list)
		for payment in payments:
			if payment.reference:
				self._by_reference[payment.reference].append(payment)
			if payment.order_id:
				self._by_order[payment.order_id].append(payment)
		self._taken: set[str] = set()
		self._seen: set[tuple[object, ...]] = set()

	def match(self, lines: Sequence[StatementLine]) -> list[MatchedLine]:
		"""In the order of the lines. Lines of the booked amount choose first, so that two refunds of one payment aren't mixed up."""
		matched: dict[int, MatchedLine] = {}
		open_lines = []
		for line in lines:
			if self._is_repeated(line):
				matched[id(line)] = MatchedLine(line, LineState.TWICE)
			elif line.kind not in (LineKind.PAYMENT, LineKind.REFUND):
				matched[id(line)] = MatchedLine(line, LineState.NO_PAYMENT)
			elif payment := self._take(line, exactly=True):
				matched[id(line)] = self._found(line, payment)
			else:
				open_lines.append(line)
		for line in open_lines:
			payment = self._take(line, exactly=False)
			matched[id(line)] = (
				self._found(line, payment) if payment else MatchedLine(line, LineState.NOT_BOOKED)
			)
		return [matched[id(line)] for line in lines]

	def _is_repeated(self, line: StatementLine) -> bool:
		key = line.identifier, line.kind, line.gross, line.fee
		if not line.identifier:
			return False
		repeated = key in self._seen
		self._seen.add(key)
		return repeated

	def _take(self, line: StatementLine, exactly: bool) -> BookedPayment | None:
		for payment in self._candidates(line, exactly):
			if payment.name not in self._taken and (payment.gross == line.gross or not exactly):
				self._taken.add(payment.name)
				return payment
		return None

	def _candidates(self, line: StatementLine, exactly: bool) -> list[BookedPayment]:
		by_reference = [payment for reference in line.references for payment in self._by_reference[reference]]
		orders = {payment.order_id for payment in by_reference if payment.order_id}
		if exactly and line.order.isdigit():
			orders.add(int(line.order))
		if line.kind is LineKind.REFUND or exactly:
			by_reference += [payment for order in sorted(orders) for payment in self._by_order[order]]
		comes_in = line.gross > 0
		found = [payment for payment in by_reference if (payment.gross > 0) is comes_in]
		return found if exactly or line.references else self._only_one_left(line, comes_in)

	def _only_one_left(self, line: StatementLine, comes_in: bool) -> list[BookedPayment]:
		of_order = self._by_order[int(line.order)] if line.order.isdigit() else []
		left = [
			payment
			for payment in of_order
			if (payment.gross > 0) is comes_in and payment.name not in self._taken
		]
		return left if len(left) == 1 else []

	def _found(self, line: StatementLine, payment: BookedPayment) -> MatchedLine:
		if payment.paid_out_in not in ("", self.payout):
			return MatchedLine(line, LineState.PAID_OUT_BEFORE, payment)
		state = LineState.MATCHED if payment.gross == line.gross else LineState.DIFFERS
		return MatchedLine(line, state, payment)


@dataclass(slots=True, frozen=True)
class Postings:
	"""What a payout books, each as a debit (negative: as a credit), in its currency. They come to nothing together.

	:ivar bank: what arrived; :ivar clearing: what leaves the clearing account, negative
	:ivar fees: what no payment has booked of the gateway's fees yet
	"""

	bank: Decimal
	fees: Decimal
	disputes: Decimal
	reserves: Decimal
	adjustments: Decimal

	@property
	def clearing(self) -> Decimal:
		return -(self.bank + self.fees + self.disputes + self.reserves + self.adjustments)


def postings_of(amount: Decimal, matched: Sequence[MatchedLine]) -> Postings:
	"""What a payout books. A line that is twice in the file counts once. :param amount: at the bank"""
	counted = [each for each in matched if each.state is not LineState.TWICE]

	def of(kind: LineKind) -> Decimal:
		return sum((-each.line.gross for each in counted if each.line.kind is kind), ZERO)

	fees = sum((each.line.fee - each.fee_booked for each in counted), ZERO)
	return Postings(
		bank=amount,
		fees=fees + of(LineKind.FEE),
		disputes=of(LineKind.DISPUTE),
		reserves=of(LineKind.RESERVE),
		adjustments=of(LineKind.ADJUSTMENT),
	)


def retained(amount: Decimal, matched: Sequence[MatchedLine]) -> Decimal:
	"""What the lines come to beyond what arrived: it stays at the gateway."""
	return sum((each.line.net for each in matched if each.state is not LineState.TWICE), ZERO) - amount
