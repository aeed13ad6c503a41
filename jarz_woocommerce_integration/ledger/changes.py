"""What differs between a booked invoice and what the store says of its order now, in words for a list."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.translation.drafts import (
	CreditNoteDraft,
	OrderDraft,
	OrderFacts,
	PaymentDraft,
)

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
	parts: list[str] = []
	if (total, currency) != (draft.invoice.total, draft.currency):
		parts.append(
			Sentence(
				"total {0} {1} -> {2} {3}",
				amount_text(total),
				currency,
				amount_text(draft.invoice.total),
				draft.currency,
			)
		)
	if status != order.status:
		parts.append(Sentence("status {0} -> {1}", status, order.status))
	drafted = _drafted_parts(draft)
	parts += _listed(booked_parts - drafted, lambda text: Sentence("no longer: {0}", text))
	parts += _listed(drafted - booked_parts, lambda text: Sentence("new: {0}", text))
	return Sentence(
		"Changed after {0} was submitted: {1}.",
		invoice,
		"; ".join(parts) or Sentence("the details of its lines"),
	)


def unmatched_vouchers(
	credit_notes: Iterable[BookedVoucher],
	payments: Iterable[BookedVoucher],
	draft: OrderDraft,
	others: Iterable[str] = (),
) -> str:
	"""Credit notes and payments that stand though the store has them no more, or has others. "" where all match.

	:param others: what else doesn't match, in words
	"""
	parts = list(_unmatched_credit_notes(list(credit_notes), draft))
	drafted_payments = {payment.key: payment for payment in draft.payments}
	for payment in payments:
		parts += _unmatched_payment(payment, drafted_payments.get(payment.key))
	parts += others
	return Sentence("Changed in the store: {0}.", "; ".join(parts)) if parts else ""


def made_again(standing: Sequence[BookedVoucher], draft: OrderDraft) -> dict[int, BookedVoucher]:
	"""Refunds that were made in the place of deleted ones of the same amount: their ids -> the credit notes that stand."""
	drafted = {note.refund_id for note in draft.credit_notes}
	there = {note.refund_id for note in standing}
	gone = [note for note in standing if note.refund_id not in drafted]
	again: dict[int, BookedVoucher] = {}
	for note in draft.credit_notes:
		before = next((other for other in gone if other.amount == note.total), None)
		if before and note.refund_id not in there:
			again[note.refund_id] = before
			gone.remove(before)
	return again


def lacking_credit_notes(
	standing: Sequence[BookedVoucher], known: Collection[int], draft: OrderDraft
) -> list[CreditNoteDraft]:
	"""The credit notes that an invoice is to get. A refund that was deleted and made again is credited once.

	While the credit note of a deleted refund stands and no other refund has its amount, none is added: which of the new
	ones was made in its place isn't known, and together they may be more than what was paid back.

	:param standing: the order's submitted credit notes; :param known: refunds that have one, cancelled ones too
	"""
	again = made_again(standing, draft)
	explained = {note.refund_id for note in draft.credit_notes} | {note.refund_id for note in again.values()}
	if any(note.refund_id not in explained for note in standing):
		return []
	return [
		note for note in draft.credit_notes if note.refund_id not in known and note.refund_id not in again
	]


def _unmatched_credit_notes(standing: Sequence[BookedVoucher], draft: OrderDraft) -> Iterator[str]:
	drafted = {note.refund_id: note.total for note in draft.credit_notes}
	again = {before.refund_id: refund_id for refund_id, before in made_again(standing, draft).items()}
	gone = []
	for note in standing:
		total = drafted.get(note.refund_id)
		if note.refund_id in again:
			yield (
				Sentence(
					"refund {0} was deleted and made again as {1}, and credit note {2} is booked for both",
					note.refund_id,
					again[note.refund_id],
					note.name,
				)
			)
		elif total is None:
			gone.append(note)
			yield Sentence(
				"refund {0} is gone from the store, but its credit note {1} is still booked",
				note.refund_id,
				note.name,
			)
		elif total != note.amount:
			yield (
				Sentence(
					"refund {0} is {1} now, but its credit note {2} is {3}",
					note.refund_id,
					amount_text(-total),
					note.name,
					amount_text(-note.amount),
				)
			)
	credited = {*again.values(), *(note.refund_id for note in standing)}
	for refund_id, total in drafted.items():
		if gone and refund_id not in credited:
			yield Sentence(
				"refund {0} of {1} isn't credited while that credit note is booked",
				refund_id,
				amount_text(-total),
			)


def _unmatched_payment(payment: BookedVoucher, drafted: PaymentDraft | None) -> Iterator[str]:
	if drafted is None:
		yield Sentence("no longer paid, but payment {0} is still booked", payment.name)
	elif drafted.amount != payment.amount:
		yield Sentence(
			"{0} paid, but payment {1} is {2}", drafted.amount, payment.name, amount_text(payment.amount)
		)
	elif payment.account and payment.gateway != drafted.gateway and payment.account != drafted.account:
		# Another gateway has taken the money since, which another account stands for.
		yield (
			Sentence(
				"paid by {0}, which is booked to {1}, but payment {2} went to {3}",
				drafted.gateway,
				drafted.account,
				payment.name,
				payment.account,
			)
		)


def _drafted_parts(draft: OrderDraft) -> Counter:
	parts = Counter(row_text(row.quantity, row.item_name, row.amount) for row in draft.invoice.rows)
	parts.update(charge_text(charge.description, charge.amount) for charge in draft.invoice.charges)
	return parts


def _listed(parts: Counter, said: Callable[[str], Sentence]) -> list[str]:
	texts = list(parts.elements())
	lines: list[str] = [said(text) for text in texts[:MOST_PARTS]]
	if len(texts) > MOST_PARTS:
		lines.append(Sentence("and {0} more", len(texts) - MOST_PARTS))
	return lines
