"""The preflight of bulk booking: what on this site sends documents the normal path, and what was decided of it."""

from jarz_woocommerce_integration.findings import OK, WARNING, Finding
from jarz_woocommerce_integration.ledger.erpnext.bulk import guards
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.session.session import book_settings_of


def bulk_booking(situation: Situation) -> Findings:
	if not situation.settings.bulk_booking:
		yield Finding(
			WARNING,
			"The history is booked through documents, which takes many times as long as in bulk.",
			"Switch on Book the History in Bulk in WooCommerce Settings.",
		)
		return
	accepted = guards.accepted()
	found = guards.search(book_settings_of(situation.store))
	for guard in found:
		yield _finding_of(guard, accepted.get(guard.rule))
	if not found:
		yield Finding(OK, "Nothing on this site prevents bulk booking; each run proves it again.")


def _finding_of(guard: guards.Guard, reason: str | None) -> Finding:
	concerned = " or ".join(sorted(guard.doctypes))
	if reason is not None:
		return Finding(OK, f"{guard.what} A person has accepted this: {reason}")
	return Finding(
		WARNING,
		f"{guard.what} Orders that need a new {concerned} are booked through documents, which takes many times as long.",
		f'Switch it off for the migration, or accept it: add the rule "{guard.rule}" with a reason in'
		" WooCommerce Settings (Rules Decided Upon).",
	)
