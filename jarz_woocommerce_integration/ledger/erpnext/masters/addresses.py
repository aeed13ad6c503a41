"""Addresses of customers: one for each place, never overwritten, found again by its signature (failure-modes 44, 45).

Only the order that makes a customer sets the preferred addresses. ERPNext takes one without a flag for the next
document, too, where none is preferred, but never a disabled one: so an address that would become somebody's default
is disabled. Its own invoice has it all the same.
"""

from collections.abc import Iterable
from functools import cached_property

import frappe
from frappe import _
from frappe.model.document import Document

from jarz_woocommerce_integration.ledger.erpnext.documents.posting import MasterWriter
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.texts import name_instead_of, plain, valid_email, valid_phone
from jarz_woocommerce_integration.translation.drafts import AddressDraft
from jarz_woocommerce_integration.translation.text import split_at_word

ADDRESS = "Address"
# The name's series, which Frappe keeps in a column of 100 characters, is the title with the type after it.
LONGEST_TITLE = 80
NOTHING = "-"

_BY_SIGNATURE = """
SELECT customer.name AS customer, address.woo_signature AS signature, min(address.name) AS name
FROM `tabAddress` address
JOIN `tabDynamic Link` link ON link.parent = address.name AND link.parenttype = 'Address' AND link.link_doctype = 'Customer'
JOIN `tabCustomer` customer ON customer.name = link.link_name
WHERE address.woo_signature IN %(signatures)s AND link.link_name IN %(customers)s
GROUP BY customer.name, address.woo_signature
"""
_PREFERRED = """
SELECT max(address.is_primary_address), max(address.is_shipping_address)
FROM `tabDynamic Link` link JOIN `tabAddress` address ON address.name = link.parent
WHERE link.parenttype = 'Address' AND link.link_doctype = 'Customer' AND link.link_name = %s AND address.disabled = 0
"""


def read_addresses(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
	"""(customer, signature) -> Address, of those that are there, in one query."""
	pairs = set(pairs)
	if not pairs:
		return {}
	values = {
		"customers": sorted({customer for customer, _signature in pairs}),
		"signatures": sorted({signature for _customer, signature in pairs}),
	}
	rows = frappe.db.sql(_BY_SIGNATURE, values, as_dict=True)
	return {(row.customer, row.signature): row.name for row in rows}


class Addresses:
	"""Makes the addresses of one store's customers."""

	def __init__(self, settings: BookSettings, poster: MasterWriter):
		self.settings = settings
		self.poster = poster
		self.countries = Countries(settings.company)
		self.known: dict[tuple[str, str], str] = {}
		self._preferred: dict[str, set[str]] = {}
		self._new: set[str] = set()

	def beside(self, poster: MasterWriter) -> "Addresses":
		"""A copy for another writer. Later changes in one aren't seen in the other."""
		other = Addresses(self.settings, poster)
		other.countries, other.known = self.countries, dict(self.known)
		return other

	def read(self, pairs: Iterable[tuple[str, str]]) -> None:
		self.known = read_addresses(pairs)
		self._preferred, self._new = {}, set()

	def welcome(self, customer: str) -> None:
		"""This customer was made just now, so has no addresses of other making."""
		self._preferred[customer] = set()
		self._new.add(customer)

	def add(
		self, customer: str, customer_name: str, drafts: Iterable[AddressDraft], is_ours: bool = True
	) -> Document | None:
		"""Make what is missing.

		:param is_ours: the customer was made from the store; no address becomes the default of another one
		:return: the Address that was made and is where bills go now, None for none
		"""
		is_new = customer in self._new
		self._new.discard(customer)
		missing = [draft for draft in drafts if (customer, draft.signature) not in self.known]
		kinds: dict[str, set[str]] = {}
		for draft in missing:
			kinds.setdefault(draft.signature, set()).add(draft.kind)
		billing = None
		for draft in missing:
			if (customer, draft.signature) in self.known:
				continue  # shipped to where the bill goes
			first = kinds[draft.signature] - self._preferred_kinds(customer) if is_new else set()
			document = self._document(customer, customer_name, draft)
			document.is_primary_address = int("Billing" in first)
			document.is_shipping_address = int("Shipping" in first)
			document.disabled = int(not is_new and (not is_ours or self._would_be_default(customer, draft)))
			wanted = f"{document.address_title}-{_(document.address_type)}"
			self.poster.insert(document, name_instead_of(ADDRESS, wanted))
			self.known[customer, draft.signature] = document.name
			if first:
				self._preferred[customer] |= first
			if "Billing" in first:
				billing = document
		return billing

	def _would_be_default(self, customer: str, draft: AddressDraft) -> bool:
		"""Whether ERPNext would take the address, without a flag, for the next document: of bills any, of parcels its kind."""
		return not {"Billing", draft.kind} <= self._preferred_kinds(customer)

	def _preferred_kinds(self, customer: str) -> set[str]:
		"""For what the customer has a preferred address. One may have thousands, so this is asked once a page."""
		if customer not in self._preferred:
			flags = frappe.db.sql(_PREFERRED, customer)[0]
			self._preferred[customer] = {
				kind for kind, flag in zip(("Billing", "Shipping"), flags, strict=True) if flag
			}
		return self._preferred[customer]

	def _document(self, customer: str, customer_name: str, draft: AddressDraft) -> Document:
		title = _full_title(draft, customer_name)
		country = self.countries.names.get(draft.country.casefold(), "")
		values = {
			"address_title": title,
			"city": draft.city or draft.state or country or self.countries.own,
			"state": draft.state,
			"pincode": draft.postcode,
		}
		cut = {field: plain(text, _length_of(field)) for field, text in values.items()}
		cut["address_title"] = title_of_address(draft, customer_name)
		lost = [text for field, text in values.items() if plain(text, len(text)) != cut[field]]
		if not country:
			lost.append(draft.country)
		line_1, line_2 = _two_lines(draft, lost)
		return self.poster.new(
			{
				"doctype": ADDRESS,
				"address_type": draft.kind,
				**cut,
				"address_line1": line_1 or cut["city"] or NOTHING,
				"address_line2": line_2,
				"country": country or self.countries.own,
				"phone": valid_phone(draft.phone),
				"email_id": valid_email(draft.email),
				"woo_signature": draft.signature,
				"woo_store": self.settings.store,
				"links": [{"link_doctype": "Customer", "link_name": customer}],
			}
		)


class Countries:
	"""The site's countries, read once. :param company: whose country an address without one is in"""

	def __init__(self, company: str):
		self.company = company

	@cached_property
	def names(self) -> dict[str, str]:
		"""ISO code or name, case-folded -> Country"""
		rows = frappe.get_all("Country", fields=["name", "code"])
		names = {row.name.casefold(): row.name for row in rows}
		return {**names, **{row.code.casefold(): row.name for row in rows if row.code}}

	@cached_property
	def own(self) -> str:
		return frappe.get_cached_value("Company", self.company, "country")


def title_of_address(draft: AddressDraft, customer_name: str) -> str:
	return plain(_full_title(draft, customer_name), LONGEST_TITLE)


def _full_title(draft: AddressDraft, customer_name: str) -> str:
	return ", ".join(filter(None, (draft.name, draft.company))) or customer_name


def _length_of(field: str) -> int:
	return frappe.get_meta(ADDRESS).get_field(field).length or 140


def _two_lines(draft: AddressDraft, lost: list[str]) -> tuple[str, str]:
	"""Both lines, with line 2 for what is too long for line 1 and for texts that other fields have to cut."""
	first = plain(draft.line_1, 10**6)
	second = plain(draft.line_2, 10**6)
	if not first:
		first, second = second, ""
	first, rest = split_at_word(first, _length_of("address_line1"))
	return first, plain(" ".join(filter(None, (rest, second, *lost))), _length_of("address_line2"))
