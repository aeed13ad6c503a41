"""What has become of the books since a proof was made: it says how they were then, and not how they are."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_system_timezone

RUN = "WooCommerce Sync Run"
TAKEN_BACK = ("Undoing", "Undone")
# A proof keeps whole seconds, and begins in the second in which the last page was booked.
AFTER = timedelta(seconds=1)

_TOUCHED = """
SELECT count(*) FROM (
	SELECT woo_order_id FROM `tabWooCommerce Order Map` WHERE store = %(store)s AND modified > %(moment)s
	UNION SELECT woo_order_id FROM `tabSales Invoice` WHERE woo_store = %(store)s AND modified > %(moment)s
) touched
"""


def since_proof(run: Document) -> list[str]:
	"""A sentence for each thing that has happened since the proof of a run; [] where it still says how the books are."""
	checked_at = json.loads(run.verification or "{}").get("checked_at")
	if not checked_at:
		return []
	moment = _of_site(checked_at) + AFTER
	return [*_undone(run, moment), *_touched(run.store, moment)]


def _undone(run: Document, moment: datetime) -> list[str]:
	if run.status in TAKEN_BACK:
		return [_("What this run has booked was taken back (it is {0}).").format(_(run.status))]
	later = {"store": run.store, "status": ("in", TAKEN_BACK), "modified": (">", moment)}
	others = frappe.get_all(RUN, later, pluck="name", order_by="name")
	return [_("What run {0} has booked was taken back.").format(name) for name in others]


def _touched(store: str, moment: datetime) -> list[str]:
	((count,),) = frappe.db.sql(_TOUCHED, {"store": store, "moment": moment})
	if not count:
		return []
	return [_("Orders that were booked, or whose invoices were changed: {0}.").format(f"{count:,}")]


def _of_site(checked_at: str) -> datetime:
	"""An ISO time as the site's columns have it."""
	return datetime.fromisoformat(checked_at).astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
