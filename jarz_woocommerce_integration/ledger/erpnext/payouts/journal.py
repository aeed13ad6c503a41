"""The Journal Entry of a payout: from the clearing account to the bank, with what the gateway kept on its accounts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import frappe
from erpnext.setup.utils import get_exchange_rate
from frappe.model.document import Document
from frappe.utils import cint, flt

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.sentences import Sentence

JOURNAL_ENTRY = "Journal Entry"


class Posting(NamedTuple):
	"""A debit, negative for a credit. :ivar amount: in the payout's currency"""

	account: str
	amount: Decimal


class PayoutOfBooks(NamedTuple):
	company: str
	payout_id: str
	day: date
	currency: str
	cost_center: str
	remark: str


def book(payout: PayoutOfBooks, postings: Sequence[Posting]) -> Document:
	"""A submitted Journal Entry. Commits nothing.

	:param postings: they come to nothing together
	:raises StatementError: an account is in a third currency, or there is no exchange rate
	"""
	company_currency = frappe.get_cached_value("Company", payout.company, "default_currency")
	rate = _rate(payout, company_currency)
	rows = [_row(payout, posting, company_currency, rate) for posting in postings if posting.amount]
	entry = frappe.get_doc(
		{
			"doctype": JOURNAL_ENTRY,
			"voucher_type": "Bank Entry",
			"company": payout.company,
			"posting_date": payout.day,
			"cheque_no": payout.payout_id,
			"cheque_date": payout.day,
			"user_remark": payout.remark,
			"multi_currency": cint(payout.currency != company_currency),
			"accounts": rows,
		}
	)
	_balance(entry, payout)
	# Whoever may submit the payout may book it.
	entry.flags.ignore_permissions = True
	entry.insert()
	entry.submit()
	return entry


def cancel(name: str) -> None:
	"""Take the Journal Entry back, if it is still there."""
	entry = frappe.get_doc(JOURNAL_ENTRY, name)
	if entry.docstatus == 1:
		entry.flags.ignore_permissions = True
		entry.cancel()


def _rate(payout: PayoutOfBooks, company_currency: str) -> float:
	if payout.currency == company_currency:
		return 1.0
	rate = get_exchange_rate(payout.currency, company_currency, payout.day)
	if not rate:
		raise StatementError(
			Sentence(
				"There is no exchange rate from {0} to {1} of {2}.",
				payout.currency,
				company_currency,
				payout.day,
			),
			"Add a Currency Exchange for that day.",
		)
	return flt(rate)


def _row(payout: PayoutOfBooks, posting: Posting, company_currency: str, rate: float) -> dict:
	currency = frappe.get_cached_value("Account", posting.account, "account_currency") or company_currency
	if currency not in (payout.currency, company_currency):
		raise StatementError(
			Sentence(
				"The account {0} is in {1}, the payout in {2}.", posting.account, currency, payout.currency
			),
			Sentence("Choose an account in {0} or {1}.", payout.currency, company_currency),
		)
	is_own = currency == payout.currency
	precision = frappe.get_precision("Journal Entry Account", "debit_in_account_currency") or 2
	amount = float(posting.amount) if is_own else flt(float(posting.amount) * rate, precision)
	return {
		"account": posting.account,
		"account_currency": currency,
		"exchange_rate": rate if is_own else 1.0,
		"debit_in_account_currency": amount if amount > 0 else 0,
		"credit_in_account_currency": -amount if amount < 0 else 0,
		"cost_center": payout.cost_center,
	}


def _balance(entry: Document, payout: PayoutOfBooks) -> None:
	"""Converted amounts may differ by a cent together: the company's round-off account takes it."""
	if not entry.multi_currency:
		return
	precision = entry.precision("total_debit") or 2
	total = sum(
		flt((row.debit_in_account_currency - row.credit_in_account_currency) * row.exchange_rate, precision)
		for row in entry.accounts
	)
	if difference := flt(total, precision):
		account, cost_center = frappe.get_cached_value(
			"Company", payout.company, ("round_off_account", "round_off_cost_center")
		)
		entry.append(
			"accounts",
			{
				"account": account,
				"exchange_rate": 1.0,
				"debit_in_account_currency": -difference if difference < 0 else 0,
				"credit_in_account_currency": difference if difference > 0 else 0,
				"cost_center": cost_center or payout.cost_center,
			},
		)
