"""Names of the invoices and credit notes of one page: which are free is asked once for all."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, tzinfo

import frappe

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.documents.names import Names, days_of, usable_name
from jarz_woocommerce_integration.translation.drafts import OrderDraft


class PageNames:
	"""Gives names as `Names` does. What isn't plainly free is left to documents, which ask one by one.

	:ivar taken: what was given to the order at hand
	"""

	def __init__(self, names: Names, drafts: Sequence[OrderDraft], zone: tzinfo):
		self.names = names
		self.taken: list[str] = []
		wanted = [name for draft in drafts for name in _wanted(draft)]
		if names.naming_series:
			names.reserve_for(days_of(drafts, zone))
			self._there = _existing(names.blocks())
		else:
			times = Counter(map(_folded, wanted))
			taken = _existing(wanted) | {name for name, number in times.items() if number > 1}
			# One of two orders of a name gets a longer one, which may be another order's own: they go the way of
			# documents, one after the other, so that each gets the name that it gets there.
			self._there = taken | {name for name in times if _continues_one_of(name, taken)}

	def begin(self) -> None:
		"""The next order's names are asked for."""
		self.taken = []

	def take(self, name: str, identifier: int, day: date) -> str:
		""":raises NeedsDocumentsError: the name is taken, or no name that Frappe would take as it is"""
		if self.names.naming_series:
			name = self.names.next_of_block(day)
			while name and _folded(name) in self._there:
				name = self.names.next_of_block(day)
			if not name:
				raise NeedsDocumentsError("the naming series has to be asked again")
		elif _folded(name) in self._there or not _is_plain(name):
			raise NeedsDocumentsError("its name is taken or unusual")
		self.taken.append(name)
		return name

	def give_back(self) -> None:
		"""The order at hand is for documents, which take their names themselves."""
		if self.names.naming_series:
			self.names.put_back(self.taken)
		self.taken = []


def _continues_one_of(name: str, taken: set[str]) -> bool:
	return any(name[:place] in taken for place, letter in enumerate(name) if letter == "-")


def _wanted(draft: OrderDraft) -> list[str]:
	return [draft.invoice.name, *(note.name for note in draft.credit_notes)]


def _existing(names: Sequence[str]) -> set[str]:
	if not names:
		return set()
	return set(
		map(
			_folded,
			frappe.db.sql("SELECT name FROM `tabSales Invoice` WHERE name IN %s", (names,), pluck=True),
		)
	)


def _folded(name: str) -> str:
	"""Names that the database takes for the same."""
	return name.casefold().rstrip()


def _is_plain(name: str) -> bool:
	return name == usable_name(name) and name.isascii()
