"""Customer records of the site, as far as making masters needs them.

ERPNext keeps all entries of one customer in the currency of one account. A person who buys in two currencies has two
records where each currency has an account of its own: the main record, which is found by e-mail, phone and account of
the store, and a further record, which is linked to it and is only booked to.

A record that was made from the store is linked in the same way to one that wasn't, when a person says that both are one
person (`services.desk.customer_links`): from then on orders are booked to the latter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import frappe

from jarz_woocommerce_integration.exceptions import BookingRefusedError
from jarz_woocommerce_integration.ledger.erpnext.documents.receivables import Receivable, currency_of_entries
from jarz_woocommerce_integration.ledger.erpnext.masters.contacts import Evidence, read_evidence
from jarz_woocommerce_integration.ledger.erpnext.settings import BookSettings
from jarz_woocommerce_integration.ledger.erpnext.values import storable
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import CustomerDraft

# The record by which a person is found: a further record leads to its main record.
MAIN = "coalesce(nullif({customer}.woo_main_customer, ''), {customer}.name)"

_PERSONS = f"""
SELECT {MAIN.format(customer="customer")} FROM `tabCustomer` customer WHERE woo_customer_key IN %(keys)s
UNION SELECT {MAIN.format(customer="customer")} FROM `tabCustomer` customer WHERE name IN %(names)s
UNION SELECT {MAIN.format(customer="customer")} FROM `tabCustomer` customer
	WHERE woo_customer_id IN %(accounts)s AND woo_store = %(store)s
"""
# The currency of a record's entries. Before the first one: that for which it was made, else that of orders which are
# about to be booked to it. Stores and the Order Map are asked of each decision, so that only its customer leads to it.
_CURRENCY = """
coalesce({of_entries}, nullif(customer.woo_account_currency, ''), (
	SELECT decision.currency FROM `tabWooCommerce Customer Decision` decision
	WHERE decision.customer = customer.name AND decision.currency <> ''
		AND (SELECT store.company FROM `tabWooCommerce Store` store WHERE store.name = decision.store) = %(company)s
		AND coalesce((SELECT map.state FROM `tabWooCommerce Order Map` map
			WHERE map.store = decision.store AND map.woo_order_id = decision.woo_order_id), '') IN ('', 'Synced')
	LIMIT 1
), '')
"""
_RECORDS = """
SELECT customer.name, customer.customer_name, customer.woo_store, customer.woo_customer_id, customer.woo_customer_key,
	customer.woo_phone_text, customer.woo_company, customer.tax_id, customer.email_id, customer.mobile_no,
	customer.customer_primary_contact, customer.customer_primary_address, customer.woo_main_customer,
	customer.woo_account_currency,
	{currency} AS account_currency
FROM (
	SELECT name FROM `tabCustomer` WHERE name IN %(persons)s
	UNION
	SELECT name FROM `tabCustomer` WHERE woo_main_customer IN %(persons)s
) found
STRAIGHT_JOIN `tabCustomer` customer ON customer.name = found.name
ORDER BY customer.creation, customer.name
"""


def is_same_person(one: str, other: str) -> bool:
	"""Whether two Customers, by their names, are records of one person."""
	if one == other:
		return True
	query = f"SELECT count(DISTINCT {MAIN.format(customer='customer')}) FROM `tabCustomer` customer WHERE name IN %s"
	return frappe.db.sql(query, ((one, other),))[0][0] == 1


@dataclass(slots=True)
class Record:
	"""A Customer as far as making masters needs it.

	:ivar ours: made from the store, so its first contact is ours, too
	:ivar main: name of the main record, "" where it is one itself
	:ivar currency: of all its entries, "" as long as it has none and is meant for none
	:ivar made_for: the currency for which it was made as a further record, "" where it wasn't
	:ivar company: the company that it was made as, "" for a person
	"""

	name: str
	customer_name: str
	account: int
	ours: bool
	phone_text: str = ""
	primary_contact: str = ""
	primary_address: str = ""
	evidence: Evidence = field(default_factory=Evidence)
	main: str = ""
	currency: str = ""
	made_for: str = ""
	company: str = ""
	tax_id: str = ""


class CustomerRecords:
	"""The records of a page's customers. :ivar settings: of the store"""

	def __init__(self, settings: BookSettings):
		self.settings = settings
		self._by_key: dict[str, Record] = {}
		self._by_name: dict[str, Record] = {}
		self._owners: dict[int, Record] = {}

	def _read_records(self, keys: Iterable[str], names: Iterable[str], accounts: Iterable[int]) -> list[str]:
		"""Read who has one of the keys, names and accounts, with all their records. :return: the records' names"""
		values = {
			"store": self.settings.store,
			"company": self.settings.company,
			"keys": sorted(keys) or [""],
			"names": sorted(names) or [""],
			"accounts": sorted(accounts) or [-1],
		}
		values["persons"] = frappe.db.sql(_PERSONS, values, pluck=True)
		query = _RECORDS.format(currency=_CURRENCY.format(of_entries=currency_of_entries()))
		rows = frappe.db.sql(query, values, as_dict=True) if values["persons"] else ()
		evidence = read_evidence(self.settings.store, [row.name for row in rows])
		self._by_key, self._by_name, self._owners = {}, {}, {}
		for row in rows:
			self._know(self._record(row, evidence[row.name]), row.woo_customer_key or "", row.woo_store)
		return [row.name for row in rows]

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
			main="" if row.woo_main_customer == row.name else row.woo_main_customer or "",
			currency=row.account_currency,
			made_for=row.woo_account_currency or "",
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

	def record_of(self, name: str) -> Record:
		"""The record of a Customer that is known to be there."""
		return self._by_name[name.casefold()]

	def find(self, customer: CustomerDraft) -> Record | None:
		"""The main record with a draft's key; only one that isn't new may be named by its own name."""
		record = self._by_key.get(self._full_key(customer.key).casefold())
		if record is None and customer.decision.outcome != "new":
			record = self.named(customer.key)
		return record

	def owner_of_account(self, customer: CustomerDraft) -> Record | None:
		"""Who has the store's account of a customer that looked new: another worker may have made them since."""
		if customer.decision.outcome != "new" or not customer.store_customer_id:
			return None
		return self._owners.get(customer.store_customer_id)

	# --- one currency a record ---

	def main_of(self, record: Record) -> Record:
		return (record.main and self.named(record.main)) or record

	def own_record(self, record: Record) -> Record:
		"""The main record of a person where it was made from the store, else the first one that was, else `record`."""
		main = self.main_of(record)
		return next((each for each in self.records_of(main) if each.ours), record)

	def records_of(self, main: Record) -> Iterator[Record]:
		"""All records of a person, the main record first."""
		yield main
		yield from (record for record in self._by_name.values() if self._is_further(record, main))

	def _is_further(self, record: Record, main: Record) -> bool:
		return record is not main and record.main.casefold() == main.name.casefold()

	def choose(
		self, main: Record, accepted: Sequence[Receivable]
	) -> tuple[Record, Receivable] | tuple[None, Receivable]:
		"""The record to which ERPNext lets an order be booked, and on which account; no record where one is to be made.

		:param accepted: the accounts that the order may be booked to (`Receivables.accepted`)
		:raises BookingRefusedError: one would be needed, and the store holds such orders
		"""
		for account in accepted:
			for record in self.records_of(main):
				if record.currency == account.currency and (record is main or record.made_for):
					return record, account
		account = accepted[0]
		if not main.currency:
			return main, account
		if not self.settings.further_records:
			raise BookingRefusedError(
				Sentence(
					"{0} has entries in {1}, and ERPNext keeps all entries of one customer in one currency."
					" This order is to be booked to {2}, which is in {3}.",
					main.name,
					main.currency,
					account.account,
					account.currency,
				),
				Sentence(
					"Choose Second Customer as Customer with Several Currencies in the store's form, or book all currencies to one"
					" receivable account in {0}. Then sync the order again.",
					self.settings.company_currency,
				),
				"customer_currency",
			)
		return None, account
