"""What goes into ERPNext's columns and comes out again: exact money, times of the site's zone, UTC in our own tables.

`| Any` is None for None: who reads a column that is never NULL needn't ask.
"""

from datetime import date, datetime, timezone, tzinfo
from decimal import Decimal
from typing import Any

from frappe.utils.html_utils import sanitize_html

# What a Currency column (decimal(21,9)) holds; sums of many stay exact as well.
LARGEST = Decimal(10) ** 11
CENT = Decimal("0.01")
DATA_LENGTH = 140  # of a column of the type Data


def exact(text: str | None) -> Decimal | Any:
	"""A money column read with CAST(... AS CHAR), with two decimals where two will do."""
	if text is None:
		return None
	amount = Decimal(text)
	cents = amount.quantize(CENT)
	return cents if cents == amount else amount.normalize()


def listable(amount: Decimal) -> str:
	"""`amount` as a column holds it: for listing orders that aren't booked, never for books."""
	if not amount.is_finite():
		return "0"
	return str(min(max(amount, -LARGEST), LARGEST).quantize(Decimal("1e-9")))


def to_utc_column(moment: datetime | None) -> datetime | Any:
	"""UTC without a zone, as MariaDB keeps it, to the second."""
	if moment is None:
		return None
	return moment.astimezone(timezone.utc).replace(tzinfo=None)


def from_utc_column(moment: datetime | None) -> datetime | Any:
	return moment.replace(tzinfo=timezone.utc) if moment else None


def posting(moment: datetime, zone: tzinfo) -> tuple[date, str]:
	"""Posting date and time of a moment, in the site's zone."""
	local = moment.astimezone(zone)
	return local.date(), local.strftime("%H:%M:%S")


def sanitised(text: str, length: int = 0) -> str:
	"""A text of the shop for a column that we write ourselves: HTML as Frappe's own forms would keep it."""
	text = storable(text)
	if "<" in text or ">" in text:
		text = sanitize_html(text)
	return text[:length] if length else text


def storable(text: str, length: int = 0) -> str:
	"""`text` without the halves of broken surrogate pairs, which JSON may hold and UTF-8 can't; cut to `length`."""
	text = text.encode("utf-8", "replace").decode()
	return text[:length] if length else text
