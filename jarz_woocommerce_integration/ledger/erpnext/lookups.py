"""What ERPNext knows for the keys of one page: six queries, whatever the page's size, and one for each DocType that mapped
fields link to.

Several ways to find one thing are a UNION each, so that every way takes its own index. Lists of keys are parameters.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

from jarz_woocommerce_integration.ledger.erpnext.masters.customer_records import MAIN
from jarz_woocommerce_integration.ledger.erpnext.masters.phones import spellings
from jarz_woocommerce_integration.ledger.erpnext.values import exact
from jarz_woocommerce_integration.translation.customers.phones import normalise_phone
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import (
	KnownCustomer,
	KnownItem,
	KnownOrder,
	LookupKeys,
	Lookups,
	Resolution,
	ResolutionKind,
	Territory,
)

INVOICE_STATUS = {0: "Draft", 1: "Submitted", 2: "Cancelled"}

# The country in which a phone without a country code is meant, as ERPNext's own users write them.
HOME = """
SELECT coalesce(nullif(store.phone_country, ''), country.code, '') AS country
FROM `tabWooCommerce Store` store
LEFT JOIN `tabCompany` company ON company.name = store.company
LEFT JOIN `tabCountry` country ON country.name = company.country
WHERE store.name = %(store)s
"""
# A row without a state was only claimed, by a page that is being booked.
ORDERS = f"""
SELECT map.woo_order_id AS order_id, map.state, map.payload_hash, map.policy_hash, map.fingerprint, map.payment_entry,
	map.resolution, CAST(map.resolution_amount AS CHAR) AS resolution_amount,
	invoice.name AS invoice, invoice.docstatus, invoice.is_pos, invoice.paid_amount,
	customer.name AS customer, customer.woo_customer_key
FROM `tabWooCommerce Order Map` map
LEFT JOIN `tabSales Invoice` invoice ON invoice.name = map.sales_invoice
LEFT JOIN `tabCustomer` record ON record.name = map.customer
LEFT JOIN `tabCustomer` customer ON customer.name = {MAIN.format(customer="record")}
WHERE map.store = %(store)s AND map.woo_order_id IN %(order_ids)s AND map.state <> ''
"""
REFUNDS = """
SELECT map.woo_order_id AS order_id, note.refund_id
FROM `tabWooCommerce Order Map` map
JOIN `tabWooCommerce Order Map Credit Note` note ON note.parent = map.name
WHERE map.store = %(store)s AND map.woo_order_id IN %(order_ids)s
"""
# A person with records in several currencies is found once, by all of their records. Straight, because the database guesses more of the union than there is, and would rather read all customers.
CUSTOMERS = f"""
SELECT DISTINCT customer.name, customer.customer_name, customer.woo_store, customer.woo_customer_id, customer.woo_customer_key,
	customer.woo_company, customer.tax_id, customer.email_id, customer.mobile_no, customer.woo_split_from
FROM (
	SELECT name FROM `tabCustomer` WHERE woo_store = %(store)s AND woo_customer_id IN %(store_customer_ids)s
	UNION
	SELECT name FROM `tabCustomer` WHERE email_id IN %(emails)s
	UNION
	SELECT name FROM `tabCustomer` WHERE mobile_no IN %(phones)s
	UNION
	SELECT link.link_name FROM `tabContact Email` email
	JOIN `tabDynamic Link` link ON link.parent = email.parent
	WHERE email.email_id IN %(emails)s AND link.parenttype = 'Contact' AND link.link_doctype = 'Customer'
	UNION
	SELECT link.link_name FROM `tabContact Phone` phone
	JOIN `tabDynamic Link` link ON link.parent = phone.parent
	WHERE phone.phone IN %(phones)s AND link.parenttype = 'Contact' AND link.link_doctype = 'Customer'
	UNION
	SELECT customer FROM `tabWooCommerce Order Map` WHERE store = %(store)s AND woo_order_id IN %(order_ids)s
) found
STRAIGHT_JOIN `tabCustomer` record ON record.name = found.name
STRAIGHT_JOIN `tabCustomer` customer ON customer.name = {MAIN.format(customer="record")}
WHERE customer.disabled = 0
"""
_RECORDS = """(
	SELECT name, name AS main FROM `tabCustomer` WHERE name IN %(customers)s
	UNION
	SELECT other.name, own.name FROM `tabCustomer` own STRAIGHT_JOIN `tabCustomer` other ON other.woo_main_customer = own.name
	WHERE own.name IN %(customers)s
)"""
# The e-mails of a primary contact are the customer's own; orders never add to it.
# With the accounts of this store that a person's records have, and whether one of them was made from it.
EVIDENCE = f"""
SELECT record.main AS customer, email.email_id AS email, '' AS phone, contact.is_primary_contact AS is_own,
	0 AS account, 0 AS is_of_store
FROM {_RECORDS} record
STRAIGHT_JOIN `tabDynamic Link` link ON link.link_name = record.name
JOIN `tabContact Email` email ON email.parent = link.parent
JOIN `tabContact` contact ON contact.name = link.parent
WHERE link.link_doctype = 'Customer' AND link.parenttype = 'Contact'
UNION
SELECT record.main, '', phone.phone, 0, 0, 0
FROM {_RECORDS} record
STRAIGHT_JOIN `tabDynamic Link` link ON link.link_name = record.name
JOIN `tabContact Phone` phone ON phone.parent = link.parent
WHERE link.link_doctype = 'Customer' AND link.parenttype = 'Contact'
UNION
SELECT record.main, '', '', 0, IF(customer.woo_store = %(store)s, coalesce(customer.woo_customer_id, 0), 0),
	coalesce(left(customer.woo_customer_key, char_length(%(prefix)s)) = %(prefix)s, 0)
FROM {_RECORDS} record
STRAIGHT_JOIN `tabCustomer` customer ON customer.name = record.name
"""
# An item that is found by its code may be linked to a product that nobody asked for.
ITEMS = """
SELECT item.name AS code, item.item_name, item.has_variants, link.product_id, link.variation_id, link.sku, 1 AS is_link,
	0 AS is_product
FROM `tabWooCommerce Item Link` link
JOIN `tabItem` item ON item.name = link.item
WHERE link.store = %(store)s AND link.product_id IN %(product_ids)s AND item.disabled = 0
UNION
SELECT item.name, item.item_name, item.has_variants, link.product_id, link.variation_id, link.sku, 1, 0
FROM `tabWooCommerce Item Link` link
JOIN `tabItem` item ON item.name = link.item
WHERE link.store = %(store)s AND link.sku IN %(skus)s AND item.disabled = 0
UNION
SELECT item.name, item.item_name, item.has_variants, 0, 0, '', 0, EXISTS (
	SELECT 1 FROM `tabWooCommerce Item Link` link
	WHERE link.item = item.name AND link.store = %(store)s AND link.product_id > 0
)
FROM `tabItem` item WHERE item.item_code IN %(codes)s AND item.disabled = 0
"""
TERRITORIES = "SELECT name, custom_woo_code FROM `tabTerritory` ORDER BY name"


def read_lookups(store: str, keys: LookupKeys) -> Lookups:
	"""All that is known for `keys`. Customers come with all their evidence, whichever of it they were found by."""
	lookups = Lookups()
	_read_orders(store, keys, lookups)
	_read_customers(store, keys, lookups)
	lookups.add_items(_read_items(store, keys))
	for doctype in sorted({doctype for doctype, _name in keys.links}):
		names = [name for linked, name in keys.links if linked == doctype]
		for name in frappe.get_all(doctype, {"name": ("in", names)}, pluck="name"):
			lookups.add_link(doctype, name)
	return lookups


def read_territories() -> list[Territory]:
	return [Territory(row.name, row.custom_woo_code or "") for row in _rows(TERRITORIES)]


# --- orders ------------------------------------------------------------------------------------


def _read_orders(store: str, keys: LookupKeys, lookups: Lookups) -> None:
	values = {"store": store, "order_ids": _listed(keys.order_ids)}
	refunds: dict[int, set[int]] = {}
	for row in _rows(REFUNDS, values):
		refunds.setdefault(row.order_id, set()).add(row.refund_id)
	for row in _rows(ORDERS, values):
		lookups.orders[row.order_id] = KnownOrder(
			order_id=row.order_id,
			state=OrderState(row.state),
			payload_hash=row.payload_hash or "",
			policy_hash=row.policy_hash or "",
			invoice=row.invoice or "",
			invoice_status=INVOICE_STATUS.get(row.docstatus, ""),
			fingerprint=row.fingerprint or "",
			paid=bool(row.payment_entry or (row.is_pos and row.paid_amount)),
			refund_ids=frozenset(refunds.get(row.order_id, ())),
			customer_key=_key(store, row.customer or "", row.woo_customer_key),
			resolution=resolution_of(row),
		)


def resolution_of(row) -> Resolution | None:
	"""What a person has decided about an order, from a row of the Order Map with `resolution` and `resolution_amount`."""
	if not row.resolution:
		return None
	return Resolution(ResolutionKind(row.resolution), exact(row.resolution_amount))


def _key(store: str, name: str, full_key: str | None) -> str:
	"""What a store calls a customer: the key that it was made with, else the Customer's name."""
	prefix = f"{store}:"
	return full_key.removeprefix(prefix) if full_key and full_key.startswith(prefix) else name


# --- customers ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Evidence:
	emails: set[str] = field(default_factory=set)
	own_emails: set[str] = field(default_factory=set)
	phones: set[str] = field(default_factory=set)
	accounts: set[int] = field(default_factory=set)
	is_of_store: bool = False

	def add(self, email: str | None, phone: str, is_own: bool) -> None:
		"""Each may be empty. :param is_own: the e-mail is the customer's own"""
		if email and (email := email.strip().casefold()):
			self.emails.add(email)
			if is_own:
				self.own_emails.add(email)
		if phone:
			self.phones.add(phone)


class _Phones:
	"""E.164 numbers and the ways in which people write them.

	:param home: the country (ISO) in which a number is written without its country code
	"""

	def __init__(self, numbers: Iterable[str], home: str):
		self.home = home
		self.numbers = {spelling: number for number in numbers for spelling in spellings(number, home)}

	def read(self, text: str | None) -> str:
		"""E.164, "" for what can't be read with certainty."""
		text = (text or "").strip()
		return self.numbers.get(text) or normalise_phone(text, self.home)


def _read_customers(store: str, keys: LookupKeys, lookups: Lookups) -> None:
	home = next((row.country for row in _rows(HOME, {"store": store})), "")
	phones = _Phones(keys.phones, home)
	values = {
		"store": store,
		"store_customer_ids": _listed(keys.store_customer_ids),
		"emails": _listed(keys.emails),
		"phones": _listed(phones.numbers),
		"order_ids": _listed(keys.order_ids),
	}
	customers = sorted(_rows(CUSTOMERS, values), key=lambda row: row.name)
	evidence = {row.name: _Evidence() for row in customers}
	asked = {"customers": _listed(evidence), "store": store, "prefix": f"{store}:"}
	for row in _rows(EVIDENCE, asked):
		known = evidence[row.customer]
		known.add(row.email, phones.read(row.phone), bool(row.is_own))
		known.accounts |= {row.account} - {0}
		known.is_of_store |= bool(row.is_of_store)
	for row in customers:
		known = evidence[row.name]
		known.add(row.email_id, phones.read(row.mobile_no), is_own=True)
		lookups.add_customer(customer := _customer(store, row, known))
		lookups.customers_by_store_id.update(dict.fromkeys(known.accounts, customer.key))


def _customer(store: str, row, evidence: _Evidence) -> KnownCustomer:
	own = row.woo_customer_id if row.woo_store == store else 0
	return KnownCustomer(
		key=_key(store, row.name, row.woo_customer_key),
		name=row.customer_name,
		store_customer_id=own or min(evidence.accounts, default=None),
		emails=frozenset(evidence.emails),
		phones=frozenset(evidence.phones),
		company=row.woo_company or "",
		tax_id=row.tax_id or "",
		own_emails=frozenset(evidence.own_emails),
		is_foreign=not (evidence.is_of_store or evidence.accounts),
		others=frozenset({row.woo_split_from} if row.woo_split_from else ()),
	)


# --- items -------------------------------------------------------------------------------------


def _read_items(store: str, keys: LookupKeys) -> list[KnownItem]:
	"""One for each product that an item is linked to, and for each SKU that is its code; sorted."""
	values = {
		"store": store,
		"product_ids": _listed(product_id for product_id, _variation_id in keys.products if product_id),
		"skus": _listed(keys.skus),
		"codes": _listed(keys.skus | keys.item_codes),
	}
	skus: dict[str, list[str]] = {}
	for sku in keys.skus:
		skus.setdefault(sku.casefold(), []).append(sku)
	found: set[KnownItem] = set()
	for row in _rows(ITEMS, values):
		found.update(_linked(row, keys, skus) if row.is_link else _by_code(row, skus))
	return sorted(found, key=lambda item: (item.code, item.product_id, item.variation_id, item.sku))


def _linked(row, keys: LookupKeys, skus: dict[str, list[str]]) -> list[KnownItem]:
	"""The item of a link, under each asked spelling of its SKU."""
	own = row.sku or ""
	asked = skus.get(own.casefold(), ())
	if not asked and (row.product_id, row.variation_id) not in keys.products:
		return []
	return [
		KnownItem(row.code, row.item_name, row.product_id, row.variation_id, sku, bool(row.has_variants))
		for sku in asked or (own,)
	]


def _by_code(row, skus: dict[str, list[str]]) -> list[KnownItem]:
	"""An item whose code is a SKU, unless it is a product of the store already and may be no other."""
	asked = () if row.is_product else skus.get(row.code.casefold(), ())
	return [
		KnownItem(row.code, row.item_name, sku=sku, has_variants=bool(row.has_variants))
		for sku in asked or ("",)
	]


# --- queries -----------------------------------------------------------------------------------


def _rows(query: str, values: dict | None = None) -> list:
	return frappe.db.sql(query, values or (), as_dict=True)


def _listed(keys: Iterable) -> tuple:
	"""`keys` as the parameter of an IN: NULL, which nothing equals, where there are none."""
	return tuple(sorted(set(keys))) or (None,)
