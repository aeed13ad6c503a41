"""What goes into the SQLite ledger's columns and comes out again: exact money, times, lists.

Money is an INTEGER in thousandths of the currency's unit: three decimals serve every currency that shops sell in, and sums are
exact. Quantities and rates are decimals in TEXT, because they may need more decimals and are never summed.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from jarz_woocommerce_integration.exceptions import BookingRefusedError

# Sums of many such amounts still fit the 64 bits of a SQLite INTEGER.
LARGEST = 10**15
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])
_ROUNDED = Context(prec=400, rounding=ROUND_HALF_EVEN)


def to_thousandths(amount: Decimal) -> int:
	"""`amount` in thousandths, exactly.

	:raises BookingRefusedError: more than three decimals, not a number, or beyond a trillion
	"""
	try:
		scaled = _EXACT.scaleb(amount, 3)
		thousandths = int(scaled)
	except (ArithmeticError, ValueError):
		raise _not_kept(amount) from None
	if thousandths != scaled or abs(thousandths) > LARGEST:
		raise _not_kept(amount)
	return thousandths


def nearest_thousandths(amount: Decimal) -> int:
	"""`amount` rounded to what a column holds: for listing orders that aren't booked, never for books."""
	if not amount.is_finite():
		return 0
	if abs(amount) > LARGEST // 1000:
		return LARGEST if amount > 0 else -LARGEST
	return int(_ROUNDED.to_integral_value(_ROUNDED.scaleb(amount, 3)))


def from_thousandths(thousandths: int) -> Decimal:
	"""The exact amount, with two decimals where two will do."""
	if thousandths % 10:
		return Decimal(thousandths).scaleb(-3)
	return Decimal(thousandths // 10).scaleb(-2)


def _not_kept(amount: Decimal) -> BookingRefusedError:
	return BookingRefusedError(
		f"The ledger can't keep the amount {amount} exactly: it keeps three decimals, up to a trillion.",
		"Book this order by hand.",
		reason="amount_not_exact",
	)


def to_time_text(moment: datetime | None) -> str | None:
	"""UTC in ISO 8601, which sorts as text."""
	if moment is None:
		return None
	if moment.tzinfo is None:
		raise ValueError(f"{moment} names no time zone")
	return moment.astimezone(timezone.utc).isoformat()


def from_time_text(text: str | None) -> datetime | Any:
	"""None for None: who reads a column that is never NULL needn't ask."""
	return datetime.fromisoformat(text) if text else None


def now_text() -> str:
	return datetime.now(timezone.utc).isoformat()


def to_json_list(values: Iterable) -> str:
	"""The values as one SQL parameter, for `json_each(?)`: the number of variables never depends on the page."""
	return json.dumps(list(values))


def storable(text: str) -> str:
	"""`text` with the halves of broken surrogate pairs replaced, which JSON may hold and UTF-8 can't."""
	return text.encode("utf-8", "replace").decode()
