"""Missing Customers, Contacts and Addresses of a page, written as rows and proven like orders."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import frappe
from frappe import _
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError, NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk import checks, writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.folding import fold, folded
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.master_names import (
	MasterNames,
	existing,
	plain_name,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.masters import DraftMasters, project
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.numbered_customers import NumberedCustomers
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.site_facts import SiteFacts
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Clock
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import capture, undone
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs, Provable, kinds_of_rows
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.written_kinds import mark_of
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import Poster
from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import title_of_address
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import name_of_customer
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext.masters.order_masters import Order, OrderMasters
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.translation.drafts import OrderDraft
from jarz_woocommerce_integration.translation.unforeseen import describe

logger = logging.getLogger(__name__)

_MADE = ("Customer", "Contact", "Address")
Names = set[tuple[str, str]]


@dataclass(slots=True)
class Lacking(Provable):
	"""What one order lacks.

	:ivar touches: whom and which names it is about: who shares one with an order before it comes after that
	"""

	order: Order
	decision: StandingDecision
	touches: Names


class BulkMasters:
	"""New customers, contacts and addresses of one page, written as rows where that is proven. The rest is for documents.

	What is left to documents is made after the rows. Both give the same names as documents alone, which go by the order
	of the page, because whatever shares a customer or a name with an order that is left is left, too, if it comes later.

	:param there: what is known of the page's orders and customers
	:param guarded: DocType -> what is in the way of its rows (`guards`)
	:param site: whose names the links of new customers and addresses are held to
	:param numbered: the numbers that customers have by now
	"""

	def __init__(
		self,
		there: OrderMasters,
		poster: Poster,
		proofs: Proofs,
		afterwards: Afterwards,
		guarded: dict[str, str],
		site: SiteFacts,
		numbered: NumberedCustomers,
	):
		self.there = there
		self.poster = poster
		self.proofs = proofs
		self.afterwards = afterwards
		self.guarded = guarded
		self.site = site
		self.numbered = numbered

	def create(self, orders: list[Order]) -> dict[int, StandingDecision] | None:
		"""Write what the orders lack, in the open transaction.

		:return: order id -> what is decided about it, of those that lack nothing now; None where nothing was written
		"""
		if frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
			return None
		if what := next((self.guarded[each] for each in _MADE if each in self.guarded), ""):
			new = [draft for _order, draft in orders if self.there.customers.find(draft.customer) is None]
			self.proofs.note_documents(f"new customers: {what}", len(new))
			return None
		planned = self._planned(orders)
		chosen = self._leading(planned, self.proofs.choose(planned, self._ask))
		if not chosen or not self._write(chosen):
			return None
		decided = {}
		for each in chosen:
			self.proofs.note_written(each.plan)
			mark = mark_of(self.poster.run_id, self.proofs.state, kinds_of_rows(each.plan))
			decided[each.order[0].order_id] = replace(each.decision, bulk_kinds=mark)
		return decided

	# --- what is lacking ---

	def _planned(self, orders: list[Order]) -> list[Lacking]:
		# Once with the names as they would be, to ask for all of them at once, and once with those that are free.
		self.numbered.follow()
		names = MasterNames(self.numbered)
		names.ask(name for _order, draft in orders for name in _names_wanted(draft))
		drafted = self._drafted(orders, names.beforehand())
		documents = [document for made in drafted if isinstance(made, list) for document in made]
		fold(
			name
			for (_order, draft), made in zip(orders, drafted, strict=True)
			for _kind, name in _touched(draft, made, set())
		)
		names.ask((document.doctype, plain_name(document)) for document in documents)
		names.ask(("Customer", document.name) for document in documents if document.doctype == "Customer")
		names.ask_numbered(documents)
		unusual = Unusual(documents)
		drafts, clock = DraftMasters(self.there, names), Clock(now_datetime())
		left: Names = set()
		before: Names = set()
		planned = []
		for order, made in zip(orders, drafted, strict=True):
			touches = {
				(kind, folded(name)) for kind, name in _touched(order[1], made, drafts.whose(order[1]))
			}
			try:
				if isinstance(made, Exception):
					raise made
				if not left.isdisjoint(touches):
					raise NeedsDocumentsError("what another order before it has, too")
				if not made:
					continue
				unusual.check(made)
				lacking = self._plan(order, drafts, clock, touches)
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				left |= touches
				if made:
					self.proofs.note_documents(f"a customer with {_why(error)}")
				continue
			lacking.depends = names.depends or not before.isdisjoint(touches)
			before |= touches
			planned.append(lacking)
		return planned

	def _plan(self, order: Order, drafts: DraftMasters, clock: Clock, touches: Names) -> Lacking:
		documents, decision = drafts.make(*order)
		plan = project(documents, drafts.run_id, clock.now())
		checks.check(plan, self.site)
		return Lacking(plan, order, decision, touches)

	def _drafted(self, orders: list[Order], names: MasterNames) -> list[list[DraftDocument] | Exception]:
		""":return: what each order would make, or why that is for documents to say"""
		drafts = DraftMasters(self.there, names)
		drafted: list[list[DraftDocument] | Exception] = []
		for order, draft in orders:
			try:
				documents, _decision = drafts.make(order, draft)
				if documents and not self._has_items(draft):
					raise NeedsDocumentsError("an item that the site refuses")
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				drafted.append(error)
			else:
				drafted.append(documents)
		return drafted

	def _has_items(self, draft: OrderDraft) -> bool:
		"""Whether the order's items are there; they are made now, in a savepoint, where they aren't."""
		if self.there.items.has_all(draft):
			return True
		try:
			with self.poster.savepoint("woo_items"):
				self.there.items.add(draft)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception:
			# Documents meet the same refusal and list the order by it; here it only matters who is left to them.
			return False
		return True

	# --- proof, and into the books ---

	def _ask(self, each: Lacking) -> Captured:
		"""What ERPNext writes for an order that lacks something."""
		poster = Poster(historical=True)
		poster.run_id = self.poster.run_id
		masters = OrderMasters(self.there.settings, poster)
		masters.rehearsed = self.there.rehearsed
		masters.read([each.order], {})

		def make() -> None:
			masters.create_for(*each.order)
			poster.stamp()

		with undone(poster):
			return capture(make)

	def _leading(self, planned: Sequence[Lacking], chosen: Sequence[Lacking]) -> list[Lacking]:
		"""Those of the chosen that come after none that wasn't chosen and that they share something with."""
		ids = set(map(id, chosen))
		left: Names = set()
		leading = []
		for each in planned:
			if id(each) in ids and left.isdisjoint(each.touches):
				leading.append(each)
			else:
				left |= each.touches
		self.proofs.note_documents(
			"a customer with what another order before it has, too", len(chosen) - len(leading)
		)
		return leading

	def _write(self, chosen: list[Lacking]) -> bool:
		plans = [each.plan for each in chosen]
		if error := writer.written_or_rolled_back(lambda: writer.write(plans, self.proofs.templates)):
			self.proofs.note_documents(f"customers that couldn't be written ({error})", len(chosen))
			return False
		self.afterwards.note(plans, self.proofs.templates)
		return True


def _why(error: Exception) -> str:
	if isinstance(error, NeedsDocumentsError):
		return error.reason
	if isinstance(error, LedgerError):
		return "a refusal"
	logger.error("Rows of a customer: %s", describe(error))
	return f"an unforeseen error ({type(error).__name__})"


def _touched(draft: OrderDraft, made: list[DraftDocument] | Exception, whose: set[str]) -> Names:
	"""Whom an order is about, and the names that it makes or, where that isn't known, may make, as they are written.

	:param whose: names of the customers it is about, as far as they are there
	"""
	customer = draft.customer
	touched = {("key", customer.key), *(("Customer", name) for name in whose)}
	if customer.store_customer_id:
		touched.add(("account", str(customer.store_customer_id)))
	if isinstance(made, Exception):
		return touched | _names_wanted(draft)
	return touched | {(document.doctype, plain_name(document)) for document in made}


def _names_wanted(draft: OrderDraft) -> Names:
	"""Names of the customer, the contact and the addresses that an order may make, before anybody numbers them."""
	customer = name_of_customer(draft.customer)
	wanted = {("Customer", customer), ("Contact", f"{customer}-{customer}")}
	for address in filter(None, (draft.billing, draft.shipping)):
		wanted.add(("Address", f"{title_of_address(address, customer)}-{_(address.kind)}"))
	return wanted


class Unusual:
	"""What makes ERPNext give another name than the plain one, or do more than make the documents."""

	def __init__(self, documents: Iterable[DraftDocument]):
		customers = [plain_name(document) for document in documents if document.doctype == "Customer"]
		emails = [
			row.email_id
			for document in documents
			if document.doctype == "Contact"
			for row in document.email_ids
		]
		users = frappe.get_all("User", {"email": ("in", emails)}, pluck="email") if emails else ()
		self.groups = existing("Customer Group", customers)
		self.users = {email.casefold() for email in users}

	def check(self, documents: list[DraftDocument]) -> None:
		""":raises NeedsDocumentsError: it is so with one of these"""
		for document in documents:
			if document.doctype == "Customer" and folded(plain_name(document)) in self.groups:
				raise NeedsDocumentsError("the name of a customer group")
			if document.doctype == "Contact" and any(
				row.email_id.casefold() in self.users for row in document.email_ids
			):
				raise NeedsDocumentsError("the e-mail of a user, whose contact it becomes")
