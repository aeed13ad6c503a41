"""Customers of one store: found by their keys and accounts, made where they are missing, never overwritten."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import frappe

from jarz_woocommerce_integration.ledger.erpnext_addresses import Addresses
from jarz_woocommerce_integration.ledger.erpnext_contacts import Contacts, Evidence, read_evidence
from jarz_woocommerce_integration.ledger.erpnext_posting import Poster
from jarz_woocommerce_integration.ledger.erpnext_settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext_texts import (
	name_instead_of,
	plain,
	valid_email,
	valid_phone,
)
from jarz_woocommerce_integration.ledger.erpnext_values import storable
from jarz_woocommerce_integration.translation.drafts import AccountEvidence, CustomerDraft, OrderDraft

CUSTOMER = "Customer"

_FIELDS = """name, customer_name, woo_store, woo_customer_id, woo_customer_key, woo_phone_text, woo_company, tax_id, email_id,
	mobile_no, customer_primary_contact, customer_primary_address"""
_READ = f"""
SELECT {_FIELDS} FROM `tabCustomer` WHERE woo_customer_key IN %(keys)s
UNION SELECT {_FIELDS} FROM `tabCustomer` WHERE name IN %(names)s
UNION SELECT {_FIELDS} FROM `tabCustomer` WHERE woo_customer_id IN %(accounts)s AND woo_store = %(store)s
"""
_LINK_ACCOUNT = """
UPDATE `tabCustomer` SET woo_store = %(store)s, woo_customer_id = %(account)s, woo_account_run = %(run)s
WHERE name = %(name)s AND coalesce(woo_customer_id, 0) = 0 AND coalesce(woo_store, '') IN ('', %(store)s)
"""


@dataclass(slots=True)
class Record:
	"""A Customer as far as making masters needs it. :ivar ours: made from the store, so its first contact is ours, too

	:ivar company: the company that it was made as, "" for a person
	"""

	name: str
	customer_name: str
	account: int
	ours: bool
	phone_text: str
	primary_contact: str
	primary_address: str
	evidence: Evidence
	company: str = ""
	tax_id: str = ""


class Customers:
	"""The customers of a page's drafts."""

	def __init__(self, settings: BookSettings, poster: Poster):
		self.settings = settings
		self.poster = poster
		self.contacts = Contacts(settings.store, poster)
		self.addresses = Addresses(settings, poster)
		self._by_key: dict[str, Record] = {}
		self._by_name: dict[str, Record] = {}
		self._owners: dict[int, Record] = {}

	# --- what is there ---

	def read(self, drafts: Sequence[OrderDraft], decided: Iterable[str] = ()) -> None:
		"""Read the customers that the drafts and earlier decisions name, with their evidence and addresses."""
		customers = [draft.customer for draft in drafts]
		keys = {self._full_key(customer.key) for customer in customers}
		names = {*decided, *(storable(c.key) for c in customers if c.decision.outcome != "new")}
		accounts = {customer.store_customer_id or 0 for customer in customers} - {0}
		rows = self._read(keys, names, accounts) if customers else ()
		self.addresses.read(
			(row.name, address.signature)
			for row in rows
			for draft in drafts
			for address in _addresses_of(draft)
		)

	def read_accounts(self, accounts: Iterable[int]) -> None:
		"""Read the customers who have these accounts of the store, with their evidence."""
		self._read((), (), accounts)

	def _read(self, keys: Iterable[str], names: Iterable[str], accounts: Iterable[int]) -> list:
		values = {
			"store": self.settings.store,
			"keys": sorted(keys) or [""],
			"names": sorted(names) or [""],
			"accounts": sorted(accounts) or [-1],
		}
		rows = frappe.db.sql(_READ, values, as_dict=True)
		evidence = read_evidence(self.settings.store, [row.name for row in rows])
		self._by_key, self._by_name, self._owners = {}, {}, {}
		for row in rows:
			self._know(self._record(row, evidence[row.name]), row.woo_customer_key or "", row.woo_store)
		return rows

	def _record(self, row, evidence: Evidence) -> Record:
		evidence.add([row.email_id] if row.email_id else [], [row.mobile_no] if row.mobile_no else [])
		return Record(
			name=row.name,
			customer_name=row.customer_name,
			account=row.woo_customer_id or 0,
			ours=(row.woo_customer_key or "").startswith(self._full_key("")),
			phone_text=row.woo_phone_text or "",
			primary_contact=row.customer_primary_contact or "",
			primary_address=row.customer_primary_address or "",
			evidence=evidence,
			company=row.woo_company or "",
			tax_id=row.tax_id or "",
		)

	def _know(self, record: Record, full_key: str, store: str) -> None:
		self._by_name[record.name.casefold()] = record
		if full_key:
			self._by_key[full_key.casefold()] = record
		if record.account and store == self.settings.store:
			self._owners[record.account] = record

	def _full_key(self, key: str) -> str:
		return storable(f"{self.settings.store}:{key}")

	def named(self, name: str) -> Record | None:
		return self._by_name.get(name.casefold())

	def find(self, customer: CustomerDraft) -> Record | None:
		"""The customer with a draft's key; only one that isn't new may be named by its own name."""
		record = self._by_key.get(self._full_key(customer.key).casefold())
		if record is None and customer.decision.outcome != "new":
			record = self.named(customer.key)
		return record

	def owner_of_account(self, customer: CustomerDraft) -> Record | None:
		"""Who has the store's account of a customer that looked new: another worker may have made them since."""
		if customer.decision.outcome != "new" or not customer.store_customer_id:
			return None
		return self._owners.get(customer.store_customer_id)

	# --- what is missing ---

	def complete(self, draft: OrderDraft, record: Record | None) -> Record:
		"""Make the draft's customer, or give a known one what the draft knows more: an account, evidence."""
		record = record or self._make(draft)
		if draft.customer.decision.outcome == "linked" and draft.customer.store_customer_id:
			self._link_account(record, draft.customer.store_customer_id)
		self._write(
			record,
			self._add_tax_id(record, draft.customer)
			| self._add_evidence(record, draft)
			| self._add_addresses(record, draft),
		)
		return record

	def add_addresses(self, draft: OrderDraft, record: Record) -> None:
		"""Give a customer who was decided otherwise than in the draft the draft's addresses, and nothing else."""
		self._write(record, self._add_addresses(record, draft))

	def add_account(self, account: AccountEvidence) -> None:
		"""Give the customer who has the account what it tells of them, beside all that is there; others get nothing."""
		if record := self._owners.get(account.store_customer_id):
			self._write(record, self._add_contact(record, account.emails, account.phones, ""))

	def _write(self, record: Record, changes: dict) -> None:
		if changes:
			frappe.db.set_value(CUSTOMER, record.name, changes, update_modified=False)

	def _make(self, draft: OrderDraft) -> Record:
		customer = draft.customer
		name = name_of_customer(customer)
		account = customer.store_customer_id if customer.decision.outcome == "new" else None
		document = self.poster.new(
			{
				"doctype": CUSTOMER,
				"customer_name": name,
				"customer_type": "Company" if customer.company else "Individual",
				"customer_group": self.settings.customer_group,
				"territory": (draft.billing and draft.billing.territory) or self.settings.territory,
				"woo_store": self.settings.store,
				"woo_customer_id": account or 0,
				"woo_customer_key": self._full_key(customer.key),
				"woo_company": plain(customer.company) if customer.is_company else "",
				"tax_id": customer.tax_id or None,
			}
		)
		self.poster.insert(document, _own_name(name))
		record = Record(
			document.name,
			name,
			account or 0,
			True,
			"",
			"",
			"",
			Evidence(),
			company=document.woo_company,
			tax_id=customer.tax_id,
		)
		self._know(record, self._full_key(customer.key), self.settings.store)
		self.addresses.welcome(record.name)
		return record

	def _link_account(self, record: Record, account: int) -> None:
		"""Give a guest's record its store account, unless it has one or another customer has this one."""
		if record.account or account in self._owners:
			return
		values = {
			"store": self.settings.store,
			"account": account,
			"name": record.name,
			"run": self.poster.run_id,
		}
		frappe.db.sql(_LINK_ACCOUNT, values)
		if frappe.db.sql("SELECT row_count()")[0][0]:
			record.account = account
			self._owners[account] = record
			frappe.clear_document_cache(CUSTOMER, record.name)

	@staticmethod
	def _add_tax_id(record: Record, customer: CustomerDraft) -> dict:
		"""The Tax ID of a customer who has none. One that is there is never written over."""
		if record.tax_id or not customer.tax_id:
			return {}
		record.tax_id = customer.tax_id
		return {"tax_id": customer.tax_id}

	def _add_evidence(self, record: Record, draft: OrderDraft) -> dict:
		customer = draft.customer
		changes = {}
		if text := _with_lines(record.phone_text, _unreadable(draft)):
			changes["woo_phone_text"] = record.phone_text = text
		person = customer.person if record.company else ""
		return changes | self._add_contact(
			record, customer.emails, customer.phones, customer.company, plain(person)
		)

	def _add_contact(
		self, record: Record, emails: Iterable[str], phones: Iterable[str], company: str, person: str = ""
	) -> dict:
		"""Add to the customer's contact what none of theirs has. :param person: who is the contact of a company"""
		evidence, changes = record.evidence, {}
		emails = evidence.missing_emails(tuple(filter(None, map(valid_email, emails))))
		phones = evidence.missing_phones(tuple(filter(None, map(valid_phone, phones))))
		needs_company = record.ours and company and not evidence.any
		if not (emails or phones or needs_company):
			return changes
		contact = self.contacts.add(
			record.name, person or record.customer_name, company, evidence, emails, phones
		)
		if record.ours and record.primary_contact in ("", contact.name):
			record.primary_contact = contact.name
			changes["customer_primary_contact"] = contact.name
			changes["email_id"], changes["mobile_no"] = contact.email_id, contact.mobile_no
		return changes

	def _add_addresses(self, record: Record, draft: OrderDraft) -> dict:
		address = self.addresses.add(record.name, record.customer_name, _addresses_of(draft))
		if not (address and record.ours and not record.primary_address):
			return {}
		record.primary_address = address.name
		return {"customer_primary_address": address.name, "primary_address": address.get_display()}


def _addresses_of(draft: OrderDraft) -> list:
	return [address for address in (draft.billing, draft.shipping) if address]


def name_of_customer(customer: CustomerDraft) -> str:
	candidates = (customer.name, customer.company, *customer.emails, *customer.phones, customer.key)
	return next(filter(None, map(plain, candidates)))


def _own_name(customer_name: str) -> str | None:
	"""A name where ERPNext would refuse the customer's own, None where the site's naming will do."""
	if frappe.defaults.get_global_default("cust_master_name") != "Customer Name":
		return None
	taken = bool(frappe.db.exists("Customer Group", customer_name))
	return name_instead_of(CUSTOMER, customer_name, separator=" - ", taken=taken)


def _unreadable(draft: OrderDraft) -> list[str]:
	"""Phones and e-mails that Frappe's validation refuses, as they were told."""
	customer = draft.customer
	told = [customer.phone_text]
	told += [email for email in customer.emails if not valid_email(email)]
	told += [phone for phone in customer.phones if not valid_phone(phone)]
	for address in _addresses_of(draft):
		if address.phone and not valid_phone(address.phone):
			told.append(address.phone)
		if address.email and not valid_email(address.email):
			told.append(address.email)
	return [plain(text, 1000) for text in told if text]


def _with_lines(text: str, lines: list[str]) -> str:
	"""`text` with the lines that it lacks, "" where it lacks none."""
	there = text.splitlines()
	missing = [line for line in dict.fromkeys(lines) if line not in there]
	return "\n".join([*there, *missing]) if missing else ""
