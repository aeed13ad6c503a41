"""Customers, addresses, items and territories of the SQLite ledger: made by runs, or loaded from the merchant's lists.

What is there already is never made twice and never overwritten by another source.
"""

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable, Sequence

from jarz_woocommerce_integration.exceptions import LedgerError, MasterDataError
from jarz_woocommerce_integration.ledger.checks import is_to_be_booked
from jarz_woocommerce_integration.ledger.sqlite.values import storable
from jarz_woocommerce_integration.translation.drafts import CustomerDraft, ItemDraft, OrderDraft, Outcome
from jarz_woocommerce_integration.translation.lookups import KnownCustomer, KnownItem, Territory
from jarz_woocommerce_integration.translation.unforeseen import describe

logger = logging.getLogger(__name__)

_DECIDED = "SELECT customer FROM pending_decision WHERE order_id = ? AND payload_hash = ?"

_OWNER = "SELECT customer FROM customer WHERE store_customer_id = ?"

_REMEMBER_DECISION = """
INSERT OR REPLACE INTO pending_decision
	(order_id, payload_hash, customer, outcome, evidence, candidates, ambiguous, note)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""

_IS_UNUSED = """
SELECT 1 FROM customer WHERE customer = ?1 AND source = 'run'
	AND NOT EXISTS (SELECT 1 FROM invoice WHERE invoice.customer = ?1)
	AND NOT EXISTS (SELECT 1 FROM pending_decision WHERE pending_decision.customer = ?1)
"""

_ADD_CUSTOMER = """
INSERT INTO customer (customer, customer_name, store_customer_id, phone_text, company, made_as, contact_name, tax_id,
	source)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'run')
ON CONFLICT (customer) DO NOTHING
"""

_ADD_TAX_ID = "UPDATE customer SET tax_id = ? WHERE customer = ? AND tax_id = ''"

_LINK_CUSTOMER = """
UPDATE OR IGNORE customer SET store_customer_id = ? WHERE customer = ? AND store_customer_id IS NULL
"""

_ADD_EVIDENCE = """
INSERT INTO customer_evidence (kind, value, customer, is_own) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, value, customer) DO UPDATE SET is_own = max(is_own, excluded.is_own)
"""

_ADDRESS = (
	*("signature", "kind", "name", "company", "line_1", "line_2", "city", "state", "postcode", "country"),
	*("territory", "territory_code", "phone", "email"),
)
_ADD_ADDRESS = (
	f"INSERT OR IGNORE INTO address (customer, {', '.join(_ADDRESS)}) VALUES (?{', ?' * len(_ADDRESS)})"
)

_ADD_ITEM = """
INSERT OR IGNORE INTO item (item_code, item_name, product_id, variation_id, sku, source)
VALUES (?, ?, ?, ?, ?, 'run')
"""

_LOAD_ITEM = """
INSERT INTO item (item_code, item_name, product_id, variation_id, sku, has_variants, source)
VALUES (:code, :name, :product_id, :variation_id, :sku, :has_variants, 'loaded')
ON CONFLICT (item_code) DO UPDATE SET item_name = excluded.item_name, product_id = excluded.product_id,
	variation_id = excluded.variation_id, sku = excluded.sku, has_variants = excluded.has_variants
WHERE source = 'loaded'
"""

_LOAD_CUSTOMER = """
INSERT INTO customer (customer, customer_name, store_customer_id, is_foreign, source)
VALUES (:key, :name, :store_customer_id, :is_foreign, 'loaded')
ON CONFLICT (customer) DO UPDATE SET customer_name = excluded.customer_name,
	is_foreign = min(excluded.is_foreign, is_foreign),
	store_customer_id = coalesce(excluded.store_customer_id, store_customer_id)
WHERE source = 'loaded'
"""

_LOAD_TERRITORY = """
INSERT INTO territory (territory, code, labels) VALUES (?, ?, ?)
ON CONFLICT (territory) DO UPDATE SET code = excluded.code, labels = excluded.labels
"""


def create_masters(connection: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
	"""Make what the drafts of a page need. Runs in the caller's transaction."""
	for outcome in outcomes:
		if is_to_be_booked(outcome):
			connection.execute("SAVEPOINT masters")
			try:
				_create_for(connection, outcome, outcome.translation)  # type: ignore[arg-type]  # `is_to_be_booked`: it is a draft
			except (sqlite3.Error, LedgerError):
				raise
			except Exception as error:
				# Booking this order fails, for the same reason or for its customer is missing, and says so.
				logger.warning("Masters of order %s: %s", outcome.order.order_id, describe(error))
				connection.execute("ROLLBACK TO masters")
			connection.execute("RELEASE masters")


def _create_for(connection: sqlite3.Connection, outcome: Outcome, draft: OrderDraft) -> None:
	order = outcome.order
	decided = connection.execute(_DECIDED, (order.order_id, order.payload_hash)).fetchone()
	if decided:
		# A run was killed between here and book_page. What it decided stands: its own new customers now look like
		# known ones, so the same order would be decided otherwise than in a run that wasn't killed.
		customer = decided["customer"]
	else:
		customer = _owner_of_account(connection, draft.customer) or draft.customer.key
		decision = (order.order_id, order.payload_hash, customer, *decision_columns(draft.customer))
		connection.execute(_REMEMBER_DECISION, decision)
	if customer == draft.customer.key:
		_ensure_customer(connection, draft.customer)
	for address in (draft.billing, draft.shipping):
		if address:
			columns = (getattr(address, name) for name in _ADDRESS)
			connection.execute(_ADD_ADDRESS, (customer, *columns))
	for item in draft.items:
		_ensure_item(connection, item)


def forget_unused(connection: sqlite3.Connection, customers: Iterable[str]) -> None:
	"""Remove customers that were made for orders which weren't booked, unless anything else is theirs."""
	for customer in customers:
		if connection.execute(_IS_UNUSED, (customer,)).fetchone():
			for table in ("address", "customer_evidence", "customer"):
				connection.execute(f"DELETE FROM {table} WHERE customer = ?", (customer,))


def _owner_of_account(connection: sqlite3.Connection, customer: CustomerDraft) -> str | None:
	"""Who has the store's account of a customer that looked new: another worker may have made them since."""
	if customer.decision.outcome != "new" or not customer.store_customer_id:
		return None
	owner = connection.execute(_OWNER, (customer.store_customer_id,)).fetchone()
	return owner["customer"] if owner else None


def decision_columns(customer: CustomerDraft) -> tuple:
	"""outcome, evidence, candidates, ambiguous, note"""
	decision = customer.decision
	return (
		decision.outcome,
		decision.evidence,
		json.dumps(decision.candidates, ensure_ascii=False),
		decision.ambiguous,
		decision.note,
	)


def _ensure_customer(connection: sqlite3.Connection, customer: CustomerDraft) -> None:
	new_account = customer.store_customer_id if customer.decision.outcome == "new" else None
	texts = (customer.phone_text, customer.company, customer.company if customer.is_company else "")
	columns = (customer.key, customer.name, new_account, *texts, customer.person, customer.tax_id)
	is_new = connection.execute(_ADD_CUSTOMER, columns).rowcount > 0
	if customer.decision.outcome != "new" and customer.tax_id:
		connection.execute(_ADD_TAX_ID, (customer.tax_id, customer.key))
	if customer.decision.outcome == "linked" and customer.store_customer_id:
		connection.execute(_LINK_CUSTOMER, (customer.store_customer_id, customer.key))
	own_emails = ([customer.own_email] if customer.own_email else customer.emails) if is_new else ()
	_add_evidence(connection, customer.key, customer.emails, customer.phones, own_emails)


def _add_evidence(
	connection: sqlite3.Connection,
	key: str,
	emails: Iterable[str],
	phones: Iterable[str],
	own_emails: Collection[str],
) -> None:
	evidence = {email: 0 for email in emails} | {email: 1 for email in own_emails}
	connection.executemany(
		_ADD_EVIDENCE, [("email", email, key, is_own) for email, is_own in evidence.items()]
	)
	connection.executemany(_ADD_EVIDENCE, [("phone", phone, key, 0) for phone in phones])


def _ensure_item(connection: sqlite3.Connection, item: ItemDraft) -> None:
	connection.execute(_ADD_ITEM, (item.code, item.name, item.product_id, item.variation_id, item.sku))


# --- the merchant's lists ----------------------------------------------------------------------


def load_items(connection: sqlite3.Connection, items: Iterable[KnownItem]) -> int:
	""":raises MasterDataError: two items of the list are the same product of the store"""
	count = 0
	for item in items:
		product_id, variation_id = item.product_id, item.variation_id
		if product_id and _made_by_a_run(connection, item):
			product_id = variation_id = 0
		values = {
			"code": storable(item.code),
			"name": storable(item.name),
			"product_id": product_id,
			"variation_id": variation_id,
			"sku": storable(item.sku),
			"has_variants": item.has_variants,
		}
		try:
			connection.execute(_LOAD_ITEM, values)
		except sqlite3.IntegrityError:
			raise MasterDataError(
				f"Item {item.code} has product {product_id}, variation {variation_id} of the store,"
				" and so has another item of the ledger.",
				"Give the product to one of them only.",
			) from None
		count += 1
	return count


def _made_by_a_run(connection: sqlite3.Connection, item: KnownItem) -> bool:
	"""Whether a run made an item of another code for this product: orders are booked with it, so it keeps the product."""
	query = (
		"SELECT 1 FROM item WHERE product_id = ? AND variation_id = ? AND product_id > 0"
		" AND source = 'run' AND item_code <> ?"
	)
	return bool(connection.execute(query, (item.product_id, item.variation_id, item.code)).fetchone())


def load_customers(connection: sqlite3.Connection, customers: Iterable[KnownCustomer]) -> int:
	""":raises MasterDataError: two customers of the list have one account of the store"""
	count = 0
	for customer in customers:
		account = customer.store_customer_id or None
		owner = connection.execute(
			"SELECT source FROM customer WHERE store_customer_id = ? AND customer <> ?",
			(account, customer.key),
		).fetchone()
		if owner and owner["source"] == "loaded":
			raise MasterDataError(
				f"Customer {customer.key} has the store's account {account}, and so has another customer.",
				"Give the account to one of them only.",
			)
		values = {
			"key": customer.key,
			"name": customer.name,
			"store_customer_id": None if owner else account,
			"is_foreign": customer.is_foreign,
		}
		connection.execute(_LOAD_CUSTOMER, values)
		_add_evidence(
			connection, customer.key, sorted(customer.emails), sorted(customer.phones), customer.own_emails
		)
		count += 1
	return count


def load_territories(connection: sqlite3.Connection, territories: Iterable[Territory]) -> int:
	count = 0
	for territory in territories:
		labels = json.dumps(territory.labels, ensure_ascii=False)
		connection.execute(_LOAD_TERRITORY, (territory.name, territory.code, labels))
		count += 1
	return count
