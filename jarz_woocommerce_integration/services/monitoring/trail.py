"""What happened to one order, and what is still to happen: for its form."""

from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import convert_utc_to_system_timezone

from jarz_woocommerce_integration.ledger.erpnext import trail as erpnext_trail
from jarz_woocommerce_integration.services.desk.stored_texts import shown_in

MOST_ROWS = 20

_INBOX = """
SELECT received AS since, source, topic, attempts, next_attempt, coalesce(last_error, '') AS last_error
FROM `tabWooCommerce Inbox`
WHERE store = %s AND resource = 'order' AND woo_id = %s AND state = 'Waiting' ORDER BY name LIMIT %s
"""
_OUTBOX = """
SELECT creation AS since, action, coalesce(value, '') AS value, state, attempts, next_attempt,
	coalesce(last_error, '') AS last_error, document_type, document_name
FROM `tabWooCommerce Outbox`
WHERE store = %s AND woo_order_id = %s AND state IN ('Waiting', 'Awaiting Approval', 'Sending', 'Given Up') ORDER BY name LIMIT %s
"""


def trail(row: Document) -> dict:
	"""The trail of an order, and what waits for it.

	:param row: of the Order Map
	:returns: `entries`, oldest first: {"at", "source", "what"} and where there are any "status", "total", "currency",
		"invoice", "message", "run", and of one that came again the same "again" (how often) and "until";
		`inbox`: what got it and isn't done; `outbox`: what is to be sent to the shop, or couldn't be.
		Times are of the site's clock.
	"""
	waiting = (row.store, row.woo_order_id, MOST_ROWS)
	return {
		"entries": shown_in([_on_the_sites_clock(entry) for entry in erpnext_trail.read(row.trail)]),
		"inbox": shown_in(frappe.db.sql(_INBOX, waiting, as_dict=True)),
		"outbox": shown_in(frappe.db.sql(_OUTBOX, waiting, as_dict=True)),
	}


def _on_the_sites_clock(entry: dict) -> dict:
	times = {name: _local(entry[name]) for name in ("at", "until") if name in entry}
	return {**entry, **times}


def _local(moment: str) -> datetime:
	return convert_utc_to_system_timezone(datetime.strptime(moment, erpnext_trail.TIME)).replace(tzinfo=None)
