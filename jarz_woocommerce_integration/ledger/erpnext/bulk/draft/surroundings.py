"""What the books have of the customers and items of one page: a fixed number of queries, whatever its size."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import frappe
from frappe.utils import getdate

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import currency_of_entries

# By what one customer, or one item, differs from another of its kind. All other columns are the kind.
_WHO_A_CUSTOMER_IS = frozenset(
	"name creation modified modified_by owner idx naming_series customer_name customer_type territory tax_id email_id"
	" mobile_no customer_primary_contact customer_primary_address primary_address image website customer_details gender"
	" salutation lead_name opportunity_name prospect_name market_segment industry first_name last_name"
	" _user_tags _comments _assign _liked_by _seen".split()
)
_WHICH_AN_ITEM_IS = frozenset(
	"name creation modified modified_by owner idx naming_series item_code item_name description image standard_rate"
	" valuation_rate last_purchase_rate opening_stock total_projected_qty safety_stock brand variant_of end_of_life"
	" weight_per_unit weight_uom shelf_life_in_days warranty_period max_discount customs_tariff_number country_of_origin"
	" _user_tags _comments _assign _liked_by _seen".split()
)
# `woo_` in the column's name keeps it out of the kind.
_CUSTOMERS = """
SELECT customer.*, {currency} AS woo_currency_of_entries FROM `tabCustomer` customer WHERE customer.name IN %(names)s
"""
_CUSTOMER_ROWS = """
SELECT parent FROM `tabParty Account` WHERE parenttype = 'Customer' AND parent IN %(names)s
UNION SELECT parent FROM `tabCustomer Credit Limit` WHERE parenttype = 'Customer' AND parent IN %(names)s
UNION SELECT parent FROM `tabSales Team` WHERE parenttype = 'Customer' AND parent IN %(names)s
UNION SELECT parent FROM `tabAllowed To Transact With` WHERE parenttype = 'Customer' AND parent IN %(names)s
"""
_CONTACTS = """
SELECT link.link_name AS customer, contact.name, contact.full_name, contact.email_id, contact.mobile_no,
	contact.is_primary_contact
FROM `tabDynamic Link` link JOIN `tabContact` contact ON contact.name = link.parent
WHERE link.link_doctype = 'Customer' AND link.parenttype = 'Contact' AND link.link_name IN %s
"""
_ADDRESSES = """
SELECT link.link_name AS link_customer, address.* FROM `tabDynamic Link` link JOIN `tabAddress` address ON address.name = link.parent
WHERE link.link_doctype = 'Customer' AND link.parenttype = 'Address' AND link.link_name IN %s
"""
# ERPNext writes the barcode of an item that has one alone into its lines. Brands with defaults of their own are kinds.
_ITEMS = """
SELECT item.*,
	(SELECT min(barcode) FROM `tabItem Barcode` WHERE parent = item.name HAVING count(*) = 1) AS woo_barcode,
	IF(EXISTS (SELECT 1 FROM `tabItem Default` preset WHERE preset.parenttype = 'Brand' AND preset.parent = item.brand),
		item.brand, NULL) AS brand_with_defaults
FROM `tabItem` item WHERE item.name IN %s
"""
_ITEM_DEFAULTS = """
SELECT parent, income_account, default_warehouse, buying_cost_center, selling_cost_center, expense_account,
	default_price_list, default_discount_account, deferred_revenue_account
FROM `tabItem Default` WHERE parenttype = 'Item' AND company = %s AND parent IN %s ORDER BY parent, idx
"""
_NO_DEFAULTS = (None,) * 8
_ITEM_ROWS = """
SELECT parent, 'tax' AS kind FROM `tabItem Tax` WHERE parenttype = 'Item' AND parent IN %(names)s
UNION SELECT item.name, 'tax' FROM `tabItem` item JOIN `tabItem Tax` tax ON tax.parenttype = 'Item' AND tax.parent = item.variant_of
	WHERE item.name IN %(names)s
UNION SELECT item_code, 'bin' FROM `tabBin` WHERE item_code IN %(names)s
UNION SELECT parent, 'customer' FROM `tabItem Customer Detail` WHERE parenttype = 'Item' AND parent IN %(names)s
"""
# Groups with taxes of their own, by date and net rate, and all groups below them (`_get_item_tax_template`).
_TAXED_GROUPS = """
SELECT below.name FROM `tabItem Tax` tax
JOIN `tabItem Group` taxed ON taxed.name = tax.parent AND tax.parenttype = 'Item Group'
JOIN `tabItem Group` below ON below.lft >= taxed.lft AND below.rgt <= taxed.rgt
"""


@dataclass(slots=True)
class Party:
	"""A customer, with contact and addresses as ERPNext finds them.

	:ivar kind: the same for all whom ERPNext treats alike
	"""

	row: dict
	kind: str
	contact: dict | None
	addresses: dict[str, dict]
	displays: dict[str, str] = field(default_factory=dict)

	def display(self, address: str | None) -> str | None:
		"""An address as it stands on an invoice."""
		if not address:
			return None
		if address not in self.addresses:
			raise NeedsDocumentsError("an address that isn't the customer's")
		if address not in self.displays:
			self.displays[address] = display_of(self.addresses[address])
		return self.displays[address]

	def check_currency(self, account_currency: str) -> None:
		""":raises NeedsDocumentsError: ERPNext would refuse the entry (`validate_party_gle_currency`)"""
		if self.row["woo_currency_of_entries"] not in (None, account_currency):
			raise NeedsDocumentsError("a customer whose entries are in another currency")

	def billing(self, address: str | None) -> str | None:
		"""Where the order says the bill goes, else where ERPNext's `get_default_address` would have it go."""
		enabled = self._enabled()
		if address or not enabled:
			return address
		found = [name for name, row in enabled.items() if row["is_primary_address"]] or list(enabled)
		if len(found) > 1:
			raise NeedsDocumentsError("an order without an address, of a customer who has several")
		return found[0]

	def shipping(self, address: str | None) -> str | None:
		"""Where the order says it goes, else where ERPNext's `get_party_shipping_address` would have it go."""
		if address:
			return address
		enabled = self._enabled()
		flagged = [name for name, row in enabled.items() if row["is_shipping_address"]]
		if len(flagged) > 1:
			raise NeedsDocumentsError("a customer with several shipping addresses")
		if flagged:
			return flagged[0]
		typed = [name for name, row in enabled.items() if row["address_type"] == "Shipping"]
		return typed[0] if len(typed) == 1 else None

	def _enabled(self) -> dict[str, dict]:
		"""ERPNext takes no other for an order that names none; an order may name any."""
		return {name: row for name, row in self.addresses.items() if not row["disabled"]}


@dataclass(slots=True)
class Item:
	"""
	:ivar kind: the same for all that ERPNext treats alike
	:ivar income_account: that its Item Default names for the company, None for none
	"""

	row: dict
	kind: str
	income_account: str | None

	def check_discount(self, percentage: float) -> None:
		""":raises NeedsDocumentsError: ERPNext would refuse it (`validate_max_discount`)"""
		if self.row["max_discount"] and percentage > self.row["max_discount"]:
			raise NeedsDocumentsError("a discount above the item's maximum")

	def check_account(self, account: str, default: str | None) -> None:
		"""
		:param default: the company's own income account
		:raises NeedsDocumentsError: ERPNext writes the account into the item (`set_default_income_account_for_item`)
		"""
		if account != default and not self.income_account:
			raise NeedsDocumentsError("an item whose default income account is set by this order")


class Surroundings:
	"""Customers and items by their names."""

	def __init__(self, company: str, customers: Iterable[str], items: Iterable[str]):
		self.parties = _read_parties(company, sorted(set(customers)))
		self.items = _read_items(company, sorted(set(items)))

	def party(self, name: str) -> Party:
		""":raises NeedsDocumentsError: the customer is one for whom ERPNext does something of its own"""
		party = self.parties.get(name)
		if party is None:
			raise NeedsDocumentsError("a customer that is written otherwise or has terms of its own")
		if party.row["disabled"] or party.row["is_frozen"]:
			raise NeedsDocumentsError("a customer who is disabled or frozen")
		return party

	def item(self, code: str | None) -> Item | None:
		if not code:
			return None
		item = self.items.get(code)
		if item is None:
			raise NeedsDocumentsError("an item that is written otherwise, or has stock or taxes of its own")
		if item.row["disabled"] or not item.row["is_sales_item"] or item.row["has_variants"]:
			raise NeedsDocumentsError("an item that isn't sold")
		if item.row["enable_deferred_revenue"]:
			raise NeedsDocumentsError("an item of deferred revenue")
		if item.row["end_of_life"] and getdate(item.row["end_of_life"]) <= getdate():
			raise NeedsDocumentsError("an item at its end of life")
		return item


def _read_parties(company: str, names: list[str]) -> dict[str, Party]:
	if not names:
		return {}
	special = set(frappe.db.sql(_CUSTOMER_ROWS, {"names": names}, pluck=True))
	contacts: dict[str, list] = {}
	for row in frappe.db.sql(_CONTACTS, (names,), as_dict=True):
		contacts.setdefault(row.customer, []).append(row)
	addresses: dict[str, dict] = {}
	for row in frappe.db.sql(_ADDRESSES, (names,), as_dict=True):
		addresses.setdefault(row.link_customer, {})[row.name] = row
	parties = {}
	query = _CUSTOMERS.format(currency=currency_of_entries())
	for row in frappe.db.sql(query, {"company": company, "names": names}, as_dict=True):
		own = addresses.get(row.name, {})
		contact = _default_contact(contacts.get(row.name, []))
		if row.name in special or contact is False or any(each.get("tax_category") for each in own.values()):
			continue
		if row.get("tax_withholding_category"):
			continue  # what is withheld depends on what they bought before
		parties[row.name] = Party(row, _kind(row, _WHO_A_CUSTOMER_IS), contact, own)
	return parties


def _default_contact(contacts: list) -> dict | None | Literal[False]:
	"""As `get_default_contact`, False where it depends on the order in which the database gives them."""
	if len(contacts) <= 1:
		return contacts[0] if contacts else None
	primary = [contact for contact in contacts if contact.is_primary_contact]
	return primary[0] if len(primary) == 1 else False


def _read_items(company: str, codes: list[str]) -> dict[str, Item]:
	if not codes:
		return {}
	special: dict[str, set[str]] = {}
	for code, kind in frappe.db.sql(_ITEM_ROWS, {"names": codes}):
		special.setdefault(code, set()).add(kind)
	defaults: dict[str, tuple] = {}
	for code, *values in frappe.db.sql(_ITEM_DEFAULTS, (company, codes)):
		defaults.setdefault(code, tuple(value or None for value in values))
	taxed_groups = set(frappe.db.sql(_TAXED_GROUPS, pluck=True))
	items = {}
	for row in frappe.db.sql(_ITEMS, (codes,), as_dict=True):
		# What an item of stock costs is asked of its stock, its item and its prices, row by row.
		if special.get(row.name) or row.is_stock_item or row.item_group in taxed_groups:
			continue
		account, *others = defaults.get(row.name, _NO_DEFAULTS)
		# The account is the order's own. Without the others a row is as good as none.
		items[row.name] = Item(row, _kind(row, _WHICH_AN_ITEM_IS, others), account)
	return items


def _kind(row: dict, who: frozenset[str], more=()) -> str:
	values = [
		(column, str(value))
		for column, value in sorted(row.items())
		if column not in who and not column.startswith("woo_")
	]
	return hashlib.blake2b(repr((values, more)).encode(), digest_size=8).hexdigest()


def display_of(address: dict) -> str:
	"""`render_address` without its questions for the template, which a page's addresses share."""
	template = _template_of(address["country"])
	return frappe.render_template(template, address)


def _template_of(country: str) -> str:
	templates = compat.known_in_process("woo_bulk_templates")
	if country not in templates:
		found = frappe.db.get_value(
			"Address Template", {"country": country}, "template"
		) or frappe.db.get_value("Address Template", {"is_default": 1}, "template")
		if not found:
			raise NeedsDocumentsError("no template for an address")
		templates[country] = found
	return templates[country]
