"""Customers, Contacts and Addresses that a page lacks as rows, proven like orders are."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError
from jarz_woocommerce_integration.ledger.erpnext.bulk import checks, writer
from jarz_woocommerce_integration.ledger.erpnext.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.master_names import (
	MasterNames,
	existing,
	folded,
	plain_name,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.master_paper import (
	PaperMasters,
	project,
	shape_of,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import CantBeBulkError, Sheet
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Clock
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.oracle import capture, undone
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.proofs import Proofs
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.prover import Provable, prove_all
from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import title_of_address
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import name_of_customer
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters, Order
from jarz_woocommerce_integration.ledger.erpnext.refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import OrderDraft
from jarz_woocommerce_integration.translation.unforeseen import describe

logger = logging.getLogger(__name__)

_SHEETS_OF = ("Customer", "Contact", "Address")
Names = set[tuple[str, str]]


@dataclass(slots=True)
class Lacking(Provable):
	"""What one order lacks.

	:ivar touches: whom and which names it is about: who shares one with an order before it comes after that
	"""

	order: Order = None
	decision: StandingDecision = None
	touches: Names = field(default_factory=set)


class BulkMasters(Masters):
	"""Masters whose new customers, contacts and addresses are written as rows where that is proven; everything else is
	theirs as before.

	What is left to documents is made after the rows. Both give the same names as documents alone, which go by the order
	of the page, because whatever shares a customer or a name with an order that is left is left, too, if it comes later.
	"""

	def __init__(
		self, settings: BookSettings, proofs: Proofs, afterwards: Afterwards, guarded: dict[str, str]
	):
		"""
		:param guarded: DocType -> what is in the way of its rows (`guards`)
		"""
		super().__init__(settings)
		self.guarded = guarded
		self.proofs = proofs
		self.afterwards = afterwards

	def _create_new(self, orders: list[Order], decided: dict[int, StandingDecision]) -> None:
		if not self._commits or frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
			return
		if what := next((self.guarded[each] for each in _SHEETS_OF if each in self.guarded), ""):
			new = [draft for _order, draft in orders if self.customers.find(draft.customer) is None]
			self.proofs.note_documents(f"new customers: {what}", len(new))
			return
		planned = self._planned(orders)
		chosen = self._leading(planned, prove_all(planned, self.proofs, self._ask))
		if not chosen or not self._write(chosen):
			return
		for each in chosen:
			self.proofs.tally.bulk[each.shape] += 1
			order_id = each.order[0].order_id
			if each.decision is not self._decisions.get(order_id):
				decided[order_id] = each.decision
		self._read(orders, decided)

	# --- what is lacking ---

	def _planned(self, orders: list[Order]) -> list[Lacking]:
		# Once with the names as they would be, to ask for all of them at once, and once with those that are free.
		drafted = self._drafted(orders)
		sheets = [sheet for made in drafted if isinstance(made, list) for sheet in made]
		names = MasterNames()
		names.ask(sheets)
		unusual = Unusual(sheets)
		paper, clock = PaperMasters(self, names), Clock(now_datetime())
		left: Names = set()
		before: Names = set()
		planned = []
		for order, made in zip(orders, drafted, strict=True):
			touches = _touched(order[1], made, paper.whose(order[1]))
			try:
				if isinstance(made, Exception):
					raise made
				if not left.isdisjoint(touches):
					raise CantBeBulkError("what another order before it has, too")
				if not made:
					continue
				unusual.check(made)
				lacking = self._plan(order, paper, clock)
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				left |= touches
				if made:
					self.proofs.note_documents(f"a customer with {_why(error)}")
				continue
			lacking.touches = touches
			lacking.depends = names.depends or not before.isdisjoint(touches)
			before |= touches
			planned.append(lacking)
		return planned

	def _plan(self, order: Order, paper: PaperMasters, clock: Clock) -> Lacking:
		sheets, decision = paper.sheets_of(*order)
		shape = shape_of(sheets)
		plan = project(shape, sheets, self.poster.run_id, clock.now())
		checks.check(plan)
		return Lacking(shape, plan, order=order, decision=decision)

	def _drafted(self, orders: list[Order]) -> list[list[Sheet] | Exception]:
		""":return: what each order would make, or why that is for documents to say"""
		paper = PaperMasters(self, MasterNames())
		drafted = []
		for order, draft in orders:
			try:
				sheets, _decision = paper.sheets_of(order, draft)
				if sheets and not self._has_items(draft):
					raise CantBeBulkError("an item that the site refuses")
			except OF_THE_WHOLE_PAGE:
				raise
			except Exception as error:
				drafted.append(error)
			else:
				drafted.append(sheets)
		return drafted

	def _has_items(self, draft: OrderDraft) -> bool:
		"""Whether the order's items are there; they are made now, in a savepoint, where they aren't."""
		try:
			with self.poster.savepoint("woo_items"):
				self.items.add(draft)
		except OF_THE_WHOLE_PAGE:
			raise
		except Exception:
			# Documents meet the same refusal and list the order by it; here is only told who is left to them.
			return False
		return True

	# --- proof, and into the books ---

	def _ask(self, each: Lacking) -> Captured:
		"""What ERPNext writes for an order that lacks something."""
		masters = Masters(self.settings)
		masters.poster.run_id = self.poster.run_id
		masters._read([each.order], {})

		def make() -> None:
			masters._create_for(*each.order)
			masters.poster.stamp()

		with undone(masters.poster):
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
		error = writer.written_or_taken_back(
			lambda: writer.write([each.plan for each in chosen], self.proofs.patterns)
		)
		if error:
			self.proofs.note_documents(f"customers that couldn't be written ({error})", len(chosen))
			return False
		self.afterwards.note([each.plan for each in chosen], self.proofs.patterns)
		return True

	def forget(self) -> None:
		super().forget()
		self.afterwards.forget()

	def _commit(self) -> None:
		super()._commit()
		self.afterwards.tell()


def _why(error: Exception) -> str:
	if isinstance(error, CantBeBulkError):
		return error.reason
	if isinstance(error, LedgerError):
		return "a refusal"
	logger.error("Rows of a customer: %s", describe(error))
	return f"an unforeseen error ({type(error).__name__})"


def _touched(draft: OrderDraft, made: list[Sheet] | Exception, whose: set[str]) -> Names:
	"""Whom an order is about, and the names that it makes or, where that isn't known, may make.

	:param whose: names of the customers it is about, as far as they are there
	"""
	customer = draft.customer
	touched = {("key", customer.key.casefold()), *(("Customer", folded(name)) for name in whose)}
	if customer.store_customer_id:
		touched.add(("account", str(customer.store_customer_id)))
	if isinstance(made, Exception):
		return touched | _names_wanted(draft)
	return touched | {(sheet.doctype, folded(plain_name(sheet))) for sheet in made}


def _names_wanted(draft: OrderDraft) -> Names:
	"""Names of the customer and the addresses that an order may make, before anybody numbers them."""
	customer = name_of_customer(draft.customer)
	wanted = {("Customer", folded(customer))}
	for address in filter(None, (draft.billing, draft.shipping)):
		wanted.add(("Address", folded(f"{title_of_address(address, customer)}-{_(address.kind)}")))
	return wanted


class Unusual:
	"""What makes ERPNext give another name than the plain one, or do more than make the documents."""

	def __init__(self, sheets: Iterable[Sheet]):
		customers = [plain_name(sheet) for sheet in sheets if sheet.doctype == "Customer"]
		emails = [row.email_id for sheet in sheets if sheet.doctype == "Contact" for row in sheet.email_ids]
		users = frappe.get_all("User", {"email": ("in", emails)}, pluck="email") if emails else ()
		self.groups = existing("Customer Group", customers)
		self.users = {email.casefold() for email in users}

	def check(self, sheets: list[Sheet]) -> None:
		""":raises CantBeBulkError: it is so with one of these"""
		for sheet in sheets:
			if sheet.doctype == "Customer" and folded(plain_name(sheet)) in self.groups:
				raise CantBeBulkError("the name of a customer group")
			if sheet.doctype == "Contact" and any(
				row.email_id.casefold() in self.users for row in sheet.email_ids
			):
				raise CantBeBulkError("the e-mail of a user, whose contact it becomes")
