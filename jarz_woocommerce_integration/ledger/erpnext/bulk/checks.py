"""Checks a row for values that the database or Frappe would refuse, before anything is written."""

from typing import Any

import frappe

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan
from jarz_woocommerce_integration.ledger.erpnext.values import LARGEST

# Of the column kinds without a length of their own, in bytes.
LONGEST_TEXT = 65535
_LENGTHS = """
SELECT column_name, character_maximum_length FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s AND data_type = 'varchar'
"""


def check(plan: Plan) -> None:
	""":raises NeedsDocumentsError: a text is too long, or an amount too large"""
	for table, rows in plan.rows.items():
		lengths = _lengths_of(table)
		for row in rows:
			for column, value in row.values.items():
				_check_value(column, value, lengths.get(column))


def _check_value(column: str, value: Any, length: int | None) -> None:
	kind = type(value)
	if kind is str:
		if length is not None:
			if len(value) > length:
				raise NeedsDocumentsError(f"a text that is too long for {column}")
		elif len(value) * 4 > LONGEST_TEXT and len(value.encode()) > LONGEST_TEXT:
			raise NeedsDocumentsError(f"a text that is too long for {column}")
	elif kind is float and not abs(value) < LARGEST:
		raise NeedsDocumentsError(f"an amount that is too large for {column}")


def _lengths_of(table: str) -> dict[str, int]:
	known = compat.known_in_process("woo_bulk_lengths")
	if table not in known:
		known[table] = dict(frappe.db.sql(_LENGTHS, (frappe.conf.db_name, table)))
	return known[table]
