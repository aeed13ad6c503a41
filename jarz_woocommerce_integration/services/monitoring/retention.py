"""What the Order Map and the decisions on customers say of persons, and the files of rehearsals, go after the days that the settings name.

The books are never touched, and an Order Map row stays for ever: it is what keeps an order from being booked twice. How long runs, the
inbox and the outbox are kept is said by Frappe's *Log Settings* (`logs.py`).
"""

from datetime import timedelta

import frappe
from frappe.utils import cint, now_datetime

from jarz_woocommerce_integration.ledger.erpnext.trail import without_messages
from jarz_woocommerce_integration.services.dry_run.dry_run import remove_files
from jarz_woocommerce_integration.services.monitoring.logs import Batches
from jarz_woocommerce_integration.services.session.background import without_traces
from jarz_woocommerce_integration.services.session.session import settings

SETTLED = ("Synced", "Skipped", "Cancelled")
# What a person is to judge waits longer, and not for ever.
UNJUDGED = 3  # times as long

# A row that is marked as changed in the store waits for a person, as does a customer that isn't certain. The name of a
# booked order's customer is the Customer's.
_IS_SETTLED = "modified < %(before)s AND state IN %(settled)s AND coalesce(changed, '') = ''"
_EMPTY_ORDERS = f"""
UPDATE `tabWooCommerce Order Map` SET message = NULL, what_to_do = NULL, breakdown = NULL, last_error = NULL,
	customer_name = NULL, customer_note = CASE WHEN customer_ambiguous = 1 THEN customer_note END
WHERE {_IS_SETTLED}
	AND (coalesce(message, '') <> '' OR coalesce(what_to_do, '') <> '' OR coalesce(breakdown, '') <> ''
		OR coalesce(last_error, '') <> '' OR coalesce(customer_name, '') <> ''
		OR (coalesce(customer_note, '') <> '' AND customer_ambiguous = 0))
LIMIT %(batch)s
"""
_EMPTY_UNJUDGED = """
UPDATE `tabWooCommerce Order Map` SET customer_note = NULL
WHERE modified < %(unjudged_before)s AND state IN %(settled)s AND coalesce(customer_note, '') <> ''
LIMIT %(batch)s
"""
_TRAILS_WITH_TEXTS = f"""
SELECT name, trail FROM `tabWooCommerce Order Map` WHERE {_IS_SETTLED} AND trail LIKE '%%"message": %%' LIMIT %(batch)s
"""
_WRITE_TRAIL = "UPDATE `tabWooCommerce Order Map` SET trail = %s WHERE name = %s AND trail = %s"
# What was decided is needed until the order is booked, and again where it changes: then it is decided by what the books
# know. An ambiguous decision is a person's to judge. One on an order that never came into the Order Map is nobody's.
_REMOVE_DECISIONS = """
DELETE decision FROM `tabWooCommerce Customer Decision` decision JOIN (
	SELECT old.name FROM `tabWooCommerce Customer Decision` old
	LEFT JOIN `tabWooCommerce Order Map` map ON map.store = old.store AND map.woo_order_id = old.woo_order_id
	WHERE old.modified < CASE WHEN old.ambiguous = 1 THEN %(unjudged_before)s ELSE %(before)s END
		AND (map.name IS NULL OR (map.modified < %(before)s
			AND map.state IN %(settled)s AND coalesce(map.changed, '') = ''))
	LIMIT %(batch)s
) settled ON settled.name = decision.name
"""


@without_traces
def remove_old() -> dict[str, int]:
	"""The daily job. Commits.

	:returns: how many rows: `orders` and `trails` emptied, `decisions` removed; and `files` of rehearsals
	"""
	days = cint(settings().retention_days)
	if not days:
		return {}
	now = now_datetime()
	batches = Batches(
		before=now - timedelta(days=days),
		unjudged_before=now - timedelta(days=UNJUDGED * days),
		settled=SETTLED,
	)
	return {
		"orders": batches.run(_EMPTY_ORDERS) + batches.run(_EMPTY_UNJUDGED),
		"trails": batches.run(_TRAILS_WITH_TEXTS, work=_empty_trails),
		"decisions": batches.run(_REMOVE_DECISIONS),
		"files": remove_files(days),
	}


def _empty_trails(query: str, values: dict) -> int:
	"""What was done stays, and when. A trail that is written meanwhile waits for tomorrow."""
	rows = frappe.db.sql(query, values)
	for name, trail in rows:
		frappe.db.sql(_WRITE_TRAIL, (without_messages(trail), name, trail))
	return len(rows)
