"""What a WooCommerce Payout knows of itself: its lines beside the books, what they come to, and what it books."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, flt

from jarz_woocommerce_integration.exceptions import StatementError
from jarz_woocommerce_integration.ledger.erpnext.payouts import journal
from jarz_woocommerce_integration.ledger.erpnext.payouts.journal import PayoutOfBooks, Posting
from jarz_woocommerce_integration.ledger.erpnext.payouts.payments import booked_payments, orders_of_numbers
from jarz_woocommerce_integration.sentences import Sentence, translated
from jarz_woocommerce_integration.translation.payouts.lines import ZERO, LineKind, StatementLine
from jarz_woocommerce_integration.translation.payouts.matching import (
	OPEN,
	LineState,
	MatchedLine,
	Matching,
	Postings,
	postings_of,
	retained,
)

PAYOUT, LINE = "WooCommerce Payout", "WooCommerce Payout Line"
SEPARATOR = "\n"
# Field of the sums -> kind of the lines.
_SUMS = {
	"payments": LineKind.PAYMENT,
	"refunds": LineKind.REFUND,
	"disputes": LineKind.DISPUTE,
	"reserves": LineKind.RESERVE,
	"adjustments": LineKind.ADJUSTMENT,
}


def validate(payout: Document) -> None:
	"""Before a payout is saved: it is the only one of its id, and its lines are compared with the books."""
	with _said_to_the_user():
		check(payout)
		match(payout)


def submit(payout: Document) -> None:
	"""The payout is being submitted."""
	with _said_to_the_user():
		book(payout)


@contextmanager
def _said_to_the_user() -> Iterator[None]:
	"""Our errors as a form shows them."""
	try:
		yield
	except StatementError as error:
		shown = [escape_html(translated(part, _)) for part in (error.message, error.what_to_do) if part]
		frappe.throw("<br>".join(shown), title=_("Payout"))


def match(payout: Document) -> list[MatchedLine]:
	"""Find the payments of the lines, and write into the payout what that says. Stores nothing.

	:raises StatementError: the clearing account is in another currency
	"""
	_check_currency(payout)
	lines = _with_orders(payout, [_line_of(row, payout.currency) for row in payout.lines])
	matching = Matching(_payments(payout, lines), payout.name if payout.docstatus == 1 else "")
	matched = matching.match(lines)
	for row, each in zip(payout.lines, matched, strict=True):
		_show(row, each)
	_sum_up(payout, matched)
	return matched


def check(payout: Document) -> None:
	""":raises StatementError: the gateway's payout is there already"""
	other = frappe.db.get_value(
		PAYOUT,
		{
			"store": payout.store,
			"gateway": payout.gateway,
			"payout_id": payout.payout_id,
			"docstatus": ("<", 2),
			"name": ("!=", payout.name or ""),
		},
	)
	if other:
		raise StatementError(
			Sentence("The payout {0} is already there: {1}.", payout.payout_id, other),
			"Open that one, or cancel it first.",
		)


def book(payout: Document) -> None:
	"""Book a payout that is being submitted. Commits nothing.

	:raises StatementError: lines are open and nobody has accepted that, the lines don't come to the amount, or an account lacks
	"""
	matched = match(payout)
	if payout.open_lines and not payout.accept_open_lines:
		raise StatementError(
			Sentence(
				"{0} lines of the payout aren't in the books as the gateway has them.", payout.open_lines
			),
			"Book what is missing and save the payout again, or tick Book with Open Lines.",
		)
	amount = _money(payout.amount)
	if not payout.leaves_balance and (rest := retained(amount, matched)):
		raise StatementError(
			Sentence(
				"The lines come to {0} {1}, the amount at the bank is {2} {1}.",
				amount + rest,
				payout.currency,
				amount,
			),
			"Correct the amount, or tick The Gateway Keeps a Balance.",
		)
	postings = postings_of(amount, matched)
	entry = journal.book(_of_books(payout), _with_accounts(payout, postings))
	payout.db_set({"journal_entry": entry.name, "fees_to_book": float(postings.fees)})


def keep_payouts(payment: Document, method: str | None = None) -> None:
	"""After a Payment Entry is cancelled: the payouts that name it stay, and show it as open when they are matched again."""
	payment.ignore_linked_doctypes = (*(payment.get("ignore_linked_doctypes") or ()), PAYOUT, LINE)


def take_back(payout: Document) -> None:
	"""The payout is cancelled: its Journal Entry goes, too."""
	if payout.journal_entry:
		journal.cancel(payout.journal_entry)


def match_again(payout: Document) -> None:
	"""Look again for the payments of a payout's open lines, also of one that is booked. What it has booked stays."""
	if payout.docstatus == 0:
		payout.save()
		return
	booked = payout.fees_to_book, [row.fee_booked for row in payout.lines]
	match(payout)
	payout.fees_to_book = booked[0]
	for row, fee in zip(payout.lines, booked[1], strict=True):
		row.fee_booked = fee
		row.db_update()
	payout.db_update()


# --- lines ---


def _line_of(row: Document, currency: str) -> StatementLine:
	references = [row.reference, *(row.other_references or "").split(SEPARATOR)]
	return StatementLine(
		row=row.idx,
		kind=LineKind(row.kind),
		currency=currency,
		gross=_money(row.gross),
		fee=_money(row.fee),
		identifier=row.identifier or "",
		references=tuple(filter(None, references)),
		order=row.order_id or "",
		order_number=row.order_number or "",
	)


def _with_orders(payout: Document, lines: Sequence[StatementLine]) -> list[StatementLine]:
	"""Lines that name their order by its number alone get its id."""
	numbers = {line.order_number for line in lines if line.order_number and not line.order}
	orders = orders_of_numbers(payout.store, numbers)
	return [
		replace(line, order=str(orders[line.order_number]))
		if not line.order and line.order_number in orders
		else line
		for line in lines
	]


def row_of(line: StatementLine) -> dict:
	"""The row of a line in the payout's table."""
	first, others = line.references[:1], line.references[1:]
	return {
		"kind": line.kind.value,
		"reference": "".join(first),
		"other_references": SEPARATOR.join(others),
		"identifier": line.identifier,
		"order_id": line.order,
		"order_number": line.order_number,
		"day": line.day,
		"gross": float(line.gross),
		"fee": float(line.fee),
		"text": line.text,
	}


def _payments(payout: Document, lines: Sequence[StatementLine]):
	references = {reference for line in lines for reference in line.references}
	orders = {int(line.order) for line in lines if line.order.isdigit()}
	# Two payouts that are submitted at once may hold the same payment: the second one waits here, before it writes anything.
	return booked_payments(
		payout.clearing_account,
		payout.store,
		references,
		orders,
		_decimals(payout.currency),
		locked=payout.docstatus == 1,
	)


def _show(row: Document, matched: MatchedLine) -> None:
	payment = matched.payment
	row.state = matched.state.value
	row.net = float(matched.line.net)
	row.payment_entry = payment.name if payment else None
	row.booked = float(payment.gross) if payment else 0
	row.fee_booked = float(matched.fee_booked)
	row.difference = float(matched.difference)
	if payment and payment.order_id:
		row.order_id = str(payment.order_id)


def _sum_up(payout: Document, matched: Sequence[MatchedLine]) -> None:
	counted = [each for each in matched if each.state is not LineState.TWICE]
	for fieldname, kind in _SUMS.items():
		payout.set(
			fieldname, float(sum((each.line.gross for each in counted if each.line.kind is kind), ZERO))
		)
	own_fees = sum((each.line.gross for each in counted if each.line.kind is LineKind.FEE), ZERO)
	payout.fees = float(own_fees - sum((each.line.fee for each in counted), ZERO))
	payout.retained = float(retained(_money(payout.amount), matched))
	states = Counter(each.state for each in matched)
	payout.matched_lines = states[LineState.MATCHED]
	payout.open_lines = sum(states[state] for state in OPEN)
	payout.open_difference = float(sum((each.difference for each in matched), ZERO))
	payout.fees_to_book = float(postings_of(_money(payout.amount), matched).fees)


# --- accounts ---


def _check_currency(payout: Document) -> None:
	currency = frappe.get_cached_value("Account", payout.clearing_account, "account_currency")
	if currency != payout.currency:
		raise StatementError(
			Sentence(
				"The payout is in {0}, and its clearing account {1} in {2}.",
				payout.currency,
				payout.clearing_account,
				currency,
			),
			Sentence("Choose the clearing account to which payments in {0} are booked.", payout.currency),
		)


def _with_accounts(payout: Document, postings: Postings) -> list[Posting]:
	wanted = (
		("bank_account", postings.bank),
		("fee_account", postings.fees),
		("dispute_account", postings.disputes),
		("reserve_account", postings.reserves),
		("adjustment_account", postings.adjustments),
		("clearing_account", postings.clearing),
	)
	missing = [fieldname for fieldname, amount in wanted if amount and not payout.get(fieldname)]
	if missing:
		labels = ", ".join(_(payout.meta.get_label(fieldname)) for fieldname in missing)
		raise StatementError(
			Sentence("The payout books amounts for which it names no account: {0}.", labels),
			"Fill in these accounts.",
		)
	return [Posting(payout.get(fieldname), amount) for fieldname, amount in wanted if amount]


def _of_books(payout: Document) -> PayoutOfBooks:
	cost_center = (
		payout.cost_center
		or frappe.get_cached_value("WooCommerce Store", payout.store, "cost_center")
		or frappe.get_cached_value("Company", payout.company, "cost_center")
	)
	return PayoutOfBooks(
		company=payout.company,
		payout_id=payout.payout_id,
		day=frappe.utils.getdate(payout.payout_date),
		currency=payout.currency,
		cost_center=cost_center,
		remark=_("Payout {0} of {1}, {2}").format(payout.payout_id, payout.gateway, payout.store),
	)


def _decimals(currency: str) -> int:
	fraction_units = cint(frappe.get_cached_value("Currency", currency, "fraction_units")) or 100
	return max(len(str(fraction_units)) - 1, 0)


def _money(value) -> Decimal:
	"""What a field of money holds, which Frappe has as a float of a few decimals."""
	return Decimal(str(flt(value, 9))).normalize() + 0
