"""How gateways write their statements as CSV. Each format is recognised by the columns that it has.

Stripe: *Payout reconciliation, itemized*, *Balance change from activity, itemized*, and the export of *All transactions*.
PayPal: *Activity download*, "Balance affecting". WooPayments: `woopayments`. Anything else is described by the merchant
(`ColumnMap`).
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.payouts import woopayments
from jarz_woocommerce_integration.translation.payouts.lines import LineKind, StatementLine
from jarz_woocommerce_integration.translation.payouts.values import (
	Row,
	amount_of,
	date_format_of,
	day_of,
	first,
	of_strptime,
	references,
)

DELIMITERS = (",", ";", "\t")

_CATEGORIES = {
	"charge": LineKind.PAYMENT,
	"payment": LineKind.PAYMENT,
	"refund": LineKind.REFUND,
	"payment_refund": LineKind.REFUND,
	"refund_failure": LineKind.REFUND,
	"payment_failure_refund": LineKind.REFUND,
	"partial_capture_reversal": LineKind.REFUND,
	"charge_failure": LineKind.REFUND,
	"dispute": LineKind.DISPUTE,
	"dispute_reversal": LineKind.DISPUTE,
	"fee": LineKind.FEE,
	"stripe_fee": LineKind.FEE,
	"network_cost": LineKind.FEE,
	"tax": LineKind.FEE,
	"tax_fee": LineKind.FEE,
	"risk_reserved_funds": LineKind.RESERVE,
	"reserve_transaction": LineKind.RESERVE,
	"reserved_funds": LineKind.RESERVE,
	"payout": LineKind.PAYOUT,
	"payout_reversal": LineKind.PAYOUT,
	"payout_cancel": LineKind.PAYOUT,
	"payout_failure": LineKind.PAYOUT,
}
# PayPal's types are phrases. The first that is found in one decides.
_PAYPAL_TYPES = (
	("withdrawal", LineKind.PAYOUT),
	("transfer to bank", LineKind.PAYOUT),
	("bank deposit to pp account", LineKind.PAYOUT),
	("chargeback fee", LineKind.FEE),
	("dispute fee", LineKind.FEE),
	("chargeback", LineKind.DISPUTE),
	("reversal", LineKind.DISPUTE),
	("dispute", LineKind.DISPUTE),
	("refund", LineKind.REFUND),
	("hold", LineKind.RESERVE),
	("reserve", LineKind.RESERVE),
	("fee", LineKind.FEE),
	("conversion", LineKind.ADJUSTMENT),
	("payment", LineKind.PAYMENT),
)
# What PayPal's plugin puts before the order's id.
_PAYPAL_INVOICE = re.compile(r"(\d+)$")


@dataclass(slots=True, frozen=True)
class ColumnMap:
	"""How a file that the app doesn't know is to be read.

	:ivar columns: our field ("gross") -> header of the file's column; `FIELDS` names them, gross and one that names the payment are needed
	:ivar kinds: text of the file's kind column, without regard to case -> kind; what isn't here is an adjustment, and
		where there is no kind column, what is positive is a payment and what is negative a refund
	:ivar decimal_comma: 1.234,56 rather than 1,234.56
	:ivar fee_is_negative: the file writes what the gateway kept with a minus
	:ivar date_format: as people write one (dd.mm.yyyy) or of `strptime`, "" for the usual ones
	:ivar currency: where the file has no column of it
	"""

	columns: Mapping[str, str]
	kinds: Mapping[str, LineKind] = field(default_factory=dict)
	decimal_comma: bool = False
	fee_is_negative: bool = False
	date_format: str = ""
	currency: str = ""


FIELDS = (
	*("payout_id", "payout_date", "identifier", "reference", "order", "order_number"),
	*("kind", "date", "currency", "gross", "fee", "net", "text"),
)


def read_statement(text: str, column_map: ColumnMap | None = None) -> list[StatementLine]:
	"""The lines of a statement.

	:param text: the CSV file's; :param column_map: for a file of no known format
	:raises StatementError: the format isn't known, a column is missing, or a line can't be read; it names the line
	"""
	header, rows = _table(text)
	if column_map:
		return _of_map(header, rows, column_map)
	for columns, dates, read in _FORMATS:
		if columns <= set(header):
			date_format = date_format_of(rows, dates)
			return [line for number, row in rows if (line := read(number, row, date_format))]
	raise StatementError(
		Sentence("The columns of this file are those of no known statement."),
		Sentence(
			"Export Stripe's itemized payout reconciliation, PayPal's activity download or WooPayments' transactions as CSV, or choose a payout format that describes the file."
		),
	)


def _table(text: str) -> tuple[list[str], list[tuple[int, Row]]]:
	text = text.removeprefix("\ufeff")
	first_line = text.split("\n", 1)[0]
	delimiter = max(DELIMITERS, key=first_line.count)
	reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
	header = [name.strip() for name in next(reader, [])]
	if len(header) < 2:
		raise StatementError(
			Sentence("The file has no columns."),
			Sentence("Export the statement as CSV with its header line."),
		)
	rows: list[tuple[int, Row]] = [
		# A row may be shorter than the header.
		(reader.line_num, dict(zip(header, [*map(str.strip, row), *[""] * len(header)], strict=False)))
		for row in reader
		if any(cell.strip() for cell in row)
	]
	return header, rows


# --- Stripe ---


def _stripe_report(number: int, row: Row, date_format: str) -> StatementLine:
	kind = _CATEGORIES.get(row["reporting_category"], LineKind.ADJUSTMENT)
	is_payout = kind is LineKind.PAYOUT
	day = first(row, "automatic_payout_effective_at", "payout_effective_at", "effective_at")
	return StatementLine(
		row=number,
		kind=kind,
		currency=row["currency"].upper(),
		gross=amount_of(row["gross"], number),
		fee=amount_of(row["fee"], number),
		identifier=row["balance_transaction_id"],
		references=references(row, "charge_id", "payment_intent_id", "source_id"),
		order=first(row, "payment_metadata[order_id]", "order_id"),
		day=day_of(first(row, "created_utc", "created"), number, date_format),
		text=row.get("description", ""),
		payout_id=first(row, "automatic_payout_id", "payout_id")
		or (row.get("source_id", "") if is_payout else ""),
		payout_date=day_of(day, number, date_format),
	)


def _stripe_export(number: int, row: Row, date_format: str) -> StatementLine:
	kind = _CATEGORIES.get(row["Type"], LineKind.ADJUSTMENT)
	if row["Type"] == "adjustment" and "dispute" in row.get("Description", "").lower():
		kind = LineKind.DISPUTE
	return StatementLine(
		row=number,
		kind=kind,
		currency=row["Currency"].upper(),
		gross=amount_of(row["Amount"], number),
		fee=amount_of(row["Fee"], number),
		identifier=row["id"],
		references=references(row, "Source"),
		order=first(row, "order_id (metadata)"),
		day=day_of(first(row, "Created (UTC)", "Created"), number, date_format),
		text=row.get("Description", ""),
		payout_id=first(row, "Transfer") or (row["Source"] if kind is LineKind.PAYOUT else ""),
		payout_date=day_of(first(row, "Transfer Date (UTC)", "Available On (UTC)"), number, date_format),
	)


# --- PayPal ---


def _paypal(number: int, row: Row, date_format: str) -> StatementLine | None:
	if row.get("Status", "Completed") not in ("Completed", "Partially Refunded", "Refunded"):
		return None  # it hasn't moved the balance
	kind = next(
		(kind for phrase, kind in _PAYPAL_TYPES if phrase in row["Type"].lower()), LineKind.ADJUSTMENT
	)
	gross = amount_of(row["Gross"], number)
	if kind is LineKind.PAYMENT and gross < 0:
		kind = LineKind.ADJUSTMENT  # a payment that was sent
	invoice = _PAYPAL_INVOICE.search(row.get("Invoice Number", ""))
	return StatementLine(
		row=number,
		kind=kind,
		currency=row["Currency"].upper(),
		gross=gross,
		fee=-amount_of(row["Fee"] or "0", number),
		identifier=row["Transaction ID"],
		references=references(
			row, *(("Reference Txn ID",) if kind is LineKind.REFUND else ()), "Transaction ID"
		),
		order=invoice.group(1) if invoice else "",
		day=day_of(row["Date"], number, date_format),
		time=row.get("Time", ""),
		text=row["Type"],
	)


# The columns by which a format is recognised, those of its dates, and what reads a row.
_FORMATS: tuple[tuple[set[str], tuple[str, ...], Callable[[int, Row, str], StatementLine | None]], ...] = (
	(
		{"balance_transaction_id", "reporting_category", "gross", "fee", "currency"},
		("created_utc", "created", "automatic_payout_effective_at", "payout_effective_at", "effective_at"),
		_stripe_report,
	),
	(
		{"id", "Type", "Source", "Amount", "Fee", "Currency"},
		("Created (UTC)", "Created", "Transfer Date (UTC)", "Available On (UTC)"),
		_stripe_export,
	),
	({"Date", "Type", "Currency", "Gross", "Fee", "Transaction ID"}, ("Date",), _paypal),
	(woopayments.COLUMNS, woopayments.DATES, woopayments.read_row),
)


# --- any other ---


def _of_map(header: Sequence[str], rows: Sequence[tuple[int, Row]], map_: ColumnMap) -> list[StatementLine]:
	columns = {field_: name for field_, name in map_.columns.items() if name}
	missing = [name for name in columns.values() if name not in header]
	if missing:
		raise StatementError(
			Sentence("The file has no column {0}.", ", ".join(missing)),
			Sentence("Correct the payout format, or export the columns."),
		)
	if "gross" not in columns or not columns.keys() & {"reference", "order", "order_number"}:
		raise StatementError(
			Sentence(
				"A payout format needs the column of the gross amount, and that of the reference, the order's id or its number."
			),
			Sentence("Add them to the format."),
		)
	kinds = {text.casefold(): kind for text, kind in map_.kinds.items()}
	dates = [columns[name] for name in ("date", "payout_date") if name in columns]
	map_ = replace(map_, date_format=of_strptime(map_.date_format) or date_format_of(rows, dates))
	return [_of_row(number, row, columns, kinds, map_) for number, row in rows]


def _of_row(
	number: int, row: Row, columns: Mapping[str, str], kinds: Mapping[str, LineKind], map_: ColumnMap
) -> StatementLine:
	def cell(name: str) -> str:
		return row.get(columns[name], "") if name in columns else ""

	def money(name: str) -> Decimal:
		return amount_of(cell(name) or "0", number, map_.decimal_comma)

	gross, fee = money("gross"), money("fee")
	if map_.fee_is_negative:
		fee = -fee
	if "net" in columns and "fee" not in columns:
		fee = gross - money("net")
	if "kind" in columns:
		kind = kinds.get(cell("kind").casefold(), LineKind.ADJUSTMENT)
	else:
		kind = LineKind.PAYMENT if gross >= 0 else LineKind.REFUND
	return StatementLine(
		row=number,
		kind=kind,
		currency=(cell("currency") or map_.currency).upper(),
		gross=gross,
		fee=fee,
		identifier=cell("identifier"),
		references=(cell("reference"),) if cell("reference") else (),
		order=cell("order"),
		order_number=cell("order_number"),
		day=day_of(cell("date"), number, map_.date_format),
		text=cell("text"),
		payout_id=cell("payout_id"),
		payout_date=day_of(cell("payout_date"), number, map_.date_format),
	)
