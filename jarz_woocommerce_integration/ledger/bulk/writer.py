"""Rows into the database: one statement for each table, whatever the number of orders."""

from collections.abc import Iterable

import frappe

from jarz_woocommerce_integration.ledger.bulk.comparison import Captured
from jarz_woocommerce_integration.ledger.bulk.projection import Pattern, Plan
from jarz_woocommerce_integration.ledger.bulk.rows import columns_of, read_rows

# Well below the smallest usual max_allowed_packet.
LONGEST_STATEMENT = 2_000_000

Patterns = dict[tuple, Pattern]


def write(plans: Iterable[Plan], patterns: Patterns) -> None:
	"""Write all rows of some orders, in the open transaction."""
	rendered: dict[str, list[str]] = {}
	for plan in plans:
		for table, rows in plan.rows.items():
			texts = rendered.setdefault(table, [])
			texts += [patterns[table, row.pattern].render(row.values) for row in rows]
	for table, texts in rendered.items():
		insert(table, texts)


def insert(table: str, texts: list[str]) -> None:
	""":param texts: rows as literals, in the order of the table's columns"""
	columns = ", ".join(f"`{column}`" for column in columns_of(table))
	head = f"INSERT INTO `{table}` ({columns}) VALUES "
	part: list[str] = []
	length = 0
	for text in texts:
		if part and length + len(text) > LONGEST_STATEMENT:
			frappe.db.sql(head + ", ".join(part))
			part, length = [], 0
		part.append(text)
		length += len(text)
	if part:
		frappe.db.sql(head + ", ".join(part))


def read_back(plan: Plan) -> Captured:
	"""The rows of one order as the database keeps them."""
	captured: Captured = {}
	for table, rows in plan.rows.items():
		names = [row.values["name"] for row in rows]
		found = read_rows(table, names)
		captured[table] = [found[name] for name in names if name in found]
	return captured
