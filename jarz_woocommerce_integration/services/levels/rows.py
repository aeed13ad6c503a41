"""The rows of products that are compared with the shop, one a product and variation, as whoever works on them sees them.

Nothing here commits. The clock is the site's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration.ledger.erpnext.values import DATA_LENGTH, sanitised
from jarz_woocommerce_integration.services.session.work_queue import WorkQueue
from jarz_woocommerce_integration.store.paging import in_parts

NEW, IN_STEP, DIFFERS, AWAITING = "New", "In Step", "Differs", "Waiting for Approval"
WAITING, SENDING, FAILED, LEFT_ALONE = "Waiting", "Sending", "Failed", "Left Alone"
LONGEST_ERROR = 1000
# Longer than a shop works on a request whose asker has gone.
ANSWER_EXPECTED_WITHIN = timedelta(minutes=2)
ROWS_AT_ONCE = 500
ProductKey = tuple[int, int]

_READ = """
SELECT name, product_id, variation_id, item, coalesce(product_name, '') AS product_name, state, approved, attempts, next_attempt,
	compared, CAST({wanted} AS CHAR) AS wanted{more} FROM `tab{doctype}` WHERE store = %s ORDER BY product_id, variation_id
"""
_ADD = """
INSERT INTO `tab{doctype}`
	(name, creation, modified, owner, modified_by, store, product_id, variation_id, item, product_name, state, attempts, approved)
VALUES {rows} ON DUPLICATE KEY UPDATE item = VALUES(item), product_name = VALUES(product_name)
"""
_APPROVE = """
UPDATE `tab{doctype}` SET approved = 1, approved_by = %(user)s, approved_at = %(now)s, state = 'Waiting',
	attempts = 0, next_attempt = NULL, compared = NULL, last_error = NULL, modified = %(now)s
WHERE store = %(store)s AND state IN %(states)s {which}
"""
# Whoever looks at the rows finds them as they were, until they are compared.
_COMPARE_ALL = """
UPDATE `tab{doctype}` SET compared = NULL, attempts = 0, next_attempt = NULL WHERE store = %s AND state <> 'Sending'
"""
_FORGET_APPROVALS = """
UPDATE `tab{doctype}` SET approved = 0, approved_by = NULL, approved_at = NULL, compared = NULL, attempts = 0,
	next_attempt = NULL, state = 'New', modified = %s WHERE store = %s
"""
_BY_STATE = "SELECT state, count(*) FROM `tab{doctype}` WHERE store = %s GROUP BY state"


class Linked(Protocol):
	"""A product of the shop that is linked to an item. :ivar name: as the shop calls it"""

	@property
	def item(self) -> str: ...

	@property
	def name(self) -> str: ...


class LevelRows:
	"""The rows of one DocType.

	:param wanted: SQL of what was wanted when the product was compared last
	:param more: further columns that the work needs to know
	"""

	def __init__(self, doctype: str, wanted: str, work: WorkQueue, more: Sequence[str] = ()):
		self.doctype = doctype
		self.wanted = wanted
		self.work = work
		self.more = "".join(f", {column}" for column in more)

	def read(self, store: str) -> dict[ProductKey, frappe._dict]:
		"""All rows of a store by the ids of product and variation."""
		query = _READ.format(doctype=self.doctype, wanted=self.wanted, more=self.more)
		rows = frappe.db.sql(query, store, as_dict=True)
		return {(row.product_id, row.variation_id): row for row in rows}

	def keep_up(self, store: str, products: Mapping[ProductKey, Linked]) -> dict[ProductKey, frappe._dict]:
		"""Have a row for each linked product, and none for others. :returns: as `read`"""
		there = self.read(store)
		new = [
			(key, sold)
			for key, sold in products.items()
			if key not in there or (there[key].item, there[key].product_name) != (sold.item, _shown(sold))
		]
		gone = [row.name for key, row in there.items() if key not in products]
		for names in in_parts(gone, ROWS_AT_ONCE):
			frappe.db.delete(self.doctype, {"name": ("in", names)})
		for part in in_parts(new, ROWS_AT_ONCE):
			self._add(store, part)
		return self.read(store) if new or gone else there

	def _add(self, store: str, products: Collection[tuple[ProductKey, Linked]]) -> None:
		now, user = now_datetime(), frappe.session.user
		values: list = []
		for (product_id, variation_id), sold in products:
			name = frappe.db.get_next_sequence_val(self.doctype)
			which = (store, product_id, variation_id, sold.item, _shown(sold))
			values.append((name, now, now, user, user, *which, NEW, 0, 0))
		rows = ", ".join(["%s"] * len(values))
		frappe.db.sql(_ADD.format(doctype=self.doctype, rows=rows), values)

	# --- what became of a row ---

	def compared(self, name: int, state: str, look_again: timedelta | None = None, **values) -> None:
		"""It was compared with the shop, and is to be compared again after that time, if any."""
		now = now_datetime()
		self.change(
			name, state=state, compared=now, next_attempt=now + look_again if look_again else None, **values
		)

	def left_alone(self, name: int, reason: str, **values) -> None:
		ended = {"compared": now_datetime(), "attempts": 0, "next_attempt": None, "last_error": None}
		self.change(name, state=LEFT_ALONE, reason=reason, **ended, **values)

	def begin(self, names: Iterable[int]) -> None:
		"""Their changes go out now. Whoever finds them like this later doesn't know whether they have arrived."""
		ends = now_datetime() + ANSWER_EXPECTED_WITHIN
		for name in names:
			self.change(name, state=SENDING, next_attempt=ends)

	def sent(self, name: int, state: str, look_again: timedelta | None, **values) -> None:
		""":param look_again: it is compared after that time"""
		now = now_datetime()
		ended = {"attempts": 0, "last_error": None, "next_attempt": now + look_again if look_again else None}
		self.change(name, state=state, sent=now, **ended, **values)

	def try_again(self, row: frappe._dict, after: timedelta, error: str) -> None:
		self.change(
			row.name,
			state=WAITING,
			attempts=row.attempts + 1,
			next_attempt=now_datetime() + after,
			last_error=sanitised(error, LONGEST_ERROR),
		)

	def withdraw(self, row: frappe._dict) -> None:
		"""Its change didn't go out after all."""
		self.change(row.name, state=WAITING, next_attempt=None)

	def give_up(self, name: int, error: str) -> None:
		self.change(name, state=FAILED, next_attempt=None, last_error=sanitised(error, LONGEST_ERROR))

	def change(self, name: int, **values) -> None:
		plain = {key: float(value) if isinstance(value, Decimal) else value for key, value in values.items()}
		frappe.db.set_value(self.doctype, name, plain)

	# --- what a person does ---

	def by_state(self, store: str) -> dict[str, int]:
		"""How many products of a store are in which state."""
		return dict(frappe.db.sql(_BY_STATE.format(doctype=self.doctype), store))

	def approve(self, store: str, names: Collection[int] | None = None) -> int:
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
		which = "" if names is None else "AND name IN %(names)s"
		frappe.db.sql(_APPROVE.format(doctype=self.doctype, which=which), values)
		approved = frappe.db._cursor.rowcount
		if approved:
			self.work.enqueue(store)
		return approved

	def compare_all(self, store: str) -> None:
		"""Have all products of a store compared, those that nothing has happened to as well."""
		frappe.db.sql(_COMPARE_ALL.format(doctype=self.doctype), store)
		self.work.enqueue(store)

	def forget_approvals(self, store: str) -> None:
		"""A person has changed what is sent, and looks at all differences anew."""
		frappe.db.sql(_FORGET_APPROVALS.format(doctype=self.doctype), (now_datetime(), store))


def _shown(sold: Linked) -> str:
	return sold.name[:DATA_LENGTH]
