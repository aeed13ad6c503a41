"""WooPayments' export of *Payments > Transactions*, in English.

Its lines name the order by its number, and no id of the payment that the shop has. Payouts were called deposits before.
"""

from decimal import Decimal

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.payouts.lines import LineKind, StatementLine
from jarz_woocommerce_integration.translation.payouts.values import Row, amount_of, day_of, first

COLUMNS = {"Type", "Channel", "Amount", "Fees", "Net", "Order #"}
DATES = ("Date / Time (UTC)", "Date / Time", "Payout date", "Deposit date")
PAYOUT_ID = ("Payout ID", "Deposit ID")
KINDS = {
	"charge": LineKind.PAYMENT,
	"payment": LineKind.PAYMENT,
	"refund": LineKind.REFUND,
	"payment refund": LineKind.REFUND,
	"payment failure refund": LineKind.REFUND,
	"refund failure": LineKind.REFUND,
	"dispute": LineKind.DISPUTE,
	"dispute reversal": LineKind.DISPUTE,
	"reader fee": LineKind.FEE,
}
# The money of these isn't at the bank: nothing of it is to be booked yet, or ever.
NOT_PAID_OUT = ("estimated", "pending", "failed", "canceled")


def read_row(number: int, row: Row, date_format: str) -> StatementLine:
	""":raises StatementError: the file is that of one payout, which doesn't name it; an amount or a date can't be read"""
	if not any(name in row for name in PAYOUT_ID):
		raise StatementError(
			Sentence("The file doesn't say which payout its transactions are in."),
			Sentence("Export the list Payments > Transactions of the shop, not that of one payout."),
		)
	is_paid_out = first(row, "Payout status", "Deposit status").casefold() not in NOT_PAID_OUT
	gross = _money(row["Amount"], number)
	return StatementLine(
		row=number,
		kind=KINDS.get(row["Type"].casefold(), LineKind.ADJUSTMENT),
		currency=first(row, "Payout Currency", "Deposit Currency", "Paid Currency").upper(),
		gross=gross,
		fee=gross - _money(row["Net"], number),
		identifier=first(row, "Transaction Id", "Transaction ID"),
		order_number=row["Order #"],
		day=day_of(first(row, *DATES[:2]), number, date_format),
		text=row["Type"],
		payout_id=first(row, *PAYOUT_ID) if is_paid_out else "",
		payout_date=day_of(first(row, *DATES[2:]), number, date_format),
	)


def _money(text: str, number: int) -> Decimal:
	"""WooCommerce puts a quote before a minus, so that no spreadsheet program takes it for a formula."""
	return amount_of(text.lstrip("'") or "0", number)
