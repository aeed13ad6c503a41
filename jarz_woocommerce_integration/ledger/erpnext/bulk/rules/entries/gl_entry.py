"""GL Entries of an invoice and of a payment, in ERPNext's order: which there are, and column -> rule.

ERPNext: `SalesInvoice.get_gl_entries`, `PaymentEntry.build_gl_map`, erpnext/accounts/general_ledger.py.
"""

from collections.abc import Iterable, Iterator

from frappe import _
from frappe.utils import flt

from jarz_woocommerce_integration.exceptions import NeedsDocumentsError
from jarz_woocommerce_integration.ledger.erpnext.bulk.draft.document import DraftDocument, Rules

DOCTYPE = "GL Entry"
IN_REPORTING_CURRENCY = (
	"reporting_currency_exchange_rate",
	"debit_in_reporting_currency",
	"credit_in_reporting_currency",
)
_AMOUNTS = ("", "_in_account_currency", "_in_transaction_currency")


class Entry:
	"""One entry, before it is a row.

	:ivar role: "party", "other" or "round off": its constant columns are those of an entry of that role
	:ivar debit: in the company's currency, the account's, the invoice's; :ivar credit: the same
	"""

	__slots__ = (
		"account",
		"against",
		"against_voucher",
		"cost_center",
		"credit",
		"debit",
		"due_date",
		"remarks",
		"role",
		"voucher",
	)

	def __init__(
		self,
		voucher: DraftDocument,
		role: str,
		account: str,
		*,
		debit: tuple[float, float, float] | None = None,
		credit: tuple[float, float, float] | None = None,
		cost_center: str | None = None,
		against: str | None = None,
		against_voucher: str | None = None,
		due_date=None,
		remarks: str | None = None,
	):
		self.voucher = voucher
		self.role = role
		self.account = account
		self.debit = list(debit or (0.0, 0.0, 0.0))
		self.credit = list(credit or (0.0, 0.0, 0.0))
		self.cost_center = cost_center or voucher.cost_center
		self.against = against
		self.against_voucher = against_voucher
		self.due_date = due_date
		self.remarks = voucher.remarks if remarks is None else remarks

	def add(self, other: "Entry") -> None:
		for side, others in ((self.debit, other.debit), (self.credit, other.credit)):
			for position, amount in enumerate(others):
				side[position] += amount

	def make_positive(self, net: bool = False) -> None:
		"""A negative debit is a credit (`toggle_debit_credit_if_negative`). :param net: book the difference only"""
		for position in range(3):
			debit, credit = self.debit[position], self.credit[position]
			if debit < 0 and credit < 0 and debit == credit:
				debit, credit = -debit, -credit
			if debit < 0:
				debit, credit = 0.0, credit - debit
			if credit < 0:
				debit, credit = debit - credit, 0.0
			if net and debit and credit:
				debit, credit = (debit - credit, 0.0) if debit > credit else (0.0, credit - debit)
			self.debit[position], self.credit[position] = debit, credit


def of_invoice(invoice: DraftDocument) -> list[Entry]:
	"""The entries of an invoice or credit note, none for one of nothing."""
	entries = _merged(_entries_of_invoice(invoice), invoice)
	entries += _entries_of_payments_within(invoice)
	for entry in entries:
		entry.make_positive()
	return entries


def _entries_of_invoice(invoice: DraftDocument) -> Iterator[Entry]:
	site = invoice.site
	if invoice.grand_total:
		base = site.money(invoice.base_grand_total)
		yield Entry(
			invoice,
			"party",
			invoice.debit_to,
			debit=(
				base,
				_in_currency(site, invoice.debit_to, base, invoice.grand_total),
				invoice.grand_total,
			),
			against=invoice.against_income_account,
			against_voucher=settles(invoice),
			due_date=invoice.due_date,
		)
	for account, base, amount, cost_center in _credited(invoice):
		if base:
			yield Entry(
				invoice,
				"other",
				account,
				credit=(base, _in_currency(site, account, base, amount), amount),
				cost_center=cost_center,
				against=invoice.customer,
			)
	lost = invoice.base_net_total - site.money(invoice.net_total * invoice.conversion_rate)
	if lost:
		yield Entry(
			invoice,
			"other",
			site.round_off_account,
			debit=(lost, lost, 0.0),
			cost_center=invoice.cost_center or site.round_off_cost_center,
			against=invoice.customer,
			remarks=_("Net total calculation precision loss"),
		)


def _credited(invoice: DraftDocument) -> Iterator[tuple[str, float, float, str]]:
	"""Account, amount in the company's currency and in the invoice's, cost centre: charges first, then items."""
	for tax in invoice.taxes:
		base, amount = tax.base_tax_amount_after_discount_amount, tax.tax_amount_after_discount_amount
		yield tax.account_head, base, amount, tax.cost_center
	for item in invoice.items:
		yield item.income_account, item.base_net_amount, item.net_amount, item.cost_center


def _entries_of_payments_within(invoice: DraftDocument) -> Iterator[Entry]:
	site = invoice.site
	for payment in invoice.payments:
		if payment.base_amount:
			base, amount = payment.base_amount, payment.amount
			yield Entry(
				invoice,
				"party",
				invoice.debit_to,
				credit=(base, _in_currency(site, invoice.debit_to, base, amount), amount),
				against=payment.account,
				against_voucher=settles(invoice),
			)
			yield Entry(
				invoice,
				"other",
				payment.account,
				debit=(base, _in_currency(site, payment.account, base, amount), amount),
				against=invoice.customer,
			)


def settles(invoice: DraftDocument) -> str:
	"""The voucher whose outstanding amount an invoice's own entries change."""
	is_of_original = invoice.return_against and not invoice.update_outstanding_for_self
	return invoice.return_against if is_of_original else invoice.name


def of_payment(payment: DraftDocument) -> list[Entry]:
	"""The entries of a Payment Entry: one for each invoice it settles, what is left over, the bank's, the fee's."""
	pays_back = payment.payment_type == "Pay"
	party_account = payment.paid_to if pays_back else payment.paid_from
	bank = payment.paid_from if pays_back else payment.paid_to
	entries = []
	for reference in payment.references:
		amounts = _amounts(payment, party_account, reference.base_allocated, reference.allocated_amount)
		side = "debit" if pays_back and reference.allocated_amount > 0 else "credit"
		entries.append(
			Entry(
				payment,
				"party",
				party_account,
				against=bank,
				against_voucher=reference.reference_name,
				**{side: amounts},  # type: ignore[arg-type]  # `debit` or `credit`
			)
		)
	if payment.unallocated_amount:
		rate = payment.target_exchange_rate if pays_back else payment.source_exchange_rate
		amounts = _amounts(
			payment, party_account, payment.unallocated_amount * rate, payment.unallocated_amount
		)
		entries.append(
			Entry(
				payment,
				"unallocated",
				party_account,
				against=bank,
				**{"debit" if pays_back else "credit": amounts},  # type: ignore[arg-type]  # `debit` or `credit`
			)
		)
	amounts = (
		_amounts(payment, bank, payment.base_paid_amount, payment.paid_amount)
		if pays_back
		else _amounts(payment, bank, payment.base_received_amount, payment.received_amount)
	)
	entries.append(
		Entry(payment, "other", bank, against=payment.party, **{"credit" if pays_back else "debit": amounts})  # type: ignore[arg-type]  # `debit` or `credit`
	)
	for row in payment.deductions:
		entries.append(
			Entry(
				payment,
				"other",
				row.account,
				debit=_amounts(payment, row.account, row.amount, row.amount),
				cost_center=row.cost_center,
				against=payment.party,
			)
		)
	entries = _merged(entries, payment)
	for entry in entries:
		entry.make_positive()
	return entries


def _amounts(payment: DraftDocument, account: str, base: float, amount: float) -> tuple[float, float, float]:
	"""In the company's currency, the account's, the payment's (`PaymentEntry.set_transaction_currency_and_rate`)."""
	site = payment.site
	currency, rate = site.company_currency, 1.0
	if payment.paid_from_account_currency != currency:
		currency, rate = payment.paid_from_account_currency, payment.source_exchange_rate
	elif payment.paid_to_account_currency != currency:
		currency, rate = payment.paid_to_account_currency, payment.target_exchange_rate
	return base, amount, amount if site.account_currency(account) == currency else base / rate


def _in_currency(site, account: str, base: float, amount: float) -> float:
	return base if site.account_currency(account) == site.company_currency else amount


def _merged(entries: Iterable[Entry], voucher: DraftDocument) -> list[Entry]:
	"""One for each account, cost centre, party and voucher it settles, in the order in which they come first."""
	found: dict[tuple, Entry] = {}
	for entry in entries:
		key = (entry.account, entry.cost_center, entry.role, entry.against_voucher)
		if key in found:
			found[key].add(entry)
		else:
			found[key] = entry
	money = voucher.site.money
	return [entry for entry in found.values() if money(entry.debit[0]) or money(entry.credit[0])]


def balanced(entries: list[Entry]) -> list[Entry]:
	"""What is a cent out of balance is rounded off (`process_debit_credit_difference`). After the payment ledger is made."""
	if not entries:
		return entries
	if len(entries) == 1:
		raise NeedsDocumentsError("a single entry")
	voucher = entries[0].voucher
	money = voucher.site.money
	difference = in_transaction = 0.0
	for entry in entries:
		for position in (0, 2):
			entry.debit[position] = money(entry.debit[position])
			entry.credit[position] = money(entry.credit[position])
		difference += entry.debit[0] - entry.credit[0]
		in_transaction += entry.debit[2] - entry.credit[2]
	difference, in_transaction = money(difference), money(in_transaction)
	if abs(difference) < voucher.site.least:
		return entries
	if abs(difference) > _most_rounded_off(voucher):
		raise NeedsDocumentsError("debit and credit that differ")
	return _rounded_off(entries, difference, in_transaction)


def _most_rounded_off(voucher: DraftDocument) -> float:
	"""Of a larger difference ERPNext makes an error (`get_debit_credit_allowance`)."""
	return 5 * voucher.site.least if voucher.doctype == "Payment Entry" else 0.5


def _rounded_off(entries: list[Entry], difference: float, in_transaction: float) -> list[Entry]:
	voucher = entries[0].voucher
	account = voucher.site.round_off_account
	there = None
	for entry in entries:
		if entry.account == account:
			there = entry
			if entry.debit[0]:
				difference -= entry.debit[0] - entry.credit[0]
			else:
				difference += entry.credit[0]
	if there and abs(difference) < voucher.site.least:
		return [entry for entry in entries if entry is not there]
	if there is None:
		there = Entry(voucher, "round off", account)
		entries = [*entries, there]
	out = abs(difference)
	short, over = difference < 0, difference > 0
	there.debit = [out if short else 0, out if short else 0, abs(in_transaction) if in_transaction < 0 else 0]
	there.credit = [out if over else 0, out if over else 0, in_transaction if in_transaction > 0 else 0]
	there.cost_center = voucher.cost_center or voucher.site.round_off_cost_center
	there.against_voucher = None
	return entries


def _exchange_rate(entry: Entry) -> float:
	voucher = entry.voucher
	if (
		voucher.doctype == "Payment Entry"
		and voucher.site.payment_references_have_rates
		and entry.role == "party"
	):
		return voucher.target_exchange_rate
	return 0.0 if entry.role == "round off" else voucher.conversion_rate or 0.0


def _reporting_rate(entry: Entry) -> float:
	return entry.voucher.site.reporting_rate(entry.voucher.posting_date)


# `entry` is an Entry; `entry.voucher` its invoice or payment.
RULES: Rules = {
	"posting_date": lambda entry: entry.voucher.posting_date,
	"fiscal_year": lambda entry: entry.voucher.site.fiscal_year(entry.voucher.posting_date),
	"due_date": lambda entry: entry.due_date,
	"account": lambda entry: entry.account,
	"account_currency": lambda entry: entry.voucher.site.account_currency(entry.account),
	"cost_center": lambda entry: entry.cost_center,
	"against": lambda entry: entry.against,
	"party": lambda entry: entry.voucher.party_name_in_books
	if entry.role in ("party", "unallocated")
	else None,
	"voucher_no": lambda entry: entry.voucher.name,
	"against_voucher": lambda entry: entry.against_voucher,
	"against_voucher_type": lambda entry: "Sales Invoice" if entry.against_voucher else None,
	"remarks": lambda entry: entry.remarks,
	"debit": lambda entry: entry.debit[0],
	"debit_in_account_currency": lambda entry: entry.debit[1],
	"debit_in_transaction_currency": lambda entry: entry.debit[2],
	"credit": lambda entry: entry.credit[0],
	"credit_in_account_currency": lambda entry: entry.credit[1],
	"credit_in_transaction_currency": lambda entry: entry.credit[2],
	"reporting_currency_exchange_rate": _reporting_rate,
	"debit_in_reporting_currency": lambda entry: flt(entry.debit[0] * _reporting_rate(entry)),
	"credit_in_reporting_currency": lambda entry: flt(entry.credit[0] * _reporting_rate(entry)),
	"transaction_exchange_rate": _exchange_rate,
}
