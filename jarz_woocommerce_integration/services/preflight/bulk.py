"""The preflight of bulk booking: what on this site sends documents the normal path, what was decided of it, and how many
orders go through documents by the last rehearsal.
"""

from collections import Counter
from typing import NamedTuple

from jarz_woocommerce_integration.findings import OK, WARNING, Finding
from jarz_woocommerce_integration.ledger.erpnext.bulk import guards
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.site_checks import (
	bulk_report,
	differing_kinds,
	left_to_documents,
)
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.dry_run.dry_run import ledger_file
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.session.session import book_settings_of
from jarz_woocommerce_integration.translation.drafts import OrderState

# A larger part of the orders through documents takes longer than all others.
FEW = 0.02
REASONS_SHOWN = 8


class Rehearsed(NamedTuple):
	"""What a rehearsal says of bulk booking.

	:ivar booked: orders; :ivar left: reason -> how many of them documents book; :ivar differing: (kind, what differs)
	"""

	booked: int
	left: Counter[str]
	differing: list[tuple[str, str]]


def bulk_booking(situation: Situation) -> Findings:
	if not situation.settings.bulk_booking:
		yield Finding(
			WARNING,
			"The history is booked through documents, which takes many times as long as in bulk.",
			"Switch on Book the History in Bulk in WooCommerce Settings.",
			remedy="settings",
		)
		return
	accepted = guards.accepted()
	found = guards.search(book_settings_of(situation.store))
	for guard in found:
		yield _finding_of(guard, accepted.get(guard.rule))
	if not found:
		yield Finding(OK, "Nothing on this site prevents bulk booking; each run proves it again.")
	last = last_rehearsal(situation.store.name)
	yield _of_rehearsal(last)
	for kind, why in (last.differing if last else ())[:REASONS_SHOWN]:
		yield Finding(
			WARNING,
			Sentence(
				"By the last rehearsal this isn't what ERPNext's documents write: {0}. {1}.",
				kind,
				why.rstrip("."),
			),
			"Orders of this kind are booked through documents. The column may lead to what writes it on this site: an app, a"
			" script, a custom field.",
		)


def last_rehearsal(store: str) -> Rehearsed | None:
	"""None where there was none in bulk."""
	path = ledger_file(store)
	if not path.exists():
		return None
	with SQLiteLedger.open_existing(path) as ledger:
		left, report = left_to_documents(ledger.connection), bulk_report(ledger.connection)
		if left is None or report is None:
			return None
		booked = sum(order.state is OrderState.SYNCED for order in ledger.booked_orders())
		return Rehearsed(booked, left, differing_kinds(report))


def _of_rehearsal(last: Rehearsed | None) -> Finding:
	if last is None:
		return Finding(OK, "A rehearsal says how many orders go through documents, and why.")
	if not last.left:
		return Finding(
			OK, Sentence("By the last rehearsal all {0:,} orders are booked in bulk.", last.booked)
		)
	reasons = ", ".join(f"{why} {orders:,}" for why, orders in last.left.most_common(REASONS_SHOWN))
	return Finding(
		OK if last.left.total() <= last.booked * FEW else WARNING,
		Sentence(
			"By the last rehearsal {0:,} of {1:,} orders are booked through documents, which takes"
			" many times as long: {2}.",
			last.left.total(),
			last.booked,
			reasons,
		),
		"They are booked all the same: plan the time for them.",
	)


def _finding_of(guard: guards.Guard, reason: str | None) -> Finding:
	concerned = " or ".join(sorted(guard.doctypes))
	if reason is not None:
		return Finding(OK, Sentence("{0} A person has accepted this: {1}", guard.what, reason))
	return Finding(
		WARNING,
		Sentence(
			"{0} Orders that need a new {1} are booked through documents, which takes many times as" " long.",
			guard.what,
			concerned,
		),
		Sentence(
			'Switch it off for the migration, or accept it: add the rule "{0}" with a reason in'
			" WooCommerce Settings (Rules Decided Upon).",
			guard.rule,
		),
		remedy="settings",
	)
