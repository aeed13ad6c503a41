"""Undoes customers, contacts, addresses and items that a run made: a unit is a customer with its contacts and addresses.

After the run's orders: what is linked then, is linked by somebody else, or by an order that stays.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import delete
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.links import Reference, by_doctype
from jarz_woocommerce_integration.ledger.erpnext.undo.units import Kept, Row, Unit, UnitsUndo, lock_documents
from jarz_woocommerce_integration.sentences import Sentence

CUSTOMER = "Customer"
CONTACT = "Contact"
ADDRESS = "Address"
ITEM = "Item"
# Customers that are linked to a main one: a phase of its own, before the main ones.
SECOND_CUSTOMERS = "Second Customer"

_OF_RUN = "SELECT name FROM `tab{doctype}` WHERE woo_run = %(run)s AND name > %(after)s ORDER BY name LIMIT %(limit)s"
# A second customer is linked to the main one, which can only go after it.
_IS_SECOND = "coalesce(woo_main_customer, '') <> ''"
_CUSTOMERS = {
	SECOND_CUSTOMERS: f"woo_run = %(run)s AND {_IS_SECOND}",
	CUSTOMER: f"woo_run = %(run)s AND NOT {_IS_SECOND}",
}
_OF_CUSTOMERS = (
	"SELECT name FROM `tabCustomer` WHERE {which} AND name > %(after)s ORDER BY name LIMIT %(limit)s"
)
# Those of a customer of the same run go, or stay, with the customer.
_ON_THEIR_OWN = """
SELECT name FROM `tab{doctype}` master WHERE woo_run = %(run)s AND name > %(after)s AND NOT EXISTS (
	SELECT 1 FROM `tabDynamic Link` link JOIN `tabCustomer` customer ON customer.name = link.link_name
	WHERE link.parenttype = '{doctype}' AND link.parent = master.name AND link.link_doctype = 'Customer'
		AND customer.woo_run = %(run)s)
ORDER BY name LIMIT %(limit)s
"""
_WITH_CUSTOMERS = """
SELECT DISTINCT link.link_name, link.parenttype, link.parent FROM `tabDynamic Link` link
WHERE link.link_doctype = 'Customer' AND link.link_name IN %s AND link.parenttype IN ('Contact', 'Address')
"""
# What our run wrote to a customer that stays, and nobody else has written since.
_UNSET = {
	CONTACT: "customer_primary_contact = NULL, email_id = NULL, mobile_no = NULL",
	ADDRESS: "customer_primary_address = NULL, primary_address = NULL",
}
_IS_PRIMARY = {CONTACT: "customer_primary_contact", ADDRESS: "customer_primary_address"}
_FORGET = {
	CUSTOMER: "DELETE FROM `tabWooCommerce Customer Decision` WHERE customer IN %s",
	ITEM: "DELETE FROM `tabWooCommerce Item Link` WHERE item IN %s",
}
# Products linked to items that were there before the run.
_FORGET_LINKS = """
DELETE link FROM `tabWooCommerce Item Link` link LEFT JOIN `tabItem` item ON item.name = link.item
WHERE link.run = %(run)s AND link.modified = link.creation AND coalesce(item.woo_run, 0) <> %(run)s
"""


class UndoneMasters(NamedTuple):
	"""What became of one batch. :ivar last: name of the last one that was dealt with"""

	kept: list[Kept]
	last: str


class MastersUndo(UnitsUndo):
	"""Undoes masters of one run."""

	# Rows of ours that go with what they name.
	own_lists = ("WooCommerce Customer Decision", "WooCommerce Item Link")
	one_by_one = 100

	def next_names(self, kind: str, after: str, limit: int) -> list[str]:
		""":param kind: a DocType, or `SECOND_CUSTOMERS`"""
		values = {"run": self.run, "after": after, "limit": limit}
		if which := _CUSTOMERS.get(kind):
			return frappe.db.sql(_OF_CUSTOMERS.format(which=which), values, pluck=True)
		query = _ON_THEIR_OWN if kind in _UNSET else _OF_RUN
		return frappe.db.sql(query.format(doctype=kind), values, pluck=True)

	def undo(self, kind: str, names: Sequence[str]) -> UndoneMasters:
		"""Undo these masters, as many as fit into one transaction. Nothing may be pending in the connection.

		:param kind: a DocType, or `SECOND_CUSTOMERS`
		:raises frappe.QueryDeadlockError: and others of the whole page: to be rolled back, and tried again
		"""
		units = self.undo_units(self._read(CUSTOMER if kind == SECOND_CUSTOMERS else kind, names))
		kept = [kept for unit in units for kept in unit.kept.values()]
		return UndoneMasters(kept, names[len(units) - 1])

	def forget_links(self) -> None:
		"""Forget which products the run linked to items that were there before."""
		frappe.db.sql(_FORGET_LINKS, {"run": self.run})

	def _read(self, doctype: str, names: Sequence[str]) -> list[Unit]:
		units: dict[str, list[Reference]] = {name: [] for name in names}
		if doctype == CUSTOMER:
			linked = frappe.db.sql(_WITH_CUSTOMERS, (names,))
			ours = self._of_run({Reference(other, name) for _customer, other, name in linked})
			for customer, other, name in linked:
				if customer in units and (other, name) in ours:
					units[customer].append(Reference(other, name))
		for name, members in units.items():
			members.append(Reference(doctype, name))
		fresh_snapshot()  # the locks come first, so that what was read before them hides nothing
		there = by_doctype(member for members in units.values() for member in members)
		rows = {row.reference: row for each in sorted(there) for row in lock_documents(each, there[each])}
		# The others are gone since.
		return [
			Unit(rows=[rows[member] for member in members if member in rows]) for members in units.values()
		]

	def _of_run(self, references: Collection[Reference]) -> set[tuple[str, str]]:
		return {
			(doctype, name)
			for doctype, names in by_doctype(references).items()
			for name in frappe.get_all(doctype, {"name": ("in", names), "woo_run": self.run}, pluck="name")
		}

	def reasons(self, row: Row, users: Sequence[Reference]) -> Iterator[tuple[str, str]]:
		""":returns: who has changed the master, and who uses it"""
		if not row.untouched:
			yield "edited", row.change
		for user in users:
			if not _is_our_preference(row.reference, user):
				yield "used", Sentence("{0} {1} uses it.", user.doctype, user.name)

	def stands_alone(self, unit: Unit) -> bool:
		return True

	def forget(self, gone: Sequence[Reference]) -> None:
		for doctype, names in by_doctype(gone).items():
			self.series.note(doctype, names)
			if doctype in _FORGET:
				frappe.db.sql(_FORGET[doctype], (names,))

	def delete(self, unit: Unit) -> None:
		"""Delete the masters. Customers who stay have ours as their primary ones since our run, and lose them."""
		for row in unit.rows:
			doctype, name = row.reference
			for customer in unit.users[row.reference]:
				frappe.db.sql(f"UPDATE `tabCustomer` SET {_UNSET[doctype]} WHERE name = %s", customer.name)
				frappe.clear_document_cache(*customer)
			delete(frappe.get_doc(doctype, name))
		self.forget([row.reference for row in unit.rows])


def _is_our_preference(member: Reference, other: Reference) -> bool:
	"""Whether it is linked as the primary one of a customer, by us: that link goes with it."""
	if member.doctype not in _UNSET or other.doctype != CUSTOMER:
		return False
	column = _IS_PRIMARY[member.doctype]
	query = f"SELECT 1 FROM `tabCustomer` WHERE name = %s AND {column} = %s AND modified = woo_stamp"
	return bool(frappe.db.sql(query, (other.name, member.name)))
