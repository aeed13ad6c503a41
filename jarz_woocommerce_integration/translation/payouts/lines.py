"""A gateway's statement: its lines, and the payouts that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

ZERO = Decimal(0)


class LineKind(str, Enum):
	"""What moved the balance at the gateway. The values are those of the field in the Desk."""

	PAYMENT = "Payment"
	REFUND = "Refund"
	FEE = "Fee"
	DISPUTE = "Dispute"
	RESERVE = "Reserve"
	ADJUSTMENT = "Adjustment"
	PAYOUT = "Payout"  # to the bank: no line of a payout, but the payout itself


@dataclass(slots=True, frozen=True)
class StatementLine:
	"""One movement of the balance at the gateway.

	:ivar row: line of the file, the header is 1
	:ivar identifier: the gateway's own id of the movement, "" where it has none
	:ivar references: ids by which a payment may be known in the books; the first one is shown
	:ivar order: the order's id in the shop where the gateway has it, "" else; :ivar order_number: likewise its number
	:ivar gross: in `currency`; negative for what went away; :ivar fee: positive for what the gateway kept
	:ivar time: of the day, where the order of lines hangs on it ("14:03:59"), "" else
	:ivar payout_id, payout_date: of the payout that the gateway names, "" and None where it names none
	"""

	row: int
	kind: LineKind
	currency: str
	gross: Decimal
	fee: Decimal
	identifier: str = ""
	references: tuple[str, ...] = ()
	order: str = ""
	order_number: str = ""
	day: date | None = None
	time: str = ""
	text: str = ""
	payout_id: str = ""
	payout_date: date | None = None

	@property
	def net(self) -> Decimal:
		return self.gross - self.fee


@dataclass(slots=True)
class PayoutStatement:
	"""What arrived at the bank at once, and the lines that it is made of.

	:ivar amount: at the bank, in `currency`; negative for what the gateway took back from the bank
	:ivar leaves_balance: the gateway keeps a balance of its own, so that the lines needn't come to the amount
	"""

	payout_id: str
	day: date | None
	currency: str
	amount: Decimal
	lines: list[StatementLine] = field(default_factory=list)
	leaves_balance: bool = False


def payouts_of(lines: Sequence[StatementLine]) -> tuple[list[PayoutStatement], list[StatementLine]]:
	"""The payouts of a statement, in the order of the file, and the lines that are in none yet.

	Where the gateway names the payout of each line, those of one payout belong together, and what they come to is what
	arrived, if the statement doesn't say the amount itself. Where it doesn't (PayPal), a payout holds what happened since
	the payout before it. Each currency has payouts of its own.
	"""
	by_currency: dict[str, list[StatementLine]] = {}
	for line in lines:
		by_currency.setdefault(line.currency, []).append(line)
	payouts: list[PayoutStatement] = []
	left: list[StatementLine] = []
	for of_currency in by_currency.values():
		if any(line.payout_id for line in of_currency):
			found, without = _by_id(of_currency)
		else:
			found, without = _by_time(of_currency)
		payouts += found
		left += without
	payouts.sort(key=lambda payout: (payout.day is None, payout.day, payout.payout_id))
	return payouts, left


def _by_id(lines: Sequence[StatementLine]) -> tuple[list[PayoutStatement], list[StatementLine]]:
	payouts: dict[str, PayoutStatement] = {}
	stated: dict[str, Decimal] = {}
	left = []
	for line in lines:
		if not line.payout_id:
			left.append(line)
			continue
		payout = payouts.setdefault(
			line.payout_id, PayoutStatement(line.payout_id, line.payout_date, line.currency, ZERO)
		)
		payout.day = payout.day or line.payout_date
		if line.kind is LineKind.PAYOUT:
			stated[line.payout_id] = stated.get(line.payout_id, ZERO) - line.net
		else:
			payout.lines.append(line)
	for payout in payouts.values():
		payout.amount = stated.get(payout.payout_id, sum((line.net for line in payout.lines), ZERO))
	return list(payouts.values()), left


def _by_time(lines: Sequence[StatementLine]) -> tuple[list[PayoutStatement], list[StatementLine]]:
	"""In the order of time; lines of one moment stay in the order of the file."""
	payouts = []
	since: list[StatementLine] = []
	for line in sorted(lines, key=lambda line: (line.day or date.min, line.time)):
		if line.kind is not LineKind.PAYOUT:
			since.append(line)
			continue
		payouts.append(
			PayoutStatement(line.identifier, line.day, line.currency, -line.net, since, leaves_balance=True)
		)
		since = []
	return payouts, since
