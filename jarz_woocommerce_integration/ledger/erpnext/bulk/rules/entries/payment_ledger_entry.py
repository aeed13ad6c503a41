"""Payment Ledger Entries: one for each GL Entry on a receivable account, as it is before anything is rounded off.

ERPNext: `get_payment_ledger_entries` in erpnext/accounts/utils.py.
"""

from typing import NamedTuple

from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import (
	DraftDocument,
	Rules,
	all_given,
	given,
)
from jarz_woocommerce_integration.ledger.erpnext.bulk.rules.entries.gl_entry import Entry

DOCTYPE = "Payment Ledger Entry"


class LedgerEntry(NamedTuple):
	"""One entry, with the amounts that it has before rounding."""

	voucher: DraftDocument
	entry: Entry
	cost_center: str | None
	amount: float
	amount_in_account_currency: float


def of_entries(entries: list[Entry]) -> list[LedgerEntry]:
	return [
		LedgerEntry(
			entry.voucher,
			entry,
			entry.cost_center,
			entry.debit[0] - entry.credit[0],
			entry.debit[1] - entry.credit[1],
		)
		for entry in entries
		if entry.voucher.site.account_type(entry.account) == "Receivable"
	]


RULES: Rules = {
	"posting_date": lambda row: row.voucher.posting_date,
	"account": lambda row: row.entry.account,
	"account_currency": lambda row: row.voucher.site.account_currency(row.entry.account),
	"party": lambda row: row.voucher.party_name_in_books,
	"due_date": lambda row: row.entry.due_date,
	"cost_center": given("cost_center"),
	"voucher_no": lambda row: row.voucher.name,
	"against_voucher_no": lambda row: row.entry.against_voucher or row.voucher.name,
	**all_given("amount", "amount_in_account_currency"),
	"remarks": lambda row: row.entry.remarks,
}
