"""What came in and what was written in each of the last hours, for the charts of the workspace."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import frappe
from frappe.utils import now_datetime

RECEIVED, WRITTEN = "Received", "Written"
HOURS = 24
HOUR = timedelta(hours=1)

# `modified` is indexed, and never earlier than the time that counts.
_QUERIES = {
	RECEIVED: """
		SELECT date_format(received, '%%Y-%%m-%%d %%H') AS hour, count(*) FROM `tabWooCommerce Inbox`
		WHERE modified >= %(since)s AND received >= %(since)s AND store IN %(stores)s GROUP BY hour
	""",
	WRITTEN: """
		SELECT date_format(modified, '%%Y-%%m-%%d %%H') AS hour, count(*) FROM `tabWooCommerce Order Map`
		WHERE modified >= %(since)s AND sales_invoice IS NOT NULL AND store IN %(stores)s GROUP BY hour
	""",
}


def by_hour(what: str, stores: Sequence[str]) -> list[tuple[datetime, int]]:
	"""The last 24 hours of the site's clock, the one that goes on last, and how many there were in each.

	:param stores: whose
	:param what: `RECEIVED` (rows of the inbox, of all sources) or `WRITTEN` (orders whose invoice was booked or changed)
	"""
	current = now_datetime().replace(minute=0, second=0, microsecond=0)
	hours: Sequence[datetime] = [current - HOUR * back for back in reversed(range(HOURS))]
	counts = dict(frappe.db.sql(_QUERIES[what], {"since": hours[0], "stores": list(stores) or [""]}))
	return [(hour, counts.get(hour.strftime("%Y-%m-%d %H"), 0)) for hour in hours]
