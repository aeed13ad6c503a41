"""What the SQLite ledger knows for the keys of one page: five queries, whatever the page's size.

Every list of keys is one parameter, read with `json_each`, so that SQLite's limit on variables is never met.
"""

import json
import sqlite3
from collections.abc import Iterable

from jarz_woocommerce_integration.ledger.sqlite.values import to_json_list
from jarz_woocommerce_integration.translation.drafts import OrderState
from jarz_woocommerce_integration.translation.lookups import (
	KnownCustomer,
	KnownItem,
	KnownOrder,
	LookupKeys,
	Lookups,
	Territory,
)
from jarz_woocommerce_integration.translation.text import fold_code

_ORDERS = """
SELECT order_map.order_id, state, payload_hash, policy_hash, coalesce(invoice.name, '') AS invoice,
	coalesce(invoice.status, '') AS invoice_status, coalesce(fingerprint, '') AS fingerprint,
	coalesce(invoice.customer, '') AS customer, payment.order_id IS NOT NULL AS paid
FROM order_map
LEFT JOIN invoice USING (order_id)
LEFT JOIN payment ON payment.order_id = order_map.order_id AND refund_id = 0
WHERE order_map.order_id IN (SELECT value FROM json_each(?))
"""

_REFUNDS = """
SELECT order_id, refund_id FROM credit_note WHERE order_id IN (SELECT value FROM json_each(?))
"""

_FOUND_CUSTOMERS = """
WITH found (customer) AS (
	SELECT customer FROM customer WHERE store_customer_id IN (SELECT value FROM json_each(:store_customer_ids))
	UNION
	SELECT customer FROM customer_evidence
	WHERE kind = 'email' AND value IN (SELECT value FROM json_each(:emails))
	UNION
	SELECT customer FROM customer_evidence
	WHERE kind = 'phone' AND value IN (SELECT value FROM json_each(:phones))
	UNION
	SELECT customer FROM invoice WHERE order_id IN (SELECT value FROM json_each(:order_ids))
)
"""

_CUSTOMERS = f"""{_FOUND_CUSTOMERS}
SELECT customer, customer_name, store_customer_id, made_as, tax_id, is_foreign
FROM found CROSS JOIN customer USING (customer)
ORDER BY customer
"""

_EVIDENCE = f"""{_FOUND_CUSTOMERS}
SELECT customer, kind, value, is_own FROM found CROSS JOIN customer_evidence USING (customer)
"""

_ITEMS = """
SELECT * FROM item WHERE sku <> '' AND lower(trim(sku)) IN (SELECT value FROM json_each(:skus))
UNION
SELECT * FROM item WHERE item_code IN (SELECT value FROM json_each(:item_codes))
UNION
SELECT item.* FROM json_each(:products) AS wanted CROSS JOIN item
	ON product_id = json_extract(wanted.value, '$[0]') AND variation_id = json_extract(wanted.value, '$[1]')
WHERE product_id > 0
ORDER BY item_code
"""


_FIRST_CURRENCIES = """
SELECT customer, currency, min(order_id) FROM invoice
WHERE customer IN (SELECT value FROM json_each(?)) AND status <> 'Cancelled' GROUP BY customer
"""


def read_first_currencies(connection: sqlite3.Connection, customers: Iterable[str]) -> dict[str, str]:
	"""Customer -> currency of the first order that is booked to them, of those who have one."""
	rows = connection.execute(_FIRST_CURRENCIES, (to_json_list(customers),))
	return {row["customer"]: row["currency"] for row in rows}


def read_lookups(connection: sqlite3.Connection, keys: LookupKeys) -> Lookups:
	"""All that is known for `keys`. Customers come with all their evidence, whichever of it they were found by."""
	lookups = Lookups()
	order_ids = to_json_list(keys.order_ids)
	_read_orders(connection, order_ids, lookups)
	found_by = {
		"order_ids": order_ids,
		"store_customer_ids": to_json_list(keys.store_customer_ids),
		"emails": to_json_list(keys.emails),
		"phones": to_json_list(keys.phones),
	}
	_read_customers(connection, found_by, lookups)
	lookups.add_items(
		_item(row)
		for row in connection.execute(
			_ITEMS,
			{
				"skus": to_json_list({fold_code(sku) for sku in keys.skus}),
				"item_codes": to_json_list(keys.item_codes),
				"products": to_json_list(keys.products),
			},
		)
	)
	for link in keys.links:  # fields of the merchant's own are ERPNext's
		lookups.add_link(*link)
	return lookups


def read_territories(connection: sqlite3.Connection) -> list[Territory]:
	return [
		Territory(row["territory"], row["code"], tuple(json.loads(row["labels"])))
		for row in connection.execute("SELECT * FROM territory ORDER BY territory")
	]


def _read_orders(connection: sqlite3.Connection, order_ids: str, lookups: Lookups) -> None:
	refunds = _gathered(connection.execute(_REFUNDS, (order_ids,)))
	for row in connection.execute(_ORDERS, (order_ids,)):
		lookups.orders[row["order_id"]] = KnownOrder(
			order_id=row["order_id"],
			state=OrderState(row["state"]),
			payload_hash=row["payload_hash"],
			policy_hash=row["policy_hash"],
			invoice=row["invoice"],
			invoice_status=row["invoice_status"],
			fingerprint=row["fingerprint"],
			paid=bool(row["paid"]),
			refund_ids=frozenset(refunds.get(row["order_id"], ())),
			customer_key=row["customer"],
		)


def _read_customers(connection: sqlite3.Connection, found_by: dict[str, str], lookups: Lookups) -> None:
	rows = connection.execute(_EVIDENCE, found_by).fetchall()
	evidence = _gathered(((row["customer"], row["kind"]), row["value"]) for row in rows)
	own = _gathered(
		(row["customer"], row["value"]) for row in rows if row["is_own"] and row["kind"] == "email"
	)
	for row in connection.execute(_CUSTOMERS, found_by):
		lookups.add_customer(
			KnownCustomer(
				key=row["customer"],
				name=row["customer_name"],
				store_customer_id=row["store_customer_id"],
				emails=frozenset(evidence.get((row["customer"], "email"), ())),
				phones=frozenset(evidence.get((row["customer"], "phone"), ())),
				company=row["made_as"],
				tax_id=row["tax_id"],
				own_emails=frozenset(own.get(row["customer"], ())),
				is_foreign=bool(row["is_foreign"]),
			)
		)


def _gathered(pairs: Iterable) -> dict:
	gathered: dict = {}
	for key, value in pairs:
		gathered.setdefault(key, []).append(value)
	return gathered


def _item(row: sqlite3.Row) -> KnownItem:
	return KnownItem(
		code=row["item_code"],
		name=row["item_name"],
		product_id=row["product_id"],
		variation_id=row["variation_id"],
		sku=row["sku"],
		has_variants=bool(row["has_variants"]),
	)
