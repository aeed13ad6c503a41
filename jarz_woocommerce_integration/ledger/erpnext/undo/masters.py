"""Takes back customers, contacts, addresses and items that a run made and nobody has touched or used since.

After the run's orders: what is linked then, is linked by somebody else, or by an order that stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.documents.deletion import delete, deletion_settings
from jarz_woocommerce_integration.ledger.erpnext.documents.links import Reference, links_to
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE, refusal_of
from jarz_woocommerce_integration.ledger.erpnext.transactions import fresh_snapshot
from jarz_woocommerce_integration.ledger.erpnext.undo.orders import LONGEST_REASON, Kept
from jarz_woocommerce_integration.ledger.erpnext.undo.series import SeriesBefore

CUSTOMER = "Customer"
CONTACT = "Contact"
ADDRESS = "Address"
ITEM = "Item"
# Customers that are linked to a main one: a phase of its own, before the main ones.
SECOND_CUSTOMERS = "Second Customer"
# Rows of ours that go with what they name.
OWN_LISTS = ("WooCommerce Customer Decision", "WooCommerce Item Link")

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
_STATE = """
SELECT name, modified, modified_by, modified <=> woo_stamp AS untouched FROM `tab{doctype}`
WHERE name IN %s ORDER BY name FOR UPDATE
"""
# What our run wrote to a customer that stays, and nobody else has written since.
_UNSET = {
	CONTACT: "customer_primary_contact = NULL, email_id = NULL, mobile_no = NULL",
	ADDRESS: "customer_primary_address = NULL, primary_address = NULL",
}
_IS_PRIMARY = {CONTACT: "customer_primary_contact", ADDRESS: "customer_primary_address"}
_FORGET = {
	CUSTOMER: "DELETE FROM `tabWooCommerce Customer Decision` WHERE customer = %s",
	ITEM: "DELETE FROM `tabWooCommerce Item Link` WHERE item = %s",
}
# Products linked to items that were there before the run.
_FORGET_LINKS = """
DELETE link FROM `tabWooCommerce Item Link` link LEFT JOIN `tabItem` item ON item.name = link.item
WHERE link.run = %(run)s AND link.modified = link.creation AND coalesce(item.woo_run, 0) <> %(run)s
"""


class State(NamedTuple):
	"""How a master is left. :ivar told: who has touched it, as a sentence"""

	untouched: bool
	told: str


@dataclass
class Group:
	"""Masters that go together or stay together: a customer last, after its contacts and addresses.

	:ivar preferred_by: customers who stay, and have the contact or address as their primary one since our run
	"""

	members: list[Reference] = field(default_factory=list)
	preferred_by: list[str] = field(default_factory=list)
	kept: dict[Reference, Kept] = field(default_factory=dict)

	def keep(self, member: Reference, kind: str, reason: str) -> None:
		self.kept.setdefault(member, Kept(*member, 0, kind, reason[:LONGEST_REASON]))


class MastersUndo:
	"""Takes back masters of one run, in a transaction that its user commits. Called in the environment of a booking."""

	def __init__(self, run: int, series: SeriesBefore):
		self.run = run
		self.series = series
		self.poster = Poster(historical=True)

	def next_names(self, kind: str, after: str, limit: int) -> list[str]:
		""":param kind: a DocType, or `SECOND_CUSTOMERS`"""
		values = {"run": self.run, "after": after, "limit": limit}
		if which := _CUSTOMERS.get(kind):
			return frappe.db.sql(_OF_CUSTOMERS.format(which=which), values, pluck=True)
		query = _ON_THEIR_OWN if kind in _UNSET else _OF_RUN
		return frappe.db.sql(query.format(doctype=kind), values, pluck=True)

	def take_back(self, kind: str, names: Sequence[str]) -> list[Kept]:
		"""Take back these masters. Nothing may be pending in the connection. :return: what stays

		:param kind: a DocType, or `SECOND_CUSTOMERS`
		:raises frappe.QueryDeadlockError: and others of the whole page: to be rolled back, and tried again
		"""
		compat.forget_dynamic_links()
		groups = self._groups(CUSTOMER if kind == SECOND_CUSTOMERS else kind, names)
		members = [member for group in groups for member in group.members]
		fresh_snapshot()  # the locks come first, so that what was read before them hides nothing
		states = _states(members)
		for group in groups:
			group.members = [
				member for member in group.members if member in states
			]  # the others are gone since
		self._check(groups, states)
		kept: list[Kept] = []
		for group in groups:
			if not group.kept:
				self._delete(group)
			kept += _with_the_others(group)
		return kept

	def forget_links(self) -> None:
		"""Forget which products the run linked to items that were there before."""
		frappe.db.sql(_FORGET_LINKS, {"run": self.run})

	# --- what may go ---

	def _groups(self, doctype: str, names: Sequence[str]) -> list[Group]:
		groups = {name: Group() for name in names}
		if doctype == CUSTOMER:
			for customer, other, name in frappe.db.sql(_WITH_CUSTOMERS, (names,)):
				if frappe.db.get_value(other, name, "woo_run") == self.run and customer in groups:
					groups[customer].members.append(Reference(other, name))
		for name, group in groups.items():
			group.members.append(Reference(doctype, name))
		return list(groups.values())

	def _check(self, groups: Sequence[Group], states: dict[Reference, State]) -> None:
		links = _links_of(states)
		for group in groups:
			inside = set(group.members)
			for member in group.members:
				state = states[member]
				if not state.untouched:
					group.keep(member, "edited", state.told)
				for other in sorted(links[member] - inside):
					if _is_our_preference(member, other):
						group.preferred_by.append(other.name)
					else:
						group.keep(member, "used", f"{other.doctype} {other.name} uses it.")

	# --- one group ---

	def _delete(self, group: Group) -> None:
		try:
			with self.poster.savepoint("woo_undo_masters"), deletion_settings():
				for member in group.members:
					self._delete_one(member, group.preferred_by)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception as error:
			# Whatever the site's own rules, scripts and other apps raise: this one stays, and is listed.
			refusal = refusal_of(error)
			kind = getattr(refusal, "reason", "not_possible")
			group.keep(group.members[-1], kind, f"The site refuses to delete it: {refusal.message}")
			for member in group.members:
				frappe.clear_document_cache(*member)
		finally:
			frappe.clear_messages()

	def _delete_one(self, member: Reference, preferred_by: Sequence[str]) -> None:
		doctype, name = member
		self.series.note(doctype, [name])
		for customer in preferred_by:
			frappe.db.sql(f"UPDATE `tabCustomer` SET {_UNSET[doctype]} WHERE name = %s", customer)
			frappe.clear_document_cache(CUSTOMER, customer)
		delete(frappe.get_doc(doctype, name))
		if forget := _FORGET.get(doctype):
			frappe.db.sql(forget, name)


def _is_our_preference(member: Reference, other: Reference) -> bool:
	"""Whether it is linked as the primary one of a customer, by us: that link goes with it."""
	if member.doctype not in _UNSET or other.doctype != CUSTOMER:
		return False
	column = _IS_PRIMARY[member.doctype]
	query = f"SELECT 1 FROM `tabCustomer` WHERE name = %s AND {column} = %s AND modified = woo_stamp"
	return bool(frappe.db.sql(query, (other.name, member.name)))


def _states(members: Iterable[Reference]) -> dict[Reference, State]:
	names: dict[str, list[str]] = defaultdict(list)
	for member in members:
		names[member.doctype].append(member.name)
	states = {}
	for doctype in sorted(names):
		for row in frappe.db.sql(_STATE.format(doctype=doctype), (names[doctype],), as_dict=True):
			told = f"Changed by {row.modified_by} on {row.modified:%Y-%m-%d %H:%M:%S}."
			states[Reference(doctype, row.name)] = State(bool(row.untouched), told)
	return states


def _links_of(members: Iterable[Reference]) -> dict[Reference, set[Reference]]:
	names: dict[str, list[str]] = defaultdict(list)
	for member in members:
		names[member.doctype].append(member.name)
	return {
		Reference(doctype, name): by
		for doctype, some in names.items()
		for name, by in links_to(doctype, some, OWN_LISTS).items()
	}


def _with_the_others(group: Group) -> list[Kept]:
	"""What is kept of a group, with the masters that stay only because the others do."""
	if group.kept:
		cause = next(iter(group.kept))
		for member in group.members:
			group.keep(member, "together", f"Stays with {cause.doctype} {cause.name}.")
	return list(group.kept.values())
