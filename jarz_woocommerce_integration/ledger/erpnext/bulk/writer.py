"""Rows into the database: one statement for each table, whatever the number of orders."""

from collections.abc import Callable, Iterable

import frappe
from rq.timeouts import BaseTimeoutException

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.ledger.erpnext.bulk.projection import Plan, Template
from jarz_woocommerce_integration.ledger.erpnext.bulk.proof.comparison import Captured
from jarz_woocommerce_integration.ledger.erpnext.bulk.rows import columns_of, read_rows
from jarz_woocommerce_integration.ledger.erpnext.transactions import lost_transactions_raised

# Well below the smallest usual max_allowed_packet.
LONGEST_STATEMENT = 2_000_000

SAVEPOINT = "woo_bulk_rows"
_OF_THE_TRANSACTION = (
	frappe.QueryDeadlockError,
	frappe.QueryTimeoutError,
	*compat.INTERFACE_ERRORS,
	BaseTimeoutException,  # a background job's time is over
)
# Codes of a lost connection, and of a server that shuts down.
_LOST = (1053, 2006, 2013, 2055)

Templates = dict[tuple, Template]


def written_or_rolled_back(write_all: Callable[[], None]) -> str:
	"""Write all of a page's rows or none of them. :return: "" where they are written, else the kind of the error

	:raises Exception: what ends the transaction, or the connection: it is the page's
	"""
	frappe.db.savepoint(SAVEPOINT)
	try:
		write_all()
	except _OF_THE_TRANSACTION:
		raise
	except Exception as error:
		if isinstance(error, compat.OPERATIONAL_ERRORS) and error.args[0] in _LOST:
			raise
		# One row that the database refuses takes all with it: documents find out which, order by order.
		with lost_transactions_raised():
			frappe.db.rollback(save_point=SAVEPOINT)
		return type(error).__name__
	with lost_transactions_raised():
		frappe.db.release_savepoint(SAVEPOINT)
	return ""


def write(plans: Iterable[Plan], templates: Templates) -> None:
	"""Write all rows of some orders, in the open transaction."""
	rendered: dict[str, list[str]] = {}
	for plan in plans:
		for table, rows in plan.rows.items():
			texts = rendered.setdefault(table, [])
			texts += [templates[table, row.kind].render(row.values) for row in rows]
	for table, texts in rendered.items():
		insert(table, texts)


def insert(table: str, texts: list[str]) -> None:
	""":param texts: rows as literals, in the order of the table's columns"""
	columns = ", ".join(f"`{column}`" for column in columns_of(table))
	head = f"INSERT INTO `{table}` ({columns}) VALUES "
	tail = " ON DUPLICATE KEY UPDATE current = VALUES(current)" if table == "tabSeries" else ""
	part: list[str] = []
	length = 0
	for text in texts:
		if part and length + len(text) > LONGEST_STATEMENT:
			frappe.db.sql(head + ", ".join(part) + tail)
			part, length = [], 0
		part.append(text)
		length += len(text)
	if part:
		frappe.db.sql(head + ", ".join(part) + tail)


def read_back(plan: Plan) -> Captured:
	"""The rows of one order as the database keeps them."""
	captured: Captured = {}
	for table, rows in plan.rows.items():
		names = [row.values["name"] for row in rows]
		found = read_rows(table, names)
		captured[table] = [found[name] for name in names if name in found]
	return captured
