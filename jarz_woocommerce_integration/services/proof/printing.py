"""The proof that is kept on a WooCommerce Sync Run: prepared for its print format, and what has changed since."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import format_datetime, get_system_timezone

from jarz_woocommerce_integration import compat
from jarz_woocommerce_integration.services.comparison.printed import Writing, printed

RUN = "WooCommerce Sync Run"
UNDONE = ("Undoing", "Undone")
# A proof keeps whole seconds, and begins in the second in which the last page was booked.
AFTER = timedelta(seconds=1)

_TOUCHED = """
SELECT count(*) FROM (
	SELECT woo_order_id FROM `tabWooCommerce Order Map` WHERE store = %(store)s AND modified > %(moment)s
	UNION SELECT woo_order_id FROM `tabSales Invoice` WHERE woo_store = %(store)s AND modified > %(moment)s
) touched
"""


def proof_for_print(run: Document) -> dict | None:
	"""What the print format lays out, None where no proof was made of the run yet."""
	proof = json.loads(run.verification or "{}")
	if "whole" not in proof:
		return None  # or it is what an earlier version kept, which was less
	point, comma, _decimals = compat.number_format()
	return {**printed(proof, Writing(_moment_text, point or ".", comma)), "since": since_proof(run)}


def since_proof(run: Document) -> list[str]:
	"""A sentence for each thing that has happened since the proof of a run; [] where it still says how the books are."""
	checked_at = json.loads(run.verification or "{}").get("checked_at")
	if not checked_at:
		return []
	moment = _of_site(datetime.fromisoformat(checked_at)) + AFTER
	return [*_undone(run, moment), *_touched(run.store, moment)]


def _undone(run: Document, moment: datetime) -> list[str]:
	if run.status in UNDONE:
		return [_("The bookings of this run were undone (its status is {0}).").format(_(run.status))]
	later = {"store": run.store, "status": ("in", UNDONE), "modified": (">", moment)}
	others = frappe.get_all(RUN, later, pluck="name", order_by="name")
	return [_("The bookings of run {0} were undone.").format(name) for name in others]


def _touched(store: str, moment: datetime) -> list[str]:
	((count,),) = frappe.db.sql(_TOUCHED, {"store": store, "moment": moment})
	if not count:
		return []
	return [_("Orders that were booked, or whose invoices were changed: {0}.").format(f"{count:,}")]


def _moment_text(moment: datetime) -> str:
	return format_datetime(_of_site(moment))


def _of_site(moment: datetime) -> datetime:
	"""A time as the site's columns have it."""
	return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
