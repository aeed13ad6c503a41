"""Names of invoices and credit notes: from the order, or numbers of a naming series taken in blocks."""

from collections import deque
from itertools import chain, count

import frappe
from frappe.model.naming import NamingSeries, parse_naming_series

from jarz_woocommerce_integration.ledger.erpnext_values import storable
from jarz_woocommerce_integration.translation.text import document_name

INVOICE = "Sales Invoice"
LONGEST_NAME = 140


class Names:
	"""Names of Sales Invoices.

	:param naming_series: "" takes the names of the drafts, which need no lock that parallel pages would wait for
	"""

	def __init__(self, naming_series: str):
		self.naming_series = naming_series
		self._block: deque[str] = deque()

	def reserve(self, count: int) -> None:
		"""Take numbers from the series for a page. Commit right after: the series' row is locked until then.

		What a page doesn't use serves the next one; what is left when the process ends stays a gap.
		"""
		missing = count - len(self._block)
		if not self.naming_series or missing <= 0:
			return
		prefix, digits = _prefix_and_digits(self.naming_series)
		frappe.db.sql("INSERT IGNORE INTO `tabSeries` (name, current) VALUES (%s, 0)", prefix)
		((current,),) = frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s FOR UPDATE", prefix)
		frappe.db.sql("UPDATE `tabSeries` SET current = current + %s WHERE name = %s", (missing, prefix))
		self._block.extend(
			f"{prefix}{number:0{digits}d}" for number in range(current + 1, current + missing + 1)
		)

	def take(self, name: str, identifier: int) -> str:
		"""A free name: the series' next, or `name`, with the order's (or refund's) id where it is taken."""
		while self._block:
			if not _is_taken(number := self._block.popleft()):
				return number
		if self.naming_series:
			self.reserve(1)
			return self.take(name, identifier)
		name = usable_name(name)
		ways = chain((name, f"{name}-{identifier}"), (f"{name}-{identifier}-{n}" for n in count(2)))
		return next(way for way in ways if not _is_taken(way))

	# --- for a whole page at once ---

	def block(self) -> list[str]:
		"""The numbers that are reserved and not used yet."""
		return list(self._block)

	def next_of_block(self) -> str:
		"""The next reserved number, "" where there is none."""
		return self._block.popleft() if self._block else ""

	def put_back(self, numbers: list[str]) -> None:
		"""Numbers that were taken last and aren't used after all."""
		self._block.extendleft(reversed(numbers))


def usable_name(name: str) -> str:
	"""`name` as Frappe takes it for a Sales Invoice, short enough for what tells it from another of that name."""
	name = document_name(storable(name), LONGEST_NAME - 25)
	return f"WOO-{name}" if name in ("", INVOICE) or name.startswith(f"New {INVOICE}") else name


def _is_taken(name: str) -> bool:
	return bool(frappe.db.exists(INVOICE, name))


def _prefix_and_digits(series: str) -> tuple[str, int]:
	"""What stands before the number, with today's year where the series has one, and how many digits it has."""
	found: list[tuple[str, int]] = []

	def note(prefix: str, digits: int) -> str:
		found.append((prefix, digits))
		return ""

	series = NamingSeries(series)
	series.validate()
	parse_naming_series(series.series, number_generator=note)
	return found[0]
