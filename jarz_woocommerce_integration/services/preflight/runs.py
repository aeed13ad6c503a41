"""The preflight of what went before: the rehearsal, and other migrations of the store."""

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

import frappe

from jarz_woocommerce_integration.findings import ERROR, OK, WARNING, Finding
from jarz_woocommerce_integration.ledger.sqlite.ledger import SQLiteLedger
from jarz_woocommerce_integration.ledger.sqlite.values import from_time_text
from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.dry_run import jobs as rehearsals
from jarz_woocommerce_integration.services.dry_run.dry_run import ledger_file
from jarz_woocommerce_integration.services.migration.estimates import in_words
from jarz_woocommerce_integration.services.migration.summary import Totals
from jarz_woocommerce_integration.services.preflight.situation import Findings, Situation
from jarz_woocommerce_integration.services.session import runs as site_runs
from jarz_woocommerce_integration.services.session.policy import policy_of
from jarz_woocommerce_integration.translation.drafts import OrderState

REHEARSE = "Rehearse in the store's form, or: bench --site {site} woo rehearse"
OLDEST_REHEARSAL = 7 * 24 * 3600
REASONS_SHOWN = 5

_LAST_REHEARSAL = "SELECT finished_at, abandoned, parameters FROM run ORDER BY run_id DESC LIMIT 1"
_OPEN_RUNS = """
SELECT name, status, workers, orders FROM `tabWooCommerce Sync Run`
WHERE store = %s AND kind = 'Migration' AND status IN ('Running', 'Paused', 'Stopped', 'Failed', 'Undoing')
ORDER BY name DESC
"""


class Rehearsed(NamedTuple):
	"""The last rehearsal. :ivar finished: None where it was stopped before its end"""

	finished: datetime | Any
	policy_hash: str
	totals: Totals


# --- the rehearsal ---


def rehearsal(situation: Situation) -> Findings:
	what_to_do = REHEARSE.format(site=frappe.local.site)
	status = rehearsals.status(situation.store)
	if status["state"] == "running":
		yield Finding(
			WARNING, "The rehearsal is running.", "Wait for it, and look at the orders that it would hold."
		)
		return
	last = _last_rehearsal(situation.store.name)
	if last is None:
		yield Finding(ERROR, "This shop was never rehearsed.", what_to_do, remedy="rehearse")
	elif last.finished is None:
		yield Finding(
			ERROR,
			Sentence("The rehearsal was stopped after {0:,} orders.", last.totals.orders_seen),
			Sentence("{0} --resume", what_to_do),
			remedy="rehearse",
		)
	else:
		yield from _about(situation, last, what_to_do)


def _last_rehearsal(store: str) -> Rehearsed | None:
	path = ledger_file(store)
	if not path.exists():
		return None
	with SQLiteLedger.open_existing(path) as ledger:
		run = ledger.connection.execute(_LAST_REHEARSAL).fetchone()
		if run is None:
			return None
		finished = from_time_text(run["finished_at"]) if not run["abandoned"] else None
		policy_hash = json.loads(run["parameters"]).get("policy", "")
		return Rehearsed(finished, policy_hash, Totals(ledger.booked_orders()))


def _about(situation: Situation, last: Rehearsed, what_to_do: str) -> Iterator[Finding]:
	age = (datetime.now(timezone.utc) - last.finished).total_seconds()
	yield Finding(
		WARNING if age > OLDEST_REHEARSAL else OK,
		Sentence(
			"The last rehearsal, of {0:,} orders, is {1} old.", last.totals.orders_seen, in_words(max(age, 0))
		),
		what_to_do if age > OLDEST_REHEARSAL else "",
		remedy="rehearse" if age > OLDEST_REHEARSAL else "",
	)
	if last.policy_hash != policy_of(situation.store).hash:
		yield Finding(
			WARNING,
			"The store's accounts, mappings or rules have changed since, so its result may be out of date.",
			what_to_do,
			remedy="rehearse",
		)
	held, failed = (last.totals.by_state[state.value] for state in (OrderState.HELD, OrderState.FAILED))
	if held:
		reasons = last.totals.held_by_reason.most_common(REASONS_SHOWN)
		found = ", ".join(f"{reason} {count:,}" for reason, count in reasons)
		yield Finding(
			WARNING,
			Sentence("{0:,} orders would be held: {1}.", held, found),
			"The report says what to do about each reason; orders that stay held are listed by the migration, not lost.",
		)
	if failed:
		yield Finding(
			WARNING, Sentence("{0:,} orders would fail.", failed), "The report has the error of each."
		)


# --- other migrations ---


def other_migrations(situation: Situation) -> Findings:
	store = situation.store.name
	if found := site_runs.who_migrates(store):
		yield Finding(
			ERROR,
			Sentence("A migration of this store is under way: {0}.", found),
			"Wait until it ends, or stop it.",
		)
		return
	runs = frappe.db.sql(_OPEN_RUNS, store, as_dict=True)
	yield from map(_of_run, runs[:1])
	if not runs:
		yield Finding(OK, "No other migration of this store is under way.")


def _of_run(run: frappe._dict) -> Finding:
	"""The newest run that hasn't come to its end; older ones are replaced by it."""
	text = Sentence("Run {0} is {1} after {2:,} orders", run.name, run.status, run.orders or 0)
	if run.status == "Undoing":
		return Finding(ERROR, Sentence("{0}: it is being undone.", text), "Wait until that is done.")
	if run.status == "Running" and run.workers:
		return Finding(
			ERROR,
			Sentence("{0}: its pages are being booked.", text),
			"Wait until it ends, or stop it in its form.",
		)
	return Finding(
		OK, Sentence("{0}. Started again with the same settings, the migration goes on from there.", text)
	)
