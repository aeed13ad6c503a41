"""Undoes what a product import made and nobody has changed or used since: items with their prices, bundles and links, then attributes
and item groups. Commits nothing.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import delete
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.masters.item_links import ITEM_LINK
from jarz_woocommerce_integration.ledger.erpnext.masters.products.items import ITEM
from jarz_woocommerce_integration.ledger.erpnext.masters.products.lines import LINE, DoneLine, Made
from jarz_woocommerce_integration.ledger.erpnext.masters.products.surroundings import ATTRIBUTE, GROUP
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, message_of
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Links, Reference, by_doctype
from jarz_woocommerce_integration.ledger.erpnext.undo.tables import FilledTables
from jarz_woocommerce_integration.sentences import Sentence

# Rows of ours that name items, and go with them or mean nothing to them.
OWN_LISTS = (ITEM_LINK, LINE)
_LEFT = "SELECT name, modified, modified_by FROM `tab{doctype}` WHERE name IN %s FOR UPDATE"
_USED_VALUES = """
SELECT DISTINCT attribute_value FROM `tabItem Variant Attribute` WHERE parenttype = 'Item' AND attribute = %s
"""
_FORGET_VALUES = "DELETE FROM `tabItem Attribute Value` WHERE parent = %s AND attribute_value IN %s"


class KeptDocument(NamedTuple):
	"""A document that stays. :ivar reason: for people"""

	doctype: str
	name: str
	reason: Sentence


class ProductsUndo:
	"""Undoes lines of one import, some at once in a transaction of the caller's."""

	def __init__(self, poster: Poster):
		self.poster = poster
		self.tables = FilledTables()
		self.links = Links(self.tables)

	def undo(self, lines: Sequence[DoneLine]) -> dict[str, list[KeptDocument]]:
		""":returns: by name of the line what stays of it; a line that isn't there is undone"""
		self.tables.look_again()
		changed = self._changed(each for line in lines for each in line.made)
		documents = [Reference(each.doctype, each.name) for line in lines for each in line.made]
		users = self._users(documents)
		kept: dict[str, list[KeptDocument]] = {}
		for line in lines:
			own = {Reference(each.doctype, each.name) for each in line.made}
			reasons = list(self._reasons(line, changed, users, own))
			if not reasons:
				reasons = self._delete(line)
			if reasons:
				kept[line.name] = reasons
		return kept

	def _changed(self, made: Iterable[Made]) -> dict[Reference, str | None]:
		""":returns: who has changed each of these since; None for those that are gone"""
		changed: dict[Reference, str | None] = {}
		left = {Reference(each.doctype, each.name): each.modified for each in made}
		for doctype, names in sorted(by_doctype(left).items()):
			rows = frappe.db.sql(_LEFT.format(doctype=doctype), (names,), as_dict=True)
			there = {row.name: row for row in rows}
			for name in names:
				row, reference = there.get(name), Reference(doctype, name)
				if row is None:
					changed[reference] = None
				elif str(row.modified) != left[reference]:
					changed[reference] = row.modified_by
		return changed

	def _users(self, documents: Iterable[Reference]) -> dict[Reference, set[Reference]]:
		return {
			Reference(doctype, name): users
			for doctype, names in by_doctype(documents).items()
			if doctype != ITEM_LINK
			for name, users in self.links.to(doctype, names, OWN_LISTS).items()
		}

	def _reasons(
		self,
		line: DoneLine,
		changed: dict[Reference, str | None],
		users: dict[Reference, set[Reference]],
		own: set[Reference],
	) -> Iterable[KeptDocument]:
		for each in line.made:
			reference = Reference(each.doctype, each.name)
			if by := changed.get(reference):
				# A link that a person changed stays with what it says now; the item may go all the same.
				if each.doctype != ITEM_LINK or self._names(each.name, line.item):
					yield KeptDocument(*reference, Sentence("Changed by {0}.", by))
			for user in sorted(users.get(reference, set()) - own)[:1]:
				yield KeptDocument(*reference, Sentence("{0} {1} uses it.", user.doctype, user.name))

	def _names(self, link: str, item: str) -> bool:
		return frappe.db.get_value(ITEM_LINK, link, "item") == item

	def _delete(self, line: DoneLine) -> list[KeptDocument]:
		try:
			with self.poster.savepoint("woo_undo_product"):
				for each in reversed(line.made):
					self._delete_one(each, line.item)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Whatever the site's rules and other apps raise: this line stays, and is listed.
			item = next((each for each in line.made if each.doctype == ITEM), line.made[0])
			return [
				KeptDocument(item.doctype, item.name, Sentence("The site refuses: {0}", message_of(error)))
			]
		finally:
			frappe.clear_messages()
		return []

	def _delete_one(self, made: Made, item: str) -> None:
		if made.doctype == ITEM_LINK:
			if self._names(made.name, item):
				frappe.db.delete(ITEM_LINK, {"name": made.name})
		elif frappe.db.exists(made.doctype, made.name):
			delete(frappe.get_doc(made.doctype, made.name))


def undo_surroundings(made: dict, poster: Poster) -> list[KeptDocument]:
	"""Undo attributes, values and item groups of an import that nothing uses. :param made: as `Surroundings.made`"""
	kept: list[KeptDocument] = []
	links = Links(FilledTables())
	for attribute, values in sorted(made["values"].items()):
		used = set(frappe.db.sql(_USED_VALUES, attribute, pluck=True))
		if unused := [value for value in values if value not in used]:
			frappe.db.sql(_FORGET_VALUES, (attribute, unused))
			frappe.clear_document_cache(ATTRIBUTE, attribute)
	# Groups within others first.
	for doctype, names in ((ATTRIBUTE, made["attributes"]), (GROUP, list(reversed(made["groups"])))):
		for name in names:
			if frappe.db.exists(doctype, name):
				kept += _undo_one(doctype, name, links, poster)
	return kept


def _undo_one(doctype: str, name: str, links: Links, poster: Poster) -> list[KeptDocument]:
	links.tables.look_again()
	users = links.to(doctype, [name], OWN_LISTS)[name] - {Reference(doctype, name)}
	if users:
		user = min(users)
		return [KeptDocument(doctype, name, Sentence("{0} {1} uses it.", user.doctype, user.name))]
	try:
		with poster.savepoint("woo_undo_product"):
			delete(frappe.get_doc(doctype, name))
	except OF_THE_WHOLE_PAGE:
		raise
	except Exception as error:
		return [KeptDocument(doctype, name, Sentence("The site refuses: {0}", message_of(error)))]
	finally:
		frappe.clear_messages()
	return []


def made_of(text: str | None) -> dict:
	"""What is kept with an import of its surroundings."""
	return json.loads(text) if text else {"groups": [], "attributes": [], "values": {}}
