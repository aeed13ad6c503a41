"""Names of invoices and credit notes: from the order, or numbers of a naming series taken in blocks."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import date, tzinfo
from itertools import chain, count
from typing import Protocol

import frappe
from frappe.model.naming import NamingSeries, parse_naming_series
from frappe.utils import getdate

from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import CreditNoteDraft, OrderDraft
from jarz_woocommerce_integration.translation.text import document_name

INVOICE = "Sales Invoice"
LONGEST_NAME = 140
# What Frappe fills in with today's date. FY and WW stay today's: they are settings of the site, not of a date.
_OF_A_DAY = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}


class NameSource(Protocol):
	def take(self, name: str, identifier: int, day: date) -> str:
		"""A free name for an invoice or credit note. :param name: wanted; :param identifier: of its order or refund"""


class Names:
	"""Names of Sales Invoices.

	:param naming_series: "" takes the names of the drafts, which need no lock that parallel pages would wait for
	"""

	def __init__(self, naming_series: str):
		self.naming_series = naming_series
		self._blocks: dict[str, deque[str]] = {}

	def reserve(self, count: int, day: date | None = None) -> None:
		"""Take numbers from the series for a page. Commit right after: the series' row is locked until then.

		What a page doesn't use serves the next one; what is left when the process ends stays a gap.

		:param day: posting date of the documents, whose year a series with a year gets; today where it isn't given
		"""
		if not self.naming_series:
			return
		prefix, digits = _prefix_and_digits(self.naming_series, day)
		block = self._blocks.setdefault(prefix, deque())
		missing = count - len(block)
		if missing <= 0:
			return
		frappe.db.sql("INSERT IGNORE INTO `tabSeries` (name, current) VALUES (%s, 0)", prefix)
		((current,),) = frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s FOR UPDATE", prefix)
		frappe.db.sql("UPDATE `tabSeries` SET current = current + %s WHERE name = %s", (missing, prefix))
		block.extend(f"{prefix}{number:0{digits}d}" for number in range(current + 1, current + missing + 1))

	def reserve_for(self, days: Iterable[date]) -> None:
		"""`reserve`, a number for each day that is given. Always in one order, so that two pages never wait for each other."""
		if not self.naming_series:
			return
		days = list(days)
		prefixes = {day: _prefix_and_digits(self.naming_series, day)[0] for day in set(days)}
		counts = Counter(prefixes[day] for day in days)
		a_day = {prefix: day for day, prefix in prefixes.items()}
		for prefix in sorted(counts):
			self.reserve(counts[prefix], a_day[prefix])

	def take(self, name: str, identifier: int, day: date | None = None) -> str:
		"""A free name: the series' next, or `name`, with the order's (or refund's) id where it is taken."""
		if self.naming_series:
			while number := self.next_of_block(day):
				if not _is_taken(number):
					return number
			self.reserve(1, day)
			return self.take(name, identifier, day)
		name = usable_name(name)
		ways = chain((name, f"{name}-{identifier}"), (f"{name}-{identifier}-{n}" for n in count(2)))
		return next(way for way in ways if not _is_taken(way))

	def forget(self) -> None:
		"""The transaction was rolled back, in which numbers were reserved."""
		self._blocks = {}

	# --- for a whole page at once ---

	def blocks(self) -> list[str]:
		"""The numbers that are reserved and not used yet."""
		return [number for block in self._blocks.values() for number in block]

	def next_of_block(self, day: date | None = None) -> str:
		"""The next reserved number for a document of that day, "" where there is none."""
		block = self._blocks.get(_prefix_and_digits(self.naming_series, day)[0])
		return block.popleft() if block else ""

	def put_back(self, numbers: list[str]) -> None:
		"""Numbers that were taken last and aren't used after all."""
		for number in reversed(numbers):
			prefix = max((each for each in self._blocks if number.startswith(each)), key=len)
			self._blocks[prefix].appendleft(number)


def days_of(drafts: Iterable[OrderDraft], zone: tzinfo) -> list[date]:
	"""The posting dates of all invoices and credit notes that get a name."""
	return [
		day
		for draft in drafts
		for day in (
			day_of_invoice(draft, zone),
			*(day_of_note(draft, note, zone) for note in draft.credit_notes),
		)
	]


def day_of_invoice(draft: OrderDraft, zone: tzinfo) -> date:
	return draft.invoice.posted_at.astimezone(zone).date()


def day_of_note(draft: OrderDraft, note: CreditNoteDraft, zone: tzinfo) -> date:
	"""A credit note is never dated before its invoice."""
	return max(note.posted_at, draft.invoice.posted_at).astimezone(zone).date()


def usable_name(name: str) -> str:
	"""`name` as Frappe takes it for a Sales Invoice, short enough for a number that distinguishes it from another of that name."""
	name = document_name(storable(name), LONGEST_NAME - 25)
	return f"WOO-{name}" if name in ("", INVOICE) or name.startswith(f"New {INVOICE}") else name


def _is_taken(name: str) -> bool:
	return bool(frappe.db.exists(INVOICE, name))


def _prefix_and_digits(series: str, day: date | None) -> tuple[str, int]:
	"""What stands before the number, and how many digits it has. Parts of a date are the day's, today's without one."""
	found: list[tuple[str, int]] = []

	def note(prefix: str, digits: int) -> str:
		found.append((prefix, digits))
		return ""

	day = day or getdate()
	dated = ".".join(
		day.strftime(_OF_A_DAY[part]) if part in _OF_A_DAY else part for part in series.split(".")
	)
	NamingSeries(series).validate()
	parse_naming_series(NamingSeries(dated).series, number_generator=note)
	return found[0]
