"""The skeleton of an undo: what belongs together is deleted wholly or not at all.

A document stays, and is listed with the reason, where somebody has changed or used it, or one of its unit, since.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import deletion_settings
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, refusal_of
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Links, Reference, by_doctype
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore
from jarz_woocommerce_integration.ledger.erpnext.undo.tables import FilledTables
from jarz_woocommerce_integration.ledger.erpnext.undo.untouched import UntouchedDocuments
from jarz_woocommerce_integration.sentences import Sentence

LONGEST_REASON = 300

# By their primary keys: the lock waits for whoever is writing one of these documents, and for no other.
_DOCUMENTS = """
SELECT name, modified, modified_by, modified <=> woo_stamp AS untouched, {columns}
FROM `tab{doctype}` WHERE name IN %s ORDER BY name FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Kept:
	"""A document that an undo leaves where it is.

	:ivar order_id: 0 for customers, contacts, addresses and items
	:ivar kind: "edited", "paid", "linked", "used", "other_run", "together" (with another one that stays), or the site's rule
	:ivar reason: the same as a sentence for people
	"""

	doctype: str
	name: str
	order_id: int
	kind: str
	reason: str


class Row(NamedTuple):
	"""One document of a run. :ivar order_id: 0 for masters; :ivar untouched: nobody has written it since our last write"""

	reference: Reference
	order_id: int
	untouched: bool
	modified_by: str
	modified: datetime
	is_return: bool

	@property
	def change(self) -> str:
		"""Who has changed it, as a sentence."""
		return Sentence("Changed by {0} on {1:%Y-%m-%d %H:%M:%S}.", self.modified_by, self.modified)


@dataclass
class Unit:
	"""Documents that go together or stay together, in the order in which they go.

	:ivar order_id: whose they are, 0 for masters; :ivar users: what links to each from outside of the unit
	:ivar kept: those that stay, each with the first reason that was found
	:ivar has_journals: ERPNext has made entries for its documents by itself, which go with them
	"""

	order_id: int = 0
	rows: list[Row] = field(default_factory=list)
	users: dict[Reference, list[Reference]] = field(default_factory=dict)
	kept: dict[Reference, Kept] = field(default_factory=dict)
	has_journals: bool = False

	def keep(self, row: Row, kind: str, reason: str) -> None:
		"""A document stays, and with it the unit. Only the first reason counts."""
		kept = Kept(*row.reference, self.order_id, kind, reason[:LONGEST_REASON])
		self.kept.setdefault(row.reference, kept)

	def keep_the_others(self) -> None:
		"""Where a document stays, all others of the unit do."""
		for cause in list(self.kept)[:1]:
			stays = (
				Sentence("Stays with {0} {1} of the same order.", cause.doctype, cause.name)
				if self.order_id
				else Sentence("Stays with {0} {1}.", cause.doctype, cause.name)
			)
			for row in self.rows:
				self.keep(row, "together", stays)


class UnitsUndo:
	"""Undoes units of one run, in a transaction that its user commits. Called in the environment of a booking.

	What is found, who else uses it and how it is deleted is a matter of what the units consist of.

	:cvar own_lists: DocTypes of ours that name these documents, and whose rows go with them
	:cvar one_by_one: so many units at most are deleted one by one in a transaction, whose locks are short so
	"""

	one_by_one: int
	own_lists: tuple[str, ...]

	def __init__(self, run: int, series: SeriesBefore, company: str):
		self.run = run
		self.series = series
		self.tables = FilledTables()
		self.links = Links(self.tables)
		self.untouched = UntouchedDocuments(company, self.tables)
		self.poster = Poster(historical=True)

	def refusal(self, message: str) -> Sentence:
		"""What is listed where the site refuses."""
		return Sentence("The site refuses to delete it: {0}", message)

	def undo_units(self, units: Sequence[Unit]) -> Sequence[Unit]:
		"""Delete each unit of which nothing stays: those that are as they were written at once, the others one by one.

		:returns: the units that were dealt with: the first ones, up to as many as may be deleted one by one
		:raises frappe.QueryDeadlockError: and others of the whole page: to be rolled back, and tried again
		"""
		self._check(units)
		at_once = self._at_once([unit for unit in units if not unit.kept])
		alone = [index for index, unit in enumerate(units) if not unit.kept and id(unit) not in at_once]
		if len(alone) > self.one_by_one:
			units = units[: alone[self.one_by_one]]
		gone = [row.reference for unit in units if id(unit) in at_once for row in unit.rows]
		self.forget(gone)
		self.untouched.delete(gone)
		for unit in units:
			if not unit.kept and id(unit) not in at_once:
				self._undo(unit)
			unit.keep_the_others()
		return units

	def _at_once(self, units: Sequence[Unit]) -> set[int]:
		""":returns: `id` of the units that may be deleted at once"""
		alone = [
			unit
			for unit in units
			if not (any(unit.users.values()) or unit.has_journals) and self.stands_alone(unit)
		]
		untouched = self.untouched.among(row.reference for unit in alone for row in unit.rows)
		return {id(unit) for unit in alone if all(row.reference in untouched for row in unit.rows)}

	def reasons(self, row: Row, users: Sequence[Reference]) -> Iterator[tuple[str, str]]:
		""":returns: kind and sentence of each reason for which a document must stay, the weightiest first"""
		raise NotImplementedError

	def own_users(self, users: Iterable[set[Reference]]) -> set[Reference]:
		""":returns: those of these users that are no reason to stay, whatever they link to"""
		return set()

	def stands_alone(self, unit: Unit) -> bool:
		"""Whether its deletion changes nothing outside of it. Nothing outside of it links to it."""
		raise NotImplementedError

	def forget(self, gone: Sequence[Reference]) -> None:
		"""Note the series of documents that are about to be deleted at once, and delete rows of ours that name them."""
		raise NotImplementedError

	def delete(self, unit: Unit) -> None:
		"""Delete the documents of a unit, of which nothing stays. Whatever it raises keeps the unit as it was."""
		raise NotImplementedError

	def _check(self, units: Sequence[Unit]) -> None:
		"""Ask for all units at once who has changed or used their documents."""
		self.tables.look_again()
		links = self._links_to(row.reference for unit in units for row in unit.rows)
		own = self.own_users(links.values())
		for unit in units:
			inside = own.union(row.reference for row in unit.rows)
			for row in unit.rows:
				unit.has_journals = unit.has_journals or not own.isdisjoint(links[row.reference])
				users = unit.users[row.reference] = sorted(links[row.reference] - inside)
				for kind, reason in self.reasons(row, users):
					unit.keep(row, kind, reason)

	def _links_to(self, references: Iterable[Reference]) -> dict[Reference, set[Reference]]:
		return {
			Reference(doctype, name): users
			for doctype, names in by_doctype(references).items()
			for name, users in self.links.to(doctype, names, self.own_lists).items()
		}

	def _undo(self, unit: Unit) -> None:
		try:
			with self.poster.savepoint("woo_undo"), deletion_settings():
				self.delete(unit)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Whatever the site's own rules, scripts and other apps raise: this one unit stays, and is listed.
			refusal = refusal_of(error)
			kind = getattr(refusal, "reason", "not_possible")
			unit.keep(
				unit.rows[-1],
				kind,
				self.refusal(refusal.message),
			)
			for row in unit.rows:
				frappe.clear_document_cache(*row.reference)
		finally:
			frappe.clear_messages()


def lock_documents(
	doctype: str, names: Sequence[str], columns: str = "0 AS order_id, 0 AS is_return"
) -> list[Row]:
	"""Lock the documents of these names that are there. :param columns: SQL for a row's `order_id` and `is_return`"""
	if not names:
		return []
	query = _DOCUMENTS.format(doctype=doctype, columns=columns)
	return [
		Row(
			Reference(doctype, row.name),
			row.order_id,
			bool(row.untouched),
			row.modified_by,
			row.modified,
			bool(row.is_return),
		)
		for row in frappe.db.sql(query, (names,), as_dict=True)
	]
