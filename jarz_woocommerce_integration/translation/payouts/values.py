"""Amounts and dates as the CSV files of gateways have them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.sentences import Sentence

Row = Mapping[str, str]
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y")
_PARTS_OF_DATES = re.compile(r"d+|m+|y+")


def first(row: Row, *names: str) -> str:
	return next((row[name] for name in names if row.get(name)), "")


def references(row: Row, *names: str) -> tuple[str, ...]:
	return tuple(dict.fromkeys(row[name] for name in names if row.get(name)))


def amount_of(text: str, number: int, decimal_comma: bool = False) -> Decimal:
	"""A plain decimal, with or without separators of thousands. :raises StatementError: it is none"""
	thousands, point = (".", ",") if decimal_comma else (",", ".")
	plain = text.replace("\u00a0", "").replace(" ", "").replace(thousands, "").replace(point, ".")
	try:
		amount = Decimal(plain)
	except InvalidOperation:
		amount = Decimal("NaN")
	if not amount.is_finite():
		raise StatementError(
			Sentence('Line {0} of the file: "{1}" is no amount.', number, text),
			Sentence("Export the file again without changing it in a spreadsheet program."),
		)
	return amount


def of_strptime(written: str) -> str:
	"""A format of dates as people write one, for `strptime`. What is for `strptime` already stays.

	:raises StatementError: it names no day, no month or no year
	"""
	if not written or "%" in written:
		return written
	directives = {"d": "%d", "m": "%m", "mmm": "%b", "yy": "%y", "yyyy": "%Y"}
	found = _PARTS_OF_DATES.findall(written.lower())
	if sorted(part[0] for part in found) != ["d", "m", "y"]:
		raise StatementError(
			Sentence('"{0}" is no format of dates.', written),
			Sentence("Write it as dd.mm.yyyy, with the file's own order and signs."),
		)
	return _PARTS_OF_DATES.sub(
		lambda part: directives.get(part[0], directives.get(part[0][0], "%Y")), written.strip().lower()
	)


def date_format_of(rows: Sequence[tuple[int, Row]], columns: Sequence[str]) -> str:
	"""The format in which all dates of a file can be read. "" where the file has none, or one of them is none at all.

	:raises StatementError: month and day can't be told apart: no day of the file is after the 12th
	"""
	texts = {row[column] for _number, row in rows for column in columns if row.get(column)}
	fitting = [each for each in DATES if all(_date_in(text, each) for text in texts)]
	read = [[_date_in(text, each) for text in texts] for each in fitting]
	if any(dates != read[0] for dates in read):
		raise StatementError(
			Sentence("It can't be seen which number of the file's dates is the month."),
			Sentence(
				"Export a time with a day after the 12th, or name the format of dates in a payout format."
			),
		)
	return fitting[0] if fitting and texts else ""


def _date_in(text: str, format_: str) -> date | None:
	"""The day of a date, with or without a time after it, None where it isn't in this format."""
	for candidate in (text, re.split(r"[T ]", text, maxsplit=1)[0]):
		try:
			return datetime.strptime(candidate, format_).date()
		except ValueError:
			continue
	return None


def day_of(text: str, number: int, format_: str) -> date | None:
	"""The day of a date as the file has it. :param format_: "" for any; :raises StatementError: it is none"""
	if not text:
		return None
	for each in (format_,) if format_ else DATES:
		if day := _date_in(text, each):
			return day
	raise StatementError(
		Sentence('Line {0} of the file: "{1}" is no date.', number, text),
		Sentence("Name the format of dates in the payout format."),
	)
