"""Names of new customers, contacts and addresses: the plain one where it is free, else numbered as ERPNext numbers it."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cint

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import full_name_of

DOCTYPES = ("Customer", "Contact", "Address")
# ERPNext's own question (`Customer.get_customer_name`).
_HIGHEST = """
SELECT ifnull(MAX(CAST(SUBSTRING_INDEX(name, ' ', -1) AS UNSIGNED)), 0) FROM `tabCustomer` WHERE name LIKE %s
"""


class MasterNames:
	"""Names of one page.

	:ivar depends: the last name depends on another one of the page, which ERPNext, when it is asked, can't know of
	"""

	def __init__(self):
		self.depends = False
		self._asked: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._there: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._given: dict[str, set[str]] = {doctype: set() for doctype in DOCTYPES}
		self._series: dict[str, int] = {}

	def ask(self, documents: Iterable[DraftDocument]) -> None:
		"""Ask for all of a page at once which of the plain names are there."""
		names: dict[str, list[str]] = {doctype: [] for doctype in DOCTYPES}
		for document in documents:
			names[document.doctype].append(plain_name(document))
		for doctype, asked in names.items():
			self._ask(doctype, asked)

	def _ask(self, doctype: str, names: list[str]) -> None:
		self._asked[doctype].update(map(folded, names))
		self._there[doctype] |= existing(doctype, names)

	def take(self, document: DraftDocument) -> str:
		""":raises NeedsDocumentsError: documents are to find the name"""
		doctype, name = document.doctype, plain_name(document)
		if self._is_taken(doctype, name):
			name = self._numbered(document, name)
			if self._is_taken(doctype, name):
				raise NeedsDocumentsError("a name that is taken, numbered as well")
		self._given[doctype].add(folded(name))
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
		highest = cint(frappe.db.sql(_HIGHEST, f"%{name} - %")[0][0])
		of_page = max(map(_last_number, self._numbers_like(name)), default=0)
		self.depends = self.depends or of_page > highest
		return f"{name} - {max(highest, of_page) + 1}"

	def _numbers_like(self, name: str) -> list[str]:
		return [given for given in self._given["Customer"] if folded(f"{name} -") + " " in given]

	def _numbered_address(self, document: DraftDocument) -> str:
		prefix = f"{document.address_title.strip()}-{document.address_type.strip()}-"
		if set(".#{}") & set(prefix):
			raise NeedsDocumentsError("an address' name that is taken and isn't plain")
		if prefix in self._series:
			self.depends = True
		else:
			rows = frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s FOR UPDATE", prefix)
			self._series[prefix] = cint(rows[0][0]) if rows else 0
		self._series[prefix] += 1
		document.series = prefix, self._series[prefix]
		return f"{prefix}{self._series[prefix]}"


def plain_name(document: DraftDocument) -> str:
	"""The name that Frappe gives where it is free."""
	if document.doctype == "Customer":
		return document.customer_name.strip()
	if document.doctype == "Contact":
		return f"{full_name_of(document)}-{document.links[0].link_name.strip()}"
	return f"{document.address_title.strip()}-{_(document.address_type).strip()}"


def folded(name: str) -> str:
	return name.casefold().rstrip()


def existing(doctype: str, names: list[str]) -> set[str]:
	"""Those of the names that are there. The database takes more names for equal than we do, so its answer is given in our names."""
	if not names:
		return set()
	asked = " UNION ALL ".join(["SELECT %s AS name"] * len(names))
	query = f"SELECT asked.name FROM `tab{doctype}` there JOIN ({asked}) asked ON there.name = asked.name"
	return set(map(folded, frappe.db.sql(query, names, pluck=True)))


def _last_number(name: str) -> int:
	"""As MariaDB reads the last word as a number."""
	digits = ""
	for character in name.rpartition(" ")[2]:
		if not character.isdigit():
			break
		digits += character
	return int(digits or 0)
