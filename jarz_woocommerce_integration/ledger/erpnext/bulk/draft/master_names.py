"""Names of new customers, contacts and addresses: the plain one where it is free, else numbered as ERPNext numbers it."""

from collections import Counter
from collections.abc import Collection, Iterable

import frappe
from frappe import _
from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.folding import (
	BETWEEN,
	fold,
	folded,
	folded_before_number,
	is_folded,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.numbered_customers import (
	NumberedCustomers,
	highest_of,
	last_number,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import full_name_of

DOCTYPES = ("Customer", "Contact", "Address")
_SERIES = "SELECT name, current FROM `tabSeries` WHERE name IN %s FOR UPDATE"


class MasterNames:
	"""Names of one page.

	:param numbered: which numbers customers have by now
	:param asks: whether the database is asked for names that weren't asked for together; without, they are taken for free
	:ivar depends: the last name depends on another one of the page, which ERPNext, when it is asked, can't know of
	:ivar _given: DocType -> names that were given in the page, by what they are folded to
	:ivar _numbers: the same of customers alone, folded, with the number at their end
	:ivar _series: a series of addresses, folded -> its last number; before it is read nothing
	"""

	def __init__(self, numbered: NumberedCustomers, asks: bool = True):
		self.numbered = numbered
		self.asks = asks
		self.depends = False
		self._asked: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._there: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._given: dict[str, dict[str, str]] = {doctype: {} for doctype in DOCTYPES}
		self._numbers: list[tuple[str, int]] = []
		self._series: dict[str, int] = {}
		self._used: set[str] = set()
		self._highest: dict[str, int] = {}

	def ask(self, names: Iterable[tuple[str, str]]) -> None:
		"""Ask for many at once which of them are there. :param names: (DocType, name)"""
		wanted = set(names)
		fold(name for _doctype, name in wanted)
		for doctype in DOCTYPES:
			self._ask(doctype, [name for each, name in wanted if each == doctype])

	def ask_numbered(self, documents: Iterable[DraftDocument]) -> None:
		"""Ask for the numbered names of those addresses whose plain names are taken. Their series are read, and locked."""
		prefixes = Counter(
			prefix_of(document)
			for document in documents
			if document.doctype == "Address" and folded(plain_name(document)) in self._there["Address"]
		)
		self._read_series(prefixes)
		self.ask(
			("Address", f"{prefix}{self._series[folded(prefix)] + number}")
			for prefix, times in prefixes.items()
			for number in range(1, times + 1)
		)

	def beforehand(self) -> "MasterNames":
		"""The same answers, of which no name is given yet, for a first look at what the page will give."""
		other = MasterNames(self.numbered, asks=False)
		other._asked, other._there, other._highest = self._asked, self._there, self._highest
		return other

	def _ask(self, doctype: str, names: list[str]) -> None:
		asked = self._asked[doctype]
		unknown = {folded(name): name for name in names}
		unknown = {key: name for key, name in unknown.items() if key not in asked}
		asked.update(unknown)
		self._there[doctype] |= existing(doctype, list(unknown.values()))

	def take(self, document: DraftDocument) -> str:
		""":raises NeedsDocumentsError: documents are to find the name"""
		doctype, name = document.doctype, plain_name(document)
		if self._is_taken(doctype, name):
			name = self._numbered(document, name)
			if self._is_taken(doctype, name):
				raise NeedsDocumentsError("a name that is taken, numbered as well")
		elif doctype == "Customer" and BETWEEN in name and self._knows(name):
			self._numbers.append((folded(name), last_number(name)))
		if self._knows(name):
			self._given[doctype][folded(name)] = name
		return name

	def _knows(self, name: str) -> bool:
		return self.asks or is_folded(name)

	def _is_taken(self, doctype: str, name: str) -> bool:
		if not self._knows(name):
			return False
		if self.asks and folded(name) not in self._asked[doctype]:
			# A name that isn't the plain one; or an address that only a second person of the same name and place lacks.
			self._ask(doctype, [name])
		is_of_page = folded(name) in self._given[doctype]
		self.depends = self.depends or is_of_page
		return is_of_page or folded(name) in self._there[doctype]

	def _numbered(self, document: DraftDocument, name: str) -> str:
		if document.doctype == "Customer":
			return self._numbered_customer(name)
		if document.doctype == "Address":
			return self._numbered_address(document)
		raise NeedsDocumentsError("a contact's name that is taken")

	def _numbered_customer(self, name: str) -> str:
		if set("%_\\") & set(name):
			raise NeedsDocumentsError("a name that is taken and holds a wildcard")
		before = folded_before_number(name)
		if before not in self._highest:
			self._highest[before] = self.numbered.highest(before)
		highest, of_page = self._highest[before], highest_of(before, self._numbers)
		self.depends = self.depends or of_page > highest
		number = max(highest, of_page) + 1
		self._numbers.append((before, number))
		return f"{name}{BETWEEN}{number}"

	def _numbered_address(self, document: DraftDocument) -> str:
		prefix = prefix_of(document)
		if set(".#{}") & set(prefix):
			raise NeedsDocumentsError("an address' name that is taken and isn't plain")
		if not self.asks:
			return f"{prefix}1"
		series = folded(prefix)
		self.depends = self.depends or series in self._used
		self._used.add(series)
		self._read_series({prefix})
		self._series[series] += 1
		document.series = prefix, self._series[series]
		return f"{prefix}{self._series[series]}"

	def _read_series(self, prefixes: Collection[str]) -> None:
		fold(prefixes)
		unread = [prefix for prefix in prefixes if folded(prefix) not in self._series]
		if unread:
			self._series |= dict.fromkeys(map(folded, unread), 0)
			found = {folded(name): cint(current) for name, current in frappe.db.sql(_SERIES, [unread])}
			self._series |= found


def prefix_of(address: DraftDocument) -> str:
	"""Of the series by which Frappe numbers an address whose plain name is taken."""
	return f"{address.address_title.strip()}-{address.address_type.strip()}-"


def plain_name(document: DraftDocument) -> str:
	"""The name that Frappe gives where it is free."""
	if document.doctype == "Customer":
		return document.customer_name.strip()
	if document.doctype == "Contact":
		return f"{full_name_of(document)}-{document.links[0].link_name.strip()}"
	return f"{document.address_title.strip()}-{_(document.address_type).strip()}"


def existing(doctype: str, names: list[str]) -> set[str]:
	"""Those of the names that are there. The database takes more names for equal than we do, so its answer is given in our names."""
	if not names:
		return set()
	asked = " UNION ALL ".join(["SELECT %s AS name"] * len(names))
	query = f"SELECT asked.name FROM `tab{doctype}` there JOIN ({asked}) asked ON there.name = asked.name"
	return set(map(folded, frappe.db.sql(query, names, pluck=True)))
