"""What the orders of a page lack of customers, contacts and addresses, as draft documents and as rows."""

from collections.abc import Collection

import frappe
from frappe.model.naming import make_autoname

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules, clean
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.master_names import MasterNames
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.surroundings import display_of
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.kinds import Kind, Kinds, mapped_kind
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.masters import address, contact, customer
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import CONTACT
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import CUSTOMER, PRICE_LIST
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import OrderMasters
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

_RULES: dict[str, Rules] = {
	CUSTOMER: customer.RULES,
	CONTACT: contact.RULES,
	"Contact Email": contact.EMAIL_RULES,
	"Contact Phone": contact.PHONE_RULES,
	"Address": address.RULES,
	"Dynamic Link": contact.LINK_RULES,
}
NEW_OF_KNOWN = "an e-mail or phone that is new of a known customer"


class NoItems:
	"""Items are made as documents, beforehand."""

	def add(self, draft: OrderDraft) -> None:
		pass


class DraftMasters:
	"""Takes draft documents of masters as a `Poster` takes documents, and names them as Frappe does where the name is free.

	:param there: what is known of the page's customers
	:ivar documents: what the order at hand lacks, its customer first where it is one of them
	:ivar mapped: the merchant's own fields of its customer
	"""

	def __init__(self, there: OrderMasters, names: MasterNames):
		self.there = there
		self.names = names
		self.run_id = there.poster.run_id
		self.documents: list[DraftDocument] = []
		self.mapped: Collection[str] = ()
		self.orders = there.beside(self, NoItems())

	def make(self, order: OrderFacts, draft: OrderDraft) -> tuple[list[DraftDocument], StandingDecision]:
		"""What an order lacks, and whose it is.

		:raises NeedsDocumentsError: it is for documents
		:raises BookingRefusedError: documents will say the same
		"""
		self.documents = []
		self.mapped = draft.mapped.of(CUSTOMER)
		self.names.depends = False
		decision = self.orders.create_for(order, draft)
		known = self.there.customers.named(decision.customer)
		if known and not known.currency:
			raise NeedsDocumentsError("the first order of a customer who was there before")
		return self.documents, decision

	def whose(self, draft: OrderDraft) -> set[str]:
		"""Names of the customers whom an order may be about, of those that are there or made by now."""
		customers = self.orders.customers
		records = (customers.find(draft.customer), customers.owner_of_account(draft.customer))
		return {record.name for record in records if record}

	# --- as a `Poster` ---

	def new(self, values: dict) -> DraftDocument:
		return DraftDocument(values)

	def stored(self, doctype: str, name: str) -> DraftDocument:
		raise NeedsDocumentsError(NEW_OF_KNOWN)

	def insert(self, document: DraftDocument, name: str | None) -> DraftDocument:
		if document.doctype == CUSTOMER and document.get("woo_main_customer"):
			raise NeedsDocumentsError("a second customer for another currency")
		if name is not None:
			raise NeedsDocumentsError("a name that Frappe would refuse")
		for link in document.get("links", ()):
			owner = self.orders.customers.record_of(link.link_name)
			if document.doctype == CONTACT and (owner.evidence.own or owner.evidence.later):
				raise NeedsDocumentsError(NEW_OF_KNOWN)
			link.link_title = owner.customer_name
		clean(document)
		document.name = self.names.take(document)
		if document.doctype == CUSTOMER:
			document.map(self.mapped)
			if document.get(PRICE_LIST):
				document.mapped += (PRICE_LIST,)
		document.fill(_RULES[document.doctype])
		self.documents.append(document)
		return document

	def save(self, document: DraftDocument) -> None:
		raise NeedsDocumentsError(NEW_OF_KNOWN)

	def update(self, doctype: str, name: str, changes: dict) -> None:
		if not (self.documents and self.documents[0].doctype == CUSTOMER):
			raise NeedsDocumentsError("something that is new of a known customer")
		self.documents[0].update(changes)

	def change(self, statement: str, values: dict) -> bool:
		raise NeedsDocumentsError("an account that is new of a known customer")

	def display_of(self, address: DraftDocument) -> str:
		return display_of(frappe._dict(address.__dict__))


def _kinds_of(documents: list[DraftDocument]) -> Kinds:
	made = tuple(sorted({document.doctype for document in documents}))
	return tuple(_kind_of(document, made) for document in documents)


def _kind_of(document: DraftDocument, made: tuple[str, ...]) -> Kind:
	""":param made: DocTypes of all that is made for the order"""
	if document.doctype == CUSTOMER:
		return "customer", document.customer_type, document.customer_group, made, *mapped_kind(document)
	is_new = "of a new customer" if CUSTOMER in made else "of a known customer"
	if document.doctype == CONTACT:
		has = bool(document.email_ids), bool(document.phone_nos)
		return "contact", is_new, *has, document.is_primary_contact
	return "address", is_new, document.address_type


def project(documents: list[DraftDocument], run_id: int, now: str) -> Plan:
	plan = Plan(_kinds_of(documents))
	for kind, document in zip(plan.kinds, documents, strict=True):
		values = document.columns(_RULES[document.doctype])
		values |= {
			"name": document.name,
			"creation": now,
			"modified": now,
			"woo_run": run_id,
			"woo_stamp": now,
		}
		plan.add(document.doctype, kind, values)
		for row in document.rows():
			rules = _RULES[row.doctype]
			row.fill(rules)
			values = row.columns(rules)
			values |= {"name": make_autoname("hash"), "creation": now, "modified": now}
			values |= {"parent": document.name, "idx": row.idx}
			plan.add(row.doctype, ("row", document.doctype, row.doctype), values)
		if document.series:
			prefix, current = document.series
			plan.add("Series", ("series",), {"name": prefix, "current": current})
	return plan
