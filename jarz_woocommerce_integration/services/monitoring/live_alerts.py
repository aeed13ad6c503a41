"""Telling people when the live sync isn't well, once when that begins and once when it is over.

Looked at by the scheduler every five minutes. Where the scheduler itself stands still, nobody is alerted from here: watch
`bench woo health`, or the workspace. The webhooks' health check, the reconciliation and the outbox alert people of
their own troubles.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import frappe
from frappe.utils import cint, get_datetime, now_datetime

from jarz_woocommerce_integration.sentences import Sentence
from jarz_woocommerce_integration.services.desk import stored_texts
from jarz_woocommerce_integration.services.migration.estimates import in_words
from jarz_woocommerce_integration.services.monitoring import alerts, incidents
from jarz_woocommerce_integration.services.monitoring.live_health import standings
from jarz_woocommerce_integration.services.monitoring.points import StoreStatus
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.session import settings

SOURCE = "live"  # of incidents
UNREACHABLE_FOR = timedelta(minutes=15)
HELD_SINCE = timedelta(days=1)
LONGEST_ERROR = 500

# Only what came in: a migration lists the orders that it holds itself.
_HELD_LATELY = """
SELECT count(*) FROM `tabWooCommerce Order Map` map
WHERE map.store = %(store)s AND map.state = 'Held' AND map.modified >= %(since)s
	AND map.run IN (SELECT CAST(run.name AS CHAR) FROM `tabWooCommerce Sync Run` run
		WHERE run.store = %(store)s AND run.kind = 'Live Sync' AND run.creation >= %(since)s - INTERVAL 1 DAY)
"""


class Trouble(NamedTuple):
	"""Something that isn't well.

	:ivar title: a few words, as in "Shop: title" and "Shop: well again: title"
	:ivar passing: it may be over with the next look (the site was just started), so people are alerted at the second one
	"""

	kind: str
	title: str
	lines: Sequence[str]
	passing: bool = False


@without_traces
def watch() -> None:
	"""Look at all stores that are kept in step, and alert people of what has begun or is over. Called by the scheduler, who commits."""
	now = now_datetime()
	for standing in standings():
		store = standing.row.name
		troubles = {trouble.kind: trouble for trouble in troubles_of(standing)} if standing.is_live else {}
		titles = {kind: trouble.title for kind, trouble in troubles.items()}
		passing = [kind for kind, trouble in troubles.items() if trouble.passing]
		begun, over = incidents.update(store, SOURCE, titles, now, passing=passing)
		for kind in begun:
			alerts.send(store, Sentence("{0}: {1}", store, troubles[kind].title), troubles[kind].lines)
		# One that was switched off is forgotten: nobody is alerted that it is well.
		for incident in over if standing.is_live else ():
			lasted = in_words((now - get_datetime(incident.since)).total_seconds())
			subject = Sentence("{0}: well again: {1}", store, stored_texts.sentence(incident.title))
			alerts.send(store, subject, [Sentence("It lasted {0}.", lasted)])


# --- what isn't well ---


def troubles_of(standing: StoreStatus) -> Iterator[Trouble]:
	"""What people are to be alerted of, of a store that is kept in step."""
	yield from _reading(standing)
	yield from _vain(standing)
	yield from _held(standing)


def _reading(standing: StoreStatus) -> Iterator[Trouble]:
	unseen, error = standing.not_looked_for, standing.row.sync_error
	if unseen is None:
		return
	if error and standing.row.sync_stopped:
		yield Trouble(
			"stopped",
			Sentence("orders are missing in the shop's lists"),
			(
				stored_texts.sentence(error[:LONGEST_ERROR]),
				Sentence(
					"The cursor doesn't move until they are right again. Then the missing orders are read."
				),
			),
		)
	elif error:
		if unseen > UNREACHABLE_FOR:
			yield Trouble(
				"unreachable",
				Sentence("the shop can't be read"),
				(
					Sentence(
						"It couldn't be read for {0}: {1}",
						in_words(unseen.total_seconds()),
						stored_texts.sentence(error[:LONGEST_ERROR]),
					),
					Sentence("Nothing is lost: what changes meanwhile is read when the shop answers again."),
					Sentence(
						"Check whether the shop opens in a browser, and whether its key still works (Check Connection)."
					),
				),
			)
	elif unseen > standing.standstill:
		yield Trouble(
			"standing",
			Sentence("the live sync stands still"),
			(
				Sentence(
					"The last look for changes in the shop was {0} ago, and no cause is known.",
					in_words(unseen.total_seconds()),
				),
				Sentence("Check that the scheduler and a worker for the queue short run."),
			),
			passing=True,
		)


def _vain(standing: StoreStatus) -> Iterator[Trouble]:
	if count := standing.inbox.given_up:
		yield Trouble(
			"given_up",
			Sentence("orders were given up"),
			(
				Sentence("Orders that failed at every attempt and wait for a person: {0}.", f"{count:,}"),
				Sentence(
					"The WooCommerce Inbox (Given Up) says why. Solve it, then choose Sync Again in the Order Map."
				),
			),
		)


def _held(standing: StoreStatus) -> Iterator[Trouble]:
	threshold = cint(settings().held_alert_threshold)
	if not threshold or standing.held < threshold:
		return
	values = {"store": standing.row.name, "since": standing.now - HELD_SINCE}
	held = frappe.db.sql(_HELD_LATELY, values)[0][0]
	if held >= threshold:
		yield Trouble(
			"held",
			Sentence("many orders are held"),
			(
				Sentence("{0} orders of the last day aren't in the books.", f"{held:,}"),
				Sentence("Each row of the WooCommerce Order Map in state Held says what to do."),
			),
		)
