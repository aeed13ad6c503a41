"""Customers of one store: found by their keys and accounts, made where they are missing, never overwritten."""

import copy
from collections.abc import Iterable, Sequence

import frappe
from frappe.model.naming import append_number_if_name_exists

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.documents.fields import mapped_values
from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter
from jarz_woocommerce_integration.ledger.erpnext.masters.addresses import Addresses
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import Contacts
from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import CustomerRecords, Record
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.texts import (
	LONGEST_NAME,
	name_instead_of,
	plain,
	valid_email,
	valid_phone,
)
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.translation.drafts import AccountEvidence, CustomerDraft, OrderDraft

CUSTOMER = "Customer"
PRICE_LIST = "default_price_list"
# What a further record has of the main one. Prices and limits are in a currency, so they are left out.
AS_THE_MAIN_RECORD = (
	"customer_type",
	"customer_group",
	"territory",
	"tax_id",
	"woo_company",
	"tax_category",
	"tax_withholding_category",
	"language",
	"payment_terms",
	"market_segment",
	"industry",
)
_LINK_ACCOUNT = """
UPDATE `tabCustomer` SET woo_store = %(store)s, woo_customer_id = %(account)s, woo_account_run = %(run)s
WHERE name = %(name)s AND coalesce(woo_customer_id, 0) = 0 AND coalesce(woo_store, '') IN ('', %(store)s)
"""


class Customers(CustomerRecords):
	"""The customers of a page's drafts.

	:ivar groups_may_be_named_so: whether a customer group may have the name of a new one, so that each is to be asked for
	"""

	def __init__(self, settings: BookSettings, poster: MasterWriter):
		super().__init__(settings)
		self.poster = poster
		self.groups_may_be_named_so = True
		self.contacts = Contacts(settings.store, poster)
		self.addresses = Addresses(settings, poster)

	def beside(self, poster: MasterWriter) -> "Customers":
		"""A copy for another writer. Later changes in one aren't seen in the other."""
		other = Customers(self.settings, poster)
		other._by_key, other._by_name, other._owners = copy.deepcopy(
			(self._by_key, self._by_name, self._owners)
		)
		other.groups_may_be_named_so = self.groups_may_be_named_so
		other.addresses = self.addresses.beside(poster)
		return other

	# --- what is there ---

	def read(self, drafts: Sequence[OrderDraft], decided: Iterable[str] = ()) -> None:
		"""Read the customers that the drafts and earlier decisions name, with their evidence and addresses."""
		customers = [draft.customer for draft in drafts]
		keys = {self._full_key(customer.key) for customer in customers}
		names = {*decided, *(storable(c.key) for c in customers if c.decision.outcome != "new")}
		accounts = {customer.store_customer_id or 0 for customer in customers} - {0}
		records = self._read_records(keys, names, accounts) if customers else ()
		new = [name_of_customer(customer) for customer in customers if self.find(customer) is None]
		named_so = new and frappe.db.exists("Customer Group", {"name": ("in", new)})
		self.groups_may_be_named_so = not new or bool(named_so)
		self.addresses.read(
			(name, address.signature)
			for name in records
			for draft in drafts
			for address in _addresses_of(draft)
		)

	def read_accounts(self, accounts: Iterable[int]) -> None:
		"""Read the customers who have these accounts of the store, with their evidence."""
		self._read_records((), (), accounts)

	# --- what is missing ---

	def make(self, draft: OrderDraft, currency: str) -> Record:
		"""Make the draft's customer, whose entries will be in this currency."""
		customer = draft.customer
		name = name_of_customer(customer)
		values = {
			"customer_name": name,
			"customer_type": "Company" if customer.company else "Individual",
			"customer_group": customer.group or self.settings.customer_group,
			"territory": (draft.billing and draft.billing.territory) or self.settings.territory,
			"woo_customer_id": self._account_of(customer),
			"woo_company": plain(customer.company) if customer.is_company else "",
			"tax_id": customer.tax_id or None,
			**({PRICE_LIST: customer.price_list} if customer.price_list else {}),
			**mapped_values(draft.mapped.of(CUSTOMER), self.settings.zone),
		}
		own_name = _own_name(name, self.groups_may_be_named_so)
		record = self._insert(values, self._full_key(customer.key), own_name)
		record.currency = currency
		return record

	def _account_of(self, customer: CustomerDraft) -> int:
		"""The account that a new record gets. Who was found by it and is missing was undone since (`masters.unbooked`)."""
		is_theirs = customer.decision.outcome == "new" or customer.decision.evidence == "store customer id"
		account = customer.store_customer_id or 0
		return account if is_theirs and account not in self._owners else 0

	def make_further(self, main: Record, key: str, currency: str) -> Record:
		"""Make a person's record for another currency, with what a person has written into the main one.

		:param key: the draft's
		:raises NeedsDocumentsError: the main one is only planned, by bulk booking
		"""
		written = frappe.db.get_value(CUSTOMER, main.name, _shared_fields(), as_dict=True)
		if written is None:
			raise NeedsDocumentsError("a second customer for another currency")
		values = {
			"customer_name": main.customer_name,
			**written,
			"default_currency": currency,
			"woo_main_customer": main.name,
			"woo_account_currency": currency,
		}
		record = self._insert(values, self._full_key(f"{key}@{currency}"), _further_name(main.name, currency))
		record.main, record.currency, record.made_for = main.name, currency, currency
		return record

	def _insert(self, values: dict, full_key: str, name: str | None) -> Record:
		own = {"doctype": CUSTOMER, "woo_store": self.settings.store, "woo_customer_key": full_key}
		document = self.poster.insert(self.poster.new({**own, **values}), name)
		record = Record(
			document.name,
			values["customer_name"],
			values.get("woo_customer_id", 0),
			True,
			company=values["woo_company"] or "",
			tax_id=values["tax_id"] or "",
		)
		self._know(record, full_key, self.settings.store)
		self.addresses.welcome(record.name)
		return record

	def claim(self, record: Record, currency: str) -> None:
		"""An order will be booked to the record, so the record now has this currency."""
		record.currency = record.currency or currency

	def complete(self, draft: OrderDraft, record: Record) -> None:
		"""Give a customer what the draft knows more: an account, evidence, addresses."""
		if draft.customer.decision.outcome == "linked" and draft.customer.store_customer_id:
			self._link_account(self.own_record(record), draft.customer.store_customer_id)
		if record.main:
			self._write(self.main_of(record), self._add_tax_id(self.main_of(record), draft.customer))
		self._write(
			record,
			self._add_tax_id(record, draft.customer)
			| self._add_evidence(record, draft)
			| self._add_addresses(record, draft),
		)

	def add_addresses(self, draft: OrderDraft, record: Record) -> None:
		"""Give a customer who was decided otherwise than in the draft the draft's addresses, and nothing else."""
		self._write(record, self._add_addresses(record, draft))

	def add_account(self, account: AccountEvidence) -> None:
		"""Give the customer who has the account what it says of them, beside all that is there; others get nothing."""
		if record := self._owners.get(account.store_customer_id):
			self._write(
				record, self._add_contact(record, account.emails, account.phones, "", is_vouched=True)
			)

	def _write(self, record: Record, changes: dict) -> None:
		if changes:
			self.poster.update(CUSTOMER, record.name, changes)

	def _link_account(self, record: Record, account: int) -> None:
		"""Give a guest's record its store account, unless it has one or another customer has this one.

		One that wasn't made from the store is never given an account.
		"""
		if not record.ours or record.account or account in self._owners:
			return
		values = {
			"store": self.settings.store,
			"account": account,
			"name": record.name,
			"run": self.poster.run_id,
		}
		if self.poster.change(_LINK_ACCOUNT, values):
			record.account = account
			self._owners[account] = record
			frappe.clear_document_cache(CUSTOMER, record.name)

	def _add_tax_id(self, record: Record, customer: CustomerDraft) -> dict:
		"""The Tax ID of a customer of ours who has none, with the run that added it. One that is there is never written over."""
		if not record.ours or record.tax_id or not customer.tax_id:
			return {}
		record.tax_id = customer.tax_id
		return {"tax_id": customer.tax_id, "woo_tax_id_run": f"{self.poster.run_id} {customer.tax_id}"}

	def _add_evidence(self, record: Record, draft: OrderDraft) -> dict:
		customer = draft.customer
		changes = {}
		if not record.ours:
			return self._keep_evidence_of(record, customer)
		if text := _with_lines(record.phone_text, _unreadable(draft)):
			changes["woo_phone_text"] = record.phone_text = text
		person = plain(customer.person if record.company else "")
		if customer.own_email and not record.evidence.any:
			own = (customer.own_email,)
			changes |= self._add_contact(record, own, customer.phones, customer.company, person)
		return changes | self._add_contact(record, customer.emails, customer.phones, customer.company, person)

	def _keep_evidence_of(self, record: Record, customer: CustomerDraft) -> dict:
		"""What an order says of a customer who wasn't made from the store goes to their record that was, if they have one.

		Else into a contact beside the customer's primary one. Without a primary one ERPNext would take it as the default.
		"""
		own = self.own_record(record)
		if own.ours or record.evidence.has_primary:
			self._write(own, self._add_contact(own, customer.emails, customer.phones, ""))
		return {}

	def _add_contact(
		self,
		record: Record,
		emails: Iterable[str],
		phones: Iterable[str],
		company: str,
		person: str = "",
		is_vouched: bool = False,
	) -> dict:
		"""Add to the customer's contact what none of theirs has. :param person: who is the contact of a company"""
		evidence = record.evidence
		changes: dict[str, list] = {}
		emails = evidence.missing_emails(tuple(filter(None, map(valid_email, emails))))
		phones = evidence.missing_phones(tuple(filter(None, map(valid_phone, phones))))
		needs_company = record.ours and company and not evidence.any
		if not (emails or phones or needs_company):
			return changes
		contact = self.contacts.add(
			record.name, person or record.customer_name, company, evidence, emails, phones, is_vouched
		)
		if record.ours and record.primary_contact in ("", contact.name):
			record.primary_contact = contact.name
			changes["customer_primary_contact"] = contact.name
			changes["email_id"], changes["mobile_no"] = contact.email_id, contact.mobile_no
		return changes

	def _add_addresses(self, record: Record, draft: OrderDraft) -> dict:
		address = self.addresses.add(record.name, record.customer_name, _addresses_of(draft), record.ours)
		if not (address and record.ours and not record.primary_address):
			return {}
		record.primary_address = address.name
		return {"customer_primary_address": address.name, "primary_address": self.poster.display_of(address)}


def _addresses_of(draft: OrderDraft) -> list:
	return [address for address in (draft.billing, draft.shipping) if address]


def name_of_customer(customer: CustomerDraft) -> str:
	candidates = (customer.name, customer.company, *customer.emails, *customer.phones, customer.key)
	return next(filter(None, map(plain, candidates)))


def _own_name(customer_name: str, a_group_may_have_it: bool = True) -> str | None:
	"""A name where ERPNext would refuse the customer's own, None where the site's naming will do."""
	if frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
		return None
	taken = a_group_may_have_it and bool(frappe.db.exists("Customer Group", customer_name))
	return name_instead_of(CUSTOMER, customer_name, separator=" - ", taken=taken)


def _further_name(main: str, currency: str) -> str | None:
	"""The main record's name with the currency, None where the site numbers its customers."""
	if frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
		return None
	wanted = f"{main[:LONGEST_NAME].strip()} ({currency})"
	return _own_name(wanted) or append_number_if_name_exists(CUSTOMER, wanted, separator=" - ")


def _shared_fields() -> list[str]:
	"""Those of `AS_THE_MAIN_RECORD` that this version of ERPNext has."""
	meta = frappe.get_meta(CUSTOMER)
	return [field for field in AS_THE_MAIN_RECORD if meta.has_field(field)]


def _unreadable(draft: OrderDraft) -> list[str]:
	"""Phones and e-mails that Frappe's validation refuses, as the order has them."""
	customer = draft.customer
	texts = [customer.phone_text]
	texts += [email for email in customer.emails if not valid_email(email)]
	texts += [phone for phone in customer.phones if not valid_phone(phone)]
	for address in _addresses_of(draft):
		if address.phone and not valid_phone(address.phone):
			texts.append(address.phone)
		if address.email and not valid_email(address.email):
			texts.append(address.email)
	return [plain(text, 1000) for text in texts if text]


def _with_lines(text: str, lines: list[str]) -> str:
	"""`text` with the lines that it lacks, "" where it lacks none."""
	there = text.splitlines()
	missing = [line for line in dict.fromkeys(lines) if line not in there]
	return "\n".join([*there, *missing]) if missing else ""
