"""Customers, Contacts and Addresses of new customers as rows, proven like orders are."""

from collections import Counter
from dataclasses import dataclass, field

import frappe
from frappe.model.naming import make_autoname
from frappe.utils import now_datetime

from jarz_woocommerce_integration.exceptions import LedgerError
from jarz_woocommerce_integration.ledger.bulk import address, checks, contact, customer, writer
from jarz_woocommerce_integration.ledger.bulk.afterwards import Afterwards
from jarz_woocommerce_integration.ledger.bulk.comparison import Captured
from jarz_woocommerce_integration.ledger.bulk.master_names import MasterNames, existing, folded
from jarz_woocommerce_integration.ledger.bulk.oracle import capture, undone
from jarz_woocommerce_integration.ledger.bulk.projection import Clock, Plan
from jarz_woocommerce_integration.ledger.bulk.proofs import Proofs
from jarz_woocommerce_integration.ledger.bulk.prover import Provable, prove_all
from jarz_woocommerce_integration.ledger.bulk.shape import Part, Shape
from jarz_woocommerce_integration.ledger.bulk.sheets import CantBeBulkError, Rules, Sheet, clean
from jarz_woocommerce_integration.ledger.erpnext_contacts import Contacts
from jarz_woocommerce_integration.ledger.erpnext_customers import Customers, name_of_customer
from jarz_woocommerce_integration.ledger.erpnext_decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext_masters import Masters, Order
from jarz_woocommerce_integration.ledger.erpnext_refusals import OF_THE_WHOLE_PAGE
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

_SHEETS = {"Contact": contact.ContactSheet, "Address": address.AddressSheet}
_SHEETS_OF = ("Customer", "Contact", "Address")
_RULES: dict[str, Rules] = {
	"Customer": customer.RULES,
	"Contact": contact.RULES,
	"Contact Email": contact.EMAIL_RULES,
	"Contact Phone": contact.PHONE_RULES,
	"Address": address.RULES,
	"Dynamic Link": contact.LINK_RULES,
}


class MasterPaper:
	"""Takes sheets of masters as a `Poster` takes documents, and names them as Frappe does where the name is free."""

	historical = True

	def __init__(self, run_id: int, names: MasterNames):
		self.run_id = run_id
		self.names = names
		self.sheets: list[Sheet] = []

	def new(self, values: dict) -> Sheet:
		return _SHEETS.get(values["doctype"], Sheet)(values)

	def insert(self, sheet: Sheet, name: str | None) -> Sheet:
		if name is not None:
			raise CantBeBulkError("a name that Frappe would refuse")
		clean(sheet)
		sheet.name = self.names.take(sheet)
		for row in sheet.rows():
			row.link_title = self.sheets[0].customer_name
		sheet.fill(_RULES[sheet.doctype])
		self.sheets.append(sheet)
		return sheet


class PaperContacts(Contacts):
	@staticmethod
	def _new(_controller, values: dict) -> Sheet:
		return contact.ContactSheet(values)


class PaperCustomers(Customers):
	"""Makes one new customer on paper."""

	poster: MasterPaper

	def __init__(self, settings: BookSettings, paper: MasterPaper, countries: Customers):
		super().__init__(settings, paper)
		self.contacts = PaperContacts(settings.store, paper)
		self.addresses._countries = countries.addresses._countries
		self.addresses._own_country = countries.addresses._own_country

	def _write(self, record, changes: dict) -> None:
		self.poster.sheets[0].update(changes)


@dataclass(slots=True)
class NewCustomer(Provable):
	"""A customer who may be written as rows."""

	order: OrderFacts = None
	draft: OrderDraft = None
	sheets: list[Sheet] = field(default_factory=list)


class BulkMasters(Masters):
	"""Masters whose new customers are written as rows where that is proven; everything else is theirs as before."""

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
		self._of_page = [draft for _order, draft in orders]
		unknown = self._unknown(orders)
		if what := next((self.guarded[each] for each in _SHEETS_OF if each in self.guarded), ""):
			self.proofs.note_documents(f"new customers: {what}", len(unknown))
			return
		new = self._planned(unknown)
		chosen = prove_all(new, self.proofs, self._ask)
		if not chosen or not self._write(chosen):
			return
		for each in chosen:
			self.proofs.tally.bulk[each.shape] += 1
			decided[each.order.order_id] = StandingDecision(
				each.sheets[0].name, each.order.payload_hash, each.draft.customer.decision
			)
		self._read(orders, decided)

	# --- who ---

	def _unknown(self, orders: list[Order]) -> list[Order]:
		"""Orders of customers whom nobody knows, and no other order of the page."""
		keys = Counter(draft.customer.key.casefold() for _order, draft in orders)
		accounts = Counter(draft.customer.store_customer_id for _order, draft in orders)
		return [
			(order, draft)
			for order, draft in orders
			if draft.customer.decision.outcome == "new"
			and keys[draft.customer.key.casefold()] == 1
			and accounts[draft.customer.store_customer_id or -1] <= 1
			and order.order_id not in self._decisions
			and self.customers.find(draft.customer) is None
			and self.customers.owner_of_account(draft.customer) is None
			and self._has_items(draft)
		]

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

	def _planned(self, orders: list[Order]) -> list[NewCustomer]:
		names, clock = MasterNames(), Clock(now_datetime())
		# Once with the names as they would be, to ask for all of them at once, and once with those that are free.
		drafted = [self._sheets_of(draft, MasterNames()) for _order, draft in orders]
		names.ask(sheet for sheets, _depends in drafted for sheet in sheets)
		left = self._left_to_documents([sheets for sheets, _depends in drafted], orders)
		self.proofs.note_documents("a customer whose name or e-mail others have, too", len(left))
		planned = []
		for position, (order, draft) in enumerate(orders):
			if position in left:
				continue
			sheets, depends = self._sheets_of(draft, names)
			if not sheets:
				continue
			shape = _shape_of(sheets)
			plan = _project(shape, sheets, self.poster.run_id, clock.now())
			planned.append(NewCustomer(shape, plan, depends=depends, order=order, draft=draft, sheets=sheets))
		return planned

	def _sheets_of(self, draft: OrderDraft, names: MasterNames) -> tuple[list[Sheet], bool]:
		""":return: none where the customer is for documents; and whether the names depend on others of the page"""
		paper = MasterPaper(self.poster.run_id, names)
		names.depends = False
		try:
			PaperCustomers(self.settings, paper, self.customers).complete(draft, None)
			checks.check(_project(_shape_of(paper.sheets), paper.sheets, 0, ""))
		except (CantBeBulkError, LedgerError) as error:
			self.proofs.note_documents(f"a customer with {getattr(error, 'reason', 'a refusal')}")
			return [], False
		return paper.sheets, names.depends

	def _left_to_documents(self, drafted: list[list[Sheet]], orders: list[Order]) -> set[int]:
		"""Positions of those whose names documents are to give, in the order of the page: they are wanted by others, too."""
		groups = existing("Customer Group", [sheets[0].name for sheets in drafted if sheets])
		ours = {id(draft) for _order, draft in orders}
		wanted = set().union(*(_names_wanted(draft) for draft in self._of_page if id(draft) not in ours))
		left: set[int] = set()
		while True:
			more = {
				position
				for position, ((_order, draft), sheets) in enumerate(zip(orders, drafted, strict=True))
				if position not in left
				and (
					not sheets
					or folded(sheets[0].name) in groups
					or self._is_of_user(sheets)
					or not wanted.isdisjoint(_names_wanted(draft))
				)
			}
			if not more:
				return left
			left |= more
			wanted |= set().union(*(_names_wanted(orders[position][1]) for position in more))

	@staticmethod
	def _is_of_user(sheets: list[Sheet]) -> bool:
		"""A Contact with the e-mail of a user becomes that user's."""
		emails = [row.email_id for sheet in sheets if sheet.doctype == "Contact" for row in sheet.email_ids]
		return bool(emails and frappe.db.exists("User", {"email": ("in", emails)}))

	# --- proof, and into the books ---

	def _ask(self, each: NewCustomer) -> Captured:
		"""What ERPNext writes for a new customer."""
		masters = Masters(self.settings)
		masters.poster.run_id = self.poster.run_id
		masters._read([(each.order, each.draft)], {})

		def make() -> None:
			masters._create_for(each.order, each.draft)
			masters.poster.stamp()

		with undone(masters.poster):
			return capture(make)

	def _write(self, chosen: list[NewCustomer]) -> bool:
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


def _names_wanted(draft: OrderDraft) -> set[tuple[str, str]]:
	"""Names of the customer and the addresses that an order may make, before anybody numbers them."""
	customer = name_of_customer(draft.customer)
	addresses = (address for address in (draft.billing, draft.shipping) if address)
	titles = (
		(", ".join(filter(None, (each.name, each.company))) or customer, each.kind) for each in addresses
	)
	return {("Customer", folded(customer)), *((kind, folded(title)) for title, kind in titles)}


def _shape_of(sheets: list[Sheet]) -> Shape:
	made = tuple(sorted({sheet.doctype for sheet in sheets}))
	return tuple(_kind_of(sheet, made) for sheet in sheets)


def _kind_of(sheet: Sheet, made: tuple[str, ...]) -> Part:
	""":param made: DocTypes of all that is made for the customer"""
	if sheet.doctype == "Customer":
		return "customer", sheet.customer_type, sheet.customer_group, made
	if sheet.doctype == "Contact":
		return "contact", bool(sheet.email_ids), bool(sheet.phone_nos), sheet.is_primary_contact
	return "address", sheet.address_type


def _project(shape: Shape, sheets: list[Sheet], run_id: int, now: str) -> Plan:
	plan = Plan()
	for kind, sheet in zip(shape, sheets, strict=True):
		values = {column: getattr(sheet, column) for column in _RULES[sheet.doctype]}
		values |= {"name": sheet.name, "creation": now, "modified": now, "woo_run": run_id, "woo_stamp": now}
		plan.add(sheet.doctype, kind, values)
		for row in sheet.rows():
			rules = _RULES[row.doctype]
			row.fill(rules)
			values = {column: getattr(row, column) for column in rules}
			values |= {"name": make_autoname("hash"), "creation": now, "modified": now}
			values |= {"parent": sheet.name, "idx": row.idx}
			plan.add(row.doctype, ("row", sheet.doctype, row.doctype), values)
		if sheet.series:
			prefix, current = sheet.series
			plan.add("Series", ("series",), {"name": prefix, "current": current})
	return plan
