"""In which currency the entries of customers are, as SQL for a query that asks it of many."""

import frappe

_INDEXES = """
SELECT DISTINCT index_name FROM information_schema.statistics
WHERE table_schema = database() AND table_name = 'tabGL Entry' AND column_name = 'party' AND seq_in_index = 1
ORDER BY index_name LIMIT 1
"""
_CURRENCY = """(
	SELECT entry.account_currency FROM `tabGL Entry` entry {hint}
	WHERE entry.party_type = 'Customer' AND entry.party = customer.name AND entry.company = %(company)s
		AND entry.docstatus = 1 AND entry.is_cancelled = 0 LIMIT 1
)"""
_hints: dict[str, str] = {}


def currency_of_entries() -> str:
	"""A column of `tabCustomer` customer: the account currency of its entries in %(company)s, NULL where it has none.

	As long as the table is new or grows fast, the database believes that another index is shorter, and reads the entries
	of all customers for each of them; so the one of the party is named, if the site has it.
	"""
	database = frappe.conf.db_name
	if database not in _hints:
		names = frappe.db.sql(_INDEXES, pluck=True)
		_hints[database] = f"FORCE INDEX (`{names[0]}`)" if names else ""
	return _CURRENCY.format(hint=_hints[database])
