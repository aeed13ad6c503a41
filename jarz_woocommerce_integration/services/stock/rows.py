"""The rows of WooCommerce Stock Level as whoever compares and sends sees them. Nothing here commits. The clock is the site's."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.stock.products import SoldProduct
from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, sanitised
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue
from jarz_woocommerce_integration.store.paging import in_parts
from jarz_woocommerce_integration.translation.stock.claims import ProductKey

LEVEL = "WooCommerce Stock Level"
NEW, IN_STEP, DIFFERS, AWAITING = "New", "In Step", "Differs", "Waiting for Approval"
WAITING, SENDING, FAILED, LEFT_ALONE = "Waiting", "Sending", "Failed", "Left Alone"
LONGEST_ERROR = 1000
# Longer than a shop works on a request whose asker has gone.
ANSWER_EXPECTED_WITHIN = timedelta(minutes=2)
ROWS_AT_ONCE = 500
WORK = WorkQueue(
	"jarz_woocommerce_integration.services.stock.sending.send",
	"woo_stock",
	at_once=False,
	pauses=(2, 5, 15, 60, 240, 720),
)

_READ = """
SELECT name, product_id, variation_id, item, coalesce(product_name, '') AS product_name, state, approved, attempts, next_attempt,
	compared, CAST(books_quantity AS CHAR) AS books_quantity
FROM `tabWooCommerce Stock Level` WHERE store = %s ORDER BY product_id, variation_id
"""
_ADD = """
INSERT INTO `tabWooCommerce Stock Level`
	(name, creation, modified, owner, modified_by, store, product_id, variation_id, item, product_name, state, attempts, approved)
VALUES {rows} ON DUPLICATE KEY UPDATE item = VALUES(item), product_name = VALUES(product_name)
"""
_APPROVE = """
UPDATE `tabWooCommerce Stock Level` SET approved = 1, approved_by = %(user)s, approved_at = %(now)s, state = 'Waiting',
	attempts = 0, next_attempt = NULL, compared = NULL, last_error = NULL, modified = %(now)s
WHERE store = %(store)s AND state IN %(states)s {which}
"""
# Whoever looks at the rows finds them as they were, until they are compared.
_COMPARE_ALL = """
UPDATE `tabWooCommerce Stock Level` SET compared = NULL, attempts = 0, next_attempt = NULL WHERE store = %s AND state <> 'Sending'
"""
_FORGET_APPROVALS = """
UPDATE `tabWooCommerce Stock Level` SET approved = 0, approved_by = NULL, approved_at = NULL, compared = NULL, attempts = 0,
	next_attempt = NULL, state = 'New', modified = %s WHERE store = %s
"""


def read(store: str) -> dict[ProductKey, frappe._dict]:
	"""All rows of a store by the ids of product and variation."""
	rows = frappe.db.sql(_READ, store, as_dict=True)
	return {(row.product_id, row.variation_id): row for row in rows}


def keep_up(store: str, products: Mapping[ProductKey, SoldProduct]) -> dict[ProductKey, frappe._dict]:
	"""Have a row for each linked product, and none for others. :returns: as `read`"""
	there = read(store)
	new = [
		(key, sold)
		for key, sold in products.items()
		if key not in there or (there[key].item, there[key].product_name) != (sold.item, _shown(sold))
	]
	gone = [row.name for key, row in there.items() if key not in products]
	for part in in_parts(gone, ROWS_AT_ONCE):
		frappe.db.delete(LEVEL, {"name": ("in", part)})
	for part in in_parts(new, ROWS_AT_ONCE):
		_add(store, part)
	return read(store) if new or gone else there


def _add(store: str, products: Collection[tuple[ProductKey, SoldProduct]]) -> None:
	now, user = now_datetime(), frappe.session.user
	values: list = []
	for (product_id, variation_id), sold in products:
		name = frappe.db.get_next_sequence_val(LEVEL)
		row = (
			name,
			now,
			now,
			user,
			user,
			store,
			product_id,
			variation_id,
			sold.item,
			_shown(sold),
			NEW,
			0,
			0,
		)
		values.append(row)
	frappe.db.sql(_ADD.format(rows=", ".join(["%s"] * len(values))), values)


def _shown(sold: SoldProduct) -> str:
	return sold.name[:DATA_LENGTH]


# --- what became of a row ---


def compared(
	name: int,
	state: str,
	reason: str,
	books: Decimal,
	claimed: Decimal,
	wanted: Decimal,
	shop: Decimal,
	difference: Decimal,
	look_again: timedelta | None = None,
	**values,
) -> None:
	"""It was compared with the shop, and is to be compared again after that time, if any."""
	now = now_datetime()
	_change(
		name,
		state=state,
		reason=reason,
		books_quantity=books,
		claimed=claimed,
		wanted=wanted,
		shop_quantity=shop,
		difference=difference,
		compared=now,
		next_attempt=now + look_again if look_again else None,
		**values,
	)


def left_alone(name: int, books: Decimal, reason: str) -> None:
	_change(
		name,
		state=LEFT_ALONE,
		reason=reason,
		books_quantity=books,
		compared=now_datetime(),
		attempts=0,
		next_attempt=None,
		last_error=None,
	)


def begin(names: Iterable[int]) -> None:
	"""Their changes go out now. Whoever finds them like this later doesn't know whether they have arrived."""
	ends = now_datetime() + ANSWER_EXPECTED_WITHIN
	for name in names:
		_change(name, state=SENDING, next_attempt=ends)


def sent(name: int, change: Decimal, shop: Decimal | None, look_again: timedelta, is_settled: bool) -> None:
	"""
	:param shop: what the shop has now, None where it doesn't count the product any more
	:param look_again: it is compared after that time, for WooCommerce may lose a sale of the moment in which it changes a stock
	"""
	now = now_datetime()
	known = {} if shop is None else {"shop_quantity": shop, "difference": 0}
	_change(
		name,
		state=IN_STEP if is_settled else WAITING,
		sent=now,
		sent_change=change,
		attempts=0,
		next_attempt=now + look_again,
		last_error=None,
		**known,
	)


def try_again(row: frappe._dict, after: timedelta, error: str) -> None:
	_change(
		row.name,
		state=WAITING,
		attempts=row.attempts + 1,
		next_attempt=now_datetime() + after,
		last_error=sanitised(error, LONGEST_ERROR),
	)


def withdraw(row: frappe._dict) -> None:
	"""Its change didn't go out after all."""
	_change(row.name, state=WAITING, next_attempt=None)


def give_up(name: int, error: str) -> None:
	_change(name, state=FAILED, next_attempt=None, last_error=sanitised(error, LONGEST_ERROR))


def _change(name: int, **values) -> None:
	plain = {key: float(value) if isinstance(value, Decimal) else value for key, value in values.items()}
	frappe.db.set_value(LEVEL, name, plain)


# --- what a person does ---


def approve(store: str, names: Collection[int] | None = None) -> int:
	"""Have differences sent that wait for approval, and those that were given up. :param names: None for all of the store

	:returns: how many rows that are
	"""
	if names is not None and not names:
		return 0
	values = {
		"store": store,
		"user": frappe.session.user,
		"now": now_datetime(),
		"names": tuple(names or ()),
		"states": (AWAITING,) if names is None else (AWAITING, FAILED),
	}
	frappe.db.sql(_APPROVE.format(which="" if names is None else "AND name IN %(names)s"), values)
	approved = frappe.db._cursor.rowcount
	if approved:
		WORK.enqueue(store)
	return approved


def compare_all(store: str) -> None:
	"""Have all products of a store compared, those that nothing has happened to as well."""
	frappe.db.sql(_COMPARE_ALL, store)
	WORK.enqueue(store)


def forget_approvals(store: str) -> None:
	"""A person has changed how much is offered, and looks at all differences anew."""
	frappe.db.sql(_FORGET_APPROVALS, (now_datetime(), store))
