"""What a page's customers lack, on paper: the ledger's own code with sheets instead of documents."""

import copy

from frappe.model.naming import make_autoname

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.master_names import MasterNames
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.sheets import (
	CantBeBulkError,
	Rules,
	Sheet,
	clean,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.shape import Part, Shape
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.masters import (
	address,
	contact,
	customer,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import Contacts, Evidence
from jarz_woocommerce_integration.ledger.erpnext.masters.customers import (
	CUSTOMER,
	Customers,
	Record,
)
from jarz_woocommerce_integration.ledger.erpnext.masters.decisions import StandingDecision
from jarz_woocommerce_integration.ledger.erpnext.masters.masters import Masters
from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts

_SHEETS = {"Contact": contact.ContactSheet, "Address": address.AddressSheet}
_RULES: dict[str, Rules] = {
	"Customer": customer.RULES,
	"Contact": contact.RULES,
	"Contact Email": contact.EMAIL_RULES,
	"Contact Phone": contact.PHONE_RULES,
	"Address": address.RULES,
	"Dynamic Link": contact.LINK_RULES,
}


class MasterPaper:
	"""Takes sheets of masters as a `Poster` takes documents, and names them as Frappe does where the name is free.

	:ivar sheets: those of one order
	"""

	historical = True

	def __init__(self, run_id: int, names: MasterNames):
		self.run_id = run_id
		self.names = names
		self.customers: Customers | None = None
		self.sheets: list[Sheet] = []

	def begin(self) -> None:
		self.sheets = []
		self.names.depends = False

	def new(self, values: dict) -> Sheet:
		return _SHEETS.get(values["doctype"], Sheet)(values)

	def insert(self, sheet: Sheet, name: str | None) -> Sheet:
		if name is not None:
			raise CantBeBulkError("a name that Frappe would refuse")
		clean(sheet)
		sheet.name = self.names.take(sheet)
		for link in sheet.links or ():
			link.link_title = self.customers.named(link.link_name).customer_name
		sheet.fill(_RULES[sheet.doctype])
		self.sheets.append(sheet)
		return sheet


class PaperContacts(Contacts):
	def add(self, customer, person, company, evidence: Evidence, emails, phones, is_vouched=False) -> Sheet:
		if evidence.own or evidence.told:
			raise CantBeBulkError("an e-mail or phone that is new of a known customer")
		return super().add(customer, person, company, evidence, emails, phones, is_vouched)

	@staticmethod
	def _new(_controller, values: dict) -> Sheet:
		return contact.ContactSheet(values)


class PaperCustomers(Customers):
	"""The customers of a page, and who else would be there. :param there: the page's, as they were read"""

	poster: MasterPaper

	def __init__(self, there: Customers, paper: MasterPaper):
		super().__init__(there.settings, paper)
		paper.customers = self
		self._by_key, self._by_name, self._owners = copy.deepcopy(
			(there._by_key, there._by_name, there._owners)
		)
		self.contacts = PaperContacts(there.settings.store, paper)
		self.addresses.known = dict(there.addresses.known)
		self.addresses._countries = there.addresses._countries
		self.addresses._own_country = there.addresses._own_country

	def _write(self, record: Record, changes: dict) -> None:
		if not changes:
			return
		if not (self.poster.sheets and self.poster.sheets[0].doctype == CUSTOMER):
			raise CantBeBulkError("something that is new of a known customer")
		self.poster.sheets[0].update(changes)

	def _link_account(self, record: Record, account: int) -> None:
		if not record.account and account not in self._owners:
			raise CantBeBulkError("an account that is new of a known customer")

	def claim(self, record: Record, currency: str) -> None:
		if not record.currency:
			raise CantBeBulkError("the first order of a customer who was there before")

	def make_further(self, main: Record, key: str, currency: str) -> Record:
		raise CantBeBulkError("a second customer for another currency")


class NoItems:
	"""Items are made as documents, beforehand."""

	def add(self, draft: OrderDraft) -> None:
		pass


class PaperMasters(Masters):
	"""Makes what a page's orders lack on paper, one order after the other. :param there: the page's, as it was read"""

	def __init__(self, there: Masters, names: MasterNames):
		super().__init__(there.settings)
		self.poster = MasterPaper(there.poster.run_id, names)
		self.customers = PaperCustomers(there.customers, self.poster)
		self.items = NoItems()
		self.rates, self.receivables = there.rates, there.receivables
		self._decisions, self._booked = there._decisions, there._booked

	def sheets_of(self, order: OrderFacts, draft: OrderDraft) -> tuple[list[Sheet], StandingDecision]:
		"""What an order lacks, its customer first where it is one of them, and whose it is.

		:raises CantBeBulkError: it is for documents
		:raises BookingRefusedError: documents will say the same
		"""
		self.poster.begin()
		decision = self._create_for(order, draft)
		return self.poster.sheets, decision

	def whose(self, draft: OrderDraft) -> set[str]:
		"""Names of the customers whom an order may be about, of those that are there or made by now."""
		records = (self.customers.find(draft.customer), self.customers.owner_of_account(draft.customer))
		return {record.name for record in records if record}


def shape_of(sheets: list[Sheet]) -> Shape:
	made = tuple(sorted({sheet.doctype for sheet in sheets}))
	return tuple(_kind_of(sheet, made) for sheet in sheets)


def _kind_of(sheet: Sheet, made: tuple[str, ...]) -> Part:
	""":param made: DocTypes of all that is made for the order"""
	if sheet.doctype == "Customer":
		return "customer", sheet.customer_type, sheet.customer_group, made
	is_new = "of a new customer" if "Customer" in made else "of a known customer"
	if sheet.doctype == "Contact":
		return "contact", is_new, bool(sheet.email_ids), bool(sheet.phone_nos), sheet.is_primary_contact
	return "address", is_new, sheet.address_type


def project(shape: Shape, sheets: list[Sheet], run_id: int, now: str) -> Plan:
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
