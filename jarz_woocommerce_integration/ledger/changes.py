"""What differs between a booked invoice and what the store says of its order now, in words for a list."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from jarz_woocommerce_integration.translation.drafts import OrderDraft, OrderFacts, PaymentDraft

MOST_PARTS = 4
CENT = Decimal("0.01")


class BookedVoucher(NamedTuple):
	"""A credit note (`refund_id` of its refund, `amount` negative) or the order's payment, as it stands in the books.

	:ivar gateway: and :ivar account: of a payment, "" where the books don't keep them
	:ivar key: of a payment (`PaymentDraft.key`); :ivar stands: it is submitted
	"""

	refund_id: int
	name: str
	amount: Decimal
	gateway: str = ""
	account: str = ""
	key: str = ""
	stands: bool = True


def row_text(quantity: Decimal, name: str, amount: Decimal) -> str:
	return f"{quantity.normalize():f} x {name} for {amount_text(amount)}"


def charge_text(description: str, amount: Decimal) -> str:
	return f"{description} {amount_text(amount)}"


def amount_text(amount: Decimal) -> str:
	"""The exact amount, with two decimals where two will do."""
	cents = amount.quantize(CENT)
	return str(cents) if cents == amount else f"{amount.normalize():f}"


def describe_changes(
	invoice: str,
	booked: tuple[Decimal, str, str],
	booked_parts: Counter,
	order: OrderFacts,
	draft: OrderDraft,
) -> str:
	"""Total, status and lines, old -> new.

	:param booked: total and currency of the invoice, and the order's status then
	:param booked_parts: the invoice's rows and charges, by `row_text` and `charge_text`
	"""
	total, currency, status = booked
	told = []
	if (total, currency) != (draft.invoice.total, draft.currency):
		told.append(
			f"total {amount_text(total)} {currency} -> {amount_text(draft.invoice.total)} {draft.currency}"
		)
	if status != order.status:
		told.append(f"status {status} -> {order.status}")
	drafted = _drafted_parts(draft)
	told += _listed("no longer", booked_parts - drafted)
	told += _listed("new", drafted - booked_parts)
	return f"Changed after {invoice} was submitted: {'; '.join(told) or 'how its lines are made up'}."


def unmatched_vouchers(
	credit_notes: Iterable[BookedVoucher],
	payments: Iterable[BookedVoucher],
	draft: OrderDraft,
	others: Iterable[str] = (),
) -> str:
	"""Credit notes and payments that stand though the store has them no more, or has others. "" where all match.

	:param others: what else doesn't match, in words
	"""
	drafted = {note.refund_id: note.total for note in draft.credit_notes}
	told = []
	for note in credit_notes:
		total = drafted.get(note.refund_id)
		if total is None:
			told.append(f"refund {note.refund_id} is gone from the store, its credit note {note.name} stands")
		elif total != note.amount:
			told.append(
				f"refund {note.refund_id} is {amount_text(-total)} now,"
				f" its credit note {note.name} {amount_text(-note.amount)}"
			)
	drafted_payments = {payment.key: payment for payment in draft.payments}
	for payment in payments:
		told += _unmatched_payment(payment, drafted_payments.get(payment.key))
	told += others
	return f"Changed in the store: {'; '.join(told)}." if told else ""


def _unmatched_payment(payment: BookedVoucher, drafted: PaymentDraft | None) -> Iterator[str]:
	if drafted is None:
		yield f"no longer paid, payment {payment.name} stands"
	elif drafted.amount != payment.amount:
		yield f"{drafted.amount} paid, payment {payment.name} is {amount_text(payment.amount)}"
	elif payment.account and payment.gateway != drafted.gateway and payment.account != drafted.account:
		# Another gateway has taken the money since, which another account stands for.
		yield (
			f"paid by {drafted.gateway}, which is booked to {drafted.account},"
			f" payment {payment.name} went to {payment.account}"
		)


def _drafted_parts(draft: OrderDraft) -> Counter:
	parts = Counter(row_text(row.quantity, row.item_name, row.amount) for row in draft.invoice.rows)
	parts.update(charge_text(charge.description, charge.amount) for charge in draft.invoice.charges)
	return parts


def _listed(label: str, parts: Counter) -> list[str]:
	texts = list(parts.elements())
	told = [f"{label}: {text}" for text in texts[:MOST_PARTS]]
	if len(texts) > MOST_PARTS:
		told.append(f"and {len(texts) - MOST_PARTS} more")
	return told
