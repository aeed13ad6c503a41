"""The clearing account of a gateway explained: which payments wait for their payout, and what is left of those that were paid out.

Each row is a part of the account's balance on a day, and together they are the whole of it.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from jarz_woocommerce_integration.services.order_reports.layout import column, currency_column, money
from jarz_woocommerce_integration.services.payouts.payout import PAYOUT
from jarz_woocommerce_integration.translation.payouts.lines import ZERO

PAYMENT_ENTRY, JOURNAL_ENTRY = "Payment Entry", "Journal Entry"
_ENTRIES = """
SELECT voucher_type, voucher_no, min(posting_date) AS day, sum(debit_in_account_currency - credit_in_account_currency) AS amount
FROM `tabGL Entry` WHERE account = %(account)s AND posting_date <= %(day)s AND is_cancelled = 0
GROUP BY voucher_type, voucher_no HAVING amount <> 0 ORDER BY day, voucher_no
"""
_PAYOUTS = """
SELECT payout.name, payout.payout_id, payout.journal_entry, payout.payout_date, payout.retained
FROM `tabWooCommerce Payout` payout
WHERE payout.docstatus = 1 AND payout.clearing_account = %(account)s AND payout.payout_date <= %(day)s
"""
_LINES = """
SELECT line.parent, line.state, line.payment_entry, line.kind, line.reference, line.gross, line.fee_booked
FROM `tabWooCommerce Payout Line` line
WHERE line.parent IN %(payouts)s AND line.kind IN ('Payment', 'Refund') AND line.state <> 'Twice in the File'
ORDER BY line.parent, line.idx
"""
_PAYMENTS = """
SELECT name, coalesce(woo_order_number, '') AS order_number, coalesce(reference_no, '') AS reference FROM `tabPayment Entry`
WHERE name IN %(names)s
"""


def report_of(filters: frappe._dict | dict) -> tuple[list[dict], list[dict], None, None, list[dict]]:
	"""Columns, rows, and the sums above them. :param filters: account, and until which day (today)"""
	filters = frappe._dict(filters or {})
	if not filters.account:
		return _columns(), [], None, None, []
	_check_account(filters.account)
	day = getdate(filters.day)
	currency = frappe.get_cached_value("Account", filters.account, "account_currency")
	rows = explained(filters.account, day)
	for row in rows:
		row["currency"] = currency
	return _columns(), rows, None, None, _summary(rows, balance_of(filters.account, day), currency)


def clearing_accounts() -> list[str]:
	"""The accounts of payment gateways, those with payouts first. :raises frappe.PermissionError: the user reads no payouts"""
	frappe.has_permission(PAYOUT, "read", throw=True)
	of_payouts = frappe.get_all(PAYOUT, pluck="clearing_account", distinct=True, order_by="clearing_account")
	of_gateways = frappe.get_all(
		"WooCommerce Store Gateway",
		{"account": ("is", "set")},
		pluck="account",
		distinct=True,
		order_by="account",
	)
	return list(dict.fromkeys([*of_payouts, *of_gateways]))


def _check_account(account: str) -> None:
	"""Readers of payouts see the clearing accounts, and no others.

	:raises frappe.PermissionError: it is none
	"""
	if account not in clearing_accounts():
		frappe.throw(_("{0} is the account of no payment gateway.").format(account), frappe.PermissionError)


def balance_of(account: str, day: date) -> Decimal:
	"""In the account's currency."""
	found = frappe.db.sql(_ENTRIES, {"account": account, "day": day}, as_dict=True)
	return sum((_decimal(row.amount) for row in found), ZERO)


def explained(account: str, day: date) -> list[dict[str, Any]]:
	"""The parts of the balance at the end of a day, those that are nothing left out.

	:returns: rows of why, day, document_type, document, reference, payout, amount (in the account's currency, as a float)
	"""
	entries = frappe.db.sql(_ENTRIES, {"account": account, "day": day}, as_dict=True)
	left = {(row.voucher_type, row.voucher_no): _decimal(row.amount) for row in entries}
	days = {(row.voucher_type, row.voucher_no): row.day for row in entries}
	payouts = frappe.db.sql(_PAYOUTS, {"account": account, "day": day}, as_dict=True)
	rows: list[dict[str, Any]] = []
	paid_out: set[str] = set()
	lines = _lines(payouts)
	for payout in payouts:
		taken = left.pop((JOURNAL_ENTRY, payout.journal_entry), ZERO)
		for line in lines[payout.name]:
			gone = _decimal(line.gross) - _decimal(line.fee_booked)
			taken += gone
			booked = ZERO
			if line.state in ("Matched", "Amount Differs") and line.payment_entry not in paid_out:
				paid_out.add(line.payment_entry)
				booked = left.pop((PAYMENT_ENTRY, line.payment_entry), ZERO)
			if booked != gone:
				rows.append(
					_row(
						_why(line, booked),
						payout.payout_date,
						PAYMENT_ENTRY,
						line.payment_entry,
						booked - gone,
						payout,
						line.reference,
					)
				)
		if taken:
			# What the payout's own entry took beyond its payments: a balance that stays at the gateway, or came from before.
			rows.append(
				_row(_("Stays at the gateway"), payout.payout_date, PAYOUT, payout.name, taken, payout)
			)
	rows += [
		_row(
			_("Not paid out yet") if kind == PAYMENT_ENTRY else _("Another entry"),
			days[kind, name],
			kind,
			name,
			amount,
		)
		for (kind, name), amount in left.items()
	]
	_name_orders(rows)
	return sorted(rows, key=lambda row: (row["day"], row["document"] or ""))


def _lines(payouts: list[frappe._dict]) -> dict[str, list[frappe._dict]]:
	lines: dict[str, list[frappe._dict]] = defaultdict(list)
	if payouts:
		names = tuple(payout.name for payout in payouts)
		for line in frappe.db.sql(_LINES, {"payouts": names}, as_dict=True):
			lines[line.parent].append(line)
	return lines


def _why(line: frappe._dict, booked: Decimal) -> str:
	if line.state == "Amount Differs" and booked:
		return _("Paid out with another amount")
	if line.state == "Matched":
		# The payout was booked first, with the whole fee, and then the payment with its own.
		return _("Fee booked twice") if booked else _("Paid out before it was booked")
	if line.state == "Paid Out Before":
		return _("Paid out twice")
	return _("Paid out, but not in the books")


def _row(
	why: str,
	day: date,
	kind: str,
	name: str | None,
	amount: Decimal,
	payout: frappe._dict | None = None,
	reference: str = "",
) -> dict[str, Any]:
	return {
		"why": why,
		"day": day,
		"document_type": kind if name else None,
		"document": name,
		"reference": reference or "",
		"payout": payout.name if payout else None,
		"amount": float(amount),
	}


def _name_orders(rows: list[dict[str, Any]]) -> None:
	names = tuple({row["document"] for row in rows if row["document_type"] == PAYMENT_ENTRY})
	found = frappe.db.sql(_PAYMENTS, {"names": names}, as_dict=True) if names else ()
	payments = {payment.name: payment for payment in found}
	for row in rows:
		payment = payments.get(row["document"])
		row["order_number"] = payment.order_number if payment else ""
		row["reference"] = row["reference"] or (payment.reference if payment else "")


def _decimal(value) -> Decimal:
	return Decimal(str(value or 0)).quantize(Decimal("1e-9")).normalize() + 0


def _columns() -> list[dict]:
	return [
		column("why", _("Why"), "Data", 200),
		column("day", _("Date"), "Date", 115),
		column("document_type", _("Document Type"), "Data", 135),
		column("document", _("Document"), "Dynamic Link", 190) | {"options": "document_type"},
		column("order_number", _("Order", context="WooCommerce"), "Data", 90),
		column("reference", _("Reference"), "Data", 150),
		column("payout", _("Payout"), "Link", 150) | {"options": PAYOUT},
		money("amount", _("Amount", context="WooCommerce")),
		currency_column(),
	]


def _summary(rows: list[dict], balance: Decimal, currency: str) -> list[dict]:
	waiting = sum((_decimal(row["amount"]) for row in rows if row["why"] == _("Not paid out yet")), ZERO)
	amounts = (
		(_("Balance of the Account"), balance),
		(_("Not paid out yet"), waiting),
		(_("Anything Else"), balance - waiting),
	)
	return [
		{"label": label, "value": float(amount), "datatype": "Currency", "currency": currency}
		for label, amount in amounts
	]
