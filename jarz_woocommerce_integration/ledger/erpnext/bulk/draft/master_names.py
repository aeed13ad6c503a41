"""Names of new customers, contacts and addresses: the plain one where it is free, else numbered as ERPNext numbers it."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cint

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import keep_small
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import full_name_of

DOCTYPES = ("Customer", "Contact", "Address")
# ERPNext's own question (`Customer.get_customer_name`), and the same of the names that the page has given.
_HIGHEST = """
SELECT ifnull(MAX(CAST(SUBSTRING_INDEX(name, ' ', -1) AS UNSIGNED)), 0) FROM {customers} WHERE name LIKE %s
"""
_COLLATION = """
SELECT collation_name FROM information_schema.columns
WHERE table_schema = %s AND table_name = 'tabCustomer' AND column_name = 'name'
"""


class MasterNames:
	"""Names of one page.

	:ivar depends: the last name depends on another one of the page, which ERPNext, when it is asked, can't know of
	:ivar _given: DocType -> names that were given in the page, by what they are folded to
	"""

	def __init__(self):
		self.depends = False
		self._asked: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._there: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._given: dict[str, dict[str, str]] = {doctype: {} for doctype in DOCTYPES}
		self._series: dict[str, int] = {}

	def ask(self, names: Iterable[tuple[str, str]]) -> None:
		"""Ask for many at once which of them are there. :param names: (DocType, plain name)"""
		wanted = set(names)
		fold(name for _doctype, name in wanted)
		for doctype in DOCTYPES:
			self._ask(doctype, [name for each, name in wanted if each == doctype])

	def anew(self) -> "MasterNames":
		"""The same answers, of which no name is given yet."""
		other = MasterNames()
		other._asked, other._there = self._asked, self._there
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
		self._given[doctype][folded(name)] = name
		return name

	def _is_taken(self, doctype: str, name: str) -> bool:
		if folded(name) not in self._asked[doctype]:
			# A numbered name; or an address that only a second person of the same name and place lacks.
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
		pattern = f"%{name} - %"
		highest = cint(frappe.db.sql(_HIGHEST.format(customers="`tabCustomer`"), pattern)[0][0])
		of_page = self._highest_of_page(pattern)
		self.depends = self.depends or of_page > highest
		return f"{name} - {max(highest, of_page) + 1}"

	def _highest_of_page(self, pattern: str) -> int:
		given = list(self._given["Customer"].values())
		if not given:
			return 0
		names = " UNION ALL ".join([f"SELECT %s COLLATE {_collation()} AS name"] * len(given))
		return cint(frappe.db.sql(_HIGHEST.format(customers=f"({names}) given"), (*given, pattern))[0][0])

	def _numbered_address(self, document: DraftDocument) -> str:
		prefix = f"{document.address_title.strip()}-{document.address_type.strip()}-"
		if set(".#{}") & set(prefix):
			raise NeedsDocumentsError("an address' name that is taken and isn't plain")
		series = folded(prefix)
		if series in self._series:
			self.depends = True
		else:
			rows = frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s FOR UPDATE", prefix)
			self._series[series] = cint(rows[0][0]) if rows else 0
		self._series[series] += 1
		document.series = prefix, self._series[series]
		return f"{prefix}{self._series[series]}"


def plain_name(document: DraftDocument) -> str:
	"""The name that Frappe gives where it is free."""
	if document.doctype == "Customer":
		return document.customer_name.strip()
	if document.doctype == "Contact":
		return f"{full_name_of(document)}-{document.links[0].link_name.strip()}"
	return f"{document.address_title.strip()}-{_(document.address_type).strip()}"


def folded(name: str) -> str:
	"""Equal for names that the database takes for the same, which folds case, accents and forms of letters."""
	if name not in _known():
		fold([name])
	return _known()[name]


def fold(names: Iterable[str]) -> None:
	"""Ask the database at once what it makes of some names."""
	known = _known()
	unknown = list(dict.fromkeys(name for name in names if name not in known))
	if unknown:
		keep_small(known)
		# The table's names are compared without regard to spaces at their ends.
		weight = f"HEX(WEIGHT_STRING(%s COLLATE {_collation()}))"
		weights = frappe.db.sql(
			f"SELECT {', '.join([weight] * len(unknown))}", [name.rstrip(" ") for name in unknown]
		)[0]
		known.update(zip(unknown, weights, strict=True))


def _known() -> dict[str, str]:
	return compat.known_in_process("woo_bulk_folded")


def _collation() -> str:
	known = compat.known_in_process("woo_bulk_collation")
	if not known:
		known["names"] = frappe.db.sql(_COLLATION, frappe.conf.db_name)[0][0]
	return known["names"]


def existing(doctype: str, names: list[str]) -> set[str]:
	"""Those of the names that are there. The database takes more names for equal than we do, so its answer is given in our names."""
	if not names:
		return set()
	asked = " UNION ALL ".join(["SELECT %s AS name"] * len(names))
	query = f"SELECT asked.name FROM `tab{doctype}` there JOIN ({asked}) asked ON there.name = asked.name"
	return set(map(folded, frappe.db.sql(query, names, pluck=True)))
