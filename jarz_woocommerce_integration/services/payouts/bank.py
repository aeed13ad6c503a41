"""A payout beside the line of the bank that it is reconciled with.

ERPNext clears a Journal Entry once each account of the type Bank in it is allocated to a line of a bank. A gateway's clearing
account is of that type, since a Payment Entry takes no other, and no bank has lines for it: the entry of a payout would stay
uncleared for ever, in the tool as in the Bank Reconciliation Statement.
"""

import frappe
from frappe.model.document import Document

JOURNAL_ENTRY = "Journal Entry"
_RECONCILED = """
SELECT payout.journal_entry, max(line.date) FROM `tabWooCommerce Payout` payout
JOIN `tabJournal Entry` entry ON entry.name = payout.journal_entry AND entry.docstatus = 1 AND entry.clearance_date IS NULL
JOIN (
	SELECT parent, account, abs(sum(debit_in_account_currency - credit_in_account_currency)) AS amount
	FROM `tabJournal Entry Account` WHERE parent IN %(entries)s GROUP BY parent, account
) booked ON booked.parent = entry.name AND booked.account = payout.bank_account
JOIN `tabBank Transaction Payments` allocation
	ON allocation.payment_document = 'Journal Entry' AND allocation.payment_entry = entry.name
JOIN `tabBank Transaction` line ON line.name = allocation.parent AND line.docstatus = 1
JOIN `tabBank Account` bank ON bank.name = line.bank_account AND bank.account = payout.bank_account
WHERE payout.docstatus = 1 AND payout.journal_entry IN %(entries)s
GROUP BY payout.journal_entry, booked.amount HAVING abs(sum(allocation.allocated_amount) - booked.amount) < 0.0005
"""


def bank_line_changed(line: Document, method: str | None = None) -> None:
	"""A Bank Transaction is reconciled with something: a payout of which nothing is left is cleared on the bank's day."""
	entries = {row.payment_entry for row in line.payment_entries if row.payment_document == JOURNAL_ENTRY}
	if line.docstatus != 1 or not entries:
		return
	for entry, day in frappe.db.sql(_RECONCILED, {"entries": tuple(sorted(entries))}):
		frappe.db.set_value(JOURNAL_ENTRY, entry, "clearance_date", day)
