"""Rows of any table, exactly as the database keeps them: read as text, written as literals."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import frappe
from pymysql.converters import escape_float, escape_string

from jarz_woocommerce_integration import compat

# Column -> its value as MariaDB shows it in text, None for NULL.
Row = dict[str, str | None]
ROWS_READ_AT_ONCE = 500


def columns_of(table: str) -> tuple[str, ...]:
	"""The columns of a table in its order. :param table: with its "tab\" """
	known = compat.known_in_process("woo_bulk_columns")  # forgotten with each page
	if table not in known:
		rows = frappe.db.sql(
			"SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
			" ORDER BY ordinal_position",
			(frappe.conf.db_name, table),
		)
		known[table] = tuple(name for (name,) in rows)
	return known[table]


def read_rows(table: str, names: Iterable[str]) -> dict[str, Row]:
	"""The rows of these names, with all columns."""
	wanted = list(names)
	columns = columns_of(table)
	listed = ", ".join(f"CAST(`{column}` AS CHAR)" for column in columns)
	found: dict[str, Row] = {}
	for start in range(0, len(wanted), ROWS_READ_AT_ONCE):
		part = wanted[start : start + ROWS_READ_AT_ONCE]
		for values in frappe.db.sql(f"SELECT {listed} FROM `{table}` WHERE name IN %s", (part,)):
			row = dict(zip(columns, values, strict=True))
			found[row["name"]] = row
	return found


def literal(value) -> str:
	"""A value as it stands in a statement: what Frappe's own insertion would hand to the database."""
	if value is None:
		return "NULL"
	kind = type(value)
	if kind is str:
		return f"'{escape_string(value)}'"
	if kind is float:
		return escape_float(value, None)
	if kind is int or kind is bool:
		return str(int(value))
	if kind is Decimal:
		return str(value)
	if isinstance(value, datetime | date | timedelta):
		return f"'{value}'"
	if isinstance(value, int):
		return str(int(value))
	raise TypeError(f"No literal for {value!r}")
