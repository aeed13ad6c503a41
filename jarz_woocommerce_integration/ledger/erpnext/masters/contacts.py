"""Contacts of customers: the e-mails and phones by which a person is found again.

A Contact that a person made is never touched, and neither is the one with which a customer was made: what orders say
afterwards was typed by anybody, so it goes into a second one, which nothing takes as the customer's own.
"""

from dataclasses import dataclass, field

import frappe
from erpnext.selling.doctype.customer.customer import parse_full_name
from frappe.contacts.doctype.contact.contact import get_full_name
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter
from jarz_woocommerce_integration.ledger.erpnext.texts import name_instead_of, plain
from jarz_woocommerce_integration.translation.text import ascii_digits

CONTACT = "Contact"
# Two numbers that end alike on so many digits are one number, written with and without its country code.
SHORTEST_PHONE = 8

_OF_CUSTOMERS = """
SELECT customer.name AS customer, contact.name, contact.woo_store AS store, contact.is_primary_contact AS is_primary,
	email.email_id AS email, phone.phone
FROM `tabDynamic Link` link
JOIN `tabCustomer` customer ON customer.name = link.link_name
JOIN `tabContact` contact ON contact.name = link.parent
LEFT JOIN `tabContact Email` email ON email.parent = contact.name
LEFT JOIN `tabContact Phone` phone ON phone.parent = contact.name
WHERE link.parenttype = 'Contact' AND link.link_doctype = 'Customer' AND link.link_name IN %s
ORDER BY contact.creation, contact.name
"""


@dataclass(slots=True)
class Evidence:
	"""What a customer's contacts say.

	:ivar own: the Contact with which we made the customer, "" for none
	:ivar later: the Contact for what later orders said, "" for none
	:ivar any: there is one at all; :ivar has_primary: one of them is the primary one
	"""

	emails: set[str] = field(default_factory=set)
	phones: set[str] = field(default_factory=set)
	own: str = ""
	later: str = ""
	any: bool = False
	has_primary: bool = False

	def missing_emails(self, emails: tuple[str, ...]) -> list[str]:
		return [email for email in dict.fromkeys(emails) if email.casefold() not in self.emails]

	def missing_phones(self, phones: tuple[str, ...]) -> list[str]:
		return [phone for phone in dict.fromkeys(phones) if not self._has_phone(_digits(phone))]

	def add(self, emails: list[str], phones: list[str]) -> None:
		self.emails.update(email.casefold() for email in emails)
		self.phones.update(_digits(phone) for phone in phones)

	def _has_phone(self, digits: str) -> bool:
		if digits in self.phones:
			return True
		return any(
			min(len(known), len(digits)) >= SHORTEST_PHONE
			and (digits.endswith(known) or known.endswith(digits))
			for known in self.phones
		)


def read_evidence(store: str, customers: list[str]) -> dict[str, Evidence]:
	"""What the contacts of these customers say, in one query."""
	found = {customer: Evidence() for customer in customers}
	for row in frappe.db.sql(_OF_CUSTOMERS, (customers,), as_dict=True) if customers else ():
		evidence = found[row.customer]
		evidence.any = True
		evidence.has_primary |= bool(row.is_primary)
		evidence.add([row.email] if row.email else [], [row.phone] if row.phone else [])
		if row.store == store and row.is_primary:
			evidence.own = evidence.own or row.name
		elif row.store == store:
			evidence.later = evidence.later or row.name
	return found


class Contacts:
	"""Makes and completes our contacts of one store's customers."""

	def __init__(self, store: str, poster: MasterWriter):
		self.store = store
		self.poster = poster

	def add(
		self,
		customer: str,
		person: str,
		company: str,
		evidence: Evidence,
		emails: list[str],
		phones: list[str],
		is_vouched: bool = False,
	) -> Document:
		"""Write e-mails and phones that `evidence` lacks, and remember them there.

		:param company: name of the person's company, which has no other place
		:param is_vouched: the shop itself says them of the customer's account, so they may go into the customer's own
		"""
		known = (evidence.own if is_vouched else "") or evidence.later
		if known:
			contact = self.poster.stored(CONTACT, known)
			self._append(contact, emails, phones)
			self.poster.save(contact)
		else:
			contact = self.poster.new(self._values(customer, person, company, is_first=not evidence.any))
			self._append(contact, emails, phones)
			wanted = f"{full_name_of(contact)}-{customer}"
			self.poster.insert(contact, name_instead_of(CONTACT, wanted))
			if contact.is_primary_contact:
				evidence.own = contact.name
			else:
				evidence.later = contact.name
			evidence.any, evidence.has_primary = True, evidence.has_primary or bool(evidence.own)
		evidence.add(emails, phones)
		return contact

	def _values(self, customer: str, person: str, company: str, is_first: bool) -> dict:
		first, middle, last = parse_full_name(person)
		return {
			"doctype": CONTACT,
			"first_name": first,
			"middle_name": middle,
			"last_name": last,
			"company_name": plain(company),
			"is_primary_contact": int(is_first),
			"woo_store": self.store,
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}

	def _append(self, contact: Document, emails: list[str], phones: list[str]) -> None:
		"""Add rows; the first of each kind is the primary one, as ERPNext's quick entry has it."""
		run = self.poster.run_id
		for email in emails:
			is_primary = not any(row.is_primary for row in contact.email_ids)
			contact.append("email_ids", {"email_id": email, "is_primary": int(is_primary), "woo_run": run})
		for phone in phones:
			is_primary = not any(row.is_primary_mobile_no for row in contact.phone_nos)
			values = {"phone": phone, "is_primary_mobile_no": int(is_primary), "woo_run": run}
			contact.append("phone_nos", values)


def full_name_of(contact: Document) -> str:
	return get_full_name(contact.first_name, contact.middle_name, contact.last_name, contact.company_name)


def _digits(phone: str) -> str:
	"""The digits of a number without the zeros that stand for a country or a trunk."""
	return "".join(digit for digit in ascii_digits(phone) if digit.isdigit()).lstrip("0")
