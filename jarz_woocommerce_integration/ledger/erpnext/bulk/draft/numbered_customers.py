"""Which number a new customer gets whose name is taken, as `Customer.get_customer_name` of ERPNext gives it."""

import re
from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe.utils import now_datetime

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.folding import collation

# For each name ERPNext looks through all customers. These are the names that may be an answer, read once.
_NUMBERED = """
SELECT name, HEX(WEIGHT_STRING(name COLLATE {collation})), CAST(SUBSTRING_INDEX(name, ' ', -1) AS UNSIGNED), {time}
FROM `tabCustomer` WHERE name LIKE '%% - %%' AND {time} >= %s - INTERVAL 10 SECOND
"""
# Frappe 15 has an index on one of them, Frappe 16 on the other. A new customer has the same time in both.
_INDEXED_TIME = """
SELECT column_name FROM information_schema.statistics WHERE table_schema = %s AND table_name = 'tabCustomer'
AND seq_in_index = 1 AND column_name IN ('modified', 'creation')
"""
_LONG_AGO = datetime(1900, 1, 1)
_FIRST_DIGITS = re.compile(r"\d*")


class NumberedCustomers:
	"""Numbered names of a site's customers, kept from page to page. What others add is read with the next page.

	A customer that is renamed or deleted meanwhile leaves its number behind, and the next one is higher than ERPNext's.
	"""

	def __init__(self):
		self.forget()

	def forget(self) -> None:
		"""What was read may have been rolled back."""
		self._numbers: dict[str, tuple[str, int]] = {}
		self._read_until = _LONG_AGO

	def follow(self) -> None:
		"""Read what was added since the last time, and some seconds before it: a row is committed later than it is written."""
		query = _NUMBERED.format(collation=collation(), time=_indexed_time())
		now = now_datetime()
		for name, weights, number, time in frappe.db.sql(query, self._read_until):
			self._numbers[name] = weights, number
			# A time in the future, as of imported customers, hides nothing that is added until then.
			self._read_until = max(self._read_until, min(time, now))

	def highest(self, before_number: str) -> int:
		""":param before_number: how such names begin, folded"""
		return highest_of(before_number, self._numbers.values())


def highest_of(before_number: str, numbers: Iterable[tuple[str, int]]) -> int:
	""":param numbers: folded names, and the number at their end; :return: the highest of those that ERPNext would find, 0 for none"""
	if compat.customers_are_numbered_by_how_names_begin():
		return max((number for weights, number in numbers if weights.startswith(before_number)), default=0)
	return max((number for weights, number in numbers if before_number in weights), default=0)


def last_number(name: str) -> int:
	"""As the database casts the last word of a name."""
	digits = _FIRST_DIGITS.match(name.rpartition(" ")[2])
	return int(digits[0]) if digits and digits[0] else 0


def _indexed_time() -> str:
	known = compat.known_in_process("woo_bulk_customer_times")
	if "column" not in known:
		columns = frappe.db.sql(_INDEXED_TIME, frappe.conf.db_name, pluck=True)
		known["column"] = columns[0] if columns else "creation"
	return known["column"]
